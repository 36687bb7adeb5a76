// Allocations that fail: SQLite's, by a hard limit of its heap, and the module's own, by a linear memory that may not grow. Each run has a Worker
// with a module of its own, so that what it breaks is its own. `MOLTRES_CAMPAIGN=1` takes smaller steps.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { col, connect } from "../../pkg/dist/index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "moltres-memory-"));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const start = path.join(dir, "start.db");
const file = path.join(dir, "data.db");
const STEPS = process.env.MOLTRES_CAMPAIGN ? 160 : 16;

const CSV = `id,name,amount\n${Array.from({ length: 3000 }, (_, i) => `${i},${"n".repeat(i % 90)},${i / 4}`).join("\n")}\n`;
const rows = (n, from = 10_000) => Array.from({ length: n }, (_, i) => ({ id: from + i, x: `new ${i}`.repeat(20), n: i / 8 }));
const OPERATIONS = {
  "load CSV": (db) => db.read.csv({ text: CSV }, { table: "orders" }),
  "load CSV by inserts": (db) => db.read.csv({ text: CSV }, { table: "orders", inserts: true }),
  insert: (db) => db.insert("t", rows(4000)),
  update: (db) => db.update("t", { where: col("id").mod(2).eq(0), set: { x: "u".repeat(400) } }),
  merge: (db) => db.merge("t", rows(2000, 1500), { on: "id", whenMatched: "update" }),
  sort: (db) => db.execute("CREATE TABLE sorted AS SELECT * FROM t ORDER BY x DESC, n"),
  migrate: (db) => db.migrate([{ version: 1, up: "CREATE TABLE a (x); INSERT INTO a SELECT x FROM t" }, { version: 2, up: "CREATE INDEX b ON a (x)" }], { backup: false }).then(undefined, (error) => Promise.reject(error.details.code === "out_of_memory" ? Object.assign(error, { code: "out_of_memory" }) : error)),
  vacuum: (db) => db.vacuum(),
  history: async (db) => {
    await db.history.enable();
    await db.insert("t", rows(500));
  },
  backup: (db) => db.backup(),
};

async function content() {
  const db = await connect(file, { locking: "none" });
  try {
    assert.equal((await db.integrityCheck()).ok, true);
    return (await db.dump()).split("\n").filter((line) => !/moltres_migration/.test(line)).join("\n");
  } finally {
    await db.close();
  }
}

function fresh() {
  for (const name of fs.readdirSync(dir)) if (name !== "start.db") fs.rmSync(path.join(dir, name));
  fs.copyFileSync(start, file);
}

test("prepare", async () => {
  const db = await connect(start, { locking: "none" });
  await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, n REAL); CREATE INDEX i ON t (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, printf('%080d', i), i / 2.0 FROM n");
  await db.close();
});

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(`SQLite's heap is limited: ${name}`, { timeout: 600_000 }, async () => {
    fresh();
    const before = await content();
    const states = new Map([[before, "before"]]);
    if (name === "migrate") {
      const db = await connect(file, { locking: "none" });
      await db.migrate([{ version: 1, up: "CREATE TABLE a (x); INSERT INTO a SELECT x FROM t" }]);
      await db.close();
      states.set(await content(), "step 1");
      fresh();
    }
    let db = await connect(file, { locking: "none", worker: true });
    const base = (await db.memory()).sqliteBytes;
    await operation(db);
    const high = (await db.memory()).sqliteHighWaterBytes;
    await db.close();
    if (!states.has(await content())) states.set(await content(), "after");
    const tally = {};
    for (let step = 0; step < STEPS; step++) {
      fresh();
      db = await connect(file, { locking: "none", worker: true });
      const limit = Math.round(base * 0.95 + ((high * 1.05 - base * 0.95) * step) / STEPS);
      // Its own answer may be the first thing that does not fit.
      await db.query(`PRAGMA hard_heap_limit = ${limit}`).catch(() => {});
      const error = await operation(db).then(() => undefined, (error) => error);
      const place = `${name}, ${limit} of ${high} bytes, which answered ${error?.stack}`;
      if (error) assert.equal(error.code, "out_of_memory", place);
      await db.close().catch((error) => assert.equal(error.code, "out_of_memory", place));
      const found = states.get(await content());
      assert.ok(found, `${place}: half of the change is there`);
      if (!error && states.size > 1 && name !== "migrate") assert.equal(found, "after", place);
      const left = fs.readdirSync(dir).filter((each) => !["start.db", "data.db", "data.db-history"].includes(each));
      assert.deepEqual(left, [], place);
      const key = `${error?.code ?? "done"}, ${found}`;
      tally[key] = (tally[key] ?? 0) + 1;
    }
    console.log(`# ${name}: ${Object.entries(tally).map(([key, n]) => `${key} ${n}`).join("; ")}`);
  });
}

/** The module with a linear memory of at most `pages`: the limits of its memory section are rewritten. */
function limited(bytes, pages) {
  const uleb = (n) => {
    const out = [];
    do {
      out.push((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
      n >>>= 7;
    } while (n);
    return out;
  };
  const read = (at) => {
    let [n, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      n |= (byte & 0x7f) << shift;
      shift += 7;
      if (!(byte & 0x80)) return [n >>> 0, at];
    }
  };
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    const [size, body] = read(at + 1);
    if (id === 5) {
      const [least] = read(body + 2);
      const section = [1, 1, ...uleb(least), ...uleb(Math.max(least, pages))];
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([5, ...uleb(section.length), ...section]), bytes.subarray(body + size)]);
    }
    at = body + size;
  }
  throw new Error("the module has no memory section");
}

