//! Casts, as `expr::casts` writes them. What cannot be cast is NULL.

use std::rc::Rc;

use rusqlite::types::ValueRef;
use serde_json::Value as Json;

use super::Scalar;
use super::args::{Args, Fallible, Fault, owned, reference, to_boolean, to_double, to_long, to_text};
use super::date::{date, timestamp};
use super::memo::Memo;
use super::{civil, java_number, json, rounding};
use crate::types::DataType;
use crate::value::Value;

/// Name, number of arguments, body.
pub const FUNCTIONS: &[(&str, i32, Scalar)] = &[
    ("cast_boolean", 1, |a| to_boolean(a.raw(0)).map(Value::from).ok_or(Fault::Null)),
    ("cast_byte", 1, |a| integer(a.raw(0), 1)),
    ("cast_short", 1, |a| integer(a.raw(0), 2)),
    ("cast_int", 1, |a| integer(a.raw(0), 4)),
    ("cast_long", 1, |a| integer(a.raw(0), 8)),
    ("cast_float", 1, |a| Ok(Value::Real(f64::from(a.double(0)? as f32)))),
    ("cast_double", 1, |a| Ok(Value::Real(a.double(0)?))),
    ("cast_decimal", 3, |a| decimal(a.raw(0), a.long(1)?, a.long(2)?)),
    ("cast_string", 1, |a| Ok(a.text(0)?.into_owned().into())),
    ("boolean_to_string", 1, |a| Ok(if a.long(0)? != 0 { "true" } else { "false" }.into())),
    ("decimal_to_string", 2, |a| Ok(java_number::decimal(a.double(0)?, a.long(1)?.clamp(0, 38) as u8).into())),
    ("float_to_string", 1, |a| Ok(java_number::float(a.double(0)? as f32).into())),
    ("integer_to_binary", 2, integer_to_binary),
    ("cast_date", 1, |a| Ok(civil::show_date(date(a, 0)?).into())),
    ("cast_timestamp", 1, |a| Ok(civil::show_timestamp(timestamp(a, 0)?).into())),
    ("nested_to_string", 2, nested_to_string),
    ("cast_nested", 3, cast_nested),
];

thread_local! {
    static TYPES: Memo<DataType> = const { Memo::new() };
}

fn data_type(args: &Args<'_>, i: usize) -> Fallible<Rc<DataType>> {
    let text = args.text(i)?;
    TYPES.with(|m| m.get(&text, |t| DataType::parse(t).map_err(|e| Fault::Error(e.to_string()))))
}

