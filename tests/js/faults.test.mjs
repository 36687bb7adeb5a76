// The fault campaign over the real files of Node: in every operation every call of node:fs fails in turn, once (EIO), for good (ENOSPC), in part
// (fewer bytes than asked for), or is the last before the process is killed. `MOLTRES_CAMPAIGN=1` tries every call (make campaign), otherwise some.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { arm, disarm, FAULTS, openFiles } from "./fault-fs.mjs";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-faults-"));
const scratch = path.join(dir, "scratch");
fs.mkdirSync(scratch);
// Temporary files of SQLite and of the package fail as well.
process.env.TMPDIR = scratch;
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const { connect, col, F, lit } = await import("../../pkg/dist/index.js");

const SAMPLES = process.env.MOLTRES_CAMPAIGN ? Number.POSITIVE_INFINITY : 12;
const CODES = ["storage_full", "storage_unavailable", "migration_failed", "corrupt", "busy"];
const file = path.join(dir, "data.db");
const options = { locking: "none" };

async function using(work) {
  const db = await connect(file, options);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** What a healthy process reads: the whole content as text, without times. */
async function content() {
  return using(async (db) => {
    const { ok, problems } = await db.integrityCheck();
    assert.ok(ok, problems.join());
    const text = await db.dump();
    const rows = await db.query("SELECT name FROM sqlite_schema WHERE name LIKE '%migration%' AND type = 'table'");
    const versions = rows.length ? JSON.stringify((await db.migrationStatus([])).applied.map(({ version }) => version)) : "";
    return `${text.split("\n").filter((line) => !/moltres_migration|sqlite_sequence/.test(line)).join("\n")}${versions}`;
  });
}

function files() {
  const list = (at) => fs.readdirSync(at, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? list(path.join(at, entry.name)) : [path.relative(dir, path.join(at, entry.name))]));
  return list(dir).sort();
}

function save() {
  return new Map(files().map((name) => [name, fs.readFileSync(path.join(dir, name))]));
}

function reset(saved) {
  for (const name of files()) if (!saved.has(name)) fs.rmSync(path.join(dir, name));
  for (const [name, bytes] of saved) fs.writeFileSync(path.join(dir, name), bytes);
}

const CSV = `id,name,amount\n${Array.from({ length: 400 }, (_, i) => `${i},${"n".repeat(i % 90)},${i / 4}`).join("\n")}\n`;
const SETUP = `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, n REAL); CREATE INDEX i ON t (x);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT i, printf('%080d', i), i / 2.0 FROM n`;
const rows = (n, from = 1000) => Array.from({ length: n }, (_, i) => ({ id: from + i, x: `new ${i}`.repeat(9), n: i / 8 }));
const MIGRATIONS = [
  { version: 1, name: "tags", up: "CREATE TABLE tag (id INTEGER PRIMARY KEY, t REFERENCES t (id))" },
  { version: 2, name: "fill", up: "INSERT INTO tag SELECT id, id FROM t; ALTER TABLE t ADD COLUMN y DEFAULT 7" },
  { version: 3, name: "rename", up: (tx) => tx.alterTable("t").renameColumn("x", "z").collect() },
];
const BACK = MIGRATIONS.map((each, i) => ({ ...each, up: i === 2 ? "ALTER TABLE t RENAME COLUMN x TO z" : each.up, down: ["DROP TABLE tag", "DELETE FROM tag; ALTER TABLE t DROP COLUMN y", "ALTER TABLE t RENAME COLUMN z TO x"][i] }));
const APART = [MIGRATIONS[0], { version: 2, transaction: false, up: "PRAGMA auto_vacuum = FULL; VACUUM" }, MIGRATIONS[1]].map((each, i) => ({ ...each, version: i + 1 }));
const FAILING = [...MIGRATIONS, { version: 4, name: "breaks", up: "INSERT INTO nowhere VALUES (1)" }];
const target = path.join(dir, "copy.db");
const source = path.join(dir, "source.db");

/**
 * `prepare` makes what is there before; `work` is the operation; `states` says what else may be found after a fault than before and after, and
 * `check` looks at other files than the database. An operation may fail by itself (`fails`).
 */
