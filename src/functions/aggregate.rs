//! How aggregates meet SQLite, and the simple ones: sums, counts, logic, extremes by another column, joined texts.
//!
//! Every aggregate is a window function as well: rows leave a frame in the order in which they came, so a state that must give rows
//! back keeps a queue, and most only count.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::ValueRef;

use super::args::{Args, Fallible, Fault, owned, reference, to_boolean, to_double, to_long};
use super::condition::compare;
use super::{answer, failure};
use crate::error::Result;
use crate::value::Value;

/// The state of an aggregate over one group or frame.
pub trait State: Default + Send + RefUnwindSafe + UnwindSafe + 'static {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()>;
    /// Takes back the row that was added first among those still there.
    fn remove(&mut self, args: &Args<'_>) -> Fallible<()>;
    fn result(&mut self) -> Fallible<Value>;
}

struct Adapter<S> {
    typed: bool,
    state: PhantomData<fn() -> S>,
}

impl<S: State> Adapter<S> {
    fn args<'a>(&self, ctx: &'a Context<'_>) -> rusqlite::Result<Args<'a>> {
        if self.typed { Args::typed(ctx) } else { Ok(Args::new(ctx)) }
    }
}

fn done(result: Fallible<()>) -> rusqlite::Result<()> {
    match result {
        // A value that cannot be converted is left out, like NULL.
        Ok(()) | Err(Fault::Null) => Ok(()),
        Err(fault) => Err(failure(fault)),
    }
}

impl<S: State> Aggregate<S, Value> for Adapter<S> {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<S> {
        Ok(S::default())
    }

    fn step(&self, ctx: &mut Context<'_>, state: &mut S) -> rusqlite::Result<()> {
        done(state.add(&self.args(ctx)?))
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<S>) -> rusqlite::Result<Value> {
        answer(state.unwrap_or_default().result())
    }
}

impl<S: State> WindowAggregate<S, Value> for Adapter<S> {
    fn value(&self, state: Option<&mut S>) -> rusqlite::Result<Value> {
        match state {
            Some(state) => answer(state.result()),
            None => answer(S::default().result()),
        }
    }

    fn inverse(&self, ctx: &mut Context<'_>, state: &mut S) -> rusqlite::Result<()> {
        done(state.remove(&self.args(ctx)?))
    }
}

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS | FunctionFlags::SQLITE_DETERMINISTIC
}

/// Registers an aggregate for these numbers of arguments.
pub fn aggregate<S: State>(conn: &Connection, name: &str, n_args: &[i32]) -> Result<()> {
    for n in n_args {
        conn.create_window_function(name, *n, flags(), Adapter::<S> { typed: false, state: PhantomData })?;
    }
    Ok(())
}

/// Registers an aggregate's twin, which is told the types of its arguments.
pub fn typed_aggregate<S: State>(conn: &Connection, name: &str) -> Result<()> {
    conn.create_window_function(format!("{name}_of").as_str(), -1, flags(), Adapter::<S> { typed: true, state: PhantomData })?;
    Ok(())
}

pub fn register(conn: &Connection) -> Result<()> {
    aggregate::<Sum>(conn, "sum", &[1])?;
    aggregate::<Average>(conn, "avg", &[1])?;
    aggregate::<CountIf>(conn, "count_if", &[1])?;
    aggregate::<BoolAnd>(conn, "bool_and", &[1])?;
    aggregate::<BoolOr>(conn, "bool_or", &[1])?;
    aggregate::<Product>(conn, "product", &[1])?;
    aggregate::<Bits<0>>(conn, "bit_and", &[1])?;
    aggregate::<Bits<1>>(conn, "bit_or", &[1])?;
    aggregate::<Bits<2>>(conn, "bit_xor", &[1])?;
    aggregate::<Extreme<true>>(conn, "max_by", &[2])?;
    aggregate::<Extreme<false>>(conn, "min_by", &[2])?;
    aggregate::<Joined>(conn, "listagg", &[1, 2])?;
    aggregate::<Joined>(conn, "string_agg", &[1, 2])?;
    aggregate::<Framed<true>>(conn, "first_value", &[2])?;
    aggregate::<Framed<false>>(conn, "last_value", &[2])?;
    aggregate::<Nth>(conn, "nth_value", &[3])?;
    for name in ["first", "any_value"] {
        for n in [1, 2] {
            conn.create_aggregate_function(name, n, flags(), Adapter::<Once<true>> { typed: false, state: PhantomData })?;
        }
    }
    for n in [1, 2] {
        conn.create_aggregate_function("last", n, flags(), Adapter::<Once<false>> { typed: false, state: PhantomData })?;
    }
    Ok(())
}

/// `sum`: of integers an integer that wraps around at 64 bits, else a double, summed with compensation.
#[derive(Default)]
struct Sum {
    n: i64,
    n_reals: i64,
    integers: i64,
    reals: Compensated,
}

impl Sum {
    fn step(&mut self, value: ValueRef<'_>, sign: i64) -> Fallible<()> {
        match value {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(i) => self.integers = self.integers.wrapping_add(i.wrapping_mul(sign)),
            other => {
                let x = to_double(other).ok_or(Fault::Null)?;
                self.n_reals += sign;
                self.reals.step(x, sign);
            }
        }
        self.n += sign;
        Ok(())
    }
}

impl State for Sum {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), 1)
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), -1)
    }

    fn result(&mut self) -> Fallible<Value> {
        match (self.n, self.n_reals) {
            (0, _) => Err(Fault::Null),
            (_, 0) => Ok(Value::Integer(self.integers)),
            _ => Ok(Value::Real(self.reals.value() + self.integers as f64)),
        }
    }
}

