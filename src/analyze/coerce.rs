//! Implicit conversions, as PySpark's with ANSI mode off: which type two types meet in, and the cast that takes an expression there.

use super::resolved::{Kind, Typed};
use crate::error::{Code, Error, Result};
use crate::expr::BinaryOp;
use crate::types::DataType;
use crate::value::Value;

use DataType as T;

/// The type in which two values compare: text meets a number, date or boolean on the other's ground.
pub fn comparison(a: &T, b: &T) -> Option<T> {
    Some(match (a, b) {
        _ if a == b => a.clone(),
        (T::Void, t) | (t, T::Void) => t.clone(),
        (T::Any, _) | (_, T::Any) => T::Any,
        _ if a.is_numeric() && b.is_numeric() => a.wider_number(b),
        (T::String, t) | (t, T::String) if t.is_fractional() => T::Double,
        // PySpark compares at the integer's width; a text that is no integer then is NULL.
        (T::String, t) | (t, T::String) if t.is_integer() => t.clone(),
        (T::String, t @ (T::Boolean | T::Date | T::Timestamp | T::Binary)) | (t @ (T::Boolean | T::Date | T::Timestamp | T::Binary), T::String) => {
            t.clone()
        }
        (T::Date, T::Timestamp) | (T::Timestamp, T::Date) => T::Timestamp,
        (T::Json, t) | (t, T::Json) if t.is_nested() || *t == T::String => T::Json,
        (T::Boolean, t) | (t, T::Boolean) if t.is_numeric() => t.clone(),
        (T::Array(_), T::Array(_)) | (T::Struct(_), T::Struct(_)) => a.common(b)?,
        _ => return None,
    })
}

