//! The change log: point-in-time recovery from recorded change sets.
//!
//! While it is enabled, SQLite's session extension watches the main database. Before a transaction commits, its change set goes into a database of its
//! own, attached as `moltres_history`: the file `<name>-history` beside a file, or memory. SQLite commits both files together or neither, by a
//! super-journal, so that the log holds the transactions that are acknowledged and none that is not, with the exceptions below; a log that cannot
//! be written fails the transaction. An entry is a change set or a *base*, a whole image. Bases are taken when recording begins, when the schema
//! changes, when rows change whose primary key holds a NULL, and after writes that the session cannot have seen (another process, a restore). A state
//! is made again from the last base before it and the change sets between.
//!
//! Not promised: what the user's own `RELEASE` of an outermost savepoint, a writing statement with RETURNING, VACUUM, or a restore commits
//! is recorded just after. A crash between loses the entry, not the data; the next `enable` notices and takes a base. A base is held in memory
//! while it is taken.

mod log;

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::image;
use super::restore::{RestoreOptions, RestoreReport, proved, swap};
use super::session::{Session, versions};
use crate::engine::{Database, first_word};
use crate::error::{Code, Error, Result};
use log::{NOTE_CHARS, SCHEMA, create_tables, find, next_state, state, state_at, take_back, write_base, write_entry, write_pieces};

/// One point to which the database can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    pub id: i64,
    /// Seconds since 1970.
    pub at: f64,
    /// `base` or `change`.
    pub kind: String,
    pub bytes: i64,
    /// The beginning of the statement that ended the transaction, or why a base was taken.
    pub note: String,
}

/// Which entry: one by its id, or the last one up to a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointInTime {
    Id(i64),
    UnixSeconds(f64),
}

/// The log of one database. Lives in [`Database`], before the connection.
#[derive(Default)]
pub struct History {
    recorder: RefCell<Option<Recorder>>,
    /// The statement that wrote last.
    note: RefCell<String>,
}

/// What a statement or transaction that is about to commit has to do with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "hand it to the end of the same work"]
pub enum Bracket {
    /// Nothing.
    None,
    /// The statement would commit by itself; a transaction was begun around it.
    Own,
    /// Its entry stands in the log, in a savepoint of its own.
    Recorded,
}

struct Recorder {
    session: Session,
    schema_version: i64,
    data_version: i64,
}

impl History {
    pub fn is_enabled(&self) -> bool {
        self.recorder.borrow().is_some()
    }

    /// Begins to record into `path` (None: memory), going on with the log that is there if it is of this state.
    pub fn enable(&self, db: &Database, path: Option<&str>) -> Result<()> {
        if self.is_enabled() {
            return Ok(());
        }
        let conn = db.connection();
        if !conn.is_autocommit() {
            return Err(Error::new(Code::Busy, "history: a transaction is open").hint("enable it outside"));
        }
        conn.execute(&format!("ATTACH ?1 AS {SCHEMA}"), [path.unwrap_or(":memory:")])?;
        let begin = || -> Result<()> {
            create_tables(conn)?;
            let last: Option<Vec<u8>> =
                conn.query_row(&format!("SELECT state FROM {SCHEMA}.entry ORDER BY id DESC LIMIT 1"), [], |row| row.get(0)).optional()?;
            if last.as_deref() != Some(&state(conn)?[..]) || path.is_none() {
                write_base(db, if last.is_some() { "the database was changed elsewhere" } else { "recording began" })?;
            }
            self.recorder.replace(Some(Recorder::new(conn)?));
            Ok(())
        };
        begin().inspect_err(|_| {
            // The first error is the one to report.
            let _ = conn.execute_batch(&format!("DETACH {SCHEMA}"));
        })
    }

    /// Ends recording. What was recorded stays where it is, if that is a file.
    pub fn disable(&self, db: &Database) -> Result<()> {
        if !self.is_enabled() {
            return Ok(());
        }
        if !db.connection().is_autocommit() {
            return Err(Error::new(Code::Busy, "history: a transaction is open").hint("disable it outside"));
        }
        self.record(db, "")?;
        db.flush_statements();
        db.connection().execute_batch(&format!("DETACH {SCHEMA}"))?;
        // Not before: while the log is attached, it is in use.
        self.recorder.replace(None);
        Ok(())
    }

