/**
 * Column: an immutable expression. Every method gives a new Column; nothing is resolved or checked against data here.
 * A string is a literal in these methods, as in PySpark; `col("name")` names a column.
 */
import { name as checkName, describe, invalid, text } from "./arguments.js";
import { toLiteral } from "./literal.js";
import { ExprNode, type ExprOp, type Fields, PlanNode, type WireLiteral } from "./plan.js";
import { sketch } from "./sketch.js";
import type { WindowSpec } from "./window.js";

/** What a Column method takes: another Column, or a value that becomes a literal. */
export type Operand =
  | Column
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** Anything with a plan of its own: a DataFrame. Declared here so that columns do not depend on frames. */
export interface Subquery {
  readonly node: PlanNode;
}

export const isSubquery = (value: unknown): value is Subquery =>
  typeof value === "object" && value !== null && !(value instanceof Column) && (value as Partial<Subquery>).node instanceof PlanNode;

const make = (op: ExprOp, fields: Fields): Column => new Column(new ExprNode(op, fields));

export class Column {
  /** Made by `col`, `lit`, `expr`, `F` and by methods. */
  constructor(readonly node: ExprNode) {
    Object.freeze(this);
  }

  // ---- comparison; each gives NULL where an operand is NULL

  eq(other: Operand): Column {
    return this.#binary("eq", other);
  }
  ne(other: Operand): Column {
    return this.#binary("ne", other);
  }
  gt(other: Operand): Column {
    return this.#binary("gt", other);
  }
  ge(other: Operand): Column {
    return this.#binary("ge", other);
  }
  lt(other: Operand): Column {
    return this.#binary("lt", other);
  }
  le(other: Operand): Column {
    return this.#binary("le", other);
  }
  /** Equality in which NULL equals NULL and nothing else; never NULL itself. */
  eqNullSafe(other: Operand): Column {
    return this.#binary("eqNullSafe", other);
  }
  /** `lo <= this and this <= hi`. */
  between(lo: Operand, hi: Operand): Column {
    const from = toExpr(lo, "between: lower bound");
    const to = toExpr(hi, "between: upper bound");
    return make("and", {
      left: new ExprNode("ge", { left: this.node, right: from }),
      right: new ExprNode("le", { left: this.node, right: to }),
    });
  }
  /** One of the values, given one by one or as an array, or one of the values of a frame with one column. */
  isin(...values: readonly (Operand | Subquery)[]): Column {
    if (values.length === 1 && isSubquery(values[0])) return make("inQuery", { arg: this.node, plan: values[0].node });
    const [only] = values;
    const list = values.length === 1 && (Array.isArray(only) || only instanceof Set) ? [...(only as Iterable<unknown>)] : values;
    return make("in", { arg: this.node, list: list.map((value) => toExpr(value, "isin")) });
  }
  isNull(): Column {
    return make("isNull", { arg: this.node });
  }
  isNotNull(): Column {
    return make("isNotNull", { arg: this.node });
  }
  /** Is it the floating-point NaN? */
  isNaN(): Column {
    return this.#call("isnan");
  }

  // ---- arithmetic

  add(other: Operand): Column {
    return this.#binary("add", other);
  }
  sub(other: Operand): Column {
    return this.#binary("sub", other);
  }
  mul(other: Operand): Column {
    return this.#binary("mul", other);
  }
  /** Real division; NULL when the divisor is zero. */
  div(other: Operand): Column {
    return this.#binary("div", other);
  }
  /** Remainder with the sign of the dividend; NULL when the divisor is zero. */
  mod(other: Operand): Column {
    return this.#binary("mod", other);
  }
  pow(exponent: Operand): Column {
    return this.#call("pow", toExpr(exponent, "pow"));
  }
  neg(): Column {
    return make("neg", { arg: this.node });
  }
  bitwiseAND(other: Operand): Column {
    return this.#binary("bitAnd", other, "bitwiseAND");
  }
  bitwiseOR(other: Operand): Column {
    return this.#binary("bitOr", other, "bitwiseOR");
  }
  bitwiseXOR(other: Operand): Column {
    return this.#binary("bitXor", other, "bitwiseXOR");
  }
  bitwiseNOT(): Column {
    return make("bitNot", { arg: this.node });
  }

  // ---- logic, three-valued as in SQL

