// Readers and writers from JavaScript: sources, encodings, compression, streaming, abort, tables, and text that comes back as it was.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "moltres-read-"));
after(() => rmSync(folder, { recursive: true }));

const text = "id,name,v\n1,Ångström 😀,1.5\n2,\"a,\"\"b\"\"\n\",\n";
const rows = [{ id: 1, name: "Ångström 😀", v: 1.5 }, { id: 2, name: 'a,"b"\n', v: null }];
const bytes = new TextEncoder().encode(text);

const refused = (promise, code) => assert.rejects(promise, (error) => error.code === code || assert.fail(`${error.code}: ${error.message}`));

test("every kind of source gives the same rows", async () => {
  const db = await connect();
  const path = join(folder, "a.csv");
  writeFileSync(path, text);
  async function* slow(size) {
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      yield bytes.subarray(at, at + size);
    }
  }
  const sources = {
    path, url: new URL(`file://${path}`), blob: new Blob([bytes]), bytes, buffer: bytes.slice().buffer, text: { text }, response: new Response(bytes),
    stream: new Blob([bytes]).stream(), readable: Readable.from([Buffer.from(bytes)]), promise: Promise.resolve(bytes), chunks: [bytes.subarray(0, 13), bytes.subarray(13)],
    // A surrogate pair cut between two texts.
    texts: [text.slice(0, text.indexOf("😀") + 1), text.slice(text.indexOf("😀") + 1)], slow: slow(5),
    gzip: gzipSync(bytes), members: Buffer.concat([gzipSync(bytes.subarray(0, 20)), gzipSync(bytes.subarray(20))]), deflate: deflateSync(Buffer.from(bytes)),
    utf16: new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le")), bom: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  };
  for (const [name, source] of Object.entries(sources)) {
    const frame = await db.read.csv(source);
    assert.deepEqual([...(await frame.collect())], rows, name);
  }
  await refused(db.read.csv(join(folder, "absent.csv")), "storage_unavailable");
  await refused(db.read.csv(gzipSync(bytes).subarray(0, 30)), "corrupt");
  await refused(db.read.csv({ text: "x^2,y\n1,2\n" }, { columns: ["z"] }), "unknown_column");
  await db.close();
});

