//! What is recorded, what is not, and how it comes back.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::backup::dump_text;
use crate::table::transaction;

fn sample() -> Database {
    let db = Database::open_in_memory().unwrap();
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", &[]).unwrap();
    db.execute("CREATE TABLE bare (x)", &[]).unwrap();
    db.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, what)", &[]).unwrap();
    db.execute("CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log (what) VALUES (new.x); END", &[]).unwrap();
    db
}

#[test]
fn a_transaction_is_recorded_with_its_commit() {
    let db = sample();
    db.history.enable(&db, None).unwrap();
    let count = || db.connection().query_row("SELECT count(*) FROM moltres_history.entry", [], |row| row.get::<_, i64>(0)).unwrap();
    let begun = transaction::begin(&db, false, true).unwrap();
    db.execute("INSERT INTO t VALUES (1, 'a')", &[]).unwrap();
    assert_eq!(count(), 1);
    transaction::commit(&db, begun).unwrap();
    assert_eq!(count(), 2);
    transaction::savepoint(&db, "step", false).unwrap();
    db.atomically(|db| db.execute("INSERT INTO t VALUES (2, 'b')", &[])).unwrap();
    transaction::savepoint(&db, "inner", false).unwrap();
    transaction::release(&db, "inner").unwrap();
    assert_eq!(count(), 2);
    transaction::release(&db, "step").unwrap();
    assert_eq!(count(), 3);
    // Without a transaction around it, by way of a cursor, and with results.
    db.open_cursor("DELETE FROM t WHERE id = 1", &[], None, false).unwrap();
    assert_eq!(count(), 4);
    db.open_cursor("DELETE FROM t RETURNING id", &[], None, false).unwrap();
    assert_eq!(count(), 5);
    assert!(db.execute("INSERT INTO t VALUES (5, 'x'), (5, 'y')", &[]).is_err());
    db.execute("INSERT OR FAIL INTO t VALUES (6, 'x'), (7, 'y'), (6, 'z')", &[]).unwrap_err();
    assert_eq!(count(), 6);
    assert!(db.connection().is_autocommit());
    // A commit that fails leaves no entry, and may be tried again.
    db.execute_script("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)").unwrap();
    let before = count();
    db.execute_script("BEGIN; INSERT INTO c VALUES (1)").unwrap();
    assert!(db.execute_script("COMMIT").is_err());
    db.execute_script("INSERT INTO p VALUES (1); COMMIT").unwrap();
    assert_eq!(count(), before + 1);
    let last = db.history.list(&db).unwrap().pop().unwrap();
    assert_eq!((last.kind.as_str(), last.note.as_str()), ("change", "INSERT INTO p VALUES (1)"));
}

#[test]
fn rows_without_a_key_are_recorded() {
    let db = Database::open_in_memory().unwrap();
    db.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v)", &[]).unwrap();
    db.history.enable(&db, None).unwrap();
    let mut states = vec![];
    for (sql, kind) in [
        ("INSERT INTO t VALUES ('a', 1)", "change"),
        ("INSERT INTO t VALUES (NULL, 2)", "base"),
        ("BEGIN; UPDATE t SET v = 3; COMMIT", "base"),
        ("INSERT INTO t VALUES ('b', 1)", "change"),
        ("INSERT INTO t VALUES (NULL, 4) RETURNING k", "base"),
        ("DELETE FROM t WHERE v = 4 RETURNING v", "base"),
    ] {
        if sql.ends_with(['k', 'v']) {
            db.query(sql, &[]).unwrap();
        } else {
            db.execute_script(sql).unwrap();
        }
        let entries = db.history.list(&db).unwrap();
        assert_eq!(entries.len(), states.len() + 2, "{sql}: {entries:?}");
        let last = entries.last().unwrap();
        assert_eq!(last.kind, kind, "{sql}");
        states.push((last.id, dump_text(&db).unwrap()));
    }
    db.query("SELECT * FROM t", &[]).unwrap();
    db.execute("CREATE TEMP TABLE x AS SELECT 1", &[]).unwrap();
    assert_eq!(db.history.list(&db).unwrap().len(), states.len() + 1);
    for (id, text) in states.iter().rev() {
        db.history.restore(&db, PointInTime::Id(*id), &RestoreOptions::default()).unwrap();
        assert_eq!(dump_text(&db).unwrap(), *text, "entry {id}");
    }
}

#[test]
fn recording_ends_outside_of_transactions_only() {
    let db = sample();
    db.history.enable(&db, None).unwrap();
    db.execute_script("BEGIN; INSERT INTO t VALUES (1, 'a')").unwrap();
    assert_eq!(db.history.disable(&db).unwrap_err().code(), Code::Busy);
    db.execute_script("COMMIT").unwrap();
    assert_eq!(db.history.list(&db).unwrap().len(), 2);
    db.history.disable(&db).unwrap();
    db.history.disable(&db).unwrap();
    db.history.enable(&db, None).unwrap();
    db.execute("INSERT INTO t VALUES (2, 'b')", &[]).unwrap();
    assert_eq!(db.history.list(&db).unwrap().len(), 2);
}

