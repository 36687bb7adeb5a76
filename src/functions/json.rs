//! JSON: values in and out of arrays and structs, paths, schemas.

use std::cmp::Ordering;

use base64::Engine as _;
use rusqlite::types::ValueRef;
use serde_json::{Map, Number, Value as Json};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::condition::integer_and_real;
use super::memo::Memo;
use super::{civil, java_number};
use crate::expr::registry::returns::json_schema;
use crate::types::DataType;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("get_json_object", get_json_object),
    ("json_array_length", json_array_length),
    ("json_object_keys", json_object_keys),
    ("from_json", from_json),
    ("to_json", to_json),
];

/// An argument as JSON: by its type if that is known, else as SQLite shows it.
pub fn of(args: &Args<'_>, i: usize) -> Json {
    from_sql(args.raw(i), args.data_type(i))
}

pub fn from_sql(value: ValueRef<'_>, data_type: Option<&DataType>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(i) => match data_type {
            Some(DataType::Boolean) => Json::Bool(i != 0),
            Some(DataType::Double | DataType::Float) => real(i as f64),
            _ => Json::from(i),
        },
        ValueRef::Real(r) => real(r),
        ValueRef::Text(bytes) => match data_type {
            Some(t) if t.is_nested() => serde_json::from_slice(bytes).unwrap_or_else(|_| Json::from(String::from_utf8_lossy(bytes))),
            _ => Json::from(String::from_utf8_lossy(bytes)),
        },
        ValueRef::Blob(bytes) => Json::from(base64::engine::general_purpose::STANDARD.encode(bytes)),
    }
}

/// JSON has no infinities; they are texts, as in Spark's own JSON.
fn real(r: f64) -> Json {
    Number::from_f64(r).map_or_else(|| Json::from(java_number::double(r)), Json::Number)
}

/// A JSON value as SQLite holds it: booleans 0 and 1, arrays and objects as text.
pub fn element(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Real(n.as_f64().unwrap_or(f64::NAN)), Value::Integer),
        Json::String(s) => Value::Text(s.clone()),
        nested => Value::Text(nested.to_string()),
    }
}

/// The elements of an array argument; NULL if it is none.
pub fn array(args: &Args<'_>, i: usize) -> Fallible<Vec<Json>> {
    match args.raw(i) {
        ValueRef::Text(bytes) => match serde_json::from_slice(bytes) {
            Ok(Json::Array(items)) => Ok(items),
            _ => Err(Fault::Null),
        },
        _ => Err(Fault::Null),
    }
}

/// The entries of a map or struct argument; NULL if it is none.
pub fn object(args: &Args<'_>, i: usize) -> Fallible<Map<String, Json>> {
    match args.raw(i) {
        ValueRef::Text(bytes) => match serde_json::from_slice(bytes) {
            Ok(Json::Object(entries)) => Ok(entries),
            _ => Err(Fault::Null),
        },
        _ => Err(Fault::Null),
    }
}

pub fn to_value(items: Vec<Json>) -> Fallible<Value> {
    Ok(Json::Array(items).to_string().into())
}

