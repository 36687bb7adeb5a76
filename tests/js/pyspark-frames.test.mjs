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
program("like with an escape of its own", () => n.selectExpr("'a_b' like 'a!_%' escape '!'", "'axb' like 'a!_%' escape '!'", "'a_b' not like 'a#_b' escape '#'", "'A_B' ilike 'a!_b' escape '!'").limit(1), [[true, false, false, true]]);
program("numbers for a text are texts", () => n.where("id = 1").select(lit("x").isin(1), lit("1").isin(1, 2), col("y").isin("x"), lit(1.5).isin("1.5"), lit(2.5).isin("2")), [[false, true, false, true, false]]);
program("stack", () => n.where("id < 3").selectExpr("id", "stack(2, 'x', x, 'id', id + 1) as (name, value)"), [[1, "x", 1], [1, "id", 2], [2, "x", null], [2, "id", 3]], "id bigint, name string, value bigint");
program("stack with an unfilled row", () => n.where("id = 1").select(F.stack(lit(2), "x", "s", "id"), "k"), [[1, "x", "a"], [1, null, "a"]], "col0 bigint, col1 string, k string");
program("strToMap", () => n.where("id = 1").select(F.strToMap(lit("a:1,b:2,c")), F.strToMap(lit("a=1;b=2"), ";", "=").getItem("b"), F.strToMap(lit(null).cast("string"))), [[{ a: "1", b: "2", c: null }, "2", null]]);
program("bitwiseNot", () => n.where("id = 1").select(F.bitwiseNot("id").alias("n"), col("id").bitwiseNOT().alias("m")), [[-2, -2]]);
program("pivot by a boolean", () => n.groupBy("k").pivot("b", [true, false]).agg(F.sum("id"), F.count("*").alias("c")).orderBy("k").select("k", "true_sum(id)", "true_c", "false_sum(id)", "false_c"), [[null, 4, 1, null, null], ["a", 1, 1, null, null], ["b", null, null, 8, 2]]);
program("a pivot by a boolean asks for no more than it", async () => /= TRUE|= FALSE/.test(await n.groupBy("k").pivot("b", [true, false]).agg(F.sum("id")).toSQL({ inline: true })), false);
program("quotients of decimals", () => n.where("id = 1").select(lit(10.55).cast("decimal(10,2)").div(3).alias("a"), lit(10).cast("decimal(4,2)").div(lit(3).cast("decimal(4,2)")).alias("b"), expr("cast(10 as decimal(10,2)) div 3").alias("c"), lit(1.5).cast("decimal(4,1)").mul(200).alias("d")), [[3.516667, 3.3333333, 3, 300]], "a decimal(14,6), b decimal(11,7), c bigint, d decimal(8,1)");
const prices = db.createDataFrame([{ k: "a", x: 10 }, { k: "a", x: 15.5 }, { k: "a", x: 15.5 }, { k: "b", x: 1 }]).withColumn("x", col("x").cast("decimal(10,2)"));
program("means of decimals", () => prices.groupBy("k").agg(F.avg("x").alias("m")).where(col("m").eq(13.666667)), [["a", 13.666667]], "k string, m decimal(14,6)");
program("means of decimals over a window", () => prices.select(F.avg("x").over(Window.partitionBy("k")).alias("m")).distinct().orderBy("m"), [[1], [13.666667]], "m decimal(14,6)");
program("pivoted means of decimals", () => prices.groupBy().pivot("k").agg(F.avg("x").filter(col("x").gt(5))), [[13.666667, null]]);
program("a mean of decimals asked per row", () => prices.alias("o").where(col("x").gt(F.scalarSubquery(prices.where(col("k").eq(col("o.k").outer())).agg(F.avg("x"))))).count(), 2);
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

