// `toArrow` with the real apache-arrow, which the package does not carry: a copy of the build beside it finds it.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
mkdirSync(at("../node_modules/.moltres"), { recursive: true });
copyFileSync(at("../../pkg/dist/index.js"), at("../node_modules/.moltres/index.mjs"));
const { connect } = await import("../node_modules/.moltres/index.mjs");

test("a frame becomes an Arrow table, every type and NULL", async () => {
  const db = await connect(":memory:");
  await db.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BOOLEAN, y BLOB, d DATE, n TEXT)");
  await db.insert("t", [
    { i: 1, r: 0.5, s: "één ☕", b: true, y: new Uint8Array([1, 2]), d: "2024-01-02", n: null },
    { i: null, r: null, s: null, b: null, y: null, d: null, n: null },
    { i: 3, r: -2, s: "", b: false, y: new Uint8Array(), d: "2024-12-31", n: null },
  ]);
  const table = await db.table("t").toArrow();
  assert.ok(table instanceof arrow.Table);
  assert.deepEqual(table.schema.fields.map((field) => field.name), ["i", "r", "s", "b", "y", "d", "n"]);
  const column = (name) => [...table.getChild(name)].map((value) => (typeof value === "bigint" ? Number(value) : value));
  assert.deepEqual(column("i"), [1, null, 3]);
  assert.deepEqual(column("r"), [0.5, null, -2]);
  assert.deepEqual(column("s"), ["één ☕", null, ""]);
  assert.deepEqual(column("b"), [true, null, false]);
  assert.deepEqual(column("y").map((value) => value && [...value]), [[1, 2], null, []]);
  assert.deepEqual(column("d"), ["2024-01-02", null, "2024-12-31"]);
  assert.deepEqual(column("n"), [null, null, null]);
  // It survives Arrow's own format.
  const again = arrow.tableFromIPC(arrow.tableToIPC(table));
  assert.deepEqual(again.toArray().map((row) => row.s), ["één ☕", null, ""]);
  assert.equal((await db.table("t").collect({ format: "arrow" })).numRows, 3);
  assert.equal((await db.sql("SELECT 9007199254740993 AS big").toArrow()).getChild("big").get(0), 9007199254740993n);
  assert.equal((await db.sql("SELECT i FROM t WHERE i > 5").toArrow()).numRows, 0);
  await db.close();
});
