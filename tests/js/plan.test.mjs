// The wire form that verbs and columns produce. Nothing here runs a query.
import assert from "node:assert/strict";
import { test } from "node:test";
import { F, Window, col, connect, expr, lit, sql, when } from "../../pkg/dist/index.js";

const db = await connect();
const t = db.table("t");

/** A plan with its expressions written into the nodes, for reading. */
function tree({ exprs, nodes, root }) {
  const expression = (id) => resolve(exprs[id], { arg: 1, left: 1, right: 1, args: 1, list: 1, key: 1, function: 1, partitionBy: 1, orderBy: 1, filter: 1, branches: 1, otherwise: 1 });
  const node = (id) => resolve(nodes[id], { exprs: 1, condition: 1, keys: 1, aggregates: 1, columns: 1, ids: 1, values: 1 }, { input: 1, left: 1, right: 1 });
  const map = (value, fn) => (Array.isArray(value) ? value.map((item) => map(item, fn)) : typeof value === "number" ? fn(value) : value);
  const resolve = (entry, exprFields, nodeFields = {}) =>
    Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, nodeFields[key] ? map(value, node) : exprFields[key] ? map(value, expression) : value]));
  return node(root);
}
const column = (name) => ({ op: "column", name });
const bigint = (value) => ({ op: "literal", type: "bigint", value });
const table = { op: "table", name: "t" };

test("a frame is a plan of version 1, plain data", () => {
  const { plan } = t.where(col("amount").gt(10));
  assert.deepEqual(structuredClone(plan), {
    version: 1,
    exprs: [{ op: "column", name: "amount" }, { op: "literal", type: "bigint", value: 10 }, { op: "gt", left: 0, right: 1 }],
    nodes: [{ op: "table", name: "t" }, { op: "filter", input: 0, condition: 2 }],
    root: 1,
  });
});

test("verbs become their nodes", () => {
  const project = (...exprs) => ({ op: "project", input: table, exprs });
  const cases = [
    [t.select("a", ["b", col("c").alias("d")]), project(column("a"), column("b"), { op: "alias", arg: column("c"), names: ["d"] })],
    [t.select("*", "x.*"), project({ op: "star" }, { op: "star", relation: "x" })],
    [t.selectExpr("a + 1 as b"), project({ op: "text", sql: "a + 1 as b" })],
    [t.withColumn("a", lit(1)), { op: "withColumns", input: table, columns: [["a", bigint(1)]] }],
    [t.withColumnRenamed("a", "b"), { op: "rename", input: table, pairs: [["a", "b"]] }],
    [t.drop("a", col("b")), { op: "drop", input: table, columns: [column("a"), column("b")] }],
    [t.toDF("a", "b"), { op: "renameAll", input: table, names: ["a", "b"] }],
    [t.where("a > 1"), { op: "filter", input: table, condition: { op: "text", sql: "a > 1" } }],
    [t.orderBy("a", col("b").desc()), { op: "sort", input: table, keys: [column("a"), { op: "sort", arg: column("b"), descending: true }] }],
    [t.orderBy("a", { ascending: false }), { op: "sort", input: table, keys: [{ op: "sort", arg: column("a"), descending: true }] }],
    [t.limit(3), { op: "limit", input: table, n: 3 }],
    [t.dropDuplicates(["a"]), { op: "distinctOn", input: table, names: ["a"] }],
    [t.dropDuplicates(), { op: "distinct", input: table }],
    [t.sample(0.5, 7), { op: "sample", input: table, fraction: 0.5, seed: 7 }],
    [t.join(db.table("u"), "id", "left_outer"), { op: "join", left: table, right: { op: "table", name: "u" }, kind: "left", using: ["id"] }],
    [t.crossJoin(db.table("u")), { op: "join", left: table, right: { op: "table", name: "u" }, kind: "cross" }],
    [t.unionByName(t, { allowMissingColumns: true }), { op: "setOp", left: table, right: table, kind: "union", all: true, byName: true, allowMissing: true }],
    [t.groupBy("a").count(), { op: "aggregate", input: table, grouping: "groupBy", keys: [column("a")], aggregates: [{ op: "alias", arg: { op: "call", name: "count", args: [{ op: "star" }] }, names: ["count"] }] }],
    [t.rollup("a").agg({ b: "sum" }), { op: "aggregate", input: table, grouping: "rollup", keys: [column("a")], aggregates: [{ op: "call", name: "sum", args: [column("b")] }] }],
    [t.unpivot("id", ["a"], "k", "v"), { op: "unpivot", input: table, ids: [column("id")], values: [column("a")], variableName: "k", valueName: "v" }],
    [t.fillna(0, "a"), { op: "fillNa", input: table, value: { type: "bigint", value: 0 }, subset: ["a"] }],
    [t.na.fill({ a: "x" }), { op: "fillNa", input: table, byColumn: [["a", { type: "string", value: "x" }]] }],
    [t.dropna({ how: "all", subset: ["a"] }), { op: "dropNa", input: table, how: "all", subset: ["a"] }],
    [t.replace(["a", "b"], null), { op: "replace", input: table, pairs: ["a", "b"].map((from) => [{ type: "string", value: from }, { type: "void", value: null }]) }],
    [t.cte("c"), { op: "cte", input: table, name: "c" }],
  ];
  for (const [frame, expected] of cases) assert.deepEqual(tree(frame.plan), expected);
});

