//! `CREATE TABLE`: columns, their types and defaults, and constraints.

use serde::Deserialize;

use super::super::cell::{self, Cell, Stored};
use super::super::fragment;
use super::super::reflect::same_name;
use super::{check_name, yes};
use crate::analyze::suggest;
use crate::compile::quote::identifier;
use crate::error::{Code, Error, Result};
use crate::plan::wire::WireLiteral;
use crate::types::DataType;
use crate::value::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTable {
    pub name: String,
    pub columns: Vec<ColumnSpec>,
    #[serde(default = "yes")]
    pub if_not_exists: bool,
    #[serde(default)]
    pub temporary: bool,
    /// SQLite checks the type of every value, also of those that other programs write.
    #[serde(default)]
    pub strict: bool,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

#[derive(Debug, Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct ColumnSpec {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(default = "yes")]
    pub nullable: bool,
    pub default: Option<DefaultSpec>,
    #[serde(default)]
    pub primary_key: bool,
    #[serde(default)]
    pub auto_increment: bool,
    #[serde(default)]
    pub unique: bool,
    pub check: Option<String>,
    pub references: Option<References>,
    pub generated: Option<Generated>,
    pub collate: Option<String>,
}

#[derive(Debug, Deserialize, Clone)]
#[serde(untagged)]
pub enum DefaultSpec {
    /// An expression in SQLite's words: `CURRENT_TIMESTAMP`.
    Text {
        sql: String,
    },
    Literal(WireLiteral),
}

#[derive(Debug, Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct References {
    pub table: String,
    /// Empty: the primary key.
    #[serde(default)]
    pub columns: Vec<String>,
    pub on_delete: Option<String>,
    pub on_update: Option<String>,
    /// Checked at commit instead of at once.
    #[serde(default)]
    pub deferred: bool,
}

#[derive(Debug, Deserialize, Clone)]
pub struct Generated {
    #[serde(rename = "as")]
    pub expression: String,
    #[serde(default)]
    pub stored: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Constraint {
    PrimaryKey { columns: Vec<String>, name: Option<String> },
    Unique { columns: Vec<String>, name: Option<String> },
    Check { expression: String, name: Option<String> },
    ForeignKey { columns: Vec<String>, references: References, name: Option<String> },
}

fn list(names: &[String]) -> String {
    names.iter().map(|n| identifier(n)).collect::<Vec<_>>().join(", ")
}

fn named(name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", identifier(name)))
}

impl CreateTable {
    pub(super) fn sql(&self) -> Result<String> {
        let verb = "createTable";
        check_name(verb, &self.name)?;
        if self.columns.is_empty() {
            return Err(Error::invalid(format!("{verb}: \"{}\" has no columns", self.name)).hint("column(\"id\", \"INTEGER\", {primaryKey: true})"));
        }
        for (i, column) in self.columns.iter().enumerate() {
            if let Some(twin) = self.columns.iter().take(i).find(|c| same_name(&c.name, &column.name)) {
                return Err(Error::new(Code::DuplicateColumn, format!("{verb}: \"{}\" has two columns named \"{}\"", self.name, twin.name))
                    .detail("verb", verb)
                    .detail("column", twin.name.as_str()));
            }
        }
        let mut key: Vec<String> = self.columns.iter().filter(|c| c.primary_key).map(|c| c.name.clone()).collect();
        let inline_key = key.len() == 1;
        let keys_given = self.constraints.iter().filter(|c| matches!(c, Constraint::PrimaryKey { .. })).count();
        if keys_given + usize::from(!key.is_empty()) > 1 {
            return Err(Error::invalid(format!("{verb}: \"{}\" has two primary keys", self.name))
                .hint("give primaryKey([…]) or {primaryKey: true}, not both"));
        }
        if let Some(Constraint::PrimaryKey { columns, .. }) = self.constraints.iter().find(|c| matches!(c, Constraint::PrimaryKey { .. })) {
            key.clone_from(columns);
        }
        let mut parts = Vec::new();
        for column in &self.columns {
            let in_key = key.iter().any(|k| same_name(k, &column.name));
            parts.push(column.sql(verb, self.strict, inline_key && column.primary_key, in_key)?);
        }
        if key.len() > 1 && keys_given == 0 {
            parts.push(format!("PRIMARY KEY ({})", list(&key)));
        }
        for constraint in &self.constraints {
            parts.push(self.constraint_sql(verb, constraint)?);
        }
        Ok(format!(
            "CREATE {}TABLE {}{} ({}){}",
            if self.temporary { "TEMPORARY " } else { "" },
            if self.if_not_exists { "IF NOT EXISTS " } else { "" },
            identifier(&self.name),
            parts.join(", "),
            if self.strict { " STRICT" } else { "" },
        ))
    }

