//! Expressions: names become positions, every part gets a type, implicit casts are put in, misuse is refused.

use std::rc::Rc;

use super::Analyzer;
use super::coerce::{self, to_comparable};
use super::resolved::{Kind, RelId, Typed};
use crate::error::{Code, Error, Result};
use crate::expr::casts::{cast_may_fail, cast_steps};
use crate::expr::{Expr, ExprRef};
use crate::plan::NodeId;
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    /// A scalar, boolean or aggregate expression over the columns of `inputs`. It recurses, so its own frame is kept small: what it calls is
    /// not inlined.
    pub(super) fn expr(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<Typed> {
        match expr {
            Expr::Column { name, frame, outer } => Ok(self.column(name, *frame, *outer, inputs)?.0),
            Expr::Star { .. } => Err(Error::invalid("* stands for columns only in select() and count()")),
            Expr::Literal(literal) => Ok(Typed::literal(literal.value.clone(), literal.data_type.clone())),
            Expr::Unary { op, arg } => self.unary(*op, arg, inputs),
            Expr::Binary { .. } => self.binary(expr, inputs),
            Expr::Call { name, args, distinct, filter } => self.call(name, args, *distinct, filter.as_ref(), inputs),
            Expr::Cast { arg, to } => {
                let arg = self.expr(arg, inputs)?;
                explicit_cast(arg, to)
            }
            Expr::Case { branches, otherwise } => self.case(branches, otherwise.as_ref(), inputs),
            Expr::In { arg, list, negated } => self.in_list(arg, list, *negated, inputs),
            Expr::InQuery { arg, plan, negated } => self.in_query(arg, *plan, *negated, inputs),
            Expr::Exists { plan, negated } => {
                let plan = self.subplan(*plan, inputs)?;
                Ok(Typed::new(Kind::Exists { plan, negated: *negated }, DataType::Boolean, false))
            }
            Expr::ScalarQuery { plan } => {
                let plan = self.subplan(*plan, inputs)?;
                let [column] = self.nodes[plan].visible() else {
                    return Err(one_column("a scalar subquery", self.nodes[plan].n_visible));
                };
                let data_type = column.data_type.clone();
                Ok(Typed::new(Kind::ScalarQuery { plan }, data_type, true))
            }
            Expr::Alias { arg, .. } => self.expr(arg, inputs),
            Expr::Sort { .. } => Err(Error::invalid("asc() and desc() belong into orderBy() and windows")),
            Expr::Window { function, spec } => self.window(function, spec, inputs),
            Expr::Item { arg, key } => {
                let arg = self.expr(arg, inputs)?;
                let key = self.expr(key, inputs)?;
                item(arg, key)
            }
            Expr::Text { sql, params } => {
                let parsed = (self.parse_text)(sql, params)?;
                self.expr(&parsed, inputs)
            }
        }
    }

    /// A condition: boolean, or unknown to us.
    pub(super) fn condition(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let typed = self.expr(expr, inputs)?;
        boolean(typed, "a condition")
    }

    #[inline(never)]
    fn case(&mut self, branches: &[(ExprRef, ExprRef)], otherwise: Option<&ExprRef>, inputs: &[RelId]) -> Result<Typed> {
        let mut conditions = vec![];
        let mut values = vec![];
        for (c, v) in branches {
            conditions.push(boolean(self.expr(c, inputs)?, "when()")?);
            values.push(self.expr(v, inputs)?);
        }
        if let Some(e) = otherwise {
            values.push(self.expr(e, inputs)?);
        }
        let (mut values, data_type) = coerce::unify(values, "when()")?;
        let otherwise = if otherwise.is_some() { values.pop().map(Box::new) } else { None };
        let nullable = otherwise.as_ref().is_none_or(|e| e.nullable) || values.iter().any(|v| v.nullable);
        Ok(Typed::new(Kind::Case { branches: conditions.into_iter().zip(values).collect(), otherwise }, data_type, nullable))
    }

    #[inline(never)]
    fn in_list(&mut self, arg: &Expr, list: &[ExprRef], negated: bool, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        let list = list.iter().map(|e| self.expr(e, inputs)).collect::<Result<Vec<_>>>()?;
        // A text among numbers, or numbers for a text, are compared as texts, as in PySpark. (A text that is an integer may be compared as one.)
        let texts = match &arg.data_type {
            DataType::String => {
                list.iter().any(|e| e.data_type.is_numeric())
                    && list.iter().all(|e| matches!(e.data_type, DataType::String | DataType::Void) || e.data_type.is_numeric())
            }
            t if t.is_integer() => list.iter().any(|e| !is_integer_text(e) && e.data_type == DataType::String),
            t if t.is_fractional() => list.iter().any(|e| e.data_type == DataType::String),
            _ => false,
        };
        let mut to = if texts { DataType::String } else { arg.data_type.clone() };
        for item in list.iter().filter(|e| !(texts && e.data_type.is_numeric())) {
            to = coerce::comparison(&to, &item.data_type).ok_or_else(|| coerce::mismatch("isin()", &to, &item.data_type))?;
        }
        let bring = |e: Typed| if texts { coerce::to_type(e, &to) } else { to_comparable(e, &to) };
        let arg = bring(arg);
        let list: Vec<Typed> = list.into_iter().map(bring).collect();
        let nullable = arg.nullable || list.iter().any(|e| e.nullable);
        Ok(Typed::new(Kind::In { arg: Box::new(arg), list, negated }, DataType::Boolean, nullable))
    }

    #[inline(never)]
    fn in_query(&mut self, arg: &Expr, plan: NodeId, negated: bool, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        let mut plan = self.subplan(plan, inputs)?;
        let [column] = self.nodes[plan].visible() else {
            return Err(one_column("isin()", self.nodes[plan].n_visible));
        };
        let column = column.clone();
        let to =
            coerce::comparison(&arg.data_type, &column.data_type).ok_or_else(|| coerce::mismatch("isin()", &arg.data_type, &column.data_type))?;
        let arg = to_comparable(arg, &to);
        let value = to_comparable(Typed::col(0, &column), &to);
        if !matches!(value.kind, Kind::Col(_)) {
            plan = self.project_values(plan, vec![(value, column.name.clone())]);
        }
        let nullable = arg.nullable || column.nullable;
        Ok(Typed::new(Kind::InQuery { arg: Box::new(arg), plan, negated }, DataType::Boolean, nullable))
    }

    /// The plan of a subquery, analysed with the columns of `inputs` as its outer row.
    #[inline(never)]
    fn subplan(&mut self, plan: NodeId, inputs: &[RelId]) -> Result<RelId> {
        if self.levels.len() > 20 {
            return Err(Error::unsupported("subqueries may nest at most 20 deep"));
        }
        self.levels.push(super::Level { inputs: inputs.to_vec(), local: Default::default() });
        let result = self.analyze_plan(plan);
        self.levels.pop();
        let rel = result?;
        self.reach = self.reach.max(self.nodes[rel].outer_level.saturating_sub(1));
        Ok(rel)
    }
}

