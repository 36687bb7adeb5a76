//! What the VFS asks of its host.

use rsqlite_vfs::{LockLevel, VfsError, VfsErrorCode, VfsResult};

/// How to open a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mode {
    pub write: bool,
    pub create: bool,
    /// Fail if the file exists.
    pub exclusive: bool,
    /// The database itself, which is going to be locked.
    pub lockable: bool,
}

/// An open file and whether it may be written to, which may be less than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    pub fd: i32,
    pub writable: bool,
}

/// A file system of the host, synchronous. Offsets and sizes are bytes. Names are absolute paths made by [`Files::full_path`].
pub trait Files {
    fn open(&self, path: &str, mode: Mode) -> VfsResult<Opened>;
    /// A file without a name that ends with its handle.
    fn open_temporary(&self) -> VfsResult<i32>;
    fn close(&self, fd: i32) -> VfsResult<()>;
    /// Fills as much of `buffer` as the file has; less than all means its end.
    fn read(&self, fd: i32, buffer: &mut [u8], offset: u64) -> VfsResult<usize>;
    /// Writes all of `bytes` or fails.
    fn write(&self, fd: i32, bytes: &[u8], offset: u64) -> VfsResult<()>;
    fn truncate(&self, fd: i32, size: u64) -> VfsResult<()>;
    fn sync(&self, fd: i32, data_only: bool) -> VfsResult<()>;
    fn size(&self, fd: i32) -> VfsResult<u64>;
    /// Is this open file no longer the one that its path names?
    fn has_moved(&self, fd: i32, path: &str) -> VfsResult<bool>;
    /// Removes a file; whether there was one.
    fn delete(&self, path: &str) -> VfsResult<bool>;
    /// Makes creations and deletions in the directory of `path` durable.
    fn sync_directory(&self, path: &str) -> VfsResult<()>;
    /// The size of a file, or None if there is none.
    fn stat(&self, path: &str) -> VfsResult<Option<u64>>;
    fn can_write(&self, path: &str) -> VfsResult<bool>;
    /// The absolute path with links followed.
    fn full_path(&self, path: &str) -> VfsResult<String>;
    /// Raises the lock of a file; false while another holds one that excludes it. A failed step to exclusive may keep pending.
    fn lock(&self, fd: i32, level: LockLevel) -> VfsResult<bool>;
    /// Lowers the lock to shared or none.
    fn unlock(&self, fd: i32, level: LockLevel) -> VfsResult<()>;
    /// Does anybody hold a reserved lock or a stronger one?
    fn is_reserved(&self, fd: i32) -> VfsResult<bool>;
    fn sleep(&self, milliseconds: u32);
}

/// The error of a host's call that failed with a POSIX error name such as `ENOSPC`.
pub fn failure(during: VfsErrorCode, errno: &str, message: String) -> VfsError {
    let code = match errno {
        "ENOSPC" | "EDQUOT" | "EFBIG" => VfsErrorCode::Full,
        "EROFS" => VfsErrorCode::ReadOnly,
        "EACCES" | "EPERM" if during != VfsErrorCode::CantOpen => VfsErrorCode::Permission,
        "ENOMEM" => VfsErrorCode::NoMemory,
        "ENOENT" if during == VfsErrorCode::IoDelete => VfsErrorCode::IoDeleteNoEntry,
        _ => during,
    };
    VfsError::new(code, message.into())
}
