// The bugs of the original that this edition was written against, each under the id it has in the catalogue: what is right is asserted.
// B25, B29 to B31 and their like that belong to operations are here too, so that every id is in one place.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  checkConnectionHealth, checkPoolHealth, col, column, connect, expr, F, foreignKey, getStructuredLogger, lit, registerPerformanceHook, when, Window,
} from "../../pkg/dist/index.js";

const db = await connect();
const dir = mkdtempSync(join(tmpdir(), "moltres-bugs-"));
after(async () => {
  await db.close();
  rmSync(dir, { recursive: true });
});
await db.createTable("users", [column("id", "INTEGER", { primaryKey: true }), column("name", "TEXT"), column("age", "INTEGER"), column("boss", "INTEGER")]).collect();
await db.createTable("orders", [column("id", "INTEGER"), column("user_id", "INTEGER"), column("amount", "REAL"), column("kind", "TEXT"), column("day", "DATE")]).collect();
await db.insert("users", [
  { id: 1, name: "Ann", age: 30, boss: null }, { id: 2, name: "ann", age: 20, boss: 1 }, { id: 3, name: "Élan", age: null, boss: 1 }, { id: 4, name: null, age: 20, boss: 2 },
]);
await db.insert("orders", [
  { id: 10, user_id: 1, amount: 5, kind: "x", day: "2024-01-31" }, { id: 11, user_id: 1, amount: 7, kind: "y", day: "2024-02-29" },
  { id: 12, user_id: 2, amount: 7, kind: "x", day: "2023-12-31" }, { id: 13, user_id: null, amount: 1, kind: null, day: null },
]);
const users = db.table("users");
const orders = db.table("orders");
const one = db.createDataFrame([{ one: 1 }]);

const plain = (rows) => rows.map((row) => ({ ...row }));
/** The rows of a frame as arrays. */
const rows = (frame) => frame.collect({ format: "arrays" });
const values = async (frame) => (await rows(frame)).flat();
/** The one value of an expression. */
const value = async (column) => (await rows(one.select(column)))[0][0];
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);
const refused = (promise, expected) => assert.rejects(promise, code(expected));
const slow = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 100000000) SELECT max(n) AS n FROM r";

test("B01: what follows a limit sees the limited rows", async () => {
  const byId = users.orderBy("id").select("id", "age");
  assert.deepEqual(await rows(byId.limit(1).where(col("id").gt(1))), []);
  assert.deepEqual(await rows(byId.limit(2).orderBy(col("id").desc())), [[2, 20], [1, 30]]);
  assert.deepEqual(await rows(users.orderBy(col("id").desc()).select("age").limit(2).distinct().orderBy("age")), [[null], [20]]);
  assert.deepEqual(await rows(byId.limit(1).limit(3)), [[1, 30]]);
  assert.equal((await byId.limit(1).take(3)).length, 1);
  const lines = [];
  await users.limit(0).show({ print: (line) => lines.push(line) });
  assert.equal(lines.join("\n").split("\n").filter((line) => line.startsWith("|")).length, 1, "only the header");
  assert.equal(await byId.limit(2).toSQL({ inline: true }), 'SELECT "id", "age" FROM "users" ORDER BY "id" LIMIT 2');
});

test("B02: where after agg filters groups", async () => {
  const counted = users.groupBy("age").agg(F.count("*").alias("n"));
  assert.deepEqual(await rows(counted.where(col("n").gt(1))), [[20, 2]]);
  assert.match(await counted.where(col("n").gt(1)).toSQL(), /GROUP BY "age" HAVING count\(\*\) > /);
  assert.deepEqual(await rows(counted.where(col("age").eq(30))), [[30, 1]]);
});

test("B03: where after select sees what select made, and nothing else", async () => {
  assert.deepEqual(await rows(users.select("id", col("boss").alias("age")).where(col("age").eq(1)).orderBy("id")), [[2, 1], [3, 1]]);
  await refused(users.select("id").where(col("name").eq("Ann")).collect(), "unknown_column");
});

test("B04: where on a window column", async () => {
  const first = Window.partitionBy("age").orderBy("id");
  const frame = users.withColumn("n", F.rowNumber().over(first)).where(col("n").eq(1)).select("id").orderBy("id");
  assert.deepEqual(await values(frame), [1, 2, 3]);
});

