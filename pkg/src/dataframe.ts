/**
 * DataFrame: a lazy frame, that is a plan node and the database it will run on. Verbs give new frames and touch nothing;
 * actions run the plan. Names and types are judged by the engine, arguments here.
 */
import { count as checkCount, name as checkName, describe, flatten, invalid, isPlainObject, names, text } from "./arguments.js";
import { Column, columnNode, toCondition } from "./column.js";
import type { Database } from "./database.js";
import { FrameActions } from "./frame-actions.js";
import {
  type DropNaOptions,
  dropFields,
  type Fill,
  fillFields,
  NullFunctions,
  replaceFields,
  type Scalar,
  StatFunctions,
} from "./frame-na-stat.js";
import { type AggregateArgument, aggregateExprs, GroupedData } from "./grouped.js";
import { type JoinHow, joinFields } from "./join.js";
import { ExprNode, encodePlan, type Fields, PlanNode, type PlanOp, type WirePlan, wirePlan } from "./plan.js";
import { Writer } from "./write/writer.js";

/** A name, a Column, or an array of them. */
export type ColumnArgument = string | Column | readonly (string | Column)[];

/** The last argument of `orderBy`, as in PySpark. */
export interface OrderOptions {
  readonly ascending: boolean | readonly boolean[];
}

const DESCRIBE = ["count", "mean", "stddev", "min", "max"];
const SUMMARY = ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];

// Frames of one module instance share the engine's cache by this key; a second instance must not meet it.
const CACHE_KEY = Math.random().toString(36).slice(2, 10);
let cached = 0;

export class DataFrame extends FrameActions {
  /** What reading a file reported, on the frame that a reader gives. */
  declare readonly readReport?: unknown;
  #json: string | undefined;

  /** Made by a database (`db.table`, `db.sql`, readers) and by verbs. */
  constructor(
    readonly database: Database,
    readonly node: PlanNode,
    extras: { readonly readReport?: unknown } = {},
  ) {
    super();
    if ("readReport" in extras) Object.defineProperty(this, "readReport", { value: extras.readReport, enumerable: false });
  }

  // ---- the plan as data

  /** The plan in its versioned wire form: plain data, fit for JSON and `structuredClone`. */
  get plan(): WirePlan {
    return wirePlan(this.node);
  }

  /** The plan as the JSON text that the engine reads. */
  planJson(): string {
    this.#json ??= encodePlan(this.node);
    return this.#json;
  }

  // ---- columns

  select(...cols: readonly ColumnArgument[]): DataFrame {
    const exprs = columnExprs("select", cols);
    if (exprs.length === 0) throw invalid("select", "at least one column is expected");
    return this.#then("project", { exprs });
  }

  /** Columns as SQL texts: `selectExpr("id", "price * qty as total")`. */
  selectExpr(...texts: readonly (string | readonly string[])[]): DataFrame {
    const exprs = flatten(texts).map((sql) => new ExprNode("text", { sql: text("selectExpr", sql, "an SQL expression") }));
    if (exprs.length === 0) throw invalid("selectExpr", "at least one expression is expected");
    return this.#then("project", { exprs });
  }

  /** Appends a column, or replaces the one of that name in its place. */
  withColumn(name: string, column: Column): DataFrame {
    return this.#then("withColumns", { columns: [[checkName("withColumn", name), columnOnly("withColumn", column)]] });
  }

  /** Several at once; each sees the columns as they were before. */
  withColumns(columns: Readonly<Record<string, Column>>): DataFrame {
    if (!isPlainObject(columns)) throw invalid("withColumns", `an object {name: Column} is expected, not ${describe(columns)}`);
    const pairs = Object.entries(columns).map(([name, column]) => [
      checkName("withColumns", name),
      columnOnly(`withColumns: ${name}`, column),
    ]);
    return pairs.length === 0 ? this : this.#then("withColumns", { columns: pairs });
  }

  /** A name that does not exist is ignored. */
  withColumnRenamed(existing: string, renamed: string): DataFrame {
    return this.#then("rename", { pairs: [[checkName("withColumnRenamed", existing), checkName("withColumnRenamed", renamed)]] });
  }

