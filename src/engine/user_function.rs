//! Functions that the host gives: scalar, aggregate, and aggregates over window frames.
//!
//! They run inside a statement, so they must not use the database; the host guards that. A failure ends the statement with the message
//! that the function gave.

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe};

use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};

use super::Database;
use crate::analyze::UserFunction;
use crate::error::{Error, Result};
use crate::expr::registry::FunctionKind;
use crate::types::DataType;
use crate::value::Value;

/// What the host's functions answer; an error is the text for the user.
pub type Answer<T = Value> = Result<T, String>;

/// How a function was declared.
#[derive(Debug, Clone)]
pub struct Declaration {
    pub name: String,
    pub deterministic: bool,
    pub returns: DataType,
}

/// An aggregate of the host. `S` is its state for one group.
pub trait HostAggregate: 'static {
    type State: 'static;
    fn init(&self) -> Answer<Self::State>;
    fn step(&self, state: &mut Self::State, args: &[Value]) -> Answer<()>;
    /// Takes a row back out of a sliding window.
    fn inverse(&self, state: &mut Self::State, args: &[Value]) -> Answer<()>;
    /// The result so far; in a window it is asked for every row.
    fn value(&self, state: &Self::State) -> Answer;
}

/// A function of the host that SQLite may call: it never leaves this thread, but rusqlite asks for `Send`.
struct OneThread<T>(AssertUnwindSafe<T>);

// SAFETY: a Database is not Sync and never crosses to another thread with functions of the host: the native crate offers none that are not Send
// in themselves, and WASM has one thread per instance.
unsafe impl<T> Send for OneThread<T> {}

impl Database {
    /// Registers a scalar function; one of the same name is replaced.
    pub fn register_scalar(&self, declaration: Declaration, function: impl Fn(&[Value]) -> Answer + 'static) -> Result<()> {
        check_name(&declaration.name)?;
        let function = OneThread(AssertUnwindSafe(function));
        let returns = declaration.returns.clone();
        self.conn.create_scalar_function(declaration.name.as_str(), -1, flags(&declaration), move |ctx| {
            let function = &function;
            (function.0)(&arguments(ctx)?).map(|value| coerce(value, &returns)).map_err(failure)
        })?;
        self.remember(declaration, FunctionKind::Scalar);
        Ok(())
    }

    /// Registers an aggregate, which may also be used with OVER.
    pub fn register_aggregate<A: HostAggregate>(&self, declaration: Declaration, aggregate: A) -> Result<()> {
        check_name(&declaration.name)?;
        let adapter = Adapter { host: OneThread(AssertUnwindSafe(aggregate)), returns: declaration.returns.clone() };
        self.conn.create_window_function(declaration.name.as_str(), -1, flags(&declaration), adapter)?;
        self.remember(declaration, FunctionKind::Aggregate);
        Ok(())
    }

    fn remember(&self, declaration: Declaration, kind: FunctionKind) {
        // Statements that were compiled with the function of this name before keep it until they are compiled anew.
        self.statements.clear();
        self.schemas.forget();
        let Declaration { name, deterministic, returns } = declaration;
        self.functions.borrow_mut().insert(name.to_lowercase(), UserFunction { kind, returns, deterministic });
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 255 || name.contains('\0') {
        return Err(Error::invalid("registerFunction: the name must have 1 to 255 bytes and no NUL character"));
    }
    Ok(())
}

fn flags(declaration: &Declaration) -> FunctionFlags {
    let flags = FunctionFlags::SQLITE_UTF8;
    if declaration.deterministic { flags | FunctionFlags::SQLITE_DETERMINISTIC } else { flags }
}

fn arguments(ctx: &Context<'_>) -> rusqlite::Result<Vec<Value>> {
    (0..ctx.len()).map(|i| ctx.get::<Value>(i)).collect()
}

fn failure(message: String) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(message.into())
}

/// A result in the storage of its declared type, where that is plain.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
fn coerce(value: Value, returns: &DataType) -> Value {
    match value {
        Value::Integer(i) if returns.is_fractional() => Value::Real(i as f64),
        Value::Real(r) if returns.is_integer() && r.fract() == 0.0 && r.abs() < 9.2e18 => Value::Integer(r as i64),
        Value::Integer(i) if *returns == DataType::Boolean => Value::from(i != 0),
        Value::Integer(i) if *returns == DataType::String => Value::Text(i.to_string()),
        Value::Real(r) if *returns == DataType::String => Value::Text(r.to_string()),
        other => other,
    }
}

struct Adapter<A> {
    host: OneThread<A>,
    returns: DataType,
}

impl<A> UnwindSafe for Adapter<A> {}
impl<A> RefUnwindSafe for Adapter<A> {}

/// A group's state behind rusqlite's demands.
struct Group<S>(AssertUnwindSafe<S>);

// SAFETY: as for `OneThread`.
unsafe impl<S> Send for Group<S> {}

impl<A: HostAggregate> Adapter<A> {
    fn answer(&self, state: Option<&A::State>) -> rusqlite::Result<Value> {
        let value = match state {
            Some(state) => self.host.0.value(state),
            // No row came: the result of a fresh state.
            None => self.host.0.init().and_then(|state| self.host.0.value(&state)),
        };
        value.map(|value| coerce(value, &self.returns)).map_err(failure)
    }
}

impl<A: HostAggregate> Aggregate<Group<A::State>, Value> for Adapter<A> {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Group<A::State>> {
        self.host.0.init().map(|state| Group(AssertUnwindSafe(state))).map_err(failure)
    }

    fn step(&self, ctx: &mut Context<'_>, group: &mut Group<A::State>) -> rusqlite::Result<()> {
        self.host.0.step(&mut group.0, &arguments(ctx)?).map_err(failure)
    }

    fn finalize(&self, _: &mut Context<'_>, group: Option<Group<A::State>>) -> rusqlite::Result<Value> {
        self.answer(group.as_ref().map(|group| &*group.0))
    }
}

impl<A: HostAggregate> WindowAggregate<Group<A::State>, Value> for Adapter<A> {
    fn value(&self, group: Option<&mut Group<A::State>>) -> rusqlite::Result<Value> {
        self.answer(group.map(|group| &*group.0))
    }

    fn inverse(&self, ctx: &mut Context<'_>, group: &mut Group<A::State>) -> rusqlite::Result<()> {
        self.host.0.inverse(&mut group.0, &arguments(ctx)?).map_err(failure)
    }
}
