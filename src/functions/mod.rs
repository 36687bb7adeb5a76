//! SQL functions that SQLite lacks or defines otherwise, registered on every connection under Spark's names.
//!
//! One family per file. Names, numbers of arguments, NULL handling and determinism come from [`crate::expr::registry`]; a family only
//! gives the bodies. A body gets [`Args`], converts with its accessors, and says `Fault::Null` where a conversion fails, as PySpark does
//! with ANSI mode off. Nothing here panics, and what is costly to prepare (regular expressions, date patterns, type lists) is cached.

mod aggregate;
mod args;
mod array;
mod cast;
mod collect;
mod condition;
mod date;
mod encoding;
mod format;
mod hash;
mod json;
mod java_number;
mod java_regex;
mod like;
mod map;
mod math;
mod memo;
mod pattern;
mod percentile;
mod picks;
mod random;
mod regex;
mod rounding;
mod statistics;
mod text;
mod civil;

#[cfg(test)]
mod tests;

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use crate::error::Result;
use crate::expr::registry;
use crate::value::Value;

pub use args::{Args, Fault};

/// A scalar function's body.
pub type Scalar = fn(&Args<'_>) -> std::result::Result<Value, Fault>;

/// The collation by which arrays and structs are in order: element by element, not as the texts that hold them.
pub const NESTED: &str = "NESTED";

/// Registers all functions on a connection.
pub fn register_all(conn: &Connection) -> Result<()> {
    for family in [
        text::FUNCTIONS,
        encoding::FUNCTIONS,
        format::FUNCTIONS,
        like::FUNCTIONS,
        regex::FUNCTIONS,
        math::FUNCTIONS,
        rounding::FUNCTIONS,
        random::FUNCTIONS,
        date::FUNCTIONS,
        pattern::FUNCTIONS,
        condition::FUNCTIONS,
        array::FUNCTIONS,
        map::FUNCTIONS,
        json::FUNCTIONS,
        hash::FUNCTIONS,
    ] {
        for (name, body) in family {
            define(conn, name, *body)?;
        }
    }
    for (name, n_args, body) in cast::FUNCTIONS.iter().chain(like::PLAIN).chain(date::PLAIN).chain(math::PLAIN).chain(array::PLAIN) {
        plain(conn, name, *n_args, *body)?;
    }
    conn.create_collation(NESTED, json::compare_texts)?;
    aggregate::register(conn)?;
    statistics::register(conn)?;
    percentile::register(conn)?;
    collect::register(conn)
}

fn flags(deterministic: bool) -> FunctionFlags {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    if deterministic { flags | FunctionFlags::SQLITE_DETERMINISTIC } else { flags }
}

fn answer(result: std::result::Result<Value, Fault>) -> rusqlite::Result<Value> {
    match result {
        Ok(value) => Ok(value),
        Err(Fault::Null) => Ok(Value::Null),
        Err(fault) => Err(failure(fault)),
    }
}

/// An error as SQLite passes it on.
fn failure(fault: Fault) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(match fault {
        Fault::Null => "no value".into(),
        Fault::Error(message) => format!("{}{message}", crate::error::INVALID_ARGUMENT).into(),
        Fault::Raised(message) => message.into(),
    })
}

/// Registers a function of the registry with all its numbers of arguments, and its typed twin.
fn define(conn: &Connection, name: &'static str, body: Scalar) -> Result<()> {
    let function = registry::lookup(name).ok_or_else(|| crate::error::Error::internal(format!("function {name} is not in the registry")))?;
    let strict = function.null_in_null_out;
    let call = move |ctx: &Context<'_>| {
        let args = Args::new(ctx);
        if strict && args.has_null() { Ok(Value::Null) } else { answer(body(&args)) }
    };
    for n_args in arities(function) {
        conn.create_scalar_function(name, n_args, flags(function.deterministic), call)?;
    }
    if function.typed {
        let twin = format!("{name}_of");
        conn.create_scalar_function(twin.as_str(), -1, flags(function.deterministic), move |ctx: &Context<'_>| {
            let args = Args::typed(ctx)?;
            if strict && args.has_null() { Ok(Value::Null) } else { answer(body(&args)) }
        })?;
    }
    Ok(())
}

/// Registers a function that only compiled SQL calls. A NULL as first argument gives NULL.
fn plain(conn: &Connection, name: &'static str, n_args: i32, body: Scalar) -> Result<()> {
    conn.create_scalar_function(name, n_args, flags(true), move |ctx: &Context<'_>| {
        let args = Args::new(ctx);
        if args.is_null(0) { Ok(Value::Null) } else { answer(body(&args)) }
    })?;
    Ok(())
}

/// Numbers of arguments as SQLite wants them: each one, or -1 for any.
fn arities(function: &registry::Function) -> Vec<i32> {
    match function.arity() {
        (_, None) => vec![-1],
        (least, Some(most)) => (least..=most).map(|n| n as i32).collect(),
    }
}
