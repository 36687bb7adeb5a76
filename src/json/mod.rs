//! JSON and JSON lines: objects to rows. Columns are the keys, in the order in which they are first met; a key that a row lacks is NULL.
//!
//! | values | column |
//! |---|---|
//! | integers within 64 bits | bigint |
//! | other numbers, also mixed with integers that are doubles exactly | double |
//! | true, false | boolean |
//! | strings | string |
//! | arrays, objects | array<…>, struct<…> where all agree, else json; stored as JSON text |
//! | anything else mixed | string; numbers in their shortest form |
//!
//! A value that is no object is the only column, `value`.

pub mod split;

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::csv::column::Formats;
use crate::csv::convert::convert;
use crate::csv::report::{Problem, Problems};
use crate::csv::{Mode, Options, Outcome, RowSink, Stored, infer};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;
use split::{Layout, Splitter, syntax};

#[derive(Debug)]
struct Column {
    name: String,
    /// Void while only NULLs were met.
    data_type: DataType,
    first: Option<DataType>,
    nulls: u64,
    inexact: bool,
    /// Rows before this were stored as another type than string.
    text_from: Option<u64>,
}

#[derive(Debug)]
pub struct JsonReader {
    splitter: Splitter,
    rows: Rows,
    head: Vec<u8>,
    begun: bool,
    n_bytes: u64,
    stopped: bool,
}

#[derive(Debug)]
struct Rows {
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    schema: Option<Vec<Field>>,
    selection: Option<Vec<String>>,
    mode: Mode,
    infer: bool,
    max_rows: Option<u64>,
    formats: Formats,
    n_rows: u64,
    n_records: u64,
    problems: Problems,
}

impl JsonReader {
    pub fn new(layout: Layout, options: &Options) -> Self {
        let mut rows = Rows {
            columns: Vec::new(),
            by_name: HashMap::new(),
            schema: options.schema.clone(),
            selection: options.columns.clone(),
            mode: options.mode,
            infer: options.infer,
            max_rows: options.max_rows,
            formats: Formats { date: options.date_format.clone(), timestamp: options.timestamp_format.clone() },
            n_rows: 0,
            n_records: 0,
            problems: Problems::default(),
        };
        let given: Vec<String> = match (&rows.schema, &rows.selection) {
            (_, Some(names)) => names.clone(),
            (Some(fields), None) => fields.iter().map(|f| f.name.clone()).collect(),
            _ => Vec::new(),
        };
        if let (Some(fields), Some(names)) = (&rows.schema, &rows.selection) {
            rows.schema = Some(names.iter().filter_map(|n| fields.iter().find(|f| f.name == *n).cloned()).collect());
        }
        for name in given {
            rows.add_column(&name);
        }
        JsonReader { splitter: Splitter::new(layout), rows, head: Vec::new(), begun: false, n_bytes: 0, stopped: options.max_rows == Some(0) }
    }

    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        self.n_bytes += bytes.len() as u64;
        if self.stopped {
            return Ok(());
        }
        if self.begun {
            return self.split(bytes, sink);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= 3 { self.begin(sink) } else { Ok(()) }
    }

