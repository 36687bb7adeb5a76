//! One column while it is read: its type so far, and what is needed to give earlier values their original text back.
//!
//! A column begins without a type and takes the least type that holds all its values (`infer.rs`). Values are stored typed at once.
//! When a later value makes the column TEXT, the earlier ones must become the texts they were. Most columns write all their numbers (or
//! timestamps, booleans, NULLs) in one way: two decimals, or the shortest form; a `T` and a `Z`; `TRUE` and `FALSE`. So a column keeps the
//! forms that still explain everything it has seen, and the few values that no form explains are kept with their row numbers.
//! Only when those become too many is the original text lost; then the source has to be read again.

use crate::csv::infer::{self, NumberShape};
use crate::csv::kept::Kept;
use crate::csv::kind::{Formats, Kind, classify, infer_timestamp, read_date};
use crate::csv::moment::{self, TimestampShape};
use crate::csv::sink::{RowSink, Stored};

/// The column would have to become TEXT, and the original text of earlier values is gone.
#[derive(Debug)]
pub struct Conflict;

/// Ways to write a number that still explain all of the column.
const SHORTEST: u8 = 1;
const SHORTEST_WITH_POINT: u8 = 2;
const FIXED: u8 = 4;
/// Ways to write a boolean.
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const TITLE: u8 = 4;

#[derive(Debug)]
pub struct Column {
    pub name: String,
    /// The field of the record that it comes from.
    pub source: usize,
    pub kind: Kind,
    pub nulls: u64,
    /// The types it had before, from the first value on.
    pub was: Vec<Kind>,
    inexact_integers: bool,
    number_forms: u8,
    decimals: Option<u8>,
    boolean_forms: u8,
    timestamp_shape: Option<TimestampShape>,
    kept: Kept,
    /// There were too many original texts to keep.
    lost: bool,
    /// Go to some length not to lose them: the source cannot be read again.
    keep: bool,
    /// Rows have been given out.
    strict: bool,
    /// Rows before this one were stored as `before_text`.
    text_from: Option<u64>,
    before_text: Kind,
    /// Dates were stored before the column became TIMESTAMP.
    has_bare_dates: bool,
    buffer: Vec<u8>,
}

impl Column {
    /// `keep`: go to some length to know original texts. `strict`: earlier values are out of reach, so the type must hold.
    pub fn new(name: String, source: usize, keep: bool, strict: bool) -> Self {
        Column {
            name,
            source,
            kind: Kind::Unknown,
            nulls: 0,
            was: Vec::new(),
            inexact_integers: false,
            number_forms: SHORTEST | SHORTEST_WITH_POINT | FIXED,
            decimals: None,
            boolean_forms: LOWER | UPPER | TITLE,
            timestamp_shape: None,
            kept: Kept::default(),
            lost: false,
            keep,
            strict,
            text_from: None,
            before_text: Kind::Unknown,
            has_bare_dates: false,
            buffer: Vec::new(),
        }
    }

