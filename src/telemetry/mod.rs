//! Telemetry: everyone emits, nobody waits. Events go into a queue that the caller drains when no borrow is alive.
//!
//! Every statement is counted in bounded [`metrics`]; that costs two looks at the clock. An event is built only when somebody
//! listens to its kind: [`Telemetry::wants`] is one bit test, and no string is made before it. What is not promised: events
//! arrive while a statement runs. They wait until the call into the database has returned, in the order in which they happened.
//!
//! ```
//! use moltres::telemetry::{EventKind, StatementEnd, Telemetry};
//! let telemetry = Telemetry::default();
//! telemetry.listen(EventKind::QueryEnd.bit());
//! let span = telemetry.statement_started("SELECT 1", &[]);
//! telemetry.statement_ended(span, StatementEnd { rows: 1, ..StatementEnd::of("SELECT 1", &[]) });
//! assert_eq!(telemetry.drain()[0].event, "query_end");
//! ```

pub mod clock;
mod event;
pub mod histogram;
mod log;
pub mod metrics;
mod statement;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use serde_json::{Map, Value as Json};

use crate::value::Value;
use event::params_json;
pub use event::{Event, EventKind};
pub use log::{LogLevel, set_log_level};
use log::{logs, trace_statement};
use metrics::{Metrics, Recent, Snapshot, TransactionEnd};
pub use statement::{Counters, Outcome, Span, StatementEnd};
use statement::{end_metadata, outcome_of};

/// Events that nobody drains are dropped from the front beyond this many.
const MAX_QUEUED: usize = 10_000;
/// A query is slow from this many seconds on, unless set otherwise (the runbook's figure).
const SLOW_S: f64 = 1.0;

pub struct Telemetry {
    /// The database's identity in events: its target.
    database: RefCell<String>,
    listened: Cell<u32>,
    /// Nothing is counted and nobody told: for measuring what telemetry costs.
    silent: Cell<bool>,
    slow_s: Cell<f64>,
    next_query_id: Cell<u64>,
    dropped: Cell<u64>,
    queue: RefCell<VecDeque<Event>>,
    metrics: RefCell<Metrics>,
    recent: RefCell<Recent>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Telemetry {
            database: RefCell::new(":memory:".to_owned()),
            listened: Cell::new(0),
            silent: Cell::new(false),
            slow_s: Cell::new(SLOW_S),
            next_query_id: Cell::new(1),
            dropped: Cell::new(0),
            queue: RefCell::default(),
            metrics: RefCell::default(),
            recent: RefCell::default(),
        }
    }
}

thread_local! {
    /// The metrics of all databases of this thread: `getMetricsCollector()`.
    static ALL: RefCell<Metrics> = RefCell::default();
}

/// The figures of all databases of this thread, closed ones included.
pub fn all_metrics() -> Snapshot {
    ALL.with_borrow(Metrics::snapshot)
}

pub fn reset_all_metrics() {
    ALL.with_borrow_mut(|metrics| *metrics = Metrics::default());
}

/// A connection that could not be opened has no telemetry of its own.
pub fn count_connection_error() {
    ALL.with_borrow_mut(|metrics| metrics.record_connection(true));
}

impl Telemetry {
    /// Names the database in events and counts the connection.
    pub fn connected(&self, database: &str) {
        database.clone_into(&mut self.database.borrow_mut());
        self.count(|metrics| metrics.record_connection(false));
        self.emit_with(EventKind::Connection, || (String::new(), 0.0, Map::from_iter([("state".to_owned(), "open".into())])));
    }

    pub fn database(&self) -> String {
        self.database.borrow().clone()
    }

    /// From now on only events whose bits are set in `mask` are built.
    pub fn listen(&self, mask: u32) {
        self.listened.set(mask);
    }

    pub fn wants(&self, kind: EventKind) -> bool {
        self.listened.get() & kind.bit() != 0
    }

    /// Seconds from which a query counts as slow.
    pub fn set_slow_threshold(&self, seconds: f64) {
        self.slow_s.set(seconds);
    }

    /// Queues an event as it is.
    pub fn emit(&self, event: Event) {
        let mut queue = self.queue.borrow_mut();
        if queue.len() >= MAX_QUEUED {
            queue.pop_front();
            self.dropped.set(self.dropped.get() + 1);
        }
        queue.push_back(event);
    }

