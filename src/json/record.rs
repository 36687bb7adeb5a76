//! One JSON value as a record: its fields in order, their values as they are written, so that no number passes through a double.

use std::borrow::Cow;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::column::Value;

/// A field and its value; None for `null`.
#[derive(Debug, PartialEq)]
pub struct Field<'a> {
    pub name: Cow<'a, str>,
    pub value: Option<Cell<'a>>,
}

/// A value with the text that it needs to own: strings with escapes.
#[derive(Debug, PartialEq)]
pub enum Cell<'a> {
    Scalar(&'a str),
    Text(Cow<'a, str>),
    Nested(&'a str),
}

impl Cell<'_> {
    pub fn value(&self) -> Value<'_> {
        match self {
            Cell::Scalar(text) => Value::Scalar(text),
            Cell::Text(text) => Value::Text(text),
            Cell::Nested(json) => Value::Nested(json),
        }
    }

    /// A string as it is, anything else as JSON.
    pub fn text(&self) -> &str {
        match self {
            Cell::Scalar(text) | Cell::Nested(text) => text,
            Cell::Text(text) => text,
        }
    }
}

/// The fields of an object; of any other value, one field called `value`; of `null`, none. A key that occurs twice has its last value.
pub fn fields(json: &str) -> serde_json::Result<Vec<Field<'_>>> {
    let trimmed = json.trim_matches([' ', '\t', '\n', '\r']);
    if trimmed.starts_with('{') {
        let mut deserializer = serde_json::Deserializer::from_str(trimmed);
        let fields = deserializer.deserialize_map(Fields)?;
        deserializer.end()?;
        return Ok(fields);
    }
    let raw: &RawValue = serde_json::from_str(trimmed)?;
    let value = cell(raw.get())?;
    Ok(if value.is_none() { Vec::new() } else { vec![Field { name: "value".into(), value }] })
}

/// `json` is well-formed.
fn cell(json: &str) -> serde_json::Result<Option<Cell<'_>>> {
    Ok(match json.as_bytes().first() {
        Some(b'n') => None,
        Some(b'"') => {
            let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
            Some(Cell::Text(if inner.contains('\\') { Cow::Owned(serde_json::from_str(json)?) } else { Cow::Borrowed(inner) }))
        }
        Some(b'{' | b'[') => Some(Cell::Nested(json)),
        _ => Some(Cell::Scalar(json)),
    })
}

/// The text with `\ufffd` for escapes that are half a surrogate pair, which is no character; None if there are none.
pub fn without_lone_surrogates(json: &str) -> Option<String> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return None;
    }
    // Four digits after `\u` at `at`, if they are half of a pair.
    let half = |at: usize| {
        let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..0xe000).contains(unit))
    };
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        match (half(at), half(at + 6)) {
            (None, _) => at += 2,
            (Some(high), Some(low)) if high < 0xdc00 && low >= 0xdc00 => at += 12,
            _ => {
                out.push_str(json.get(copied..at)?);
                out.push_str("\\ufffd");
                at += 6;
                copied = at;
            }
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(json.get(copied..)?);
    Some(out)
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<Field<'de>>, A::Error> {
        let mut fields: Vec<Field<'de>> = Vec::with_capacity(entries.size_hint().unwrap_or(8));
        while let Some((name, raw)) = entries.next_entry::<String, &'de RawValue>()? {
            let value = cell(raw.get()).map_err(serde::de::Error::custom)?;
            fields.push(Field { name: name.into(), value });
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn halves_of_surrogate_pairs_are_found() {
        for (json, expected) in [
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud800""#, None),
            (r#""\ud800""#, Some(r#""\ufffd""#)),
            (r#""a\uDC00\ud83d\ude00\\\ud83dx""#, Some(r#""a\ufffd\ud83d\ude00\\\ufffdx""#)),
            (r#""\ud800\u0041\ud8"#, Some(r#""\ufffd\u0041\ud8"#)),
            (r#""\ud83d\ud83d\ude00é\ud800"#, Some(r#""\ufffd\ud83d\ude00é\ufffd"#)),
        ] {
            assert_eq!(without_lone_surrogates(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn values_stay_as_they_are_written() {
        let json = r#" {"a": 1.50, "b":"x\ny", "c":[ 1e400 ], "d":null, "e":-0, "a":18446744073709551616} "#;
        let found = fields(json).unwrap();
        let texts: Vec<_> = found.iter().map(|f| (f.name.as_ref(), f.value.as_ref().map(Cell::text))).collect();
        let expected =
            [("a", Some("1.50")), ("b", Some("x\ny")), ("c", Some("[ 1e400 ]")), ("d", None), ("e", Some("-0")), ("a", Some("18446744073709551616"))];
        assert_eq!(texts, expected);
        assert_eq!(fields(" null ").unwrap(), []);
        assert!(fields("007").unwrap_err().is_syntax());
        for bad in ["{", "{\"a\":1,}", "{\"a\":01}", "[1", "\"\\x\"", "nul", "{} {}", "\"\u{0}\""] {
            assert!(fields(bad).is_err(), "{bad}");
        }
    }
}