/// Texts must fit; integers wrap around; doubles saturate at 32 bits (64 for bigint) and then wrap, as in Java.
fn integer(value: ValueRef<'_>, n_bytes: u8) -> Fallible<Value> {
    let whole = to_long(value).ok_or(Fault::Null)?;
    let fits = |least: i64, most: i64| if (least..=most).contains(&whole) { Ok(Value::Integer(whole)) } else { Err(Fault::Null) };
    if let ValueRef::Text(_) = value {
        return match n_bytes {
            1 => fits(i64::from(i8::MIN), i64::from(i8::MAX)),
            2 => fits(i64::from(i16::MIN), i64::from(i16::MAX)),
            4 => fits(i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => Ok(Value::Integer(whole)),
        };
    }
    let whole = match value {
        ValueRef::Real(r) if n_bytes < 8 => i64::from(r as i32),
        _ => whole,
    };
    Ok(Value::Integer(match n_bytes {
        1 => i64::from(whole as i8),
        2 => i64::from(whole as i16),
        4 => i64::from(whole as i32),
        _ => whole,
    }))
}

/// Rounded half up to the scale; NULL if the digits before the point are too many.
fn decimal(value: ValueRef<'_>, precision: i64, scale: i64) -> Fallible<Value> {
    let x = to_double(value).filter(|x| x.is_finite()).ok_or(Fault::Null)?;
    let whole_digits = (precision - scale).clamp(0, 38) as i32;
    if let ValueRef::Integer(i) = value {
        let fits = whole_digits >= 19 || i.unsigned_abs() < 10u64.pow(whole_digits.max(0) as u32);
        return if fits { Ok(Value::Integer(i)) } else { Err(Fault::Null) };
    }
    let rounded = rounding::real(x, scale, rounding::Mode::HalfUp);
    if rounded.abs() < 10f64.powi(whole_digits) { Ok(Value::Real(if rounded == 0.0 { 0.0 } else { rounded })) } else { Err(Fault::Null) }
}

/// Big-endian bytes of an integer of that width.
fn integer_to_binary(args: &Args<'_>) -> Fallible<Value> {
    let bytes = args.long(0)?.to_be_bytes();
    let n = usize::try_from(args.long(1)?.clamp(1, 8)).unwrap_or(8);
    Ok(Value::Blob(bytes[8 - n..].to_vec()))
}

/// `[1, NULL]`, `{1, x}`, `{a -> 1}`: as PySpark casts to string.
fn nested_to_string(args: &Args<'_>) -> Fallible<Value> {
    let t = data_type(args, 1)?;
    let ValueRef::Text(bytes) = args.raw(0) else { return Err(Fault::Null) };
    let json: Json = serde_json::from_slice(bytes).map_err(|_| Fault::Null)?;
    let mut out = String::new();
    show(&json, &t, &mut out);
    Ok(out.into())
}

fn show(json: &Json, data_type: &DataType, out: &mut String) {
    match (json, data_type) {
        (Json::Null, _) => out.push_str("null"),
        (Json::Array(items), t) => {
            let element = if let DataType::Array(element) = t { element } else { &DataType::Json };
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                show(item, element, out);
            }
            out.push(']');
        }
        (Json::Object(object), t) => {
            out.push('{');
            for (i, (name, value)) in object.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                match t {
                    DataType::Map(_, element) => {
                        out.push_str(name);
                        out.push_str(" -> ");
                        show(value, element, out);
                    }
                    DataType::Struct(fields) => {
                        let field = fields.iter().find(|(n, _)| n == name).map_or(&DataType::Json, |(_, t)| t);
                        show(value, field, out);
                    }
                    _ => show(value, &DataType::Json, out),
                }
            }
            out.push('}');
        }
        (scalar, t) => out.push_str(&sql_text(&json::element(scalar), t).unwrap_or_else(|| "null".into())),
    }
}

fn sql_text(value: &Value, data_type: &DataType) -> Option<String> {
    to_text(reference(value), Some(data_type)).map(|t| t.into_owned())
}

fn cast_nested(args: &Args<'_>) -> Fallible<Value> {
    let (from, to) = (data_type(args, 1)?, data_type(args, 2)?);
    let ValueRef::Text(bytes) = args.raw(0) else { return Err(Fault::Null) };
    let json: Json = serde_json::from_slice(bytes).map_err(|_| Fault::Null)?;
    Ok(json::element(&converted(&json, &from, &to)))
}

/// A value inside an array, struct or map, cast like one outside.
fn converted(json: &Json, from: &DataType, to: &DataType) -> Json {
    match (json, from, to) {
        (Json::Null, ..) => Json::Null,
        (Json::Array(items), DataType::Array(from), DataType::Array(to)) => Json::Array(items.iter().map(|item| converted(item, from, to)).collect()),
        (Json::Object(object), DataType::Struct(from), DataType::Struct(to)) => Json::Object(
            object.values().zip(from.iter().zip(to)).map(|(value, ((_, from), (name, to)))| (name.clone(), converted(value, from, to))).collect(),
        ),
        (Json::Object(object), DataType::Map(_, from), DataType::Map(_, to)) => {
            Json::Object(object.iter().map(|(key, value)| (key.clone(), converted(value, from, to))).collect())
        }
        _ => {
            let value = json::element(json);
            let cast = cast(reference(&value), from, to).unwrap_or(Value::Null);
            json::from_sql(reference(&cast), Some(to))
        }
    }
}

