//! Connections of our own that hold an image in memory, beside the one that is in use.

use std::io::Read;
use std::ptr::NonNull;

use rusqlite::serialize::OwnedData;
use rusqlite::{Connection, OpenFlags, ffi};

use super::header::{HEADER_LEN, Header};
use crate::engine::Database;
use crate::error::{Code, Error, Result};

/// An empty database whose bytes lie contiguous in memory, so that they can be handed out without another copy.
pub fn empty() -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags_and_vfs("scratch", flags, c"memdb")?;
    lift_size_limit(&conn)?;
    Ok(conn)
}

/// Opens a copy of an image, with our functions, as its indexes and constraints may use them.
pub fn open(image: &[u8], header: &Header) -> Result<Database> {
    let n = header.n_bytes().min(image.len());
    let mut head = [0u8; HEADER_LEN];
    head.copy_from_slice(image.get(..HEADER_LEN).ok_or_else(|| super::header::corrupt("the image is cut"))?);
    // A WAL database cannot be opened in memory. Its image is whole without the WAL, so it may say "rollback journal" instead.
    head[18] = 1;
    head[19] = 1;
    let mut conn = Connection::open_in_memory()?;
    conn.deserialize("main", copy(&head, &image[HEADER_LEN..n], header.n_bytes())?, false)?;
    lift_size_limit(&conn)?;
    Database::from_connection(conn)
}

/// SQLite wants memory of its own allocator; a length beyond `head` and `rest` is filled with zeros.
fn copy(head: &[u8], rest: &[u8], n_bytes: usize) -> Result<OwnedData> {
    let too_large = || Error::new(Code::OutOfMemory, format!("an image of {n_bytes} bytes does not fit into memory"));
    // SAFETY: a plain allocation; ownership passes to `OwnedData`, which frees it with SQLite's allocator.
    let mut data = unsafe {
        let raw = NonNull::new(ffi::sqlite3_malloc64(n_bytes as u64).cast::<u8>()).ok_or_else(too_large)?;
        raw.as_ptr().write_bytes(0, n_bytes);
        OwnedData::from_raw_nonnull(raw, n_bytes)
    };
    head.chain(rest).read_exact(&mut data[..head.len() + rest.len()]).map_err(|_| too_large())?;
    Ok(data)
}

/// SQLite caps databases of this kind at 1 GiB unless told otherwise.
pub fn lift_size_limit(conn: &Connection) -> Result<()> {
    let mut limit: i64 = 1 << 46;
    // SAFETY: the handle is alive, and this file control reads and writes one i64.
    let rc = unsafe { ffi::sqlite3_file_control(conn.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_SIZE_LIMIT, (&raw mut limit).cast()) };
    if rc == ffi::SQLITE_OK { Ok(()) } else { Err(sqlite_error(conn, rc)) }
}

/// The error that a call through the raw interface has just left on `conn`.
pub fn sqlite_error(conn: &Connection, rc: i32) -> Error {
    // SAFETY: the handle is alive; the message is copied before the next call could change it.
    let message = unsafe {
        let text = ffi::sqlite3_errmsg(conn.handle());
        (!text.is_null() && ffi::sqlite3_errcode(conn.handle()) != ffi::SQLITE_OK)
            .then(|| std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(rc), message).into()
}
