// The conformance and acceptance suites in tests/ are copies. Where the originals are at hand, the copies must still equal them.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";

const TESTS = new URL("..", import.meta.url).pathname;
const ORIGINALS = process.env.MOLTRES_SUITES ?? join(TESTS, "..", "..", "shared");
/** Other projects' test data stays outside the repository, and so do the cases that read it. */
const OUTSIDE = "inputs/other-projects/";

function* files(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

function expected(path) {
  const bytes = readFileSync(path);
  if (!path.endsWith(join("csv", "cases.json"))) return bytes;
  const kept = bytes.toString("utf8").split("\n").filter((line) => !line.includes(OUTSIDE));
  return Buffer.from(kept.join("\n"));
}

for (const suite of ["conformance", "acceptance"]) {
  const original = join(ORIGINALS, suite);
  test(`the ${suite} suite equals its original`, { skip: !existsSync(original) && "the originals are not here" }, () => {
    const names = (root) => [...files(root)].map((f) => relative(root, f)).filter((f) => !f.includes(OUTSIDE)).sort();
    assert.deepEqual(names(join(TESTS, suite)), names(original));
    for (const name of names(original)) assert.ok(expected(join(original, name)).equals(readFileSync(join(TESTS, suite, name))), `${suite}/${name} differs`);
  });
}
