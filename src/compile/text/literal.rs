//! Constants of a text.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::expr::Literal;
use crate::types::DataType;
use crate::value::Value;

fn literal(value: impl Into<Value>, data_type: DataType) -> Option<Literal> {
    Some(Literal { value: value.into(), data_type })
}

/// `1`, `1L`, `2S`, `1.5`, `1e3`, `1.5D`, `2BD`. None: not a number that can be held.
pub(super) fn number(text: &str, is_long: bool) -> Option<Literal> {
    let digits_end = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(digits_end);
    let is_integer = digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match suffix {
        "S" => literal(i64::from(digits.parse::<i16>().ok()?), DataType::Short),
        "Y" => literal(i64::from(digits.parse::<i8>().ok()?), DataType::Byte),
        "L" => literal(digits.parse::<i64>().ok()?, DataType::Long),
        "D" | "F" | "BD" => real(digits),
        _ if is_long => literal(digits.parse::<i64>().ok()?, DataType::Long),
        _ if is_integer => match digits.parse::<i64>() {
            Ok(n) => literal(n, DataType::Long),
            // Beyond 64 bits a number is a double, as everywhere in SQLite.
            Err(_) => real(digits),
        },
        _ => real(digits),
    }
}

fn real(digits: &str) -> Option<Literal> {
    let number: f64 = digits.parse().ok()?;
    if number.is_finite() { literal(number, DataType::Double) } else { None }
}

pub(super) fn hex(digits: &str) -> Option<Literal> {
    if digits.len() % 2 == 1 || !digits.is_ascii() {
        return None;
    }
    let bytes = (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(digits.get(i..i + 2)?, 16).ok()).collect::<Option<Vec<u8>>>()?;
    Some(Literal { value: Value::Blob(bytes), data_type: DataType::Binary })
}

/// `2024-02-29`, `2024-2`, `2024`; a time after it is left out.
pub(super) fn date(text: &str) -> Option<Literal> {
    let date = read_date(text.trim().split(['T', ' ']).next()?)?;
    literal(date.format("%Y-%m-%d").to_string(), DataType::Date)
}

/// `2024-02-29`, `2024-02-29 12:30`, `2024-02-29T12:30:00.5Z`.
pub(super) fn timestamp(text: &str) -> Option<Literal> {
    let text = text.trim();
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let day = read_date(day)?;
    let time = time.trim().trim_end_matches(['Z', 'z']).trim_end();
    let time = if time.is_empty() {
        NaiveTime::MIN
    } else {
        ["%H:%M:%S%.f", "%H:%M:%S", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(time, format).ok())?
    };
    let at = NaiveDateTime::new(day, time).format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    literal(at.trim_end_matches('0').trim_end_matches('.'), DataType::Timestamp)
}

fn read_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let year = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
    let month = parts.next().map_or(Some(1), |m| m.parse().ok())?;
    let day = parts.next().map_or(Some(1), |d| d.parse().ok())?;
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}
