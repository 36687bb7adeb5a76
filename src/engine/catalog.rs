//! What the database holds, for analysis: tables, views, temporary tables, user functions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rusqlite::Connection;

use super::Database;
use super::statement::Statement;
use crate::analyze::{Catalog, UserFunction};
use crate::error::Result;
use crate::schema::{Field, Schema};
use crate::types::DataType;
use crate::value::Value;

/// Tables of ours in the user's database begin with this; they are not listed.
pub const HIDDEN_PREFIX: &str = "__moltres";

/// Schemas that were read, until something changes.
#[derive(Default)]
pub struct Schemas {
    /// `schema_version` of main and temp when they were read.
    version: Cell<(i64, i64)>,
    tables: RefCell<HashMap<String, Option<(String, Schema)>>>,
    queries: RefCell<HashMap<String, Schema>>,
    /// Of tables, and under no name of all together: is there a collation?
    collations: RefCell<HashMap<Option<String>, bool>>,
}

impl Schemas {
    pub fn forget(&self) {
        self.tables.borrow_mut().clear();
        self.queries.borrow_mut().clear();
        self.collations.borrow_mut().clear();
    }
}

/// Schemas by number.
#[derive(Default)]
pub struct Shapes {
    known: RefCell<Vec<Schema>>,
}

impl Shapes {
    const MAX: usize = 10_000;

    pub fn number(&self, schema: &Schema) -> u32 {
        let mut known = self.known.borrow_mut();
        // The newest are the likeliest.
        if let Some(at) = known.iter().rev().take(256).position(|each| each == schema) {
            return (known.len() - 1 - at) as u32;
        }
        if known.len() >= Self::MAX {
            // Numbers are never reused, so that nobody decodes with a schema that has changed; beyond this the old ones go.
            for old in known.iter_mut().take(Self::MAX / 2) {
                old.clear();
            }
        }
        known.push(schema.clone());
        (known.len() - 1) as u32
    }

    pub fn get(&self, number: u32) -> Option<Schema> {
        self.known.borrow().get(number as usize).cloned()
    }
}

/// The columns of a statement: names as SQLite gives them, types as declared.
pub(super) fn statement_columns(statement: &Statement) -> Schema {
    (0..statement.column_count())
        .map(|i| {
            let declared = statement.column_declared_type(i);
            Field::new(statement.column_name(i), declared.map_or(DataType::Any, |text| declared_type(&text)), true)
        })
        .collect()
}

/// A declared type as ours; spellings that are not ours by SQLite's rules of affinity.
pub fn declared_type(text: &str) -> DataType {
    if text.trim().is_empty() {
        return DataType::Any;
    }
    if let Ok(known) = DataType::parse(text) {
        return known;
    }
    let upper = text.to_uppercase();
    let has = |part: &str| upper.contains(part);
    if has("BOOL") {
        DataType::Boolean
    } else if has("INT") {
        DataType::Long
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        DataType::String
    } else if has("BLOB") {
        DataType::Binary
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        DataType::Double
    } else if has("TIMESTAMP") || has("DATETIME") {
        DataType::Timestamp
    } else {
        DataType::Any
    }
}

impl Database {
    /// Drops what was read when a schema has changed since.
    fn refresh_schemas(&self) -> Result<()> {
        let main = self.pragma("PRAGMA main.schema_version")?;
        let temp = self.pragma("PRAGMA temp.schema_version")?;
        if self.schemas.version.get() != (main, temp) {
            self.schemas.forget();
            self.schemas.version.set((main, temp));
        }
        Ok(())
    }

    /// Our own small questions: not statements of the user, so not in telemetry.
    pub(crate) fn quietly(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        self.with_statement(sql, |statement| {
            statement.bind_all(params)?;
            let mut rows = Vec::new();
            while statement.step()? {
                rows.push((0..statement.column_count()).map(|i| statement.value(i)).collect());
            }
            Ok(rows)
        })
    }

    /// The same with a statement that is compiled once: what runs for every page or slice must not be compiled each time.
    pub(crate) fn with_statement<T>(&self, sql: &str, work: impl FnOnce(&Statement) -> Result<T>) -> Result<T> {
        let statement = self.statements.take(&self.conn, sql)?;
        let result = work(&statement);
        self.statements.give_back(sql, statement);
        result
    }

    /// Runs a write that is part of a statement which is counted already; the rows it changed.
    pub(crate) fn run_quietly(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let before = self.conn.total_changes();
        self.quietly(sql, params)?;
        Ok(if self.conn.total_changes() > before { self.conn.changes() } else { 0 })
    }

