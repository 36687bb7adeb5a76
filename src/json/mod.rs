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
pub mod split;

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use crate::csv::convert::convert;
use crate::csv::kind::Formats;
use crate::csv::report::{Problem, Problems, shown};
use crate::csv::{Mode, Nowhere, OnTypeConflict, Options, Outcome, RowSink, Stored};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;
use column::{Column, Value};
use record::Cell;
use split::{Layout, Splitter, syntax};

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
    /// Columns by key, and the keys in the order of columns.
    by_name: HashMap<String, usize>,
    keys: Vec<String>,
    schema: Option<Vec<Field>>,
    selection: Option<Vec<String>>,
    mode: Mode,
    infer: bool,
    primitives_as_string: bool,
    hex_binary: bool,
    null_values: Vec<Vec<u8>>,
    max_rows: Option<u64>,
    formats: Formats,
    on_type_conflict: OnTypeConflict,
    reread: bool,
    marked_invalid: bool,
    pinned: Option<Vec<String>>,
    /// Only types are looked at: the source will be read again.
    scanning: bool,
    n_rows: u64,
    n_records: u64,
    problems: Problems,
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

/// What became of a record.
enum Taken {
    Row,
    /// It was malformed, and is left out.
    Nothing,
    /// A column has to become text whose original texts are gone.
    Conflict(usize),
}

impl Rows {
    fn add_column(&mut self, key: &str) -> usize {
        let i = self.columns.len();
        self.by_name.insert(key.to_owned(), i);
        self.keys.push(key.to_owned());
        // Names that SQLite would take for one another.
        let mut unique = key.to_owned();
        let mut n = 2;
        while self.columns.iter().any(|c| c.texts.name.to_lowercase() == unique.to_lowercase()) {
            unique = format!("{key}_{n}");
            n += 1;
        }
        let mut column = Column::new(unique, i, !self.reread);
        if !self.infer {
            column.pin("string");
        } else if let Some(found) = self.pinned.as_ref().and_then(|p| p.get(i)) {
            column.pin(found);
        }
        // Earlier rows lack the column.
        column.texts.nulls = self.n_rows;
        self.columns.push(column);
        i
    }

