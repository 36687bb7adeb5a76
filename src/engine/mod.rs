//! One database connection: opening, statements, execution.
//!
//! Everything that runs goes through [`Database::observed`] (whole statements) or a cursor (results batch by batch); both count, time and can be
//! stopped. What is not promised: a `Database` is not `Sync`, and statements do not run inside each other's callbacks.

mod batch;
mod cache;
mod catalog;
mod cursor;
pub mod explain;
mod explained;
mod guard;
mod hidden;
mod interrupt;
mod moved;
mod plan_run;
mod run;
mod statement;
mod vitals;
#[cfg(test)]
mod tests;
mod user_function;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::analyze::UserFunction;
use crate::error::Result;
use crate::telemetry::Telemetry;

pub use catalog::{HIDDEN_PREFIX, declared_type, names_of};
pub use cursor::OnOverflow;
pub(crate) use guard::first_word;
pub use hidden::hidden_name;
pub use interrupt::Interrupt;
pub use moved::MovedQuery;
pub use statement::{Cell as StatementCell, Statement};
pub use user_function::{Answer, Declaration, HostAggregate};
pub use vitals::{Memory, Metrics};

/// What a statement has to do with the log of changes that the database owns.
type Bracket = crate::backup::Bracket;

/// A connection with our settings and functions. Not `Sync`; one per thread.
pub struct Database {
    /// Ends before the connection does, so it comes first.
    pub backups: crate::backup::Jobs,
    /// Ends before the connection does.
    pub history: crate::backup::History,
    /// Ends before the connection does.
    pub followers: crate::backup::Followers,
    // Statements come before the connection: fields are dropped in this order, and none may outlive it.
    cursors: cursor::Cursors,
    statements: cache::StatementCache,
    schemas: catalog::Schemas,
    shapes: catalog::Shapes,
    /// The batch given last.
    batch_out: RefCell<Vec<u64>>,
    /// Cached frames: their ids and the temporary tables that hold them.
    caches: RefCell<HashMap<String, String>>,
    next_cache: Cell<u64>,
    /// Temporary tables that could not be dropped yet, since rows of some query were still being read.
    undropped: RefCell<Vec<String>>,
    functions: RefCell<HashMap<String, UserFunction>>,
    /// Writes are refused for maintenance, and `query_only` was set for it.
    maintenance: Cell<bool>,
    /// Are writes refused? None where it has to be asked.
    read_only: Cell<Option<bool>>,
    /// Seconds that the caller of the current call allows; 0 for any time.
    caller_deadline_s: Cell<f64>,
    /// The savepoint that began the transaction, if one of ours did.
    outermost_savepoint: RefCell<String>,
    /// Does the open transaction have an owner, who ends it?
    owned_transaction: Cell<bool>,
    /// Is the statement that begins a trial?
    trial: Cell<bool>,
    conn: Connection,
    /// After the connection, which holds its address.
    pub interrupt: Box<Interrupt>,
    pub telemetry: Rc<Telemetry>,
}

impl Database {
    pub fn open_in_memory() -> Result<Self> {
        Self::from_connection(Connection::open_in_memory()?)
    }

    /// Takes over a connection: sets the pragmas that differ between builds, registers our functions.
    pub fn from_connection(conn: Connection) -> Result<Self> {
        // An unknown "name" must be an error, not a string.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        // SQLite walks a compound SELECT recursively, and a WebAssembly stack is small.
        conn.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_COMPOUND_SELECT, 800)?;
        // Temporary files live in the memory VFS in WASM: SQLite's sorter merges better through a file than in memory.
        conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = FILE; PRAGMA cache_size = -2000; PRAGMA recursive_triggers = ON")?;
        // Tables of frames are loaded page by page: fewer, larger pages are quicker. VACUUM would give the main database the size that was
        // set last; 0 leaves it as it is.
        conn.execute_batch("PRAGMA temp.page_size = 16384; PRAGMA main.page_size = 0")?;
        crate::functions::register_all(&conn)?;
        Ok(Database {
            backups: crate::backup::Jobs::default(),
            history: crate::backup::History::default(),
            followers: crate::backup::Followers::default(),
            cursors: cursor::Cursors::default(),
            statements: cache::StatementCache::default(),
            schemas: catalog::Schemas::default(),
            shapes: catalog::Shapes::default(),
            batch_out: RefCell::default(),
            caches: RefCell::default(),
            next_cache: Cell::new(1),
            undropped: RefCell::default(),
            functions: RefCell::default(),
            maintenance: Cell::new(false),
            read_only: Cell::new(None),
            caller_deadline_s: Cell::new(0.0),
            outermost_savepoint: RefCell::default(),
            owned_transaction: Cell::new(false),
            trial: Cell::new(false),
            conn,
            interrupt: Box::default(),
            telemetry: Rc::default(),
        })
    }

    /// Lets go of all statements and cursors, which would keep the database from being replaced.
    pub fn flush_statements(&self) {
        self.release_statements();
        self.schemas.forget();
        self.conn.flush_prepared_statement_cache();
    }

    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Runs `work` with a deadline of its own: seconds from now, 0 for none beyond `queryTimeout`.
    pub fn with_deadline<T>(&self, seconds: f64, work: impl FnOnce(&Self) -> T) -> T {
        let before = self.caller_deadline_s.replace(seconds);
        let result = work(self);
        self.caller_deadline_s.set(before);
        result
    }

    /// The same for all statements until it is set anew.
    pub fn set_deadline(&self, seconds: f64) {
        self.caller_deadline_s.set(seconds);
    }

    /// A savepoint has begun the transaction: its release is a commit.
    pub fn set_outermost_savepoint(&self, name: &str) {
        self.outermost_savepoint.replace(name.to_owned());
    }

    pub fn is_outermost_savepoint(&self, name: &str) -> bool {
        *self.outermost_savepoint.borrow() == name
    }

    /// The schema behind the shape number of a batch.
    pub fn shape(&self, number: u32) -> Option<crate::schema::Schema> {
        self.shapes.get(number)
    }

    /// After a rollback: what was read of the catalogue may not be so.
    pub fn forget_schemas(&self) {
        self.schemas.forget();
    }

    /// Refuses writes with `maintenance_mode`, or allows them again; a read-only connection stays as it is.
    pub fn set_maintenance(&self, refuse: bool) -> Result<()> {
        if refuse == self.maintenance.get() {
            return Ok(());
        }
        if refuse && self.is_read_only()? {
            return Ok(());
        }
        self.set_read_only(refuse)?;
        self.maintenance.set(refuse);
        Ok(())
    }

    /// Refuses writes, or allows them again.
    pub fn set_read_only(&self, read_only: bool) -> Result<()> {
        self.read_only.set(None);
        self.conn.pragma_update(None, "query_only", read_only)?;
        self.read_only.set(Some(read_only));
        Ok(())
    }

    /// Temporary tables may be filled in a database that is read-only otherwise.
    pub(crate) fn with_writes<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.is_read_only()? {
            return work();
        }
        self.set_read_only(false)?;
        let result = work();
        self.set_read_only(true)?;
        result
    }

    /// Are writes refused on this connection? SQLite is asked only after a statement that may have changed it, also by being compiled.
    pub fn is_read_only(&self) -> Result<bool> {
        let acted = self.statements.take_acted();
        let read_only = match self.read_only.get().filter(|_| !acted) {
            Some(known) => known,
            None => self.conn.pragma_query_value(None, "query_only", |row| row.get(0))?,
        };
        self.read_only.set(Some(read_only));
        Ok(read_only)
    }
}