test("B05: set operations over limited and ordered sides", async () => {
  const low = users.select("id").orderBy("id").limit(2);
  const high = users.select("id").orderBy(col("id").desc()).limit(3);
  assert.deepEqual(await values(low.union(high).orderBy("id")), [1, 2, 2, 3, 4]);
  assert.deepEqual(await values(low.intersect(high)), [2]);
  assert.deepEqual(await values(high.subtract(low).orderBy("id")), [3, 4]);
});

test("B06: two columns of one name never collapse", async () => {
  const joined = users.join(orders, users.col("id").eq(orders.col("user_id")));
  assert.equal((await joined.columns()).filter((name) => name === "id").length, 2);
  await refused(joined.collect(), "duplicate_column");
  await refused(joined.select("id").collect(), "ambiguous_column");
  assert.deepEqual(await rows(joined.select(users.col("id"), orders.col("id")).orderBy(orders.col("id"))), [[1, 10], [1, 11], [2, 12]]);
  assert.deepEqual(await rows(db.sql("SELECT 1 AS a, 2 AS a")), [[1, 2]]);
  await refused(db.sql("SELECT 1 AS a, 2 AS a").collect(), "duplicate_column");
});

test("B07: drop works on every plan", async () => {
  const names = (frame) => frame.columns();
  assert.deepEqual(await names(users.drop("age")), ["id", "name", "boss"]);
  assert.deepEqual(await names(users.where("id > 1").drop("age", "boss")), ["id", "name"]);
  assert.deepEqual(await names(users.withColumn("x", lit(1)).drop("x")), ["id", "name", "age", "boss"]);
  assert.deepEqual(await names(users.join(orders.withColumnRenamed("id", "o"), users.col("id").eq(orders.col("user_id"))).drop("amount", "nothing")), ["id", "name", "age", "boss", "o", "user_id", "kind", "day"]);
  const none = users.drop("id", "name", "age", "boss");
  assert.deepEqual(await names(none), []);
  assert.equal(await none.count(), 4);
  assert.deepEqual(plain(await none.limit(2).collect()), [{}, {}]);
});

test("B08: withColumn replaces: later verbs see the new values", async () => {
  assert.deepEqual(await rows(users.withColumn("age", col("age").add(1)).where(col("age").eq(21)).select("id", "age").orderBy("id")), [[2, 21], [4, 21]]);
  let frame = users;
  for (let i = 0; i < 4; i++) frame = frame.withColumn("x", lit(i)).withColumn("age", col("age").mul(2));
  assert.deepEqual(await frame.columns(), ["id", "name", "age", "boss", "x"]);
  assert.deepEqual(await rows(frame.where("id = 1").select("age", "x")), [[480, 3]]);
});

test("B09: withColumnRenamed keeps the other columns", async () => {
  assert.deepEqual(await users.where("id > 1").withColumnRenamed("name", "who").columns(), ["id", "who", "age", "boss"]);
  assert.deepEqual(await rows(users.withColumnRenamed("name", "who").where(col("who").eq("Ann"))), [[1, "Ann", 30, null]]);
});

test("B10: qualified names after a join, self joins, three frames", async () => {
  const [u, o] = [users.alias("u"), orders.alias("o")];
  const joined = u.join(o, col("u.id").eq(col("o.user_id")));
  assert.deepEqual(await rows(joined.groupBy("u.name").agg(F.sum("o.amount").alias("s")).orderBy("s")), [["ann", 7], ["Ann", 12]]);
  const boss = users.alias("b");
  const pairs = u.join(boss, col("u.boss").eq(col("b.id"))).select(col("u.id"), col("b.name").alias("boss")).orderBy("u.id");
  assert.deepEqual(await rows(pairs), [[2, "Ann"], [3, "Ann"], [4, "ann"]]);
  const three = u.join(boss, col("u.boss").eq(col("b.id"))).join(o, col("o.user_id").eq(col("b.id"))).select("u.id", "b.id", "o.id").orderBy("u.id", "o.id");
  assert.deepEqual(await rows(three), [[2, 1, 10], [2, 1, 11], [3, 1, 10], [3, 1, 11], [4, 2, 12]]);
});

test("B11: saveAsTable inside a transaction is undone with it", async () => {
  const fresh = await connect();
  await refused(fresh.transaction(async (tx) => {
    await tx.createDataFrame([{ a: 1 }]).write.saveAsTable("made");
    await tx.execute("SELECT * FROM nowhere");
  }), "unknown_table");
  assert.deepEqual(await fresh.tables(), []);
  await fresh.close();
});

