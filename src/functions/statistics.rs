//! Moments: variance, correlation, regression, skewness, kurtosis. Means are moved along with each row (Welford), so that large values
//! with small differences keep their digits; rows that leave a frame move them back.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::aggregate::{State, aggregate};
use super::args::{Args, Fallible, Fault, to_double};
use crate::error::Result;
use crate::value::Value;

pub fn register(conn: &Connection) -> Result<()> {
    aggregate::<Moments<0>>(conn, "stddev", &[1])?;
    aggregate::<Moments<0>>(conn, "stddev_samp", &[1])?;
    aggregate::<Moments<1>>(conn, "stddev_pop", &[1])?;
    aggregate::<Moments<2>>(conn, "variance", &[1])?;
    aggregate::<Moments<2>>(conn, "var_samp", &[1])?;
    aggregate::<Moments<3>>(conn, "var_pop", &[1])?;
    aggregate::<Shape<true>>(conn, "skewness", &[1])?;
    aggregate::<Shape<false>>(conn, "kurtosis", &[1])?;
    aggregate::<Pairs<0>>(conn, "corr", &[2])?;
    aggregate::<Pairs<1>>(conn, "covar_pop", &[2])?;
    aggregate::<Pairs<2>>(conn, "covar_samp", &[2])?;
    aggregate::<Pairs<3>>(conn, "regr_count", &[2])?;
    aggregate::<Pairs<4>>(conn, "regr_avgx", &[2])?;
    aggregate::<Pairs<5>>(conn, "regr_avgy", &[2])?;
    aggregate::<Pairs<6>>(conn, "regr_slope", &[2])?;
    aggregate::<Pairs<7>>(conn, "regr_intercept", &[2])?;
    aggregate::<Pairs<8>>(conn, "regr_r2", &[2])?;
    aggregate::<Pairs<9>>(conn, "regr_sxx", &[2])?;
    aggregate::<Pairs<10>>(conn, "regr_syy", &[2])?;
    aggregate::<Pairs<11>>(conn, "regr_sxy", &[2])
}

fn real(x: f64) -> Fallible<Value> {
    if x.is_nan() { Err(Fault::Null) } else { Ok(Value::Real(x)) }
}

fn number(value: ValueRef<'_>) -> Fallible<f64> {
    to_double(value).ok_or(Fault::Null)
}

/// 0 deviation of a sample, 1 of a population, 2 variance of a sample, 3 of a population.
#[derive(Default)]
struct Moments<const OP: u8> {
    n: f64,
    mean: f64,
    m2: f64,
}

impl<const OP: u8> State for Moments<OP> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let x = number(args.raw(0))?;
        self.n += 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.n;
        self.m2 += delta * (x - self.mean);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        let x = number(args.raw(0))?;
        self.n -= 1.0;
        if self.n < 1.0 {
            *self = Self::default();
            return Ok(());
        }
        let delta = x - self.mean;
        self.mean -= delta / self.n;
        self.m2 = (self.m2 - delta * (x - self.mean)).max(0.0);
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        let least = if OP.is_multiple_of(2) { 2.0 } else { 1.0 };
        if self.n < least {
            return Err(Fault::Null);
        }
        let variance = self.m2 / if OP.is_multiple_of(2) { self.n - 1.0 } else { self.n };
        real(if OP < 2 { variance.sqrt() } else { variance })
    }
}

/// Skewness and kurtosis need the values around the final mean; they are kept and gone through once more.
#[derive(Default)]
struct Shape<const SKEWNESS: bool> {
    values: std::collections::VecDeque<f64>,
}

impl<const SKEWNESS: bool> State for Shape<SKEWNESS> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.values.push_back(number(args.raw(0))?);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        number(args.raw(0))?;
        self.values.pop_front();
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        let n = self.values.len() as f64;
        if self.values.is_empty() {
            return Err(Fault::Null);
        }
        let mean = self.values.iter().sum::<f64>() / n;
        let moment = |k: i32| self.values.iter().map(|x| (x - mean).powi(k)).sum::<f64>();
        let m2 = moment(2);
        if m2 == 0.0 {
            return Err(Fault::Null);
        }
        real(if SKEWNESS { n.sqrt() * moment(3) / m2.powf(1.5) } else { n * moment(4) / (m2 * m2) - 3.0 })
    }
}

/// Two columns at a time; of the regressions the first is y.
#[derive(Default)]
struct Pairs<const OP: u8> {
    n: f64,
    mean_a: f64,
    mean_b: f64,
    m2_a: f64,
    m2_b: f64,
    products: f64,
}

impl<const OP: u8> State for Pairs<OP> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let (a, b) = (number(args.raw(0))?, number(args.raw(1))?);
        self.n += 1.0;
        let (da, db) = (a - self.mean_a, b - self.mean_b);
        self.mean_a += da / self.n;
        self.mean_b += db / self.n;
        self.m2_a += da * (a - self.mean_a);
        self.m2_b += db * (b - self.mean_b);
        self.products += da * (b - self.mean_b);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        let (a, b) = (number(args.raw(0))?, number(args.raw(1))?);
        self.n -= 1.0;
        if self.n < 1.0 {
            *self = Self::default();
            return Ok(());
        }
        let (da, db) = (a - self.mean_a, b - self.mean_b);
        self.mean_a -= da / self.n;
        self.mean_b -= db / self.n;
        self.m2_a = (self.m2_a - da * (a - self.mean_a)).max(0.0);
        self.m2_b = (self.m2_b - db * (b - self.mean_b)).max(0.0);
        self.products -= da * (b - self.mean_b);
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        if OP == 3 {
            return Ok(Value::Integer(self.n as i64));
        }
        if self.n < 1.0 {
            return Err(Fault::Null);
        }
        // y is the first column, x the second.
        let slope = || if self.n < 2.0 || self.m2_b == 0.0 { f64::NAN } else { self.products / self.m2_b };
        real(match OP {
            0 => {
                if self.m2_a == 0.0 || self.m2_b == 0.0 {
                    return Err(Fault::Null);
                }
                self.products / (self.m2_a.sqrt() * self.m2_b.sqrt())
            }
            1 => self.products / self.n,
            2 if self.n < 2.0 => return Err(Fault::Null),
            2 => self.products / (self.n - 1.0),
            4 => self.mean_b,
            5 => self.mean_a,
            6 => slope(),
            7 => self.mean_a - slope() * self.mean_b,
            8 if self.m2_b == 0.0 => return Err(Fault::Null),
            8 if self.m2_a == 0.0 => 1.0,
            8 => self.products * self.products / (self.m2_a * self.m2_b),
            9 => self.m2_b,
            10 => self.m2_a,
            _ => self.products,
        })
    }
}
