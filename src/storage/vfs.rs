//! The SQLite VFS over [`Files`], on rsqlite-vfs.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::time::Duration;

use rsqlite_vfs::{
    AccessMode, DeviceCharacteristics, FileKind, LockLevel, OpenAccess, OpenOptions, OpenRequest, OpenedFile, OsCallback, SQLiteIoMethods, SQLiteVfs,
    SQLiteVfsFile, SyncOptions, VfsAppData, VfsError, VfsErrorCode, VfsFile, VfsResult, VfsStore, ffi::sqlite3_file, register_vfs,
};
use rusqlite::ffi;

use super::files::{Files, Mode};
use super::temporary::Temporary;
use crate::error::{Error, Result};

/// What the VFS keeps beside the host's files.
pub struct Shared {
    files: Rc<dyn Files>,
    last_error: RefCell<Option<VfsError>>,
    /// Does the main database opened last say that it is in WAL mode?
    opened_wal: Cell<bool>,
}

thread_local! {
    static REGISTERED: RefCell<Vec<(String, &'static Shared)>> = const { RefCell::new(Vec::new()) };
}

/// Makes `files` a VFS of this name; a name that is taken stays with its first files.
pub fn register(name: &str, files: Rc<dyn Files>) -> Result<()> {
    if shared(name).is_some() {
        return Ok(());
    }
    let shared = Shared { files, last_error: RefCell::default(), opened_wal: Cell::new(false) };
    // SAFETY: the traits below agree on their types, and the registration is kept for the life of the process. A VFS is used by the
    // thread that registered it only; natively, where there are threads, tests give each a name of its own.
    unsafe {
        let registration = register_vfs::<Io, FilesVfs>(name, shared, false).map_err(|e| Error::internal(e.to_string()))?;
        let kept: &'static Shared = rsqlite_vfs::VfsAppData::<Shared>::get(registration.into_raw());
        REGISTERED.with_borrow_mut(|all| all.push((name.to_owned(), kept)));
    }
    Ok(())
}

fn shared(name: &str) -> Option<&'static Shared> {
    REGISTERED.with_borrow(|all| all.iter().find(|(known, _)| known == name).map(|(_, shared)| *shared))
}

/// What the host said when the last call of this VFS failed, once.
pub fn take_last_error(name: &str) -> Option<VfsError> {
    shared(name)?.last_error.borrow_mut().take()
}

pub fn opened_wal(name: &str) -> bool {
    shared(name).is_some_and(|shared| shared.opened_wal.get())
}

pub fn sleep(name: &str, milliseconds: u32) {
    if let Some(shared) = shared(name) {
        shared.files.sleep(milliseconds);
    }
}

/// One open file.
pub struct Handle {
    files: Rc<dyn Files>,
    source: Source,
}

enum Source {
    File { fd: i32, path: String, level: LockLevel, sync_directory: bool },
    Temporary(Temporary),
}

impl Handle {
    fn has_moved(&self) -> VfsResult<bool> {
        match &self.source {
            Source::File { fd, path, .. } => self.files.has_moved(*fd, path),
            Source::Temporary(_) => Ok(false),
        }
    }
}

impl VfsFile for Handle {
    fn device_characteristics(&self) -> DeviceCharacteristics {
        // As SQLite itself assumes of disks: a torn write does not change bytes outside it.
        DeviceCharacteristics::POWERSAFE_OVERWRITE
    }

    fn read(&mut self, buf: &mut [u8], offset: u64) -> VfsResult<usize> {
        match &mut self.source {
            Source::File { fd, .. } => self.files.read(*fd, buf, offset),
            Source::Temporary(file) => file.read(buf, offset),
        }
    }

    fn write(&mut self, buf: &[u8], offset: u64) -> VfsResult<()> {
        match &mut self.source {
            Source::File { fd, .. } => self.files.write(*fd, buf, offset),
            Source::Temporary(file) => file.write(buf, offset),
        }
    }

    fn truncate(&mut self, size: u64) -> VfsResult<()> {
        match &mut self.source {
            Source::File { fd, .. } => self.files.truncate(*fd, size),
            Source::Temporary(file) => file.truncate(size),
        }
    }

    fn sync(&mut self, options: SyncOptions) -> VfsResult<()> {
        if let Source::File { fd, path, sync_directory, .. } = &mut self.source {
            self.files.sync(*fd, options.data_only)?;
            // A new file is durable only when its name is: once, as native SQLite does.
            if *sync_directory {
                self.files.sync_directory(path)?;
                *sync_directory = false;
            }
        }
        Ok(())
    }

    fn size(&self) -> VfsResult<u64> {
        match &self.source {
            Source::File { fd, .. } => self.files.size(*fd),
            Source::Temporary(file) => file.size(),
        }
    }

    fn lock(&mut self, wanted: LockLevel) -> VfsResult<()> {
        if let Source::File { fd, level, .. } = &mut self.source {
            if *level >= wanted {
                return Ok(());
            }
            if !self.files.lock(*fd, wanted)? {
                return Err(VfsError::new(VfsErrorCode::Busy, "another process holds the lock".into()));
            }
            *level = wanted;
        }
        Ok(())
    }

    fn unlock(&mut self, wanted: LockLevel) -> VfsResult<()> {
        if let Source::File { fd, level, .. } = &mut self.source {
            // A pending lock may be left of a failed step to exclusive, without `level` knowing of it: always ask the host.
            self.files.unlock(*fd, wanted)?;
            *level = wanted.min(*level);
        }
        Ok(())
    }

