// Tables and rows through the package: definitions, inserts, updates, deletes, merges, writers, the catalogue.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, col, column, connect, expr, F, foreignKey, lit, primaryKey, unique } from "../../pkg/dist/index.js";

const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);
async function shop() {
  const db = await connect();
  await db.createTable("items", [
    column("id", "INTEGER", { primaryKey: true }),
    column("name", "TEXT", { nullable: false }),
    column("price", "REAL", { default: 1.5, check: "price >= 0" }),
    column("sold", "BOOLEAN", { default: false }),
    column("day", "DATE"),
  ]).collect();
  await db.insert("items", [{ id: 1, name: "a", price: 10 }, { id: 2, name: "b", price: 20 }, { id: 3, name: "c" }]);
  return db;
}
const prices = async (db) => (await db.table("items").orderBy("id").collect()).map((row) => row.price);

test("every kind of constraint is declared, enforced and reflected", async () => {
  const db = await connect();
  const parents = await db.createTable("p", [column("a", "INTEGER"), column("b", "TEXT"), primaryKey(["a", "b"])]).collect();
  assert.deepEqual(await parents.columns(), ["a", "b"]);
  await db.createTable("c", [
    column("id", "INTEGER", { primaryKey: true, autoIncrement: true }), column("a", "INTEGER"), column("b", "TEXT"), column("n", "INTEGER"),
    column("double", "INTEGER", { generated: "n * 2" }), column("made", "TIMESTAMP", { default: expr("CURRENT_TIMESTAMP") }),
  ], { constraints: [foreignKey(["a", "b"], "p", ["a", "b"], { onDelete: "cascade" }), unique(["n"]), check("n < 100", { name: "small" })] }).collect();
  await db.insert("p", [{ a: 1, b: "x" }]);
  await db.insert("c", [{ a: 1, b: "x", n: 5 }]);
  assert.equal((await db.table("c").first()).double, 10);
  await assert.rejects(db.insert("c", [{ a: 2, b: "x" }]), code("constraint_foreign_key"));
  await assert.rejects(db.insert("c", [{ n: 5 }]), code("constraint_unique"));
  await assert.rejects(db.insert("c", [{ n: 100 }]), (e) => code("constraint_check")(e) && e.details.check === "small");
  await assert.rejects(db.insert("c", [{ double: 1 }]), code("invalid_argument"));
  await assert.rejects(db.insert("p", [{ a: null, b: "x" }]), code("constraint_not_null"));
  assert.equal(await db.delete("p", { where: "all" }), 1);
  assert.equal(await db.table("c").count(), 0);
  assert.deepEqual(await db.foreignKeys("c"), [{ columns: ["a", "b"], table: "p", references: ["a", "b"], onDelete: "CASCADE", onUpdate: "NO ACTION" }]);
  assert.deepEqual((await db.indexes("p")).map((i) => [i.origin, i.columns, i.unique]), [["primaryKey", ["a", "b"], true]]);
  assert.equal((await db.schema("c")).find((c) => c.name === "made").default, "CURRENT_TIMESTAMP");
});

test("definitions are lazy, print their SQL, and run once collected", async () => {
  const db = await shop();
  const index = db.createIndex("by_name", "items", ["name", col("price").desc(), expr("lower(name)")], { unique: true, where: "price > 0" });
  assert.equal(await index.toSQL(), 'CREATE UNIQUE INDEX IF NOT EXISTS "by_name" ON "items" ("name", "price" DESC, (lower(name))) WHERE price > 0');
  assert.equal((await db.indexes("items")).length, 0);
  await index.collect();
  assert.deepEqual((await db.indexes("items")).map((i) => [i.name, i.columns, i.where]), [["by_name", ["name", "price", null], "price > 0"]]);
  await db.dropIndex("by_name").collect();
  await db.alterTable("items").addColumn("note", "TEXT", { default: "" }).renameColumn("note", "remark").renameTo("things").collect();
  assert.deepEqual(await db.tables(), ["things"]);
  const view = await db.createView("dear", db.table("things").where(col("price").gt(5))).collect();
  assert.equal(await view.count(), 2);
  assert.deepEqual(await db.views(), ["dear"]);
  await db.createView("dear", "SELECT name FROM things", { replace: true }).collect();
  assert.deepEqual(await db.table("dear").columns(), ["name"]);
  await db.dropView("dear").collect();
  await db.dropTable("things").collect();
  await assert.rejects(db.dropTable("things", { ifExists: false }).collect(), code("unknown_table"));
  assert.deepEqual([await db.tables(), await db.views()], [[], []]);
});

