//! How aggregates meet SQLite, and the simple ones: sums, counts, logic.
//!
//! Every aggregate is a window function as well: rows leave a frame in the order in which they came, so a state that must give rows
//! back keeps a queue, and most only count.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::ValueRef;

use super::args::{Args, Fallible, Fault, to_boolean, to_double, to_long};
use super::picks::{Extreme, Framed, Joined, Nth, Once};
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
    aggregate::<Extreme<true, false>>(conn, "max_by", &[2])?;
    aggregate::<Extreme<false, false>>(conn, "min_by", &[2])?;
    aggregate::<Extreme<true, true>>(conn, "max_by_nested", &[2])?;
    aggregate::<Extreme<false, true>>(conn, "min_by_nested", &[2])?;
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
