//! Values on their way into a table: what a caller gave, checked against the column's type, as SQLite stores it.
//!
//! Nothing is changed silently: a value that its column cannot hold is a `type_mismatch`. Two conversions are wanted and
//! documented: NaN is NULL, because SQLite has no NaN, and timestamps with an offset are stored in UTC.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::{Code, Error, Result};
use crate::types::DataType;
use crate::value::Value;

/// A value in the caller's terms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A JavaScript number: an integer or not.
    Number(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// A `Date`: milliseconds since 1970 in UTC.
    Instant(f64),
    /// An array or object, as JSON text.
    Json(&'a str),
}

/// A value as SQLite stores it, borrowed where it can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
}

impl rusqlite::ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Stored::Null => ValueRef::Null,
            Stored::Integer(i) => ValueRef::Integer(*i),
            Stored::Real(r) => ValueRef::Real(*r),
            Stored::Text(s) => ValueRef::Text(s.as_bytes()),
            Stored::Bytes(b) => ValueRef::Blob(b),
        }))
    }
}

impl From<Stored<'_>> for Value {
    fn from(stored: Stored<'_>) -> Self {
        match stored {
            Stored::Null => Value::Null,
            Stored::Integer(i) => Value::Integer(i),
            Stored::Real(r) => Value::Real(r),
            Stored::Text(s) => Value::Text(s.into_owned()),
            Stored::Bytes(b) => Value::Blob(b.to_vec()),
        }
    }
}

/// Numbers up to this are integers that JavaScript counts exactly.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// `cell` as a column of type `data_type` stores it.
pub fn store<'a>(cell: Cell<'a>, data_type: &DataType) -> Result<Stored<'a>> {
    let mismatch = || Err(mismatch(cell, data_type));
    Ok(match (data_type, cell) {
        (_, Cell::Null) => Stored::Null,
        (_, Cell::Number(r)) if r.is_nan() => Stored::Null,

        (DataType::Boolean, Cell::Boolean(b)) => Stored::Integer(b.into()),
        (DataType::Boolean, Cell::Integer(i @ (0 | 1))) => Stored::Integer(i),
        (DataType::Boolean, Cell::Number(r)) if r == 0.0 || r == 1.0 => Stored::Integer((r == 1.0).into()),

        (t, Cell::Integer(i)) if t.is_integer() => Stored::Integer(i),
        (t, Cell::Boolean(b)) if t.is_integer() => Stored::Integer(b.into()),
        (t, Cell::Number(r)) if t.is_integer() => match whole(r) {
            Some(i) => Stored::Integer(i),
            None => return mismatch(),
        },

        (DataType::Float | DataType::Double, Cell::Number(r)) => Stored::Real(r),
        (DataType::Float | DataType::Double, Cell::Integer(i)) => Stored::Real(i as f64),
        (DataType::Decimal(..), Cell::Integer(i)) => Stored::Integer(i),
        (DataType::Decimal(..), Cell::Number(r)) => whole(r).map_or(Stored::Real(r), Stored::Integer),
        (DataType::Decimal(..), Cell::Text(s)) => match (s.parse::<i64>(), s.parse::<f64>()) {
            (Ok(i), _) => Stored::Integer(i),
            (_, Ok(r)) if r.is_finite() => Stored::Real(r),
            _ => return mismatch(),
        },

        (DataType::String, Cell::Text(s)) => Stored::Text(Cow::Borrowed(s)),
        (DataType::Binary, Cell::Bytes(b)) => Stored::Bytes(b),

        (DataType::Date, Cell::Text(s)) => match date_text(s) {
            Some(text) => Stored::Text(text),
            None => return mismatch(),
        },
        (DataType::Date, Cell::Instant(ms)) => match instant(ms) {
            Some(at) => Stored::Text(at.format("%Y-%m-%d").to_string().into()),
            None => return mismatch(),
        },
        (DataType::Timestamp, Cell::Text(s)) => match timestamp_text(s) {
            Some(text) => Stored::Text(text),
            None => return mismatch(),
        },
        (DataType::Timestamp | DataType::String | DataType::Any, Cell::Instant(ms)) => match instant(ms) {
            Some(at) => Stored::Text(format_timestamp(at).into()),
            None => return mismatch(),
        },

        // A string in a column of JSON is a JSON string, so that what is read equals what was written.
        (DataType::Json, Cell::Text(s)) => Stored::Text(serde_json::Value::from(s).to_string().into()),
        (DataType::Json, Cell::Boolean(b)) => Stored::Text(b.to_string().into()),
        (DataType::Json, Cell::Integer(i)) => Stored::Text(i.to_string().into()),
        (DataType::Json, Cell::Number(r)) if r.is_finite() => Stored::Text(whole(r).map_or_else(|| r.to_string(), |i| i.to_string()).into()),
        (t, Cell::Json(text)) if t.is_nested() => {
            if !t_fits_json(t, text) {
                return mismatch();
            }
            Stored::Text(Cow::Borrowed(text))
        }
        (t, Cell::Text(text)) if t.is_nested() => {
            if !t_fits_json(t, text) || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
                return mismatch();
            }
            Stored::Text(Cow::Borrowed(text))
        }

        (DataType::Any | DataType::Void, cell) => match cell {
            Cell::Boolean(b) => Stored::Integer(b.into()),
            Cell::Integer(i) => Stored::Integer(i),
            Cell::Number(r) => whole(r).map_or(Stored::Real(r), Stored::Integer),
            Cell::Text(s) | Cell::Json(s) => Stored::Text(Cow::Borrowed(s)),
            Cell::Bytes(b) => Stored::Bytes(b),
            Cell::Instant(_) | Cell::Null => Stored::Null,
        },
        _ => return mismatch(),
    })
}