  and(other: Operand): Column {
    return this.#binary("and", other);
  }
  or(other: Operand): Column {
    return this.#binary("or", other);
  }
  not(): Column {
    return make("not", { arg: this.node });
  }

  // ---- text, case-sensitive unless said otherwise

  /** SQL's pattern: `%` any text, `_` one character, `\` escapes. */
  like(pattern: Operand): Column {
    return this.#call("like", toExpr(pattern, "like"));
  }
  /** `like` without regard to case. */
  ilike(pattern: Operand): Column {
    return this.#call("ilike", toExpr(pattern, "ilike"));
  }
  /** Does a regular expression match somewhere? */
  rlike(pattern: Operand): Column {
    return this.#call("rlike", toExpr(pattern, "rlike"));
  }
  contains(part: Operand): Column {
    return this.#call("contains", toExpr(part, "contains"));
  }
  startsWith(prefix: Operand): Column {
    return this.#call("startsWith", toExpr(prefix, "startsWith"));
  }
  endsWith(suffix: Operand): Column {
    return this.#call("endsWith", toExpr(suffix, "endsWith"));
  }
  /** Characters from `start` (1 is the first, negative counts from the end). */
  substr(start: Operand, length: Operand): Column {
    return this.#call("substr", toExpr(start, "substr: start"), toExpr(length, "substr: length"));
  }

  // ---- shape

  /** Names the result. Several names are for functions that give several columns. */
  alias(...names: readonly string[]): Column {
    if (names.length === 0) throw invalid("alias", "a name is expected, not nothing");
    return make("alias", { arg: this.node, names: names.map((name) => checkName("alias", name)) });
  }
  /** The same as `alias`. */
  as(...names: readonly string[]): Column {
    return this.alias(...names);
  }
  /** Converts to a type in PySpark's or SQL's spelling; NULL where a value cannot be converted. */
  cast(type: string): Column {
    return make("cast", { arg: this.node, to: text("cast", type, "the name of a type") });
  }
  /** An element of an array (from 0), a value of a map, a field of a struct. */
  getItem(key: Operand): Column {
    return make("item", { arg: this.node, key: toExpr(key, "getItem") });
  }
  getField(name: string): Column {
    return make("item", { arg: this.node, key: toExpr(checkName("getField", name), "getField") });
  }

  // ---- order; NULL comes first ascending and last descending unless said

  asc(): Column {
    return this.#sort(false);
  }
  desc(): Column {
    return this.#sort(true);
  }
  ascNullsFirst(): Column {
    return this.#sort(false, true);
  }
  ascNullsLast(): Column {
    return this.#sort(false, false);
  }
  descNullsFirst(): Column {
    return this.#sort(true, true);
  }
  descNullsLast(): Column {
    return this.#sort(true, false);
  }

  // ---- windows and aggregates

  /** This function over a window: `F.sum("x").over(Window.partitionBy("g"))`. */
  over(window: WindowSpec): Column {
    const spec = (window as Partial<WindowSpec> | undefined)?.fields;
    if (!spec) throw invalid("over", `a window is expected, not ${describe(window)}`, "Window.partitionBy(…).orderBy(…) makes one");
    return this.#inside((node) => new ExprNode("window", { function: node, ...spec }));
  }
  /** Only the rows that meet the condition enter the aggregate. */
  filter(condition: Column): Column {
    const filter = toCondition(condition, "filter");
    return this.#inside((node) => {
      if (node.op !== "call")
        throw invalid("filter", "an aggregate function is expected before it", 'as in F.sum("x").filter(col("y").gt(0))');
      const both = node.fields.filter ? new ExprNode("and", { left: node.fields.filter, right: filter }) : filter;
      return new ExprNode("call", { ...node.fields, filter: both });
    });
  }
  /** This name in the outer row of a correlated subquery. */
  outer(): Column {
    if (this.node.op !== "column") throw invalid("outer", "a plain column is expected before it", 'as in col("o.id").outer()');
    return make("column", { ...this.node.fields, outer: true });
  }

  get [Symbol.toStringTag](): string {
    return "Column";
  }
  /** The expression in short, for logs and consoles. */
  toString(): string {
    return `Column<${sketch(this.node, 6)}>`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  /** A Column is never a value of its own: arithmetic and comparison on it are methods. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw invalid(
      "Column",
      "JavaScript's operators do not work on columns",
      'use methods: col("a").add(1), col("a").gt(1), col("a").and(col("b"))',
    );
  }

  #binary(op: ExprOp, other: unknown, method: string = op): Column {
    return make(op, { left: this.node, right: toExpr(other, method) });
  }

  #call(name: string, ...args: ExprNode[]): Column {
    return make("call", { name, args: [this.node, ...args] });
  }

  #sort(descending: boolean, nullsFirst?: boolean): Column {
    return make("sort", { arg: this.node, descending, nullsFirst });
  }

  /** Applies below an alias, so that `F.sum("x").alias("s").over(w)` means what it says. */
  #inside(change: (node: ExprNode) => ExprNode): Column {
    const { node } = this;
    return node.op === "alias" ? make("alias", { ...node.fields, arg: change(node.fields.arg as ExprNode) }) : new Column(change(node));
  }
}

