// Files: locks shared with native SQLite, kills, WAL, errors. `MOLTRES_CAMPAIGN=300` (seconds) runs the long campaign: make campaign.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-storage-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
let n = 0;
const fresh = () => path.join(dir, `${n++}.db`);
const native = spawnSync("sqlite3", ["--version"]).status === 0;
const seconds = Number(process.env.MOLTRES_CAMPAIGN ?? 6);
const kills = process.env.MOLTRES_CAMPAIGN ? 100 : 8;
const WRITER = fileURLToPath(new URL("storage-writer.mjs", import.meta.url));
const sqlite3 = (file, sql) => execFileSync("sqlite3", ["-cmd", ".timeout 20000", file, sql], { stdio: ["ignore", "pipe", "pipe"] }).toString().trim();
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code} (${error.message}) is not ${expected}`);

async function prepared() {
  const file = fresh();
  const db = await connect(file);
  await db.execute("CREATE TABLE log (writer TEXT, i INTEGER, x TEXT, PRIMARY KEY (writer, i)); CREATE TABLE counter (n); INSERT INTO counter VALUES (0); CREATE INDEX by_x ON log (x)");
  await db.close();
  return file;
}

/** Runs a writer of ours; its acknowledged commits. */
function ours(file, name, time, locking) {
  const child = spawn(process.execPath, [WRITER, file, name, String(time)], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...(locking ? { MOLTRES_LOCKING: locking } : {}) } });
  const acknowledged = [];
  let rest = "";
  let errors = "";
  let ready;
  const started = new Promise((resolve) => (ready = resolve));
  child.stdout.on("data", (data) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (/^\d+$/.test(line)) acknowledged.push(Number(line));
      else if (line === "ready") ready();
    }
  });
  child.stderr.on("data", (data) => (errors += data));
  const ended = new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, errors })));
  ended.then(ready);
  return { child, acknowledged, started, ended };
}

/** A native connection that stays open and writes statement by statement. */
function nativeWriter(file, name, time) {
  const child = spawn("sqlite3", ["-cmd", ".timeout 20000", file], { stdio: ["pipe", "pipe", "pipe"] });
  const acknowledged = [];
  const until = Date.now() + time * 1000;
  let i = 0;
  let errors = "";
  const next = () => {
    if (Date.now() > until) return child.stdin.end();
    i++;
    const insert = `INSERT INTO log VALUES ('${name}', ${i}, '${"z".repeat((i * 53) % 4000)}');`;
    child.stdin.write(i % 3 === 0 ? `BEGIN IMMEDIATE; ${insert} UPDATE counter SET n = n + 1; COMMIT; SELECT 'ack';\n` : `${insert} SELECT 'ack';\n`);
  };
  child.stdout.on("data", () => {
    acknowledged.push(i);
    next();
  });
  child.stderr.on("data", (data) => (errors += data));
  const ended = new Promise((resolve) => child.on("close", (status) => resolve({ status, errors })));
  next();
  return { acknowledged, ended };
}

test("vacuum leaves a file its page size", async () => {
  for (const size of [1024, 4096, 8192]) {
    const db = await connect(fresh());
    await db.execute(`PRAGMA page_size = ${size}; CREATE TABLE t (x)`);
    await db.createDataFrame([{ x: 1 }]).write.mode("append").saveAsTable("t");
    await db.vacuum();
    assert.deepEqual(await db.queryRow("PRAGMA page_size"), { page_size: size });
    await db.close();
  }
});

test("ours and native sqlite3 write to one file at once", { skip: !native && "sqlite3 is not installed", timeout: (seconds + 120) * 1000 }, async () => {
  const file = await prepared();
  const writers = { ours1: ours(file, "ours1", seconds), ours2: ours(file, "ours2", seconds, "python3"), native1: nativeWriter(file, "native1", seconds), native2: nativeWriter(file, "native2", seconds) };
  const checks = [];
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const check = spawnSync("sqlite3", ["-cmd", ".timeout 20000", file, "PRAGMA integrity_check"]).stdout.toString().trim();
    if (check) checks.push(check);
  }
  let total = 0;
  for (const [name, writer] of Object.entries(writers)) {
    const { status, errors } = await writer.ended;
    assert.equal(status, 0, `${name}: ${errors}`);
    assert.equal(errors, "", name);
    assert.ok(writer.acknowledged.length > 0, name);
    const found = new Set(sqlite3(file, `SELECT i FROM log WHERE writer = '${name}'`).split("\n").map(Number));
    const lost = writer.acknowledged.filter((i) => !found.has(i));
    assert.deepEqual(lost, [], `${name} lost acknowledged commits`);
    total += writer.acknowledged.length;
  }
  assert.equal(sqlite3(file, "PRAGMA integrity_check"), "ok");
  assert.deepEqual([...new Set(checks)], ["ok"]);
  // Nobody's increment overwrote another's.
  const increments = Object.values(writers).flatMap((writer) => writer.acknowledged.filter((i) => i % 3 === 0)).length;
  assert.equal(Number(sqlite3(file, "SELECT n FROM counter")), increments);
  console.log(`# ${seconds} s: ${Object.entries(writers).map(([name, writer]) => `${name} ${writer.acknowledged.length}`).join(", ")}; ${total} commits, ${checks.length} checks meanwhile`);
});

