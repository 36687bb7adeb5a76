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
export interface ReadOptions {
  /** Load into a table of this name; otherwise the rows are temporary. */
  table?: string;
  /** What if that table exists: `"error"` unless given. */
  ifExists?: "error" | "append" | "replace";
  /** Names and types; then nothing is inferred. */
  schema?: SchemaArgument;
  mode?: "permissive" | "dropMalformed" | "failFast";
  /** Any label of TextDecoder; UTF-8 unless given. */
  encoding?: string;
  /** Found out from the content unless given. */
  compression?: "auto" | "gzip" | "deflate" | "none";
  columns?: readonly string[];
  maxRows?: number;
  dateFormat?: string;
  timestampFormat?: string;
  onProgress?: (progress: ReadProgress) => void;
  /** Aborting rejects with `signal.reason` and leaves no table behind. */
  signal?: AbortSignal;
}

export interface CsvOptions extends ReadOptions {
  header?: boolean;
  /** One character, or `"auto"` for the likeliest of `, ; tab |`. */
  delimiter?: string;
  /** `""`: no quoting. */
  quote?: string | null;
  escape?: string | null;
  comment?: string | null;
  inferSchema?: boolean;
  nullValues?: readonly string[];
  /** Lines before the header. */
  skipRows?: number;
  trim?: boolean;
  /** What if a column must become text and the text of its earlier values is gone: `"error"` unless given. */
  onTypeConflict?: "text" | "null" | "error";
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
    sent[name] =
      name === "schema" && value !== null ? readSchema(`${verb}: schema`, value).map((field) => ({ type: "string", ...field })) : value;
  }
  return sent;
}
