//! Which row of an input a table refused: SQLite names the constraint only. Looked for when a load has failed, so that loads that succeed cost nothing.

use serde_json::{Map, Value as Json};

use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::table::{reflect, violation};
use crate::value::Value;

/// Rows that are tried at once; the first of them that fails is then looked for row by row.
const ROWS_AT_ONCE: i64 = 1_000;

/// Rows of `staged`, a temporary table, on their way into a table of the main database.
pub struct Move<'a> {
    pub table: &'a str,
    pub staged: &'a str,
    pub fields: &'a [Field],
    /// `INSERT INTO … SELECT … FROM …`, without its WHERE.
    pub insert: &'a str,
}

impl Move<'_> {
    /// Moves all rows, or none: then the error names the row of the input.
    pub fn run(&self, db: &Database) -> Result<()> {
        db.observed(self.insert, &[], |tally| {
            let moved = db.atomically(|db| db.run_quietly(self.insert, &[]));
            tally.changed = moved.map_err(|error| self.explain(db, error))?;
            Ok(())
        })
    }

    fn explain(&self, db: &Database, error: Error) -> Error {
        // A constraint that rolls everything back has ended the transaction in which rows could be tried.
        if !is_constraint(&error) || db.connection().is_autocommit() {
            return error;
        }
        match self.first_refused(db) {
            Ok(Some((row, error))) => self.describe(db, row, error),
            Ok(None) => error,
            // A deadline, or a disk that fails.
            Err(other) => other,
        }
    }

    /// The row and its own error. What is tried stays until the caller rolls back.
    fn first_refused(&self, db: &Database) -> Result<Option<(i64, Error)>> {
        let row = self.row_id();
        let last = db.quietly(&format!("SELECT max({row}) FROM temp.{}", identifier(self.staged)), &[])?;
        let Some(Value::Integer(last)) = last.into_iter().flatten().next() else { return Ok(None) };
        let sql = format!("{} WHERE {row} BETWEEN ?1 AND ?2", self.insert);
        let attempt = |from: i64, to: i64| db.atomically(|db| db.run_quietly(&sql, &[Value::Integer(from), Value::Integer(to)]));
        let mut from = 1;
        while from <= last {
            let to = from.saturating_add(ROWS_AT_ONCE - 1).min(last);
            match attempt(from, to) {
                Ok(_) => {}
                Err(error) if !is_constraint(&error) => return Err(error),
                Err(_) => {
                    for at in from..=to {
                        match attempt(at, at) {
                            Ok(_) => {}
                            Err(error) if is_constraint(&error) => return Ok(Some((at, error))),
                            Err(error) => return Err(error),
                        }
                    }
                }
            }
            from = to + 1;
        }
        Ok(None)
    }

    fn describe(&self, db: &Database, row: i64, error: Error) -> Error {
        let Ok(table) = reflect::table(db.connection(), "read", self.table) else { return error };
        let error = violation::explain_at(db, &format!("row {row} of the input"), &table, error).detail("row", row);
        let columns: Vec<String> = match error.report().details.get("columns").and_then(Json::as_array) {
            Some(columns) => columns.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            None => self.key_columns(&error),
        };
        let values = self.values(db, row, &columns);
        let message = error.report().message.clone();
        // That a NULL is NULL needs no saying.
        if values.is_empty() || error.code() == Code::ConstraintNotNull {
            return error;
        }
        let shown: Vec<String> = values.iter().map(|(name, value)| format!("\"{name}\" is {value}")).collect();
        error.message(format!("{message}: {}", shown.join(", "))).detail("values", values)
    }

    /// Of the one foreign key that a table has.
    fn key_columns(&self, error: &Error) -> Vec<String> {
        match error.report().details.get("foreignKeys").and_then(Json::as_array).map(Vec::as_slice) {
            Some([key]) => key["columns"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => vec![],
        }
    }

    /// What the row has in these columns, those that the input has.
    fn values(&self, db: &Database, row: i64, columns: &[String]) -> Map<String, Json> {
        let mut values = Map::new();
        for name in columns {
            let Some(field) = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) else { continue };
            let sql = format!("SELECT CAST({} AS TEXT) FROM temp.{} WHERE {} = ?1", identifier(&field.name), identifier(self.staged), self.row_id());
            let found = db.quietly(&sql, &[Value::Integer(row)]).unwrap_or_default().into_iter().flatten().next();
            let value = match found {
                Some(Value::Text(text)) => Json::String(crate::csv::report::shown(text.as_bytes())),
                _ => Json::Null,
            };
            values.insert(name.clone(), value);
        }
        values
    }

    /// A name of the row's number that no column has taken.
    fn row_id(&self) -> &'static str {
        row_id(self.fields)
    }
}

fn is_constraint(error: &Error) -> bool {
    use Code::{ConstraintCheck, ConstraintForeignKey, ConstraintNotNull, ConstraintUnique, TypeMismatch};
    matches!(error.code(), ConstraintUnique | ConstraintNotNull | ConstraintCheck | ConstraintForeignKey | TypeMismatch)
}

/// A name of the number of a row that none of these columns has taken.
pub fn row_id(fields: &[Field]) -> &'static str {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !fields.iter().any(|f| f.name.eq_ignore_ascii_case(name))).unwrap_or("rowid")
}