// names and types of results
const names = (name, make, expected) => program(name, () => make().columns(), expected);
const types = (name, make, expected) => program(name, async () => (await make().dtypes()).map((pair) => pair[1]), expected);
names("names1", () => n.select(col("x").add(1), col("x").neg(), col("x").eq(1), col("x").ne(1), col("x").gt(1.5), col("s").like("a%"), col("x").isNull(), col("x").between(1, 2), col("x").isin(1, 2), col("b").not(), col("b").and(col("b"))), ["(x + 1)", "negative(x)", "(x = 1)", "(NOT (x = 1))", "(x > 1.5)", "s LIKE a%", "(x IS NULL)", "((x >= 1) AND (x <= 2))", "(x IN (1, 2))", "(NOT b)", "(b AND b)"]);
names("names2", () => n.select(F.upper("s"), F.concat("s", "k"), F.coalesce("x", lit(0)), F.round("y", 1), F.lit(5), F.length("s"), F.abs("x"), F.substring("s", 1, 2), F.dateAdd("d", 1), F.year("d")), ["upper(s)", "concat(s, k)", "coalesce(x, 0)", "round(y, 1)", "5", "length(s)", "abs(x)", "substring(s, 1, 2)", "date_add(d, 1)", "year(d)"]);
names("names3", () => n.agg(F.sum("x"), F.avg("y"), F.count("*"), F.count("x"), F.countDistinct("x"), F.max("d"), F.collectList("x"), F.stddev("x"), F.first("s"), F.sumDistinct("x"), F.approxCountDistinct("x")), ["sum(x)", "avg(y)", "count(1)", "count(x)", "count(DISTINCT x)", "max(d)", "collect_list(x)", "stddev(x)", "first(s)", "sum(DISTINCT x)", "approx_count_distinct(x)"]);
names("names4", () => n.select(when(col("x").gt(1), "a").otherwise("b"), col("x").cast("string"), col("x").add(1).cast("int")), ["CASE WHEN (x > 1) THEN a ELSE b END", "x", "CAST((x + 1) AS INT)"]);
names("names of other spellings", () => n.select(col("s").substr(1, 2), F.ceil("y", lit(1)), F.positive("x"), F.percentile("y", [0.25, 0.5]).over(Window.partitionBy("k")), lit([1, 2])), ["substr(s, 1, 2)", "ceil(y, 1)", "(+ x)", "percentile(y, array(0.25, 0.5), 1) OVER (PARTITION BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", "array(1, 2)"]);
names("names of ranks and shifts", () => n.select(F.rank().over(Window.orderBy("x")), F.lag("x").over(Window.orderBy("id")), F.lead("x", 2, 0).over(Window.orderBy("id")), F.cumeDist().over(Window.orderBy("x"))), ["RANK() OVER (ORDER BY x ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", "lag(x, 1, NULL) OVER (ORDER BY id ASC NULLS FIRST ROWS BETWEEN -1 FOLLOWING AND -1 FOLLOWING)", "lead(x, 2, 0) OVER (ORDER BY id ASC NULLS FIRST ROWS BETWEEN 2 FOLLOWING AND 2 FOLLOWING)", "cume_dist() OVER (ORDER BY x ASC NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"]);
names("names of texts", () => n.selectExpr("-x", "lcase(s)", "d + interval 1 month", "d - interval '2' day", "sequence(d, d, interval 1 day)"), ["(- x)", "lcase(s)", "d + INTERVAL '1' MONTH", "d - INTERVAL '2' DAY", "sequence(d, d, INTERVAL '1' DAY)"]);
names("names5", () => n.groupBy("k").count(), ["k", "count"]);
names("names6", () => n.groupBy("k").agg({ x: "max", y: "avg" }), ["k", "max(x)", "avg(y)"]);
names("names7", () => n.select(F.rowNumber().over(Window.partitionBy("k").orderBy("x"))), ["row_number() OVER (PARTITION BY k ORDER BY x ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"]);
names("names8", () => n.select(F.explode(F.array(lit(1)))), ["col"]);
names("names9", () => n.selectExpr("x + 1", "x as y2", "count(*) over ()", "CAST(x AS string)", "'lit'", "null", "1.5", "x % 2", "x / 2"), ["(x + 1)", "y2", "count(1) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", "x", "lit", "NULL", "1.5", "(x % 2)", "(x / 2)"]);
types("types1", () => n.select(col("x").div(2), col("x").add(1.5), col("x").mod(2), F.sum("x").over(Window.partitionBy("k")), F.avg("x").over(Window.partitionBy("k")), F.length("s"), F.round("y"), F.ceil("y"), F.floor("y"), F.datediff("d", "d")), ["double", "double", "bigint", "bigint", "double", "int", "double", "bigint", "bigint", "int"]);
types("types2", () => n.select(F.coalesce("x", "y"), F.greatest("x", "y"), when(col("b"), col("d")).otherwise(F.currentTimestamp()), F.array("x", "y"), F.struct("x", "s"), F.collectSet("x").over(Window.partitionBy("k")), F.split("s", ","), F.toDate("s"), F.toTimestamp("s"), F.dateTrunc("month", "d")), ["double", "double", "timestamp", "array<double>", "struct<x:bigint,s:string>", "array<bigint>", "array<string>", "date", "timestamp", "timestamp"]);
types("types3", () => n.select(F.sign("x"), F.sqrt("x"), F.pow("x", 2), F.monthsBetween("d", "d"), F.unixTimestamp("d"), F.rand(), F.rowNumber().over(Window.orderBy("x")), F.ntile(2).over(Window.orderBy("x")), F.percentRank().over(Window.orderBy("x")), F.hash("x"), F.xxhash64("x"), F.crc32("s"), F.sha1("s"), F.instr("s", "x"), F.size(F.array("x"))), ["double", "double", "double", "double", "bigint", "double", "int", "int", "double", "int", "bigint", "bigint", "string", "int", "int"]);
program("cast date to int", () => n.where("id=1").select(col("d").cast("int")), [[null]]);
program("where boolean column", () => n.where(col("b")).count(), 2);
program("where string expr", () => n.where("b and not (x > 3)").count(), 1);
program("null and false", () => n.where(col("b").or(col("x").isNull())).count(), 3);
program("dropDuplicates all", () => n.select("k").dropDuplicates().count(), 3);
program("groupBy alias used in orderBy", () => n.groupBy(F.upper("k").alias("K2")).agg(F.count("*").alias("c")).orderBy(col("K2").desc()).select("K2", "c"), [["B", 2], ["A", 2], [null, 1]]);
program("select alias reuse not visible", async () => { try { await n.select(col("x").alias("q"), col("q").add(1)).collect(); return "ok"; } catch (e) { return e.code; } }, "unknown_column");
program("case-insensitive names", () => n.select("ID").limit(1).columns(), ["ID"]);
program("head", async () => (await n.orderBy("id").head()).id, 1);
program("first empty", () => n.where("false").first(), null);
program("take", async () => (await n.orderBy("id").take(2)).map((x) => x.id), [1, 2]);
program("isEmpty", () => n.where("x > 100").isEmpty(), true);
program("toDF", () => n.select("id", "x").toDF("a", "b").columns(), ["a", "b"]);
program("withColumnRenamed missing", () => n.select("id").withColumnRenamed("zz", "q").columns(), ["id"]);
program("drop col of join", () => { const a = n.select("id", "x"), b = n.select("id", "y"); return a.join(b, a.col("id").eq(b.col("id"))).drop(b.col("id")).columns(); }, ["id", "x", "y"]);
program("select after join by alias star", () => n.alias("a").join(n.alias("b"), col("a.id").eq(col("b.id"))).select("a.*").columns(), ["id", "k", "x", "y", "s", "b", "d"]);
program("struct field access", () => n.where("id=1").select(F.struct("id", "x").alias("s")).select("s.x", col("s").getField("id")), [[1, 1]]);
program("map access", () => one.select(expr("map('a', 1)").alias("m")).select(col("m").getItem("a"), col("m.a")), [[1, 1]]);
program("array of struct field", () => one.select(expr("array(named_struct('a', 1), named_struct('a', 2))").alias("l")).select(col("l.a")), [[[1, 2]]]);
program("getItem negative", () => one.select(F.array(lit(1)).getItem(-1)), [[null]]);
program("string to bool compare", () => n.where("b = 'x'").count(), 0);
program("timestamps fraction", () => one.select(lit("2024-01-01 00:00:00.120").cast("timestamp")), [["2024-01-01 00:00:00.12"]]);
program("date minus days col", () => n.where("id=1").select(F.dateSub("d", col("x"))), [["2024-01-30"]]);
program("addMonths col", () => n.where("id=1").select(F.addMonths("d", col("x"))), [["2024-02-29"]]);
program("concat_ws arrays", () => one.select(F.concatWs(",", F.array(lit("a"), lit("b")), lit("c"))), [["a,b,c"]]);
program("format_string", () => n.where("id=1").select(F.formatString("%d-%s-%.1f", "id", "k", "y")), [["1-a-1.5"]]);
program("regexp lookahead", () => one.select(F.regexpReplace(lit("12345678"), "(?<=\\d)(?=(\\d{3})+$)", ",")), [["12,345,678"]]);
program("regexp backref", () => one.select(F.regexpExtract(lit("hello"), "(.)\\1", 0)), [["ll"]]);
program("split lookahead", () => one.select(F.split(lit("aBcD"), "(?=[A-Z])")), [[["a", "Bc", "D"]]]);
program("rlike lookahead", () => one.where(lit("foobar").rlike("foo(?!baz)")).count(), 1);
program("locate fn", () => one.select(F.locate("b", lit("abcb"), 3), F.instr(lit("abc"), "c")), [[4, 3]]);
program("nested when", () => n.orderBy("id").select(when(col("x").isNull(), "n").when(col("x").lt(0), "neg").otherwise("pos")), [["pos"], ["n"], ["neg"], ["pos"], ["pos"]]);
program("eqNullSafe cols", () => n.select(col("x").eqNullSafe(col("y"))).distinct().collect({ format: "arrays" }).then((x) => x.map((y) => y[0]).sort()), [false, true]);
// correlated
const a = db.createDataFrame([{ id: 1, g: "x" }, { id: 2, g: "y" }, { id: 3, g: null }]), b = db.createDataFrame([{ aid: 1, v: 5, w: 1 }, { aid: 1, v: 7, w: 2 }, { aid: 2, v: null, w: 3 }]);
const tied = b.where(col("aid").eq(col("id")));
program("scalar count", () => a.select("id", F.scalarSubquery(tied.agg(F.count("*"))).alias("n")).orderBy("id"), [[1, 2], [2, 1], [3, 0]]);
program("scalar count col", () => a.select("id", F.scalarSubquery(tied.agg(F.count("v"))).alias("n")).orderBy("id"), [[1, 2], [2, 0], [3, 0]]);
program("scalar coalesce sum", () => a.select("id", F.scalarSubquery(tied.agg(F.coalesce(F.sum("v"), lit(0)))).alias("n")).orderBy("id"), [[1, 12], [2, 0], [3, 0]]);
program("scalar collect_list", () => a.select("id", F.scalarSubquery(tied.agg(F.collectList("v"))).alias("n")).orderBy("id"), [[1, [5, 7]], [2, []], [3, []]]);
program("scalar countDistinct + 1", () => a.select("id", F.scalarSubquery(tied.agg(F.countDistinct("w").add(1))).alias("n")).orderBy("id"), [[1, 3], [2, 2], [3, 1]]);
program("scalar max with order limit", () => a.select("id", F.scalarSubquery(tied.orderBy(col("w").desc()).limit(1).select("v")).alias("n")).orderBy("id"), [[1, 7], [2, null], [3, null]]);
program("where count = 0", () => a.where(F.scalarSubquery(tied.agg(F.count("*"))).eq(0)).select("id"), [[3]]);
program("exists not eq", () => a.where(F.exists(b.where(col("aid").gt(col("id"))))).select("id"), [[1]]);
program("not exists", () => a.where(F.notExists(tied)).select("id"), [[3]]);
program("in correlated", () => a.where(lit(5).isin(tied.select("v"))).select("id"), [[1]]);
program("exists in select", () => a.select("id", F.exists(tied).alias("e")).orderBy("id"), [[1, true], [2, true], [3, false]]);
program("exists or", () => a.where(F.exists(tied).or(col("id").eq(3))).count(), 3);
program("scalar in filter with window", () => a.withColumn("n", F.scalarSubquery(tied.agg(F.count("*")))).withColumn("r", F.rank().over(Window.orderBy(col("n").desc()))).select("id", "r").orderBy("id"), [[1, 1], [2, 2], [3, 3]]);
program("group by scalar", () => a.withColumn("n", F.scalarSubquery(tied.agg(F.count("*")))).groupBy("n").count().orderBy("n"), [[0, 1], [1, 1], [2, 1]]);
program("scalar over aggregated frame", () => a.groupBy("id").agg(F.count("*").alias("c")).withColumn("n", F.scalarSubquery(tied.agg(F.count("*")))).select("id", "n").orderBy("id"), [[1, 2], [2, 1], [3, 0]]);
program("two scalars", () => a.select("id", F.scalarSubquery(tied.agg(F.count("*"))).alias("n"), F.scalarSubquery(tied.agg(F.max("v"))).alias("m")).orderBy("id"), [[1, 2, 7], [2, 1, null], [3, 0, null]]);
program("scalar null key", () => db.createDataFrame([{ id: 1 }, { id: null }]).select("id", F.scalarSubquery(tied.agg(F.count("*"))).alias("n")).orderBy("id"), [[null, 0], [1, 2]]);
program("scalar limit outer", () => a.orderBy("id").limit(2).select("id", F.scalarSubquery(tied.agg(F.count("*"))).alias("n")), [[1, 2], [2, 1]]);
program("overflow in filter on result", () => db.createDataFrame([{ n: 2n ** 63n - 1n }]).select(col("n").add(1).alias("m")), [[-9223372036854775808n]]);
program("int cast overflow mult", () => one.select(expr("cast(65536 as int) * cast(65536 as int)")), [[0]]);
program("first batch sum", () => db.createDataFrame([{ n: 2n ** 62n }, { n: 2n ** 62n }]).agg(F.sum("n")), [[-9223372036854775808n]]);
program("avg big", () => db.createDataFrame([{ n: 2n ** 62n }, { n: 2n ** 62n }]).agg(F.avg("n")), [[4611686018427387904]]);

