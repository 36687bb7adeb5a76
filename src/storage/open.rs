//! Opening a database file.

use rusqlite::{Connection, OpenFlags};

use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    pub read_only: bool,
    /// Make the file if there is none.
    pub create: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions { read_only: false, create: true }
    }
}

/// Opens a SQLite file in place, through the VFS of this name (`None`: SQLite's own).
///
/// # Errors
/// `storage_unavailable`, `permission_denied`, `not_a_database`, `corrupt`; `busy` if another process keeps it locked.
pub fn open_path(path: &str, vfs: Option<&str>, options: OpenOptions) -> Result<Database> {
    let conn = connect(path, vfs, options)?;
    settle(&conn, vfs).map_err(|e| explain(&e, path, vfs))?;
    Database::from_connection(conn)
}

/// A bare connection to a file that waits for locks.
pub fn connect(path: &str, vfs: Option<&str>, options: OpenOptions) -> Result<Connection> {
    if path.contains('\0') {
        return Err(Error::invalid("a path cannot hold a NUL character"));
    }
    let open = |read_only| {
        let flags = match (read_only, options.create) {
            (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
            (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        last_error(vfs);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match vfs {
            Some(name) => {
                let name = std::ffi::CString::new(name).map_err(|e| Error::internal(e.to_string()))?;
                Connection::open_with_flags_and_vfs(path, flags, name.as_c_str())
            }
            None => Connection::open_with_flags(path, flags),
        }
        .map_err(|e| explain(&e.into(), path, vfs))
    };
    let mut conn = open(options.read_only)?;
    if is_wal(vfs) {
        // Exclusive locking needs a lock for writing, also to read. Statements that write are refused above this layer.
        if options.read_only {
            conn = open(false)?;
        }
        conn.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    wait_when_busy(&mut conn, vfs)?;
    Ok(conn)
}

/// Durability, and the first look at the file.
fn settle(conn: &Connection, vfs: Option<&str>) -> Result<()> {
    // Reads the header, which proves that it is a database, takes the first lock and rolls a hot journal back.
    match conn.execute_batch("PRAGMA main.synchronous = EXTRA; SELECT count(*) FROM main.sqlite_schema") {
        Ok(()) => Ok(()),
        Err(error) => {
            let error = Error::from(error);
            Err(match error.code() {
                Code::Busy | Code::StorageUnavailable | Code::PermissionDenied if is_wal(vfs) => {
                    Error::new(error.code(), "it is in WAL mode, so this connection needs it alone, and that failed")
                        .hint("close it elsewhere, or run PRAGMA journal_mode = DELETE there")
                }
                Code::PermissionDenied => {
                    Error::new(error.code(), "who wrote it last was interrupted, and what that left must be rolled back, which needs writing")
                        .hint("open it once to write, where that is allowed")
                }
                _ => error,
            })
        }
    }
}

/// SQLite's `unable to open database file` in terms of what the host said.
fn explain(error: &Error, path: &str, vfs: Option<&str>) -> Error {
    let said = last_error(vfs);
    let denied = said.as_ref().is_some_and(|m| m.contains("EACCES") || m.contains("EPERM") || m.contains("EROFS"));
    let code = match error.code() {
        code @ (Code::NotADatabase | Code::Corrupt | Code::Busy | Code::StorageFull | Code::OutOfMemory | Code::PermissionDenied) => code,
        _ if denied => Code::PermissionDenied,
        _ => Code::StorageUnavailable,
    };
    let report = error.report();
    let reason = if report.hint.is_some() { &report.message } else { said.as_ref().unwrap_or(&report.message) };
    let message = match code {
        Code::NotADatabase => format!("\"{path}\" is not a SQLite database"),
        _ => format!("cannot open \"{path}\": {reason}"),
    };
    let kind = match code {
        Code::PermissionDenied => Kind::ReadOnlyError,
        Code::Busy | Code::OutOfMemory => Kind::DatabaseConnectionError,
        _ => Kind::StorageError,
    };
    let result = Error::new(code, message).kind(kind).detail("path", path);
    match (&report.hint, code) {
        (Some(hint), _) => result.hint(hint.clone()),
        (None, Code::StorageUnavailable) => result.hint(match said.as_deref() {
            Some(said) if said.contains("EISDIR") => "name a file in that directory",
            Some(said) if said.contains("ENOENT") => "a file that is not to be made must exist, for one that is to be made its directory",
            _ => "check that the directory exists and may be written to",
        }),
        (None, Code::Busy) => result.hint("another process holds its lock; try again, or close it there"),
        _ => result,
    }
}

#[cfg(any(test, target_family = "wasm"))]
fn is_wal(vfs: Option<&str>) -> bool {
    vfs.is_some_and(super::vfs::opened_wal)
}
#[cfg(any(test, target_family = "wasm"))]
fn last_error(vfs: Option<&str>) -> Option<String> {
    vfs.and_then(super::vfs::take_last_error).map(|e| e.message().to_owned())
}
#[cfg(not(any(test, target_family = "wasm")))]
fn is_wal(_vfs: Option<&str>) -> bool {
    false
}
#[cfg(not(any(test, target_family = "wasm")))]
fn last_error(_vfs: Option<&str>) -> Option<String> {
    None
}

/// SQLite built without `usleep` waits whole seconds between tries; this waits as native SQLite does, about five seconds in all.
fn wait_when_busy(conn: &mut Connection, vfs: Option<&str>) -> Result<()> {
    #[cfg(target_family = "wasm")]
    if vfs.is_some() {
        conn.busy_handler(Some(super::node::wait_for_lock))?;
        return Ok(());
    }
    let _ = vfs;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(())
}
