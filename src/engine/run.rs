//! Running statements: the one way through which everything goes, so that all of it is counted, timed and stoppable.

use super::Database;
use super::statement::Statement;
use crate::error::{Code, Error, Result};
use crate::plan::Params;
use crate::telemetry::{Counters, StatementEnd};
use crate::value::Value;

/// What a run came to, as telemetry wants to know it.
#[derive(Debug, Default)]
pub struct Tally {
    pub rows: u64,
    pub changed: u64,
    pub counters: Option<Counters>,
}

impl Database {
    /// Every statement runs in here: begun and ended in telemetry, watched by the deadline, its errors explained.
    pub fn observed<T>(&self, sql: &str, params: &[Value], work: impl FnOnce(&mut Tally) -> Result<T>) -> Result<T> {
        let span = self.telemetry.statement_started(sql, params);
        let mut tally = Tally::default();
        let watch = self.interrupt.watch(&self.conn, self.interrupt.deadline_from_now(self.caller_deadline_s.get()));
        let result = self.guard(sql).and_then(|()| self.history.before_statement(self, sql)).and_then(|bracket| {
            let result = work(&mut tally);
            self.history.after_statement(self, bracket, sql, result)
        });
        self.followers.bound();
        let result = result.map_err(|error| self.explained(error, sql));
        self.interrupt.unwatch(&self.conn, watch);
        let plan = || self.plan_text(sql);
        self.telemetry.statement_ended(
            span,
            StatementEnd {
                rows: tally.rows,
                changed: tally.changed,
                counters: tally.counters,
                error: result.as_ref().err(),
                plan: Some(&plan),
                ..StatementEnd::of(sql, params)
            },
        );
        result
    }

