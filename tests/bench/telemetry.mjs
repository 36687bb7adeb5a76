// What telemetry costs a statement: the same statement by turns under each way of listening, in one process, and the medians of the differences
// to a database whose telemetry is switched off. Microseconds a statement.
import { connect, getStructuredLogger } from "../../pkg/dist/index.js";

const ROUNDS = Number(process.env.ROUNDS ?? 301);

const ways = {
  "switched off": async (db) => {
    db.engine.setSilent(true);
  },
  // A second one of the same tells what noise is.
  "switched off again": async (db) => {
    db.engine.setSilent(true);
  },
  "metrics, no listener": async () => {},
  "a hook on query_end": async (db) => {
    db.on("query_end", () => {});
  },
};

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
const spread = (list) => [list[Math.floor(list.length * 0.25)], list[Math.floor(list.length * 0.75)]];

const databases = {};
for (const [name, prepare] of Object.entries(ways)) {
  const db = await connect(":memory:");
  await db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 'row ' || i FROM n");
  await prepare(db);
  databases[name] = db;
}

function time(db, sql, n) {
  const frame = db.sql(sql);
  const started = performance.now();
  for (let i = 0; i < n; i++) frame.collectSync();
  return ((performance.now() - started) * 1000) / n;
}

const figures = {};
for (const [what, sql, n] of [["select 1", "SELECT 1 AS one", 400], ["100 rows", "SELECT id, x FROM t", 60]]) {
  const names = Object.keys(databases);
  for (const db of Object.values(databases)) time(db, sql, n * 20);
  const differences = Object.fromEntries(names.map((name) => [name, []]));
  const base = [];
  for (let round = 0; round < ROUNDS; round++) {
    const taken = {};
    // Another order each time, so that no way always comes first.
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      taken[name] = time(databases[name], sql, n);
    }
    base.push(taken["switched off"]);
    for (const name of names) differences[name].push(taken[name] - taken["switched off"]);
  }
  console.log(`\n${what}: ${median(base).toFixed(2)} µs with telemetry switched off; more than that, median and quartiles of ${ROUNDS} paired differences`);
  for (const name of names.slice(1)) {
    const middle = median(differences[name]);
    const [low, high] = spread(differences[name]);
    console.log(`  ${name.padEnd(24)}${middle.toFixed(2).padStart(7)}   (${low.toFixed(2)} … ${high.toFixed(2)})`);
    figures[`${what}, ${name}`] = middle;
  }
}

// The log listens everywhere, so it is measured against itself, on and off.
{
  const db = databases["metrics, no listener"];
  const differences = [];
  for (let round = 0; round < ROUNDS; round++) {
    const taken = {};
    for (const on of round % 2 ? [true, false] : [false, true]) {
      const logger = on && getStructuredLogger({ level: "info", sink: () => {} });
      taken[on] = time(db, "SELECT 1 AS one", 200);
      if (logger) logger.close();
    }
    differences.push(taken.true - taken.false);
  }
  const [low, high] = spread(differences);
  console.log(`\nselect 1, structured log at info: ${median(differences).toFixed(2)} µs more than without (${low.toFixed(2)} … ${high.toFixed(2)})`);
}
for (const db of Object.values(databases)) await db.close();
if (figures["select 1, metrics, no listener"] > 3 || figures["100 rows, metrics, no listener"] > 3) {
  console.error("counting costs more than 3 µs a statement");
  process.exitCode = 1;
}