test("streaming gives typed batches without a table", async () => {
  const db = await connect();
  const before = (await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length;
  const big = `n,t\n${Array.from({ length: 50_000 }, (_, i) => `${i},2024-01-31T10:20:30Z`).join("\n")}\n9007199254740993,\n`;
  for (const source of [() => ({ text: big }), () => new Blob([big]).stream()]) {
    let n = 0;
    let last;
    for await (const batch of db.read.csv(source(), { stream: true, batchSize: 1000 })) {
      assert.ok(batch.length <= 1000);
      n += batch.length;
      last = batch.at(-1);
    }
    assert.equal(n, 50_001);
    assert.deepEqual(last, { n: 9007199254740993n, t: null });
  }
  for await (const batch of db.read.csv({ text: big }, { stream: true })) {
    assert.deepEqual(batch[0], { n: 0, t: "2024-01-31 10:20:30" });
    break;
  }
  const late = `n\n${"1\n".repeat(50_000)}x\n`;
  const drain = async (source, options) => {
    let n = 0;
    for await (const batch of db.read.csv(source, { stream: true, ...options })) n += batch.length;
    return n;
  };
  assert.equal(await drain({ text: late }), 50_001);
  await refused(drain(new Blob([late]).stream()), "csv_type_conflict");
  assert.equal(await drain(new Blob([late]).stream(), { onTypeConflict: "null" }), 50_001);
  assert.equal((await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length, before);
  await db.close();
});

test("abort leaves nothing, progress tells, the report counts", async () => {
  const db = await connect();
  const big = new TextEncoder().encode(`n,t\n${"1,abcdefgh\n".repeat(400_000)}`);
  const stop = new AbortController();
  let seen = 0;
  const reason = new Error("enough");
  await assert.rejects(db.read.csv(big, { table: "t", signal: stop.signal, onProgress: ({ rows }) => rows > 100_000 && ++seen === 1 && stop.abort(reason) }), (e) => e === reason);
  assert.deepEqual(await db.tables(), []);
  assert.equal((await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length, 0);
  const steps = [];
  const frame = await db.read.csv(big, { onProgress: (p) => steps.push(p) });
  assert.ok(steps.length > 5 && steps.every((p, i) => p.totalBytes === big.length && (i === 0 || p.rows >= steps[i - 1].rows)));
  assert.equal(steps.at(-1).bytes, big.length);
  assert.equal(frame.readReport.rows, 400_000);
  const odd = await db.read.csv({ text: "a,A,\n1\n1,2,3,4\n" });
  assert.deepEqual(odd.readReport.problems.byKind, { short_record: 1, long_record: 1, empty_name: 1, repeated_name: 1 });
  assert.deepEqual(await odd.columns(), ["a", "A_2", "_c2"]);
  await refused(db.read.csv({ text }, { delimeter: ";" }), "invalid_argument");
  await refused(db.read.csv({ text }, { encoding: "nonsense" }), "invalid_argument");
  await db.close();
});

test("named tables, appended and replaced, and a sink", async () => {
  const db = await connect();
  await db.read.csv({ text }, { table: "t" });
  await refused(db.read.csv({ text }, { table: "t" }), "invalid_argument");
  await db.read.csv({ text }, { table: "t", ifExists: "append" });
  assert.equal(await db.table("t").count(), 4);
  await db.read.csv({ text: "x\n1\n" }, { table: "t", ifExists: "replace" });
  assert.deepEqual(await db.table("t").columns(), ["x"]);
  const sink = db.csvSink("s");
  await new Blob([text]).stream().pipeTo(sink);
  assert.deepEqual([...(await db.table("s").collect())], rows);
  assert.equal((await sink.report).rows, 2);
  await assert.rejects(new Blob(['a\n"x']).stream().pipeTo(db.csvSink("u")));
  assert.deepEqual((await db.tables()).sort(), ["s", "t"]);
  await db.close();
});

test("JSON, JSON lines and text", async () => {
  const db = await connect();
  const items = [{ a: 1, b: "x", c: [1, 2], d: { e: true } }, { a: 2.5, f: null }];
  for (const frame of [await db.read.json({ text: JSON.stringify(items, null, 1) }), await db.read.jsonl({ text: items.map((i) => JSON.stringify(i)).join("\n") })]) {
    assert.deepEqual(await frame.dtypes(), [["a", "double"], ["b", "string"], ["c", "array<bigint>"], ["d", "struct<e:boolean>"], ["f", "string"]]);
    assert.deepEqual([...(await frame.collect())], [{ ...items[0], f: null }, { a: 2.5, b: null, c: null, d: null, f: null }]);
  }
  assert.deepEqual([...(await (await db.read.text({ text: "one\r\n\ntwo" })).collect())], [{ value: "one" }, { value: "" }, { value: "two" }]);
  const streamed = [];
  for await (const batch of db.read.jsonl({ text: '{"a":1}\n{"b":[2]}\n' }, { stream: true })) streamed.push(...batch);
  assert.deepEqual(streamed, [{ a: 1, b: null }, { a: null, b: [2] }]);
  await refused(db.read.parquet(new Uint8Array(10)), "unsupported");
  await db.close();
});

test("typed values, and what a spreadsheet would run", async () => {
  const db = await connect();
  const typed = db.createDataFrame([{ i: 1, b: true, d: "2024-01-31", big: 9007199254740993n, r: 0.1, n: [1] }], { schema: { i: "int", b: "boolean", d: "date", big: "bigint", r: "double", n: "array<int>" } });
  assert.equal(await typed.write.csv(), 'i,b,d,big,r,n\n1,true,2024-01-31,9007199254740993,0.1,[1]\n');
  assert.equal(await db.createDataFrame([{ a: "=1+1", b: "-x" }]).write.csv({ guardFormulas: true }), "a,b\n'=1+1,'-x\n");
  await refused(db.createDataFrame([{ a: null }], { schema: { a: "string" } }).write.csv(), "invalid_argument");
  await db.close();
});

test("files appear whole or not at all", async () => {
  const db = await connect();
  const frame = db.createDataFrame([{ a: 1 }, { a: 2 }]);
  const path = join(folder, "out.csv");
  await frame.write.csv(path);
  await refused(frame.write.csv(path), "invalid_argument");
  await frame.write.mode("ignore").csv(path);
  await frame.write.mode("append").csv(path);
  assert.equal(readFileSync(path, "utf8"), "a\n1\n2\n1\n2\n");
  await frame.write.mode("overwrite").csv(path, { header: false });
  assert.equal(readFileSync(path, "utf8"), "1\n2\n");
  await assert.rejects(frame.selectExpr("nothing").write.csv(join(folder, "failed.csv")));
  let out = "";
  await frame.write.jsonl(new WritableStream({ write: (chunk) => void (out += new TextDecoder().decode(chunk)) }));
  assert.equal(out, '{"a":1}\n{"a":2}\n');
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes("part") || name.includes("failed")), []);
  await db.close();
});

test("a minus zero that becomes text late keeps its sign", async () => {
  const db = await connect();
  const values = [...Array(2500).fill("2.5"), "-0", "-0", "x"];
  const once = function* (text) { yield text; };
  const frames = [await db.read.csv(once(`v\n${values.join("\n")}\n`)), await db.read.jsonl(once(values.map((v) => `{"v":${v === "x" ? '"x"' : v}}`).join("\n")))];
  for (const frame of frames) assert.deepEqual((await frame.collect()).slice(2499).map((row) => row.v), ["2.5", "-0", "-0", "x"]);
  await db.close();
});

test("JSON that is none, and halves of characters in it, are told", async () => {
  const db = await connect();
  const text = '{"a":"\\ud800x","b":1}';
  for (const format of ["json", "jsonl"]) {
    const frame = await db.read[format]({ text });
    assert.deepEqual([{ ...(await frame.first()) }, frame.readReport.problems.byKind], [{ a: "\ufffdx", b: 1 }, { invalid_utf8: 1 }]);
  }
  await assert.rejects(db.read.jsonl({ text: '{\n"a": 1\n}\n' }), (error) => error.code === "empty_input" && /line 1: \{/.test(error.message) && /multiLine/.test(error.hint));
  await refused(db.read.json({ text: "1,2" }), "syntax_error");
  // A key that no declaration of a table could hold.
  const odd = await db.read.jsonl({ text: '{"a":{"x\\u0000":1}}' });
  assert.deepEqual([await odd.dtypes(), { ...(await odd.first()) }], [[["a", "json"]], { a: { "x\0": 1 } }]);
  await assert.rejects(db.read.csv(Buffer.from([97, 10, 255, 10]), { encoding: "shift_jis", mode: "failFast" }), /not what the encoding says/);
  await db.close();
});
