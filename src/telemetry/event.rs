//! Events and their kinds.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::value::Value;

/// What can be listened to, named as in `API` §8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EventKind {
    QueryStart,
    QueryEnd,
    QueryError,
    SlowQuery,
    CsvProgress,
    Backup,
    Restore,
    TransactionBegin,
    TransactionCommit,
    TransactionRollback,
    Connection,
    Migration,
    Maintenance,
    Alert,
    HookError,
}

impl EventKind {
    pub const ALL: [EventKind; 15] = [
        EventKind::QueryStart,
        EventKind::QueryEnd,
        EventKind::QueryError,
        EventKind::SlowQuery,
        EventKind::CsvProgress,
        EventKind::Backup,
        EventKind::Restore,
        EventKind::TransactionBegin,
        EventKind::TransactionCommit,
        EventKind::TransactionRollback,
        EventKind::Connection,
        EventKind::Migration,
        EventKind::Maintenance,
        EventKind::Alert,
        EventKind::HookError,
    ];

    pub const fn bit(self) -> u32 {
        1 << self as u8
    }

    pub const fn name(self) -> &'static str {
        match self {
            EventKind::QueryStart => "query_start",
            EventKind::QueryEnd => "query_end",
            EventKind::QueryError => "query_error",
            EventKind::SlowQuery => "slow_query",
            EventKind::CsvProgress => "csv_progress",
            EventKind::Backup => "backup",
            EventKind::Restore => "restore",
            EventKind::TransactionBegin => "transaction_begin",
            EventKind::TransactionCommit => "transaction_commit",
            EventKind::TransactionRollback => "transaction_rollback",
            EventKind::Connection => "connection",
            EventKind::Migration => "migration",
            EventKind::Maintenance => "maintenance",
            EventKind::Alert => "alert",
            EventKind::HookError => "hook_error",
        }
    }
}

/// One event. `elapsed` is in seconds, 0 where nothing took time.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub event: &'static str,
    pub sql: String,
    pub elapsed: f64,
    pub metadata: Map<String, Json>,
}

/// Parameters as JSON: bytes as their number, long text cut, integers that JavaScript cannot hold as text.
pub fn params_json(params: &[Value]) -> Json {
    params.iter().map(param_json).collect()
}

fn param_json(value: &Value) -> Json {
    const LONG: usize = 200;
    const SAFE: i64 = (1 << 53) - 1;
    match value {
        Value::Null => Json::Null,
        Value::Integer(i) if (-SAFE..=SAFE).contains(i) => (*i).into(),
        Value::Integer(i) => i.to_string().into(),
        Value::Real(r) => serde_json::Number::from_f64(*r).map_or_else(|| r.to_string().into(), Json::Number),
        Value::Text(s) => match s.char_indices().nth(LONG) {
            Some((end, _)) => format!("{}…", s.get(..end).unwrap_or_default()).into(),
            None => s.clone().into(),
        },
        Value::Blob(b) => format!("<{} bytes>", b.len()).into(),
    }
}