test("B11a: saveAsTable allows NULL in every column, keeps the old table if it fails, knows the types of no rows", async () => {
  const fresh = await connect();
  const frame = fresh.createDataFrame([{ a: 1, b: "x" }, { a: null, b: null }]);
  await frame.write.saveAsTable("t");
  assert.deepEqual(await rows(fresh.table("t")), [[1, "x"], [null, null]]);
  fresh.registerFunction("picky", (n) => { if (n > 50) throw new Error("too much"); return n; });
  const failing = fresh.createDataFrame({ a: Array.from({ length: 100 }, (_, i) => i) }).select(expr("picky(a)").alias("a"));
  await assert.rejects(failing.write.mode("overwrite").saveAsTable("t"));
  assert.equal(await fresh.table("t").count(), 2);
  await frame.where("a > 5").write.saveAsTable("none");
  assert.deepEqual(await fresh.table("none").dtypes(), [["a", "bigint"], ["b", "string"]]);
  await fresh.close();
});

test("B11b: a frame may overwrite the table it reads", async () => {
  const fresh = await connect();
  await fresh.createDataFrame([{ a: 1 }, { a: 2 }]).write.saveAsTable("t");
  await fresh.table("t").where("a > 1").withColumn("b", col("a").mul(10)).write.mode("overwrite").saveAsTable("t");
  assert.deepEqual(await rows(fresh.table("t")), [[2, 20]]);
  await fresh.close();
});

test("B12: join on an array of names", async () => {
  const left = db.createDataFrame([{ id: 1, k: "a", x: 1 }, { id: 2, k: "b", x: 2 }]);
  const right = db.createDataFrame([{ id: 1, k: "a", y: 10 }, { id: 2, k: "c", y: 20 }]);
  assert.deepEqual(plain(await left.join(right, ["id", "k"]).collect()), [{ id: 1, k: "a", x: 1, y: 10 }]);
  assert.deepEqual(await left.join(right, ["id"]).select("id").orderBy("id").collect({ format: "arrays" }).then((r) => r.flat()), [1, 2]);
});

test("B13: db.sql runs definitions and changes once, and gives []", async () => {
  const fresh = await connect();
  assert.deepEqual(plain(await fresh.sql("CREATE TABLE t (a INTEGER)").collect()), []);
  assert.deepEqual(plain(await fresh.sql("INSERT INTO t VALUES (1), (2)").collect()), []);
  assert.deepEqual(plain(await fresh.sql("ALTER TABLE t ADD COLUMN b TEXT").collect()), []);
  assert.deepEqual(await rows(fresh.table("t")), [[1, null], [2, null]]);
  await fresh.close();
});

test("B14: semi joins keep repeated rows, anti joins take conditions", async () => {
  const left = db.createDataFrame([{ k: 1 }, { k: 1 }, { k: 2 }, { k: null }]);
  const right = db.createDataFrame([{ k: 1, z: 5 }, { k: 1, z: 6 }, { k: 2, z: 1 }]);
  assert.deepEqual(await values(left.join(right, "k", "semi")), [1, 1, 2]);
  const condition = left.col("k").eq(right.col("k")).and(right.col("z").gt(4));
  assert.deepEqual(await values(left.join(right, condition, "left_anti")), [2, null]);
});

test("B15: the SQL that is shown is the SQL that runs", async () => {
  const frame = orders.where(F.year("day").eq(2024)).select("id", col("amount").div(2).alias("half"), lit("a :word").alias("text"));
  const shown = await frame.toSQL({ inline: true });
  assert.deepEqual(await rows(db.sql(shown)), await rows(frame));
  assert.deepEqual(await rows(frame.orderBy("id")), [[10, 2.5, "a :word"], [11, 3.5, "a :word"]]);
  assert.match(await frame.explain(), /orders/);
  const fresh = await connect();
  await fresh.createDataFrame([{ d: "2024-01-31", t: "it's :word" }], { d: "date", t: "string" }).write.saveAsTable("t");
  assert.equal(await fresh.update("t", { where: F.month("d").eq(1).and(col("t").eq("it's :word")), set: { t: "found" } }), 1);
  assert.equal(await fresh.delete("t", { where: F.dayofmonth("d").div(2).gt(15) }), 1);
  await fresh.close();
});

