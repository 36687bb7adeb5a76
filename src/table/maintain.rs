//! Maintenance of the whole database: vacuum, statistics, checks.

use serde::Serialize;
use serde_json::Value as Json;

use super::violation;
use crate::engine::Database;
use crate::error::{Code, Error, Result};
use crate::value::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Integrity {
    pub ok: bool,
    pub problems: Vec<String>,
    pub foreign_keys: Vec<Json>,
}

/// At most this many problems of each kind are listed.
const MAX_LISTED: usize = 100;

/// Reads the whole database.
pub fn integrity_check(db: &Database) -> Result<Integrity> {
    let rows = db.query(&format!("PRAGMA integrity_check({MAX_LISTED})"), &[])?;
    let problems: Vec<String> = rows
        .into_iter()
        .filter_map(|row| match row.into_iter().next() {
            Some(Value::Text(line)) if line != "ok" => Some(line),
            _ => None,
        })
        .collect();
    let foreign_keys = violation::dangling(db, MAX_LISTED)?;
    Ok(Integrity { ok: problems.is_empty() && foreign_keys.is_empty(), problems, foreign_keys })
}

/// `vacuum`, `analyze` or `optimize`; the bytes that the database became smaller by.
pub fn maintain(db: &Database, task: &str) -> Result<i64> {
    let sql = match task {
        "vacuum" => "VACUUM",
        "analyze" => "ANALYZE",
        "optimize" => "PRAGMA optimize=0x10002",
        _ => return Err(Error::internal(format!("no task {task}"))),
    };
    if task == "vacuum" && !db.connection().is_autocommit() {
        return Err(Error::unsupported("vacuum: not inside a transaction").hint("call it when the transaction has ended"));
    }
    let before = db.memory().database_bytes;
    if task == "vacuum" {
        // Statements that are kept open would make it fail.
        db.flush_statements();
    }
    db.query(sql, &[])?;
    Ok(before - db.memory().database_bytes)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    pub tables: i64,
    pub in_transaction: bool,
    pub read_only: bool,
    pub database_bytes: i64,
}

/// Reads the catalogue, which also reads the file; not a statement of the user's.
pub fn ping(db: &Database) -> Result<Ping> {
    let rows = db.quietly("SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'", &[])?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(tables)) => Ok(Ping {
            tables: *tables,
            in_transaction: !db.connection().is_autocommit(),
            read_only: db.is_read_only()?,
            database_bytes: db.memory().database_bytes,
        }),
        _ => Err(Error::new(Code::Corrupt, "the catalogue cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn checks_find_dangling_keys() {
        let db = Database::open_in_memory().unwrap();
        db.execute_script(
            "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p); PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (3)",
        )
        .unwrap();
        let found = integrity_check(&db).unwrap();
        assert!(!found.ok && found.problems.is_empty());
        assert_eq!(found.foreign_keys[0]["values"], serde_json::json!([3]));
    }

    #[test]
    fn vacuum_gives_pages_back() {
        let db = Database::open_in_memory().unwrap();
        db.execute_script("CREATE TABLE t (a); INSERT INTO t SELECT zeroblob(4000) FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 500) SELECT n FROM r); DELETE FROM t").unwrap();
        assert!(maintain(&db, "vacuum").unwrap() > 1_000_000);
        maintain(&db, "analyze").unwrap();
        maintain(&db, "optimize").unwrap();
        assert_eq!(ping(&db).unwrap().tables, 1);
        db.execute("BEGIN", &[]).unwrap();
        assert_eq!(maintain(&db, "vacuum").unwrap_err().code(), Code::Unsupported);
    }

    #[test]
    fn maintenance_mode_refuses_writes_by_its_name() {
        let db = Database::open_in_memory().unwrap();
        db.execute("CREATE TABLE t (a)", &[]).unwrap();
        db.set_maintenance(true).unwrap();
        assert_eq!(db.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err().code(), Code::MaintenanceMode);
        db.query("SELECT * FROM t", &[]).unwrap();
        db.set_maintenance(false).unwrap();
        db.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
        db.set_read_only(true).unwrap();
        db.set_maintenance(true).unwrap();
        db.set_maintenance(false).unwrap();
        assert_eq!(db.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err().code(), Code::PermissionDenied);
    }
}
