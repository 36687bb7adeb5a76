//! One column of JSON values: a column of texts as the CSV reader knows it (numbers and words infer, original texts come back), and what JSON
//! has beyond it: strings that are text whatever they look like, and nested values.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::csv::RowSink;
use crate::csv::column::{Column as Texts, Conflict};
use crate::csv::kind::{Formats, Kind};
use crate::types::DataType;

/// A JSON value of a record, as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A number, `true` or `false`.
    Scalar(&'a str),
    /// What a string says.
    Text(&'a str),
    /// An array or object.
    Nested(&'a str),
}

#[derive(Debug)]
pub struct Column {
    pub texts: Texts,
    /// The type of all values so far, while all are nested.
    nested: Option<DataType>,
    was_nested: Option<DataType>,
}

impl Column {
    /// `keep`: the source cannot be read again, so original texts must be known at the end.
    pub fn new(name: String, index: usize, keep: bool) -> Self {
        Column { texts: Texts::new(name, index, keep, false), nested: None, was_nested: None }
    }

    /// Begins with the type that an earlier reading found; nested types are found anew.
    pub fn pin(&mut self, data_type: &str) {
        if matches!(data_type, "bigint" | "double" | "boolean" | "string") {
            self.texts.pin(Kind::of(data_type));
        }
    }

    pub fn data_type(&self) -> DataType {
        match &self.nested {
            Some(nested) => nested.clone(),
            None => self.texts.kind.data_type(),
        }
    }

    /// The first type of a column that has another one now.
    pub fn widened_from(&self) -> Option<DataType> {
        self.was_nested.clone().or_else(|| self.texts.was.first().map(|kind| kind.data_type())).filter(|first| *first != self.data_type())
    }

    pub fn push(&mut self, value: Value<'_>, row: u64, sink: &mut impl RowSink) -> Result<(), Conflict> {
        match value {
            Value::Nested(json) if self.texts.kind == Kind::Unknown => {
                let found = type_of(json);
                self.nested = Some(match self.nested.take() {
                    Some(known) => merge(&known, &found),
                    None => found,
                });
                sink.text(json.as_bytes());
                Ok(())
            }
            Value::Scalar(text) if self.nested.is_none() => self.texts.push(text.as_bytes(), row, &Formats::default(), sink),
            Value::Scalar(text) | Value::Text(text) | Value::Nested(text) => {
                if let Some(nested) = self.nested.take() {
                    self.was_nested = Some(nested);
                }
                self.texts.push_as_text(text.as_bytes(), row, sink)
            }
        }
    }
}

/// The type of a nested value. What serde_json finds too deep or too large to be a number is plain JSON.
fn type_of(json: &str) -> DataType {
    serde_json::from_str::<Typed>(json).map_or(DataType::Json, |typed| typed.0)
}

struct Typed(DataType);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypeVisitor).map(Typed)
    }
}

struct TypeVisitor;

impl<'de> Visitor<'de> for TypeVisitor {
    type Value = DataType;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<DataType, E> {
        Ok(DataType::Void)
    }
    fn visit_bool<E>(self, _: bool) -> Result<DataType, E> {
        Ok(DataType::Boolean)
    }
    fn visit_i64<E>(self, _: i64) -> Result<DataType, E> {
        Ok(DataType::Long)
    }
    fn visit_u64<E>(self, value: u64) -> Result<DataType, E> {
        Ok(if i64::try_from(value).is_ok() { DataType::Long } else { DataType::Json })
    }
    fn visit_f64<E>(self, _: f64) -> Result<DataType, E> {
        Ok(DataType::Double)
    }
    fn visit_str<E>(self, _: &str) -> Result<DataType, E> {
        Ok(DataType::String)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<DataType, A::Error> {
        let mut found = DataType::Void;
        while let Some(Typed(item)) = items.next_element()? {
            found = merge(&found, &item);
        }
        Ok(DataType::Array(Box::new(found)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<DataType, A::Error> {
        let mut fields: Vec<(String, DataType)> = Vec::new();
        // The type is written in the table's declaration, and SQL ends at a NUL.
        let mut is_writable = true;
        while let Some((name, Typed(data_type))) = entries.next_entry::<String, Typed>()? {
            is_writable &= !name.contains('\0');
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = data_type,
                None => fields.push((name, data_type)),
            }
        }
        Ok(if is_writable { DataType::Struct(fields) } else { DataType::Json })
    }
}

/// The type that holds both, within nested values.
fn merge(a: &DataType, b: &DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (DataType::Void, other) | (other, DataType::Void) => other.clone(),
        (DataType::Long, DataType::Double) | (DataType::Double, DataType::Long) => DataType::Double,
        (DataType::Array(a), DataType::Array(b)) => DataType::Array(Box::new(merge(a, b))),
        (DataType::Struct(a), DataType::Struct(b)) => {
            let mut fields = a.clone();
            for (name, data_type) in b {
                match fields.iter_mut().find(|(n, _)| n == name) {
                    Some((_, known)) => *known = merge(known, data_type),
                    None => fields.push((name.clone(), data_type.clone())),
                }
            }
            DataType::Struct(fields)
        }
        _ => DataType::Json,
    }
}
