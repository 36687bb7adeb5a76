//! Running a statement elsewhere, on a copy: so that the event loop of the thread that holds the database stays free while a long
//! statement runs, and can stop it.

use std::ffi::{CString, c_uint};

use rusqlite::ffi;
use serde::{Deserialize, Serialize};

use super::Database;
use super::cursor::{Checked, OnOverflow};
use super::statement::{Cell as StatementCell, Statement};
use crate::compile::CompiledQuery;
use crate::compile::quote::identifier;
use crate::error::{Code, Error, Result};
use crate::plan::{Node, Params, Plan};
use crate::schema::Schema;
use crate::telemetry::StatementEnd;
use crate::value::Value;

/// A statement as data.
#[derive(Debug, Serialize, Deserialize)]
pub struct MovedQuery {
    sql: String,
    params: Vec<Value>,
    columns: Option<Schema>,
    /// The same with arithmetic that wraps around, if an integer may outgrow its width.
    again: Option<(String, Vec<Value>)>,
    /// Size of a copy of the database.
    bytes: i64,
}

impl Database {
    /// None where a copy would not do.
    pub fn movable_plan(&self, plan: &Plan) -> Result<Option<MovedQuery>> {
        if let Some(Node::Sql { sql, params }) = plan.nodes.get(plan.root) {
            return self.movable_sql(sql, params);
        }
        let (plan, query) = self.prepare(plan)?;
        let again = if query.may_overflow { Some(self.compile_wrapping(&plan)?) } else { None };
        self.movable(query.sql, query.params, Some(query.columns), again.map(|query| (query.sql, query.params)))
    }

    pub fn movable_sql(&self, sql: &str, params: &Params) -> Result<Option<MovedQuery>> {
        let params = self.params_of(sql, params)?;
        self.movable(sql.to_owned(), params, None, None)
    }

    fn movable(&self, sql: String, params: Vec<Value>, columns: Option<Schema>, again: Option<(String, Vec<Value>)>) -> Result<Option<MovedQuery>> {
        let statement = self.statements.take(&self.conn, &sql)?;
        let reads = statement.is_readonly() && statement.column_count() > 0;
        self.statements.give_back(&sql, statement);
        // JSON has no infinities.
        let portable =
            params.iter().chain(again.iter().flat_map(|(_, params)| params)).all(|value| !matches!(value, Value::Real(r) if !r.is_finite()));
        if !reads || !portable || !self.functions.borrow().is_empty() {
            return Ok(None);
        }
        let mut bytes = 0;
        for schema in ["main", "temp"] {
            let size =
                self.quietly(&format!("SELECT page_count * page_size FROM pragma_page_count('{schema}'), pragma_page_size('{schema}')"), &[])?;
            if let Some(Value::Integer(n)) = size.first().and_then(|row| row.first()) {
                bytes += n;
            }
        }
        Ok(Some(MovedQuery { sql, params, columns, again, bytes }))
    }

    /// The statement as data for a copy of the main database alone: None also where it reads something of this connection, a temporary table or
    /// its last rowid.
    pub fn routable(&self, query: Option<MovedQuery>) -> Result<Option<MovedQuery>> {
        let Some(query) = query else { return Ok(None) };
        let text = query.sql.to_lowercase();
        let reads = ["select", "with", "values"].iter().any(|word| text.trim_start().starts_with(word));
        // Copies keep no rowids of tables with another key.
        let own = ["rowid", "changes", "pragma", "sqlite_dbpage"].iter().any(|name| text.contains(name));
        if !reads || own {
            return Ok(None);
        }
        // Views of other databases leave no trace in the program, and may stand before a table of main.
        if self.has_views_elsewhere()? {
            return Ok(None);
        }
        // Every database that a statement uses has a Transaction of its own; 0 is main.
        let program = self.quietly(&format!("EXPLAIN {}", query.sql), &query.params)?;
        let elsewhere = program.iter().any(|row| row.get(1) == Some(&Value::Text("Transaction".into())) && row.get(2) != Some(&Value::Integer(0)));
        Ok((!elsewhere).then_some(query))
    }