  withColumnsRenamed(renames: Readonly<Record<string, string>>): DataFrame {
    if (!isPlainObject(renames)) throw invalid("withColumnsRenamed", `an object {old: new} is expected, not ${describe(renames)}`);
    const pairs = Object.entries(renames).map(([from, to]) => [checkName("withColumnsRenamed", from), checkName("withColumnsRenamed", to)]);
    return pairs.length === 0 ? this : this.#then("rename", { pairs });
  }

  /** Names that do not exist are ignored. */
  drop(...cols: readonly ColumnArgument[]): DataFrame {
    const columns = columnExprs("drop", cols);
    return columns.length === 0 ? this : this.#then("drop", { columns });
  }

  /** All columns renamed, in order. */
  toDF(...newNames: readonly (string | readonly string[])[]): DataFrame {
    return this.#then("renameAll", { names: names("toDF", newNames) });
  }

  /** A name for this frame in later verbs: `col("a.id")`. */
  alias(name: string): DataFrame {
    return this.#then("alias", { name: checkName("alias", name) });
  }

  /** This frame's column, also after a join. */
  col(name: string): Column {
    const node = columnNode(name, "col");
    return new Column(node.op === "column" ? new ExprNode("column", { ...node.fields, frame: this.node }) : node);
  }

  // ---- rows

  /** Keeps rows for which the condition is true (not false, not NULL): a Column, or SQL text. */
  where(condition: Column | string | boolean): DataFrame {
    if (typeof condition === "string") return this.#then("filter", { condition: new ExprNode("text", { sql: condition }) });
    return this.#then("filter", { condition: toCondition(condition, "where") });
  }
  filter(condition: Column | string | boolean): DataFrame {
    return this.where(condition);
  }

  /** Replaces any order before it. `orderBy("a", col("b").desc())`, or `orderBy("a", {ascending: false})`. */
  orderBy(...cols: readonly (ColumnArgument | OrderOptions)[]): DataFrame {
    const last = cols.at(-1);
    const ordered = isPlainObject(last) && "ascending" in last;
    const keys = columnExprs("orderBy", ordered ? cols.slice(0, -1) : cols);
    if (keys.length === 0) throw invalid("orderBy", "at least one column is expected");
    if (!ordered) return this.#then("sort", { keys });
    const { ascending } = last as { ascending: boolean | readonly boolean[] };
    const directions = Array.isArray(ascending) ? (ascending as readonly boolean[]) : keys.map(() => ascending as boolean);
    if (directions.length !== keys.length)
      throw invalid("orderBy", `ascending has ${directions.length} entries for ${keys.length} columns`);
    return this.#then("sort", { keys: keys.map((arg, i) => (directions[i] ? arg : new ExprNode("sort", { arg, descending: true }))) });
  }
  sort(...cols: readonly (ColumnArgument | OrderOptions)[]): DataFrame {
    return this.orderBy(...cols);
  }

  limit(n: number): DataFrame {
    return this.#then("limit", { n: checkCount("limit", n) });
  }
  offset(n: number): DataFrame {
    return this.#then("offset", { n: checkCount("offset", n) });
  }
  protected override last(n: number): DataFrame {
    return this.#then("tail", { n: checkCount("tail", n) });
  }
  distinct(): DataFrame {
    return this.#then("distinct", {});
  }

  /** One whole row per combination of the named columns; without names the same as `distinct`. */
  dropDuplicates(...subset: readonly (string | readonly string[])[]): DataFrame {
    const keys = names("dropDuplicates", subset);
    return keys.length === 0 ? this.distinct() : this.#then("distinctOn", { names: keys });
  }