test("B16: update and merge take expressions", async () => {
  const fresh = await connect();
  await fresh.createTable("t", [column("id", "INTEGER", { primaryKey: true }), column("n", "INTEGER")]).collect();
  await fresh.insert("t", [{ id: 1, n: 10 }, { id: 2, n: 20 }]);
  assert.equal(await fresh.update("t", { where: col("id").eq(1), set: { n: col("n").add(1) } }), 1);
  await fresh.merge("t", [{ id: 2, n: 5 }, { id: 3, n: 7 }], { on: ["id"], whenMatched: { n: col("n").add(F.excluded("n")) } });
  assert.deepEqual(await rows(fresh.table("t").orderBy("id")), [[1, 11], [2, 25], [3, 7]]);
  await fresh.close();
});

test("B17: a text as where of update and delete is a condition", async () => {
  const fresh = await connect();
  await fresh.createDataFrame([{ id: 1, s: "a" }, { id: 2, s: "b" }]).write.saveAsTable("t");
  assert.equal(await fresh.update("t", { where: "id = 2 and s = 'b'", set: { s: "c" } }), 1);
  assert.equal(await fresh.delete("t", { where: "s = 'c'" }), 1);
  assert.deepEqual(await rows(fresh.table("t")), [[1, "a"]]);
  await fresh.close();
});

test("B18: a transaction on one database leaves another alone", async () => {
  const [first, second] = await Promise.all([connect(), connect()]);
  for (const each of [first, second]) await each.execute("CREATE TABLE t (a INTEGER)");
  await assert.rejects(first.transaction(async () => {
    await second.insert("t", [{ a: 1 }]);
    throw new Error("undo");
  }), /undo/);
  assert.deepEqual([await first.table("t").count(), await second.table("t").count()], [0, 1]);
  await Promise.all([first.close(), second.close()]);
});

test("B19: transactions and batches that begin with a definition roll back", async () => {
  const fresh = await connect();
  await assert.rejects(fresh.transaction(async (tx) => {
    await tx.createTable("t", [column("a", "INTEGER")]).collect();
    throw new Error("undo");
  }), /undo/);
  await assert.rejects(fresh.batch(async (tx) => {
    await tx.execute("CREATE TABLE u (a INTEGER)");
    throw new Error("undo");
  }), /undo/);
  assert.deepEqual(await fresh.tables(), []);
  await fresh.close();
});

test("B20: an error after the work is done comes out as it is", async () => {
  const mine = new Error("mine");
  await assert.rejects(db.transaction(async (tx) => {
    await tx.sql("SELECT 1").collect();
    throw mine;
  }), (error) => error === mine);
});

test("B21: a savepoint that succeeds is not counted as rolled back", async () => {
  const fresh = await connect();
  await fresh.transaction((tx) => tx.transaction((inner) => inner.execute("CREATE TABLE t (a INTEGER)")));
  assert.equal((await fresh.metrics()).transaction_rolled_back ?? 0, 0);
  const counted = Object.entries(await fresh.metrics()).filter(([name]) => name.startsWith("transaction_"));
  assert.ok(counted.some(([name, n]) => /commit/.test(name) && n >= 1), JSON.stringify(counted));
  assert.ok(counted.every(([name, n]) => !/roll/.test(name) || n === 0), JSON.stringify(counted));
  await fresh.close();
});

test("B22: pivot computes the aggregate that is asked for, with its alias and for NULL", async () => {
  const data = db.createDataFrame([{ k: "a", p: "x", v: 1 }, { k: "a", p: "x", v: 1 }, { k: "a", p: "y", v: 4 }, { k: "a", p: null, v: 9 }]);
  assert.deepEqual(plain(await data.groupBy("k").pivot("p").agg(F.countDistinct("v")).collect()), [{ k: "a", null: 1, x: 1, y: 1 }]);
  assert.deepEqual(plain(await data.groupBy("k").pivot("p", ["x", "y"]).agg(F.stddevPop("v").alias("sd"), F.max("v").alias("m")).collect()), [{ k: "a", x_sd: 0, x_m: 1, y_sd: 0, y_m: 4 }]);
});

test("B23: recursion", async () => {
  const levels = db.recursive("levels", users.where("boss is null").select("id", lit(0).alias("level")), (found) =>
    found.join(users.select(col("id").alias("child"), "boss"), col("boss").eq(col("id"))).select(col("child").alias("id"), col("level").add(1).alias("level")));
  assert.deepEqual(await rows(levels.orderBy("id")), [[1, 0], [2, 1], [3, 1], [4, 2]]);
});

