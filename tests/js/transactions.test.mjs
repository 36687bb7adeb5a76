// Transactions: what is kept, what is undone, and who may use the connection meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { column, connect } from "../../pkg/dist/index.js";

async function fresh(options) {
  const db = await connect(":memory:", options);
  await db.createTable("t", [column("id", "INTEGER", { primaryKey: true }), column("x", "TEXT")]).collect();
  return db;
}
const ids = async (db) => (await db.sql("SELECT id FROM t ORDER BY id").collect()).map((row) => row.id);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);

test("a callback that returns commits and gives its value", async () => {
  const db = await fresh();
  assert.equal(await db.transaction(async (tx) => (await tx.insert("t", [{ id: 1 }])) + 41), 42);
  assert.deepEqual(await ids(db), [1]);
});

test("a thrown error rolls back, definitions included, and comes out as it is", async () => {
  const db = await fresh();
  const mine = new Error("mine");
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.createTable("u", [column("a", "INTEGER")]).collect();
      await tx.insert("t", [{ id: 1 }]);
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.deepEqual([await ids(db), await db.tables()], [[], ["t"]]);
  await assert.rejects(db.transaction(() => { throw mine; }), (error) => error === mine);
  await assert.rejects(db.transaction(async () => { throw undefined; }), (error) => error === undefined);
});

test("nested calls are savepoints", async () => {
  const db = await fresh();
  await db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    await assert.rejects(tx.transaction(async (inner) => {
      await inner.insert("t", [{ id: 2 }]);
      throw new Error("only the inner part");
    }));
    await tx.transaction(async (inner) => {
      await inner.insert("t", [{ id: 3 }]);
      await inner.transaction((innermost) => innermost.insert("t", [{ id: 4 }]), { savepoint: true });
    });
  });
  assert.deepEqual(await ids(db), [1, 3, 4]);
});

test("two transactions on one connection never interleave", async () => {
  const db = await fresh();
  const log = [];
  const run = (name, first) => db.transaction(async (tx) => {
    log.push(`${name} begins`);
    await tx.insert("t", [{ id: first }]);
    await sleep(20);
    await tx.insert("t", [{ id: first + 1 }]);
    log.push(`${name} ends`);
  });
  await Promise.all([run("a", 1), run("b", 3), run("c", 5)]);
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assert.deepEqual(await ids(db), [1, 2, 3, 4, 5, 6]);
});

test("a statement of others waits, and is not undone with the transaction", async () => {
  const db = await fresh();
  let seen;
  const rolledBack = db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    await sleep(30);
    throw new Error("undo");
  });
  const outside = (async () => {
    await sleep(5);
    await db.insert("t", [{ id: 2 }]);
    seen = await ids(db);
  })();
  await assert.rejects(rolledBack);
  await outside;
  assert.deepEqual(seen, [2]);
});

test("inside the callback the database joins the transaction", async () => {
  const db = await fresh();
  const frame = db.table("t");
  await assert.rejects(db.transaction(async () => {
    await db.insert("t", [{ id: 1 }]);
    await sleep(1);
    assert.equal((await frame.collect()).length, 1);
    assert.equal(db.inTransaction, true);
    await db.transaction((inner) => inner.insert("t", [{ id: 2 }]));
    throw new Error("undo all");
  }));
  assert.equal(db.inTransaction, false);
  assert.deepEqual(await ids(db), []);
});

test("state belongs to one database", async () => {
  const [a, b] = [await fresh(), await fresh()];
  await assert.rejects(a.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    assert.equal(b.inTransaction, false);
    await b.insert("t", [{ id: 7 }]);
    throw new Error("undo a");
  }));
  assert.deepEqual([await ids(a), await ids(b)], [[], [7]]);
});

test("what is not awaited still belongs to the transaction", async () => {
  const db = await fresh();
  await db.transaction((tx) => {
    tx.insert("t", [{ id: 1 }]);
    tx.insert("t", [{ id: 2 }]);
  });
  assert.deepEqual(await ids(db), [1, 2]);
  await assert.rejects(db.transaction((tx) => {
    tx.insert("t", [{ id: 3 }]);
    tx.insert("t", [{ id: 3 }]);
  }), code("constraint_unique"));
  assert.deepEqual(await ids(db), [1, 2]);
});

