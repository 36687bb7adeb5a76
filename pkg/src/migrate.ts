/**
 * Migrations: numbered steps of the schema, recorded with checksums, all of them or none. The steps of a run are savepoints of one transaction, in
 * which their records are written too: a crash or a full disk leaves the state before or after the run.
 */
import { describe, isPlainObject } from "./arguments.js";
import { backup } from "./backup.js";
import { callStatic } from "./core.js";
import type { Database } from "./database.js";
import { invalid, MoltresError, moltresError } from "./errors.js";
import { restore } from "./restore.js";
import { emit } from "./telemetry.js";

export type Version = number | string;
/** SQL text (several statements too), several texts, or a function that gets the transaction. */
export type Step = string | readonly string[] | ((tx: Database) => unknown);

export interface Migration {
  version: Version;
  name?: string;
  up: Step;
  /** Undoes it; needed to go back. */
  down?: Step;
  /** false: keys are not enforced inside, so that it can rebuild a table that others refer to. They are checked at its end either way. */
  foreignKeys?: boolean;
  /**
   * false: runs outside the transaction of the others, for what SQLite does in none: VACUUM, some PRAGMAs. A function gets the database itself. A
   * crash may leave the database before or after it, or before its record, so it should be harmless to run twice.
   */
  transaction?: boolean;
}

export interface MigrateOptions {
  /** The version to reach: the newest unless given. A lower one than now goes back; 0 or null goes back to the beginning. */
  to?: Version | null;
  /** Runs everything on a copy in memory and leaves the database alone. */
  dryRun?: boolean;
  /**
   * true, unless given: when a step fails, the database is as it was before. The transaction sees to that; only for migrations without one an image
   * is taken first, in memory. false: each step commits by itself, and those before one that fails stay.
   */
  backup?: boolean;
  /** Versions below the newest applied one are applied too, instead of refused. */
  outOfOrder?: boolean;
}

