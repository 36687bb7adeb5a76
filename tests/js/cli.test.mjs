import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
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

test("migrate: forth, back, dry, with versions that are texts, and what fails", () => {
  const base = file("migrate.db");
  fs.writeFileSync(
    file("migrations.mjs"),
    `export default [
      { version: 1, name: "users", up: "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)", down: "DROP TABLE users" },
      { version: 2, name: "mail", up: async (tx) => { await tx.execute("ALTER TABLE users ADD COLUMN mail TEXT"); }, down: "ALTER TABLE users DROP COLUMN mail" },
    ];`,
  );
  const dry = JSON.parse(ok(["migrate", base, file("migrations.mjs"), "--dry-run", "--json"]));
  assert.deepEqual([dry.dryRun, dry.applied.length], [true, 2]);
  assert.deepEqual(JSON.parse(ok(["schema", base, "--json"])), []);
  assert.match(ok(["migrate", base, file("migrations.mjs")]), /"version": 2/);
  assert.deepEqual(JSON.parse(ok(["migrate", base, file("migrations.mjs"), "--json"])).applied, []);
  const back = JSON.parse(ok(["migrate", base, file("migrations.mjs"), "--to", "1", "--json"]));
  assert.deepEqual([back.from, back.to, back.rolledBack.length], [2, 1, 1]);
  ok(["migrate", base, file("migrations.mjs"), "--to", "0"]);
  assert.deepEqual(JSON.parse(ok(["schema", base, "--json"])), []);
  fs.writeFileSync(file("texts.mjs"), `export const migrations = [{ version: "2024-01", up: "CREATE TABLE a (x)" }, { version: "2024-02", up: "CREATE TABLE b (x)" }];`);
  assert.equal(JSON.parse(ok(["migrate", file("texts.db"), file("texts.mjs"), "--to", "2024-01", "--json"])).to, "2024-01");
  fs.writeFileSync(file("broken.mjs"), `export default [{ version: 1, up: "CREATE TABLE a (x)" }, { version: 2, up: "INSERT INTO nowhere VALUES (1)" }];`);
  const failed = moltres(["migrate", file("broken.db"), file("broken.mjs"), "--json"]);
  assert.equal(failed.status, 1);
  const { error } = JSON.parse(failed.stderr);
  assert.deepEqual([error.code, error.details.version, failed.stdout], ["migration_failed", 2, ""]);
  // The file was made for it.
  assert.equal(fs.existsSync(file("broken.db")), false);
  fs.writeFileSync(file("nothing.mjs"), "export const x = 1;");
  assert.match(moltres(["migrate", base, file("nothing.mjs")]).stderr, /must export an array/);
  assert.equal(moltres(["migrate", base, file("none.mjs")]).status, 1);
  assert.equal(moltres(["migrate", base, file("migrations.mjs"), "--to", "two"]).status, 2);
});

test("export: every format, to standard output and to a file", () => {
  const base = file("export.db");
  fs.writeFileSync(file("things.csv"), 'id,name\n1,"a, b"\n2,\n');
  ok(["import", base, file("things.csv")]);
  assert.equal(ok(["export", base, "things"]), 'id,name\n1,"a, b"\n2,\n');
  assert.deepEqual(JSON.parse(ok(["export", base, "things", "--format", "json"])), [{ id: 1, name: "a, b" }, { id: 2, name: null }]);
  assert.deepEqual(ok(["export", base, "SELECT id FROM things ORDER BY id DESC", "--format", "jsonl"]).trim().split("\n").map((line) => JSON.parse(line)), [{ id: 2 }, { id: 1 }]);
  for (const [name, format] of [["out.csv", "csv"], ["out.json", "json"], ["out.jsonl", "jsonl"]]) {
    assert.deepEqual(JSON.parse(ok(["export", base, "things", "--to", file(name), "--json"])), { to: file(name), format });
    ok(["import", base, file(name), "--table", "again", "--if-exists", "replace"]);
    assert.deepEqual(JSON.parse(ok(["query", base, "SELECT * FROM again ORDER BY id", "--json"])), [{ id: 1, name: "a, b" }, { id: 2, name: null }], format);
  }
  assert.equal(ok(["export", base, "--to", file("out.sql")]), "");
  assert.match(fs.readFileSync(file("out.sql"), "utf8"), /INSERT INTO/);
  assert.match(moltres(["export", base, "things", "--format", "xml"]).stderr, /none of csv, json, jsonl, sql/);
  assert.match(moltres(["export", base, "nothing"]).stderr, /unknown_table/);
});

