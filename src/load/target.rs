//! Where a load ends: the temporary table of a frame, a new table, or one that exists.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::misfit::{Move, row_id};
use crate::compile::quote::identifier;
use crate::engine::{Database, declared_type};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IfExists {
    Error,
    Append,
    Replace,
}

#[derive(Debug, Clone)]
pub struct Target {
    /// None: a temporary table.
    table: Option<String>,
    if_exists: IfExists,
    /// Texts are what inference left over, not what the input calls strings.
    infers_texts: bool,
}

/// Takes `table` and `ifExists` out of the options.
pub fn split_options(options: &str) -> Result<(String, Map<String, Json>)> {
    let mut map: Map<String, Json> = serde_json::from_str(options).map_err(|e| Error::invalid(format!("options: {e}")))?;
    let mut target = Map::new();
    for name in ["table", "ifExists"] {
        if let Some(value) = map.remove(name) {
            target.insert(name.to_owned(), value);
        }
    }
    Ok((Json::Object(map).to_string(), target))
}

impl Target {
    pub fn new(db: &Database, format: &str, options: Map<String, Json>) -> Result<Target> {
        let table = match options.get("table") {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) if !name.is_empty() => Some(name.clone()),
            Some(other) => return Err(Error::invalid(format!("table: a name is needed, not {other}"))),
        };
        let if_exists = match options.get("ifExists") {
            None | Some(Json::Null) => IfExists::Error,
            Some(Json::String(s)) if s == "error" => IfExists::Error,
            Some(Json::String(s)) if s == "append" => IfExists::Append,
            Some(Json::String(s)) if s == "replace" => IfExists::Replace,
            Some(other) => return Err(Error::invalid(format!("ifExists: {other} is none of \"error\", \"append\", \"replace\""))),
        };
        let target = Target { table, if_exists, infers_texts: format == "csv" };
        if let Some(name) = &target.table {
            if db.is_read_only()? {
                return Err(Error::new(Code::PermissionDenied, format!("table: \"{name}\" cannot be written, the database is read-only"))
                    .hint("without table the rows go into a temporary table"));
            }
            if name.to_lowercase().starts_with("_moltres_") || name.to_lowercase().starts_with("sqlite_") {
                return Err(Error::invalid(format!("table: \"{name}\" is a reserved name")));
            }
            target.check(db, name)?;
        }
        Ok(target)
    }

    /// `table`, `view`, or None, of a name in the main database.
    fn kind(db: &Database, name: &str) -> Result<Option<String>> {
        let sql = "SELECT type FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
        Ok(db.connection().query_row(sql, [name], |row| row.get(0)).optional()?)
    }

    fn check(&self, db: &Database, name: &str) -> Result<()> {
        let sql = "SELECT 1 FROM temp.sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
        if db.connection().query_row(sql, [name], |_| Ok(())).optional()?.is_some() {
            return Err(Error::invalid(format!("table: a temporary table is called \"{name}\", and hides any other of that name"))
                .hint("another name, or dropTable first")
                .detail("table", name));
        }
        match (Self::kind(db, name)?.as_deref(), self.if_exists) {
            (Some("view"), _) => Err(Error::invalid(format!("table: \"{name}\" is a view"))),
            (Some(_), IfExists::Error) => Err(Error::invalid(format!("table: \"{name}\" exists"))
                .hint("ifExists: \"append\" adds to it, \"replace\" replaces it")
                .detail("table", name)),
            _ => Ok(()),
        }
    }

    fn columns(db: &Database, name: &str) -> Result<Vec<(String, DataType)>> {
        let mut statement = db.connection().prepare("SELECT name, type FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid")?;
        let rows = statement.query_map([name], |row| Ok((row.get(0)?, declared_type(&row.get::<_, String>(1)?))))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Text columns of a table that is appended to stay text: `1.50` must not pass through a number.
    pub fn suggest_types(&self, db: &Database, format: &str, options: &mut String) -> Result<()> {
        let Some(name) = self.table.as_ref().filter(|_| self.if_exists == IfExists::Append && format == "csv") else { return Ok(()) };
        let mut map: Map<String, Json> = serde_json::from_str(options).map_err(|e| Error::invalid(format!("options: {e}")))?;
        let texts: Vec<Json> = Self::columns(db, name)?.into_iter().filter(|(_, t)| *t == DataType::String).map(|(name, _)| name.into()).collect();
        if !texts.is_empty() {
            map.insert("textColumns".to_owned(), texts.into());
            *options = Json::Object(map).to_string();
        }
        Ok(())
    }

    /// Moves the rows of the temporary table to where they belong, all or nothing; the name of the table that holds them.
    pub fn take_over(&self, db: &Database, staged: &str, fields: &[Field]) -> Result<String> {
        let Some(name) = &self.table else { return Ok(staged.to_owned()) };
        db.atomically(|db| {
            // What exists may have changed while the input was read.
            self.check(db, name)?;
            let exists = Self::kind(db, name)?.is_some();
            let conn = db.connection();
            let into = format!("main.{}", identifier(name));
            if exists && self.if_exists == IfExists::Replace {
                conn.execute_batch(&format!("DROP TABLE {into}"))?;
            }
            if !exists || self.if_exists == IfExists::Replace {
                let columns: Vec<String> = fields.iter().map(|f| format!("{} {}", identifier(&f.name), f.data_type.declaration())).collect();
                conn.execute_batch(&format!("CREATE TABLE {into} ({})", columns.join(", ")))?;
            } else {
                let known = Self::columns(db, name)?;
                for field in fields {
                    if Self::is_generated(db, name, &field.name)? {
                        return Err(Error::invalid(format!("column \"{}\" of table \"{name}\" is computed, it cannot be loaded", field.name))
                            .hint("columns: […] selects what is read"));
                    }
                    if !known.iter().any(|(column, _)| column.to_lowercase() == field.name.to_lowercase()) {
                        let names: Vec<&str> = known.iter().map(|(n, _)| n.as_str()).collect();
                        return Err(Error::new(
                            Code::UnknownColumn,
                            format!("column \"{}\" of the input is not in table \"{name}\"; columns are: {}", field.name, names.join(", ")),
                        )
                        .hint("columns: […] selects what is read"));
                    }
                }
            }
            let columns: Vec<String> = fields.iter().map(|f| identifier(&f.name)).collect();
            let columns = columns.join(", ");
            let mut values = Vec::new();
            if exists && self.if_exists == IfExists::Append {
                let known = Self::columns(db, name)?;
                for field in fields {
                    let into = known.iter().find(|(column, _)| column.to_lowercase() == field.name.to_lowercase()).map_or(&DataType::Any, |(_, t)| t);
                    values.push(self.fit(db, (name, into), staged, (field, fields))?);
                }
            }
            let values = values.join(", ");
            // Without columns named, SQLite moves whole records where the tables agree.
            let sql = if !exists || self.if_exists == IfExists::Replace {
                format!("INSERT INTO {into} SELECT * FROM temp.{}", identifier(staged))
            } else {
                format!("INSERT INTO {into} ({columns}) SELECT {values} FROM temp.{}", identifier(staged))
            };
            Move { table: name, staged, fields, insert: &sql }.run(db)?;
            db.drop_hidden(staged)?;
            Ok(name.clone())
        })
    }

    fn is_generated(db: &Database, table: &str, column: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM pragma_table_xinfo(?1, 'main') WHERE hidden IN (2, 3) AND name = ?2 COLLATE NOCASE";
        Ok(db.connection().query_row(sql, [table, column], |_| Ok(())).optional()?.is_some())
    }

    /// The expression for a column of what is appended. Values that a column of numbers, booleans, dates or timestamps cannot hold are
    /// `csv_type_conflict`: SQLite would keep them as they are, and nobody expects them there.
    fn fit(&self, db: &Database, (table, into): (&str, &DataType), staged: &str, (field, fields): (&Field, &[Field])) -> Result<String> {
        use DataType::{Boolean, Byte, Date, Decimal, Double, Float, Int, Long, Short, String as Text, Timestamp};
        let column = identifier(&field.name);
        // Texts that are no numbers are larger than all numbers.
        let no_number = format!("{column} > CAST(9e999 AS REAL)");
        let (value, misfit) = match (into, &field.data_type) {
            (Timestamp, Date) => (format!("{column} || ' 00:00:00'"), None),
            (Date, Timestamp) => (format!("substr({column}, 1, 10)"), Some(format!("substr({column}, 11) <> ' 00:00:00'"))),
            (Byte | Short | Int | Long, Double | Float | Decimal(..)) => (column.clone(), Some(format!("{column} <> CAST({column} AS INTEGER)"))),
            (Byte | Short | Int | Long | Double | Float | Decimal(..), Text | Date | Timestamp) => (column.clone(), Some(no_number)),
            (Boolean, Long | Double) => (column.clone(), Some(format!("{column} NOT IN (0, 1)"))),
            (Boolean, Text | Date | Timestamp) => (column.clone(), Some(format!("{no_number} OR CAST({column} AS REAL) NOT IN (0, 1)"))),
            (Date | Timestamp, Text) if self.infers_texts => {
                (column.clone(), Some(format!("{column} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*'")))
            }
            _ => (column.clone(), None),
        };
        let Some(misfit) = misfit else { return Ok(value) };
        let row = row_id(fields);
        let sql = format!("SELECT {row}, CAST({column} AS TEXT) FROM temp.{} WHERE {misfit} ORDER BY {row} LIMIT 1", identifier(staged));
        let found = db.connection().query_row(&sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?;
        let Some((row, text)) = found else { return Ok(value) };
        let shown = crate::csv::report::shown(text.as_bytes());
        Err(Error::new(
            Code::CsvTypeConflict,
            format!("column \"{}\" of table \"{table}\" is {into}, row {row} of the input has \"{shown}\" for it", field.name),
        )
        .hint("schema: {…} with the table's types makes such values NULL and reports them; nullValues, dateFormat, timestampFormat or columns: […] may help")
        .detail("column", field.name.clone())
        .detail("row", row)
        .detail("value", shown))
    }
}
