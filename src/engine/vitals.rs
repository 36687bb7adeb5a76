//! The state of a connection in numbers: memory, page cache, metrics.

use rusqlite::ffi;
use serde::Serialize;

use super::Database;
use crate::telemetry::metrics::Snapshot;

/// Memory in bytes. What is not known is None.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// All of SQLite in this module or process, of this and other databases.
    pub sqlite_bytes: i64,
    /// The most that was at any time since the last reset.
    pub sqlite_high_water_bytes: i64,
    /// Pages of this connection, for a database in memory its content.
    pub page_cache_bytes: i64,
    pub schema_bytes: i64,
    pub statement_bytes: i64,
    /// Pages of the database, in use or free.
    pub database_bytes: i64,
    /// Linear memory of the WebAssembly module. It never shrinks, so this is its high-water mark too.
    pub linear_bytes: Option<u64>,
    /// What linear memory may grow to.
    pub limit_bytes: Option<u64>,
}

/// The figures of `db.metrics()`: what was counted, and the state now.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    #[serde(flatten)]
    pub counted: Snapshot,
    pub memory_bytes: i64,
    pub memory_high_water_bytes: i64,
    pub memory_utilization: f64,
    /// Share of page requests that the cache answered; 1 before there were any.
    pub cache_hit_rate: f64,
    pub cache_hit_count: i64,
    pub cache_miss_count: i64,
    pub events_dropped: u64,
}

impl Database {
    pub fn memory(&self) -> Memory {
        let mut sqlite_bytes = 0;
        let mut sqlite_high_water_bytes = 0;
        // SAFETY: plain counters of the library.
        unsafe {
            ffi::sqlite3_status64(ffi::SQLITE_STATUS_MEMORY_USED, &raw mut sqlite_bytes, &raw mut sqlite_high_water_bytes, 0);
        }
        let pages = |name: &str| self.conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap_or(0);
        Memory {
            sqlite_bytes,
            sqlite_high_water_bytes,
            page_cache_bytes: self.status(ffi::SQLITE_DBSTATUS_CACHE_USED),
            schema_bytes: self.status(ffi::SQLITE_DBSTATUS_SCHEMA_USED),
            statement_bytes: self.status(ffi::SQLITE_DBSTATUS_STMT_USED),
            database_bytes: pages("page_count").saturating_mul(pages("page_size")),
            linear_bytes: linear_bytes(),
            limit_bytes: linear_bytes().map(|_| 1 << 32),
        }
    }

    pub fn metrics(&self) -> Metrics {
        let memory = self.memory();
        let hits = self.status(ffi::SQLITE_DBSTATUS_CACHE_HIT);
        let misses = self.status(ffi::SQLITE_DBSTATUS_CACHE_MISS);
        let used = memory.linear_bytes.map_or(memory.sqlite_bytes, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        Metrics {
            counted: self.telemetry.metrics(),
            memory_bytes: used,
            memory_high_water_bytes: memory.sqlite_high_water_bytes.max(used),
            memory_utilization: memory.limit_bytes.map_or(0.0, |limit| used as f64 / limit as f64),
            cache_hit_rate: if hits + misses == 0 { 1.0 } else { hits as f64 / (hits + misses) as f64 },
            cache_hit_count: hits,
            cache_miss_count: misses,
            events_dropped: self.telemetry.dropped(),
        }
    }

    /// How many foreign keys are violated that the end of the transaction will check; 0 means none.
    pub(crate) fn keys_waiting(&self) -> i64 {
        self.status(ffi::SQLITE_DBSTATUS_DEFERRED_FKS)
    }

    fn status(&self, counter: std::ffi::c_int) -> i64 {
        let (mut current, mut highest) = (0, 0);
        // SAFETY: the handle is the connection's own and lives as long as `self`.
        unsafe {
            ffi::sqlite3_db_status(self.conn.handle(), counter, &raw mut current, &raw mut highest, 0);
        }
        current.into()
    }
}

#[cfg(target_family = "wasm")]
fn linear_bytes() -> Option<u64> {
    const PAGE: u64 = 65_536;
    Some(core::arch::wasm32::memory_size(0) as u64 * PAGE)
}

#[cfg(not(target_family = "wasm"))]
fn linear_bytes() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn numbers_are_there() {
        let db = Database::open_in_memory().unwrap();
        db.execute("CREATE TABLE t (a)", &[]).unwrap();
        db.query("SELECT * FROM t", &[]).unwrap();
        let metrics = serde_json::to_value(db.metrics()).unwrap();
        assert_eq!(metrics["query_count"], 2);
        assert!(metrics["memory_bytes"].as_i64().unwrap() > 0);
        let memory = db.memory();
        assert!(memory.database_bytes >= 4096 && memory.page_cache_bytes > 0 && memory.sqlite_high_water_bytes >= memory.sqlite_bytes);
    }
}
