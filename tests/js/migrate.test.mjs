// Migrations: recorded, checksummed, atomic, reversible.
import assert from "node:assert/strict";
import { test } from "node:test";
import { column, connect } from "../../pkg/dist/index.js";

const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);
const list = [
  { version: 1, name: "users", up: "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)", down: "DROP TABLE users" },
  { version: 2, name: "mail", up: ["ALTER TABLE users ADD COLUMN mail TEXT", "CREATE INDEX by_mail ON users (mail)"], down: "DROP INDEX by_mail; ALTER TABLE users DROP COLUMN mail" },
  { version: 10, name: "posts", up: async (tx) => { await tx.createTable("posts", [column("id", "INTEGER")]).collect(); await tx.insert("users", [{ name: "first" }]); }, down: (tx) => tx.dropTable("posts") },
];

test("up, again, down, and what is recorded", async () => {
  const db = await connect();
  const report = await db.migrate(list);
  assert.deepEqual([report.from, report.to, report.applied.map((a) => a.version)], [null, 10, [1, 2, 10]]);
  assert.deepEqual(await db.tables(), ["posts", "users"]);
  assert.deepEqual((await db.migrate(list)).applied, []);
  const status = await db.migrationStatus(list);
  assert.deepEqual([status.current, status.pending, status.drift, status.applied.map((a) => a.name)], [10, [], [], ["users", "mail", "posts"]]);
  const back = await db.migrate(list, { to: 1 });
  assert.deepEqual([back.rolledBack.map((a) => a.version), back.to], [[10, 2], 1]);
  assert.deepEqual([await db.tables(), (await db.schema("users")).map((c) => c.name)], [["users"], ["id", "name"]]);
  assert.equal((await db.migrate(list, { to: 2 })).to, 2);
  assert.equal((await db.migrate(list, { to: 0 })).to, null);
  assert.deepEqual(await db.tables(), []);
});

test("a dry run leaves no trace", async () => {
  const db = await connect();
  const report = await db.migrate(list, { dryRun: true });
  assert.deepEqual([report.dryRun, report.applied.length, await db.tables(), (await db.migrationStatus(list)).current], [true, 3, [], null]);
  await assert.rejects(db.migrate([{ version: 1, up: "nonsense" }], { dryRun: true }), code("migration_failed"));
});

test("a step that fails takes everything back", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE old (a); INSERT INTO old VALUES (1)");
  const bad = [...list, { version: 11, name: "bad", up: "DELETE FROM old; CREATE TABLE users (a)" }];
  const error = await db.migrate(bad).catch((e) => e);
  assert.deepEqual([error.code, error.details.version, error.cause.code], ["migration_failed", 11, "sqlite"]);
  assert.deepEqual([await db.tables(), await db.table("old").count(), (await db.migrationStatus(list)).current], [["old"], 1, null]);
  await assert.rejects(db.migrate(bad, { backup: false }), code("migration_failed"));
  assert.deepEqual([(await db.migrationStatus(list)).current, await db.table("old").count()], [10, 1]);
});

test("drift: edited, unknown and by hand", async () => {
  const db = await connect();
  await db.migrate(list);
  const edited = [{ ...list[0], up: "CREATE TABLE users (id INTEGER)" }, list[1], list[2]];
  await assert.rejects(db.migrate(edited), code("migration_failed"));
  assert.deepEqual((await db.migrationStatus(edited)).drift.map((d) => d.kind), ["changed"]);
  await assert.rejects(db.migrate(list.slice(0, 2)), code("migration_failed"));
  await assert.rejects(db.migrate([...list, { version: 5, up: "SELECT 1" }]), code("migration_failed"));
  const later = [...list, { version: 5, up: "CREATE TABLE late (a)" }];
  await db.migrate(later, { outOfOrder: true });
  // Whatever the clock says, the schema is the one that the last step left.
  for (const times of ["'2026-01-01 00:00:00.000'", "'2026-01-01 00:00:00.00' || (9 - place)"]) {
    await db.execute(`UPDATE __moltres_migrations SET applied_at = ${times}`);
    assert.deepEqual((await db.migrationStatus(later)).drift, []);
  }
  await db.execute("CREATE TABLE by_hand (a)");
  const status = await db.migrationStatus(later);
  assert.deepEqual(status.drift.map((d) => d.kind), ["schema"]);
});

test("two runs at once apply each step once; tables are rebuilt with their keys", async () => {
  const db = await connect();
  const reports = await Promise.all([db.migrate(list), db.migrate(list)]);
  assert.deepEqual(reports.map((r) => r.applied.length), [3, 0]);
  await db.execute("CREATE TABLE child (u INTEGER REFERENCES users (id)); INSERT INTO child VALUES (1)");
  await db.migrate([...list, { version: 11, foreignKeys: false, up: "CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO n SELECT id, name FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users" }]);
  assert.deepEqual([(await db.integrityCheck()).ok, (await db.schema("users"))[1].nullable], [true, false]);
});