test("import: its options, and what it refuses", () => {
  const base = file("import.db");
  fs.writeFileSync(file("semi.dat"), "1;x\n2;y\n");
  ok(["import", base, file("semi.dat"), "--format", "csv", "--delimiter", ";", "--no-header", "--table", "semi"]);
  assert.deepEqual(JSON.parse(ok(["query", base, "SELECT * FROM semi", "--json"])), [{ _c0: 1, _c1: "x" }, { _c0: 2, _c1: "y" }]);
  ok(["import", base, file("semi.dat"), "--format", "csv", "--delimiter", "auto", "--no-header", "--table", "semi", "--if-exists", "append"]);
  assert.match(ok(["query", base, "SELECT count(*) AS n FROM semi"]), /4/);
  fs.writeFileSync(file("lines.txt"), "one\ntwo\n");
  ok(["import", base, file("lines.txt")]);
  assert.deepEqual(JSON.parse(ok(["query", base, "SELECT value FROM lines", "--json"])), [{ value: "one" }, { value: "two" }]);
  fs.writeFileSync(file("ragged.csv"), "a,b\n1\n1,2,3\n");
  const ragged = moltres(["import", base, file("ragged.csv")]);
  assert.deepEqual([ragged.status, /2 problems/.test(ragged.stderr)], [0, true]);
  fs.writeFileSync(file("open.csv"), 'a,b\n1,"x\n');
  const open = moltres(["import", base, file("open.csv"), "--json"]);
  assert.deepEqual([open.status, JSON.parse(open.stderr).error.code], [1, "csv_unterminated_quote"]);
  assert.equal(moltres(["import", base, file("none.csv")]).status, 1);
  assert.match(moltres(["import", base, file("semi.dat"), "--format", "xml"]).stderr, /none of csv, json, jsonl, text/);
});

