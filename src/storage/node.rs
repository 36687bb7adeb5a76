//! Files of Node, Deno and Bun: [`Files`] over a JavaScript object that `storage-node.ts` makes of `node:fs`.
//!
//! A call that fails throws an `Error` whose `code` is the POSIX name (`ENOSPC`). Buffers are views into WASM memory: nothing is copied on
//! the way. Levels of locks are SQLite's numbers, 0 none, 1 shared, 2 reserved, 3 pending, 4 exclusive.

use std::rc::Rc;

use rsqlite_vfs::{LockLevel, VfsErrorCode, VfsResult};
use wasm_bindgen::prelude::*;

use super::files::{Files, Mode, Opened, failure};

/// The name of the VFS.
pub const VFS: &str = "moltres-files";

#[wasm_bindgen]
extern "C" {
    /// `HostFiles` of `storage-node.ts`.
    pub type HostFiles;
    #[wasm_bindgen(method, catch)]
    fn open(this: &HostFiles, path: &str, write: bool, create: bool, exclusive: bool, lockable: bool) -> Result<i32, JsValue>;
    #[wasm_bindgen(method, js_name = isWritable)]
    fn is_writable(this: &HostFiles, fd: i32) -> bool;
    #[wasm_bindgen(method, catch, js_name = openTemporary)]
    fn open_temporary(this: &HostFiles) -> Result<i32, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &HostFiles, fd: i32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn read(this: &HostFiles, fd: i32, buffer: &mut [u8], offset: f64) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &HostFiles, fd: i32, bytes: &[u8], offset: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn truncate(this: &HostFiles, fd: i32, size: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sync(this: &HostFiles, fd: i32, data_only: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn size(this: &HostFiles, fd: i32) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, js_name = hasMoved)]
    fn has_moved(this: &HostFiles, fd: i32) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &HostFiles, path: &str) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = syncDirectory)]
    fn sync_directory(this: &HostFiles, path: &str) -> Result<(), JsValue>;
    /// -1 for a file that is not there.
    #[wasm_bindgen(method, catch)]
    fn stat(this: &HostFiles, path: &str) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, js_name = canWrite)]
    fn can_write(this: &HostFiles, path: &str) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = fullPath)]
    fn full_path(this: &HostFiles, path: &str) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn lock(this: &HostFiles, fd: i32, level: i32) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn unlock(this: &HostFiles, fd: i32, level: i32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = isReserved)]
    fn is_reserved(this: &HostFiles, fd: i32) -> Result<bool, JsValue>;
    #[wasm_bindgen(method)]
    fn sleep(this: &HostFiles, milliseconds: u32);
}

/// Makes the host's files a VFS, once.
pub fn register(host: HostFiles) -> crate::error::Result<()> {
    super::vfs::register(VFS, Rc::new(NodeFiles(host)))
}

/// Waits between two tries for a lock; false when it is time to give up.
pub fn wait_for_lock(n_tries: i32) -> bool {
    const DELAYS_MS: [u32; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];
    const MAX_TRIES: i32 = 60;
    let at = usize::try_from(n_tries).unwrap_or(0).min(DELAYS_MS.len() - 1);
    super::vfs::sleep(VFS, DELAYS_MS[at]);
    n_tries < MAX_TRIES
}

struct NodeFiles(HostFiles);

/// What was thrown as an error of the VFS.
fn failed<T>(result: Result<T, JsValue>, during: VfsErrorCode) -> VfsResult<T> {
    result.map_err(|thrown| {
        let text = |name: &str| js_sys::Reflect::get(&thrown, &name.into()).ok().and_then(|v| v.as_string());
        failure(during, &text("code").unwrap_or_default(), text("message").unwrap_or_else(|| "the host failed".to_owned()))
    })
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
impl Files for NodeFiles {
    fn open(&self, path: &str, mode: Mode) -> VfsResult<Opened> {
        let fd = failed(self.0.open(path, mode.write, mode.create, mode.exclusive, mode.lockable), VfsErrorCode::CantOpen)?;
        Ok(Opened { fd, writable: self.0.is_writable(fd) })
    }
    fn open_temporary(&self) -> VfsResult<i32> {
        failed(self.0.open_temporary(), VfsErrorCode::CantOpen)
    }
    fn close(&self, fd: i32) -> VfsResult<()> {
        failed(self.0.close(fd), VfsErrorCode::IoClose)
    }
    fn read(&self, fd: i32, buffer: &mut [u8], offset: u64) -> VfsResult<usize> {
        failed(self.0.read(fd, buffer, offset as f64), VfsErrorCode::IoRead).map(|n| n as usize)
    }
    fn write(&self, fd: i32, bytes: &[u8], offset: u64) -> VfsResult<()> {
        failed(self.0.write(fd, bytes, offset as f64), VfsErrorCode::IoWrite)
    }
    fn truncate(&self, fd: i32, size: u64) -> VfsResult<()> {
        failed(self.0.truncate(fd, size as f64), VfsErrorCode::IoTruncate)
    }
    fn sync(&self, fd: i32, data_only: bool) -> VfsResult<()> {
        failed(self.0.sync(fd, data_only), VfsErrorCode::IoSync)
    }
    fn size(&self, fd: i32) -> VfsResult<u64> {
        failed(self.0.size(fd), VfsErrorCode::IoStat).map(|n| n as u64)
    }
    fn has_moved(&self, fd: i32, _path: &str) -> VfsResult<bool> {
        failed(self.0.has_moved(fd), VfsErrorCode::IoStat)
    }
    fn delete(&self, path: &str) -> VfsResult<bool> {
        failed(self.0.delete(path), VfsErrorCode::IoDelete)
    }
    fn sync_directory(&self, path: &str) -> VfsResult<()> {
        failed(self.0.sync_directory(path), VfsErrorCode::IoDirectorySync)
    }
    fn stat(&self, path: &str) -> VfsResult<Option<u64>> {
        failed(self.0.stat(path), VfsErrorCode::IoAccess).map(|n| (n >= 0.0).then_some(n as u64))
    }
    fn can_write(&self, path: &str) -> VfsResult<bool> {
        failed(self.0.can_write(path), VfsErrorCode::IoAccess)
    }
    fn full_path(&self, path: &str) -> VfsResult<String> {
        failed(self.0.full_path(path), VfsErrorCode::CantOpen)
    }
    fn lock(&self, fd: i32, level: LockLevel) -> VfsResult<bool> {
        failed(self.0.lock(fd, level as i32), VfsErrorCode::IoLock)
    }
    fn unlock(&self, fd: i32, level: LockLevel) -> VfsResult<()> {
        failed(self.0.unlock(fd, level as i32), VfsErrorCode::IoUnlock)
    }
    fn is_reserved(&self, fd: i32) -> VfsResult<bool> {
        failed(self.0.is_reserved(fd), VfsErrorCode::IoCheckReservedLock)
    }
    fn sleep(&self, milliseconds: u32) {
        self.0.sleep(milliseconds);
    }
}
