// TPC-H, the queries that the acceptance suite leaves out, and its correlated ones in both forms: subqueries and joins. What is right is what plain SQL
// over the same tables gives, on a copy of the database and, where it is installed, in the sqlite3 shell; so our compiler does not judge itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { col, connect, expr, F, lit, when, Window } from "../../pkg/dist/index.js";
import { queries } from "./tpch-queries.mjs";

const data = fileURLToPath(new URL("../acceptance/tpch/data-sf0.01/", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "moltres-tpch-"));
const db = await connect();
const t = {};
for (const name of ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"]) {
  t[name] = await db.read.csv(join(data, `${name}.csv.gz`), { table: name });
}
// With indexes, which correlated SQL needs: our own frames go without.
const file = join(dir, "tpch.db");
await db.backup(file);
const reference = await connect(file);
await reference.execute("CREATE INDEX l_order ON lineitem (l_orderkey)");
await reference.execute("CREATE INDEX l_part ON lineitem (l_partkey, l_suppkey)");
await reference.execute("CREATE INDEX ps_part ON partsupp (ps_partkey)");
await reference.execute("CREATE INDEX o_cust ON orders (o_custkey)");
const shell = spawnSync("sqlite3", ["--version"]).status === 0;
after(async () => {
  await Promise.all([db.close(), reference.close()]);
  rmSync(dir, { recursive: true });
});

const near = (a, b) => a === b || (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)));
const sorted = (rows) => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Equal rows; the order counts where all of it is determined. */
function same(got, expected, ordered, what) {
  const [a, b] = ordered ? [got, expected] : [sorted(got), sorted(expected)];
  assert.equal(a.length, b.length, `${what}: number of rows`);
  a.forEach((row, i) => row.forEach((value, c) => assert.ok(near(value, b[i][c]), `${what}: row ${i}: ${JSON.stringify(row)}, expected ${JSON.stringify(b[i])}`)));
}

for (const [id, { sql, ordered = true, frames }] of Object.entries(queries)) {
  test(id, async () => {
    const expected = (await reference.sql(sql).collect({ format: "arrays" })).map((row) => [...row]);
    assert.ok(expected.length > 0, "an answer without rows shows nothing");
    if (shell) {
      const out = spawnSync("sqlite3", ["-json", file, sql], { encoding: "utf8" });
      assert.equal(out.status, 0, out.stderr);
      same(JSON.parse(out.stdout).map(Object.values), expected, ordered, "sqlite3");
    }
    for (const [form, make] of Object.entries(frames)) {
      const rows = await make({ t, col, lit, expr, when, F, Window, db }).collect({ format: "arrays" });
      same(rows, expected, ordered, form);
    }
  });
}