test("numbers and JSON that are none are wrong usage; a statement may time out", () => {
  for (const wrong of [["--params", "{nope"], ["--limit", "x"], ["--timeout", "soon"]]) {
    const { status, stderr } = moltres(["query", db, "SELECT 1", ...wrong]);
    assert.deepEqual([status, stderr.includes(wrong[0])], [2, true], stderr);
  }
  const endless = moltres(["query", db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", "--timeout", "0.1", "--json"]);
  assert.deepEqual([endless.status, JSON.parse(endless.stderr).error.code], [1, "query_timeout"]);
  assert.deepEqual(JSON.parse(moltres(["nonsense", "--json"]).stderr).error.code, "usage");
  assert.equal(ok(["query", db, "SELECT 1 AS a UNION ALL SELECT 2", "--limit", "1"]), "a\n-\n1\n… 1 more rows\n");
  assert.match(moltres(["query", db, "SELECT 1 AS a, 2 AS a"]).stderr, /two columns.*\[duplicate_column\]\n {2}hint: AS gives each column a name of its own\n$/s);
});

test("help of every command names its options", () => {
  const options = { query: ["--params", "--limit"], import: ["--table", "--if-exists", "--format", "--delimiter", "--no-header"], export: ["--to", "--format"], backup: ["--compress", "--password-env", "--password-file"], restore: ["--password-env", "--no-foreign-keys"], migrate: ["--to", "--dry-run"], recover: [], schema: [], check: [], vacuum: [], health: [] };
  for (const [name, own] of Object.entries(options)) {
    const text = ok([name, "--help"]);
    assert.match(text, new RegExp(`moltres ${name}`));
    if (name === "query") assert.equal(text, ok(["help", name]));
    for (const option of [...own, "--json", "--quiet", "--read-only", "--timeout"]) assert.ok(text.includes(option), `${name}: ${option}`);
  }
});

test("progress is drawn on a terminal only", () => {
  fs.writeFileSync(file("many.csv"), `id\n${Array.from({ length: 200_000 }, (_, i) => i).join("\n")}\n`);
  const { stderr } = moltres(["import", file("bar.db"), file("many.csv")]);
  assert.equal(stderr, "");
  // `script` gives a command a terminal.
  const quoted = (args) => args.map((each) => `'${each}'`).join(" ");
  const command = quoted([process.execPath, CLI, "import", file("bar.db"), file("many.csv"), "--if-exists", "replace"]);
  const onTerminal = (text) => spawnSync("script", ["-qec", text, "/dev/null"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  const seen = onTerminal(command);
  if (seen.error) return;
  assert.match(seen.stdout, /loading many\.csv \[[█·]+\]/);
  assert.doesNotMatch(onTerminal(`${command} --quiet`).stdout, /█/);
  assert.doesNotMatch(onTerminal(`${command} --json`).stdout, /█/);
});

fs.writeFileSync(file("wide.csv"), `id,name\n${Array.from({ length: 50_000 }, (_, i) => `${i},name ${i}`).join("\n")}\n`);
const shell = (command) => spawnSync("bash", ["-c", `${command}; echo "\${PIPESTATUS[@]}" >&2`], { encoding: "utf8", env: { ...process.env, M: `${process.execPath} ${CLI}`, D: dir } });
const ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

test("pipes: a reader that leaves, a full disk, standard input and output in the place of files", () => {
  ok(["import", file("pipe.db"), file("wide.csv"), "--table", "t"]);
  // Without end, so that memory must stay bounded; it ends when its reader does.
  for (const command of [`$M query :memory: '${ENDLESS}' --json | head -c 1000`, "$M export $D/pipe.db t | head -1", "$M export $D/pipe.db | head -1", "$M query $D/pipe.db 'SELECT * FROM t' --limit 50000 | head -1"]) {
    assert.equal(shell(command).stderr, "0 0\n", command);
  }
  assert.match(shell("$M backup $D/pipe.db - | head -c 10").stderr, /^moltres: nobody reads standard output\n1 0\n$/);
  if (fs.existsSync("/dev/full")) {
    for (const command of ["export $D/pipe.db t", "query $D/pipe.db 'SELECT * FROM t'", "schema $D/pipe.db"]) assert.match(shell(`$M ${command} > /dev/full`).stderr, /^moltres: standard output cannot be written: ENOSPC.*\n1\n$/, command);
  }
  assert.equal(shell("$M backup $D/pipe.db - | $M restore $D/pipe2.db -").stderr.split("\n").at(-2), "0 0");
  assert.equal(shell("$M export $D/pipe.db | $M restore $D/pipe3.db - --sql").stderr, "0 0\n");
  // A dump that is longer than a text of JavaScript may be.
  ok(["query", file("pipe.db"), "CREATE TABLE long AS SELECT zeroblob(30000000) AS b FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))"]);
  assert.equal(shell("$M export $D/pipe.db | tail -c 8").stdout, "COMMIT;\n");
  assert.equal(shell("$M export $D/pipe.db | head -1").stderr, "0 0\n");
  ok(["query", file("pipe.db"), "DROP TABLE long"]);
  assert.equal(shell("gzip -c $D/wide.csv | $M import $D/pipe3.db - --table u").stderr, "0 0\n");
  for (const name of ["pipe.db", "pipe2.db", "pipe3.db"]) assert.equal(ok(["query", file(name), "SELECT count(*) AS n FROM t"]).trim().split("\n").at(-1).trim(), "50000");
  assert.match(ok(["query", file("pipe3.db"), "SELECT count(*) AS n FROM u"]), /50000/);
  const unnamed = moltres(["import", file("pipe.db"), "-"], { input: "a\n1\n" });
  assert.deepEqual([unnamed.status, /--table/.test(unnamed.stderr)], [2, true]);
});

test("tables align in a terminal's columns", () => {
  assert.equal(ok(["query", ":memory:", "SELECT '日本' AS a, 'x' AS b UNION ALL SELECT '👨‍👩‍👧é', 'y' UNION ALL SELECT 'abcde', 'z'"]), "a      b\n-----  -\n日本   x\n👨‍👩‍👧é    y\nabcde  z\n");
});

test("what was mistyped is named, with what might be meant", () => {
  for (const [args, text] of [
    [["qery", db], '"query" might be meant'],
    [["help", "restroe"], '"restore" might be meant'],
    [["query", db, "SELECT 1", "--limt", "5"], "--limit might be meant"],
    [["backup", db, "x", "--password", "secret"], "--ask-password might be meant"],
    [["query", db], "<sql | -> is missing"],
    [["query", db, "SELECT 1", "--limit"], "--limit needs a value"],
    [["query", db, "SELECT 1", "--quiet=yes"], "--quiet takes no value"],
    [["check", db, "more"], '"more" is one argument too many'],
    [["query", db, "-- a comment\nSELECT 1"], "written after --"],
    [["export", db, "orders", "--format", "sql"], "without a table"],
    [["recover", db, db], "the damaged database itself"],
    [["backup", db, "x", "--password-env", "A", "--password-file", "B"], "is enough"],
    [["--json"], "a command is missing"],
  ]) {
    const { status, stdout, stderr } = moltres(args);
    assert.deepEqual([status, stdout, stderr.includes(text)], [2, "", true], stderr);
    assert.equal(JSON.parse(moltres([...(args.includes("--json") ? [] : ["--json"]), ...args]).stderr).error.code, "usage");
  }
  assert.equal(ok(["--json", "query", db, "SELECT 1 AS a"]), '[{"a":1}]\n');
  assert.equal(ok(["query", ":memory:", "--", "-- a comment\nSELECT 1 AS a"]), "a\n-\n1\n");
});

test("what fails leaves nothing behind and replaces nothing", () => {
  for (const args of [["import", file("fresh.db"), file("none.csv")], ["restore", file("fresh.db"), file("none.db")], ["import", file("fresh.db"), dir], ["migrate", file("fresh.db"), file("none.mjs")]]) {
    assert.equal(moltres(args).status, 1);
    assert.equal(fs.existsSync(file("fresh.db")), false, args[0]);
  }
  fs.mkdirSync(file("folder"));
  for (const args of [["backup", db, file("folder")], ["backup", db, file("folder"), "--compress"], ["export", db, "orders", "--to", file("folder")]]) {
    const { status, stderr } = moltres(args);
    assert.deepEqual([status, /it is a directory/.test(stderr)], [1, true], stderr);
  }
  fs.writeFileSync(file("kept.txt"), "kept");
  for (const args of [["export", db, "orders", "--to", file("kept.txt")], ["export", db, "--to", file("kept.txt")]]) {
    const { status, stderr } = moltres(args);
    assert.deepEqual([status, /--overwrite replaces it/.test(stderr), fs.readFileSync(file("kept.txt"), "utf8")], [1, true, "kept"]);
    ok([...args, "--overwrite"]);
    assert.notEqual(fs.readFileSync(file("kept.txt"), "utf8"), "kept");
    fs.writeFileSync(file("kept.txt"), "kept");
  }
  assert.deepEqual(fs.readdirSync(dir).filter((name) => /\.(tmp|part)$|-journal$/.test(name)), []);
});

/** The exit code of a command that gets a signal when `when` says so, and what it said. */
function signalled(args, signal, when) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (piece) => (stdout += piece));
    child.stderr.on("data", (piece) => (stderr += piece));
    // Before the command line listens, the signal itself ends it.
    child.on("exit", (status, by) => resolve({ status: by === null ? status : 128 + os.constants.signals[by], stdout, stderr }));
    child.stdin.on("error", () => {});
    when(child, () => child.kill(signal));
  });
}
const later = (ms) => (_child, kill) => setTimeout(kill, ms);

