// Telemetry: events, metrics, logs, health, alerts, maintenance; and that none of it disturbs a query.
import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { test } from "node:test";
import {
  col,
  checkConnectionHealth, checkPoolHealth, column, connect, getMetricsCollector, getStructuredLogger, openTelemetryAttributes, registerPerformanceHook,
  setLogLevel, traceWithOpenTelemetry,
} from "../../pkg/dist/index.js";

async function fresh(options) {
  const db = await connect(":memory:", options);
  await db.createTable("t", [column("id", "INTEGER", { primaryKey: true }), column("x", "TEXT")]).collect();
  return db;
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);
const SLOW = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 300000) SELECT max(n) FROM r";

test("every statement is an event: reads, writes, definitions, transactions", async () => {
  const db = await connect();
  const seen = [];
  const stops = ["query_start", "query_end", "query_error", "transaction_begin", "transaction_commit", "transaction_rollback"].map((event) =>
    db.on(event, (sql, elapsed, metadata) => seen.push({ event, sql, elapsed, metadata })));
  await db.createTable("t", [column("id", "INTEGER")]).collect();
  await db.insert("t", [{ id: 1 }, { id: 2 }]);
  await db.sql("SELECT * FROM t WHERE id > ?", [1]).collect();
  await assert.rejects(db.sql("SELECT nope FROM t").collect());
  await db.transaction((tx) => tx.execute("DELETE FROM t"));
  await assert.rejects(db.transaction(() => { throw new Error("x"); }));
  const names = seen.map((s) => s.event);
  assert.equal(names.filter((n) => n === "query_error").length, 1);
  assert.equal(names.filter((n) => n === "query_start").length, names.filter((n) => n === "query_end" || n === "query_error").length);
  assert.deepEqual(["transaction_begin", "transaction_commit", "transaction_rollback"].map((n) => names.filter((m) => m === n).length), [2, 1, 1]);
  const insert = seen.find((s) => s.event === "query_end" && s.sql.startsWith("INSERT"));
  assert.deepEqual([insert.metadata.rowcount, insert.metadata.database, insert.metadata.event], [2, ":memory:", "query_end"]);
  const read = seen.find((s) => s.event === "query_end" && s.sql.startsWith("SELECT"));
  assert.deepEqual([read.metadata.rows, read.metadata.params, typeof read.metadata.queryId, read.elapsed > 0], [1, [1], "number", true]);
  assert.ok(Math.abs(read.metadata.startTime - Date.now() / 1000) < 60);
  assert.ok(read.metadata.counters.fullScanSteps >= 1);
  assert.equal(seen.find((s) => s.event === "query_error").metadata.error.code, "unknown_column");
  for (const stop of stops) stop();
  seen.length = 0;
  await db.sql("SELECT 1").collect();
  assert.equal(seen.length, 0);
});

test("a slow query comes with its plan", async () => {
  const db = await fresh({ slowQuery: 0.001 });
  let slow;
  db.on("slow_query", (sql, elapsed, metadata) => { slow ??= { sql, elapsed, plan: metadata.plan }; });
  await db.sql(SLOW).collect();
  assert.ok(slow.elapsed >= 0.001 && slow.plan.includes("SCAN r"), JSON.stringify(slow));
});

test("a hook that throws, or uses the database, breaks nothing", async (t) => {
  const db = await fresh();
  const errors = t.mock.method(console, "error", () => {});
  const failures = [];
  db.on("hook_error", (_sql, _elapsed, metadata) => failures.push(metadata));
  let inside = 0;
  const stops = [
    registerPerformanceHook("query_end", () => { throw new Error("hook"); }),
    registerPerformanceHook("query_end", async () => {
      inside++;
      await sleep(1);
      await db.insert("t", [{ x: "from a hook" }]);
      await db.sql("SELECT count(*) FROM t").collect();
    }),
    registerPerformanceHook("query_end", () => db.table("t").collectSync()),
    registerPerformanceHook("query_end", () => Promise.reject(new Error("later"))),
  ];
  assert.equal((await db.sql("SELECT 1 AS a").collect())[0].a, 1);
  assert.equal((await db.sql("SELECT 2 AS a").collect())[0].a, 2);
  await sleep(30);
  for (const stop of stops) stop();
  assert.equal(inside, 2);
  assert.equal(await db.table("t").count(), 2);
  assert.equal(errors.mock.callCount(), 2);
  assert.deepEqual(failures.map((f) => f.error.message).sort(), ["hook", "hook", "later", "later"]);
  assert.equal(db.metrics().hook_error_count, 4);
});

test("registering is checked", async () => {
  const db = await fresh();
  assert.throws(() => registerPerformanceHook("query", () => {}), code("invalid_argument"));
  assert.throws(() => registerPerformanceHook("query_end"), code("invalid_argument"));
  assert.throws(() => db.on("nope", () => {}), code("invalid_argument"));
});