test("after its end a transaction's object refuses", async () => {
  const db = await fresh();
  let kept;
  await db.transaction(async (tx) => { kept = tx; });
  await assert.rejects(kept.insert("t", [{ id: 1 }]), code("transaction_closed"));
  await assert.rejects(kept.table("t").collect(), code("transaction_closed"));
  assert.throws(() => kept.table("t").collectSync(), code("transaction_closed"));
  await assert.rejects(kept.transaction(async () => {}), code("transaction_closed"));
  assert.deepEqual(await ids(db), []);
  await db.insert("t", [{ id: 1 }]);
});

test("a read-only transaction refuses writes, and only it", async () => {
  const db = await fresh();
  await assert.rejects(db.transaction((tx) => tx.insert("t", [{ id: 1 }]), { readOnly: true }), code("permission_denied"));
  await db.transaction(async (tx) => {
    await assert.rejects(tx.transaction((inner) => inner.insert("t", [{ id: 1 }]), { readOnly: true }), code("permission_denied"));
    await tx.insert("t", [{ id: 2 }]);
  });
  assert.deepEqual(await ids(db), [2]);
});

test("a timeout rolls back, also when the callback never ends", async () => {
  const db = await fresh();
  const started = performance.now();
  await assert.rejects(db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    await new Promise(() => {});
  }, { timeout: 0.05 }), code("query_timeout"));
  assert.ok(performance.now() - started < 1000);
  await assert.rejects(db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 2 }]);
    await tx.sql("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r").collect();
  }, { timeout: 0.1 }), code("query_timeout"));
  assert.ok(performance.now() - started < 2000);
  assert.deepEqual(await ids(db), []);
});

test("a signal rolls back with its reason", async () => {
  const db = await fresh();
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    await sleep(1000);
  }, { signal: controller.signal }), (error) => error === reason);
  await assert.rejects(db.transaction(() => {}, { signal: controller.signal }), (error) => error === reason);
  assert.deepEqual(await ids(db), []);
});

test("a busy database is tried again", async () => {
  const db = await fresh();
  let attempts = 0;
  const noted = [];
  const busy = Object.assign(new (await import("../../pkg/dist/index.js")).ExecutionError("busy", "busy"));
  const result = await db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    if (++attempts < 3) throw busy;
    return "done";
  }, { retry: { attempts: 4, delay: 0.001, onRetry: (_, n) => noted.push(n) } });
  assert.deepEqual([result, attempts, noted, await ids(db)], ["done", 3, [1, 2], [1]]);
  await assert.rejects(db.transaction(() => { attempts++; throw busy; }, { retry: 2 }), code("busy"));
  assert.equal(attempts, 5);
});

test("deferred foreign keys are checked at commit, with the rows at fault", async () => {
  const db = await fresh();
  await db.createTable("c", [column("p", "INTEGER", { references: { table: "t", deferred: true } })]).collect();
  await db.transaction(async (tx) => {
    await tx.insert("c", [{ p: 1 }]);
    await tx.insert("t", [{ id: 1 }]);
  });
  await assert.rejects(db.transaction((tx) => tx.insert("c", [{ p: 9 }])), (error) => {
    assert.equal(error.code, "constraint_foreign_key");
    assert.deepEqual(error.details.rows, [{ table: "c", rowid: 2, columns: ["p"], values: [9], references: "t" }]);
    return true;
  });
});

test("closing the database ends everything", async () => {
  const db = await fresh();
  let waiting;
  const open = db.transaction(async (tx) => {
    await tx.insert("t", [{ id: 1 }]);
    setTimeout(() => db.close(), 10);
    await sleep(40);
    await tx.insert("t", [{ id: 2 }]);
  });
  setTimeout(() => { waiting = db.insert("t", [{ id: 3 }]).catch((error) => error.code); }, 1);
  await assert.rejects(open, code("database_closed"));
  assert.equal(await waiting, "database_closed");
});

test("a long insert in batches is one step", async () => {
  const db = await fresh();
  async function* rows() {
    for (let id = 1; id <= 150_000; id++) {
      if (id % 40_000 === 0) await sleep(1);
      yield { id: id === 149_999 ? 1 : id, x: "x" };
    }
  }
  const inserting = db.insert("t", rows());
  const other = (async () => {
    await sleep(5);
    return (await ids(db)).length;
  })();
  await assert.rejects(inserting, code("constraint_unique"));
  assert.deepEqual([await other, (await ids(db)).length], [0, 0]);
});