/// An array's text begins with `[`, a struct's or map's with `{`.
fn t_fits_json(data_type: &DataType, text: &str) -> bool {
    match data_type {
        DataType::Array(_) => text.trim_start().starts_with('['),
        DataType::Struct(_) | DataType::Map(..) => text.trim_start().starts_with('{'),
        _ => true,
    }
}

fn whole(r: f64) -> Option<i64> {
    (r.fract() == 0.0 && r.abs() <= SAFE).then_some(r as i64)
}

fn instant(ms: f64) -> Option<NaiveDateTime> {
    if !ms.is_finite() || ms.abs() > 8.64e15 {
        return None;
    }
    DateTime::from_timestamp_millis(ms as i64).map(|at| at.naive_utc())
}

fn date_text(s: &str) -> Option<Cow<'_, str>> {
    let shaped = s.len() == 10 && s.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    (shaped && NaiveDate::parse_from_str(s, "%Y-%m-%d").is_ok()).then_some(Cow::Borrowed(s))
}

/// ISO with `T` or a space, seconds, fraction and offset optional, as `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC.
fn timestamp_text(s: &str) -> Option<Cow<'_, str>> {
    if let Some(date) = date_text(s) {
        return Some(format!("{date} 00:00:00").into());
    }
    let date = NaiveDate::parse_from_str(date_text(s.get(..10)?)?.as_ref(), "%Y-%m-%d").ok()?;
    let rest = s.get(10..)?.strip_prefix(['T', ' '])?;
    let (clock, offset_s) = split_offset(rest)?;
    let format = if clock.len() == 5 { "%H:%M" } else { "%H:%M:%S%.f" };
    let time = NaiveTime::parse_from_str(clock, format).ok()?;
    if clock.len() != 5 && clock.len() < 8 {
        return None;
    }
    let at = date.and_time(time).checked_sub_signed(chrono::Duration::seconds(offset_s))?;
    let text = format_timestamp(at);
    Some(if text == s { Cow::Borrowed(s) } else { text.into() })
}

/// The clock's text and its offset in seconds: `Z`, `+02`, `+0200`, `+02:00` or none.
fn split_offset(rest: &str) -> Option<(&str, i64)> {
    if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = rest.rfind(['+', '-']) else { return Some((rest, 0)) };
    let (clock, offset) = (rest.get(..at)?, rest.get(at + 1..)?.replace(':', ""));
    if !offset.bytes().all(|b| b.is_ascii_digit()) || !(offset.len() == 2 || offset.len() == 4) {
        return None;
    }
    let hours: i64 = offset.get(..2)?.parse().ok()?;
    let minutes: i64 = offset.get(2..).filter(|m| !m.is_empty()).map_or(Ok(0), str::parse).ok()?;
    let seconds = hours * 3600 + minutes * 60;
    Some((clock, if rest.as_bytes().get(at) == Some(&b'-') { -seconds } else { seconds }))
}

fn format_timestamp(at: NaiveDateTime) -> String {
    let mut text = at.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    while text.ends_with('0') && text.contains('.') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    text
}

fn mismatch(cell: Cell<'_>, data_type: &DataType) -> Error {
    let (what, given) = describe(cell);
    let error = Error::new(Code::TypeMismatch, format!("{what} does not fit into a column of type {data_type}"))
        .detail("type", data_type.to_string())
        .detail("value", given);
    let hint = match (data_type, cell) {
        (DataType::String, Cell::Number(_) | Cell::Integer(_) | Cell::Boolean(_)) => "String(value) makes a text of it",
        (DataType::String, Cell::Json(_)) => "JSON.stringify(value) makes a text of it; a column of type JSON takes it as it is",
        (t, Cell::Text(_)) if t.is_numeric() => "Number(value) makes a number of it",
        (t, Cell::Number(_)) if t.is_integer() => "Math.round(value) makes an integer of it; a column of type REAL takes it as it is",
        (DataType::Boolean, _) => "true, false, 0 and 1 are booleans",
        (DataType::Date, _) => "dates are \"YYYY-MM-DD\" or a Date, and exist in the calendar",
        (DataType::Timestamp, _) => "timestamps are \"YYYY-MM-DD HH:MM:SS\", ISO texts or a Date",
        (DataType::Binary, _) => "bytes are a Uint8Array; new TextEncoder().encode(text) makes them",
        _ => return error,
    };
    error.hint(hint)
}

