//! JSON and JSON lines: objects to rows. Columns are the keys, in the order in which they are first met; a key that a row lacks is NULL.
//!
//! | values | column |
//! |---|---|
//! | numbers, `true`, `false` | bigint, double or boolean by the rules of `csv::infer`, which look at the number as it is written |
//! | strings | string, whatever they look like |
//! | arrays, objects | array<…>, struct<…> where all agree, else json; stored exactly as they are written |
//! | anything else mixed; numbers beyond 64 bits or the range of doubles | string; numbers exactly as they are written |
//!
//! A value that is no object is the only column, `value`.

pub mod column;
pub mod record;
pub mod rows;
pub mod split;

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use crate::csv::kind::Formats;
use crate::csv::report::{Problem, Problems};
use crate::csv::{Options, Outcome, RowSink, Stored};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use rows::Rows;
use split::{Layout, Splitter};

#[derive(Debug)]
pub struct JsonReader {
    splitter: Splitter,
    rows: Rows,
    head: Vec<u8>,
    begun: bool,
    n_bytes: u64,
    stopped: bool,
}

impl JsonReader {
    pub fn new(layout: Layout, options: &Options) -> Result<Self> {
        let mut rows = Rows {
            columns: Vec::new(),
            by_name: HashMap::new(),
            keys: Vec::new(),
            schema: options.schema.clone(),
            selection: options.columns.clone(),
            mode: options.mode,
            infer: options.infer,
            primitives_as_string: options.primitives_as_string,
            hex_binary: options.hex_binary,
            null_values: if options.null_values_given { options.null_values.clone() } else { Vec::new() },
            max_rows: options.max_rows,
            formats: Formats { date: options.date_format.clone(), timestamp: options.timestamp_format.clone() },
            on_type_conflict: options.on_type_conflict,
            reread: options.reread,
            marked_invalid: options.marked_invalid,
            pinned: options.pinned.clone(),
            scanning: false,
            n_rows: 0,
            n_records: 0,
            problems: Problems::default(),
        };
        let given: Vec<String> = match (&rows.schema, &rows.selection, &options.pinned_keys) {
            (_, Some(names), _) => names.clone(),
            (Some(fields), None, _) => fields.iter().map(|f| f.name.clone()).collect(),
            (None, None, keys) => keys.clone().unwrap_or_default(),
        };
        if let (Some(fields), Some(names)) = (&rows.schema, &rows.selection) {
            rows.schema = Some(names.iter().map(|name| field_named(fields, name)).collect::<Result<_>>()?);
        }
        for (i, name) in given.iter().enumerate() {
            if given.iter().take(i).any(|earlier| earlier == name) {
                return Err(Error::new(Code::DuplicateColumn, format!("columns: \"{name}\" is named twice")));
            }
            rows.add_column(name);
        }
        if rows.selection.is_some() && rows.columns.is_empty() {
            return Err(Error::invalid("columns: at least one column is needed"));
        }
        let layout = match options.multi_line {
            Some(true) => Layout::Array,
            Some(false) => Layout::Lines,
            None => layout,
        };
        let stopped = options.max_rows == Some(0);
        Ok(JsonReader { splitter: Splitter::new(layout), rows, head: Vec::new(), begun: false, n_bytes: 0, stopped })
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
        if self.rows.columns.is_empty()
            && let Some(first) = self.rows.problems.first(Problem::Malformed)
        {
            let (line, value) = (first.line, first.value.clone().unwrap_or_default());
            return Err(Error::new(Code::EmptyInput, format!("no record of the input is JSON; the first, at line {line}: {value}"))
                .hint("multiLine: true, or read.json, reads values that are several lines long")
                .detail("line", line)
                .detail("value", value));
        }
        if self.rows.columns.is_empty() {
            return Err(Error::new(Code::EmptyInput, "the input has no records").hint("with a schema an empty input gives a table without rows"));
        }
        Ok(match self.rows.scanning {
            true => Outcome::Again(self.rows.columns.iter().map(|c| c.data_type().to_string()).collect()),
            false => Outcome::Done,
        })
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
        let columns = self.rows.columns.iter().enumerate();
        columns.map(|(i, c)| Field::new(c.texts.name.clone(), given(i).unwrap_or_else(|| c.data_type()), true)).collect()
    }

    /// The keys that the columns come from, which differ from their names where two differ by letter case only.
    pub fn keys(&self) -> &[String] {
        &self.rows.keys
    }

    pub fn needs_rewriting(&self) -> bool {
        self.rows.schema.is_none() && self.rows.columns.iter().any(|c| c.texts.needs_rewriting())
    }

    /// As in [`crate::csv::CsvReader::original`].
    pub fn original<'a>(&'a self, row: u64, column: usize, stored: Stored<'a>, place: &mut usize, scratch: &'a mut Vec<u8>) -> Stored<'a> {
        match self.rows.columns.get(column) {
            Some(c) if self.rows.schema.is_none() => c.texts.original(row, stored, place, scratch),
            _ => stored,
        }
    }

    pub fn report(&self) -> Json {
        let columns: Vec<Json> = self
            .fields()
            .iter()
            .zip(&self.rows.columns)
            .map(|(field, column)| {
                let mut entry = json!({"name": field.name, "type": field.data_type, "nulls": column.texts.nulls});
                if let (Some(first), Some(object)) = (column.widened_from(), entry.as_object_mut()) {
                    object.insert("widenedFrom".to_owned(), json!(first));
                }
                entry
            })
            .collect();
        let (problems, examples) = self.rows.problems.to_json();
        json!({"rows": self.rows.n_rows, "bytes": self.n_bytes, "columns": columns, "problems": problems, "examples": examples})
    }
}

fn field_named(fields: &[Field], name: &str) -> Result<Field> {
    let found = fields.iter().find(|f| f.name == name).or_else(|| fields.iter().find(|f| f.name.to_lowercase() == name.to_lowercase()));
    found.cloned().map(|field| Field { name: name.to_owned(), ..field }).ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
        Error::new(Code::UnknownColumn, format!("columns: column \"{name}\" not found in schema; columns are: {}", names.join(", ")))
            .detail("column", name)
    })
}

#[cfg(test)]
mod tests;
