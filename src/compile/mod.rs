//! From an analysed plan to one readable SELECT.
//!
//! Each node is lowered to one SELECT over its child, and neighbours are merged into one SELECT while the numbered rules of
//! `merge` permit it: merging changes how the SQL reads, never what it means. Frames used twice become CTEs, and so do
//! SELECTs nested too deeply for SQLite. Values are bound, identifiers are quoted in `quote` alone.

mod ast;
mod decorrelate;
pub mod dialect;
mod exprs;
mod grouping;
mod joins;
mod leaves;
mod lower;
mod merge;
mod nest;
mod operators;
mod print;
mod prune;
pub mod quote;
mod raw;
mod rows;
mod select;
mod semi;
mod sets;
mod shared;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::analyze::{self, Catalog};
use crate::error::Result;
use crate::plan::{NodeId, Plan};
use crate::schema::Schema;
use crate::value::Value;

/// All that is handed over: the statement, the values of its `?1, ?2, …`, and the columns it gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompiledQuery {
    pub sql: String,
    pub params: Vec<Value>,
    pub columns: Schema,
    /// May an integer that grows past 64 bits arrive as a double? SQLite's operators do that, PySpark's wrap around: where a result does, the
    /// plan is compiled anew with [`CompileOptions::wrapping`] and begins again at its first row. A double that only a condition, an order or a
    /// group sees is not noticed.
    #[serde(skip)]
    pub may_overflow: bool,
}

/// How the SQL is to be written. The rows are the same whatever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CompileOptions {
    /// For reading: clauses on lines of their own, and `*` for all columns of a source, where what runs lists them.
    pub pretty: bool,
    /// Values in the text instead of parameters.
    pub inline: bool,
    /// For which database. Other than SQLite: to be read or run elsewhere, with the values in the text.
    pub dialect: dialect::Dialect,
    /// Neighbouring SELECTs become one where the rules permit.
    pub merge: bool,
    /// Arithmetic on integers wraps around at their width, through functions: operators would become doubles past 64 bits.
    pub wrapping: bool,
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions { pretty: false, inline: false, dialect: dialect::Dialect::Sqlite, merge: true, wrapping: false }
    }
}

/// The SELECT for a plan. Errors are those of analysis, or `unsupported`.
pub fn compile(plan: &Plan, catalog: &dyn Catalog, options: &CompileOptions) -> Result<CompiledQuery> {
    let resolved = analyze::resolve(plan, catalog, text::parse_projection)?;
    let columns = resolved.nodes[resolved.root].schema();
    finish(&resolved, columns, options)
}

/// The output columns of a plan, without writing its SQL.
pub fn schema(plan: &Plan, catalog: &dyn Catalog) -> Result<Schema> {
    let resolved = analyze::resolve(plan, catalog, text::parse_projection)?;
    Ok(resolved.nodes[resolved.root].schema())
}

/// The nodes whose pivot has no values yet, lowest first: each is to be filled in with the rows of [`pivot_values`] before `compile`.
pub fn open_pivots(plan: &Plan) -> Vec<NodeId> {
    plan.open_pivots()
}

/// The query for the distinct values of a pivot column, ascending: one column, at most 10,001 rows. Pivots below must have their values.
pub fn pivot_values(plan: &Plan, node: NodeId, catalog: &dyn Catalog) -> Result<CompiledQuery> {
    let resolved = analyze::resolve_pivot_values(plan, node, catalog, text::parse_projection)?;
    let columns = resolved.nodes[resolved.root].schema();
    finish(&resolved, columns, &CompileOptions::default())
}

fn finish(resolved: &analyze::resolved::Resolved, columns: Schema, options: &CompileOptions) -> Result<CompiledQuery> {
    let mut statement = lower::lower(resolved, options)?;
    prune::prune(&mut statement);
    let printed = print::print(&statement, options)?;
    Ok(CompiledQuery { sql: printed.sql, params: printed.params, columns, may_overflow: statement.may_overflow })
}
