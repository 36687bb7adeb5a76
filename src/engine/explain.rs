//! Teaching aids over a plan: how SQLite would run it in plain words, what a run counted, which index would help, and the plan as a picture.
//!
//! Nothing here changes the database. [`Database::plan_report`] gives each report as JSON; text where people read it.

mod hints;
mod picture;
mod steps;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Database;
use super::statement::Statement;
use crate::error::{Error, Result};
use crate::plan::{Node, Plan};
use crate::telemetry::{Counters, clock};
use crate::value::Value;

pub use steps::{Step, Steps};

/// Options of all reports; each uses its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReportOptions {
    /// `explain`: run the statement and count.
    pub analyze: bool,
    /// `explain`: `"text"` or `"json"`; `visualizePlan`: `"text"` or `"mermaid"`.
    pub format: Option<String>,
}

/// What one run of a statement did.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// Rows of the result.
    pub rows: u64,
    /// Rows read by going through a table from end to end.
    pub full_scan_rows: i32,
    pub sorts: i32,
    /// Rows put into indexes that lived for this statement alone.
    pub automatic_index_rows: i32,
    /// Instructions of SQLite's virtual machine.
    pub vm_steps: i32,
    /// Seconds.
    pub elapsed: f64,
}

impl Database {
    /// One of the reports `explain`, `planSummary`, `visualizePlan`, `validate`, `performanceHints`.
    pub fn plan_report(&self, plan: &Plan, report: &str, options: &ReportOptions) -> Result<Json> {
        match report {
            "explain" => self.explain(plan, options),
            "planSummary" => picture::summary(plan, self),
            "visualizePlan" => picture::draw(plan, options.format.as_deref()).map(Json::from),
            "validate" => Ok(self.validate(plan)),
            "performanceHints" => self.performance_hints(plan).map(Json::from),
            other => Err(Error::invalid(format!("\"{other}\" is not a report over a plan"))),
        }
    }

    /// The statement of a plan: the user's own where the plan is nothing else.
    fn statement_of(&self, plan: &Plan) -> Result<(String, Vec<Value>)> {
        if let Some(Node::Sql { sql, params }) = plan.nodes.get(plan.root) {
            return Ok((sql.clone(), self.params_of(sql, params)?));
        }
        let query = self.compile_plan(plan)?;
        Ok((query.sql, query.params))
    }

    fn explain(&self, plan: &Plan, options: &ReportOptions) -> Result<Json> {
        let (sql, params) = self.statement_of(plan)?;
        let steps = Steps::read(self, &sql)?;
        let counts = if options.analyze { Some(self.count_run(&sql, &params)?) } else { None };
        match options.format.as_deref() {
            None | Some("text") => Ok(words::explanation(&sql, &steps, counts.as_ref()).into()),
            Some("json") => Ok(json!({"sql": sql, "steps": steps.steps, "counts": counts})),
            Some(other) => Err(Error::invalid(format!("explain: there is no format \"{other}\"")).hint("formats are text, json")),
        }
    }

    /// Runs a reading statement to its end and keeps only the counts.
    fn count_run(&self, sql: &str, params: &[Value]) -> Result<RunCounts> {
        let (statement, _) = Statement::prepare(&self.conn, sql)?;
        let statement = statement.ok_or_else(|| Error::invalid("explain: the SQL text holds no statement"))?;
        if !statement.is_readonly() {
            return Err(Error::invalid("explain: analyze runs the statement, and this one writes").hint("explain it without analyze").sql(sql));
        }
        let start = clock::monotonic_s();
        let (rows, counters) = self.observed(sql, params, |tally| {
            statement.bind_all(params)?;
            while statement.step()? {
                tally.rows += 1;
            }
            let counters = statement.take_counters();
            tally.counters = Some(counters);
            Ok((tally.rows, counters))
        })?;
        let Counters { full_scan_steps, sorts, auto_index_rows, vm_steps, .. } = counters;
        let elapsed = clock::monotonic_s() - start;
        Ok(RunCounts { rows, full_scan_rows: full_scan_steps, sorts, automatic_index_rows: auto_index_rows, vm_steps, elapsed })
    }

    /// Problems as a list; never an error.
    fn validate(&self, plan: &Plan) -> Json {
        let mut problems: Vec<Json> = Vec::new();
        match self.statement_of(plan).and_then(|(sql, _)| Steps::read(self, &sql)) {
            Ok(steps) => problems.extend(steps.warnings()),
            Err(error) => {
                let report = error.report();
                let mut problem = json!({"type": "error", "code": report.code, "message": report.message});
                if let Some(hint) = &report.hint {
                    problem["suggestion"] = hint.as_str().into();
                }
                problems.push(problem);
            }
        }
        problems.extend(picture::warnings(plan));
        let valid = problems.iter().all(|p| p["type"] != "error");
        json!({"valid": valid, "problems": problems})
    }

    fn performance_hints(&self, plan: &Plan) -> Result<Vec<Json>> {
        let (sql, _) = self.statement_of(plan)?;
        let steps = Steps::read(self, &sql)?;
        let mut found = hints::indexes(self, &sql)?;
        found.extend(
            steps.warnings().into_iter().map(|warning| json!({"kind": "plan", "message": warning["message"], "suggestion": warning["suggestion"]})),
        );
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