/** A machine that is busy may take longer until the command listens. */
async function whenItListens(args, signal, ms = 1000) {
  const ended = await signalled(args, signal, later(ms));
  return ended.stderr === "" && ms < 60_000 ? whenItListens(args, signal, 2 * ms) : ended;
}

test("Ctrl-C and SIGTERM stop a command, which leaves everything as it was", async () => {
  const base = file("signals.db");
  const folder = file("signals");
  fs.mkdirSync(folder);
  ok(["import", base, file("wide.csv"), "--table", "t"]);
  const before = fs.readFileSync(base);
  const query = await whenItListens(["query", base, `SELECT count(*) FROM (${ENDLESS})`], "SIGINT");
  assert.deepEqual([query.status, query.stderr], [130, "moltres: stopped\n"]);
  const json = await whenItListens(["query", base, `SELECT count(*) FROM (${ENDLESS})`, "--json"], "SIGTERM");
  assert.deepEqual([json.status, json.stdout, JSON.parse(json.stderr).error.code], [143, "", "cancelled"]);
  // An import that waits for the rest of its input.
  const load = await signalled(["import", base, "-", "--table", "u"], "SIGINT", (child, kill) => {
    child.stdin.write(`a,b\n${"1,2\n".repeat(200_000)}`);
    setTimeout(kill, 2000);
  });
  assert.deepEqual([load.status, load.stdout], [130, ""]);
  // A new file for a load that is stopped does not stay.
  const fresh = await signalled(["import", path.join(folder, "new.db"), "-", "--table", "u"], "SIGTERM", later(1500));
  assert.deepEqual([fresh.status, fs.readdirSync(folder)], [143, []]);
  fs.writeFileSync(path.join(folder, "out.csv"), "what it was");
  const written = await signalled(["export", base, ENDLESS, "--to", path.join(folder, "out.csv"), "--overwrite"], "SIGINT", later(2000));
  assert.deepEqual([written.status, fs.readdirSync(folder), fs.readFileSync(path.join(folder, "out.csv"), "utf8")], [130, ["out.csv"], "what it was"]);
  fs.writeFileSync(path.join(folder, "long.mjs"), `export default [{ version: 1, up: "CREATE TABLE m (x)" }, { version: 2, up: "INSERT INTO m ${ENDLESS}" }];`);
  const migrated = await signalled(["migrate", base, path.join(folder, "long.mjs")], "SIGTERM", later(2000));
  assert.equal(migrated.status, 143);
  // At any moment: done with 0 or nothing changed with 143, never something between.
  for (const ms of [300, 500, 600, 700, 800, 1000]) {
    const target = path.join(folder, "copy.db");
    const { status } = await signalled(["backup", base, target], "SIGTERM", later(ms));
    assert.deepEqual([fs.existsSync(target), fs.readdirSync(folder).filter((name) => /tmp|part|journal/.test(name))], [status === 0, []], `${ms}: ${status}`);
    assert.ok([0, 143].includes(status), String(status));
    fs.rmSync(target, { force: true });
  }
  assert.ok(fs.readFileSync(base).equals(before));
  assert.deepEqual(JSON.parse(ok(["check", base, "--json"])), { ok: true, integrity: ["ok"], foreignKeys: [] });
});
