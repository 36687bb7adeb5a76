//! From a plan to a running statement: cached frames are made, values of pivots are read, the rest is the compiler's.

use super::Database;
use crate::compile::{self, CompileOptions, CompiledQuery};
use crate::error::Result;
use crate::expr::Literal;
use crate::plan::{Node, Params, Plan};
use crate::schema::Schema;
use crate::types::DataType;
use crate::value::Value;

impl Database {
    /// Runs a plan to its first batch; see [`Database::open_cursor`].
    pub fn run_plan(&self, plan: &Plan, wide: bool) -> Result<usize> {
        if let Some(Node::Sql { sql, params }) = plan.nodes.get(plan.root) {
            return self.run_sql(sql, params, wide);
        }
        let query = self.prepare_plan(plan)?;
        self.open_cursor(&query.sql, &query.params, Some(&query.columns), wide)
    }

    /// Runs one statement in the user's own words, whatever it does.
    pub fn run_sql(&self, sql: &str, params: &Params, wide: bool) -> Result<usize> {
        let values = self.params_of(sql, params)?;
        self.open_cursor(sql, &values, None, wide)
    }

    /// Parameters in the statement's order.
    pub(super) fn params_of(&self, sql: &str, params: &Params) -> Result<Vec<Value>> {
        if let Params::Positional(list) = params {
            return Ok(list.iter().map(|literal| literal.value.clone()).collect());
        }
        let statement = self.statements.take(&self.conn, sql).map_err(|error| self.explained(error, sql))?;
        let values = self.resolve_params(&statement, params);
        self.statements.give_back(sql, statement);
        values
    }

    /// A plan as the statement to run: what it needs first is done.
    pub fn prepare_plan(&self, plan: &Plan) -> Result<CompiledQuery> {
        self.compile_plan(plan)
    }

    /// A plan as one statement. Pivots without values read their distinct ones first.
    pub fn compile_plan(&self, plan: &Plan) -> Result<CompiledQuery> {
        self.compile_plan_with(plan, &CompileOptions::default())
    }

    /// As [`Database::compile_plan`], written as the options say.
    pub fn compile_plan_with(&self, plan: &Plan, options: &CompileOptions) -> Result<CompiledQuery> {
        let open = compile::open_pivots(plan);
        if open.is_empty() {
            return compile::compile(plan, self, options);
        }
        let mut plan = plan.clone();
        for node in open {
            let query = compile::pivot_values(&plan, node, self)?;
            let data_type = query.columns.first().map_or(DataType::Any, |column| column.data_type.clone());
            let rows = self.query(&query.sql, &query.params)?;
            let values = rows.into_iter().filter_map(|mut row| row.pop()).map(|value| Literal { value, data_type: data_type.clone() }).collect();
            plan.fill_pivot(node, values);
        }
        compile::compile(&plan, self, options)
    }

    /// The columns of a plan, without running it.
    pub fn plan_schema(&self, plan: &Plan) -> Result<Schema> {
        if let Some(Node::Sql { sql, .. }) = plan.nodes.get(plan.root) {
            use crate::analyze::Catalog;
            return self.query_columns(sql).map_err(|error| self.explained(error, sql));
        }
        Ok(self.compile_plan(plan)?.columns)
    }
}
