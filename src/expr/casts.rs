//! How a cast from one logical type to another is written in SQL. PySpark's meaning with ANSI mode off: what cannot be cast is NULL.
//!
//! SQLite's own CAST reads a prefix (`'12abc'` is 12), knows no dates, and cannot say NULL, so most casts call a function of
//! `functions/cast.rs`. Its own CAST serves where both agree: integers to text, integers to double, text to binary.
//!
//! | to \ from | text | integer | double, decimal | boolean | date | timestamp |
//! |---|---|---|---|---|---|---|
//! | boolean | `cast_boolean` | `cast_boolean` | `cast_boolean` | – | NULL | `cast_boolean(unix_micros(x))` |
//! | integers | `cast_long` … | – or `cast_int` … (wraps) | `cast_long` … (cuts) | – | NULL | `unix_seconds` |
//! | double | `cast_double` | CAST AS REAL | – | CAST AS REAL | NULL | `timestamp_to_double` |
//! | decimal(p,s) | `cast_decimal(x, p, s)` | same | same (half up) | same | NULL | `cast_decimal(timestamp_to_double(x), p, s)` |
//! | string | – | CAST AS TEXT | `cast_string`, `decimal_to_string(x, s)`, `float_to_string` | `boolean_to_string` | – | `timestamp_to_string` |
//! | date | `cast_date` | error | error | error | – | `cast_date` |
//! | timestamp | `cast_timestamp` | `timestamp_seconds` | `timestamp_seconds` | error | `cast_timestamp` | – |
//! | binary | CAST AS BLOB | `integer_to_binary(x, n)` | error | error | error | error |
//!
//! Arrays, structs and maps become text by `nested_to_string(x, 'type')` and each other by `cast_nested(x, 'from', 'to')`.

use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// One step of a cast; steps are applied from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CastStep {
    /// SQLite's own `CAST(x AS …)`.
    Native(&'static str),
    /// `name(x, arguments…)`.
    Call(&'static str, Vec<CastArgument>),
    /// The result is NULL.
    Null,
}

/// A constant argument of a cast function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CastArgument {
    Integer(i64),
    Text(String),
}

fn call(name: &'static str) -> Vec<CastStep> {
    vec![CastStep::Call(name, Vec::new())]
}

fn integer_cast(to: &DataType) -> &'static str {
    match to {
        DataType::Byte => "cast_byte",
        DataType::Short => "cast_short",
        DataType::Int => "cast_int",
        _ => "cast_long",
    }
}