test("the module's memory is limited: nothing is lost, whatever fails", { timeout: 600_000 }, async () => {
  const bytes = fs.readFileSync(fileURLToPath(new URL("../../pkg/dist/moltres.wasm", import.meta.url)));
  const index = new URL("../../pkg/dist/index.js", import.meta.url).href;
  const script = `
    import fs from "node:fs";
    import { connect, col } from ${JSON.stringify(index)};
    const rows = ${rows.toString().replace("(n, from = 10_000)", "(n, from = 10_000)")};
    const db = await connect(process.argv[2], { locking: "none", wasm: fs.readFileSync(process.argv[3]) });
    const answers = [];
    try {
      for (let round = 0; round < 40; round++) {
        await db.insert("t", rows(3000, 10_000 + round * 3000));
        answers.push(round);
        fs.writeSync(1, "acknowledged " + round + "\\n");
      }
      await db.read.csv({ text: ${JSON.stringify("id,x\n")} + "1,x\\n".repeat(3_000_000) });
      fs.writeSync(1, "done\\n");
    } catch (error) {
      fs.writeSync(1, "failed " + error.code + "\\n");
      const again = await db.query("SELECT count(*) AS n FROM t").then(() => "usable", (error) => error.code);
      fs.writeSync(1, "then " + again + "\\n");
    }`;
  const program = path.join(dir, "program.mjs");
  const tally = {};
  const steps = process.env.MOLTRES_CAMPAIGN ? 40 : 5;
  for (let step = 0; step < steps; step++) {
    fresh();
    fs.writeFileSync(program, script);
    const pages = 40 + Math.round((360 * step) / steps);
    const module = path.join(dir, "limited.wasm");
    fs.writeFileSync(module, limited(bytes, pages));
    const { stdout, stderr } = spawnSync(process.execPath, [program, file, module], { encoding: "utf8" });
    const acknowledged = [...stdout.matchAll(/acknowledged (\d+)/g)].length;
    const [, failed] = /failed (\w+)/.exec(stdout) ?? [];
    const [, then] = /then (\w+)/.exec(stdout) ?? [];
    const place = `${pages} pages: ${stdout}${stderr}`;
    if (acknowledged === 0 && !failed) assert.match(stderr, /out_of_memory|internal|memory/i, place);
    else {
      assert.ok(failed === undefined || ["out_of_memory", "internal"].includes(failed), place);
      // After a trap the module is closed; otherwise it goes on.
      if (failed) assert.ok(failed === "internal" ? then === "internal" : ["usable", "out_of_memory", "internal"].includes(then), place);
    }
    const db = await connect(file, { locking: "none" });
    assert.equal((await db.integrityCheck()).ok, true, place);
    assert.equal(await db.table("t").count(), 3000 + 3000 * acknowledged, place);
    await db.close();
    const key = `${failed ?? "done"}${then ? `, then ${then}` : ""}`;
    tally[key] = (tally[key] ?? 0) + 1;
  }
  console.log(`# ${Object.entries(tally).map(([key, n]) => `${key} ${n}`).join("; ")}`);
});

test("a module that stops closes its own database, and no other", { timeout: 120_000 }, async () => {
  const bytes = fs.readFileSync(fileURLToPath(new URL("../../pkg/dist/moltres.wasm", import.meta.url)));
  const module = path.join(dir, "limited.wasm");
  // Room for SQLite's own 30 MB, which it asks for first and politely, and not for the copies that leave.
  fs.writeFileSync(module, limited(bytes, 700));
  const program = path.join(dir, "trap.mjs");
  fs.writeFileSync(
    program,
    `
    import assert from "node:assert/strict";
    import fs from "node:fs";
    import { checkConnectionHealth, connect } from ${JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href)};
    const here = await connect(":memory:", { wasm: fs.readFileSync(${JSON.stringify(module)}) });
    const [one, two] = [await connect(":memory:", { worker: true }), await connect(":memory:", { worker: true })];
    for (const db of [here, two]) await db.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    const wide = "SELECT " + Array.from({ length: 30 }, (_, i) => "randomblob(1000000) AS c" + i).join(", ");
    const trapped = async (db) => {
      await assert.rejects(db.query(wide), (error) => error.code === "internal" || assert.fail(error));
      await assert.rejects(db.query("SELECT 1"), (error) => error.code === "internal");
      const health = await checkConnectionHealth(db);
      assert.deepEqual([health.healthy, health.details.code], [false, "internal"]);
      await db.close();
      await assert.rejects(db.query("SELECT 1"), (error) => error.code === "database_closed");
    };
    await trapped(one);
    assert.equal(await two.table("t").count(), 1);
    assert.equal(await here.table("t").count(), 1);
    await trapped(here);
    assert.equal(await two.table("t").count(), 1);
    const third = await connect(":memory:", { worker: true });
    assert.deepEqual(await third.query("SELECT 1 AS one"), [{ one: 1 }]);
    await third.close();
    await two.close();
    console.log("fine");`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.match(stdout, /fine/, stderr);
});
