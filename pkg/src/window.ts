/** Windows: which rows a window function sees. Immutable; `Window` is where one begins. */
import { describe, flatten, invalid } from "./arguments.js";
import { Column, columnNode } from "./column.js";
import type { ExprNode } from "./plan.js";

interface WindowFields {
  readonly partitionBy: readonly ExprNode[];
  readonly orderBy: readonly ExprNode[];
  readonly frame?: { readonly rows: boolean; readonly start: string | number; readonly end: string | number };
}

export type WindowKey = string | Column | readonly (string | Column)[];

const keys = (where: string, values: readonly unknown[]): ExprNode[] =>
  flatten(values).map((value) => {
    if (value instanceof Column) return value.node;
    if (typeof value === "string") return columnNode(value, where);
    throw invalid(where, `a name or a Column is expected, not ${describe(value)}`);
  });

/** -Infinity and Infinity are the ends, 0 is the current row, negative numbers come before it. */
function bound(where: string, value: unknown): string | number {
  const n = typeof value === "bigint" ? Number(value) : value;
  if (typeof n !== "number" || Number.isNaN(n)) throw invalid(where, `a number or a bound of Window is expected, not ${describe(value)}`);
  if (n <= Number.MIN_SAFE_INTEGER) return "unboundedPreceding";
  if (n >= Number.MAX_SAFE_INTEGER) return "unboundedFollowing";
  return n === 0 ? "currentRow" : n;
}

export class WindowSpec {
  constructor(readonly fields: WindowFields = { partitionBy: [], orderBy: [] }) {
    Object.freeze(fields);
    Object.freeze(this);
  }

  /** Rows with equal keys see each other; without keys all rows do. */
  partitionBy(...cols: readonly WindowKey[]): WindowSpec {
    return new WindowSpec({ ...this.fields, partitionBy: keys("Window.partitionBy", cols) });
  }

  orderBy(...cols: readonly WindowKey[]): WindowSpec {
    return new WindowSpec({ ...this.fields, orderBy: keys("Window.orderBy", cols) });
  }

  /** The frame in rows relative to the current one: `rowsBetween(-6, 0)` is the last seven. */
  rowsBetween(start: number, end: number): WindowSpec {
    return this.#between("Window.rowsBetween", true, start, end);
  }

  /** The frame by the distance of the one ordering value. */
  rangeBetween(start: number, end: number): WindowSpec {
    return this.#between("Window.rangeBetween", false, start, end);
  }

  #between(where: string, rows: boolean, start: number, end: number): WindowSpec {
    const [from, to] = [bound(where, start), bound(where, end)];
    if (Number(start) > Number(end)) throw invalid(where, `the start ${start} is after the end ${end}`);
    if (rows && [from, to].some((at) => typeof at === "number" && !Number.isInteger(at))) {
      throw invalid(where, `whole numbers of rows are expected, not ${start} and ${end}`);
    }
    return new WindowSpec({ ...this.fields, frame: { rows, start: from, end: to } });
  }
}

/** `Window.partitionBy("country").orderBy(col("amount").desc())`. */
export const Window = Object.freeze({
  unboundedPreceding: -Infinity,
  unboundedFollowing: Infinity,
  currentRow: 0,
  partitionBy: (...cols: readonly WindowKey[]): WindowSpec => new WindowSpec().partitionBy(...cols),
  orderBy: (...cols: readonly WindowKey[]): WindowSpec => new WindowSpec().orderBy(...cols),
  rowsBetween: (start: number, end: number): WindowSpec => new WindowSpec().rowsBetween(start, end),
  rangeBetween: (start: number, end: number): WindowSpec => new WindowSpec().rangeBetween(start, end),
});