test("B24: fillna and dropna without a subset, and with one", async () => {
  assert.deepEqual(await rows(users.fillna(0).fillna("-").orderBy("id")), [[1, "Ann", 30, 0], [2, "ann", 20, 1], [3, "Élan", 0, 1], [4, "-", 20, 2]]);
  assert.deepEqual(await rows(users.fillna(0, ["age"]).where("id = 3")), [[3, "Élan", 0, 1]]);
  assert.deepEqual(await values(users.dropna().select("id")), [2]);
  assert.deepEqual(await values(users.dropna({ subset: ["name"] }).select("id").orderBy("id")), [1, 2, 3]);
});

test("B25: text that looks like a number stays text", async () => {
  const frame = db.createDataFrame([{ zip: "007" }, { zip: "1e3" }]);
  assert.deepEqual(await frame.dtypes(), [["zip", "string"]]);
  assert.deepEqual(await values(frame), ["007", "1e3"]);
  const read = await db.read.csv({ text: "zip,n\n007,1\n010,2\n" });
  assert.deepEqual(await read.dtypes(), [["zip", "string"], ["n", "bigint"]]);
  assert.deepEqual(await rows(read), [["007", 1], ["010", 2]]);
});

test("B25a: dropDuplicates keeps whole rows", async () => {
  const data = db.createDataFrame([{ k: 1, a: 1, b: 9 }, { k: 1, a: 9, b: 1 }, { k: 2, a: 5, b: 5 }]);
  assert.deepEqual(await rows(data.dropDuplicates(["k"]).orderBy("k")), [[1, 1, 9], [2, 5, 5]]);
});

test("B26: frames from files go everywhere frames go", async () => {
  const file = await db.read.csv({ text: "k,p,v\na,x,1\na,y,2\nb,x,3\n" });
  assert.deepEqual(plain(await file.groupBy("k").pivot("p").sum("v").orderBy("k").collect()), [{ k: "a", x: 1, y: 2 }, { k: "b", x: 3, y: null }]);
  assert.deepEqual(await values(users.where(col("id").isin(file.select("v"))).select("id").orderBy("id")), [1, 2, 3]);
  assert.equal(await users.where(F.exists(file.where(col("v").eq(col("id"))))).count(), 3);
  assert.match(await file.toSQL(), /^SELECT /);
  assert.ok((await file.explain()).length > 0);
  assert.deepEqual([await file.columns(), await file.dtypes()], [["k", "p", "v"], [["k", "string"], ["p", "string"], ["v", "bigint"]]]);
  assert.equal(await file.dropDuplicates(["k"]).count(), 2);
});

test("B26a: a NULL that comes late is a NULL", async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => (i === 29_999 ? "," : `${i},x${i}`));
  const file = await db.read.csv((function* () { yield "n,s\n"; for (const line of lines) yield `${line}\n`; })());
  assert.deepEqual(await rows(file.where("n is null")), [[null, null]]);
  assert.equal(await file.count(), 30_000);
});

test("B26b: a file is loaded once, and nothing of ours is in its columns or in saved tables", async () => {
  const fresh = await connect();
  let reads = 0;
  const file = await fresh.read.csv((function* () { reads++; yield "a\n1\n2\n"; })());
  assert.deepEqual([await file.count(), await file.count(), reads], [2, 2, 1]);
  await file.write.saveAsTable("saved");
  assert.deepEqual(await fresh.table("saved").columns(), ["a"]);
  await fresh.close();
});

test("B27: tail keeps the order", async () => {
  assert.deepEqual((await users.orderBy("id").tail(2)).map((row) => row.id), [3, 4]);
});

test("B28: summary", async () => {
  const summary = await rows(users.select("age").summary());
  assert.deepEqual(summary, [["count", "3"], ["mean", "23.333333333333332"], ["stddev", "5.773502691896257"], ["min", "20"], ["25%", "20"], ["50%", "20"], ["75%", "30"], ["max", "30"]]);
});

test("B29: frames leave no tables behind", async () => {
  const fresh = await connect();
  await fresh.createDataFrame({ a: Array.from({ length: 5_000 }, (_, i) => i) }).count();
  await (await fresh.read.csv({ text: "a\n1\n" })).count();
  assert.deepEqual(await fresh.tables(), []);
  assert.equal((await fresh.sql("SELECT count(*) AS n FROM sqlite_master").first()).n, 0);
  await fresh.close();
});

