//! Function calls: which function a name means, whether its arguments fit, what it gives.

use super::Analyzer;
use super::operators::to_scale;
use super::resolved::{Kind, RelId, Typed};
use super::scope::same_name;
use super::suggest;
use crate::error::{Code, Error, Result};
use crate::expr::registry::{self, FunctionKind};
use crate::expr::{Expr, ExprRef};
use crate::types::DataType;

/// SQLite's own functions that the registry does not list: name, fewest and most arguments, result, aggregate.
const SQLITE: &[(&str, usize, usize, DataType, bool)] = &[
    ("char", 0, 99, DataType::String, false),
    ("format", 1, 99, DataType::String, false),
    ("printf", 1, 99, DataType::String, false),
    ("glob", 2, 2, DataType::Boolean, false),
    ("quote", 1, 1, DataType::String, false),
    ("unicode", 1, 1, DataType::Long, false),
    ("unistr", 1, 1, DataType::String, false),
    ("octet_length", 1, 1, DataType::Long, false),
    ("zeroblob", 1, 1, DataType::Binary, false),
    ("randomblob", 1, 1, DataType::Binary, false),
    ("date", 0, 9, DataType::String, false),
    ("time", 0, 9, DataType::String, false),
    ("datetime", 0, 9, DataType::String, false),
    ("julianday", 0, 9, DataType::Double, false),
    ("unixepoch", 0, 9, DataType::Long, false),
    ("strftime", 1, 9, DataType::String, false),
    ("timediff", 2, 2, DataType::String, false),
    ("likelihood", 2, 2, DataType::Any, false),
    ("likely", 1, 1, DataType::Any, false),
    ("unlikely", 1, 1, DataType::Any, false),
    ("json", 1, 1, DataType::Json, false),
    ("json_array", 0, 99, DataType::Json, false),
    ("json_object", 0, 99, DataType::Json, false),
    ("json_extract", 2, 99, DataType::Any, false),
    ("json_type", 1, 2, DataType::String, false),
    ("json_valid", 1, 2, DataType::Boolean, false),
    ("json_insert", 3, 99, DataType::Json, false),
    ("json_replace", 3, 99, DataType::Json, false),
    ("json_set", 3, 99, DataType::Json, false),
    ("json_remove", 1, 99, DataType::Json, false),
    ("json_patch", 2, 2, DataType::Json, false),
    ("json_quote", 1, 1, DataType::String, false),
    ("json_pretty", 1, 2, DataType::String, false),
    ("acosh", 1, 1, DataType::Double, false),
    ("asinh", 1, 1, DataType::Double, false),
    ("atanh", 1, 1, DataType::Double, false),
    ("mod", 2, 2, DataType::Double, false),
    ("total", 1, 1, DataType::Double, true),
    ("group_concat", 1, 2, DataType::String, true),
    ("json_group_array", 1, 1, DataType::Json, true),
    ("json_group_object", 2, 2, DataType::Json, true),
];

fn is_star(expr: &Expr) -> bool {
    match expr {
        Expr::Star { relation } => relation.is_none(),
        Expr::Column { name, .. } => name == "*",
        _ => false,
    }
}

