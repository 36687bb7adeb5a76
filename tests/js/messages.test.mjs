// The words of errors that only come up while something runs; those of analysis are in tests/cases/errors.md. What was asked for and where, what exists,
// what might help. Together they have every code of the API page but those that take a failing machine.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "../../pkg/dist/index.js";

const dir = mkdtempSync(join(tmpdir(), "moltres-messages-"));
const db = await connect();
await db.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, CONSTRAINT positive CHECK (n > 0))");
await db.execute("CREATE TABLE children (parent INTEGER REFERENCES parents (id))");
await db.insert("parents", [{ id: 1, n: 1 }]);
writeFileSync(join(dir, "letter.db"), "Dear reader, this is a letter and no database, though it is long enough to have a header of a hundred bytes.");
const image = await db.backup();
const damaged = image.slice();
damaged.fill(255, 4096, 8192);
const encrypted = await db.backup(undefined, { encrypt: { password: "right" } });
const endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS n FROM r";
const opened = [db];
const other = async (...args) => {
  opened.push(await connect(...args));
  return opened.at(-1);
};
after(async () => {
  for (const each of opened) await each.close();
  rmSync(dir, { recursive: true });
});

const csv = (text, options) => db.read.csv(typeof text === "string" ? { text } : text, options);
/** code, program, message, hint */
const cases = [
  ["unknown_table", () => db.sql("SELECT * FROM parent").collect(), 'table "parent" not found; tables are: children, parents', '"parents" might be meant'],
  ["unknown_column", () => db.sql("SELECT m FROM parents").collect(), 'column "m" not found', "a text stands between single quotes, \"…\" is a name"],
  ["unknown_column", () => db.sql("SELECT parnet FROM children").collect(), 'column "parnet" not found', '"parent" might be meant'],
  ["unknown_function", () => db.sql("SELECT uper('a')").collect(), 'function "uper" does not exist', '"upper" might be meant'],
  ["wrong_arity", () => db.sql("SELECT upper('a', 'b')").collect(), "upper() has a wrong number of arguments", "it takes 1"],
  ["ambiguous_column", () => db.sql("SELECT id FROM parents JOIN parents AS p").collect(), 'column "id" is ambiguous: more than one table has it', "write the table's name or alias before it"],
  ["syntax_error", () => db.sql("SELEC 1").collect(), 'near "SELEC": syntax error'],
  ["invalid_argument", () => db.sql("SELECT ?", []).collect(), "the statement has 1 parameter, and 0 values were given"],
  ["invalid_argument", () => db.sql("SELECT 1; SELECT 2").collect(), "the SQL text holds more than one statement", "run them one by one, or with execute without parameters"],
  ["duplicate_column", () => db.sql("SELECT 1 AS a, 2 AS a").collect(), 'collect: the result has two columns named "a"', 'give one an alias, drop it, or collect({format: "arrays"})'],
  ["sqlite", () => db.sql("SELECT json('{') AS a").collect(), "malformed JSON"],
  ["constraint_unique", () => db.insert("parents", [{ id: 1, n: 1 }]), 'insert: row 0: "parents" already has a row with the same "id"', "merge() updates or ignores rows that exist"],
  ["constraint_foreign_key", () => db.insert("children", [{ parent: 7 }]), 'insert: row 0: "children" refers by "parent" of "parents" to a row that does not exist'],
  ["constraint_check", () => db.insert("parents", [{ id: 2, n: -1 }]), 'insert: row 0: "parents" has the condition positive, which the row does not meet'],
  ["constraint_not_null", () => db.insert("parents", [{ id: 2, n: null }]), 'insert: row 0: column "n" of "parents" may not be null'],
  ["permission_denied", async () => (await other(image, { readOnly: true })).execute("DELETE FROM parents"), "the database is read-only", "it was opened with readOnly, or its file or directory may not be written to"],
  ["maintenance_mode", async () => {
    const busy = await other(image);
    let release;
    const held = busy.maintenance(() => new Promise((resolve) => { release = resolve; }));
    const refused = await busy.execute("DELETE FROM children").then(() => undefined, (error) => error);
    release();
    await held;
    throw refused;
  }, "the database is in maintenance, writes are refused", "try again when maintenance is over"],
  ["query_timeout", async () => (await other(":memory:", { queryTimeout: 0.05 })).sql(endless).collect(), "the statement was stopped after 0.05 seconds (queryTimeout)", "raise queryTimeout, add a limit or an index, or look at explain()"],
  ["database_closed", async () => {
    const closed = await connect();
    await closed.close();
    await closed.sql("SELECT 1").collect();
  }, "the database is closed"],
  ["not_a_database", () => other(join(dir, "letter.db")), `connect: "${join(dir, "letter.db")}" is not a SQLite database`],
  ["corrupt", () => db.restore(damaged), "restore: database disk image is malformed"],
  ["wrong_password", () => db.restore(encrypted, { password: "wrong" }), "restore: the password does not open this backup"],
  ["csv_ragged_record", () => csv("a,b\n1\n", { mode: "failFast" }), undefined, 'mode: "permissive" pads and cuts such records, "dropMalformed" skips them'],
  ["csv_invalid_utf8", () => csv(Uint8Array.from([97, 10, 255, 10]), { mode: "failFast" }), 'record 1 (line 2), column a: the bytes are not UTF-8: "\u{FFFD}"', 'encoding: "windows-1252" or another label may be what the file has'],
  ["csv_unterminated_quote", () => csv('a\n"x\n'), "the quoted field that begins in the record at line 2 (byte 2) is not closed before the end", 'quote: "" reads without quoting'],
  ["csv_too_wide", () => csv(`${Array.from({ length: 2001 }, (_, i) => `c${i}`)}\n`), "the first record has 2001 columns, a table holds at most 2000", "see whether the delimiter is right"],
  ["empty_input", () => csv(""), "the input has no records", "with a schema an empty input gives a table without rows"],
  ["transaction_closed", async () => {
    let kept;
    await db.transaction(async (tx) => { kept = tx; });
    await kept.execute("DELETE FROM children");
  }, "the transaction has ended", "await everything that is done with tx before its callback returns"],
  ["migration_failed", async () => (await other()).migrate([{ version: 1, name: "one", up: (tx) => tx.execute("CREATE TABEL x") }]), 'migrate: up of version 1 (one) failed: near "TABEL": syntax error'],
  ["storage_unavailable", () => other("opfs:x.db"), 'connect: "opfs:x.db" needs a browser\'s storage', "use a path in Node, or \":memory:\""],
  ["unsupported", async () => (await other(":memory:", { worker: true })).table("t").collectSync(), "the database lives in a Worker, where nothing can be called synchronously", "use the method without Sync, or connect with {worker: false}"],
];

