// Databases in a Worker: everything of operations works there as in this thread, or says why not.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkConnectionHealth, col, connect, F, getStructuredLogger, registerPerformanceHook } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-worker-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code} (${error.message}) is not ${expected}`);
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

for (const [kind, where] of [["in memory", () => ":memory:"], ["of a file", () => path.join(dir, `${Math.random()}.db`)]]) {
  const open = (options) => connect(where(), { worker: true, ...options });

  test(`${kind}: metrics, memory, health`, async () => {
    const db = await open();
    await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    await db.table("t").collect();
    await assert.rejects(db.table("t").select("nope").collect(), code("unknown_column"));
    const metrics = await db.metrics();
    assert.equal(metrics.query_count, 4);
    assert.deepEqual([metrics.error_count, metrics.rows_written, metrics.rows_read, metrics.pool_size], [1, 2, 2, 1]);
    const memory = await db.memory();
    assert.ok(memory.sqliteBytes > 0 && memory.linearBytes > 1e6);
    const health = await checkConnectionHealth(db);
    assert.ok(health.healthy && health.latency < 5, health.message);
    assert.ok((await db.health()).details.memory.linearBytes > 0);
    await db.close();
    assert.equal((await checkConnectionHealth(db)).healthy, false);
  });

  test(`${kind}: hooks, logs and alerts`, async () => {
    const db = await open({ slowQuery: 0.01 });
    const seen = [];
    const stops = ["query_start", "query_end", "query_error", "slow_query", "transaction_commit", "backup", "migration"].map((event) => db.on(event, (sql, _elapsed, metadata) => seen.push([metadata.event, metadata.database, sql])));
    const everywhere = [];
    const unregister = registerPerformanceHook("query_end", (sql) => everywhere.push(sql));
    const lines = [];
    const logger = getStructuredLogger({ level: "debug", sink: (line) => lines.push(line) });
    await turn();
    await db.query("SELECT ? AS n", [7]);
    await assert.rejects(db.query("SELECT nope"));
    await db.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) AS n FROM n");
    await db.transaction((tx) => tx.execute("CREATE TABLE t (a)"));
    await db.migrate([{ version: 1, name: "one", up: "CREATE TABLE u (a)" }]);
    await db.backup();
    await turn();
    const names = new Set(seen.map(([event]) => event));
    for (const event of ["query_start", "query_end", "query_error", "slow_query", "transaction_commit", "backup", "migration"]) assert.ok(names.has(event), event);
    assert.ok(seen.every(([, database]) => database === db.name));
    assert.ok(everywhere.includes("SELECT ? AS n"));
    assert.ok(lines.some((line) => JSON.parse(line).sql?.includes("SELECT nope")), lines[0]);
    for (const stop of stops) stop();
    unregister();
    logger.close?.();
    seen.length = 0;
    await turn();
    await db.query("SELECT 1");
    assert.deepEqual(seen, []);
    const raised = [];
    const alerts = db.alerts({ errorRate: 0.01, p95: undefined }, (alert) => raised.push(alert.metric), { interval: 60 });
    await alerts.check();
    alerts.stop();
    assert.ok(raised.includes("error_rate"), String(raised));
    await db.close();
  });

  test(`${kind}: transactions, migrations, maintenance`, async () => {
    const db = await open();
    await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)");
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.insert("t", [{ id: 1, x: "a" }]);
        await tx.transaction((inner) => inner.insert("t", [{ id: 2, x: "b" }]));
        throw new Error("no");
      }),
      /no/,
    );
    assert.equal(await db.table("t").count(), 0);
    await assert.rejects(db.transaction((tx) => tx.insert("t", [{ id: 1 }]), { readOnly: true }), code("permission_denied"));
    await db.merge("t", [{ id: 1, x: "a" }], { on: "id", whenMatched: "update" });
    await db.update("t", { where: col("id").eq(1), set: { x: F.upper(col("x")) } });
    assert.deepEqual(await db.table("t").collect(), [{ id: 1, x: "A" }]);
    const steps = [
      { version: 1, name: "one", up: "CREATE TABLE u (a)", down: "DROP TABLE u" },
      { version: 2, name: "two", up: async (tx) => tx.insert("u", [{ a: 1 }]) },
    ];
    assert.deepEqual((await db.migrate(steps, { dryRun: true })).applied.length, 2);
    assert.deepEqual((await db.migrate(steps)).applied.length, 2);
    await assert.rejects(db.migrate([...steps, { version: 3, up: "CREATE TABLE v (a)" }, { version: 4, up: "NONSENSE" }]), code("migration_failed"));
    assert.equal((await db.migrationStatus(steps)).current, 2);
    assert.deepEqual(await db.tables(), ["t", "u"]);
    await db.maintenance(async (maintainer) => {
      await maintainer.vacuum();
      await maintainer.insert("t", [{ id: 5, x: "m" }]);
    });
    await db.analyze();
    await db.optimize();
    assert.equal((await db.integrityCheck()).ok, true);
    assert.equal(await db.table("t").count(), 2);
    await db.close();
  });

  test(`${kind}: backup, restore, dump, history`, async () => {
    const db = await open();
    await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'a')");
    const progress = [];
    const image = await db.backup(undefined, { onProgress: (now) => progress.push(now) });
    assert.ok(image.length > 0 && progress.length > 0);
    const copy = path.join(dir, `${Math.random()}.copy`);
    assert.ok((await db.backup(copy)).bytes > 0);
    const sealed = path.join(dir, `${Math.random()}.enc`);
    await db.backup(sealed, { compress: true, encrypt: { password: "secret" } });
    for (const [source, options] of [[image], [copy], [sealed, { password: "secret" }], [{ sql: await db.dump() }]]) {
      await db.execute("DELETE FROM t");
      await db.restore(source, options);
      assert.equal(await db.table("t").count(), 1);
    }
    await assert.rejects(db.restore(new Uint8Array(1000)), code("not_a_database"));
    assert.equal(await db.table("t").count(), 1);
    await db.history.enable();
    await db.insert("t", [{ id: 2, x: "b" }]);
    const entries = await db.history.list();
    assert.deepEqual(entries.map((entry) => entry.kind), ["base", "change"]);
    await db.execute("DROP TABLE t");
    await db.restore({ to: entries[1].id });
    assert.equal(await db.table("t").count(), 2);
    await db.history.prune({ keep: 1 });
    await db.history.disable();
    await db.close();
  });
}

