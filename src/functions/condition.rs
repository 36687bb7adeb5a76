//! NULL and conditions.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;

use super::Scalar;
use super::args::{Args, Fallible, Fault, owned};
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("nvl", |a| Ok(a.value(usize::from(a.is_null(0))))),
    ("nvl2", |a| Ok(a.value(if a.is_null(0) { 2 } else { 1 }))),
    ("nullifzero", nullifzero),
    ("zeroifnull", |a| Ok(if a.is_null(0) { Value::Integer(0) } else { a.value(0) })),
    ("isnan", isnan),
    ("nanvl", nanvl),
    ("equal_null", |a| Ok((compare(a.raw(0), a.raw(1)) == Ordering::Equal).into())),
    ("greatest", |a| extreme(a, Ordering::Greater)),
    ("least", |a| extreme(a, Ordering::Less)),
    ("current_timezone", |_| Ok("UTC".into())),
    ("version", |_| Ok(env!("CARGO_PKG_VERSION").into())),
    ("raise_error", |a| Err(Fault::Raised(a.text(0)?.into_owned()))),
];

fn nullifzero(args: &Args<'_>) -> Fallible<Value> {
    match args.raw(0) {
        ValueRef::Integer(0) => Ok(Value::Null),
        ValueRef::Real(0.0) => Ok(Value::Null),
        other => Ok(owned(other)),
    }
}

fn isnan(args: &Args<'_>) -> Fallible<Value> {
    Ok((!args.is_null(0) && args.double(0).is_ok_and(f64::is_nan)).into())
}

fn nanvl(args: &Args<'_>) -> Fallible<Value> {
    let nan = !args.is_null(0) && args.double(0).is_ok_and(f64::is_nan);
    Ok(args.value(usize::from(nan)))
}

fn extreme(args: &Args<'_>, wanted: Ordering) -> Fallible<Value> {
    let mut best = ValueRef::Null;
    for i in 0..args.len() {
        let value = args.raw(i);
        if !matches!(value, ValueRef::Null) && (matches!(best, ValueRef::Null) || compare(value, best) == wanted) {
            best = value;
        }
    }
    Ok(owned(best))
}

/// SQLite's order of values: NULL, numbers, texts by bytes, blobs.
pub fn compare(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    use ValueRef::{Blob, Integer, Null, Real, Text};
    match (a, b) {
        (Null, Null) => Ordering::Equal,
        (Integer(a), Integer(b)) => a.cmp(&b),
        (Real(a), Real(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (Integer(a), Real(b)) => integer_and_real(a, b),
        (Real(a), Integer(b)) => integer_and_real(b, a).reverse(),
        (Text(a), Text(b)) | (Blob(a), Blob(b)) => a.cmp(b),
        _ => class(a).cmp(&class(b)),
    }
}

fn class(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    }
}

/// Exact, also beyond 2^53.
pub fn integer_and_real(i: i64, r: f64) -> Ordering {
    if r >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    if r < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    let whole = r.trunc();
    i.cmp(&(whole as i64)).then_with(|| 0.0.partial_cmp(&(r - whole)).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn integers_and_reals_compare_exactly() {
        assert_eq!(integer_and_real(1, 1.5), Ordering::Less);
        assert_eq!(integer_and_real(-1, -1.5), Ordering::Greater);
        assert_eq!(integer_and_real(i64::MAX, 9_223_372_036_854_775_808.0), Ordering::Less);
        assert_eq!(integer_and_real(9_007_199_254_740_993, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(integer_and_real(3, f64::NEG_INFINITY), Ordering::Greater);
    }
}
