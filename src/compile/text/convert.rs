//! The parser's tree to ours. Chains to the left (`a + b + c`, `x IS NULL IS NULL`) are walked in a loop, everything else recurses as deep as the
//! parser did.

use sqlparser::ast::{AccessExpr, BinaryOperator as B, DataType as SqlType, Expr as Sql, Ident, Spanned, Subscript, UnaryOperator as U, Value as V};
use sqlparser::tokenizer::Span;

use super::{byte_offset, interval, literal, shown, syntax_error};
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef, Literal, MAX_CHAIN, UnaryOp};
use crate::plan::wire::MAX_EXPR_DEPTH;
use crate::types::DataType;
use crate::value::Value;

/// What joins operands however many there are.
#[derive(Clone, Copy, PartialEq)]
enum Joint {
    Logic(BinaryOp),
    Concat,
}

/// `a || b || c` is `concat(concat(a, b), c)`, as in PySpark; a long one has more arguments, and is as deep as it must be.
fn concat(mut operands: Vec<ExprRef>) -> ExprRef {
    while operands.len() > MAX_CHAIN {
        operands = operands.chunks(MAX_CHAIN).map(|part| Expr::call("concat", part.to_vec())).collect();
    }
    operands.into_iter().reduce(|left, right| Expr::call("concat", vec![left, right])).unwrap_or_else(|| Expr::literal("", DataType::String))
}

pub(super) struct Converter<'a> {
    pub sql: &'a str,
    pub params: &'a [Literal],
}

