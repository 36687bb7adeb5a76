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
  await db.migrate([...list, { version: 5, up: "CREATE TABLE late (a)" }], { outOfOrder: true });
  await db.execute("CREATE TABLE by_hand (a)");
  const status = await db.migrationStatus([...list, { version: 5, up: "CREATE TABLE late (a)" }]);
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