test("a file in a Worker is the same file: its history lies beside it", async () => {
  const file = path.join(dir, "beside.db");
  const db = await connect(file, { worker: true });
  await db.history.enable();
  await db.execute("CREATE TABLE t (a)");
  await db.close();
  assert.ok(fs.existsSync(`${file}-history`));
  const again = await connect(file);
  await again.history.enable();
  assert.equal((await again.history.list()).length, 2);
  await again.close();
});

test("functions of a module are registered in the Worker", async () => {
  const file = path.join(dir, "functions.mjs");
  fs.writeFileSync(file, "export const triple = (n) => n * 3; export default (a, b) => `${a}-${b}`; export const product = { init: () => 1, step: (state, n) => state * n };");
  const url = new URL(`file://${file}`);
  for (const worker of [true, false]) {
    const db = await connect(":memory:", { worker });
    await db.registerFunction("triple", { module: url, export: "triple" }, { deterministic: true, returns: "bigint" });
    await db.registerFunction("dashed", { module: url.href });
    await db.registerFunction("product", { module: url, export: "product" });
    assert.deepEqual(await db.query("SELECT triple(2) AS a, dashed('x', 1) AS b"), [{ a: 6, b: "x-1" }]);
    assert.deepEqual(await db.query("SELECT product(column1) AS p FROM (VALUES (2), (3), (4))"), [{ p: 24 }]);
    await assert.rejects(async () => db.registerFunction("none", { module: url, export: "none" }), code("invalid_argument"));
    await assert.rejects(async () => db.registerFunction("none", { module: `${url.href}x` }), code("invalid_argument"));
    await db.close();
  }
  const db = await connect(":memory:", { worker: true });
  await assert.rejects(async () => db.registerFunction("f", (n) => n), (error) => error.code === "unsupported" && /module/.test(error.hint));
  assert.throws(() => db.table("t").collectSync(), code("unsupported"));
  await db.close();
});

test("closing tells what it could not do", async () => {
  const db = await connect(path.join(dir, "closing.db"), { worker: true });
  const { channel } = db;
  const call = channel.call.bind(channel);
  channel.call = async (method, args) => {
    if (method !== "close") return call(method, args);
    throw Object.assign(new Error("the disk is full"), { code: "storage_full" });
  };
  // A reply that has come but is not read yet when the Worker is ended does not let the process go before its end.
  const late = call("metrics", []);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  await assert.rejects(db.close(), { code: "storage_full" });
  await late;
  await assert.rejects(db.query("SELECT 1"), { code: "database_closed" });
});