test("B30: foreign keys are enforced", async () => {
  const fresh = await connect();
  await fresh.createTable("p", [column("id", "INTEGER", { primaryKey: true })]).collect();
  await fresh.createTable("c", [column("p", "INTEGER")], { constraints: [foreignKey(["p"], "p", ["id"])] }).collect();
  await refused(fresh.insert("c", [{ p: 1 }]), "constraint_foreign_key");
  await fresh.close();
});

test("B31: timeouts stop what runs", async () => {
  const fresh = await connect(":memory:", { queryTimeout: 0.05 });
  await refused(fresh.sql(slow).collect(), "query_timeout");
  const other = await connect();
  await assert.rejects(other.transaction((tx) => tx.sql(slow).collect(), { timeout: 0.05 }));
  assert.equal((await other.sql("SELECT 1 AS a").first()).a, 1);
  await Promise.all([fresh.close(), other.close()]);
});

test("B32: streams raise our errors and are seen by hooks", async () => {
  const seen = [];
  const stop = db.on("query_end", (sql) => seen.push(sql));
  let n = 0;
  for await (const batch of users.stream({ batchSize: 2 })) n += batch.length;
  stop();
  assert.deepEqual([n, seen.length], [4, 1]);
  await assert.rejects(async () => { for await (const _ of db.table("nowhere").stream()); }, code("unknown_table"));
});

test("B33: a string names a column wherever it does in PySpark", async () => {
  assert.deepEqual(await rows(users.agg(F.sum("age"), F.count("age"), F.max(F.upper("name")))), [[70, 3, "ÉLAN"]]);
  assert.deepEqual(await values(users.where("id = 1").select(F.upper("name"))), ["ANN"]);
});

test("B34: an alias is kept on every expression", async () => {
  const each = [
    col("age").isNull(), col("age").isNotNull(), col("age").neg(), col("age").mod(7), col("name").contains("n"), col("name").startsWith("A"), col("name").endsWith("n"),
    col("id").isin(orders.select("user_id")), col("age").between(1, 2), col("name").like("A%"), col("age").eq(1).not(), col("age").cast("string"),
  ];
  const frame = users.where("id = 1").select(...each.map((column, i) => column.alias(`c${i}`)));
  assert.deepEqual(await frame.columns(), each.map((_, i) => `c${i}`));
  assert.deepEqual(await rows(frame), [[false, true, -30, 2, true, true, true, true, false, true, true, "30"]]);
});

test("B35: a frame's own column goes everywhere", async () => {
  const age = users.col("age");
  assert.deepEqual(await rows(users.groupBy(age).agg(F.count(age).alias("n")).orderBy(age)), [[null, 0], [20, 2], [30, 1]]);
  assert.deepEqual(await values(users.select(age, F.abs(age)).where(age.gt(20))), [30, 30]);
});

test("B36: expression texts are SQL", async () => {
  const each = {
    "not age > 25": [false, true, null, true], "age in (20, 30)": [true, true, null, true], "name not like 'A%'": [false, true, true, null], "age-10": [20, 10, null, 10],
    "case when age > 25 then 'old' else 'young' end": ["old", "young", "young", "young"], "cast(age as string) || '!'": ["30!", "20!", null, "20!"],
    "round(age / 7, 1)": [4.3, 2.9, null, 2.9], "'it''s'": ["it's", "it's", "it's", "it's"], "1e1": [10, 10, 10, 10], "lower(`name`)": ["ann", "ann", "élan", null],
    "count(*) over ()": [4, 4, 4, 4], "\"age\" is not null": [true, true, false, true], "true": [true, true, true, true],
  };
  for (const [text, expected] of Object.entries(each)) assert.deepEqual(await values(users.orderBy("id").select(expr(text))), expected, text);
  const odd = db.createDataFrame([{ nullable: 1, trueish: 2 }]);
  assert.deepEqual(await rows(odd.selectExpr("nullable", "trueish + 1 as t", "*")), [[1, 3, 1, 2]]);
  assert.equal(await users.where("NOT age > 25 AND id < 4").count(), 1);
  await refused(users.selectExpr("age +").collect(), "syntax_error");
});

test("B37: windows order downwards, are values, and take names", async () => {
  const spec = Window.partitionBy("age").orderBy(col("id").desc());
  assert.deepEqual(await rows(users.select("id", F.rowNumber().over(spec).alias("n")).orderBy("id")), [[1, 1], [2, 2], [3, 1], [4, 1]]);
  assert.match(await users.select(F.rank().over(Window.orderBy(col("age").asc()))).toSQL(), /OVER \(ORDER BY "age"\)/);
});

