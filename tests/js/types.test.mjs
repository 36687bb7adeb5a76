// The declarations accept what they should and refuse what they should: tests/types/usage.ts compiles as it stands.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

test("TypeScript users get types", () => {
  const { stdout, status } = spawnSync(process.execPath, [at("../../pkg/node_modules/typescript/bin/tsc"), "-p", at("../types")], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
