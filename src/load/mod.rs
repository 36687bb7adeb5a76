//! Readers into tables: bytes in, slice by slice; a table at the end, or nothing.
//!
//! Rows are stored in the temporary database while they arrive: by whole pages (`pages.rs`), or by prepared inserts where that cannot be
//! done (`inserts.rs`). Both give the same table; a test holds them against each other. Every slice is a transaction of its own, so that
//! other statements may run between slices. At the end the rows become the temporary table of a frame, or move into a named one, at once.

pub mod bytes;
pub mod leaf;
pub mod pages;
pub mod inserts;
pub mod input;
mod misfit;
pub mod target;
pub mod inflate;

use serde_json::{Value as Json, json};

use crate::compile::quote::identifier;
use crate::csv::{Outcome, RowSink};
use crate::engine::{Database, hidden_name};
use crate::error::{Code, Error, Result};
use crate::load::input::Input;
use crate::load::inserts::InsertTable;
use crate::load::pages::PageTable;
use crate::load::target::Target;
use crate::schema::Field;
use crate::telemetry::{EventKind, clock};

/// How rows are stored on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Pages where possible.
    Best,
    Inserts,
}

enum Staging {
    Pages(PageTable),
    Inserts(InsertTable),
}

/// How a load ended.
#[derive(Debug, PartialEq)]
pub enum Finished {
    /// Call again: columns became TEXT late, and so many rows in all have their original texts back.
    Working { rows: u64 },
    /// The table's name, and what `readReport` says.
    Done { table: String, report: Json },
    /// The source has to be read again, with these types from the beginning.
    Again { pinned: Vec<String> },
}

pub struct Loader {
    input: Input,
    target: Target,
    method: Method,
    staging: Option<Staging>,
    rewriting: Option<Rewriting>,
    started_s: f64,
}

/// Rows on their way from the table in which they were stored first to one with their original texts.
struct Rewriting {
    table: String,
    places: Vec<usize>,
    last_row: i64,
}

/// What is rewritten in one call at most: cells and bytes, so that a page stays alive.
const SLICE_CELLS: usize = 50_000;
const SLICE_BYTES: usize = 1 << 20;

impl Loader {
    /// `format` is `csv`, `json`, `jsonl` or `text`; the options are those of the reader, and `table`, `ifExists`.
    pub fn new(db: &Database, format: &str, options: &str, method: Method) -> Result<Loader> {
        let (mut options, target) = target::split_options(options)?;
        let target = Target::new(db, format, target)?;
        target.suggest_types(db, format, &mut options)?;
        Ok(Loader { input: Input::new(format, &options)?, target, method, staging: None, rewriting: None, started_s: clock::monotonic_s() })
    }

    /// Takes the next bytes; the number of rows so far. After an error nothing of the load is left.
    pub fn feed(&mut self, db: &Database, bytes: &[u8]) -> Result<u64> {
        let result = db.with_writes(|| self.store(db, bytes.len(), |input, sink| input.feed(bytes, sink)));
        if let Err(error) = result {
            self.abort(db);
            return Err(error);
        }
        let rows = self.input.n_rows();
        let elapsed = clock::monotonic_s() - self.started_s;
        db.telemetry.emit_with(EventKind::CsvProgress, || {
            let metadata = json!({"rows": rows, "rowcount": rows, "bytes": self.input.n_bytes(), "elapsed": elapsed});
            (String::new(), elapsed, metadata.as_object().cloned().unwrap_or_default())
        });
        Ok(rows)
    }

    /// No more bytes are wanted.
    pub fn stopped(&self) -> bool {
        self.input.stopped()
    }

