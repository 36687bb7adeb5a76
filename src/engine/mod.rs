//! One database connection: opening, statements, execution.

use std::rc::Rc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::error::Result;
use crate::telemetry::Telemetry;
use crate::value::Value;

/// A connection with our settings and functions. Not `Sync`; one per thread.
pub struct Database {
    /// Ends before the connection does, so it comes first.
    pub backups: crate::backup::Jobs,
    conn: Connection,
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
        conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = FILE; PRAGMA cache_size = -2000; PRAGMA recursive_triggers = ON")?;
        Ok(Database { backups: crate::backup::Jobs::default(), conn, telemetry: Rc::default() })
    }

    /// Lets go of prepared statements, which would keep the database from being replaced.
    pub fn flush_statements(&self) {
        self.conn.flush_prepared_statement_cache();
    }

    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Runs one statement; the number of rows it changed.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<usize> {
        Ok(self.conn.execute(sql, rusqlite::params_from_iter(params))?)
    }

    /// All rows of one statement.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let n = statement.column_count();
        let rows = statement.query_map(rusqlite::params_from_iter(params), |row| (0..n).map(|i| row.get(i)).collect())?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Runs `work` in a savepoint: all of it happens or none.
    pub fn atomically<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.conn.execute_batch("SAVEPOINT moltres_atomic")?;
        match work(self) {
            Ok(value) => {
                self.conn.execute_batch("RELEASE moltres_atomic")?;
                Ok(value)
            }
            Err(error) => {
                // The error that matters is the first one; an automatic rollback may have ended the savepoint already.
                let _ = self.conn.execute_batch("ROLLBACK TO moltres_atomic; RELEASE moltres_atomic");
                Err(error)
            }
        }
    }
}
