//! Random numbers. With a seed they are Spark's own sequence for a frame of one partition, begun anew by every execution of a statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::hash::scala_bytes_hash;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[("rand", rand), ("randn", randn), ("uuid", uuid), ("shuffle", shuffle)];

/// A generator's state, kept by SQLite with the statement.
pub struct Generator {
    state: AtomicU64,
    /// The bits of the second of a pair of normal numbers; NaN if there is none.
    spare: AtomicU64,
}

impl Generator {
    /// Spark scrambles a seed by hashing it twice.
    fn seeded(seed: i64) -> Self {
        let bytes = seed.to_be_bytes();
        let low = scala_bytes_hash(&bytes, 0x3c07_4a61);
        let high = scala_bytes_hash(&bytes, low);
        Self::from_state(u64::from(high) << 32 | u64::from(low))
    }

    fn from_state(state: u64) -> Self {
        Generator { state: AtomicU64::new(state), spare: AtomicU64::new(f64::NAN.to_bits()) }
    }

    /// XORShift.
    fn bits(&self, n: u32) -> u64 {
        let mut x = self.state.load(Ordering::Relaxed);
        x ^= x << 21;
        x ^= x >> 35;
        x ^= x << 4;
        self.state.store(x, Ordering::Relaxed);
        x & ((1 << n) - 1)
    }

    fn next_double(&self) -> f64 {
        ((self.bits(26) << 27) + self.bits(27)) as f64 / (1u64 << 53) as f64
    }

    /// The polar method, as `java.util.Random.nextGaussian`.
    fn next_gaussian(&self) -> f64 {
        let spare = f64::from_bits(self.spare.swap(f64::NAN.to_bits(), Ordering::Relaxed));
        if !spare.is_nan() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.next_double() - 1.0, 2.0 * self.next_double() - 1.0);
            let s = a * a + b * b;
            if s < 1.0 && s != 0.0 {
                let scale = (-2.0 * s.ln() / s).sqrt();
                self.spare.store((b * scale).to_bits(), Ordering::Relaxed);
                return a * scale;
            }
        }
    }
}

/// Bits that differ on every call, from SQLite's own generator, which is seeded on every platform.
fn fresh_bits() -> u64 {
    let mut bytes = [0u8; 8];
    // SAFETY: the buffer is as long as said; the function has no other conditions.
    unsafe { rusqlite::ffi::sqlite3_randomness(8, bytes.as_mut_ptr().cast()) };
    u64::from_ne_bytes(bytes)
}

fn generator(args: &Args<'_>) -> Fallible<Arc<Generator>> {
    if args.is_empty() {
        // Never zero: XORShift would stay there.
        return Ok(Arc::new(Generator::from_state(fresh_bits() | 1)));
    }
    // A NULL seed counts as 0.
    let seed = if args.is_null(0) { 0 } else { args.long(0)? };
    args.kept(0, || Generator::seeded(seed)).map_err(|e| Fault::Error(e.to_string()))
}

fn rand(args: &Args<'_>) -> Fallible<Value> {
    if args.is_empty() {
        return Ok(Value::Real((fresh_bits() >> 11) as f64 / (1u64 << 53) as f64));
    }
    Ok(Value::Real(generator(args)?.next_double()))
}

fn randn(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Real(generator(args)?.next_gaussian()))
}

/// Version 4, variant 1.
fn uuid(_: &Args<'_>) -> Fallible<Value> {
    let (a, b) = (fresh_bits(), fresh_bits());
    let a = a & !0xf000 | 0x4000;
    let b = b & !(0b11 << 62) | 0b10 << 62;
    Ok(format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xffff, b >> 48, b & 0xffff_ffff_ffff).into())
}

fn shuffle(args: &Args<'_>) -> Fallible<Value> {
    let mut items = super::json::array(args, 0)?;
    for i in (1..items.len()).rev() {
        items.swap(i, (fresh_bits() % (i as u64 + 1)) as usize);
    }
    super::json::to_value(items)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The first numbers that Spark's documentation shows for seed 0.
    #[test]
    fn sequences_are_sparks() {
        assert_eq!(Generator::seeded(0).next_double(), 0.7604953758285915);
        assert_eq!(Generator::seeded(0).next_gaussian(), 1.6034991609278433);
    }
}