    /// A value of the input; `false`: no more is wanted.
    fn value(&mut self, bytes: &[u8], line: u64, sink: &mut impl RowSink) -> Result<bool> {
        self.n_records += 1;
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) || (self.marked_invalid && text.contains('\u{fffd}')) {
            if self.mode == Mode::FailFast {
                return Err(Error::new(Code::CsvInvalidUtf8, format!("line {line}: the bytes are not UTF-8: \"{}\"", shown(bytes)))
                    .hint("encoding: \"windows-1252\" or another label may be what the file has")
                    .detail("line", line));
            }
            self.problems.add(Problem::InvalidUtf8, self.n_records, line, None, Some(bytes));
            if self.mode == Mode::DropMalformed {
                return Ok(true);
            }
        }
        let fields = match record::fields(&text) {
            Ok(fields) => fields,
            Err(error) if self.mode == Mode::FailFast => return Err(syntax(line, &error.to_string())),
            Err(_) => {
                self.problems.add(Problem::Malformed, self.n_records, line, None, Some(bytes));
                return Ok(true);
            }
        };
        if self.schema.is_none() && self.selection.is_none() {
            for field in &fields {
                if !self.by_name.contains_key(field.name.as_ref()) {
                    if self.columns.len() >= crate::csv::rows::MAX_COLUMNS {
                        return Err(Error::new(Code::CsvTooWide, format!("line {line}: there are more than {} keys", crate::csv::rows::MAX_COLUMNS)));
                    }
                    self.add_column(&field.name);
                }
            }
        }
        let mut cells: Vec<Option<&Cell<'_>>> = vec![None; self.columns.len()];
        for field in &fields {
            if let Some(cell) = self.column_of(&field.name).and_then(|i| cells.get_mut(i)) {
                *cell = field.value.as_ref().filter(|v| !self.is_null(v));
            }
        }
        let taken = if self.scanning { self.row(&cells, line, &mut Nowhere)? } else { self.row(&cells, line, sink)? };
        match taken {
            Taken::Row if self.scanning => {}
            Taken::Row => sink.end_row()?,
            Taken::Nothing => {
                sink.discard_row();
                return Ok(true);
            }
            Taken::Conflict(i) => {
                // From here on only the types matter.
                sink.discard_row();
                self.scanning = true;
                if let Some(column) = self.columns.get_mut(i) {
                    column.texts.force_text(self.n_rows);
                }
                while let Taken::Conflict(i) = self.row(&cells, line, &mut Nowhere)? {
                    if let Some(column) = self.columns.get_mut(i) {
                        column.texts.force_text(self.n_rows);
                    }
                }
            }
        }
        self.n_rows += 1;
        Ok(self.max_rows.is_none_or(|max| self.n_rows < max))
    }

    /// The column of a key. Columns that were asked for are found in any letter case.
    fn column_of(&self, key: &str) -> Option<usize> {
        self.by_name.get(key).copied().or_else(|| {
            let asked_for = self.schema.is_some() || self.selection.is_some();
            asked_for.then(|| self.keys.iter().position(|name| name.to_lowercase() == key.to_lowercase())).flatten()
        })
    }

    fn is_null(&self, cell: &Cell<'_>) -> bool {
        matches!(cell, Cell::Text(text) if self.null_values.iter().any(|n| n == text.as_bytes()))
    }

    fn row(&mut self, cells: &[Option<&Cell<'_>>], line: u64, sink: &mut impl RowSink) -> Result<Taken> {
        let row = self.n_rows;
        for (i, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            let Some(cell) = cell else {
                column.texts.push_null(sink);
                continue;
            };
            let given = self.schema.as_ref().and_then(|s| s.get(i)).map(|f| &f.data_type);
            let (problem, data_type) = match given {
                Some(data_type) => {
                    // A string in a column of JSON is a JSON string.
                    let quoted = matches!((cell, data_type), (Cell::Text(_), DataType::Json)).then(|| json!(cell.text()).to_string());
                    let text = quoted.as_deref().unwrap_or(cell.text());
                    if self.hex_binary
                        && *data_type == DataType::Binary
                        && let Some(bytes) = hex(text)
                    {
                        sink.blob(&bytes);
                        continue;
                    }
                    if fits(cell, data_type) && convert(text.as_bytes(), data_type, &self.formats, sink) {
                        continue;
                    }
                    (self.mode, data_type.clone())
                }
                None => {
                    let value = match cell.value() {
                        Value::Scalar(text) if self.primitives_as_string => Value::Text(text),
                        value => value,
                    };
                    if column.push(value, row, sink).is_ok() {
                        continue;
                    }
                    match self.on_type_conflict {
                        OnTypeConflict::Null => (Mode::Permissive, column.data_type()),
                        _ if self.reread => return Ok(Taken::Conflict(i)),
                        OnTypeConflict::Error => (Mode::FailFast, column.data_type()),
                        OnTypeConflict::Text => {
                            column.texts.force_text(row);
                            sink.text(cell.text().as_bytes());
                            continue;
                        }
                    }
                }
            };
            let (name, text) = (column.texts.name.clone(), cell.text());
            if problem == Mode::FailFast {
                let shown = shown(text.as_bytes());
                return Err(Error::new(Code::CsvTypeConflict, format!("line {line}, column \"{name}\": {shown} is no {data_type}"))
                    .hint("another type in schema (\"string\" holds everything) may help; mode: \"permissive\" or onTypeConflict: \"null\" makes such values NULL")
                    .detail("line", line)
                    .detail("column", name)
                    .detail("value", shown));
            }
            self.problems.add(Problem::Unconvertible, self.n_records, line, Some(&name), Some(text.as_bytes()));
            if problem == Mode::DropMalformed {
                return Ok(Taken::Nothing);
            }
            column.texts.push_null(sink);
        }
        Ok(Taken::Row)
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let pair = |pair: &[u8; 2]| pair.iter().try_fold(0u8, |byte, digit| Some((byte << 4) | char::from(*digit).to_digit(16)? as u8));
    if rest.is_empty() { pairs.iter().map(pair).collect() } else { None }
}

/// Has the value the shape of the type? Arrays and objects may also come as strings that hold them.
fn fits(cell: &Cell<'_>, data_type: &DataType) -> bool {
    let first = cell.text().trim_start().as_bytes().first().copied();
    match data_type {
        DataType::Array(_) => first == Some(b'['),
        DataType::Struct(_) | DataType::Map(..) => first == Some(b'{'),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
