//! Transactions: begin, commit, rollback and savepoints on one connection. Who may use the connection when is decided by the
//! caller (one at a time); here is what SQLite has to be told, and what is counted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::violation;
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Result};
use crate::telemetry::metrics::TransactionEnd;
use crate::telemetry::{EventKind, clock};

/// A transaction that was begun: what its end needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    started_s: f64,
    read_only: bool,
    /// Writes were allowed before and are again afterwards.
    restore: bool,
    /// Foreign keys are not enforced inside, but checked before the commit.
    keys_off: bool,
}

/// Begins a transaction. A writing one takes the write lock at once, so that it cannot fail half-way because another
/// connection was faster; `busy` says that the lock is taken.
///
/// Without `foreign_keys` a table that others refer to can be dropped and made anew; what dangles at the end fails the commit.
pub fn begin(db: &Database, read_only: bool, foreign_keys: bool) -> Result<Begun> {
    let conn = db.connection();
    if !conn.is_autocommit() {
        return Err(Error::internal("transaction: one is open already"));
    }
    let locked = db.is_read_only()?;
    // SQLite ignores this inside a transaction.
    let keys_off = !foreign_keys && conn.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
    if keys_off {
        conn.execute_batch("PRAGMA foreign_keys = OFF")?;
    }
    let begun = begin_now(db, read_only, locked);
    if keys_off && begun.is_err() {
        conn.execute_batch("PRAGMA foreign_keys = ON")?;
    }
    begun?;
    db.set_owned_transaction(true);
    emit(db, EventKind::TransactionBegin, 0.0, read_only);
    Ok(Begun { started_s: clock::monotonic_s(), read_only, restore: read_only && !locked, keys_off })
}

fn begin_now(db: &Database, read_only: bool, locked: bool) -> Result<()> {
    let conn = db.connection();
    if read_only && !locked {
        conn.execute_batch("BEGIN")?;
        db.set_read_only(true)?;
    } else {
        conn.execute_batch(if locked { "BEGIN" } else { "BEGIN IMMEDIATE" })?;
    }
    Ok(())
}

/// Commits. When deferred foreign keys forbid it, the transaction is rolled back and the error lists the rows at fault.
pub fn commit(db: &Database, begun: Begun) -> Result<()> {
    let conn = db.connection();
    if conn.is_autocommit() {
        db.set_owned_transaction(false);
        leave_read_only(db, begun)?;
        return Err(
            Error::new(Code::TransactionClosed, "commit: the transaction has ended already").hint("a failed statement may have rolled it back")
        );
    }
    if begun.keys_off && !violation::dangling(db, 1)?.is_empty() {
        let failure = violation::at_commit(db);
        rollback(db, begun)?;
        return Err(failure);
    }
    let committed = db.history.before_commit(db).and_then(|bracket| {
        let result = conn.execute_batch("COMMIT").map_err(Error::from);
        db.history.after_commit(db, bracket, result)
    });
    match committed {
        Ok(()) => {
            db.set_owned_transaction(false);
            leave_read_only(db, begun)?;
            end(db, begun, TransactionEnd::Committed);
            Ok(())
        }
        Err(failure) => {
            let failure = if failure.code() == Code::ConstraintForeignKey { violation::at_commit(db) } else { failure.within("commit") };
            // A commit that is only busy may be tried again.
            if failure.code() != Code::Busy {
                rollback(db, begun)?;
            }
            Err(failure)
        }
    }
}

/// Rolls back; harmless when SQLite has done so by itself.
pub fn rollback(db: &Database, begun: Begun) -> Result<()> {
    let conn = db.connection();
    if !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    db.set_owned_transaction(false);
    db.forget_schemas();
    leave_read_only(db, begun)?;
    end(db, begun, TransactionEnd::RolledBack);
    Ok(())
}

fn leave_read_only(db: &Database, begun: Begun) -> Result<()> {
    if begun.restore {
        db.set_read_only(false)?;
    }
    if begun.keys_off && db.connection().is_autocommit() {
        db.connection().execute_batch("PRAGMA foreign_keys = ON")?;
    }
    Ok(())
}

fn end(db: &Database, begun: Begun, how: TransactionEnd) {
    let elapsed = clock::monotonic_s() - begun.started_s;
    db.telemetry.transaction_ended(elapsed, how);
    let kind = if how == TransactionEnd::Committed { EventKind::TransactionCommit } else { EventKind::TransactionRollback };
    emit(db, kind, elapsed, begun.read_only);
}

fn emit(db: &Database, kind: EventKind, elapsed: f64, read_only: bool) {
    db.telemetry.emit_with(kind, || {
        let mut metadata = Map::new();
        metadata.insert("readOnly".to_owned(), Json::Bool(read_only));
        (String::new(), elapsed, metadata)
    });
}

/// Marks a point inside a transaction; outside of one it begins one, as SQLite's savepoints do. `counted`: it is a user's.
pub fn savepoint(db: &Database, name: &str, counted: bool) -> Result<()> {
    let outermost = db.connection().is_autocommit();
    db.connection().execute_batch(&format!("SAVEPOINT {}", identifier(name)))?;
    if outermost {
        db.set_outermost_savepoint(name);
    }
    if counted {
        db.telemetry.savepoint_taken();
    }
    Ok(())
}

