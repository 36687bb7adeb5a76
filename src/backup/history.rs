//! The change log: point-in-time recovery from recorded change sets.
//!
//! While it is enabled, SQLite's session extension watches the main database. After each transaction its change set goes into a database of its own,
//! attached as `moltres_history`: the file `<name>-history` beside a file, or memory. An entry is a change set or a *base*, a whole
//! image. Bases are taken when recording begins, after a change of the schema, and after writes that the session cannot have seen (another process, a
//! restore). A state is made again from the last base before it and the change sets between.
//!
//! Not promised: an entry becomes durable after its transaction, not with it. A crash between the two loses the entry, not the data; the next
//! `enable` notices and takes a base. A base is held in memory while it is taken.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use rusqlite::config::DbConfig;
use rusqlite::session::ConflictAction;
use rusqlite::{Connection, OptionalExtension, ffi};
use serde::Serialize;

use super::header::Header;
use super::restore::{RestoreOptions, RestoreReport, swap, verify};
use super::{image, scratch};
use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};
use crate::telemetry::clock;

const SCHEMA: &str = "moltres_history";
/// Bases are cut into pieces, as a value is at most 1 GB.
const PIECE: usize = 1 << 20;

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
        self.record(db, "")?;
        if self.recorder.replace(None).is_some() {
            db.flush_statements();
            db.connection().execute_batch(&format!("DETACH {SCHEMA}"))?;
        }
        Ok(())
    }

    /// Called after each statement: records the transaction that it may have ended.
    pub fn after_statement(&self, db: &Database, sql: &str) {
        if self.is_enabled() && db.connection().is_autocommit() && self.may_have_written(sql) {
            // The statement has succeeded; a log that cannot be written shows in `list` and ends with the next base.
            if let Err(error) = self.record(db, sql) {
                tracing::warn!(%error, "history: an entry could not be recorded");
            }
        }
    }

    fn may_have_written(&self, sql: &str) -> bool {
        let changes_rows = self.recorder.borrow().as_ref().is_some_and(|recorder| !recorder.session.is_empty());
        let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        changes_rows
            || !["select", "with", "insert", "update", "delete", "replace", "values", "explain"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// Writes what the session has seen since the last time.
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
            *recorder = Recorder::new(conn)?;
        } else if !recorder.session.is_empty() {
            let changes = recorder.session.changeset()?;
            if !changes.is_empty() {
                write_entry(conn, "change", note, &changes)?;
            }
            recorder.session = Session::new(conn)?;
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
        conn.execute_batch(if result.is_ok() { "RELEASE moltres_prune" } else { "ROLLBACK TO moltres_prune; RELEASE moltres_prune" })?;
        if result.is_ok() && conn.is_autocommit() {
            conn.execute_batch(&format!("VACUUM {SCHEMA}"))?;
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
}

/// The schema's version, and a number that changes when another connection writes.
fn versions(conn: &Connection) -> Result<(i64, i64)> {
    let read = |name: &str| conn.query_row(&format!("PRAGMA main.{name}"), [], |row| row.get(0));
    Ok((read("schema_version")?, read("data_version")?))
}

/// What tells one state of a file from another: its change counter and schema.
fn state(conn: &Connection) -> Result<Vec<u8>> {
    let head: Option<Vec<u8>> =
        conn.query_row("SELECT substr(data, 25, 24) FROM sqlite_dbpage('main') WHERE pgno = 1", [], |row| row.get(0)).optional()?;
    Ok(head.unwrap_or_default())
}

fn write_base(db: &Database, note: &str) -> Result<()> {
    write_entry(db.connection(), "base", note, &image(db)?)
}

fn write_entry(conn: &Connection, kind: &str, note: &str, data: &[u8]) -> Result<()> {
    let note: String = note.chars().take(500).collect();
    conn.execute_batch("SAVEPOINT moltres_history_entry")?;
    let result = (|| -> Result<()> {
        conn.prepare_cached(&format!("INSERT INTO {SCHEMA}.entry (at, kind, bytes, note, state) VALUES (?1, ?2, ?3, ?4, ?5)"))?.execute((
            clock::unix_s(),
            kind,
            i64::try_from(data.len()).unwrap_or(i64::MAX),
            note,
            state(conn)?,
        ))?;
        write_pieces(conn, conn.last_insert_rowid(), data)
    })();
    conn.execute_batch(if result.is_ok() {
        "RELEASE moltres_history_entry"
    } else {
        "ROLLBACK TO moltres_history_entry; RELEASE moltres_history_entry"
    })?;
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
    // The change sets hold what triggers and foreign keys did; they must not do it twice.
    target.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    target.execute_batch("PRAGMA foreign_keys = OFF")?;
    let later: Vec<i64> = conn
        .prepare(&format!("SELECT id FROM {SCHEMA}.entry WHERE id > ?1 AND id <= ?2 ORDER BY id"))?
        .query_map([base, id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for entry in later {
        let changes = read_pieces(conn, entry)?;
        target.apply_strm(&mut &changes[..], None::<fn(&str) -> bool>, |_, _| ConflictAction::SQLITE_CHANGESET_ABORT).map_err(|_| damaged())?;
    }
    Ok(source)
}

/// A session of the main database, which must outlive it: [`Database`] drops its history first.
struct Session(NonNull<ffi::sqlite3_session>);

impl Session {
    fn new(conn: &Connection) -> Result<Session> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the handle is alive; the session is configured before it is attached, as it must be.
        unsafe {
            let rc = ffi::sqlite3session_create(conn.handle(), c"main".as_ptr(), &raw mut raw);
            let session = NonNull::new(raw).filter(|_| rc == ffi::SQLITE_OK).map(Session).ok_or_else(|| scratch::sqlite_error(conn, rc))?;
            // Tables without a primary key are followed by their rowid.
            let mut on: c_int = 1;
            let rc = ffi::sqlite3session_object_config(raw, SQLITE_SESSION_OBJCONFIG_ROWID, (&raw mut on).cast::<c_void>());
            let rc = if rc == ffi::SQLITE_OK { ffi::sqlite3session_attach(raw, std::ptr::null()) } else { rc };
            if rc == ffi::SQLITE_OK { Ok(session) } else { Err(scratch::sqlite_error(conn, rc)) }
        }
    }

    fn is_empty(&self) -> bool {
        // SAFETY: the session is alive.
        unsafe { ffi::sqlite3session_isempty(self.0.as_ptr()) != 0 }
    }

    fn changeset(&self) -> Result<Vec<u8>> {
        let (mut n, mut data) = (0, std::ptr::null_mut());
        // SAFETY: on success `data` holds `n` bytes of SQLite's allocator, copied and freed here.
        unsafe {
            let rc = ffi::sqlite3session_changeset(self.0.as_ptr(), &raw mut n, &raw mut data);
            if rc != ffi::SQLITE_OK {
                return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(rc), None).into());
            }
            let bytes =
                if data.is_null() { Vec::new() } else { std::slice::from_raw_parts(data.cast::<u8>(), usize::try_from(n).unwrap_or(0)).to_vec() };
            ffi::sqlite3_free(data);
            Ok(bytes)
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the connection outlives its history.
        unsafe { ffi::sqlite3session_delete(self.0.as_ptr()) }
    }
}

const SQLITE_SESSION_OBJCONFIG_ROWID: c_int = 2;

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

    fn sample() -> Database {
        let db = Database::open_in_memory().unwrap();
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", &[]).unwrap();
        db.execute("CREATE TABLE bare (x)", &[]).unwrap();
        db.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, what)", &[]).unwrap();
        db.execute("CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log (what) VALUES (new.x); END", &[]).unwrap();
        db
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
