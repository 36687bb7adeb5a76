// Readers and writers in a page, in process and in a Worker: File, Blob, Response, ReadableStream, URL.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { serve } from "../../www/serve.mjs";
import { ARGS } from "./page.mjs";

const dist = new URL("../../pkg/dist", import.meta.url).pathname;
let page;
let stop;
before(async () => {
  const { url, close } = await serve(dist);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ARGS });
  page = await browser.newPage();
  const text = 'id,name\n1,"Å,""x""\n😀"\n2,\n';
  const files = { "page.html": ["text/html", "<!doctype html><title>files</title>"], "a.csv": ["text/csv", text], "a.csv.gz": ["application/octet-stream", gzipSync(text)] };
  await page.route(/\/(page\.html|a\.csv(\.gz)?)$/, (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname.slice(1)];
    return route.fulfill({ contentType, body: Buffer.from(body) });
  });
  await page.goto(`${url}page.html`);
  stop = async () => {
    await browser.close();
    await close();
  };
});
after(() => stop?.());

for (const worker of [false, true]) {
  test(`every source and target${worker ? ", in a Worker" : ""}`, async () => {
    const found = await page.evaluate(async (worker) => {
      const { connect } = await import("/index.js");
      const db = await connect(":memory:", { worker });
      const text = await (await fetch("/a.csv")).text();
      const bytes = new TextEncoder().encode(text);
      const sources = {
        file: new File([text], "a.csv"), blob: new Blob([text]), response: await fetch("/a.csv"), zipped: await fetch("/a.csv.gz"), url: "/a.csv",
        URL: new URL("/a.csv.gz", location.href), object: URL.createObjectURL(new Blob([text])), stream: new Blob([text]).stream(), body: (await fetch("/a.csv")).body,
        bytes, text: { text }, crumbs: [...bytes].map((byte) => Uint8Array.of(byte)), inflated: new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")),
      };
      const found = { rows: {} };
      for (const [name, source] of Object.entries(sources)) found.rows[name] = [...(await (await db.read.csv(source)).collect())];
      found.streamed = [];
      for await (const batch of db.read.csv(await fetch("/a.csv"), { stream: true })) found.streamed.push(...batch);
      const sink = db.csvSink("sunk");
      await (await fetch("/a.csv")).body.pipeTo(sink);
      found.sunk = [...(await db.table("sunk").collect())];
      found.missing = await db.read.csv("/absent.csv").catch((error) => error.code);
      found.parquet = await db.read.parquet(bytes).catch((error) => error.code);
      found.written = await db.table("sunk").write.csv();
      const { readable, writable } = new TransformStream();
      const [piped] = await Promise.all([new Response(readable).text(), db.table("sunk").write.jsonl(writable)]);
      found.piped = piped;
      await db.close();
      return { ...found, expected: text };
    }, worker);
    const rows = [{ id: 1, name: 'Å,"x"\n😀' }, { id: 2, name: null }];
    for (const [name, got] of Object.entries(found.rows)) assert.deepEqual(got, rows, name);
    assert.deepEqual([found.streamed, found.sunk], [rows, rows]);
    assert.deepEqual([found.missing, found.parquet], ["storage_unavailable", "unsupported"]);
    assert.equal(found.written, found.expected);
    assert.deepEqual(found.piped.trim().split("\n").map((line) => JSON.parse(line)), rows);
  });

  test(`a load that is rewritten at its end leaves the page alive${worker ? ", in a Worker" : ""}`, { timeout: 120_000 }, async () => {
    const { longest, types, count } = await page.evaluate(async (worker) => {
      const { connect } = await import("/index.js");
      const db = await connect(":memory:", { worker });
      const lines = Array.from({ length: 300_000 }, (_, i) => `${i},${i % 100}.50,x${i}\n`);
      const source = new Blob(["a,b,c\n", ...lines, "x,y,z\n"]);
      let last = performance.now();
      let longest = 0;
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 5);
      const frame = await db.read.csv(source.stream());
      clearInterval(timer);
      const found = { longest, types: await frame.dtypes(), count: await frame.count() };
      await db.close();
      return found;
    }, worker);
    assert.deepEqual([types.map(([, type]) => type), count], [["string", "string", "string"], 300_001]);
    // Generous, for a machine that does much else meanwhile; in one call it took several times as long.
    assert.ok(longest < 2000, `the page stood still for ${Math.round(longest)} ms`);
  });
}
