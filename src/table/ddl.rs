//! Definitions: tables, indexes, views. Each operation is data; [`Ddl::sql`] says what it would run, [`run`] runs it.

mod create_table;

use serde::Deserialize;
use serde_json::Value as Json;

use super::fragment;
use super::reflect::{self, FRAME_PREFIX};
use crate::compile::CompileOptions;
use crate::compile::quote::identifier;
use crate::engine::{Database, HIDDEN_PREFIX};
use crate::error::{Error, Result};
use crate::plan::wire::{self};
pub use create_table::{ColumnSpec, Constraint, CreateTable, DefaultSpec, Generated, References};

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub enum Ddl {
    CreateTable(CreateTable),
    #[serde(rename_all = "camelCase")]
    DropTable {
        name: String,
        #[serde(default = "yes")]
        if_exists: bool,
    },
    CreateIndex(CreateIndex),
    #[serde(rename_all = "camelCase")]
    DropIndex {
        name: String,
        #[serde(default = "yes")]
        if_exists: bool,
    },
    AlterTable {
        name: String,
        changes: Vec<Change>,
    },
    CreateView(CreateView),
    #[serde(rename_all = "camelCase")]
    DropView {
        name: String,
        #[serde(default = "yes")]
        if_exists: bool,
    },
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateIndex {
    pub name: String,
    pub table: String,
    pub columns: Vec<IndexedColumn>,
    #[serde(default)]
    pub unique: bool,
    #[serde(rename = "where")]
    pub condition: Option<String>,
    #[serde(default = "yes")]
    pub if_not_exists: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexedColumn {
    pub name: Option<String>,
    /// Instead of a name: an expression in SQLite's words.
    pub expression: Option<String>,
    #[serde(default)]
    pub descending: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "change", rename_all = "camelCase")]
pub enum Change {
    AddColumn { column: Box<ColumnSpec> },
    DropColumn { name: String },
    RenameColumn { from: String, to: String },
    RenameTo { name: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateView {
    pub name: String,
    /// A SELECT in SQLite's words, or
    pub sql: Option<String>,
    /// a frame's plan as JSON text, compiled with its values in the text: a view has no parameters.
    pub plan: Option<String>,
    #[serde(default)]
    pub if_not_exists: bool,
    #[serde(default)]
    pub replace: bool,
    #[serde(default)]
    pub temporary: bool,
}

/// Runs a definition; all its statements or none.
pub fn run(db: &Database, ddl: &Ddl) -> Result<()> {
    let statements = ddl.sql(db)?;
    check_target(db, ddl)?;
    db.atomically(|db| {
        for sql in &statements {
            db.execute(sql, &[]).map_err(|error| if error.report().sql.is_none() { error.sql(sql.as_str()) } else { error })?;
        }
        Ok(())
    })
}

/// SQLite says `no such table`; ours names the verb, lists what exists and suggests.
fn check_target(db: &Database, ddl: &Ddl) -> Result<()> {
    let conn = db.connection();
    match ddl {
        Ddl::DropTable { name, if_exists: false } => reflect::table(conn, "dropTable", name).map(drop),
        Ddl::AlterTable { name, changes } => {
            let table = reflect::table(conn, "alterTable", name)?;
            for change in changes {
                match change {
                    Change::DropColumn { name } | Change::RenameColumn { from: name, .. } if table.column(name).is_none() && changes.len() == 1 => {
                        return Err(table.unknown_column("alterTable", name));
                    }
                    _ => {}
                }
            }
            Ok(())
        }
        Ddl::CreateIndex(index) => {
            let table = reflect::table(conn, "createIndex", &index.table)?;
            match index.columns.iter().filter_map(|c| c.name.as_deref()).find(|name| table.column(name).is_none()) {
                Some(name) => Err(table.unknown_column("createIndex", name)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

impl Ddl {
    /// The statements that this operation is.
    pub fn sql(&self, db: &Database) -> Result<Vec<String>> {
        Ok(match self {
            Ddl::CreateTable(table) => vec![table.sql()?],
            Ddl::DropTable { name, if_exists } => vec![drop_sql("TABLE", "dropTable", name, *if_exists)?],
            Ddl::DropIndex { name, if_exists } => vec![drop_sql("INDEX", "dropIndex", name, *if_exists)?],
            Ddl::DropView { name, if_exists } => vec![drop_sql("VIEW", "dropView", name, *if_exists)?],
            Ddl::CreateIndex(index) => vec![index.sql()?],
            Ddl::AlterTable { name, changes } => alter_sql(name, changes)?,
            Ddl::CreateView(view) => view.sql(db)?,
        })
    }
}

/// A name of the user's: anything but empty, SQLite's or ours.
pub fn check_name<'a>(verb: &str, name: &'a str) -> Result<&'a str> {
    let refuse = |why: &str| Err(Error::invalid(format!("{verb}: {why}")).detail("verb", verb).detail("name", name));
    if name.is_empty() {
        return refuse("a name may not be empty");
    }
    if name.contains('\0') {
        return refuse("a name may not hold a NUL character");
    }
    if name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_")) {
        return refuse("names that begin with \"sqlite_\" belong to SQLite");
    }
    if name.starts_with(HIDDEN_PREFIX) && !name.starts_with(FRAME_PREFIX) {
        return refuse("names that begin with \"__moltres\" belong to the library");
    }
    Ok(name)
}

fn drop_sql(what: &str, verb: &str, name: &str, if_exists: bool) -> Result<String> {
    let guard = if if_exists { "IF EXISTS " } else { "" };
    Ok(format!("DROP {what} {guard}{}", identifier(check_name(verb, name)?)))
}

impl CreateIndex {
    fn sql(&self) -> Result<String> {
        let verb = "createIndex";
        check_name(verb, &self.name)?;
        if self.columns.is_empty() {
            return Err(Error::invalid(format!("{verb}: \"{}\" has no columns", self.name)));
        }
        let columns = self.columns.iter().map(|column| {
            let key = match (&column.name, &column.expression) {
                (Some(name), None) => identifier(name),
                (None, Some(text)) => format!("({})", fragment::check("createIndex: expression", text)?),
                _ => return Err(Error::invalid(format!("{verb}: a column is a name or an expression"))),
            };
            Ok(if column.descending { format!("{key} DESC") } else { key })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?.join(", ");
        let mut sql = format!(
            "CREATE {}INDEX {}{} ON {} ({columns})",
            if self.unique { "UNIQUE " } else { "" },
            if self.if_not_exists { "IF NOT EXISTS " } else { "" },
            identifier(&self.name),
            identifier(&self.table),
        );
        if let Some(condition) = &self.condition {
            sql.push_str(&format!(" WHERE {}", fragment::check("createIndex: where", condition)?));
        }
        Ok(sql)
    }
}

fn alter_sql(name: &str, changes: &[Change]) -> Result<Vec<String>> {
    let verb = "alterTable";
    if changes.is_empty() {
        return Err(Error::invalid(format!("{verb}: nothing to change in \"{name}\""))
            .hint(".addColumn(…), .dropColumn(…), .renameColumn(…) or .renameTo(…)"));
    }
    let mut current = check_name(verb, name)?;
    changes
        .iter()
        .map(|change| {
            let head = format!("ALTER TABLE {}", identifier(current));
            Ok(match change {
                Change::AddColumn { column } => format!("{head} ADD COLUMN {}", column.sql(verb, false, false, false)?),
                Change::DropColumn { name } => format!("{head} DROP COLUMN {}", identifier(name)),
                Change::RenameColumn { from, to } => format!("{head} RENAME COLUMN {} TO {}", identifier(from), identifier(to)),
                Change::RenameTo { name } => {
                    current = check_name(verb, name)?;
                    format!("{head} RENAME TO {}", identifier(name))
                }
            })
        })
        .collect()
}

impl CreateView {
    fn sql(&self, db: &Database) -> Result<Vec<String>> {
        let name = identifier(check_name("createView", &self.name)?);
        let text = match (&self.sql, &self.plan) {
            (Some(sql), None) => sql.clone(),
            (None, Some(plan)) => {
                let options = CompileOptions { inline: true, ..CompileOptions::default() };
                db.compile_plan_with(&wire::decode(plan)?, &options).map_err(|e| e.within("createView"))?.sql
            }
            _ => return Err(Error::invalid("createView: a frame or a SELECT is expected")),
        };
        let text = text.trim().trim_end_matches(';').trim_end();
        fragment::check_statement("createView", text)?;
        let create = format!(
            "CREATE {}VIEW {}{name} AS {text}",
            if self.temporary { "TEMPORARY " } else { "" },
            if self.if_not_exists && !self.replace { "IF NOT EXISTS " } else { "" },
        );
        Ok(if self.replace { vec![format!("DROP VIEW IF EXISTS {name}"), create] } else { vec![create] })
    }
}

/// Reads an operation as JavaScript sends it.
pub fn decode(json: &str) -> Result<Ddl> {
    serde_json::from_str::<Json>(json).and_then(serde_json::from_value).map_err(|e| Error::invalid(format!("not a definition: {e}")))
}
