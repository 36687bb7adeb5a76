//! Logical types: PySpark's names over SQLite's storage.
//!
//! | logical | stored as | declared in DDL |
//! |---|---|---|
//! | boolean | INTEGER 0, 1 | BOOLEAN |
//! | tinyint smallint int bigint | INTEGER | INTEGER |
//! | float double | REAL | REAL |
//! | decimal(p,s) | REAL or INTEGER | DECIMAL(p,s) |
//! | string | TEXT | TEXT |
//! | binary | BLOB | BLOB |
//! | date | TEXT `YYYY-MM-DD` | DATE |
//! | timestamp | TEXT `YYYY-MM-DD HH:MM:SS[.ffffff]` | TIMESTAMP |
//! | array, struct, map | JSON TEXT | their own spelling |

mod common;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DataType {
    /// The type of a bare NULL.
    Void,
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    Float,
    Double,
    Decimal(u8, u8),
    String,
    Binary,
    Date,
    Timestamp,
    Array(Box<DataType>),
    Struct(Vec<(String, DataType)>),
    Map(Box<DataType>, Box<DataType>),
    /// A JSON value of any shape.
    Json,
    /// Whatever SQLite gives: columns declared without a type, unknown expressions of raw SQL.
    Any,
}

impl DataType {
    pub fn is_integer(&self) -> bool {
        matches!(self, DataType::Byte | DataType::Short | DataType::Int | DataType::Long)
    }

    /// The values of an integer type.
    pub fn integer_range(&self) -> Option<std::ops::RangeInclusive<i64>> {
        Some(match self {
            DataType::Byte => i8::MIN.into()..=i8::MAX.into(),
            DataType::Short => i16::MIN.into()..=i16::MAX.into(),
            DataType::Int => i32::MIN.into()..=i32::MAX.into(),
            DataType::Long => i64::MIN..=i64::MAX,
            _ => return None,
        })
    }

    pub fn is_fractional(&self) -> bool {
        matches!(self, DataType::Float | DataType::Double | DataType::Decimal(..))
    }

    pub fn is_numeric(&self) -> bool {
        self.is_integer() || self.is_fractional()
    }

    pub fn is_temporal(&self) -> bool {
        matches!(self, DataType::Date | DataType::Timestamp)
    }

    /// Values that are JSON text in SQLite and structured values outside.
    pub fn is_nested(&self) -> bool {
        matches!(self, DataType::Array(_) | DataType::Struct(_) | DataType::Map(..) | DataType::Json)
    }

    /// How `CREATE TABLE` declares a column of this type; [`DataType::parse`] reads it back.
    pub fn declaration(&self) -> String {
        match self {
            DataType::Boolean => "BOOLEAN".into(),
            t if t.is_integer() => "INTEGER".into(),
            DataType::Float | DataType::Double => "REAL".into(),
            DataType::Decimal(p, s) => format!("DECIMAL({p},{s})"),
            DataType::String | DataType::Void => "TEXT".into(),
            DataType::Binary => "BLOB".into(),
            DataType::Date => "DATE".into(),
            DataType::Timestamp => "TIMESTAMP".into(),
            DataType::Any => String::new(),
            DataType::Json => "JSON".into(),
            // Not SQL as it is: SQLite takes any text as a type's name when it is quoted, and gives it back as it was.
            nested => format!("\"{}\"", nested.to_string().replace('"', "\"\"")),
        }
    }

    /// Reads a type in PySpark's or SQL's spelling: `int`, `BIGINT`, `varchar(20)`, `decimal(10,2)`, `array<string>`, `struct<a:int,b:string>`.
    pub fn parse(text: &str) -> Result<DataType> {
        let mut parser = TypeParser { text, rest: text.trim(), depth: 0 };
        let parsed = parser.data_type()?;
        if parser.rest.trim().is_empty() { Ok(parsed) } else { Err(parser.error()) }
    }
}

