//! Results, batch by batch: memory for one batch whatever the length of the result.

use super::Database;
use super::batch::{Batch, Column};
use super::statement::Statement;
use crate::error::{Code, Error, Result};
use crate::schema::Schema;
use crate::telemetry::{Span, StatementEnd, clock};
use crate::value::Value;

/// Rows of a batch. The first is smaller: small results need no more, and it shows which columns repeat.
const MAX_ROWS: usize = 4_096;
const FIRST_ROWS: usize = 512;
/// A batch ends at this size even when rows are wide.
const MAX_BYTES: usize = 4 << 20;

/// A statement in progress.
pub struct Cursor {
    statement: Option<Statement>,
    sql: String,
    params: Vec<Value>,
    batch: Batch,
    shape: u32,
    deadline: (f64, bool),
    span: Option<Span>,
    rows: u64,
    changes_before: u64,
    elapsed_s: f64,
    n_columns: usize,
    /// Stopped by its deadline it leaves no trace in telemetry: it will run again.
    trial: bool,
}

impl Database {
    /// Runs a statement to its first batch. `columns`: the logical types, where the caller knows them; otherwise the statement tells.
    /// Gives the batch; its head names the cursor for the rest, 0 if that was all.
    pub fn open_cursor(&self, sql: &str, params: &[Value], columns: Option<&Schema>, wide: bool) -> Result<usize> {
        let span = (!self.trial.get()).then(|| self.telemetry.statement_started(sql, params));
        let deadline = self.interrupt.deadline_from_now(self.caller_deadline_s.get());
        let mut cursor = Cursor {
            statement: None,
            sql: sql.to_owned(),
            params: params.to_vec(),
            batch: Batch::new(vec![]),
            shape: 0,
            deadline,
            span,
            rows: 0,
            changes_before: self.conn.total_changes(),
            elapsed_s: 0.0,
            n_columns: 0,
            trial: self.trial.get(),
        };
        let opened = (|| {
            let statement = self.statements.take(&self.conn, sql)?;
            let bound = statement.bind_all(params);
            cursor.statement = Some(statement);
            bound
        })();
        if let Err(error) = opened {
            return Err(self.end_cursor(cursor, Some(error)).unwrap_or_else(|| Error::internal("no error")));
        }
        self.advance(cursor, Some((columns, wide)))
    }

    /// The next batch of a cursor.
    pub fn next_batch(&self, id: u32) -> Result<usize> {
        let cursor = self.cursors.take(id).ok_or_else(|| Error::invalid("the cursor is closed"))?;
        self.advance(cursor, None)
    }

    /// Ends a cursor early; one that has ended is ignored.
    pub fn close_cursor(&self, id: u32) {
        if let Some(cursor) = self.cursors.take(id) {
            self.end_cursor(cursor, None);
        }
    }

    /// Ends all cursors and frees all statements: before the content of the database is replaced.
    pub fn release_statements(&self) {
        while let Some(cursor) = self.cursors.take_any() {
            self.end_cursor(cursor, None);
        }
        self.statements.clear();
        self.schemas.forget();
    }

    fn advance(&self, mut cursor: Cursor, first: Option<(Option<&Schema>, bool)>) -> Result<usize> {
        let started = clock::monotonic_s();
        self.interrupt.watch(&self.conn, cursor.deadline);
        let more = self.fill(&mut cursor, first);
        self.interrupt.unwatch(&self.conn);
        cursor.elapsed_s += clock::monotonic_s() - started;
        match more {
            Ok(true) => {
                let id = self.cursors.reserve();
                let address = self.give(&mut cursor, id);
                self.cursors.put(id, cursor);
                Ok(address)
            }
            Ok(false) => {
                let address = self.give(&mut cursor, 0);
                self.end_cursor(cursor, None);
                Ok(address)
            }
            Err(error) => Err(self.end_cursor(cursor, Some(error)).unwrap_or_else(|| Error::internal("no error"))),
        }
    }

