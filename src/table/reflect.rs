//! Reflection: what tables, views, columns, indexes and foreign keys there are, read from SQLite's own catalogue.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value as Json;

use crate::analyze::suggest;
use crate::compile::quote::identifier;
use crate::engine::{declared_type, names_of};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// Temporary tables that hold the rows of `createDataFrame`; JavaScript makes them like any other table.
pub const FRAME_PREFIX: &str = "__moltres_frame_";

#[derive(Debug, Clone, PartialEq)]
pub struct TableInfo {
    /// In the spelling of its definition.
    pub name: String,
    /// `main`, `temp` or an attached database.
    pub schema: String,
    pub is_view: bool,
    pub without_rowid: bool,
    pub strict: bool,
    pub columns: Vec<ColumnInfo>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ColumnInfo {
    pub name: String,
    pub data_type: DataType,
    pub nullable: bool,
    /// As SQL text.
    pub default: Option<String>,
    /// Place in the primary key, from 1; 0: not in it.
    pub key_position: u32,
    pub generated: bool,
}

impl TableInfo {
    /// Its name in SQL, with its database.
    pub fn qualified(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }

    pub fn column(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns.iter().find(|c| c.name == name).or_else(|| self.columns.iter().find(|c| same_name(&c.name, name)))
    }

    pub fn primary_key(&self) -> Vec<&ColumnInfo> {
        let mut key: Vec<&ColumnInfo> = self.columns.iter().filter(|c| c.key_position > 0).collect();
        key.sort_by_key(|c| c.key_position);
        key
    }

    /// Is this column SQLite's row number under another name? NULL then stands for the next number.
    pub fn is_rowid(&self, column: &ColumnInfo) -> bool {
        !self.without_rowid && !self.is_view && column.data_type == DataType::Long && column.key_position > 0 && self.primary_key().len() == 1
    }

    /// The columns that a row can be written to.
    pub fn writable(&self) -> impl Iterator<Item = &ColumnInfo> {
        self.columns.iter().filter(|c| !c.generated)
    }

    pub fn unknown_column(&self, verb: &str, name: &str) -> Error {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let error =
            Error::new(Code::UnknownColumn, format!("{verb}: column \"{name}\" not found in \"{}\"; columns are: {}", self.name, names.join(", ")))
                .detail("verb", verb)
                .detail("column", name)
                .detail("table", self.name.as_str())
                .detail("columns", names.iter().map(|n| Json::from(*n)).collect::<Vec<_>>());
        suggest::with_nearest(error, name, names)
    }
}

/// SQLite folds the case of ASCII letters only.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The table or view of this name, as a statement would find it: temporary ones first.
pub fn find(conn: &Connection, name: &str) -> Result<Option<TableInfo>> {
    let mut statement = conn.prepare_cached(
        "SELECT schema, name, type, wr, strict FROM pragma_table_list WHERE lower(name) = lower(?1) ORDER BY schema <> 'temp', schema <> 'main'",
    )?;
    let found = statement
        .query_row([name], |row| {
            Ok(TableInfo {
                schema: row.get(0)?,
                name: row.get(1)?,
                is_view: row.get::<_, String>(2)? == "view",
                without_rowid: row.get(3)?,
                strict: row.get(4)?,
                columns: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut table) = found else { return Ok(None) };
    let mut statement =
        conn.prepare_cached("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, ?2) WHERE hidden <> 1")?;
    let columns = statement.query_map([&table.name, &table.schema], |row| {
        let declared: String = row.get(1)?;
        Ok(ColumnInfo {
            name: row.get(0)?,
            data_type: declared_type(&declared),
            nullable: !row.get::<_, bool>(2)?,
            default: row.get(3)?,
            key_position: row.get(4)?,
            generated: row.get::<_, i64>(5)? >= 2,
        })
    })?;
    table.columns = columns.collect::<rusqlite::Result<_>>()?;
    let rowid = table.columns.iter().position(|c| table.is_rowid(c));
    if let Some(column) = rowid.and_then(|i| table.columns.get_mut(i)) {
        column.nullable = false;
    }
    Ok(Some(table))
}

/// The same, where its absence is an error of `verb`.
pub fn table(conn: &Connection, verb: &str, name: &str) -> Result<TableInfo> {
    match find(conn, name)? {
        Some(table) => Ok(table),
        None => Err(unknown_table(conn, verb, name)?),
    }
}

pub fn unknown_table(conn: &Connection, verb: &str, name: &str) -> Result<Error> {
    let mut known = tables(conn)?;
    known.extend(views(conn)?);
    let listed = if known.is_empty() { "there are no tables".to_owned() } else { format!("tables are: {}", known.join(", ")) };
    let error = Error::new(Code::UnknownTable, format!("{verb}: table \"{name}\" not found; {listed}"))
        .detail("verb", verb)
        .detail("table", name)
        .detail("tables", known.iter().map(|n| Json::from(n.as_str())).collect::<Vec<_>>());
    Ok(suggest::with_nearest(error, name, known.iter().map(String::as_str)))
}

/// Names of the user's tables, sorted; not ours, not temporary ones.
pub fn tables(conn: &Connection) -> Result<Vec<String>> {
    names_of(conn, "table")
}

pub fn views(conn: &Connection) -> Result<Vec<String>> {
    names_of(conn, "view")
}

/// A column in the words of `db.schema(name)`.
#[derive(Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: DataType,
    pub nullable: bool,
    /// A literal as the value itself, an expression as its SQL text, null without a default.
    pub default: Json,
    pub primary_key: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
}

#[derive(Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    pub name: String,
    pub table: String,
    /// Null where an expression is indexed.
    pub columns: Vec<Option<String>>,
    pub unique: bool,
    /// `index`, `unique` or `primaryKey`: what made it.
    pub origin: &'static str,
    /// The condition of a partial index, as SQL text.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    pub sql: Option<String>,
}

#[derive(Debug, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKey {
    pub columns: Vec<String>,
    pub table: String,
    /// Empty: the other table's primary key.
    pub references: Vec<String>,
    pub on_delete: String,
    pub on_update: String,
}

/// `db.schema(name)`.
pub fn schema(conn: &Connection, name: &str) -> Result<Vec<Column>> {
    Ok(columns_of(table(conn, "schema", name)?))
}

fn columns_of(table: TableInfo) -> Vec<Column> {
    table
        .columns
        .into_iter()
        .map(|c| Column {
            default: c.default.map_or(Json::Null, |text| default_value(&text, &c.data_type)),
            name: c.name,
            data_type: c.data_type,
            nullable: c.nullable,
            primary_key: c.key_position > 0,
            generated: c.generated,
        })
        .collect()
}

/// A default's SQL text as a value where it is a literal.
fn default_value(text: &str, data_type: &DataType) -> Json {
    let bare = text.trim();
    let word = bare.to_ascii_lowercase();
    match word.as_str() {
        "null" => return Json::Null,
        "true" => return true.into(),
        "false" => return false.into(),
        _ => {}
    }
    if *data_type == DataType::Boolean && (bare == "0" || bare == "1") {
        return (bare == "1").into();
    }
    const SAFE: i64 = (1 << 53) - 1;
    if let Ok(i) = bare.parse::<i64>() {
        return if (-SAFE..=SAFE).contains(&i) { i.into() } else { i.to_string().into() };
    }
    if bare.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && let Some(number) = bare.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
    {
        return Json::Number(number);
    }
    match bare.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) if !inner.replace("''", "").contains('\'') => inner.replace("''", "'").into(),
        _ => text.into(),
    }
}

