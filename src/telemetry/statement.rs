//! A statement from its start to its end.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::clock;
use super::event::params_json;
use crate::error::{Code, Error};
use crate::value::Value;

/// How a statement ended, for the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    TimedOut,
    Cancelled,
}

/// What SQLite counted while a statement ran (`sqlite3_stmt_status`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Steps forward in a table scan without an index.
    pub full_scan_steps: i32,
    pub sorts: i32,
    /// Rows put into indexes that SQLite made for this statement alone.
    pub auto_index_rows: i32,
    pub vm_steps: i32,
    pub reprepares: i32,
    pub memory_bytes: i32,
}

/// A statement between its start and its end.
#[derive(Debug)]
#[must_use = "hand it to statement_ended"]
pub struct Span {
    pub(super) query_id: u64,
    pub(super) started_s: f64,
    pub(super) tracing: tracing::Span,
}

/// What is known when a statement has ended.
pub struct StatementEnd<'a> {
    pub sql: &'a str,
    pub params: &'a [Value],
    /// Rows that it gave.
    pub rows: u64,
    /// Rows that it changed.
    pub changed: u64,
    pub error: Option<&'a Error>,
    pub counters: Option<Counters>,
    /// Time spent in it, in seconds, where that is not the time since its start: a cursor rests between batches.
    pub elapsed_s: Option<f64>,
    /// Its query plan; asked only for a slow query that somebody listens to.
    pub plan: Option<&'a dyn Fn() -> Option<String>>,
}

impl<'a> StatementEnd<'a> {
    /// No rows, no error.
    pub fn of(sql: &'a str, params: &'a [Value]) -> Self {
        StatementEnd { sql, params, rows: 0, changed: 0, error: None, counters: None, elapsed_s: None, plan: None }
    }
}

pub fn outcome_of(error: &Error) -> Outcome {
    match error.code() {
        Code::QueryTimeout => Outcome::TimedOut,
        Code::Cancelled => Outcome::Cancelled,
        _ => Outcome::Failed,
    }
}

pub fn end_metadata(span: &Span, end: &StatementEnd<'_>, elapsed: f64) -> Map<String, Json> {
    let mut metadata = Map::new();
    metadata.insert("queryId".to_owned(), span.query_id.into());
    metadata.insert("startTime".to_owned(), (clock::unix_s() - elapsed).into());
    metadata.insert("params".to_owned(), params_json(end.params));
    metadata.insert("rows".to_owned(), end.rows.into());
    metadata.insert("rowcount".to_owned(), (if end.rows > 0 { end.rows } else { end.changed }).into());
    if let Some(counters) = end.counters {
        metadata.insert("counters".to_owned(), json!(counters));
    }
    if let Some(error) = end.error {
        metadata.insert("error".to_owned(), json!({ "code": error.code(), "kind": error.report().kind, "message": error.report().message }));
    }
    metadata
}
