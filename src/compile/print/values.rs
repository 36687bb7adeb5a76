//! Values, bound or in the text, and the names of calls.

use std::fmt::Write as _;

use super::super::dialect::Dialect;
use super::super::quote;
use super::Printer;
use crate::types::DataType;
use crate::value::Value;

impl Printer<'_> {
    pub(super) fn literal(&mut self, value: &Value, data_type: &DataType) {
        if self.inline {
            self.inline(value, data_type);
            return;
        }
        // Integer 1 and real 1.0 are different parameters.
        let key = match value {
            Value::Real(r) => format!("r{:x}", r.to_bits()),
            Value::Integer(i) => format!("i{i}"),
            Value::Text(t) => format!("t{t}"),
            Value::Blob(b) => format!("b{b:?}"),
            Value::Null => "n".into(),
        };
        let n = match self.known.get(&key) {
            Some(n) => *n,
            None => {
                self.params.push(value.clone());
                self.known.insert(key, self.params.len());
                self.params.len()
            }
        };
        let _ = write!(self.out, "?{n}");
    }

    pub(super) fn inline(&mut self, value: &Value, data_type: &DataType) {
        match value {
            Value::Null => self.word("NULL"),
            Value::Integer(i) if *data_type == DataType::Boolean => self.word(if *i == 0 { "FALSE" } else { "TRUE" }),
            // The least integer cannot be written as a negated literal.
            Value::Integer(i64::MIN) => self.word("(-9223372036854775807 - 1)"),
            Value::Integer(i) => {
                let _ = write!(self.out, "{i}");
            }
            Value::Real(r) if r.is_nan() => self.word("NULL"),
            Value::Real(r) if r.is_infinite() => self.word(if *r > 0.0 { "9e999" } else { "-9e999" }),
            Value::Real(r) => {
                let _ = write!(self.out, "{r:?}");
            }
            Value::Text(s) => {
                if self.dialect != Dialect::Sqlite {
                    self.word(match data_type {
                        DataType::Date => "DATE ",
                        DataType::Timestamp => "TIMESTAMP ",
                        _ => "",
                    });
                    if s.contains('\0') {
                        self.lacks("a text with NUL");
                    }
                }
                // Spark's strings know backslashes.
                if self.dialect == Dialect::Spark {
                    quote::push_text(&mut self.out, &s.replace('\\', "\\\\"))
                } else {
                    quote::push_text(&mut self.out, s)
                }
            }
            Value::Blob(b) => match self.dialect {
                Dialect::Sqlite | Dialect::Spark => quote::push_blob(&mut self.out, b),
                Dialect::Postgres | Dialect::DuckDb => self.lacks("a binary value"),
            },
        }
    }
}
