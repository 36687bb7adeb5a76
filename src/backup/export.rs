//! Images of a database in use, page by page through SQLite's online backup.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ptr::NonNull;

use rusqlite::{Connection, ffi};
use serde::Serialize;

use super::scratch;
use crate::engine::Database;
use crate::error::{Code, Error, Result};

/// How far a backup is, in pages. Both change if the database grows meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    pub total_pages: usize,
    pub remaining_pages: usize,
    pub done: bool,
}

/// The image of `db` as it is now, in one go.
pub fn image(db: &Database) -> Result<Vec<u8>> {
    // SAFETY: the export ends before the borrow of `db` does.
    let mut export = unsafe { Export::begin(db.connection(), scratch::empty()?) }?;
    while !export.step(1024)?.done {}
    export.into_image()
}

/// A backup under way. Writes to a file between two steps by its own connection are carried over; writes to a database in memory, or by
/// another process, start the backup again. Either way the result is one committed state.
pub struct Export {
    backup: Option<NonNull<ffi::sqlite3_backup>>,
    target: Connection,
    n_copied: usize,
    n_total: usize,
    n_restarts: u32,
}

/// A source that is written to between all steps would keep the backup from ever ending; then the rest comes in one step.
const MAX_RESTARTS: u32 = 3;

impl Export {
    /// Starts to copy `source` into `target`, an empty database.
    ///
    /// # Safety
    /// `source` must outlive the export.
    pub unsafe fn begin(source: &Connection, target: Connection) -> Result<Export> {
        // SAFETY: both handles are alive; the caller keeps `source` so, we own `target`.
        let backup = unsafe { ffi::sqlite3_backup_init(target.handle(), c"main".as_ptr(), source.handle(), c"main".as_ptr()) };
        match NonNull::new(backup) {
            Some(backup) => Ok(Export { backup: Some(backup), target, n_copied: 0, n_total: 0, n_restarts: 0 }),
            None => Err(scratch::sqlite_error(&target, ffi::SQLITE_ERROR).within("backup")),
        }
    }

    /// Copies up to `n_pages` pages. `busy` means that a transaction is open for writing or another process holds the lock: nothing
    /// is lost, the step can be repeated.
    pub fn step(&mut self, n_pages: i32) -> Result<Progress> {
        let Some(backup) = self.backup else {
            return Ok(Progress { total_pages: 0, remaining_pages: 0, done: true });
        };
        let n_pages = if self.n_restarts >= MAX_RESTARTS { -1 } else { n_pages };
        // SAFETY: `backup` is alive until `finish`, and so are both connections.
        let (rc, total, remaining) = unsafe {
            let rc = ffi::sqlite3_backup_step(backup.as_ptr(), n_pages);
            (rc, ffi::sqlite3_backup_pagecount(backup.as_ptr()), ffi::sqlite3_backup_remaining(backup.as_ptr()))
        };
        let progress =
            |done| Progress { total_pages: usize::try_from(total).unwrap_or(0), remaining_pages: usize::try_from(remaining).unwrap_or(0), done };
        let n_copied = usize::try_from(total - remaining).unwrap_or(0);
        if n_copied <= self.n_copied {
            self.n_restarts += 1;
        }
        self.n_copied = n_copied;
        self.n_total = usize::try_from(total).unwrap_or(0);
        match rc {
            ffi::SQLITE_OK => Ok(progress(false)),
            ffi::SQLITE_DONE => {
                self.finish()?;
                Ok(progress(true))
            }
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Err(Error::new(Code::Busy, "backup: the database is being written to")
                .hint("end the open transaction first, or try again when the other process is done")),
            rc => Err(scratch::sqlite_error(&self.target, rc).within("backup")),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let Some(backup) = self.backup.take() else { return Ok(()) };
        // SAFETY: taken out above, so finished once; the connections are still alive.
        let rc = unsafe { ffi::sqlite3_backup_finish(backup.as_ptr()) };
        if rc == ffi::SQLITE_OK { Ok(()) } else { Err(scratch::sqlite_error(&self.target, rc).within("backup")) }
    }

    /// The finished copy as a database of its own.
    pub fn into_target(mut self) -> Result<Connection> {
        if self.backup.is_some() {
            return Err(Error::internal("backup: the image is not complete"));
        }
        let target = std::mem::replace(&mut self.target, Connection::open_in_memory()?);
        // Not asked of the copy itself: one of a database in WAL mode says so too, and cannot be opened before its header is set right.
        if self.n_total == 0 {
            // A database that never held anything has no pages; a file should at least have its header.
            target.execute_batch("BEGIN; CREATE TABLE t (x); DROP TABLE t; COMMIT")?;
        }
        Ok(target)
    }

    /// The finished copy as the bytes of a SQLite file that any SQLite opens, also without WAL support.
    pub fn into_image(self) -> Result<Vec<u8>> {
        let mut target = self.into_target()?;
        let data = target.serialize("main")?;
        let mut image = Vec::new();
        image.try_reserve_exact(data.len()).map_err(|_| Error::new(Code::OutOfMemory, "backup: the image does not fit into memory"))?;
        image.extend_from_slice(&data);
        if let Some(versions) = image.get_mut(18..20) {
            versions.fill(1);
        }
        Ok(image)
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        // A backup given up half-way has nothing to report.
        let _ = self.finish();
    }
}

/// The backups under way on one database, by number. Lives in [`Database`], before the connection, so that it ends first.
#[derive(Default)]
pub struct Jobs {
    exports: RefCell<BTreeMap<u32, Export>>,
}

impl Jobs {
    /// Starts a backup into `target`; its number.
    pub fn begin(&self, db: &Database, target: Option<Connection>) -> Result<u32> {
        let target = match target {
            Some(target) => target,
            None => scratch::empty()?,
        };
        // SAFETY: `Jobs` is a field of `db`, dropped before the connection.
        let export = unsafe { Export::begin(db.connection(), target) }?;
        let mut exports = self.exports.borrow_mut();
        let id = exports.last_key_value().map_or(1, |(id, _)| id.wrapping_add(1));
        exports.insert(id, export);
        Ok(id)
    }

    pub fn step(&self, id: u32, n_pages: i32) -> Result<Progress> {
        match self.exports.borrow_mut().get_mut(&id) {
            Some(export) => export.step(n_pages),
            None => Err(Error::invalid("backup: this backup has ended")),
        }
    }

    /// Hands out the finished backup, or drops an unfinished one.
    pub fn take(&self, id: u32) -> Result<Export> {
        self.exports.borrow_mut().remove(&id).ok_or_else(|| Error::invalid("backup: this backup has ended"))
    }
}
