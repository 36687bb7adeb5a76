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

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::header::Header;
use super::restore::{RestoreOptions, RestoreReport, swap, verify};
use super::session::{Session, apply, only_apply, versions};
use super::{image, scratch};
use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};
use crate::telemetry::clock;

const SCHEMA: &str = "moltres_history";
/// Bases are cut into pieces, as a value is at most 1 GB.
const PIECE: usize = 1 << 20;
/// So much of a statement is noted.
const NOTE_CHARS: usize = 500;

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
            conn.execute_batch(&format!(
                "PRAGMA {SCHEMA}.synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS {SCHEMA}.entry (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, bytes INTEGER NOT NULL, note TEXT NOT NULL, state BLOB NOT NULL);
                 CREATE TABLE IF NOT EXISTS {SCHEMA}.piece (entry INTEGER NOT NULL REFERENCES entry (id), number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (entry, number)) WITHOUT ROWID"
            ))?;
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
        let tables = verify(source.connection(), options)?;
        let n = |name: &str| {
            source.connection().query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).map(|n| usize::try_from(n).unwrap_or(0))
        };
        let (pages, page_size) = (n("page_count")?, n("page_size")?);
        source.flush_statements();
        // A session sees no swap of pages; it must not outlive one either.
        self.recorder.replace(None);
        let swapped = swap(db, source.connection());
        let noted = if swapped.is_err() { Ok(()) } else { write_base(db, &format!("restored to {id}")) };
        self.recorder.replace(Some(Recorder::new(db.connection())?));
        swapped?;
        noted?;
        Ok(RestoreReport { pages, page_size, bytes: pages.saturating_mul(page_size), tables })
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

/// What tells one state of a file from another: its change counter and schema.
fn state(conn: &Connection) -> Result<Vec<u8>> {
    let head: Option<Vec<u8>> =
        conn.query_row("SELECT substr(data, 25, 24) FROM sqlite_dbpage('main') WHERE pgno = 1", [], |row| row.get(0)).optional()?;
    Ok(head.unwrap_or_default())
}

/// The same as it will be after the commit of the transaction that is open: the pager raises the change counter by one.
fn next_state(conn: &Connection) -> Result<Vec<u8>> {
    let mut state = state(conn)?;
    let counter: Option<[u8; 4]> = state.get(..4).and_then(|bytes| bytes.try_into().ok());
    if let (Some(counter), Some(place)) = (counter, state.get_mut(..4)) {
        place.copy_from_slice(&u32::from_be_bytes(counter).wrapping_add(1).to_be_bytes());
    }
    Ok(state)
}

/// The word with which a statement begins, after blanks and comments.
fn first_word(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == '\u{feff}');
        let after = if rest.starts_with("--") {
            rest.split_once('\n')
        } else if rest.starts_with("/*") {
            rest.get(2..).and_then(|inside| inside.split_once("*/"))
        } else {
            return rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        };
        match after {
            Some((_, after)) => rest = after,
            None => return "",
        }
    }
}

/// Undoes a savepoint of ours and forgets it. An error that rolled everything back has done so already; it is the one to report.
fn take_back(conn: &Connection, savepoint: &str) {
    let _ = conn.execute_batch(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"));
}

fn write_base(db: &Database, note: &str) -> Result<()> {
    write_entry(db.connection(), "base", note, &image(db)?, &state(db.connection())?)
}

fn write_entry(conn: &Connection, kind: &str, note: &str, data: &[u8], state: &[u8]) -> Result<()> {
    let note: String = note.chars().take(NOTE_CHARS).collect();
    conn.execute_batch("SAVEPOINT moltres_history_entry")?;
    let result = (|| -> Result<()> {
        conn.prepare_cached(&format!("INSERT INTO {SCHEMA}.entry (at, kind, bytes, note, state) VALUES (?1, ?2, ?3, ?4, ?5)"))?.execute((
            clock::unix_s(),
            kind,
            i64::try_from(data.len()).unwrap_or(i64::MAX),
            note,
            state,
        ))?;
        write_pieces(conn, conn.last_insert_rowid(), data)
    })();
    let result = result.and_then(|()| Ok(conn.execute_batch("RELEASE moltres_history_entry")?));
    if result.is_err() {
        take_back(conn, "moltres_history_entry");
    }
    result
}

fn write_pieces(conn: &Connection, id: i64, data: &[u8]) -> Result<()> {
    let mut insert = conn.prepare_cached(&format!("INSERT INTO {SCHEMA}.piece VALUES (?1, ?2, ?3)"))?;
    for (number, piece) in data.chunks(PIECE).enumerate() {
        insert.execute((id, i64::try_from(number).unwrap_or(i64::MAX), piece))?;
    }
    Ok(())
}

fn read_pieces(conn: &Connection, id: i64) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut statement = conn.prepare_cached(&format!("SELECT data FROM {SCHEMA}.piece WHERE entry = ?1 ORDER BY number"))?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        data.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
    }
    Ok(data)
}

fn find(conn: &Connection, to: PointInTime) -> Result<i64> {
    let found: Option<i64> = match to {
        PointInTime::Id(id) => conn.query_row(&format!("SELECT id FROM {SCHEMA}.entry WHERE id = ?1"), [id], |row| row.get(0)).optional()?,
        PointInTime::UnixSeconds(at) => conn.query_row(&format!("SELECT max(id) FROM {SCHEMA}.entry WHERE at <= ?1"), [at], |row| row.get(0))?,
    };
    found.ok_or_else(|| {
        Error::new(Code::InvalidArgument, "restore: the history has no such point in time")
            .kind(Kind::RestoreError)
            .hint("db.history.list() gives the entries; older ones may have been pruned")
    })
}

/// The database as it was after an entry, made again in memory.
fn state_at(conn: &Connection, id: i64) -> Result<Database> {
    let damaged = || Error::new(Code::Corrupt, "restore: the history is incomplete").kind(Kind::RestoreError);
    let base: i64 = conn
        .query_row(&format!("SELECT max(id) FROM {SCHEMA}.entry WHERE id <= ?1 AND kind = 'base'"), [id], |row| row.get::<_, Option<i64>>(0))?
        .ok_or_else(damaged)?;
    let image = read_pieces(conn, base)?;
    let header = Header::parse(image.get(..super::header::HEADER_LEN).unwrap_or(&image), image.len() as u64)?;
    let source = scratch::open(&image, &header)?;
    let target = source.connection();
    only_apply(target)?;
    let later: Vec<i64> = conn
        .prepare(&format!("SELECT id FROM {SCHEMA}.entry WHERE id > ?1 AND id <= ?2 ORDER BY id"))?
        .query_map([base, id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for entry in later {
        let changes = read_pieces(conn, entry)?;
        apply(target, &changes).map_err(|error| if error.code() == Code::Corrupt { damaged() } else { error })?;
    }
    Ok(source)
}

/// The name of the log beside a database file.
pub fn log_path(database: &str) -> String {
    format!("{database}-history")
}

#[cfg(test)]
mod tests {
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
        db.history.restore(&db, PointInTime::UnixSeconds(clock::unix_s()), &RestoreOptions::default()).unwrap();
        db.history.disable(&db).unwrap();
        assert!(db.history.list(&db).is_err());
    }
}
