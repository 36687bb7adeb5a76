//! From JSON values to rows: columns by key, NULLs, given types, what is irregular.

use std::collections::HashMap;

use serde_json::json;

use super::column::{Column, Value};
use super::record::{self, Cell};
use super::split::syntax;
use crate::csv::convert::convert;
use crate::csv::kind::Formats;
use crate::csv::report::{Problem, Problems, shown};
use crate::csv::rows::expected_encoding;
use crate::csv::{Mode, Nowhere, OnTypeConflict, RowSink};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;

#[derive(Debug)]
pub struct Rows {
    pub columns: Vec<Column>,
    /// Columns by key, and the keys in the order of columns.
    pub by_name: HashMap<String, usize>,
    pub keys: Vec<String>,
    pub schema: Option<Vec<Field>>,
    pub selection: Option<Vec<String>>,
    pub mode: Mode,
    pub infer: bool,
    pub primitives_as_string: bool,
    pub hex_binary: bool,
    pub null_values: Vec<Vec<u8>>,
    pub max_rows: Option<u64>,
    pub formats: Formats,
    pub on_type_conflict: OnTypeConflict,
    pub reread: bool,
    pub marked_invalid: bool,
    pub pinned: Option<Vec<String>>,
    /// Only types are looked at: the source will be read again.
    pub scanning: bool,
    pub n_rows: u64,
    pub n_records: u64,
    pub problems: Problems,
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
    pub fn add_column(&mut self, key: &str) -> usize {
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
    pub fn value(&mut self, bytes: &[u8], line: u64, sink: &mut impl RowSink) -> Result<bool> {
        self.n_records += 1;
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) || (self.marked_invalid && text.contains('\u{fffd}')) {
            if self.mode == Mode::FailFast {
                return Err(Error::new(
                    Code::CsvInvalidUtf8,
                    format!("line {line}: the bytes are not {}: \"{}\"", expected_encoding(self.marked_invalid), shown(bytes)),
                )
                .hint("encoding: \"windows-1252\" or another label may be what the file has")
                .detail("line", line));
            }
            self.problems.add(Problem::InvalidUtf8, self.n_records, line, None, Some(bytes));
            if self.mode == Mode::DropMalformed {
                return Ok(true);
            }
        }
        let mended = record::without_lone_surrogates(&text);
        let fields = match record::fields(mended.as_deref().unwrap_or(&text)) {
            Ok(fields) if mended.is_some() => {
                if self.mode == Mode::FailFast {
                    return Err(syntax(line, "a string has half a surrogate pair"));
                }
                self.problems.add(Problem::InvalidUtf8, self.n_records, line, None, Some(bytes));
                if self.mode == Mode::DropMalformed {
                    return Ok(true);
                }
                fields
            }
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
        if self.columns.is_empty() {
            // Nothing but empty objects so far: the row has one cell, of whichever column comes first.
            sink.null();
        }
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
                return Err(Error::new(Code::CsvTypeConflict, format!("line {line}, column \"{name}\": \"{shown}\" is no {data_type}"))
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
