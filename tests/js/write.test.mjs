// What is written comes back as it was: generated tables of nasty cells, under every combination of the writer's options.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

let db;
before(async () => (db = await connect()));
after(() => db.close());

const NASTY = [
  "", " ", "a", "NULL", "NA", "\\N", '"', '""', "'", "''", ",", ";", "|", "\n", "\r\n", "\r", "\n\n", "\t", "#x", "\\", "\\\\", '\\"', "=1+1", "-x", "@a", "\ufeff", "\ufeffx",
  "😀", "\0", "a\0b", "007", "1", "-0", "-0.0", "1.50", "1e5", "1e400", "NaN", "Infinity", "9007199254740993", "12345678901234567890", "true", "FALSE", "2024-01-31",
  "2024-01-31T10:20:30Z", "é", "e\u0301", "\u2028", "\u0085", " x ", "__proto__", null,
];
let state = 7;
const pick = (list) => list[(state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) % list.length];
const names = ["a", "b\n,", 'c"', "\ufeffd", " e "];

/** All combinations of the options' values; undefined leaves one out. */
function* combinations(values) {
  const [[name, list] = [], ...rest] = values;
  if (!name) {
    yield {};
    return;
  }
  for (const value of list) for (const others of combinations(rest)) yield value === undefined ? others : { [name]: value, ...others };
}

test("every combination of options", { timeout: 300_000 }, async () => {
  const all = [
    ["delimiter", [undefined, ";", "\t", "|"]], ["quote", [undefined, "'"]], ["escape", [undefined, "\\"]], ["header", [undefined, false]],
    ["nullValue", [undefined, "NULL", "\\N"]], ["quoteAll", [undefined, true]], ["lineEnd", [undefined, "\r\n"]], ["bom", [undefined, true]],
  ];
  let n = 0;
  for (const options of combinations(all)) {
    const width = 1 + (n++ % names.length);
    const columns = names.slice(0, width);
    let table = Array.from({ length: 1 + (n % 6) }, () => Object.fromEntries(columns.map((name) => [name, pick(NASTY)])));
    const schema = Object.fromEntries(columns.map((name) => [name, "string"]));
    const { delimiter, quote, escape, header, nullValue } = options;
    // A NULL alone in its line would be a blank one: refused, see below.
    if (width === 1 && nullValue === undefined) table = table.map((row) => ({ a: row.a ?? "x" }));
    const written = await db.createDataFrame(table, { schema }).write.csv(options);
    const reading = { delimiter, quote, escape, header, inferSchema: false, ...(nullValue === undefined ? {} : { nullValues: [nullValue] }) };
    const source = pick([{ text: written }, new TextEncoder().encode(written), gzipSync(written), new Blob([written]).stream(), [...Buffer.from(written)].map((byte) => Uint8Array.of(byte))]);
    const back = await db.read.csv(source, reading);
    const about = `${JSON.stringify(options)} ${JSON.stringify(written)}`;
    assert.deepEqual(await back.columns(), header === false ? columns.map((_, i) => `_c${i}`) : columns, about);
    assert.deepEqual((await back.collect({ format: "arrays" })).map((row) => [...row]), table.map(Object.values), about);
    assert.equal(back.readReport.problems.total, 0, about);
    if (n % 8 === 0 && options.bom) {
      const utf16 = await db.read.csv(new Uint8Array(Buffer.from(written, "utf16le")), reading);
      assert.deepEqual((await utf16.collect({ format: "arrays" })).map((row) => [...row]), table.map(Object.values), about);
    }
  }
  assert.equal(n, 768);
});

test("JSON and JSON lines give every text and number back", async () => {
  for (let round = 0; round < 40; round++) {
    const table = Array.from({ length: 1 + (round % 7) }, (_, i) => ({ a: pick(NASTY), 'b"\n': pick(NASTY), n: pick([0, -1.5, 1e300, 9007199254740993n, -9223372036854775808n, null]), i, l: pick([null, [1, null], []]) }));
    const frame = db.createDataFrame(table, { schema: { a: "string", 'b"\n': "string", n: "string", i: "bigint", l: "array<bigint>" } });
    const schema = { a: "string", 'b"\n': "string", n: "string", i: "bigint", l: "array<bigint>" };
    const expected = [...(await frame.collect())];
    assert.deepEqual([...(await (await db.read.json({ text: await frame.write.json() }, { schema })).collect())], expected);
    assert.deepEqual([...(await (await db.read.jsonl({ text: await frame.write.jsonl() }, { schema })).collect())], expected);
    // Texts are texts, without a schema, too.
    const inferred = await (await db.read.jsonl({ text: await frame.write.jsonl() })).collect();
    assert.deepEqual(inferred.map((row) => [row.a, row['b"\n']]), expected.map((row) => [row.a, row['b"\n']]));
  }
});