/// Neumaier's sum: what each addition loses is kept. Infinities are counted, so that they can leave again.
#[derive(Default, Clone)]
pub struct Compensated {
    sum: f64,
    lost: f64,
    plus_infinities: i64,
    minus_infinities: i64,
}

impl Compensated {
    pub fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() { (self.sum - sum) + x } else { (x - sum) + self.sum };
        self.sum = sum;
    }

    /// Adds with a sign; infinities only count.
    pub fn step(&mut self, x: f64, sign: i64) {
        if x == f64::INFINITY {
            self.plus_infinities += sign;
        } else if x == f64::NEG_INFINITY {
            self.minus_infinities += sign;
        } else {
            self.add(if sign > 0 { x } else { -x });
        }
    }

    pub fn value(&self) -> f64 {
        match (self.plus_infinities > 0, self.minus_infinities > 0) {
            (true, true) => f64::NAN,
            (true, false) => f64::INFINITY,
            (false, true) => f64::NEG_INFINITY,
            // Past the greatest double the lost part is no number.
            _ if self.sum.is_infinite() => self.sum,
            _ => self.sum + self.lost,
        }
    }
}

#[derive(Default)]
struct Average {
    n: i64,
    sum: Compensated,
}

impl Average {
    fn step(&mut self, value: ValueRef<'_>, sign: i64) -> Fallible<()> {
        self.sum.step(to_double(value).ok_or(Fault::Null)?, sign);
        self.n += sign;
        Ok(())
    }
}

impl State for Average {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), 1)
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), -1)
    }

    fn result(&mut self) -> Fallible<Value> {
        if self.n == 0 { Err(Fault::Null) } else { Ok(Value::Real(self.sum.value() / self.n as f64)) }
    }
}

/// How many values are true and false.
#[derive(Default)]
struct Truths {
    yes: i64,
    no: i64,
}

impl Truths {
    fn step(&mut self, value: ValueRef<'_>, sign: i64) {
        match to_boolean(value) {
            Some(true) => self.yes += sign,
            Some(false) => self.no += sign,
            None => {}
        }
    }
}

macro_rules! of_truths {
    ($name:ident, $result:expr) => {
        #[derive(Default)]
        struct $name(Truths);

        impl State for $name {
            fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
                self.0.step(args.raw(0), 1);
                Ok(())
            }

            fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
                self.0.step(args.raw(0), -1);
                Ok(())
            }

            fn result(&mut self) -> Fallible<Value> {
                let result: fn(&Truths) -> Fallible<Value> = $result;
                result(&self.0)
            }
        }
    };
}

of_truths!(CountIf, |t| Ok(Value::Integer(t.yes)));
of_truths!(BoolAnd, |t| if t.yes + t.no == 0 { Err(Fault::Null) } else { Ok((t.no == 0).into()) });
of_truths!(BoolOr, |t| if t.yes + t.no == 0 { Err(Fault::Null) } else { Ok((t.yes > 0).into()) });

/// The product is made anew where rows leave, since dividing by zero cannot undo.
#[derive(Default)]
struct Product {
    values: VecDeque<f64>,
}

impl State for Product {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.values.push_back(args.double(0)?);
        Ok(())
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        args.double(0)?;
        self.values.pop_front();
        Ok(())
    }

    fn result(&mut self) -> Fallible<Value> {
        if self.values.is_empty() { Err(Fault::Null) } else { Ok(Value::Real(self.values.iter().product())) }
    }
}

/// Counts of each bit: 0 AND, 1 OR, 2 XOR.
struct Bits<const OP: u8> {
    n: i64,
    set: [i64; 64],
}

impl<const OP: u8> Default for Bits<OP> {
    fn default() -> Self {
        Bits { n: 0, set: [0; 64] }
    }
}

impl<const OP: u8> Bits<OP> {
    fn step(&mut self, value: ValueRef<'_>, sign: i64) -> Fallible<()> {
        let bits = to_long(value).ok_or(Fault::Null)?;
        for (i, count) in self.set.iter_mut().enumerate() {
            *count += sign * (bits >> i & 1);
        }
        self.n += sign;
        Ok(())
    }
}

impl<const OP: u8> State for Bits<OP> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), 1)
    }

    fn remove(&mut self, args: &Args<'_>) -> Fallible<()> {
        self.step(args.raw(0), -1)
    }

    fn result(&mut self) -> Fallible<Value> {
        if self.n == 0 {
            return Err(Fault::Null);
        }
        let set = |count: i64| match OP {
            0 => count == self.n,
            1 => count > 0,
            _ => count % 2 != 0,
        };
        Ok(Value::Integer(self.set.iter().enumerate().fold(0i64, |v, (i, count)| v | (i64::from(set(*count)) << i))))
    }
}

/// `max_by`, `min_by`: a queue of rows each better than all after it; what a later row beats can never be the answer again.
#[derive(Default)]
struct Extreme<const MAX: bool> {
    added: u64,
    removed: u64,
    best: VecDeque<(u64, Value, Value)>,
}

impl<const MAX: bool> State for Extreme<MAX> {
    fn add(&mut self, args: &Args<'_>) -> Fallible<()> {
        let place = self.added;
        self.added += 1;
        let key = args.raw(1);
        if matches!(key, ValueRef::Null) {
            return Ok(());
        }
        while let Some((_, last, _)) = self.best.back() {
            let order = compare(key, reference(last));
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
struct Joined {
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
struct Once<const FIRST: bool> {
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
struct Framed<const FIRST: bool>(Frame);

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
struct Nth {
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