for (const [code, program, message, hint] of cases) {
  test(`${code}: ${message ?? "in its own words"}`, async () => {
    const error = await Promise.resolve().then(program).then(() => assert.fail("no error"), (error) => error);
    assert.equal(error.code, code, `${error.code}: ${error.message}`);
    if (message) assert.equal(error.message, message);
    assert.equal(error.hint, hint);
    assert.ok(!/[.!]$|\byou\b/i.test(error.message), "no full stop, no you");
  });
}

test("every code of the API page is in one of the two lists, but for what takes a failing machine", () => {
  const codes = `invalid_argument unknown_table unknown_column ambiguous_column unknown_function wrong_arity type_mismatch unsupported syntax_error
    misplaced_aggregate misplaced_window duplicate_column empty_input constraint_unique constraint_foreign_key constraint_check constraint_not_null
    permission_denied maintenance_mode query_timeout database_closed not_a_database corrupt wrong_password csv_ragged_record csv_invalid_utf8
    csv_unterminated_quote csv_too_wide transaction_closed migration_failed storage_unavailable sqlite`.split(/\s+/);
  // In their areas' tests: cancelled, busy, csv_type_conflict, integrity_failed. Not to be had here: pool_exhausted, storage_full, out_of_memory, internal.
  const analysed = readFileSync(new URL("../cases/errors.md", import.meta.url), "utf8").matchAll(/^error: (\w+)/gm);
  const seen = new Set([...cases.map(([code]) => code), ...[...analysed].map(([, code]) => code)]);
  assert.deepEqual(codes.filter((code) => !seen.has(code)), []);
});
