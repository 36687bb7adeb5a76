// Rows of a source without loading it: batches as they come, types applied, memory bounded by a slice.

import type { Row } from "../action-types.js";
import { callStatic, init, wasmGlue } from "../core.js";
import { invalid, moltresError } from "../errors.js";
import { decoded } from "./decode.js";
import { engineOptions, type ReadOptions, type StreamReadOptions } from "./options.js";
import { type ReadSource, type Source, sourceOf } from "./source.js";
import { turns } from "./turn.js";

interface RowReader {
  feed(bytes: Uint8Array): string;
  finish(): string;
  stopped(): boolean;
  fields(): string;
  free(): void;
}

type Options = ReadOptions & StreamReadOptions & Record<string, unknown>;

/** Types come from all of a source that can be read twice, else from its first rows; what contradicts those later is `csv_type_conflict`. */
export async function* streamRows(format: string, given: ReadSource, options: Options): AsyncGenerator<Row[], void, undefined> {
  const verb = `read.${format}`;
  const sent = engineOptions(verb, options);
  for (const name of ["table", "ifExists"]) if (name in sent) throw invalid(`${verb}: ${name} has no meaning with stream: true`);
  options.signal?.throwIfAborted();
  await init();
  const source = await sourceOf(given);
  let pinned: string[] | undefined;
  if (format === "csv" && source.again && sent.inferSchema !== false && sent.schema === undefined) {
    const { reader } = await pump(format, source, { ...sent, reread: true }, options, true);
    const fields = JSON.parse(callStatic(() => reader.fields())) as { type: string }[];
    reader.free();
    pinned = fields.map((field) => field.type);
  }
  const { slices } = await pump(format, source, { ...sent, ...(pinned ? { pinned } : { strict: true }) }, options, false);
  for await (const rows of slices) {
    const size = options.batchSize ?? rows.length;
    for (let at = 0; at < rows.length; at += size) yield rows.length <= size ? rows : rows.slice(at, at + size);
  }
}

/** Reads all of the source with `scan`; otherwise gives the batches. */
async function pump(
  format: string,
  source: Source,
  sent: Record<string, unknown>,
  options: Options,
  scan: boolean,
): Promise<{ reader: RowReader; slices: AsyncGenerator<Row[]> }> {
  const { signal, onProgress } = options;
  const make = (more: object): RowReader =>
    callStatic(() => new (wasmGlue().RowReader)(format, JSON.stringify({ ...sent, ...more }), scan));
  let reader = make({});
  const started = performance.now();
  async function* run(): AsyncGenerator<Row[]> {
    const opened = await source.open();
    const input = decoded(opened.chunks, { encoding: options.encoding, compression: options.compression });
    const turn = turns();
    let makeRow: ((values: unknown[]) => Row) | undefined;
    let n = 0;
    const batch = (json: string): Row[] => {
      const values = JSON.parse(json) as unknown[][];
      if (values.length === 0) return [];
      // JSON may bring new columns with every batch.
      if (format !== "csv") makeRow = undefined;
      makeRow ??= rowMaker(JSON.parse(callStatic(() => reader.fields())), options.bigint ?? "auto");
      n += values.length;
      return values.map(makeRow);
    };
    let first = true;
    for await (const slice of input.chunks) {
      signal?.throwIfAborted();
      if (first && input.encoding() !== "utf-8" && format === "csv") {
        reader.free();
        reader = make({ markedInvalid: true });
      }
      first = false;
      const json = callStatic(() => reader.feed(slice));
      const rows = scan ? [] : batch(json);
      if (!scan)
        onProgress?.({
          bytes: input.bytesRead(),
          ...(opened.totalBytes === undefined ? {} : { totalBytes: opened.totalBytes }),
          rows: n,
          elapsed: (performance.now() - started) / 1000,
        });
      if (rows.length > 0) yield rows;
      if (callStatic(() => reader.stopped())) break;
      await turn();
    }
    signal?.throwIfAborted();
    const end = JSON.parse(callStatic(() => reader.finish())) as { rows: string };
    const rows = scan ? [] : batch(end.rows);
    if (rows.length > 0) yield rows;
  }
  if (!scan) {
    const rows = run();
    async function* freeing(): AsyncGenerator<Row[]> {
      try {
        yield* rows;
      } finally {
        reader.free();
      }
    }
    return { reader, slices: freeing() };
  }
  try {
    for await (const _ of run());
  } catch (error) {
    reader.free();
    throw error;
  }
  return { reader, slices: run() };
}

/** Row objects with own properties in column order, values by type. */
function rowMaker(fields: { name: string; type: string }[], bigint: "auto" | "always" | "number"): (values: unknown[]) => Row {
  const convert = fields.map(({ name, type }) => converter(name, type, bigint));
  const names = fields.map((field) => field.name);
  return (values) => {
    const row: Row = {};
    for (let i = 0; i < names.length; i++) {
      const value = values[i] ?? null;
      const to = convert[i];
      const result = value === null || to === undefined ? value : to(value);
      const name = names[i] as string;
      if (name === "__proto__") Object.defineProperty(row, name, { value: result, enumerable: true, configurable: true, writable: true });
      else row[name] = result;
    }
    return row;
  };
}

function converter(name: string, type: string, bigint: "auto" | "always" | "number"): ((value: any) => unknown) | undefined {
  if (type === "boolean") return (value) => value === 1;
  if (type === "bigint" || type === "decimal" || /^(tinyint|smallint|int)$/.test(type)) {
    if (bigint === "always") return (value) => BigInt(value);
    return (value) => {
      if (typeof value === "number") return value;
      if (bigint === "number")
        throw moltresError("type_mismatch", `read: column "${name}" holds ${value}, which is no JavaScript number`, {
          hint: 'bigint: "auto"',
        });
      return BigInt(value);
    };
  }
  if (type === "binary") return (value) => Uint8Array.from((value as string).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  if (/^(array|struct|map|json)/.test(type)) return (value) => (typeof value === "string" ? JSON.parse(value) : value);
  return undefined;
}
