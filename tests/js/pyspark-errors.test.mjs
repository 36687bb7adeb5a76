// What is refused, with its code: one program each, over one frame.
import assert from "node:assert/strict";
import { test } from "node:test";
import { col, connect, expr, F, lit, when, Window } from "../../pkg/dist/index.js";

const db = await connect();
const one = db.createDataFrame([{ one: 1 }]);
const n = db.createDataFrame([{ id: 1, k: "a", x: 1, y: 1.5, s: "x", b: true, d: "2024-01-31" }, { id: 2, k: "a", x: null, y: null, s: null, b: null, d: null }, { id: 3, k: "b", x: -3, y: -2.5, s: "", b: false, d: "2024-02-29" }, { id: 4, k: null, x: 4, y: 0.5, s: "Ünï😀", b: true, d: "2023-12-31" }, { id: 5, k: "b", x: 4, y: 2.5, s: "  pad ", b: false, d: "2024-02-29" }], { id: "bigint", k: "string", x: "bigint", y: "double", s: "string", b: "boolean", d: "date" });

/** A program, and the code of its error, or how many rows it has. */
const cases = [
  ["where string col", () => n.where(col("s")), "type_mismatch"],
  ["add date bool", () => n.select(col("d").add(col("b"))), "type_mismatch"],
  ["sum of string", () => n.agg(F.sum("s")), 1],
  ["sum of date", () => n.agg(F.sum("d")), "type_mismatch"],
  ["sum of bool", () => n.agg(F.sum("b")), "type_mismatch"],
  ["avg of string", () => n.agg(F.avg("s")), 1],
  ["cast date to double", () => n.select(col("d").cast("double")), 5],
  ["cast array to int", () => n.select(F.array("x").cast("int")), "type_mismatch"],
  ["cast unknown", () => n.select(col("x").cast("nothing")), "invalid_argument"],
  ["limit negative", () => n.limit(-1), "invalid_argument"],
  ["limit fraction", () => n.limit(1.5), "invalid_argument"],
  ["join how", () => n.join(n, "id", "sideways"), "invalid_argument"],
  ["join unknown key", () => n.join(one, "id"), "unknown_column"],
  ["union width", () => n.union(one), "type_mismatch"],
  ["unionByName", () => n.unionByName(one), "unknown_column"],
  ["unknown in orderBy", () => n.orderBy("zz"), "unknown_column"],
  ["unknown in groupBy", () => n.groupBy("zz").count(), "unknown_column"],
  ["unknown in agg", () => n.groupBy("k").agg(F.sum("zz")), "unknown_column"],
  ["agg dict unknown fn", () => n.groupBy("k").agg({ x: "nope" }), "unknown_function"],
  ["agg not aggregate", () => n.groupBy("k").agg(col("x")), "misplaced_aggregate"],
  ["select agg and column", () => n.select("k", F.sum("x")), "misplaced_aggregate"],
  ["nested agg", () => n.agg(F.sum(F.max("x"))), "misplaced_aggregate"],
  ["agg in where", () => n.where(F.sum("x").gt(1)), "misplaced_aggregate"],
  ["agg in groupBy", () => n.groupBy(F.sum("x")).count(), "misplaced_aggregate"],
  ["window in where", () => n.where(F.rowNumber().over(Window.orderBy("x")).eq(1)), "misplaced_window"],
  ["window in groupBy", () => n.groupBy(F.rowNumber().over(Window.orderBy("x"))).count(), "misplaced_window"],
  ["rank without order", () => n.select(F.rank().over(Window.partitionBy("k"))), "misplaced_window"],
  ["rowNumber without over", () => n.select(F.rowNumber()), "misplaced_window"],
  ["nested windows", () => n.select(F.sum(F.rank().over(Window.orderBy("x"))).over(Window.partitionBy("k"))), "misplaced_window"],
  ["over on non aggregate", () => n.select(F.upper("s").over(Window.partitionBy("k"))), "misplaced_window"],
  ["bad syntax", () => n.where("x >"), "syntax_error"],
  ["two exprs", () => n.where("x > 1, y"), "syntax_error"],
  ["semicolon", () => n.where("x > 1; drop table t"), "syntax_error"],
  ["unknown fn text", () => n.selectExpr("nope(x)"), "unknown_function"],
  ["arity text", () => n.selectExpr("upper()"), "wrong_arity"],
  ["unknown table", () => db.table("nope"), "unknown_table"],
  ["subquery two columns", () => n.where(col("x").isin(n.select("id", "x"))), "type_mismatch"],
  ["scalar rows", () => n.select(F.scalarSubquery(n.select("id", "x"))), "type_mismatch"],
  ["duplicate columns", () => n.select("id", "id"), "duplicate_column"],
  ["toDF width", () => n.toDF("a"), "type_mismatch"],
  ["explode scalar", () => n.select(F.explode("x")), "type_mismatch"],
  ["two explodes", () => n.select(F.explode(F.array("x")), F.explode(F.array("y"))), "unsupported"],
  ["explode in where", () => n.where(F.explode(F.array("x")).eq(1)), "unsupported"],
  ["sample 2", () => n.sample(2), "invalid_argument"],
  ["getField unknown", () => n.select(F.struct("x").getField("nope")), "unknown_column"],
  ["array idx string", () => n.select(F.array("x").getItem("a")), "type_mismatch"],
  ["coalesce of boolean and text", () => n.select(F.coalesce("b", lit("x"))), "type_mismatch"],
  ["branches of boolean and text", () => n.select(when(col("b"), true).otherwise("x")), "type_mismatch"],
  ["union of boolean and text", () => n.select("b").union(n.select("s")), "type_mismatch"],
  ["stack of no rows", () => n.select(F.stack(lit(0), "x")), "invalid_argument"],
  ["stack of nothing", () => n.select(F.stack(lit(1))), "wrong_arity"],
  ["strToMap with a key twice", () => n.select(F.strToMap(lit("a:1,a:2"))), "invalid_argument"],
  ["isin mixed", () => n.where(col("d").isin(1)), "type_mismatch"],
  ["like number", () => n.where(col("x").like("1%")), 1],
  ["not number", () => n.where(col("x").not()), "type_mismatch"],
  ["when condition", () => n.select(when(col("x"), 1)), "type_mismatch"],
  ["when branch types", () => n.select(when(col("b"), 1).otherwise("x")), 5],
  ["when array vs int", () => n.select(when(col("b"), F.array("x")).otherwise(1)), "type_mismatch"],
  ["coalesce types", () => n.select(F.coalesce("x", F.array("x"))), "type_mismatch"],
  ["pivot values unknown col", () => n.groupBy("k").pivot("zz", ["a"]).count(), "unknown_column"],
  ["dropna bad how", () => n.dropna({ how: "some" }), "invalid_argument"],
  ["dropna unknown", () => n.dropna({ subset: ["zz"] }), "unknown_column"],
  ["fillna unknown", () => n.fillna(1, ["zz"]), "unknown_column"],
  ["replace mixed", () => n.replace(1, "x"), "invalid_argument"],
  ["unpivot types", () => n.unpivot("id", ["x", "s"], "a", "b"), "type_mismatch"],
  ["ambiguous", () => n.alias("a").join(n.alias("b"), col("a.id").eq(col("b.id"))).select("id"), "ambiguous_column"],
  ["ambiguous self join condition", () => n.join(n, col("id").eq(col("id"))), "ambiguous_column"],
  ["order by struct", () => n.orderBy(F.struct("x", "id")).limit(1), 1],
  ["group by array", () => n.groupBy(F.array("x")).count(), 4],
  ["max of array", () => n.agg(F.max(F.array("x"))), 1],
  ["array types", () => n.select(F.array("x", "b")), "type_mismatch"],
  ["array num string", () => n.select(F.array("x", "s")), 5],
  ["concat arrays and text", () => n.select(F.concat(F.array("x"), "s")), "type_mismatch"],
  ["date_add string days", () => n.select(F.dateAdd("d", lit("x"))), 5],
  ["frame in other db", async () => n.join((await connect()).createDataFrame([{ id: 1 }]), "id"), "invalid_argument"],
  ["null arg", () => n.select(null), "invalid_argument"],
  ["where undefined", () => n.where(undefined), "invalid_argument"],
  ["withColumn no col", () => n.withColumn("a", 5), "invalid_argument"],
  ["window rows reversed", () => n.select(F.sum("x").over(Window.orderBy("id").rowsBetween(2, 1))), "invalid_argument"],
  ["range text order", () => n.select(F.sum("x").over(Window.orderBy("s").rangeBetween(-1, 1))), "type_mismatch"],
  ["ntile 0", () => n.select(F.ntile(0).over(Window.orderBy("id"))), "invalid_argument"],
  ["lag column offset", () => n.select(F.lag("x", -1).over(Window.orderBy("id"))), 5],
  ["regex bad", () => n.where(col("s").rlike("(")), "invalid_argument"],
  ["date_format bad", () => n.select(F.dateFormat("d", "bbbb")), "invalid_argument"],
  ["sha2 bits", () => n.select(F.sha2("s", 100)), 5],
  ["cte twice", () => n.cte("a").join(n.cte("a").withColumnRenamed("x", "z"), "id"), "duplicate_column"],
  ["intersect width", () => n.intersect(one), "type_mismatch"],
  ["rank with a frame", () => n.select(F.rank().over(Window.orderBy("x").rowsBetween(-1, 1))), "misplaced_window"],
  ["lag with a frame", () => n.select(F.lag("x").over(Window.orderBy("x").rangeBetween(-1, 1))), "misplaced_window"],
  ["row number with its own frame", () => n.select(F.rowNumber().over(Window.orderBy("x").rowsBetween(Window.unboundedPreceding, 0))), 5],
  ["greatest of number and text", () => n.select(F.greatest("x", "s")), "type_mismatch"],
  ["text into an array of numbers", () => n.select(F.arrayAppend(F.array("x"), lit("a"))), "type_mismatch"],
  ["text sought among numbers", () => n.select(F.arrayContains(F.array("x"), "1")), "type_mismatch"],
  ["a boolean is not greater than a number", () => n.where(col("b").gt(0)), "type_mismatch"],
  ["a boolean equals a number", () => n.where(col("b").eq(1)), 2],
  ["crosstab", () => n.crosstab("k", "b"), 3],
];

for (const [name, program, expected] of cases) {
  test(name, async () => {
    let got;
    try {
      got = (await (await program()).collect({ format: "rows" })).length;
    } catch (error) {
      got = error.code ?? String(error);
    }
    assert.equal(got, expected);
  });
}
