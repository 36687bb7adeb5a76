// Parquet, with the library that reads it beside the package and without it.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parquetWriteBuffer } from "hyparquet-writer";

const folder = mkdtempSync(join(tmpdir(), "moltres-parquet-"));
const dist = new URL("../../pkg/dist/index.js", import.meta.url);
const modules = new URL("../node_modules", import.meta.url).pathname;

/** The package in a folder of its own: what it imports by name is found there or nowhere. */
function installed(name, withLibrary) {
  mkdirSync(join(folder, name));
  cpSync(dist, join(folder, name, "index.mjs"));
  if (withLibrary) symlinkSync(modules, join(folder, name, "node_modules"));
  return import(join(folder, name, "index.mjs"));
}

let connect;
let db;
before(async () => {
  ({ connect } = await installed("with", true));
  db = await connect();
});
after(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const schema = [
  { name: "root", num_children: 14 },
  { name: "i", type: "INT32" },
  { name: "l", type: "INT64" },
  { name: "u", type: "INT64", converted_type: "UINT_64" },
  { name: "d", type: "DOUBLE" },
  { name: "f", type: "FLOAT" },
  { name: "b", type: "BOOLEAN" },
  { name: "s", type: "BYTE_ARRAY", converted_type: "UTF8" },
  { name: "x", type: "BYTE_ARRAY" },
  { name: "day", type: "INT32", converted_type: "DATE" },
  { name: "ms", type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  { name: "us", type: "INT64", converted_type: "TIMESTAMP_MICROS" },
  { name: "m", type: "INT64", converted_type: "DECIMAL", precision: 12, scale: 2 },
  { name: "j", type: "BYTE_ARRAY", converted_type: "JSON" },
  { name: 'odd "name", é', type: "BYTE_ARRAY", converted_type: "UTF8" },
].map((element, i) => (i === 0 ? element : { repetition_type: "OPTIONAL", ...element }));
const values = {
  i: [1, -2147483648, null],
  l: [9007199254740993n, -9223372036854775808n, null],
  u: [9007199254740993n, 0n, null],
  d: [0.1, Number.NEGATIVE_INFINITY, null],
  f: [1.5, -0.25, null],
  b: [true, false, null],
  s: ["a,\"b\"\n\u2028😀", "", null],
  x: [Uint8Array.of(0, 255, 10), new Uint8Array(0), null],
  day: [new Date("2024-02-29"), new Date("1969-12-31"), null],
  ms: [new Date("2024-02-29T12:30:15.120Z"), new Date("1969-12-31T23:59:59.999Z"), null],
  us: [1709209815000001n, -1n, null],
  m: [3, -1234567890.05, null],
  j: [{ a: [1, { b: null }] }, [1.5], null],
  'odd "name", é': ["007", "true", null],
};
const write = (more = {}) =>
  new Uint8Array(parquetWriteBuffer({ schema, columnData: Object.entries(values).map(([name, data]) => ({ name, data })), ...more }));
const types = [
  "i bigint", "l bigint", "u decimal(20,0)", "d double", "f double", "b boolean", "s string", "x binary", "day date", "ms timestamp", "us timestamp",
  "m decimal(12,2)", "j json", 'odd "name", é string',
];
const rows = [
  [1, 9007199254740993n, 9007199254740993n, 0.1, 1.5, true, "a,\"b\"\n\u2028😀", Uint8Array.of(0, 255, 10), "2024-02-29", "2024-02-29 12:30:15.12", "2024-02-29 12:30:15.000001", 3, { a: [1, { b: null }] }, "007"],
  [-2147483648, -9223372036854775808n, 0, Number.NEGATIVE_INFINITY, -0.25, false, "", new Uint8Array(0), "1969-12-31", "1969-12-31 23:59:59.999", "1969-12-31 23:59:59.999999", -1234567890.05, [1.5], "true"],
  Array(14).fill(null),
];
const typesOf = async (frame) => (await frame.dtypes()).map((pair) => pair.join(" "));
const rowsOf = async (frame) => [...(await frame.collect({ format: "arrays" }))];
const refused = (promise, code, pattern = /./) => assert.rejects(promise, (error) => (error.code === code && pattern.test(error.message)) || assert.fail(`${error.code}: ${error.message}`));

test("every type, from every source", async () => {
  const bytes = write();
  const path = join(folder, "all.parquet");
  writeFileSync(path, bytes);
  const server = createServer((_, reply) => reply.end(bytes)).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `http://localhost:${server.address().port}/all.parquet`;
  const sources = {
    path, file: new URL(`file://${path}`), bytes, buffer: bytes.slice().buffer, blob: new Blob([bytes]), response: new Response(bytes),
    stream: new Blob([bytes]).stream(), chunks: [bytes.subarray(0, 100), bytes.subarray(100)], url: new URL(address), address,
  };
  for (const [name, source] of Object.entries(sources)) {
    const frame = await db.read.parquet(source);
    assert.deepEqual(await typesOf(frame), types, name);
    assert.deepEqual(await rowsOf(frame), rows, name);
    assert.deepEqual([frame.readReport.rows, frame.readReport.bytes], [3, bytes.length], name);
  }
  server.close();
});

test("row groups, compression, nested values", async () => {
  const n = 5000;
  const columnData = [
    { name: "id", data: Array.from({ length: n }, (_, i) => i) },
    { name: "list", data: Array.from({ length: n }, (_, i) => (i % 3 === 0 ? null : [i, null])) },
    { name: "name", data: Array.from({ length: n }, (_, i) => `n${i % 7}`) },
  ];
  for (const codec of ["UNCOMPRESSED", "SNAPPY"]) {
    const file = parquetWriteBuffer({ columnData, codec, rowGroupSize: 777 });
    const frame = await db.read.parquet(file);
    const found = await rowsOf(frame);
    assert.deepEqual([found.length, found[0], found[4999]], [n, [0, null, "n0"], [4999, [4999, null], "n1"]]);
    assert.deepEqual(await rowsOf(await db.read.parquet(file, { columns: ["NAME", "id"], maxRows: 778 }).then((f) => f.offset(776))), [["n6", 776], ["n0", 777]]);
    let count = 0;
    for await (const batch of db.read.parquet(file, { stream: true, batchSize: 100, columns: ["id"] })) {
      assert.ok(batch.length <= 100 && batch[0].id === count);
      count += batch.length;
    }
    assert.equal(count, n);
  }
});

test("columns, schema, tables", async () => {
  const bytes = write();
  assert.deepEqual(await typesOf(await db.read.parquet(bytes, { columns: ["S", "i"] })), ["S string", "i bigint"]);
  assert.deepEqual(await rowsOf(await db.read.parquet(bytes, { maxRows: 1, schema: { l: "string", b: "string" } })), [["9007199254740993", "true"]]);
  assert.deepEqual(await rowsOf(await db.read.parquet(bytes, { maxRows: 0 })), []);
  await db.read.parquet(bytes, { table: "p" });
  await refused(db.read.parquet(bytes, { table: "p" }), "invalid_argument");
  await db.read.parquet(bytes, { table: "p", ifExists: "append" });
  assert.equal(await db.table("p").count(), 6);
  await db.read.parquet(bytes, { table: "p", ifExists: "replace", columns: ["i"] });
  assert.deepEqual(await db.table("p").columns(), ["i"]);
  await refused(db.read.parquet(bytes, { columns: ["zzz"] }), "unknown_column", /zzz.*columns are: i, l/);
  await refused(db.read.parquet(bytes, { delimiter: ";" }), "invalid_argument", /delimiter/);
  const twins = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "a", data: [1], type: "INT32" }, { name: "A", data: [2], type: "INT32" }] }));
  await refused(db.read.parquet(twins), "duplicate_column", /"a" and "A"/);
  assert.deepEqual([...(await (await db.read.parquet(twins, { columns: ["A"] })).collect())], [{ A: 2 }]);
  await refused(db.read.parquet(bytes, { encoding: "utf-8" }), "invalid_argument", /encoding/);
});

