// How long it takes until a frame's SQL is there: a plan of twenty verbs, from JSON text to SELECT, in the built package. The goal is
// a median below 1 ms.
import { col, connect, F, lit, Window, when } from "../../pkg/dist/index.js";

const RUNS = 2_000;

const db = await connect(":memory:");
await db.execute(`
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, day DATE, status TEXT, amount REAL, note TEXT);
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT, segment TEXT);
`);

/** Twenty verbs, built anew each time: a frame keeps the JSON text of its plan. */
function twentyVerbs() {
  const customers = db.table("customers").where(col("segment").ne("test")).select("id", "name", "country").alias("c");
  return db
    .table("orders")
    .where(col("amount").gt(0))
    .withColumn("net", col("amount").mul(lit(1).sub(0.19)))
    .withColumn("month", F.dateFormat("day", "yyyy-MM"))
    .withColumn("size", when(col("net").gt(1_000), "large").when(col("net").gt(100), "middle").otherwise("small"))
    .fillna({ note: "" })
    .alias("o")
    .join(customers, col("o.customer_id").eq(col("c.id")), "left")
    .select("o.id", "country", "month", "size", "net", "status")
    .where(col("status").isin("paid", "sent"))
    .groupBy("country", "month")
    .agg(F.sum("net").alias("revenue"), F.count("*").alias("n"), F.countDistinct("size").alias("sizes"))
    .where(col("n").gt(5))
    .withColumn("share", col("revenue").div(F.sum("revenue").over(Window.partitionBy("month"))))
    .withColumn("rank", F.rank().over(Window.partitionBy("month").orderBy(col("revenue").desc())))
    .where(col("rank").le(3))
    .drop("rank")
    .withColumnRenamed("n", "orders")
    .orderBy("month", col("revenue").desc())
    .limit(100);
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const shown = (ms) => `${ms.toFixed(3)} ms`.padStart(10);

function measure(name, work) {
  for (let i = 0; i < 300; i++) work();
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    work();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(44)} median ${shown(quantile(times, 0.5))}   95th ${shown(quantile(times, 0.95))}   best ${shown(times[0])}`);
}

const frame = twentyVerbs();
const json = frame.planJson();
console.log(`\ncompile: a plan of ${frame.plan.nodes.length} nodes, ${frame.plan.exprs.length} expressions, ${json.length} characters of JSON`);
measure("building the frame (JavaScript)", twentyVerbs);
measure("its JSON text", () => twentyVerbs().planJson());
measure("SQL of a frame, again", () => frame.toSQLSync());
measure("names and types of a frame, again", () => frame.schemaSync());
measure("building and SQL, all in all", () => twentyVerbs().toSQLSync());
await db.close();
