/** Functions of `F` that are more than a call of the engine's registry: those over frames, texts, conditions and distinct values. */
import { name as checkName, describe, flatten, invalid } from "./arguments.js";
import { type ColumnArg, call, type ParamSpec } from "./call.js";
import { Column, col, expr, isSubquery, lit, type Subquery, when } from "./column.js";
import { ExprNode, type ExprOp } from "./plan.js";

export { col, col as column, expr, lit, when };

const COLUMNS: readonly ParamSpec[] = [{ name: "cols", string: "column", variadic: true }];

function overFrame(op: ExprOp, where: string, frame: unknown, more: object = {}): Column {
  if (!isSubquery(frame)) throw invalid(where, `a DataFrame is expected, not ${describe(frame)}`);
  return new Column(new ExprNode(op, { plan: frame.node, ...more }));
}

/** Does the frame have a row? Names in it may mean columns of the row outside. */
export function exists(frame: Subquery): Column {
  return overFrame("exists", "exists", frame);
}

/** Has the frame no row? */
export function notExists(frame: Subquery): Column {
  return overFrame("exists", "notExists", frame, { negated: true });
}

/** The one value of a frame with one column: NULL without a row, the first of several. */
export function scalarSubquery(frame: Subquery): Column {
  return overFrame("scalarQuery", "scalarSubquery", frame);
}

/** In `db.merge`: the incoming row's value of a column. */
export function excluded(name: string): Column {
  const checked = checkName("excluded", name);
  return col(`excluded.${/[.`]/.test(checked) ? `\`${checked.replaceAll("`", "``")}\`` : checked}`);
}

/** How many different combinations of values that are not NULL. */
export function countDistinct(...cols: readonly (ColumnArg | readonly ColumnArg[])[]): Column {
  return call("count", cols, COLUMNS, { distinct: true });
}

/** The sum of the different values. */
export function sumDistinct(column: ColumnArg): Column {
  return call("sum", [column], COLUMNS, { distinct: true });
}

/** A struct of columns: fields are named after them or their aliases. */
export function struct(...cols: readonly (string | Column | readonly (string | Column)[])[]): Column {
  const given = flatten(cols);
  if (given.length === 0) throw invalid("struct", "at least one column is expected");
  return call("struct", given, COLUMNS);
}

/** Ascending and descending by name, as `F.desc("total")`. */
export const asc = (name: string | Column): Column => toColumn("asc", name).asc();
export const desc = (name: string | Column): Column => toColumn("desc", name).desc();
export const ascNullsFirst = (name: string | Column): Column => toColumn("ascNullsFirst", name).ascNullsFirst();
export const ascNullsLast = (name: string | Column): Column => toColumn("ascNullsLast", name).ascNullsLast();
export const descNullsFirst = (name: string | Column): Column => toColumn("descNullsFirst", name).descNullsFirst();
export const descNullsLast = (name: string | Column): Column => toColumn("descNullsLast", name).descNullsLast();

function toColumn(where: string, value: unknown): Column {
  if (value instanceof Column) return value;
  return col(checkName(where, value));
}

/** A function registered with `db.registerFunction`, by its name; strings name columns. */
export function callFunction(name: string, ...args: readonly ColumnArg[]): Column {
  return call(checkName("callFunction", name), args, COLUMNS);
}
export const callUDF = callFunction;