test("B38: casts to date and timestamp", async () => {
  const text = lit(" 2024-02-29 12:34:56.5 ");
  assert.deepEqual([await value(text.cast("date")), await value(text.cast("timestamp")), await value(lit("2024-02-30").cast("date"))], ["2024-02-29", "2024-02-29 12:34:56.5", null]);
});

test("B39: comments, ragged and unconvertible records follow the options", async () => {
  const text = "# about\na,b\n1,2\n3\n4,5,6\nx,7\n";
  const options = { comment: "#", schema: { a: "INTEGER", b: "INTEGER" } };
  assert.deepEqual(await rows(await db.read.csv({ text }, options)), [[1, 2], [3, null], [4, 5], [null, 7]]);
  assert.deepEqual(await rows(await db.read.csv({ text }, { ...options, mode: "dropMalformed" })), [[1, 2]]);
  await assert.rejects(db.read.csv({ text }, { ...options, mode: "failFast" }));
});

test("B40: nested values are JSON and come back as they were", async () => {
  const frame = db.createDataFrame([{ list: [1, null], who: { name: "it's", ok: true } }]);
  assert.deepEqual(plain(await frame.collect()), [{ list: [1, null], who: { name: "it's", ok: true } }]);
  const json = await db.read.jsonl({ text: '{"a":{"b":[1,{"c":"x"}]}}\n' });
  assert.deepEqual(plain(await json.select(F.toJson("a").alias("a")).collect()), [{ a: '{"b":[1,{"c":"x"}]}' }]);
});

test("B41: a second pass over what was read sees everything", async () => {
  const frame = await db.createDataFrame((async function* () { for (let i = 0; i < 5_000; i++) yield { i }; })());
  assert.deepEqual([await frame.count(), await frame.count(), (await frame.collect()).length], [5_000, 5_000, 5_000]);
});

test("B42: what is no method is undefined", () => {
  assert.equal(users.nowhere, undefined);
  assert.throws(() => users.nowhere(), TypeError);
  assert.equal(F.nowhere, undefined);
});

test("B43: names are quoted everywhere, also where tables and savepoints are made", async () => {
  const fresh = await connect();
  const name = 'x"; DROP TABLE users; --';
  await fresh.createTable(name, [column(name, "INTEGER")]).collect();
  await fresh.transaction((tx) => tx.transaction((inner) => inner.insert(name, [{ [name]: 1 }]), { savepoint: true }));
  assert.deepEqual([await fresh.tables(), await rows(fresh.table(name))], [[name], [[1]]]);
  assert.throws(() => fresh.createTable("", [column("a", "INTEGER")]), code("invalid_argument"));
  await fresh.close();
});

test("B44: options of a pool are no obstacle to :memory:", async () => {
  const fresh = await connect(":memory:", { poolSize: 0, maxOverflow: 0, poolTimeout: 5 });
  assert.equal((await fresh.sql("SELECT 1 AS a").first()).a, 1);
  await fresh.close();
});

test("B45: what may be tried again is told by its code, not by its words", async () => {
  const fresh = await connect();
  let tries = 0;
  await assert.rejects(fresh.transaction(() => { tries++; throw new Error("database is locked, deadlock, timeout"); }, { retry: 3 }), /deadlock/);
  assert.equal(tries, 1);
  await fresh.close();
});

test("B47: hooks see every statement, errors are counted, parameters may be anything", async () => {
  const fresh = await connect();
  const ends = [];
  const stop = registerPerformanceHook("query_end", (sql) => ends.push(sql));
  await fresh.execute("CREATE TABLE t (a INTEGER, b BLOB)");
  await fresh.insert("t", [{ a: 2n ** 60n, b: new Uint8Array([1]) }]);
  await fresh.sql("SELECT * FROM t WHERE a = ? AND b = ?", [2n ** 60n, new Uint8Array([1])]).collect();
  stop();
  for (const word of ["CREATE", "INSERT", "SELECT"]) assert.equal(ends.filter((sql) => sql.startsWith(word)).length, 1, `${word}: ${ends}`);
  await assert.rejects(fresh.sql("SELECT nope FROM t").collect());
  assert.equal((await fresh.metrics()).error_count, 1);
  await fresh.close();
});

test("B48, B49: health says healthy of :memory:, and looks at its pool", async () => {
  const fresh = await connect();
  const pool = await checkPoolHealth(fresh);
  assert.deepEqual([(await checkConnectionHealth(fresh, { timeout: 1 })).healthy, pool.healthy, typeof pool.details.utilization], [true, true, "number"]);
  await fresh.close();
});

