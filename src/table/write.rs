//! Frames into tables: `INSERT … SELECT` without a detour through JavaScript, and the modes of writers.

use serde::Deserialize;

use super::assign;
use super::ddl::check_name;
use super::insert::{run_write, target_columns, writable_table};
use super::reflect::{self, ColumnInfo, TableInfo, same_name};
use super::update::{column, named, push};
use super::violation;
use crate::compile::quote::identifier;
use crate::engine::{Database, hidden_name};
use crate::error::{Code, Error, Kind, Result};
use crate::expr::Expr;
use crate::plan::{Node, Plan};
use crate::schema::Schema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    Error,
    Append,
    Overwrite,
    Ignore,
}

/// Inserts a frame's rows: by the names of its columns, or by their places. The number of rows.
pub fn insert_plan(db: &Database, verb: &str, table: &str, plan: &Plan, by_name: bool) -> Result<u64> {
    let table = writable_table(db, verb, table)?;
    db.atomically(|db| insert_into(db, verb, &table, plan, by_name))
}

fn insert_into(db: &Database, verb: &str, table: &TableInfo, plan: &Plan, by_name: bool) -> Result<u64> {
    let fields = db.plan_schema(plan)?;
    let columns = columns_for(verb, table, &fields, by_name)?;
    let mut plan = plan.clone();
    // Columns by place: a frame may have names twice, and names of its own.
    let places: Vec<String> = (0..fields.len()).map(|i| format!("__moltres_{i}")).collect();
    let input = plan.root;
    let input = push(&mut plan, Node::RenameAll { input, names: places.clone() });
    let exprs = columns.iter().zip(&fields).zip(&places).map(|((target, field), place)| {
        let value = assign::assigned(verb, table, target, column(place), &field.data_type)?;
        Ok(named(value, &target.name))
    });
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    push(&mut plan, Node::Project { input, exprs });
    let query = db.prepare_stored_plan(&plan)?;
    let names: Vec<String> = columns.iter().map(|c| identifier(&c.name)).collect();
    let sql = format!("INSERT INTO {} ({}) {}", table.qualified(), names.join(", "), query.sql);
    run_write(db, verb, table, &sql, &query.params)
}

fn columns_for<'t>(verb: &str, table: &'t TableInfo, fields: &Schema, by_name: bool) -> Result<Vec<&'t ColumnInfo>> {
    if by_name {
        let names: Vec<String> = fields.iter().map(|f| f.name.clone()).collect();
        return target_columns(verb, table, &names);
    }
    let columns: Vec<&ColumnInfo> = table.writable().collect();
    if columns.len() != fields.len() {
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        return Err(Error::invalid(format!(
            "{verb}: the frame has {} columns, \"{}\" has {}: {}",
            fields.len(),
            table.name,
            names.len(),
            names.join(", ")
        ))
        .hint("insertInto goes by place; db.insert(table, frame) goes by name")
        .detail("verb", verb));
    }
    Ok(columns)
}

/// `saveAsTable`: a table of the frame's columns and rows. Rows written; None: nothing was done.
pub fn save_as_table(db: &Database, name: &str, plan: &Plan, mode: Mode) -> Result<Option<u64>> {
    let verb = "saveAsTable";
    check_name(verb, name)?;
    let existing = reflect::find(db.connection(), name)?;
    match (&existing, mode) {
        (Some(_), Mode::Ignore) => Ok(None),
        (Some(table), Mode::Error) => Err(Error::invalid(format!("{verb}: table \"{}\" exists already", table.name))
            .kind(Kind::SchemaError)
            .hint("mode(\"append\"), mode(\"overwrite\") or mode(\"ignore\") says what to do")
            .detail("table", table.name.as_str())),
        (Some(_), Mode::Append) => insert_plan(db, verb, name, plan, true).map(Some),
        (Some(table), Mode::Overwrite) if table.is_view => {
            Err(Error::unsupported(format!("{verb}: \"{}\" is a view", table.name)).hint("dropView() removes it"))
        }
        (Some(table), Mode::Overwrite) => db
            .atomically(|db| {
                let source = set_aside(db, plan, Some(&table.name))?;
                db.execute(&format!("DROP TABLE {}", table.qualified()), &[]).map_err(|error| violation::explain(db, verb, table, error, None))?;
                let n = create_from(db, verb, name, source.as_ref().unwrap_or(plan))?;
                forget_aside(db, source.as_ref())?;
                Ok(n)
            })
            .map(Some),
        (None, _) => db.atomically(|db| create_from(db, verb, name, plan)).map(Some),
    }
}