impl Analyzer<'_> {
    #[inline(never)]
    pub(super) fn call(&mut self, name: &str, args: &[ExprRef], distinct: bool, filter: Option<&ExprRef>, inputs: &[RelId]) -> Result<Typed> {
        let (typed, _) = self.any_call(name, args, distinct, filter, inputs, false)?;
        Ok(if is_average(&typed) { to_scale(typed) } else { typed })
    }

    /// The function of a window, under the name that it has there; and whether it needs an order.
    pub(super) fn window_function(&mut self, name: &str, args: &[ExprRef], filter: Option<&ExprRef>, inputs: &[RelId]) -> Result<(Typed, bool)> {
        self.any_call(name, args, false, filter, inputs, true)
    }

    fn any_call(
        &mut self,
        name: &str,
        args: &[ExprRef],
        distinct: bool,
        filter: Option<&ExprRef>,
        inputs: &[RelId],
        over: bool,
    ) -> Result<(Typed, bool)> {
        let user = self.catalog.user_function(name);
        let function = if user.is_some() { None } else { registry::lookup(name) };
        let key = function.map_or_else(|| name.to_lowercase(), |f| f.sql_name.to_owned());
        let count = key == "count" && user.is_none();
        let typed_args = if count && args.len() == 1 && is_star(&args[0]) {
            vec![]
        } else {
            args.iter().map(|e| self.expr(e, inputs)).collect::<Result<Vec<_>>>()?
        };
        let filter = filter.map(|e| self.condition(e, inputs)).transpose().map_err(|e| e.within("filter"))?;
        let aggregate;
        let typed = if let Some(user) = user {
            aggregate = user.kind == FunctionKind::Aggregate;
            if over && user.kind == FunctionKind::Scalar {
                return Err(not_a_window(name));
            }
            if !over && user.kind == FunctionKind::Window {
                return Err(needs_over(name));
            }
            let mut typed = Typed::call(name, typed_args, user.returns, true);
            if let Kind::Call(call) = &mut typed.kind {
                call.aggregate = aggregate;
                call.volatile = !user.deterministic;
            }
            typed
        } else if let Some(function) = function {
            aggregate = function.kind == FunctionKind::Aggregate;
            match function.kind {
                FunctionKind::Generator => {
                    return Err(Error::unsupported(format!("{}() makes rows: it stands alone in select() or withColumn()", function.name))
                        .hint("give it a column of its own first"));
                }
                FunctionKind::Window if !over => return Err(needs_over(function.name)),
                FunctionKind::Scalar if over => return Err(not_a_window(function.name)),
                _ => {}
            }
            if !(count && args.len() == 1) {
                check_arity(function.name, function.arity(), args.len())?;
            }
            self.registry_call(function, args, typed_args, distinct, over)?
        } else if let Some((name, least, most, data_type, agg)) = SQLITE.iter().find(|(n, ..)| *n == key) {
            aggregate = *agg;
            check_arity(name, (*least, Some(*most)), args.len())?;
            let mut typed = Typed::call(name, typed_args, data_type.clone(), true);
            if let Kind::Call(call) = &mut typed.kind {
                call.aggregate = aggregate;
                call.distinct = distinct;
                call.volatile = key == "randomblob";
            }
            typed
        } else {
            let mut known: Vec<&str> = registry::names().collect();
            known.sort_unstable();
            known.dedup();
            let error = Error::new(Code::UnknownFunction, format!("function \"{name}\" does not exist")).detail("name", name);
            return Err(match suggest::nearest(name, known) {
                Some(near) => error.hint(format!("\"{near}\" might be meant")),
                None => error.hint("db.registerFunction(name, fn) adds functions"),
            });
        };
        let mut typed = typed;
        if aggregate {
            for arg in typed.children() {
                if arg.has_aggregate() && !over {
                    return Err(Error::new(Code::MisplacedAggregate, format!("an aggregate cannot stand inside another: {name}() holds one"))
                        .hint("aggregate in two steps: groupBy().agg(…) and again on its result"));
                }
                if arg.has_window() {
                    return Err(Error::new(Code::MisplacedWindow, format!("{name}() cannot aggregate a window function in the same step"))
                        .hint("compute it with withColumn() first"));
                }
            }
        } else if distinct {
            return Err(Error::invalid(format!("DISTINCT belongs into an aggregate, {name}() is none")));
        }
        if let Some(filter) = filter {
            let Kind::Call(call) = &mut typed.kind else {
                return Err(Error::invalid(format!("filter() follows an aggregate, {name}() is none")));
            };
            if !call.aggregate {
                return Err(Error::invalid(format!("filter() follows an aggregate, {name}() is none")));
            }
            if filter.has_aggregate() {
                return Err(Error::new(Code::MisplacedAggregate, "the filter of an aggregate cannot aggregate"));
            }
            call.filter = Some(filter);
        }
        let ranking = function.is_some_and(|f| f.kind == FunctionKind::Window && f.sql_name != "nth_value");
        Ok((typed, ranking))
    }
}

/// A mean is a quotient.
pub(super) fn is_average(typed: &Typed) -> bool {
    matches!(&typed.kind, Kind::Call(call) if call.aggregate && same_name(&call.sql_name, "avg"))
}

fn needs_over(name: &str) -> Error {
    Error::new(Code::MisplacedWindow, format!("{name}() needs over(window)")).hint("F.rank().over(Window.partitionBy(…).orderBy(…))")
}

fn not_a_window(name: &str) -> Error {
    Error::new(Code::MisplacedWindow, format!("{name}() is neither a window nor an aggregate function, so over() does not fit"))
}

fn check_arity(name: &str, (least, most): (usize, Option<usize>), given: usize) -> Result<()> {
    if given >= least && most.is_none_or(|most| given <= most) {
        return Ok(());
    }
    let takes = match (least, most) {
        (a, Some(b)) if a == b => format!("{a} argument{}", if a == 1 { "" } else { "s" }),
        (a, Some(b)) => format!("{a} to {b} arguments"),
        (a, None) => format!("at least {a} argument{}", if a == 1 { "" } else { "s" }),
    };
    Err(Error::new(Code::WrongArity, format!("{name}() takes {takes}, not {given}")).detail("function", name).detail("given", given))
}

/// `grouping(key)` and friends become positions among the keys.
pub(super) fn resolve_grouping(expr: &mut Typed, keys: &[Typed]) -> Result<()> {
    if let Kind::Call(call) = &expr.kind
        && call.aggregate
        && same_name(&call.sql_name, "grouping")
    {
        let Some(at) = keys.iter().position(|k| call.args.first() == Some(k)) else {
            return Err(Error::invalid("grouping() takes one of the keys of rollup() or cube()"));
        };
        expr.kind = Kind::Grouping(at);
        return Ok(());
    }
    for child in expr.children_mut() {
        resolve_grouping(child, keys)?;
    }
    Ok(())
}