/// The result of `+ - * / %` over two types, and the type both sides are brought to.
pub fn arithmetic(op: BinaryOp, a: &T, b: &T) -> Option<(T, T)> {
    let number = |t: &T| match t {
        T::String => T::Double,
        T::Void => T::Void,
        T::Any => T::Any,
        t => t.clone(),
    };
    let (a, b) = (number(a), number(b));
    let ok = |t: &T| t.is_numeric() || matches!(t, T::Void | T::Any);
    if !ok(&a) || !ok(&b) {
        return None;
    }
    let side = match (&a, &b) {
        (T::Void, T::Void) => T::Double,
        (T::Void, t) | (t, T::Void) => t.clone(),
        (T::Any, T::Any) => T::Any,
        (T::Any, t) | (t, T::Any) => t.clone(),
        _ => a.wider_number(&b),
    };
    let result = match (op, &side) {
        (BinaryOp::Div, T::Decimal(..)) => {
            let ((p1, s1), (p2, s2)) = (a.decimal_digits(), b.decimal_digits());
            let s = (s1 + p2 + 1).max(6);
            T::decimal(p1 - s1 + s2 + s, s)
        }
        (BinaryOp::Div, _) => T::Double,
        (op, T::Decimal(..)) => {
            let ((p1, s1), (p2, s2)) = (a.decimal_digits(), b.decimal_digits());
            match op {
                BinaryOp::Mul => T::decimal(p1 + p2 + 1, s1 + s2),
                BinaryOp::Mod => T::decimal((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
                _ => T::decimal((p1 - s1).max(p2 - s2) + s1.max(s2) + 1, s1.max(s2)),
            }
        }
        // Unknown on one side: SQLite decides between integer and real.
        _ if a == T::Any || b == T::Any => {
            if side.is_fractional() {
                T::Double
            } else {
                T::Any
            }
        }
        (_, side) => side.clone(),
    };
    Some((side, result))
}

/// The expression as a value of this type. Numbers widen without a cast where SQLite compares and adds them alike; literals are converted here.
pub fn to_type(expr: Typed, to: &T) -> Typed {
    if expr.data_type == *to || matches!(to, T::Any | T::Void | T::Json) {
        return expr;
    }
    if let Kind::Literal(value) = &expr.kind
        && let Some(value) = convert_literal(value, &expr.data_type, to)
    {
        return Typed::literal(value, to.clone());
    }
    match (&expr.data_type, to) {
        (T::Void, _) => Typed { data_type: to.clone(), ..expr },
        (T::Any, _) => expr,
        // Only the declared width changes; the stored value stays.
        (a, b) if a.is_integer() && b.is_integer() && a.rank() < b.rank() => widen(expr, b),
        (a, T::Decimal(..)) if a.is_integer() || matches!(a, T::Decimal(..)) => widen(expr, to),
        (T::Float, T::Double) | (T::Decimal(..), T::Double) => widen(expr, to),
        (T::Array(_), T::Array(_)) | (T::Struct(_), T::Struct(_)) | (T::Map(..), T::Map(..)) => widen(expr, to),
        _ => expr.cast(to.clone()),
    }
}

fn widen(expr: Typed, to: &T) -> Typed {
    let nullable = expr.nullable;
    Typed::new(Kind::Cast(Box::new(expr)), to.clone(), nullable)
}

/// For a comparison: an integer beside a real needs no cast, SQLite compares them exactly.
pub fn to_comparable(expr: Typed, to: &T) -> Typed {
    if expr.data_type.is_numeric() && to.is_numeric() && !matches!(expr.kind, Kind::Literal(_)) {
        return expr;
    }
    if expr.data_type == T::Boolean && to.is_numeric() {
        return expr;
    }
    // `price > 10` need not say 10.0: SQLite compares integers and reals by value.
    let exact = matches!(expr.kind, Kind::Literal(Value::Integer(i)) if i.unsigned_abs() < 1 << 53);
    if exact && expr.data_type.is_integer() && matches!(to, T::Float | T::Double) {
        return expr;
    }
    to_type(expr, to)
}

/// The value after an implicit or explicit cast, where it can be known without the database.
pub fn convert_literal(value: &Value, from: &T, to: &T) -> Option<Value> {
    Some(match (value, to) {
        (Value::Null, _) => Value::Null,
        _ if from == to => value.clone(),
        (Value::Integer(i), T::Float | T::Double) if from.is_integer() && i.unsigned_abs() < 1 << 53 => Value::Real(*i as f64),
        (Value::Integer(_), t) if from.is_integer() && t.is_integer() && from.rank() <= t.rank() => value.clone(),
        (Value::Integer(i), T::Int) if from.is_integer() && i32::try_from(*i).is_ok() => value.clone(),
        (Value::Integer(i), T::Short) if from.is_integer() && i16::try_from(*i).is_ok() => value.clone(),
        (Value::Integer(i), T::Byte) if from.is_integer() && i8::try_from(*i).is_ok() => value.clone(),
        (Value::Integer(i), T::String) if from.is_integer() => Value::Text(i.to_string()),
        (Value::Real(_), T::Double) if *from == T::Float => value.clone(),
        (Value::Text(s), t) if *from == T::String => match t {
            T::Date => plain_date(s).map(Value::Text)?,
            T::Timestamp => plain_timestamp(s).map(Value::Text)?,
            T::Byte | T::Short | T::Int | T::Long => Value::Integer(s.trim().parse::<i64>().ok().filter(|i| fits(*i, t))?),
            T::Float | T::Double => Value::Real(s.trim().parse::<f64>().ok().filter(|r| r.is_finite() && !s.contains(['n', 'N', 'x']))?),
            T::Boolean => match s.trim().to_ascii_lowercase().as_str() {
                "t" | "true" | "y" | "yes" | "1" => Value::Integer(1),
                "f" | "false" | "n" | "no" | "0" => Value::Integer(0),
                _ => Value::Null,
            },
            _ => return None,
        },
        (Value::Text(s), T::Timestamp) if *from == T::Date => Value::Text(format!("{s} 00:00:00")),
        (Value::Text(s), T::Date) if *from == T::Timestamp => Value::Text(s.get(..10)?.to_owned()),
        (Value::Text(_), T::String) if from.is_temporal() => value.clone(),
        _ => return None,
    })
}

fn fits(i: i64, t: &T) -> bool {
    match t {
        T::Byte => i8::try_from(i).is_ok(),
        T::Short => i16::try_from(i).is_ok(),
        T::Int => i32::try_from(i).is_ok(),
        _ => true,
    }
}

fn digits(s: &str, n: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (n.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok()).flatten()
}

/// `2024-2-9` as `2024-02-09`, if it is a real date.
fn plain_date(s: &str) -> Option<String> {
    let mut parts = s.trim().splitn(3, '-');
    let (y, m, d) = (digits(parts.next()?, 4..=4)?, digits(parts.next()?, 1..=2)?, digits(parts.next()?, 1..=2)?);
    let leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let last = match m {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=last).contains(&d).then(|| format!("{y:04}-{m:02}-{d:02}"))
}

fn plain_timestamp(s: &str) -> Option<String> {
    let s = s.trim();
    let Some((date, time)) = s.split_once([' ', 'T']) else {
        return Some(format!("{} 00:00:00", plain_date(s)?));
    };
    let date = plain_date(date)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.splitn(3, ':');
    let (h, m) = (digits(parts.next()?, 1..=2)?, digits(parts.next()?, 1..=2)?);
    let sec = parts.next().map_or(Some(0), |s| digits(s, 1..=2))?;
    if h > 23 || m > 59 || sec > 59 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.get(..6).unwrap_or(fraction).trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date} {h:02}:{m:02}:{sec:02}{dot}{fraction}"))
}

pub fn mismatch(what: impl std::fmt::Display, a: &T, b: &T) -> Error {
    Error::new(Code::TypeMismatch, format!("{a} and {b} do not go together in {what}")).hint("cast() one side to the other's type")
}

/// Brings all to one type.
pub fn unify(exprs: Vec<Typed>, what: &str) -> Result<(Vec<Typed>, T)> {
    let mut to = T::Void;
    for e in &exprs {
        to = to.common(&e.data_type).ok_or_else(|| mismatch(what, &to, &e.data_type))?;
    }
    Ok((exprs.into_iter().map(|e| to_type(e, &to)).collect(), to))
}

/// The arguments of `array()`, `map()` and `concat()`, where those of other types stand among texts or timestamps: what is stored must be of the
/// declared type. Numbers need no cast, they are read by it.
pub fn into_parts(args: Vec<Typed>, function: &str, whole: &T) -> Result<Vec<Typed>> {
    let target = |i: usize| match whole {
        T::Array(element) if function == "array" => Some(&**element),
        T::Array(_) => Some(whole),
        T::Map(_, value) if i % 2 == 1 => Some(&**value),
        _ => None,
    };
    let cast = |(i, arg): (usize, Typed)| match target(i) {
        Some(to) if arg.data_type != *to && is_of_texts(to) => super::exprs::explicit_cast(arg, to),
        _ => Ok(arg),
    };
    args.into_iter().enumerate().map(cast).collect()
}

fn is_of_texts(data_type: &T) -> bool {
    match data_type {
        T::Array(element) => is_of_texts(element),
        t => matches!(t, T::String | T::Timestamp),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn text_compares_on_the_others_ground() {
        assert_eq!(comparison(&T::String, &T::Date), Some(T::Date));
        assert_eq!(comparison(&T::Long, &T::String), Some(T::Long));
        assert_eq!(comparison(&T::Date, &T::Long), None);
    }

    #[test]
    fn literals_convert_early() {
        let text = |s: &str| Value::Text(s.into());
        assert_eq!(convert_literal(&text("2024-2-9"), &T::String, &T::Date), Some(text("2024-02-09")));
        assert_eq!(convert_literal(&text("2024-02-30"), &T::String, &T::Date), None);
        assert_eq!(convert_literal(&text("2024-02-29"), &T::String, &T::Timestamp), Some(text("2024-02-29 00:00:00")));
        assert_eq!(convert_literal(&text("2024-02-29T1:02:03.500"), &T::String, &T::Timestamp), Some(text("2024-02-29 01:02:03.5")));
        assert_eq!(convert_literal(&Value::Integer(2), &T::Long, &T::Double), Some(Value::Real(2.0)));
    }
}
