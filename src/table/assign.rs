//! What may be assigned to a column, and as what: rules for values that SQL computes. (Values that a caller gives are `cell`'s.)
//!
//! As in PySpark's ANSI store assignment: numbers convert among each other, dates and timestamps too, anything simple becomes text;
//! text never becomes a number by itself.

use std::sync::Arc;

use super::cell::{self, Cell};
use super::reflect::{ColumnInfo, TableInfo};
use crate::error::{Code, Error, Result};
use crate::expr::{Expr, ExprRef, Literal};
use crate::types::DataType;
use crate::value::Value;

/// `expr`, which has type `from`, as a value of `column`.
pub fn assigned(verb: &str, table: &TableInfo, column: &ColumnInfo, expr: ExprRef, from: &DataType) -> Result<ExprRef> {
    if let Expr::Literal(literal) = expr.as_ref() {
        return constant(verb, table, column, literal);
    }
    let to = &column.data_type;
    if from == to || matches!(from, DataType::Void | DataType::Any) || matches!(to, DataType::Any | DataType::Json) {
        return Ok(expr);
    }
    let cast = match (from, to) {
        (f, t) if f.is_integer() && t.is_integer() => return Ok(expr),
        (f, t) if f.is_nested() && t.is_nested() => return Ok(expr),
        (f, t) if f.is_numeric() && t.is_numeric() => true,
        (DataType::Boolean, t) if t.is_integer() => true,
        (f, t) if f.is_temporal() && t.is_temporal() => true,
        (f, DataType::String) => !f.is_nested() && *f != DataType::Binary,
        _ => false,
    };
    if cast {
        return Ok(Arc::new(Expr::Cast { arg: expr, to: to.clone() }));
    }
    Err(Error::new(Code::TypeMismatch, format!("{verb}: column \"{}\" of \"{}\" has type {to}, the expression {from}", column.name, table.name))
        .hint(format!(".cast(\"{to}\") converts it"))
        .detail("verb", verb)
        .detail("table", table.name.as_str())
        .detail("column", column.name.as_str())
        .detail("type", to.to_string()))
}

fn constant(verb: &str, table: &TableInfo, column: &ColumnInfo, literal: &Literal) -> Result<ExprRef> {
    let cell = match &literal.value {
        Value::Null => Cell::Null,
        Value::Integer(i) if literal.data_type == DataType::Boolean => Cell::Boolean(*i != 0),
        Value::Integer(i) => Cell::Integer(*i),
        Value::Real(r) => Cell::Number(*r),
        Value::Text(s) if literal.data_type.is_nested() => Cell::Json(s),
        Value::Text(s) => Cell::Text(s),
        Value::Blob(b) => Cell::Bytes(b),
    };
    // A Date is a timestamp on the wire; a column of dates takes its date.
    let date = match (&literal.value, &literal.data_type, &column.data_type) {
        (Value::Text(s), DataType::Timestamp, DataType::Date) => s.get(..10).map(Cell::Text),
        (Value::Text(s), DataType::Timestamp, DataType::String) => Some(Cell::Text(s)),
        _ => None,
    };
    let place = format!("{verb}: column \"{}\" of \"{}\"", column.name, table.name);
    let stored = cell::store(date.unwrap_or(cell), &column.data_type).map_err(|e| e.within(&place).detail("column", column.name.as_str()))?;
    let data_type = if matches!(literal.value, Value::Null) { DataType::Void } else { column.data_type.clone() };
    Ok(Expr::literal(Value::from(stored), data_type))
}
