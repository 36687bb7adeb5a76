/** Migrations: numbered steps of the schema, recorded with checksums, each in its transaction, all of them taken back when one fails. */
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
  /** false: keys are checked at its end, so that it can rebuild a table that others refer to. Otherwise they are enforced at its commit. */
  foreignKeys?: boolean;
}

export interface MigrateOptions {
  /** The version to reach: the newest unless given. A lower one than now goes back; 0 or null goes back to the beginning. */
  to?: Version | null;
  /** Runs everything on a copy in memory and leaves the database alone. */
  dryRun?: boolean;
  /** An image is taken first, and restored when a step fails: true unless given. */
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

/** One run at a time on a database: the second finds what the first has done. */
const running = new WeakMap<Database, Promise<unknown>>();

export function migrate(db: Database, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<MigrationReport> {
  if (db.inTransaction)
    return Promise.reject(moltresError("unsupported", "migrate: not inside a transaction", { hint: "each migration has its own" }));
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
}

async function history(db: Database): Promise<Recorded[]> {
  const applied = JSON.parse(await db.call("migrationHistory")) as Recorded[];
  return applied.sort((a, b) => compare(a.version, b.version));
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
    const { version, name = "", up, down, foreignKeys = true } = migration as unknown as Migration;
    if (!(typeof version === "number" && Number.isFinite(version)) && !(typeof version === "string" && version !== "")) {
      throw invalid(`migrate: migration ${i} has the version ${describe(version)}`, { hint: "a number or a text" });
    }
    if (!isStep(up)) throw invalid(`migrate: up of version ${version} is ${describe(up)}`, { hint: "SQL text, texts, or a function" });
    if (down !== undefined && !isStep(down)) throw invalid(`migrate: down of version ${version} is ${describe(down)}`);
    const checksum = callStatic((cls) => cls.sha256(JSON.stringify([version, textOf(up)]))) as string;
    return { version, name: String(name), up, down, foreignKeys, checksum };
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
  const last = applied.length ? applied.reduce((a, b) => (a.appliedAt >= b.appliedAt ? a : b)) : undefined;
  if (last && last.schema !== (await db.call("schemaFingerprint"))) {
    drift.push({ kind: "schema", version: last.version, message: `the schema was changed by other means since version ${last.version}` });
  }
  return drift;
}

async function migrateNow(db: Database, migrations: readonly Migration[], options: MigrateOptions): Promise<MigrationReport> {
  if (!isPlainObject(options)) throw invalid(`migrate: options are an object, not ${describe(options)}`);
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
  if (plan.length > 0) {
    const image = options.backup !== false ? await backup(db) : undefined;
    try {
      for (const { migration, direction } of plan) {
        const elapsed = await run(db, migration, direction);
        if (elapsed !== undefined)
          report[direction === "up" ? "applied" : "rolledBack"].push({ version: migration.version, name: migration.name, elapsed });
      }
    } catch (error) {
      // Asked of the database: a commit that reported a failing disk may have happened nevertheless.
      const stands = await history(db).catch(() => undefined);
      const isAsBefore = stands && JSON.stringify(stands) === JSON.stringify(applied);
      if (!image || isAsBefore) throw error;
      await restore(db, image).catch((cause: Error) => {
        throw notRestored(error as Error, cause, stands?.at(-1)?.version ?? null);
      });
      throw error;
    }
  }
  report.to = (await history(db)).at(-1)?.version ?? null;
  return report;
}

/** The migration failed, and so did the way back: each step that was done stands, as its own transaction left it. */
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

/** One step and its record in one transaction; undefined when another connection has done it meanwhile. */
async function run(db: Database, migration: Known, direction: "up" | "down"): Promise<number | undefined> {
  const { version, name, checksum } = migration;
  const started = performance.now();
  try {
    const elapsed = await db.transaction(
      async (tx) => {
        const there = (JSON.parse(await tx.call("migrationHistory")) as Recorded[]).some((each) => compare(each.version, version) === 0);
        if (there === (direction === "up")) return undefined;
        await tx.call("beginMigration");
        const step = migration[direction] as Step;
        if (typeof step === "function") await collected(await step(tx));
        else for (const sql of typeof step === "string" ? [step] : step) await tx.execute(sql);
        const elapsed = (performance.now() - started) / 1000;
        if (direction === "up") await tx.call("recordMigration", JSON.stringify({ version, name, checksum, elapsed }));
        else await tx.call("forgetMigration", JSON.stringify(version));
        return elapsed;
      },
      { foreignKeys: migration.foreignKeys },
    );
    if (elapsed !== undefined) emit(db, "migration", elapsed, { version, name, direction });
    return elapsed;
  } catch (error) {
    const cause = error as Error;
    emit(db, "migration", (performance.now() - started) / 1000, {
      version,
      name,
      direction,
      error: { code: (error as MoltresError)?.code ?? "internal", kind: cause?.name, message: cause?.message },
    });
    const what = `${direction} of version ${version}${name ? ` (${name})` : ""}`;
    throw moltresError("migration_failed", `migrate: ${what} failed: ${cause?.message ?? error}`, {
      cause: error,
      hint: error instanceof MoltresError ? error.hint : undefined,
      details: { version, name, direction, code: error instanceof MoltresError ? error.code : undefined },
    });
  }
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