fn create_from(db: &Database, verb: &str, name: &str, plan: &Plan) -> Result<u64> {
    let fields = db.plan_schema(plan)?;
    for (i, field) in fields.iter().enumerate() {
        if fields.iter().take(i).any(|f| same_name(&f.name, &field.name)) {
            return Err(Error::new(Code::DuplicateColumn, format!("{verb}: the frame has two columns named \"{}\"", field.name))
                .hint("give one an alias, or drop it"));
        }
    }
    // Columns may be NULL: that no row has one now says nothing of the rows to come.
    let columns: Vec<String> =
        fields.iter().map(|f| format!("{} {}", identifier(&f.name), f.data_type.declaration()).trim_end().to_owned()).collect();
    db.execute(&format!("CREATE TABLE main.{} ({})", identifier(name), columns.join(", ")), &[])?;
    let table = writable_table(db, verb, name)?;
    insert_into(db, verb, &table, plan, false)
}

/// `insertInto`: rows into an existing table, by place; `overwrite` empties it first.
pub fn insert_into_table(db: &Database, name: &str, plan: &Plan, mode: Mode) -> Result<Option<u64>> {
    let verb = "insertInto";
    let table = writable_table(db, verb, name)?;
    match mode {
        Mode::Ignore => Ok(None),
        Mode::Error | Mode::Append => insert_plan(db, verb, name, plan, false).map(Some),
        Mode::Overwrite => db
            .atomically(|db| {
                let source = set_aside(db, plan, Some(&table.name))?;
                db.execute(&format!("DELETE FROM {}", table.qualified()), &[]).map_err(|error| violation::explain(db, verb, &table, error, None))?;
                let n = insert_into(db, verb, &table, source.as_ref().unwrap_or(plan), false)?;
                forget_aside(db, source.as_ref())?;
                Ok(n)
            })
            .map(Some),
    }
}

/// A frame that may read the table which is about to go is computed first, into a temporary table. None: it reads only others.
fn set_aside(db: &Database, plan: &Plan, target: Option<&str>) -> Result<Option<Plan>> {
    let reads_others_only = plan.nodes.iter().all(|node| match node {
        Node::Table { name } => {
            target.is_some_and(|t| !same_name(t, name)) && reflect::find(db.connection(), name).is_ok_and(|found| found.is_some_and(|t| !t.is_view))
        }
        Node::Sql { .. } => false,
        _ => true,
    });
    if reads_others_only && !plan_has_text(plan) {
        return Ok(None);
    }
    let name = hidden_name("aside");
    db.materialise(&name, &db.prepare_stored_plan(plan)?)?;
    Ok(Some(Plan { nodes: vec![Node::Table { name }], root: 0 }))
}

/// Could an expression hold a subquery in words?
fn plan_has_text(plan: &Plan) -> bool {
    let is_text = |expr: &crate::expr::ExprRef| {
        let mut stack = vec![expr];
        while let Some(expr) = stack.pop() {
            if matches!(expr.as_ref(), Expr::Text { .. }) {
                return true;
            }
            stack.extend(expr.children());
        }
        false
    };
    plan.nodes.iter().any(|node| match node {
        Node::Project { exprs, .. } => exprs.iter().any(is_text),
        Node::Filter { condition, .. } => is_text(condition),
        Node::WithColumns { columns, .. } => columns.iter().any(|(_, expr)| is_text(expr)),
        Node::Aggregate { keys, aggregates, .. } => keys.iter().chain(aggregates).any(is_text),
        _ => false,
    })
}

fn forget_aside(db: &Database, source: Option<&Plan>) -> Result<()> {
    match source.map(|plan| plan.nodes.as_slice()) {
        Some([Node::Table { name }]) => db.drop_hidden(name),
        _ => Ok(()),
    }
}
