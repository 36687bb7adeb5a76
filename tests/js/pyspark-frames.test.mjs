// Frames and what PySpark makes of them: windows over NULLs and ties, pivots, set operations, grouping sets, joins on NULL, explode, replacements.
import assert from "node:assert/strict";
import { test } from "node:test";
import { col, connect, expr, F, lit, when, Window } from "../../pkg/dist/index.js";

const db = await connect();
const one = db.createDataFrame([{ one: 1 }]);
const n = db.createDataFrame([{ id: 1, k: "a", x: 1, y: 1.5, s: "x", b: true, d: "2024-01-31" }, { id: 2, k: "a", x: null, y: null, s: null, b: null, d: null }, { id: 3, k: "b", x: -3, y: -2.5, s: "", b: false, d: "2024-02-29" }, { id: 4, k: null, x: 4, y: 0.5, s: "Ünï😀", b: true, d: "2023-12-31" }, { id: 5, k: "b", x: 4, y: 2.5, s: "  pad ", b: false, d: "2024-02-29" }], { id: "bigint", k: "string", x: "bigint", y: "double", s: "string", b: "boolean", d: "date" });
const W = (column) => n.select("id", column.alias("r")).orderBy("id");
const byX = Window.orderBy("x");

/** A program, and its rows as arrays or the value of its action; with a schema, where types matter. */
function program(name, make, expected, schema) {
  test(name, async () => {
    const made = await make();
    const got = typeof made?.collect === "function" ? await made.collect({ format: "arrays" }) : made;
    assert.deepEqual(Array.isArray(got) ? [...got] : got, expected);
    if (schema) assert.equal((await made.dtypes()).map((pair) => pair.join(" ")).join(", "), schema);
  });
}