test("what cannot be a list is refused", async () => {
  const db = await connect();
  for (const bad of [undefined, [{}], [{ version: 1 }], [{ version: 1, up: 5 }], [{ version: 1, up: "" }, { version: 1, up: "" }], [{ version: 1, up: "" }, { version: "a", up: "" }]]) {
    await assert.rejects(async () => db.migrate(bad), code("invalid_argument"));
  }
  await assert.rejects(db.migrate(list, { to: 7 }), code("migration_failed"));
  await assert.rejects(db.transaction((tx) => tx.migrate(list)), code("unsupported"));
  await db.migrate([{ version: 1, up: "CREATE TABLE a (a)" }]);
  await assert.rejects(db.migrate([{ version: 1, up: "CREATE TABLE a (a)" }], { to: 0 }), code("migration_failed"));
});

test("all steps are one transaction", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id) ON DELETE CASCADE); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1)");
  const ends = [];
  db.on("transaction_commit", () => ends.push("commit"));
  db.on("transaction_rollback", () => ends.push("rollback"));
  const seen = [];
  const steps = [
    { version: 1, up: "CREATE TABLE a (x); INSERT INTO a VALUES (1)" },
    { version: 2, name: "rebuild", foreignKeys: false, up: "CREATE TABLE n (id INTEGER PRIMARY KEY, y); INSERT INTO n SELECT id, 0 FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p" },
    { version: 3, name: "keys again", up: async (tx) => { await assert.rejects(tx.execute("PRAGMA foreign_keys = OFF"), code("unsupported")); await tx.delete("p", { where: "id = 2" }); seen.push(await tx.table("c").count(), (await tx.migrationStatus()).current); } },
  ];
  await db.migrate(steps);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([ends, seen, await db.table("c").count()], [["commit"], [1, 2], 1]);
  const orphan = { version: 4, name: "orphan", up: "CREATE TABLE b (x); INSERT INTO c VALUES (99)" };
  for (const bad of [orphan, { ...orphan, foreignKeys: false }]) {
    const error = await db.migrate([...steps, bad, { version: 5, up: "DROP TABLE c" }]).catch((e) => e);
    assert.deepEqual([error.code, error.details.version, error.cause.code], ["migration_failed", 4, "constraint_foreign_key"]);
  }
  const ended = await db.migrate([...steps, { version: 4, up: "INSERT INTO p VALUES (3, 3)" }, { version: 5, up: ["DELETE FROM c", "COMMIT"] }]).catch((e) => e);
  assert.deepEqual([ended.details.version, ended.cause.code], [5, "unsupported"]);
  // Keys are enforced again, whatever happened.
  await assert.rejects(db.execute("INSERT INTO c VALUES (98)"), code("constraint_foreign_key"));
  assert.deepEqual([await db.tables(), (await db.migrationStatus(steps)).current, await db.table("c").count(), await db.table("p").count()], [["a", "c", "p"], 3, 1, 1]);
});

test("what runs in no transaction runs apart, and has a way back", async () => {
  const db = await connect();
  await db.execute("CREATE TABLE old (a); INSERT INTO old VALUES (1)");
  const refused = await db.migrate([{ version: 1, up: "VACUUM" }]).catch((e) => e);
  assert.deepEqual([refused.code, /\{transaction: false\}/.test(refused.hint)], ["migration_failed", true]);
  const steps = [
    { version: 1, up: "CREATE TABLE a (x)" },
    { version: 2, transaction: false, up: "PRAGMA auto_vacuum = FULL; VACUUM", down: async (each) => { await each.vacuum(); } },
    { version: 3, up: "DROP TABLE old", down: "CREATE TABLE old (a)" },
  ];
  for (const backup of [true, false]) {
    const error = await db.migrate([...steps, { version: 4, up: "nonsense" }], { backup }).catch((e) => e);
    assert.deepEqual([error.code, error.details.version], ["migration_failed", 4]);
    assert.deepEqual([await db.tables(), (await db.migrationStatus()).current], backup ? [["old"], null] : [["a"], 3]);
  }
  assert.deepEqual((await db.migrate(steps)).applied, []);
  assert.equal((await db.queryRow("PRAGMA auto_vacuum")).auto_vacuum, 1);
  assert.deepEqual((await db.migrate(steps, { to: 1 })).rolledBack.map((each) => each.version), [3, 2]);
  assert.deepEqual(await db.tables(), ["a", "old"]);
  await assert.rejects(db.migrate([{ version: 1, up: "", transaction: "no" }]), code("invalid_argument"));
  await assert.rejects(db.migrate(steps, { dryrun: true }), code("invalid_argument"));
});
