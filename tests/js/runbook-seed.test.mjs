// The seed document's snippets, transcribed from Python to JavaScript line by line, run as they are.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkConnectionHealth, checkPoolHealth, column, connect, getMetricsCollector, getStructuredLogger, registerPerformanceHook, setLogLevel, version } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-seed-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const file = (name) => path.join(dir, name);

test("test installation: print the version", () => {
  assert.match(version, /^\d+\.\d+\.\d+/);
});

test("create migration script, modify existing tables", async () => {
  const db = await connect(process.env.DATABASE_URL ?? file("migrations.db"));
  await db.createTable("new_table", [column("id", "INTEGER", { primaryKey: true }), column("name", "TEXT")], { ifNotExists: true }).collect();
  assert.deepEqual((await db.schema("new_table")).map((c) => c.name), ["id", "name"]);

  await db.createTable("existing_table", [column("old_column", "TEXT"), column("old_name", "TEXT")]).collect();
  assert.deepEqual(await db.sql("ALTER TABLE existing_table ADD COLUMN new_column TEXT").collect(), []);
  assert.deepEqual(await db.sql("ALTER TABLE existing_table DROP COLUMN old_column").collect(), []);
  assert.deepEqual(await db.sql("ALTER TABLE existing_table RENAME COLUMN old_name TO new_name").collect(), []);
  assert.deepEqual((await db.schema("existing_table")).map((c) => c.name), ["new_name", "new_column"]);
  await db.close();
});

test("connection health, pool health, a larger pool", async () => {
  const db = await connect(file("pool.db"), { poolSize: 20, maxOverflow: 40 });
  const result = await checkConnectionHealth(db);
  assert.equal(result.healthy, true);
  const poolResult = await checkPoolHealth(db);
  assert.equal(poolResult.healthy, true);
  await db.close();
});

test("log slow queries", async () => {
  const printed = [];
  function logSlowQueries(sql, elapsed, metadata) {
    if (elapsed > 0) printed.push(`Slow query (${elapsed.toFixed(2)}s): ${sql.slice(0, 200)}`);
  }
  const unregister = registerPerformanceHook("query_end", logSlowQueries);
  const db = await connect();
  await db.sql("SELECT 1").collect();
  unregister();
  assert.equal(printed.length, 1);
});

test("streaming mode", async () => {
  fs.writeFileSync(file("large_file.csv"), "id,name\n1,a\n2,b\n3,c\n");
  const db = await connect();
  const df = await db.read.csv(file("large_file.csv"), { stream: true });
  let n = 0;
  for await (const batch of df) n += batch.length;
  assert.equal(n, 3);
});

test("memory usage", async () => {
  const db = await connect();
  const memory = await db.memory();
  assert.ok(process.memoryUsage().rss / 1024 / 1024 > 0 && memory.linearBytes > 0);
});

test("verify data integrity, check for duplicates", async () => {
  const db = await connect();
  await db.createTable("table_name", [column("column_name", "TEXT")]).collect();
  await db.insert("table_name", [{ column_name: "a" }, { column_name: "a" }, { column_name: "b" }]);
  // The document's own snippet has no alias and reads the key `count`; SQL calls the column COUNT(*).
  let result = await db.sql("SELECT COUNT(*) FROM table_name").collect();
  assert.equal(Object.values(result[0])[0], 3);
  result = await db.sql(`
SELECT column_name, COUNT(*) as count
FROM table_name
GROUP BY column_name
HAVING COUNT(*) > 1
`).collect();
  assert.deepEqual(result.map((row) => ({ ...row })), [{ column_name: "a", count: 2 }]);
});

test("metrics and structured logging", async () => {
  const metrics = getMetricsCollector();
  assert.equal(typeof metrics.getMetrics().query_count, "number");
  const lines = [];
  const logger = getStructuredLogger({ level: "debug", sink: (line) => lines.push(JSON.parse(line)) });
  const db = await connect();
  await db.sql("SELECT 1").collect();
  logger.close();
  assert.ok(lines.some((line) => line.event === "query_end"));
});

test("backup and restore", async () => {
  const db = await connect(file("database.db"));
  await db.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  await db.backup(file("backup.db"));
  await db.execute("DELETE FROM t");
  await db.restore(file("backup.db"));
  assert.equal(await db.table("t").count(), 1);
  await db.close();
});

test("maintenance: VACUUM, statistics, corruption", async () => {
  const db = await connect(file("database.db"));
  await db.vacuum();
  await db.analyze();
  assert.equal((await db.integrityCheck()).ok, true);
  await db.close();
});

test("debug logging", async (t) => {
  const log = t.mock.method(console, "log", () => {});
  setLogLevel("debug");
  const db = await connect();
  await db.sql("SELECT 1").collect();
  setLogLevel("off");
  assert.ok(log.mock.callCount() >= 1);
});