/// PySpark's order: NULL first, numbers by value, texts by bytes, arrays and structs element by element.
pub fn compare(a: &Json, b: &Json) -> Ordering {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x.cmp(&y),
            (Some(x), None) => integer_and_real(x, y.as_f64().unwrap_or(f64::INFINITY)),
            (None, Some(y)) => integer_and_real(y, x.as_f64().unwrap_or(f64::INFINITY)).reverse(),
            (None, None) => x.as_f64().partial_cmp(&y.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Json::String(x), Json::String(y)) => x.cmp(y),
        (Json::Bool(x), Json::Bool(y)) => x.cmp(y),
        (Json::Array(x), Json::Array(y)) => x.iter().zip(y).map(|(a, b)| compare(a, b)).find(|o| o.is_ne()).unwrap_or_else(|| x.len().cmp(&y.len())),
        (Json::Object(x), Json::Object(y)) => {
            x.values().zip(y.values()).map(|(a, b)| compare(a, b)).find(|o| o.is_ne()).unwrap_or_else(|| x.len().cmp(&y.len()))
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

/// [`compare`] of the texts that hold two arrays or structs; what is no JSON stands before, in the order of its bytes.
pub fn compare_texts(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (serde_json::from_str::<Json>(a), serde_json::from_str::<Json>(b)) {
        (Ok(x), Ok(y)) => compare(&x, &y),
        (x, y) => x.is_ok().cmp(&y.is_ok()).then_with(|| a.cmp(b)),
    }
}

fn rank(json: &Json) -> u8 {
    match json {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}

pub fn same(a: &Json, b: &Json) -> bool {
    compare(a, b).is_eq()
}

/// A value's text: texts without quotes.
pub fn plain_text(json: &Json) -> String {
    match json {
        Json::String(s) => s.clone(),
        Json::Number(n) if !n.is_i64() && !n.is_u64() => java_number::double(n.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}

// ---- paths

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
    All,
}

thread_local! {
    static PATHS: Memo<Option<Vec<Step>>> = const { Memo::new() };
    static SCHEMAS: Memo<DataType> = const { Memo::new() };
}

/// `$.a[0]['b c'].*`; None if it is no path.
fn parse_path(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            match name {
                "" => return None,
                "*" => steps.push(Step::All),
                _ => steps.push(Step::Key(name.to_owned())),
            }
            rest = after;
        } else {
            let after = rest.strip_prefix('[')?;
            if let Some(quoted) = after.strip_prefix('\'') {
                let (name, after) = quoted.split_once("']")?;
                steps.push(Step::Key(name.to_owned()));
                rest = after;
            } else {
                let (index, after) = after.split_once(']')?;
                steps.push(if index == "*" { Step::All } else { Step::Index(index.trim().parse().ok()?) });
                rest = after;
            }
        }
    }
    Some(steps)
}

fn find<'j>(json: &'j Json, steps: &[Step]) -> Vec<&'j Json> {
    let mut found = vec![json];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|json| -> Vec<&'j Json> {
                match (step, json) {
                    (Step::Key(key), Json::Object(object)) => object.get(key).into_iter().collect(),
                    (Step::Index(i), Json::Array(items)) => items.get(*i).into_iter().collect(),
                    (Step::All, Json::Array(items)) => items.iter().collect(),
                    _ => Vec::new(),
                }
            })
            .collect();
    }
    found
}

fn get_json_object(args: &Args<'_>) -> Fallible<Value> {
    let path = args.text(1)?;
    let steps = PATHS.with(|m| m.get(&path, |p| Ok(parse_path(p))))?;
    let steps = steps.as_ref().as_ref().ok_or(Fault::Null)?;
    let json: Json = serde_json::from_str(&args.text(0)?).map_err(|_| Fault::Null)?;
    match find(&json, steps).as_slice() {
        [] | [Json::Null] => Err(Fault::Null),
        [one] => Ok(plain_text(one).into()),
        several => Ok(Json::Array(several.iter().map(|j| (*j).clone()).collect()).to_string().into()),
    }
}

fn json_array_length(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(array(args, 0)?.len() as i64))
}

fn json_object_keys(args: &Args<'_>) -> Fallible<Value> {
    to_value(object(args, 0)?.into_iter().map(|(key, _)| Json::from(key)).collect())
}

// ---- by a schema

fn from_json(args: &Args<'_>) -> Fallible<Value> {
    let schema = args.text(1)?;
    let data_type = SCHEMAS.with(|m| m.get(&schema, |s| json_schema(s).map_err(|e| Fault::Error(e.to_string()))))?;
    let text = args.text(0)?;
    if text.trim().is_empty() {
        return Err(Fault::Null);
    }
    let json: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
    let shaped = match (&*data_type, &json) {
        // What cannot be read gives a struct of NULLs, as in PySpark's permissive mode.
        (DataType::Struct(fields), j) if !j.is_object() => Json::Object(fields.iter().map(|(name, _)| (name.clone(), Json::Null)).collect()),
        (t, _) => shape(&json, t),
    };
    Ok(element(&shaped))
}