    fn constraint_sql(&self, verb: &str, constraint: &Constraint) -> Result<String> {
        let known = |columns: &[String]| -> Result<()> {
            if columns.is_empty() {
                return Err(Error::invalid(format!("{verb}: a constraint of \"{}\" names no columns", self.name)));
            }
            match columns.iter().find(|name| !self.columns.iter().any(|c| same_name(&c.name, name))) {
                None => Ok(()),
                Some(name) => {
                    let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
                    let error = Error::new(
                        Code::UnknownColumn,
                        format!(
                            "{verb}: a constraint names column \"{name}\", which \"{}\" does not have; columns are: {}",
                            self.name,
                            names.join(", ")
                        ),
                    )
                    .detail("verb", verb)
                    .detail("column", name.as_str());
                    Err(suggest::with_nearest(error, name, names))
                }
            }
        };
        Ok(match constraint {
            Constraint::PrimaryKey { columns, name } => {
                known(columns)?;
                format!("{}PRIMARY KEY ({})", named(name.as_ref()), list(columns))
            }
            Constraint::Unique { columns, name } => {
                known(columns)?;
                format!("{}UNIQUE ({})", named(name.as_ref()), list(columns))
            }
            Constraint::Check { expression, name } => format!("{}CHECK ({})", named(name.as_ref()), fragment::check("check", expression)?),
            Constraint::ForeignKey { columns, references, name } => {
                known(columns)?;
                if !references.columns.is_empty() && references.columns.len() != columns.len() {
                    return Err(Error::invalid(format!(
                        "foreignKey: {} columns refer to {} of \"{}\"",
                        columns.len(),
                        references.columns.len(),
                        references.table
                    )));
                }
                format!("{}FOREIGN KEY ({}) {}", named(name.as_ref()), list(columns), references.sql()?)
            }
        })
    }
}

impl ColumnSpec {
    /// `sole_key`: it is the primary key by itself. `in_key`: it is part of one, which SQLite alone would let be NULL.
    pub(super) fn sql(&self, verb: &str, strict: bool, sole_key: bool, in_key: bool) -> Result<String> {
        if self.name.is_empty() || self.name.contains('\0') {
            return Err(Error::invalid(format!("{verb}: a column name may not be empty or hold a NUL character")));
        }
        let place = format!("column \"{}\"", self.name);
        let data_type = DataType::parse(&self.type_name).map_err(|e| e.within(&place))?;
        let declared = if strict { strict_type(&data_type).to_owned() } else { data_type.declaration() };
        let mut sql = identifier(&self.name);
        if !declared.is_empty() {
            sql.push(' ');
            sql.push_str(&declared);
        }
        let rowid = sole_key && declared == "INTEGER";
        if sole_key {
            sql.push_str(" PRIMARY KEY");
            if self.auto_increment {
                if !rowid {
                    return Err(Error::invalid(format!("{place}: autoIncrement needs the type INTEGER")));
                }
                sql.push_str(" AUTOINCREMENT");
            }
        } else if self.auto_increment {
            return Err(Error::invalid(format!("{place}: autoIncrement needs {{primaryKey: true}}")));
        }
        // NULL in the row number stands for the next one, so a rowid column is left as it is.
        if (!self.nullable || in_key) && !rowid {
            sql.push_str(" NOT NULL");
        }
        if self.unique {
            sql.push_str(" UNIQUE");
        }
        if let Some(default) = &self.default {
            sql.push_str(&format!(" DEFAULT {}", default_sql(&place, default, &data_type)?));
        }
        if let Some(check) = &self.check {
            sql.push_str(&format!(" CHECK ({})", fragment::check(&format!("{place}: check"), check)?));
        }
        if strict && data_type == DataType::Boolean {
            sql.push_str(&format!(" CHECK ({} IN (0, 1))", identifier(&self.name)));
        }
        if let Some(collate) = &self.collate {
            sql.push_str(&format!(" COLLATE {}", identifier(collate)));
        }
        if let Some(references) = &self.references {
            sql.push(' ');
            sql.push_str(&references.sql()?);
        }
        if let Some(generated) = &self.generated {
            let expression = fragment::check(&format!("{place}: generated"), &generated.expression)?;
            sql.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {}", if generated.stored { "STORED" } else { "VIRTUAL" }));
        }
        Ok(sql)
    }
}

/// STRICT tables know only these types; booleans, dates and JSON are stored as always but lose their logical type.
fn strict_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "INTEGER",
        t if t.is_integer() => "INTEGER",
        t if t.is_fractional() => "REAL",
        DataType::Binary => "BLOB",
        DataType::Any => "ANY",
        _ => "TEXT",
    }
}

