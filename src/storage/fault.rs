//! Files in memory that fail on demand: at the n-th call, once or from then on, and that can lose what was not synced.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use rsqlite_vfs::{LockLevel, VfsError, VfsErrorCode, VfsResult};

use super::files::{Files, Mode, Opened, failure};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// That call fails, the next ones work.
    Once,
    /// The disk is full from that write on.
    Full,
    /// The process is killed there: nothing after it happens; what was written stays.
    Kill,
    /// The machine loses power there: only what was synced stays.
    PowerLoss,
}

#[derive(Default, Clone)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
}

type Shared = Rc<RefCell<Content>>;

#[derive(Default)]
struct State {
    names: RefCell<BTreeMap<String, Shared>>,
    durable_names: RefCell<BTreeMap<String, Shared>>,
    open: RefCell<BTreeMap<i32, Shared>>,
    next_fd: Cell<i32>,
    n_calls: Cell<u64>,
    fault: Cell<Option<(u64, Fault)>>,
}

/// A disk; clones share it.
#[derive(Clone, Default)]
pub struct FaultFiles(Rc<State>);

/// The bytes of all files.
pub type Disk = BTreeMap<String, Vec<u8>>;

impl FaultFiles {
    /// A new disk and the name of the VFS that serves it.
    pub fn register() -> (FaultFiles, String) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let files = FaultFiles::default();
        let name = format!("fault-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        super::vfs::register(&name, Rc::new(files.clone())).unwrap();
        (files, name)
    }

    /// Makes the disk hold these files, durably, without faults.
    pub fn reset(&self, disk: &Disk) {
        let state = &self.0;
        let names: BTreeMap<String, Shared> =
            disk.iter().map(|(name, bytes)| (name.clone(), Rc::new(RefCell::new(Content { now: bytes.clone(), durable: bytes.clone() })))).collect();
        state.durable_names.replace(names.clone());
        state.names.replace(names);
        state.fault.set(None);
        state.n_calls.set(0);
    }

    /// Another program gives a file another name, or puts it in the place of one.
    pub fn rename(&self, from: &str, to: &str) {
        let mut names = self.0.names.borrow_mut();
        let file = names.remove(from).unwrap();
        names.insert(to.to_owned(), file);
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.0.names.borrow_mut().insert(path.to_owned(), Rc::new(RefCell::new(Content { now: bytes.to_vec(), durable: bytes.to_vec() })));
    }

    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.0.n_calls.set(0);
        self.0.fault.set(Some((call, fault)));
    }

    /// Calls since the last reset.
    pub fn n_calls(&self) -> u64 {
        self.0.n_calls.get()
    }

    /// What the next process finds.
    pub fn after(&self) -> Disk {
        let lost_power = matches!(self.0.fault.get(), Some((at, Fault::PowerLoss)) if self.0.n_calls.get() > at);
        if lost_power {
            self.0.durable_names.borrow().iter().map(|(name, file)| (name.clone(), file.borrow().durable.clone())).collect()
        } else {
            self.0.names.borrow().iter().map(|(name, file)| (name.clone(), file.borrow().now.clone())).collect()
        }
    }

    /// Counts a call; its error if it is to fail. `writes`: could it run out of space?
    fn call(&self, during: VfsErrorCode, writes: bool) -> VfsResult<()> {
        let n = self.0.n_calls.get();
        self.0.n_calls.set(n + 1);
        let fails = match self.0.fault.get() {
            Some((at, Fault::Once)) => n == at,
            Some((at, Fault::Full)) => writes && n >= at,
            Some((at, Fault::Kill | Fault::PowerLoss)) => n >= at,
            None => false,
        };
        match (fails, writes && matches!(self.0.fault.get(), Some((_, Fault::Full)))) {
            (false, _) => Ok(()),
            (true, true) => Err(failure(during, "ENOSPC", "ENOSPC: injected".to_owned())),
            (true, false) => Err(failure(during, "EIO", "EIO: injected".to_owned())),
        }
    }

    fn file(&self, fd: i32) -> VfsResult<Shared> {
        self.0.open.borrow().get(&fd).cloned().ok_or_else(|| VfsError::new(VfsErrorCode::Misuse, "a closed file".into()))
    }

    fn add(&self, file: Shared) -> i32 {
        let fd = self.0.next_fd.get() + 1;
        self.0.next_fd.set(fd);
        self.0.open.borrow_mut().insert(fd, file);
        fd
    }
}

