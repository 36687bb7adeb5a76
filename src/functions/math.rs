//! Numbers. All are registered, since builds of SQLite differ in which mathematical functions they have.
//!
//! SQLite cannot hold NaN: where PySpark's result is NaN, ours is NULL.

use rusqlite::types::ValueRef;

use super::Scalar;
use super::args::{Args, Fallible, Fault, owned};
use crate::types::DataType;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("abs", abs),
    ("negative", negative),
    ("positive", positive),
    ("sqrt", |a| real(a, f64::sqrt)),
    ("cbrt", |a| real(a, f64::cbrt)),
    ("exp", |a| real(a, f64::exp)),
    ("expm1", |a| real(a, f64::exp_m1)),
    ("ln", |a| logarithm(a, f64::ln)),
    ("log", log),
    ("log10", |a| logarithm(a, f64::log10)),
    ("log2", |a| logarithm(a, f64::log2)),
    ("log1p", log1p),
    ("power", |a| Ok(Value::Real(a.double(0)?.powf(a.double(1)?)))),
    ("sign", sign),
    ("signum", sign),
    ("sin", |a| real(a, f64::sin)),
    ("cos", |a| real(a, f64::cos)),
    ("tan", |a| real(a, f64::tan)),
    ("cot", |a| real(a, |x| 1.0 / x.tan())),
    ("sec", |a| real(a, |x| 1.0 / x.cos())),
    ("csc", |a| real(a, |x| 1.0 / x.sin())),
    ("asin", |a| real(a, f64::asin)),
    ("acos", |a| real(a, f64::acos)),
    ("atan", |a| real(a, f64::atan)),
    ("atan2", |a| Ok(Value::Real((a.double(0)? + 0.0).atan2(a.double(1)? + 0.0)))),
    ("sinh", |a| real(a, f64::sinh)),
    ("cosh", |a| real(a, f64::cosh)),
    ("tanh", |a| real(a, f64::tanh)),
    ("asinh", |a| real(a, f64::asinh)),
    ("acosh", |a| real(a, f64::acosh)),
    ("atanh", |a| real(a, f64::atanh)),
    ("degrees", |a| real(a, f64::to_degrees)),
    ("radians", |a| real(a, f64::to_radians)),
    ("hypot", |a| Ok(Value::Real(a.double(0)?.hypot(a.double(1)?)))),
    ("factorial", factorial),
    ("pmod", pmod),
    ("mod", modulo),
    ("try_divide", try_divide),
    ("try_add", |a| checked(a, i64::checked_add, |x, y| x + y)),
    ("try_subtract", |a| checked(a, i64::checked_sub, |x, y| x - y)),
    ("try_multiply", |a| checked(a, i64::checked_mul, |x, y| x * y)),
    ("bin", |a| Ok(format!("{:b}", a.long(0)?).into())),
    ("conv", conv),
    ("shiftleft", shift_left),
    ("shiftright", shift_right),
    ("shiftrightunsigned", shift_right_unsigned),
    ("bit_count", bit_count),
    ("bit_get", bit_get),
    ("width_bucket", width_bucket),
    ("e", |_| Ok(Value::Real(std::f64::consts::E))),
    ("pi", |_| Ok(Value::Real(std::f64::consts::PI))),
];

/// What SQLite has no operator for, and its operators as they are where integers wrap around at 64 bits.
pub const PLAIN: &[(&str, i32, Scalar)] = &[
    ("bitwise_xor", 2, |a| Ok(Value::Integer(a.long(0)? ^ a.long(1)?))),
    ("wrapping_add", 2, |a| wrapping(a, i64::wrapping_add, |x, y| x + y)),
    ("wrapping_subtract", 2, |a| wrapping(a, i64::wrapping_sub, |x, y| x - y)),
    ("wrapping_multiply", 2, |a| wrapping(a, i64::wrapping_mul, |x, y| x * y)),
    ("wrapping_divide", 2, |a| match a.long(1)? {
        0 => Err(Fault::Null),
        divisor => Ok(Value::Integer(a.long(0)?.wrapping_div(divisor))),
    }),
];

/// Doubles may be in a table's integer column, and are computed as such.
fn wrapping(args: &Args<'_>, integers: fn(i64, i64) -> i64, reals: fn(f64, f64) -> f64) -> Fallible<Value> {
    if let (ValueRef::Integer(a), ValueRef::Integer(b)) = (args.raw(0), args.raw(1)) {
        return Ok(Value::Integer(integers(a, b)));
    }
    Ok(Value::Real(reals(args.double(0)?, args.double(1)?)))
}

fn real(args: &Args<'_>, f: fn(f64) -> f64) -> Fallible<Value> {
    Ok(Value::Real(f(args.double(0)?)))
}

