//! Results of functions that make maps or take them apart.

use super::{Types, argument, common, element, mismatch};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

pub fn map_of_texts(_: Types) -> Result<DataType> {
    Ok(DataType::Map(Box::new(DataType::String), Box::new(DataType::String)))
}

/// `create_map(k, v, …)`.
pub fn map(args: Types) -> Result<DataType> {
    let keys: Vec<DataType> = args.iter().step_by(2).cloned().collect();
    let values: Vec<DataType> = args.iter().skip(1).step_by(2).cloned().collect();
    if keys.len() != values.len() {
        return Err(Error::new(Code::WrongArity, format!("expects keys and values in turn, got {} arguments", args.len())));
    }
    Ok(DataType::Map(Box::new(common(&keys)?), Box::new(common(&values)?)))
}

fn entries(data_type: &DataType) -> Result<(DataType, DataType)> {
    match data_type {
        DataType::Map(key, value) => Ok(((**key).clone(), (**value).clone())),
        DataType::Json | DataType::Any | DataType::Void => Ok((DataType::String, DataType::Any)),
        t => Err(mismatch("a map", t)),
    }
}

pub fn map_keys(args: Types) -> Result<DataType> {
    Ok(DataType::Array(Box::new(entries(&argument(args, 0))?.0)))
}

pub fn map_values(args: Types) -> Result<DataType> {
    Ok(DataType::Array(Box::new(entries(&argument(args, 0))?.1)))
}

pub fn map_entries(args: Types) -> Result<DataType> {
    let (key, value) = entries(&argument(args, 0))?;
    Ok(DataType::Array(Box::new(DataType::Struct(vec![("key".into(), key), ("value".into(), value)]))))
}

pub fn map_from_arrays(args: Types) -> Result<DataType> {
    Ok(DataType::Map(Box::new(element(&argument(args, 0))?), Box::new(element(&argument(args, 1))?)))
}

pub fn map_from_entries(args: Types) -> Result<DataType> {
    match element(&argument(args, 0))? {
        DataType::Struct(fields) if fields.len() == 2 => Ok(DataType::Map(Box::new(fields[0].1.clone()), Box::new(fields[1].1.clone()))),
        DataType::Json | DataType::Any | DataType::Void => Ok(DataType::Map(Box::new(DataType::String), Box::new(DataType::Any))),
        t => Err(mismatch("an array of structs of two fields", &t)),
    }
}

pub fn map_concat(args: Types) -> Result<DataType> {
    let (mut key, mut value) = (DataType::Void, DataType::Void);
    for arg in args {
        let (k, v) = entries(arg)?;
        key = common(&[key, k])?;
        value = common(&[value, v])?;
    }
    Ok(DataType::Map(Box::new(key), Box::new(value)))
}

pub fn map_to_boolean(args: Types) -> Result<DataType> {
    entries(&argument(args, 0))?;
    Ok(DataType::Boolean)
}
