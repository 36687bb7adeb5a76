// Sources that are easily mistaken or that stall: text that begins like an archive, text with an encoding, pipes, directories, requests,
// streams that never give another byte.
import assert from "node:assert/strict";
import { exec, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { deflateRawSync, deflateSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "moltres-sources-"));
after(() => rmSync(folder, { recursive: true }));
const refused = (promise, code, pattern = /./) =>
  assert.rejects(promise, (error) => (error.code === code && pattern.test(error.message)) || assert.fail(`${error.code}: ${error.message}`));
const utf8 = (text) => new TextEncoder().encode(text);

test("text that begins like a zlib header is text", async () => {
  const db = await connect();
  // Pairs of letters that are such headers, with bytes beyond ASCII behind them.
  for (const [head, delimiter] of [["x^2", ","], ["HK", ";"], ["X", "\t"], ["hC", ","], ["8n", "|"], ["(S)", ","], ["H", ","]]) {
    for (const encoding of ["utf-8", "windows-1252"]) {
      const content = `${head}${delimiter}Größe\n1${delimiter}2\n`;
      const frame = await db.read.csv(encoding === "utf-8" ? utf8(content) : Buffer.from(content, "latin1"), { delimiter, encoding });
      assert.deepEqual(await frame.columns(), [head, "Größe"], `${head} ${encoding}`);
    }
  }
  for (const level of [0, 1, 6, 9]) {
    for (const content of ["a,b\n1,2\n", `a,b\n${"é,ü\n".repeat(1000)}`]) {
      assert.equal((await db.read.csv(deflateSync(content, { level }))).readReport.delimiter, ",");
      assert.deepEqual(await (await db.read.csv(deflateRawSync(content, { level }), { compression: "deflate" })).columns(), ["a", "b"]);
    }
  }
  await assert.rejects(db.read.csv(deflateSync("a,b\n1,2\n".repeat(99)).subarray(0, 20)), { code: "corrupt", name: "CsvError" });
  await db.close();
});

test("texts are characters already, whatever the encoding of bytes would be", async () => {
  const db = await connect();
  const text = "a,b\né,😀\n";
  const cut = [text.slice(0, 7), text.slice(7)];
  for (const encoding of ["utf-8", "windows-1252", "utf-16le", "utf-16be", "shift_jis"]) {
    for (const source of [{ text }, cut, Readable.from(cut), ReadableStream.from(cut), (async function* () { yield* cut; })()]) {
      const frame = await db.read.csv(source, { encoding });
      assert.deepEqual([...(await frame.collect())], [{ a: "é", b: "😀" }], encoding);
      assert.equal(frame.readReport.encoding, "utf-8");
    }
  }
  await db.close();
});

test("paths that are no files, and other ways to name a source", async () => {
  const db = await connect();
  const path = join(folder, "a b.csv");
  writeFileSync(path, "a,b\n1,2\n");
  for (const source of [pathToFileURL(path).href, new Request("data:text/csv,a,b%0a1,2")])
    assert.deepEqual([...(await (await db.read.csv(source)).collect())], [{ a: 1, b: 2 }]);
  await refused(db.read.csv(folder), "storage_unavailable", /is a directory/);
  const locked = ReadableStream.from(["a\n"]);
  locked.getReader();
  await refused(db.read.csv(locked), "invalid_argument", /locked/);
  // A pipe gives its bytes once: nothing may want to read it again.
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const content = `n\n${"1\n".repeat(5000)}x\n`;
  writeFileSync(path, content);
  exec(`cat '${path}' > '${pipe}'`);
  const frame = await db.read.csv(pipe);
  assert.deepEqual([frame.readReport.rows, await frame.dtypes()], [5001, [["n", "string"]]]);
  exec(`cat '${path}' > '${pipe}'`);
  await refused((async () => { for await (const _ of db.read.csv(pipe, { stream: true })); })(), "csv_type_conflict");
  await db.close();
});

test("aborting does not wait for a source that stalls", { timeout: 20_000 }, async () => {
  const db = await connect();
  const server = createServer((request, response) => {
    if (request.url === "/never") return;
    response.write("a,b\n1,2\n");
  });
  await new Promise((resolve) => server.listen(0, resolve));
  const address = `http://localhost:${server.address().port}`;
  let cancelled = 0;
  const sources = {
    stream: () => new ReadableStream({ start: (c) => c.enqueue(utf8("a,b\n1,2\n")), cancel: () => void cancelled++ }),
    iterable: () => (async function* () { yield "a,b\n"; await new Promise(() => {}); })(),
    readable: () => new Readable({ read() {}, destroy(error, done) { cancelled++; done(error); } }),
    promise: () => new Promise(() => {}),
    body: () => new URL(address),
    headers: () => `${address}/never`,
  };
  for (const [name, source] of Object.entries(sources)) {
    for (const stream of [false, true]) {
      const reason = new Error(name);
      const control = new AbortController();
      setTimeout(() => control.abort(reason), 30);
      const options = { signal: control.signal, table: "t" };
      const reading = stream ? (async () => { for await (const _ of db.read.csv(source(), { signal: control.signal, stream })); })() : db.read.csv(source(), options);
      await assert.rejects(reading, (error) => error === reason, `${name} ${stream}`);
    }
  }
  assert.equal(cancelled, 4);
  assert.deepEqual(await db.tables(), []);
  assert.deepEqual(await db.sql("SELECT name FROM temp.sqlite_schema WHERE name LIKE '%rows%' OR name LIKE '%read%'").collect(), []);
  server.closeAllConnections();
  server.close();
  await db.close();
});

test("a sink that has enough rows takes the rest and drops it", async () => {
  const db = await connect();
  const sink = db.csvSink("t", { maxRows: 3 });
  await ReadableStream.from(["a\n", ...Array.from({ length: 50 }, () => "1\n".repeat(50_000))]).pipeTo(sink);
  assert.equal((await sink.report).rows, 3);
  assert.equal(await db.table("t").count(), 3);
  await db.close();
});
