//! Numbers as text and back, by Java's rules as PySpark shows them.

/// What casts from text trim: all ASCII control characters and the space.
pub fn is_space(c: char) -> bool {
    c <= ' ' || c == '\u{7f}'
}

/// `Double.toString`: at least one decimal; scientific below 1e-3 and from 1e7 on.
pub fn double(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    shortest(&format!("{x:e}"), x)
}

/// `Float.toString`.
pub fn float(x: f32) -> String {
    if !x.is_finite() {
        return double(f64::from(x));
    }
    shortest(&format!("{x:e}"), f64::from(x))
}

/// `scientific` holds the shortest digits that give the number back: `-1.25e-7`.
fn shortest(scientific: &str, x: f64) -> String {
    let magnitude = x.abs();
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if x == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return plain(mantissa, exponent);
    }
    if mantissa.contains('.') { format!("{mantissa}E{exponent}") } else { format!("{mantissa}.0E{exponent}") }
}

/// Digits and exponent without an exponent, with at least one decimal.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    let point = exponent + 1;
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    }
    let point = point as usize;
    if digits.len() <= point {
        return format!("{sign}{digits}{}.0", "0".repeat(point - digits.len()));
    }
    let (whole, fraction) = digits.split_at(point);
    format!("{sign}{whole}.{fraction}")
}

/// A decimal with a fixed number of digits after the point.
pub fn decimal(x: f64, scale: u8) -> String {
    super::rounding::fixed(x, usize::from(scale))
}

/// `cast(text as bigint)`: an optional sign, digits, and maybe a fraction that is cut off; no exponent.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim_matches(is_space);
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if digits.is_empty() || digits == "." || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Counted downwards, since there is one more negative number.
    let mut value: i64 = 0;
    for byte in whole.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// `cast(text as double)`: as Java reads a double, and the names of infinities and NaN in any letter case.
pub fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let last = text.chars().last()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        // Java permits a suffix for the type.
        let number = if matches!(last, 'd' | 'D' | 'f' | 'F') { &text[..text.len() - 1] } else { text };
        if number.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            return None;
        }
        return number.parse().ok();
    }
    match unsigned.to_ascii_lowercase().as_str() {
        "infinity" | "inf" => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" if unsigned.len() == text.len() => Some(f64::NAN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn doubles_as_java_shows_them() {
        for (x, shown) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (12.7, "12.7"),
            (-0.25, "-0.25"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (1234567.0, "1234567.0"),
            (9999999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1e15, "1.0E15"),
            (1.5e300, "1.5E300"),
            (123456789.125, "1.23456789125E8"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(double(x), shown);
        }
        assert_eq!(float(12.7), "12.7");
    }

    #[test]
    fn longs_of_texts() {
        for (text, value) in [
            (" 12 ", Some(12)),
            ("+5", Some(5)),
            ("-7", Some(-7)),
            ("12.7", Some(12)),
            ("12.", Some(12)),
            (".5", Some(0)),
            (".", None),
            ("", None),
            ("-", None),
            ("1e3", None),
            ("12abc", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
        ] {
            assert_eq!(parse_long(text), value, "{text}");
        }
    }

    #[test]
    fn doubles_of_texts() {
        for (text, value) in [
            (" 1e3 ", Some(1000.0)),
            ("1.5d", Some(1.5)),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("0x10", None),
            ("", None),
            ("e", None),
        ] {
            assert_eq!(parse_double(text), value, "{text}");
        }
        assert!(parse_double("NaN").is_some_and(f64::is_nan));
    }
}
