//! From a plan to a running statement: cached frames are made, values of pivots are read, the rest is the compiler's.

use std::borrow::Cow;

use super::Database;
use super::cursor::{Checked, OnOverflow};
use crate::analyze::Catalog;
use crate::compile::quote::identifier;
use crate::compile::{self, CompileOptions, CompiledQuery};
use crate::error::{Code, Error, Result};
use crate::expr::Literal;
use crate::plan::{Node, Params, Plan};
use crate::schema::Schema;
use crate::types::DataType;
use crate::value::Value;

impl Database {
    /// Runs a plan to its first batch; see [`Database::open_cursor`].
    pub fn run_plan(&self, plan: &Plan, wide: bool, on_overflow: OnOverflow) -> Result<usize> {
        if let Some(Node::Sql { sql, params }) = plan.nodes.get(plan.root) {
            return self.run_sql(sql, params, wide);
        }
        let (plan, query) = self.counting_failures(|db| db.prepare(plan))?;
        if query.may_overflow && on_overflow != OnOverflow::Wrap {
            return self.open_checked_cursor(&query, wide, Checked { again: &|| self.compile_wrapping(&plan), on_overflow });
        }
        let query = if query.may_overflow { self.counting_failures(|db| db.compile_wrapping(&plan))? } else { query };
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

    /// A plan as the statement to run, cached frames in it made first, and the plan with all that had to be read for it, so that it can be compiled otherwise without running anything.
    pub(super) fn prepare<'a>(&self, plan: &'a Plan) -> Result<(Cow<'a, Plan>, CompiledQuery)> {
        self.make_caches(plan)?;
        let plan = self.with_pivots(plan)?;
        let query = compile::compile(&plan, self, &CompileOptions::default())?;
        Ok((plan, query))
    }

    /// The same for a statement whose rows are not looked at on their way: arithmetic on integers wraps around from the start.
    pub fn prepare_stored_plan(&self, plan: &Plan) -> Result<CompiledQuery> {
        let (plan, query) = self.prepare(plan)?;
        if query.may_overflow { self.compile_wrapping(&plan) } else { Ok(query) }
    }

    /// For a plan whose pivots have their values.
    pub(super) fn compile_wrapping(&self, plan: &Plan) -> Result<CompiledQuery> {
        compile::compile(plan, self, &CompileOptions { wrapping: true, ..CompileOptions::default() })
    }

    /// A plan as one statement. Pivots without values read their distinct ones first.
    pub fn compile_plan(&self, plan: &Plan) -> Result<CompiledQuery> {
        self.compile_plan_with(plan, &CompileOptions::default())
    }

    /// As [`Database::compile_plan`], written as the options say.
    pub fn compile_plan_with(&self, plan: &Plan, options: &CompileOptions) -> Result<CompiledQuery> {
        compile::compile(&*self.with_pivots(plan)?, self, options)
    }

    /// The plan with the values of its pivots.
    fn with_pivots<'a>(&self, plan: &'a Plan) -> Result<Cow<'a, Plan>> {
        let mut plan = Cow::Borrowed(plan);
        for node in compile::open_pivots(&plan) {
            let query = compile::pivot_values(&plan, node, self)?;
            let data_type = query.columns.first().map_or(DataType::Any, |column| column.data_type.clone());
            let rows = self.query(&query.sql, &query.params)?;
            let values = rows.into_iter().filter_map(|mut row| row.pop()).map(|value| Literal { value, data_type: data_type.clone() }).collect();
            plan.to_mut().fill_pivot(node, values);
        }
        Ok(plan)
    }

    /// Fills the temporary tables of cached frames that have none yet, inner ones first.
    fn make_caches(&self, plan: &Plan) -> Result<()> {
        for node in &plan.nodes {
            let Node::Cache { input, id } = node else { continue };
            if self.cached(id).is_some() {
                continue;
            }
            // Nodes above the input are of no use to it, and inputs have lower ids.
            let below = Plan { nodes: plan.nodes.iter().take(input + 1).cloned().collect(), root: *input };
            let query = self.prepare_stored_plan(&below)?;
            let table = format!("__moltres_cache_{}", self.next_cache.get());
            self.next_cache.set(self.next_cache.get() + 1);
            self.with_writes(|| self.materialise(&table, &query)).map_err(|error| error.within("cache"))?;
            self.caches.borrow_mut().insert(id.clone(), table);
        }
        Ok(())
    }

    /// A temporary table of a query's columns and rows.
    pub fn materialise(&self, table: &str, query: &CompiledQuery) -> Result<()> {
        if query.columns.is_empty() {
            return Err(Error::invalid("the frame has no columns").hint("a table has at least one"));
        }
        let mut names: Vec<String> = query.columns.iter().map(|field| field.name.to_lowercase()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(
                Error::new(Code::DuplicateColumn, format!("the frame has two columns named \"{}\"", pair[0])).hint("give one an alias, or drop it")
            );
        }
        let columns: Vec<String> = query
            .columns
            .iter()
            .map(|field| format!("{} {}", identifier(&field.name), field.data_type.declaration()).trim_end().to_owned())
            .collect();
        let name = identifier(table);
        self.atomically(|db| {
            db.execute(&format!("CREATE TEMP TABLE {name} ({})", columns.join(", ")), &[])?;
            db.execute(&format!("INSERT INTO temp.{name} {}", query.sql), &query.params)?;
            Ok(())
        })
    }

    /// The columns of a plan, without running it.
    pub fn plan_schema(&self, plan: &Plan) -> Result<Schema> {
        if let Some(Node::Sql { sql, .. }) = plan.nodes.get(plan.root) {
            return self.query_columns(sql).map_err(|error| self.explained(error, sql));
        }
        compile::schema(&*self.with_pivots(plan)?, self)
    }
}
