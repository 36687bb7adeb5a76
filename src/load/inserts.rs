//! The fallback of `pages.rs`: rows go into an untyped temporary table by prepared statements of several rows.

use std::fmt::Write as _;

use rusqlite::Connection;

use crate::compile::quote::identifier;
use crate::csv::RowSink;
use crate::engine::{Database, Statement};
use crate::error::Result;
use crate::value::Value;

/// So many values go into one statement, about.
const VALUES: usize = 300;

#[derive(Debug)]
pub struct InsertTable {
    /// The temporary table, which has columns without types so that values stay as they are.
    name: String,
    n_columns: usize,
    /// The rows of the current slice, cell after cell, and where each ends.
    cells: Vec<Value>,
    ends: Vec<usize>,
}

impl InsertTable {
    pub fn new(name: String) -> Self {
        InsertTable { name, n_columns: 0, cells: Vec::new(), ends: Vec::new() }
    }

    /// Puts the rows of a slice into the table.
    pub fn flush(&mut self, conn: &Connection) -> Result<()> {
        let (cells, ends) = (std::mem::take(&mut self.cells), std::mem::take(&mut self.ends));
        let widest = ends.iter().scan(0, |start, end| Some(end - std::mem::replace(start, *end))).max().unwrap_or(0);
        self.widen(conn, widest)?;
        if self.n_columns == 0 {
            return Ok(());
        }
        let rows: Vec<&[Value]> = ends
            .iter()
            .scan(0, |start, end| {
                let row = cells.get(std::mem::replace(start, *end)..*end);
                Some(row.unwrap_or_default())
            })
            .collect();
        conn.execute_batch("SAVEPOINT moltres_rows")?;
        let result = self.insert(conn, &rows);
        let ended = conn.execute_batch(if result.is_ok() { "RELEASE moltres_rows" } else { "ROLLBACK TO moltres_rows; RELEASE moltres_rows" });
        // The first error is the one to report; it may have rolled everything back by itself.
        result.and(ended.map_err(Into::into))
    }

    fn insert(&self, conn: &Connection, rows: &[&[Value]]) -> Result<()> {
        let per_statement = (VALUES / self.n_columns).clamp(1, 100);
        let many = self.statement(conn, per_statement)?;
        let one = self.statement(conn, 1)?;
        for group in rows.chunks(per_statement) {
            if let (Some(many), true) = (&many, group.len() == per_statement) {
                self.run(many, group)?;
                continue;
            }
            for row in group {
                if let Some(one) = &one {
                    self.run(one, std::slice::from_ref(row))?;
                }
            }
        }
        Ok(())
    }

    fn statement(&self, conn: &Connection, n_rows: usize) -> Result<Option<Statement>> {
        let row = format!("({})", vec!["?"; self.n_columns].join(","));
        let sql = format!("INSERT INTO temp.{} VALUES {}", identifier(&self.name), vec![row.as_str(); n_rows].join(","));
        Ok(Statement::prepare(conn, &sql)?.0)
    }

    fn run(&self, statement: &Statement, rows: &[&[Value]]) -> Result<()> {
        statement.reset();
        for (r, row) in rows.iter().enumerate() {
            for (c, value) in row.iter().enumerate() {
                statement.bind(r * self.n_columns + c + 1, value)?;
            }
        }
        statement.step()?;
        Ok(())
    }

    /// The table gets as many columns as the widest row has.
    fn widen(&mut self, conn: &Connection, n_columns: usize) -> Result<()> {
        if self.n_columns == 0 && n_columns > 0 {
            let columns: Vec<String> = (0..n_columns).map(|i| format!("c{i}")).collect();
            conn.execute_batch(&format!("CREATE TEMP TABLE {} ({})", identifier(&self.name), columns.join(",")))?;
            self.n_columns = n_columns;
        }
        while self.n_columns < n_columns {
            conn.execute_batch(&format!("ALTER TABLE temp.{} ADD COLUMN c{}", identifier(&self.name), self.n_columns))?;
            self.n_columns += 1;
        }
        Ok(())
    }

    /// Creates the table and moves the rows into it, whose values get the affinities of its columns.
    pub fn finish(&mut self, db: &Database, create: &str, name: &str, n_columns: usize) -> Result<()> {
        let conn = db.connection();
        conn.execute_batch(create)?;
        if self.n_columns > 0 {
            let mut sql = format!("INSERT INTO {name} SELECT ");
            for i in 0..n_columns {
                let _ = write!(sql, "{}{}", if i > 0 { "," } else { "" }, if i < self.n_columns { format!("c{i}") } else { "NULL".to_owned() });
            }
            let _ = write!(sql, " FROM temp.{} ORDER BY rowid", identifier(&self.name));
            conn.execute_batch(&sql)?;
        }
        self.abort(db)
    }

    pub fn abort(&mut self, db: &Database) -> Result<()> {
        if self.n_columns > 0 {
            db.drop_hidden(&self.name)?;
            self.n_columns = 0;
        }
        Ok(())
    }
}

impl RowSink for InsertTable {
    fn null(&mut self) {
        self.cells.push(Value::Null);
    }
    fn integer(&mut self, value: i64) {
        self.cells.push(Value::Integer(value));
    }
    fn real(&mut self, value: f64) {
        self.cells.push(Value::Real(value));
    }
    fn text(&mut self, value: &[u8]) {
        self.cells.push(Value::Text(String::from_utf8_lossy(value).into_owned()));
    }
    fn blob(&mut self, value: &[u8]) {
        self.cells.push(Value::Blob(value.to_vec()));
    }
    fn end_row(&mut self) -> Result<()> {
        self.ends.push(self.cells.len());
        Ok(())
    }
    fn discard_row(&mut self) {
        self.cells.truncate(self.ends.last().copied().unwrap_or(0));
    }
}
