// Where writers write to: links, pipes, folders, streams that fail or stall, files that lack their last line end; and values that
// must not be mistaken for others when they are read back.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "moltres-targets-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
const refused = (promise, code, pattern = /./) =>
  assert.rejects(promise, (error) => (error.code === code && pattern.test(`${error.message} ${error.hint}`)) || assert.fail(`${error.code}: ${error.message}`));
const db = await connect();
after(() => db.close());
const frame = db.createDataFrame([{ a: 3, b: "x" }]);
const large = db.createDataFrame({ a: Array.from({ length: 100_000 }, (_, i) => `${Math.random()} ${i}`) });

test("what is in the place of a file is kept what it is", async () => {
  writeFileSync(at("data.csv"), "old");
  chmodSync(at("data.csv"), 0o600);
  symlinkSync("data.csv", at("link.csv"));
  await frame.write.mode("overwrite").csv(at("link.csv"));
  assert.ok(lstatSync(at("link.csv")).isSymbolicLink());
  assert.equal(readFileSync(at("data.csv"), "utf8"), "a,b\n3,x\n");
  assert.equal(statSync(at("data.csv")).mode & 0o777, 0o600);
  mkdirSync(at("folder"));
  for (const mode of ["error", "append", "overwrite"]) await refused(frame.write.mode(mode).csv(at("folder")), "storage_unavailable", /is a directory/);
  await refused(frame.write.csv(at("absent/x.csv")), "storage_unavailable", /no such folder/);
  execFileSync("mkfifo", [at("pipe")]);
  for (const mode of ["overwrite", "append", "error"]) {
    const cat = spawn("cat", [at("pipe")]);
    const chunks = cat.stdout.toArray();
    await frame.write.mode(mode).csv(at("pipe"));
    assert.equal(Buffer.concat(await chunks).toString(), "a,b\n3,x\n");
    assert.ok(lstatSync(at("pipe")).isFIFO());
  }
  await frame.write.mode("overwrite").csv("/dev/null");
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
  await refused(frame.write.csv("/dev/full"), "storage_full");
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes("part")), []);
});

test("appended rows begin on a line of their own, in the same compression", async () => {
  for (const [end, expected] of [["", "\n"], ["\n", ""], ["\r\n", ""], ["\r", ""]]) {
    writeFileSync(at("a.csv"), `a,b\n1,y${end}`);
    await frame.write.mode("append").csv(at("a.csv"));
    assert.equal(readFileSync(at("a.csv"), "utf8"), `a,b\n1,y${end}${expected}3,x\n`);
  }
  writeFileSync(at("a.jsonl"), '{"a":1}');
  await frame.write.mode("append").jsonl(at("a.jsonl"));
  assert.equal(readFileSync(at("a.jsonl"), "utf8"), '{"a":1}\n{"a":3,"b":"x"}\n');
  await refused(frame.write.mode("append").csv(at("a.csv"), { compression: "gzip" }), "invalid_argument", /not compressed.*"none"/);
  writeFileSync(at("a.csv.gz"), gzipSync("a,b\n1,y\n"));
  await refused(frame.write.mode("append").csv(at("a.csv.gz")), "invalid_argument", /is compressed.*"gzip"/);
  await frame.write.mode("append").csv(at("a.csv.gz"), { compression: "gzip" });
  assert.equal((await db.read.csv(at("a.csv.gz"))).readReport.rows, 2);
});

test("Node's streams are targets", async () => {
  const through = new PassThrough();
  const chunks = through.toArray();
  await frame.write.csv(through);
  assert.equal(Buffer.concat(await chunks).toString(), "a,b\n3,x\n");
  let n = 0;
  const failing = new Writable({ write: (_, __, done) => done(n++ > 0 ? new Error("no more") : null) });
  await assert.rejects(large.write.csv(failing), /no more/);
  assert.ok(failing.destroyed);
});

test("targets that fail or stall", { timeout: 20_000 }, async () => {
  for (const compression of ["none", "gzip"]) {
    let n = 0;
    await assert.rejects(large.write.csv(new WritableStream({ write: () => { if (n++ > 0) throw new Error("no more"); } }), { compression }), /no more/);
    const reason = new Error("enough");
    const control = new AbortController();
    setTimeout(() => control.abort(reason), 100);
    await assert.rejects(large.write.csv(new WritableStream({ write: () => new Promise(() => {}) }), { compression, signal: control.signal }), (error) => error === reason);
  }
  const locked = new WritableStream();
  locked.getWriter();
  await refused(frame.write.csv(locked), "invalid_argument", /locked/);
});

test("values come back as what they were", async () => {
  const doubles = [2 ** 60, 1e20, 2 ** 53 + 2, 1.5, 2 ** 63, -(2 ** 62), 1e21, 5e-324];
  const numbers = db.createDataFrame(doubles.map((x) => ({ x })), { schema: { x: "double" } });
  for (const back of [await db.read.csv({ text: await numbers.write.csv() }), await db.read.jsonl({ text: await numbers.write.jsonl() })]) {
    assert.deepEqual(await back.dtypes(), [["x", "double"]]);
    assert.deepEqual((await back.collect()).map((row) => row.x), doubles);
  }
  for (const [values, nullValue] of [[[0, null, 5], "0"], [[true, null, false], "true"], [["NA", null, ""], "NA"]]) {
    const text = await db.createDataFrame(values.map((x) => ({ x }))).write.csv({ nullValue });
    assert.deepEqual((await (await db.read.csv({ text }, { nullValues: [nullValue] })).collect()).map((row) => row.x), values, nullValue);
  }
  const bytes = db.createDataFrame([{ x: new Uint8Array(0), y: 1 }, { x: null, y: 2 }], { schema: { x: "binary", y: "int" } });
  assert.equal(await bytes.write.csv(), 'x,y\n"",1\n,2\n');
  for (const format of ["json", "jsonl"]) await refused(db.sql("SELECT 1 AS a, 2 AS a").write[format](), "duplicate_column", /two columns named "a"/);
});
