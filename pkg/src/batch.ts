// Column batches as `src/engine/batch.rs` lays them out, and their cells as JavaScript values.
//
// A batch is one piece of memory: eight words about the whole, then sixteen words per column (kind, flags and up to seven pairs of offset
// and length), then the data, each part aligned to eight bytes and counted from the start of the batch.

import type { FieldInfo } from "./action-types.js";
import { moltresError } from "./errors.js";
import { splitType } from "./type-text.js";

export interface ResultOptions {
  /** Integers beyond 2^53 as BigInt (auto), all integers as BigInt (always), or an error when one is beyond (number). */
  bigint?: "auto" | "always" | "number";
  /** Dates and timestamps as ISO text or as Date objects. */
  dates?: "string" | "Date";
}

const HEADER_WORDS = 8;
const COLUMN_WORDS = 16;
const NULL_END = 0xffffffff;

export enum Kind {
  Null = 0,
  Number = 1,
  BigInt = 2,
  Text = 3,
  Dictionary = 4,
  Blob = 5,
  Mixed = 6,
}

enum Tag {
  Null = 0,
  Number = 1,
  BigInt = 2,
  Text = 3,
  Blob = 4,
}

/** What a decoded cell goes through: undefined where the stored value is the result. */
export type Convert = ((value: any) => unknown) | undefined;

/** One column of a batch. Views lie over the batch's memory and die with it; texts are JavaScript strings already. */
export interface ColumnBatch {
  kind: Kind;
  nulls: boolean;
  numbers: Float64Array;
  bigints: BigInt64Array;
  nullBytes: Uint8Array;
  text: string;
  ends: Uint32Array;
  codes: Uint16Array;
  dictionary: (string | null)[];
  bytes: Uint8Array;
  byteEnds: Uint32Array;
  tags: Uint8Array;
}

export interface BatchHead {
  byteLength: number;
  /** 0 when there are no more rows. */
  cursor: number;
  shape: number;
  rows: number;
  columns: number;
  /** Rows that the statement changed. */
  changes: number;
  /** The query began again: the batches before this one are void. */
  beginsAgain: boolean;
}

export function readHead(buffer: ArrayBufferLike, offset: number): BatchHead {
  const w = new Uint32Array(buffer, offset, HEADER_WORDS);
  return { byteLength: w[0], cursor: w[1], shape: w[2], rows: w[3], columns: w[4], changes: w[5], beginsAgain: (w[6] & 1) !== 0 };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const none = {
  numbers: new Float64Array(),
  bigints: new BigInt64Array(),
  bytes: new Uint8Array(),
  ends: new Uint32Array(),
  codes: new Uint16Array(),
};

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  // Some browsers refuse to decode memory that is shared or may be resized.
  return decoder.decode(bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice());
}

/** Reads the columns of batches of one cursor, keeping the dictionaries that grow from batch to batch. */
export class BatchReader {
  readonly #dictionaries: (string | null)[][] = [];

  columns(buffer: ArrayBufferLike, offset: number, head: BatchHead): ColumnBatch[] {
    const words = new Uint32Array(buffer, offset + 4 * HEADER_WORDS, COLUMN_WORDS * head.columns);
    const columns: ColumnBatch[] = new Array(head.columns);
    for (let c = 0; c < head.columns; c++) columns[c] = this.#column(buffer, offset, head.rows, words.subarray(c * COLUMN_WORDS), c);
    return columns;
  }

  #column(buffer: ArrayBufferLike, base: number, n: number, w: Uint32Array, index: number): ColumnBatch {
    const kind = w[0] as Kind;
    const column: ColumnBatch = {
      kind,
      nulls: (w[1] & 1) !== 0,
      numbers: none.numbers,
      bigints: none.bigints,
      nullBytes: none.bytes,
      text: "",
      ends: none.ends,
      codes: none.codes,
      dictionary: [],
      bytes: none.bytes,
      byteEnds: none.ends,
      tags: none.bytes,
    };
    const bytes = (part: number) => new Uint8Array(buffer, base + w[2 + 2 * part], w[3 + 2 * part]);
    const ends = (part: number) => new Uint32Array(buffer, base + w[2 + 2 * part], n);
    switch (kind) {
      case Kind.Null:
        break;
      case Kind.Number:
        column.numbers = new Float64Array(buffer, base + w[2], n);
        break;
      case Kind.BigInt:
        column.bigints = new BigInt64Array(buffer, base + w[2], n);
        column.nullBytes = bytes(1);
        break;
      case Kind.Text:
        column.text = textOf(bytes(0));
        column.ends = ends(1);
        break;
      case Kind.Dictionary:
        column.codes = new Uint16Array(buffer, base + w[2], n);
        column.dictionary = this.#grow(index, textOf(bytes(1)), new Uint32Array(buffer, base + w[6], w[7] / 4));
        break;
      case Kind.Blob:
        column.bytes = bytes(0);
        column.byteEnds = ends(1);
        break;
      case Kind.Mixed:
        column.tags = bytes(0);
        column.numbers = new Float64Array(buffer, base + w[4], n);
        column.bigints = new BigInt64Array(buffer, base + w[6], w[7] / 8);
        column.text = textOf(bytes(3));
        column.ends = ends(4);
        column.bytes = bytes(5);
        column.byteEnds = ends(6);
    }
    return column;
  }

  /** Code 0 is NULL; new entries follow those of earlier batches. */
  #grow(index: number, text: string, ends: Uint32Array): (string | null)[] {
    this.#dictionaries[index] ??= [null];
    const dictionary = this.#dictionaries[index];
    let from = 0;
    for (const end of ends) dictionary.push(text.substring(from, (from = end)));
    return dictionary;
  }
}