const OPERATIONS = {
  "load CSV, pages": { work: (db) => db.read.csv({ text: CSV }, { table: "orders" }) },
  "load CSV, inserts": { work: (db) => db.read.csv({ text: CSV }, { table: "orders", inserts: true }) },
  "append CSV": { prepare: (db) => db.execute("CREATE TABLE orders (id INTEGER, name TEXT, amount REAL); CREATE INDEX o ON orders (name)"), work: (db) => db.read.csv({ text: CSV }, { table: "orders", ifExists: "append" }) },
  "replace by CSV": { prepare: (db) => db.execute("CREATE TABLE orders (a); INSERT INTO orders VALUES (1)"), work: (db) => db.read.csv({ text: CSV }, { table: "orders", ifExists: "replace" }) },
  insert: { work: (db) => db.insert("t", rows(500)) },
  update: { work: (db) => db.update("t", { where: col("id").mod(2).eq(0), set: { x: F.concat(col("x"), lit("!")), n: 1 } }) },
  merge: { work: (db) => db.merge("t", [...rows(100, 250), ...rows(3, 5000)], { on: "id", whenMatched: "update" }) },
  transaction: {
    work: (db) =>
      db.transaction(async (tx) => {
        await tx.insert("t", rows(50));
        await tx.delete("t", { where: col("id").lt(100) });
        await tx.createTable("u", []).collect().catch(() => {});
        await tx.execute("CREATE TABLE u (a); INSERT INTO u SELECT id FROM t");
      }),
  },
  "save a frame over its own table": { work: (db) => db.table("t").where(col("id").gt(50)).write.mode("overwrite").saveAsTable("t") },
  migrate: { work: (db) => db.migrate(MIGRATIONS) },
  "migrate back": { prepare: (db) => db.migrate(BACK), work: (db) => db.migrate(BACK, { to: 1 }) },
  "a migration that fails": { work: (db) => db.migrate(FAILING), fails: "migration_failed" },
  "a migration that vacuums": { work: (db) => db.migrate(APART), between: (db, k) => db.migrate(APART.slice(0, k)), steps: [1, 2] },
  "backup over a good one": { only: "reads", prepare: (db) => db.backup(target), work: (db) => db.backup(target), check: whole },
  "sealed backup over a good one": { only: "reads", prepare: (db) => db.backup(target), work: (db) => db.backup(target, { compress: true }), check: whole },
  "restore from a file": { prepare: other, work: (db) => db.restore(source) },
  "restore from bytes": { prepare: other, work: async (db) => db.restore(new Uint8Array(sourceBytes)) },
  "restore from a compressed file": {
    prepare: async (db) => {
      await other(db);
      await using(async () => {});
      const from = await connect(source, options);
      await from.backup(`${source}.gz`, { compress: true });
      await from.close();
    },
    work: (db) => db.restore(`${source}.gz`),
  },
  vacuum: { only: "space", prepare: (db) => db.execute("DELETE FROM t WHERE id % 3"), work: (db) => db.vacuum() },
  "with history": {
    prepare: async (db) => {
      await db.history.enable();
      await db.insert("t", rows(5));
    },
    work: async (db) => {
      await db.history.enable();
      await db.insert("t", rows(40, 2000));
    },
    check: historyIsWhole,
  },
  "restore from history": {
    prepare: async (db) => {
      await db.history.enable();
      await db.insert("t", rows(5));
    },
    work: async (db) => {
      await db.history.enable();
      await db.restore({ to: 1 });
    },
    check: historyIsWhole,
  },
};

let sourceBytes;
async function other() {
  fs.rmSync(source, { force: true });
  const db = await connect(source, options);
  await db.execute("CREATE TABLE other (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO other SELECT printf('%050d', i) FROM n");
  await db.close();
  sourceBytes = fs.readFileSync(source);
}

/** Asked twice, as the first may be what fails. */
const look = (db) => db.query("SELECT count(*) AS n FROM sqlite_schema");

/** A backup that was there is there, or the new one is. */
async function whole() {
  const db = await connect(":memory:");
  await db.restore(target);
  assert.equal((await db.query("SELECT count(*) AS n FROM t"))[0].n, 300);
  await db.close();
}

/** The last entry of the log is the state of the database, and recording goes on. */
async function historyIsWhole() {
  await using(async (db) => {
    await db.history.enable();
    const before = await db.dump();
    const entries = await db.history.list();
    await db.restore({ to: entries.at(-1).id });
    assert.equal(await db.dump(), before);
    await db.insert("t", rows(1, 90_000));
    assert.equal((await db.history.list()).at(-1).kind, "change");
  });
}