test(`kill -9, ${kills} times: no acknowledged commit is lost`, { timeout: kills * 30_000 }, async () => {
  const file = await prepared();
  const acknowledged = [];
  for (let k = 0; k < kills; k++) {
    const name = `w${k}`;
    const writer = ours(file, name, 60);
    await writer.started;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
    writer.child.kill("SIGKILL");
    await writer.ended;
    acknowledged.push(...writer.acknowledged.map((i) => [name, i]));
    // The next opener, by turns ours and native, rolls back what was under way.
    if (k % 2 && native) assert.equal(sqlite3(file, "PRAGMA integrity_check"), "ok");
    else {
      const db = await connect(file);
      assert.equal((await db.query("PRAGMA integrity_check"))[0].integrity_check, "ok");
      await db.close();
    }
  }
  const db = await connect(file);
  const found = new Set((await db.query("SELECT writer || ' ' || i AS k FROM log")).map((row) => row.k));
  const lost = acknowledged.filter(([name, i]) => !found.has(`${name} ${i}`));
  assert.deepEqual(lost, []);
  await db.close();
  console.log(`# ${kills} kills, ${acknowledged.length} acknowledged commits, none lost`);
});

for (const locking of ["perl", "python3", "ffi"]) {
  test(`locks by ${locking} exclude native sqlite3 and are excluded by it`, async (t) => {
    if (!native) return t.skip("sqlite3 is not installed");
    const file = await prepared();
    const script = `
      import { connect } from ${JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href)};
      const db = await connect(${JSON.stringify(file)});
      await db.execute("BEGIN IMMEDIATE"); await db.execute("UPDATE counter SET n = 5"); console.log("locked");
      process.stdin.once("data", async () => { await db.execute("COMMIT"); await db.close(); process.stdin.destroy(); });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, MOLTRES_LOCKING: locking } });
    let errors = "";
    child.stderr.on("data", (data) => (errors += data));
    const locked = await new Promise((resolve) => {
      child.stdout.once("data", () => resolve(true));
      child.once("close", () => resolve(false));
    });
    if (!locked && /no way to lock/.test(errors)) return t.skip(`${locking} is not there`);
    assert.ok(locked, errors);
    const read = spawnSync("sqlite3", [file, "SELECT n FROM counter"]);
    assert.equal(read.stdout.toString().trim(), "0", "readers go on while a writer prepares");
    const write = spawnSync("sqlite3", [file, "UPDATE counter SET n = 7"]);
    assert.match(write.stderr.toString(), /locked/);
    child.stdin.write("\n");
    await new Promise((resolve) => child.once("close", resolve));
    assert.equal(sqlite3(file, "SELECT n FROM counter"), "5");
  });
}

test("a file in WAL mode is used alone, and stays in WAL mode", { skip: !native }, async () => {
  const file = await prepared();
  assert.equal(sqlite3(file, "PRAGMA journal_mode = WAL"), "wal");
  const db = await connect(file);
  await db.execute("UPDATE counter SET n = 3");
  assert.notEqual(spawnSync("sqlite3", [file, "SELECT n FROM counter"]).status, 0);
  const image = await db.backup();
  await db.close();
  assert.equal(sqlite3(file, "SELECT n FROM counter; PRAGMA journal_mode"), "3\nwal");
  const copy = await connect(image);
  assert.equal((await copy.query("SELECT n FROM counter"))[0].n, 3);
  await copy.close();
  const reader = await connect(file, { readOnly: true });
  assert.equal((await reader.query("SELECT n FROM counter"))[0].n, 3);
  await assert.rejects(reader.execute("UPDATE counter SET n = 4"), code("permission_denied"));
  await reader.close();
});

test("a rollback journal stays what it is, also when WAL is asked for", async () => {
  const db = await connect(await prepared());
  assert.equal((await db.query("PRAGMA journal_mode = WAL"))[0].journal_mode, "delete");
  await db.close();
});

test("what cannot be opened says why", async () => {
  const nothing = fresh();
  await assert.rejects(connect(nothing, { create: false }), (error) => error.code === "storage_unavailable" && /must exist/.test(error.hint));
  await assert.rejects(connect(dir), (error) => error.code === "storage_unavailable" && /in that directory/.test(error.hint));
  await assert.rejects(connect(nothing, { readOnly: true }), code("storage_unavailable"));
  assert.equal(fs.existsSync(nothing), false);
  await assert.rejects(connect(path.join(dir, "no", "such.db")), code("storage_unavailable"));
  await assert.rejects(connect(dir), code("storage_unavailable"));
  const text = fresh();
  fs.writeFileSync(text, "this is a text, and no database at all, although it is long enough to have a header of one hundred bytes.");
  await assert.rejects(connect(text), code("not_a_database"));
  await assert.rejects(connect(nothing, { locking: "hope" }), code("invalid_argument"));
});

test("a file is read and written in place, never loaded whole", async () => {
  const file = fresh();
  const db = await connect(file);
  await db.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, x BLOB)");
  await db.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO big SELECT i, randomblob(4000) FROM n");
  assert.ok(fs.statSync(file).size > 100e6);
  await db.close();
  const script = `
    import { connect } from ${JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href)};
    const db = await connect(${JSON.stringify(file)});
    const before = process.memoryUsage.rss();
    const [row] = await db.query("SELECT count(*) AS n, sum(length(x)) AS bytes FROM big");
    await db.backup(${JSON.stringify(fresh())});
    console.log(JSON.stringify({ ...row, grown: process.memoryUsage.rss() - before }));
    await db.close();`;
  const { n: rows, bytes, grown } = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script]).toString());
  assert.deepEqual([rows, bytes], [30000, 120000000]);
  assert.ok(grown < 60e6, `${grown} bytes grown`);
});

test("a file that is renamed, replaced or removed while it is open is not written to", async () => {
  for (const [name, move] of [
    ["renamed", (file) => fs.renameSync(file, `${file}.old`)],
    ["removed", (file) => fs.unlinkSync(file)],
    ["replaced", (file) => (fs.writeFileSync(`${file}.new`, "not a database"), fs.renameSync(`${file}.new`, file))],
  ]) {
    for (const worker of [false, true]) {
      const file = await prepared();
      const db = await connect(file, { worker });
      await db.insert("counter", [{ n: 1 }]);
      move(file);
      for (const write of [() => db.insert("counter", [{ n: 2 }]), () => db.transaction((tx) => tx.execute("DELETE FROM counter")), () => db.read.csv({ text: "n\n5\n" }, { table: "counter", ifExists: "append" }), () => db.vacuum()]) {
        await assert.rejects(write(), (error) => error.code === "storage_unavailable" && error.name === "StorageError" && /renamed, replaced or removed/.test(error.message), name);
      }
      // What was acknowledged can be read, and saved.
      assert.deepEqual((await db.query("SELECT n FROM counter")).map((row) => row.n), [0, 1]);
      await db.backup(`${file}.saved`);
      await db.close();
      assert.deepEqual(fs.readdirSync(dir).filter((each) => each.endsWith("-journal")), []);
      const saved = await connect(`${file}.saved`);
      assert.equal(await saved.table("counter").count(), 2);
      await saved.close();
      if (name === "replaced") assert.equal(fs.readFileSync(file, "utf8"), "not a database");
    }
  }
});

test("two connections of one process wait for each other", async () => {
  const file = await prepared();
  const [one, two] = [await connect(file), await connect(file)];
  await one.execute("BEGIN IMMEDIATE");
  await one.execute("UPDATE counter SET n = 1");
  assert.equal((await two.query("SELECT n FROM counter"))[0].n, 0);
  await assert.rejects(two.execute("UPDATE counter SET n = 2"), code("busy"));
  await one.execute("COMMIT");
  await two.execute("UPDATE counter SET n = n + 10");
  assert.equal((await one.query("SELECT n FROM counter"))[0].n, 11);
  await one.close();
  await two.close();
});

test("history of a file goes on after it is opened again", async () => {
  const file = await prepared();
  let db = await connect(file);
  await db.history.enable();
  await db.execute("UPDATE counter SET n = 1");
  const [, first] = await db.history.list();
  await db.execute("UPDATE counter SET n = 2");
  await db.close();
  db = await connect(file);
  await db.history.enable();
  assert.deepEqual((await db.history.list()).map((entry) => entry.kind), ["base", "change", "change"]);
  await db.restore({ to: first.id });
  assert.equal((await db.query("SELECT n FROM counter"))[0].n, 1);
  const before = new Date();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await db.execute("UPDATE counter SET n = 9");
  await db.restore({ to: before });
  assert.equal((await db.query("SELECT n FROM counter"))[0].n, 1);
  await db.history.prune({ keep: 1 });
  assert.equal((await db.history.list()).length, 1);
  await assert.rejects(db.restore({ to: 1 }), code("invalid_argument"));
  await db.close();
  if (native) {
    sqlite3(file, "UPDATE counter SET n = 50");
    db = await connect(file);
    await db.history.enable();
    assert.deepEqual((await db.history.list()).map((entry) => entry.kind), ["base", "base"]);
    await db.close();
  }
});