export interface AppliedMigration {
  version: Version;
  name: string;
  checksum: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.fff`. */
  appliedAt: string;
  /** Seconds. */
  elapsed: number;
}

export interface Drift {
  kind: "changed" | "unknown" | "schema";
  version: Version | null;
  message: string;
}

export interface MigrationReport {
  from: Version | null;
  to: Version | null;
  applied: { version: Version; name: string; elapsed: number }[];
  rolledBack: { version: Version; name: string; elapsed: number }[];
  dryRun: boolean;
  /** What differs from what was recorded: migrations edited since, versions that are not in the list, a schema changed by other means. */
  drift: Drift[];
}

export interface MigrationStatus {
  current: Version | null;
  applied: AppliedMigration[];
  pending: { version: Version; name: string }[];
  drift: Drift[];
}

interface Known extends Migration {
  name: string;
  checksum: string;
}

const OPTIONS = ["to", "dryRun", "backup", "outOfOrder"];

/** One run at a time on a database: the second finds what the first has done. */
const running = new WeakMap<Database, Promise<unknown>>();

export function migrate(db: Database, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<MigrationReport> {
  if (db.inTransaction)
    return Promise.reject(
      moltresError("unsupported", "migrate: not inside a transaction", { hint: "it has its own, and its steps get that" }),
    );
  const before = running.get(db.root) ?? Promise.resolve();
  const run = before.then(
    () => migrateNow(db, migrations, options),
    () => migrateNow(db, migrations, options),
  );
  running.set(db.root, run);
  return run;
}

/** What is applied, what is not, and what has drifted. */
export async function migrationStatus(db: Database, migrations: readonly Migration[] = []): Promise<MigrationStatus> {
  const known = check(migrations);
  const applied = await history(db);
  const done = new Set(applied.map(({ version }) => String(version)));
  return {
    current: applied.at(-1)?.version ?? null,
    applied: applied.map(({ version, name, checksum, appliedAt, elapsed }) => ({ version, name, checksum, appliedAt, elapsed })),
    pending: known.filter(({ version }) => !done.has(String(version))).map(({ version, name }) => ({ version, name })),
    drift: await driftOf(db, applied, known),
  };
}

interface Recorded extends AppliedMigration {
  schema: string;
  /** Its turn among those that were applied; clocks may stand still, or go back. */
  turn: number;
}

async function history(db: Database): Promise<Recorded[]> {
  const applied = JSON.parse(await db.call("migrationHistory")) as Omit<Recorded, "turn">[];
  return applied.map((each, turn) => ({ ...each, turn })).sort((a, b) => compare(a.version, b.version));
}

function compare(a: Version, b: Version): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function check(migrations: readonly Migration[]): Known[] {
  if (!Array.isArray(migrations))
    throw invalid(`migrate: a list of migrations is expected, not ${describe(migrations)}`, {
      hint: '[{version: 1, name: "…", up: "CREATE TABLE …"}]',
    });
  const known = (migrations as Migration[]).map((migration, i) => {
    if (!isPlainObject(migration))
      throw invalid(`migrate: migration ${i} is ${describe(migration)}`, { hint: "{version, name, up, down}" });
    const { version, name = "", up, down, foreignKeys = true, transaction = true } = migration as unknown as Migration;
    if (!(typeof version === "number" && Number.isFinite(version)) && !(typeof version === "string" && version !== "")) {
      throw invalid(`migrate: migration ${i} has the version ${describe(version)}`, { hint: "a number or a text" });
    }
    if (!isStep(up)) throw invalid(`migrate: up of version ${version} is ${describe(up)}`, { hint: "SQL text, texts, or a function" });
    if (down !== undefined && !isStep(down)) throw invalid(`migrate: down of version ${version} is ${describe(down)}`);
    const checksum = callStatic((cls) => cls.sha256(JSON.stringify([version, textOf(up)]))) as string;
    for (const [field, value] of Object.entries({ foreignKeys, transaction }))
      if (typeof value !== "boolean") throw invalid(`migrate: ${field} of version ${version} is true or false, not ${describe(value)}`);
    return { version, name: String(name), up, down, foreignKeys, transaction, checksum };
  });
  if (new Set(known.map(({ version }) => typeof version)).size > 1) throw invalid("migrate: versions are all numbers or all texts");
  known.sort((a, b) => compare(a.version, b.version));
  const twin = known.findIndex((migration, i) => i > 0 && compare(migration.version, known[i - 1].version) === 0);
  if (twin > 0) throw invalid(`migrate: version ${known[twin].version} is there twice`);
  return known;
}

const isStep = (step: unknown): step is Step =>
  typeof step === "string" || typeof step === "function" || (Array.isArray(step) && step.every((text) => typeof text === "string"));
const textOf = (step: Step): string => (typeof step === "function" ? step.toString() : typeof step === "string" ? step : step.join(";\n"));

async function driftOf(db: Database, applied: readonly Recorded[], known: readonly Known[]): Promise<Drift[]> {
  const drift: Drift[] = [];
  for (const { version, name, checksum } of applied) {
    const now = known.find((migration) => compare(migration.version, version) === 0);
    if (!now) drift.push({ kind: "unknown", version, message: `version ${version} (${name}) is applied and not in the list` });
    else if (now.checksum !== checksum)
      drift.push({ kind: "changed", version, message: `version ${version} (${name}) was changed after it was applied` });
  }
  const last = applied.length ? applied.reduce((a, b) => (a.turn > b.turn ? a : b)) : undefined;
  if (last && last.schema !== (await db.call("schemaFingerprint"))) {
    drift.push({ kind: "schema", version: last.version, message: `the schema was changed by other means since version ${last.version}` });
  }
  return drift;
}

async function migrateNow(db: Database, migrations: readonly Migration[], options: MigrateOptions): Promise<MigrationReport> {
  if (!isPlainObject(options)) throw invalid(`migrate: options are an object, not ${describe(options)}`);
  const odd = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (odd !== undefined) throw invalid(`migrate: there is no option "${odd}"`, { hint: `options are ${OPTIONS.join(", ")}` });
  const { to, dryRun = false, outOfOrder = false } = options as MigrateOptions;
  const known = check(migrations);
  if (dryRun)
    return onCopy(db, (copy) => migrateNow(copy, migrations, { to, backup: false, outOfOrder })).then((report) => ({
      ...report,
      dryRun: true,
    }));
  const applied = await history(db);
  const drift = await driftOf(db, applied, known);
  const plan = planOf(known, applied, drift, to, outOfOrder);
  const report: MigrationReport = { from: applied.at(-1)?.version ?? null, to: null, applied: [], rolledBack: [], dryRun: false, drift };
  const note = ({ migration: { version, name }, direction }: Planned, elapsed: number | undefined) => {
    if (elapsed !== undefined) report[direction === "up" ? "applied" : "rolledBack"].push({ version, name, elapsed });
  };
  const groups = groupsOf(plan, options.backup !== false);
  // One transaction needs no other way back.
  const image = groups.length > 1 && options.backup !== false ? await backup(db) : undefined;
  try {
    for (const group of groups) for (const [step, elapsed] of await runGroup(db, group)) note(step, elapsed);
  } catch (error) {
    if (!image) throw error;
    // Asked of the database: a commit that reported a failing disk may have happened nevertheless.
    const stands = await history(db).catch(() => undefined);
    if (stands && JSON.stringify(stands) === JSON.stringify(applied)) throw error;
    await restore(db, image).catch((cause: Error) => {
      throw notRestored(error as Error, cause, stands?.at(-1)?.version ?? null);
    });
    throw error;
  }
  report.to = (await history(db)).at(-1)?.version ?? null;
  return report;
}

/** The migration failed, and so did the way back: what was committed before it stands. */
function notRestored(error: Error, cause: Error, version: Version | null): Error {
  const { details, hint } = error as MoltresError;
  const message = `${error.message}; the backup could not be restored (${cause.message}), the database stands at version ${version}`;
  return moltresError("migration_failed", message, {
    cause: error,
    hint: hint ?? "make room, then migrate again: what is done is not done twice",
    details: { ...details, restored: false, standsAt: version },
  });
}

interface Planned {
  migration: Known;
  direction: "up" | "down";
}

function planOf(
  known: readonly Known[],
  applied: readonly Recorded[],
  drift: readonly Drift[],
  to: Version | null | undefined,
  outOfOrder: boolean,
): Planned[] {
  const failed = (message: string, hint: string, details: object = {}) =>
    moltresError("migration_failed", `migrate: ${message}`, { hint, details: { drift, ...details } });
  const changed = drift.find(({ kind }) => kind === "changed");
  if (changed) throw failed(changed.message, "write a new migration instead of changing one that is applied");
  const isZero = to === 0 || to === null;
  if (to !== undefined && !isZero && !known.some(({ version }) => compare(version, to) === 0))
    throw failed(`there is no version ${to}`, `versions are ${known.map(({ version }) => version).join(", ")}`);
  const current = applied.at(-1)?.version;
  const target = isZero ? undefined : (to ?? known.at(-1)?.version);
  const beyond = applied.filter(({ version }) => target === undefined || compare(version, target) > 0);
  if (to !== undefined && beyond.length > 0) {
    return beyond.reverse().map(({ version, name }) => {
      const migration = known.find((each) => compare(each.version, version) === 0);
      if (!migration?.down)
        throw failed(`version ${version} (${name}) cannot be taken back: it has no down`, "give it one, or restore a backup", { version });
      return { migration, direction: "down" };
    });
  }
  const unknown = drift.find(({ kind }) => kind === "unknown");
  if (unknown) throw failed(unknown.message, "the database is newer than this list of migrations; to: version goes back");
  const done = new Set(applied.map(({ version }) => String(version)));
  const pending = known.filter(({ version }) => !done.has(String(version)) && target !== undefined && compare(version, target) <= 0);
  const late = pending.find(({ version }) => current !== undefined && compare(version, current) < 0);
  if (late && !outOfOrder)
    throw failed(`version ${late.version} comes before ${current}, which is applied`, "give it a later number, or {outOfOrder: true}", {
      version: late.version,
    });
  return pending.map((migration) => ({ migration, direction: "up" }));
}

/** What is committed at once: neighbours that run in a transaction together, if `whole`, and each of the others alone. */
function groupsOf(plan: readonly Planned[], whole: boolean): Planned[][] {
  const groups: Planned[][] = [];
  for (const step of plan) {
    const last = groups.at(-1);
    if (whole && last && step.migration.transaction && last[0].migration.transaction) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

type Done = [step: Planned, elapsed: number | undefined];

async function runGroup(db: Database, group: readonly Planned[]): Promise<Done[]> {
  if (!group[0].migration.transaction) return [[group[0], await runApart(db, group[0])]];
  let failure: Error | undefined;
  try {
    return await db.transaction(async (tx) => {
      const done: Done[] = [];
      for (const step of group) {
        const elapsed = await runStep(db, step, (began) =>
          tx.transaction(async (inner) => {
            if (await isDone(inner, step)) return undefined;
            const keysOff = await inner.call("beginMigration", step.migration.foreignKeys);
            try {
              await perform(inner, step);
            } catch (error) {
              if (keysOff) await inner.call("enforceKeys").catch(() => {});
              throw error;
            }
            await inner.call("endMigration", keysOff);
            return record(inner, step, began);
          }),
        ).catch((error) => {
          failure = error;
          throw error;
        });
        done.push([step, elapsed]);
      }
      return done;
    });
  } catch (error) {
    // No step failed: the transaction could not begin, or not commit.
    throw failure ?? failed(db, group.at(-1) as Planned, error, 0, `to version ${group.at(-1)?.migration.version}`);
  }
}

/** A step outside of transactions, and its record after it. */
function runApart(db: Database, step: Planned): Promise<number | undefined> {
  return runStep(db, step, async (began) => {
    if (await isDone(db, step)) return undefined;
    await perform(db, step);
    return db.transaction((tx) => record(tx, step, began));
  });
}

/** Tells of a step, and of its error; undefined when another connection has done it meanwhile. */
async function runStep(db: Database, step: Planned, work: (began: number) => Promise<number | undefined>): Promise<number | undefined> {
  const { version, name } = step.migration;
  const began = performance.now();
  try {
    const elapsed = await work(began);
    if (elapsed !== undefined) emit(db, "migration", elapsed, { version, name, direction: step.direction });
    return elapsed;
  } catch (error) {
    throw failed(db, step, error, (performance.now() - began) / 1000);
  }
}

async function isDone(db: Database, { migration, direction }: Planned): Promise<boolean> {
  const there = (await history(db)).some(({ version }) => compare(version, migration.version) === 0);
  return there === (direction === "up");
}

async function perform(db: Database, { migration, direction }: Planned): Promise<void> {
  const step = migration[direction] as Step;
  if (typeof step === "function") await collected(await step(db));
  else for (const sql of typeof step === "string" ? [step] : step) await db.execute(sql);
}

/** Seconds since the step began. */
async function record(db: Database, { migration, direction }: Planned, began: number): Promise<number> {
  const { version, name, checksum } = migration;
  const elapsed = (performance.now() - began) / 1000;
  if (direction === "up") await db.call("recordMigration", JSON.stringify({ version, name, checksum, elapsed }));
  else await db.call("forgetMigration", JSON.stringify(version));
  return elapsed;
}

function failed(db: Database, { migration, direction }: Planned, error: unknown, elapsed: number, what?: string): MoltresError {
  const { version, name } = migration;
  const cause = error as Error;
  const code = error instanceof MoltresError ? error.code : undefined;
  emit(db, "migration", elapsed, {
    version,
    name,
    direction,
    error: { code: code ?? "internal", kind: cause?.name, message: cause?.message },
  });
  const hint = error instanceof MoltresError ? error.hint : undefined;
  const needsNone = /\b(within|inside) a transaction/.test(cause?.message ?? "");
  return moltresError(
    "migration_failed",
    `migrate: ${what ?? `${direction} of version ${version}${name ? ` (${name})` : ""}`} failed: ${cause?.message ?? error}`,
    {
      cause: error,
      hint: hint ?? (needsNone ? "a migration with {transaction: false} runs outside of transactions" : undefined),
      details: { version, name, direction, code },
    },
  );
}

/** A step may give an operation that it has not collected. */
async function collected(result: unknown): Promise<void> {
  const lazy = result as { definition?: unknown; collect?: () => Promise<unknown> } | undefined;
  if (lazy?.definition && typeof lazy.collect === "function") await lazy.collect();
}

/** Runs `work` on a copy of the database in memory. */
async function onCopy<T>(db: Database, work: (copy: Database) => Promise<T>): Promise<T> {
  const { connect } = await import("./connect.js");
  const copy = await connect(await backup(db), { worker: false });
  try {
    return await work(copy);
  } finally {
    await copy.close();
  }
}