fn text_of<'v>(value: ValueRef<'v>) -> Option<&'v str> {
    if let ValueRef::Text(bytes) = value { std::str::from_utf8(bytes).ok() } else { None }
}

/// One scalar from one type to another.
fn cast(value: ValueRef<'_>, from: &DataType, to: &DataType) -> Option<Value> {
    let result = match to {
        DataType::String => to_text(value, Some(from)).map(|t| t.into_owned().into()).ok_or(Fault::Null),
        DataType::Boolean => to_boolean(value).map(Value::from).ok_or(Fault::Null),
        DataType::Byte => integer(value, 1),
        DataType::Short => integer(value, 2),
        DataType::Int => integer(value, 4),
        DataType::Long => integer(value, 8),
        DataType::Float => to_double(value).map(|x| Value::Real(f64::from(x as f32))).ok_or(Fault::Null),
        DataType::Double => to_double(value).map(Value::Real).ok_or(Fault::Null),
        DataType::Decimal(p, s) => decimal(value, i64::from(*p), i64::from(*s)),
        DataType::Date => text_of(value).and_then(civil::parse_date).map(|d| civil::show_date(d).into()).ok_or(Fault::Null),
        DataType::Timestamp => text_of(value).and_then(civil::parse_timestamp).map(|t| civil::show_timestamp(t).into()).ok_or(Fault::Null),
        _ => Ok(owned(value)),
    };
    result.ok()
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use crate::engine::Database;
    use crate::value::Value;

    fn eval(sql: &str) -> Value {
        Database::open_in_memory().unwrap().query(&format!("SELECT {sql}"), &[]).unwrap().remove(0).remove(0)
    }

    #[test]
    fn integers() {
        for (sql, expected) in [
            ("cast_int(' 12 ')", Value::Integer(12)),
            ("cast_int('12.7')", Value::Integer(12)),
            ("cast_int('12abc')", Value::Null),
            ("cast_int('99999999999')", Value::Null),
            ("cast_int(99999999999)", Value::Integer(1215752191)),
            ("cast_int(1e20)", Value::Integer(2147483647)),
            ("cast_byte(300)", Value::Integer(44)),
            ("cast_long(-12.7)", Value::Integer(-12)),
            ("cast_long(1e300)", Value::Integer(i64::MAX)),
            ("cast_boolean('T')", Value::Integer(1)),
            ("cast_boolean('2')", Value::Null),
            ("cast_boolean(-0.5)", Value::Integer(1)),
        ] {
            assert_eq!(eval(sql), expected, "{sql}");
        }
    }

    #[test]
    fn decimals() {
        for (sql, expected) in [
            ("cast_decimal('12.345', 10, 2)", Value::Real(12.35)),
            ("cast_decimal(-0.25, 10, 1)", Value::Real(-0.3)),
            ("cast_decimal('1e3', 3, 1)", Value::Null),
            ("cast_decimal(1000, 3, 0)", Value::Null),
            ("decimal_to_string(12.5, 2)", Value::from("12.50")),
            ("decimal_to_string(3, 2)", Value::from("3.00")),
        ] {
            assert_eq!(eval(sql), expected, "{sql}");
        }
    }

    #[test]
    fn nested() {
        for (sql, expected) in [
            ("nested_to_string('[1,null,2.5]', 'array<double>')", "[1, null, 2.5]"),
            ("nested_to_string('{\"a\":1,\"b\":\"x\"}', 'struct<a:int,b:string>')", "{1, x}"),
            ("nested_to_string('{\"a\":true}', 'map<string,boolean>')", "{a -> true}"),
            ("cast_nested('[1,0]', 'array<int>', 'array<boolean>')", "[true,false]"),
            ("cast_nested('[\"1\",\"x\"]', 'array<string>', 'array<int>')", "[1,null]"),
            ("cast_string(1e15)", "1.0E15"),
            ("float_to_string(12.7)", "12.7"),
        ] {
            assert_eq!(eval(sql), Value::from(expected), "{sql}");
        }
    }
}
