//! SQLite's session extension: what has changed since a moment, as a change set.

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use rusqlite::config::DbConfig;
use rusqlite::session::ConflictAction;
use rusqlite::{Connection, ffi};

use super::scratch;
use crate::error::{Code, Error, Result};

/// A session of the main database, which must outlive it: [`Database`] drops its history first.
pub(super) struct Session(NonNull<ffi::sqlite3_session>);

impl Session {
    pub(super) fn new(conn: &Connection) -> Result<Session> {
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

    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: the session is alive.
        unsafe { ffi::sqlite3session_isempty(self.0.as_ptr()) != 0 }
    }

    pub(super) fn changeset(&self) -> Result<Vec<u8>> {
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
