//! From records to typed rows: irregular records, NULLs, types. Which columns there are is in `choose.rs`, the sample in `sample.rs`, rows with a
//! given schema in `given.rs`.

mod choose;
mod given;
mod sample;

use crate::csv::column::{Column, Conflict};
use crate::csv::dialect::{Mode, OnTypeConflict, Options};
use crate::csv::kind::{Formats, Kind};
use crate::csv::reader::empty_input;
use crate::csv::record::{Record, RecordSink, Span};
use crate::csv::report::{Problem, Problems, shown};
use crate::csv::sink::{Nowhere, RowSink};
use crate::error::{Code, Error, Result};
use crate::schema::Field;

pub use choose::MAX_COLUMNS;
use sample::{SAMPLE_BYTES, Sample};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was read.
    Header,
    /// The first rows wait until their types are known.
    Sample,
    Run,
    /// Only types are looked at: the source will be read again.
    Scan,
}

#[derive(Debug)]
struct Nulls {
    empty: bool,
    others: Vec<Vec<u8>>,
}

impl Nulls {
    #[inline(always)]
    fn has(&self, text: &[u8]) -> bool {
        if text.is_empty() { self.empty } else { !self.others.is_empty() && self.others.iter().any(|n| n == text) }
    }
}

/// Where a record came from, for messages.
#[derive(Debug, Clone, Copy)]
struct Place {
    record: u64,
    line: u64,
    offset: u64,
}

#[derive(Debug)]
pub struct Rows {
    header: bool,
    infer: bool,
    schema: Option<Vec<Field>>,
    nulls: Nulls,
    mode: Mode,
    selection: Option<Vec<String>>,
    max_rows: Option<u64>,
    trim: bool,
    formats: Formats,
    on_type_conflict: OnTypeConflict,
    reread: bool,
    strict: bool,
    marked_invalid: bool,
    sample_rows: usize,
    pinned: Option<Vec<String>>,
    text_columns: Vec<String>,
    phase: Phase,
    /// Fields that a record should have.
    width: usize,
    pub columns: Vec<Column>,
    sample: Sample,
    /// Rows sent, records met.
    pub n_rows: u64,
    n_records: u64,
    pub problems: Problems,
}

/// The parser's sink: rows and where they go.
pub struct Sending<'a, S: RowSink> {
    pub rows: &'a mut Rows,
    pub sink: &'a mut S,
}

impl<S: RowSink> RecordSink for Sending<'_, S> {
    #[inline]
    fn record(&mut self, record: Record<'_>) -> Result<bool> {
        self.rows.record(record, self.sink)
    }
}

impl Rows {
    pub fn new(options: &Options) -> Self {
        Rows {
            header: options.header,
            infer: options.infer,
            schema: options.schema.clone(),
            nulls: Nulls {
                empty: options.null_values.iter().any(Vec::is_empty),
                others: options.null_values.iter().filter(|n| !n.is_empty()).cloned().collect(),
            },
            mode: options.mode,
            selection: options.columns.clone(),
            max_rows: options.max_rows,
            trim: options.trim,
            formats: Formats { date: options.date_format.clone(), timestamp: options.timestamp_format.clone() },
            on_type_conflict: options.on_type_conflict,
            reread: options.reread,
            strict: options.strict,
            marked_invalid: options.marked_invalid,
            sample_rows: options.max_rows.map_or(options.sample_rows, |m| options.sample_rows.min(usize::try_from(m).unwrap_or(usize::MAX))),
            pinned: options.pinned.clone(),
            text_columns: options.text_columns.iter().map(|n| n.to_lowercase()).collect(),
            phase: Phase::Header,
            width: 0,
            columns: Vec::new(),
            sample: Sample::default(),
            n_rows: 0,
            n_records: 0,
            problems: Problems::default(),
        }
    }