test("rows from everything that rows come from", async () => {
  const db = await connect();
  const names = ["a", "b"];
  await db.createTable("t", [column("a", "INTEGER"), column("b", "TEXT", { default: "none" })]).collect();
  assert.equal(await db.insert("t", []), 0);
  assert.equal(await db.insert("t", [{ a: 1, b: "x" }, { b: "y", a: 2 }, { a: 3 }, { a: 4, b: undefined }, { a: 5, b: null }]), 5);
  assert.equal(await db.insert("t", [[6, "six"]]), 1);
  assert.equal(await db.insert("t", new Set([{ a: 7 }])), 1);
  assert.equal(await db.insert("t", (function* () { yield { a: 8 }; })()), 1);
  assert.equal(await db.insert("t", (async function* () { yield { a: 9 }; yield [{ a: 10 }, { a: 11 }]; })()), 3);
  assert.equal(await db.insert("t", { a: new Int32Array([12, 13]), b: ["p", "q"] }), 2);
  assert.equal(await db.insert("t", db.table("t").where(col("a").eq(1)).select(lit("copy").alias("b"), col("a"))), 1);
  assert.deepEqual((await db.table("t").orderBy("a", "b").collect({ format: "arrays" })), [
    [1, "copy"], [1, "x"], [2, "y"], [3, "none"], [4, "none"], [5, null], [6, "six"], [7, "none"], [8, "none"], [9, "none"], [10, "none"], [11, "none"], [12, "p"], [13, "q"],
  ]);
  await assert.rejects(db.insert("t", [[1]]), code("invalid_argument"));
  await assert.rejects(db.insert("t", { a: 1, b: "x" }), code("invalid_argument"));
  await assert.rejects(db.insert("t", [{}]), code("invalid_argument"));
  await assert.rejects(db.insert("t", { a: [1], b: [] }), code("invalid_argument"));
  await assert.rejects(db.insert("t", db.table("t").select(col("b").alias("a"))), code("type_mismatch"));
  assert.equal(names.length, 2);
});

test("values keep what they are", async () => {
  const db = await connect();
  await db.createTable("v", [
    column("i", "BIGINT"), column("r", "DOUBLE"), column("t", "TEXT"), column("b", "BINARY"), column("f", "BOOLEAN"), column("d", "DATE"),
    column("ts", "TIMESTAMP"), column("j", "JSON"), column("l", "ARRAY<INT>"), column("m", "DECIMAL(10,2)"),
  ]).collect();
  const row = {
    i: 2n ** 62n, r: -0.1, t: "it's \u0000 “☕” \\ '", b: new Uint8Array([0, 255]), f: false, d: "2024-02-29", ts: "2024-02-29 12:00:00.5", j: { a: [1, null, "x"] }, l: [1, 2], m: 12.25,
  };
  await db.insert("v", [row]);
  assert.deepEqual({ ...(await db.table("v").first()) }, row);
  await db.delete("v", { where: "all" });
  await db.insert("v", [{ r: Number.NaN, d: new Date(Date.UTC(2024, 0, 2)), ts: new Date(Date.UTC(2024, 0, 2, 3)), j: "text", m: "3.50", f: 1 }]);
  const back = await db.table("v").first();
  assert.deepEqual([back.r, back.d, back.ts, back.j, back.m, back.f], [null, "2024-01-02", "2024-01-02 03:00:00", "text", 3.5, true]);
  for (const bad of [{ i: 1.5 }, { i: "1" }, { r: true }, { t: 1 }, { b: "x" }, { f: 2 }, { f: "true" }, { d: "2023-02-29" }, { d: 5 }, { ts: "noon" }, { l: {} }]) {
    await assert.rejects(db.insert("v", [bad]), (e) => code("type_mismatch")(e) && e.details.column === Object.keys(bad)[0] && e.details.row === 0, JSON.stringify(bad));
  }
});