    /// The byte order mark is no JSON.
    fn begin(&mut self, sink: &mut impl RowSink) -> Result<()> {
        self.begun = true;
        let head = std::mem::take(&mut self.head);
        self.split(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head), sink)
    }

    fn split(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        let rows = &mut self.rows;
        let more = self.splitter.feed(bytes, &mut |value, line| rows.value(value, line, sink))?;
        self.stopped = !more;
        Ok(())
    }

    pub fn finish(&mut self, sink: &mut impl RowSink) -> Result<Outcome> {
        if !self.stopped {
            if !self.begun {
                self.begin(sink)?;
            }
            let rows = &mut self.rows;
            self.splitter.finish(&mut |value, line| rows.value(value, line, sink))?;
        }
        if self.rows.columns.is_empty() {
            return Err(Error::new(Code::EmptyInput, "the input has no records").hint("with a schema an empty input gives a table without rows"));
        }
        Ok(Outcome::Done)
    }

    pub fn stopped(&self) -> bool {
        self.stopped
    }

    pub fn n_rows(&self) -> u64 {
        self.rows.n_rows
    }

    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub fn fields(&self) -> Vec<Field> {
        let given = |i: usize| self.rows.schema.as_ref().and_then(|s| s.get(i)).map(|f| f.data_type.clone());
        let found = |c: &Column| if c.data_type == DataType::Void { DataType::String } else { c.data_type.clone() };
        self.rows.columns.iter().enumerate().map(|(i, c)| Field::new(c.name.clone(), given(i).unwrap_or_else(|| found(c)), true)).collect()
    }

    pub fn needs_rewriting(&self) -> bool {
        self.rows.schema.is_none() && self.rows.columns.iter().any(|c| c.text_from.is_some_and(|row| row > 0))
    }

    pub fn original<'a>(&'a self, row: u64, column: usize, stored: Stored<'a>, scratch: &'a mut Vec<u8>) -> Stored<'a> {
        let Some(column) = self.rows.columns.get(column).filter(|c| c.text_from.is_some_and(|from| row < from)) else { return stored };
        let text = match stored {
            Stored::Integer(v) if column.first == Some(DataType::Boolean) => if v == 0 { "false" } else { "true" }.to_owned(),
            Stored::Integer(v) => v.to_string(),
            Stored::Real(v) => v.to_string(),
            other => return other,
        };
        *scratch = text.into_bytes();
        Stored::Text(scratch)
    }

    pub fn report(&self) -> Json {
        let columns: Vec<Json> = self
            .fields()
            .iter()
            .zip(&self.rows.columns)
            .map(|(field, column)| {
                let mut entry = json!({"name": field.name, "type": field.data_type, "nulls": column.nulls});
                if let (Some(first), Some(object)) = (column.first.as_ref().filter(|first| **first != field.data_type), entry.as_object_mut()) {
                    object.insert("widenedFrom".to_owned(), json!(first));
                }
                entry
            })
            .collect();
        let (problems, examples) = self.rows.problems.to_json();
        json!({"rows": self.rows.n_rows, "bytes": self.n_bytes, "columns": columns, "problems": problems, "examples": examples})
    }
}

impl Rows {
    fn add_column(&mut self, name: &str) -> usize {
        let i = self.columns.len();
        self.by_name.insert(name.to_owned(), i);
        // Names that SQLite would take for one another.
        let mut unique = name.to_owned();
        let mut n = 2;
        while self.columns.iter().any(|c| c.name.to_lowercase() == unique.to_lowercase()) {
            unique = format!("{name}_{n}");
            n += 1;
        }
        let data_type = if self.infer { DataType::Void } else { DataType::String };
        // Earlier rows lack the column.
        self.columns.push(Column { name: unique, data_type, first: None, nulls: self.n_rows, inexact: false, text_from: None });
        i
    }

    fn value(&mut self, text: &[u8], line: u64, sink: &mut impl RowSink) -> Result<bool> {
        self.n_records += 1;
        let object = match serde_json::from_slice::<Json>(text) {
            Ok(Json::Object(object)) => object,
            Ok(Json::Null) => Map::new(),
            Ok(other) => Map::from_iter([("value".to_owned(), other)]),
            Err(error) if self.mode == Mode::FailFast => return Err(syntax(line, &error.to_string())),
            Err(_) => {
                self.problems.add(Problem::Malformed, self.n_records, line, None, Some(text));
                return Ok(true);
            }
        };
        if self.schema.is_none() && self.selection.is_none() {
            for key in object.keys() {
                if !self.by_name.contains_key(key) {
                    if self.columns.len() >= crate::csv::rows::MAX_COLUMNS {
                        return Err(Error::new(Code::CsvTooWide, format!("line {line}: there are more than {} keys", crate::csv::rows::MAX_COLUMNS)));
                    }
                    self.add_column(key);
                }
            }
        }
        let mut cells: Vec<Option<&Json>> = vec![None; self.columns.len()];
        for (key, value) in &object {
            if let Some(cell) = self.by_name.get(key).and_then(|i| cells.get_mut(*i)) {
                *cell = Some(value).filter(|v| !v.is_null());
            }
        }
        for (i, cell) in cells.into_iter().enumerate() {
            let given = self.schema.as_ref().and_then(|s| s.get(i)).map(|f| &f.data_type);
            let Some(column) = self.columns.get_mut(i) else { continue };
            match (cell, given) {
                (None, _) => {
                    column.nulls += 1;
                    sink.null();
                }
                (Some(value), Some(data_type)) => {
                    let text = plain_text(value);
                    if convert(text.as_bytes(), data_type, &self.formats, sink) {
                        continue;
                    }
                    if self.mode == Mode::FailFast {
                        return Err(Error::new(Code::CsvTypeConflict, format!("line {line}, column \"{}\": {text} is no {data_type}", column.name))
                            .detail("line", line));
                    }
                    self.problems.add(Problem::Unconvertible, self.n_records, line, Some(&column.name), Some(text.as_bytes()));
                    if self.mode == Mode::DropMalformed {
                        sink.discard_row();
                        return Ok(true);
                    }
                    column.nulls += 1;
                    sink.null();
                }
                (Some(value), None) => column.push(value, self.n_rows, sink),
            }
        }
        sink.end_row()?;
        self.n_rows += 1;
        Ok(self.max_rows.is_none_or(|max| self.n_rows < max))
    }
}

