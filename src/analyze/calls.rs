//! Function calls: which function a name means, whether its arguments fit, what it gives.

use super::Analyzer;
use super::coerce;
use super::exprs::{boolean, explicit_cast};
use super::names;
use super::resolved::{Call, Kind, RelId, Typed, Window};
use super::scope::same_name;
use super::suggest;
use crate::error::{Code, Error, Result};
use crate::expr::registry::{self, FunctionKind, Wants};
use crate::expr::{Expr, ExprRef, UnaryOp};
use crate::types::DataType;
use crate::value::Value;

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
        let typed = self.any_call(name, args, distinct, filter, inputs, false)?;
        Ok(typed.0)
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

    fn registry_call(
        &mut self,
        function: &'static registry::Function,
        source: &[ExprRef],
        mut args: Vec<Typed>,
        distinct: bool,
        over: bool,
    ) -> Result<Typed> {
        let any_nullable = args.iter().any(|a| a.nullable);
        for (i, arg) in args.iter_mut().enumerate() {
            let Some(param) = function.param(i) else { continue };
            if !param.wants.accepts(&arg.data_type) {
                let message = format!("{}(): {} is expected as {}, not {}", function.name, param.wants.expected(), param.name, arg.data_type);
                return Err(Error::new(Code::TypeMismatch, message).detail("function", function.name).detail("argument", i));
            }
            let textual = matches!(arg.data_type, DataType::Boolean | DataType::Decimal(..));
            if param.wants == Wants::Text && textual {
                let taken = std::mem::replace(arg, Typed::null(DataType::Void));
                *arg = explicit_cast(taken, &DataType::String)?;
            }
        }
        let types: Vec<DataType> = args.iter().map(|a| a.data_type.clone()).collect();
        let returns = || (function.returns)(&types).map_err(|e| in_function(e, function.name));
        let aggregate = |name: &str, args: Vec<Typed>, distinct: bool, data_type: DataType, nullable: bool| {
            let mut typed = Typed::aggregate(name, args, data_type, nullable);
            if let Kind::Call(call) = &mut typed.kind {
                call.distinct = distinct;
            }
            typed
        };
        Ok(match function.sql_name {
            "count" | "count_distinct" => {
                let distinct = distinct || function.sql_name == "count_distinct";
                if !distinct && args.iter().all(|a| matches!(&a.kind, Kind::Literal(v) if *v != Value::Null)) {
                    args.clear();
                }
                aggregate("count", args, distinct, DataType::Long, false)
            }
            "sum_distinct" => aggregate("sum", args, true, returns()?, true),
            "coalesce" | "ifnull" | "nvl" => {
                let nullable = args.iter().all(|a| a.nullable);
                let (mut args, data_type) = coerce::unify(args, function.name)?;
                match args.len() {
                    1 => args.remove(0),
                    _ => Typed::call("coalesce", args, data_type, nullable),
                }
            }
            "greatest" | "least" => {
                let (args, data_type) = coerce::unify(args, function.name)?;
                let nullable = args.iter().all(|a| a.nullable);
                Typed::call(function.sql_name, args, data_type, nullable)
            }
            "nvl2" | "iif" => {
                let mut args = args.into_iter();
                let (Some(first), Some(then), Some(otherwise)) = (args.next(), args.next(), args.next()) else {
                    return Err(Error::internal("arity was checked"));
                };
                let condition =
                    if function.sql_name == "nvl2" { Typed::unary(UnaryOp::IsNotNull, first, DataType::Boolean) } else { boolean(first, "if")? };
                let (values, data_type) = coerce::unify(vec![then, otherwise], function.name)?;
                let mut values = values.into_iter();
                let (then, otherwise) = (values.next().unwrap_or(Typed::null(DataType::Void)), values.next().map(Box::new));
                let nullable = then.nullable || otherwise.as_ref().is_none_or(|o| o.nullable);
                Typed::new(Kind::Case { branches: vec![(condition, then)], otherwise }, data_type, nullable)
            }
            "nullif" => {
                let mut args = args.into_iter();
                let (Some(a), Some(b)) = (args.next(), args.next()) else { return Err(Error::internal("arity was checked")) };
                let to = coerce::comparison(&a.data_type, &b.data_type).ok_or_else(|| coerce::mismatch("nullif()", &a.data_type, &b.data_type))?;
                let data_type = a.data_type.clone();
                if coerce::to_comparable(a.clone(), &to) == a {
                    let b = coerce::to_comparable(b, &to);
                    Typed::call("nullif", vec![a, b], data_type, true)
                } else {
                    let same = super::operators::binary(crate::expr::BinaryOp::Eq, a.clone(), b)?;
                    let null = Typed::null(data_type.clone());
                    Typed::new(Kind::Case { branches: vec![(same, null)], otherwise: Some(Box::new(a)) }, data_type, true)
                }
            }
            "isnull" => Typed::unary(UnaryOp::IsNull, args.remove(0), DataType::Boolean),
            "isnotnull" => Typed::unary(UnaryOp::IsNotNull, args.remove(0), DataType::Boolean),
            "typeof" => Typed::literal(types[0].to_string(), DataType::String),
            "current_date" | "current_timestamp" => Typed::call(function.sql_name, vec![], returns()?, false),
            "unix_timestamp" if args.is_empty() => {
                let now = Typed::call("current_timestamp", vec![], DataType::Timestamp, false);
                Typed::call("unix_timestamp", vec![now], returns()?, false)
            }
            // A text is read by a pattern; what is a date already needs none.
            "unix_timestamp" | "to_date" | "to_timestamp" => {
                if types[0].is_temporal() {
                    args.truncate(1);
                } else if function.sql_name == "unix_timestamp" && types[0] == DataType::String && args.len() == 1 {
                    args.push(Typed::literal("yyyy-MM-dd HH:mm:ss", DataType::String));
                }
                Typed::call(function.sql_name, args, returns()?, true)
            }
            "add_interval" => {
                let long = |unit: &str| matches!(unit, "year" | "quarter" | "month" | "week" | "day");
                let days =
                    matches!(args.get(2).map(|a| &a.kind), Some(Kind::Literal(Value::Text(unit))) if long(unit.to_lowercase().trim_end_matches('s')));
                let data_type = if days { returns()? } else { DataType::Timestamp };
                Typed::call("add_interval", args, data_type, true)
            }
            // SQLite takes DISTINCT with one argument only, and not with the twin that is told types.
            "collect_list" | "collect_set" if distinct => aggregate("collect_set", args, false, returns()?, false),
            "listagg" | "string_agg" if distinct && args.len() == 2 => aggregate("listagg_distinct", args, false, DataType::String, true),
            "monotonically_increasing_id" => {
                let function = Typed::call("row_number", vec![], DataType::Long, false);
                let number = Window { function, partition_by: vec![], order_by: vec![], frame: None };
                let number = Typed::new(Kind::Window(Box::new(number)), DataType::Long, false);
                Typed::binary(crate::expr::BinaryOp::Sub, number, Typed::literal(1i64, DataType::Long), DataType::Long)
            }
            "grouping_id" => Typed::new(Kind::GroupingId, DataType::Long, false),
            // Which key is meant is known where the keys are.
            "grouping" => Typed::aggregate("grouping", args, DataType::Int, false),
            "struct" => {
                let mut fields = vec![];
                let mut named = vec![];
                for (i, (arg, expr)) in args.into_iter().zip(source).enumerate() {
                    let name = match &**expr {
                        Expr::Alias { .. } | Expr::Column { .. } => names::result_name(expr),
                        _ => format!("col{}", i + 1),
                    };
                    fields.push((name.clone(), arg.data_type.clone()));
                    named.push(Typed::literal(name, DataType::String));
                    named.push(arg);
                }
                Typed::call("named_struct", named, DataType::Struct(fields), false)
            }
            "named_struct" => {
                let mut fields = vec![];
                for pair in args.chunks(2) {
                    let [name, value] = pair else {
                        return Err(Error::new(Code::WrongArity, "namedStruct() takes names and values in turn"));
                    };
                    let Kind::Literal(Value::Text(name)) = &name.kind else {
                        return Err(Error::invalid("the names of namedStruct() must be literals"));
                    };
                    fields.push((name.clone(), value.data_type.clone()));
                }
                Typed::call("named_struct", args, DataType::Struct(fields), false)
            }
            "from_json" => {
                let Some(Kind::Literal(Value::Text(text))) = args.get(1).map(|a| &a.kind) else {
                    return Err(Error::invalid("the schema of fromJson() must be a text such as \"a INT, b STRING\""));
                };
                let data_type = DataType::parse(text).or_else(|e| DataType::parse(&format!("struct<{text}>")).map_err(|_| e))?;
                let data_type = if data_type.is_nested() { data_type } else { DataType::parse(&format!("struct<{text}>"))? };
                args.truncate(1);
                args.push(Typed::literal(data_type.to_string(), DataType::String));
                Typed::call("from_json", args, data_type, true)
            }
            sql_name => {
                let nullable = function.result_nullable(any_nullable);
                let data_type = returns()?;
                if matches!(sql_name, "lag" | "lead") && args.len() == 3 {
                    let default = args.remove(2);
                    args.push(coerce::to_type(default, &types[0]));
                }
                let mut name = match sql_name {
                    _ if over => function.over.unwrap_or(sql_name),
                    // SQLite's own are window functions only.
                    "first_value" => "first",
                    "last_value" => "last",
                    _ => sql_name,
                };
                // SQLite knows no rows before the rows before.
                if matches!(sql_name, "lag" | "lead")
                    && let Some(Kind::Literal(Value::Integer(n))) = args.get(1).map(|a| &a.kind)
                    && *n < 0
                {
                    let n = n.saturating_neg();
                    name = if sql_name == "lag" { "lead" } else { "lag" };
                    args[1] = Typed::literal(n, DataType::Int);
                }
                let call = Call {
                    sql_name: name.into(),
                    args,
                    distinct,
                    filter: None,
                    aggregate: function.kind == FunctionKind::Aggregate,
                    volatile: !function.deterministic,
                };
                Typed::new(Kind::Call(Box::new(call)), data_type, nullable)
            }
        })
    }
}

fn in_function(error: Error, name: &str) -> Error {
    let message = format!("{name}(): {}", error.report().message);
    let mut named = Error::new(error.code(), message);
    if let Some(hint) = &error.report().hint {
        named = named.hint(hint.clone());
    }
    named
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
