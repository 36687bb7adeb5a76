//! UPDATE and DELETE from plans: conditions and values are compiled as any frame's, over the table with its row key.
//!
//! The rows and their new values are found first, by one SELECT; only then is anything written. So every expression sees the old
//! values, and a condition may hold subqueries on the same table.

use std::sync::Arc;

use super::assign;
use super::insert::{run_write, target_columns, writable_table};
use super::reflect::{ColumnInfo, TableInfo, same_name};
use crate::analyze::{Catalog, UserFunction};
use crate::compile::quote::identifier;
use crate::compile::{self, CompileOptions, CompiledQuery};
use crate::engine::Database;
use crate::error::{Error, Result};
use crate::expr::{Expr, ExprRef};
use crate::plan::{Node, NodeId, Plan};
use crate::schema::{Field, Schema};
use crate::types::DataType;

/// The catalogue with the key of one table's rows as a column, so that a plan can name it.
pub(super) struct Keyed<'a> {
    db: &'a Database,
    table: &'a TableInfo,
    /// Names of the key's columns: SQLite's row number under a name that is free, or the primary key.
    pub keys: Vec<String>,
}

impl<'a> Keyed<'a> {
    pub fn new(db: &'a Database, table: &'a TableInfo) -> Result<Self> {
        let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none());
        let keys = match free {
            Some(name) if !table.without_rowid => vec![name.to_owned()],
            _ => table.primary_key().iter().map(|c| c.name.clone()).collect(),
        };
        if keys.is_empty() {
            return Err(Error::unsupported(format!("\"{}\" has columns named rowid, _rowid_ and oid and no primary key", table.name)));
        }
        Ok(Keyed { db, table, keys })
    }

    pub fn compile(&self, plan: &Plan) -> Result<CompiledQuery> {
        compile::compile(plan, self, &CompileOptions { wrapping: true, ..CompileOptions::default() })
    }

    pub fn schema(&self, plan: &Plan) -> Result<Schema> {
        compile::schema(plan, self)
    }

    fn key_exprs(&self) -> Vec<ExprRef> {
        self.keys.iter().enumerate().map(|(i, name)| named(column(name), &key_name(i))).collect()
    }
}

impl Catalog for Keyed<'_> {
    fn table(&self, name: &str) -> Result<Option<(String, Schema)>> {
        let mut found = self.db.table(name)?;
        if let Some((spelling, schema)) = &mut found
            && same_name(spelling, &self.table.name)
            && !self.table.without_rowid
        {
            schema.extend(self.keys.iter().map(|key| Field::new(key.clone(), DataType::Long, false)));
        }
        Ok(found)
    }
    fn table_names(&self) -> Result<Vec<String>> {
        self.db.table_names()
    }
    fn query_columns(&self, sql: &str) -> Result<Schema> {
        self.db.query_columns(sql)
    }
    fn collates(&self, table: Option<&str>) -> Result<bool> {
        self.db.collates(table)
    }
    fn user_function(&self, name: &str) -> Option<UserFunction> {
        self.db.user_function(name)
    }
    fn cached(&self, id: &str) -> Option<String> {
        self.db.cached(id)
    }
}

pub(super) fn column(name: &str) -> ExprRef {
    Expr::column(format!("`{}`", name.replace('`', "``")))
}

pub(super) fn named(arg: ExprRef, name: &str) -> ExprRef {
    Arc::new(Expr::Alias { arg, names: vec![name.to_owned()] })
}

pub(super) fn key_name(i: usize) -> String {
    format!("__moltres_key_{i}")
}

pub(super) fn value_name(i: usize) -> String {
    format!("__moltres_value_{i}")
}

/// Adds a node on top of a plan.
pub(super) fn push(plan: &mut Plan, node: Node) -> NodeId {
    plan.nodes.push(node);
    plan.root = plan.nodes.len() - 1;
    plan.root
}