/// The steps from one type to another; none if the value stays as it is. `type_mismatch` for pairs that PySpark refuses.
pub fn cast_steps(from: &DataType, to: &DataType) -> Result<Vec<CastStep>> {
    use CastStep::{Call, Native, Null};
    use DataType as T;
    if from == to || matches!(to, T::Any | T::Void) || *from == T::Void {
        return Ok(Vec::new());
    }
    let refused = || {
        Error::new(Code::TypeMismatch, format!("a value of type {from} cannot be cast to {to}"))
            .detail("from", from.to_string())
            .detail("to", to.to_string())
    };
    Ok(match to {
        T::Any | T::Void => Vec::new(),
        T::String => match from {
            T::Boolean => call("boolean_to_string"),
            T::Byte | T::Short | T::Int | T::Long => vec![Native("TEXT")],
            T::Decimal(_, scale) => vec![Call("decimal_to_string", vec![CastArgument::Integer(i64::from(*scale))])],
            T::Float => call("float_to_string"),
            T::Timestamp => call("timestamp_to_string"),
            T::Date | T::Json => Vec::new(),
            t if t.is_nested() => vec![Call("nested_to_string", vec![CastArgument::Text(t.to_string())])],
            _ => call("cast_string"),
        },
        T::Boolean => match from {
            T::Date => vec![Null],
            T::Timestamp => vec![Call("unix_micros", Vec::new()), Call("cast_boolean", Vec::new())],
            t if t.is_nested() || *t == T::Binary => return Err(refused()),
            _ => call("cast_boolean"),
        },
        t if t.is_integer() => match from {
            T::Boolean => Vec::new(),
            T::Date => vec![Null],
            T::Timestamp if *t == T::Long => call("unix_seconds"),
            T::Timestamp => vec![Call("unix_seconds", Vec::new()), Call(integer_cast(t), Vec::new())],
            f if f.is_integer() && width(f) <= width(t) => Vec::new(),
            f if f.is_nested() || *f == T::Binary => return Err(refused()),
            _ => call(integer_cast(t)),
        },
        T::Float | T::Double => match from {
            T::Date => vec![Null],
            T::Timestamp => call("timestamp_to_double"),
            f if f.is_nested() || *f == T::Binary => return Err(refused()),
            _ if *to == T::Float => call("cast_float"),
            T::Boolean => vec![Native("REAL")],
            f if f.is_numeric() => vec![Native("REAL")],
            _ => call("cast_double"),
        },
        T::Decimal(p, s) => {
            let cast = Call("cast_decimal", vec![CastArgument::Integer(i64::from(*p)), CastArgument::Integer(i64::from(*s))]);
            match from {
                T::Date => vec![Null],
                T::Timestamp => vec![Call("timestamp_to_double", Vec::new()), cast],
                f if f.is_nested() || *f == T::Binary => return Err(refused()),
                _ => vec![cast],
            }
        }
        T::Date => match from {
            T::String | T::Timestamp | T::Any => call("cast_date"),
            _ => return Err(refused()),
        },
        T::Timestamp => match from {
            T::String | T::Date | T::Any => call("cast_timestamp"),
            f if f.is_numeric() => call("timestamp_seconds"),
            _ => return Err(refused()),
        },
        T::Binary => match from {
            T::String | T::Any => vec![Native("BLOB")],
            f if f.is_integer() => vec![Call("integer_to_binary", vec![CastArgument::Integer(i64::from(width(f)))])],
            _ => return Err(refused()),
        },
        T::Json => match from {
            f if f.is_nested() || matches!(f, T::String | T::Any) => Vec::new(),
            _ => return Err(refused()),
        },
        nested => match (from, nested) {
            (T::Json | T::Any, _) => vec![Call("from_json", vec![CastArgument::Text(nested.to_string())])],
            (T::Array(_), T::Array(_)) | (T::Map(..), T::Map(..)) => nested_cast(from, nested),
            (T::Struct(a), T::Struct(b)) if a.len() == b.len() => nested_cast(from, nested),
            _ => return Err(refused()),
        },
    })
}

fn nested_cast(from: &DataType, to: &DataType) -> Vec<CastStep> {
    vec![CastStep::Call("cast_nested", vec![CastArgument::Text(from.to_string()), CastArgument::Text(to.to_string())])]
}

/// Bytes of an integer type.
fn width(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Byte => 1,
        DataType::Short => 2,
        DataType::Int => 4,
        _ => 8,
    }
}

/// May a cast give NULL where its argument is not?
pub fn cast_may_fail(from: &DataType, to: &DataType) -> bool {
    !(from == to
        || *to == DataType::String
        || (from.is_numeric() && to.is_numeric() && !matches!(to, DataType::Decimal(..)))
        || (*from == DataType::Boolean && to.is_numeric())
        || (from.is_temporal() && to.is_temporal())
        || (from.is_numeric() && *to == DataType::Boolean))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn show(from: &str, to: &str) -> String {
        match cast_steps(&DataType::parse(from).unwrap(), &DataType::parse(to).unwrap()) {
            Ok(steps) => format!("{steps:?}"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn pairs() {
        assert_eq!(show("int", "bigint"), "[]");
        assert_eq!(show("bigint", "int"), "[Call(\"cast_int\", [])]");
        assert_eq!(show("boolean", "int"), "[]");
        assert_eq!(show("date", "int"), "[Null]");
        assert_eq!(show("string", "decimal(10,2)"), "[Call(\"cast_decimal\", [Integer(10), Integer(2)])]");
        assert_eq!(show("int", "date"), "a value of type int cannot be cast to date");
        assert_eq!(show("array<int>", "array<string>"), "[Call(\"cast_nested\", [Text(\"array<int>\"), Text(\"array<string>\")])]");
    }
}