    pub fn fields(&self) -> Option<Vec<Field>> {
        if matches!(self.phase, Phase::Header | Phase::Sample) {
            return None;
        }
        let of_schema = |i: usize| self.schema.as_ref().and_then(|s| s.get(i)).map(|f| f.data_type.clone());
        Some(self.columns.iter().enumerate().map(|(i, c)| Field::new(c.name.clone(), of_schema(i).unwrap_or(c.kind.data_type()), true)).collect())
    }

    pub fn again(&self) -> Option<Vec<Kind>> {
        (self.phase == Phase::Scan).then(|| self.columns.iter().map(|c| c.kind).collect())
    }

    #[inline]
    fn record(&mut self, record: Record<'_>, sink: &mut impl RowSink) -> Result<bool> {
        if self.phase == Phase::Header {
            self.begin(record)?;
            if self.header {
                return Ok(self.max_rows != Some(0));
            }
            if self.max_rows == Some(0) {
                return Ok(false);
            }
        }
        self.n_records += 1;
        let place = Place { record: self.n_records, line: record.line, offset: record.offset };
        let is_valid = (record.valid_utf8 && !self.marked_invalid) || record.spans.iter().all(|s| self.is_valid(s.of(record.bytes)));
        if !is_valid {
            let (bytes, spans) = self.repair(record, place)?;
            if self.mode != Mode::DropMalformed {
                self.take(Record { bytes: &bytes, spans: &spans, ..record }, place, sink)?;
            }
        } else {
            self.take(record, place, sink)?;
        }
        Ok(self.max_rows.is_none_or(|max| self.n_rows < max))
    }

