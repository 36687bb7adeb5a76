// Read replicas: routing, read-your-writes, limits, what health and metrics say.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkPoolHealth, col, column, connect, F, PoolExhaustedError } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-pool-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code} (${error.message}) is not ${expected}`);
const SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) AS n FROM n";

const KINDS = {
  "in memory": () => [":memory:", {}],
  "in memory, in a Worker": () => [":memory:", { worker: true }],
  "a file": () => [path.join(dir, `${Math.random()}.db`), {}],
  "a file, in a Worker": () => [path.join(dir, `${Math.random()}.db`), { worker: true }],
};

for (const [kind, target] of Object.entries(KINDS)) {
  test(`replicas of a database ${kind}`, async () => {
    const [where, options] = target();
    const db = await connect(where, { ...options, poolSize: 2 });
    const routed = [];
    const read = db.pool.read.bind(db.pool);
    db.pool.read = async (...args) => {
      routed.push(await read(...args));
      return routed.at(-1);
    };
    const onReplica = async (work, expected = true) => {
      routed.length = 0;
      const result = await work();
      assert.deepEqual([...new Set(routed)], [expected]);
      return result;
    };
    await db.createTable("t", [column("id", "INTEGER", { primaryKey: true }), column("x", "TEXT")]).collect();
    // What was written is read, by every way of writing.
    for (let i = 0; i < 30; i++) {
      await db.insert("t", [{ id: i, x: `x${i}` }]);
      assert.equal((await onReplica(() => db.table("t").count())), i + 1);
      await db.update("t", { where: col("id").eq(i), set: { x: "new" } });
      assert.deepEqual(await onReplica(() => db.table("t").where(col("id").eq(i)).collect()), [{ id: i, x: "new" }]);
    }
    await db.execute("CREATE TABLE bare (a); INSERT INTO bare VALUES (1), (1)");
    assert.deepEqual(await onReplica(() => db.query("SELECT a FROM bare")), [{ a: 1 }, { a: 1 }]);
    await db.delete("bare", { where: "all" });
    assert.deepEqual(await onReplica(() => db.query("SELECT a FROM bare")), []);
    await db.read.csv({ text: "id,x\n100,csv\n101,csv\n" }, { table: "t", ifExists: "append" });
    assert.equal(await onReplica(() => db.table("t").where(col("x").eq("csv")).count()), 2);
    await db.alterTable("t").addColumn(column("y", "INTEGER", { default: 5 })).collect();
    assert.equal((await onReplica(() => db.table("t").agg(F.sum("y").alias("s")).collect()))[0].s, 32 * 5);
    // Both ways round: results of many batches, types, parameters, several at once.
    await db.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, r REAL, b BLOB); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO big SELECT i, i / 4.0, zeroblob(2) FROM n");
    const many = await Promise.all([1, 2, 3, 4, 5].map((k) => db.query("SELECT * FROM big WHERE id % 5 <> :k ORDER BY id", { k: k % 5 })));
    assert.deepEqual(many.map((rows) => rows.length), [16000, 16000, 16000, 16000, 16000]);
    assert.ok(many[0][0].b instanceof Uint8Array);
    // What belongs on the primary stays there.
    const frame = await db.read.csv({ text: "id,k\n1,temporary\n" });
    assert.equal((await onReplica(() => db.table("t").join(frame, "id").collect(), false))[0].k, "temporary");
    await onReplica(() => db.query("SELECT last_insert_rowid() AS n"), false);
    routed.length = 0;
    await db.transaction(async (tx) => {
      await tx.insert("t", [{ id: 900 }]);
      assert.equal(await tx.table("t").where(col("id").eq(900)).count(), 1);
      assert.equal(await db.table("t").where(col("id").eq(900)).count(), 1, "db inside the callback is the transaction");
    });
    assert.deepEqual(routed, []);
    let n = 0;
    for await (const rows of db.table("big").stream()) {
      n += rows.length;
      if (n === 1024) await db.insert("t", [{ id: 901 }]);
    }
    assert.equal(n, 20000);
    assert.equal(await onReplica(() => db.table("t").where(col("id").eq(901)).count()), 1);
    // A restore replaces everything.
    const image = await db.backup();
    await db.execute("DROP TABLE big; DELETE FROM t");
    assert.equal(await onReplica(() => db.table("t").count()), 0);
    await db.restore(image);
    assert.equal(await onReplica(() => db.table("big").count()), 20000);
    // Errors are those of one connection, and counted once.
    await assert.rejects(db.table("t").select("nope").collect(), code("unknown_column"));
    const before = await db.metrics();
    await assert.rejects(db.query("SELECT json_extract('{', '$')"), /JSON/);
    await db.query("SELECT 1 AS one");
    const metrics = await db.metrics();
    assert.equal(metrics.error_count - before.error_count, 1);
    assert.equal(metrics.query_count - before.query_count, 2);
    assert.deepEqual([metrics.pool_size, metrics.pool_active, metrics.pool_idle, metrics.pool_utilization], [2, 0, 2, 0]);
    await db.close();
    await assert.rejects(db.query("SELECT 1"), code("database_closed"));
  });
}