test("what is no Parquet file, or a damaged one, is refused; nothing is left", async () => {
  const bytes = write();
  const before = (await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length;
  for (const bad of [new Uint8Array(0), new Uint8Array(10), new TextEncoder().encode("a,b\n1,2\n"), bytes.subarray(0, -1), bytes.subarray(100)])
    await refused(db.read.parquet(bad, { table: "bad" }), "corrupt");
  const flipped = bytes.slice();
  flipped.fill(0xff, 4, 60);
  await refused(db.read.parquet(flipped, { table: "bad" }), "corrupt");
  await refused(db.read.parquet(join(folder, "absent.parquet")), "storage_unavailable");
  assert.ok(!(await db.tables()).includes("bad"));
  assert.equal((await db.sql("SELECT name FROM temp.sqlite_schema").collect()).length, before);
});

test("without the library the error says what to install; modules may be given", async () => {
  const bare = await installed("without", false);
  const other = await bare.connect();
  await assert.rejects(other.read.parquet(write()), (error) => error.code === "unsupported" && /hyparquet is not installed/.test(error.message) && /npm install hyparquet/.test(error.hint));
  const library = { ...(await import("hyparquet")), ...(await import("hyparquet-compressors")) };
  assert.deepEqual(await rowsOf(await other.read.parquet(write(), { library })), rows);
  await other.close();
});

test("in a Worker and in a transaction", async () => {
  const worker = await connect(":memory:", { worker: true });
  assert.deepEqual(await rowsOf(await worker.read.parquet(write())), rows);
  await assert.rejects(worker.transaction(async (tx) => {
    await tx.read.parquet(write(), { table: "p" });
    assert.equal(await tx.table("p").count(), 3);
    throw new Error("back");
  }), /back/);
  assert.deepEqual(await worker.tables(), []);
  await worker.close();
});
