// What verbs say to arguments that cannot be right. Messages name the verb, the argument and what was given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { F, ValidationError, Window, col, connect, lit, sql, when } from "../../pkg/dist/index.js";

const db = await connect();
const other = await connect();
const t = db.table("t");

const cases = [
  [() => t.select(), "select: at least one column is expected"],
  [() => t.select(1), "select: names or Columns are expected, not 1", "lit(value) makes a constant column"],
  [() => t.select(""), "select: a name may not be empty"],
  [() => t.selectExpr(col("a")), "selectExpr: an SQL expression is expected, not a Column"],
  [() => t.withColumn("x", 1), "withColumn: a Column is expected, not 1", "lit(value) makes a constant column"],
  [() => t.withColumn("x", "a"), 'withColumn: a Column is expected, not "a"', 'col("a") or lit("a")'],
  [() => t.withColumn(col("x"), col("a")), "withColumn: a name is expected, not a Column"],
  [() => t.withColumns([col("a")]), "withColumns: an object {name: Column} is expected, not an array of 1"],
  [() => t.where(), "where: a Column is expected, not nothing", 'as in col("age").gt(18), or expr("age > 18")'],
  [() => t.where(1), "where: a Column is expected, not 1", 'as in col("age").gt(18), or expr("age > 18")'],
  [() => t.orderBy(), "orderBy: at least one column is expected"],
  [() => t.orderBy("a", { ascending: [true, false] }), "orderBy: ascending has 2 entries for 1 columns"],
  [() => t.limit(-1), "limit: a whole number from 0 is expected, not -1"],
  [() => t.limit("3"), 'limit: a whole number from 0 is expected, not "3"'],
  [() => t.offset(1.5), "offset: a whole number from 0 is expected, not 1.5"],
  [() => t.sample(2), "sample: a fraction from 0 to 1 is expected, not 2"],
  [() => t.join({}), "join: a DataFrame is expected, not an object"],
  [() => t.join(t, "id", "sideways"), 'join: "sideways" is not a kind of join', "kinds are inner, left, right, full, cross, semi, anti"],
  [() => t.join(t, 5), "join: on: names or Columns are expected, not 5", 'as in "id", ["a", "b"] or col("a.id").eq(col("b.id"))'],
  [() => t.union(other.table("t")), "union: the frames belong to different databases", "db.insert(table, frame) copies rows from one to the other"],
  [() => t.groupBy("a").agg(), "agg: at least one aggregate is expected"],
  [() => t.groupBy("a").agg("sum"), 'agg: Columns or an object {column: "sum"} are expected, not "sum"', "as in F.sum(name)"],
  [() => t.groupBy("a").pivot("b", "c"), 'pivot: values: an array is expected, not "c"'],
  [() => t.fillna(null), "fillna: a value or an object {column: value} is expected, not null"],
  [() => t.dropna({ how: "some" }), 'dropna: how: "any" or "all" is expected, not "some"'],
  [() => t.replace("a"), "replace: the new value is missing", "null replaces by NULL"],
  [() => t.replace(["a", "b"], ["c"]), "replace: 2 old values have 1 new ones"],
  [() => t.unpivot("id", []), "unpivot: values: at least one column is expected", "null takes all that are not ids"],
  [() => t.transform(() => 5), "transform: the function gives a DataFrame, not 5"],
  [() => col(), "col: a name is expected, not nothing"],
  [() => lit(), "lit: nothing is not a value", "null stands for a missing value"],
  [() => lit(new Date("nonsense")), "lit: an invalid Date is not a value"],
  [() => lit(2n ** 64n), "lit: 18446744073709551616n does not fit into 64 bits"],
  [() => lit(() => 1), "lit: a function is not a value"],
  [() => col("a").eq(t), "eq: a DataFrame is not a value", "F.scalarSubquery(frame) reads the one value of a frame"],
  [() => col("a").eq(undefined), "eq: nothing is not a value", "null stands for a missing value"],
  [() => col("a").over(), "over: a window is expected, not nothing", "Window.partitionBy(…).orderBy(…) makes one"],
  [() => col("a").filter(col("b")), "filter: an aggregate function is expected before it", 'as in F.sum("x").filter(col("y").gt(0))'],
  [() => when("a > 1", 1), 'when: condition: a Column is expected, not "a > 1"', 'as in col("age").gt(18), or expr("age > 18")'],
  [() => sql("a > 1"), "sql: it is a template tag", "sql`price > …`, or expr(text)"],
  [() => Window.orderBy("a").rowsBetween(1, -1), "Window.rowsBetween: the start 1 is after the end -1"],
  [() => F.exists("t"), 'exists: a DataFrame is expected, not "t"'],
  [() => col("a") > 1, "Column: JavaScript's operators do not work on columns", 'use methods: col("a").add(1), col("a").gt(1), col("a").and(col("b"))'],
];

for (const [run, message, hint] of cases) {
  test(message, () => {
    assert.throws(run, (error) => {
      assert.equal(error.code, "invalid_argument");
      assert.ok(error instanceof ValidationError);
      assert.equal(error.message, message);
      assert.equal(error.hint, hint);
      return true;
    });
  });
}

test("what has no meaning is unsupported", () => {
  assert.throws(() => t.rollup("a").pivot("b"), { code: "unsupported" });
  assert.throws(() => t.groupBy("a").pivot("b", [1]).pivot("c", [1]), { code: "unsupported" });
});

test("SQL that is no text is refused, and the module goes on", async () => {
  const db = await connect();
  for (const bad of [undefined, null, 5, 5n, {}, [], Symbol("s"), () => "SELECT 1", new Date()]) {
    for (const run of [(sql) => db.execute(sql), (sql) => db.execute(sql, []), (sql) => db.executeSync(sql), (sql) => db.query(sql), (sql) => db.queryRow(sql), (sql) => db.queryStream(sql), (sql) => db.sql(sql).collect(), (sql) => db.explain(sql), (sql) => db.describeColumns(sql)])
      await assert.rejects(async () => run(bad), { code: "invalid_argument" });
  }
  assert.deepEqual(await db.query("SELECT 1 AS n"), [{ n: 1 }]);
  await db.close();
});