// more aggregates and windows
const g = db.createDataFrame([{ k: "a", v: 1, w: 10 }, { k: "a", v: 2, w: null }, { k: "a", v: 2, w: 30 }, { k: "b", v: null, w: 5 }, { k: "b", v: 4, w: 6 }]);
program("collect_set order", async () => (await g.groupBy("k").agg(F.sortArray(F.collectSet("v")).alias("s")).orderBy("k").collect({ format: "arrays" })), [["a", [1, 2]], ["b", [4]]]);
program("kurtosis", () => g.agg(F.round(F.kurtosis("w"), 6)), [[-0.764662]]);
program("skewness", () => g.agg(F.round(F.skewness("w"), 6)), [[1.042475]]);
program("covar", () => g.agg(F.covarSamp("v", "w"), F.covarPop("v", "w")), [[-6.666666666666664, -4.444444444444443]]);
program("mode deterministic", () => g.agg(F.mode("v")), [[2]]);
program("percentile arr", () => g.agg(F.percentile("v", [0.25, 0.5, 0.75])), [[[1.75, 2, 2.5]]]);
program("percentile_approx", () => g.agg(F.percentileApprox("v", 0.5), F.percentileApprox("v", [0, 1])), [[2, [1, 4]]]);
program("median even", () => g.agg(F.median("w")), [[8]]);
program("bool agg null", () => g.agg(F.boolAnd(col("v").gt(0)), F.boolOr(col("v").gt(3))), [[true, true]]);
program("count distinct multi", () => g.agg(F.countDistinct("k", "v")), [[3]]);
program("sum filter", () => g.groupBy("k").agg(F.sum("v").filter(col("w").gt(5)).alias("s")).orderBy("k"), [["a", 3], ["b", 4]]);
program("count filter none", () => g.groupBy("k").agg(F.count("*").filter(col("w").gt(50)).alias("s")).orderBy("k"), [["a", 0], ["b", 0]]);
program("max string", () => n.agg(F.max("s"), F.min("s")), [["Ünï😀", ""]]);
program("max bool", () => n.agg(F.max("b"), F.min("b")), [[true, false]]);
program("max date", () => n.agg(F.max("d")), [["2024-02-29"]], "max(d) date");
program("avg int type", () => g.agg(F.avg("v")), [[2.25]], "avg(v) double");
program("sum double type", () => n.agg(F.sum("y")), [[2]], "sum(y) double");
program("first ignore nulls group", () => g.groupBy("k").agg(F.first("v", true).alias("f")).orderBy("k"), [["a", 1], ["b", 4]]);
program("agg after orderBy collect_list", () => g.orderBy(col("w").desc()).groupBy("k").agg(F.collectList("w").alias("l")).orderBy("k"), [["a", [30, 10]], ["b", [6, 5]]]);
program("having count distinct", () => g.groupBy("k").agg(F.countDistinct("v").alias("c")).where("c > 1"), [["a", 2]]);
program("agg expression of keys", () => g.groupBy("k").agg(F.concat("k", lit("!")).alias("z"), F.count("*").alias("c")).orderBy("k"), [["a", "a!", 3], ["b", "b!", 2]]);
program("groupBy two with null", () => n.groupBy("k", "b").count().orderBy("k", "b"), [[null, true, 1], ["a", null, 1], ["a", true, 1], ["b", false, 2]]);
program("group by literal", () => g.groupBy(lit(1).alias("o")).count(), [[1, 5]]);
program("max_by null ord", () => g.agg(F.maxBy("v", "w")), [[2]]);
program("min over empty window", () => n.select("id", F.min("x").over(Window.orderBy("id").rowsBetween(-3, -2)).alias("m")).orderBy("id"), [[1, null], [2, null], [3, 1], [4, 1], [5, -3]]);
program("count over rows following", () => n.select("id", F.count("x").over(Window.orderBy("id").rowsBetween(1, Window.unboundedFollowing)).alias("m")).orderBy("id"), [[1, 3], [2, 3], [3, 2], [4, 1], [5, 0]]);
program("sum over partition no order", () => g.select("k", "v", F.sum("v").over(Window.partitionBy("k")).alias("s")).orderBy("k", "v"), [["a", 1, 5], ["a", 2, 5], ["a", 2, 5], ["b", null, 4], ["b", 4, 4]]);
program("running distinct rank top n", () => g.withColumn("r", F.rowNumber().over(Window.partitionBy("k").orderBy(col("w").desc(), "v"))).where(col("r").le(1)).select("k", "w").orderBy("k"), [["a", 30], ["b", 6]]);
program("lag over partition", () => g.select("k", "w", F.lag("w", 1, -1).over(Window.partitionBy("k").orderBy("w")).alias("p")).orderBy("k", "w"), [["a", null, -1], ["a", 10, null], ["a", 30, 10], ["b", 5, -1], ["b", 6, 5]]);
program("cumulative pct", () => g.where("k = 'a'").select("v", F.sum("v").over(Window.orderBy("v").rowsBetween(Window.unboundedPreceding, 0)).div(F.sum("v").over(Window.partitionBy())).alias("p")).orderBy("p"), [[1, 0.2], [2, 0.6], [2, 1]]);

