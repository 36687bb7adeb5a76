// One query, all ways: whatever runs a frame, its rows are the same.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { col, connect, F, lit, Window, when } from "../../pkg/dist/index.js";

const BIG = 9223372036854775807n;
const SCRIPT = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT, x INTEGER, y REAL, d DATE, ok BOOLEAN, raw BLOB);
  INSERT INTO t VALUES (1, 'a', 1, 1.5, '2024-01-31', 1, x'00ff'), (2, 'a', 2, NULL, '2024-02-29', 0, NULL), (3, 'b', 2, 2.5, NULL, NULL, x''),
    (4, NULL, 3, -1.0, '2024-03-01', 1, x'01'), (5, 'b', NULL, 0.0, '2024-01-31', 0, NULL), (6, 'c', 9007199254740993, 2.5, '2023-12-31', 1, NULL);
  CREATE TABLE u (k TEXT, z INTEGER);
  INSERT INTO u VALUES ('a', 10), ('b', 20), ('b', 30), (NULL, 90);
  CREATE TABLE big (a INTEGER);
  INSERT INTO big VALUES (9223372036854775807), (1), (2);
  CREATE TABLE untyped (k, v INTEGER);
  INSERT INTO untyped VALUES ('1', 10), (1, 20), (2, 30);
  CREATE TABLE nocase (k TEXT COLLATE NOCASE, v INTEGER);
  INSERT INTO nocase VALUES ('A', 1), ('B', 2);
  CREATE TABLE long (id INTEGER PRIMARY KEY, n INTEGER, s TEXT);
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 6000)
    INSERT INTO long SELECT i, i * 3, 's' || (i % 7) FROM c;
  CREATE TABLE late (id INTEGER PRIMARY KEY, n INTEGER);
  INSERT INTO late SELECT id, CASE WHEN id = 5000 THEN 9223372036854775807 ELSE id END FROM long;`;

const outer = (name) => col(name).outer();
const byK = Window.partitionBy("k").orderBy("id");

/** `ordered`: the order is part of the result. `stream`: the code of the error that a stream ends with. `n`: how many rows there must be. */
const FRAMES = {
  table: { of: (db) => db.table("t") },
  "computed columns": { of: (db) => db.table("t").select("id", col("x").add(1).alias("a"), col("x").div(2).alias("h"), F.upper("k").alias("u")) },
  "nested values": { of: (db) => db.table("t").select("id", F.array(col("id"), lit(2)).alias("list"), F.struct("k", "y").alias("s")) },
  dates: { of: (db) => db.table("t").select("id", F.dateAdd("d", 1).alias("next"), F.year("d").alias("y")) },
  booleans: { of: (db) => db.table("t").select("id", col("ok").not().alias("not"), col("x").gt(1).alias("gt")) },
  bytes: { of: (db) => db.table("t").select("id", "raw", F.length("raw").alias("n")) },
  where: { of: (db) => db.table("t").where(col("x").gt(1).and(col("k").isNotNull())) },
  isin: { of: (db) => db.table("t").where(col("k").isin("a", "c")) },
  like: { of: (db) => db.table("t").where(col("k").like("%a%")) },
  when: { of: (db) => db.table("t").select("id", when(col("x").gt(1), "many").otherwise("few").alias("w")) },
  orderBy: { of: (db) => db.table("t").orderBy(col("y").desc(), "id"), ordered: true },
  limit: { of: (db) => db.table("t").orderBy("id").offset(1).limit(3), ordered: true },
  distinct: { of: (db) => db.table("t").select("k").distinct() },
  dropDuplicates: { of: (db) => db.table("t").orderBy("id").dropDuplicates("k").select("k") },
  groupBy: { of: (db) => db.table("t").groupBy("k").agg(F.sum("x").alias("s"), F.avg("y").alias("m"), F.count("*").alias("n")) },
  having: { of: (db) => db.table("t").groupBy("k").agg(F.count("*").alias("n")).where(col("n").gt(1)) },
  agg: { of: (db) => db.table("t").agg(F.max("x").alias("m"), F.min("d").alias("d"), F.countDistinct("k").alias("n")) },
  rollup: { of: (db) => db.table("t").rollup("k").agg(F.count("*").alias("n")) },
  cube: { of: (db) => db.table("t").cube("k", "ok").agg(F.count("*").alias("n")) },
  pivot: { of: (db) => db.table("t").groupBy("ok").pivot("k", ["a", "b"]).agg(F.count("*")) },
  "pivot that reads its values": { of: (db) => db.table("t").where(col("k").isNotNull()).groupBy("ok").pivot("k").agg(F.sum("id")) },
  unpivot: { of: (db) => db.table("t").unpivot(["id"], ["x", "y"]) },
  window: { of: (db) => db.table("t").select("id", F.rowNumber().over(byK).alias("n"), F.lag("x", 1).over(byK).alias("before")) },
  "first of each": { of: (db) => db.table("t").withColumn("n", F.rowNumber().over(byK)).where(col("n").eq(1)) },
  join: { of: (db) => db.table("t").join(db.table("u"), "k") },
  "left join": { of: (db) => db.table("t").join(db.table("u"), "k", "left") },
  "full join": { of: (db) => db.table("t").join(db.table("u"), "k", "full") },
  semi: { of: (db) => db.table("t").join(db.table("u"), "k", "semi") },
  anti: { of: (db) => db.table("t").join(db.table("u"), "k", "anti") },
  union: { of: (db) => db.table("t").select("k").union(db.table("u").select("k")) },
  subtract: { of: (db) => db.table("t").select("k").subtract(db.table("u").select("k")) },
  explode: { of: (db) => db.table("t").select("id", F.explode(F.sequence(lit(1), col("id"))).alias("e")) },
  "exists over untyped keys": {
    of: (db) => db.table("t").alias("o").where(F.exists(db.table("untyped").alias("i").where(col("i.k").eq(outer("o.id"))))).select("id"),
    n: 2,
  },
  "a count over untyped keys": {
    of: (db) => {
      const count = db.table("untyped").alias("i").where(col("i.k").eq(outer("o.id"))).agg(F.count("*").alias("c"));
      return db.table("t").alias("o").select("id", F.scalarSubquery(count).alias("c"));
    },
    n: 6,
  },
  "exists over keys with a collation": {
    of: (db) => db.table("t").alias("o").where(F.exists(db.table("nocase").alias("i").where(col("i.k").eq(outer("o.k"))))).select("id"),
    n: 4,
  },
  "SQL text": { of: (db) => db.sql("SELECT k, sum(x) AS s FROM t WHERE id < 6 GROUP BY k") },
  "values of JavaScript": { of: (db) => db.createDataFrame([{ a: 1, s: "é😀" }, { a: null, s: "" }]) },
  "many batches": { of: (db) => db.table("long"), n: 6000, ordered: true },
  "many batches, filtered": { of: (db) => db.table("long").where(col("n").mod(2).eq(0)).select("id", "s"), n: 3000 },
  "integers that wrap around": { of: (db) => db.table("big").select("a", col("a").add(1).alias("p")).orderBy("p"), n: 3, ordered: true },
  "groups of integers that wrap around": { of: (db) => db.table("big").groupBy(col("a").add(1).alias("k")).count(), n: 3 },
  "integers that wrap around, distinct": { of: (db) => db.table("big").select(col("a").add(1).alias("p")).distinct(), n: 3 },
  "integers that wrap around late": { of: (db) => db.table("late").select("id", col("n").add(1).alias("p")), n: 6000, stream: "type_mismatch" },
  "integers that wrap around late, ordered": {
    of: (db) => db.table("late").select("id", col("n").add(1).alias("p")).orderBy("p"),
    n: 6000,
    ordered: true,
    stream: "type_mismatch",
  },
};

const db = await connect();
await db.execute(SCRIPT);
let pooled;
try {
  pooled = await connect(":memory:", { poolSize: 1 });
  await pooled.execute(SCRIPT);
} catch (error) {
  // A build or a host without Workers has no replicas.
  if (error.code !== "unsupported") throw error;
}
after(async () => {
  await pooled?.close();
  await db.close();
});

// A column of 64-bit integers holds BigInts only; rows hold numbers where they can.
const integer = (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : `${value}n`);
const replacer = (_, value) => (typeof value === "bigint" ? integer(value) : value instanceof Uint8Array ? `x${[...value]}` : value);
const lines = (rows) => Array.from(rows, (row) => JSON.stringify(row, replacer));

async function streamed(frame) {
  const rows = [];
  for await (const batch of frame.stream({ format: "arrays" })) rows.push(...batch);
  return rows;
}

let n = 0;
for (const [name, { of, ordered = false, stream, n: expected }] of Object.entries(FRAMES)) {
  test(`one query, all ways: ${name}`, async () => {
    const arrays = { format: "arrays" };
    const first = lines(of(db).collectSync(arrays));
    if (expected !== undefined) assert.equal(first.length, expected);
    const check = (way, rows, keepsOrder = true) => {
      const found = lines(rows);
      if (ordered && keepsOrder) assert.deepEqual(found, first, way);
      else assert.deepEqual(found.sort(), [...first].sort(), way);
    };
    check("collect", await of(db).collect(arrays));
    check("collect with a signal", await of(db).collect({ ...arrays, signal: new AbortController().signal }));
    check("collect with a listener", await of(db).collect({ ...arrays, onProgress: () => {} }));
    const columns = Object.values(await of(db).collect({ format: "columns" }));
    check("columns", first.map((_, i) => columns.map((column) => column[i])));
    check("objects", (await of(db).collect()).map((row) => Object.values(row)));
    assert.equal(await of(db).count(), first.length, "count");
    check("cache", await of(db).cache().collect(arrays), false);
    const table = `saved_${n++}`;
    await of(db).write.saveAsTable(table);
    check("saveAsTable", await db.table(table).collect(arrays), false);
    if (stream) await assert.rejects(streamed(of(db)), { code: stream });
    else check("stream", await streamed(of(db)));
    if (pooled) check("a replica", await of(pooled).collect(arrays));
  });
}

test("a query that begins again as often as it is drawn gives every row once", async () => {
  const frame = db.table("late").orderBy(F.rand()).select("id", col("n").add(1).alias("p"));
  for (const rows of [frame.collectSync(), await frame.collect(), await frame.collect({ signal: new AbortController().signal })]) {
    assert.equal(rows.length, 6000);
    assert.equal(new Set(rows.map((row) => row.id)).size, 6000);
    assert.equal(rows.find((row) => row.id === 5000).p, -BIG - 1n);
  }
});

test("files are written with arithmetic that wraps around", async () => {
  const text = await db.table("late").select("id", col("n").add(1).alias("p")).orderBy("id").write.csv();
  const written = text.trim().split("\n");
  assert.equal(written.length, 6001);
  assert.equal(written[5000], `5000,${-BIG - 1n}`);
});
