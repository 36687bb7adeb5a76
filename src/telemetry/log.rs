//! What `tracing` is told of statements.

use std::cell::Cell;

use super::statement::{Span, StatementEnd};
use crate::error::{Error, Result};

/// How much `tracing` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub fn parse(name: &str) -> Result<LogLevel> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "off" | "none" => LogLevel::Off,
            "error" => LogLevel::Error,
            "warn" | "warning" => LogLevel::Warn,
            "info" => LogLevel::Info,
            "debug" | "trace" => LogLevel::Debug,
            _ => return Err(Error::invalid(format!("\"{name}\" is not a log level")).hint("levels are debug, info, warn, error, off")),
        })
    }
}

thread_local! {
    /// Natively a subscriber filters for itself; in WebAssembly it is asked for with `setLogLevel`, so nothing is said before.
    static LOG_LEVEL: Cell<LogLevel> = const { Cell::new(if cfg!(target_family = "wasm") { LogLevel::Off } else { LogLevel::Debug }) };
}

pub fn set_log_level(level: LogLevel) {
    LOG_LEVEL.set(level);
}

pub fn logs(level: LogLevel) -> bool {
    LOG_LEVEL.get() >= level
}

/// SQL in a log line ends here.
const MAX_LOGGED_CHARS: usize = 500;

pub fn cut(sql: &str) -> &str {
    sql.char_indices().nth(MAX_LOGGED_CHARS).and_then(|(end, _)| sql.get(..end)).unwrap_or(sql)
}

/// Parameters stay out of `tracing`: they are people's data.
pub fn trace_statement(span: &Span, end: &StatementEnd<'_>, elapsed: f64, slow: bool) {
    let query_id = span.query_id;
    if logs(LogLevel::Debug) {
        span.tracing.record("rows", end.rows).record("elapsed", elapsed);
        tracing::debug!(target: "moltres", parent: &span.tracing, query_id, elapsed, rows = end.rows, changed = end.changed, sql = cut(end.sql), "query");
    }
    if slow && logs(LogLevel::Warn) {
        tracing::warn!(target: "moltres", query_id, elapsed, sql = cut(end.sql), "slow query");
    }
    if let Some(error) = end.error
        && logs(LogLevel::Error)
    {
        tracing::error!(target: "moltres", query_id, elapsed, code = ?error.code(), sql = cut(end.sql), "{error}");
    }
}