// arrays and structs are in the order of their elements
const pairs = db.createDataFrame([{ g: "a", v: 5, s: "x" }, { g: "a", v: 10, s: "y" }, { g: "b", v: null, s: "z" }, { g: "b", v: -3, s: "w" }], { g: "string", v: "bigint", s: "string" });
program("max and min of structs", () => pairs.agg(F.max(F.struct("v", "s")).alias("hi"), F.min(F.struct("v", "s")).alias("lo")), [[{ v: 10, s: "y" }, { v: null, s: "z" }]]);
program("max of structs by group", () => pairs.groupBy("g").agg(F.max(F.struct("v", "s")).alias("m")).select("g", "m.s").orderBy("g"), [["a", "y"], ["b", "w"]]);
program("max of structs over a window", () => pairs.select("s", F.max(F.struct("v", "s")).over(Window.partitionBy("g")).getField("s").alias("m")).orderBy("s"), [["w", "w"], ["x", "y"], ["y", "y"], ["z", "w"]]);
program("order by a struct", () => pairs.orderBy(F.struct("v").desc()).select("v"), [[10], [5], [-3], [null]]);
program("order by an array, then limit", () => pairs.select(F.array("v", "v").alias("l")).orderBy("l").limit(3), [[[null, null]], [[-3, -3]], [[5, 5]]]);
program("rank over structs", () => pairs.select("v", F.rank().over(Window.orderBy(F.struct("v", "s"))).alias("r")).orderBy("r"), [[null, 1], [-3, 2], [5, 3], [10, 4]]);
program("order by an array of a union", () => pairs.select(F.array("v").alias("l")).union(one.select(F.array(lit(7)).alias("l"))).orderBy(col("l").desc()).limit(2), [[[10]], [[7]]]);

