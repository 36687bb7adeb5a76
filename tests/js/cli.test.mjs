import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../pkg/dist/cli.js", import.meta.url));
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-cli-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const file = (name) => path.join(dir, name);
const db = file("shop.db");

function moltres(args, options = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: "utf8", ...options });
  return { status, stdout, stderr };
}
function ok(args, options) {
  const { status, stdout, stderr } = moltres(args, options);
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

test("import, query, schema, export", () => {
  fs.writeFileSync(file("orders.csv"), 'id,country,amount\n1,DE,10.5\n2,"F, R",20\n3,DE,\n');
  assert.match(ok(["import", db, file("orders.csv")]), /3 rows into "orders"/);
  assert.equal(moltres(["import", db, file("orders.csv")]).status, 1);
  const report = JSON.parse(ok(["import", db, file("orders.csv"), "--if-exists", "replace", "--json"]));
  assert.equal(report.rows, 3);
  assert.deepEqual(JSON.parse(ok(["query", db, "SELECT country, amount FROM orders WHERE id < ?", "--params", "[3]", "--json"])), [{ country: "DE", amount: 10.5 }, { country: "F, R", amount: 20 }]);
  assert.equal(ok(["query", db, "SELECT id, country FROM orders ORDER BY id LIMIT 1"]), "id  country\n--  -------\n 1  DE\n");
  assert.match(ok(["query", db, "-"], { input: "SELECT count(*) AS n FROM orders" }), /3/);
  assert.deepEqual(JSON.parse(ok(["schema", db, "--json"])), [{ name: "orders", kind: "table" }]);
  assert.match(ok(["schema", db, "orders"]), /amount/);
  assert.match(ok(["export", db]), /CREATE TABLE/);
});

test("backup, restore, check, recover, vacuum, health", () => {
  assert.match(ok(["backup", db, file("copy.db")]), /bytes/);
  const env = { ...process.env, SECRET: "password" };
  const sealed = JSON.parse(ok(["backup", db, file("copy.enc"), "--compress", "--password-env", "SECRET", "--json"], { env }));
  assert.ok(sealed.bytes > 0);
  ok(["query", db, "DELETE FROM orders"]);
  ok(["restore", db, file("copy.enc"), "--password-env", "SECRET"], { env });
  assert.match(ok(["query", db, "SELECT count(*) AS n FROM orders"]), /3/);
  const wrong = moltres(["restore", db, file("copy.enc"), "--password-env", "SECRET", "--json"], { env: { ...env, SECRET: "no" } });
  assert.equal(wrong.status, 1);
  assert.equal(JSON.parse(wrong.stderr).error.code, "wrong_password");
  fs.writeFileSync(file("dump.sql"), ok(["export", db]));
  ok(["restore", file("other.db"), file("dump.sql")]);
  assert.match(ok(["query", file("other.db"), "SELECT count(*) AS n FROM orders"]), /3/);
  assert.equal(ok(["check", db]), "ok\n");
  assert.equal(JSON.parse(ok(["check", db, "--json"])).ok, true);
  ok(["query", db, "CREATE TABLE big (x)"]);
  ok(["query", db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO big SELECT hex(randomblob(50)) FROM n"]);
  const bytes = fs.readFileSync(db);
  const pageSize = bytes.readUInt16BE(16);
  bytes.fill(0xee, pageSize * 6, pageSize * 7);
  fs.writeFileSync(file("damaged.db"), bytes);
  assert.equal(moltres(["check", file("damaged.db")]).status, 3);
  const recovered = moltres(["recover", file("damaged.db"), file("recovered.db"), "--json"]);
  assert.equal(recovered.status, 3);
  const { tables } = JSON.parse(recovered.stdout);
  assert.ok(tables.find((table) => table.name === "big").rows > 2500);
  assert.equal(ok(["check", file("recovered.db")]), "ok\n");
  ok(["query", db, "DROP TABLE big"]);
  const { before, after: small } = JSON.parse(ok(["vacuum", db, "--json"]));
  assert.ok(small < before);
  assert.match(ok(["health", db]), /^healthy/);
});

test("usage, help and errors", () => {
  const overview = ok(["--help"]);
  for (const name of ["query", "import", "export", "schema", "check", "backup", "restore", "migrate", "vacuum", "health"]) {
    assert.match(overview, new RegExp(`^  ${name} `, "m"));
    assert.match(ok([name, "--help"]), new RegExp(`moltres ${name}`));
  }
  assert.match(ok(["--version"]), /^\d+\.\d+/);
  assert.equal(moltres([]).status, 2);
  assert.equal(moltres(["nonsense"]).status, 2);
  assert.equal(moltres(["query", db]).status, 2);
  assert.equal(moltres(["query", db, "SELECT 1", "--nonsense"]).status, 2);
  const missing = moltres(["query", file("none.db"), "SELECT 1", "--json"]);
  assert.equal(missing.status, 1);
  assert.equal(JSON.parse(missing.stderr).error.code, "storage_unavailable");
  assert.equal(fs.existsSync(file("none.db")), false);
  const denied = moltres(["query", db, "DELETE FROM orders", "--read-only"]);
  assert.match(denied.stderr, /permission_denied/);
  assert.equal(moltres(["query", db, "SELECT nope FROM orders"]).status, 1);
});