test("update: values and expressions, where in every form", async () => {
  const db = await shop();
  assert.equal(await db.update("items", { where: col("id").eq(1), set: { price: col("price").mul(2), sold: true } }), 1);
  assert.equal(await db.update("items", { where: "price > 15 and name <> 'b'", set: { name: F.upper("name"), day: "2024-01-31" } }), 1);
  assert.equal(await db.update("items", { where: { name: "c" }, set: { price: null } }), 1);
  assert.equal(await db.update("items", { where: col("price").isNull(), set: { price: 7 } }), 1);
  assert.equal(await db.update("items", { where: "all", set: { price: col("price").add(1) } }), 3);
  assert.equal(await db.update("items", { where: col("id").isin(db.table("items").where(col("price").gt(20)).select("id")), set: { sold: true } }), 2);
  assert.deepEqual((await db.table("items").orderBy("id").collect({ format: "arrays" })), [[1, "A", 21, true, "2024-01-31"], [2, "b", 21, true, null], [3, "c", 8, false, null]]);
  await assert.rejects(db.update("items", { set: { price: 1 } }), code("invalid_argument"));
  await assert.rejects(db.update("items", { where: "all", set: {} }), code("invalid_argument"));
  await assert.rejects(db.update("items", { where: "all", set: { prise: 1 } }), (e) => code("unknown_column")(e) && /price/.test(e.hint));
  await assert.rejects(db.update("items", { where: "all", set: { price: "dear" } }), code("type_mismatch"));
  await assert.rejects(db.update("items", { where: "all", set: { price: -1 } }), code("constraint_check"));
  await assert.rejects(db.update("itmes", { where: "all", set: { price: 1 } }), code("unknown_table"));
  assert.equal(await db.update("items", { where: col("name").eq("'; drop table items; --"), set: { price: 1 } }), 0);
});

test("delete wants to be told what", async () => {
  const db = await shop();
  await assert.rejects(db.delete("items"), code("invalid_argument"));
  await assert.rejects(db.delete("items", {}), code("invalid_argument"));
  await assert.rejects(db.delete("items", { where: "" }), code("invalid_argument"));
  assert.equal(await db.delete("items", { where: col("price").gt(15) }), 1);
  assert.equal(await db.delete("items", { where: "name like 'x%'" }), 0);
  assert.equal(await db.delete("items", { where: "all" }), 2);
});

test("merge: update, insert, ignore, expressions", async () => {
  const db = await shop();
  const rows = [{ id: 2, name: "b2", price: 5 }, { id: 4, name: "d", price: 4 }];
  assert.equal(await db.merge("items", rows, { on: "id" }), 2);
  assert.deepEqual(await prices(db), [10, 5, 1.5, 4]);
  assert.equal(await db.merge("items", rows, { on: "id", whenMatched: { price: col("price").add(F.excluded("price")) } }), 2);
  assert.deepEqual(await prices(db), [10, 10, 1.5, 8]);
  assert.equal(await db.merge("items", [{ id: 1, name: "z", price: 0 }, { id: 5, name: "e", price: 2 }], { on: ["id"], whenMatched: "ignore" }), 1);
  assert.equal(await db.merge("items", [{ id: 1, name: "z", price: 3 }, { id: 6, name: "f", price: 2 }], { on: "id", whenNotMatched: "ignore" }), 1);
  assert.deepEqual(await prices(db), [3, 10, 1.5, 8, 2]);
  // Without a unique index, and for frames.
  assert.equal(await db.merge("items", db.createDataFrame([{ name: "d", price: 40 }, { name: "g", price: 9 }]), { on: "name", whenNotMatched: { sold: true } }), 2);
  assert.deepEqual(await prices(db), [3, 10, 1.5, 40, 2, 9]);
  assert.equal((await db.table("items").where(col("name").eq("g")).first()).sold, true);
  await assert.rejects(db.merge("items", rows, {}), code("invalid_argument"));
  await assert.rejects(db.merge("items", rows, { on: "nope" }), code("unknown_column"));
  await assert.rejects(db.merge("items", [{ id: 2, name: null }], { on: "id" }), code("constraint_not_null"));
  await assert.rejects(db.merge("items", rows, { on: "id", whenMatched: { price: F.excluded("prize") } }), code("unknown_column"));
  assert.equal(await db.merge("items", [], { on: "id" }), 0);
  assert.deepEqual(await db.tables(), ["items"]);
});