impl Files for FaultFiles {
    fn open(&self, path: &str, mode: Mode) -> VfsResult<Opened> {
        self.call(VfsErrorCode::CantOpen, mode.create)?;
        let mut names = self.0.names.borrow_mut();
        let file = match names.get(path) {
            Some(_) if mode.exclusive => return Err(VfsError::new(VfsErrorCode::CantOpen, "EEXIST".into())),
            Some(file) => Rc::clone(file),
            None if mode.create => Rc::clone(names.entry(path.to_owned()).or_default()),
            None => return Err(VfsError::new(VfsErrorCode::CantOpen, "ENOENT".into())),
        };
        drop(names);
        Ok(Opened { fd: self.add(file), writable: mode.write })
    }

    fn open_temporary(&self) -> VfsResult<i32> {
        self.call(VfsErrorCode::CantOpen, true)?;
        Ok(self.add(Shared::default()))
    }

    fn close(&self, fd: i32) -> VfsResult<()> {
        // A handle is gone however its closing ends.
        self.0.open.borrow_mut().remove(&fd);
        Ok(())
    }

    fn read(&self, fd: i32, buffer: &mut [u8], offset: u64) -> VfsResult<usize> {
        self.call(VfsErrorCode::IoRead, false)?;
        let file = self.file(fd)?;
        let content = file.borrow();
        let rest = usize::try_from(offset).ok().and_then(|at| content.now.get(at..)).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write(&self, fd: i32, bytes: &[u8], offset: u64) -> VfsResult<()> {
        let allowed = self.call(VfsErrorCode::IoWrite, true);
        // A write that fails may have written its beginning; nothing is written after a kill.
        let n = match (&allowed, self.0.fault.get()) {
            (Ok(()), _) => bytes.len(),
            (Err(_), Some((at, _))) if self.0.n_calls.get() == at + 1 => bytes.len() / 2,
            _ => 0,
        };
        let file = self.file(fd)?;
        let mut content = file.borrow_mut();
        let at = usize::try_from(offset).unwrap();
        if n > 0 {
            let length = content.now.len().max(at + n);
            content.now.resize(length, 0);
            content.now[at..at + n].copy_from_slice(&bytes[..n]);
        }
        allowed
    }

    fn truncate(&self, fd: i32, size: u64) -> VfsResult<()> {
        self.call(VfsErrorCode::IoTruncate, false)?;
        self.file(fd)?.borrow_mut().now.resize(usize::try_from(size).unwrap(), 0);
        Ok(())
    }

    fn sync(&self, fd: i32, _data_only: bool) -> VfsResult<()> {
        self.call(VfsErrorCode::IoSync, false)?;
        let file = self.file(fd)?;
        let mut content = file.borrow_mut();
        content.durable = content.now.clone();
        Ok(())
    }

    fn size(&self, fd: i32) -> VfsResult<u64> {
        self.call(VfsErrorCode::IoStat, false)?;
        Ok(self.file(fd)?.borrow().now.len() as u64)
    }

    fn has_moved(&self, fd: i32, path: &str) -> VfsResult<bool> {
        self.call(VfsErrorCode::IoStat, false)?;
        let file = self.file(fd)?;
        Ok(!self.0.names.borrow().get(path).is_some_and(|named| Rc::ptr_eq(named, &file)))
    }

    fn delete(&self, path: &str) -> VfsResult<bool> {
        self.call(VfsErrorCode::IoDelete, false)?;
        Ok(self.0.names.borrow_mut().remove(path).is_some())
    }

    fn sync_directory(&self, _path: &str) -> VfsResult<()> {
        self.call(VfsErrorCode::IoDirectorySync, false)?;
        self.0.durable_names.replace(self.0.names.borrow().clone());
        Ok(())
    }

    fn stat(&self, path: &str) -> VfsResult<Option<u64>> {
        self.call(VfsErrorCode::IoAccess, false)?;
        Ok(self.0.names.borrow().get(path).map(|file| file.borrow().now.len() as u64))
    }

    fn can_write(&self, _path: &str) -> VfsResult<bool> {
        self.call(VfsErrorCode::IoAccess, false)?;
        Ok(true)
    }

    fn full_path(&self, path: &str) -> VfsResult<String> {
        Ok(path.to_owned())
    }

    fn lock(&self, _fd: i32, _level: LockLevel) -> VfsResult<bool> {
        self.call(VfsErrorCode::IoLock, false).map(|()| true)
    }

    fn unlock(&self, _fd: i32, _level: LockLevel) -> VfsResult<()> {
        // SQLite ignores it, and the end of the process unlocks.
        Ok(())
    }

    fn is_reserved(&self, _fd: i32) -> VfsResult<bool> {
        self.call(VfsErrorCode::IoCheckReservedLock, false).map(|()| false)
    }

    fn sleep(&self, _milliseconds: u32) {}
}
