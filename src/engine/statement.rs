//! One prepared statement, straight on SQLite's C interface: reading a cell through rusqlite costs twice as much, and a cursor must outlive the
//! borrow that rusqlite's statements hold. All `unsafe` of statements is here.
//!
//! A `Statement` must not outlive its connection; [`super::Database`] drops its cursors and cached statements first.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;

use rusqlite::{Connection, ffi};

use crate::error::{Error, Result};
use crate::telemetry::Counters;
use crate::value::Value;

pub struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
    db: *mut ffi::sqlite3,
}

/// One cell, borrowed until the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// As stored: not always valid UTF-8.
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

impl Statement {
    /// Compiles the first statement of `sql`; None for blanks and comments only. Also gives the offset at which the next statement begins.
    pub fn prepare(conn: &Connection, sql: &str) -> Result<(Option<Statement>, usize)> {
        if let Some(at) = sql.bytes().position(|b| b == 0) {
            return Err(Error::invalid("the SQL text holds a NUL character").sql(sql).position(at).hint("bind the value as a parameter"));
        }
        let length = c_int::try_from(sql.len()).map_err(|_| Error::invalid("the SQL text is longer than 2 GB"))?;
        // SAFETY: the handle is used while `conn` is borrowed, and kept only in a Statement, see the module's contract.
        let db = unsafe { conn.handle() };
        let mut raw = std::ptr::null_mut();
        let mut tail = std::ptr::null();
        // SAFETY: `sql` is valid for `length` bytes; SQLite copies what it keeps.
        let code = unsafe { ffi::sqlite3_prepare_v3(db, sql.as_ptr().cast::<c_char>(), length, 0, &raw mut raw, &raw mut tail) };
        if code != ffi::SQLITE_OK {
            return Err(last_error(db, Some(sql)));
        }
        let consumed = if tail.is_null() { sql.len() } else { (tail as usize).saturating_sub(sql.as_ptr() as usize).min(sql.len()) };
        Ok((NonNull::new(raw).map(|raw| Statement { raw, db }), consumed))
    }

    fn as_ptr(&self) -> *mut ffi::sqlite3_stmt {
        self.raw.as_ptr()
    }

    /// Does it leave the database as it is? True also for BEGIN, COMMIT and the like.
    pub fn is_readonly(&self) -> bool {
        unsafe { ffi::sqlite3_stmt_readonly(self.as_ptr()) != 0 }
    }

    pub fn is_explain(&self) -> bool {
        unsafe { ffi::sqlite3_stmt_isexplain(self.as_ptr()) != 0 }
    }

    /// The number of result columns; may change with the first step, when SQLite compiles the statement anew.
    pub fn column_count(&self) -> usize {
        usize::try_from(unsafe { ffi::sqlite3_column_count(self.as_ptr()) }).unwrap_or(0)
    }

    pub fn column_name(&self, i: usize) -> String {
        // SAFETY: the text is copied before the next call.
        unsafe { text_of(ffi::sqlite3_column_name(self.as_ptr(), index(i))) }.unwrap_or_default()
    }

    /// The declared type, where the column is one of a table.
    pub fn column_declared_type(&self, i: usize) -> Option<String> {
        unsafe { text_of(ffi::sqlite3_column_decltype(self.as_ptr(), index(i))) }
    }

    pub fn parameter_count(&self) -> usize {
        usize::try_from(unsafe { ffi::sqlite3_bind_parameter_count(self.as_ptr()) }).unwrap_or(0)
    }

    /// The name with its `:`, `$` or `@`, or `?7`; None for a plain `?`. `i` counts from 1.
    pub fn parameter_name(&self, i: usize) -> Option<String> {
        unsafe { text_of(ffi::sqlite3_bind_parameter_name(self.as_ptr(), index(i))) }
    }

    /// Binds all parameters, in order. Their number must be the statement's.
    pub fn bind_all(&self, params: &[Value]) -> Result<()> {
        let expected = self.parameter_count();
        if params.len() != expected {
            let plural = if expected == 1 { "" } else { "s" };
            return Err(Error::invalid(format!("the statement has {expected} parameter{plural}, and {} values were given", params.len())));
        }
        for (i, value) in params.iter().enumerate() {
            self.bind(i + 1, value)?;
        }
        Ok(())
    }