    /// Begins with a type that is known already.
    pub fn pin(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// Looks at a value of the sample, before anything is stored.
    pub fn sample(&mut self, text: &[u8], formats: &Formats) {
        if self.kind != Kind::Text {
            self.kind = self.joined(text, formats);
            if self.kind == Kind::Integer {
                self.inexact_integers |= !infer::integer(text).is_none_or(infer::is_exact_double);
            }
        }
    }

    /// The type that holds all so far and this text.
    fn joined(&self, text: &[u8], formats: &Formats) -> Kind {
        let of_text = classify(text, formats);
        match (self.kind, of_text) {
            (Kind::Unknown, kind) => kind,
            (a, b) if a == b => a,
            (Kind::Integer, Kind::Real) if !self.inexact_integers => Kind::Real,
            (Kind::Real, Kind::Integer) if infer::integer(text).is_some_and(infer::is_exact_double) => Kind::Real,
            (Kind::Date, Kind::Timestamp) | (Kind::Timestamp, Kind::Date) => Kind::Timestamp,
            _ => Kind::Text,
        }
    }

    #[inline(always)]
    pub fn push_null(&mut self, sink: &mut impl RowSink) {
        self.nulls += 1;
        sink.null();
    }

    /// A field that is not NULL, valid UTF-8. `row` is the number of rows stored before.
    #[inline(always)]
    pub fn push(&mut self, text: &[u8], row: u64, formats: &Formats, sink: &mut impl RowSink) -> Result<(), Conflict> {
        match self.kind {
            Kind::Text => {
                sink.text(text);
                return Ok(());
            }
            Kind::Integer => {
                if let Some(value) = infer::integer(text) {
                    if value.unsigned_abs() > 1 << 53 {
                        self.see_large_integer(text, value, row);
                    }
                    if value == 0 && text.len() == 2 {
                        self.keep_original(row, text);
                    }
                    sink.integer(value);
                    return Ok(());
                }
            }
            Kind::Real => {
                if let Some((value, shape)) = infer::real(text) {
                    self.see_number(text, value, shape, row);
                    sink.real(value);
                    return Ok(());
                }
            }
            _ => {}
        }
        self.push_other(text, row, formats, sink)
    }

    #[inline(never)]
    fn push_other(&mut self, text: &[u8], row: u64, formats: &Formats, sink: &mut impl RowSink) -> Result<(), Conflict> {
        match self.kind {
            Kind::Boolean => {
                if let Some(value) = infer::boolean(text) {
                    self.see_boolean(text, row);
                    sink.boolean(value);
                    return Ok(());
                }
            }
            Kind::Date => {
                if formats.date.is_none() && moment::is_date(text) {
                    sink.text(text);
                    return Ok(());
                }
                if let Some(date) = read_date(text, formats) {
                    self.keep_original(row, text);
                    sink.text(&date);
                    return Ok(());
                }
            }
            Kind::Timestamp => {
                let mut stored = std::mem::take(&mut self.buffer);
                if let Some(shape) = infer_timestamp(text, formats, &mut stored) {
                    match (shape, self.timestamp_shape) {
                        (Some(shape), None) => self.timestamp_shape = Some(shape),
                        (Some(shape), Some(expected)) if shape == expected => {}
                        _ => self.keep_original(row, text),
                    }
                    sink.text(&stored);
                    self.buffer = stored;
                    return Ok(());
                }
                self.buffer = stored;
            }
            _ => {}
        }
        // The value contradicts the type.
        let kind = self.joined(text, formats);
        let given_out = self.strict && self.kind != Kind::Unknown && (self.kind, kind) != (Kind::Integer, Kind::Real);
        if (kind == Kind::Text && self.lost) || given_out {
            return Err(Conflict);
        }
        self.widen(kind, row);
        self.push(text, row, formats, sink)
    }

    /// A field that is text whatever it looks like.
    pub fn push_as_text(&mut self, text: &[u8], row: u64, sink: &mut impl RowSink) -> Result<(), Conflict> {
        if self.kind != Kind::Text {
            if self.lost || (self.strict && self.kind != Kind::Unknown) {
                return Err(Conflict);
            }
            self.widen(Kind::Text, row);
        }
        sink.text(text);
        Ok(())
    }

    fn widen(&mut self, kind: Kind, row: u64) {
        match (self.kind, kind) {
            // Integers so far; only the shortest form writes them so.
            (Kind::Integer, Kind::Real) => self.number_forms = SHORTEST,
            (Kind::Date, Kind::Timestamp) => self.has_bare_dates = true,
            (before, Kind::Text) => {
                self.text_from = Some(row);
                self.before_text = before;
            }
            _ => {}
        }
        if self.kind != Kind::Unknown {
            self.was.push(self.kind);
        }
        self.kind = kind;
    }

    /// The earlier values stay what they were read as (their text is gone), the column becomes TEXT.
    pub fn force_text(&mut self, row: u64) {
        self.widen(Kind::Text, row);
    }

    fn keep_original(&mut self, row: u64, text: &[u8]) {
        if !self.lost && !self.strict && !self.kept.push(row, text) {
            self.lost = true;
            self.kept = Kept::default();
        }
    }

    /// An integer that a double holds exactly, or not at all; the double is not written with the same digits.
    #[cold]
    fn see_large_integer(&mut self, text: &[u8], value: i64, row: u64) {
        if infer::is_exact_double(value) {
            self.keep_original(row, text);
        } else {
            self.inexact_integers = true;
        }
    }

    #[inline]
    fn see_number(&mut self, text: &[u8], value: f64, shape: NumberShape, row: u64) {
        if self.lost || self.strict {
            return;
        }
        let forms = match shape {
            NumberShape { plain: true, decimals: None, .. } => SHORTEST,
            NumberShape { plain: true, decimals: Some(n), tight } => {
                let fixed = if *self.decimals.get_or_insert(n) == n { FIXED } else { 0 };
                fixed
                    | if tight {
                        SHORTEST | SHORTEST_WITH_POINT
                    } else if n == 1 {
                        SHORTEST_WITH_POINT
                    } else {
                        0
                    }
            }
            // Formatting is dear: where the source can be read again, that is the remedy.
            _ if !self.keep => {
                self.lost = true;
                return;
            }
            // A stored minus zero has lost its sign.
            _ if value != 0.0 && value.to_string().as_bytes() == text => SHORTEST | if value.fract() == 0.0 { 0 } else { SHORTEST_WITH_POINT },
            _ => 0,
        };
        if self.number_forms & forms != 0 {
            self.number_forms &= forms;
        } else {
            self.keep_original(row, text);
        }
    }

    fn see_boolean(&mut self, text: &[u8], row: u64) {
        let form = match text {
            b"true" | b"false" => LOWER,
            b"TRUE" | b"FALSE" => UPPER,
            b"True" | b"False" => TITLE,
            _ => 0,
        };
        if self.boolean_forms & form != 0 {
            self.boolean_forms &= form;
        } else {
            self.keep_original(row, text);
        }
    }

    /// Must rows that are stored already be written again?
    pub fn needs_rewriting(&self) -> bool {
        match (self.kind, self.text_from) {
            (Kind::Timestamp, _) => self.has_bare_dates,
            (Kind::Text, Some(0)) | (Kind::Text, None) => false,
            (Kind::Text, Some(_)) => match self.before_text {
                Kind::Unknown => false,
                Kind::Date => !self.kept.rows.is_empty(),
                _ => true,
            },
            _ => false,
        }
    }

    /// What the value of a stored row must be, now that the type is known. `kept` is the place in the kept texts; rows come in order.
    pub fn original<'a>(&'a self, row: u64, stored: Stored<'a>, place: &mut usize, scratch: &'a mut Vec<u8>) -> Stored<'a> {
        if self.kind == Kind::Timestamp && self.has_bare_dates {
            return match stored {
                Stored::Text(text) if text.len() == 10 => {
                    scratch.clear();
                    scratch.extend_from_slice(text);
                    scratch.extend_from_slice(b" 00:00:00");
                    Stored::Text(scratch)
                }
                other => other,
            };
        }
        let until = match (self.kind, self.text_from) {
            (Kind::Text, Some(row)) => row,
            _ => 0,
        };
        if row >= until {
            return stored;
        }
        if let Some(kept) = self.kept.at(row, place) {
            return Stored::Text(kept);
        }
        scratch.clear();
        match (stored, self.before_text) {
            (Stored::Integer(value), Kind::Boolean) => {
                let word = if value == 0 { "false" } else { "true" };
                scratch.extend_from_slice(word.as_bytes());
                if self.boolean_forms & LOWER == 0 {
                    let upper = if self.boolean_forms & UPPER != 0 { scratch.len() } else { 1 };
                    scratch[..upper].make_ascii_uppercase();
                }
            }
            (Stored::Integer(value), Kind::Real) => self.write_number(value as f64, scratch),
            (Stored::Integer(value), _) => scratch.extend_from_slice(value.to_string().as_bytes()),
            (Stored::Real(value), _) => self.write_number(value, scratch),
            (Stored::Text(text), Kind::Timestamp) if text.len() > 10 => {
                match self.timestamp_shape.and_then(|shape| moment::timestamp_text(text, shape)) {
                    Some(original) => *scratch = original,
                    None => return stored,
                }
            }
            _ => return stored,
        }
        Stored::Text(scratch)
    }

    fn write_number(&self, value: f64, out: &mut Vec<u8>) {
        let text = if self.number_forms & SHORTEST != 0 {
            value.to_string()
        } else if self.number_forms & FIXED != 0 && self.decimals.is_some() {
            format!("{value:.*}", usize::from(self.decimals.unwrap_or(0)))
        } else if value.fract() == 0.0 {
            format!("{value:.1}")
        } else {
            value.to_string()
        };
        out.extend_from_slice(text.as_bytes());
    }
}