/// Keeps what happened since the savepoint.
pub fn release(db: &Database, name: &str) -> Result<()> {
    let conn = db.connection();
    if conn.is_autocommit() {
        return Err(Error::new(Code::TransactionClosed, "the transaction has ended already"));
    }
    db.release(&identifier(name), db.is_outermost_savepoint(name))
        .map_err(|error| if error.code() == Code::ConstraintForeignKey { violation::at_commit(db) } else { error })
}

/// Undoes what happened since the savepoint and forgets it; harmless when the whole transaction is gone already.
pub fn undo(db: &Database, name: &str) -> Result<()> {
    let conn = db.connection();
    if !conn.is_autocommit() && db.is_outermost_savepoint(name) {
        conn.execute_batch("ROLLBACK")?;
    } else if !conn.is_autocommit() {
        let name = identifier(name);
        conn.execute_batch(&format!("ROLLBACK TO {name}; RELEASE {name}"))?;
    }
    db.forget_schemas();
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::value::Value;

    fn db() -> Database {
        let db = Database::open_in_memory().unwrap();
        db.connection()
            .execute_batch("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
            .unwrap();
        db
    }

    fn count(db: &Database, table: &str) -> Value {
        db.query(&format!("SELECT count(*) FROM {table}"), &[]).unwrap()[0][0].clone()
    }

    #[test]
    fn rollback_undoes_definitions_too() {
        let db = db();
        let begun = begin(&db, false, true).unwrap();
        db.execute("CREATE TABLE x (a)", &[]).unwrap();
        db.execute("INSERT INTO p VALUES (1)", &[]).unwrap();
        rollback(&db, begun).unwrap();
        assert_eq!(count(&db, "p"), Value::Integer(0));
        assert!(db.query("SELECT * FROM x", &[]).is_err());
        assert_eq!(db.telemetry.metrics().transaction_rolled_back_count, 1);
    }

    #[test]
    fn savepoints_undo_their_part() {
        let db = db();
        let begun = begin(&db, false, true).unwrap();
        db.execute("INSERT INTO p VALUES (1)", &[]).unwrap();
        savepoint(&db, "a\"b", true).unwrap();
        db.execute("INSERT INTO p VALUES (2)", &[]).unwrap();
        undo(&db, "a\"b").unwrap();
        savepoint(&db, "s", true).unwrap();
        db.execute("INSERT INTO p VALUES (3)", &[]).unwrap();
        release(&db, "s").unwrap();
        commit(&db, begun).unwrap();
        assert_eq!(count(&db, "p"), Value::Integer(2));
        assert_eq!(db.telemetry.metrics().transaction_savepoint_count, 2);
    }

    #[test]
    fn a_read_only_transaction_refuses_writes_and_leaves_no_trace() {
        let db = db();
        let begun = begin(&db, true, true).unwrap();
        assert_eq!(db.execute("INSERT INTO p VALUES (1)", &[]).unwrap_err().code(), Code::PermissionDenied);
        commit(&db, begun).unwrap();
        db.execute("INSERT INTO p VALUES (1)", &[]).unwrap();
    }

    #[test]
    fn deferred_foreign_keys_are_reported_at_commit() {
        let db = db();
        let begun = begin(&db, false, true).unwrap();
        db.execute("INSERT INTO c VALUES (7)", &[]).unwrap();
        let error = commit(&db, begun).unwrap_err();
        assert_eq!(error.code(), Code::ConstraintForeignKey);
        assert_eq!(
            error.report().details["rows"][0],
            serde_json::json!({"table": "c", "rowid": 1, "columns": ["p"], "values": [7], "references": "p"})
        );
        assert!(db.connection().is_autocommit());
        assert_eq!(count(&db, "c"), Value::Integer(0));
    }

    #[test]
    fn without_foreign_keys_tables_are_rebuilt_and_checked() {
        let db = db();
        db.execute_script("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)").unwrap();
        let rebuild = "CREATE TABLE n (id INTEGER PRIMARY KEY, x); INSERT INTO n SELECT id, 0 FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p";
        let begun = begin(&db, false, false).unwrap();
        db.execute_script(rebuild).unwrap();
        commit(&db, begun).unwrap();
        assert_eq!((count(&db, "p"), count(&db, "c")), (Value::Integer(1), Value::Integer(1)));
        let begun = begin(&db, false, false).unwrap();
        db.execute_script("DELETE FROM p").unwrap();
        assert_eq!(commit(&db, begun).unwrap_err().code(), Code::ConstraintForeignKey);
        assert_eq!(count(&db, "p"), Value::Integer(1));
        assert_eq!(db.execute("DELETE FROM p; ", &[]).unwrap_err().code(), Code::ConstraintForeignKey);
    }

    #[test]
    fn a_transaction_that_is_gone_says_so() {
        let db = db();
        let begun = begin(&db, false, true).unwrap();
        db.connection().execute_batch("ROLLBACK").unwrap();
        assert_eq!(commit(&db, begun).unwrap_err().code(), Code::TransactionClosed);
    }
}
