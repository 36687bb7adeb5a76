// Results, cancellation, user functions and Workers: what the engine promises to JavaScript.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { col, connect, CompilationError, ConstraintError, DatabaseConnectionError, F, init, MoltresError, QueryTimeoutError } from "../../pkg/dist/index.js";

const opened = [];
const open = async (...args) => {
  const db = await connect(...args);
  opened.push(db);
  return db;
};
after(() => Promise.all(opened.map((db) => db.close())));

const ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c";
const rows = (n) => `with recursive c(x) as (select 1 union all select x + 1 from c where x < ${n}) select x from c`;
const code = (expected) => (error) => error instanceof MoltresError && error.code === expected;

for (const worker of [false, true]) {
  describe(worker ? "in a Worker" : "in this thread", () => {
    test("values keep what they are", async () => {
      const db = await open(":memory:", { worker });
      await db.execute("create table t (i integer, r real, s text, b boolean, d date, bl blob, j json, x)");
      await db.execute("insert into t values (?, ?, ?, ?, ?, ?, ?, ?)", [9007199254740993n, 0.5, "a\0é😀", true, "2024-02-29", new Uint8Array([0, 255]), { a: [1, 2n ** 60n] }, null]);
      const [row] = await db.table("t").collect();
      assert.deepEqual(row, { i: 9007199254740993n, r: 0.5, s: "a\0é😀", b: true, d: "2024-02-29", bl: new Uint8Array([0, 255]), j: { a: [1, 2n ** 60n] }, x: null });
      assert.deepEqual((await db.table("t").collect({ dates: "Date" }))[0].d, new Date("2024-02-29T00:00:00Z"));
      assert.equal((await db.sql("select 1 as n").collect({ bigint: "always" }))[0].n, 1n);
      await assert.rejects(db.table("t").collect({ bigint: "number" }), code("type_mismatch"));
    });

    test("formats, names and shapes", async () => {
      const db = await open(":memory:", { worker });
      const frame = db.sql("select 1 as a, 'x' as b, null as c union all select 2, 'y', 3");
      const found = await frame.collect();
      assert.deepEqual(found.columns, ["a", "b", "c"]);
      assert.deepEqual(Object.keys(found), ["0", "1"]);
      assert.deepEqual(await frame.collect({ format: "arrays" }), [[1, "x", null], [2, "y", 3]]);
      const columns = await frame.toColumns();
      assert.deepEqual(columns, { a: new Float64Array([1, 2]), b: ["x", "y"], c: [null, 3] });
      assert.deepEqual((await db.sql("select 9007199254740993 as n union all select 1").toColumns()).n, new BigInt64Array([9007199254740993n, 1n]));
      await assert.rejects(db.sql("select 1 as a, 2 as a").collect(), code("duplicate_column"));
      assert.deepEqual(await db.sql("select 1 as a, 2 as a").collect({ format: "arrays" }), [[1, 2]]);
      const [odd] = await db.sql('select 1 as "__proto__", 2 as "constructor"').collect();
      assert.deepEqual(Object.entries(odd), [["__proto__", 1], ["constructor", 2]]);
    });

    test("long results come batch by batch, repeated texts from a dictionary", async () => {
      const db = await open(":memory:", { worker });
      const frame = db.sql(`select x, 'k' || (x % 7) as k, case when x % 1000 = 0 then null else x || '€' end as u, case x % 3 when 0 then x when 1 then x || '' else x + 0.5 end as m from (${rows(20000)})`);
      const found = await frame.collect();
      assert.equal(found.length, 20000);
      for (const i of [0, 511, 512, 4999, 19999]) {
        const x = i + 1;
        assert.deepEqual(found[i], { x, k: `k${x % 7}`, u: x % 1000 ? `${x}€` : null, m: [x, String(x), x + 0.5][x % 3] });
      }
      let seen = 0;
      for await (const batch of frame.stream({ batchSize: 700 })) {
        assert.ok(batch.length === 700 || seen + batch.length === 20000);
        seen += batch.length;
        if (seen === 2100) break;
      }
      assert.equal(seen, 2100);
      await db.execute("create table after (x)");
    });

    test("every kind of signal stops an endless statement, and the database goes on", async () => {
      const db = await open(":memory:", { worker });
      await db.execute("create table t (a); insert into t values (1)");
      await db.query("select 1");
      const stopped = async (signal, check) => {
        await assert.rejects(db.sql(ENDLESS).collect({ signal }), check);
        assert.deepEqual(await db.query("select a from t"), [{ a: 1 }]);
      };
      await stopped(AbortSignal.timeout(100), { name: "TimeoutError" });
      const reason = new Error("enough");
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 150);
      await stopped(controller.signal, reason);
      await stopped(AbortSignal.abort(reason), reason);
      await stopped(AbortSignal.any([new AbortController().signal, AbortSignal.timeout(50)]), { name: "TimeoutError" });
    });

    test("queryTimeout is in seconds", async () => {
      const db = await open(":memory:", { worker, queryTimeout: 0.2 });
      await assert.rejects(db.sql(ENDLESS).collect(), (error) => error instanceof QueryTimeoutError && error.code === "query_timeout" && error.hint !== undefined);
      await assert.rejects(db.execute(ENDLESS), code("query_timeout"));
      assert.deepEqual(await db.query("select 1 as a"), [{ a: 1 }]);
    });

    test("errors keep their class, code and statement", async () => {
      const db = await open(":memory:", { worker });
      await assert.rejects(db.sql("selec 1").collect(), (error) => error instanceof CompilationError && error.code === "syntax_error" && error.sql === "selec 1" && error.position === 0);
      await db.execute("create table t (a unique)");
      await assert.rejects(db.execute("insert into t values (1), (1)"), (error) => error instanceof ConstraintError && error.code === "constraint_unique");
      await assert.rejects(db.table("t").select("b").collect(), code("unknown_column"));
      await assert.rejects(db.sql("select ?").collect(), code("invalid_argument"));
    });

    test("Observable's client", async () => {
      const db = await open(":memory:", { worker });
      assert.equal(db.dialect, "sqlite");
      assert.deepEqual(db.queryTag`select ${1} + ${2}`, ["select ?1 + ?2", [1, 2]]);
      const found = await db.query(...db.queryTag`select ${1} + ${2} as n`);
      assert.deepEqual([found, found.columns], [[{ n: 3 }], ["n"]]);
      assert.deepEqual(await db.queryRow("select 1 as a union all select 2"), { a: 1 });
      assert.equal(await db.queryRow("select 1 where 0"), null);
      const { schema, readRows } = await db.queryStream(rows(1000));
      assert.equal(schema[0].name, "x");
      let n = 0;
      for await (const some of readRows()) n += some.length;
      assert.equal(n, 1000);
      await db.execute("create table t (a integer not null)");
      assert.deepEqual(await db.describeTables(), [{ name: "t" }]);
      assert.deepEqual(await db.describeColumns({ table: "t" }), [{ name: "a", type: "integer", databaseType: "bigint", nullable: false }]);
      assert.equal(db.escape('a"b'), '"a""b"');
    });

    test("a closed database says so; closing twice is harmless", async () => {
      const db = await connect(":memory:", { worker });
      await db.close();
      await db.close();
      await assert.rejects(db.query("select 1"), (error) => error instanceof DatabaseConnectionError && error.code === "database_closed");
    });
  });
}

