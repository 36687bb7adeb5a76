// The packed package in Deno and Bun: memory, a file in place with its locks, CSV, streams, deadlines, backup and restore, a Worker, the command line. Both come from npm, into `.cache`;
// where they cannot be had, the tests are skipped and say so.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
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
  import { spawnSync } from "node:child_process";
  import { renameSync, writeFileSync } from "node:fs";
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
  const native = spawnSync("sqlite3", ["data.db", "DELETE FROM orders"], { encoding: "utf8" });
  out.native = native.error ? "locked" : /locked/.exec(native.stderr)?.[0] ?? "written";
  await one.execute("ROLLBACK");
  await one.close();
  await two.close();
  // Files in and out as streams, functions, deadlines; a file that is moved away.
  writeFileSync("many.csv", "n,t\\n" + Array.from({ length: 20000 }, (_, i) => i + ",x" + i).join("\\n") + "\\n");
  for (const options of [{}, { worker: true }]) {
    const db = await connect("stream.db", options);
    const many = await db.read.csv("many.csv", { table: "many", ifExists: "replace" });
    await many.write.mode("overwrite").csv("copy.csv.gz", { compression: "gzip" });
    let n = 0;
    for await (const batch of (await db.read.csv("copy.csv.gz")).stream()) n += batch.length;
    for await (const batch of await db.read.csv("many.csv", { stream: true })) n += batch.length;
    const stopped = await db.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", [], { signal: AbortSignal.timeout(200) }).catch((error) => error.name);
    if (!options.worker) db.registerFunction("twice", (x) => x * 2);
    const twice = options.worker ? 42 : (await db.query("SELECT twice(21) AS x"))[0].x;
    const refused = await db.read.csv({ text: "n,t\\n1,a\\n" }, { table: "many" }).catch((error) => error.code);
    renameSync("stream.db", "moved.db");
    const moved = await db.execute("DELETE FROM many").catch((error) => error.code);
    renameSync("moved.db", "stream.db");
    out[options.worker ? "streams in a worker" : "streams"] = [n, stopped, twice, refused, moved, await db.table("many").count()];
    await db.close();
  }
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
const streamed = [40000, "TimeoutError", 42, "invalid_argument", "storage_unavailable", 20000];
const EXPECTED = { memory: rows, file: rows, worker: rows, "file in a worker": rows, pool: rows, locked: "busy", native: "locked", streams: streamed, "streams in a worker": streamed };

for (const [name, args] of [["deno", ["run", "--allow-all", "--node-modules-dir=manual"]], ["bun", ["run"]]]) {
  test(`the package in ${name}`, { timeout: 240_000 }, (t) => {
    const path = find(name);
    if (!path) return t.skip(`${name} is not on PATH and npm does not give it`);
    for (const left of ["data.db", "worker.db", "pool.db", "stream.db"]) rmSync(join(folder, left), { force: true });
    const { status, stdout, stderr } = spawnSync(path, [...args, "program.mjs"], { cwd: folder, encoding: "utf8", timeout: 120_000 });
    assert.equal(status, 0, stderr + stdout);
    assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1)), EXPECTED);
  });

  test(`the command line in ${name}`, { timeout: 240_000 }, async (t) => {
    const path = find(name);
    if (!path) return t.skip(`${name} is not on PATH and npm does not give it`);
    rmSync(join(folder, "cli.db"), { force: true });
    const cli = [...args, "node_modules/moltres/dist/cli.js"];
    const run = (...given) => {
      const { status, stdout, stderr } = spawnSync(path, [...cli, ...given], { cwd: folder, encoding: "utf8", timeout: 60_000, input: "a,b\n1,日本\n2,\n" });
      return [status, stdout, stderr];
    };
    assert.deepEqual(run("import", "cli.db", "-", "--table", "t"), [0, '2 rows into "t"\n', ""]);
    assert.deepEqual(run("query", "cli.db", "SELECT * FROM t"), [0, "a  b\n-  ----\n1  日本\n2  null\n", ""]);
    assert.deepEqual(run("export", "cli.db", "t", "--format", "jsonl"), [0, '{"a":1,"b":"日本"}\n{"a":2,"b":null}\n', ""]);
    assert.deepEqual(run("check", "cli.db"), [0, "ok\n", ""]);
    const [status, , stderr] = run("query", "cli.db", "SELECT * FROM none", "--json");
    assert.deepEqual([status, JSON.parse(stderr).error.code], [1, "unknown_table"]);
    assert.equal(run("qery")[0], 2);
    const endless = spawn(path, [...cli, "query", "cli.db", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"], { cwd: folder, stdio: "ignore" });
    setTimeout(() => endless.kill("SIGINT"), 3000);
    assert.equal(await new Promise((resolve) => endless.on("exit", resolve)), 130);
  });
}