/// A JSON value brought to a type; NULL where it does not fit.
fn shape(json: &Json, data_type: &DataType) -> Json {
    let integer = |least: i64, most: i64| json.as_i64().filter(|i| (least..=most).contains(i)).map_or(Json::Null, Json::from);
    match data_type {
        DataType::Json | DataType::Any => json.clone(),
        DataType::Void => Json::Null,
        _ if json.is_null() => Json::Null,
        DataType::String => Json::from(plain_text(json)),
        DataType::Boolean => {
            if json.is_boolean() {
                json.clone()
            } else {
                Json::Null
            }
        }
        DataType::Byte => integer(i64::from(i8::MIN), i64::from(i8::MAX)),
        DataType::Short => integer(i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::Int => integer(i64::from(i32::MIN), i64::from(i32::MAX)),
        DataType::Long => integer(i64::MIN, i64::MAX),
        DataType::Float | DataType::Double | DataType::Decimal(..) => match json {
            Json::Number(n) => n.as_f64().map_or(Json::Null, |r| match data_type {
                DataType::Float => real(f64::from(r as f32)),
                DataType::Decimal(..) => Json::Number(n.clone()),
                _ => real(r),
            }),
            Json::String(s) if matches!(s.as_str(), "NaN" | "Infinity" | "-Infinity") && !matches!(data_type, DataType::Decimal(..)) => json.clone(),
            _ => Json::Null,
        },
        DataType::Date => json.as_str().and_then(civil::parse_date).map_or(Json::Null, |d| Json::from(civil::show_date(d))),
        DataType::Timestamp => json.as_str().and_then(civil::parse_timestamp).map_or(Json::Null, |t| Json::from(civil::show_timestamp(t))),
        DataType::Binary => {
            if json.is_string() {
                json.clone()
            } else {
                Json::Null
            }
        }
        DataType::Array(element) => match json {
            Json::Array(items) => Json::Array(items.iter().map(|item| shape(item, element)).collect()),
            _ => Json::Null,
        },
        DataType::Map(_, value) => match json {
            Json::Object(object) => Json::Object(object.iter().map(|(k, v)| (k.clone(), shape(v, value))).collect()),
            _ => Json::Null,
        },
        DataType::Struct(fields) => match json {
            Json::Object(object) => {
                Json::Object(fields.iter().map(|(name, t)| (name.clone(), object.get(name).map_or(Json::Null, |v| shape(v, t)))).collect())
            }
            _ => Json::Null,
        },
    }
}

fn to_json(args: &Args<'_>) -> Fallible<Value> {
    let ValueRef::Text(bytes) = args.raw(0) else {
        return Err(Fault::Error("to_json: a struct, an array or a map is expected".into()));
    };
    let json: Json = serde_json::from_slice(bytes).map_err(|_| Fault::Error("to_json: a struct, an array or a map is expected".into()))?;
    let mut out = String::new();
    write(&json, args.data_type(0).unwrap_or(&DataType::Json), &mut out);
    Ok(out.into())
}

/// Writes as Spark does: no fields that are NULL, timestamps as ISO with milliseconds and `Z`.
fn write(json: &Json, data_type: &DataType, out: &mut String) {
    match json {
        Json::Array(items) => {
            let element = if let DataType::Array(element) = data_type { element } else { &DataType::Json };
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, element, out);
            }
            out.push(']');
        }
        Json::Object(object) => {
            let map = matches!(data_type, DataType::Map(..));
            out.push('{');
            let mut first = true;
            for (name, value) in object.iter().filter(|(_, v)| map || !v.is_null()) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(&Json::from(name.as_str()).to_string());
                out.push(':');
                let inner = match data_type {
                    DataType::Struct(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, t)| t),
                    DataType::Map(_, value) => Some(&**value),
                    _ => None,
                };
                write(value, inner.unwrap_or(&DataType::Json), out);
            }
            out.push('}');
        }
        Json::String(text) if *data_type == DataType::Timestamp => {
            let shown = civil::parse_timestamp(text).map_or_else(|| text.clone(), civil::show_iso_millis);
            out.push_str(&Json::from(shown).to_string());
        }
        Json::Number(n) if n.is_f64() => out.push_str(&java_number::double(n.as_f64().unwrap_or(f64::NAN))),
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn paths() {
        assert_eq!(
            parse_path("$.a.b[0]['k k'][*]").unwrap(),
            [Step::Key("a".into()), Step::Key("b".into()), Step::Index(0), Step::Key("k k".into()), Step::All]
        );
        assert_eq!(parse_path("$").unwrap(), []);
        assert!(parse_path("a.b").is_none() && parse_path("$[").is_none() && parse_path("$.").is_none() && parse_path("$[x]").is_none());
    }

    #[test]
    fn shapes() {
        let shaped = |text: &str, t: &str| shape(&serde_json::from_str(text).unwrap(), &json_schema(t).unwrap()).to_string();
        assert_eq!(shaped(r#"{"a":1,"b":2}"#, "a BIGINT, b STRING"), r#"{"a":1,"b":"2"}"#);
        assert_eq!(shaped(r#"{"a":1.5}"#, "a INT, c DATE"), r#"{"a":null,"c":null}"#);
        assert_eq!(shaped("[1,null,\"x\"]", "array<int>"), "[1,null,null]");
        assert_eq!(shaped(r#"{"k":"2024-02-30"}"#, "map<string,date>"), r#"{"k":null}"#);
    }

    #[test]
    fn order_of_values() {
        let less = |a: &str, b: &str| compare(&serde_json::from_str(a).unwrap(), &serde_json::from_str(b).unwrap()).is_lt();
        assert!(less("null", "0") && less("1", "1.5") && less("\"a\"", "\"b\"") && less("[1]", "[1,0]") && less(r#"{"a":1}"#, r#"{"a":2}"#));
    }
}
