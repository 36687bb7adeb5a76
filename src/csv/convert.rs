//! A field of a column whose type is given by `schema`.
//!
//! | type | texts |
//! |---|---|
//! | boolean | `true`, `false` in any letter case, `1`, `0` |
//! | integers | decimal, leading zeros and `+` allowed, within the type's range |
//! | float, double | decimal with point or exponent, `Infinity`, `-Infinity`, `Inf`, `-Inf` |
//! | decimal(p,s) | decimal; rounded half up to s decimals; at most p digits |
//! | string, binary | everything |
//! | date, timestamp | ISO, or the given pattern |
//! | array, struct, map, json | JSON |

use crate::csv::kind::{Formats, read_date, read_timestamp};
use crate::csv::sink::RowSink;
use crate::types::DataType;

/// Sends the value; `false` if the type cannot hold it, and then nothing was sent. The field is not NULL and not empty.
pub fn convert(text: &[u8], data_type: &DataType, formats: &Formats, sink: &mut impl RowSink) -> bool {
    let as_str = || std::str::from_utf8(text).ok();
    match data_type {
        DataType::String | DataType::Void | DataType::Any => sink.text(text),
        DataType::Binary => sink.blob(text),
        DataType::Boolean => match text {
            b"1" => sink.boolean(true),
            b"0" => sink.boolean(false),
            _ => match crate::csv::infer::boolean(text) {
                Some(value) => sink.boolean(value),
                None => return false,
            },
        },
        DataType::Byte | DataType::Short | DataType::Int | DataType::Long => {
            let range = match data_type {
                DataType::Byte => i64::from(i8::MIN)..=i64::from(i8::MAX),
                DataType::Short => i64::from(i16::MIN)..=i64::from(i16::MAX),
                DataType::Int => i64::from(i32::MIN)..=i64::from(i32::MAX),
                _ => i64::MIN..=i64::MAX,
            };
            match as_str().and_then(|t| t.parse().ok()).filter(|v| range.contains(v)) {
                Some(value) => sink.integer(value),
                None => return false,
            }
        }
        DataType::Float | DataType::Double => {
            // Infinity is a word; digits that are too many for a double are none.
            let is_word = text.iter().find(|byte| !matches!(byte, b'+' | b'-')).is_some_and(u8::is_ascii_alphabetic);
            let value = as_str().and_then(|t| t.parse::<f64>().ok()).filter(|v| v.is_finite() || (v.is_infinite() && is_word));
            match value {
                Some(value) => sink.real(if *data_type == DataType::Float { f64::from(value as f32) } else { value }),
                None => return false,
            }
        }
        DataType::Decimal(precision, 0) if text.len() <= usize::from(*precision) && as_str().is_some_and(|t| t.parse::<i64>().is_ok()) => {
            sink.integer(as_str().and_then(|t| t.parse().ok()).unwrap_or_default());
        }
        DataType::Decimal(precision, scale) => match as_str().and_then(|t| decimal(t, *precision, *scale)) {
            Some(value) if *scale == 0 && value.fract() == 0.0 && value.abs() < 9e18 => sink.integer(value as i64),
            Some(value) => sink.real(value),
            None => return false,
        },
        DataType::Date => match read_date(text, formats) {
            Some(date) => sink.text(&date),
            None => return false,
        },
        DataType::Timestamp => {
            let mut stored = Vec::new();
            match read_timestamp(text, formats, &mut stored) {
                Some(_) => sink.text(&stored),
                None => return false,
            }
        }
        DataType::Array(_) | DataType::Struct(_) | DataType::Map(..) | DataType::Json => {
            match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
                Ok(_) => sink.text(text),
                Err(_) => return false,
            }
        }
    }
    true
}

/// Half up on the decimal digits themselves, not on the double, unless there is an exponent; None beyond the precision.
fn decimal(text: &str, precision: u8, scale: u8) -> Option<f64> {
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    let digits = text.trim_start_matches(['+', '-']);
    let rounded = match digits.split_once('.') {
        Some((whole, fraction)) if fraction.len() > usize::from(scale) && fraction.bytes().all(|b| b.is_ascii_digit()) => {
            let kept = fraction.get(..usize::from(scale))?;
            let up = fraction.as_bytes().get(usize::from(scale)).is_some_and(|b| *b >= b'5');
            let step = 10f64.powi(-i32::from(scale));
            let cut: f64 = format!("{whole}.{kept}0").parse().ok()?;
            let sum = if up { cut + step } else { cut };
            let magnitude: f64 = format!("{sum:.*}", usize::from(scale)).parse().ok()?;
            if text.starts_with('-') { -magnitude } else { magnitude }
        }
        _ => format!("{value:.*}", usize::from(scale)).parse().ok()?,
    };
    (rounded.abs() < 10f64.powi(i32::from(precision) - i32::from(scale))).then_some(rounded)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::csv::json_rows::JsonRows;

    /// The value as JSON; None where the type cannot hold it.
    fn converted(text: &str, data_type: &str) -> Option<String> {
        let mut sink = JsonRows::default();
        let fits = convert(text.as_bytes(), &DataType::parse(data_type).unwrap(), &Formats::default(), &mut sink);
        sink.end_row().unwrap();
        fits.then(|| sink.take())
    }

    #[test]
    fn numbers_that_no_double_holds_are_not_infinity() {
        for text in ["1e400", "-9e999", "12e400", "+1e400"] {
            assert_eq!(converted(text, "double"), None, "{text}");
        }
        for (text, expected) in [("inf", "[[1e999]]"), ("-Infinity", "[[-1e999]]"), ("1e5", "[[100000.0]]"), ("+.5", "[[0.5]]")] {
            assert_eq!(converted(text, "double").as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn decimals_are_rounded_to_their_places() {
        for (text, expected) in [("1.005", "[[1.01]]"), ("-1.005", "[[-1.01]]"), ("1.2345e0", "[[1.23]]"), ("12e-1", "[[1.2]]"), ("7", "[[7.0]]")] {
            assert_eq!(converted(text, "decimal(5,2)").as_deref(), Some(expected), "{text}");
        }
        assert_eq!(converted("1234", "decimal(5,2)"), None);
    }
}