    fn store<T>(&mut self, db: &Database, n_bytes: usize, work: impl FnOnce(&mut Input, &mut StagingSink<'_>) -> Result<T>) -> Result<T> {
        let method = self.method;
        let staging = self.staging.get_or_insert_with(|| match (method, PageTable::begin) {
            (Method::Best, begin) => begin(db, "temp").map_or_else(|| Staging::Inserts(InsertTable::new(hidden_name("rows"))), Staging::Pages),
            _ => Staging::Inserts(InsertTable::new(hidden_name("rows"))),
        });
        let input = &mut self.input;
        match staging {
            Staging::Pages(table) => table.slice(db, n_bytes, |builder| work(input, &mut StagingSink::Pages(builder))),
            Staging::Inserts(table) => {
                let result = work(input, &mut StagingSink::Inserts(table))?;
                table.flush(db.connection())?;
                Ok(result)
            }
        }
    }

    /// The input has ended. To be called until it is no longer `Working`.
    pub fn finish(&mut self, db: &Database) -> Result<Finished> {
        let result = db.with_writes(|| self.complete(db));
        if !matches!(result, Ok(Finished::Done { .. } | Finished::Working { .. })) {
            self.abort(db);
        }
        result
    }

    fn complete(&mut self, db: &Database) -> Result<Finished> {
        if self.rewriting.is_none() {
            if let Outcome::Again(pinned) = self.store(db, 0, Input::finish)? {
                return Ok(Finished::Again { pinned });
            }
            if self.input.needs_rewriting() {
                self.begin_rewriting(db)?;
            }
        }
        if let Some(mut rewriting) = self.rewriting.take() {
            let result = self.rewrite(db, &mut rewriting);
            let rows = u64::try_from(rewriting.last_row).unwrap_or(0);
            self.rewriting = Some(rewriting);
            if result? {
                return Ok(Finished::Working { rows });
            }
            self.end_rewriting(db)?;
        }
        let fields = self.input.fields();
        let table = hidden_name("read");
        self.settle(db, &table, &fields)?;
        let table = match self.target.take_over(db, &table, &fields) {
            Ok(name) => name,
            Err(error) => {
                let _ = db.drop_hidden(&table);
                return Err(error);
            }
        };
        let mut report = self.input.report();
        if let Some(object) = report.as_object_mut() {
            object.insert("elapsed".to_owned(), json!(clock::monotonic_s() - self.started_s));
        }
        Ok(Finished::Done { table, report })
    }

    /// The rows become a temporary table with these columns.
    fn settle(&mut self, db: &Database, table: &str, fields: &[Field]) -> Result<()> {
        let columns: Vec<String> = fields.iter().map(|f| format!("{} {}", identifier(&f.name), f.data_type.declaration())).collect();
        let create = format!("CREATE TEMP TABLE {} ({})", identifier(table), columns.join(", "));
        match self.staging.as_mut() {
            Some(Staging::Pages(pages)) => pages.finish(db, &create, table)?,
            Some(Staging::Inserts(inserts)) => inserts.finish(db, &create, &format!("temp.{}", identifier(table)), fields.len())?,
            None => db.connection().execute_batch(&create)?,
        }
        self.staging = None;
        Ok(())
    }

    /// Columns that became TEXT late: their earlier values get their original text, in a second table.
    fn begin_rewriting(&mut self, db: &Database) -> Result<()> {
        let n = self.input.fields().len();
        let untyped: Vec<Field> = (0..n).map(|i| Field::new(format!("c{i}"), crate::types::DataType::Any, true)).collect();
        let table = hidden_name("rows");
        self.settle(db, &table, &untyped)?;
        self.rewriting = Some(Rewriting { table, places: vec![0; n], last_row: 0 });
        Ok(())
    }

    /// Rewrites some rows; `false`: there are no more.
    fn rewrite(&mut self, db: &Database, rewriting: &mut Rewriting) -> Result<bool> {
        let Rewriting { table, places, last_row } = rewriting;
        let most = (SLICE_CELLS / places.len().max(1)).max(1);
        let sql = format!("SELECT rowid, * FROM temp.{} WHERE rowid > {last_row} ORDER BY rowid LIMIT {most}", identifier(table));
        let statement = match crate::engine::Statement::prepare(db.connection(), &sql) {
            Ok((Some(statement), _)) => statement,
            Ok((None, _)) => return Err(Error::internal("no statement")),
            // It was there at the end of the call before.
            Err(_) => return Err(Error::new(Code::TransactionClosed, "the transaction in which the load began was rolled back")),
        };
        let (mut n_rows, mut n_bytes) = (0, 0);
        self.store(db, SLICE_BYTES, |input, sink| {
            while n_rows < most && n_bytes < SLICE_BYTES && statement.step()? {
                n_bytes += input.send_original(&statement, last_row, places, sink)?;
                n_rows += 1;
            }
            Ok(())
        })?;
        Ok(n_rows == most || n_bytes >= SLICE_BYTES)
    }

    fn end_rewriting(&mut self, db: &Database) -> Result<()> {
        let Some(rewriting) = self.rewriting.take() else { return Ok(()) };
        db.drop_hidden(&rewriting.table)
    }

    /// Leaves nothing of the load behind.
    pub fn abort(&mut self, db: &Database) {
        let _ = db.with_writes(|| self.end_rewriting(db));
        let _ = db.with_writes(|| match self.staging.take() {
            Some(Staging::Pages(mut table)) => table.abort(db),
            Some(Staging::Inserts(mut table)) => table.abort(db),
            None => Ok(()),
        });
    }
}

/// Where the rows of a slice go.
pub enum StagingSink<'a> {
    Pages(&'a mut leaf::LeafBuilder),
    Inserts(&'a mut InsertTable),
}

impl StagingSink<'_> {
    /// Runs `work` for the kind of sink that it is, so that the inner loop knows it.
    pub fn send<T>(&mut self, work: impl SendRows<T>) -> T {
        match self {
            StagingSink::Pages(builder) => work.run(*builder),
            StagingSink::Inserts(table) => work.run(*table),
        }
    }
}

/// A closure over any kind of sink.
pub trait SendRows<T> {
    fn run(self, sink: &mut impl RowSink) -> T;
}

#[cfg(test)]
mod tests;
