//! Operators: the types of their sides and of their result.

use super::coerce::{self, to_comparable, to_type};
use super::exprs::{boolean, wants};
use super::resolved::{Kind, RelId, Typed};
use super::{Analyzer, names};
use crate::error::Result;
use crate::expr::{BinaryOp, Expr, UnaryOp};
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    #[inline(never)]
    pub(super) fn unary(&mut self, op: UnaryOp, arg: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        Ok(match op {
            UnaryOp::IsNull | UnaryOp::IsNotNull => Typed::unary(op, arg, DataType::Boolean),
            UnaryOp::Not => Typed::unary(op, boolean(arg, "NOT")?, DataType::Boolean),
            UnaryOp::Neg | UnaryOp::Negative => {
                if let Kind::Literal(Value::Integer(i)) = arg.kind
                    && i != i64::MIN
                    && arg.data_type.is_integer()
                {
                    return Ok(Typed::literal(-i, arg.data_type));
                }
                if let (Kind::Literal(Value::Real(r)), true) = (&arg.kind, arg.data_type.is_fractional()) {
                    return Ok(Typed::literal(-*r, arg.data_type));
                }
                let arg = if arg.data_type == DataType::String { to_type(arg, &DataType::Double) } else { arg };
                if !arg.data_type.is_numeric() && !matches!(arg.data_type, DataType::Void | DataType::Any) {
                    return Err(wants("neg()", "a number", &arg.data_type));
                }
                let t = arg.data_type.clone();
                Typed::unary(UnaryOp::Neg, arg, t)
            }
            UnaryOp::BitNot => {
                if !arg.data_type.is_integer() && !matches!(arg.data_type, DataType::Void | DataType::Any) {
                    return Err(wants("~", "an integer", &arg.data_type));
                }
                let t = arg.data_type.clone();
                Typed::unary(op, arg, t)
            }
        })
    }

    /// Chains to the left, `a + b + c`, are as deep as they are long: they are walked in a loop.
    #[inline(never)]
    pub(super) fn binary(&mut self, chain: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let mut links = vec![];
        let mut first = chain;
        while let Expr::Binary { op, left, right } = first {
            links.push((*op, right));
            first = left;
        }
        let mut typed = self.expr(first, inputs)?;
        for (op, right) in links.into_iter().rev() {
            let right = self.expr(right, inputs)?;
            typed = binary(op, typed, right)?;
        }
        Ok(typed)
    }
}

/// An operator over two typed sides.
pub(super) fn binary(op: BinaryOp, left: Typed, right: Typed) -> Result<Typed> {
    use BinaryOp as B;
    let (a, b) = (left.data_type.clone(), right.data_type.clone());
    let what = names::symbol(op);
    Ok(match op {
        B::And | B::Or => Typed::binary(op, boolean(left, what)?, boolean(right, what)?, DataType::Boolean),
        B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge | B::EqNullSafe => {
            // A boolean equals 0 or 1, but is neither less nor greater.
            let ordered = !matches!(op, B::Eq | B::Ne | B::EqNullSafe);
            let mixed = (a == DataType::Boolean && b.is_numeric()) || (a.is_numeric() && b == DataType::Boolean);
            let to = coerce::comparison(&a, &b).filter(|_| !(ordered && mixed)).ok_or_else(|| coerce::mismatch(what, &a, &b))?;
            Typed::binary(op, to_comparable(left, &to), to_comparable(right, &to), DataType::Boolean)
        }
        B::BitAnd | B::BitOr | B::BitXor => {
            let to = coerce::comparison(&a, &b)
                .filter(|t| t.is_integer() || matches!(t, DataType::Void | DataType::Any))
                .ok_or_else(|| coerce::mismatch(what, &a, &b))?;
            Typed::binary(op, to_type(left, &to), to_type(right, &to), to)
        }
        B::Add | B::Sub if a.is_temporal() || b.is_temporal() => dates(op, left, right)?,
        B::IntDiv if a.is_integer() && b.is_integer() => Typed::binary(op, left, right, DataType::Long),
        B::IntDiv => arithmetic(B::Div, left, right)?.cast(DataType::Long),
        B::Div => to_scale(arithmetic(op, left, right)?),
        B::Add | B::Sub | B::Mul | B::Mod => arithmetic(op, left, right)?,
    })
}

/// A quotient has the decimals that its type promises, and not as many as fit.
pub(super) fn to_scale(quotient: Typed) -> Typed {
    match quotient.data_type {
        DataType::Decimal(_, scale) => {
            let (data_type, nullable) = (quotient.data_type.clone(), quotient.nullable);
            Typed::call("round", vec![quotient, Typed::literal(i64::from(scale), DataType::Int)], data_type, nullable)
        }
        _ => quotient,
    }
}

/// A constant beside a decimal is as wide as its digits.
fn width(expr: &Typed, beside: &DataType) -> DataType {
    match (&expr.kind, beside) {
        (Kind::Literal(Value::Integer(i)), DataType::Decimal(..)) if expr.data_type.is_integer() => {
            DataType::Decimal(i.unsigned_abs().checked_ilog10().map_or(1, |n| n as u8 + 1), 0)
        }
        _ => expr.data_type.clone(),
    }
}

/// `+ - * / %` of numbers, and of texts read as numbers.
fn arithmetic(op: BinaryOp, left: Typed, right: Typed) -> Result<Typed> {
    use BinaryOp as B;
    let (a, b) = (width(&left, &right.data_type), width(&right, &left.data_type));
    let what = names::symbol(op);
    let (side, result) = coerce::arithmetic(op, &a, &b).ok_or_else(|| coerce::mismatch(what, &left.data_type, &right.data_type))?;
    // Text becomes a number; numbers of two kinds mix by themselves.
    let bring = |e: Typed| {
        let text = e.data_type == DataType::String;
        let literal = matches!(e.kind, Kind::Literal(_)) && side == DataType::Double && e.data_type.is_integer() && op != B::Div;
        if text {
            to_type(e, &DataType::Double)
        } else if literal {
            to_type(e, &side)
        } else {
            e
        }
    };
    Ok(Typed::binary(op, bring(left), bring(right), result))
}

/// Days added to a date, and the days between two.
fn dates(op: BinaryOp, left: Typed, right: Typed) -> Result<Typed> {
    let (a, b) = (left.data_type.clone(), right.data_type.clone());
    let nullable = left.nullable || right.nullable;
    let call = |name: &str, args, t| Ok(Typed::call(name, args, t, nullable));
    match (op, &a, &b) {
        (BinaryOp::Add, DataType::Date, n) if n.is_integer() => call("date_add", vec![left, right], DataType::Date),
        (BinaryOp::Add, n, DataType::Date) if n.is_integer() => call("date_add", vec![right, left], DataType::Date),
        (BinaryOp::Sub, DataType::Date, n) if n.is_integer() => call("date_sub", vec![left, right], DataType::Date),
        (BinaryOp::Sub, DataType::Date, DataType::Date) => call("datediff", vec![left, right], DataType::Int),
        _ => Err(coerce::mismatch(names::symbol(op), &a, &b).hint("dateAdd(), dateSub() and datediff() compute with dates")),
    }
}
