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
