//! What a call of each function becomes: most keep their name; a few have a rule of their own.

use super::Analyzer;
use super::coerce;
use super::exprs::{boolean, explicit_cast};
use super::names;
use super::resolved::{Call, Kind, Typed, Window};
use crate::error::{Code, Error, Result};
use crate::expr::registry::{self, FunctionKind, Wants};
use crate::expr::{Expr, ExprRef, UnaryOp};
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    /// A call of a function of the registry whose arguments are analysed: `source` are they as they were written.
    pub(super) fn registry_call(
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
            let bytes_of_text = (param.wants == Wants::Binary || function.sql_name == "hex") && arg.data_type == DataType::Boolean;
            if (param.wants == Wants::Text && textual) || bytes_of_text {
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
                returns()?;
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
            "bitwise_not" => Typed::unary(UnaryOp::BitNot, args.remove(0), returns()?),
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
            "array" | "concat" | "map" if types.iter().any(|t| *t != DataType::String) => {
                let data_type = returns()?;
                let args = coerce::into_parts(args, function.sql_name, &data_type)?;
                Typed::call(function.sql_name, args, data_type, function.result_nullable(any_nullable))
            }
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