test("columns become their expressions", () => {
  const of = (c) => tree(t.select(c).plan).exprs[0];
  const a = column("a");
  assert.deepEqual(of(col("a").between(1, 2)), { op: "and", left: { op: "ge", left: a, right: bigint(1) }, right: { op: "le", left: a, right: bigint(2) } });
  assert.deepEqual(of(col("a").isin([1, 2])), { op: "in", arg: a, list: [bigint(1), bigint(2)] });
  assert.deepEqual(of(F.coalesce(["a", "b"])), of(F.coalesce("a", "b")));
  assert.deepEqual(of(col("a").isin([1], [2])).list.map((e) => e.type), ["array<bigint>", "array<bigint>"]);
  assert.deepEqual(of(col("a").eq("DE")), { op: "eq", left: a, right: { op: "literal", type: "string", value: "DE" } });
  assert.deepEqual(of(when(col("a").isNull(), 1).otherwise("x")), { op: "case", branches: [[{ op: "isNull", arg: a }, bigint(1)]], otherwise: { op: "literal", type: "string", value: "x" } });
  assert.deepEqual(of(F.countDistinct("a")), { op: "call", name: "count", args: [a], distinct: true });
  assert.deepEqual(of(F.sum("a").filter(col("b").gt(0)).alias("s")), {
    op: "alias", names: ["s"], arg: { op: "call", name: "sum", args: [a], filter: { op: "gt", left: column("b"), right: bigint(0) } },
  });
  assert.deepEqual(of(sql`a > ${1n} and b = ${"?"}`), { op: "text", sql: "a > ? and b = ?", params: [{ type: "bigint", value: 1 }, { type: "string", value: "?" }] });
  const window = Window.partitionBy("g").orderBy(col("a").desc()).rowsBetween(Window.unboundedPreceding, -1);
  assert.deepEqual(of(F.sum("a").over(window)), {
    op: "window", function: { op: "call", name: "sum", args: [a] }, partitionBy: [column("g")], orderBy: [{ op: "sort", arg: a, descending: true }],
    frame: { rows: true, start: "unboundedPreceding", end: -1 },
  });
  assert.deepEqual(of(F.sum("a").alias("s").over(window)).op, "alias");
});

