//! `collect_list`, `collect_set`, and counts of distinct values.

use std::collections::{HashMap, VecDeque};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value as Json;

use super::aggregate::{State, aggregate, typed_aggregate};
use super::args::{Args, Fallible};
use super::json;
use crate::error::Result;
use crate::value::Value;

pub fn register(conn: &Connection) -> Result<()> {
    aggregate::<List>(conn, "collect_list", &[1])?;
    typed_aggregate::<List>(conn, "collect_list")?;
    aggregate::<Set>(conn, "collect_set", &[1])?;
    typed_aggregate::<Set>(conn, "collect_set")?;
    aggregate::<Distinct>(conn, "approx_count_distinct", &[1])?;
    aggregate::<ApproxDistinct>(conn, "approx_count_distinct", &[2])?;
    aggregate::<Distinct>(conn, "count_distinct", &[-1])?;
    aggregate::<DistinctJoined>(conn, "listagg_distinct", &[2])
}

/// A value's identity: equal numbers are one value, whether integer or real; 0 and -0 too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Null,
    Integer(i64),
    Real(u64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

pub fn key(value: ValueRef<'_>) -> Key {
    match value {
        ValueRef::Null => Key::Null,
        ValueRef::Integer(i) => Key::Integer(i),
        ValueRef::Real(r) if r.fract() == 0.0 && r.abs() < 9e15 => Key::Integer(r as i64),
        ValueRef::Real(r) => Key::Real(r.to_bits()),
        ValueRef::Text(t) => Key::Text(t.to_vec()),
        ValueRef::Blob(b) => Key::Blob(b.to_vec()),
    }
}

#[derive(Default)]
struct List {
    items: VecDeque<Json>,
}

impl State for List {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        if !args.is_null(0) {
            self.items.push_back(json::of(args, 0));
        }
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        if !args.is_null(0) {
            self.items.pop_front();
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        let mut text = String::from("[");
        for (i, item) in self.items.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            text.push_str(&item.to_string());
        }
        text.push(']');
        Ok(text.into())
    }
}

/// Each value with the rows it came from, in the order of first appearance.
#[derive(Default)]
struct Set {
    added: u64,
    seen: HashMap<Key, (i64, u64, Json)>,
}

impl Set {
    fn items(&self) -> Vec<&Json> {
        let mut items: Vec<(u64, &Json)> = self.seen.values().map(|(_, place, item)| (*place, item)).collect();
        items.sort_by_key(|(place, _)| *place);
        items.into_iter().map(|(_, item)| item).collect()
    }
}

impl State for Set {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.added += 1;
        if !args.is_null(0) {
            let place = self.added;
            self.seen.entry(key(args.raw(0))).or_insert_with(|| (0, place, json::of(args, 0))).0 += 1;
        }
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        let key = key(args.raw(0));
        if let Some((count, ..)) = self.seen.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.seen.remove(&key);
            }
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        json::to_value(self.items().into_iter().cloned().collect())
    }
}

/// `listagg(DISTINCT x, separator)`: SQLite allows DISTINCT with one argument only.
#[derive(Default)]
struct DistinctJoined {
    separator: String,
    set: Set,
}

impl State for DistinctJoined {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        if args.len() > 1 && !args.is_null(1) {
            self.separator = args.text(1)?.into_owned();
        }
        self.set.add(args)
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.set.remove(args)
    }

    fn result(&mut self) -> Fallible<Value> {
        let parts: Vec<String> = self.set.items().into_iter().map(json::plain_text).collect();
        if parts.is_empty() { Ok(Value::Null) } else { Ok(parts.join(&self.separator).into()) }
    }
}

/// Distinct combinations of values that are not NULL.
#[derive(Default)]
struct Distinct {
    seen: HashMap<Vec<Key>, i64>,
}

impl Distinct {
    fn step(&mut self, args: &Args<'_>, n: usize, sign: i64) {
        if (0..n).any(|i| args.is_null(i)) {
            return;
        }
        let keys: Vec<Key> = (0..n).map(|i| key(args.raw(i))).collect();
        let count = self.seen.entry(keys.clone()).or_insert(0);
        *count += sign;
        if *count <= 0 {
            self.seen.remove(&keys);
        }
    }
}

impl State for Distinct {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args, args.len(), 1);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args, args.len(), -1);
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        Ok(Value::Integer(self.seen.len() as i64))
    }
}

/// With a permitted deviation as second argument, which does not count.
#[derive(Default)]
struct ApproxDistinct(Distinct);

impl State for ApproxDistinct {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.0.step(args, 1, 1);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.0.step(args, 1, -1);
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.0.result()
    }
}
