//! Rounding on decimal digits, as PySpark does: a double stands for its shortest decimal text, so 2.675 to two decimals is 2.68.

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use crate::value::Value;
use rusqlite::types::ValueRef;

pub const FUNCTIONS: &[(&str, Scalar)] = &[("round", round), ("bround", bround), ("ceil", ceil), ("floor", floor), ("rint", rint)];

#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    HalfUp,
    HalfEven,
    Ceiling,
    Floor,
}

fn round(args: &Args<'_>) -> Fallible<Value> {
    rounded(args, Mode::HalfUp)
}

fn bround(args: &Args<'_>) -> Fallible<Value> {
    rounded(args, Mode::HalfEven)
}

fn rounded(args: &Args<'_>, mode: Mode) -> Fallible<Value> {
    let scale = args.long_or(1, 0)?;
    match args.raw(0) {
        ValueRef::Integer(i) => Ok(integer(i, scale, mode)),
        _ => Ok(Value::Real(real(args.double(0)?, scale, mode))),
    }
}

fn ceil(args: &Args<'_>) -> Fallible<Value> {
    whole(args, Mode::Ceiling)
}

fn floor(args: &Args<'_>) -> Fallible<Value> {
    whole(args, Mode::Floor)
}

fn whole(args: &Args<'_>, mode: Mode) -> Fallible<Value> {
    if args.len() > 1 {
        return rounded(args, mode);
    }
    if let ValueRef::Integer(i) = args.raw(0) {
        return Ok(Value::Integer(i));
    }
    let x = args.double(0)?;
    if x.is_nan() {
        return Err(Fault::Null);
    }
    Ok(Value::Integer(if mode == Mode::Ceiling { x.ceil() } else { x.floor() } as i64))
}

fn rint(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Real(args.double(0)?.round_ties_even()))
}

/// An integer to a multiple of a power of ten; past 64 bits it wraps, as in PySpark.
fn integer(i: i64, scale: i64, mode: Mode) -> Value {
    if scale >= 0 {
        return Value::Integer(i);
    }
    let Some(unit) = u32::try_from(-scale).ok().and_then(|n| 10i128.checked_pow(n)) else {
        return Value::Integer(0);
    };
    let (i, down) = (i128::from(i), i128::from(i).div_euclid(unit));
    let rest = i.rem_euclid(unit);
    let up = match mode {
        Mode::Floor => false,
        Mode::Ceiling => rest > 0,
        Mode::HalfUp => rest * 2 > unit || (rest * 2 == unit && i >= 0),
        Mode::HalfEven => rest * 2 > unit || (rest * 2 == unit && down % 2 != 0),
    };
    Value::Integer(((down + i128::from(up)) * unit) as i64)
}

/// A double to a number of decimals, negative before the point.
pub fn real(x: f64, scale: i64, mode: Mode) -> f64 {
    if !x.is_finite() || x == 0.0 || scale > 340 {
        return x;
    }
    if scale < -310 {
        return 0.0;
    }
    // Digits d1 d2 … with the point after the first: x = ±0.d1d2… · 10^(exponent + 1).
    let text = format!("{:e}", x.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let keep = exponent + 1 + scale;
    if keep >= digits.len() as i64 {
        return x;
    }
    let (kept, cut): (&[u8], &[u8]) = if keep < 0 { (&[], &[0, 1]) } else { digits.split_at(keep as usize) };
    let half = match cut.first() {
        Some(5) if cut[1..].iter().all(|d| *d == 0) => std::cmp::Ordering::Equal,
        Some(5..) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Less,
    };
    let up = match mode {
        Mode::HalfUp => half.is_ge(),
        Mode::HalfEven => half.is_gt() || (half.is_eq() && kept.last().is_some_and(|d| d % 2 == 1)),
        Mode::Ceiling => x > 0.0,
        Mode::Floor => x < 0.0,
    };
    let mut kept: Vec<u8> = std::iter::once(0).chain(kept.iter().copied()).collect();
    if up {
        for digit in kept.iter_mut().rev() {
            *digit += 1;
            if *digit < 10 {
                break;
            }
            *digit = 0;
        }
    }
    let digits: String = kept.iter().map(|d| char::from(b'0' + d)).collect();
    let magnitude: f64 = format!("{digits}e{}", -scale).parse().unwrap_or(0.0);
    magnitude.copysign(x)
}

/// A finite double with exactly so many decimals, rounded half up on its shortest digits.
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return super::java_number::double(x);
    }
    let rounded = real(x, decimals as i64, Mode::HalfUp);
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    format!("{rounded:.decimals$}")
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn halves() {
        assert_eq!(real(2.675, 2, Mode::HalfUp), 2.68);
        assert_eq!(real(2.5, 0, Mode::HalfUp), 3.0);
        assert_eq!(real(-2.5, 0, Mode::HalfUp), -3.0);
        assert_eq!(real(2.5, 0, Mode::HalfEven), 2.0);
        assert_eq!(real(0.125, 2, Mode::HalfEven), 0.12);
        assert_eq!(real(0.375, 2, Mode::HalfEven), 0.38);
        assert_eq!(real(0.5, 0, Mode::HalfUp), 1.0);
        assert_eq!(real(0.05, 0, Mode::HalfUp), 0.0);
        assert_eq!(real(95.0, -2, Mode::HalfUp), 100.0);
        assert_eq!(real(45.0, -2, Mode::HalfUp), 0.0);
        assert_eq!(real(9.99, 1, Mode::HalfUp), 10.0);
        assert_eq!(real(1e300, 2, Mode::HalfUp), 1e300);
        assert_eq!(real(-0.4, 0, Mode::HalfUp), 0.0);
        assert_eq!(fixed(2.71459, 2), "2.71");
        assert_eq!(fixed(-0.001, 2), "0.00");
    }

    #[test]
    fn integers() {
        assert_eq!(integer(25, -1, Mode::HalfUp), Value::Integer(30));
        assert_eq!(integer(-25, -1, Mode::HalfUp), Value::Integer(-30));
        assert_eq!(integer(25, -1, Mode::HalfEven), Value::Integer(20));
        assert_eq!(integer(-7, -1, Mode::HalfUp), Value::Integer(-10));
        assert_eq!(integer(7, -30, Mode::HalfUp), Value::Integer(0));
    }
}
