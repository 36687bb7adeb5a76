// The runbook's snippets run: the js blocks of a page, in order, are one program in an empty folder.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { program, www } from "./pages.mjs";

const pages = path.join(www, "runbook");
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-runbook-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));

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
  const source = fs.readFileSync(path.join(www, "..", "src", "error.rs"), "utf8");
  const codes = /pub enum Code \{(.*?)\}/s.exec(source)[1].match(/[A-Z]\w+/g).map((name) => name.replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  const table = fs.readFileSync(path.join(pages, "troubleshooting.md"), "utf8");
  const missing = codes.filter((code) => !table.includes(`\`${code}\``));
  assert.deepEqual(missing, []);
});
