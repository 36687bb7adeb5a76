// Frames against the engine: what the builder alone cannot show.
import assert from "node:assert/strict";
import { test } from "node:test";
import { F, Window, col, connect, expr, lit } from "../../pkg/dist/index.js";

const db = await connect();
const t = db.createDataFrame(Array.from({ length: 50 }, (_, i) => ({ k: i % 3, x: i, s: `s${i}` })));
const plain = (rows) => rows.map((row) => ({ ...row }));

test("groupBy(…).sum() without columns takes all numeric ones", async () => {
  assert.deepEqual(await t.groupBy("s").max().columns(), ["s", "max(k)", "max(x)"]);
  assert.deepEqual(plain(await t.groupBy().sum().collect()), [{ "sum(k)": 49, "sum(x)": 1225 }]);
});

test("five hundred verbs", async () => {
  let filtered = t;
  let summed = t;
  for (let i = 0; i < 500; i++) {
    filtered = filtered.where(col("x").ne(i + 100));
    summed = summed.withColumn("x", col("x").add(1));
  }
  assert.equal(await filtered.count(), 50);
  assert.deepEqual(plain(await summed.agg(F.max("x").alias("m")).collect()), [{ m: 549 }]);
});

test("more verbs or deeper expressions than are allowed are refused", async () => {
  let deep = t;
  for (let i = 0; i < 2500; i++) deep = deep.limit(5);
  await assert.rejects(deep.count(), { code: "unsupported" });
  let sum = col("x");
  for (let i = 0; i < 1000; i++) sum = sum.add(1);
  await assert.rejects(t.select(sum).collect(), { code: "unsupported" });
  assert.equal(await t.count(), 50);
});

test("five thousand alternatives, in a list or joined by or", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => i * 2);
  assert.equal(await t.where(col("x").isin(many)).count(), 25);
  assert.equal(await t.where(many.map((n) => col("x").eq(n)).reduce((a, b) => a.or(b))).count(), 25);
});

test("two thousand columns", async () => {
  const wide = t.select(...Array.from({ length: 2000 }, (_, i) => col("x").add(i).alias(`c${i}`)));
  assert.equal((await wide.columns()).length, 2000);
  assert.equal((await wide.first()).c1999, 1999);
});

test("df.stat", async () => {
  assert.deepEqual(await t.approxQuantile("x", [0, 0.5, 1]), [0, 24, 49]);
  assert.equal(await t.stat.corr("x", "x"), 1);
  const counts = await t.where("x < 4").crosstab("k", "x").orderBy("k_x").collect();
  assert.deepEqual(plain(counts), [{ 0: 1, 1: 0, 2: 0, 3: 1, k_x: "0" }, { 0: 0, 1: 1, 2: 0, 3: 0, k_x: "1" }, { 0: 0, 1: 0, 2: 1, 3: 0, k_x: "2" }]);
  assert.equal(await t.sampleBy("k", new Map([[0, 1], [1, 0]]), 1).count(), 17);
});

test("recursion", async () => {
  const numbers = db.recursive("n", db.createDataFrame([{ n: 1 }]), (found) => found.where(col("n").lt(5)).select(col("n").add(1).alias("n")));
  assert.deepEqual((await numbers.collect()).map((row) => row.n), [1, 2, 3, 4, 5]);
});

test("frames iterate, at once and over time", async () => {
  const few = t.limit(3).select("x");
  assert.deepEqual(Array.from(few, (row) => row.x), [0, 1, 2]);
  const seen = [];
  for await (const row of few) seen.push(row.x);
  await few.forEach(async (row, i) => seen.push(row.x + i));
  assert.deepEqual(seen, [0, 1, 2, 0, 2, 4]);
});

test("head, take, tail, first, isEmpty and their twins", async () => {
  const x = (rows) => rows.map((row) => row.x);
  assert.equal((await t.head()).x, 0);
  assert.deepEqual(x(await t.head(2)), [0, 1]);
  assert.deepEqual(x(await t.take(2)), x(t.takeSync(2)));
  assert.deepEqual(x(await t.tail(2)), [48, 49]);
  assert.equal(await t.where(lit(false)).first(), null);
  assert.equal(await t.where("false").isEmpty(), true);
  assert.equal(t.isEmptySync(), false);
});

test("a frame in a Worker shows itself asynchronously and says so when it cannot", async () => {
  const there = await connect(":memory:", { worker: true });
  const frame = there.createDataFrame({ a: Array.from({ length: 5000 }, (_, i) => i) });
  assert.deepEqual(plain(await frame.agg(F.sum("a").alias("a")).collect()), [{ a: 12497500 }]);
  assert.match(frame.inspect(), /in a Worker/);
  assert.throws(() => frame.collectSync(), { code: "unsupported" });
  const lines = [];
  await frame.limit(1).show({ print: (line) => lines.push(line) });
  assert.equal(lines[0], "+---+\n|  a|\n+---+\n|  0|\n+---+");
  await there.close();
});

test("integers wrap around at 64 bits, as PySpark's do; the SQL keeps its operators", async () => {
  const max = 2n ** 63n - 1n;
  const frame = db.createDataFrame([{ n: max, m: 1 }]);
  const sums = frame.select(col("n").add(col("m")).alias("a"), col("n").mul(2).alias("b"), col("n").neg().sub(2).alias("c"), F.sum(col("n").add(col("n"))).over(Window.partitionBy("m")).alias("d"));
  assert.deepEqual(plain(await sums.collect()), [{ a: -(2n ** 63n), b: -2, c: max, d: -2 }]);
  assert.match(await frame.select(col("n").add(col("m"))).toSQL(), /\?1 \+ \?2/);
  await frame.withColumn("m", col("n").add(1)).write.saveAsTable("wrapped");
  assert.deepEqual(plain(await db.table("wrapped").collect()), [{ n: max, m: -(2n ** 63n) }]);
  await db.update("wrapped", { where: "all", set: { n: col("n").add(col("n")) } });
  assert.equal((await db.table("wrapped").first()).n, -2);
  await db.dropTable("wrapped").collect();
  const many = db.createDataFrame({ i: Array.from({ length: 20_000 }, (_, i) => i) }).withColumn("j", expr("case when i = 15000 then 9223372036854775807 else i end"));
  const late = many.select(col("j").add(1).alias("k"));
  const all = (await late.collect()).map((row) => row.k);
  assert.deepEqual([all.length, all[14_999], all[15_000], all[19_999]], [20_000, 15_000, -(2n ** 63n), 20_000]);
  // Rows that a stream has passed on cannot be taken back, and the query that wraps around might give others.
  let n = 0;
  const read = async () => {
    for await (const batch of late.stream({ batchSize: 1_000 })) n += batch.length;
  };
  await assert.rejects(read(), { code: "type_mismatch", hint: "cast() to double or decimal before computing, or collect()" });
  assert.ok(n > 0 && n <= 15_000);
});