    /// Before a statement: one that would commit by itself gets a transaction around it, before a COMMIT the entry is written.
    pub fn before_statement(&self, db: &Database, sql: &str) -> Result<Bracket> {
        if !self.is_enabled() {
            return Ok(Bracket::None);
        }
        let word = first_word(sql);
        let is = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
        let writes = is(&["insert", "update", "delete", "replace", "with", "create", "drop", "alter"]);
        if writes {
            self.note.replace(sql.chars().take(NOTE_CHARS).collect());
        }
        if writes && db.connection().is_autocommit() {
            db.connection().execute_batch("BEGIN")?;
            return Ok(Bracket::Own);
        }
        if is(&["commit", "end"]) { self.before_commit(db) } else { Ok(Bracket::None) }
    }

    /// After it: commits the transaction that was begun for it, with its entry. What failed is committed too, as SQLite would: that is nothing, or
    /// what `OR FAIL` leaves.
    pub fn after_statement<T>(&self, db: &Database, bracket: Bracket, sql: &str, result: Result<T>) -> Result<T> {
        let conn = db.connection();
        match bracket {
            Bracket::Own if !conn.is_autocommit() => {
                let committed =
                    self.before_commit(db).and_then(|bracket| self.after_commit(db, bracket, conn.execute_batch("COMMIT").map_err(Into::into)));
                if committed.is_err() && !conn.is_autocommit() {
                    // The first error is the one to report.
                    let _ = conn.execute_batch("ROLLBACK");
                }
                let value = result?;
                committed.map(|()| value)
            }
            Bracket::Own | Bracket::None => {
                if self.is_enabled() && conn.is_autocommit() && self.may_have_written(sql)
                    // The statement has succeeded; a log that cannot be written shows in `list` and ends with the next base.
                    && let Err(error) = self.record(db, sql)
                {
                    tracing::warn!(%error, "history: an entry could not be recorded");
                }
                result
            }
            Bracket::Recorded => self.after_commit(db, bracket, result),
        }
    }

    /// Before the end of a transaction: writes its entry into it. The same for the release of an outermost savepoint.
    pub fn before_commit(&self, db: &Database) -> Result<Bracket> {
        let conn = db.connection();
        if conn.is_autocommit() {
            return Ok(Bracket::None);
        }
        let slot = self.recorder.borrow();
        let Some(recorder) = slot.as_ref() else { return Ok(Bracket::None) };
        let note = self.note.borrow();
        let (schema_version, _) = versions(conn)?;
        let entry = if schema_version != recorder.schema_version {
            ("base", db.snapshot("main")?)
        } else if recorder.session.is_empty() {
            return Ok(Bracket::None);
        } else {
            match recorder.session.changes(conn)? {
                Some(changes) => ("change", changes),
                None => ("base", db.snapshot("main")?),
            }
        };
        if entry.1.is_empty() {
            return Ok(Bracket::None);
        }
        conn.execute_batch("SAVEPOINT moltres_history_commit")?;
        let written = next_state(conn).and_then(|state| write_entry(conn, entry.0, &note, &entry.1, &state));
        if let Err(error) = written {
            take_back(conn, "moltres_history_commit");
            return Err(error.within("history"));
        }
        Ok(Bracket::Recorded)
    }

    /// After it: a commit that failed and may be tried again takes its entry back. One that has ended, either way, is behind us.
    pub fn after_commit<T>(&self, db: &Database, bracket: Bracket, result: Result<T>) -> Result<T> {
        let conn = db.connection();
        if bracket == Bracket::Recorded && !conn.is_autocommit() {
            take_back(conn, "moltres_history_commit");
        } else if bracket == Bracket::Recorded
            && let Some(recorder) = self.recorder.borrow_mut().as_mut()
            && let Err(error) = recorder.renew(conn)
        {
            tracing::debug!(%error, "history: the next entry is a base");
        }
        result
    }