    fn check_reserved_lock(&self) -> VfsResult<bool> {
        match &self.source {
            Source::File { level, .. } if *level >= LockLevel::Reserved => Ok(true),
            Source::File { fd, .. } => self.files.is_reserved(*fd),
            Source::Temporary(_) => Ok(false),
        }
    }
}

struct FilesVfs;
struct Io;

impl VfsStore for FilesVfs {
    type File = Handle;
    type AppData = Shared;

    fn record_error(data: &Shared, error: VfsError) {
        if !matches!(error.code(), VfsErrorCode::IoShortRead | VfsErrorCode::Busy | VfsErrorCode::IoDeleteNoEntry) {
            data.last_error.replace(Some(error));
        }
    }

    fn last_error(data: &Shared) -> Option<VfsError> {
        data.last_error.borrow().clone()
    }

    fn open_file(data: &Shared, request: OpenRequest<'_>) -> VfsResult<OpenedFile<Handle>> {
        let files = Rc::clone(&data.files);
        let options = request.options;
        let Some(name) = request.filename else {
            let source = Source::Temporary(Temporary::new(Rc::clone(&files)));
            return Ok(OpenedFile { file: Handle { files, source }, access: OpenAccess::ReadWrite });
        };
        let is_main = options.kind() == Some(FileKind::MainDb);
        let write = options.access() == OpenAccess::ReadWrite;
        let opened = files.open(name.path(), Mode { write, create: options.create(), exclusive: options.exclusive(), lockable: is_main })?;
        if is_main {
            let mut head = [0u8; 20];
            match files.read(opened.fd, &mut head, 0) {
                Ok(n) => data.opened_wal.set(n == head.len() && head[18] == 2 && head[19] == 2),
                Err(error) => {
                    // The first error is the one to report.
                    let _ = files.close(opened.fd);
                    return Err(error);
                }
            }
        }
        let source = Source::File { fd: opened.fd, path: name.path().to_owned(), level: LockLevel::None, sync_directory: options.create() };
        let access = if opened.writable { OpenAccess::ReadWrite } else { OpenAccess::ReadOnly };
        Ok(OpenedFile { file: Handle { files, source }, access })
    }

    fn close_file(data: &Shared, name: Option<&str>, file: Handle, options: OpenOptions) -> VfsResult<()> {
        let closed = match file.source {
            Source::File { fd, .. } => data.files.close(fd),
            Source::Temporary(file) => file.close(),
        };
        if let (true, Some(name)) = (options.delete_on_close(), name) {
            data.files.delete(name)?;
        }
        closed
    }

    fn access(data: &Shared, name: &str, mode: AccessMode) -> VfsResult<bool> {
        match mode {
            // An empty journal is no journal, as in SQLite's own VFS.
            AccessMode::Exists => Ok(data.files.stat(name)?.is_some_and(|size| size > 0)),
            AccessMode::Read => Ok(data.files.stat(name)?.is_some()),
            AccessMode::ReadWrite => data.files.can_write(name),
        }
    }

    fn full_pathname(data: &Shared, name: &str) -> VfsResult<String> {
        data.files.full_path(name)
    }

    fn delete_file(data: &Shared, name: &str, sync_dir: bool) -> VfsResult<()> {
        if !data.files.delete(name)? {
            return Err(VfsError::new(VfsErrorCode::IoDeleteNoEntry, "there is no such file".into()));
        }
        if sync_dir { data.files.sync_directory(name) } else { Ok(()) }
    }
}

impl SQLiteIoMethods for Io {
    type Store = FilesVfs;

    /// SQLite asks once per transaction that writes. A database whose file was renamed, replaced or removed since it was opened must not be written to: its
    /// journal would lie beside another file, or its commits be lost with its last handle.
    unsafe extern "C" fn xFileControl(file: *mut sqlite3_file, op: c_int, answer: *mut c_void) -> c_int {
        if op != ffi::SQLITE_FCNTL_HAS_MOVED {
            return ffi::SQLITE_NOTFOUND;
        }
        // SAFETY: SQLite gives an open file of this VFS and, for this operation, the address of an int.
        unsafe {
            let open = &*SQLiteVfsFile::from_file(file);
            match open.handle::<Handle>().has_moved() {
                Ok(moved) => {
                    *answer.cast::<c_int>() = moved.into();
                    ffi::SQLITE_OK
                }
                Err(error) => {
                    let code = error.code().as_raw();
                    FilesVfs::record_error(VfsAppData::<Shared>::get(open.vfs()), error);
                    code
                }
            }
        }
    }
}

impl SQLiteVfs<Io> for FilesVfs {
    type Os = Shared;
    const MAX_PATH_SIZE: i32 = 4096;

    fn os(data: &Shared) -> &Shared {
        data
    }
}

impl OsCallback for Shared {
    fn sleep(&self, duration: Duration) {
        self.files.sleep(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX).max(1));
    }

    fn random(&self, buf: &mut [u8]) -> usize {
        // The generator is SQLite's own, seeded by its default VFS.
        // SAFETY: the buffer is valid for its length.
        unsafe { rusqlite::ffi::sqlite3_randomness(i32::try_from(buf.len()).unwrap_or(0), buf.as_mut_ptr().cast()) };
        buf.len()
    }

    fn epoch_timestamp_in_ms(&self) -> VfsResult<i64> {
        #[allow(clippy::cast_possible_truncation)]
        Ok((crate::telemetry::clock::unix_s() * 1000.0) as i64)
    }
}
