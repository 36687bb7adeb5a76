//! The compiler on a real SQLite: SQL as text, rows, counts of SELECTs, equality of merged and unmerged plans, messages.

mod cases;
mod dialects;
mod frame;
mod limits;
mod merging;
mod speed;

use moltres::compile::{self, CompileOptions, CompiledQuery};
use moltres::engine::Database;
use moltres::error::Result;
use moltres::plan::Plan;
use moltres::value::Value;

/// A small database that all cases share.
pub fn database() -> Database {
    let db = Database::open_in_memory().unwrap();
    db.connection()
        .execute_batch(
            "CREATE TABLE t (id INTEGER, k TEXT, x INTEGER, y REAL, d DATE);
             INSERT INTO t VALUES (1, 'a', 1, 1.5, '2024-01-31'), (2, 'a', 2, NULL, '2024-02-29'), (3, 'b', 2, 2.5, NULL),
                                  (4, NULL, 3, -1.0, '2024-03-01'), (5, 'b', NULL, 0.0, '2024-01-31'), (6, 'c', 5, 2.5, '2023-12-31');
             CREATE TABLE u (id INTEGER, k TEXT, z INTEGER, ok BOOLEAN);
             INSERT INTO u VALUES (1, 'a', 10, 1), (2, 'b', 20, 0), (3, 'b', 30, NULL), (9, NULL, 90, 1);
             CREATE TABLE e (id INTEGER, boss INTEGER, name TEXT);
             INSERT INTO e VALUES (1, NULL, 'Ada'), (2, 1, 'Bob'), (3, 1, 'Cy'), (4, 2, 'Dee');
             CREATE TABLE w (id INTEGER, a INTEGER, b INTEGER, list \"ARRAY<INT>\");
             INSERT INTO w VALUES (1, 10, NULL, '[1,2]'), (2, NULL, 20, '[]'), (3, 7, 8, NULL);",
        )
        .unwrap();
    db
}

pub fn compiled(db: &Database, plan: &Plan, merge: bool) -> Result<CompiledQuery> {
    compile::compile(plan, db, &CompileOptions { merge, ..CompileOptions::default() })
}

/// Rows as text, one line each.
pub fn rows(db: &Database, query: &CompiledQuery) -> Vec<String> {
    let rows = db.query(&query.sql, &query.params).unwrap_or_else(|e| panic!("{e}\n{}", query.sql));
    rows.iter().map(|row| format!("({})", row.iter().map(show).collect::<Vec<_>>().join(", "))).collect()
}

pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Integer(i) => i.to_string(),
        Value::Real(r) => format!("{r:?}"),
        Value::Text(s) => s.clone(),
        Value::Blob(b) => format!("{b:02x?}"),
    }
}