test("metrics of a database and of all", async () => {
  getMetricsCollector().reset();
  const db = await fresh();
  await db.insert("t", [{ id: 1 }, { id: 2 }]);
  await db.table("t").collect();
  await assert.rejects(db.sql("SELECT nope").collect());
  await db.transaction(async () => {});
  const m = db.metrics();
  assert.deepEqual([m.query_count, m.error_count, m.rows_read, m.rows_written, m.transaction_count, m.connection_count], [4, 1, 2, 2, 1, 1]);
  assert.equal(m.error_rate, 0.25);
  assert.ok(m.query_duration_p50 <= m.query_duration_p95 && m.query_duration_p95 <= m.query_duration_p99 && m.query_duration_p99 <= m.query_duration_max);
  assert.ok(m.memory_bytes > 0 && m.cache_hit_rate >= 0 && m.cache_hit_rate <= 1);
  assert.deepEqual([m.pool_size, m.pool_active, m.pool_utilization], [1, 0, 0]);
  const all = getMetricsCollector().getMetrics();
  assert.ok(all.query_count >= 4 && all.connection_count >= 1 && all.memory_bytes > 0);
  getMetricsCollector().reset();
  assert.equal(getMetricsCollector().getMetrics().query_count, 0);
});

test("the structured log: one JSON object a line, cut and redacted", async () => {
  const lines = [];
  const logger = getStructuredLogger({ level: "debug", sink: (line) => lines.push(line) });
  const db = await fresh();
  await db.sql(`SELECT '${"x".repeat(600)}' || ? AS a`, ["secret"]).collect();
  await assert.rejects(db.insert("t", [{ id: "hush" }]));
  const rows = lines.map((line) => JSON.parse(line));
  const read = rows.find((row) => row.event === "query_end" && row.sql.includes("xxx"));
  assert.ok(read.sql.length <= 501 && read.params === "1 redacted" && read.level === "debug" && typeof read.duration === "number");
  assert.ok(!lines.join().includes("secret") && !lines.join().includes("hush"), lines.join("\n"));
  assert.equal(rows.find((row) => row.event === "query_error").level, "error");
  logger.setLevel("error");
  lines.length = 0;
  await db.sql("SELECT 1").collect();
  assert.equal(lines.length, 0);
  logger.close();
  const open = getStructuredLogger({ level: "debug", params: true, sink: (line) => lines.push(line) });
  await db.sql("SELECT ? AS a", ["told"]).collect();
  assert.deepEqual(JSON.parse(lines.at(-1)).params, ["told"]);
  open.log("info", "mine", { big: 10n ** 20n, bytes: new Uint8Array(3), nan: Number.NaN });
  assert.deepEqual([JSON.parse(lines.at(-1)).big, JSON.parse(lines.at(-1)).bytes], ["100000000000000000000", "<3 bytes>"]);
  open.close();
});

test("a sink that throws is nobody else's trouble", async (t) => {
  t.mock.method(console, "error", () => {});
  const logger = getStructuredLogger({ level: "debug", sink: () => { throw new Error("full"); } });
  const db = await fresh();
  assert.equal((await db.sql("SELECT 1 AS a").collect())[0].a, 1);
  logger.close();
});

test("setLogLevel writes to the console and measures without piling up", async (t) => {
  const log = t.mock.method(console, "log", () => {});
  const db = await fresh();
  setLogLevel("debug");
  setLogLevel("debug");
  for (let i = 0; i < 450; i++) await db.sql("SELECT 1").collect();
  const kept = performance.getEntriesByName("moltres:query").length;
  assert.ok(kept > 0 && kept <= 200, String(kept));
  assert.ok(log.mock.callCount() >= 450);
  setLogLevel("off");
  const before = log.mock.callCount();
  await db.sql("SELECT 1").collect();
  assert.equal(log.mock.callCount(), before);
  assert.equal(performance.getEntriesByName("moltres:query").length, 0);
  assert.throws(() => setLogLevel("loud"), code("invalid_argument"));
});

test("Node's diagnostics channels carry the events", async () => {
  const db = await fresh();
  const seen = [];
  const listener = (message) => seen.push(message);
  diagnostics.subscribe("moltres:query_end", listener);
  await db.sql("SELECT 1 AS a").collect();
  diagnostics.unsubscribe("moltres:query_end", listener);
  await db.sql("SELECT 2 AS a").collect();
  assert.deepEqual(seen.map((m) => m.sql), ["SELECT 1 AS a"]);
});

test("OpenTelemetry's names", async () => {
  assert.deepEqual(openTelemetryAttributes('SELECT * FROM "my ""t""" WHERE a = ?1', { event: "query_end", database: "sales.db", startTime: 0, rows: 3 }), {
    "db.system.name": "sqlite", "db.namespace": "sales.db", "db.query.text": 'SELECT * FROM "my ""t""" WHERE a = ?1', "db.query.summary": 'SELECT my "t"',
    "db.operation.name": "SELECT", "db.collection.name": 'my "t"', "db.response.returned_rows": 3,
  });
  const spans = [];
  const stop = traceWithOpenTelemetry({ startSpan: (name, options) => ({ setStatus: () => {}, end: (time) => spans.push({ name, options, time }) }) });
  const db = await fresh();
  await db.table("t").collect();
  stop();
  const span = spans.find((s) => s.name === "SELECT t");
  assert.ok(span.options.kind === 2 && span.time >= span.options.startTime);
});

