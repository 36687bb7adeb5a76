//! SQLite's session extension: what has changed since a moment, as a change set.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::hash::{Hash, Hasher};
use std::ptr::NonNull;

use rusqlite::config::DbConfig;
use rusqlite::session::ConflictAction;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ffi};

use super::scratch;
use crate::compile::quote::identifier;
use crate::error::{Code, Error, Result};

/// A session of the main database, which must outlive it: [`Database`] drops its history first.
///
/// SQLite's sessions pass over rows whose key holds a NULL, which SQLite allows in a primary key that is not the rowid. So the tables that may have
/// such rows are known, with a digest of those rows: where it has changed, a change set would not hold everything.
///
/// [`Database`]: crate::engine::Database
pub(super) struct Session {
    raw: NonNull<ffi::sqlite3_session>,
    /// Tables that were written to, as the session itself reports them. Its address is known to SQLite.
    touched: Box<Touched>,
    unkeyed: BTreeMap<String, Unkeyed>,
    schema_version: i64,
}

type Touched = RefCell<BTreeSet<String>>;

/// The rows of a table that a session does not see.
struct Unkeyed {
    sql: String,
    digest: u64,
}

impl Session {
    pub(super) fn new(conn: &Connection) -> Result<Session> {
        Session::after(conn, None)
    }

    /// One that goes on where another ended: what that one knows of the tables need not be asked again. It is of no more use.
    pub(super) fn after(conn: &Connection, before: Option<&mut Session>) -> Result<Session> {
        let (schema_version, _) = versions(conn)?;
        let unkeyed = match before {
            Some(before) if before.schema_version == schema_version => {
                for name in before.touched.take() {
                    if let Some(table) = before.unkeyed.get_mut(&name) {
                        table.digest = digest(conn, &table.sql)?;
                    }
                }
                std::mem::take(&mut before.unkeyed)
            }
            _ => unkeyed_tables(conn)?,
        };
        let touched = Box::<Touched>::default();
        let mut raw = std::ptr::null_mut();
        // SAFETY: the handle is alive; the session is configured before it is attached, as it must be, and does not outlive `touched`.
        unsafe {
            let rc = ffi::sqlite3session_create(conn.handle(), c"main".as_ptr(), &raw mut raw);
            let raw = NonNull::new(raw).filter(|_| rc == ffi::SQLITE_OK).ok_or_else(|| scratch::sqlite_error(conn, rc))?;
            let session = Session { raw, touched, unkeyed, schema_version };
            // Tables without a primary key are followed by their rowid.
            let mut on: c_int = 1;
            let rc = ffi::sqlite3session_object_config(raw.as_ptr(), SQLITE_SESSION_OBJCONFIG_ROWID, (&raw mut on).cast::<c_void>());
            if rc != ffi::SQLITE_OK {
                return Err(scratch::sqlite_error(conn, rc));
            }
            // All tables, each from its first change on.
            let touched: *const Touched = &raw const *session.touched;
            ffi::sqlite3session_table_filter(raw.as_ptr(), Some(is_watched), touched.cast_mut().cast::<c_void>());
            Ok(session)
        }
    }

    /// Has nothing happened that could be a change?
    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: the session is alive.
        let has_seen_none = unsafe { ffi::sqlite3session_isempty(self.raw.as_ptr()) != 0 };
        has_seen_none && !self.touched.borrow().iter().any(|name| self.unkeyed.contains_key(name))
    }

    /// What it takes in memory, in bytes.
    pub(super) fn n_bytes(&self) -> i64 {
        // SAFETY: the session is alive.
        unsafe { ffi::sqlite3session_memory_used(self.raw.as_ptr()) }
    }

    /// The changes; None where a change set would not hold all of them.
    pub(super) fn changes(&self, conn: &Connection) -> Result<Option<Vec<u8>>> {
        for name in self.touched.borrow().iter() {
            if let Some(table) = self.unkeyed.get(name)
                && digest(conn, &table.sql)? != table.digest
            {
                return Ok(None);
            }
        }
        self.changeset().map(Some)
    }

    fn changeset(&self) -> Result<Vec<u8>> {
        let (mut n, mut data) = (0, std::ptr::null_mut());
        // SAFETY: on success `data` holds `n` bytes of SQLite's allocator, copied and freed here.
        unsafe {
            let rc = ffi::sqlite3session_changeset(self.raw.as_ptr(), &raw mut n, &raw mut data);
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
        unsafe { ffi::sqlite3session_delete(self.raw.as_ptr()) }
    }
}

