//! The readers behind one face.

use serde_json::Value as Json;

use super::{SendRows, StagingSink};
use crate::csv::{CsvReader, Options, Outcome, RowSink, Stored};
use crate::engine::{Statement, StatementCell};
use crate::error::{Error, Result};
use crate::json::JsonReader;
use crate::json::split::Layout;
use crate::schema::Field;
use crate::text::TextReader;

pub enum Input {
    Csv(Box<CsvReader>),
    Json(Box<JsonReader>),
    Text(Box<TextReader>),
}

struct Feed<'a>(&'a mut Input, &'a [u8]);
impl SendRows<Result<()>> for Feed<'_> {
    fn run(self, sink: &mut impl RowSink) -> Result<()> {
        match self.0 {
            Input::Csv(reader) => reader.feed(self.1, sink),
            Input::Json(reader) => reader.feed(self.1, sink),
            Input::Text(reader) => reader.feed(self.1, sink),
        }
    }
}

struct Finish<'a>(&'a mut Input);
impl SendRows<Result<Outcome>> for Finish<'_> {
    fn run(self, sink: &mut impl RowSink) -> Result<Outcome> {
        match self.0 {
            Input::Csv(reader) => reader.finish(sink),
            Input::Json(reader) => reader.finish(sink),
            Input::Text(reader) => reader.finish(sink),
        }
    }
}

struct Original<'a>(&'a Input, &'a Statement, &'a mut i64, &'a mut [usize]);
impl SendRows<Result<usize>> for Original<'_> {
    fn run(self, sink: &mut impl RowSink) -> Result<usize> {
        let Original(input, statement, last_row, places) = self;
        if let StatementCell::Integer(row) = statement.cell(0) {
            *last_row = row;
        }
        let mut scratch = Vec::new();
        let mut n_bytes = 0;
        for (i, place) in places.iter_mut().enumerate() {
            let stored = match statement.cell(i + 1) {
                StatementCell::Null => Stored::Null,
                StatementCell::Integer(v) => Stored::Integer(v),
                StatementCell::Real(v) => Stored::Real(v),
                StatementCell::Text(v) => Stored::Text(v),
                StatementCell::Blob(v) => Stored::Blob(v),
            };
            if let Stored::Text(bytes) | Stored::Blob(bytes) = stored {
                n_bytes += bytes.len();
            }
            let row = u64::try_from(*last_row - 1).unwrap_or(0);
            match input {
                Input::Csv(reader) => reader.original(row, i, stored, place, &mut scratch).send(sink),
                Input::Json(reader) => reader.original(row, i, stored, place, &mut scratch).send(sink),
                Input::Text(_) => stored.send(sink),
            }
        }
        sink.end_row()?;
        Ok(n_bytes)
    }
}

impl Input {
    pub fn new(format: &str, options: &str) -> Result<Input> {
        match format {
            "csv" => Ok(Input::Csv(Box::new(CsvReader::new(Options::of_format(format, options)?)))),
            "json" | "jsonl" => {
                let layout = if format == "json" { Layout::Array } else { Layout::Lines };
                Ok(Input::Json(Box::new(JsonReader::new(layout, &Options::of_format(format, options)?)?)))
            }
            "text" => Ok(Input::Text(Box::new(TextReader::new(&Options::of_format(format, options)?)))),
            other => Err(Error::unsupported(format!("there is no reader for \"{other}\""))),
        }
    }

    pub fn feed(&mut self, bytes: &[u8], sink: &mut StagingSink<'_>) -> Result<()> {
        sink.send(Feed(self, bytes))
    }

    pub fn finish(&mut self, sink: &mut StagingSink<'_>) -> Result<Outcome> {
        sink.send(Finish(self))
    }

    /// The current row of `statement`, with its original texts; its bytes, about. Its first column is the row id.
    pub fn send_original(&self, statement: &Statement, last_row: &mut i64, places: &mut [usize], sink: &mut StagingSink<'_>) -> Result<usize> {
        sink.send(Original(self, statement, last_row, places))
    }

    /// The same into any sink, for reading without loading.
    pub fn feed_into(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        Feed(self, bytes).run(sink)
    }

    pub fn finish_into(&mut self, sink: &mut impl RowSink) -> Result<Outcome> {
        Finish(self).run(sink)
    }

    pub fn stopped(&self) -> bool {
        match self {
            Input::Csv(reader) => reader.stopped(),
            Input::Json(reader) => reader.stopped(),
            Input::Text(reader) => reader.stopped(),
        }
    }

    pub fn n_rows(&self) -> u64 {
        match self {
            Input::Csv(reader) => reader.n_rows(),
            Input::Json(reader) => reader.n_rows(),
            Input::Text(reader) => reader.n_rows(),
        }
    }

    pub fn n_bytes(&self) -> u64 {
        match self {
            Input::Csv(reader) => reader.n_bytes(),
            Input::Json(reader) => reader.n_bytes(),
            Input::Text(reader) => reader.n_bytes(),
        }
    }

    pub fn fields(&self) -> Vec<Field> {
        match self {
            Input::Csv(reader) => reader.fields().unwrap_or_default(),
            Input::Json(reader) => reader.fields(),
            Input::Text(reader) => reader.fields(),
        }
    }

    /// The keys of JSON's columns.
    pub fn keys(&self) -> &[String] {
        match self {
            Input::Json(reader) => reader.keys(),
            _ => &[],
        }
    }

    pub fn needs_rewriting(&self) -> bool {
        match self {
            Input::Csv(reader) => reader.needs_rewriting(),
            Input::Json(reader) => reader.needs_rewriting(),
            Input::Text(_) => false,
        }
    }

    pub fn report(&self) -> Json {
        match self {
            Input::Csv(reader) => reader.report(),
            Input::Json(reader) => reader.report(),
            Input::Text(reader) => reader.report(),
        }
    }
}
