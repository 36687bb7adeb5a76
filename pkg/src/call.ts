/** Calls of the engine's functions: how `F`, generated from the registry, turns its arguments into expressions. */
import { describe, invalid } from "./arguments.js";
import { Column, columnNode, isSubquery, type Operand, toExpr } from "./column.js";
import { ExprNode } from "./plan.js";

/** A parameter of a function: what a string at its place means, and whether it takes all that remains. */
export interface ParamSpec {
  readonly name: string;
  readonly string: "column" | "literal";
  readonly optional?: boolean;
  readonly variadic?: boolean;
}

export interface CallOptions {
  readonly distinct?: boolean;
}

/** A string names a column, other values are literals. */
export type ColumnArg = Operand;

/** An argument where a string names a column. */
export function toColumnExpr(value: unknown, where: string): ExprNode {
  return typeof value === "string" ? columnNode(value, where) : toExpr(value, where);
}

/**
 * `call("dateAdd", [start, days], spec)`: the Column of a function call. The number of arguments is judged by the engine, which knows
 * every function; what is absent at the end is left out. One array may stand for a list of columns.
 */
export function call(name: string, args: readonly unknown[], spec: readonly ParamSpec[], options: CallOptions = {}): Column {
  const fixed = spec.length - 1;
  // One array in the place of a list of columns is that list: coalesce(["a", "b"]).
  const list = spec[fixed]?.variadic && args.length === spec.length ? args[fixed] : undefined;
  const given: readonly unknown[] = Array.isArray(list) ? [...args.slice(0, fixed), ...list] : args;
  let end = given.length;
  while (end > 0 && given[end - 1] === undefined) end--;
  const exprs = given.slice(0, end).map((value, i) => {
    const param = spec[Math.min(i, spec.length - 1)];
    const where = `${name}: ${param?.name ?? `argument ${i + 1}`}`;
    if (value === undefined) throw invalid(where, "nothing is given, though a later argument is");
    if (isSubquery(value))
      throw invalid(where, `a Column is expected, not ${describe(value)}`, "F.scalarSubquery(frame) reads the one value of a frame");
    return param?.string === "literal" ? toExpr(value, where) : toColumnExpr(value, where);
  });
  return new Column(new ExprNode("call", { name, args: exprs, distinct: options.distinct || undefined }));
}
