/** `db.batch`: several operations as one. */
import { describe, flatten } from "./arguments.js";
import type { Database } from "./database.js";
import { DataFrame } from "./dataframe.js";
import { invalid } from "./errors.js";
import { Operation } from "./table.js";

/** The operation inside the transaction. */
function within(tx: Database, operation: Lazy): Lazy {
  if (operation instanceof DataFrame) return new DataFrame(tx, operation.node);
  return operation instanceof Operation ? operation.on(tx) : operation;
}

/** An operation that has not run yet: what `createTable`, `createIndex`, `db.sql("…")` and the like give. */
interface Lazy {
  readonly database: Database;
  collect(): Promise<unknown>;
}

/**
 * Runs operations, or the body of a function, all or nothing: `await db.batch([db.createTable(…), db.createIndex(…)])` gives
 * their results in order; `await db.batch(async (tx) => …)` is a transaction.
 */
export function batch<T>(db: Database, work: readonly Lazy[] | ((tx: Database) => Promise<T> | T)): Promise<unknown[] | T> {
  if (typeof work === "function") return db.transaction(work);
  if (!Array.isArray(work)) throw invalid(`batch: operations in an array, or a function are expected, not ${describe(work)}`);
  const operations = flatten(work as unknown[]);
  const odd = operations.findIndex((operation) => typeof (operation as Lazy | undefined)?.collect !== "function");
  if (odd >= 0)
    throw invalid(`batch: operation ${odd} is ${describe(operations[odd])}`, {
      hint: "createTable, createIndex, sql and the like make operations",
    });
  return db.transaction(async (tx) => {
    const results: unknown[] = [];
    for (const operation of operations as Lazy[]) results.push(await within(tx, operation).collect());
    return results;
  });
}