test("writers into tables", async () => {
  const db = await shop();
  const dear = db.table("items").where(col("price").gt(5));
  assert.equal(await dear.write.saveAsTable("dear"), 2);
  await assert.rejects(dear.write.saveAsTable("dear"), code("invalid_argument"));
  assert.equal(await dear.write.mode("ignore").saveAsTable("dear"), 0);
  assert.equal(await dear.write.mode("append").saveAsTable("dear"), 2);
  assert.equal(await db.table("dear").where(col("id").eq(1)).write.mode("overwrite").saveAsTable("dear"), 2);
  assert.equal(await db.table("dear").count(), 2);
  assert.equal(await db.table("dear").write.insertInto("items").catch((e) => e.code), "constraint_unique");
  assert.equal(await db.table("items").withColumn("id", col("id").add(10)).write.insertInto("items"), 3);
  await assert.rejects(db.transaction(async (tx) => {
    await tx.table("items").limit(1).write.mode("overwrite").saveAsTable("items");
    assert.equal(await tx.table("items").count(), 1);
    throw new Error("undo");
  }));
  assert.equal(await db.table("items").count(), 6);
});

test("batch: all or nothing", async () => {
  const db = await connect();
  const results = await db.batch([db.createTable("a", [column("x", "INTEGER")]), db.createIndex("i", "a", "x"), db.sql("INSERT INTO a VALUES (1)")]);
  assert.equal(results.length, 3);
  await assert.rejects(db.batch([db.createTable("b", [column("x", "INTEGER")]), db.createIndex("j", "nope", "x")]), code("unknown_table"));
  assert.deepEqual(await db.tables(), ["a"]);
  assert.equal(await db.batch(async (tx) => tx.insert("a", [{ x: 2 }])), 1);
});

test("names may be anything", async () => {
  const db = await connect();
  const table = 'it\'s "odd"; drop; `x` [y] 🐦 select';
  const name = 'a.b "c" `d`';
  await db.createTable(table, [column("id", "INTEGER", { primaryKey: true }), column(name, "TEXT", { default: "'" })]).collect();
  await db.insert(table, [{ id: 1 }, { id: 2, [name]: "x" }]);
  assert.equal(await db.update(table, { where: { [name]: "x" }, set: { [name]: "y" } }), 1);
  assert.equal(await db.merge(table, [{ id: 2, [name]: "z" }], { on: "id", whenMatched: { [name]: F.excluded(name) } }), 1);
  assert.deepEqual((await db.table(table).orderBy("id").collect()).map((row) => row[name]), ["'", "z"]);
  assert.equal(await db.delete(table, { where: { id: 1 } }), 1);
  for (const bad of ["", "sqlite_x", "__moltres_x", "a\0b"]) {
    await assert.rejects(async () => db.createTable(bad, [column("a", "INTEGER")]).collect(), code("invalid_argument"));
  }
});

