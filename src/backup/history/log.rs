//! The log itself: its tables, how entries are written and read, and how a state is made again from them.

use rusqlite::{Connection, OptionalExtension};

use super::PointInTime;
use crate::backup::header::{HEADER_LEN, Header};
use crate::backup::session::{apply, only_apply};
use crate::backup::{image, scratch};
use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};
use crate::telemetry::clock;

/// The name under which the log is attached.
pub(super) const SCHEMA: &str = "moltres_history";
/// Bases are cut into pieces, as a value is at most 1 GB.
const PIECE: usize = 1 << 20;
/// So much of a statement is noted.
pub(super) const NOTE_CHARS: usize = 500;

pub(super) fn create_tables(conn: &Connection) -> Result<()> {
    conn.execute_batch(&format!(
        "PRAGMA {SCHEMA}.synchronous = NORMAL;
         CREATE TABLE IF NOT EXISTS {SCHEMA}.entry (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, bytes INTEGER NOT NULL, note TEXT NOT NULL, state BLOB NOT NULL);
         CREATE TABLE IF NOT EXISTS {SCHEMA}.piece (entry INTEGER NOT NULL REFERENCES entry (id), number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (entry, number)) WITHOUT ROWID"
    ))?;
    Ok(())
}

/// What tells one state of a file from another: its change counter and schema.
pub(super) fn state(conn: &Connection) -> Result<Vec<u8>> {
    let head: Option<Vec<u8>> =
        conn.query_row("SELECT substr(data, 25, 24) FROM sqlite_dbpage('main') WHERE pgno = 1", [], |row| row.get(0)).optional()?;
    Ok(head.unwrap_or_default())
}

/// The same as it will be after the commit of the transaction that is open: the pager raises the change counter by one.
pub(super) fn next_state(conn: &Connection) -> Result<Vec<u8>> {
    let mut state = state(conn)?;
    let counter: Option<[u8; 4]> = state.get(..4).and_then(|bytes| bytes.try_into().ok());
    if let (Some(counter), Some(place)) = (counter, state.get_mut(..4)) {
        place.copy_from_slice(&u32::from_be_bytes(counter).wrapping_add(1).to_be_bytes());
    }
    Ok(state)
}

/// Undoes a savepoint of ours and forgets it. An error that rolled everything back has done so already; it is the one to report.
pub(super) fn take_back(conn: &Connection, savepoint: &str) {
    let _ = conn.execute_batch(&format!("ROLLBACK TO {savepoint}; RELEASE {savepoint}"));
}

pub(super) fn write_base(db: &Database, note: &str) -> Result<()> {
    write_entry(db.connection(), "base", note, &image(db)?, &state(db.connection())?)
}

pub(super) fn write_entry(conn: &Connection, kind: &str, note: &str, data: &[u8], state: &[u8]) -> Result<()> {
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

pub(super) fn write_pieces(conn: &Connection, id: i64, data: &[u8]) -> Result<()> {
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

pub(super) fn find(conn: &Connection, to: PointInTime) -> Result<i64> {
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
pub(super) fn state_at(conn: &Connection, id: i64) -> Result<Database> {
    let damaged = || Error::new(Code::Corrupt, "restore: the history is incomplete").kind(Kind::RestoreError);
    let base: i64 = conn
        .query_row(&format!("SELECT max(id) FROM {SCHEMA}.entry WHERE id <= ?1 AND kind = 'base'"), [id], |row| row.get::<_, Option<i64>>(0))?
        .ok_or_else(damaged)?;
    let image = read_pieces(conn, base)?;
    let header = Header::parse(image.get(..HEADER_LEN).unwrap_or(&image), image.len() as u64)?;
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
