// The guide's blocks run as one program, and print what stands beneath them. UPDATE_CASES=1 writes it down anew.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { MARK, program, www } from "./pages.mjs";

const page = path.join(www, "guide", "README.md");

test("the guide prints what it says", { timeout: 120_000 }, () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-guide-"));
  try {
    const text = fs.readFileSync(page, "utf8");
    fs.writeFileSync(path.join(dir, "guide.mjs"), program(text, { marked: true }).text);
    const printed = execFileSync(process.execPath, ["guide.mjs"], { cwd: dir, encoding: "utf8" }).split(`${MARK}\n`).slice(0, -1);
    let i = -1;
    const written = text.replaceAll(/^```(js|text)\n(.*?)^```$/gms, (block, kind) => {
      if (kind === "js") {
        i++;
        return block;
      }
      return `\`\`\`text\n${printed[i].replaceAll(/[ \t]+$/gm, "").trimEnd()}\n\`\`\``;
    });
    if (process.env.UPDATE_CASES) fs.writeFileSync(page, written);
    else assert.equal(text, written);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});

test("the guide's links lead somewhere", () => {
  for (const [, target] of fs.readFileSync(page, "utf8").matchAll(/\]\(([\w./-]+\.md)(?:#[\w-]+)?\)/g)) {
    assert.ok(fs.existsSync(path.join(path.dirname(page), target)), target);
  }
});
