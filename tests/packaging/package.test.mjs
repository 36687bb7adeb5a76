// The package as a stranger gets it: packed, installed in empty projects, used from each kind of module and bundler.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const PKG = fileURLToPath(new URL("../../pkg", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "moltres-packaging-"));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
let listing;

before(() => {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", folder], PKG));
  listing = packed.files.map((f) => f.path);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true }));
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--offline", join(folder, packed.filename)], folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The same little program in each environment. */
const PROGRAM = `
  const db = await connect();
  const df = await db.read.csv({ text: "country,amount\\nDE,10\\nFR,20\\nDE,5.5\\n" });
  const rows = await df.groupBy("country").agg(F.sum("amount").alias("total")).orderBy("country").collect();
  const copy = await connect(await db.backup());
  const ok = await copy.integrityCheck();
  await db.close(); await copy.close();
  console.log(JSON.stringify(rows));`;
const EXPECTED = [{ country: "DE", total: 15.5 }, { country: "FR", total: 20 }];

const script = (name, text) => {
  writeFileSync(join(folder, name), text);
  return JSON.parse(run(process.execPath, [name], folder).trim().split("\n").at(-1));
};

test("the package holds what it should and nothing else", () => {
  for (const file of ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.cjs", "dist/slim.js", "dist/moltres.wasm", "dist/moltres.global.js", "dist/types/index.d.ts"])
    assert.ok(listing.includes(file), `${file} is missing`);
  assert.deepEqual(listing.filter((f) => !/^(dist\/|package\.json|README\.md|LICENSE)/.test(f)), []);
});

test("Node: import", () => assert.deepEqual(script("esm.mjs", `import { connect, F } from "moltres";\n${PROGRAM}`), EXPECTED));

test("Node: require", () => assert.deepEqual(script("cjs.cjs", `const { connect, F } = require("moltres");\n(async () => {${PROGRAM}})();`), EXPECTED));

test("the slim build with the module given", () =>
  assert.deepEqual(
    script(
      "slim.mjs",
      `import { readFileSync } from "node:fs"; import { connect, init, F } from "moltres/slim"; import { createRequire } from "node:module";
       await init(readFileSync(createRequire(import.meta.url).resolve("moltres/moltres.wasm")));${PROGRAM}`,
    ),
    EXPECTED,
  ));

test("the classic script defines globalThis.moltres", async () => {
  const context = vm.createContext({ console, performance, TextEncoder, TextDecoder, WebAssembly, atob, URL, setTimeout, clearTimeout, queueMicrotask, crypto, AbortSignal, AbortController, ReadableStream, Blob, Response, DecompressionStream, MessageChannel });
  vm.runInContext(`${readFileSync(join(folder, "node_modules/moltres/dist/moltres.global.js"), "utf8")};globalThis.moltres = moltres`, context);
  const rows = await vm.runInContext(`(async () => { const db = await moltres.connect(); return JSON.stringify(await db.sql("select 1 as x").collect()); })()`, context);
  assert.deepEqual(JSON.parse(rows), [{ x: 1 }]);
});

test("TypeScript sees the types from import and from require", () => {
  const project = join(folder, "typed");
  mkdirSync(project, { recursive: true });
  const source = (load) => `${load}
    async function main(): Promise<number> {
      const db = await connect(":memory:", { queryTimeout: 5 });
      const df = db.table("t").where(col("x").gt(1)).groupBy("k").agg(F.sum("x").alias("s"));
      const rows = await df.collect();
      // @ts-expect-error there is no such verb
      df.noSuchVerb();
      return rows.length;
    }
    void main;`;
  writeFileSync(join(project, "a.mts"), source('import { connect, col, F } from "moltres";'));
  writeFileSync(join(project, "b.cts"), source('import { connect, col, F } from "moltres";'));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { strict: true, noEmit: true, module: "nodenext", moduleResolution: "nodenext", target: "es2022", lib: ["es2023", "esnext.disposable", "dom", "dom.asynciterable"], types: ["node"], typeRoots: [join(PKG, "node_modules/@types")], skipLibCheck: false }, files: ["a.mts", "b.cts"] }),
  );
  try {
    run(process.execPath, [join(PKG, "node_modules/typescript/bin/tsc"), "-p", project], project);
  } catch (error) {
    assert.fail(error.stdout);
  }
});

for (const format of ["esm", "iife"]) {
  test(`a program bundled by esbuild as ${format} runs without a file beside it`, () => {
    const entry = join(folder, `app-${format}.mjs`);
    writeFileSync(entry, `import { connect, F } from "moltres";\n(async () => {${PROGRAM}})();`);
    const out = join(folder, `bundle-${format}`, format === "esm" ? "app.mjs" : "app.cjs");
    run(join(PKG, "node_modules/.bin/esbuild"), [entry, "--bundle", `--format=${format}`, "--platform=neutral", "--main-fields=module,main", "--external:node:*", `--outfile=${out}`, "--log-level=error"], folder);
    assert.deepEqual(JSON.parse(run(process.execPath, [out], folder).trim().split("\n").at(-1)), EXPECTED);
  });
}
