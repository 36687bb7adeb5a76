// Results: from column batches to rows, arrays or columns.

import type { Columns, FieldInfo, Row, Rows } from "./action-types.js";
import {
  type BatchHead,
  BatchReader,
  bigintPolicy,
  type ColumnBatch,
  cells,
  converter,
  Kind,
  type ResultOptions,
  readHead,
} from "./batch.js";
import { moltresError } from "./errors.js";

export type { ResultOptions } from "./batch.js";

/** The columns of a result, with the row builders made for it. */
export class Shape {
  readonly names: string[];
  readonly builders = new Map<string, RowBuilder | null>();

  constructor(readonly fields: FieldInfo[]) {
    this.names = fields.map((field) => field.name);
  }

  /** Row objects cannot hold two columns of one name. */
  checkNames(): void {
    const seen = new Set<string>();
    for (const name of this.names) {
      if (seen.has(name)) {
        throw moltresError("duplicate_column", `collect: the result has two columns named "${name}"`, {
          hint: 'give one an alias, drop it, or collect({format: "arrays"})',
          details: { column: name, columns: this.names },
        });
      }
      seen.add(name);
    }
  }
}

/** Shapes by the number that the engine gives them. */
export class Shapes {
  readonly #known = new Map<number, Shape>();

  get(id: number, load: (id: number) => string): Shape {
    let shape = this.#known.get(id);
    if (!shape) {
      shape = new Shape(JSON.parse(load(id)) as FieldInfo[]);
      this.#known.set(id, shape);
    }
    return shape;
  }

  /** The shape of a result that comes from another engine, whose numbers are its own. */
  foreign(json: string): Shape {
    return new Shape(JSON.parse(json) as FieldInfo[]);
  }
}

type RowBuilder = (n: number, columns: ColumnBatch[], convert: unknown[], bigint: unknown[], out: unknown[]) => void;

/** Collects the batches of one cursor in one format. */
export abstract class Sink<T> {
  #reader = new BatchReader();
  protected shape: Shape | undefined;
  rows = 0;
  changes = 0;
  /**
   * What becomes of a query in which an integer outgrows its width. All batches gathered: it begins again, and what was taken is given up.
   * Otherwise it is refused once rows have been passed on, or its arithmetic wraps around from the start.
   */
  onOverflow: "refuse" | "beginAgain" | "wrap" = "beginAgain";

  constructor(protected readonly options: ResultOptions) {}

  /** Do all integers come as BigInt? */
  get always(): boolean {
    return this.options.bigint === "always";
  }

  /** How the engine is to open the statement: the bits of `src/wasm/query.rs`. */
  get flags(): number {
    return (this.always ? 1 : 0) | { refuse: 0, beginAgain: 2, wrap: 4 }[this.onOverflow];
  }

  /** The columns, once the first batch has come. */
  get fields(): FieldInfo[] {
    return this.shape?.fields ?? [];
  }

  /** Takes the batch at `offset` and gives its head. Nothing of the batch's memory is kept. */
  take(buffer: ArrayBufferLike, offset: number, shapeOf: (id: number) => Shape): BatchHead {
    const head = readHead(buffer, offset);
    if (!this.shape) {
      this.shape = shapeOf(head.shape);
      this.begin(this.shape);
    }
    if (head.beginsAgain) {
      this.#reader = new BatchReader();
      this.rows = 0;
      this.discard();
    }
    this.rows += head.rows;
    this.changes = head.changes;
    if (head.rows > 0) this.add(head.rows, this.#reader.columns(buffer, offset, head));
    return head;
  }

  protected begin(_shape: Shape): void {}
  protected abstract add(rows: number, columns: ColumnBatch[]): void;
  /** Gives up all rows so far. */
  protected abstract discard(): void;
  abstract finish(): T;
}

abstract class RowSink<R> extends Sink<Rows<R>> {
  out: R[] = [];
  #convert: unknown[] = [];
  #bigint: unknown[] = [];

  protected override begin(shape: Shape): void {
    this.#convert = shape.fields.map((field) => converter(field, this.options));
    this.#bigint = shape.fields.map((field) => bigintPolicy(this.options.bigint, field.name));
  }

