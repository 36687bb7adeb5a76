//! Constraint violations: SQLite says which constraint; we add the table, the columns and the values at fault.

use serde_json::{Value as Json, json};

use super::reflect::{self, TableInfo};
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Result};

/// An error of SQLite while rows were written, in our terms. `row` counts from 0.
pub fn explain(db: &Database, verb: &str, table: &TableInfo, error: Error, row: Option<usize>) -> Error {
    let place = row.map_or_else(|| verb.to_owned(), |row| format!("{verb}: row {row}"));
    let result = explain_at(db, &place, table, error).detail("verb", verb);
    match row {
        Some(row) => result.detail("row", row),
        None => result,
    }
}

/// The same where rows are counted otherwise: `place` begins the message.
pub fn explain_at(db: &Database, place: &str, table: &TableInfo, error: Error) -> Error {
    let message = error.report().message.clone();
    let columns = columns_in(&message);
    let result = match error.code() {
        Code::ConstraintUnique => {
            let what = if columns.is_empty() { "value of a unique index".to_owned() } else { quoted(&columns) };
            Error::new(Code::ConstraintUnique, format!("{place}: \"{}\" already has a row with the same {what}", table.name))
                .hint("merge() updates or ignores rows that exist")
        }
        Code::ConstraintNotNull => {
            Error::new(Code::ConstraintNotNull, format!("{place}: column {} of \"{}\" may not be null", quoted(&columns), table.name))
        }
        Code::ConstraintCheck if message.starts_with("cannot store") => Error::new(Code::TypeMismatch, format!("{place}: {message}")),
        Code::ConstraintCheck => {
            let check = message.split_once("failed: ").map_or("", |(_, text)| text).trim();
            Error::new(Code::ConstraintCheck, format!("{place}: \"{}\" has the condition {check}, which the row does not meet", table.name))
                .detail("check", check)
        }
        Code::ConstraintForeignKey => foreign_key(db, place, table).unwrap_or(error),
        _ => error.within(place),
    };
    let result = result.detail("table", table.name.as_str());
    if columns.is_empty() { result } else { result.detail("columns", columns) }
}

/// `UNIQUE constraint failed: t.a, t.b` names the columns.
fn columns_in(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once("constraint failed: ") else { return vec![] };
    if list.starts_with("index ") || message.starts_with("CHECK") {
        return vec![];
    }
    list.split(", ").map(|name| name.split_once('.').map_or(name, |(_, column)| column).to_owned()).collect()
}

fn quoted(columns: &[String]) -> String {
    columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ")
}

/// SQLite does not say which key; the table's keys are listed, with those that refer to it where it has none.
fn foreign_key(db: &Database, place: &str, table: &TableInfo) -> Result<Error> {
    let own = reflect::foreign_keys(db.connection(), &table.name)?;
    let mut others = Vec::new();
    for name in reflect::tables(db.connection())? {
        others.extend(
            reflect::foreign_keys(db.connection(), &name)?
                .into_iter()
                .filter(|key| reflect::same_name(&key.table, &table.name))
                .map(|key| (name.clone(), key)),
        );
    }
    let message = match (own.is_empty(), others.is_empty()) {
        (false, _) => {
            let keys: Vec<String> = own.iter().map(|key| format!("{} of \"{}\"", quoted(&key.columns), key.table)).collect();
            format!("{place}: \"{}\" refers by {} to a row that does not exist", table.name, keys.join(" or "))
        }
        (true, false) => {
            let keys: Vec<String> = others.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            format!("{place}: rows of {} refer to a row of \"{}\"", keys.join(", "), table.name)
        }
        (true, true) => format!("{place}: a foreign key is violated"),
    };
    let keys: Vec<Json> = own.iter().map(|key| json!({"table": table.name, "columns": key.columns, "references": key.table})).collect();
    let referring: Vec<Json> = others.iter().map(|(name, key)| json!({"table": name, "columns": key.columns, "references": table.name})).collect();
    Ok(Error::new(Code::ConstraintForeignKey, message).detail("foreignKeys", keys).detail("referredBy", referring))
}

/// Rows whose foreign keys point nowhere, as `PRAGMA foreign_key_check` finds them; at most `limit`.
pub fn dangling(db: &Database, limit: usize) -> Result<Vec<Json>> {
    let conn = db.connection();
    let mut statement = conn.prepare("SELECT \"table\", rowid, parent, fkid FROM pragma_foreign_key_check")?;
    let found = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, String>(2)?, row.get::<_, u32>(3)?)))?;
    let found: Vec<_> = found.take(limit).collect::<rusqlite::Result<_>>()?;
    found
        .into_iter()
        .map(|(table, rowid, parent, key)| {
            let mut columns = conn.prepare_cached("SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq")?;
            let columns: Vec<String> = columns.query_map(rusqlite::params![table, key], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let list: Vec<String> = columns.iter().map(|c| identifier(c)).collect();
            let values = match rowid {
                Some(rowid) if !list.is_empty() => {
                    let sql = format!("SELECT json_array({}) FROM {} WHERE rowid = ?1", list.join(", "), identifier(&table));
                    conn.query_row(&sql, [rowid], |row| row.get::<_, String>(0)).ok().and_then(|text| serde_json::from_str(&text).ok())
                }
                _ => None,
            };
            Ok(json!({"table": table, "rowid": rowid, "columns": columns, "values": values.unwrap_or(Json::Null), "references": parent}))
        })
        .collect()
}

/// A commit that foreign keys forbid, with the rows at fault.
pub fn at_commit(db: &Database) -> Error {
    let rows = dangling(db, 20).unwrap_or_default();
    if rows.is_empty() {
        // SQLite counts what a dropped table leaves behind, even if it was made anew since.
        return Error::new(Code::ConstraintForeignKey, "commit: a table that others refer to was dropped")
            .hint("a migration with {foreignKeys: false} may rebuild it; keys are then checked at its end");
    }
    let first = rows.first().map_or_else(String::new, |row| {
        format!(
            ": {} {} of \"{}\" refers to a row of \"{}\" that does not exist",
            row["columns"].as_array().map_or_else(String::new, |c| c.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")),
            row["values"],
            row["table"].as_str().unwrap_or_default(),
            row["references"].as_str().unwrap_or_default()
        )
    });
    Error::new(Code::ConstraintForeignKey, format!("commit: {} foreign keys are violated{first}", rows.len())).detail("rows", rows)
}
