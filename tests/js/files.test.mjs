// Readers and writers in every kind of database: in process, in a Worker, in a file, in transactions, read-only.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "moltres-files-"));
after(() => rmSync(folder, { recursive: true }));

const text = 'id,name,big,at\n1,"Å,""x""\n😀",9007199254740993,2024-01-31\n2,,5,\n';
const rows = [{ id: 1, name: 'Å,"x"\n😀', big: 9007199254740993n, at: "2024-01-31" }, { id: 2, name: null, big: 5, at: null }];
const many = `n,t\n${Array.from({ length: 60_000 }, (_, i) => `${i},text ${i}`).join("\n")}\n`;
const late = `${many}x,y\n`;
const refused = (promise, code, pattern = /./) => assert.rejects(promise, (error) => (error.code === code && pattern.test(error.message)) || assert.fail(`${error.code}: ${error.message}`));
const temporary = async (db) => (await db.sql("SELECT name FROM temp.sqlite_schema").collect()).map(({ name }) => name);

let n = 0;
const kinds = {
  memory: () => connect(),
  worker: () => connect(":memory:", { worker: true }),
  file: () => connect(join(folder, `${++n}.db`)),
  "file in a worker": () => connect(join(folder, `${++n}.db`), { worker: true }),
};

for (const [kind, open] of Object.entries(kinds)) {
  test(`${kind}: every reader and writer`, async () => {
    const db = await open();
    const bytes = new TextEncoder().encode(text);
    const csv = await db.read.csv(bytes);
    assert.deepEqual([...(await csv.collect())], rows);
    // The source's own bytes stay usable: nothing was moved to the Worker.
    assert.equal(bytes.length, new TextEncoder().encode(text).length);
    assert.deepEqual([...(await (await db.read.csv(gzipSync(text))).collect())], rows);
    const streamed = [];
    for await (const batch of db.read.csv(new Blob([text]).stream(), { stream: true })) streamed.push(...batch);
    assert.deepEqual(streamed, rows);
    const written = await csv.write.csv();
    assert.equal(written, text);
    const path = join(folder, `${kind}.jsonl`);
    await csv.write.jsonl(path);
    assert.deepEqual([...(await (await db.read.jsonl(path)).collect())], rows);
    assert.deepEqual([...(await (await db.read.json({ text: await csv.write.json() })).collect())], rows);
    assert.deepEqual([...(await (await db.read.text({ text: "a\r\nb" }, { wholetext: true })).collect())], [{ value: "a\r\nb" }]);
    let out = "";
    await csv.write.csv(new WritableStream({ write: (chunk) => void (out += new TextDecoder().decode(chunk)) }));
    assert.equal(out, text);
    const sink = db.csvSink("s");
    await new Blob([text]).stream().pipeTo(sink);
    assert.equal((await sink.report).rows, 2);
    assert.deepEqual([...(await db.table("s").collect())], rows);
    // A column that changes late, out of a source that can be read once: rewritten, slice by slice.
    const steps = [];
    const changed = await db.read.csv(new Blob([late]).stream(), { onProgress: (step) => steps.push(step.rows) });
    assert.deepEqual([await changed.count(), (await changed.first()).n, changed.readReport.columns[0].widenedFrom], [60_001, "0", "bigint"]);
    assert.ok(steps.length > 0);
    assert.deepEqual(await db.sql("PRAGMA temp.integrity_check").collect(), [{ integrity_check: "ok" }]);
    await db.close();
  });

  test(`${kind}: a load is part of its transaction`, async () => {
    const db = await open();
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.read.csv({ text: many }, { table: "t" });
        await tx.read.csv({ text: late }, { table: "late" });
        await new Blob([text]).stream().pipeTo(tx.csvSink("s"));
        const frame = await tx.read.json({ text: '[{"a":1}]' });
        assert.deepEqual([...(await frame.collect())], [{ a: 1 }]);
        assert.deepEqual((await tx.tables()).sort(), ["late", "s", "t"]);
        throw new Error("back");
      }),
      /back/,
    );
    assert.deepEqual(await db.tables(), []);
    assert.deepEqual(await temporary(db), []);
    await db.transaction(async (tx) => {
      await tx.read.csv({ text: many }, { table: "t" });
      // A load that fails inside leaves the rest of the transaction.
      await refused(tx.read.csv({ text: 'a\n"x' }, { table: "u" }), "csv_unterminated_quote");
      await assert.rejects(tx.transaction(async (inner) => {
        await inner.read.csv({ text }, { table: "t", ifExists: "replace" });
        throw new Error("inner");
      }), /inner/);
    });
    assert.deepEqual(await db.tables(), ["t"]);
    assert.equal(await db.table("t").count(), 60_000);
    assert.deepEqual(await temporary(db), []);
    await db.close();
  });

  test(`${kind}: loads side by side, and beside transactions`, async () => {
    const db = await open();
    const frames = await Promise.all([
      db.read.csv({ text: many }),
      db.read.csv(new Blob([late]).stream(), { table: "late" }),
      db.read.csv(new Blob([many]).stream(), { table: "t" }),
      db.transaction(async (tx) => {
        await tx.read.csv({ text }, { table: "inside" });
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error("back");
      }).catch((error) => error.message),
    ]);
    assert.equal(frames[3], "back");
    assert.deepEqual(await Promise.all(frames.slice(0, 3).map((frame) => frame.count())), [60_000, 60_001, 60_000]);
    assert.deepEqual((await db.tables()).sort(), ["late", "t"]);
    const stop = new AbortController();
    const loading = db.read.csv(new Blob([late]).stream(), { table: "stopped", signal: stop.signal, onProgress: () => stop.abort() });
    await assert.rejects(loading, { name: "AbortError" });
    assert.deepEqual((await db.tables()).sort(), ["late", "t"]);
    await db.close();
  });
}