    /// Lays the batch out in the database's own buffer, where it stays until the next, and gives its address.
    fn give(&self, cursor: &mut Cursor, id: u32) -> usize {
        let changes = if id == 0 && self.conn.total_changes() > cursor.changes_before { self.conn.changes() } else { 0 };
        let mut out = self.batch_out.borrow_mut();
        cursor.batch.finish(&mut out, id, cursor.shape, changes);
        out.as_ptr() as usize
    }

    /// The batch given last, for callers in this process.
    pub fn last_batch(&self) -> Vec<u64> {
        self.batch_out.borrow().clone()
    }

    fn fill(&self, cursor: &mut Cursor, first: Option<(Option<&Schema>, bool)>) -> Result<bool> {
        let Some(statement) = &cursor.statement else { return Ok(false) };
        let limit = if first.is_some() { FIRST_ROWS } else { MAX_ROWS };
        let mut bytes = 0;
        let mut row = statement.step()?;
        if let Some((columns, wide)) = first {
            // Only now: the first step may have compiled the statement anew.
            cursor.n_columns = statement.column_count();
            cursor.shape = self.shape_of(statement, columns);
            cursor.batch.columns = (0..cursor.n_columns)
                .map(|i| Column::new(wide && columns.and_then(|c| c.get(i)).is_none_or(|field| !field.data_type.is_fractional())))
                .collect();
        }
        while row {
            for (i, column) in cursor.batch.columns.iter_mut().enumerate() {
                bytes += column.push(statement.cell(i));
            }
            cursor.batch.end_row();
            cursor.rows += 1;
            if cursor.batch.rows() >= limit || bytes >= MAX_BYTES {
                return Ok(true);
            }
            row = statement.step()?;
        }
        Ok(false)
    }

    /// The number of a result's schema. Equal schemas have equal numbers, so that JavaScript makes its row builder once.
    fn shape_of(&self, statement: &Statement, columns: Option<&Schema>) -> u32 {
        match columns {
            Some(columns) if columns.len() == statement.column_count() => self.shapes.number(columns),
            _ => self.shapes.number(&super::catalog::statement_columns(statement)),
        }
    }

    fn end_cursor(&self, mut cursor: Cursor, error: Option<Error>) -> Option<Error> {
        let changed = self.conn.total_changes().saturating_sub(cursor.changes_before);
        let mut counters = None;
        if let Some(statement) = cursor.statement.take() {
            counters = Some(statement.take_counters());
            self.after(&statement, error.is_some());
            self.statements.give_back(&cursor.sql, statement);
        }
        let error = error.map(|error| self.explained(error, &cursor.sql));
        if cursor.trial && error.as_ref().is_none_or(|error| error.code() != Code::Cancelled) {
            cursor.span = Some(self.telemetry.statement_started(&cursor.sql, &cursor.params));
        }
        if let Some(span) = cursor.span.take() {
            let plan = || self.plan_text(&cursor.sql);
            self.telemetry.statement_ended(
                span,
                StatementEnd {
                    rows: cursor.rows,
                    changed,
                    counters,
                    error: error.as_ref(),
                    elapsed_s: Some(cursor.elapsed_s),
                    plan: Some(&plan),
                    ..StatementEnd::of(&cursor.sql, &cursor.params)
                },
            );
        }
        error
    }
}

/// Cursors by number, from 1.
#[derive(Default)]
pub struct Cursors {
    open: std::cell::RefCell<Vec<Option<Cursor>>>,
}

impl Cursors {
    fn reserve(&self) -> u32 {
        let mut open = self.open.borrow_mut();
        let at = open.iter().position(Option::is_none).unwrap_or(open.len());
        if at == open.len() {
            open.push(None);
        }
        at as u32 + 1
    }

    fn put(&self, id: u32, cursor: Cursor) {
        if let Some(slot) = self.open.borrow_mut().get_mut(id as usize - 1) {
            *slot = Some(cursor);
        }
    }

    fn take(&self, id: u32) -> Option<Cursor> {
        self.open.borrow_mut().get_mut((id as usize).checked_sub(1)?)?.take()
    }

    fn take_any(&self) -> Option<Cursor> {
        self.open.borrow_mut().iter_mut().find_map(Option::take)
    }
}