    fn is_valid(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| !self.marked_invalid || !text.contains('\u{fffd}'))
    }

    /// A record of valid UTF-8.
    #[inline]
    fn take(&mut self, record: Record<'_>, place: Place, sink: &mut impl RowSink) -> Result<()> {
        if record.spans.len() != self.width && !self.accept_ragged(record, place)? {
            return Ok(());
        }
        match self.phase {
            Phase::Run => self.row(record.bytes, record.spans, place, sink),
            Phase::Sample => {
                self.keep(record, place);
                if self.sample.records.len() >= self.sample_rows || self.sample.bytes.len() >= SAMPLE_BYTES { self.end_sample(sink) } else { Ok(()) }
            }
            _ => self.row(record.bytes, record.spans, place, &mut Nowhere),
        }
    }

    #[cold]
    fn accept_ragged(&mut self, record: Record<'_>, place: Place) -> Result<bool> {
        let (found, expected) = (record.spans.len(), self.width);
        if self.mode == Mode::FailFast {
            return Err(Error::new(
                Code::CsvRaggedRecord,
                format!("record {} (line {}, byte {}) has {found} fields, the columns are {expected}", place.record, place.line, place.offset),
            )
            .hint("mode: \"permissive\" pads and cuts such records, \"dropMalformed\" skips them")
            .detail("record", place.record)
            .detail("line", place.line)
            .detail("byte", place.offset)
            .detail("fields", found as u64)
            .detail("columns", expected as u64));
        }
        let kind = if found < expected { Problem::ShortRecord } else { Problem::LongRecord };
        let value = record.spans.get(expected.min(found.saturating_sub(1))).map(|s| s.of(record.bytes));
        self.problems.add(kind, place.record, place.line, None, value);
        Ok(self.mode != Mode::DropMalformed)
    }

    /// The record with U+FFFD for what is not UTF-8.
    #[cold]
    fn repair(&mut self, record: Record<'_>, place: Place) -> Result<(Vec<u8>, Vec<Span>)> {
        let mut bytes = Vec::new();
        let mut spans = Vec::new();
        for (i, span) in record.spans.iter().enumerate() {
            let start = bytes.len();
            let text = span.of(record.bytes);
            if !self.is_valid(text) {
                let name = self.columns.iter().find(|c| c.source == i).map(|c| c.name.clone());
                if self.mode == Mode::FailFast {
                    let column = name.unwrap_or_else(|| format!("number {}", i + 1));
                    return Err(Error::new(
                        Code::CsvInvalidUtf8,
                        format!(
                            "record {} (line {}), column {column}: the bytes are not {}: \"{}\"",
                            place.record,
                            place.line,
                            expected_encoding(self.marked_invalid),
                            shown(text)
                        ),
                    )
                    .hint("encoding: \"windows-1252\" or another label may be what the file has")
                    .detail("record", place.record)
                    .detail("line", place.line)
                    .detail("byte", place.offset)
                    .detail("column", column));
                }
                self.problems.add(Problem::InvalidUtf8, place.record, place.line, name.as_deref(), Some(text));
            }
            bytes.extend_from_slice(String::from_utf8_lossy(text).as_bytes());
            spans.push(Span::new(start, bytes.len(), span.quoted()));
        }
        Ok((bytes, spans))
    }

    #[inline]
    fn row(&mut self, bytes: &[u8], spans: &[Span], place: Place, sink: &mut impl RowSink) -> Result<()> {
        if self.schema.is_some() {
            return self.given_row(bytes, spans, place, sink);
        }
        let row = self.n_rows;
        let mut conflict = None;
        for (i, column) in self.columns.iter_mut().enumerate() {
            let Some(span) = spans.get(column.source) else {
                column.push_null(sink);
                continue;
            };
            let mut text = span.of(bytes);
            if !span.quoted() {
                if self.trim {
                    text = text.trim_ascii();
                }
                if self.nulls.has(text) {
                    column.push_null(sink);
                    continue;
                }
            }
            if let Err(Conflict) = column.push(text, row, &self.formats, sink) {
                if self.reread && self.on_type_conflict != OnTypeConflict::Null {
                    conflict = Some(i);
                    break;
                }
                match self.on_type_conflict {
                    OnTypeConflict::Error => return Err(type_conflict(column, text, place)),
                    OnTypeConflict::Text => {
                        column.force_text(row);
                        sink.text(text);
                    }
                    OnTypeConflict::Null => {
                        self.problems.add(Problem::Unconvertible, place.record, place.line, Some(&column.name), Some(text));
                        column.push_null(sink);
                    }
                }
            }
        }
        if let Some(i) = conflict {
            // From here on only the types matter.
            sink.discard_row();
            self.phase = Phase::Scan;
            if let Some(column) = self.columns.get_mut(i) {
                column.force_text(row);
            }
            return self.row(bytes, spans, place, &mut Nowhere);
        }
        self.n_rows += 1;
        sink.end_row()
    }

    pub fn finish(&mut self, sink: &mut impl RowSink) -> Result<()> {
        if self.phase == Phase::Header {
            let schema = self.schema.as_ref().ok_or_else(empty_input)?;
            let names = schema.iter().map(|f| f.name.clone()).collect();
            self.set_columns(names)?;
        }
        if self.phase == Phase::Sample {
            self.end_sample(sink)?;
        }
        Ok(())
    }
}

/// What invalid bytes should have been, for messages.
pub fn expected_encoding(marked_invalid: bool) -> &'static str {
    if marked_invalid { "what the encoding says" } else { "UTF-8" }
}

fn type_conflict(column: &Column, text: &[u8], place: Place) -> Error {
    Error::new(
        Code::CsvTypeConflict,
        format!(
            "record {} (line {}), column \"{}\": \"{}\" is no {}, and the original text of the earlier values is not kept",
            place.record,
            place.line,
            column.name,
            shown(text),
            column.kind.data_type()
        ),
    )
    .hint("schema or inferSchema: false makes the column text from the beginning; onTypeConflict: \"text\" or \"null\" goes on; a source that can be read again (a path, a Blob, bytes) needs neither")
    .detail("record", place.record)
    .detail("line", place.line)
    .detail("column", column.name.clone())
    .detail("value", shown(text))
}
