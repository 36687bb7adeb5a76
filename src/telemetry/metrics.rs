//! Counters of one database, or of all databases of a thread. Bounded memory, no allocation when counting.

use serde::Serialize;

use super::histogram::Histogram;
use crate::telemetry::Outcome;

#[derive(Debug, Clone, Default)]
pub struct Metrics {
    queries: Histogram,
    transactions: Histogram,
    slow_query_count: u64,
    error_count: u64,
    timeout_count: u64,
    cancelled_count: u64,
    connection_count: u64,
    connection_error_count: u64,
    rows_read: u64,
    rows_written: u64,
    transaction_committed: u64,
    transaction_rolled_back: u64,
    savepoint_count: u64,
    hook_error_count: u64,
}

/// What was counted of late: between one and two periods back, in two halves of which the older is dropped.
#[derive(Debug, Default)]
pub(super) struct Recent {
    current: Metrics,
    before: Metrics,
    since_s: f64,
}

impl Recent {
    const PERIOD_S: f64 = 60.0;

    /// The half that counts at this time.
    pub(super) fn at(&mut self, now_s: f64) -> &mut Metrics {
        let age = now_s - self.since_s;
        if age >= Self::PERIOD_S {
            let old = std::mem::take(&mut self.current);
            self.before = if age < 2.0 * Self::PERIOD_S { old } else { Metrics::default() };
            self.since_s = now_s;
        }
        &mut self.current
    }

    pub(super) fn snapshot(&mut self, now_s: f64) -> Snapshot {
        let mut all = self.at(now_s).clone();
        all.merge(&self.before);
        all.snapshot()
    }
}

/// How a transaction or savepoint ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionEnd {
    Committed,
    RolledBack,
}

/// The figures of `metrics()`. Durations are seconds, rates are shares between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Snapshot {
    pub query_count: u64,
    pub query_duration_avg: f64,
    pub query_duration_max: f64,
    pub query_duration_p50: f64,
    pub query_duration_p95: f64,
    pub query_duration_p99: f64,
    pub query_duration_total: f64,
    pub slow_query_count: u64,
    pub error_count: u64,
    pub error_rate: f64,
    pub timeout_count: u64,
    pub timeout_rate: f64,
    pub cancelled_count: u64,
    pub connection_count: u64,
    pub connection_error_count: u64,
    pub connection_error_rate: f64,
    pub rows_read: u64,
    pub rows_written: u64,
    pub transaction_count: u64,
    pub transaction_committed_count: u64,
    pub transaction_rolled_back_count: u64,
    pub transaction_commit_rate: f64,
    pub transaction_duration_avg: f64,
    pub transaction_duration_max: f64,
    pub transaction_duration_p95: f64,
    pub transaction_savepoint_count: u64,
    pub hook_error_count: u64,
}

fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Metrics {
    pub(super) fn record_statement(&mut self, elapsed_s: f64, rows_read: u64, rows_written: u64, outcome: Outcome, slow: bool) {
        self.queries.record(elapsed_s);
        self.rows_read += rows_read;
        self.rows_written += rows_written;
        self.slow_query_count += u64::from(slow);
        match outcome {
            Outcome::Done => {}
            Outcome::Failed => self.error_count += 1,
            Outcome::TimedOut => {
                self.error_count += 1;
                self.timeout_count += 1;
            }
            // Whoever cancels wanted it: no failure of the database.
            Outcome::Cancelled => self.cancelled_count += 1,
        }
    }

    pub(super) fn record_transaction(&mut self, elapsed_s: f64, end: TransactionEnd) {
        self.transactions.record(elapsed_s);
        match end {
            TransactionEnd::Committed => self.transaction_committed += 1,
            TransactionEnd::RolledBack => self.transaction_rolled_back += 1,
        }
    }

    pub(super) fn record_savepoint(&mut self) {
        self.savepoint_count += 1;
    }

    pub(super) fn record_connection(&mut self, failed: bool) {
        self.connection_count += 1;
        self.connection_error_count += u64::from(failed);
    }

    pub(super) fn record_hook_error(&mut self) {
        self.hook_error_count += 1;
    }

    /// Rows that no statement of ours counted: a load, a batch of inserts.
    /// Adds what another one has counted.
    pub(super) fn merge(&mut self, other: &Metrics) {
        self.queries.merge(&other.queries);
        self.transactions.merge(&other.transactions);
        self.slow_query_count += other.slow_query_count;
        self.error_count += other.error_count;
        self.timeout_count += other.timeout_count;
        self.cancelled_count += other.cancelled_count;
        self.connection_count += other.connection_count;
        self.connection_error_count += other.connection_error_count;
        self.rows_read += other.rows_read;
        self.rows_written += other.rows_written;
        self.transaction_committed += other.transaction_committed;
        self.transaction_rolled_back += other.transaction_rolled_back;
        self.savepoint_count += other.savepoint_count;
        self.hook_error_count += other.hook_error_count;
    }

    pub fn snapshot(&self) -> Snapshot {
        let query_count = self.queries.count();
        let transaction_count = self.transactions.count();
        Snapshot {
            query_count,
            query_duration_avg: self.queries.mean(),
            query_duration_max: self.queries.max(),
            query_duration_p50: self.queries.quantile(0.5),
            query_duration_p95: self.queries.quantile(0.95),
            query_duration_p99: self.queries.quantile(0.99),
            query_duration_total: self.queries.sum(),
            slow_query_count: self.slow_query_count,
            error_count: self.error_count,
            error_rate: rate(self.error_count, query_count),
            timeout_count: self.timeout_count,
            timeout_rate: rate(self.timeout_count, query_count),
            cancelled_count: self.cancelled_count,
            connection_count: self.connection_count,
            connection_error_count: self.connection_error_count,
            connection_error_rate: rate(self.connection_error_count, self.connection_count),
            rows_read: self.rows_read,
            rows_written: self.rows_written,
            transaction_count,
            transaction_committed_count: self.transaction_committed,
            transaction_rolled_back_count: self.transaction_rolled_back,
            transaction_commit_rate: rate(self.transaction_committed, transaction_count),
            transaction_duration_avg: self.transactions.mean(),
            transaction_duration_max: self.transactions.max(),
            transaction_duration_p95: self.transactions.quantile(0.95),
            transaction_savepoint_count: self.savepoint_count,
            hook_error_count: self.hook_error_count,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn recent_figures_forget() {
        let mut recent = Recent::default();
        recent.at(1000.0).record_statement(0.5, 0, 0, Outcome::Failed, false);
        assert_eq!(recent.snapshot(1030.0).error_count, 1);
        recent.at(1070.0).record_statement(0.1, 0, 0, Outcome::Done, false);
        let both = recent.snapshot(1071.0);
        assert_eq!((both.query_count, both.error_rate, both.query_duration_max), (2, 0.5, 0.5));
        assert_eq!(recent.snapshot(1135.0).error_count, 0);
        assert_eq!(recent.snapshot(2000.0).query_count, 0);
    }
}