struct TypeParser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl TypeParser<'_> {
    fn error(&self) -> Error {
        let shown: String = self.text.chars().take(100).collect();
        Error::new(Code::InvalidArgument, format!("\"{shown}\" is not a type"))
            .hint("types are boolean, byte, short, int, bigint, float, double, decimal(p,s), string, binary, date, timestamp, array<…>, struct<…>")
    }

    fn eat(&mut self, symbol: &str) -> bool {
        match self.rest.trim_start().strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.error()) }
    }

    fn word(&mut self) -> String {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.rest = &rest[end..];
        rest[..end].to_owned()
    }

    /// A field name: a word, or anything in backticks.
    fn field_name(&mut self) -> Result<String> {
        if !self.eat("`") {
            return Ok(self.word());
        }
        let mut name = String::new();
        loop {
            let end = self.rest.find('`').ok_or_else(|| self.error())?;
            name.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('`') {
                Some(rest) => {
                    name.push('`');
                    self.rest = rest;
                }
                None => return Ok(name),
            }
        }
    }

    fn numbers(&mut self) -> Result<Vec<u8>> {
        let mut numbers = Vec::new();
        if self.eat("(") {
            loop {
                numbers.push(self.word().parse::<u16>().map_err(|_| self.error())?.min(255) as u8);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        Ok(numbers)
    }

    /// Types nest at most this deep, since reading them recurses.
    const MAX_DEPTH: usize = 50;

    fn data_type(&mut self) -> Result<DataType> {
        self.depth += 1;
        if self.depth > Self::MAX_DEPTH {
            return Err(self.error());
        }
        let parsed = self.one_type();
        self.depth -= 1;
        parsed
    }

    fn one_type(&mut self) -> Result<DataType> {
        let word = self.word().to_lowercase();
        Ok(match word.as_str() {
            "boolean" | "bool" => DataType::Boolean,
            "byte" | "tinyint" => DataType::Byte,
            "short" | "smallint" => DataType::Short,
            "int" => DataType::Int,
            "integer" | "bigint" | "long" | "int8" | "int64" => DataType::Long,
            "float" => DataType::Float,
            "double" => {
                let _ = self.rest.trim_start().to_lowercase().starts_with("precision") && !self.word().is_empty();
                DataType::Double
            }
            "real" => DataType::Double,
            "decimal" | "numeric" | "dec" => match self.numbers()?.as_slice() {
                [] => DataType::Decimal(10, 0),
                [p] => DataType::Decimal(*p, 0),
                [p, s] if s <= p && *p <= 38 => DataType::Decimal(*p, *s),
                _ => return Err(self.error()),
            },
            "string" | "text" | "varchar" | "char" | "character" | "nvarchar" | "clob" => {
                self.numbers()?;
                DataType::String
            }
            "binary" | "blob" | "bytea" | "varbinary" => DataType::Binary,
            "date" => DataType::Date,
            "timestamp" | "datetime" | "timestamp_ntz" => DataType::Timestamp,
            "json" | "variant" => DataType::Json,
            "void" | "null" => DataType::Void,
            "any" => DataType::Any,
            "array" => {
                self.expect("<")?;
                let element = self.data_type()?;
                self.expect(">")?;
                DataType::Array(Box::new(element))
            }
            "map" => {
                self.expect("<")?;
                let key = self.data_type()?;
                self.expect(",")?;
                let value = self.data_type()?;
                self.expect(">")?;
                DataType::Map(Box::new(key), Box::new(value))
            }
            "struct" => {
                self.expect("<")?;
                let mut fields = Vec::new();
                while !self.eat(">") {
                    if !fields.is_empty() {
                        self.expect(",")?;
                    }
                    let name = self.field_name()?;
                    self.eat(":");
                    fields.push((name, self.data_type()?));
                }
                DataType::Struct(fields)
            }
            _ => return Err(self.error()),
        })
    }
}

/// PySpark's `simpleString`.
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Void => f.write_str("void"),
            DataType::Boolean => f.write_str("boolean"),
            DataType::Byte => f.write_str("tinyint"),
            DataType::Short => f.write_str("smallint"),
            DataType::Int => f.write_str("int"),
            DataType::Long => f.write_str("bigint"),
            DataType::Float => f.write_str("float"),
            DataType::Double => f.write_str("double"),
            DataType::Decimal(p, s) => write!(f, "decimal({p},{s})"),
            DataType::String => f.write_str("string"),
            DataType::Binary => f.write_str("binary"),
            DataType::Date => f.write_str("date"),
            DataType::Timestamp => f.write_str("timestamp"),
            DataType::Array(element) => write!(f, "array<{element}>"),
            DataType::Map(key, value) => write!(f, "map<{key},{value}>"),
            DataType::Struct(fields) => {
                f.write_str("struct<")?;
                for (i, (name, data_type)) in fields.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                        write!(f, "{name}:{data_type}")?;
                    } else {
                        write!(f, "`{}`:{data_type}", name.replace('`', "``"))?;
                    }
                }
                f.write_str(">")
            }
            DataType::Json => f.write_str("json"),
            DataType::Any => f.write_str("any"),
        }
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DataType::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_declaration_reads_back_as_its_type() {
        for text in [
            "boolean",
            "bigint",
            "double",
            "decimal(10,2)",
            "string",
            "binary",
            "date",
            "timestamp",
            "array<bigint>",
            "struct<a:int,`b c`:array<string>>",
            "json",
        ] {
            let data_type = DataType::parse(text).unwrap();
            let declaration = data_type.declaration();
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(&format!("CREATE TABLE t (c {declaration})")).unwrap();
            let declared: String = connection.query_row("SELECT type FROM pragma_table_info('t')", [], |row| row.get(0)).unwrap();
            assert_eq!(DataType::parse(&declared).unwrap(), data_type, "{declaration}");
        }
    }
}
