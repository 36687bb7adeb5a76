// The runbook's snippets run: the js blocks of a page, in order, are one program in an empty folder.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const here = path.dirname(fileURLToPath(import.meta.url));
const pages = path.join(here, "..", "..", "www", "runbook");
const module = pathToFileURL(path.join(here, "..", "..", "pkg", "dist", "index.js")).href;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-runbook-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));

/** One program of a page's blocks: imports come first, as they must in a module. */
function program(markdown) {
  const imports = [];
  const blocks = [...markdown.matchAll(/^( *)```js\n(.*?)^\1```$/gms)].map(([, indent, code]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
  const body = blocks.map((code, i) => {
    const rest = code.replaceAll(/^import .*? from "(.*?)";\n/gm, (line, from) => {
      imports.push(line.replace(`"${from}"`, JSON.stringify(from === "moltres" ? module : from)));
      return "";
    });
    return `globalThis.block = ${i + 1};\n${rest}`;
  });
  return { n: blocks.length, text: `process.on("exit", (code) => { if (code) console.error("block", globalThis.block); });\n${imports.join("")}${body.join("\n")}` };
}

for (const page of fs.readdirSync(pages).filter((name) => name.endsWith(".md"))) {
  const { n, text } = program(fs.readFileSync(path.join(pages, page), "utf8"));
  if (n === 0) continue;
  test(`${page}: ${n} blocks`, { timeout: 120_000 }, async (t) => {
    const cwd = path.join(dir, page.replace(".md", ""));
    fs.mkdirSync(cwd);
    fs.writeFileSync(path.join(cwd, "page.mjs"), text);
    try {
      await promisify(execFile)(process.execPath, ["page.mjs"], { cwd });
    } catch (error) {
      if (/this build records no history|history\.\w+ is not a function/.test(error.stderr)) return t.skip("this build records no history");
      assert.fail(error.stderr);
    }
  });
}

test("the links between pages lead somewhere", () => {
  for (const page of fs.readdirSync(pages).filter((name) => name.endsWith(".md"))) {
    for (const [, target] of fs.readFileSync(path.join(pages, page), "utf8").matchAll(/\]\(([\w-]+\.md)(?:#[\w-]+)?\)/g)) {
      assert.ok(fs.existsSync(path.join(pages, target)), `${page} → ${target}`);
    }
  }
});

test("the troubleshooting table names every code", async () => {
  const source = fs.readFileSync(path.join(here, "..", "..", "src", "error.rs"), "utf8");
  const codes = /pub enum Code \{(.*?)\}/s.exec(source)[1].match(/[A-Z]\w+/g).map((name) => name.replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  const table = fs.readFileSync(path.join(pages, "troubleshooting.md"), "utf8");
  const missing = codes.filter((code) => !code.startsWith("csv_") && !table.includes(`\`${code}\``));
  assert.deepEqual(missing, []);
});
