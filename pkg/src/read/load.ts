// A source into a table: slices of bytes to the engine, a frame back.

import type { Database } from "../database.js";
import { DataFrame } from "../dataframe.js";
import { PlanNode } from "../plan.js";
import { decoded } from "./decode.js";
import { engineOptions, type ReadFrame, type ReadOptions, type ReadReport } from "./options.js";
import { abortable, type ReadSource, type Source, sourceOf, unlessAborted } from "./source.js";
import { turns } from "./turn.js";

type Finished = { table: string; report: ReadReport } | { again: string[] };

export async function load(
  db: Database,
  format: string,
  given: ReadSource,
  options: ReadOptions & Record<string, unknown>,
): Promise<ReadFrame> {
  const verb = `read.${format}`;
  const sent = engineOptions(verb, options);
  options.signal?.throwIfAborted();
  const source = await unlessAborted(sourceOf(given), options.signal);
  const started = performance.now();
  let result = await readOnce(db, format, source, { ...sent, reread: source.again }, options, started);
  if ("again" in result)
    result = await readOnce(db, format, source, { ...sent, reread: false, onTypeConflict: "text", pinned: result.again }, options, started);
  if ("again" in result) throw new Error("unreachable: types are pinned");
  const report = { ...result.report, elapsed: (performance.now() - started) / 1000 };
  const frame = new DataFrame(db, new PlanNode("table", { name: result.table }));
  Object.defineProperty(frame, "readReport", { value: report, enumerable: false });
  return frame as ReadFrame;
}

async function readOnce(
  db: Database,
  format: string,
  source: Source,
  sent: Record<string, unknown>,
  options: ReadOptions & Record<string, unknown>,
  started: number,
): Promise<Finished> {
  const { signal, onProgress } = options;
  // Options and target are checked before the source is touched; how it is encoded is known when its first bytes are there.
  let id = await db.call("loadBegin", format, JSON.stringify(sent), options.inserts === true);
  try {
    const opened = await unlessAborted(source.open(signal), signal);
    const input = decoded(opened, { encoding: options.encoding, compression: options.compression });
    const turn = turns();
    let first = true;
    for await (const slice of abortable(input.chunks, signal, opened.cancel)) {
      if (first && input.encoding() !== "utf-8") {
        await db.call("loadAbort", id);
        id = await db.call("loadBegin", format, JSON.stringify({ ...sent, markedInvalid: true }), options.inserts === true);
      }
      first = false;
      signal?.throwIfAborted();
      const rows: number = await db.call("loadFeed", id, slice);
      onProgress?.({
        bytes: input.bytesRead(),
        ...(opened.totalBytes === undefined ? {} : { totalBytes: opened.totalBytes }),
        rows: rows < 0 ? -1 - rows : rows,
        elapsed: (performance.now() - started) / 1000,
      });
      if (rows < 0) break;
      await turn();
    }
    signal?.throwIfAborted();
    let result: Finished | { working: number };
    // Rows that must be written again, since a column became text late, are so in slices, too.
    while ("working" in (result = JSON.parse(await db.call("loadFinish", id)))) {
      await turn();
      signal?.throwIfAborted();
    }
    if ("report" in result) result.report = { ...result.report, bytes: input.bytesRead(), encoding: input.encoding() };
    return result;
  } catch (error) {
    // The load itself may be what failed; then it is gone already.
    if (!db.isClosed) await Promise.resolve(db.call("loadAbort", id)).catch(() => {});
    throw error;
  }
}