impl References {
    pub(super) fn sql(&self) -> Result<String> {
        if self.table.is_empty() {
            return Err(Error::invalid("references: the table's name is empty"));
        }
        let mut sql = format!("REFERENCES {}", identifier(&self.table));
        if !self.columns.is_empty() {
            sql.push_str(&format!(" ({})", list(&self.columns)));
        }
        for (event, action) in [("DELETE", &self.on_delete), ("UPDATE", &self.on_update)] {
            if let Some(action) = action {
                sql.push_str(&format!(" ON {event} {}", action_sql(event, action)?));
            }
        }
        if self.deferred {
            sql.push_str(" DEFERRABLE INITIALLY DEFERRED");
        }
        Ok(sql)
    }
}

fn action_sql(event: &str, action: &str) -> Result<&'static str> {
    let word: String = action.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    Ok(match word.as_str() {
        "cascade" => "CASCADE",
        "setnull" => "SET NULL",
        "setdefault" => "SET DEFAULT",
        "restrict" => "RESTRICT",
        "noaction" => "NO ACTION",
        _ => {
            return Err(Error::invalid(format!("on{}: \"{action}\" is not an action", if event == "DELETE" { "Delete" } else { "Update" }))
                .hint("actions are cascade, set null, set default, restrict, no action"));
        }
    })
}

fn default_sql(place: &str, default: &DefaultSpec, data_type: &DataType) -> Result<String> {
    match default {
        DefaultSpec::Text { sql } => {
            let text = fragment::check(&format!("{place}: default"), sql)?;
            // The three words of SQL must stand without parentheses to keep their meaning in other tools.
            let bare = ["current_timestamp", "current_date", "current_time", "null", "true", "false"].contains(&text.to_ascii_lowercase().as_str());
            Ok(if bare { text.to_uppercase() } else { format!("({text})") })
        }
        DefaultSpec::Literal(literal) => {
            let value = literal.clone().decode()?.value;
            let cell = match &value {
                Value::Null => Cell::Null,
                Value::Integer(i) => Cell::Integer(*i),
                Value::Real(r) => Cell::Number(*r),
                Value::Text(s) => Cell::Text(s),
                Value::Blob(b) => Cell::Bytes(b),
            };
            let stored = cell::store(cell, data_type).map_err(|e| e.within(&format!("{place}: default")))?;
            literal_sql(place, &stored)
        }
    }
}

/// A stored value as an SQL literal. Definitions cannot bind values.
fn literal_sql(place: &str, stored: &Stored<'_>) -> Result<String> {
    Ok(match stored {
        Stored::Null => "NULL".to_owned(),
        Stored::Integer(i) => i.to_string(),
        Stored::Real(r) if r.is_infinite() => (if *r > 0.0 { "9e999" } else { "-9e999" }).to_owned(),
        Stored::Real(r) => format!("{r:?}"),
        Stored::Text(s) if s.contains('\0') => return Err(Error::invalid(format!("{place}: a default may not hold a NUL character"))),
        Stored::Text(s) => format!("'{}'", s.replace('\'', "''")),
        Stored::Bytes(b) => format!("X'{}'", b.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    })
}