test("B51: every error is a MoltresError with a code", async () => {
  for (const make of [() => users.select("nope").collect(), () => users.limit(-1).collect(), () => db.sql("SELEC").collect(), () => users.where(12).collect(), () => db.read.csv(join(dir, "none.csv"))]) {
    await assert.rejects(async () => make(), (error) => typeof error.code === "string" && error.name !== "Error" || assert.fail(String(error)));
  }
});

test("B52: the log shows no values unless asked", async () => {
  const fresh = await connect();
  const lines = [];
  const logger = getStructuredLogger({ level: "debug", sink: (line) => lines.push(line) });
  await fresh.sql("SELECT ? AS a", ["s3cret"]).collect();
  logger.close?.();
  assert.ok(!lines.join("\n").includes("s3cret"), lines.join("\n"));
  await fresh.close();
});

test("B54: text is compared heeding letter case, upper and lower know Unicode", async () => {
  assert.deepEqual(await values(users.where(col("name").like("A%")).select("id")), [1]);
  assert.deepEqual(await values(users.where(col("name").contains("Nn")).select("id")), []);
  assert.deepEqual(await values(users.where(col("name").startsWith("a")).select("id")), [2]);
  assert.deepEqual(await values(users.where(col("name").ilike("a%")).select("id").orderBy("id")), [1, 2]);
  assert.deepEqual(await values(users.where("id = 3").select(F.upper("name"), F.lower(F.upper("name")))), ["ÉLAN", "élan"]);
});

const B55 = {
  last_day: [[F.lastDay(lit("2024-01-31")), "2024-01-31"], [F.lastDay(lit("2024-02-01")), "2024-02-29"]],
  weekofyear: [[F.weekofyear(lit("2024-01-31")), 5], [F.weekofyear(lit("2021-01-03")), 53]],
  months_between: [[F.monthsBetween(lit("1997-02-28 10:30:00"), lit("1996-10-30")), 3.94959677], [F.monthsBetween(lit("2024-02-29"), lit("2024-01-31")), 1]],
  datediff: [[F.datediff(lit("2024-03-01 23:00:00"), lit("2024-02-29 01:00:00")), 1]],
  sign: [[F.sign(lit(null).cast("int")), null], [F.signum(lit(-2.5)), -1]],
  locate: [[F.locate("z", lit("abc"), 2), 0], [F.locate("b", lit("abcb"), 3), 4]],
  from_json: [[F.fromJson(lit('{"a":1,"b":"x"}'), "a INT, b STRING").getField("b"), "x"]],
  date_add: [[F.dateAdd(lit("2024-03-01"), -1), "2024-02-29"], [F.dateSub(lit("2024-02-29"), -1), "2024-03-01"], [F.dateAdd(lit("2024-02-29"), 7), "2024-03-07"]],
  date_trunc: [
    [F.dateTrunc("week", lit("2024-02-29 12:30:00")), "2024-02-26 00:00:00"], [F.dateTrunc("quarter", lit("2024-08-15 01:02:03")), "2024-07-01 00:00:00"],
    [F.dateTrunc("nothing", lit("2024-08-15")), null],
  ],
  unix_timestamp: [[F.unixTimestamp(lit("1970-01-02 00:00:00")), 86400], [F.unixTimestamp(lit("02.01.1970"), "dd.MM.yyyy"), 86400]],
};
for (const [name, cases] of Object.entries(B55)) {
  test(`B55: ${name}`, async () => {
    for (const [column, expected] of cases) assert.equal(await value(column), expected);
  });
}

test("B55: json_tuple", async () => {
  assert.deepEqual(await rows(one.select(F.jsonTuple(lit('{"a":1,"b":"x"}'), "b", "a", "c"))), [["x", "1", null]]);
});

test("B55: rand", async () => {
  const drawn = await values(db.createDataFrame({ a: Array.from({ length: 200 }, (_, i) => i) }).select(F.rand(7)));
  assert.ok(drawn.every((x) => x >= 0 && x < 1) && new Set(drawn).size > 190);
  assert.deepEqual(await values(users.select(F.rand(7))), await values(users.select(F.rand(7))));
});

test("missing otherwise is NULL", async () => {
  assert.deepEqual(await values(users.orderBy("id").select(when(col("age").gt(25), "old"))), ["old", null, null, null]);
});
