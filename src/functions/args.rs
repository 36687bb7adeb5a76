//! Arguments of a function, converted as PySpark converts implicitly.

use std::borrow::Cow;
use std::rc::Rc;

use rusqlite::functions::Context;
use rusqlite::types::ValueRef;

use super::java_number;
use super::memo::Memo;
use crate::expr::registry;
use crate::types::DataType;
use crate::value::Value;

/// Why a function has no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The result is NULL.
    Null,
    /// An argument is wrong: `invalid_argument`.
    Error(String),
    /// The user's own error.
    Raised(String),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Fault::Error(message)
    }
}

pub type Fallible<T> = Result<T, Fault>;

/// The arguments of one call; `types` where the compiler told them.
pub struct Args<'a> {
    ctx: &'a Context<'a>,
    skip: usize,
    types: Option<Rc<Vec<DataType>>>,
}

thread_local! {
    static SIGNATURES: Memo<Vec<DataType>> = const { Memo::new() };
}

impl<'a> Args<'a> {
    pub fn new(ctx: &'a Context<'_>) -> Self {
        Args { ctx, skip: 0, types: None }
    }

    /// The first argument lists the types of the others.
    pub fn typed(ctx: &'a Context<'_>) -> rusqlite::Result<Self> {
        let bad = || rusqlite::Error::UserFunctionError("the first argument must list the types of the others".into());
        let signature = if ctx.is_empty() { None } else { ctx.get_raw(0).as_str().ok() };
        let signature = signature.ok_or_else(bad)?;
        let types =
            SIGNATURES.with(|m| m.get(signature, |s| registry::parse_signature(s).map_err(|e| Fault::Error(e.to_string())))).map_err(|_| bad())?;
        Ok(Args { ctx, skip: 1, types: Some(types) })
    }

    pub fn len(&self) -> usize {
        self.ctx.len() - self.skip
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn raw(&self, i: usize) -> ValueRef<'_> {
        if i < self.len() { self.ctx.get_raw(i + self.skip) } else { ValueRef::Null }
    }

    pub fn value(&self, i: usize) -> Value {
        owned(self.raw(i))
    }

    /// The type of an argument, if it is known; after the list the last type counts.
    pub fn data_type(&self, i: usize) -> Option<&DataType> {
        self.types.as_ref().and_then(|types| types.get(i))
    }

    pub fn is_null(&self, i: usize) -> bool {
        matches!(self.raw(i), ValueRef::Null)
    }

    pub fn has_null(&self) -> bool {
        (0..self.len()).any(|i| self.is_null(i))
    }

    /// Text as PySpark casts to string.
    pub fn text(&self, i: usize) -> Fallible<Cow<'_, str>> {
        to_text(self.raw(i), self.data_type(i)).ok_or(Fault::Null)
    }

    pub fn long(&self, i: usize) -> Fallible<i64> {
        to_long(self.raw(i)).ok_or(Fault::Null)
    }

    /// An integer argument that may be absent.
    pub fn long_or(&self, i: usize, default: i64) -> Fallible<i64> {
        if i < self.len() { self.long(i) } else { Ok(default) }
    }

    pub fn double(&self, i: usize) -> Fallible<f64> {
        to_double(self.raw(i)).ok_or(Fault::Null)
    }

    pub fn boolean_or(&self, i: usize, default: bool) -> Fallible<bool> {
        if i >= self.len() {
            return Ok(default);
        }
        to_boolean(self.raw(i)).ok_or(Fault::Null)
    }

    /// What is made once for an argument that is constant, and kept until the statement starts anew.
    pub fn kept<T: Send + Sync + 'static>(&self, i: usize, make: impl FnOnce() -> T) -> rusqlite::Result<std::sync::Arc<T>> {
        let i = (i + self.skip) as i32;
        match self.ctx.get_aux(i)? {
            Some(kept) => Ok(kept),
            None => self.ctx.set_aux(i, make()),
        }
    }

    /// Bytes of a binary, or of a text's UTF-8.
    pub fn bytes(&self, i: usize) -> Fallible<Cow<'_, [u8]>> {
        match self.raw(i) {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(Cow::Borrowed(bytes)),
            _ => Ok(Cow::Owned(self.text(i)?.into_owned().into_bytes())),
        }
    }
}

pub fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(i) => Value::Integer(i),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
    }
}

pub fn reference(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Integer(i) => ValueRef::Integer(*i),
        Value::Real(r) => ValueRef::Real(*r),
        Value::Text(t) => ValueRef::Text(t.as_bytes()),
        Value::Blob(b) => ValueRef::Blob(b),
    }
}

pub fn to_text<'v>(value: ValueRef<'v>, data_type: Option<&DataType>) -> Option<Cow<'v, str>> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(i) => match data_type {
            Some(DataType::Boolean) => Cow::Borrowed(if i != 0 { "true" } else { "false" }),
            Some(DataType::Decimal(_, scale)) => Cow::Owned(java_number::decimal(i as f64, *scale)),
            _ => Cow::Owned(i.to_string()),
        },
        ValueRef::Real(r) => Cow::Owned(match data_type {
            Some(DataType::Decimal(_, scale)) => java_number::decimal(r, *scale),
            Some(DataType::Float) => java_number::float(r as f32),
            _ => java_number::double(r),
        }),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
    })
}

/// As `cast(x as bigint)`: texts with decimals are cut, doubles saturate.
pub fn to_long(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(i) => Some(i),
        ValueRef::Real(r) => (!r.is_nan()).then_some(r as i64),
        ValueRef::Text(bytes) => java_number::parse_long(std::str::from_utf8(bytes).ok()?),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// As `cast(x as double)`.
pub fn to_double(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Integer(i) => Some(i as f64),
        ValueRef::Real(r) => Some(r),
        ValueRef::Text(bytes) => java_number::parse_double(std::str::from_utf8(bytes).ok()?),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

/// As `cast(x as boolean)`.
pub fn to_boolean(value: ValueRef<'_>) -> Option<bool> {
    match value {
        ValueRef::Integer(i) => Some(i != 0),
        ValueRef::Real(r) => Some(r != 0.0),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes).ok()?.trim_matches(java_number::is_space).to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "0" => Some(false),
            _ => None,
        },
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}