test("health never throws", async () => {
  const db = await fresh();
  const healthy = await checkConnectionHealth(db);
  assert.deepEqual([healthy.healthy, healthy.details.tables, healthy.latency < 1], [true, 1, true]);
  assert.equal((await checkPoolHealth(db)).healthy, true);
  assert.equal((await db.health()).healthy, true);
  await db.transaction(async (tx) => {
    const during = await checkConnectionHealth(db);
    assert.deepEqual([during.healthy, during.details.inTransaction], [true, true]);
    await tx.insert("t", [{ id: 1 }]);
  });
  await db.close();
  const closed = await checkConnectionHealth(db);
  assert.deepEqual([closed.healthy, closed.details.code], [false, "database_closed"]);
  assert.equal((await checkPoolHealth(db)).healthy, false);
  assert.equal((await checkConnectionHealth(undefined)).healthy, false);
});

test("an exhausted pool is unhealthy", async () => {
  const db = await fresh();
  let waiting;
  await db.transaction(async () => {
    waiting = new Promise((resolve) => setTimeout(resolve, 0)).then(() => {});
    await sleep(1);
  });
  await waiting;
  let release;
  const held = db.transaction(() => new Promise((resolve) => { release = resolve; }));
  await sleep(1);
  const queued = db.insert("t", [{ id: 1 }]);
  await sleep(1);
  const pool = await checkPoolHealth(db);
  assert.deepEqual([pool.healthy, pool.details.waiting, pool.details.utilization], [false, 1, 1]);
  release();
  await Promise.all([held, queued]);
});

test("alerts are raised once and cleared below their threshold", async () => {
  const db = await fresh();
  const told = [];
  const alerts = db.alerts({ errorRate: 0.2, p95: undefined }, (alert) => told.push(`${alert.metric} ${alert.state}`), { interval: 3600 });
  for (let i = 0; i < 3; i++) await assert.rejects(db.sql("SELECT nope").collect());
  await sleep(5);
  assert.deepEqual([told, alerts.active.map((a) => a.metric)], [["error_rate raised"], ["error_rate"]]);
  for (let i = 0; i < 11; i++) await db.sql("SELECT 1").collect();
  await alerts.check();
  assert.equal(told.length, 1, "3 of 15 is the threshold itself, not below it");
  for (let i = 0; i < 10; i++) await db.sql("SELECT 1").collect();
  await alerts.check();
  assert.deepEqual(told, ["error_rate raised", "error_rate cleared"]);
  alerts.stop();
  assert.throws(() => db.alerts({ errorRate: "1 %" }), code("invalid_argument"));
});

test("an alert's callback may throw", async (t) => {
  t.mock.method(console, "error", () => {});
  const db = await fresh();
  const alerts = db.alerts(() => { throw new Error("pager"); });
  await assert.rejects(db.sql("SELECT nope").collect());
  await sleep(5);
  assert.equal((await alerts.check()).length, 1);
  alerts.stop();
});

test("maintenance: others may read, not write", async () => {
  const db = await fresh();
  await db.insert("t", [{ id: 1, x: "a" }, { id: 2, x: "a" }]);
  let result;
  const others = (async () => {
    await sleep(5);
    assert.equal(await db.table("t").count(), 2);
    await assert.rejects(db.insert("t", [{ id: 3 }]), code("maintenance_mode"));
    await assert.rejects(db.sql("DELETE FROM t").collect(), code("maintenance_mode"));
  })();
  const value = await db.maintenance(async (maintainer) => {
    await sleep(20);
    await db.vacuum();
    await maintainer.analyze();
    await db.optimize();
    await db.insert("t", [{ id: 4 }]);
    result = await db.integrityCheck();
    return 7;
  });
  await others;
  assert.deepEqual([value, result.ok, result.problems, result.foreignKeys], [7, true, [], []]);
  await db.insert("t", [{ id: 5 }]);
  assert.deepEqual(await db.duplicates("t", "x").orderBy("x").collect().then((rows) => rows.map((r) => [r.x, r.count])), [[null, 2], ["a", 2]]);
  await assert.rejects(db.maintenance(() => { throw new Error("in the middle"); }));
  await db.insert("t", [{ id: 6 }]);
  await assert.rejects(db.transaction((tx) => tx.vacuum()), code("unsupported"));
});

test("what fails before it runs is an error like any other", async () => {
  const db = await connect(":memory:");
  await db.execute("CREATE TABLE t (id INTEGER)");
  const codes = [];
  const stop = db.on("query_error", (_sql, _elapsed, { error }) => codes.push(error.code));
  await assert.rejects(db.table("t").select("nope").collect());
  await assert.rejects(db.table("none").count());
  await assert.rejects(db.query("SELEC 1"));
  await assert.rejects(db.insert("t", [{ nope: 1 }]));
  await assert.rejects(db.update("t", { where: col("nope").eq(1), set: { id: 2 } }));
  assert.deepEqual(codes, ["unknown_column", "unknown_table", "syntax_error", "unknown_column", "unknown_column"]);
  assert.equal(db.metrics().error_count, 5);
  stop();
  await db.close();
});
