// One way to get a CSV file into a queryable table, in a process of its own: node way.mjs <way> <file> [loads].
// Prints {rows, cold, warm, wall, peak}: CPU milliseconds of the first load and the median of the later ones, wall milliseconds and the peak
// memory in MB of the first. Every load has a database of its own, which is started before the clock; the file is read within the time.
import { execFileSync } from "node:child_process";
import { createReadStream, readFileSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";

const [, , way, path, loads = "2"] = process.argv;
const require = createRequire(import.meta.url);

const convert = (value) => (value === "" ? null : value !== "" && !Number.isNaN(Number(value)) ? Number(value) : value);

/** papaparse with dynamic types, row by row into a prepared statement. */
async function papa(create, insert) {
  const Papa = (await import("papaparse")).default;
  let head;
  await new Promise((complete, error) =>
    Papa.parse(createReadStream(path), { dynamicTyping: true, skipEmptyLines: true, step: ({ data }) => (head ? insert(data.map((v) => (v instanceof Date ? v.toISOString() : typeof v === "boolean" ? Number(v) : v))) : create((head = data))), complete, error }),
  );
}
const columns = (head) => head.map((name) => `"${name}"`).join(",");
const marks = (head) => head.map(() => "?").join(",");

const ways = {
  async moltres() {
    const { connect } = await import("../../pkg/dist/index.js");
    const db = await connect();
    return async () => (await db.read.csv(path)).readReport.rows;
  },
  async "moltres, inserts"() {
    const { connect } = await import("../../pkg/dist/index.js");
    const db = await connect();
    return async () => (await db.read.csv(path, { inserts: true })).readReport.rows;
  },
  async "papaparse + sql.js"() {
    const SQL = await require("sql.js")();
    const db = new SQL.Database();
    return async () => {
      let statement;
      db.run("BEGIN");
      await papa((head) => {
        db.run(`CREATE TABLE t (${columns(head)})`);
        statement = db.prepare(`INSERT INTO t VALUES (${marks(head)})`);
      }, (row) => statement.run(row));
      db.run("COMMIT");
      return db.exec("SELECT count(*) FROM t")[0].values[0][0];
    };
  },
  async "csv-parse + node-sqlite3-wasm"() {
    const { Database } = require("node-sqlite3-wasm");
    const { parse } = await import("csv-parse");
    const db = new Database(":memory:");
    return async () => {
      let statement;
      db.run("BEGIN");
      for await (const row of createReadStream(path).pipe(parse())) {
        if (statement) statement.run(row.map(convert));
        else {
          db.run(`CREATE TABLE t (${columns(row)})`);
          statement = db.prepare(`INSERT INTO t VALUES (${marks(row)})`);
        }
      }
      db.run("COMMIT");
      return db.get("SELECT count(*) AS n FROM t").n;
    };
  },
  async "papaparse + sqlite-wasm"() {
    const sqlite3 = await (await import("@sqlite.org/sqlite-wasm")).default({ print() {}, printErr() {} });
    const db = new sqlite3.oo1.DB(":memory:");
    return async () => {
      let statement;
      db.exec("BEGIN");
      await papa((head) => {
        db.exec(`CREATE TABLE t (${columns(head)})`);
        statement = db.prepare(`INSERT INTO t VALUES (${marks(head)})`);
      }, (row) => statement.bind(row).stepReset());
      db.exec("COMMIT");
      return db.selectValue("SELECT count(*) FROM t");
    };
  },
  async "DuckDB-WASM read_csv"() {
    const duckdb = require("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs");
    const dist = dirname(require.resolve("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs"));
    const bundle = { mainModule: join(dist, "duckdb-eh.wasm"), mainWorker: "" };
    const db = await duckdb.createDuckDB({ mvp: { ...bundle, mainModule: join(dist, "duckdb-mvp.wasm") }, eh: bundle }, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
    await db.instantiate(() => {});
    const connection = db.connect();
    return async () => {
      db.registerFileBuffer("in.csv", new Uint8Array(readFileSync(path)));
      connection.query("CREATE TABLE t AS SELECT * FROM read_csv('in.csv', header = true)");
      return Number(connection.query("SELECT count(*) AS n FROM t").toArray()[0].n);
    };
  },
  async "Arquero fromCSV"() {
    const aq = await import("arquero");
    return async () => aq.fromCSV(readFileSync(path, "utf8")).numRows();
  },
  async "sqlite3 .import"() {
    const target = join(tmpdir(), `bench-${process.pid}.db`);
    return async () => {
      // The shell's own CPU time, as bash's `time` has it.
      const script = `TIMEFORMAT="%U %S"; time sqlite3 "$1" ".import --csv $2 t"`;
      const times = execFileSync("bash", ["-c", `{ ${script} ; } 2>&1`, "bash", target, path], { encoding: "utf8" }).trim().split("\n").at(-1).split(" ");
      const rows = Number(execFileSync("sqlite3", [target, "SELECT count(*) FROM t"], { encoding: "utf8" }));
      unlinkSync(target);
      return { rows, cpu: (Number(times[0]) + Number(times[1])) * 1000 };
    };
  },
};

async function measure() {
  const run = await ways[way]();
  // What starting has left to the compiler's threads is not the load's.
  await setTimeout(1000);
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  const { rows, cpu } = typeof result === "object" ? result : { rows: Number(result), cpu: (user + system) / 1000 };
  return { rows, cpu: Math.round(cpu), wall: Math.round(performance.now() - start), peak: Math.round(process.resourceUsage().maxRSS / 1024) };
}

if (path) {
  const first = await measure();
  const later = [];
  while (later.length < Number(loads) - 1) later.push((await measure()).cpu);
  console.log(JSON.stringify({ ...first, cold: first.cpu, warm: later.toSorted((a, b) => a - b)[later.length >> 1] ?? first.cpu }));
  process.exit(0);
} else console.log(JSON.stringify(Object.keys(ways)));