    /// Builds and queues an event if somebody listens to its kind: `(sql, elapsed in seconds, metadata)`.
    pub fn emit_with(&self, kind: EventKind, build: impl FnOnce() -> (String, f64, Map<String, Json>)) {
        if self.wants(kind) {
            let (sql, elapsed, mut metadata) = build();
            metadata.insert("event".to_owned(), kind.name().into());
            metadata.insert("database".to_owned(), self.database().into());
            metadata.entry("startTime").or_insert_with(|| (clock::unix_s() - elapsed).into());
            self.emit(Event { event: kind.name(), sql, elapsed, metadata });
        }
    }

    /// Takes all events that wait.
    pub fn drain(&self) -> Vec<Event> {
        self.queue.borrow_mut().drain(..).collect()
    }

    pub fn has_events(&self) -> bool {
        !self.queue.borrow().is_empty()
    }

    /// Events lost because nobody drained them.
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }

    /// Switches everything off, or on again.
    pub fn set_silent(&self, silent: bool) {
        self.silent.set(silent);
    }

    /// How many statements have begun.
    pub fn statement_count(&self) -> u64 {
        self.next_query_id.get() - 1
    }

    /// Every statement begins here.
    pub fn statement_started(&self, sql: &str, params: &[Value]) -> Span {
        let query_id = self.next_query_id.get();
        self.next_query_id.set(query_id + 1);
        if self.silent.get() {
            return Span { query_id, started_s: 0.0, tracing: tracing::Span::none() };
        }
        if self.wants(EventKind::QueryStart) {
            self.emit_with(EventKind::QueryStart, || {
                let mut metadata = Map::new();
                metadata.insert("queryId".to_owned(), query_id.into());
                metadata.insert("params".to_owned(), params_json(params));
                (sql.to_owned(), 0.0, metadata)
            });
        }
        let tracing = if logs(LogLevel::Debug) {
            tracing::debug_span!(target: "moltres", "query", query_id, rows = tracing::field::Empty, elapsed = tracing::field::Empty)
        } else {
            tracing::Span::none()
        };
        Span { query_id, started_s: clock::monotonic_s(), tracing }
    }

    /// And ends here, whatever came of it.
    pub fn statement_ended(&self, span: Span, end: StatementEnd<'_>) {
        if self.silent.get() {
            return;
        }
        let elapsed = end.elapsed_s.unwrap_or_else(|| clock::monotonic_s() - span.started_s).max(0.0);
        let outcome = end.error.map_or(Outcome::Done, outcome_of);
        let slow = elapsed >= self.slow_s.get();
        let record = |metrics: &mut Metrics| metrics.record_statement(elapsed, end.rows, end.changed, outcome, slow);
        self.count(record);
        record(self.recent.borrow_mut().at(span.started_s));
        trace_statement(&span, &end, elapsed, slow);
        let listened = self.listened.get();
        let ending = EventKind::QueryEnd.bit() | EventKind::QueryError.bit() | EventKind::SlowQuery.bit();
        if listened & ending == 0 {
            return;
        }
        if end.error.is_none() {
            self.emit_with(EventKind::QueryEnd, || (end.sql.to_owned(), elapsed, end_metadata(&span, &end, elapsed)));
        } else {
            self.emit_with(EventKind::QueryError, || (end.sql.to_owned(), elapsed, end_metadata(&span, &end, elapsed)));
        }
        if slow {
            self.emit_with(EventKind::SlowQuery, || {
                let mut metadata = end_metadata(&span, &end, elapsed);
                if let Some(plan) = end.plan.and_then(|plan| plan()) {
                    metadata.insert("plan".to_owned(), plan.into());
                }
                (end.sql.to_owned(), elapsed, metadata)
            });
        }
    }

    pub fn transaction_ended(&self, elapsed_s: f64, end: TransactionEnd) {
        self.count(|metrics| metrics.record_transaction(elapsed_s, end));
    }

    pub fn savepoint_taken(&self) {
        self.count(Metrics::record_savepoint);
    }

    pub fn hook_failed(&self) {
        self.count(Metrics::record_hook_error);
    }

    pub fn metrics(&self) -> Snapshot {
        self.metrics.borrow().snapshot()
    }

    /// The figures of the last minute or two: what alerts look at.
    pub fn recent_metrics(&self) -> Snapshot {
        self.recent.borrow_mut().snapshot(clock::monotonic_s())
    }

    pub fn reset_metrics(&self) {
        *self.metrics.borrow_mut() = Metrics::default();
        *self.recent.borrow_mut() = Recent::default();
    }

    fn count(&self, record: impl Fn(&mut Metrics)) {
        record(&mut self.metrics.borrow_mut());
        ALL.with_borrow_mut(record);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::error::{Code, Error};

    #[test]
    fn without_listeners_statements_are_counted_and_no_event_is_built() {
        let telemetry = Telemetry::default();
        let span = telemetry.statement_started("SELECT 1", &[]);
        telemetry.statement_ended(span, StatementEnd { rows: 3, ..StatementEnd::of("SELECT 1", &[]) });
        assert!(telemetry.drain().is_empty());
        let metrics = telemetry.metrics();
        assert_eq!((metrics.query_count, metrics.rows_read, metrics.error_rate), (1, 3, 0.0));
    }

    #[test]
    fn a_failure_is_a_query_error_and_counts() {
        let telemetry = Telemetry::default();
        telemetry.listen(u32::MAX);
        let error = Error::new(Code::QueryTimeout, "too long");
        let span = telemetry.statement_started("SELECT ?1", &[Value::Text("x".repeat(300)), Value::Blob(vec![1, 2])]);
        telemetry.statement_ended(span, StatementEnd { error: Some(&error), ..StatementEnd::of("SELECT ?1", &[]) });
        let events = telemetry.drain();
        assert_eq!(events.iter().map(|e| e.event).collect::<Vec<_>>(), ["query_start", "query_error"]);
        assert_eq!(events[0].metadata["params"][1], "<2 bytes>");
        assert_eq!(events[1].metadata["error"]["code"], "query_timeout");
        let metrics = telemetry.metrics();
        assert_eq!((metrics.error_count, metrics.timeout_count, metrics.error_rate), (1, 1, 1.0));
    }

    #[test]
    fn a_slow_query_carries_its_plan() {
        let telemetry = Telemetry::default();
        telemetry.listen(EventKind::SlowQuery.bit());
        telemetry.set_slow_threshold(0.5);
        let plan = || Some("SCAN t".to_owned());
        let span = telemetry.statement_started("SELECT 1", &[]);
        telemetry.statement_ended(span, StatementEnd { elapsed_s: Some(0.6), plan: Some(&plan), ..StatementEnd::of("SELECT 1", &[]) });
        let events = telemetry.drain();
        assert_eq!((events.len(), &events[0].metadata["plan"]), (1, &Json::from("SCAN t")));
        assert_eq!(telemetry.metrics().slow_query_count, 1);
    }

    #[test]
    fn a_queue_that_nobody_drains_is_bounded() {
        let telemetry = Telemetry::default();
        telemetry.listen(u32::MAX);
        for _ in 0..MAX_QUEUED + 5 {
            telemetry.emit_with(EventKind::Backup, || (String::new(), 0.0, Map::new()));
        }
        assert_eq!((telemetry.drain().len(), telemetry.dropped()), (MAX_QUEUED, 5));
    }

    /// `cargo test --release telemetry_cost -- --ignored --nocapture`: what counting a statement costs, without and with listeners.
    #[test]
    #[ignore = "a measurement"]
    fn telemetry_cost() {
        const N: u32 = 300_000;
        let measure = |mask: u32| {
            let telemetry = Telemetry::default();
            telemetry.listen(mask);
            let started = clock::monotonic_s();
            for i in 0..N {
                let span = telemetry.statement_started("SELECT * FROM t WHERE a = ?1", &[]);
                telemetry.statement_ended(span, StatementEnd { rows: 1, ..StatementEnd::of("SELECT * FROM t WHERE a = ?1", &[]) });
                if i % 1000 == 0 {
                    telemetry.drain();
                }
            }
            (clock::monotonic_s() - started) / f64::from(N) * 1e9
        };
        let (silent, heard) = (measure(0), measure(u32::MAX));
        println!("a statement: {silent:.0} ns counted, {heard:.0} ns with two events");
        assert!(silent < 3_000.0);
    }
}
