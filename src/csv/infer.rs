//! What a text is: the one place where the rules of inference are written.
//!
//! | type | texts | stored as |
//! |---|---|---|
//! | INTEGER | `0`, `-?[1-9][0-9]*` within 64 bits, `-0` | integer |
//! | REAL | `-?` digits with one point (`1.5`, `.5`, `5.`) and perhaps an exponent, or digits with an exponent; no `+`, no superfluous leading zero; finite; not a tiny number that becomes 0 | the nearest double |
//! | BOOLEAN | `true`, `false`, in any letter case | 1, 0 |
//! | DATE | `YYYY-MM-DD`, a day of the calendar (years 0000 to 9999) | the same text |
//! | TIMESTAMP | a DATE, `T` or space, `HH:MM`, perhaps `:SS`, perhaps a fraction of at most six digits (more only if they are zeros), perhaps `Z` or `±HH`, `±HHMM`, `±HH:MM` | `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, no trailing zeros |
//! | TEXT | everything else: `007`, `+1`, `1e400`, `NaN`, `12345678901234567890`, ` 1`, `2024-01` | the same text |
//!
//! Only ASCII digits count. A column's type is the least that holds all its values:
//!
//! | | INTEGER | REAL | BOOLEAN | DATE | TIMESTAMP |
//! |---|---|---|---|---|---|
//! | **INTEGER** | INTEGER | REAL, if every integer is a double exactly; else TEXT | TEXT | TEXT | TEXT |
//! | **REAL** | | REAL | TEXT | TEXT | TEXT |
//! | **BOOLEAN** | | | BOOLEAN | TEXT | TEXT |
//! | **DATE** | | | | DATE | TIMESTAMP |
//! | **TIMESTAMP** | | | | | TIMESTAMP |
//!
//! NULLs say nothing; an empty field that is none (a quoted one, unless `nullValues` is changed) is a text. A column without any value is TEXT.

use crate::csv::digits::Word;

/// An integer by the rule above.
#[inline(always)]
pub fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    match digits {
        [] => None,
        [b'0'] => Some(0),
        [b'0', ..] => None,
        _ => {
            let value = match Word::new(digits) {
                Some(word) => word.number()?.cast_signed(),
                None => return long_integer(text, negative, digits),
            };
            Some(if negative { -value } else { value })
        }
    }
}

/// More than eight digits.
#[inline(never)]
fn long_integer(text: &[u8], negative: bool, digits: &[u8]) -> Option<i64> {
    let (high, low) = digits.split_first_chunk::<8>()?;
    if let (Some(high), Some(low), Some(&power)) = (Word::new(high), Word::new(low), TENS.get(low.len())) {
        let value = high.number()?.cast_signed() * power + low.number()?.cast_signed();
        return Some(if negative { -value } else { value });
    }
    // The standard library would take a sign.
    if digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

const TENS: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Is every value between the two a double exactly?
#[inline]
pub fn is_exact_double(value: i64) -> bool {
    value.unsigned_abs() <= 1 << 53 || (value != i64::MAX && (value as f64) as i64 == value)
}

/// How a number was written, as far as it is needed to write it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberShape {
    /// Digits after the point; None without one.
    pub decimals: Option<u8>,
    /// The usual form, `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, no negative zero, and at most 15 digits: then digits and decimals give it back.
    pub plain: bool,
    /// The last decimal is not 0: with `plain`, it is the shortest form of its double.
    pub tight: bool,
}

/// A number with point or exponent by the rule above, or an integer that is a double exactly.
#[inline]
pub fn real(text: &[u8]) -> Option<(f64, NumberShape)> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let Some(word) = Word::new(body) else { return long_real(text, negative, body) };
    let (digits, whole_digits, decimals) = match word.without_point() {
        Some((digits, at)) => (digits, at, Some(body.len() - 1 - at)),
        None => (word, body.len(), None),
    };
    match digits.number() {
        Some(mantissa) => fixed(negative, body, mantissa, whole_digits, decimals),
        None => long_real(text, negative, body),
    }
}