pub(super) fn wants(what: &str, wanted: &str, got: &DataType) -> Error {
    Error::new(Code::TypeMismatch, format!("{what} needs {wanted}, not {got}")).hint("cast() converts")
}

/// A literal such as '12', which means the same as a number.
fn is_integer_text(expr: &Typed) -> bool {
    matches!(&expr.kind, Kind::Literal(Value::Text(s)) if s.parse::<i64>().is_ok_and(|i| i.to_string() == *s))
}

fn one_column(what: &str, n: usize) -> Error {
    Error::new(Code::TypeMismatch, format!("{what} needs a frame of one column, not {n}")).hint("select() the column that is meant")
}

pub(super) fn boolean(typed: Typed, what: &str) -> Result<Typed> {
    match typed.data_type {
        DataType::Boolean | DataType::Any => Ok(typed),
        DataType::Void => Ok(Typed { data_type: DataType::Boolean, ..typed }),
        ref other => Err(wants(what, "a boolean", other).hint("compare it with something, as in col(\"x\").gt(0)")),
    }
}

pub(super) fn item(arg: Typed, key: Typed) -> Result<Typed> {
    let name = match &key.kind {
        Kind::Literal(Value::Text(s)) => Some(s.clone()),
        _ => None,
    };
    let data_type = match (&arg.data_type, name) {
        // The field of every element, as an array.
        (DataType::Array(element), Some(name)) if matches!(**element, DataType::Struct(_)) => {
            let DataType::Struct(fields) = &**element else { return Err(Error::internal("not a struct")) };
            let (exact, t) = field(fields, &name)?;
            let (nullable, args) = (arg.nullable, vec![arg, Typed::literal(exact, DataType::String)]);
            return Ok(Typed::call("array_field", args, DataType::Array(Box::new(t)), nullable));
        }
        (DataType::Struct(fields), Some(name)) => {
            let (exact, t) = field(fields, &name)?;
            let key = Typed::literal(exact, DataType::String);
            return Ok(Typed::new(Kind::Item { arg: Box::new(arg), key: Box::new(key) }, t, true));
        }
        (DataType::Array(_), _) if !key.data_type.is_integer() && !matches!(key.data_type, DataType::Any | DataType::Void) => {
            return Err(wants("getItem() of an array", "an integer", &key.data_type));
        }
        (DataType::Array(element), _) => (**element).clone(),
        (DataType::Map(_, value), _) => (**value).clone(),
        (DataType::Json, _) => DataType::Json,
        (DataType::Any | DataType::Void, _) => DataType::Any,
        (other, _) => return Err(wants("getItem()", "an array, struct or map", other)),
    };
    Ok(Typed::new(Kind::Item { arg: Box::new(arg), key: Box::new(key) }, data_type, true))
}

/// A field by name: its exact spelling and type.
fn field(fields: &[(String, DataType)], name: &str) -> Result<(String, DataType)> {
    let found = fields.iter().find(|(n, _)| n == name).or_else(|| fields.iter().find(|(n, _)| super::scope::same_name(n, name)));
    found.cloned().ok_or_else(|| {
        let existing: Vec<&str> = fields.iter().map(|(n, _)| n.as_str()).collect();
        super::suggest::unknown(Code::UnknownColumn, "field", name, "fields", &existing)
    })
}

pub(super) fn explicit_cast(arg: Typed, to: &DataType) -> Result<Typed> {
    if arg.data_type == *to {
        return Ok(arg);
    }
    cast_steps(&arg.data_type, to)?;
    if let Kind::Literal(value) = &arg.kind
        && let Some(value) = coerce::convert_literal(value, &arg.data_type, to)
    {
        return Ok(Typed::literal(value, to.clone()));
    }
    let nullable = arg.nullable || cast_may_fail(&arg.data_type, to);
    Ok(Typed::new(Kind::Cast(Box::new(arg)), to.clone(), nullable))
}

/// A column made of one expression, for output.
pub(super) struct Item {
    pub typed: Typed,
    pub name: Rc<str>,
}