// windows
program("range frame numeric", () => W(F.sum("y").over(Window.orderBy("x").rangeBetween(-1, 1))), [[1, 1.5], [2, null], [3, -2.5], [4, 3], [5, 3]]);
program("range frame nulls are peers", () => W(F.count("*").over(Window.orderBy("x").rangeBetween(-1, 1))), [[1, 1], [2, 1], [3, 1], [4, 2], [5, 2]]);
program("range unbounded preceding to -1", () => W(F.count("*").over(Window.orderBy("x").rangeBetween(Window.unboundedPreceding, -1))), [[1, 2], [2, 1], [3, 1], [4, 3], [5, 3]]);
program("range desc", () => W(F.count("*").over(Window.orderBy(col("x").desc()).rangeBetween(-3, 0))), [[1, 3], [2, 1], [3, 1], [4, 2], [5, 2]]);
program("rows -1..1", () => W(F.sum("id").over(Window.orderBy("id").rowsBetween(-1, 1))), [[1, 3], [2, 6], [3, 9], [4, 12], [5, 9]]);
program("rows 1..2", () => W(F.sum("id").over(Window.orderBy("id").rowsBetween(1, 2))), [[1, 5], [2, 7], [3, 9], [4, 5], [5, null]]);
program("default frame with order: peers", () => W(F.sum("id").over(Window.orderBy("x"))), [[1, 6], [2, 2], [3, 5], [4, 15], [5, 15]]);
program("first ignoring nulls", () => W(F.first("x", true).over(Window.orderBy("id").rowsBetween(Window.unboundedPreceding, Window.currentRow))), [[1, 1], [2, 1], [3, 1], [4, 1], [5, 1]]);
program("last ignoring nulls", () => W(F.last("x", true).over(Window.orderBy("id"))), [[1, 1], [2, 1], [3, -3], [4, 4], [5, 4]]);
program("lag default, negative lag", () => n.select("id", F.lag("id", 1, 0).over(Window.orderBy("id")).alias("a"), F.lag("id", -1).over(Window.orderBy("id")).alias("b")).orderBy("id"), [[1, 0, 2], [2, 1, 3], [3, 2, 4], [4, 3, 5], [5, 4, null]]);
program("ntile", () => W(F.ntile(2).over(Window.orderBy("id"))), [[1, 1], [2, 1], [3, 1], [4, 2], [5, 2]]);
program("percent_rank, cume_dist", () => n.select("id", F.percentRank().over(byX).alias("p"), F.cumeDist().over(byX).alias("c")).orderBy("id"), [[1, 0.5, 0.6], [2, 0, 0.2], [3, 0.25, 0.4], [4, 0.75, 1], [5, 0.75, 1]]);
program("nth_value", () => W(F.nthValue("id", 2).over(Window.orderBy("id"))), [[1, null], [2, 2], [3, 2], [4, 2], [5, 2]]);
program("nth_value ignoring nulls", () => W(F.nthValue("x", 2, true).over(Window.orderBy("id").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing))), [[1, -3], [2, -3], [3, -3], [4, -3], [5, -3]]);
program("partition by null", () => W(F.count("*").over(Window.partitionBy("k"))), [[1, 2], [2, 2], [3, 2], [4, 1], [5, 2]]);
program("collect_list over", () => W(F.collectList("x").over(Window.partitionBy("k").orderBy("id"))), [[1, [1]], [2, [1]], [3, [-3]], [4, [4]], [5, [-3, 4]]]);
program("window of aggregate", () => n.groupBy("k").agg(F.sum("x").alias("s")).withColumn("r", F.rank().over(Window.orderBy(col("s").desc()))).orderBy("r", "k"), [[null, 4, 1], ["a", 1, 2], ["b", 1, 2]]);
program("avg filter over", () => n.select("id", expr("sum(x) filter (where b) over (order by id)").alias("r")).orderBy("id"), [[1, 1], [2, 1], [3, 1], [4, 5], [5, 5]]);
program("dense rank desc nulls", () => W(F.denseRank().over(Window.orderBy(col("x").desc()))), [[1, 2], [2, 4], [3, 3], [4, 1], [5, 1]]);
program("range frame over dates", () => W(F.count("*").over(Window.orderBy(expr("unix_date(d)")).rangeBetween(-31, 0))), [[1, 2], [2, 1], [3, 3], [4, 1], [5, 3]]);
// pivots
const p = db.createDataFrame([{ g: "a", p: "x", v: 1, w: 2 }, { g: "a", p: "y", v: 3, w: 4 }, { g: "b", p: "x", v: 5, w: null }, { g: "b", p: null, v: 7, w: 8 }]);
program("pivot names with several", () => p.groupBy("g").pivot("p", ["x", "y"]).agg(F.sum("v"), F.avg("w").alias("m")).columns(), ["g", "x_sum(v)", "x_m", "y_sum(v)", "y_m"]);
program("pivot several", () => p.groupBy("g").pivot("p", ["x", "y"]).agg(F.sum("v").alias("s"), F.count("w").alias("c")).orderBy("g"), [["a", 1, 1, 3, 1], ["b", 5, 0, null, null]]);
program("pivot count", () => p.groupBy("g").pivot("p").count().orderBy("g"), [["a", null, 1, 1], ["b", 1, 1, null]]);
program("pivot without keys", () => p.groupBy().pivot("p", ["x"]).sum("v"), [[6]]);
program("pivot on number names", () => p.groupBy("g").pivot("v").agg(F.first("p")).columns(), ["g", "1", "3", "5", "7"]);
program("pivot first", () => p.groupBy("g").pivot("p", ["y"]).agg(F.first("v")).orderBy("g"), [["a", 3], ["b", null]]);
program("pivot collect_list", () => p.groupBy("g").pivot("p", ["y", "x"]).agg(F.collectList("v")).orderBy("g"), [["a", [3], [1]], ["b", [], [5]]]);
program("unpivot", () => p.unpivot(["g"], ["v", "w"], "name", "val").orderBy("g", "name", "val"), [["a", "v", 1], ["a", "v", 3], ["a", "w", 2], ["a", "w", 4], ["b", "v", 5], ["b", "v", 7], ["b", "w", null], ["b", "w", 8]]);
// union
const u1 = db.createDataFrame([{ a: 1, b: "x" }]), u2 = db.createDataFrame([{ b: "y", c: 2.5 }]);
program("unionByName missing", () => u1.unionByName(u2, { allowMissingColumns: true }).orderBy("b"), [[1, "x", null], [null, "y", 2.5]], "a bigint, b string, c double");
program("union widening", () => u1.select("a").union(u2.select("c")), [[1], [2.5]], "a double");
program("union int string", () => u1.select("a").union(u1.select("b")), [["1"], ["x"]], "a string");
program("union date timestamp", () => one.selectExpr("date '2024-01-01' as d").union(one.selectExpr("timestamp '2024-01-02 03:04:05' as d")), [["2024-01-01 00:00:00"], ["2024-01-02 03:04:05"]], "d timestamp");
program("union null column", () => one.select(lit(null).alias("z")).union(u1.select("a")), [[null], [1]], "z bigint");
// sets
const s1 = db.createDataFrame([[1], [1], [null], [null], [2]], ["v"]), s2 = db.createDataFrame([[1], [null], [3]], ["v"]);
program("intersect null", () => s1.intersect(s2).orderBy("v"), [[null], [1]]);
program("intersectAll", () => s1.intersectAll(s2).orderBy("v"), [[null], [1]]);
program("subtract", () => s1.subtract(s2), [[2]]);
program("exceptAll", () => s1.exceptAll(s2).orderBy("v"), [[null], [1], [2]]);
program("distinct nulls", () => s1.distinct().orderBy("v"), [[null], [1], [2]]);
program("dropDuplicates null", () => s1.dropDuplicates(["v"]).count(), 3);
// grouping
program("rollup ids", () => p.rollup("g", "p").agg(F.groupingId().alias("i"), F.sum("v").alias("s")).orderBy("i", "g", "p"), [["a", "x", 0, 1], ["a", "y", 0, 3], ["b", null, 0, 7], ["b", "x", 0, 5], ["a", null, 1, 4], ["b", null, 1, 12], [null, null, 3, 16]]);
program("cube grouping", () => p.cube("g").agg(F.grouping("g").alias("i"), F.count("*").alias("n")).orderBy("i", "g"), [["a", 0, 2], ["b", 0, 2], [null, 1, 4]]);
program("rollup having", () => p.rollup("g").count().where("count > 2"), [[null, 4]]);
program("global agg on empty", () => p.where("false").agg(F.sum("v"), F.count("*"), F.max("g"), F.collectList("v")), [[null, 0, null, []]]);
program("grouped agg on empty", () => p.where("false").groupBy("g").count(), []);
program("sum distinct null", () => s1.agg(F.sumDistinct("v"), F.countDistinct("v"), F.count("v"), F.avg("v")), [[3, 2, 3, 4 / 3]]);
program("stddev of one", () => s2.where("v = 3").agg(F.stddev("v"), F.stddevPop("v"), F.variance("v"), F.skewness("v")), [[null, 0, null, null]]);
program("corr of const", () => p.agg(F.corr("v", lit(1)), F.covarPop("v", "v"), F.covarSamp("v", "v")), [[null, 5, 20 / 3]]);
program("median, mode, percentile", () => s1.agg(F.median("v"), F.mode("v"), F.percentile("v", 0.25), F.percentileApprox("v", 0.5)), [[1, 1, 1, 1]]);
program("max_by min_by", () => p.agg(F.maxBy("g", "v"), F.minBy("p", "w")), [["b", "x"]]);
program("bool aggs", () => n.agg(F.boolAnd("b"), F.boolOr("b"), F.countIf(col("b"))), [[false, true, 2]]);
program("agg dict", () => p.groupBy("g").agg({ v: "sum", w: "max" }).orderBy("g"), [["a", 4, 4], ["b", 12, 8]]);
program("group by expr name", () => n.groupBy(col("x").gt(0)).count().columns(), ["(x > 0)", "count"]);
program("first with nulls", () => n.orderBy("id").agg(F.first("x"), F.last("s")), [[1, "  pad "]]);
program("agg expr", () => n.agg((F.max("x").sub(F.min("x"))).alias("d"), F.sum(when(col("x").isNull(), 1).otherwise(0)).alias("z")), [[7, 1]]);
program("listagg", () => n.groupBy("k").agg(F.listagg("id", ",").alias("l")).orderBy("k"), [[null, "4"], ["a", "1,2"], ["b", "3,5"]]);
// joins
const l = db.createDataFrame([{ k: 1, a: "l1" }, { k: null, a: "l2" }, { k: 3, a: "l3" }]), rr = db.createDataFrame([{ k: 1, c: "r1" }, { k: null, c: "r2" }, { k: 4, c: "r4" }]);
program("inner null keys", () => l.join(rr, "k"), [[1, "l1", "r1"]]);
program("full using", () => l.join(rr, "k", "full").orderBy("k", "a", "c"), [[null, null, "r2"], [null, "l2", null], [1, "l1", "r1"], [3, "l3", null], [4, null, "r4"]]);
program("right using", () => l.join(rr, "k", "right").orderBy("c"), [[1, "l1", "r1"], [null, null, "r2"], [4, null, "r4"]]);
program("null safe", () => l.join(rr, l.col("k").eqNullSafe(rr.col("k"))).select(l.col("a"), rr.col("c")).orderBy("a"), [["l1", "r1"], ["l2", "r2"]]);
program("anti null", () => l.join(rr, "k", "anti").orderBy("a"), [[null, "l2"], [3, "l3"]]);
program("semi", () => l.join(rr, "k", "leftsemi"), [[1, "l1"]]);
program("isin df with null", () => l.where(col("k").isin(rr.select("k"))).select("a"), [["l1"]]);
program("not isin df with null", () => l.where(col("k").isin(rr.select("k")).not()).select("a"), []);
program("join types differ", () => l.join(db.createDataFrame([{ k: "1", z: 9 }]), "k").select("a", "z"), [["l1", 9]]);
program("left join where right null", () => l.join(rr, "k", "left").where(col("c").isNull()).select("a").orderBy("a"), [["l2"], ["l3"]]);
program("cross", () => l.crossJoin(rr).count(), 9);
program("join array of columns", () => l.alias("l").join(rr.alias("r"), [col("l.k").eq(col("r.k")), col("l.a").ne(col("r.c"))], "left").select("l.a", "r.c").orderBy("a"), [["l1", "r1"], ["l2", null], ["l3", null]]);
// nulls
program("fillna types", () => n.fillna(7).where("id = 2").select("x", "y", "s", "b"), [[7, 7, null, null]]);
program("fillna float into int", () => n.fillna(7.9, ["x"]).where("id = 2").select("x"), [[7]]);
program("fillna bool", () => n.fillna(true).where("id = 2").select("b", "x"), [[true, null]]);
program("fillna dict", () => n.fillna({ x: 1, s: "z" }).where("id = 2").select("x", "s", "y"), [[1, "z", null]]);
program("dropna thresh", () => n.dropna({ thresh: 3 }).select("id").orderBy("id"), [[1], [3], [4], [5]]);
program("dropna all", () => n.select("x", "y").dropna({ how: "all" }).count(), 4);
program("replace", () => n.replace(4, 40).orderBy("id").select("id", "x"), [[1, 1], [2, null], [3, -3], [5, 40], [40, 40]]);
program("replace map", () => n.replace({ a: "A", b: null }).orderBy("id").select("k"), [["A"], ["A"], [null], [null], [null]]);
program("replace lists", () => n.replace(["a", "b"], ["1", "2"], ["k"]).orderBy("id").select("k"), [["1"], ["1"], ["2"], [null], ["2"]]);
// describe
program("describe", () => n.describe("x", "s"), [["count", "4", "4"], ["mean", "1.5", null], ["stddev", "3.3166247903554", null], ["min", "-3", ""], ["max", "4", "Ünï😀"]]);
program("summary", () => n.select("x").summary("count", "min", "50%", "max"), [["count", "4"], ["min", "-3"], ["50%", "1"], ["max", "4"]]);
// explode
const e = db.createDataFrame([{ id: 1, l: [1, 2] }, { id: 2, l: [] }, { id: 3, l: null }], { id: "bigint", l: "array<bigint>" });
program("explode", () => e.select("id", F.explode("l").alias("e")), [[1, 1], [1, 2]]);
program("explode outer", () => e.select("id", F.explodeOuter("l").alias("e")).orderBy("id", "e"), [[1, 1], [1, 2], [2, null], [3, null]]);
program("posexplode outer", () => e.select("id", F.posexplodeOuter("l")).orderBy("id", "pos"), [[1, 0, 1], [1, 1, 2], [2, null, null], [3, null, null]]);
program("nested explode", () => db.createDataFrame([{ m: [[1, 2], [3]] }]).select(F.explode("m").alias("r")).select(F.explode("r").alias("x")), [[1], [2], [3]]);
program("explode struct", () => db.createDataFrame([{ m: [{ a: 1, b: "x" }, { a: 2, b: null }] }]).select(F.explode("m").alias("s")).select("s.a", "s.*"), [[1, 1, "x"], [2, 2, null]]);
program("explode map", () => one.select(expr("explode(map('a', 1, 'b', 2))")), [["a", 1], ["b", 2]]);
program("inline", () => one.selectExpr("inline(array(struct(1, 'a'), struct(2, 'b')))"), [[1, "a"], [2, "b"]]);
program("explode keeps others", () => e.withColumn("x", F.explode("l")).columns(), ["id", "l", "x"]);
program("explode split", () => one.select(F.explode(F.split(lit("a b"), " ")).alias("w")), [["a"], ["b"]]);
// sort
program("order nulls", () => n.orderBy(col("x").descNullsFirst(), "id").select("id"), [[2], [4], [5], [1], [3]]);
program("asc nulls last", () => n.orderBy(col("x").ascNullsLast(), col("id").desc()).select("id"), [[3], [1], [5], [4], [2]]);
program("sort strings binary", () => n.select("s").orderBy("s"), [[null], [""], ["  pad "], ["x"], ["Ünï😀"]]);
program("sort booleans", () => n.select("b").distinct().orderBy(col("b").desc()), [[true], [false], [null]]);
program("order by ordinal-like literal", () => n.orderBy(lit(1), "id").select("id").limit(1), [[1]]);
program("order by hidden", () => n.select("id").orderBy("id").limit(2).offset(1), [[2]]);
program("sample all", () => n.sample(1.0).count(), 5);
program("sample none", () => n.sample(0.0).count(), 0);
program("sample seeded twice", async () => (await n.sample(0.5, 3).count()) === (await n.sample(0.5, 3).count()), true);
program("limit 0", () => n.limit(0).count(), 0);
// columns
program("withColumns parallel", () => one.withColumn("a", lit(1)).withColumns({ a: col("a").add(1), b: col("a") }).select("a", "b"), [[2, 1]]);
program("select same twice", () => one.select(col("one"), col("one").alias("two")), [[1, 1]]);
program("selectExpr star", () => one.selectExpr("*", "one + 1 as two"), [[1, 2]]);
program("substr negative", () => n.where("id = 1").select(lit("hello").substr(-3, 2)), [["ll"]]);
program("between dates", () => n.where(col("d").between("2024-01-01", "2024-02-28")).select("id"), [[1]]);
program("isin strings on number", () => n.where(col("x").isin("4", "1")).select("id").orderBy("id"), [[1], [4], [5]]);
program("isin empty", () => n.where(col("x").isin([])).count(), 0);
program("eqNullSafe null", () => n.where(col("x").eqNullSafe(null)).select("id"), [[2]]);
program("ne null", () => n.where(col("x").ne(4)).select("id").orderBy("id"), [[1], [3]]);
program("getItem", () => e.where("id = 1").select(col("l").getItem(1), col("l").getItem(5)), [[2, null]]);
program("when types", () => n.select(when(col("id").eq(1), 1).otherwise(2.5).alias("w")).where("w > 2").count(), 4);
program("string + number", () => n.where("id = 1").select(lit("5").add(col("x"))), [[6]], "(5 + x) double");
program("division types", () => n.where("id = 4").select(col("x").div(3)), [[4 / 3]], "(x / 3) double");
program("bool eq string", () => n.where(col("b").eq("true")).select("id").orderBy("id"), [[1], [4]]);
