//! Function calls: casts and conditions that look like calls, aggregates with DISTINCT and FILTER, windows.

use sqlparser::ast::{
    DuplicateTreatment, Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments,
    NullTreatment, OrderByExpr, OrderBySort, Spanned, UnaryOperator, Value as V, WindowFrame as SqlFrame, WindowFrameBound, WindowFrameUnits,
    WindowType,
};
use sqlparser::tokenizer::Span;

use super::convert::{Converter, interval_parts};
use super::interval;
use crate::error::Result;
use crate::expr::{Expr, ExprRef, FrameBound, WindowFrame, WindowSpec};
use crate::types::DataType;

pub(super) fn is_interval(function: &Function) -> bool {
    matches!(function.name.0.as_slice(), [part] if part.as_ident().is_some_and(|ident| ident.value == interval::MARK))
}

/// The arguments of a call that the dialect made itself.
pub(super) fn plain_args(function: Function) -> Vec<Sql> {
    let FunctionArguments::List(list) = function.args else { return vec![] };
    list.args
        .into_iter()
        .filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

impl Converter<'_> {
    pub(super) fn call(&self, function: Function, depth: usize) -> Result<ExprRef> {
        let span = function.name.span();
        let [part] = function.name.0.as_slice() else {
            return Err(self.unsupported("a function name with dots", Some(span)));
        };
        let Some(name) = part.as_ident().map(|ident| ident.value.clone()) else {
            return Err(self.unsupported("a computed function name", Some(span)));
        };
        let list = match function.args {
            FunctionArguments::List(list) => list,
            FunctionArguments::None => FunctionArgumentList { duplicate_treatment: None, args: vec![], clauses: vec![] },
            FunctionArguments::Subquery(_) => return Err(self.unsupported("a subquery as an argument", Some(span))),
        };
        let mut null_treatment = function.null_treatment;
        let mut filter = function.filter.map(|filter| *filter);
        for clause in list.clauses {
            match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => null_treatment = Some(treatment),
                FunctionArgumentClause::Where(condition) => filter = Some(condition),
                _ => return Err(self.unsupported(&format!("ORDER BY or another clause among the arguments of {name}"), Some(span))),
            }
        }
        let mut args = Vec::with_capacity(list.args.len());
        for arg in list.args {
            args.push(if name.eq_ignore_ascii_case("sequence") { self.step(arg, depth, span)? } else { self.argument(arg, depth, span)? });
        }
        let mut name = name;
        if !function.within_group.is_empty() {
            (name, args) = self.within_group(&name, args, function.within_group, depth, span)?;
        }
        if matches!(null_treatment, Some(NullTreatment::IgnoreNulls)) {
            if !["first", "last", "first_value", "last_value", "nth_value", "any_value"]
                .iter()
                .any(|f| f.eq_ignore_ascii_case(&name) || f.replace('_', "").eq_ignore_ascii_case(&name))
            {
                return Err(self.unsupported(&format!("IGNORE NULLS with {name}"), Some(span)));
            }
            args.push(Expr::literal(true, DataType::Boolean));
        }
        let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
        let filter = filter.map(|filter| self.convert(filter, depth)).transpose()?;
        let is_plain = !distinct && filter.is_none() && function.over.is_none();
        let call = match if is_plain { like_a_call(&name, &args) } else { None } {
            Some(expr) => expr,
            None if is_plain && name.eq_ignore_ascii_case("date_part") => self.date_part(args, span)?,
            None => Expr::Call { name, args, distinct, filter }.into(),
        };
        match function.over {
            None => Ok(call),
            Some(WindowType::NamedWindow(_)) => Err(self.unsupported("a named window", Some(span))),
            Some(WindowType::WindowSpec(spec)) => {
                if spec.window_name.is_some() {
                    return Err(self.unsupported("a named window", Some(span)));
                }
                let spec = WindowSpec {
                    partition_by: self.convert_all(spec.partition_by, depth)?,
                    order_by: self.order_by(spec.order_by, depth)?,
                    frame: spec.window_frame.map(|frame| self.frame(frame, span)).transpose()?,
                };
                Ok(Expr::Window { function: call, spec }.into())
            }
        }
    }

    /// An argument of `sequence()`: an interval is a step there, told as a text such as `1 month 2 day`.
    fn step(&self, arg: FunctionArg, depth: usize, span: Span) -> Result<ExprRef> {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else { return self.argument(arg, depth, span) };
        match interval_parts(expr) {
            Ok(parts) => {
                let mut words = vec![interval::unit_literal(" ")];
                words.extend(self.interval(parts, depth)?);
                Ok(Expr::call("concat_ws", words))
            }
            Err(expr) => self.convert(*expr, depth),
        }
    }

    fn argument(&self, arg: FunctionArg, depth: usize, span: Span) -> Result<ExprRef> {
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.convert(expr, depth),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(Expr::Star { relation: None }.into()),
            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)) => Ok(Expr::Star { relation: Some(name.to_string()) }.into()),
            _ => Err(self.unsupported("a named argument", Some(span))),
        }
    }

    fn order_by(&self, keys: Vec<OrderByExpr>, depth: usize) -> Result<Vec<ExprRef>> {
        keys.into_iter()
            .map(|key| {
                let descending = match key.options.sort {
                    Some(OrderBySort::Desc) => true,
                    None | Some(OrderBySort::Asc) => false,
                    Some(OrderBySort::Using(_)) => return Err(self.unsupported("ORDER BY … USING", None)),
                };
                let arg = self.convert(key.expr, depth + 1)?;
                Ok(Expr::Sort { arg, descending, nulls_first: key.options.nulls_first }.into())
            })
            .collect()
    }

    fn within_group(&self, name: &str, mut args: Vec<ExprRef>, keys: Vec<OrderByExpr>, depth: usize, span: Span) -> Result<(String, Vec<ExprRef>)> {
        let keys = self.order_by(keys, depth)?;
        let [key] = keys.as_slice() else {
            return Err(self.unsupported("WITHIN GROUP with several keys", Some(span)));
        };
        let Expr::Sort { arg, descending: false, .. } = &**key else {
            return Err(self.unsupported("WITHIN GROUP in descending order", Some(span)));
        };
        match name.to_ascii_lowercase().as_str() {
            "percentile_cont" if args.len() == 1 => {
                args.insert(0, arg.clone());
                Ok(("percentile".into(), args))
            }
            "mode" if args.is_empty() => Ok(("mode".into(), vec![arg.clone()])),
            _ => Err(self.unsupported(&format!("WITHIN GROUP with {name}"), Some(span))),
        }
    }

    fn frame(&self, frame: SqlFrame, span: Span) -> Result<WindowFrame> {
        let rows = match frame.units {
            WindowFrameUnits::Rows => true,
            WindowFrameUnits::Range => false,
            WindowFrameUnits::Groups => return Err(self.unsupported("GROUPS in a window", Some(span))),
        };
        let start = self.bound(frame.start_bound, FrameBound::UnboundedPreceding, span)?;
        let end = frame.end_bound.map_or(Ok(FrameBound::CurrentRow), |bound| self.bound(bound, FrameBound::UnboundedFollowing, span))?;
        Ok(WindowFrame { rows, start, end })
    }

    /// `unbounded` is what UNBOUNDED may mean at this end.
    fn bound(&self, bound: WindowFrameBound, unbounded: FrameBound, span: Span) -> Result<FrameBound> {
        let (amount, sign) = match bound {
            WindowFrameBound::CurrentRow => return Ok(FrameBound::CurrentRow),
            WindowFrameBound::Preceding(None) if unbounded == FrameBound::UnboundedPreceding => return Ok(unbounded),
            WindowFrameBound::Following(None) if unbounded == FrameBound::UnboundedFollowing => return Ok(unbounded),
            WindowFrameBound::Preceding(None) | WindowFrameBound::Following(None) => {
                return Err(self.error_at(span, "a window begins at UNBOUNDED PRECEDING and ends at UNBOUNDED FOLLOWING"));
            }
            WindowFrameBound::Preceding(Some(amount)) => (*amount, -1.0),
            WindowFrameBound::Following(Some(amount)) => (*amount, 1.0),
        };
        match constant(&amount) {
            Some(n) => Ok(FrameBound::Offset(sign * n)),
            None => Err(self.unsupported("a window bound that is not a number", Some(amount.span()))),
        }
    }

    /// `EXTRACT(field FROM x)` and `date_part('field', x)`.
    fn date_part(&self, args: Vec<ExprRef>, span: Span) -> Result<ExprRef> {
        let [field, arg] = args.as_slice() else {
            return Ok(Expr::call("date_part", args));
        };
        let Expr::Literal(literal) = &**field else {
            return Err(self.unsupported("date_part of a field that is not a constant", Some(span)));
        };
        let crate::value::Value::Text(field) = &literal.value else {
            return Err(self.error_at(span, "the field of date_part is a text"));
        };
        let name = match field.to_ascii_lowercase().as_str() {
            "year" | "years" | "y" | "yr" => "year",
            "quarter" | "qtr" => "quarter",
            "month" | "months" | "mon" => "month",
            "week" | "weeks" | "w" => "weekofyear",
            "day" | "days" | "d" => "dayofmonth",
            "dow" | "dayofweek" => "dayofweek",
            "doy" => "dayofyear",
            "hour" | "hours" | "h" => "hour",
            "minute" | "minutes" | "min" | "m" => "minute",
            // With its fraction, other than second().
            "second" | "seconds" | "sec" | "secs" | "s" => {
                let args = vec![Expr::literal("second", DataType::String), arg.clone()];
                return Ok(Expr::Cast { arg: Expr::call("date_part", args), to: DataType::Decimal(8, 6) }.into());
            }
            _ => {
                return Err(
                    self.error_at(span, &format!("\"{field}\" is not a field of a date (year quarter month week day dow doy hour minute second)"))
                );
            }
        };
        Ok(Expr::call(name, vec![arg.clone()]))
    }
}

/// What looks like a call and has a form of its own: `if(…)`, and casts such as `date(x)`.
fn like_a_call(name: &str, args: &[ExprRef]) -> Option<ExprRef> {
    let lower = name.to_ascii_lowercase();
    match (lower.as_str(), args) {
        ("if" | "iff" | "iif", [condition, then, otherwise]) => {
            Some(Expr::Case { branches: vec![(condition.clone(), then.clone())], otherwise: Some(otherwise.clone()) }.into())
        }
        (
            "boolean" | "tinyint" | "smallint" | "int" | "bigint" | "float" | "double" | "decimal" | "string" | "binary" | "date" | "timestamp",
            [arg],
        ) => Some(Expr::Cast { arg: arg.clone(), to: DataType::parse(&lower).ok()? }.into()),
        _ => None,
    }
}

fn constant(expr: &Sql) -> Option<f64> {
    match expr {
        Sql::Value(v) => match &v.value {
            V::Number(digits, _) => digits.parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        },
        Sql::UnaryOp { op: UnaryOperator::Minus, expr } => constant(expr).map(|n| -n),
        _ => None,
    }
}