#[test]
fn pruning_beside_a_statement_that_runs() {
    let db = sample();
    db.history.enable(&db, None).unwrap();
    db.execute("INSERT INTO t VALUES (1, 'a')", &[]).unwrap();
    db.execute("INSERT INTO t VALUES (2, 'b')", &[]).unwrap();
    let last = db.history.list(&db).unwrap().last().unwrap().id;
    let mut statement = db.connection().prepare("SELECT * FROM t").unwrap();
    let mut rows = statement.query([]).unwrap();
    rows.next().unwrap().unwrap();
    assert_eq!(db.history.prune(&db, PointInTime::Id(last)).unwrap(), 2);
    assert_eq!(db.history.list(&db).unwrap().len(), 1);
}

#[test]
fn comments_before_a_statement() {
    for sql in ["COMMIT", " ;commit;", "-- note\nCOMMIT", "/* a * b */ -- c\r\n\t/**/commit", "\u{feff}commit"] {
        assert!(first_word(sql).eq_ignore_ascii_case("commit"), "{sql}");
    }
    for sql in ["", "--", "-- commit", "/* commit", "/*/ commit"] {
        assert_eq!(first_word(sql), "", "{sql}");
    }
    let db = sample();
    db.history.enable(&db, None).unwrap();
    let count = || db.connection().query_row("SELECT count(*) FROM moltres_history.entry", [], |row| row.get::<_, i64>(0)).unwrap();
    // Recorded with its commit: were it after, the statement would stand in no transaction of ours.
    assert_eq!(db.history.before_statement(&db, "-- one\nINSERT INTO t VALUES (1, 'a')").unwrap(), Bracket::Own);
    db.connection().execute_batch("ROLLBACK").unwrap();
    db.execute_script("BEGIN; INSERT INTO t VALUES (1, 'a'); /* now */ COMMIT").unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn every_state_can_be_had_again() {
    let db = sample();
    db.history.enable(&db, None).unwrap();
    let mut states = vec![(db.history.list(&db).unwrap().last().unwrap().id, dump_text(&db).unwrap())];
    for sql in [
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO bare VALUES (1), (1), (2)",
        "UPDATE t SET x = 'c' WHERE id = 2",
        "BEGIN; INSERT INTO t VALUES (3, 'd'); DELETE FROM bare WHERE x = 1; COMMIT",
        "ALTER TABLE t ADD COLUMN y DEFAULT 5",
        "INSERT INTO t VALUES (4, 'e', 6)",
        "CREATE TABLE u (k TEXT PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO u VALUES ('k')",
        "DELETE FROM t",
    ] {
        db.execute_script(sql).unwrap();
        let entries = db.history.list(&db).unwrap();
        assert_eq!(entries.len(), states.len() + 1, "{sql}: {entries:?}");
        states.push((entries.last().unwrap().id, dump_text(&db).unwrap()));
    }
    db.execute_script("BEGIN; INSERT INTO t VALUES (9, 'never', 1); ROLLBACK").unwrap();
    assert_eq!(db.history.list(&db).unwrap().len(), states.len());
    for (id, text) in states.iter().rev() {
        db.history.restore(&db, PointInTime::Id(*id), &RestoreOptions::default()).unwrap();
        assert!(dump_text(&db).unwrap() == *text, "entry {id}");
    }
    // Restoring is recorded too, and recording goes on.
    db.execute("INSERT INTO t VALUES (77, 'z')", &[]).unwrap();
    let last = db.history.list(&db).unwrap().last().unwrap().clone();
    assert_eq!(last.kind, "change");
    assert!(db.history.restore(&db, PointInTime::Id(12_345), &RestoreOptions::default()).is_err());
    // Pruned: the point itself stays.
    let (id, text) = &states[3];
    assert_eq!(db.history.prune(&db, PointInTime::Id(*id)).unwrap(), 3);
    db.history.restore(&db, PointInTime::Id(*id), &RestoreOptions::default()).unwrap();
    assert!(dump_text(&db).unwrap() == *text);
    assert!(db.history.restore(&db, PointInTime::Id(states[1].0), &RestoreOptions::default()).is_err());
    db.history.restore(&db, PointInTime::UnixSeconds(crate::telemetry::clock::unix_s()), &RestoreOptions::default()).unwrap();
    db.history.disable(&db).unwrap();
    assert!(db.history.list(&db).is_err());
}
