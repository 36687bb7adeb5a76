// Sizes and names that could break a WebAssembly stack or a quoted identifier: right, or a clear error, and the database goes on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { F, col, connect, lit, when } from "../../pkg/dist/index.js";

const db = await connect();
await db.execute("CREATE TABLE t (a INTEGER, b INTEGER, s TEXT)");
await db.execute("INSERT INTO t VALUES (1, 2, 'x'), (3, 4, 'y')");
const t = db.table("t");

/** The rows, or null if it was refused as unsupported; anything else fails. */
async function rowsOrRefusal(make) {
  try {
    return await make().collect();
  } catch (error) {
    assert.equal(error.code, "unsupported", `${error.code}: ${error.message}`);
    return null;
  } finally {
    assert.equal(await t.count(), 2, "the database goes on");
  }
}

const tower = (n, verb) => {
  let frame = t;
  for (let i = 0; i < n; i++) frame = verb(frame, i);
  return frame;
};

test("texts nest 38 deep, deeper ones are refused", async () => {
  for (const [open, close] of [["(", ")"], ["abs(", ")"], ["- ", ""], ["case when true then ", " end"], ["cast(", " as int)"]]) {
    for (const n of [38, 44, 1_000, 100_000]) {
      const rows = await rowsOrRefusal(() => t.selectExpr(`${open.repeat(n)}a${close.repeat(n)} as r`));
      assert.equal(rows !== null, n === 38, `${n} ${open}`);
    }
  }
});

test("chains of operators", async () => {
  for (const link of [" or ", " and ", " + ", " || "]) {
    const part = link.includes("r") || link.includes("n") ? "a > 0" : "a";
    for (const n of [300, 500, 5_000]) {
      const rows = await rowsOrRefusal(() => t.selectExpr(`${Array(n).fill(part).join(link)} as r`));
      assert.ok(rows !== null || n > 300, `${n}${link}`);
    }
  }
  const sum = (n) => Array.from({ length: n }).reduce((c) => c.add(1), col("a"));
  assert.deepEqual((await t.select(sum(390).alias("r")).collect())[0], { r: 391 });
  assert.equal(await rowsOrRefusal(() => t.select(sum(5_000).alias("r"))), null);
});

test("thousands of conditions and branches", async () => {
  const many = (n) => Array.from({ length: n }, (_, i) => col("a").ne(-i - 1));
  for (const n of [100, 1_000, 5_000]) {
    assert.equal((await t.where(many(n).reduce((all, one) => all.and(one))).collect()).length, 2, `${n} and`);
    assert.equal((await t.where(many(n).reduce((all, one) => all.or(one))).collect()).length, 2, `${n} or`);
    assert.equal((await t.select(many(n).reduce((all, one) => one.and(all)).alias("r")).collect())[0].r, true, `${n} and, to the right`);
  }
  const branches = Array.from({ length: 999 }).reduce((c, _, i) => c.when(col("a").eq(-i), "no"), when(col("a").eq(3), "three"));
  assert.deepEqual((await t.select(branches.otherwise("other").alias("r")).collect()).map((row) => row.r), ["other", "three"]);
});

