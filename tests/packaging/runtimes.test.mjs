// The packed package in Deno and Bun: memory, a file in place with its locks, CSV, backup and restore, a Worker. Both come from npm, into `.cache`;
// where they cannot be had, the tests are skipped and say so.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const PKG = fileURLToPath(new URL("../../pkg", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache/runtimes", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "moltres-runtimes-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function find(name) {
  for (const path of [join(CACHE, "node_modules", ".bin", name), name]) {
    if (path !== name && !existsSync(path)) continue;
    if (spawnSync(path, ["--version"], { stdio: "ignore", timeout: 60_000 }).status === 0) return path;
  }
  return undefined;
}

const PROGRAM = `
  import { connect, F, col } from "moltres";
  const out = {};
  for (const [name, target, options] of [["memory", ":memory:", {}], ["file", "data.db", {}], ["worker", ":memory:", { worker: true }], ["file in a worker", "worker.db", { worker: true }], ["pool", "pool.db", { poolSize: 1 }]]) {
    const db = await connect(target, options);
    await db.read.csv({ text: "country,amount\\nDE,10\\nFR,20\\nDE,5.5\\n" }, { table: "orders" });
    await db.transaction((tx) => tx.update("orders", { where: col("country").eq("FR"), set: { amount: 21 } }));
    await db.backup(name + ".copy");
    await db.delete("orders", { where: "all" });
    await db.restore(name + ".copy");
    out[name] = await db.table("orders").groupBy("country").agg(F.sum("amount").alias("total")).orderBy("country").collect();
    if (!(await db.integrityCheck()).ok) throw new Error("integrity");
    await db.close();
  }
  // A lock that another connection respects.
  const [one, two] = [await connect("data.db"), await connect("data.db")];
  await one.execute("BEGIN IMMEDIATE");
  out.locked = await two.execute("DELETE FROM orders").then(() => "written", (error) => error.code);
  await one.execute("ROLLBACK");
  await one.close();
  await two.close();
  console.log(JSON.stringify(out));
`;
before(() => {
  const npm = (args, cwd) => execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [packed] = JSON.parse(npm(["pack", "--json", "--silent", "--pack-destination", folder], PKG));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  npm(["install", "--silent", "--no-audit", "--no-fund", "--offline", join(folder, packed.filename)], folder);
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
  if (!find("deno") || !find("bun")) {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(join(CACHE, "package.json"), JSON.stringify({ name: "runtimes", private: true }));
    spawnSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", CACHE, "deno", "bun"], { stdio: "ignore", timeout: 120_000 });
  }
});

const rows = [{ country: "DE", total: 15.5 }, { country: "FR", total: 21 }];
const EXPECTED = { memory: rows, file: rows, worker: rows, "file in a worker": rows, pool: rows, locked: "busy" };

for (const [name, args] of [["deno", ["run", "--allow-all", "--node-modules-dir=manual"]], ["bun", ["run"]]]) {
  test(`the package in ${name}`, { timeout: 240_000 }, (t) => {
    const path = find(name);
    if (!path) return t.skip(`${name} is not on PATH and npm does not give it`);
    for (const left of ["data.db", "worker.db", "pool.db"]) rmSync(join(folder, left), { force: true });
    const { status, stdout, stderr } = spawnSync(path, [...args, "program.mjs"], { cwd: folder, encoding: "utf8", timeout: 120_000 });
    assert.equal(status, 0, stderr + stdout);
    assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1)), EXPECTED);
  });
}