test("a Worker has no synchronous actions", async () => {
  const db = await open(":memory:", { worker: true });
  assert.throws(() => db.sql("select 1").collectSync(), code("unsupported"));
});

test("init may be called any number of times", async () => {
  await Promise.all([init(), init()]);
  await init();
});

test("cached frames are made once", async () => {
  const db = await open();
  await db.execute("create table t (a integer); insert into t values (1), (2)");
  const cached = db.table("t").withColumn("r", F.rand()).cache();
  const first = await cached.collect();
  await db.execute("delete from t");
  assert.deepEqual(await cached.collect(), first);
  assert.equal(await cached.count(), 2);
});

test("functions of JavaScript: scalar, aggregate, window; what they throw is the cause", async () => {
  const db = await open();
  db.registerFunction("twice", (x) => x * 2, { deterministic: true, returns: "double" });
  db.registerFunction("prod", { aggregate: { init: () => 1, step: (p, x) => p * x, finish: (p) => p } });
  db.registerFunction("total", { aggregate: { init: () => ({ n: 0 }), step: (s, x) => void (s.n += x), inverse: (s, x) => void (s.n -= x), finish: (s) => s.n } });
  const thrown = new TypeError("no");
  db.registerFunction("fail", () => {
    throw thrown;
  });
  db.registerFunction("again", () => db.sql("select 1").collectSync());
  db.registerFunction("later", async () => 1);
  assert.deepEqual(await db.query("select twice(1.25) as a, prod(column1) as p from (values (2), (3), (4))"), [{ a: 2.5, p: 24 }]);
  assert.deepEqual(
    (await db.query("select total(column1) over (order by column1 rows 1 preceding) as t, prod(column1) over (order by column1) as p from (values (1), (2), (3))")).map(Object.values),
    [[1, 1], [3, 2], [5, 6]],
  );
  assert.deepEqual(await db.query("select prod(1) as p where 0"), [{ p: 1 }]);
  await assert.rejects(db.query("select fail(1)"), (error) => error.cause === thrown && /the function fail failed: no/.test(error.message));
  await assert.rejects(db.query("select again()"), (error) => error.cause?.code === "unsupported");
  await assert.rejects(db.query("select later()"), /Promise/);
  await assert.rejects(db.query("select prod(column1) over (order by column1 rows 1 preceding) from (values (1), (2), (3))"), /inverse/);
  assert.throws(() => db.registerFunction("x", 5), code("invalid_argument"));
  assert.deepEqual(await db.sql("select 3 as x").withColumn("y", F.expr ? F.expr("twice(x)") : col("x")).collect(), [{ x: 3, y: 6 }]);
});

test("a statement under a signal that uses a function of JavaScript stays in this thread", async () => {
  const db = await open();
  db.registerFunction("one", () => 1);
  const { signal } = new AbortController();
  assert.deepEqual(await db.sql(`select sum(one()) as n from (${rows(1000)})`).collect({ signal }), [{ n: 1000 }]);
});

test("a long read under a signal moves to a Worker, temporary tables too, and comes back whole", async () => {
  const db = await open();
  await db.execute("create table t (a); insert into t values (1), (2); create temp table u as select 5 as z");
  const events = [];
  db.on("query_end", (sql, elapsed, metadata) => events.push(metadata.rows));
  const { signal } = new AbortController();
  const sql = "with recursive c(x) as (select 1 union all select x + 1 from c where x < 1000000) select count(*) n, (select sum(z) from u) z, (select count(*) from t) k from c";
  assert.deepEqual(await db.sql(sql).collect({ signal }), [{ n: 1000000, z: 5, k: 2 }]);
  assert.deepEqual(events, [1]);
});
