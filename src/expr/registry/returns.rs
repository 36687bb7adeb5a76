//! Rules for the types of results.

mod maps;

pub use maps::*;

use crate::error::{Code, Error, Result};
use crate::types::DataType;

type Types<'a> = &'a [DataType];

fn mismatch(expected: &str, got: &DataType) -> Error {
    Error::new(Code::TypeMismatch, format!("expects {expected}, not {got}"))
}

pub fn boolean(_: Types) -> Result<DataType> {
    Ok(DataType::Boolean)
}

pub fn int(_: Types) -> Result<DataType> {
    Ok(DataType::Int)
}

pub fn long(_: Types) -> Result<DataType> {
    Ok(DataType::Long)
}

pub fn double(_: Types) -> Result<DataType> {
    Ok(DataType::Double)
}

pub fn string(_: Types) -> Result<DataType> {
    Ok(DataType::String)
}

pub fn binary(_: Types) -> Result<DataType> {
    Ok(DataType::Binary)
}

pub fn date(_: Types) -> Result<DataType> {
    Ok(DataType::Date)
}

pub fn timestamp(_: Types) -> Result<DataType> {
    Ok(DataType::Timestamp)
}

pub fn array_of_strings(_: Types) -> Result<DataType> {
    Ok(DataType::Array(Box::new(DataType::String)))
}

fn argument(args: Types, i: usize) -> DataType {
    args.get(i).cloned().unwrap_or(DataType::Void)
}

pub fn first(args: Types) -> Result<DataType> {
    Ok(argument(args, 0))
}

/// The type that holds the values of all arguments.
pub fn common(args: Types) -> Result<DataType> {
    args.iter().try_fold(DataType::Void, |a, b| {
        a.common(b).ok_or_else(|| Error::new(Code::TypeMismatch, format!("the arguments have no common type: {a} and {b}")))
    })
}

/// The common type of the second and third argument: `if`, `nvl2`.
pub fn common_after_first(args: Types) -> Result<DataType> {
    common(args.get(1..).unwrap_or(&[]))
}

/// A numeric argument; text counts as double, as in PySpark.
pub fn number(data_type: &DataType) -> Result<DataType> {
    match data_type {
        DataType::String | DataType::Void => Ok(DataType::Double),
        t if t.is_numeric() || *t == DataType::Any => Ok(t.clone()),
        t => Err(mismatch("a number", t)),
    }
}

/// The numeric type of the first argument: `abs`, `negative`.
pub fn numeric(args: Types) -> Result<DataType> {
    number(&argument(args, 0))
}

/// A double made of numbers.
pub fn double_of_numbers(args: Types) -> Result<DataType> {
    for arg in args {
        number(arg)?;
    }
    Ok(DataType::Double)
}

/// `sum`: integers give bigint, decimals a wider decimal, everything else double.
pub fn sum(args: Types) -> Result<DataType> {
    Ok(match number(&argument(args, 0))? {
        t if t.is_integer() => DataType::Long,
        DataType::Decimal(p, s) => DataType::Decimal(p.saturating_add(10).min(38), s),
        DataType::Any => DataType::Any,
        _ => DataType::Double,
    })
}

/// `avg`: a decimal gives a decimal with four more digits, everything else double.
pub fn average(args: Types) -> Result<DataType> {
    Ok(match number(&argument(args, 0))? {
        DataType::Decimal(p, s) => DataType::Decimal(p.saturating_add(4).min(38), s.saturating_add(4).min(38)),
        _ => DataType::Double,
    })
}

/// `ceil`, `floor`: bigint, or a decimal without digits after the point; with a number of digits a decimal.
pub fn whole(args: Types) -> Result<DataType> {
    let first = number(&argument(args, 0))?;
    Ok(match first {
        DataType::Decimal(p, s) if args.len() < 2 => DataType::Decimal(p.saturating_sub(s).saturating_add(1).min(38), 0),
        t if args.len() > 1 => t,
        _ => DataType::Long,
    })
}

/// `round`: the type of the argument; text counts as double.
pub fn rounded(args: Types) -> Result<DataType> {
    numeric(args)
}

/// `pmod` and other arithmetic of two numbers.
pub fn arithmetic(args: Types) -> Result<DataType> {
    let (a, b) = (number(&argument(args, 0))?, number(&argument(args, 1))?);
    common(&[a, b])
}