/// A short picture of a value for messages, and the value for `details`.
pub fn describe(cell: Cell<'_>) -> (String, String) {
    let cut = |s: &str| match s.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", s.get(..end).unwrap_or_default()),
        None => s.to_owned(),
    };
    match cell {
        Cell::Null => ("null".into(), "null".into()),
        Cell::Boolean(b) => (format!("the boolean {b}"), b.to_string()),
        Cell::Integer(i) => (format!("the integer {i}"), i.to_string()),
        Cell::Number(r) => (format!("the number {r}"), r.to_string()),
        Cell::Text(s) => (format!("the text \"{}\"", cut(s)), cut(s)),
        Cell::Bytes(b) => (format!("a value of {} bytes", b.len()), format!("<{} bytes>", b.len())),
        Cell::Instant(ms) => match instant(ms) {
            Some(at) => (format!("the Date {}", format_timestamp(at)), format_timestamp(at)),
            None => ("an invalid Date".into(), "invalid Date".into()),
        },
        Cell::Json(s) => (format!("the {} {}", if s.starts_with('[') { "array" } else { "object" }, cut(s)), cut(s)),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn stored(cell: Cell<'_>, data_type: &str) -> Value {
        store(cell, &DataType::parse(data_type).unwrap()).unwrap().into()
    }

    #[test]
    fn values_are_stored_as_their_column_wants() {
        assert_eq!(stored(Cell::Boolean(true), "boolean"), Value::Integer(1));
        assert_eq!(stored(Cell::Number(0.0), "boolean"), Value::Integer(0));
        assert_eq!(stored(Cell::Number(3.0), "bigint"), Value::Integer(3));
        assert_eq!(stored(Cell::Integer(i64::MAX), "bigint"), Value::Integer(i64::MAX));
        assert_eq!(stored(Cell::Number(3.0), "double"), Value::Real(3.0));
        assert_eq!(stored(Cell::Number(f64::INFINITY), "double"), Value::Real(f64::INFINITY));
        assert_eq!(stored(Cell::Number(f64::NAN), "double"), Value::Null);
        assert_eq!(stored(Cell::Text("12.50"), "decimal(10,2)"), Value::Real(12.5));
        assert_eq!(stored(Cell::Text("2024-02-29"), "date"), Value::from("2024-02-29"));
        assert_eq!(stored(Cell::Instant(0.0), "date"), Value::from("1970-01-01"));
        assert_eq!(stored(Cell::Instant(-1.0), "timestamp"), Value::from("1969-12-31 23:59:59.999"));
        assert_eq!(stored(Cell::Bytes(&[1, 2]), "binary"), Value::Blob(vec![1, 2]));
        assert_eq!(stored(Cell::Json("[1]"), "array<int>"), Value::from("[1]"));
        assert_eq!(stored(Cell::Text("a"), "json"), Value::from("\"a\""));
    }

    #[test]
    fn timestamps_are_normalised() {
        for (given, kept) in [
            ("2024-02-29", "2024-02-29 00:00:00"),
            ("2024-02-29 12:30", "2024-02-29 12:30:00"),
            ("2024-02-29T12:30:15.500Z", "2024-02-29 12:30:15.5"),
            ("2024-03-01 01:00:00+02:00", "2024-02-29 23:00:00"),
            ("2024-02-29 00:00:00-0530", "2024-02-29 05:30:00"),
            ("2024-02-29 23:59:59.999999", "2024-02-29 23:59:59.999999"),
        ] {
            assert_eq!(stored(Cell::Text(given), "timestamp"), Value::from(kept), "{given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (cell, data_type) in [
            (Cell::Number(2.0), "boolean"),
            (Cell::Text("true"), "boolean"),
            (Cell::Number(1.5), "int"),
            (Cell::Number(1e300), "int"),
            (Cell::Text("1"), "int"),
            (Cell::Boolean(true), "double"),
            (Cell::Number(1.0), "string"),
            (Cell::Json("{}"), "string"),
            (Cell::Text("2024-02-30"), "date"),
            (Cell::Text("2024-2-3"), "date"),
            (Cell::Number(0.0), "date"),
            (Cell::Text("12:00"), "timestamp"),
            (Cell::Text("2024-01-01 25:00:00"), "timestamp"),
            (Cell::Text("2024-01-01 1:2:3"), "timestamp"),
            (Cell::Instant(f64::NAN), "timestamp"),
            (Cell::Text("ab"), "binary"),
            (Cell::Json("{}"), "array<int>"),
            (Cell::Text("[1"), "array<int>"),
        ] {
            let error = store(cell, &DataType::parse(data_type).unwrap()).unwrap_err();
            assert_eq!(error.code(), Code::TypeMismatch, "{cell:?} into {data_type}");
        }
    }
}
