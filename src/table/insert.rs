//! Inserting rows: a batch is one prepared statement run once per row, inside a savepoint.

use serde_json::{Map, Value as Json};

use super::cell::{self, Cell};
use super::reflect::{self, ColumnInfo, TableInfo};
use super::rows::Rows;
use super::violation;
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Result};
use crate::value::Value;

/// Inserts `rows` into the columns `names` of a table; columns that are not named get their defaults. `first_row` is the number
/// of rows that the caller sent before, for messages. All rows go in, or none.
pub fn insert(db: &Database, table: &str, names: &[String], rows: Rows<'_>, first_row: usize) -> Result<u64> {
    let table = writable_table(db, "insert", table)?;
    let columns = target_columns("insert", &table, names)?;
    if columns.len() != rows.n_columns {
        return Err(Error::internal(format!("{} columns for {} names", rows.n_columns, columns.len())));
    }
    let sql = insert_sql(&table, &columns);
    counted(db, &sql, || {
        db.atomically(|db| {
            let mut statement = db.connection().prepare_cached(&sql)?;
            let mut reader = rows.reader()?;
            for row in 0..rows.n_rows {
                for (i, column) in columns.iter().enumerate() {
                    let given = reader.next_cell()?;
                    let stored = cell::store(given, &column.data_type).map_err(|e| at_row(e, "insert", &table, column, first_row + row))?;
                    statement.raw_bind_parameter(i + 1, stored)?;
                }
                statement.raw_execute().map_err(|error| {
                    let error = violation::explain(db, "insert", &table, error.into(), Some(first_row + row));
                    with_values(error, rows, row, &columns)
                })?;
            }
            Ok(rows.n_rows as u64)
        })
    })
}

/// Characters of a text that an error carries.
const SHOWN: usize = 100;

/// The error with the values that the row has in the columns at fault.
fn with_values(error: Error, rows: Rows<'_>, row: usize, columns: &[&ColumnInfo]) -> Error {
    let Some(Json::Array(at_fault)) = error.report().details.get("columns") else { return error };
    let Ok(mut reader) = rows.reader() else { return error };
    let mut values = Map::new();
    for _ in 0..row.saturating_mul(columns.len()) {
        if reader.next_cell().is_err() {
            return error;
        }
    }
    for column in columns {
        let Ok(cell) = reader.next_cell() else { return error };
        if at_fault.iter().filter_map(Json::as_str).any(|name| reflect::same_name(name, &column.name)) {
            let value = match cell {
                Cell::Null => Json::Null,
                Cell::Boolean(b) => b.into(),
                Cell::Integer(i) => i.into(),
                Cell::Number(r) | Cell::Instant(r) => r.into(),
                Cell::Text(s) | Cell::Json(s) => s.chars().take(SHOWN).collect::<String>().into(),
                Cell::Bytes(bytes) => format!("{} bytes", bytes.len()).into(),
            };
            values.insert(column.name.clone(), value);
        }
    }
    if values.is_empty() { error } else { error.detail("values", values) }
}

/// Runs a write of several steps as one statement of the telemetry, watched by the deadline.
pub(super) fn counted(db: &Database, sql: &str, work: impl FnOnce() -> Result<u64>) -> Result<u64> {
    counted_with(db, sql, &[], work)
}

/// The same for one statement with parameters.
pub(super) fn counted_with(db: &Database, sql: &str, params: &[Value], work: impl FnOnce() -> Result<u64>) -> Result<u64> {
    db.observed(sql, params, |tally| {
        tally.changed = work()?;
        Ok(tally.changed)
    })
}

/// Runs one statement that writes to a table; the rows it changed.
pub(super) fn run_write(db: &Database, verb: &str, table: &TableInfo, sql: &str, params: &[Value]) -> Result<u64> {
    counted_with(db, sql, params, || db.run_quietly(sql, params).map_err(|error| violation::explain(db, verb, table, error, None)))
}

pub(super) fn writable_table(db: &Database, verb: &str, name: &str) -> Result<TableInfo> {
    let table = reflect::table(db.connection(), verb, name)?;
    if table.is_view {
        return Err(Error::unsupported(format!("{verb}: \"{}\" is a view; rows are written to tables", table.name)).detail("verb", verb));
    }
    Ok(table)
}

/// The columns of these names, each once and none generated.
pub(super) fn target_columns<'t>(verb: &str, table: &'t TableInfo, names: &[String]) -> Result<Vec<&'t ColumnInfo>> {
    let mut columns: Vec<&ColumnInfo> = Vec::with_capacity(names.len());
    for name in names {
        let column = table.column(name).ok_or_else(|| table.unknown_column(verb, name))?;
        if column.generated {
            return Err(Error::invalid(format!("{verb}: column \"{}\" of \"{}\" is generated", column.name, table.name))
                .detail("column", column.name.as_str()));
        }
        if columns.iter().any(|c| std::ptr::eq(*c, column)) {
            return Err(Error::new(Code::DuplicateColumn, format!("{verb}: column \"{}\" is given twice", column.name))
                .detail("column", column.name.as_str()));
        }
        columns.push(column);
    }
    Ok(columns)
}

pub(super) fn insert_sql(table: &TableInfo, columns: &[&ColumnInfo]) -> String {
    let into = format!("INSERT INTO {}", table.qualified());
    if columns.is_empty() {
        return format!("{into} DEFAULT VALUES");
    }
    let names: Vec<String> = columns.iter().map(|c| identifier(&c.name)).collect();
    let places: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
    format!("{into} ({}) VALUES ({})", names.join(", "), places.join(", "))
}

pub(super) fn at_row(error: Error, verb: &str, table: &TableInfo, column: &ColumnInfo, row: usize) -> Error {
    error
        .within(&format!("{verb}: row {row}, column \"{}\" of \"{}\"", column.name, table.name))
        .detail("verb", verb)
        .detail("table", table.name.as_str())
        .detail("column", column.name.as_str())
        .detail("row", row)
}
