// Parquet through `hyparquet`, an optional peer dependency: rows group by group into the JSON reader, whose types the file's schema gives.

import type { Row } from "../action-types.js";
import type { Database } from "../database.js";
import { invalid, moltresError } from "../errors.js";
import { readSchema } from "../schema-argument.js";
import { jsonText } from "../write/format.js";
import { load } from "./load.js";
import type { ReadFrame, ReadOptions, StreamReadOptions } from "./options.js";
import { columnsOf, type ParquetColumn, type SchemaElement } from "./parquet-schema.js";
import { abortable, type RandomAccess, type ReadSource, sourceOf, unlessAborted } from "./source.js";
import { streamRows } from "./stream.js";

/** What is used of hyparquet. */
interface Hyparquet {
  parquetMetadataAsync(file: RandomAccess): Promise<Metadata>;
  parquetReadObjects(options: object): Promise<Record<string, unknown>[]>;
  compressors?: object | undefined;
}

interface Metadata {
  schema: SchemaElement[];
  row_groups: { num_rows: bigint }[];
}

export interface ParquetOptions extends Omit<ReadOptions, "encoding" | "compression" | "mode"> {
  mode?: ReadOptions["mode"];
  /** The modules `hyparquet` and `hyparquet-compressors` in one object, where they cannot be imported by these names. */
  library?: object;
}

type Options = ParquetOptions & StreamReadOptions & Record<string, unknown>;

/** Lines go on in groups of so many rows. */
const ROWS = 1000;

export async function loadParquet(db: Database, given: ReadSource, options: Options): Promise<ReadFrame> {
  const opened = await open(given, options);
  try {
    const frame = await load(db, "jsonl", opened.lines(), opened.options);
    frame.readReport.bytes = opened.bytes;
    return frame;
  } finally {
    await opened.close();
  }
}

export async function* streamParquet(given: ReadSource, options: Options): AsyncGenerator<Row[], void, undefined> {
  const opened = await open(given, options);
  try {
    yield* streamRows("jsonl", opened.lines(), opened.options);
  } finally {
    await opened.close();
  }
}

async function open(given: ReadSource, options: Options) {
  if (options === null || typeof options !== "object") throw invalid("read.parquet: options must be an object");
  for (const name of ["encoding", "compression", "nullValues", "multiLine", "primitivesAsString"])
    if (options[name] !== undefined) throw invalid(`read.parquet: there is no option "${name}"`);
  const { library: own, ...rest } = options;
  const hyparquet = (own as Hyparquet | undefined) ?? (await library());
  const file = await randomAccess(given, options.signal);
  try {
    const metadata = await hyparquet.parquetMetadataAsync(file).catch((error) => {
      throw moltresError("corrupt", "read.parquet: the source is not a Parquet file", { cause: error });
    });
    const inFile = columnsOf(metadata.schema);
    const asked = options.columns ?? (options.schema && readSchema("read.parquet: schema", options.schema).map(({ name }) => name));
    const columns = asked ? asked.map((name) => find(inFile, name)) : inFile;
    if (!asked) checkNames(inFile);
    const schema = options.schema ?? columns.map(({ name, type }, i) => ({ name: asked?.[i] ?? name, type }));
    return {
      options: { ...rest, schema, hexBinary: true } as ReadOptions & Record<string, unknown>,
      lines: () => lines(hyparquet, file, metadata, columns, options.maxRows ?? Number.POSITIVE_INFINITY),
      bytes: file.byteLength,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function library(): Promise<Hyparquet> {
  // Names in variables, so that bundlers leave the optional packages alone.
  const [name, codecs] = ["hyparquet", "hyparquet-compressors"];
  const hyparquet = await import(/* @vite-ignore */ name as string).catch((error) => {
    throw moltresError("unsupported", "read.parquet: the package hyparquet is not installed", {
      hint: "npm install hyparquet hyparquet-compressors; or give the modules as the option library",
      cause: error,
    });
  });
  const { compressors } = await import(/* @vite-ignore */ codecs as string).catch(() => ({}));
  return { ...hyparquet, compressors };
}

/** The end of a Parquet file says what is in it: a source that is a stream is read whole first. */
async function randomAccess(given: ReadSource, signal: AbortSignal | undefined): Promise<RandomAccess> {
  const source = await unlessAborted(sourceOf(given), signal);
  if (source.random) return source.random();
  const { chunks, cancel } = await unlessAborted(source.open(signal), signal);
  const parts: Uint8Array[] = [];
  for await (const chunk of abortable(all(chunks), signal, cancel)) parts.push(chunk.slice());
  const bytes = await new Blob(parts as BlobPart[]).arrayBuffer();
  return { byteLength: bytes.byteLength, slice: async (start, end) => bytes.slice(start, end), close: async () => {} };
}

async function* all<T>(chunks: AsyncIterable<T>): AsyncGenerator<T> {
  yield* chunks;
}

/** Names that tables do not tell apart, or do not have. */
function checkNames(columns: readonly ParquetColumn[]): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const twin = seen.get(name.toLowerCase());
    if (twin === undefined && name !== "") seen.set(name.toLowerCase(), name);
    else
      throw moltresError(
        "duplicate_column",
        name === ""
          ? "read.parquet: a column of the file has no name"
          : `read.parquet: the columns "${twin}" and "${name}" of the file differ at most in letter case`,
        { hint: "columns: […] selects what is read" },
      );
  }
}

function find(columns: readonly ParquetColumn[], name: string): ParquetColumn {
  const lower = name.toLowerCase();
  const column = columns.find((each) => each.name === name) ?? columns.find((each) => each.name.toLowerCase() === lower);
  if (column) return column;
  const names = columns.map((each) => each.name).join(", ");
  throw moltresError("unknown_column", `read.parquet: column "${name}" not found in the file; columns are: ${names}`);
}

/** A JSON object per row, a row group at a time. */
async function* lines(
  { parquetReadObjects, compressors }: Hyparquet,
  file: RandomAccess,
  metadata: Metadata,
  columns: readonly ParquetColumn[],
  maxRows: number,
): AsyncGenerator<string> {
  const names = [...new Set(columns.map((column) => column.name))];
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = Math.min(rowStart + Number(num_rows), maxRows);
    if (rowEnd <= rowStart) break;
    const request = { file, metadata, compressors, columns: names, rowStart, rowEnd, utf8: false, parsers };
    const rows = await parquetReadObjects(request).catch(refused);
    rowStart = rowEnd;
    for (let at = 0; at < rows.length; at += ROWS) {
      let text = "";
      for (const row of rows.slice(at, at + ROWS)) text += line(row, columns);
      yield text;
    }
  }
}