impl Column {
    fn push(&mut self, value: &Json, row: u64, sink: &mut impl RowSink) {
        let kind = type_of(value);
        let exact = value.as_i64().is_none_or(infer::is_exact_double);
        let merged = match (&self.data_type, &kind) {
            (DataType::Void, kind) => kind.clone(),
            (a, b) if a == b => kind,
            (DataType::Long, DataType::Double) if !self.inexact => DataType::Double,
            (DataType::Double, DataType::Long) if exact => DataType::Double,
            (a, b) if a.is_nested() && b.is_nested() => merge(a, b),
            _ => DataType::String,
        };
        if self.data_type == DataType::Void {
            self.first = Some(merged.clone());
        }
        self.inexact |= !exact;
        if merged == DataType::String && !matches!(self.data_type, DataType::String | DataType::Void) && self.text_from.is_none() {
            self.text_from = Some(row);
        }
        self.data_type = merged;
        match (&self.data_type, value) {
            (DataType::String, _) => sink.text(plain_text(value).as_bytes()),
            (DataType::Boolean, Json::Bool(v)) => sink.integer((*v).into()),
            (DataType::Long, Json::Number(n)) if n.is_i64() => sink.integer(n.as_i64().unwrap_or_default()),
            (DataType::Double, Json::Number(n)) => sink.real(n.as_f64().unwrap_or_default()),
            _ => sink.text(value.to_string().as_bytes()),
        }
    }
}

/// A string as it is, anything else as JSON.
fn plain_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn type_of(value: &Json) -> DataType {
    match value {
        Json::Null => DataType::Void,
        Json::Bool(_) => DataType::Boolean,
        Json::Number(n) if n.is_i64() => DataType::Long,
        // Beyond 64 bits: as its digits.
        Json::Number(n) if n.is_u64() => DataType::String,
        Json::Number(_) => DataType::Double,
        Json::String(_) => DataType::String,
        Json::Array(items) => DataType::Array(Box::new(items.iter().map(type_of).reduce(|a, b| merge(&a, &b)).unwrap_or(DataType::Void))),
        Json::Object(map) => DataType::Struct(map.iter().map(|(name, v)| (name.clone(), type_of(v))).collect()),
    }
}

/// The type that holds both, within nested values.
fn merge(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (DataType::Void, other) | (other, DataType::Void) => other.clone(),
        (DataType::Long, DataType::Double) | (DataType::Double, DataType::Long) => DataType::Double,
        (DataType::Array(a), DataType::Array(b)) => DataType::Array(Box::new(merge(a, b))),
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut fields = a.clone();
            for (name, data_type) in b {
                match fields.iter_mut().find(|(n, _)| n == name) {
                    Some((_, known)) => *known = merge(known, data_type),
                    None => fields.push((name.clone(), data_type.clone())),
                }
            }
            DataType::Struct(fields)
        }
        _ => DataType::Json,
    }
}

#[cfg(test)]
mod tests;