/// `db.indexes(name)`, those that SQLite made for UNIQUE and PRIMARY KEY included.
pub fn indexes(conn: &Connection, name: &str) -> Result<Vec<Index>> {
    let table = table(conn, "indexes", name)?;
    let sql = format!(
        "SELECT l.name, l.\"unique\", l.origin, s.sql FROM pragma_index_list(?1, ?2) l \
         LEFT JOIN {}.sqlite_schema s ON s.type = 'index' AND s.name = l.name ORDER BY l.seq DESC",
        identifier(&table.schema)
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let found = statement.query_map([&table.name, &table.schema], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, String>(2)?, row.get::<_, Option<String>>(3)?))
    })?;
    let found: Vec<_> = found.collect::<rusqlite::Result<_>>()?;
    let mut columns = conn.prepare_cached("SELECT name FROM pragma_index_info(?1, ?2) ORDER BY seqno")?;
    found
        .into_iter()
        .map(|(name, unique, origin, sql)| {
            let names = columns.query_map([&name, &table.schema], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok(Index {
                table: table.name.clone(),
                columns: names,
                unique,
                origin: match origin.as_str() {
                    "pk" => "primaryKey",
                    "u" => "unique",
                    _ => "index",
                },
                condition: sql.as_deref().and_then(index_condition),
                name,
                sql,
            })
        })
        .collect()
}

/// The text after the last WHERE outside quotes and parentheses.
fn index_condition(sql: &str) -> Option<String> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut found = None;
    for (at, c) in sql.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '[') => quote = Some(']'),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, 'w' | 'W') if depth == 0 && sql.get(at..at + 5).is_some_and(|word| word.eq_ignore_ascii_case("where")) => {
                found = found.or(Some(at + 5))
            }
            _ => {}
        }
    }
    found.and_then(|at| sql.get(at..)).map(|text| text.trim().to_owned())
}

pub fn foreign_keys(conn: &Connection, name: &str) -> Result<Vec<ForeignKey>> {
    let table = table(conn, "foreignKeys", name)?;
    let mut statement =
        conn.prepare_cached("SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1, ?2) ORDER BY id, seq")?;
    let mut rows = statement.query([&table.name, &table.schema])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            keys.push((id, ForeignKey { columns: vec![], table: row.get(1)?, references: vec![], on_delete: row.get(4)?, on_update: row.get(5)? }));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(row.get(2)?);
            key.references.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}