  /** About this fraction of the rows, each drawn by itself; equal seeds draw equal rows. */
  sample(fraction: number, seed?: number): DataFrame {
    if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1))
      throw invalid("sample", `a fraction from 0 to 1 is expected, not ${describe(fraction)}`);
    if (seed !== undefined && !Number.isSafeInteger(seed)) throw invalid("sample", `the seed is a whole number, not ${describe(seed)}`);
    return this.#then("sample", { fraction, seed });
  }

  // ---- several frames

  /** `on`: names that both sides have (each appears once), a Column, or several Columns that must all hold. */
  join(other: DataFrame, on?: string | Column | readonly string[] | readonly Column[], how: JoinHow = "inner"): DataFrame {
    const right = this.#other("join", other);
    return this.#make("join", { left: this.node, right, ...joinFields(on, how) });
  }

  /** Every row with every row. */
  crossJoin(other: DataFrame): DataFrame {
    return this.#make("join", { left: this.node, right: this.#other("crossJoin", other), kind: "cross" });
  }

  /** The rows of both, by position, duplicates kept. */
  union(other: DataFrame): DataFrame {
    return this.#set("union", other, "union", true);
  }
  unionAll(other: DataFrame): DataFrame {
    return this.union(other);
  }
  unionByName(other: DataFrame, options: boolean | { readonly allowMissingColumns?: boolean } = {}): DataFrame {
    const allowMissing = typeof options === "boolean" ? options : (options.allowMissingColumns ?? false);
    return this.#set("unionByName", other, "union", true, { byName: true, allowMissing });
  }
  intersect(other: DataFrame): DataFrame {
    return this.#set("intersect", other, "intersect", false);
  }
  intersectAll(other: DataFrame): DataFrame {
    return this.#set("intersectAll", other, "intersect", true);
  }
  /** Distinct rows that the other frame does not have. */
  subtract(other: DataFrame): DataFrame {
    return this.#set("subtract", other, "except", false);
  }
  exceptAll(other: DataFrame): DataFrame {
    return this.#set("exceptAll", other, "except", true);
  }

  // ---- groups

  groupBy(...cols: readonly ColumnArgument[]): GroupedData {
    return new GroupedData(this, "groupBy", columnExprs("groupBy", cols));
  }
  groupby(...cols: readonly ColumnArgument[]): GroupedData {
    return this.groupBy(...cols);
  }
  /** Groups and their subtotals along the keys. */
  rollup(...cols: readonly ColumnArgument[]): GroupedData {
    return new GroupedData(this, "rollup", columnExprs("rollup", cols));
  }
  /** Groups and subtotals for every combination of the keys. */
  cube(...cols: readonly ColumnArgument[]): GroupedData {
    return new GroupedData(this, "cube", columnExprs("cube", cols));
  }
  /** One row over all rows: Columns, or `{column: "sum"}`. */
  agg(...aggregates: readonly AggregateArgument[]): DataFrame {
    return this.#then("aggregate", { grouping: "groupBy", keys: [], aggregates: aggregateExprs("agg", aggregates) });
  }

  /** Columns become rows: one per value column, its name in one column and its value in another. */
  unpivot(ids: ColumnArgument | null, values: ColumnArgument | null, variableName = "variable", valueName = "value"): DataFrame {
    const list = (what: string, cols: ColumnArgument | null | undefined): ExprNode[] =>
      cols === null || cols === undefined ? [] : columnExprs(`unpivot: ${what}`, [cols]);
    if (Array.isArray(values) && values.length === 0)
      throw invalid("unpivot: values", "at least one column is expected", "null takes all that are not ids");
    return this.#then("unpivot", {
      ids: list("ids", ids),
      values: list("values", values),
      variableName: checkName("unpivot: variableName", variableName),
      valueName: checkName("unpivot: valueName", valueName),
    });
  }
  melt(ids: ColumnArgument | null, values: ColumnArgument | null, variableName?: string, valueName?: string): DataFrame {
    return this.unpivot(ids, values, variableName, valueName);
  }

  // ---- missing values and statistics

  /** Replaces NULL in the columns of the value's type (all, or those of `subset`), or by column: `{age: 0, city: "?"}`. */
  fillna(value: Fill, subset?: string | readonly string[]): DataFrame {
    return this.#then("fillNa", fillFields(value, subset));
  }
  /** Drops rows with NULL: in any column, or as `how`, `thresh` and `subset` say. */
  dropna(options: DropNaOptions | "any" | "all" = {}, thresh?: number, subset?: string | readonly string[]): DataFrame {
    return this.#then("dropNa", dropFields(options, thresh, subset));
  }
  /** Replaces values: one by one, several by several, or by a map. */
  replace(
    from: Scalar | readonly Scalar[] | ReadonlyMap<Scalar, Scalar> | Readonly<Record<string, Scalar>>,
    to?: Scalar | readonly Scalar[],
    subset?: string | readonly string[],
  ): DataFrame {
    return this.#then("replace", replaceFields(from, to, subset));
  }
  /** count, mean, stddev, min and max of the columns (of all numeric and text ones unless named), as text. */
  describe(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#then("describe", { columns: names("describe", cols), statistics: DESCRIBE });
  }
  /** The statistics asked for, also percentiles such as `"25%"`. */
  summary(...statistics: readonly (string | readonly string[])[]): DataFrame {
    const asked = names("summary", statistics);
    return this.#then("describe", { columns: [], statistics: asked.length === 0 ? SUMMARY : asked });
  }
  /** Into a file, a stream, a text or a table. */
  get write(): Writer {
    return new Writer(this);
  }

  get na(): NullFunctions {
    return new NullFunctions(this);
  }
  get stat(): StatFunctions {
    return new StatFunctions(this);
  }
  corr(first: string, second: string): Promise<number | null> {
    return this.stat.corr(first, second);
  }
  cov(first: string, second: string): Promise<number | null> {
    return this.stat.cov(first, second);
  }
  crosstab(first: string, second: string): DataFrame {
    return this.stat.crosstab(first, second);
  }
  approxQuantile(column: string, probabilities: readonly number[]): Promise<(number | null)[]> {
    return this.stat.approxQuantile(column, probabilities);
  }

  sampleBy(...args: Parameters<StatFunctions["sampleBy"]>): DataFrame {
    return this.stat.sampleBy(...args);
  }

  // ---- composition

  /** `fn` applied to this frame: a step of a pipeline with a name. */
  transform<A extends readonly unknown[]>(fn: (frame: DataFrame, ...args: A) => DataFrame, ...args: A): DataFrame {
    if (typeof fn !== "function") throw invalid("transform", `a function is expected, not ${describe(fn)}`);
    const result = fn(this, ...args);
    if (!(result instanceof DataFrame)) throw invalid("transform", `the function gives a DataFrame, not ${describe(result)}`);
    return result;
  }
  /** Materialised at its first use and kept until the database is closed. */
  cache(): DataFrame {
    return this.#then("cache", { id: `${CACHE_KEY}_${++cached}` });
  }
  persist(): DataFrame {
    return this.cache();
  }
  /** A name for this frame in the generated SQL: `WITH name AS (…)`. */
  cte(name: string): DataFrame {
    return this.#then("cte", { name: checkName("cte", name) });
  }

  #then(op: PlanOp, fields: Fields): DataFrame {
    return this.#make(op, { input: this.node, ...fields });
  }
  #make(op: PlanOp, fields: Fields): DataFrame {
    return new DataFrame(this.database, new PlanNode(op, fields));
  }
  #other(where: string, other: unknown): PlanNode {
    if (!(other instanceof DataFrame)) throw invalid(where, `a DataFrame is expected, not ${describe(other)}`);
    if (other.database !== this.database)
      throw invalid(where, "the frames belong to different databases", "db.insert(table, frame) copies rows from one to the other");
    return other.node;
  }
  #set(where: string, other: DataFrame, kind: string, all: boolean, more: Fields = {}): DataFrame {
    return this.#make("setOp", { left: this.node, right: this.#other(where, other), kind, all, ...more });
  }
}

/** Names and Columns as expressions. */
export function columnExprs(where: string, cols: readonly unknown[]): ExprNode[] {
  return flatten(cols).map((value) => {
    if (value instanceof Column) return value.node;
    if (typeof value === "string") return columnNode(value, where);
    throw invalid(
      where,
      `names or Columns are expected, not ${describe(value)}`,
      isConstant(value) ? "lit(value) makes a constant column" : undefined,
    );
  });
}

function columnOnly(where: string, value: unknown): ExprNode {
  if (value instanceof Column) return value.node;
  const hint =
    typeof value === "string"
      ? `col(${JSON.stringify(value)}) or lit(${JSON.stringify(value)})`
      : isConstant(value)
        ? "lit(value) makes a constant column"
        : undefined;
  throw invalid(where, `a Column is expected, not ${describe(value)}`, hint);
}

const isConstant = (value: unknown): boolean =>
  value === null || ["number", "boolean", "bigint"].includes(typeof value) || value instanceof Date;
