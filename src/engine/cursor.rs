//! Results, batch by batch: memory for one batch whatever the length of the result.

use super::Bracket;
use super::Database;
use super::batch::{Batch, Column};
use super::statement::{Cell, Statement};
use crate::compile::CompiledQuery;
use crate::error::{Code, Error, Result};
use crate::schema::Schema;
use crate::telemetry::{Span, StatementEnd, clock};
use crate::value::Value;

/// Rows of a batch. The first is smaller: small results need no more, and it shows which columns repeat.
const MAX_ROWS: usize = 4_096;
const FIRST_ROWS: usize = 512;
/// A batch ends at this size even when rows are wide.
const MAX_BYTES: usize = 4 << 20;

/// What a cursor is opened with.
struct Opening<'a> {
    columns: Option<&'a Schema>,
    wide: bool,
    checked: Option<Checked<'a>>,
}

/// What becomes of a query in which an integer outgrows its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnOverflow {
    /// It begins again, if none of its rows have been given; then it is refused.
    Refuse,
    /// It begins again: the caller gathers all batches and gives up those it has.
    BeginAgain,
    /// Its arithmetic wraps around from the start, in conditions too.
    Wrap,
}

/// For a query whose integers may outgrow their width.
pub(super) struct Checked<'a> {
    /// Compiles it with arithmetic that wraps around.
    pub again: &'a dyn Fn() -> Result<CompiledQuery>,
    pub on_overflow: OnOverflow,
}

#[derive(PartialEq)]
enum Filled {
    More,
    All,
    /// The current row has an integer that outgrew this many bits; it is not in the batch.
    Overflowed(u32),
}

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
    /// Columns whose values must be integers between bounds; none where it does not matter.
    widths: Vec<(usize, std::ops::RangeInclusive<i64>)>,
    /// The same query with arithmetic that wraps around, for when an integer outgrows its width after the first batch.
    wrapping: Option<CompiledQuery>,
    /// The next batch is the first again: those given before are void.
    begins_again: bool,
    bracket: Bracket,
    /// Stopped by its deadline it leaves no trace in telemetry: it will run again.
    trial: bool,
}

impl Database {
    /// Runs a statement to its first batch. `columns`: the logical types, where the caller knows them; otherwise the statement tells.
    /// Gives the batch; its head names the cursor for the rest, 0 if that was all.
    pub fn open_cursor(&self, sql: &str, params: &[Value], columns: Option<&Schema>, wide: bool) -> Result<usize> {
        self.open_cursor_with(sql, params, Opening { columns, wide, checked: None })
    }

    /// The same for a query whose integers may outgrow their width.
    pub(super) fn open_checked_cursor(&self, query: &CompiledQuery, wide: bool, checked: Checked<'_>) -> Result<usize> {
        self.open_cursor_with(&query.sql, &query.params, Opening { columns: Some(&query.columns), wide, checked: Some(checked) })
    }

    fn open_cursor_with(&self, sql: &str, params: &[Value], opening: Opening<'_>) -> Result<usize> {
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
            widths: vec![],
            wrapping: None,
            begins_again: false,
            bracket: Bracket::None,
            trial: self.trial.get(),
        };
        let opened = (|| {
            self.guard(sql)?;
            let statement = self.statements.take(&self.conn, sql)?;
            let bound = statement.bind_all(params);
            // One with results may be long in use: what it writes is recorded after it.
            let records = statement.column_count() == 0;
            cursor.statement = Some(statement);
            bound?;
            if records {
                cursor.bracket = self.history.before_statement(self, sql)?;
            }
            Ok(())
        })();
        if let Err(error) = opened {
            return Err(self.end_cursor(cursor, Some(error)).unwrap_or_else(|| Error::internal("no error")));
        }
        self.advance(cursor, Some(opening))
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

    fn advance(&self, mut cursor: Cursor, first: Option<Opening<'_>>) -> Result<usize> {
        let started = clock::monotonic_s();
        let watch = self.interrupt.watch(&self.conn, cursor.deadline);
        let checked = first.as_ref().and_then(|opening| opening.checked.as_ref());
        let more = match self.fill(&mut cursor, first.as_ref()) {
            Ok(Filled::Overflowed(bits)) => {
                self.start_over(&mut cursor, checked, bits).and_then(|()| self.fill(&mut cursor, None)).map(|filled| filled == Filled::More)
            }
            Ok(filled) => {
                // Only results of several batches need it ready.
                let checked = checked.filter(|checked| checked.on_overflow == OnOverflow::BeginAgain && filled == Filled::More);
                checked.map(|checked| (checked.again)().map(|query| cursor.wrapping = Some(query))).transpose().map(|_| filled == Filled::More)
            }
            Err(error) => Err(error),
        };
        self.interrupt.unwatch(&self.conn, watch);
        cursor.elapsed_s += clock::monotonic_s() - started;
        let more = if cursor.bracket == Bracket::None { more } else { self.settle(&mut cursor, more) };
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
        cursor.batch.finish(&mut out, id, cursor.shape, changes, std::mem::take(&mut cursor.begins_again));
        out.as_ptr() as usize
    }

