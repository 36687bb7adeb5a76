//! Temporary files: sorts, temporary tables, statement journals. Small ones stay in memory, where they are ten times faster; a large one
//! moves to the host's disk, so that memory stays bounded.

use std::rc::Rc;

use rsqlite_vfs::{MemChunksFile, VfsFile, VfsResult};

use super::files::Files;

/// Bytes that one temporary file may hold in memory.
const MAX_IN_MEMORY: u64 = 64 << 20;
const CHUNK: usize = 64 << 10;

pub enum Temporary {
    Memory(MemChunksFile, Rc<dyn Files>),
    Disk(i32, Rc<dyn Files>),
}

impl Temporary {
    pub fn new(files: Rc<dyn Files>) -> Self {
        Temporary::Memory(MemChunksFile::new(CHUNK), files)
    }

    pub fn read(&mut self, buffer: &mut [u8], offset: u64) -> VfsResult<usize> {
        match self {
            Temporary::Memory(file, _) => file.read(buffer, offset),
            Temporary::Disk(fd, files) => files.read(*fd, buffer, offset),
        }
    }

    pub fn write(&mut self, bytes: &[u8], offset: u64) -> VfsResult<()> {
        if let Temporary::Memory(file, files) = self {
            if offset.saturating_add(bytes.len() as u64) <= MAX_IN_MEMORY {
                return file.write(bytes, offset);
            }
            let fd = files.open_temporary()?;
            if let Err(error) = copy(file, files.as_ref(), fd) {
                // The first error is the one to report.
                let _ = files.close(fd);
                return Err(error);
            }
            *self = Temporary::Disk(fd, Rc::clone(files));
        }
        match self {
            Temporary::Memory(file, _) => file.write(bytes, offset),
            Temporary::Disk(fd, files) => files.write(*fd, bytes, offset),
        }
    }

    pub fn truncate(&mut self, size: u64) -> VfsResult<()> {
        match self {
            Temporary::Memory(file, _) => file.truncate(size.min(file.size()?)),
            Temporary::Disk(fd, files) => files.truncate(*fd, size),
        }
    }

    pub fn size(&self) -> VfsResult<u64> {
        match self {
            Temporary::Memory(file, _) => file.size(),
            Temporary::Disk(fd, files) => files.size(*fd),
        }
    }

    pub fn close(self) -> VfsResult<()> {
        match self {
            Temporary::Memory(..) => Ok(()),
            Temporary::Disk(fd, files) => files.close(fd),
        }
    }
}

fn copy(from: &mut MemChunksFile, files: &dyn Files, fd: i32) -> VfsResult<()> {
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let n = from.read(&mut buffer, offset)?;
        if n == 0 {
            return Ok(());
        }
        files.write(fd, &buffer[..n], offset)?;
        offset += n as u64;
    }
}