function refused(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  if (/unsupported compression codec|not supported/.test(message)) {
    throw moltresError("unsupported", `read.parquet: ${message}`, {
      hint: "npm install hyparquet-compressors for compressions other than snappy",
      cause: error,
    });
  }
  throw moltresError("corrupt", `read.parquet: the file is damaged: ${message}`, { cause: error });
}

const two = (n: number) => String(n).padStart(2, "0");

/** Moments as texts: JavaScript's dates know no microseconds. `perSecond`: units of a second. */
function moment(value: bigint, perSecond: bigint): string {
  const units = ((value % perSecond) + perSecond) % perSecond;
  const date = new Date(Number((value - units) / perSecond) * 1000);
  // SQLite's dates end at microseconds.
  const micros = perSecond > 1_000_000n ? units / (perSecond / 1_000_000n) : units * (1_000_000n / perSecond);
  const fraction = micros > 0n ? `.${String(micros).padStart(6, "0").replace(/0+$/, "")}` : "";
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day(date)} ${time}${fraction}`;
}

const day = (date: Date) => `${String(date.getUTCFullYear()).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;

const decoder = new TextDecoder();

const parsers = {
  timestampFromMilliseconds: (value?: bigint) => (value === undefined ? value : moment(BigInt(value), 1000n)),
  timestampFromMicroseconds: (value?: bigint) => (value === undefined ? value : moment(BigInt(value), 1_000_000n)),
  timestampFromNanoseconds: (value?: bigint) => (value === undefined ? value : moment(BigInt(value), 1_000_000_000n)),
  dateFromDays: (days?: number) => (days === undefined ? days : day(new Date(days * 86_400_000))),
  // As it is written: a number in it may be more than JavaScript's.
  jsonFromBytes: (bytes?: Uint8Array) => bytes && new Json(decoder.decode(bytes)),
};

/** JSON text that is a value already. */
class Json {
  constructor(readonly text: string) {}
}

function line(row: Record<string, unknown>, columns: readonly ParquetColumn[]): string {
  let text = "{";
  for (const { name, type, scale } of columns) {
    const value = row[name];
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    text += `${text.length > 1 ? "," : ""}${JSON.stringify(name)}:${cell(value, type, scale)}`;
  }
  return `${text}}\n`;
}

function cell(value: unknown, type: string, scale: number | undefined): string {
  if (value instanceof Json) return value.text.replace(/[\r\n]+/g, " ");
  // The library multiplies decimals by a power of ten, which is not exact.
  if (typeof value === "number" && scale !== undefined && Number.isFinite(value)) return value.toFixed(Math.min(scale, 100));
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return `"${value}"`;
  if (type === "string" && value instanceof Uint8Array) return JSON.stringify(decoder.decode(value));
  return jsonText(value);
}
