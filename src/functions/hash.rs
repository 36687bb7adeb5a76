//! Spark's `hash` (Murmur3, 32 bits) and `xxhash64`, seed 42: each argument's hash is the seed of the next, NULLs are left out.
//!
//! The width of an integer matters, so the compiler tells the types; without them integers count as 64 bits wide.

use rusqlite::types::ValueRef;
use serde_json::Value as Json;
use twox_hash::XxHash64;

use super::Scalar;
use super::args::{Args, Fallible, reference};
use super::{civil, json};
use crate::types::DataType;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[("hash", hash), ("xxhash64", xxhash64)];

fn hash(args: &Args<'_>) -> Fallible<Value> {
    let mut state = 42u32;
    for i in 0..args.len() {
        state = fold(args.raw(i), args.data_type(i), state, murmur3);
    }
    Ok(Value::Integer(i64::from(state as i32)))
}

fn xxhash64(args: &Args<'_>) -> Fallible<Value> {
    let mut state = 42u64;
    for i in 0..args.len() {
        state = fold(args.raw(i), args.data_type(i), state, |bytes, seed| XxHash64::oneshot(seed, bytes));
    }
    Ok(Value::Integer(state as i64))
}

/// Hashes one value over the hash of those before it.
fn fold<S: Copy>(value: ValueRef<'_>, data_type: Option<&DataType>, state: S, hash: fn(&[u8], S) -> S) -> S {
    let int = |i: i64| hash(&(i as i32).to_le_bytes(), state);
    let long = |i: i64| hash(&i.to_le_bytes(), state);
    let double = |r: f64| long((if r == 0.0 { 0.0 } else { r }).to_bits() as i64);
    match (data_type, value) {
        (_, ValueRef::Null) => state,
        (Some(DataType::Boolean | DataType::Byte | DataType::Short | DataType::Int), ValueRef::Integer(i)) => int(i),
        (Some(DataType::Float), ValueRef::Real(r)) => int(i64::from(((if r == 0.0 { 0.0 } else { r }) as f32).to_bits() as i32)),
        (Some(DataType::Double), ValueRef::Integer(i)) => double(i as f64),
        (Some(DataType::Decimal(_, scale)), ValueRef::Integer(i)) => long(i.wrapping_mul(10i64.wrapping_pow(u32::from(*scale)))),
        (Some(DataType::Decimal(_, scale)), ValueRef::Real(r)) => long((r * 10f64.powi(i32::from(*scale))).round() as i64),
        (Some(DataType::Date), ValueRef::Text(t)) => match civil::parse_date(&String::from_utf8_lossy(t)) {
            Some(days) => int(days),
            None => state,
        },
        (Some(DataType::Timestamp), ValueRef::Text(t)) => match civil::parse_timestamp(&String::from_utf8_lossy(t)) {
            Some(micros) => long(micros),
            None => state,
        },
        (Some(nested), ValueRef::Text(t)) if nested.is_nested() => match serde_json::from_slice::<Json>(t) {
            Ok(json) => fold_json(&json, nested, state, hash),
            Err(_) => hash(t, state),
        },
        (_, ValueRef::Integer(i)) => long(i),
        (_, ValueRef::Real(r)) => double(r),
        (_, ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => hash(bytes, state),
    }
}

/// Elements of arrays and fields of structs one after the other.
fn fold_json<S: Copy>(value: &Json, data_type: &DataType, state: S, hash: fn(&[u8], S) -> S) -> S {
    match (value, data_type) {
        (Json::Array(items), DataType::Array(element)) => items.iter().fold(state, |s, item| fold_json(item, element, s, hash)),
        (Json::Object(object), DataType::Struct(fields)) => {
            fields.iter().fold(state, |s, (name, t)| object.get(name).map_or(s, |item| fold_json(item, t, s, hash)))
        }
        (item, data_type) => {
            let value = json::element(item);
            // What is nested here has another type than its values say: hashed as text.
            fold(reference(&value), Some(data_type).filter(|t| !t.is_nested()), state, hash)
        }
    }
}

fn mix_k(k: u32) -> u32 {
    k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn mix(h: u32, k: u32) -> u32 {
    (h ^ mix_k(k)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(h: u32, n_bytes: usize) -> u32 {
    let mut h = h ^ n_bytes as u32;
    h = (h ^ h >> 16).wrapping_mul(0x85eb_ca6b);
    h = (h ^ h >> 13).wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}

/// Spark's Murmur3: the last one to three bytes are each mixed in as a signed word of their own.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let tail = words.remainder();
    let h = words.fold(seed, |h, w| mix(h, u32::from_le_bytes([w[0], w[1], w[2], w[3]])));
    let h = tail.iter().fold(h, |h, b| mix(h, *b as i8 as u32));
    finish(h, bytes.len())
}

/// Scala's Murmur3 of bytes, the usual one; it scrambles the seeds of random numbers.
pub fn scala_bytes_hash(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let tail = words.remainder();
    let h = words.fold(seed, |h, w| mix(h, u32::from_le_bytes([w[0], w[1], w[2], w[3]])));
    let k = tail.iter().rev().fold(0u32, |k, b| k << 8 | u32::from(*b));
    finish(if tail.is_empty() { h } else { h ^ mix_k(k) }, bytes.len())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn hashes_are_sparks() {
        assert_eq!(murmur3(b"abc", 42) as i32, 1322437556);
        assert_eq!(murmur3(b"", 42) as i32, 142593372);
        assert_eq!(murmur3("😀".as_bytes(), 42) as i32, 1877935379);
        assert_eq!(murmur3(&0i32.to_le_bytes(), 42) as i32, 933211791);
        assert_eq!(XxHash64::oneshot(42, b"abc") as i64, 1423657621850124518);
        assert_eq!(XxHash64::oneshot(42, &0i32.to_le_bytes()) as i64, 3614696996920510707);
    }
}