for (const worker of [false, true]) {
  test(`read-only${worker ? " in a worker" : ""}: frames may be read, tables not written`, async () => {
    const path = join(folder, `readonly-${worker}.db`);
    const writable = await connect(path);
    await writable.read.csv({ text }, { table: "t" });
    await writable.close();
    const before = readFileSync(path);
    const db = await connect(path, { readOnly: true, worker });
    assert.deepEqual([...(await (await db.read.csv({ text })).collect())], rows);
    assert.equal(await (await db.read.csv(new Blob([late]).stream())).count(), 60_001);
    assert.deepEqual([...(await (await db.read.jsonl({ text: '{"a":1}' })).collect())], [{ a: 1 }]);
    for (const ifExists of ["error", "append", "replace"]) await refused(db.read.csv({ text }, { table: "t", ifExists }), "permission_denied", /read-only/);
    await refused(db.read.csv({ text }, { table: "new" }), "permission_denied", /read-only/);
    await assert.rejects(new Blob([text]).stream().pipeTo(db.csvSink("new")), { code: "permission_denied" });
    assert.equal(await db.table("t").write.csv(), text);
    await refused(db.table("t").write.saveAsTable("u"), "permission_denied");
    assert.deepEqual(await db.tables(), ["t"]);
    await refused(db.execute("DELETE FROM t"), "permission_denied");
    await db.close();
    assert.deepEqual(readFileSync(path), before);
  });
}