impl Converter<'_> {
    pub(super) fn convert(&self, expr: Sql, depth: usize) -> Result<ExprRef> {
        let mut chain = vec![];
        let mut expr = expr;
        let first = loop {
            expr = qualify(expr);
            match left_operand(&mut expr) {
                Some(left) => {
                    let left = std::mem::replace(left, Sql::Value(V::Null.into()));
                    chain.push(std::mem::replace(&mut expr, left));
                }
                None => break expr,
            }
        };
        let joint = |link: Option<&Sql>| match link {
            Some(Sql::BinaryOp { op: B::And, .. }) => Some(Joint::Logic(BinaryOp::And)),
            Some(Sql::BinaryOp { op: B::Or, .. }) => Some(Joint::Logic(BinaryOp::Or)),
            Some(Sql::BinaryOp { op: B::StringConcat, right, .. }) if !matches!(**right, Sql::Interval(_)) => Some(Joint::Concat),
            _ => None,
        };
        // Chains of AND, OR and || are balanced, so their length is no depth.
        let n_deep =
            chain.iter().zip(chain.iter().skip(1).map(Some).chain([None])).filter(|(a, b)| joint(Some(a)).is_none() || joint(Some(a)) != joint(*b));
        let depth = depth + n_deep.count();
        if depth >= MAX_EXPR_DEPTH {
            return Err(Error::unsupported(format!("an expression may nest at most {MAX_EXPR_DEPTH} deep: {}", shown(self.sql)))
                .hint("use IN for a list of values, or split it over several withColumn() or where()")
                .sql(self.sql));
        }
        let mut converted = match interval_parts(first) {
            Ok(parts) => {
                // `INTERVAL … + x`: the interval is moved to the other side.
                let Some(Sql::BinaryOp { op: B::Plus, right, .. }) = chain.pop() else {
                    return Err(self.unsupported("an interval alone (it can be added to a date or timestamp)", None));
                };
                let right = self.convert(*right, depth)?;
                interval::shift(right, self.interval(parts, depth)?, false)
            }
            Err(first) => self.convert_operand(*first, depth)?,
        };
        while let Some(link) = chain.pop() {
            let Some(op) = joint(Some(&link)) else {
                converted = self.convert_link(link, converted, depth)?;
                continue;
            };
            let mut operands = vec![converted.clone()];
            let mut next = Some(link);
            while let Some(Sql::BinaryOp { right, .. }) = next {
                operands.push(self.convert(*right, depth + 1)?);
                next = if joint(chain.last()) == Some(op) { chain.pop() } else { None };
            }
            converted = match op {
                Joint::Logic(op) => Expr::chain(op, operands).unwrap_or(converted),
                Joint::Concat => concat(operands),
            };
        }
        Ok(converted)
    }

    pub(super) fn convert_all(&self, exprs: Vec<Sql>, depth: usize) -> Result<Vec<ExprRef>> {
        exprs.into_iter().map(|expr| self.convert(expr, depth)).collect()
    }

    pub(super) fn unsupported(&self, what: &str, span: Option<Span>) -> Error {
        let error = Error::unsupported(format!("an expression text cannot hold {what}: {}", shown(self.sql))).sql(self.sql);
        match span.filter(|span| span.start.line > 0) {
            Some(span) => error.position(byte_offset(self.sql, span.start)),
            None => error,
        }
    }

    pub(super) fn error_at(&self, span: Span, text: &str) -> Error {
        syntax_error(self.sql, if span.start.line > 0 { byte_offset(self.sql, span.start) } else { 0 }, text)
    }

    pub(super) fn interval(&self, parts: Vec<Sql>, depth: usize) -> Result<Vec<ExprRef>> {
        parts
            .into_iter()
            .map(|part| match part {
                Sql::Value(v) if matches!(v.value, V::SingleQuotedString(_)) => {
                    Ok(interval::unit_literal(&v.value.into_string().unwrap_or_default()))
                }
                amount => self.convert(amount, depth + 1),
            })
            .collect()
    }

    /// An operator whose left operand is already converted.
    fn convert_link(&self, link: Sql, left: ExprRef, depth: usize) -> Result<ExprRef> {
        let depth = depth + 1;
        Ok(match link {
            Sql::Nested(_) => left,
            Sql::IsNull(_) | Sql::IsUnknown(_) => unary(UnaryOp::IsNull, left),
            Sql::IsNotNull(_) | Sql::IsNotUnknown(_) => unary(UnaryOp::IsNotNull, left),
            Sql::IsTrue(_) => binary(BinaryOp::EqNullSafe, left, boolean(true)),
            Sql::IsNotTrue(_) => not(binary(BinaryOp::EqNullSafe, left, boolean(true))),
            Sql::IsFalse(_) => binary(BinaryOp::EqNullSafe, left, boolean(false)),
            Sql::IsNotFalse(_) => not(binary(BinaryOp::EqNullSafe, left, boolean(false))),
            Sql::IsDistinctFrom(_, right) => not(binary(BinaryOp::EqNullSafe, left, self.convert(*right, depth)?)),
            Sql::IsNotDistinctFrom(_, right) => binary(BinaryOp::EqNullSafe, left, self.convert(*right, depth)?),
            Sql::InList { list, negated, .. } => Expr::In { arg: left, list: self.convert_all(list, depth)?, negated }.into(),
            Sql::Between { low, high, negated, .. } => {
                let low = binary(BinaryOp::Ge, left.clone(), self.convert(*low, depth)?);
                let high = binary(BinaryOp::Le, left, self.convert(*high, depth)?);
                negate_if(negated, binary(BinaryOp::And, low, high))
            }
            Sql::Like { negated, any: false, pattern, escape_char, .. } => self.like("like", left, *pattern, escape_char, negated, depth)?,
            Sql::ILike { negated, any: false, pattern, escape_char, .. } => self.like("ilike", left, *pattern, escape_char, negated, depth)?,
            Sql::RLike { negated, pattern, .. } => negate_if(negated, Expr::call("rlike", vec![left, self.convert(*pattern, depth)?])),
            Sql::Cast { data_type, .. } => Expr::Cast { arg: left, to: self.data_type(&data_type)? }.into(),
            Sql::BinaryOp { op, right, .. } => match interval_parts(*right) {
                Ok(parts) if matches!(op, B::Plus | B::Minus) => interval::shift(left, self.interval(parts, depth)?, op == B::Minus),
                Ok(_) => return Err(self.unsupported(&format!("an interval after {op}"), None)),
                Err(right) => {
                    let right = self.convert(*right, depth)?;
                    self.binary_op(&op, left, right)?
                }
            },
            Sql::CompoundFieldAccess { access_chain, .. } => {
                let mut item = left;
                for access in access_chain {
                    let key = match access {
                        AccessExpr::Dot(Sql::Identifier(ident)) => Expr::literal(ident.value, DataType::String),
                        AccessExpr::Subscript(Subscript::Index { index }) => self.convert(index, depth)?,
                        AccessExpr::Subscript(Subscript::Slice { .. }) => {
                            return Err(self.unsupported("a slice a[x:y] (slice() is the function)", None));
                        }
                        AccessExpr::Dot(other) => return Err(self.unsupported("a call after a dot", Some(other.span()))),
                    };
                    item = Expr::Item { arg: item, key }.into();
                }
                item
            }
            other => return Err(self.unsupported(&describe(&other), Some(other.span()))),
        })
    }

    fn like(&self, name: &str, left: ExprRef, pattern: Sql, escape: Option<Box<Sql>>, negated: bool, depth: usize) -> Result<ExprRef> {
        let mut args = vec![left, self.convert(pattern, depth)?];
        if let Some(escape) = escape {
            args.push(self.convert(*escape, depth)?);
        }
        Ok(negate_if(negated, Expr::call(name, args)))
    }

    fn binary_op(&self, op: &B, left: ExprRef, right: ExprRef) -> Result<ExprRef> {
        let op = match op {
            B::Plus => BinaryOp::Add,
            B::Minus => BinaryOp::Sub,
            B::Multiply => BinaryOp::Mul,
            B::Divide => BinaryOp::Div,
            B::Modulo => BinaryOp::Mod,
            B::Eq => BinaryOp::Eq,
            B::NotEq => BinaryOp::Ne,
            B::Lt => BinaryOp::Lt,
            B::LtEq => BinaryOp::Le,
            B::Gt => BinaryOp::Gt,
            B::GtEq => BinaryOp::Ge,
            B::Spaceship => BinaryOp::EqNullSafe,
            B::And => BinaryOp::And,
            B::Or => BinaryOp::Or,
            B::BitwiseAnd => BinaryOp::BitAnd,
            B::BitwiseOr => BinaryOp::BitOr,
            B::BitwiseXor => BinaryOp::BitXor,
            B::StringConcat => return Ok(concat(vec![left, right])),
            B::PGBitwiseShiftLeft => return Ok(Expr::call("shiftleft", vec![left, right])),
            B::PGBitwiseShiftRight => return Ok(Expr::call("shiftright", vec![left, right])),
            B::Custom(name) if name == "DIV" => BinaryOp::IntDiv,
            B::Arrow | B::LongArrow => {
                return Err(self.unsupported("-> (lambda functions are not known; getJsonObject reads JSON)", None));
            }
            other => return Err(self.unsupported(&format!("the operator {other}"), None)),
        };
        Ok(binary(op, left, right))
    }

    /// What stands alone or at the left end of a chain.
    fn convert_operand(&self, expr: Sql, depth: usize) -> Result<ExprRef> {
        Ok(match expr {
            Sql::Identifier(ident) => column(&[ident]),
            Sql::CompoundIdentifier(parts) => column(&parts),
            Sql::Wildcard(_) => Expr::Star { relation: None }.into(),
            Sql::QualifiedWildcard(name, _) => {
                let parts: Vec<Ident> = name.0.into_iter().filter_map(|part| part.as_ident().cloned()).collect();
                Expr::Star { relation: Some(dotted(&parts)) }.into()
            }
            Sql::Value(v) => self.literal(v.value, v.span)?,
            Sql::TypedString(typed) => {
                let span = typed.value.span;
                let text = typed.value.value.into_string().unwrap_or_default();
                let read = if typed.data_type == SqlType::Date { literal::date(&text) } else { literal::timestamp(&text) };
                let literal =
                    read.ok_or_else(|| self.error_at(span, &format!("'{text}' is not a {}", typed.data_type.to_string().to_lowercase())))?;
                Expr::Literal(literal).into()
            }
            Sql::UnaryOp { op, expr } => {
                let arg = match (op, *expr) {
                    // The smallest integer has no positive twin.
                    (U::Minus, Sql::Value(v)) if matches!(&v.value, V::Number(..)) => match v.value {
                        V::Number(digits, long) => return self.literal(V::Number(format!("-{digits}"), long), v.span),
                        other => self.literal(other, v.span)?,
                    },
                    (_, arg) => self.convert(arg, depth + 1)?,
                };
                match op {
                    U::Minus => unary(UnaryOp::Neg, arg),
                    U::Plus => arg,
                    U::Not | U::BangNot => not(arg),
                    U::BitwiseNot => unary(UnaryOp::BitNot, arg),
                    other => return Err(self.unsupported(&format!("the operator {other}"), None)),
                }
            }
            Sql::Case { operand, conditions, else_result, .. } => {
                let operand = operand.map(|operand| self.convert(*operand, depth + 2)).transpose()?;
                let mut branches = Vec::with_capacity(conditions.len());
                for branch in conditions {
                    let condition = self.convert(branch.condition, depth + 2)?;
                    let condition = match &operand {
                        Some(operand) => binary(BinaryOp::Eq, operand.clone(), condition),
                        None => condition,
                    };
                    branches.push((condition, self.convert(branch.result, depth + 1)?));
                }
                let otherwise = else_result.map(|expr| self.convert(*expr, depth + 1)).transpose()?;
                Expr::Case { branches, otherwise }.into()
            }
            Sql::Function(function) => self.call(function, depth + 1)?,
            Sql::Named { expr, name } => {
                let arg = self.convert(*expr, depth + 1)?;
                Expr::Alias { arg, names: vec![name.value.as_str().into()] }.into()
            }
            other => return Err(self.unsupported(&describe(&other), Some(other.span()))),
        })
    }

    fn literal(&self, value: V, span: Span) -> Result<ExprRef> {
        let text = value.to_string();
        let literal = match value {
            V::Null => Some(Literal { value: Value::Null, data_type: DataType::Void }),
            V::Boolean(b) => Some(Literal { value: b.into(), data_type: DataType::Boolean }),
            V::Number(digits, long) => literal::number(&digits, long),
            V::SingleQuotedString(text) | V::NationalStringLiteral(text) => Some(Literal { value: Value::Text(text), data_type: DataType::String }),
            V::HexStringLiteral(digits) => literal::hex(&digits),
            V::Placeholder(name) => name.strip_prefix('?').and_then(|n| n.parse().ok()).and_then(|n: usize| self.params.get(n).cloned()),
            _ => None,
        };
        let literal = literal.ok_or_else(|| self.error_at(span, &format!("{text} is not a value that can be held")))?;
        Ok(Expr::Literal(literal).into())
    }

    fn data_type(&self, data_type: &SqlType) -> Result<DataType> {
        let (text, span) = match data_type {
            SqlType::Custom(name, _) => match name.0.first().and_then(|part| part.as_ident()) {
                Some(ident) => (ident.value.clone(), ident.span),
                None => (name.to_string(), Span::empty()),
            },
            other => (other.to_string(), Span::empty()),
        };
        DataType::parse(&text).map_err(|error| {
            let error = error.sql(self.sql);
            if span.start.line > 0 { error.position(byte_offset(self.sql, span.start)) } else { error }
        })
    }
}