fn abs(args: &Args<'_>) -> Fallible<Value> {
    Ok(match args.raw(0) {
        ValueRef::Integer(i) => Value::Integer(i.wrapping_abs()),
        _ => Value::Real(args.double(0)?.abs()),
    })
}

fn negative(args: &Args<'_>) -> Fallible<Value> {
    Ok(match args.raw(0) {
        ValueRef::Integer(i) => Value::Integer(i.wrapping_neg()),
        _ => Value::Real(-args.double(0)?),
    })
}

fn positive(args: &Args<'_>) -> Fallible<Value> {
    Ok(match args.raw(0) {
        number @ (ValueRef::Integer(_) | ValueRef::Real(_)) => owned(number),
        _ => Value::Real(args.double(0)?),
    })
}

/// Logarithms of what is not positive are NULL in PySpark as well.
fn logarithm(args: &Args<'_>, f: fn(f64) -> f64) -> Fallible<Value> {
    let x = args.double(0)?;
    if x > 0.0 { Ok(Value::Real(f(x))) } else { Err(Fault::Null) }
}

fn log(args: &Args<'_>) -> Fallible<Value> {
    if args.len() == 1 {
        return logarithm(args, f64::ln);
    }
    let (base, x) = (args.double(0)?, args.double(1)?);
    if base > 0.0 && x > 0.0 { Ok(Value::Real(x.ln() / base.ln())) } else { Err(Fault::Null) }
}

fn log1p(args: &Args<'_>) -> Fallible<Value> {
    let x = args.double(0)?;
    if x > -1.0 { Ok(Value::Real(x.ln_1p())) } else { Err(Fault::Null) }
}

fn sign(args: &Args<'_>) -> Fallible<Value> {
    let x = args.double(0)?;
    Ok(Value::Real(if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }))
}

fn factorial(args: &Args<'_>) -> Fallible<Value> {
    match args.long(0)? {
        n @ 0..=20 => Ok(Value::Integer((1..=n).product())),
        _ => Err(Fault::Null),
    }
}

fn pmod(args: &Args<'_>) -> Fallible<Value> {
    if let (ValueRef::Integer(a), ValueRef::Integer(n)) = (args.raw(0), args.raw(1)) {
        if n == 0 {
            return Err(Fault::Null);
        }
        // As Spark: a remainder below zero gets n added and is reduced again, so a negative n gives results of its own sign.
        let r = a.wrapping_rem(n);
        return Ok(Value::Integer(if r < 0 { r.wrapping_add(n).wrapping_rem(n) } else { r }));
    }
    let (a, n) = (args.double(0)?, args.double(1)?);
    if n == 0.0 {
        return Err(Fault::Null);
    }
    let r = a % n;
    Ok(Value::Real(if r < 0.0 { (r + n) % n } else { r }))
}

fn modulo(args: &Args<'_>) -> Fallible<Value> {
    if let (ValueRef::Integer(a), ValueRef::Integer(n)) = (args.raw(0), args.raw(1)) {
        return if n == 0 { Err(Fault::Null) } else { Ok(Value::Integer(a.wrapping_rem(n))) };
    }
    let (a, n) = (args.double(0)?, args.double(1)?);
    if n == 0.0 { Err(Fault::Null) } else { Ok(Value::Real(a % n)) }
}

fn try_divide(args: &Args<'_>) -> Fallible<Value> {
    let (a, b) = (args.double(0)?, args.double(1)?);
    if b == 0.0 { Err(Fault::Null) } else { Ok(Value::Real(a / b)) }
}

fn checked(args: &Args<'_>, integers: fn(i64, i64) -> Option<i64>, reals: fn(f64, f64) -> f64) -> Fallible<Value> {
    if let (ValueRef::Integer(a), ValueRef::Integer(b)) = (args.raw(0), args.raw(1)) {
        return integers(a, b).map(Value::Integer).ok_or(Fault::Null);
    }
    Ok(Value::Real(reals(args.double(0)?, args.double(1)?)))
}

/// Hive's `conv`: leading digits that fit the base count, the rest is cut; a negative number is taken modulo 2^64 unless the target base is negative.
fn conv(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let (from, to) = (args.long(1)?, args.long(2)?);
    let valid = |base: i64| (2..=36).contains(&base);
    if !valid(from) || !valid(to.saturating_abs()) {
        return Err(Fault::Null);
    }
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(Fault::Null);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut value: u64 = 0;
    let mut overflow = false;
    for digit in digits.chars().map_while(|c| c.to_digit(from as u32)) {
        match value.checked_mul(from as u64).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(v) => value = v,
            None => {
                overflow = true;
                break;
            }
        }
    }
    if overflow {
        value = u64::MAX;
    } else if negative {
        value = if to > 0 && (value as i64) < 0 { u64::MAX } else { (value as i64).wrapping_neg() as u64 };
    }
    let minus = to < 0 && (value as i64) < 0;
    if minus {
        value = (value as i64).wrapping_neg() as u64;
    }
    let base = to.unsigned_abs();
    let mut result = Vec::new();
    loop {
        result.push(char::from_digit((value % base) as u32, base as u32).unwrap_or('0').to_ascii_uppercase());
        value /= base;
        if value == 0 {
            break;
        }
    }
    if minus {
        result.push('-');
    }
    Ok(result.iter().rev().collect::<String>().into())
}