test("options that are not there are refused", async () => {
  const db = await fresh();
  await assert.rejects(db.transaction(), code("invalid_argument"));
  await assert.rejects(db.transaction(async () => {}, { readonly: true }), code("invalid_argument"));
  await assert.rejects(db.transaction(async () => {}, { timeout: -1 }), code("invalid_argument"));
  await assert.rejects(db.transaction((tx) => tx.close()), code("unsupported"));
});

test("without AsyncLocalStorage a transaction that waits for itself ends with busy", async () => {
  const { execFile } = await import("node:child_process");
  const program = `
    delete Object.getPrototypeOf(process).getBuiltinModule; process.getBuiltinModule = undefined;
    const { column, connect } = await import(${JSON.stringify(new URL("../../pkg/dist/index.js", import.meta.url).href)});
    const db = await connect();
    await db.createTable("t", [column("id", "INTEGER")]).collect();
    const seen = [];
    await db.transaction(async (tx) => {
      await tx.insert("t", [{ id: 1 }]);
      await db.insert("t", [{ id: 2 }]).catch((error) => seen.push(error.code));
      await tx.transaction((inner) => inner.insert("t", [{ id: 3 }]));
    });
    await db.insert("t", [{ id: 4 }]);
    console.log(JSON.stringify([seen, (await db.table("t").orderBy("id").collect()).map((row) => row.id)]));
  `;
  const out = await new Promise((resolve, reject) =>
    execFile(process.execPath, ["--input-type=module", "-e", program], (error, stdout) => (error ? reject(error) : resolve(stdout))),
  );
  assert.deepEqual(JSON.parse(out), [["busy"], [1, 3, 4]]);
});

test("the callback ends the transaction, a statement does not", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE t (a UNIQUE)");
  for (const sql of ["COMMIT", "END", "ROLLBACK", "PRAGMA foreign_keys = OFF"]) {
    for (const run of [(tx) => tx.execute(sql), (tx) => tx.sql(sql).collect(), (tx) => tx.query(sql), (tx) => tx.executeSync(sql)]) {
      await assert.rejects(db.transaction(async (tx) => { await tx.insert("t", [{ a: 1 }]); await run(tx); }), { code: "unsupported" });
      assert.equal(await db.table("t").count(), 0);
    }
  }
  await db.transaction((tx) => tx.execute("SAVEPOINT s; INSERT INTO t VALUES (1); ROLLBACK TO s; RELEASE s"));
  // SQLite has rolled back: what comes after would commit by itself.
  const late = [];
  await assert.rejects(
    db.transaction(async (tx) => {
      await tx.insert("t", [{ a: 1 }]);
      await tx.execute("INSERT OR ROLLBACK INTO t VALUES (1)").catch((error) => late.push(error.code));
      for (const work of [() => tx.execute("INSERT INTO t VALUES (2)"), () => tx.insert("t", [{ a: 3 }]), () => tx.read.csv({ text: "a\n4\n" }, { table: "t", ifExists: "append" }), () => tx.createTable("u", []).collect()])
        await work().catch((error) => late.push(error.code));
    }),
    { code: "transaction_closed" },
  );
  assert.equal(late[0], "constraint_unique");
  assert.equal(await db.table("t").count(), 0);
  assert.deepEqual(await db.tables(), ["t"]);
  await db.execute("BEGIN; INSERT INTO t VALUES (1); COMMIT");
  assert.equal(await db.table("t").count(), 1);
});

test("what writes nothing works where writes are refused: caches, in a database and a transaction that only read, and beside maintenance", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
  const beside = async (work) => {
    let end;
    const maintenance = db.maintenance(() => new Promise((resolve) => { end = resolve; }));
    await work(db).finally(() => end());
    await maintenance;
  };
  const readers = [(work) => db.transaction(work, { readOnly: true }), beside];
  const only = await connect(await db.backup(), { readOnly: true });
  for (const read of [...readers, (work) => work(only)]) {
    await read(async (reader) => {
      const frame = reader.table("t").where("a > 1").cache();
      assert.deepEqual([await frame.count(), await frame.collect()], [1, [{ a: 2 }]]);
      await assert.rejects(reader.insert("t", [{ a: 3 }]), (error) => ["permission_denied", "maintenance_mode"].includes(error.code));
    });
  }
  await assert.rejects(db.transaction(async (tx) => { await tx.insert("t", [{ a: 3 }]); const began = performance.now(); await tx.backup().finally(() => assert.ok(performance.now() - began < 4000)); }), { code: "busy" });
  await only.close();
  await db.close();
});
