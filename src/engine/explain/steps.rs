//! EXPLAIN QUERY PLAN as a list of steps with depths.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::words;
use crate::engine::Database;
use crate::engine::statement::Statement;
use crate::error::{Error, Result};
use crate::value::Value;

/// One line of SQLite's plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub depth: usize,
    /// In plain words.
    pub text: String,
    /// In SQLite's.
    pub detail: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps {
    /// Parents before their children.
    pub steps: Vec<Step>,
}

impl Steps {
    /// How SQLite would run a statement. Parameters need no values.
    pub fn read(db: &Database, sql: &str) -> Result<Steps> {
        Self::read_from(db.connection(), sql)
    }

    pub(super) fn read_from(conn: &rusqlite::Connection, sql: &str) -> Result<Steps> {
        let (statement, _) = Statement::prepare(conn, &format!("EXPLAIN QUERY PLAN {sql}"))?;
        let statement = statement.ok_or_else(|| Error::invalid("explain: the SQL text holds no statement"))?;
        let mut steps: Vec<Step> = Vec::new();
        let mut depths: Vec<(i64, usize)> = Vec::new();
        while statement.step()? {
            let (Value::Integer(id), Value::Integer(parent), Value::Text(detail)) = (statement.value(0), statement.value(1), statement.value(3))
            else {
                // A statement that already begins with EXPLAIN gives other columns.
                return Err(Error::invalid("explain: the statement cannot be explained").sql(sql));
            };
            let depth = depths.iter().rev().find(|(other, _)| *other == parent).map_or(0, |(_, depth)| depth + 1);
            depths.push((id, depth));
            steps.push(Step { depth, text: words::of(&detail), detail });
        }
        Ok(Steps { steps })
    }

    fn count(&self, test: impl Fn(&str) -> bool) -> usize {
        self.steps.iter().filter(|step| test(&step.detail)).count()
    }

    /// Whole tables or indexes read from end to end.
    pub fn n_scans(&self) -> usize {
        self.count(|d| d.starts_with("SCAN ") && !d.contains("CONSTANT ROW") && !d.contains("VIRTUAL TABLE"))
    }

    pub fn n_sorts(&self) -> usize {
        self.count(|d| d.starts_with("USE TEMP B-TREE FOR"))
    }

    pub fn n_automatic_indexes(&self) -> usize {
        self.count(|d| d.contains("AUTOMATIC "))
    }

    pub fn n_correlated(&self) -> usize {
        self.count(|d| d.starts_with("CORRELATED "))
    }

    /// Roughly how bad a plan is; only the order means anything. A scan within a loop is counted like any other.
    pub(super) fn badness(&self) -> usize {
        10 * self.n_scans() + 12 * self.n_automatic_indexes() + 5 * self.n_sorts()
    }

    pub(super) fn warnings(&self) -> Vec<Json> {
        let mut found = Vec::new();
        let mut warn = |message: String, suggestion: &str| found.push(json!({"type": "info", "message": message, "suggestion": suggestion}));
        match self.n_automatic_indexes() {
            0 => {}
            n => warn(
                format!("SQLite builds {n} temporary {} each time the statement runs", if n == 1 { "index" } else { "indexes" }),
                "performanceHints() names an index that would last",
            ),
        }
        match self.n_correlated() {
            0 => {}
            n => warn(
                format!("{n} {} for every row (correlated)", if n == 1 { "subquery is computed" } else { "subqueries are computed" }),
                "a join or a window often says the same and runs once",
            ),
        }
        // Two or more scans side by side at one depth multiply: every row of one with every row of the other.
        let nested = self.steps.windows(2).any(|pair| {
            pair[0].depth == pair[1].depth
                && pair.iter().all(|s| s.detail.starts_with("SCAN ") && !s.detail.contains("CONSTANT") && !s.detail.contains("VIRTUAL"))
        });
        if nested {
            warn("every row of one table is paired with every row of another".into(), "give the join a condition with eq()");
        }
        found
    }
}