fn shift_left(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(args.long(0)?.wrapping_shl(args.long(1)? as u32)))
}

fn shift_right(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(args.long(0)?.wrapping_shr(args.long(1)? as u32)))
}

fn shift_right_unsigned(args: &Args<'_>) -> Fallible<Value> {
    let (x, n) = (args.long(0)?, args.long(1)? as u32);
    Ok(Value::Integer(match args.data_type(0) {
        Some(DataType::Int | DataType::Short | DataType::Byte) => i64::from((x as u32).wrapping_shr(n) as i32),
        _ => (x as u64).wrapping_shr(n) as i64,
    }))
}

fn bit_count(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(i64::from(args.long(0)?.count_ones())))
}

fn bit_get(args: &Args<'_>) -> Fallible<Value> {
    let (x, pos) = (args.long(0)?, args.long(1)?);
    if !(0..64).contains(&pos) {
        return Err(Fault::Error(format!("bit_get: position {pos} is not between 0 and 63")));
    }
    Ok(Value::Integer(x >> pos & 1))
}

fn width_bucket(args: &Args<'_>) -> Fallible<Value> {
    let (v, min, max, n) = (args.double(0)?, args.double(1)?, args.double(2)?, args.long(3)?);
    if n <= 0 || n == i64::MAX || v.is_nan() || min == max || !min.is_finite() || !max.is_finite() {
        return Err(Fault::Null);
    }
    let share = (v - min) / (max - min);
    Ok(Value::Integer(if share < 0.0 {
        0
    } else if share >= 1.0 {
        n + 1
    } else {
        (share * n as f64) as i64 + 1
    }))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use crate::engine::Database;
    use crate::value::Value;

    fn eval(sql: &str) -> Value {
        let db = Database::open_in_memory().unwrap();
        db.query(&format!("SELECT {sql}"), &[]).unwrap().remove(0).remove(0)
    }

    #[test]
    fn bases() {
        for (sql, expected) in [
            ("conv('ff', 16, 10)", "255"),
            ("conv('-15', 10, -16)", "-F"),
            ("conv('-15', 16, 10)", "18446744073709551595"),
            ("conv('zz', 16, 10)", "0"),
            ("conv('100', 10, 36)", "2S"),
            ("bin(-7)", "1111111111111111111111111111111111111111111111111111111111111001"),
        ] {
            assert_eq!(eval(sql), Value::from(expected), "{sql}");
        }
        assert_eq!(eval("conv('', 10, 2)"), Value::Null);
    }

    #[test]
    fn remainders() {
        for (sql, expected) in
            [("pmod(-7, 3)", 2), ("pmod(7, -3)", 1), ("pmod(-7, -3)", -1), ("mod(-7, 3)", -1), ("pmod(-9223372036854775808, -1)", 0)]
        {
            assert_eq!(eval(sql), Value::Integer(expected), "{sql}");
        }
        assert_eq!(eval("pmod(1, 0)"), Value::Null);
        assert_eq!(eval("pmod(-0.5, 2.0)"), Value::Real(1.5));
    }

    #[test]
    fn edges() {
        assert_eq!(eval("ln(0)"), Value::Null);
        assert_eq!(eval("factorial(20)"), Value::Integer(2432902008176640000));
        assert_eq!(eval("factorial(21)"), Value::Null);
        assert_eq!(eval("exp(1000)"), Value::Real(f64::INFINITY));
        assert_eq!(eval("hypot(1e200, 1e200)"), Value::Real(1e200f64.hypot(1e200)));
        assert_eq!(eval("abs(-9223372036854775808)"), Value::Integer(i64::MIN));
        assert_eq!(eval("shiftleft(1, 40)"), Value::Integer(1 << 40));
        assert_eq!(eval("sqrt('4')"), Value::Real(2.0));
        assert_eq!(eval("width_bucket(5.3, 0.2, 10.6, 5)"), Value::Integer(3));
        assert_eq!(eval("width_bucket(-2.1, 1.3, 3.4, 3)"), Value::Integer(0));
        assert_eq!(eval("width_bucket(10, 10, 0, 5)"), Value::Integer(1));
    }
}