/// `t.a[0].b` begins with the column `t.a`; the parser has `t` with `.a` among the accesses.
fn qualify(expr: Sql) -> Sql {
    let Sql::CompoundFieldAccess { root, access_chain } = expr else { return expr };
    let mut parts = match *root {
        Sql::Identifier(ident) => vec![ident],
        Sql::CompoundIdentifier(parts) => parts,
        root => return Sql::CompoundFieldAccess { root: Box::new(root), access_chain },
    };
    let mut rest = Vec::with_capacity(access_chain.len());
    for access in access_chain {
        match access {
            AccessExpr::Dot(Sql::Identifier(ident)) if rest.is_empty() => parts.push(ident),
            access => rest.push(access),
        }
    }
    let root = Sql::CompoundIdentifier(parts);
    if rest.is_empty() { root } else { Sql::CompoundFieldAccess { root: Box::new(root), access_chain: rest } }
}

/// The operand on the left, if the expression is an operator after it.
fn left_operand(expr: &mut Sql) -> Option<&mut Sql> {
    match expr {
        Sql::Nested(e)
        | Sql::IsNull(e)
        | Sql::IsNotNull(e)
        | Sql::IsUnknown(e)
        | Sql::IsNotUnknown(e)
        | Sql::IsTrue(e)
        | Sql::IsNotTrue(e)
        | Sql::IsFalse(e)
        | Sql::IsNotFalse(e)
        | Sql::IsDistinctFrom(e, _)
        | Sql::IsNotDistinctFrom(e, _) => Some(e),
        Sql::InList { expr, .. }
        | Sql::InSubquery { expr, .. }
        | Sql::Between { expr, .. }
        | Sql::Like { expr, .. }
        | Sql::ILike { expr, .. }
        | Sql::SimilarTo { expr, .. }
        | Sql::RLike { expr, .. }
        | Sql::Collate { expr, .. }
        | Sql::Cast { expr, .. } => Some(expr),
        Sql::BinaryOp { left, .. } | Sql::AnyOp { left, .. } | Sql::AllOp { left, .. } => Some(left),
        Sql::CompoundFieldAccess { root, .. } => Some(root),
        _ => None,
    }
}