/// SQLite asks this before the first change of each table; all are watched, and noted.
unsafe extern "C" fn is_watched(touched: *mut c_void, name: *const c_char) -> c_int {
    // SAFETY: `touched` belongs to the session that calls, `name` is a text that ends with NUL. Nothing else borrows it while a statement runs.
    let (touched, name) = unsafe { (&*touched.cast::<Touched>().cast_const(), CStr::from_ptr(name)) };
    if let Ok(mut names) = touched.try_borrow_mut() {
        names.insert(name.to_string_lossy().into_owned());
    }
    1
}

/// The tables of the main database that may have rows that a session does not see:
///   (1) a column of the primary key may be NULL: not in a rowid's alias, which has no index, and not in a WITHOUT ROWID or STRICT table,
///       whose keys are NOT NULL of themselves;
///   (2) there is no primary key, and the name by which sessions call the rowid is that of a column.
fn unkeyed_tables(conn: &Connection) -> Result<BTreeMap<String, Unkeyed>> {
    let mut statement = conn.prepare_cached(
        "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_info(t.name, 'main') c
         WHERE t.schema = 'main' AND t.type IN ('table', 'shadow') AND c.pk > 0 AND NOT c.\"notnull\"
             AND EXISTS (SELECT 1 FROM pragma_index_list(t.name, 'main') i WHERE i.origin = 'pk')
         UNION ALL
         SELECT t.name, NULL FROM pragma_table_list t
         WHERE t.schema = 'main' AND t.type IN ('table', 'shadow')
             AND EXISTS (SELECT 1 FROM pragma_table_info(t.name, 'main') c WHERE lower(c.name) = '_rowid_')
             AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name, 'main') c WHERE c.pk > 0)",
    )?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<(String, Option<String>)>>>()?;
    let mut conditions = BTreeMap::<String, Vec<String>>::new();
    for (table, column) in found {
        let condition = column.map_or_else(|| "1".to_owned(), |column| format!("{} IS NULL", identifier(&column)));
        conditions.entry(table).or_default().push(condition);
    }
    let unkeyed = conditions.into_iter().map(|(table, columns)| {
        let sql = format!("SELECT * FROM main.{} WHERE {}", identifier(&table), columns.join(" OR "));
        let digest = digest(conn, &sql)?;
        Ok((table, Unkeyed { sql, digest }))
    });
    unkeyed.collect()
}

/// A digest of a statement's rows, whatever their order.
fn digest(conn: &Connection, sql: &str) -> Result<u64> {
    let mut statement = conn.prepare(sql)?;
    let n_columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut all = 0u64;
    while let Some(row) = rows.next()? {
        let mut hasher = std::hash::DefaultHasher::new();
        for col_idx in 0..n_columns {
            match row.get_ref(col_idx)? {
                ValueRef::Null => 0u8.hash(&mut hasher),
                ValueRef::Integer(n) => (1u8, n).hash(&mut hasher),
                ValueRef::Real(r) => (2u8, r.to_bits()).hash(&mut hasher),
                ValueRef::Text(text) => (3u8, text).hash(&mut hasher),
                ValueRef::Blob(bytes) => (4u8, bytes).hash(&mut hasher),
            }
        }
        // Never 0, so that every row counts.
        all = all.wrapping_add(hasher.finish() | 1);
    }
    Ok(all)
}

const SQLITE_SESSION_OBJCONFIG_ROWID: c_int = 2;

/// The schema's version, and a number that changes when another connection writes.
pub(super) fn versions(conn: &Connection) -> Result<(i64, i64)> {
    let read = |name: &str| conn.query_row(&format!("PRAGMA main.{name}"), [], |row| row.get(0));
    Ok((read("schema_version")?, read("data_version")?))
}

/// Makes a change set happen on a copy of the state that it starts from; what does not fit is `corrupt`.
pub(super) fn apply(target: &Connection, changes: &[u8]) -> Result<()> {
    target.apply_strm(&mut &changes[..], None::<fn(&str) -> bool>, |_, _| ConflictAction::SQLITE_CHANGESET_ABORT).map_err(|error| {
        match Error::from(error) {
            error if matches!(error.code(), Code::OutOfMemory | Code::StorageFull | Code::StorageUnavailable) => error,
            _ => Error::new(Code::Corrupt, "a change set does not fit"),
        }
    })
}

/// Change sets hold what triggers and foreign keys did; on this connection neither does it again.
pub(super) fn only_apply(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.execute_batch("PRAGMA foreign_keys = OFF")?;
    Ok(())
}
