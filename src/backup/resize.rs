//! A copy of a database with another page size.
//!
//! The pages of a database in memory cannot change their size. Nor may such a database be replaced whole by `sqlite3_deserialize`: where a
//! table-valued function was used before, SQLite keeps a pointer to the schema that is freed then. So the copy takes the size that is wanted:
//! `VACUUM INTO` writes it and keeps the row ids, if what it reads is a file. In WASM a file of the default VFS lies in memory, too.

use std::ffi::CString;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};

use crate::engine::Database;
use crate::error::{Code, Error, Result};

/// The copy, whose file goes with it.
pub struct Resized {
    // The connection ends before its file does.
    pub conn: Connection,
    _file: Transient,
}

/// Copies `source` into pages of `page_size` bytes.
///
/// # Errors
/// `out_of_memory` or `storage_full` where there is no room for two copies; `unsupported` where SQLite keeps the size.
pub fn resized(source: &Connection, page_size: i64) -> Result<Resized> {
    let same_size = Transient::new();
    let mut copy = Connection::open(&same_size.path)?;
    if Backup::new(source, &mut copy)?.step(-1)? != StepResult::Done {
        return Err(Error::new(Code::Busy, "the database is in use"));
    }
    // Indexes may use our functions.
    let copy = Database::from_connection(copy)?;
    copy.connection().pragma_update(None, "page_size", page_size)?;
    let file = Transient::new();
    copy.connection().execute("VACUUM INTO ?1", [&file.path])?;
    let conn = Connection::open(&file.path)?;
    if conn.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))? != page_size {
        return Err(Error::unsupported(format!("the image cannot be brought to pages of {page_size} bytes")));
    }
    Ok(Resized { conn, _file: file })
}

/// A file of the default VFS that is deleted at the end.
struct Transient {
    path: String,
}

impl Transient {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("moltres-resize-{}.db", NEXT.fetch_add(1, Ordering::Relaxed));
        #[cfg(not(target_family = "wasm"))]
        let name = std::env::temp_dir().join(format!("{}-{name}", std::process::id())).to_string_lossy().into_owned();
        Transient { path: name }
    }
}

impl Drop for Transient {
    fn drop(&mut self) {
        let Ok(path) = CString::new(self.path.as_str()) else { return };
        // SAFETY: the default VFS lives as long as the process, and `path` as long as the call. A file that was never made is no matter.
        unsafe {
            let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
            if let Some(delete) = vfs.as_ref().and_then(|vfs| vfs.xDelete) {
                delete(vfs, path.as_ptr(), 0);
            }
        }
    }
}