// keys of a join by name come first, also where only the left side is kept
names("semi by name", () => n.join(n.select("k"), "k", "semi"), ["k", "id", "x", "y", "s", "b", "d"]);
names("anti by two names", () => n.join(n.select("k", "x"), ["x", "k"], "anti"), ["x", "k", "id", "y", "s", "b", "d"]);
program("semi by name, then more", () => n.select("id", "k").distinct().join(one.select(lit("b").alias("k")), "k", "semi").orderBy("id").limit(1), [["b", 3]]);

// names show what was left out, and PySpark's capitals
names("names of functions", () => n.select(F.sqrt("y"), F.ceil("y"), F.log("y"), F.log10("y"), F.atan2("y", "x"), F.round("y"), F.split("s", ","), F.locate("b", "s"), F.regexpReplace("s", "a", "b"), F.monthsBetween("d", "d"), F.fromUnixtime("x"), F.sortArray(F.array("x")), F.trim("s", lit("a")), F.regexpLike("s", lit("a")), col("s").rlike("a"), col("s").ilike("a%"), F.fromJson("s", "a INT"), F.e(), lit(1.5e-7)),
  ["SQRT(y)", "CEIL(y)", "ln(y)", "LOG10(y)", "ATAN2(y, x)", "round(y, 0)", "split(s, ,, -1)", "locate(b, s, 1)", "regexp_replace(s, a, b, 1)", "months_between(d, d, true)", "from_unixtime(x, yyyy-MM-dd HH:mm:ss)", "sort_array(array(x), true)", "TRIM(BOTH a FROM s)", "REGEXP_LIKE(s, a)", "RLIKE(s, a)", "ilike(s, a%)", "from_json(s)", "E()", "1.5E-7"]);
