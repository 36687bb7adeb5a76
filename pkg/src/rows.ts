/**
 * Rows on their way to the engine: flat arrays per batch instead of a call per value. The layout is that of `src/table/rows.rs`: a kind and
 * 64 bits per cell, row by row; all texts in one string, all bytes in one array. A batch is plain data that a Worker can take.
 */
import { describe, isPlainObject } from "./arguments.js";
import { joined } from "./bytes.js";
import { Column } from "./column.js";
import { invalid } from "./errors.js";
import { nestedJson } from "./literal.js";

const NULL = 0;
const NUMBER = 1;
const INTEGER = 2;
const TEXT = 3;
const BYTES = 4;
const BOOLEAN = 5;
const INSTANT = 6;
const JSON_TEXT = 7;

/** A batch is sent when it holds this much. */
const MAX_CELLS = 1 << 16;
const MAX_TEXT = 1 << 22;

export interface RowBatch {
  readonly names: readonly string[];
  readonly nRows: number;
  readonly kinds: Uint8Array;
  readonly numbers: BigUint64Array;
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Gathers rows of one shape until a batch is full. */
export class RowEncoder {
  readonly #kinds: Uint8Array;
  readonly #floats: Float64Array;
  readonly #bits: BigInt64Array;
  readonly #numbers: BigUint64Array;
  /** The same memory by halves, lower half first as in WebAssembly: lengths need no BigInt. */
  readonly #halves: Uint32Array;
  #text = "";
  #bytes: Uint8Array[] = [];
  #nBytes = 0;
  #cells = 0;
  nRows = 0;

  /** `verb` is for messages; `firstRow` the number of rows sent before. */
  constructor(
    readonly names: readonly string[],
    readonly verb: string,
    private firstRow = 0,
  ) {
    const capacity = names.length * Math.max(1, Math.floor(MAX_CELLS / Math.max(1, names.length)));
    const buffer = new ArrayBuffer(capacity * 8);
    this.#kinds = new Uint8Array(capacity);
    this.#floats = new Float64Array(buffer);
    this.#bits = new BigInt64Array(buffer);
    this.#numbers = new BigUint64Array(buffer);
    this.#halves = new Uint32Array(buffer);
  }

  get isFull(): boolean {
    const room = this.names.length === 0 ? this.nRows < MAX_CELLS : this.#cells < this.#kinds.length;
    return !room || this.#text.length + this.#nBytes > MAX_TEXT;
  }

  /** The next cell, in the order of `names`; call `endRow` after the last of a row. */
  put(value: unknown): void {
    const at = this.#cells++;
    switch (typeof value) {
      case "number":
        this.#kinds[at] = NUMBER;
        this.#floats[at] = value;
        return;
      case "string":
        this.#putText(at, TEXT, value);
        return;
      case "boolean":
        this.#kinds[at] = BOOLEAN;
        this.#setLength(at, value ? 1 : 0);
        return;
      case "undefined":
        this.#kinds[at] = NULL;
        return;
      case "bigint":
        if (value !== BigInt.asIntN(64, value)) throw this.#refuse(`${value}n does not fit into 64 bits`);
        this.#kinds[at] = INTEGER;
        this.#bits[at] = value;
        return;
      case "object":
        this.#putObject(at, value);
        return;
      default:
        throw this.#refuse(`${describe(value)} is not a value`);
    }
  }

  endRow(): void {
    this.nRows++;
  }

  /** The batch so far; the encoder starts anew. */
  take(): RowBatch {
    const batch: RowBatch = {
      names: this.names,
      nRows: this.nRows,
      kinds: this.#kinds.slice(0, this.#cells),
      numbers: this.#numbers.slice(0, this.#cells),
      text: this.#text,
      bytes: joined(this.#bytes),
    };
    this.firstRow += this.nRows;
    this.nRows = this.#cells = this.#nBytes = 0;
    this.#text = "";
    this.#bytes = [];
    return batch;
  }

  #putObject(at: number, value: object | null): void {
    if (value === null) this.#kinds[at] = NULL;
    else if (value instanceof Date) {
      this.#kinds[at] = INSTANT;
      this.#floats[at] = value.getTime();
    } else if (value instanceof Uint8Array) this.#putBytes(at, value);
    else if (value instanceof ArrayBuffer) this.#putBytes(at, new Uint8Array(value));
    else if (value instanceof DataView) this.#putBytes(at, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else if (Array.isArray(value) || value instanceof Map || ArrayBuffer.isView(value) || isPlainObject(value)) {
      this.#putText(at, JSON_TEXT, nestedJson(value, this.#place()));
    } else if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      this.#cells--;
      this.put(value.valueOf());
    } else if (value instanceof Column) {
      const error = this.#refuse("an expression stands among the values of a stream", {
        hint: "rows with expressions are given as an array, or as columns",
      });
      throw Object.assign(error, { isExpression: true });
    } else throw this.#refuse(`${describe(value)} is not a value`);
  }

  #putText(at: number, kind: number, value: string): void {
    this.#kinds[at] = kind;
    const last = value.charCodeAt(value.length - 1);
    // Half of a character at the end would pair with what follows.
    const text = last >= 0xd800 && last <= 0xdbff ? `${value.slice(0, -1)}\ufffd` : value;
    this.#text += text;
    this.#setLength(at, text.length);
  }

  #setLength(at: number, length: number): void {
    this.#halves[at * 2] = length;
    this.#halves[at * 2 + 1] = 0;
  }

  #putBytes(at: number, value: Uint8Array): void {
    this.#kinds[at] = BYTES;
    this.#setLength(at, value.length);
    this.#bytes.push(value);
    this.#nBytes += value.length;
  }

  #place(): string {
    const column = this.names[(this.#cells - 1) % Math.max(1, this.names.length)];
    return `${this.verb}: row ${this.firstRow + this.nRows}, column "${column}"`;
  }

  #refuse(message: string, more: { hint?: string } = {}) {
    return invalid(`${this.#place()}: ${message}`, { ...more, details: { row: this.firstRow + this.nRows } });
  }
}