/// Shifts: int stays int, everything else bigint.
pub fn shifted(args: Types) -> Result<DataType> {
    Ok(match argument(args, 0) {
        DataType::Byte | DataType::Short | DataType::Int => DataType::Int,
        DataType::Boolean | DataType::Date | DataType::Timestamp => return Err(mismatch("an integer", &argument(args, 0))),
        _ => DataType::Long,
    })
}

/// `bit_and` and its like: the integer type of the argument.
pub fn integer(args: Types) -> Result<DataType> {
    match argument(args, 0) {
        t if t.is_integer() || matches!(t, DataType::Any | DataType::Boolean) => Ok(t),
        DataType::String | DataType::Void => Ok(DataType::Long),
        t => Err(mismatch("an integer", &t)),
    }
}

pub fn all_boolean(args: Types) -> Result<DataType> {
    match args.iter().find(|t| !matches!(t, DataType::Boolean | DataType::Void | DataType::Any)) {
        Some(t) => Err(mismatch("a boolean", t)),
        None => Ok(DataType::Boolean),
    }
}

fn element(data_type: &DataType) -> Result<DataType> {
    match data_type {
        DataType::Array(element) => Ok((**element).clone()),
        DataType::Json | DataType::Any => Ok(DataType::Any),
        DataType::Void => Ok(DataType::Void),
        t => Err(mismatch("an array", t)),
    }
}

fn array(data_type: &DataType) -> Result<DataType> {
    match data_type {
        DataType::Json | DataType::Any => Ok(DataType::Json),
        DataType::Void => Ok(DataType::Array(Box::new(DataType::Void))),
        t => Ok(DataType::Array(Box::new(element(t)?))),
    }
}

/// `array(…)`: an array of the common type.
pub fn array_of_common(args: Types) -> Result<DataType> {
    Ok(DataType::Array(Box::new(common(args)?)))
}

/// `collect_list(x)`, `array_repeat(x, n)`.
pub fn array_of_first(args: Types) -> Result<DataType> {
    Ok(DataType::Array(Box::new(argument(args, 0))))
}

/// The first argument, which must be an array.
pub fn same_array(args: Types) -> Result<DataType> {
    array(&argument(args, 0))
}

/// Two arrays that share a type.
pub fn common_array(args: Types) -> Result<DataType> {
    let mut result = DataType::Array(Box::new(DataType::Void));
    for arg in args {
        let next = array(arg)?;
        result = result.common(&next).ok_or_else(|| mismatch(&result.to_string(), arg))?;
    }
    Ok(result)
}

/// An array and a value for it: `array_append`. Numbers and dates do not become text here.
pub fn array_with_value(args: Types) -> Result<DataType> {
    let array = array(&argument(args, 0))?;
    match &array {
        DataType::Array(element) => {
            let value = argument(args, args.len().saturating_sub(1));
            Ok(DataType::Array(Box::new(common_without_text(element, &value)?)))
        }
        other => Ok(other.clone()),
    }
}

fn common_without_text(a: &DataType, b: &DataType) -> Result<DataType> {
    let becomes_text = |t: &DataType| t.is_numeric() || t.is_temporal();
    let promoted = (*a == DataType::String && becomes_text(b)) || (becomes_text(a) && *b == DataType::String);
    a.common(b).filter(|_| !promoted).ok_or_else(|| mismatch(&a.to_string(), b))
}

/// `greatest`, `least`: a common type, which text and numbers do not have.
pub fn comparable(args: Types) -> Result<DataType> {
    args.iter().try_fold(DataType::Void, |a, b| common_without_text(&a, b))
}

/// An element of the first argument: `array_max`, `explode`.
pub fn element_of_first(args: Types) -> Result<DataType> {
    element(&argument(args, 0))
}

/// `element_at`: of an array or a map.
pub fn element_or_value(args: Types) -> Result<DataType> {
    match argument(args, 0) {
        DataType::Map(_, value) => Ok(*value),
        t => element(&t),
    }
}

/// An array and a value that may be in it: `array_contains`.
pub fn array_to_boolean(args: Types) -> Result<DataType> {
    array_with_value(args)?;
    Ok(DataType::Boolean)
}

pub fn array_to_long(args: Types) -> Result<DataType> {
    array_with_value(args)?;
    Ok(DataType::Long)
}

/// `array_remove`: the array, without the value.
pub fn array_without_value(args: Types) -> Result<DataType> {
    array_with_value(args)?;
    same_array(args)
}

