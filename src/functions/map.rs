//! Structs and maps: JSON objects. Keys of maps are texts there.

use serde_json::{Map, Value as Json};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::json;
use super::regex::parts;
use crate::types::DataType;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("struct", structure),
    ("named_struct", named_struct),
    ("map", map),
    ("map_from_arrays", map_from_arrays),
    ("map_from_entries", map_from_entries),
    ("map_concat", concat),
    ("map_keys", keys),
    ("map_values", values),
    ("map_entries", entries),
    ("map_contains_key", contains_key),
    ("str_to_map", of_text),
];

/// Called directly, without names: fields are col1, col2, ….
fn structure(args: &Args<'_>) -> Fallible<Value> {
    let fields: Map<String, Json> = (0..args.len()).map(|i| (format!("col{}", i + 1), json::of(args, i))).collect();
    Ok(Json::Object(fields).to_string().into())
}

fn pairs(args: &Args<'_>, what: &str) -> Fallible<Vec<(String, Json)>> {
    if !args.len().is_multiple_of(2) {
        return Err(Fault::Error(format!("{what} takes names and values in turn, got {} arguments", args.len())));
    }
    (0..args.len())
        .step_by(2)
        .map(|i| {
            let name = args.text(i).map_err(|_| Fault::Error(format!("{what}: a key must not be NULL")))?;
            Ok((name.into_owned(), json::of(args, i + 1)))
        })
        .collect()
}

fn named_struct(args: &Args<'_>) -> Fallible<Value> {
    Ok(Json::Object(pairs(args, "named_struct")?.into_iter().collect()).to_string().into())
}

fn unique(pairs: impl IntoIterator<Item = (String, Json)>) -> Fallible<Value> {
    let mut map = Map::new();
    for (key, value) in pairs {
        if map.contains_key(&key) {
            return Err(Fault::Error(format!("a map cannot have the key '{key}' twice")));
        }
        map.insert(key, value);
    }
    Ok(Json::Object(map).to_string().into())
}

fn map(args: &Args<'_>) -> Fallible<Value> {
    unique(pairs(args, "map")?)
}

fn map_from_arrays(args: &Args<'_>) -> Fallible<Value> {
    let (keys, values) = (json::array(args, 0)?, json::array(args, 1)?);
    if keys.len() != values.len() {
        return Err(Fault::Error(format!("map_from_arrays: {} keys and {} values", keys.len(), values.len())));
    }
    if keys.iter().any(Json::is_null) {
        return Err(Fault::Error("map_from_arrays: a key must not be NULL".into()));
    }
    unique(keys.iter().map(json::plain_text).zip(values))
}

fn map_from_entries(args: &Args<'_>) -> Fallible<Value> {
    let mut pairs = vec![];
    for entry in json::array(args, 0)? {
        // One entry that is NULL makes the whole NULL.
        let Json::Object(entry) = entry else { return Err(Fault::Null) };
        let mut values = entry.into_iter().map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(key), Some(value)) if !key.is_null() => pairs.push((json::plain_text(&key), value)),
            _ => return Err(Fault::Error("map_from_entries: a key must not be NULL".into())),
        }
    }
    unique(pairs)
}

fn concat(args: &Args<'_>) -> Fallible<Value> {
    let mut pairs = vec![];
    for i in 0..args.len() {
        pairs.extend(json::object(args, i)?);
    }
    unique(pairs)
}

/// A key in its own type, where that is known.
fn key(args: &Args<'_>, text: &str) -> Json {
    match args.data_type(0) {
        Some(DataType::Map(key, _)) if key.is_numeric() || **key == DataType::Boolean => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
        }
        _ => Json::from(text),
    }
}

fn keys(args: &Args<'_>) -> Fallible<Value> {
    json::to_value(json::object(args, 0)?.keys().map(|k| key(args, k)).collect())
}

fn values(args: &Args<'_>) -> Fallible<Value> {
    json::to_value(json::object(args, 0)?.into_iter().map(|(_, v)| v).collect())
}

fn entries(args: &Args<'_>) -> Fallible<Value> {
    let entry = |(k, v): (String, Json)| Json::Object([("key".to_owned(), key(args, &k)), ("value".to_owned(), v)].into_iter().collect());
    json::to_value(json::object(args, 0)?.into_iter().map(entry).collect())
}

/// `a:1,b:2` by patterns between pairs and after keys; a key without a value has NULL.
fn of_text(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let pattern = |i: usize, default: &str| if args.len() > i { args.text(i).map(|p| p.into_owned()) } else { Ok(default.to_owned()) };
    let (between, after) = (pattern(1, ",")?, pattern(2, ":")?);
    let mut entries = vec![];
    for pair in parts(&text, &between, usize::MAX)? {
        let mut pair = parts(&pair, &after, 2)?.into_iter();
        entries.push((pair.next().unwrap_or_default(), pair.next().map_or(Json::Null, Json::String)));
    }
    unique(entries)
}

fn contains_key(args: &Args<'_>) -> Fallible<Value> {
    Ok(json::object(args, 0)?.contains_key(&*args.text(1)?).into())
}
