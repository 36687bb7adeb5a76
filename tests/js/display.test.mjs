// What frames look like in consoles and notebooks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { col, connect } from "../../pkg/dist/index.js";

const db = await connect();
const frame = db.createDataFrame([
  { name: "Ann", n: 1, x: 1.5, ok: true, tags: ["a"] },
  { name: "李雷", n: 20, x: 2, ok: null, tags: [] },
  { name: "a very long name that does not fit", n: null, x: -0.25, ok: false, tags: ["x", "y"] },
]);
const printed = async (action) => {
  const lines = [];
  await action((text) => lines.push(text));
  return lines.join("\n");
};

test("show: numbers to the right, wide characters measured, long text cut", async () => {
  assert.equal(
    await printed((print) => frame.show(20, { print })),
    `
+--------------------+----+-----+-----+------+
|name                |   n|    x|ok   |tags  |
+--------------------+----+-----+-----+------+
|Ann                 |   1|  1.5|true |[a]   |
|李雷                |  20|  2.0|NULL |[]    |
|a very long name ...|NULL|-0.25|false|[x, y]|
+--------------------+----+-----+-----+------+`.slice(1),
  );
});

test("show: fewer rows, whole cells, one field a line", async () => {
  assert.match(await printed((print) => frame.show(1, { print })), /only showing top 1 row$/);
  assert.match(await printed((print) => frame.show({ print, truncate: false })), /a very long name that does not fit/);
  assert.match(await printed((print) => frame.show(1, { print, vertical: true })), /^-RECORD 0-+\n name \| Ann\n n {4}\| 1\n/);
  assert.equal(await printed((print) => frame.where("false").select("n").show({ print })), "+---+\n|  n|\n+---+\n+---+");
  await assert.rejects(frame.show(-1), { code: "invalid_argument" });
});

test("control characters do not break a table", async () => {
  const nasty = db.createDataFrame([{ s: "two\nlines\tand \u0000" }]);
  assert.match(await printed((print) => nasty.show({ print, truncate: false })), /two\\nlines\\tand \\u/);
});

test("printSchema: a tree, nested types unfolded", async () => {
  const nested = db.createDataFrame([{ id: 1, who: { first: "A", tags: ["x"] } }]);
  assert.equal(
    await printed((print) => nested.printSchema({ print })),
    `root
 |-- id: bigint (nullable = false)
 |-- who: struct (nullable = false)
 |    |-- first: string
 |    |-- tags: array
 |    |    |-- element: string`,
  );
});

test("inspect shows schema, SQL and rows, and never throws", () => {
  const text = inspect(frame.select("name").where(col("name").eq("Ann")));
  assert.match(text, /^DataFrame\[name: string\]\n/);
  assert.match(text, /SELECT/);
  assert.match(text, /\|Ann \|/);
  assert.match(inspect(db.table("nope")), /^DataFrame\[.*nope.*\]$/);
  assert.equal(String(frame.select("n")), "DataFrame[n: bigint]");
});

test("HTML is escaped and self-contained", async () => {
  const html = await db.createDataFrame([{ "<b>": "<script>alert(1)</script> & \"x\"", n: null }], "`<b>` string, n int").toHTML();
  assert.ok(!html.includes("<script"));
  assert.ok(!html.includes("<b>"));
  assert.match(html, /&#60;script&#62;/);
  assert.match(html, /class="null">NULL</);
});

test("notebooks find what they look for", async () => {
  const bundle = await frame[Symbol.for("Jupyter.display")]();
  assert.deepEqual(Object.keys(bundle), ["text/plain", "text/html"]);
  assert.deepEqual(Object.keys(frame._toMime()), ["text/plain", "text/html"]);
  assert.match(frame._toHtml(), /<table>/);
  assert.equal(typeof frame.inspect(), "string");
  assert.deepEqual([...frame.select("n")].map((row) => row.n), [1, 20, null]);
});

test("a preview reads 21 rows at most", async () => {
  const many = db.createDataFrame({ n: Array.from({ length: 1000 }, (_, i) => i) });
  assert.match(inspect(many), /only showing top 20 rows/);
  assert.match(await many.toHTML(), /only the first 20 rows are shown/);
});