test("JSON keeps what it says", async () => {
  const db = await connect();
  const source = '[{"a":18446744073709551616,"b":{"x": 1.0,"y":[9007199254740993]},"c":9007199254740993},{"a":1.50,"b":null,"c":2}]';
  const frame = await db.read.json({ text: source });
  assert.deepEqual(await frame.dtypes(), [["a", "string"], ["b", "struct<x:double,y:array<bigint>>"], ["c", "bigint"]]);
  const expected = [{ a: "18446744073709551616", b: { x: 1, y: [9007199254740993n] }, c: 9007199254740993n }, { a: "1.50", b: null, c: 2 }];
  assert.deepEqual([...(await frame.collect())], expected);
  for (const given of [{ text: source }, new Blob([source]).stream()]) {
    const streamed = [];
    for await (const batch of db.read.json(given, { stream: true })) streamed.push(...batch);
    assert.deepEqual(streamed, expected);
  }
  // A type that changes in the middle of a stream: what fitted stays what it was.
  const mixed = [];
  for await (const batch of db.read.jsonl([new TextEncoder().encode('{"a":true,"b":9007199254740993}\n{"a":"x","b":"y"}\n')].values(), { stream: true })) mixed.push(...batch);
  assert.deepEqual(mixed, [{ a: true, b: 9007199254740993n }, { a: "x", b: "y" }]);
  const twice = [];
  for await (const batch of db.read.jsonl({ text: '{"a":true,"A":1}\n{"a":"x","c":2}\n' }, { stream: true })) twice.push(...batch);
  assert.deepEqual(twice, [{ a: "true", A_2: 1, c: null }, { a: "x", A_2: null, c: 2 }]);
  const utf16 = Buffer.from('\ufeff{"a":"é"}\n', "utf16le");
  assert.deepEqual([...(await (await db.read.jsonl(utf16)).collect())], [{ a: "é" }]);
  assert.deepEqual([...(await (await db.read.text(gzipSync("a|b"), { lineSep: "|" })).collect())], [{ value: "a" }, { value: "b" }]);
  await refused(db.read.json({ text: "[{}]" }, { delimiter: ";" }), "invalid_argument", /read\.json: there is no option "delimiter"/);
  await refused(db.read.text({ text: "a" }, { columns: ["value"] }), "invalid_argument", /read\.text/);
  await refused(db.read.csv({ text: "a" }, { wholetext: true }), "invalid_argument", /read\.csv/);
  await db.close();
});

test("odd sources and arguments", async () => {
  const db = await connect();
  const frame = await db.read.csv({ text: "a,b\nx\ud800y,\udc00\n😀,1\n" });
  assert.deepEqual([...(await frame.collect())], [{ a: "x\ufffdy", b: "\ufffd" }, { a: "😀", b: "1" }]);
  assert.deepEqual(frame.readReport.problems.byKind, { invalid_utf8: 2 });
  assert.deepEqual([...(await (await db.read.json({ text: "[null, {}, 1]" })).collect())], [{ value: null }, { value: null }, { value: 1 }]);
  const streamed = [];
  for await (const batch of db.read.json(new Blob(['[{},{"a":1}]']).stream(), { stream: true })) streamed.push(...batch);
  assert.deepEqual(streamed, [{ a: null }, { a: 1 }]);
  assert.equal(await (await db.read.csv({ text: "a\n1\n2\n" }, { maxRows: 1n })).count(), 1);
  const before = await temporary(db);
  async function* failing() {
    yield "a\n1\n";
    throw new Error("source");
  }
  await assert.rejects(db.read.csv(failing(), { table: "t" }), /source/);
  await assert.rejects(db.read.csv({ text: "a\n1\n" }, { table: "t", onProgress: () => { throw new Error("callback"); } }), /callback/);
  for (const bad of [null, 5, [1, 2], {}]) await refused(db.read.csv(bad), "invalid_argument");
  for (const options of [null, "x", { batchSize: 0, stream: true }, { table: "t", stream: true }]) {
    const read = async () => {
      for await (const _ of await db.read.csv({ text: "a\n1\n" }, options));
    };
    await refused(read(), "invalid_argument");
  }
  const sink = db.csvSink("t").getWriter();
  await sink.write("a\n1\n");
  await sink.abort(new Error("given up"));
  assert.deepEqual([await db.tables(), await temporary(db)], [[], before]);
  await db.close();
});