    /// Work whose failure counts as that of a statement, also where it failed before there was one: a name that is not known.
    pub fn counting_failures<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let before = self.telemetry.statement_count();
        let result = work(self);
        if let Err(error) = &result
            && self.telemetry.statement_count() == before
        {
            let sql = error.report().sql.clone().unwrap_or_default();
            let span = self.telemetry.statement_started(&sql, &[]);
            self.telemetry.statement_ended(span, StatementEnd { error: Some(error), ..StatementEnd::of(&sql, &[]) });
        }
        result
    }

    /// An error with its statement, and what SQLite's word for it means here.
    pub(super) fn explained(&self, error: Error, sql: &str) -> Error {
        let error = self.interrupt.explain(error);
        let error = if error.code() == Code::PermissionDenied && self.maintenance.get() {
            Error::new(Code::MaintenanceMode, "the database is in maintenance, writes are refused").hint("try again when maintenance is over")
        } else {
            error
        };
        let error = super::explained::with_names(self, error, sql);
        if error.report().sql.is_some() { error } else { error.sql(sql) }
    }

    /// SQLite's own words on how it would run a statement; for slow queries.
    pub(super) fn plan_text(&self, sql: &str) -> Option<String> {
        let (statement, _) = Statement::prepare(&self.conn, &format!("EXPLAIN QUERY PLAN {sql}")).ok()?;
        let statement = statement?;
        let mut lines = Vec::new();
        while statement.step().ok()? {
            if let Value::Text(line) = statement.value(3) {
                lines.push(line);
            }
        }
        Some(lines.join("\n"))
    }

    /// Runs one statement; the number of rows it changed.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<usize> {
        self.observed(sql, params, |tally| {
            let statement = self.statements.take(&self.conn, sql)?;
            statement.bind_all(params)?;
            let changed = self.drain(&statement, tally);
            self.statements.give_back(sql, statement);
            changed
        })
    }

    /// The same with parameters that may be named.
    pub fn execute_with(&self, sql: &str, params: &Params) -> Result<usize> {
        self.execute(sql, &self.params_of(sql, params)?)
    }

    /// All rows of one statement.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        self.observed(sql, params, |tally| {
            let statement = self.statements.take(&self.conn, sql)?;
            let result = (|| {
                statement.bind_all(params)?;
                let before = self.conn.total_changes();
                let mut rows = Vec::new();
                while statement.step()? {
                    rows.push((0..statement.column_count()).map(|i| statement.value(i)).collect());
                    tally.rows += 1;
                }
                tally.changed = self.conn.total_changes().saturating_sub(before);
                Ok(rows)
            })();
            tally.counters = Some(statement.take_counters());
            self.after(&statement, result.is_err());
            self.statements.give_back(sql, statement);
            result
        })
    }

    /// Runs all statements of a text; the number of rows they changed. The first error ends it; what ran before stays.
    pub fn execute_script(&self, sql: &str) -> Result<usize> {
        let mut changed = 0;
        let mut rest = sql;
        loop {
            let text = rest.trim_start();
            if text.is_empty() {
                return Ok(changed);
            }
            let mut consumed = 0;
            let (statement, end) = self.prepare_first(text)?;
            if let Some(statement) = statement {
                consumed = end;
                let one = text.get(..end).unwrap_or(text).trim_end().trim_end_matches(';');
                changed += self.observed(one, &[], |tally| {
                    if statement.parameter_count() > 0 {
                        return Err(Error::invalid("the statement has parameters, and none were given"));
                    }
                    self.drain(&statement, tally)
                })?;
            }
            consumed = consumed.max(end);
            if consumed == 0 {
                return Ok(changed);
            }
            rest = text.get(consumed..).unwrap_or_default();
        }
    }

    /// The first statement of a long text. SQLite copies all of the text that it is given, so it is given little at first.
    fn prepare_first(&self, text: &str) -> Result<(Option<Statement>, usize)> {
        self.statements.note(text);
        let mut window = 4096;
        while window < text.len() {
            let end = (0..=window).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            let part = text.get(..end).unwrap_or(text);
            if let Ok((statement, end)) = Statement::prepare(&self.conn, part)
                && part.get(..end).is_some_and(|read| end < part.len() || read.ends_with(';'))
            {
                return Ok((statement, end));
            }
            window *= 2;
        }
        Statement::prepare(&self.conn, text)
    }

    /// Steps to the end and counts.
    fn drain(&self, statement: &Statement, tally: &mut Tally) -> Result<usize> {
        let before = self.conn.total_changes();
        let result = (|| {
            while statement.step()? {
                tally.rows += 1;
            }
            Ok(())
        })();
        // `changes` keeps the count of the last INSERT, UPDATE or DELETE; others leave the total as it was.
        let changed = if self.conn.total_changes() > before { self.conn.changes() } else { 0 };
        tally.changed = changed;
        tally.counters = Some(statement.take_counters());
        self.after(statement, result.is_err());
        result.map(|()| usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// What a statement may have made stale: anything that failed or that is transaction control can take schema changes back.
    pub(super) fn after(&self, statement: &Statement, failed: bool) {
        let control = statement.column_count() == 0 && statement.is_readonly();
        if control || statement.is_explain() {
            // It may have been a PRAGMA, which acts even when it is only explained.
            self.read_only.set(None);
        }
        if control || (failed && !statement.is_readonly()) {
            self.schemas.forget();
        }
    }

    /// Parameters in the order of a statement's own: named ones by name.
    pub fn resolve_params(&self, statement: &Statement, params: &Params) -> Result<Vec<Value>> {
        match params {
            Params::Positional(list) => {
                let expected = statement.parameter_count();
                if list.len() != expected {
                    return Err(Error::invalid(format!("the statement has {expected} parameters, {} were given", list.len())));
                }
                Ok(list.iter().map(|literal| literal.value.clone()).collect())
            }
            Params::Named(list) => {
                let values = (1..=statement.parameter_count()).map(|i| {
                    let name = statement.parameter_name(i).unwrap_or_else(|| "?".to_owned());
                    let bare = name.get(1..).unwrap_or_default();
                    list.iter().find(|(given, _)| given == bare).map(|(_, literal)| literal.value.clone()).ok_or_else(|| {
                        let given: Vec<&str> = list.iter().map(|(name, _)| name.as_str()).collect();
                        Error::invalid(format!("the parameter {name} has no value")).hint(format!("given were: {}", given.join(", ")))
                    })
                });
                values.collect()
            }
        }
    }

    /// Runs `work` in a savepoint: all of it happens or none.
    pub fn atomically<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.check_transaction()?;
        let outermost = self.conn.is_autocommit();
        self.conn.execute_batch("SAVEPOINT moltres_atomic")?;
        match work(self) {
            Ok(value) => {
                if let Err(error) = self.release("moltres_atomic", outermost) {
                    self.take_back(outermost);
                    return Err(error);
                }
                Ok(value)
            }
            Err(error) => {
                self.take_back(outermost);
                Err(error)
            }
        }
    }

    /// Releases a savepoint; an outermost one commits, and the log of changes with it.
    pub fn release(&self, quoted: &str, outermost: bool) -> Result<()> {
        let release = || self.conn.execute_batch(&format!("RELEASE {quoted}")).map_err(Error::from);
        if !outermost {
            return release();
        }
        let bracket = self.history.before_commit(self)?;
        self.history.after_commit(self, bracket, release())
    }

    fn take_back(&self, outermost: bool) {
        // The release of an outermost savepoint would commit, and count a change where there is none.
        let undo = if outermost { "ROLLBACK" } else { "ROLLBACK TO moltres_atomic; RELEASE moltres_atomic" };
        // The error that matters is the first one; an automatic rollback may have ended the savepoint already.
        let _ = self.conn.execute_batch(undo);
        self.schemas.forget();
    }
}
