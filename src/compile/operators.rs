//! Operators and casts between sides that are lowered already.

use super::ast::{self, E, Precedence as P, Sql, call, infix, literal, plain};
use crate::analyze::resolved::Typed;
use crate::error::Result;
use crate::expr::BinaryOp;
use crate::expr::casts::{CastArgument, CastStep, cast_steps};
use crate::types::DataType;
use crate::value::Value;

/// The operator between two sides that are lowered already.
pub fn operator(op: BinaryOp, left: &Typed, right: &Typed, a: E, b: E) -> E {
    let fractional = left.data_type.is_fractional() || right.data_type.is_fractional();
    let known = |t: &DataType| *t != DataType::Any;
    match op {
        BinaryOp::Add => infix("+", P::Add, a, b),
        BinaryOp::Sub => infix("-", P::Add, a, b),
        BinaryOp::Mul => infix("*", P::Multiply, a, b),
        BinaryOp::IntDiv => infix("/", P::Multiply, a, b),
        // SQLite divides integers as integers.
        BinaryOp::Div
            if matches!(left.data_type, DataType::Double | DataType::Float) || matches!(right.data_type, DataType::Double | DataType::Float) =>
        {
            infix("/", P::Multiply, a, b)
        }
        BinaryOp::Div => match &a.sql {
            Sql::Literal { value: Value::Integer(i), .. } if i.unsigned_abs() < 1 << 53 => {
                infix("/", P::Multiply, literal(*i as f64, DataType::Double), b)
            }
            _ => infix("/", P::Multiply, plain(Sql::Cast { arg: a, to: "REAL" }), b),
        },
        // SQLite's % cuts reals to integers first.
        BinaryOp::Mod if !fractional && known(&left.data_type) && known(&right.data_type) => infix("%", P::Multiply, a, b),
        BinaryOp::Mod => call("mod", vec![a, b]),
        BinaryOp::Eq => infix("=", P::Equal, a, b),
        BinaryOp::Ne => infix("<>", P::Equal, a, b),
        BinaryOp::Lt => infix("<", P::Compare, a, b),
        BinaryOp::Le => infix("<=", P::Compare, a, b),
        BinaryOp::Gt => infix(">", P::Compare, a, b),
        BinaryOp::Ge => infix(">=", P::Compare, a, b),
        BinaryOp::EqNullSafe => infix("IS", P::Equal, a, b),
        BinaryOp::And => infix("AND", P::And, a, b),
        BinaryOp::Or => infix("OR", P::Or, a, b),
        BinaryOp::BitAnd => infix("&", P::Bits, a, b),
        BinaryOp::BitOr => infix("|", P::Bits, a, b),
        BinaryOp::BitXor => call("bitwise_xor", vec![a, b]),
    }
}

/// The opposite of a condition, written without NOT where that reads better. NULL stays NULL.
pub fn negate(expr: E) -> E {
    let flipped = |op: &str| {
        Some(match op {
            "=" => ("<>", P::Equal),
            "<>" => ("=", P::Equal),
            "<" => (">=", P::Compare),
            ">=" => ("<", P::Compare),
            ">" => ("<=", P::Compare),
            "<=" => (">", P::Compare),
            "IS" => ("IS NOT", P::Equal),
            "IS NOT" => ("IS", P::Equal),
            "LIKE" => ("NOT LIKE", P::Equal),
            "NOT LIKE" => ("LIKE", P::Equal),
            _ => return None,
        })
    };
    match &expr.sql {
        Sql::Infix { op, left, right, .. } => {
            if let Some((op, precedence)) = flipped(op) {
                return infix(op, precedence, left.clone(), right.clone());
            }
        }
        Sql::Postfix { op: "IS NULL", arg } => return plain(Sql::Postfix { op: "IS NOT NULL", arg: arg.clone() }),
        Sql::Postfix { op: "IS NOT NULL", arg } => return plain(Sql::Postfix { op: "IS NULL", arg: arg.clone() }),
        Sql::Prefix { op: "NOT", arg, .. } => return arg.clone(),
        Sql::In { arg, list, negated } => return plain(Sql::In { arg: arg.clone(), list: list.clone(), negated: !negated }),
        Sql::InQuery { args, query, negated } => {
            return plain(Sql::InQuery { args: args.clone(), query: query.clone(), negated: !negated });
        }
        Sql::Exists { query, negated } => return plain(Sql::Exists { query: query.clone(), negated: !negated }),
        _ => {}
    }
    plain(Sql::Prefix { op: "NOT", precedence: P::Not, arg: expr })
}

/// A cast, as the table in `expr::casts` lists it.
pub fn cast(inner: E, from: &DataType, to: &DataType) -> Result<E> {
    // An implicit widening keeps the value.
    if let DataType::Decimal(p, s) = to
        && (from.is_integer() || matches!(from, DataType::Decimal(..)))
    {
        let (from_p, from_s) = from.decimal_digits();
        let (p, s) = (i32::from(*p), i32::from(*s));
        if from_s <= s && from_p - from_s <= p - s {
            return Ok(inner);
        }
    }
    let mut result = inner;
    for step in cast_steps(from, to)? {
        result = match step {
            CastStep::Native(to) => plain(Sql::Cast { arg: result, to }),
            CastStep::Null => plain(Sql::Word("NULL")),
            CastStep::Call(name, arguments) => {
                let mut args = vec![result];
                args.extend(arguments.into_iter().map(|a| match a {
                    CastArgument::Integer(i) => ast::integer(i),
                    CastArgument::Text(t) => literal(t, DataType::String),
                }));
                call(name, args)
            }
        };
    }
    Ok(result)
}
