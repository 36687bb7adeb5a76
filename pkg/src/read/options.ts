// Options of the readers: what is for this side, and what goes to the engine as it is.

import type { DataFrame } from "../dataframe.js";
import { invalid } from "../errors.js";
import { readSchema, type SchemaArgument } from "../schema-argument.js";

export interface ReadProgress {
  /** Bytes of the source so far, and in all where that is known. */
  bytes: number;
  totalBytes?: number;
  rows: number;
  /** Seconds. */
  elapsed: number;
}

/** Options of all readers. */
export interface AnyReadOptions {
  /** Load into a table of this name; otherwise the rows are temporary. */
  table?: string;
  /** What if that table exists: `"error"` unless given. */
  ifExists?: "error" | "append" | "replace";
  /** Irregular input is kept and reported, skipped and reported, or an error: `"permissive"` unless given. */
  mode?: "permissive" | "dropMalformed" | "failFast";
  /** Any label of TextDecoder; UTF-8 unless given. */
  encoding?: string;
  /** Found out from the content unless given. */
  compression?: "auto" | "gzip" | "deflate" | "none";
  maxRows?: number;
  onProgress?: (progress: ReadProgress) => void;
  /** Aborting rejects with `signal.reason` and leaves no table behind. */
  signal?: AbortSignal;
}

/** Options of readers whose rows have columns. */
export interface ReadOptions extends AnyReadOptions {
  /** Names and types; then nothing is inferred. */
  schema?: SchemaArgument;
  /** The columns to read, in this order. */
  columns?: readonly string[];
  /** Letters as in `F.toDate`: `"dd/MM/yyyy"`. */
  dateFormat?: string;
  timestampFormat?: string;
}

/** Options of readers that infer types. */
export interface InferOptions extends ReadOptions {
  /** `false`: every column is text. */
  inferSchema?: boolean;
  /** Texts that stand for NULL; an unquoted empty field of CSV unless given. */
  nullValues?: readonly string[];
  /** What if a column must become text and the text of its earlier values is gone: `"error"` unless given. */
  onTypeConflict?: "text" | "null" | "error";
}

export interface CsvOptions extends InferOptions {
  /** The first record holds the names: true unless given; without them columns are called `_c0`, `_c1`, … */
  header?: boolean;
  /** One character, or `"auto"` for the likeliest of `, ; tab |`. */
  delimiter?: string;
  /** `""`: no quoting. */
  quote?: string | null;
  escape?: string | null;
  /** Lines that begin with this character are skipped. */
  comment?: string | null;
  /** Lines before the header. */
  skipRows?: number;
  /** Takes spaces and tabs off names and unquoted values. */
  trim?: boolean;
}

export interface JsonOptions extends InferOptions {
  /** Numbers and booleans become strings, as they are written. */
  primitivesAsString?: boolean;
  /** `true`: values of any number of lines, or one array of them, as `json` has it; `false`: one per line, as `jsonl` has it. */
  multiLine?: boolean;
}

export interface TextOptions extends AnyReadOptions {
  /** All of the input is one row. */
  wholetext?: boolean;
  /** What separates lines, instead of LF, CRLF and CR. */
  lineSep?: string;
}

export interface StreamReadOptions {
  /** Rows per batch at most; a slice of the input unless given. */
  batchSize?: number;
  bigint?: "auto" | "always" | "number";
}

/** What `df.readReport` tells about a reading. */
export interface ReadReport {
  rows: number;
  /** Bytes of the source. */
  bytes: number;
  /** Seconds. */
  elapsed: number;
  encoding: string;
  delimiter?: string;
  columns: { name: string; type: string; nulls: number; widenedFrom?: string }[];
  problems: { total: number; byKind: Record<string, number>; remedies: Record<string, string> };
  examples: { kind: string; record: number; line: number; column?: string; value?: string }[];
}

/** The frame of a reading, with its report. */
export type ReadFrame = DataFrame & { readonly readReport: ReadReport };

const HERE = ["encoding", "compression", "onProgress", "signal", "stream", "batchSize", "bigint", "inserts"];

/** The options for the engine; those of this side are checked. */
export function engineOptions(verb: string, options: Record<string, unknown>): Record<string, unknown> {
  if (options === null || typeof options !== "object") throw invalid(`${verb}: options must be an object`);
  const { onProgress, signal, encoding, compression } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalid(`${verb}: onProgress must be a function`);
  if (signal !== undefined && typeof (signal as AbortSignal)?.throwIfAborted !== "function")
    throw invalid(`${verb}: signal must be an AbortSignal`);
  if (encoding !== undefined && typeof encoding !== "string") throw invalid(`${verb}: encoding must be a label such as "utf-8"`);
  if (compression !== undefined && !["auto", "none", "gzip", "gz", "deflate"].includes(compression as string)) {
    throw invalid(`${verb}: compression must be "auto", "gzip", "deflate" or "none"`);
  }
  const sent: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (HERE.includes(name) || value === undefined) continue;
    if (name === "schema" && value !== null)
      sent[name] = readSchema(`${verb}: schema`, value).map((field) => ({ type: "string", ...field }));
    else sent[name] = typeof value === "bigint" ? Number(value) : value;
  }
  return sent;
}