names("names of aggregates", () => n.agg(F.first("x", true), F.variance("x"), F.percentile("x", 0.5), F.percentileApprox("x", 0.5), F.listagg("s")), ["first(x)", "variance(x)", "percentile(x, 0.5, 1)", "percentile_approx(x, 0.5, 10000)", "listagg(s, NULL)"]);

// an aggregate of all rows is one row, also when nothing of it is left
program("constants over an aggregate", () => n.agg(F.sum("x").alias("s")).select(lit(1).alias("o")), [[1]]);
program("constants over an aggregate that is filtered", () => n.agg(F.sum("x").alias("s")).where("s > 100").select(lit(1).alias("o")), []);
program("constants over an aggregate of nothing", () => n.where("false").select(F.sum("x").alias("s")).withColumn("z", lit(2)).select("z"), [[2]]);
program("describe without a column to describe", () => n.select("b", "d").describe(), [["count"], ["mean"], ["stddev"], ["min"], ["max"]]);
program("max_by, min_by a struct", () => pairs.groupBy("g").agg(F.maxBy("s", F.struct("v", "s")).alias("m"), F.minBy("s", F.array("v")).alias("l")).orderBy("g"), [["a", "y", "x"], ["b", "w", "z"]]);
program("a text among numbers is different", () => n.where(col("x").isin("a", 4).not()).select("id").orderBy("id"), [[1], [3]]);
