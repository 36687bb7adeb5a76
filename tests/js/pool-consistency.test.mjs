// A database with replicas against one without: whatever is written, a read that comes after it gives the same.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { col, connect } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-consistency-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));

/** Numbers that look random and are the same every time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const SCHEMA = `
  CREATE TABLE keyed (k TEXT PRIMARY KEY, v UNIQUE);
  CREATE TABLE pair (a, b, v, PRIMARY KEY (a, b));
  CREATE TABLE numbered (id INTEGER PRIMARY KEY, v REFERENCES keyed (k) ON DELETE SET NULL);
  CREATE TABLE bare (v);
  CREATE TABLE fixed (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
  CREATE TRIGGER copy AFTER INSERT ON numbered BEGIN INSERT INTO bare VALUES (new.id); END`;
const TABLES = ["keyed", "pair", "numbered", "bare", "fixed"];

/** One thing to do, as a function of a database. */
function operation(pick, n) {
  const key = () => ["NULL", "'a'", "'b'", "'c'", `'k${pick(20)}'`][pick(5)];
  const value = () => ["NULL", "1", "2.5", "'text'", `${pick(50)}`, "x'00ff'"][pick(6)];
  const table = TABLES[pick(TABLES.length)];
  const row = { keyed: [key(), value()], pair: [key(), value(), value()], numbered: ["NULL", "NULL"], bare: [value()], fixed: [key(), value()] }[table];
  const insert = `INSERT ${["", "", "OR REPLACE ", "OR IGNORE "][pick(4)]}INTO ${table} SELECT ${row.map((v, i) => `${v} AS c${i}`).join(", ")}`;
  // Tables get columns as time goes on, so inserts name theirs.
  const columns = { keyed: "(k, v)", pair: "(a, b, v)", numbered: "(id, v)", bare: "(v)", fixed: "(k, v)" }[table];
  const write = () =>
    [
      insert.replace(`INTO ${table}`, `INTO ${table} ${columns}`),
      insert.replace(`INTO ${table}`, `INTO ${table} ${columns}`),
      `UPDATE ${table} SET v = ${value()} WHERE v IS ${value()}`,
      `UPDATE keyed SET k = ${key()}, v = ${value()} WHERE k IS ${key()}`,
      `UPDATE pair SET b = ${value()}`,
      `DELETE FROM ${table} WHERE v IS ${value()}`,
      `DELETE FROM keyed WHERE k IS ${key()}`,
      `/* first */ DELETE FROM bare`,
    ][pick(8)];
  switch (pick(12)) {
    case 0:
      return (db) =>
        db.execute(
          [
            `ALTER TABLE ${table} ADD COLUMN extra${n} DEFAULT ${n}`,
            `CREATE INDEX index${n} ON ${table} (v)`,
            "DROP TABLE bare; CREATE TABLE bare (v)",
            "CREATE TEMP VIEW IF NOT EXISTS bare AS SELECT 'of the connection' AS v",
            "DROP VIEW IF EXISTS temp.bare",
            "VACUUM",
          ][n % 6],
        );
    case 1:
    case 2: {
      const writes = [write(), write(), write()];
      const fails = pick(2) === 0;
      return (db) =>
        db.transaction(async (tx) => {
          for (const sql of writes) await tx.execute(sql);
          if (fails) throw Object.assign(new Error("undone"), { code: "undone" });
        });
    }
    case 3: {
      const script = `BEGIN; ${write()}; SAVEPOINT s; ${write()}; ROLLBACK TO s; COMMIT`;
      return async (db) => {
        try {
          await db.execute(script);
        } catch (error) {
          await db.execute("ROLLBACK");
          throw error;
        }
      };
    }
    case 4:
      return (db) => db.insert("fixed", [{ k: `f${n}`, v: n }]);
    case 5:
      return (db) => db.update("bare", { where: col("v").isNotNull(), set: { v: n } });
    case 6:
      return (db) => db.read.csv({ text: `v\n${n}\n` }, { table: "bare", ifExists: "append" }).then(() => 1);
    default: {
      const sql = write();
      return (db) => db.execute(sql);
    }
  }
}

const outcome = (work) => work.then((value) => ["gives", value], (error) => ["fails", error.code]);

async function content(db) {
  const reads = TABLES.map(async (table) => [table, (await db.query(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort()]);
  return [...(await Promise.all(reads)), await db.table("keyed").where(col("k").isNull()).count()];
}

for (const [kind, seed, target, options] of [
  ["in memory", 1, ":memory:", {}],
  ["in memory, in a Worker", 2, ":memory:", { worker: true }],
  ["in memory, with overflow", 3, ":memory:", { maxOverflow: 2 }],
  ["a file", 4, path.join(dir, "a.db"), {}],
]) {
  test(`what was written is read: ${kind}`, async () => {
    const pooled = await connect(target, { ...options, poolSize: 2 });
    const plain = await connect(":memory:");
    const pick = numbers(seed);
    for (const db of [pooled, plain]) await db.execute(SCHEMA);
    const routed = { true: 0, false: 0 };
    const read = pooled.pool.read.bind(pooled.pool);
    pooled.pool.read = async (...args) => {
      const done = await read(...args);
      routed[done]++;
      return done;
    };
    for (let n = 0; n < 120; n++) {
      const work = operation(pick, n);
      const expected = await outcome(work(plain));
      assert.deepEqual(await outcome(work(pooled)), expected, `step ${n}: ${work}`);
      assert.deepEqual(await content(pooled), await content(plain), `after step ${n}: ${work}`);
    }
    assert.ok(routed.true > routed.false, JSON.stringify(routed));
    await pooled.close();
    await plain.close();
  });
}
