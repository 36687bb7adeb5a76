// Pages with a Content-Security-Policy: what works under which, and what the error says where it does not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { ARGS } from "./page.mjs";

const bundle = readFileSync(new URL("../../pkg/dist/index.js", import.meta.url));
const wasm = readFileSync(new URL("../../pkg/dist/moltres.wasm", import.meta.url));
const slim = readFileSync(new URL("../../pkg/dist/slim.js", import.meta.url));
let server;
let browser;
let policy = "";
before(async () => {
  server = createServer((request, response) => {
    const [type, body] = { "/index.js": ["text/javascript", bundle], "/slim.js": ["text/javascript", slim], "/moltres.wasm": ["application/wasm", wasm] }[request.url] ?? ["text/html", "<!doctype html><title>page</title>"];
    response.writeHead(200, { "content-type": type, "content-security-policy": policy });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ARGS });
});
after(async () => {
  await browser?.close();
  server?.close();
});

const SELF = "default-src 'none'; connect-src 'self'; script-src 'self'";
/** Loads a build in a page under a policy and uses it; rows, or the error. */
async function inPage(rules, source, options) {
  policy = rules;
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(
      async ({ source, options, url }) => {
        try {
          const { connect, init } = await import(source);
          if (url) await init(url);
          const db = await connect(":memory:", options);
          await db.read.csv({ text: "a,b\n1,x\n2,y\n" }, { table: "t" });
          const rows = await db.table("t").collect();
          await db.close();
          return { rows: rows.length };
        } catch (error) {
          return { code: error.code, message: error.message, hint: error.hint };
        }
      },
      { source, options, url: source === "/slim.js" ? "/moltres.wasm" : undefined },
    );
  } finally {
    await page.close();
  }
}

test("scripts of the page's own and 'wasm-unsafe-eval' are enough: no eval, no inline, no data:", async () => {
  assert.deepEqual(await inPage(`${SELF} 'wasm-unsafe-eval'`, "/index.js", {}), { rows: 2 });
  assert.deepEqual(await inPage(`${SELF} 'wasm-unsafe-eval'`, "/slim.js", {}), { rows: 2 });
});

test("a Worker needs worker-src blob: as well, and says so", async () => {
  assert.deepEqual(await inPage(`${SELF} 'wasm-unsafe-eval'; worker-src blob:`, "/index.js", { worker: true }), { rows: 2 });
  assert.deepEqual(await inPage(`${SELF} 'wasm-unsafe-eval'; worker-src blob:`, "/index.js", { poolSize: 1 }), { rows: 2 });
  const refused = await inPage(`${SELF} 'wasm-unsafe-eval'`, "/index.js", { worker: true });
  assert.equal(refused.code, "unsupported", JSON.stringify(refused));
  assert.match(refused.hint, /worker-src blob:/);
});

test("without 'wasm-unsafe-eval' no WebAssembly runs, and the error says what to allow", async () => {
  const refused = await inPage(SELF, "/index.js", {});
  assert.equal(refused.code, "unsupported", JSON.stringify(refused));
  assert.match(refused.hint, /wasm-unsafe-eval/);
});
