//! `format_number` and `format_string`.

use rusqlite::types::ValueRef;

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::java_number;
use super::rounding::{Mode, real};
use super::text::MAX_BYTES;
use crate::types::DataType;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[("format_number", format_number), ("format_string", format_string)];

fn format_number(args: &Args<'_>) -> Fallible<Value> {
    // A pattern such as `#,##0.00` instead of a number of decimals: its decimals count, and whether it groups.
    let mut groups = true;
    let (least, most) = match args.raw(1) {
        ValueRef::Text(_) => {
            let pattern = args.text(1)?;
            groups = pattern.is_empty() || pattern.contains(',');
            pattern_decimals(&pattern)
        }
        _ => {
            let d = args.long(1)?;
            let d = usize::try_from(d).map_err(|_| Fault::Null)?.min(1000);
            (d, d)
        }
    };
    let grouped = |digits: &str| if groups { grouped(digits) } else { digits.to_owned() };
    if let ValueRef::Integer(i) = args.raw(0) {
        let digits = i.unsigned_abs().to_string();
        let fraction = if least > 0 { format!(".{}", "0".repeat(least)) } else { String::new() };
        return Ok(format!("{}{}{fraction}", if i < 0 { "-" } else { "" }, grouped(&digits)).into());
    }
    let x = args.double(0)?;
    if x.is_nan() {
        return Ok("NaN".into());
    }
    if x.is_infinite() {
        return Ok(if x > 0.0 { "∞" } else { "-∞" }.into());
    }
    // Exact half-even rounding of the binary value, as Java's DecimalFormat and Rust's formatting both do.
    let mut text = format!("{:.most$}", x.abs());
    if text.contains('.') {
        while text.ends_with('0') && text.len() - text.find('.').unwrap_or(0) - 1 > least {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (text.as_str(), String::new()),
    };
    Ok(format!("{}{}{fraction}", if x.is_sign_negative() { "-" } else { "" }, grouped(whole)).into())
}

fn pattern_decimals(pattern: &str) -> (usize, usize) {
    match pattern.split_once('.') {
        Some((_, fraction)) => (fraction.matches('0').count(), fraction.chars().filter(|c| matches!(c, '0' | '#')).count()),
        None => (0, 0),
    }
}

/// Digits with a comma between thousands.
fn grouped(digits: &str) -> String {
    let mut result = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            result.push(',');
        }
        result.push(c);
    }
    result
}

/// One `%…` of a format.
#[derive(Default)]
struct Spec {
    index: Option<usize>,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    comma: bool,
    parenthesis: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

fn format_string(args: &Args<'_>) -> Fallible<Value> {
    let format = args.text(0)?;
    let mut result = String::with_capacity(format.len() + 16);
    let mut rest = format.chars().peekable();
    let (mut next, mut last) = (1, 0);
    while let Some(c) = rest.next() {
        if c != '%' {
            result.push(c);
            continue;
        }
        let mut spec = Spec::default();
        let mut number = String::new();
        let mut previous = false;
        // Flags, an index with `$`, a width.
        loop {
            match rest.peek().copied() {
                Some(d @ '1'..='9') => number.push(d),
                Some('0') if !number.is_empty() => number.push('0'),
                Some('$') if !number.is_empty() => {
                    spec.index = number.parse().ok();
                    number.clear();
                }
                Some(flag) if number.is_empty() => match flag {
                    '-' => spec.left = true,
                    '+' => spec.plus = true,
                    ' ' => spec.space = true,
                    '0' => spec.zero = true,
                    ',' => spec.comma = true,
                    '(' => spec.parenthesis = true,
                    '#' => spec.alternate = true,
                    '<' => previous = true,
                    _ => break,
                },
                _ => break,
            }
            rest.next();
        }
        spec.width = number.parse().unwrap_or(0);
        if rest.peek() == Some(&'.') {
            rest.next();
            let mut precision = String::new();
            while let Some(d) = rest.peek().filter(|c| c.is_ascii_digit()) {
                precision.push(*d);
                rest.next();
            }
            spec.precision = Some(precision.parse().map_err(|_| bad(&format))?);
        }
        if spec.width > 1_000_000 || spec.precision.is_some_and(|p| p > 1_000_000) || result.len() > MAX_BYTES {
            return Err(Fault::Error("format_string: the result is too long".into()));
        }
        let conversion = rest.next().ok_or_else(|| bad(&format))?;
        match conversion {
            '%' => result.push_str(&padded("%".into(), &spec)),
            'n' => result.push('\n'),
            _ => {
                let i = match (previous, spec.index) {
                    (true, _) if last > 0 => last,
                    (true, _) | (_, Some(0)) => return Err(bad(&format)),
                    (_, Some(i)) => i,
                    _ => {
                        next += 1;
                        next - 1
                    }
                };
                last = i;
                if i >= args.len() {
                    return Err(Fault::Error(format!("format_string: \"{format}\" needs argument {i}, but there are {}", args.len() - 1)));
                }
                let text = convert(args, i, conversion, &spec)?;
                result.push_str(&text);
            }
        }
    }
    Ok(result.into())
}

fn bad(format: &str) -> Fault {
    Fault::Error(format!("format_string: \"{format}\" is not a valid format"))
}

fn padded(text: String, spec: &Spec) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    if missing == 0 {
        text
    } else if spec.left {
        text + &" ".repeat(missing)
    } else {
        " ".repeat(missing) + &text
    }
}