  protected add(n: number, columns: ColumnBatch[]): void {
    const shape = this.shape!;
    const key = this.format + columns.map((c, i) => `${c.kind}${c.nulls ? "n" : ""}${this.#convert[i] ? "c" : ""}`).join();
    let builder = shape.builders.get(key);
    if (builder === undefined) {
      builder = makeBuilder(shape, columns, this.#convert, this.format);
      shape.builders.set(key, builder);
    }
    if (builder) builder(n, columns, this.#convert, this.#bigint, this.out);
    else
      this.addSlowly(
        n,
        columns.map((column, i) => cells(column, this.#convert[i] as any, this.#bigint[i] as any)),
      );
  }

  protected discard(): void {
    this.out = [];
  }

  protected abstract readonly format: "rows" | "arrays";
  protected abstract addSlowly(n: number, cells: ((i: number) => unknown)[]): void;

  /** The rows since the last call: for streams. */
  drain(): R[] {
    const out = this.out;
    this.out = [];
    return out;
  }

  finish(): Rows<R> {
    return decorate(this.out, this.shape);
  }
}

/** Row objects. */
export class ObjectSink extends RowSink<Row> {
  protected readonly format = "rows";

  protected override begin(shape: Shape): void {
    shape.checkNames();
    super.begin(shape);
  }

  protected addSlowly(n: number, get: ((i: number) => unknown)[]): void {
    const { names } = this.shape!;
    for (let i = 0; i < n; i++) {
      const row: Row = {};
      for (let c = 0; c < names.length; c++) {
        if (names[c] === "__proto__")
          Object.defineProperty(row, names[c], { value: get[c](i), writable: true, enumerable: true, configurable: true });
        else row[names[c]] = get[c](i);
      }
      this.out.push(row);
    }
  }
}

/** An array per row, in column order. */
export class ArraySink extends RowSink<unknown[]> {
  protected readonly format = "arrays";

  protected addSlowly(n: number, get: ((i: number) => unknown)[]): void {
    for (let i = 0; i < n; i++) this.out.push(get.map((cell) => cell(i)));
  }
}

/** The single number of a single row. */
export class CountSink extends Sink<number> {
  #value = 0;

  protected add(_rows: number, columns: ColumnBatch[]): void {
    this.#value = Number(cells(columns[0], undefined, Number)(0));
  }

  protected discard(): void {
    this.#value = 0;
  }

  finish(): number {
    return this.#value;
  }
}

/** What a column has come to so far: typed chunks while all values are numbers, one plain array from the first that is not. */
interface Collecting {
  typed: (Float64Array | BigInt64Array)[];
  plain: unknown[] | undefined;
}

/** One array per column: typed where all values are numbers. */
export class ColumnSink extends Sink<Columns> {
  readonly #columns: Collecting[] = [];

  protected override begin(shape: Shape): void {
    shape.checkNames();
    for (let c = 0; c < shape.fields.length; c++) this.#columns.push({ typed: [], plain: undefined });
  }

  protected add(n: number, columns: ColumnBatch[]): void {
    columns.forEach((column, c) => {
      const field = this.shape!.fields[c];
      const collecting = this.#columns[c];
      const convert = converter(field, this.options);
      if (
        !collecting.plain &&
        !column.nulls &&
        !convert &&
        (column.kind === Kind.Number || (column.kind === Kind.BigInt && this.options.bigint !== "number"))
      ) {
        collecting.typed.push(column.kind === Kind.Number ? column.numbers.slice() : column.bigints.slice());
        return;
      }
      const bigint = bigintPolicy(this.options.bigint, field.name);
      collecting.plain ??= plainValues(collecting.typed, bigint);
      const get = cells(column, convert, bigint);
      for (let i = 0; i < n; i++) collecting.plain.push(get(i));
    });
  }

  protected discard(): void {
    for (const column of this.#columns) Object.assign(column, { typed: [], plain: undefined });
  }

  finish(): Columns {
    const result: Columns = {};
    this.shape?.fields.forEach((field, c) => {
      const value = this.#columns[c].plain ?? this.#join(field, this.#columns[c].typed);
      Object.defineProperty(result, field.name, { value, writable: true, enumerable: true, configurable: true });
    });
    return result;
  }

  #join(field: FieldInfo, chunks: (Float64Array | BigInt64Array)[]): ArrayLike<unknown> {
    const fractional = /^(float|double|decimal)/.test(field.type);
    if (chunks.length === 0) {
      if (!fractional && !/^(tinyint|smallint|int|bigint)/.test(field.type)) return [];
      return this.always && !fractional ? new BigInt64Array() : new Float64Array();
    }
    const n = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (chunks.every((chunk) => chunk instanceof Float64Array)) return concat(new Float64Array(n), chunks);
    // One integer beyond 2^53 makes the column one of 64-bit integers; with fractions in it, a plain array.
    if (!chunks.every((chunk) => chunk instanceof BigInt64Array || chunk.every(Number.isSafeInteger))) {
      return plainValues(chunks, bigintPolicy(this.options.bigint, field.name));
    }
    return concat(
      new BigInt64Array(n),
      chunks.map((chunk) => (chunk instanceof BigInt64Array ? chunk : BigInt64Array.from(Array.from(chunk, BigInt)))),
    );
  }
}

function plainValues(chunks: (Float64Array | BigInt64Array)[], bigint: (value: bigint) => unknown): unknown[] {
  const values: unknown[] = [];
  for (const chunk of chunks) for (const value of chunk) values.push(typeof value === "bigint" ? bigint(value) : value);
  return values;
}

function concat<A extends Float64Array | BigInt64Array>(into: A, chunks: (Float64Array | BigInt64Array)[]): A {
  let at = 0;
  for (const chunk of chunks) {
    into.set(chunk as any, at);
    at += chunk.length;
  }
  return into;
}

/** Adds what Observable and D3 expect of a table: `columns` and `schema`, non-enumerable. */
export function decorate<R>(rows: R[], shape: Shape | undefined): Rows<R> {
  return Object.defineProperties(rows, {
    columns: { value: shape?.names ?? [], configurable: true, writable: true },
    schema: { value: shape?.fields ?? [], configurable: true, writable: true },
  }) as Rows<R>;
}

let mayGenerate: boolean | undefined;

/** A function that builds rows as one object literal each: twice as fast as filling objects. Null where a content security policy forbids it. */
function makeBuilder(shape: Shape, columns: ColumnBatch[], convert: unknown[], format: "rows" | "arrays"): RowBuilder | null {
  if (mayGenerate === false || columns.length > 500) return null;
  const setup: string[] = [];
  const values = columns.map((column, c) => {
    const wrap = (value: string) => (convert[c] ? `f${c}(${value})` : value);
    if (convert[c]) setup.push(`const f${c} = convert[${c}];`);
    switch (column.kind) {
      case Kind.Null:
        return "null";
      case Kind.Number:
        setup.push(`const d${c} = columns[${c}].numbers;`);
        return column.nulls ? `(t = d${c}[i]) === t ? ${wrap("t")} : null` : wrap(`d${c}[i]`);
      case Kind.BigInt:
        setup.push(`const d${c} = columns[${c}].bigints, n${c} = columns[${c}].nullBytes, b${c} = bigint[${c}];`);
        return column.nulls ? `n${c}[i] ? null : ${wrap(`b${c}(d${c}[i])`)}` : wrap(`b${c}(d${c}[i])`);
      case Kind.Text:
        setup.push(`const s${c} = columns[${c}].text, e${c} = columns[${c}].ends; let p${c} = 0;`);
        return column.nulls
          ? `(t = e${c}[i]) === 4294967295 ? null : ${wrap(`s${c}.substring(p${c}, p${c} = t)`)}`
          : wrap(`s${c}.substring(p${c}, p${c} = e${c}[i])`);
      case Kind.Dictionary:
        setup.push(`const d${c} = columns[${c}].codes, w${c} = columns[${c}].dictionary;`);
        return convert[c] ? `(t = d${c}[i]) === 0 ? null : f${c}(w${c}[t])` : `w${c}[d${c}[i]]`;
      default:
        setup.push(`const g${c} = cells(columns[${c}], ${convert[c] ? `f${c}` : "undefined"}, bigint[${c}]);`);
        return `g${c}(i)`;
    }
  });
  const row =
    format === "arrays"
      ? `[${values.join(", ")}]`
      : `{${values.map((value, c) => `${shape.names[c] === "__proto__" ? '["__proto__"]' : JSON.stringify(shape.names[c])}: ${value}`).join(", ")}}`;
  const body = `${setup.join("\n")}\nlet t;\nfor (let i = 0; i < n; i++) out.push(${row});`;
  try {
    const builder = new Function("cells", `"use strict"; return (n, columns, convert, bigint, out) => {\n${body}\n};`)(cells) as RowBuilder;
    mayGenerate = true;
    return builder;
  } catch {
    mayGenerate = false;
    return null;
  }
}