/// The amounts and units of an interval, or the expression if it is none.
pub(super) fn interval_parts(expr: Sql) -> Result<Vec<Sql>, Box<Sql>> {
    match expr {
        Sql::Function(function) if super::call::is_interval(&function) => Ok(super::call::plain_args(function)),
        Sql::Nested(inner) => interval_parts(*inner).map_err(|inner| Box::new(Sql::Nested(inner))),
        other => Err(Box::new(other)),
    }
}

fn unary(op: UnaryOp, arg: ExprRef) -> ExprRef {
    Expr::Unary { op, arg }.into()
}

pub(super) fn binary(op: BinaryOp, left: ExprRef, right: ExprRef) -> ExprRef {
    Expr::Binary { op, left, right }.into()
}

fn not(arg: ExprRef) -> ExprRef {
    unary(UnaryOp::Not, arg)
}

fn negate_if(negated: bool, arg: ExprRef) -> ExprRef {
    if negated { not(arg) } else { arg }
}

fn boolean(value: bool) -> ExprRef {
    Expr::literal(value, DataType::Boolean)
}

/// The number with its sign changed.
pub(super) fn negate(arg: &ExprRef) -> ExprRef {
    match &**arg {
        Expr::Literal(Literal { value: Value::Integer(n), data_type }) if *n != i64::MIN => Expr::literal(-n, data_type.clone()),
        Expr::Literal(Literal { value: Value::Real(n), data_type }) => Expr::literal(-n, data_type.clone()),
        _ => unary(UnaryOp::Neg, arg.clone()),
    }
}