test("typed values come back with their types inferred", async () => {
  const schema = { i: "bigint", r: "double", b: "boolean", d: "date", t: "timestamp", s: "string" };
  const table = [
    { i: 9223372036854775807n, r: 0.1, b: true, d: "2024-02-29", t: "2024-02-29 12:30:15.000001", s: "x" },
    { i: -1, r: 1e21, b: false, d: "0001-01-01", t: "1969-12-31 23:59:59", s: "" },
    { i: 0, r: 5e-324, b: null, d: null, t: null, s: null },
    { i: null, r: 1.7976931348623157e308, b: true, d: "9999-12-31", t: "2024-02-29 00:00:00", s: "y" },
  ];
  const frame = db.createDataFrame(table, { schema });
  const back = await db.read.csv({ text: await frame.write.csv() });
  assert.deepEqual(await back.dtypes(), await frame.dtypes());
  assert.deepEqual([...(await back.collect())], table);
  // What CSV has no way to say: minus zero is zero, NaN is NULL; infinities need a schema.
  const odd = db.createDataFrame([{ r: -0 }, { r: Number.POSITIVE_INFINITY }, { r: 2 }], { schema: { r: "double" } });
  assert.equal(await odd.write.csv(), "r\n0\nInfinity\n2\n");
  assert.deepEqual((await (await db.read.csv({ text: await odd.write.csv() }, { schema: { r: "double" } })).collect()).map((row) => row.r), [0, Number.POSITIVE_INFINITY, 2]);
});

test("gzip, to a path and to a stream, appended and given up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moltres-gzip-"));
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ a: i, b: `text ${i}` }));
  const frame = db.createDataFrame(rows);
  const path = join(folder, "a.csv.gz");
  await frame.write.csv(path, { compression: "gzip" });
  assert.deepEqual([...readFileSync(path).subarray(0, 2)], [0x1f, 0x8b]);
  assert.equal(gunzipSync(readFileSync(path)).toString(), await frame.write.csv());
  await frame.write.mode("append").csv(path, { compression: "gzip" });
  assert.deepEqual([...(await (await db.read.csv(path)).collect())], [...rows, ...rows]);
  const chunks = [];
  await frame.write.jsonl(new WritableStream({ write: (chunk) => void chunks.push(chunk) }), { compression: "gzip" });
  assert.equal(gunzipSync(Buffer.concat(chunks)).toString(), await frame.write.jsonl());
  // What fails leaves nothing: neither half a file nor a promise that nobody waits for.
  await assert.rejects(frame.write.json(new WritableStream({ write: () => Promise.reject(new Error("full")) }), { compression: "gzip" }), /full/);
  const before = readFileSync(path);
  const stop = new AbortController();
  await assert.rejects(frame.write.mode("overwrite").csv(path, { compression: "gzip", signal: stop.signal, onProgress: () => stop.abort(new Error("stop")) }), /stop/);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(folder), ["a.csv.gz"]);
  await assert.rejects(frame.write.csv({ compression: "gzip" }), { code: "invalid_argument" });
  await assert.rejects(frame.write.csv(join(folder, "b"), { compression: "zip" }), { code: "invalid_argument" });
  rmSync(folder, { recursive: true });
});

test("what cannot be written is refused", async () => {
  const refused = (promise, pattern) => assert.rejects(promise, (error) => error.code === "invalid_argument" && pattern.test(`${error.message} ${error.hint}`));
  const frame = db.createDataFrame([{ a: "x,y" }]);
  await refused(db.createDataFrame([{ a: null }], { schema: { a: "string" } }).write.csv(), /blank line.*nullValue/);
  await refused(frame.write.csv({ quote: "" }), /without quotes/);
  await refused(frame.write.csv({ delimiter: ",," }), /delimiter/);
  await refused(frame.write.csv({ delimiter: "\n" }), /delimiter/);
  await refused(frame.write.csv({ quote: "," }), /must differ/);
  await refused(frame.write.csv({ escape: "," }), /must differ/);
  await refused(frame.write.csv({ lineEnd: "x" }), /lineEnd/);
  await refused(frame.write.csv({ nullValue: "a,b" }), /nullValue/);
  await refused(frame.write.csv({ nullValue: 'a"b' }), /nullValue/);
  await refused(frame.write.csv({ nullValue: 5 }), /nullValue/);
  await refused(frame.write.csv({ delimeter: ";" }), /delimeter/);
  await refused(frame.write.json({ delimiter: ";" }), /delimiter/);
});
