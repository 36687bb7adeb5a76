// Loads into tables that exist: what fits, what does not, what is in the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { col, connect } from "../../pkg/dist/index.js";

const refused = (promise, code, pattern = /./) =>
  assert.rejects(promise, (error) => (error.code === code && pattern.test(`${error.message} ${error.hint}`)) || assert.fail(`${error.code}: ${error.message}`));
const plain = (rows) => rows.map((row) => ({ ...row }));
const how = { table: "t", ifExists: "append" };

test("appended values become, or are, what the columns hold", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE t (i INTEGER, r REAL, b BOOLEAN, d DATE, ts TIMESTAMP, s TEXT, j JSON)");
  await db.read.csv({ text: 'i,r,b,d,ts,s,j\n1,2,true,2024-01-01,2024-01-01,007,"[1,2]"\n2.0,1e3,false,2024-01-02 00:00:00,2024-01-02T10:20Z,x,{}\n' }, how);
  await db.read.jsonl({ text: '{"i":"7","r":"2.5","b":1,"d":"2024-01-03","s":5,"j":[true]}' }, how);
  assert.deepEqual(plain(await db.table("t").collect()), [
    { i: 1, r: 2, b: true, d: "2024-01-01", ts: "2024-01-01 00:00:00", s: "007", j: [1, 2] },
    { i: 2, r: 1000, b: false, d: "2024-01-02", ts: "2024-01-02 10:20:00", s: "x", j: {} },
    { i: 7, r: 2.5, b: true, d: "2024-01-03", ts: null, s: "5", j: [true] },
  ]);
  // Dates in a column of timestamps are timestamps.
  assert.equal(await db.table("t").where(col("ts").eq("2024-01-01 00:00:00")).count(), 1);
  for (const [column, value] of [["i", "x"], ["i", "2.5"], ["i", "2024-01-01"], ["r", "1,5"], ["b", "2"], ["b", "yes"], ["d", "2024-01-01 10:00:00"], ["d", "31/12/2024"], ["ts", "now"]])
    await refused(db.read.csv({ text: `s,${column}\na,\nb,"${value}"\n` }, how), "csv_type_conflict", new RegExp(`column "${column}" of table "t" is .*row 2 of the input has "${value}".*schema`));
  assert.equal(await db.table("t").count(), 3);
  const frame = await db.read.csv({ text: "i,d\nx,2024-02-03\n" }, { ...how, schema: { i: "bigint", d: "date" } });
  assert.deepEqual(frame.readReport.problems.byKind, { unconvertible: 1 });
  await db.execute("CREATE TABLE g (x INTEGER, y INTEGER GENERATED ALWAYS AS (x * 2))");
  await refused(db.read.csv({ text: "x,y\n1,2\n" }, { table: "g", ifExists: "append" }), "invalid_argument", /"y" of table "g" is computed/);
  await db.execute("CREATE TEMP TABLE hidden (q)");
  await refused(db.read.csv({ text: "x\n1\n" }, { table: "Hidden" }), "invalid_argument", /temporary table/);
  await db.close();
});

test("what a constraint refuses is named: row, column, value; nothing of the rest stays", async () => {
  for (const worker of [false, true]) {
    const db = await connect(":memory:", { worker });
    await db.execute("CREATE TABLE t (code TEXT PRIMARY KEY, n INTEGER NOT NULL)");
    await db.insert("t", [{ code: "a-500", n: 1 }]);
    const errors = [];
    db.on("query_error", (sql, elapsed, { error }) => errors.push(error.code));
    const text = `n,code\n${Array.from({ length: 3000 }, (_, i) => `${i},a-${i + 1 === 2345 ? 500 : `x${i}`}`).join("\n")}\n`;
    await assert.rejects(db.read.csv({ text }, how), (error) => {
      assert.equal(error.message, 'row 2345 of the input: "t" already has a row with the same "code": "code" is "a-500"');
      assert.deepEqual([error.code, error.details.row, error.details.columns, error.details.values], ["constraint_unique", 2345, ["code"], { code: "a-500" }]);
      return true;
    });
    await assert.rejects(db.read.jsonl({ text: '{"code":"b","n":1}\n{"code":"c","n":null}' }, how), (error) => error.code === "constraint_not_null" && error.details.row === 2 && /^row 2 of the input: column "n"/.test(error.message));
    await assert.rejects(db.insert("t", [{ code: "z", n: 1 }, { code: "a-500", n: 2 }]), (error) => error.details.row === 1 && error.details.values.code === "a-500");
    assert.equal(await db.table("t").count(), 1);
    assert.deepEqual(errors, ["constraint_unique", "constraint_not_null", "constraint_unique"]);
    await db.close();
  }
});

test("a load while rows of another query are being read", async () => {
  const db = await connect();
  const content = `n,t\n${Array.from({ length: 5000 }, (_, i) => `${i},x`).join("\n")}\n`;
  await db.read.csv({ text: content }, { table: "big" });
  const stream = db.table("big").stream({ batchSize: 10 });
  await stream.next();
  const hidden = async () => (await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length;
  for (const [name, text] of [["a", "x\n1\n2\n"], ["b", `x\n${"1.50\n".repeat(3000)}y\n`]]) {
    await db.read.csv({ text }, { table: name });
    await db.read.csv({ text }, { table: name, ifExists: "append" });
    await (await db.read.csv({ text })).count();
  }
  assert.deepEqual([await db.table("a").count(), await db.table("b").count()], [4, 6002]);
  await refused(db.read.csv({ text: 'x\n"1\n' }), "csv_unterminated_quote");
  await refused(db.read.csv({ text: "x\n1\n" }, { table: "big", ifExists: "replace" }), "busy", /still being read/);
  let rows = 10;
  for await (const batch of stream) rows += batch.length;
  assert.equal(rows, 5000);
  const before = await hidden();
  await db.read.csv({ text: "x\n1\n" }, { table: "big", ifExists: "replace" });
  assert.ok((await hidden()) < before, "what could not be dropped is dropped later");
  await db.close();
});
