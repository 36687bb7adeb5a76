//! Literals and parameters on the wire.

use base64::Engine as _;
use serde::Deserialize;
use serde_json::Value as Json;

use super::super::Params;
use crate::error::{Error, Result};
use crate::expr::Literal;
use crate::schema::Schema;
use crate::types::DataType;
use crate::value::Value;

#[derive(Debug, Clone, Deserialize)]
pub struct WireLiteral {
    #[serde(rename = "type")]
    data_type: DataType,
    value: Json,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum WireParams {
    Positional(Vec<WireLiteral>),
    Named(serde_json::Map<String, Json>),
}

impl WireLiteral {
    pub fn decode(self) -> Result<Literal> {
        decode_literal(self.data_type, self.value)
    }
}

/// A JSON value as a literal of the given type.
pub fn decode_literal(data_type: DataType, json: Json) -> Result<Literal> {
    let bad = |json: &Json| Error::invalid(format!("{json} is not a literal of type {data_type}"));
    let value = match (&json, &data_type) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(b), _) => Value::from(*b),
        (Json::Number(n), DataType::Double | DataType::Float) => Value::Real(n.as_f64().ok_or_else(|| bad(&json))?),
        (Json::Number(n), _) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => Value::Integer(i),
            (None, Some(r)) => Value::Real(r),
            _ => return Err(bad(&json)),
        },
        (Json::String(s), t) if t.is_integer() => Value::Integer(s.parse().map_err(|_| bad(&json))?),
        (Json::String(s), DataType::Double | DataType::Float) => Value::Real(match s.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            other => other.parse().map_err(|_| bad(&json))?,
        }),
        (Json::String(s), DataType::Binary) => Value::Blob(base64::engine::general_purpose::STANDARD.decode(s).map_err(|_| bad(&json))?),
        (Json::String(s), t) if !t.is_nested() => Value::Text(s.clone()),
        _ => Value::Text(exact_integers(json, &data_type).to_string()),
    };
    Ok(Literal { value, data_type })
}

/// Integers inside arrays and structs are numbers in the JSON text, also those that crossed as decimal strings. Types nest a few levels at most.
fn exact_integers(json: Json, data_type: &DataType) -> Json {
    match (json, data_type) {
        (Json::String(text), t) if t.is_integer() => text.parse::<i64>().map_or(Json::String(text), Json::from),
        (Json::Array(items), DataType::Array(element)) => items.into_iter().map(|item| exact_integers(item, element)).collect(),
        (Json::Object(map), DataType::Map(_, value)) => map.into_iter().map(|(key, item)| (key, exact_integers(item, value))).collect(),
        (Json::Object(map), DataType::Struct(fields)) => map
            .into_iter()
            .map(|(key, item)| match fields.iter().find(|(name, _)| *name == key) {
                Some((_, field)) => (key, exact_integers(item, field)),
                None => (key, item),
            })
            .collect(),
        (json, _) => json,
    }
}

pub fn decode_literals(wire: Vec<WireLiteral>) -> Result<Vec<Literal>> {
    wire.into_iter().map(WireLiteral::decode).collect()
}

pub fn decode_row(schema: &Schema, row: Vec<Json>) -> Result<Vec<Literal>> {
    if row.len() != schema.len() {
        return Err(Error::invalid(format!("a row has {} values for {} columns", row.len(), schema.len())));
    }
    schema.iter().zip(row).map(|(field, json)| decode_literal(field.data_type.clone(), json)).collect()
}

/// Parameters of a statement outside of a plan, in the same form; absent: none.
pub fn decode_params_json(json: Option<&str>) -> Result<Params> {
    decode_params(json.map(serde_json::from_str).transpose().map_err(|e| Error::invalid(format!("parameters: {e}")))?)
}

pub fn decode_params(params: Option<WireParams>) -> Result<Params> {
    Ok(match params {
        None => Params::Positional(vec![]),
        Some(WireParams::Positional(list)) => Params::Positional(decode_literals(list)?),
        Some(WireParams::Named(map)) => Params::Named(
            map.into_iter()
                .map(|(name, json)| {
                    let literal: WireLiteral = serde_json::from_value(json).map_err(|e| Error::invalid(format!("parameter {name}: {e}")))?;
                    Ok((name, literal.decode()?))
                })
                .collect::<Result<_>>()?,
        ),
    })
}