test("the deepest expressions take less than half of V8's stack", () => {
  const script = `
    import { F, col, connect, lit, when } from ${JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href)};
    const db = await connect();
    const t = db.createDataFrame([{ a: 1 }]);
    const deep = {
      sum: (c) => c.add(1), right: (c) => lit(1).add(c), not: (c) => c.eq(1).not().cast("int"), call: (c) => F.abs(c), negative: (c) => c.neg(), cast: (c) => c.cast("string").cast("int"),
      case: (c) => when(c.gt(0), 1).otherwise(2), coalesce: (c) => F.coalesce(c, lit(1)), list: (c) => c.isin(1, 2).cast("int"), array: (c) => F.array(c).getItem(0),
      text: (c) => F.concat(c.cast("string"), lit("")).cast("int"),
    };
    for (const [name, nest] of Object.entries(deep)) {
      for (const n of [50, 100, 190, 390, 1000]) {
        let column = col("a");
        for (let i = 0; i < n; i++) column = nest(column);
        try {
          t.select(column.alias("r")).collectSync();
          t.where(column.isNotNull()).toSQLSync({ pretty: true, inline: true });
        } catch (error) {
          if (error.code !== "unsupported") throw new Error(name + " " + n + ": " + error.code + " " + error.message);
        }
      }
    }
    if (t.collectSync().length !== 1) throw new Error("the database does not go on");
    await db.close();
  `;
  const { status, stderr } = spawnSync(process.execPath, ["--stack-size=492", "--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("plans of 500 verbs run, of 1,900 run or are refused", async () => {
  const verbs = {
    where: (f, i) => f.where(col("a").gt(-i)),
    withColumn: (f) => f.withColumn("a", col("a").add(1)),
    "limit and where": (f, i) => (i % 2 ? f.limit(5) : f.where("a > 0")),
    distinct: (f, i) => (i % 2 ? f.limit(5) : f.distinct()),
    groupBy: (f) => f.groupBy("a").agg(F.max("b").alias("b")),
    semi: (f) => f.join(t, "a", "semi"),
    cte: (f, i) => f.cte(`c${i}`),
  };
  for (const [name, verb] of Object.entries(verbs)) {
    assert.equal((await tower(500, verb).collect()).length, 2, name);
    const rows = await rowsOrRefusal(() => tower(1_900, verb));
    assert.ok(rows === null || rows.length === 2, name);
    assert.equal(await rowsOrRefusal(() => tower(2_500, verb)), null, name);
  }
  assert.equal((await tower(500, (f) => f.union(t)).collect()).length, 1_002);
  await rowsOrRefusal(() => tower(100, (f) => f.join(t.select("a"), "a")));
});

test("5,000 values in a list", async () => {
  const list = Array.from({ length: 5_000 }, (_, i) => i);
  assert.equal((await t.where(col("a").isin(list)).collect()).length, 2);
  assert.equal((await t.where(`a in (${list})`).collect()).length, 2);
});

test("names and values of any kind", async () => {
  const nasty = ["'; DROP TABLE t; --", '"; DROP TABLE t; --', "`", "]", "\\", "a.b", "*", "?", ":p", "new\nline", "😀", "select", " ", "%s", "${x}"];
  for (const text of nasty) {
    const name = `\`${text.replaceAll("`", "``")}\``;
    const frame = t.limit(1).withColumn(text, lit(text)).alias(text);
    assert.deepEqual(await frame.where(col(name).eq(text)).select(col(name)).collect(), [{ [text]: text }], text);
    assert.deepEqual(await frame.selectExpr(`${name} as r`).collect(), [{ r: text }], text);
  }
  for (const text of ["nul\0inside", "\0", ""]) assert.deepEqual(await t.limit(1).select(lit(text).alias("r")).collect(), [{ r: text }]);
  assert.equal(await t.count(), 2);
});

test("reports over a plan", async () => {
  const frame = t.where("s = 'x'").groupBy("s").agg(F.count("*").alias("n"));
  const text = await frame.explain({ analyze: true });
  assert.match(text, /reads every row of t/);
  assert.match(text, /rows read by going through whole tables/);
  const [hint] = await frame.performanceHints();
  assert.equal(hint.sql, 'CREATE INDEX "t_s_idx" ON "t" ("s")');
  assert.match(await frame.visualizePlan(), /groupBy s agg .*\n└─ where/);
  assert.match(await frame.visualizePlan({ format: "mermaid" }), /^flowchart BT/);
  assert.equal((await frame.planSummary()).filters, 1);
  assert.equal((await t.select("nope").validate()).valid, false);
  assert.match(await db.explain("SELECT * FROM t WHERE a = ?", [1]), /reads every row of t/);
});