fn column(parts: &[Ident]) -> ExprRef {
    Expr::column(dotted(parts))
}

/// The name as `col()` takes it: backticks around parts that hold a dot or a backtick.
fn dotted(parts: &[Ident]) -> String {
    let quote = |part: &Ident| {
        let special = part.value.is_empty() || part.value.contains(['.', '`']);
        if special { format!("`{}`", part.value.replace('`', "``")) } else { part.value.clone() }
    };
    parts.iter().map(quote).collect::<Vec<_>>().join(".")
}

/// The construct in words, for what is not supported.
fn describe(expr: &Sql) -> String {
    match expr {
        Sql::Subquery(_) | Sql::InSubquery { .. } | Sql::Exists { .. } => {
            "a subquery (isin(df), F.exists(df) and F.scalarSubquery(df) take frames)".into()
        }
        Sql::Lambda(_) => "a lambda function".into(),
        Sql::Tuple(_) => "a list in parentheses here".into(),
        Sql::AnyOp { .. } | Sql::AllOp { .. } => "ANY or ALL".into(),
        Sql::SimilarTo { .. } => "SIMILAR TO (rlike takes regular expressions)".into(),
        Sql::Collate { .. } => "COLLATE".into(),
        Sql::Like { .. } | Sql::ILike { .. } => "LIKE ANY".into(),
        Sql::JsonAccess { .. } => "JSON access with a colon".into(),
        other => format!("`{other}`"),
    }
}