/** Values of one kind of row source: objects with any keys, or arrays in the order of the table's columns. */
export type RowLike = Readonly<Record<string, unknown>> | readonly unknown[];

/** Turns rows into batches. A row that lacks a key gets the column's default, so that a batch ends where the keys change. */
export class RowBatcher {
  #encoder: RowEncoder | undefined;
  #keys: readonly string[] = [];
  #sent = 0;

  /** `positional` are the columns that an array's values stand for. */
  constructor(
    readonly verb: string,
    readonly positional: () => readonly string[],
  ) {}

  /** Takes a row; gives a batch when one is complete without it. */
  push(row: unknown): RowBatch | undefined {
    if (row === null || typeof row !== "object" || ArrayBuffer.isView(row) || row instanceof Date) {
      throw invalid(`${this.verb}: row ${this.rows} is ${describe(row)}`, {
        hint: "a row is an object {column: value} or an array of values",
      });
    }
    return Array.isArray(row) ? this.#pushArray(row) : this.#pushObject(row as Record<string, unknown>);
  }

  /** What is left. */
  end(): RowBatch | undefined {
    return this.#flush();
  }

  get rows(): number {
    return this.#sent + (this.#encoder?.nRows ?? 0);
  }

  #flush(): RowBatch | undefined {
    if (!this.#encoder?.nRows) return undefined;
    this.#sent += this.#encoder.nRows;
    return this.#encoder.take();
  }

  /** An encoder for these keys with room for a row, and the batch that had to go first. */
  #prepare(names: readonly string[]): RowBatch | undefined {
    if (this.#encoder && this.#keys === names && !this.#encoder.isFull) return undefined;
    const done = this.#flush();
    if (!this.#encoder || this.#keys !== names) {
      this.#encoder = new RowEncoder(names, this.verb, this.#sent);
      this.#keys = names;
    }
    return done;
  }

  #pushObject(row: Record<string, unknown>): RowBatch | undefined {
    const names = this.#hasKeys(row) ? this.#keys : Object.keys(row).filter((key) => row[key] !== undefined);
    if (names.length === 0) throw invalid(`${this.verb}: row ${this.rows} has no values`, { hint: "a row names at least one column" });
    const done = this.#prepare(names);
    const encoder = this.#encoder!;
    for (const name of names) encoder.put(row[name]);
    encoder.endRow();
    return done;
  }

  /** Has the row exactly the keys of the batch? */
  #hasKeys(row: Record<string, unknown>): boolean {
    const keys = this.#keys;
    let i = 0;
    for (const key in row) {
      if (row[key] === undefined) continue;
      if (keys[i] !== key) return keys.length > 0 && sameKeys(keys, row);
      i++;
    }
    return i === keys.length && i > 0;
  }

  #pushArray(row: readonly unknown[]): RowBatch | undefined {
    const names = this.positional();
    if (row.length !== names.length) {
      throw invalid(`${this.verb}: row ${this.rows} has ${row.length} values for the ${names.length} columns ${names.join(", ")}`);
    }
    const done = this.#prepare(names);
    const encoder = this.#encoder!;
    for (const value of row) encoder.put(value);
    encoder.endRow();
    return done;
  }
}

/** The same keys in another order. */
function sameKeys(keys: readonly string[], row: Record<string, unknown>): boolean {
  const own = Object.keys(row).filter((key) => row[key] !== undefined);
  return own.length === keys.length && keys.every((key) => Object.hasOwn(row, key) && row[key] !== undefined);
}

/** Batches of an object of columns: arrays or typed arrays of one length. */
export function* columnBatches(verb: string, columns: Readonly<Record<string, ArrayLike<unknown>>>): Generator<RowBatch> {
  const names = Object.keys(columns);
  const values = Object.values(columns);
  const length = values[0]?.length ?? 0;
  const odd = values.findIndex((column) => column.length !== length);
  if (odd >= 0) throw invalid(`${verb}: column "${names[odd]}" has ${values[odd].length} values, "${names[0]}" has ${length}`);
  const encoder = new RowEncoder(names, verb);
  for (let row = 0; row < length; row++) {
    if (encoder.isFull) yield encoder.take();
    for (const column of values) encoder.put(column[row]);
    encoder.endRow();
  }
  if (encoder.nRows) yield encoder.take();
}