test("rows may hold expressions: functions, SQL text, subqueries", async () => {
  const db = await connect(":memory:");
  await db.execute("CREATE TABLE t (a TEXT UNIQUE, b INTEGER DEFAULT 9, d DATE)");
  assert.equal(await db.insert("t", [{ a: F.lower(lit("X")), b: expr("1+1") }]), 1);
  assert.equal(await db.insert("t", [{ a: "plain", b: 1 }, { a: F.upper(lit("y")), b: 5 }, { a: "after", b: lit(7) }, { a: "no b" }]), 4);
  await db.insert("t", [["array", lit(3).add(1), F.toDate(lit("2024-01-02"))]]);
  await db.insert("t", { a: ["c1", F.lower(lit("C2"))], b: [1, F.scalarSubquery(db.table("t").agg(F.count("*")))] });
  await db.merge("t", [{ a: F.lower(lit("X")), b: expr("40+2") }, { a: "new", b: lit(1) }], { on: "a", whenMatched: "update" });
  assert.deepEqual(await db.table("t").collect({ format: "arrays" }).then((rows) => rows.map((row) => row.join())), ["x,42,", "plain,1,", "Y,5,", "after,7,", "no b,9,", "array,4,2024-01-02", "c1,1,", "c2,6,", "new,1,"]);
  const many = Array.from({ length: 1200 }, (_, i) => ({ a: F.concat(lit("m"), lit(i)), b: i }));
  assert.equal(await db.insert("t", many), 1200);
  assert.equal(await db.table("t").where(col("a").eq("m1199")).count(), 1);
  await assert.rejects(db.insert("t", [{ a: "1" }, { a: col("nope") }]), (error) => error.code === "unknown_column");
  await assert.rejects(db.insert("t", new Set([{ a: "1", b: lit(1) }])), (error) => error.code === "invalid_argument" && /array/.test(error.hint));
  assert.equal(await db.table("t").where(col("a").eq("1")).count(), 0);
  await db.close();
});

test("while a table is streamed its batches are merged and inserted into others, frames are written and appended", async () => {
  const db = await connect();
  for (const name of ["source", "target", "copy"]) await db.execute(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, x INTEGER)`);
  await db.insert("source", Array.from({ length: 5000 }, (_, i) => ({ id: i, x: 2 * i })));
  await db.insert("target", [{ id: 1, x: -1 }]);
  let batches = 0;
  for await (const rows of db.table("source").stream({ batchSize: 1000 })) {
    batches++;
    assert.equal(await db.merge("target", rows, { on: "id" }), 1000);
    assert.equal(await db.insert("copy", rows), 1000);
    await db.table("source").where(col("id").eq(batches)).write.mode("append").saveAsTable("seen");
    await db.table("seen").write.mode("append").insertInto("seen");
  }
  assert.equal(batches, 5);
  for (const name of ["target", "copy"]) {
    const sums = await db.table(name).agg(F.count("*").alias("n"), F.sum("x").alias("x")).first();
    assert.deepEqual({ ...sums }, { n: 5000, x: 4999 * 5000 });
  }
  assert.equal(await db.table("seen").count(), 62);
  // A table cannot go while it may be read: the error says why, and the stream goes on.
  let n = 0;
  for await (const rows of db.table("source").stream({ batchSize: 1000 })) {
    n += rows.length;
    if (n === 1000) await assert.rejects(db.table("target").write.mode("overwrite").saveAsTable("copy"), (error) => error.code === "busy" && /stream/.test(error.hint));
  }
  assert.equal(n, 5000);
  // A rollback that undoes definitions takes the rows of an open stream with it.
  await assert.rejects(async () => {
    for await (const _ of db.table("source").stream({ batchSize: 1000 })) {
      await assert.rejects(db.transaction(async (tx) => { await tx.execute("CREATE TABLE undone (x)"); throw new Error("no"); }), /no/);
    }
  }, (error) => error.code === "transaction_closed" && /schema/.test(error.message));
  // What the merges left behind is gone with the next one.
  await db.merge("target", [{ id: 1, x: 2 }], { on: "id" });
  assert.deepEqual(await db.query("SELECT name FROM temp.sqlite_schema"), []);
  await db.close();
});