/// A number of at most 15 digits without exponent. Mantissa and power are doubles exactly, so their quotient is the nearest double.
#[inline(always)]
fn fixed(negative: bool, body: &[u8], mantissa: u64, whole_digits: usize, decimals: Option<usize>) -> Option<(f64, NumberShape)> {
    if whole_digits > 1 && body.first() == Some(&b'0') {
        return None;
    }
    // Signed integers convert quicker.
    let value = mantissa.cast_signed() as f64 / POWERS[decimals.unwrap_or(0)];
    let plain = whole_digits > 0 && decimals != Some(0) && !(negative && mantissa == 0);
    let shape = NumberShape { decimals: decimals.map(|d| d as u8), plain, tight: !mantissa.is_multiple_of(10) };
    Some((if negative { -value } else { value }, shape))
}

/// As `real`: more than eight bytes, an exponent, or no number.
#[inline(never)]
fn long_real(text: &[u8], negative: bool, body: &[u8]) -> Option<(f64, NumberShape)> {
    let mut mantissa = 0u64;
    let mut digits = 0usize;
    let mut point = None;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            break;
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    let whole_digits = point.unwrap_or(at);
    if whole_digits > 1 && body.first() == Some(&b'0') {
        return None;
    }
    let decimals = point.map(|p| at - p - 1);
    let exponent = if at == body.len() {
        false
    } else {
        let [b'e' | b'E', rest @ ..] = &body[at..] else { return None };
        let rest = match rest {
            [b'+' | b'-', rest @ ..] => rest,
            _ => rest,
        };
        if rest.is_empty() || !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        true
    };
    if !exponent && digits <= 15 {
        return fixed(negative, body, mantissa, whole_digits, decimals);
    }
    if !exponent && point.is_none() && !integer(text).is_some_and(is_exact_double) {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    if !value.is_finite() || (value == 0.0 && mantissa_is_not_zero(body)) {
        return None;
    }
    Some((value, NumberShape { decimals: decimals.map(|d| d.min(255) as u8), plain: false, tight: false }))
}

fn mantissa_is_not_zero(body: &[u8]) -> bool {
    body.iter().take_while(|b| !matches!(b, b'e' | b'E')).any(|b| matches!(b, b'1'..=b'9'))
}

const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// `true` or `false` in any letter case.
#[inline]
pub fn boolean(text: &[u8]) -> Option<bool> {
    match text.len() {
        4 if text.eq_ignore_ascii_case(b"true") => Some(true),
        5 if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn integers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("7", Some(7)),
            ("-42", Some(-42)),
            ("12345678", Some(12_345_678)),
            ("-123456789", Some(-123_456_789)),
            ("1234567890123456", Some(1_234_567_890_123_456)),
            ("123456789012345678", Some(123_456_789_012_345_678)),
            ("12345678901234x6", None),
            ("1234567-90123456", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("12345678901234567890", None),
            ("007", None),
            ("00", None),
            ("-01", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
            ("", None),
            ("-", None),
            ("1.0", None),
            ("1_000", None),
            ("2\0", None),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn reals() {
        for text in [
            "1.5",
            "12345678",
            "1234567.",
            "-123.4567",
            "123456.789",
            "0",
            ".5",
            "5.",
            "-0.0",
            "1e5",
            "1E5",
            "2e+3",
            "25e-1",
            "0.1234567890123456789",
            "82544000000000707.52",
            "1.7976931348623157e308",
            "0e5",
            "0.0e-999",
        ] {
            let (value, _) = real(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(value, text.parse::<f64>().unwrap(), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "-.",
            "+1.5",
            "1e400",
            "1e-400",
            "NaN",
            "inf",
            "-Infinity",
            "1.2.3",
            "e5",
            "1e",
            "1e+",
            "1f",
            "00.5",
            "01.5",
            " 1.5",
            "1.5 ",
            "0x1F",
            "1,5",
            "1.5e1.5",
            "1٫5",
        ] {
            assert_eq!(real(text.as_bytes()), None, "{text:?}");
        }
    }
}