/** `when(…)` before its `otherwise`. */
export class CaseColumn extends Column {
  /** A further branch; the first that holds decides. */
  when(condition: Column, value: Operand): CaseColumn {
    return branch(this.node.fields.branches as readonly [ExprNode, ExprNode][], condition, value);
  }
  /** The value when no branch holds; NULL without it. */
  otherwise(value: Operand): Column {
    return make("case", { ...this.node.fields, otherwise: toExpr(value, "otherwise") });
  }
}

function branch(before: readonly [ExprNode, ExprNode][], condition: unknown, value: unknown): CaseColumn {
  const pair: [ExprNode, ExprNode] = [toCondition(condition, "when: condition"), toExpr(value, "when: value")];
  return new CaseColumn(new ExprNode("case", { branches: [...before, pair] }));
}

/** `CASE WHEN condition THEN value …`; a string value is a literal. */
export function when(condition: Column, value: Operand): CaseColumn {
  return branch([], condition, value);
}

/** The column of this name. `"*"` and `"a.*"` stand for all columns, backticks force an exact name. */
export function col(name: string): Column {
  return new Column(columnNode(name, "col"));
}

export function columnNode(name: unknown, where: string): ExprNode {
  const checked = checkName(where, name);
  if (checked === "*") return new ExprNode("star", {});
  const relation = /^(`(?:[^`]|``)+`|[^`]+)\.\*$/s.exec(checked)?.[1];
  if (relation === undefined) return new ExprNode("column", { name: checked });
  return new ExprNode("star", { relation: relation.startsWith("`") ? relation.slice(1, -1).replaceAll("``", "`") : relation });
}

/** A constant. Objects become structs, arrays become arrays, a Date a timestamp. A Column is given back. */
export function lit(value: Operand): Column {
  return value instanceof Column ? value : new Column(toExpr(value, "lit"));
}

/** An expression in SQL's words: `expr("price * qty")`. */
export function expr(sqlText: string): Column {
  return make("text", { sql: text("expr", sqlText, "an SQL expression") });
}

/** An SQL expression with bound values: ``sql`price > ${limit}` ``. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Column {
  if (!Array.isArray(strings) || !("raw" in strings)) throw invalid("sql", "it is a template tag", "sql`price > …`, or expr(text)");
  const params = values.map((value, i): WireLiteral => {
    if (value instanceof Column || isSubquery(value))
      throw invalid("sql", `value ${i + 1} is ${describe(value)}`, "only values are bound; write names into the text");
    return toLiteral(value, `sql: value ${i + 1}`);
  });
  return make("text", { sql: strings.join("?"), params });
}

/** A Column's node, or a literal. A frame is refused: as a value it has to say which. */
export function toExpr(value: unknown, where: string): ExprNode {
  if (value instanceof Column) return value.node;
  if (isSubquery(value)) throw invalid(where, "a DataFrame is not a value", "F.scalarSubquery(frame) reads the one value of a frame");
  return new ExprNode("literal", { ...toLiteral(value, where) });
}

/** A condition: a Column, or true and false themselves. */
export function toCondition(value: unknown, where: string): ExprNode {
  if (value instanceof Column || typeof value === "boolean") return toExpr(value, where);
  throw invalid(where, `a Column is expected, not ${describe(value)}`, 'as in col("age").gt(18), or expr("age > 18")');
}
