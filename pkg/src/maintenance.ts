/** Maintenance: vacuum, statistics, checks, and the mode in which only maintenance may write. */

import { col } from "./column.js";
import type { Database } from "./database.js";
import type { DataFrame } from "./dataframe.js";
import { nameOf, namesOf } from "./definitions.js";
import { moltresError } from "./errors.js";
import { F } from "./functions.js";
import { emit } from "./telemetry.js";

/** Rebuilds the database without its free pages. Not inside a transaction. The bytes that it gave back. */
export async function vacuum(db: Database): Promise<number> {
  return maintain(db, "vacuum");
}

/** Gathers statistics, by which SQLite chooses indexes. */
export async function analyze(db: Database): Promise<void> {
  await maintain(db, "analyze");
}

/** Gathers statistics where they would help, as SQLite judges. */
export async function optimize(db: Database): Promise<void> {
  await maintain(db, "optimize");
}

async function maintain(db: Database, task: "vacuum" | "analyze" | "optimize"): Promise<number> {
  const started = performance.now();
  const freed = await db.asMaintainer().call("maintain", task);
  emit(db, "maintenance", (performance.now() - started) / 1000, { task, freedBytes: freed });
  return freed;
}

export interface Integrity {
  ok: boolean;
  /** What SQLite found, at most 100 lines. */
  problems: string[];
  /** Rows whose foreign keys point nowhere: at most 100. */
  foreignKeys: { table: string; rowid: number | null; columns: string[]; values: unknown[] | null; references: string }[];
  /** Seconds. */
  elapsed: number;
}

/** Reads the whole database: pages, indexes, constraints, foreign keys. */
export async function integrityCheck(db: Database): Promise<Integrity> {
  const started = performance.now();
  const found = JSON.parse(await db.call("integrityCheck"));
  return { ...found, elapsed: (performance.now() - started) / 1000 };
}

/** The values of these columns that stand in more than one row, with how often: `count`. */
export function duplicates(db: Database, table: string, columns: string | readonly string[]): DataFrame {
  const names = namesOf("duplicates", columns);
  return db
    .table(nameOf("duplicates", table))
    .groupBy(...names.map((name) => col(`\`${name.replaceAll("`", "``")}\``)))
    .agg(F.count("*").alias("count"))
    .where(col("count").gt(1));
}

/**
 * Runs `body` while other writes fail with `maintenance_mode`; reads go on. Writes of `body` go through the object it gets, or through the
 * database itself where the platform has AsyncLocalStorage; `vacuum`, `analyze` and `optimize` are maintenance everywhere.
 */
export async function maintenance<T>(db: Database, body: (db: Database) => Promise<T> | T): Promise<T> {
  if (typeof body !== "function") throw moltresError("invalid_argument", "maintenance: a function is expected");
  const started = performance.now();
  const leave = db.enterMaintenance();
  emit(db, "maintenance", 0, { task: "mode", state: "begin" });
  try {
    return await db.runAsMaintainer(body);
  } finally {
    leave();
    emit(db, "maintenance", (performance.now() - started) / 1000, { task: "mode", state: "end" });
  }
}