test("literals carry their type", () => {
  const of = (value) => {
    const { exprs } = t.select(lit(value)).plan;
    return [exprs[0].type, exprs[0].value];
  };
  assert.deepEqual(of(null), ["void", null]);
  assert.deepEqual(of(true), ["boolean", true]);
  assert.deepEqual(of(1), ["bigint", 1]);
  assert.deepEqual(of(1.5), ["double", 1.5]);
  assert.deepEqual(of(NaN), ["double", "NaN"]);
  assert.deepEqual(of(-Infinity), ["double", "-Infinity"]);
  assert.deepEqual(of(2n ** 62n), ["bigint", "4611686018427387904"]);
  assert.deepEqual(of(new Date(Date.UTC(2024, 1, 29, 10, 20, 30, 120))), ["timestamp", "2024-02-29 10:20:30.12"]);
  assert.deepEqual(of(new Date(Date.UTC(2024, 1, 29, 10, 20))), ["timestamp", "2024-02-29 10:20:00"]);
  assert.deepEqual(of(new Uint8Array([97, 98])), ["binary", "YWI="]);
  assert.deepEqual(of([1, 2.5, null]), ["array<double>", [1, 2.5, null]]);
  assert.deepEqual(of({ a: 1, "b c": ["x"] }), ["struct<a:bigint,`b c`:array<string>>", { a: 1, "b c": ["x"] }]);
});

test("a frame's own column refers to its node, also when the frame is inside a join", () => {
  const u = db.table("u");
  const { plan } = t.join(u, t.col("id").eq(u.col("id")));
  assert.deepEqual(plan.exprs.slice(0, 2).map((e) => plan.nodes[e.frame].name), ["t", "u"]);
});

test("a frame used twice is one node", () => {
  const shared = t.where(col("a").gt(1));
  const { nodes } = shared.union(shared).plan;
  assert.deepEqual(nodes.map((n) => n.op), ["table", "filter", "setOp"]);
});

test("subqueries come before the nodes that use them", () => {
  const inner = db.table("u").select("id");
  const { nodes } = t.where(col("id").isin(inner)).where(F.exists(inner)).plan;
  assert.deepEqual(nodes.map((n) => n.op), ["table", "table", "project", "filter", "filter"]);
});

test("a plan two thousand verbs deep is encoded without recursion", () => {
  let frame = t;
  for (let i = 0; i < 1999; i++) frame = frame.where(col("a").ne(i));
  assert.equal(frame.plan.nodes.length, 2000);
});

test("a long OR becomes shallow and keeps its order, a long sum stays as it is written", () => {
  const depth = ({ exprs }, id) => {
    const deep = exprs.map(() => 0);
    exprs.forEach((e, i) => (deep[i] = 1 + Math.max(0, ...[e.left, e.right, e.arg].filter((n) => n !== undefined).map((n) => deep[n]))));
    return deep[id];
  };
  let any = col("a").eq(0);
  let sum = col("a");
  for (let i = 1; i < 3000; i++) {
    any = any.or(col("a").eq(i));
    sum = sum.add(i);
  }
  const or = t.where(any).plan;
  assert.ok(depth(or, or.nodes[1].condition) < 30);
  assert.deepEqual(or.exprs.filter((e) => e.op === "literal").map((e) => e.value), Array.from({ length: 3000 }, (_, i) => i));
  const add = t.select(sum).plan;
  assert.equal(depth(add, add.nodes[1].exprs[0]), 3000);
});

test("an expression that doubles forty times stays small", () => {
  let c = col("a").eq(1);
  for (let i = 0; i < 40; i++) c = c.or(c);
  assert.equal(t.where(c).plan.exprs.length, 43);
});

test("frames and columns are immutable", () => {
  const before = JSON.stringify(t.plan);
  t.where(col("a").gt(1)).limit(1);
  assert.equal(JSON.stringify(t.plan), before);
  assert.throws(() => { col("a").node = null; }, TypeError);
  assert.throws(() => col("a").nonsense(), TypeError);
  assert.equal(t.then, undefined);
});

test("an expression prints in short", () => {
  assert.equal(String(col("a").add(1).gt(2)), "Column<((a + 1) > 2)>");
  assert.equal(String(expr("x + 1")), "Column<x + 1>");
});