    /// Binds one parameter; `i` counts from 1.
    pub fn bind(&self, i: usize, value: &Value) -> Result<()> {
        let (stmt, i) = (self.as_ptr(), index(i));
        // SAFETY: SQLITE_TRANSIENT makes SQLite copy the bytes before the call returns.
        let code = unsafe {
            match value {
                Value::Null => ffi::sqlite3_bind_null(stmt, i),
                Value::Integer(v) => ffi::sqlite3_bind_int64(stmt, i, *v),
                Value::Real(v) => ffi::sqlite3_bind_double(stmt, i, *v),
                Value::Text(v) => {
                    let pointer = if v.is_empty() { c"".as_ptr() } else { v.as_ptr().cast::<c_char>() };
                    ffi::sqlite3_bind_text64(stmt, i, pointer, v.len() as u64, ffi::SQLITE_TRANSIENT(), ffi::SQLITE_UTF8 as u8)
                }
                Value::Blob(v) if v.is_empty() => ffi::sqlite3_bind_zeroblob(stmt, i, 0),
                Value::Blob(v) => ffi::sqlite3_bind_blob64(stmt, i, v.as_ptr().cast(), v.len() as u64, ffi::SQLITE_TRANSIENT()),
            }
        };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(last_error(self.db, None)) }
    }

    /// Runs to the end with an integer as the first parameter and a blob as the second, which is not copied.
    pub fn run_with_blob(&self, first: i64, blob: &[u8]) -> Result<()> {
        let stmt = self.as_ptr();
        // SAFETY: the blob outlives the statement's run; its binding is cleared before this returns.
        let code = unsafe {
            ffi::sqlite3_bind_int64(stmt, 1, first);
            ffi::sqlite3_bind_blob64(stmt, 2, blob.as_ptr().cast(), blob.len() as u64, ffi::SQLITE_STATIC())
        };
        let result = if code == ffi::SQLITE_OK { self.step().map(|_| ()) } else { Err(last_error(self.db, None)) };
        self.reset();
        result
    }

    /// Goes to the next row; false at the end.
    pub fn step(&self) -> Result<bool> {
        match unsafe { ffi::sqlite3_step(self.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            _ => Err(last_error(self.db, None)),
        }
    }

    /// A cell of the current row. `i` must be below `column_count`; SQLite gives NULL otherwise.
    pub fn cell(&self, i: usize) -> Cell<'_> {
        let (stmt, i) = (self.as_ptr(), index(i));
        // SAFETY: the pointers live until the next step, reset or finalize, all of which need another borrow's end by our callers;
        // the length is asked after the pointer, as SQLite's documentation demands.
        unsafe {
            match ffi::sqlite3_column_type(stmt, i) {
                ffi::SQLITE_INTEGER => Cell::Integer(ffi::sqlite3_column_int64(stmt, i)),
                ffi::SQLITE_FLOAT => Cell::Real(ffi::sqlite3_column_double(stmt, i)),
                ffi::SQLITE_TEXT => {
                    let pointer = ffi::sqlite3_column_text(stmt, i);
                    Cell::Text(bytes(pointer, ffi::sqlite3_column_bytes(stmt, i)))
                }
                ffi::SQLITE_BLOB => {
                    let pointer = ffi::sqlite3_column_blob(stmt, i);
                    Cell::Blob(bytes(pointer.cast(), ffi::sqlite3_column_bytes(stmt, i)))
                }
                _ => Cell::Null,
            }
        }
    }

    /// A cell as a value of its own.
    pub fn value(&self, i: usize) -> Value {
        match self.cell(i) {
            Cell::Null => Value::Null,
            Cell::Integer(v) => Value::Integer(v),
            Cell::Real(v) => Value::Real(v),
            Cell::Text(v) => Value::Text(String::from_utf8_lossy(v).into_owned()),
            Cell::Blob(v) => Value::Blob(v.to_vec()),
        }
    }

    /// Ready to run again, without parameters.
    pub fn reset(&self) {
        // The code only repeats the error of the last step.
        unsafe {
            ffi::sqlite3_reset(self.as_ptr());
            ffi::sqlite3_clear_bindings(self.as_ptr());
        }
    }

    /// SQLite's counters since the last call.
    pub fn take_counters(&self) -> Counters {
        let status = |which| unsafe { ffi::sqlite3_stmt_status(self.as_ptr(), which, 1) };
        Counters {
            full_scan_steps: status(ffi::SQLITE_STMTSTATUS_FULLSCAN_STEP),
            sorts: status(ffi::SQLITE_STMTSTATUS_SORT),
            auto_index_rows: status(ffi::SQLITE_STMTSTATUS_AUTOINDEX),
            vm_steps: status(ffi::SQLITE_STMTSTATUS_VM_STEP),
            reprepares: status(ffi::SQLITE_STMTSTATUS_REPREPARE),
            memory_bytes: status(ffi::SQLITE_STMTSTATUS_MEMUSED),
        }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: finalised once; the connection is alive by the module's contract.
        unsafe { ffi::sqlite3_finalize(self.as_ptr()) };
    }
}

fn index(i: usize) -> c_int {
    c_int::try_from(i).unwrap_or(c_int::MAX)
}

unsafe fn text_of(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() { None } else { Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()) }
}

unsafe fn bytes<'a>(pointer: *const u8, length: c_int) -> &'a [u8] {
    match usize::try_from(length) {
        Ok(length) if !pointer.is_null() && length > 0 => unsafe { std::slice::from_raw_parts(pointer, length) },
        _ => &[],
    }
}

/// The error that the connection reports, with SQLite's message and offset.
pub(super) fn last_error(db: *mut ffi::sqlite3, sql: Option<&str>) -> Error {
    // SAFETY: the message is copied at once.
    let (code, message, offset) =
        unsafe { (ffi::sqlite3_extended_errcode(db), text_of(ffi::sqlite3_errmsg(db)).unwrap_or_default(), ffi::sqlite3_error_offset(db)) };
    let error = ffi::Error::new(code);
    match sql {
        Some(sql) => rusqlite::Error::SqlInputError { error, msg: message, sql: sql.to_owned(), offset }.into(),
        None => rusqlite::Error::SqliteFailure(error, Some(message)).into(),
    }
}