    fn has_views_elsewhere(&self) -> Result<bool> {
        let others = self.quietly("SELECT name FROM pragma_database_list WHERE name <> 'main' AND name <> 'temp'", &[])?;
        let names = others.iter().filter_map(|row| if let Some(Value::Text(name)) = row.first() { Some(name.as_str()) } else { None });
        for name in std::iter::once("temp").chain(names) {
            if !self.quietly(&format!("SELECT 1 FROM {}.sqlite_schema WHERE type = 'view' LIMIT 1", identifier(name)), &[])?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `on_overflow` as for [`Database::run_plan`].
    pub fn run_moved(&self, query: &MovedQuery, wide: bool, on_overflow: OnOverflow) -> Result<usize> {
        let (Some((sql, params)), Some(columns)) = (&query.again, &query.columns) else {
            return self.open_cursor(&query.sql, &query.params, query.columns.as_ref(), wide);
        };
        if on_overflow == OnOverflow::Wrap {
            return self.open_cursor(sql, params, Some(columns), wide);
        }
        let compiled = |sql: &str, params: &[Value], may_overflow| CompiledQuery {
            sql: sql.to_owned(),
            params: params.to_vec(),
            columns: columns.clone(),
            may_overflow,
        };
        let first = compiled(&query.sql, &query.params, true);
        self.open_checked_cursor(&first, wide, Checked { again: &|| Ok(compiled(sql, params, false)), on_overflow })
    }

    /// Runs it here, to see whether its caller's deadline is enough.
    pub fn try_moved(&self, query: &MovedQuery, wide: bool, on_overflow: OnOverflow) -> Result<usize> {
        self.trial.set(true);
        let result = self.run_moved(query, wide, on_overflow);
        self.trial.set(false);
        result
    }

    /// Counts a statement that ran elsewhere.
    pub fn moved_ended(&self, query: &MovedQuery, rows: u64, elapsed_s: f64, error: Option<&Error>) {
        let span = self.telemetry.statement_started(&query.sql, &query.params);
        let end = StatementEnd { rows, error, elapsed_s: Some(elapsed_s), ..StatementEnd::of(&query.sql, &query.params) };
        self.telemetry.statement_ended(span, end);
    }

    pub fn snapshot(&self, schema: &str) -> Result<Vec<u8>> {
        let tables = self.quietly(&format!("SELECT count(*) FROM {}.sqlite_schema", identifier(schema)), &[])?;
        if tables.first().and_then(|row| row.first()) == Some(&Value::Integer(0)) {
            return Ok(vec![]);
        }
        // Not sqlite3_serialize: it gives zeros for pages that cannot be read.
        let (statement, _) = Statement::prepare(&self.conn, "SELECT data FROM sqlite_dbpage WHERE schema = ?1 ORDER BY pgno")?;
        let statement = statement.ok_or_else(|| Error::internal("no statement"))?;
        statement.bind(1, &Value::Text(schema.to_owned()))?;
        let mut image = Vec::new();
        while statement.step()? {
            if let StatementCell::Blob(page) = statement.cell(0) {
                image
                    .try_reserve(page.len())
                    .map_err(|_| Error::new(Code::OutOfMemory, format!("a copy of \"{schema}\" does not fit the memory")))?;
                image.extend_from_slice(page);
            }
        }
        Ok(image)
    }

    pub fn attach_image(&self, name: &str, image: &[u8]) -> Result<()> {
        if image.is_empty() {
            return Ok(());
        }
        self.execute(&format!("ATTACH ':memory:' AS {}", identifier(name)), &[])?;
        let name = schema_name(name)?;
        // SAFETY: the memory comes from SQLite's allocator and SQLite frees it, also when the call fails.
        let code = unsafe {
            let size = image.len() as i64;
            let copy = ffi::sqlite3_malloc64(image.len() as u64).cast::<u8>();
            if copy.is_null() {
                return Err(Error::new(Code::OutOfMemory, "the copy does not fit the memory"));
            }
            std::ptr::copy_nonoverlapping(image.as_ptr(), copy, image.len());
            let flags: c_uint = ffi::SQLITE_DESERIALIZE_FREEONCLOSE as c_uint | ffi::SQLITE_DESERIALIZE_READONLY as c_uint;
            ffi::sqlite3_deserialize(self.conn.handle(), name.as_ptr(), copy, size, size, flags)
        };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()) }
    }
}

fn schema_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| Error::invalid("the name of a schema holds a NUL character"))
}
