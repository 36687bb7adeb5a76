//! Moltres: a PySpark-style lazy DataFrame over SQL, on an in-process SQLite, natively and in WebAssembly.
//!
//! ```text
//! plan (JSON) ─▶ analyze (names, types) ─▶ compile (one SELECT) ─▶ engine (execute) ─▶ column batches
//! bytes in ─▶ csv (push parser) ─▶ typed columns ─▶ load ─▶ tables
//! bytes out ◀─ backup, export, changes        events ◀─ telemetry queue
//! ```
//!
//! One printable value crosses each seam: the plan, the resolved plan, `CompiledQuery {sql, params, columns}`, the column batch,
//! the byte chunk, the event.
//!
//! # Modules in reading order
//!
//! | module | what it is for |
//! |---|---|
//! | [`error`] [`value`] [`types`] [`schema`] | the words of all others: one error with stable codes, SQLite's five values, logical types, columns |
//! | [`expr`] | expression trees, and the registry: the one list of functions, from which the TypeScript `F` is made |
//! | [`plan`] | the logical plan as data; its versioned JSON form is the contract with JavaScript |
//! | [`analyze`] | names against the catalogue, types, misuse; did-you-mean |
//! | [`compile`] | each node to one SELECT, neighbours merged by numbered rules, SQL printed in one place; SQL text read by sqlparser |
//! | [`functions`] | what SQLite lacks or means otherwise, one family per file |
//! | [`engine`] | a connection: statements, cursors of column batches, deadlines, catalogue, user functions, explain |
//! | [`csv`] [`json`] [`mod@text`] | push parsers that know no database |
//! | [`load`] | typed columns to table pages, or to inserts where a table wants them |
//! | [`table`] | definitions, rows, transactions, migrations, maintenance |
//! | [`storage`] | databases in files through a VFS over the host's file calls |
//! | [`backup`] | images, restore, dumps, recovery of damaged images, change history |
//! | [`telemetry`] | events, metrics, log; its clock is the only clock |
//! | `wasm` | the boundary to JavaScript: conversion only |
//!
//! `tests/layering.rs` fails on a use that points upwards.
//!
//! # From Rust
//!
//! ```
//! use moltres::{engine::Database, value::Value};
//!
//! let db = Database::open_in_memory()?;
//! db.execute("CREATE TABLE orders (country TEXT, amount REAL)", &[])?;
//! db.execute("INSERT INTO orders VALUES (?1, ?2), ('FR', 20.0)", &[Value::from("DE"), Value::from(10.5)])?;
//! let plan = moltres::plan::wire::decode(
//!     r#"{"version": 1,
//!         "exprs": [{"op": "column", "name": "amount"}, {"op": "literal", "type": "bigint", "value": 15}, {"op": "gt", "left": 0, "right": 1}],
//!         "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 2}], "root": 1}"#,
//! )?;
//! let query = moltres::compile::compile(&plan, &db, &Default::default())?;
//! assert_eq!(query.sql, r#"SELECT "country", "amount" FROM "orders" WHERE "amount" > ?1"#);
//! assert_eq!(db.query(&query.sql, &query.params)?, [[Value::from("FR"), Value::from(20.0)]]);
//! # Ok::<(), moltres::error::Error>(())
//! ```

pub mod error;
pub mod value;
pub mod types;
pub mod schema;
pub mod expr;
pub mod plan;
pub mod analyze;
pub mod compile;
pub mod csv;
pub mod json;
pub mod text;
pub mod telemetry;
pub mod functions;
pub mod engine;
pub mod load;
pub mod backup;
pub mod table;
pub mod storage;
#[cfg(target_family = "wasm")]
pub mod wasm;