    /// The batch given last, for callers in this process.
    pub fn last_batch(&self) -> Vec<u64> {
        self.batch_out.borrow().clone()
    }

    fn fill(&self, cursor: &mut Cursor, first: Option<&Opening<'_>>) -> Result<Filled> {
        let Some(statement) = &cursor.statement else { return Ok(Filled::All) };
        let limit = if cursor.rows < FIRST_ROWS as u64 { FIRST_ROWS } else { MAX_ROWS };
        let mut bytes = 0;
        let mut row = statement.step()?;
        if let Some(Opening { columns, wide, checked }) = first {
            // Only now: the first step may have compiled the statement anew.
            cursor.shape = self.shape_of(statement, *columns);
            let n_columns = columns.filter(|c| c.is_empty()).map_or(statement.column_count(), |_| 0);
            cursor.batch.columns = (0..n_columns)
                .map(|i| Column::new(*wide && columns.and_then(|c| c.get(i)).is_none_or(|field| !field.data_type.is_fractional())))
                .collect();
            let checked = columns.filter(|_| checked.is_some()).into_iter().flatten().enumerate();
            cursor.widths = checked.filter_map(|(i, field)| field.data_type.integer_range().map(|range| (i, range))).collect();
        }
        while row {
            let outgrown = |(i, range): &&(usize, std::ops::RangeInclusive<i64>)| match statement.cell(*i) {
                Cell::Real(_) => true,
                Cell::Integer(v) => !range.contains(&v),
                _ => false,
            };
            if let Some((_, range)) = cursor.widths.iter().find(outgrown) {
                return Ok(Filled::Overflowed(i64::BITS + 1 - range.end().leading_zeros()));
            }
            for (i, column) in cursor.batch.columns.iter_mut().enumerate() {
                bytes += column.push(statement.cell(i));
            }
            cursor.batch.end_row();
            cursor.rows += 1;
            if cursor.batch.rows() >= limit || bytes >= MAX_BYTES {
                return Ok(Filled::More);
            }
            row = statement.step()?;
        }
        Ok(Filled::All)
    }

    /// Begins again at the first row, with arithmetic that wraps around. The query may then choose, order and group rows differently, so nothing
    /// that was given before can stand: it is refused where the caller has passed rows on.
    fn start_over(&self, cursor: &mut Cursor, checked: Option<&Checked<'_>>, bits: u32) -> Result<()> {
        let query = match (cursor.wrapping.take(), checked) {
            (Some(query), _) => query,
            (None, Some(checked)) => (checked.again)()?,
            (None, None) => {
                let message = format!("an integer result is larger than {bits} bits can hold, and rows before it were given out already");
                return Err(Error::new(Code::TypeMismatch, message).hint("cast() to double or decimal before computing, or collect()"));
            }
        };
        cursor.begins_again = checked.is_none();
        cursor.rows = 0;
        cursor.widths.clear();
        cursor.batch.begin_again();
        if let Some(statement) = cursor.statement.take() {
            self.after(&statement, false);
            self.statements.give_back(&cursor.sql, statement);
        }
        (cursor.sql, cursor.params) = (query.sql, query.params);
        let statement = self.statements.take(&self.conn, &cursor.sql)?;
        cursor.statement.insert(statement).bind_all(&cursor.params)
    }

    /// The number of a result's schema. Equal schemas have equal numbers, so that JavaScript makes its row builder once.
    fn shape_of(&self, statement: &Statement, columns: Option<&Schema>) -> u32 {
        match columns {
            // A frame without columns selects something all the same, so that its rows are there.
            Some(columns) if columns.len() == statement.column_count() || columns.is_empty() => self.shapes.number(columns),
            _ => self.shapes.number(&super::catalog::statement_columns(statement)),
        }
    }

    /// Commits, with its entry in the log of changes, what a statement without results has done.
    fn settle(&self, cursor: &mut Cursor, result: Result<bool>) -> Result<bool> {
        if let Some(statement) = &cursor.statement {
            statement.reset();
        }
        let bracket = std::mem::replace(&mut cursor.bracket, Bracket::None);
        self.history.after_statement(self, bracket, &cursor.sql, result)
    }

    fn end_cursor(&self, mut cursor: Cursor, error: Option<Error>) -> Option<Error> {
        let changed = self.conn.total_changes().saturating_sub(cursor.changes_before);
        let mut counters = None;
        if let Some(statement) = cursor.statement.take() {
            counters = Some(statement.take_counters());
            self.after(&statement, error.is_some());
            let wrote = !statement.is_readonly();
            self.statements.give_back(&cursor.sql, statement);
            if wrote {
                // Nothing to lose: without a bracket the result passes as it is.
                let _ = self.history.after_statement(self, Bracket::None, &cursor.sql, Ok(()));
            }
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