/** SQLite leaves the super-journal of a failed commit over two files behind, and the journal, its head still blank, of a rollback that failed; nobody reads them. */
function isStale(name) {
  return /-mj[0-9A-F]+$/.test(name) || (/-journal$/.test(name) && fs.readFileSync(path.join(dir, name)).subarray(0, 12).every((byte) => byte === 0));
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(`faults: ${name}`, { timeout: 1_800_000 }, async () => {
    reset(new Map());
    fs.mkdirSync(scratch, { recursive: true });
    await using((db) => db.execute(SETUP));
    if (operation.prepare) await using(operation.prepare);
    const start = save();
    const before = await content();
    const states = new Map([[before, "before"]]);
    for (const k of operation.steps ?? []) {
      await using((db) => operation.between(db, k));
      states.set(await content(), `step ${k}`);
      reset(start);
    }
    arm(dir);
    const failure = await using(operation.work).then(() => undefined, (error) => error);
    const { calls } = disarm();
    assert.equal(failure?.code, operation.fails, failure?.stack);
    const finished = await content();
    if (!states.has(finished)) states.set(finished, "after");
    if (operation.only === undefined && !operation.fails) assert.notEqual(finished, before, "the operation does something");
    if (operation.fails) assert.equal(finished, before);
    const expected = new Set([...start.keys(), ...files()]);
    const tally = {};
    for (const fault of FAULTS) {
      const stride = Math.max(1, calls / SAMPLES);
      for (let at = 0; at < calls; at = Math.max(at + 1, Math.floor(at + stride * (0.5 + Math.random())))) {
        reset(start);
        const place = () => `${name}, ${fault} at call ${at} of ${calls} (${ended.hit})`;
        arm(dir, at, fault);
        let error;
        let db;
        let done = false;
        let usable;
        try {
          db = await connect(file, options);
          await operation.work(db);
          done = true;
        } catch (thrown) {
          error = thrown;
        }
        const dead = disarm;
        let ended;
        if (fault === "kill") {
          ended = dead();
          await db?.close().catch(() => {});
        } else {
          if (error && db && fault === "once") usable = await look(db).catch(() => look(db).catch((error) => error));
          const closing = await db?.close().catch((error) => error);
          ended = dead();
          if (closing) assert.ok(CODES.includes(closing.code), `${place()}: close: ${closing.stack}`);
        }
        if (error) assert.ok(CODES.includes(error.code) || error.code === operation.fails || (fault === "kill" && ended.dead), `${place()}: ${error.code} ${error.stack}`);
        if (error && fault === "short") assert.equal(error.code, operation.fails, `${place()}: ${error.stack}`);
        if (usable instanceof Error) assert.fail(`${place()}: not usable after ${error.code}: ${usable.stack}`);
        let found;
        try {
          found = states.get(await content());
        } catch (thrown) {
          assert.fail(`${place()}: answered ${error?.message}; then ${thrown.stack}`);
        }
        assert.ok(found, `${place()}: half of the change is there, after ${error?.message}`);
        if (done && !operation.fails && !ended.dead) assert.equal(found === "before" && before !== finished, false, `${place()}: acknowledged, and lost`);
        // What several transactions did is taken back as a whole, or the error says that it could not be.
        if (error && operation.steps && !ended.dead && /^step/.test(found)) assert.equal(error.details.restored, false, `${place()}: ${error.stack}`);
        await operation.check?.().catch((thrown) => assert.fail(`${place()}: ${thrown.stack}`));
        assert.deepEqual(openFiles(), [], `${place()}: a file is left open`);
        if (fault !== "kill") assert.deepEqual(files().filter((each) => !expected.has(each) && !isStale(each)), [], `${place()}: files are left, after ${error?.message}`);
        if (process.env.SHOW && error && found === "after") console.log(place(), error.stack.split("\n")[0]);
        const key = `${fault}: ${error ? error.code : "done"}${ended.hit ? "" : ", no call hit"}, ${found}`;
        tally[key] = (tally[key] ?? 0) + 1;
      }
    }
    console.log(`# ${name}: ${calls} calls; ${Object.entries(tally).map(([key, n]) => `${key} ${n}`).join("; ")}`);
  });
}
