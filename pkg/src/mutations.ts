/** Changes to rows that are there: `update`, `delete`, `merge`. Conditions and values are expressions, compiled like any frame's. */
import { describe, flatten, isPlainObject } from "./arguments.js";
import { Column, toExpr } from "./column.js";
import type { Database } from "./database.js";
import { DataFrame } from "./dataframe.js";
import { nameOf, namesOf } from "./definitions.js";
import { invalid } from "./errors.js";
import { ExprNode, encodePlan, PlanNode } from "./plan.js";
import type { RowBatch } from "./rows.js";
import { type RowSource, sendBatches, type WriteOptions } from "./table.js";
import { atomically } from "./transaction.js";

/** A Column, SQL text, `"all"` for every row, or `{column: value}` for equality. */
export type Where = Column | string | Readonly<Record<string, unknown>>;
/** New values by column: values or Columns. */
export type Assignments = Readonly<Record<string, unknown>>;

export interface UpdateOptions {
  where: Where;
  set: Assignments;
}

export interface DeleteOptions {
  where: Where;
}

export interface MergeOptions extends WriteOptions {
  /** The columns by which rows match. */
  on: string | readonly string[];
  /** Rows that match: `"update"` (unless given) sets all their columns, `"ignore"` leaves them, an object sets what it says. */
  whenMatched?: "update" | "ignore" | Assignments;
  /** Rows that match nothing: `"insert"` (unless given), `"ignore"`, or values for columns of the new row beside or instead of its own. */
  whenNotMatched?: "insert" | "ignore" | Assignments;
}

/** `table → filter?`. */
function target(verb: string, name: string, where: unknown): PlanNode {
  const table = new PlanNode("table", { name: nameOf(verb, name) });
  if (where === "all") return table;
  if (where === undefined || where === null) {
    throw invalid(`${verb}: where is missing`, { hint: 'where: col("id").eq(1), where: "id = 1", or where: "all" for every row' });
  }
  return new PlanNode("filter", { input: table, condition: conditionOf(verb, where) });
}

function conditionOf(verb: string, where: unknown): ExprNode {
  if (where instanceof Column) return where.node;
  if (typeof where === "string") {
    if (where.trim() === "") throw invalid(`${verb}: where is an empty text`, { hint: 'where: "all" means every row' });
    return new ExprNode("text", { sql: where });
  }
  if (isPlainObject(where) && Object.keys(where).length > 0) {
    const equal = Object.entries(where).map(([name, value]) => {
      const left = columnNode(name);
      return value === null
        ? new ExprNode("isNull", { arg: left })
        : new ExprNode("eq", { left, right: toExpr(value, `${verb}: ${name}`) });
    });
    return equal.reduce((left, right) => new ExprNode("and", { left, right }));
  }
  throw invalid(`${verb}: where is ${describe(where)}`, { hint: 'a Column, SQL text, {column: value} or "all" is expected' });
}

const columnNode = (name: string): ExprNode => new ExprNode("column", { name: `\`${name.replaceAll("`", "``")}\`` });

/** The wire form's pairs of name and expression. */
function assignments(where: string, set: unknown): [string, ExprNode][] {
  if (!isPlainObject(set)) throw invalid(`${where}: an object {column: value} is expected, not ${describe(set)}`);
  return Object.entries(set)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, value instanceof Column ? value.node : toExpr(value, `${where}: ${name}`)]);
}

/** Updates rows; the number of them. Every expression sees the values from before. */
export function update(db: Database, name: string, options: UpdateOptions): Promise<number> {
  return db.track(updateRows(db, name, options));
}

async function updateRows(db: Database, name: string, options: UpdateOptions): Promise<number> {
  if (!isPlainObject(options)) throw invalid(`update: {where, set} is expected, not ${describe(options)}`);
  const { where, set } = options as unknown as UpdateOptions;
  const input = target("update", name, where);
  const columns = assignments("update: set", set);
  if (columns.length === 0) throw invalid("update: set is empty", { hint: "set: {column: value}" });
  return db.call("updatePlan", encodePlan(new PlanNode("withColumns", { input, columns })));
}

/** Deletes rows; the number of them. */
export function remove(db: Database, name: string, options: DeleteOptions): Promise<number> {
  return db.track(deleteRows(db, name, options));
}

async function deleteRows(db: Database, name: string, options: DeleteOptions): Promise<number> {
  if (!isPlainObject(options))
    throw invalid(`delete: {where} is expected, not ${describe(options)}`, { hint: 'where: "all" for every row' });
  return db.call("deletePlan", encodePlan(target("delete", name, (options as unknown as DeleteOptions).where)));
}

/** Merges rows into a table: those that match on a key update, the others are inserted. The number of rows updated and inserted. */
export function merge(db: Database, name: string, rows: RowSource, options: MergeOptions): Promise<number> {
  return db.track(mergeRows(db, name, rows, options));
}

async function mergeRows(db: Database, name: string, rows: RowSource, options: MergeOptions): Promise<number> {
  nameOf("merge", name);
  if (!isPlainObject(options)) throw invalid("merge: {on} is missing", { hint: 'db.merge(table, rows, {on: "id"})' });
  const { on, whenMatched = "update", whenNotMatched = "insert", signal } = options as unknown as MergeOptions;
  if (on === undefined) throw invalid("merge: on is missing", { hint: 'on: "id" names the column by which rows match' });
  signal?.throwIfAborted();
  const spec = {
    table: name,
    on: namesOf("merge: on", flatten([on])),
    whenMatched: caseOf(name, "whenMatched", whenMatched, "update"),
    whenNotMatched: caseOf(name, "whenNotMatched", whenNotMatched, "insert"),
  };
  return atomically(db, async (db) => {
    let stage: string | undefined;
    let names = "";
    if (rows instanceof DataFrame) {
      stage = await db.call("beginMerge", name, JSON.stringify(await new DataFrame(db, rows.node).columns()));
      await db.call("insertPlan", stage, rows.planJson());
    } else {
      await sendBatches(db, "merge", name, rows, options, async (db, batch: RowBatch, first) => {
        const these = JSON.stringify(batch.names);
        stage ??= await db.call("beginMerge", name, these);
        names ||= these;
        if (these !== names)
          throw invalid(`merge: row ${first} has other columns (${batch.names.join(", ")}) than the rows before`, {
            hint: "null stands for a missing value",
          });
        return db.call("insertRows", stage, these, batch.nRows, batch.kinds, batch.numbers, batch.text, batch.bytes, first);
      });
      if (stage === undefined) return 0;
    }
    return db.call("merge", JSON.stringify({ ...spec, stage }));
  });
}

function caseOf(table: string, option: string, given: unknown, all: string): unknown {
  if (given === all) return "all";
  if (given === "ignore") return "ignore";
  if (isPlainObject(given)) {
    const columns = assignments(`merge: ${option}`, given);
    if (columns.length === 0) throw invalid(`merge: ${option} sets nothing`, { hint: '"ignore" leaves rows as they are' });
    return { set: encodePlan(new PlanNode("withColumns", { input: new PlanNode("table", { name: table }), columns })) };
  }
  throw invalid(`merge: ${option} is ${describe(given)}`, { hint: `"${all}", "ignore" or {column: value} is expected` });
}