/// Updates rows: the plan is `table → filter? → withColumns`. The number of rows.
pub fn update(db: &Database, mut plan: Plan) -> Result<u64> {
    let shape = || Error::invalid("update: the plan is not an update");
    let Some(Node::WithColumns { input, columns: set }) = plan.nodes.get(plan.root).cloned() else { return Err(shape()) };
    if set.is_empty() {
        return Err(Error::invalid("update: nothing is set").hint("db.update(table, {where, set: {column: value}})"));
    }
    let table = writable_table(db, "update", table_of(&plan, input).ok_or_else(shape)?)?;
    let names: Vec<String> = set.iter().map(|(name, _)| name.clone()).collect();
    let columns = target_columns("update", &table, &names)?;
    let keyed = Keyed::new(db, &table)?;
    let values: Vec<ExprRef> = set.into_iter().map(|(_, expr)| expr).collect();
    let query = assigned_rows(&keyed, "update", &table, &columns, values, &mut plan, input).map_err(|e| e.within("update"))?;
    run_update(db, "update", &table, &keyed, &columns, &query)
}

/// The SELECT of keys and new values over the node `input`.
pub(super) fn assigned_rows(
    keyed: &Keyed<'_>,
    verb: &str,
    table: &TableInfo,
    columns: &[&ColumnInfo],
    values: Vec<ExprRef>,
    plan: &mut Plan,
    input: NodeId,
) -> Result<CompiledQuery> {
    let project = |values: Vec<ExprRef>| {
        let mut exprs = keyed.key_exprs();
        exprs.extend(values.into_iter().enumerate().map(|(i, value)| named(value, &value_name(i))));
        Node::Project { input, exprs }
    };
    push(plan, project(values.clone()));
    let types = keyed.schema(plan)?;
    let types = types.iter().skip(keyed.keys.len());
    let values = values
        .into_iter()
        .zip(columns)
        .zip(types)
        .map(|((value, column), field)| assign::assigned(verb, table, column, value, &field.data_type))
        .collect::<Result<Vec<_>>>()?;
    push(plan, project(values));
    keyed.compile(plan)
}

pub(super) fn run_update(
    db: &Database,
    verb: &str,
    table: &TableInfo,
    keyed: &Keyed<'_>,
    columns: &[&ColumnInfo],
    query: &CompiledQuery,
) -> Result<u64> {
    let target = table.qualified();
    let set: Vec<String> =
        columns.iter().enumerate().map(|(i, c)| format!("{} = \"new\".{}", identifier(&c.name), identifier(&value_name(i)))).collect();
    let on: Vec<String> = keyed
        .keys
        .iter()
        .enumerate()
        .map(|(i, key)| format!("{}.{} = \"new\".{}", identifier(&table.name), identifier(key), identifier(&key_name(i))))
        .collect();
    let sql = format!("UPDATE {target} SET {} FROM ({}) AS \"new\" WHERE {}", set.join(", "), query.sql, on.join(" AND "));
    run_write(db, verb, table, &sql, &query.params)
}

/// Deletes rows: the plan is `table → filter?`. The number of rows.
pub fn delete(db: &Database, mut plan: Plan) -> Result<u64> {
    let table = table_of(&plan, plan.root).ok_or_else(|| Error::invalid("delete: the plan is not a delete"))?.to_owned();
    let table = writable_table(db, "delete", &table)?;
    let target = table.qualified();
    let (sql, params) = if matches!(plan.nodes.get(plan.root), Some(Node::Table { .. })) {
        (format!("DELETE FROM {target}"), vec![])
    } else {
        let keyed = Keyed::new(db, &table)?;
        let input = plan.root;
        push(&mut plan, Node::Project { input, exprs: keyed.key_exprs() });
        let query = keyed.compile(&plan).map_err(|e| e.within("delete"))?;
        let keys: Vec<String> = keyed.keys.iter().map(|key| identifier(key)).collect();
        let keys = if keys.len() == 1 { keys.concat() } else { format!("({})", keys.join(", ")) };
        (format!("DELETE FROM {target} WHERE {keys} IN ({})", query.sql), query.params)
    };
    run_write(db, "delete", &table, &sql, &params)
}

/// The table below filters.
fn table_of(plan: &Plan, mut node: NodeId) -> Option<&str> {
    loop {
        match plan.nodes.get(node)? {
            Node::Table { name } => return Some(name),
            Node::Filter { input, .. } => node = *input,
            _ => return None,
        }
    }
}