    fn pragma(&self, sql: &str) -> Result<i64> {
        Ok(match self.quietly(sql, &[])?.first().and_then(|row| row.first()) {
            Some(Value::Integer(i)) => *i,
            _ => 0,
        })
    }

    fn read_table(&self, name: &str) -> Result<Option<(String, Schema)>> {
        // Temporary tables hide those of the same name in main, as in SQL.
        let found = self.quietly(
            "SELECT schema, name FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE ORDER BY schema = 'temp' DESC, schema = 'main' DESC LIMIT 1",
            &[name.into()],
        )?;
        let Some([Value::Text(schema), Value::Text(spelling)]) = found.first().map(Vec::as_slice) else { return Ok(None) };
        let columns = self.quietly(
            // A lone INTEGER PRIMARY KEY is the rowid; columns of other keys may be NULL in SQLite.
            "SELECT name, type, \"notnull\" OR (pk > 0 AND upper(type) = 'INTEGER' AND max(pk) OVER () = 1)
             FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1 ORDER BY cid",
            &[spelling.as_str().into(), schema.as_str().into()],
        )?;
        let schema = columns
            .into_iter()
            .filter_map(|row| match row.as_slice() {
                [Value::Text(name), declared, not_null] => {
                    let declared = if let Value::Text(text) = declared { text.as_str() } else { "" };
                    Some(Field::new(name.clone(), declared_type(declared), *not_null != Value::Integer(1)))
                }
                _ => None,
            })
            .collect();
        Ok(Some((spelling.clone(), schema)))
    }

    /// Looks for the word in the definitions: of the table, or of everything where it is a view or a virtual table, which may pass any column on.
    /// A column declared STRING is as good as collated: SQLite holds numbers in it.
    fn read_collates(&self, table: Option<&str>) -> Result<bool> {
        let databases = self.quietly("SELECT name FROM pragma_database_list", &[])?;
        for database in databases.iter().filter_map(|row| row.first()) {
            let Value::Text(database) = database else { continue };
            let schema = crate::compile::quote::identifier(database);
            let found = self.quietly(
                &format!(
                    "SELECT 1 FROM {schema}.sqlite_schema WHERE type IN ('table', 'view') AND (lower(sql) LIKE '%collate%' OR lower(sql) LIKE '%string%')
                     AND (?1 IS NULL OR name = ?1 COLLATE NOCASE
                          OR EXISTS (SELECT 1 FROM {schema}.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND rootpage = 0)) LIMIT 1"
                ),
                &[table.map_or(Value::Null, Value::from)],
            )?;
            if !found.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Names of tables (`"table"`) or views (`"view"`) of the user, sorted: not SQLite's, not ours, not temporary.
pub fn names_of(conn: &Connection, kind: &str) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare_cached("SELECT name FROM main.sqlite_schema WHERE type = ?1 AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name")?;
    let names = statement.query_map([kind], |row| row.get::<_, String>(0))?;
    Ok(names.filter(|name| name.as_ref().map_or(true, |name| !name.starts_with(HIDDEN_PREFIX))).collect::<rusqlite::Result<_>>()?)
}

impl Catalog for Database {
    fn table(&self, name: &str) -> Result<Option<(String, Schema)>> {
        self.refresh_schemas()?;
        let key = name.to_lowercase();
        if let Some(known) = self.schemas.tables.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.read_table(name)?;
        self.schemas.tables.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    fn table_names(&self) -> Result<Vec<String>> {
        let mut names = names_of(&self.conn, "table")?;
        names.extend(names_of(&self.conn, "view")?);
        Ok(names)
    }

    fn query_columns(&self, sql: &str) -> Result<Schema> {
        self.refresh_schemas()?;
        if let Some(known) = self.schemas.queries.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.statements.take(&self.conn, sql)?;
        let columns = statement_columns(&statement);
        self.statements.give_back(sql, statement);
        self.schemas.queries.borrow_mut().insert(sql.to_owned(), columns.clone());
        Ok(columns)
    }

    /// As of the last question for a table or for a query's columns, which sees whether something has changed.
    fn collates(&self, table: Option<&str>) -> Result<bool> {
        let key = table.map(str::to_lowercase);
        if let Some(known) = self.schemas.collations.borrow().get(&key) {
            return Ok(*known);
        }
        let found = self.read_collates(table)?;
        self.schemas.collations.borrow_mut().insert(key, found);
        Ok(found)
    }

    fn user_function(&self, name: &str) -> Option<UserFunction> {
        self.functions.borrow().get(&name.to_lowercase()).cloned()
    }

    fn cached(&self, id: &str) -> Option<String> {
        let table = self.caches.borrow().get(id).cloned()?;
        // A rollback may have taken the table back.
        self.table(&table).ok().flatten().map(|_| table)
    }
}