/** Cell after cell of one column, for columns without a faster way. Cells must be asked for in order, each once. */
export function cells(column: ColumnBatch, convert: Convert, bigint: (value: bigint) => unknown): (i: number) => unknown {
  const { numbers, bigints, nullBytes, text, ends, codes, dictionary, bytes, byteEnds, tags, nulls } = column;
  const done = convert ?? ((value: unknown) => value);
  let from = 0;
  switch (column.kind) {
    case Kind.Null:
      return () => null;
    case Kind.Number:
      return (i) => {
        const value = numbers[i];
        return Number.isNaN(value) ? null : done(value);
      };
    case Kind.BigInt:
      return (i) => (nulls && nullBytes[i] ? null : done(bigint(bigints[i])));
    case Kind.Text:
      return (i) => (ends[i] === NULL_END ? null : done(text.substring(from, (from = ends[i]))));
    case Kind.Dictionary:
      return (i) => (codes[i] === 0 ? null : done(dictionary[codes[i]]));
    case Kind.Blob:
      return (i) => (byteEnds[i] === NULL_END ? null : done(bytes.slice(from, (from = byteEnds[i]))));
    case Kind.Mixed: {
      let blobFrom = 0;
      return (i) => {
        switch (tags[i] as Tag) {
          case Tag.Null:
            return null;
          case Tag.Number:
            return done(numbers[i]);
          case Tag.BigInt:
            return done(bigint(bigints[numbers[i]]));
          case Tag.Text:
            return done(text.substring(from, (from = ends[i])));
          case Tag.Blob:
            return done(bytes.slice(blobFrom, (blobFrom = byteEnds[i])));
        }
      };
    }
  }
}

/** What becomes of 64-bit integers that arrive as BigInt. */
export function bigintPolicy(policy: ResultOptions["bigint"], name: string): (value: bigint) => unknown {
  const safe = (value: bigint) => value >= -9007199254740991n && value <= 9007199254740991n;
  if (policy === "always") return (value) => value;
  if (policy === "number") {
    return (value) => {
      if (safe(value)) return Number(value);
      throw moltresError("type_mismatch", `collect: ${value} in column "${name}" is beyond what a JavaScript number holds exactly`, {
        hint: 'use {bigint: "auto"} or "always", or cast the column to string',
      });
    };
  }
  return (value) => (safe(value) ? Number(value) : value);
}

/** A stored value as what its logical type promises. Values that do not look like their type stay as they are. */
export function converter(field: FieldInfo, options: ResultOptions): Convert {
  const { type } = field;
  if (type === "boolean") return (value) => (typeof value === "number" ? value !== 0 : value);
  if (type === "date" || type === "timestamp") return options.dates === "Date" ? toDate : undefined;
  if (/^(array|struct|map|json)/.test(type)) return type.includes("boolean") ? withBooleans(type) : parseJson;
  return undefined;
}

/** ISO text in UTC as a Date, to the millisecond. */
function toDate(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const m = /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?$/.exec(value);
  if (!m) return value;
  const date = new Date(0);
  date.setUTCFullYear(+m[1], +m[2] - 1, +m[3]);
  date.setUTCHours(+(m[4] ?? 0), +(m[5] ?? 0), +(m[6] ?? 0), m[7] ? +m[7].padEnd(3, "0").slice(0, 3) : 0);
  return date;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON text; integers that a number would round become BigInts. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    if (!/\d{16}/.test(value)) return JSON.parse(value);
    const marked = value.replace(TOKENS, (token) =>
      /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `{"\\u0000int":"${token}"}` : token,
    );
    return JSON.parse(marked, (_, v) => (v !== null && typeof v === "object" && "\u0000int" in v ? BigInt(v["\u0000int"]) : v));
  } catch {
    return value;
  }
}

type Deep = (value: unknown) => unknown;

/** Booleans inside arrays and structs are 0 and 1 where SQLite made the JSON. */
function withBooleans(type: string): Convert {
  const deep = deepConverter(type.trim());
  return (value) => deep(parseJson(value));
}

function deepConverter(type: string): Deep {
  if (type === "boolean") return (value) => (typeof value === "number" ? value !== 0 : value);
  if (!type.includes("boolean")) return (value) => value;
  const [outer, parts] = splitType(type);
  const fields = new Map(parts.map(([name, part]) => [name, deepConverter(part)]));
  if (outer === "array") {
    const element = fields.get("element")!;
    return (value) => (Array.isArray(value) ? value.map(element) : value);
  }
  if (outer === "map") {
    const of = fields.get("value")!;
    return (value) => (isPlain(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, of(v)])) : value);
  }
  return (value) => (isPlain(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fields.get(k)?.(v) ?? v])) : value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