pub fn array_to_string(args: Types) -> Result<DataType> {
    element(&argument(args, 0))?;
    Ok(DataType::String)
}

/// `size`: of an array or a map.
pub fn size(args: Types) -> Result<DataType> {
    match argument(args, 0) {
        DataType::Map(..) => Ok(DataType::Int),
        t => {
            element(&t)?;
            Ok(DataType::Int)
        }
    }
}

/// An array of arrays loses one level.
pub fn flattened(args: Types) -> Result<DataType> {
    match element(&argument(args, 0))? {
        inner @ DataType::Array(_) => Ok(inner),
        DataType::Any | DataType::Json | DataType::Void => Ok(DataType::Json),
        t => Err(mismatch("an array of arrays", &t)),
    }
}

/// `sequence`: of integers, dates or timestamps.
pub fn sequence(args: Types) -> Result<DataType> {
    let element = common(args.get(..2).unwrap_or(args))?;
    match element {
        t if t.is_integer() || t.is_temporal() || matches!(t, DataType::Any | DataType::Void) => Ok(DataType::Array(Box::new(t))),
        t => Err(mismatch("integers, dates or timestamps", &t)),
    }
}

/// `concat`: arrays give an array, binaries a binary, everything else text.
pub fn concatenated(args: Types) -> Result<DataType> {
    if args.iter().any(|t| matches!(t, DataType::Array(_))) {
        common_array(args)
    } else if !args.is_empty() && args.iter().all(|t| *t == DataType::Binary) {
        Ok(DataType::Binary)
    } else {
        Ok(DataType::String)
    }
}

/// `reverse`: an array or a text.
pub fn reversed(args: Types) -> Result<DataType> {
    Ok(match argument(args, 0) {
        t @ (DataType::Array(_) | DataType::Json) => t,
        _ => DataType::String,
    })
}

/// `substring`, `left`, `right` of binary give binary; `lpad`, `rpad` as well.
pub fn text_or_binary(args: Types) -> Result<DataType> {
    Ok(if argument(args, 0) == DataType::Binary { DataType::Binary } else { DataType::String })
}

/// `percentile`: one double, or an array where the percentage is one.
pub fn percentile(args: Types) -> Result<DataType> {
    number(&argument(args, 0))?;
    Ok(per_percentage(args, DataType::Double))
}

/// `percentile_approx`: a value that occurs, so of the type of the argument.
pub fn percentile_approx(args: Types) -> Result<DataType> {
    let value = match argument(args, 0) {
        t if t.is_temporal() => t,
        t => number(&t)?,
    };
    Ok(per_percentage(args, value))
}

fn per_percentage(args: Types, value: DataType) -> DataType {
    match args.get(1) {
        Some(DataType::Array(_) | DataType::Json) => DataType::Array(Box::new(value)),
        _ => value,
    }
}

/// `struct(…)`: the fields are named by `compile`, which sees the expressions.
pub fn structure(args: Types) -> Result<DataType> {
    Ok(DataType::Struct(args.iter().enumerate().map(|(i, t)| (format!("col{}", i + 1), t.clone())).collect()))
}

pub fn json(_: Types) -> Result<DataType> {
    Ok(DataType::Json)
}

/// `add_interval`: a date stays one, unless `compile` sees a unit shorter than a day.
pub fn moved(args: Types) -> Result<DataType> {
    Ok(if argument(args, 0) == DataType::Date { DataType::Date } else { DataType::Timestamp })
}

/// `date_trunc` and `timestamp_add` keep timestamps; `explode` of a map is told apart by `compile`.
pub fn exploded(args: Types) -> Result<DataType> {
    match argument(args, 0) {
        DataType::Map(key, value) => Ok(DataType::Struct(vec![("key".into(), *key), ("value".into(), *value)])),
        t => element(&t),
    }
}

/// The type that `from_json` makes by a schema: a DDL list of fields (`a INT, b STRING`) or a type (`array<int>`).
pub fn json_schema(text: &str) -> Result<DataType> {
    match DataType::parse(text) {
        Ok(data_type) if data_type.is_nested() => Ok(data_type),
        _ => DataType::parse(&format!("struct<{text}>")).map_err(|_| {
            Error::invalid(format!("\"{text}\" is not a schema")).hint("a schema reads `a INT, b ARRAY<STRING>`, or is the type of an array or map")
        }),
    }
}
