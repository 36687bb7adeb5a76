//! The reader as a whole: byte order mark, sniffing, records, rows, and what is known at the end.

use serde_json::json;

use crate::csv::column::Column;
use crate::csv::dialect::Options;
use crate::csv::kind::Kind;
use crate::csv::parser::Parser;
use crate::csv::rows::{Rows, Sending};
use crate::csv::sink::{RowSink, Stored};
use crate::csv::sniff;
use crate::error::{Code, Error, Result};
use crate::schema::Field;

/// How a reading ended.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Done,
    /// A column had to become TEXT and its original texts are gone: read the source again with these types as `pinned`.
    Again(Vec<String>),
}

pub struct CsvReader {
    options: Options,
    /// The first bytes, until there are enough to know the byte order mark and the delimiter.
    head: Vec<u8>,
    parser: Option<Parser>,
    rows: Rows,
    n_bytes: u64,
    had_mark: bool,
}

impl CsvReader {
    pub fn new(options: Options) -> Self {
        CsvReader { rows: Rows::new(&options), options, head: Vec::new(), parser: None, n_bytes: 0, had_mark: false }
    }

    /// More bytes of the input, UTF-8 or meant to be. Errors leave the reader unusable.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        self.n_bytes += bytes.len() as u64;
        if let Some(parser) = &mut self.parser {
            return parser.feed(bytes, &mut Sending { rows: &mut self.rows, sink });
        }
        self.head.extend_from_slice(bytes);
        let enough = if self.options.sniff { sniff::SNIFFED + 3 } else { 3 };
        if self.head.len() >= enough { self.begin(false, sink) } else { Ok(()) }
    }

    fn begin(&mut self, is_whole: bool, sink: &mut impl RowSink) -> Result<()> {
        let head = std::mem::take(&mut self.head);
        self.had_mark = head.starts_with(b"\xef\xbb\xbf");
        let body = head.get(if self.had_mark { 3 } else { 0 }..).unwrap_or_default();
        if self.options.sniff {
            let looked_at = body.get(..sniff::SNIFFED).unwrap_or(body);
            self.options.dialect.delimiter =
                sniff::delimiter(looked_at, is_whole && looked_at.len() == body.len(), self.options.dialect, self.options.skip_rows);
        }
        let parser = self.parser.insert(Parser::new(self.options.dialect, self.options.skip_rows));
        parser.feed(body, &mut Sending { rows: &mut self.rows, sink })
    }

    /// The input has ended.
    pub fn finish(&mut self, sink: &mut impl RowSink) -> Result<Outcome> {
        if self.parser.is_none() {
            self.begin(true, sink)?;
        }
        if let Some(parser) = &mut self.parser {
            parser.finish(&mut Sending { rows: &mut self.rows, sink })?;
        }
        self.rows.finish(sink)?;
        Ok(match self.rows.again() {
            Some(kinds) => Outcome::Again(kinds.iter().map(|k| k.data_type().to_string()).collect()),
            None => Outcome::Done,
        })
    }

    /// `maxRows` are read: no more input is needed.
    pub fn stopped(&self) -> bool {
        self.parser.as_ref().is_some_and(Parser::stopped)
    }

    pub fn n_rows(&self) -> u64 {
        self.rows.n_rows
    }

    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// The columns and their types so far; None before the header and the sample are read.
    pub fn fields(&self) -> Option<Vec<Field>> {
        self.rows.fields()
    }

    /// Must stored rows be written again, through [`CsvReader::original`]?
    pub fn needs_rewriting(&self) -> bool {
        self.rows.columns.iter().any(Column::needs_rewriting)
    }

    /// The value that a stored one must become. Rows are given in order; `place` is one number per column, 0 at first.
    pub fn original<'a>(&'a self, row: u64, column: usize, stored: Stored<'a>, place: &mut usize, scratch: &'a mut Vec<u8>) -> Stored<'a> {
        match self.rows.columns.get(column) {
            Some(c) if self.options.schema.is_none() => c.original(row, stored, place, scratch),
            _ => stored,
        }
    }

    /// The parts of `readReport` that the reader knows: `{rows, bytes, delimiter, columns, problems, examples}`.
    pub fn report(&self) -> serde_json::Value {
        let fields = self.fields().unwrap_or_default();
        let columns: Vec<_> = fields
            .iter()
            .zip(&self.rows.columns)
            .map(|(field, column)| {
                let mut entry = json!({"name": field.name, "type": field.data_type, "nulls": column.nulls});
                if let (Some(first), Some(object)) = (column.was.first().filter(|k| **k != Kind::Unknown), entry.as_object_mut()) {
                    object.insert("widenedFrom".to_owned(), json!(first.data_type()));
                }
                entry
            })
            .collect();
        let (problems, examples) = self.rows.problems.to_json();
        json!({
            "rows": self.rows.n_rows, "bytes": self.n_bytes, "delimiter": char::from(self.options.dialect.delimiter).to_string(),
            "byteOrderMark": self.had_mark, "columns": columns, "problems": problems, "examples": examples,
        })
    }
}

/// `empty_input`: there is no header and no record.
pub(crate) fn empty_input() -> Error {
    Error::new(Code::EmptyInput, "the input has no records").hint("with a schema an empty input gives a table without rows")
}
