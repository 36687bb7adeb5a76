import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-backup-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
let n = 0;
const fresh = (ending = ".db") => path.join(dir, `${n++}${ending}`);
const native = hasSqlite3();
function hasSqlite3() {
  try {
    execFileSync("sqlite3", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

async function sample(target = ":memory:") {
  const db = await connect(target);
  await db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT); CREATE INDEX i ON a (t)");
  await db.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO a SELECT i, hex(randomblob(40)) FROM n");
  return db;
}
const count = async (db) => (await db.query("SELECT count(*) AS n FROM a"))[0].n;
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code} (${error.message}) is not ${expected}`);

for (const kind of ["memory", "file"]) {
  const open = () => sample(kind === "memory" ? ":memory:" : fresh());

  test(`${kind}: bytes, Blob, path, stream and FileHandle hold the same database`, async () => {
    const db = await open();
    const bytes = await db.backup();
    assert.ok(bytes instanceof Uint8Array);
    assert.equal(Buffer.from(bytes.subarray(0, 15)).toString(), "SQLite format 3");
    const blob = await db.backup(undefined, { as: "blob" });
    const file = fresh();
    const progress = [];
    const report = await db.backup(file, { pagesPerStep: 50, onProgress: (p) => progress.push(p) });
    assert.equal(report.bytes, fs.statSync(file).size);
    assert.ok(progress.length > 2 && progress.at(-1).remainingPages === 0 && progress[0].totalPages > 50);
    const parts = [];
    await db.backup(new WritableStream({ write: (chunk) => void parts.push(chunk.slice()) }));
    const handlePath = fresh();
    const handle = await fs.promises.open(handlePath, "w");
    await db.backup(handle);
    await handle.close();
    for (const source of [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), blob, new File([blob], "x.db"), file, new URL(`file://${file}`), new Response(blob), blob.stream(), new Blob(parts), handlePath]) {
      await db.execute("DELETE FROM a WHERE id > 10");
      await db.restore(source);
      assert.equal(await count(db), 5000);
    }
    if (native) assert.equal(execFileSync("sqlite3", [file, "PRAGMA integrity_check; SELECT count(*) FROM a"]).toString(), "ok\n5000\n");
    assert.deepEqual(fs.readdirSync(dir).filter((name) => name.endsWith(".tmp")), []);
    const copy = await connect(bytes);
    assert.equal(await count(copy), 5000);
    await copy.close();
    await db.close();
  });

  test(`${kind}: gzip and passwords`, async () => {
    const db = await open();
    const plain = await db.backup();
    const gz = await db.backup(undefined, { compress: true });
    assert.ok(gz.length < plain.length);
    assert.equal(gunzipSync(gz).length, plain.length);
    const password = "pässword";
    const sealed = await db.backup(undefined, { encrypt: { password }, compress: "gzip" });
    const path1 = fresh(".enc");
    await db.backup(path1, { encrypt: { password } });
    await db.execute("DELETE FROM a");
    await db.restore(gz);
    assert.equal(await count(db), 5000);
    for (const source of [sealed, path1]) {
      await db.execute("DELETE FROM a WHERE id > 3");
      await db.restore(source, { password });
      assert.equal(await count(db), 5000);
      await assert.rejects(db.restore(source, { password: "wrong" }), code("wrong_password"));
      await assert.rejects(db.restore(source), code("wrong_password"));
    }
    // The same letters, composed in another way.
    await db.restore(sealed, { password: password.normalize("NFD") });
    if (kind === "file") return db.close();
    const raw = new Uint8Array(fs.readFileSync(path1));
    for (const at of [9, 20, 45, 64, 70, 64 + 65536 + 16, raw.length - 1]) {
      const bad = raw.slice();
      bad[at] ^= 1;
      await assert.rejects(db.restore(bad, { password }), code("corrupt"));
    }
    for (const length of [10, 63, 64, 70, 64 + 65552, raw.length - 65552, raw.length - 1]) await assert.rejects(db.restore(raw.subarray(0, length), { password }), code("corrupt"));
    const swapped = raw.slice();
    swapped.copyWithin(64, 64 + 65552, 64 + 2 * 65552);
    await assert.rejects(db.restore(swapped, { password }), code("corrupt"));
    await assert.rejects(db.restore(new Uint8Array([...raw, 0]), { password }), code("corrupt"));
    await assert.rejects(db.restore(gz.subarray(0, gz.length - 9)), code("corrupt"));
    assert.equal(await count(db), 5000);
    await db.close();
  });

  test(`${kind}: a bad source changes nothing`, async () => {
    const db = await open();
    const good = await db.backup();
    await db.execute("DELETE FROM a WHERE id > 7");
    const cases = [[new Uint8Array(0), "not_a_database"], [new TextEncoder().encode("hello"), "not_a_database"], [good.subarray(0, 50), "corrupt"], [good.subarray(0, good.length - 1), "corrupt"], [new Uint8Array([...good, 1]), "corrupt"], [fresh(), "storage_unavailable"], [dir, "storage_unavailable"], [42, "invalid_argument"], [new Response("", { status: 404 }), "storage_unavailable"]];
    const cut = fresh();
    fs.writeFileSync(cut, good.subarray(0, good.length / 2));
    cases.push([cut, "corrupt"]);
    for (const [source, expected] of cases) await assert.rejects(db.restore(source), code(expected));
    await assert.rejects(db.restore((async function* () { yield good.subarray(0, 5000); throw new Error("line cut"); })()), /line cut/);
    assert.equal(await count(db), 7);
    await db.close();
  });

  test(`${kind}: a backup while others write is one state`, async () => {
    const db = await open();
    let stop = false;
    const writer = (async () => {
      for (let i = 0; !stop; i++) {
        await db.execute("INSERT INTO a VALUES (?, 'x')", [10_000 + 2 * i]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const bytes = await db.backup(undefined, { pagesPerStep: 5 });
    stop = true;
    await writer;
    const copy = await connect(bytes);
    assert.deepEqual((await copy.query("PRAGMA integrity_check")).map((row) => row.integrity_check), ["ok"]);
    assert.ok((await count(copy)) >= 5000);
    await db.close();
  });

  test(`${kind}: SQL text`, async () => {
    const db = await open();
    const sql = await db.dump();
    assert.match(sql, /CREATE TABLE a/);
    await db.execute("DROP TABLE a");
    await db.restore({ sql });
    assert.equal(await count(db), 5000);
    await assert.rejects(db.restore({ sql: sql.slice(0, sql.length / 2) }));
    for (const empty of ["", " ;\n-- nothing\n"]) await assert.rejects(db.restore({ sql: empty }), code("empty_input"));
    assert.equal(await count(db), 5000);
    await db.close();
  });
}

test("a failing target leaves no file and the old content", async () => {
  const db = await sample();
  const target = fresh();
  fs.writeFileSync(target, "old");
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(db.backup(target, { signal }), /enough/);
  await assert.rejects(db.backup(target, { pagesPerStep: 5, onProgress: () => { throw new Error("no"); } }), /no/);
  assert.equal(fs.readFileSync(target, "utf8"), "old");
  await assert.rejects(db.backup(path.join(dir, "missing", "x.db")), code("storage_unavailable"));
  await assert.rejects(db.backup(new WritableStream({ write() { throw new Error("full"); } })), /full/);
  assert.deepEqual(fs.readdirSync(dir).filter((name) => name.includes(".tmp")), []);
  await assert.rejects(db.backup(target, { encrypt: {} }), code("invalid_argument"));
  await assert.rejects(db.backup(target, { nonsense: 1 }), code("invalid_argument"));
  await assert.rejects(db.backup({ write: 1 }), code("invalid_argument"));
  assert.equal(await count(db), 5000);
  await db.close();
  await assert.rejects(db.backup(), code("database_closed"));
});

test("a restore that is refused leaves no file open", { skip: fs.existsSync("/proc/self/fd") ? false : "there is no list of open files" }, async () => {
  const db = await sample();
  const file = fresh(".enc");
  await db.backup(file, { encrypt: { password: "secret" } });
  const open = () => fs.readdirSync("/proc/self/fd").length;
  const before = open();
  for (const options of [{}, { password: "wrong" }]) for (let i = 0; i < 3; i++) await assert.rejects(db.restore(file, options), { code: "wrong_password" });
  assert.equal(open(), before);
  await db.close();
});

test("an image with other pages restores after table-valued functions were used", async () => {
  const db = await sample();
  for (const size of [512, 4096, 65_536]) {
    const other = await connect();
    await other.execute(`PRAGMA page_size = ${size}; CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO a VALUES (${size}, 'x')`);
    const image = await other.backup();
    await db.table("a").columns();
    await db.sql("SELECT value FROM json_each('[1]')").collect();
    await db.restore(image);
    assert.deepEqual(await db.table("a").collect(), [{ id: size, t: "x" }]);
    assert.deepEqual(await db.sql("SELECT value FROM json_each('[1]')").collect(), [{ value: 1 }]);
    await db.read.csv({ text: "x\n1\n" }, { table: `t${size}` });
    await other.close();
  }
  await db.close();
});

test("a source or target that stalls can be left", { timeout: 20_000 }, async () => {
  const db = await sample();
  // Neither a stream that stalls nor AbortSignal.timeout keeps the process going.
  const alive = setInterval(() => {}, 1000);
  const image = await db.backup();
  const gz = await db.backup({ compress: true });
  const sealed = await db.backup({ encrypt: { password: "secret" } });
  const bad = Uint8Array.from(gz, (byte, i) => (i > 100 && i < 200 ? 255 - byte : byte));
  /** Gives its parts and then nothing for ever. */
  const stalled = (...parts) => {
    const seen = {};
    const stream = new ReadableStream({
      pull: (controller) => (parts.length > 0 ? controller.enqueue(parts.shift()) : new Promise(() => {})),
      cancel: () => {
        seen.cancelled = true;
      },
    });
    return { stream, seen };
  };
  const refused = [[bad.subarray(0, 5000), {}, "corrupt"], [sealed.subarray(0, 200), {}, "wrong_password"], [sealed.subarray(0, sealed.length - 50), { password: "wrong" }, "wrong_password"]];
  for (const [part, options, expected] of refused) {
    const { stream, seen } = stalled(part);
    await assert.rejects(db.restore(stream, options), code(expected));
    assert.ok(seen.cancelled, expected);
    await assert.rejects(db.restore((async function* () { yield part; await new Promise(() => {}); })(), options), code(expected));
  }
  for (const part of [image.subarray(0, 9000), gz.subarray(0, 5000), sealed.subarray(0, 9000), image.subarray(0, 3)]) {
    const { stream, seen } = stalled(part);
    await assert.rejects(db.restore(stream, { password: "secret", signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(seen.cancelled);
  }
  for (const options of [{}, { compress: true }, { encrypt: { password: "secret" } }]) {
    const target = new WritableStream({ write: () => new Promise(() => {}) });
    await assert.rejects(db.backup(target, { ...options, signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  }
  clearInterval(alive);
  assert.equal(await count(db), 5000);
  await db.close();
});

test("a database is not its own backup, by whatever name", async () => {
  const file = fresh();
  const db = await connect(`file:${file}`);
  await db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)");
  const link = fresh();
  fs.symlinkSync(file, link);
  for (const target of [file, link, `file:${file}`, path.join(dir, ".", "x", "..", path.basename(file))]) {
    for (const options of [{}, { compress: true }, { encrypt: { password: "secret" } }]) await assert.rejects(db.backup(target, options), code("invalid_argument"));
    await assert.rejects(db.restore(target), code("invalid_argument"));
  }
  await db.history.enable();
  assert.ok(fs.existsSync(`${file}-history`));
  await db.close();
  const worker = await connect(file, { worker: true });
  await assert.rejects(worker.backup(file, { compress: true }), code("invalid_argument"));
  assert.equal(await count(worker), 1);
  // Another file is replaced where a link to it leads.
  const target = fresh();
  fs.writeFileSync(target, "old");
  const other = fresh();
  fs.symlinkSync(target, other);
  await worker.backup(other);
  assert.ok(fs.lstatSync(other).isSymbolicLink());
  assert.equal(fs.readFileSync(target, "latin1").slice(0, 6), "SQLite");
  await worker.close();
});

test("a file in WAL mode restores, with what is in its WAL", { skip: !native && "sqlite3 is not installed" }, async () => {
  const source = fresh();
  const sqlite3 = (file, sql) => execFileSync("sqlite3", [file, sql], { encoding: "utf8" }).trim();
  sqlite3(source, "PRAGMA journal_mode = WAL; CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2)");
  const image = fs.readFileSync(source);
  // Killed before its WAL was written back.
  const pending = fresh();
  const shell = spawn("sqlite3", [pending]);
  shell.stdin.write("PRAGMA journal_mode = WAL; CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2); SELECT 'ready';\n");
  await new Promise((resolve) => shell.stdout.on("data", (text) => String(text).includes("ready") && resolve()));
  const busy = await connect();
  await assert.rejects(busy.restore(pending), (error) => error.code === "busy" && /^restore: .*WAL/.test(error.message) && /DELETE/.test(error.hint));
  await busy.close();
  shell.kill("SIGKILL");
  await once(shell, "exit");
  for (const [name, options] of [[":memory:"], [undefined], [undefined, { worker: true }]]) {
    const file = name ?? fresh();
    const db = await connect(file, options);
    await db.execute("CREATE TABLE old (x)");
    for (const from of [source, pending, image]) {
      await db.restore(from);
      await db.execute("INSERT INTO a VALUES (3)");
      assert.deepEqual([await count(db), await db.tables(), (await db.integrityCheck()).ok], [3, ["a"], true]);
      assert.notEqual((await db.queryRow("PRAGMA journal_mode")).journal_mode, "wal");
    }
    await db.close();
    if (name === undefined) assert.equal(sqlite3(file, "SELECT count(*) FROM a; PRAGMA integrity_check"), "3\nok");
  }
  // Into one, of other pages too.
  const db = await connect(source);
  const small = await connect();
  await small.execute("PRAGMA page_size = 512; CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (7)");
  await db.restore(await small.backup());
  assert.equal(await count(db), 1);
  await db.close();
  assert.equal(sqlite3(source, "SELECT id FROM a; PRAGMA integrity_check"), "7\nok");
});

test("what an interrupted writer left says so where it cannot be rolled back", { skip: !native && "sqlite3 is not installed" }, async () => {
  const file = fresh();
  const shell = spawn("sqlite3", [file]);
  shell.stdin.write("CREATE TABLE a (id INTEGER PRIMARY KEY, x); INSERT INTO a SELECT value, hex(randomblob(200)) FROM generate_series(1, 3000); PRAGMA cache_size = 5; BEGIN; UPDATE a SET x = ''; SELECT 'ready';\n");
  await new Promise((resolve) => shell.stdout.on("data", (text) => String(text).includes("ready") && resolve()));
  shell.kill("SIGKILL");
  await once(shell, "exit");
  await assert.rejects(connect(file, { readOnly: true }), (error) => error.code === "permission_denied" && /^connect: .*interrupted/.test(error.message));
  const db = await connect();
  await assert.rejects(db.restore(file), (error) => error.code === "permission_denied" && /^restore: .*interrupted/.test(error.message));
  await (await connect(file)).close();
  await db.restore(file);
  assert.equal(await count(db), 3000);
  await db.close();
});