fn convert(args: &Args<'_>, i: usize, conversion: char, spec: &Spec) -> Fallible<String> {
    let upper = conversion.is_ascii_uppercase();
    let null = args.is_null(i);
    let text = match conversion.to_ascii_lowercase() {
        'b' => {
            let truth = match (args.raw(i), args.data_type(i)) {
                (ValueRef::Null, _) => false,
                (ValueRef::Integer(n), Some(DataType::Boolean)) => n != 0,
                _ => true,
            };
            cut(truth.to_string(), spec)
        }
        's' if null => cut("null".into(), spec),
        's' => cut(args.text(i)?.into_owned(), spec),
        // The precision cuts it here too, as in Java.
        _ if null => cut("null".into(), spec),
        'h' => return Err(Fault::Error("format_string: %h is not supported".into())),
        'c' => match args.raw(i) {
            ValueRef::Integer(n) => u32::try_from(n).ok().and_then(char::from_u32).ok_or_else(|| mismatch(conversion))?.to_string(),
            _ => return Err(mismatch(conversion)),
        },
        'd' => match args.raw(i) {
            ValueRef::Integer(n) => {
                let digits = n.unsigned_abs().to_string();
                return Ok(padded(signed(n < 0, if spec.comma { grouped(&digits) } else { digits }, spec), spec));
            }
            _ => return Err(mismatch(conversion)),
        },
        'x' | 'o' => match args.raw(i) {
            ValueRef::Integer(n) => {
                let narrow = matches!(args.data_type(i), Some(DataType::Int | DataType::Short | DataType::Byte));
                let n = if narrow { u64::from(n as u32) } else { n as u64 };
                let digits = match (conversion.to_ascii_lowercase(), spec.alternate) {
                    ('x', false) => format!("{n:x}"),
                    ('x', true) => format!("{n:#x}"),
                    (_, false) => format!("{n:o}"),
                    (_, true) => format!("0{n:o}"),
                };
                if spec.zero { format!("{digits:0>width$}", width = spec.width) } else { digits }
            }
            _ => return Err(mismatch(conversion)),
        },
        'f' | 'e' | 'g' => match args.raw(i) {
            ValueRef::Real(x) => return Ok(padded(with_case(float(x, conversion.to_ascii_lowercase(), spec), upper), spec)),
            // SQLite may hold a decimal or a whole double as an integer; Spark would refuse an integer here.
            ValueRef::Integer(n) => return Ok(padded(with_case(float(n as f64, conversion.to_ascii_lowercase(), spec), upper), spec)),
            _ => return Err(mismatch(conversion)),
        },
        _ => return Err(Fault::Error(format!("format_string: %{conversion} is not a conversion"))),
    };
    Ok(padded(with_case(text, upper), spec))
}

fn mismatch(conversion: char) -> Fault {
    Fault::Error(format!("format_string: %{conversion} does not fit its argument"))
}

fn with_case(text: String, upper: bool) -> String {
    if upper { text.to_uppercase() } else { text }
}

fn cut(text: String, spec: &Spec) -> String {
    match spec.precision {
        Some(n) => text.chars().take(n).collect(),
        None => text,
    }
}

/// Puts a sign before a magnitude, and zeros between up to the width.
fn signed(negative: bool, magnitude: String, spec: &Spec) -> String {
    let (before, after) = match negative {
        true if spec.parenthesis => ("(", ")"),
        true => ("-", ""),
        false if spec.plus => ("+", ""),
        false if spec.space => (" ", ""),
        false => ("", ""),
    };
    let missing = if spec.zero { spec.width.saturating_sub(before.len() + after.len() + magnitude.chars().count()) } else { 0 };
    format!("{before}{}{magnitude}{after}", "0".repeat(missing))
}

fn float(x: f64, conversion: char, spec: &Spec) -> String {
    if !x.is_finite() {
        return java_number::double(x);
    }
    let precision = spec.precision.unwrap_or(6);
    let magnitude = match conversion {
        'f' => decimals(x, precision),
        'e' => scientific(x.abs(), precision),
        _ => {
            let precision = precision.max(1);
            let rounded = scientific(x.abs(), precision - 1);
            let exponent: i64 = rounded.rsplit_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            if x == 0.0 || (exponent >= -4 && exponent < precision as i64) {
                decimals(x, (precision as i64 - 1 - if x == 0.0 { 0 } else { exponent }).max(0) as usize)
            } else {
                rounded
            }
        }
    };
    let magnitude = match magnitude.split_once('.') {
        Some((whole, fraction)) if spec.comma => format!("{}.{fraction}", grouped(whole)),
        None if spec.comma => grouped(&magnitude),
        _ => magnitude,
    };
    signed(x.is_sign_negative(), magnitude, spec)
}

fn decimals(x: f64, precision: usize) -> String {
    format!("{:.precision$}", real(x, precision as i64, Mode::HalfUp).abs())
}

/// `1.500000e+00`: at least two digits of exponent, with a sign.
fn scientific(x: f64, precision: usize) -> String {
    let exponent: i64 = format!("{x:e}").rsplit_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let text = format!("{:.precision$e}", real(x, precision as i64 - exponent, Mode::HalfUp));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
