//! `percentile`, `percentile_approx`, `median`, `mode`.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value as Json;

use super::aggregate::{State, aggregate};
use super::args::{Args, Fallible, Fault, owned, reference, to_double};
use super::collect::{Key, key};
use super::condition::compare;
use super::{date, json};
use crate::error::Result;
use crate::value::Value;

pub fn register(conn: &Connection) -> Result<()> {
    aggregate::<Percentile>(conn, "percentile", &[2, 3])?;
    aggregate::<Percentile>(conn, "median", &[1])?;
    aggregate::<Approximate>(conn, "percentile_approx", &[2, 3])?;
    aggregate::<Mode>(conn, "mode", &[1, 2])
}

/// The percentages asked for: one, or an array of them.
#[derive(Default, Clone, PartialEq)]
enum Asked {
    #[default]
    Nothing,
    One(f64),
    Several(Vec<f64>),
}

fn asked(args: &Args<'_>) -> Fallible<Asked> {
    let checked = |p: f64| {
        if (0.0..=1.0).contains(&p) { Ok(p) } else { Err(Fault::Error(format!("percentile: the percentage must be between 0 and 1, not {p}"))) }
    };
    match args.raw(1) {
        ValueRef::Text(text) if text.first() == Some(&b'[') => {
            let items = json::array(args, 1)?;
            Ok(Asked::Several(items.iter().map(|item| item.as_f64().ok_or(Fault::Null).and_then(checked)).collect::<Fallible<_>>()?))
        }
        _ => Ok(Asked::One(checked(args.double(1)?)?)),
    }
}

/// Values with how often each counts. New ones are sorted in when a result is due; Rust's sort takes a sorted run as it is.
#[derive(Default)]
struct Percentile {
    asked: Asked,
    values: Vec<(f64, i64)>,
    sorted: usize,
}

impl Percentile {
    fn sort(&mut self) {
        if self.sorted < self.values.len() {
            self.values.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.sorted = self.values.len();
        }
    }

    /// The value at a place among all, each as often as it counts; places between two values mix them.
    fn at(&self, total: i64, percentage: f64) -> f64 {
        let place = percentage * (total - 1) as f64;
        let (low, high) = (place.floor() as i64, place.ceil() as i64);
        let mut seen = 0;
        let mut first = None;
        for (value, count) in &self.values {
            seen += count;
            if first.is_none() && seen > low {
                first = Some(*value);
            }
            if seen > high {
                let first = first.unwrap_or(*value);
                return if first == *value { first } else { (high as f64 - place) * first + (place - low as f64) * value };
            }
        }
        f64::NAN
    }
}

impl State for Percentile {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        if self.asked == Asked::Nothing {
            self.asked = if args.len() < 2 { Asked::One(0.5) } else { asked(args)? };
        }
        let count = args.long_or(2, 1)?;
        if count < 0 {
            return Err(Fault::Error(format!("percentile: a frequency must not be negative: {count}")));
        }
        let x = args.double(0)?;
        if count > 0 {
            self.values.push((if x == 0.0 { 0.0 } else { x }, count));
        }
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        let (x, count) = (args.double(0)?, args.long_or(2, 1)?);
        self.sort();
        let x = if x == 0.0 { 0.0 } else { x };
        let start = self.values.partition_point(|(v, _)| v.total_cmp(&x).is_lt());
        let same = self.values[start..].iter().take_while(|(v, _)| *v == x).position(|(_, n)| *n == count);
        if let Some(i) = same {
            self.values.remove(start + i);
            self.sorted -= 1;
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.sort();
        if self.values.is_empty() {
            return Err(Fault::Null);
        }
        let total = self.values.iter().fold(0i64, |sum, (_, n)| sum.saturating_add(*n));
        // With single counts a place is an index.
        let single = total == self.values.len() as i64;
        let at = |p: f64| {
            if !single {
                return self.at(total, p);
            }
            let place = p * (total - 1) as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            let (a, b) = (self.values[low].0, self.values[high.min(self.values.len() - 1)].0);
            if a == b { a } else { (high as f64 - place) * a + (place - low as f64) * b }
        };
        match &self.asked {
            Asked::Several(all) => json::to_value(all.iter().map(|p| Json::from(at(*p))).collect()),
            Asked::One(p) => Ok(Value::Real(at(*p))),
            Asked::Nothing => Err(Fault::Null),
        }
    }
}

/// The least value at or below which the share of values lies; numbers, dates and timestamps.
#[derive(Default)]
struct Approximate {
    asked: Asked,
    values: Vec<Value>,
    sorted: usize,
}

fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    compare(reference(a), reference(b))
}

impl Approximate {
    /// A text is a date or timestamp, or else a number.
    fn value(args: &Args<'_>) -> Fallible<Value> {
        match args.raw(0) {
            ValueRef::Null => Err(Fault::Null),
            text @ ValueRef::Text(_) => match to_double(text) {
                Some(x) => Ok(Value::Real(x)),
                None => date::timestamp(args, 0).map(|_| owned(text)),
            },
            other => Ok(owned(other)),
        }
    }

    fn sort(&mut self) {
        if self.sorted < self.values.len() {
            self.values.sort_by(order);
            self.sorted = self.values.len();
        }
    }
}

impl State for Approximate {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        if self.asked == Asked::Nothing {
            self.asked = asked(args)?;
        }
        self.values.push(Self::value(args)?);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        let value = Self::value(args)?;
        self.sort();
        if let Ok(i) = self.values.binary_search_by(|v| order(v, &value)) {
            self.values.remove(i);
            self.sorted -= 1;
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.sort();
        if self.values.is_empty() {
            return Err(Fault::Null);
        }
        let at = |p: f64| {
            let rank = (p * self.values.len() as f64).ceil() as usize;
            &self.values[rank.max(1).min(self.values.len()) - 1]
        };
        match &self.asked {
            Asked::Several(all) => json::to_value(all.iter().map(|p| json::from_sql(reference(at(*p)), None)).collect()),
            Asked::One(p) => Ok(at(*p).clone()),
            Asked::Nothing => Err(Fault::Null),
        }
    }
}

#[derive(Default)]
struct Mode {
    counts: HashMap<Key, (i64, Value)>,
}

impl State for Mode {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        if !args.is_null(0) {
            self.counts.entry(key(args.raw(0))).or_insert_with(|| (0, args.value(0))).0 += 1;
        }
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        if let Some((count, _)) = self.counts.get_mut(&key(args.raw(0))) {
            *count -= 1;
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        let best = self.counts.values().filter(|(n, _)| *n > 0).max_by(|(n, a), (m, b)| n.cmp(m).then_with(|| order(b, a)));
        best.map(|(_, value)| value.clone()).ok_or(Fault::Null)
    }
}
