//! SQLite's errors about names, in our words: what was asked for, what exists, and the nearest. For statements in the user's own words; what
//! the compiler writes has been checked before.

use super::Database;
use crate::analyze::suggest;
use crate::error::{Code, Error};
use crate::expr::registry;
use crate::value::Value;

/// Names beginning so are the library's own.
const HIDDEN: [&str; 3] = ["__moltres", "_moltres", "sqlite_"];

/// The error with names that exist, if it is one about a name; else as it is.
pub(super) fn with_names(db: &Database, error: Error, sql: &str) -> Error {
    let message = error.to_string();
    let after = |prefix: &str| message.strip_prefix(prefix).map(str::trim).map(str::to_owned);
    let better = if let Some(table) = after("no such table: ") {
        let tables = tables(db);
        let bare = table.rsplit_once('.').map_or(table.as_str(), |(_, name)| name);
        Some(suggest::unknown(Code::UnknownTable, "table", bare, "tables", &tables.iter().map(String::as_str).collect::<Vec<_>>()))
    } else if let Some(name) = after("no such function: ") {
        let unknown = Error::new(Code::UnknownFunction, format!("function \"{name}\" does not exist")).detail("name", name.as_str());
        let nearest = suggest::nearest(&name, registry::functions().iter().map(|f| f.sql_name));
        Some(match nearest {
            Some(nearest) => unknown.hint(format!("\"{nearest}\" might be meant")).detail("suggestion", nearest),
            None => unknown,
        })
    } else if let Some(column) = after("no such column: ") {
        // SQLite goes on: ` - should this be a string literal in single-quotes?`
        let column = column.split(" - ").next().unwrap_or_default().trim_matches('"').to_owned();
        let (_, bare) = column.rsplit_once('.').unwrap_or(("", &column));
        let columns = columns_mentioned(db, sql);
        let unknown = Error::new(Code::UnknownColumn, format!("column \"{column}\" not found")).detail("name", column.as_str());
        Some(match suggest::nearest(bare, columns.iter().map(String::as_str)) {
            Some(nearest) => unknown.hint(format!("\"{nearest}\" might be meant")).detail("suggestion", nearest),
            None => unknown.hint("a text stands between single quotes, \"…\" is a name"),
        })
    } else if let Some(column) = after("ambiguous column name: ") {
        let ambiguous = Error::new(Code::AmbiguousColumn, format!("column \"{column}\" is ambiguous: more than one table has it"));
        Some(ambiguous.hint("write the table's name or alias before it").detail("name", column))
    } else if let Some(rest) = after("wrong number of arguments to function ") {
        let name = rest.trim_end_matches("()").to_owned();
        let takes = registry::lookup(&name).map(|f| match f.arity() {
            (least, Some(most)) if least == most => format!("it takes {least}"),
            (least, Some(most)) => format!("it takes {least} to {most}"),
            (least, None) => format!("it takes at least {least}"),
        });
        let wrong = Error::new(Code::WrongArity, format!("{name}() has a wrong number of arguments"));
        Some(takes.into_iter().fold(wrong, Error::hint))
    } else {
        None
    };
    let Some(mut better) = better else { return error };
    let report = error.report();
    if let Some(sql) = &report.sql {
        better = better.sql(sql.clone());
    }
    match report.position {
        Some(position) => better.position(position),
        None => better,
    }
}

fn names(db: &Database, sql: &str) -> Vec<String> {
    let rows = db.quietly(sql, &[]).unwrap_or_default();
    rows.into_iter().filter_map(|mut row| if let Some(Value::Text(name)) = row.pop() { Some(name) } else { None }).collect()
}

fn tables(db: &Database) -> Vec<String> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') UNION SELECT name FROM temp.sqlite_schema WHERE type IN ('table', 'view')";
    let mut found = names(db, sql);
    found.retain(|name| !HIDDEN.iter().any(|prefix| name.starts_with(prefix)));
    found
}

/// The columns of all tables whose names stand in the text.
fn columns_mentioned(db: &Database, sql: &str) -> Vec<String> {
    let text = sql.to_lowercase();
    let mentioned = tables(db).into_iter().filter(|table| text.contains(&table.to_lowercase())).take(50);
    mentioned.flat_map(|table| names(db, &format!("SELECT name FROM pragma_table_xinfo('{}')", table.replace('\'', "''")))).collect()
}
