//! Aggregates that give back what they saw: the first, last or nth value, the one beside an extreme, the texts joined.

use std::collections::VecDeque;

use rusqlite::types::ValueRef;

use super::aggregate::State;
use super::args::{Args, Fallible, Fault, owned, reference, to_boolean};
use super::condition::compare;
use super::json;
use crate::value::Value;

/// `max_by`, `min_by`: a queue of rows each better than all after it; what a later row beats can never be the answer again. `NESTED`: rows are
/// in the order of arrays or structs.
#[derive(Default)]
pub struct Extreme<const MAX: bool, const NESTED: bool> {
    added: u64,
    removed: u64,
    best: VecDeque<(u64, Value, Value)>,
}

impl<const MAX: bool, const NESTED: bool> State for Extreme<MAX, NESTED> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let place = self.added;
        self.added += 1;
        let key = args.raw(1);
        if matches!(key, ValueRef::Null) {
            return Ok(());
        }
        while let Some((_, last, _)) = self.best.back() {
            let order = match (key, last) {
                (ValueRef::Text(a), Value::Text(b)) if NESTED => json::compare_texts(&String::from_utf8_lossy(a), b),
                _ => compare(key, reference(last)),
            };
            // Among equals the last row wins.
            if if MAX { order.is_ge() } else { order.is_le() } {
                self.best.pop_back();
            } else {
                break;
            }
        }
        self.best.push_back((place, owned(key), args.value(0)));
        Ok(())
    }

    fn remove(&mut self, _: &Args<'_>) -> Fallible<()> {
        if self.best.front().is_some_and(|(place, ..)| *place == self.removed) {
            self.best.pop_front();
        }
        self.removed += 1;
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.best.front().map(|(_, _, value)| value.clone()).ok_or(Fault::Null)
    }
}

/// `listagg`: texts with the separators before them.
#[derive(Default)]
pub struct Joined {
    parts: VecDeque<(String, String)>,
}

impl State for Joined {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let separator = if args.len() > 1 && !args.is_null(1) { args.text(1)?.into_owned() } else { String::new() };
        self.parts.push_back((separator, args.text(0)?.into_owned()));
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        if !args.is_null(0) {
            self.parts.pop_front();
        }
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        if self.parts.is_empty() {
            return Err(Fault::Null);
        }
        let mut text = String::new();
        for (i, (separator, part)) in self.parts.iter().enumerate() {
            if i > 0 {
                text.push_str(separator);
            }
            text.push_str(part);
        }
        Ok(text.into())
    }
}

fn ignores_nulls(args: &Args<'_>, i: usize) -> bool {
    i < args.len() && to_boolean(args.raw(i)) == Some(true)
}

/// `first` and `last` of a group: one value is kept.
#[derive(Default)]
pub struct Once<const FIRST: bool> {
    value: Option<Value>,
}

impl<const FIRST: bool> State for Once<FIRST> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let settled = FIRST && self.value.is_some();
        let passed_over = args.is_null(0) && ignores_nulls(args, 1);
        if !settled && !passed_over {
            self.value = Some(args.value(0));
        }
        Ok(())
    }

    /// Registered as a plain aggregate: no row ever leaves.
    fn remove(&mut self, _: &Args<'_>) -> Fallible<()> {
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.value.take().ok_or(Fault::Null)
    }
}

/// The values of a frame that count.
#[derive(Default)]
struct Frame {
    values: VecDeque<Value>,
}

impl Frame {
    fn add(&mut self, args: &Args<'_>, ignoring: bool) {
        if !(ignoring && args.is_null(0)) {
            self.values.push_back(args.value(0));
        }
    }

    fn remove(&mut self, args: &Args<'_>, ignoring: bool) {
        if !(ignoring && args.is_null(0)) {
            self.values.pop_front();
        }
    }
}

/// `first_value(x, ignoreNulls)` and `last_value(x, ignoreNulls)`.
#[derive(Default)]
pub struct Framed<const FIRST: bool>(Frame);

impl<const FIRST: bool> State for Framed<FIRST> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.0.add(args, ignores_nulls(args, 1));
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.0.remove(args, ignores_nulls(args, 1));
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        let value = if FIRST { self.0.values.front() } else { self.0.values.back() };
        value.cloned().ok_or(Fault::Null)
    }
}

/// `nth_value(x, n, ignoreNulls)`.
#[derive(Default)]
pub struct Nth {
    frame: Frame,
    n: usize,
}

impl State for Nth {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.n = usize::try_from(args.long(1)?).ok().filter(|n| *n > 0).ok_or_else(|| Fault::Error("nth_value: n must be at least 1".into()))?;
        self.frame.add(args, ignores_nulls(args, 2));
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.frame.remove(args, ignores_nulls(args, 2));
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        self.n.checked_sub(1).and_then(|i| self.frame.values.get(i)).cloned().ok_or(Fault::Null)
    }
}