test("replicas run beside each other and beside the primary", async () => {
  const db = await connect(path.join(dir, "beside.db"), { poolSize: 2 });
  await db.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  const slow = [db.query(SLOW), db.query(SLOW)];
  await new Promise((resolve) => setTimeout(resolve, 50));
  const busy = await checkPoolHealth(db);
  assert.deepEqual([busy.details.active, busy.details.replicas, busy.details.utilization, busy.healthy], [2, 2, 1, true]);
  assert.equal(db.metrics().pool_utilization, 1);
  // Both are reads of what is committed: a transaction that is open is waited for.
  let release;
  const open = db.transaction(async (tx) => {
    await tx.execute("UPDATE t SET a = 2");
    await new Promise((resolve) => (release = resolve));
  });
  await Promise.all(slow);
  const later = db.query("SELECT a FROM t");
  release();
  await open;
  assert.equal((await later)[0].a, 2);
  assert.equal((await db.query("SELECT a FROM t"))[0].a, 2);
  await db.close();
});

test("a pool that is exhausted says so in time, and overflows where it may", async () => {
  const db = await connect(":memory:", { poolSize: 1, poolTimeout: 0.05 });
  const raised = [];
  const alerts = db.alerts({ poolUtilization: 0.8 }, (alert) => raised.push(`${alert.metric} ${alert.state}`));
  const slow = db.query(SLOW);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await alerts.check();
  assert.deepEqual(raised, ["pool_utilization raised"]);
  const started = performance.now();
  const waiting = assert.rejects(db.query("SELECT 1"), (error) => error instanceof PoolExhaustedError && error.code === "pool_exhausted" && error.details.poolSize === 1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const health = await checkPoolHealth(db);
  assert.equal(health.healthy, false);
  assert.match(health.message, /1 of 1 replicas are in use, and 1 statements wait/);
  await waiting;
  assert.ok(performance.now() - started < 1000);
  assert.ok(db.metrics().pool_wait_avg > 0);
  await slow;
  await alerts.check();
  assert.deepEqual(raised, ["pool_utilization raised", "pool_utilization cleared"]);
  alerts.stop();
  await db.close();

  const wide = await connect(":memory:", { poolSize: 1, maxOverflow: 1, poolTimeout: 0.05 });
  const both = [wide.query(SLOW.replace("3000000", "12000000")), wide.query(SLOW)];
  const until = performance.now() + 5000;
  while (wide.metrics().pool_size < 2 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(wide.metrics().pool_size, 2);
  await Promise.all(both);
  assert.equal(wide.metrics().pool_size, 1);
  assert.equal((await wide.query("SELECT 1 AS one"))[0].one, 1);
  await wide.close();
});

test("timeouts, signals and a replica that dies", async () => {
  const db = await connect(":memory:", { poolSize: 1, queryTimeout: 0.2 });
  const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  await assert.rejects(db.query(endless), code("query_timeout"));
  assert.equal(db.metrics().timeout_count, 1);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 30);
  await assert.rejects(db.query(endless, [], { signal: controller.signal }), /enough/);
  await db.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  assert.equal((await db.query("SELECT a FROM t"))[0].a, 1);
  await db.close();
  const close = await connect(":memory:", { poolSize: 1 });
  const pending = close.query(SLOW);
  await Promise.all([assert.rejects(pending, code("database_closed")), close.close()]);
});

test("without a pool the answers are those of one connection", async () => {
  const db = await connect(":memory:");
  const idle = await checkPoolHealth(db);
  assert.deepEqual([idle.healthy, idle.message, idle.details.replicas, idle.details.connections], [true, "no pool: one connection in this thread, free", 0, 1]);
  await db.transaction(async () => {
    assert.match((await checkPoolHealth(db)).message, /held by a transaction/);
  });
  await db.close();
  for (const bad of [{ poolSize: -1 }, { poolSize: 1.5 }, { poolSize: 1000 }, { maxOverflow: "2" }, { poolTimeout: 0 }]) await assert.rejects(connect(":memory:", bad), code("invalid_argument"));
  await assert.rejects(connect(path.join(dir, "unlocked.db"), { poolSize: 1, locking: "none" }), code("unsupported"));
  if (spawnSync("sqlite3", ["--version"]).status === 0) {
    const wal = path.join(dir, "wal.db");
    spawnSync("sqlite3", [wal, "PRAGMA journal_mode = WAL; CREATE TABLE t (a)"]);
    await assert.rejects(connect(wal, { poolSize: 1 }), code("unsupported"));
  }
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers calls of the engine in place of it: `answer(method, call)`, where `call` asks the engine. */
function intercept(db, answer) {
  const real = db.channelCall.bind(db);
  db.channelCall = (method, ...args) => answer(method, () => real(method, ...args));
}

for (const [kind, target] of [["in memory", ":memory:"], ["a file", path.join(dir, "foreign.db")]]) {
  test(`a read sees nothing of a transaction of others: ${kind}`, async () => {
    const db = await connect(target, { poolSize: 1 });
    await db.execute("CREATE TABLE t (k, p, v); INSERT INTO t VALUES (1, 'a', 10)");
    const undone = async (sql, reads) => {
      const open = db.transaction(async (tx) => {
        await tx.execute(sql);
        await pause(100);
        throw new Error("undone");
      });
      const ends = assert.rejects(open, /undone/);
      await pause(20);
      const results = await Promise.all(reads.map((read) => read()));
      await ends;
      return results;
    };
    assert.deepEqual(await undone("DROP TABLE t", [() => db.table("t").count()]), [1]);
    const cached = db.table("t").cache();
    const pivot = () => db.table("t").groupBy("k").pivot("p").agg(F.sum("v").alias("s")).collect();
    const [rows, pivoted] = await undone("INSERT INTO t VALUES (1, 'dirty', 1)", [() => cached.collect(), pivot]);
    assert.deepEqual(rows, [{ k: 1, p: "a", v: 10 }]);
    assert.deepEqual(Object.keys(pivoted[0]), ["k", "a"]);
    assert.deepEqual(await cached.collect(), rows);
    await db.close();
  });
}

test("views of the connection are read on it", async () => {
  const db = await connect(":memory:", { poolSize: 1 });
  await db.execute("CREATE TABLE s (x); INSERT INTO s VALUES (1), (2)");
  assert.equal((await db.query("SELECT * FROM s")).length, 2);
  await db.execute("CREATE TEMP VIEW s AS SELECT x FROM main.s WHERE x = 1");
  assert.deepEqual(await db.query("SELECT * FROM s"), [{ x: 1 }]);
  await db.close();
});

test("rows whose key is NULL are read", async () => {
  const db = await connect(":memory:", { poolSize: 1 });
  await db.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v UNIQUE)");
  for (let i = 0; i < 4; i++) {
    await db.insert("t", [{ k: i % 2 ? `k${i}` : null, v: i }]);
    assert.equal(await db.table("t").count(), i + 1);
  }
  await db.execute("DELETE FROM t WHERE k IS NULL");
  await db.insert("t", [{ k: "again", v: 0 }]);
  assert.equal(await db.table("t").count(), 3);
  await db.close();
});

test("a replica whose copy does not fit gives no answer", async () => {
  const db = await connect(":memory:", { poolSize: 2 });
  await db.execute("CREATE TABLE t (a)");
  assert.deepEqual(await Promise.all([db.table("t").count(), db.table("t").count()]), [0, 0]);
  let n = 0;
  intercept(db, async (method, call) => {
    if (method !== "feed") return call();
    const feed = await call();
    // The first read sends a change set that is none; the second has nothing to send.
    return ++n === 1 ? new Uint8Array([2, 1, 2, 3]) : feed;
  });
  await db.execute("INSERT INTO t VALUES (1)");
  assert.deepEqual(await Promise.all([db.table("t").count(), db.table("t").count()]), [1, 1]);
  assert.ok(n >= 2);
  // Both are replaced by copies that are whole.
  for (let i = 2; i < 5; i++) {
    await db.execute("INSERT INTO t VALUES (1)");
    assert.deepEqual(await Promise.all([db.table("t").count(), db.table("t").count()]), [i, i]);
  }
  assert.equal(db.metrics().pool_size, 2);
  await db.close();
});

test("a replica that cannot be made ready does not stay", async () => {
  const db = await connect(":memory:", { poolSize: 1, maxOverflow: 1 });
  const slow = db.query(SLOW);
  await pause(20);
  let fails = true;
  intercept(db, async (method, call) => {
    if (method === "forgetFollowers" && fails) throw new Error("not now");
    return call();
  });
  await assert.rejects(db.query("SELECT 1 AS one"), /not now/);
  assert.equal(db.metrics().pool_size, 1);
  fails = false;
  assert.deepEqual(await db.query("SELECT 1 AS one"), [{ one: 1 }]);
  await slow;
  assert.equal(db.metrics().pool_size, 1);
  await db.close();
});

test("times beyond what timers take are waited for", async () => {
  for (const seconds of [Number.POSITIVE_INFINITY, 1e9]) {
    const db = await connect(":memory:", { poolSize: 1, poolTimeout: seconds, queryTimeout: seconds });
    await db.execute("CREATE TABLE t (a)");
    const slow = db.query(SLOW);
    assert.deepEqual(await db.query("SELECT 1 AS one"), [{ one: 1 }]);
    await slow;
    await db.transaction(async (tx) => {
      await pause(20);
      await tx.execute("INSERT INTO t VALUES (1)");
    }, { timeout: seconds });
    assert.equal((await db.health({ timeout: seconds })).healthy, true);
    let looks = 0;
    intercept(db, (method, call) => {
      if (method === "recentMetrics") looks++;
      return call();
    });
    const alerts = db.alerts({}, () => {}, { interval: seconds });
    await pause(50);
    alerts.stop();
    assert.equal(looks, 0);
    await db.close();
  }
});