    fn may_have_written(&self, sql: &str) -> bool {
        let changes_rows = self.recorder.borrow().as_ref().is_some_and(|recorder| !recorder.session.is_empty());
        let word = first_word(sql);
        changes_rows
            || !["select", "with", "insert", "update", "delete", "replace", "values", "explain"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// Writes what the session has seen since the last time, after the fact.
    fn record(&self, db: &Database, note: &str) -> Result<()> {
        let conn = db.connection();
        let mut slot = self.recorder.borrow_mut();
        let Some(recorder) = slot.as_mut() else { return Ok(()) };
        if !conn.is_autocommit() {
            return Ok(());
        }
        let (schema_version, data_version) = versions(conn)?;
        if schema_version != recorder.schema_version || data_version != recorder.data_version {
            let why = if schema_version == recorder.schema_version { "the database was changed elsewhere" } else { note };
            write_base(db, why)?;
            recorder.renew(conn)?;
        } else if !recorder.session.is_empty() {
            match recorder.session.changes(conn)? {
                Some(changes) if changes.is_empty() => {}
                Some(changes) => write_entry(conn, "change", note, &changes, &state(conn)?)?,
                None => write_base(db, note)?,
            }
            recorder.renew(conn)?;
        }
        Ok(())
    }

    pub fn list(&self, db: &Database) -> Result<Vec<Entry>> {
        self.check(db)?;
        let mut statement = db.connection().prepare(&format!("SELECT id, at, kind, bytes, note FROM {SCHEMA}.entry ORDER BY id"))?;
        let entries = statement
            .query_map([], |row| Ok(Entry { id: row.get(0)?, at: row.get(1)?, kind: row.get(2)?, bytes: row.get(3)?, note: row.get(4)? }))?;
        Ok(entries.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes the database back to a point in time, which becomes a new entry: nothing of the log is lost by it.
    pub fn restore(&self, db: &Database, to: PointInTime, options: &RestoreOptions) -> Result<RestoreReport> {
        self.check(db)?;
        let id = find(db.connection(), to)?;
        let source = state_at(db.connection(), id)?;
        let report = proved(&source, options)?;
        // A session sees no swap of pages; it must not outlive one either.
        self.recorder.replace(None);
        let swapped = swap(db, source.connection());
        let noted = if swapped.is_err() { Ok(()) } else { write_base(db, &format!("restored to {id}")) };
        self.recorder.replace(Some(Recorder::new(db.connection())?));
        swapped?;
        noted?;
        Ok(report)
    }

    /// Forgets everything before a point in time, which stays; the number of entries that went.
    pub fn prune(&self, db: &Database, before: PointInTime) -> Result<usize> {
        self.check(db)?;
        let conn = db.connection();
        let id = find(conn, before)?;
        let base = image(&state_at(conn, id)?)?;
        conn.execute_batch("SAVEPOINT moltres_prune")?;
        let result = (|| -> Result<usize> {
            conn.execute(&format!("DELETE FROM {SCHEMA}.piece WHERE entry <= ?1"), [id])?;
            let n = conn.execute(&format!("DELETE FROM {SCHEMA}.entry WHERE id < ?1"), [id])?;
            write_pieces(conn, id, &base)?;
            conn.execute(
                &format!("UPDATE {SCHEMA}.entry SET kind = 'base', bytes = ?2 WHERE id = ?1"),
                (id, i64::try_from(base.len()).unwrap_or(i64::MAX)),
            )?;
            Ok(n)
        })();
        let result = result.and_then(|n| conn.execute_batch("RELEASE moltres_prune").map(|()| n).map_err(Into::into));
        if result.is_err() {
            take_back(conn, "moltres_prune");
        }
        if result.is_ok()
            && conn.is_autocommit()
            // The entries are gone already. SQLite does not do it beside a statement that runs; the space serves later entries.
            && let Err(error) = conn.execute_batch(&format!("VACUUM {SCHEMA}"))
        {
            tracing::debug!(%error, "history: the log was not made smaller");
        }
        result
    }

    fn check(&self, db: &Database) -> Result<()> {
        if !self.is_enabled() {
            return Err(Error::new(Code::InvalidArgument, "history: nothing is recorded").hint("call db.history.enable() first"));
        }
        self.record(db, "")
    }
}

impl Recorder {
    fn new(conn: &Connection) -> Result<Recorder> {
        let (schema_version, data_version) = versions(conn)?;
        Ok(Recorder { session: Session::new(conn)?, schema_version, data_version })
    }

    /// Goes on from here. If it cannot, the next entry is a base.
    fn renew(&mut self, conn: &Connection) -> Result<()> {
        self.schema_version = -1;
        let (schema_version, data_version) = versions(conn)?;
        self.session = Session::after(conn, Some(&mut self.session))?;
        (self.schema_version, self.data_version) = (schema_version, data_version);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
