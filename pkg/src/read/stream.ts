// Rows of a source without loading it: batches as they come, types applied, memory bounded by a slice.

import type { Row } from "../action-types.js";
import { callStatic, init, wasmGlue } from "../core.js";
import { invalid } from "../errors.js";
import { decoded } from "./decode.js";
import { engineOptions, type ReadOptions, type StreamReadOptions } from "./options.js";
import { type Field, rowMaker } from "./row.js";
import { abortable, type ReadSource, type Source, sourceOf, unlessAborted } from "./source.js";
import { turns } from "./turn.js";

/** The engine's side: bytes in, rows as JSON out. */
interface RowReader {
  feed(bytes: Uint8Array): string;
  finish(): string;
  stopped(): boolean;
  /** Rows so far. */
  rows(): number;
  fields(): string;
  free(): void;
}

type Options = ReadOptions & StreamReadOptions & Record<string, unknown>;

/** What a slice of the source came to. */
interface Piece {
  readonly reader: RowReader;
  /** Rows as an array of arrays. */
  readonly json: string;
  /** With the last piece: the keys of JSON's columns. */
  readonly keys?: string[];
}

/**
 * Types come from all of a source that can be read twice. Of others, CSV takes them from the first rows, and what contradicts those later is
 * `csv_type_conflict`; JSON takes them batch by batch, and what contradicts earlier ones is text.
 */
export async function* streamRows(format: string, given: ReadSource, options: Options): AsyncGenerator<Row[], void, undefined> {
  const verb = `read.${format}`;
  const sent = engineOptions(verb, options);
  for (const name of ["table", "ifExists"]) if (name in sent) throw invalid(`${verb}: ${name} has no meaning with stream: true`);
  const { batchSize, bigint = "auto" } = options;
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize > 0))
    throw invalid(`${verb}: batchSize must be a whole number from 1`);
  options.signal?.throwIfAborted();
  await init();
  const source = await unlessAborted(sourceOf(given), options.signal);
  const infers = format !== "text" && sent.inferSchema !== false && sent.schema === undefined;
  const found = infers && source.again ? await scan(format, source, sent, options) : undefined;
  const how = found
    ? { pinned: found.fields.map((field) => field.type), ...(found.keys ? { pinnedKeys: found.keys } : {}) }
    : format === "csv"
      ? { strict: true }
      : infers
        ? { onTypeConflict: "text" }
        : {};
  let makeRow: ((values: unknown[]) => Row) | undefined;
  for await (const { reader, json } of pieces(format, source, { ...how, ...sent }, options, false)) {
    const values = JSON.parse(json) as unknown[][];
    if (values.length === 0) continue;
    // JSON may bring new columns and types with every batch.
    if (!makeRow || (format !== "csv" && !found))
      makeRow = rowMaker(found?.fields ?? JSON.parse(callStatic(() => reader.fields())), bigint);
    const rows = values.map(makeRow);
    const size = batchSize ?? rows.length;
    for (let at = 0; at < rows.length; at += size) yield rows.length <= size ? rows : rows.slice(at, at + size);
  }
}

/** Reads all of the source for the types of its columns. */
async function scan(
  format: string,
  source: Source,
  sent: Record<string, unknown>,
  options: Options,
): Promise<{ fields: Field[]; keys?: string[] }> {
  let found: { fields: Field[]; keys?: string[] } = { fields: [] };
  for await (const { reader, keys } of pieces(format, source, { ...sent, reread: true }, { ...options, onProgress: undefined }, true)) {
    if (keys) found = { fields: JSON.parse(callStatic(() => reader.fields())), ...(format === "csv" ? {} : { keys }) };
  }
  return found;
}

/** Feeds the source to a reader, slice by slice. The reader is good until the next piece is asked for. */
async function* pieces(
  format: string,
  source: Source,
  sent: Record<string, unknown>,
  options: Options,
  onlyTypes: boolean,
): AsyncGenerator<Piece, void, undefined> {
  const { signal, onProgress } = options;
  const make = (more: object): RowReader =>
    callStatic(() => new (wasmGlue().RowReader)(format, JSON.stringify({ ...sent, ...more }), onlyTypes));
  let reader = make({});
  try {
    const started = performance.now();
    const opened = await unlessAborted(source.open(signal), signal);
    const input = decoded(opened, { encoding: options.encoding, compression: options.compression });
    const turn = turns();
    let first = true;
    for await (const slice of abortable(input.chunks, signal, opened.cancel)) {
      signal?.throwIfAborted();
      if (first && input.encoding() !== "utf-8") {
        reader.free();
        reader = make({ markedInvalid: true });
      }
      first = false;
      const json = callStatic(() => reader.feed(slice));
      onProgress?.({
        bytes: input.bytesRead(),
        ...(opened.totalBytes === undefined ? {} : { totalBytes: opened.totalBytes }),
        rows: callStatic(() => reader.rows()),
        elapsed: (performance.now() - started) / 1000,
      });
      yield { reader, json };
      if (callStatic(() => reader.stopped())) break;
      await turn();
    }
    signal?.throwIfAborted();
    const { rows: json, keys } = JSON.parse(callStatic(() => reader.finish())) as { rows: string; keys: string[] };
    yield { reader, json, keys };
  } finally {
    reader.free();
  }
}
