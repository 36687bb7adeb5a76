//! What arrives from outside and must never bring the library down: hostile names and values, plans and texts of any size and shape.
//!
//! The fuzzers run for a second each here, and for `FUZZ_SECONDS` each with `make fuzz`.

// In WebAssembly the same is asked through the package, in `tests/js/robust.test.mjs`: these need threads with a stack of their own.
#![cfg(not(target_family = "wasm"))]

mod fuzz;
mod fuzz_csv;
mod fuzz_json;
mod fuzz_plan;
mod fuzz_sql;
mod injection;
mod sizes;

use moltres::compile::CompiledQuery;
use moltres::engine::Database;
use moltres::engine::explain::Steps;
use moltres::error::{Code, Error};

/// A small database in which texts and plans of the corpus mean something.
pub fn database() -> Database {
    let db = Database::open_in_memory().expect("a database in memory opens");
    db.execute_script(
        "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, s TEXT, flag BOOLEAN, d DATE, at TIMESTAMP, x REAL);
         INSERT INTO t VALUES (1, 2, 3, 'x', 1, '2024-02-29', '2024-02-29 12:30:15.5', 1.5), (NULL, 0, -7, NULL, 0, NULL, NULL, NULL);
         CREATE TABLE u (a INTEGER, name TEXT);
         INSERT INTO u VALUES (1, 'one'), (2, 'two')",
    )
    .expect("the schema is sound");
    db.interrupt.query_timeout_s.set(2.0);
    db
}

/// May this error come of bad input? `internal` may not, and SQLite may not find fault with SQL that we wrote.
pub fn is_fair(error: &Error) -> bool {
    let written_by_us =
        matches!(error.code(), Code::SyntaxError | Code::UnknownColumn | Code::AmbiguousColumn | Code::UnknownFunction | Code::Sqlite);
    match error.code() {
        Code::Internal => false,
        // Values that SQLite refuses while it runs: too long, too large, malformed JSON.
        Code::Sqlite => ["too big", "too large", "overflow", "malformed JSON", "bad JSON", "JSON", "limit", "too many", "precision"]
            .iter()
            .any(|part| error.to_string().contains(part)),
        _ => !written_by_us || error.report().details.contains_key("verb"),
    }
}

/// What we compiled of `source` SQLite must accept.
pub fn assert_runs(db: &Database, query: &CompiledQuery, source: &str) {
    if let Err(error) = Steps::read(db, &query.sql) {
        assert!(is_fair(&error), "{source}: {:?} {error}\n{}", error.code(), query.sql);
    } else if let Err(error) = db.query(&query.sql, &query.params) {
        // While it runs, values may be at fault, but not names.
        assert!(!matches!(error.code(), Code::Internal | Code::UnknownColumn | Code::UnknownFunction), "{source}: {error}");
    }
}
