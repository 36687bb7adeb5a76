//! Expressions on the wire, and the limits of their size.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::NodeId;
use super::Id;
use super::literals::WireLiteral;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef, FrameBound, MAX_CHAIN, UnaryOp, WindowFrame, WindowSpec, balanced};
use crate::types::DataType;

/// An expression is at most this deep, so that SQLite's own limit is not met and no stack ends where one is freed.
pub const MAX_EXPR_DEPTH: usize = 400;
/// Of that, at most this much may be nesting that passes over expressions recurse into: all but chains to the left such as `a + b + c`. It needs
/// less than half of V8's stack, whatever the module is compiled for.
pub const MAX_EXPR_NESTING: usize = 200;
/// An expression has at most this many parts when each use of a shared part is counted: `x.add(x)` thirty times over has 2^30.
pub const MAX_EXPR_SIZE: usize = 500_000;

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WireExpr {
    Column {
        name: String,
        frame: Option<Id>,
        #[serde(default)]
        outer: bool,
    },
    Star {
        relation: Option<String>,
    },
    Literal(WireLiteral),
    Not {
        arg: Id,
    },
    Neg {
        arg: Id,
    },
    BitNot {
        arg: Id,
    },
    IsNull {
        arg: Id,
    },
    IsNotNull {
        arg: Id,
    },
    Add {
        left: Id,
        right: Id,
    },
    Sub {
        left: Id,
        right: Id,
    },
    Mul {
        left: Id,
        right: Id,
    },
    Div {
        left: Id,
        right: Id,
    },
    Mod {
        left: Id,
        right: Id,
    },
    Eq {
        left: Id,
        right: Id,
    },
    Ne {
        left: Id,
        right: Id,
    },
    Lt {
        left: Id,
        right: Id,
    },
    Le {
        left: Id,
        right: Id,
    },
    Gt {
        left: Id,
        right: Id,
    },
    Ge {
        left: Id,
        right: Id,
    },
    EqNullSafe {
        left: Id,
        right: Id,
    },
    And {
        left: Id,
        right: Id,
    },
    Or {
        left: Id,
        right: Id,
    },
    BitAnd {
        left: Id,
        right: Id,
    },
    BitOr {
        left: Id,
        right: Id,
    },
    BitXor {
        left: Id,
        right: Id,
    },
    Call {
        name: String,
        args: Vec<Id>,
        #[serde(default)]
        distinct: bool,
        filter: Option<Id>,
    },
    Cast {
        arg: Id,
        to: String,
    },
    /// `branches` are pairs [condition, value].
    Case {
        branches: Vec<(Id, Id)>,
        otherwise: Option<Id>,
    },
    In {
        arg: Id,
        list: Vec<Id>,
        #[serde(default)]
        negated: bool,
    },
    InQuery {
        arg: Id,
        plan: Id,
        #[serde(default)]
        negated: bool,
    },
    Exists {
        plan: Id,
        #[serde(default)]
        negated: bool,
    },
    ScalarQuery {
        plan: Id,
    },
    Alias {
        arg: Id,
        names: Vec<String>,
    },
    Sort {
        arg: Id,
        #[serde(default)]
        descending: bool,
        nulls_first: Option<bool>,
    },
    Window {
        function: Id,
        #[serde(default)]
        partition_by: Vec<Id>,
        #[serde(default)]
        order_by: Vec<Id>,
        frame: Option<WireFrame>,
    },
    Item {
        arg: Id,
        key: Id,
    },
    Text {
        sql: String,
        #[serde(default)]
        params: Vec<WireLiteral>,
    },
}

/// Bounds are `"unboundedPreceding"`, `"unboundedFollowing"`, `"currentRow"`, or a number of rows or units.
#[derive(Debug, Deserialize)]
pub struct WireFrame {
    rows: bool,
    start: Json,
    end: Json,
}

#[derive(Debug, Clone, Copy, Default)]
struct Measures {
    depth: usize,
    /// The depth without that of chains to the left.
    nesting: usize,
    /// The number of parts.
    size: usize,
}

#[derive(Default)]
pub struct Decoder {
    done: Vec<ExprRef>,
    /// By address.
    measures: HashMap<*const Expr, Measures>,
    /// Nodes that expressions refer to.
    pub frames: Vec<NodeId>,
}

impl Decoder {
    pub fn get(&self, id: Id) -> Result<ExprRef> {
        self.done.get(id).cloned().ok_or_else(|| Error::invalid(format!("not a plan: expression {id} is not there yet")))
    }

    pub fn all(&self, ids: &[Id]) -> Result<Vec<ExprRef>> {
        ids.iter().map(|id| self.get(*id)).collect()
    }

    fn maybe(&self, id: Option<Id>) -> Result<Option<ExprRef>> {
        id.map(|id| self.get(id)).transpose()
    }

    fn node(&mut self, id: Id) -> NodeId {
        self.frames.push(id);
        id
    }

    fn unary(&self, op: UnaryOp, arg: Id) -> Result<Expr> {
        Ok(Expr::Unary { op, arg: self.get(arg)? })
    }

    fn binary(&self, op: BinaryOp, left: Id, right: Id) -> Result<Expr> {
        Ok(Expr::Binary { op, left: self.get(left)?, right: self.get(right)? })
    }

    pub fn push(&mut self, wire: WireExpr) -> Result<()> {
        use WireExpr as W;
        let expr = match wire {
            W::Column { name, frame, outer } => Expr::Column { name, frame: frame.map(|id| self.node(id)), outer },
            W::Star { relation } => Expr::Star { relation },
            W::Literal(literal) => Expr::Literal(literal.decode()?),
            W::Not { arg } => self.unary(UnaryOp::Not, arg)?,
            W::Neg { arg } => self.unary(UnaryOp::Negative, arg)?,
            W::BitNot { arg } => self.unary(UnaryOp::BitNot, arg)?,
            W::IsNull { arg } => self.unary(UnaryOp::IsNull, arg)?,
            W::IsNotNull { arg } => self.unary(UnaryOp::IsNotNull, arg)?,
            W::Add { left, right } => self.binary(BinaryOp::Add, left, right)?,
            W::Sub { left, right } => self.binary(BinaryOp::Sub, left, right)?,
            W::Mul { left, right } => self.binary(BinaryOp::Mul, left, right)?,
            W::Div { left, right } => self.binary(BinaryOp::Div, left, right)?,
            W::Mod { left, right } => self.binary(BinaryOp::Mod, left, right)?,
            W::Eq { left, right } => self.binary(BinaryOp::Eq, left, right)?,
            W::Ne { left, right } => self.binary(BinaryOp::Ne, left, right)?,
            W::Lt { left, right } => self.binary(BinaryOp::Lt, left, right)?,
            W::Le { left, right } => self.binary(BinaryOp::Le, left, right)?,
            W::Gt { left, right } => self.binary(BinaryOp::Gt, left, right)?,
            W::Ge { left, right } => self.binary(BinaryOp::Ge, left, right)?,
            W::EqNullSafe { left, right } => self.binary(BinaryOp::EqNullSafe, left, right)?,
            W::And { left, right } => self.binary(BinaryOp::And, left, right)?,
            W::Or { left, right } => self.binary(BinaryOp::Or, left, right)?,
            W::BitAnd { left, right } => self.binary(BinaryOp::BitAnd, left, right)?,
            W::BitOr { left, right } => self.binary(BinaryOp::BitOr, left, right)?,
            W::BitXor { left, right } => self.binary(BinaryOp::BitXor, left, right)?,
            W::Call { name, args, distinct, filter } => Expr::Call { name, args: self.all(&args)?, distinct, filter: self.maybe(filter)? },
            W::Cast { arg, to } => Expr::Cast { arg: self.get(arg)?, to: DataType::parse(&to)? },
            W::Case { branches, otherwise } => Expr::Case {
                branches: branches.into_iter().map(|(c, v)| Ok((self.get(c)?, self.get(v)?))).collect::<Result<_>>()?,
                otherwise: self.maybe(otherwise)?,
            },
            W::In { arg, list, negated } => Expr::In { arg: self.get(arg)?, list: self.all(&list)?, negated },
            W::InQuery { arg, plan, negated } => Expr::InQuery { arg: self.get(arg)?, plan: self.node(plan), negated },
            W::Exists { plan, negated } => Expr::Exists { plan: self.node(plan), negated },
            W::ScalarQuery { plan } => Expr::ScalarQuery { plan: self.node(plan) },
            W::Alias { arg, names } => Expr::Alias { arg: self.get(arg)?, names },
            W::Sort { arg, descending, nulls_first } => Expr::Sort { arg: self.get(arg)?, descending, nulls_first },
            W::Window { function, partition_by, order_by, frame } => Expr::Window {
                function: self.get(function)?,
                spec: WindowSpec {
                    partition_by: self.all(&partition_by)?,
                    order_by: self.all(&order_by)?,
                    frame: frame.map(decode_frame).transpose()?,
                },
            },
            W::Item { arg, key } => Expr::Item { arg: self.get(arg)?, key: self.get(key)? },
            W::Text { sql, params } => Expr::Text { sql, params: params.into_iter().map(WireLiteral::decode).collect::<Result<_>>()? },
        };
        let expr = self.measured(expr);
        let expr = self.balanced(expr);
        let Measures { depth, nesting, size } = self.measure(&expr);
        let too_deep = [(depth, MAX_EXPR_DEPTH), (nesting, MAX_EXPR_NESTING)].into_iter().find(|(is, most)| is > most);
        if let Some((_, most)) = too_deep {
            return Err(Error::unsupported(format!("an expression may nest at most {most} deep")).hint("split it over several withColumn()"));
        }
        if size > MAX_EXPR_SIZE {
            return Err(Error::unsupported(format!("an expression may have at most {MAX_EXPR_SIZE} parts, counting each use of a shared one"))
                .hint("name what is used repeatedly with withColumn(), and cache() the frame"));
        }
        self.done.push(expr);
        Ok(())
    }

    fn measure(&self, expr: &ExprRef) -> Measures {
        self.measures.get(&Arc::as_ptr(expr)).copied().unwrap_or_default()
    }

    /// Shared, with its measures taken; those of its children are known.
    fn measured(&mut self, expr: Expr) -> ExprRef {
        let mut all = Measures { depth: 0, nesting: 0, size: 1 };
        for child in expr.children() {
            let below = self.measure(child);
            let goes_on = matches!((&expr, &**child), (Expr::Binary { left, .. }, Expr::Binary { .. }) if Arc::ptr_eq(left, child));
            all.depth = all.depth.max(below.depth + 1);
            all.nesting = all.nesting.max(below.nesting + usize::from(!goes_on));
            all.size = all.size.saturating_add(below.size);
        }
        let expr = Arc::new(expr);
        self.measures.insert(Arc::as_ptr(&expr), all);
        expr
    }

    /// `a.and(b).and(c)…` comes as a tree as deep as it is long. Once it is deep it is made shallow, so that thousands may be joined.
    fn balanced(&mut self, expr: ExprRef) -> ExprRef {
        let Expr::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. } = &*expr else { return expr };
        if self.measure(&expr).depth <= 2 * MAX_CHAIN {
            return expr;
        }
        let mut operands = vec![];
        let mut open = vec![&expr];
        while let Some(next) = open.pop() {
            match &**next {
                Expr::Binary { op: o, left, right } if o == op => open.extend([right, left]),
                _ => operands.push(next.clone()),
            }
        }
        if operands.len() <= MAX_CHAIN {
            return expr;
        }
        let op = *op;
        balanced(operands, &mut |left, right| self.measured(Expr::Binary { op, left, right })).unwrap_or(expr)
    }
}

fn decode_frame(frame: WireFrame) -> Result<WindowFrame> {
    let bound = |json: &Json| match json {
        Json::String(s) if s == "unboundedPreceding" => Ok(FrameBound::UnboundedPreceding),
        Json::String(s) if s == "unboundedFollowing" => Ok(FrameBound::UnboundedFollowing),
        Json::String(s) if s == "currentRow" => Ok(FrameBound::CurrentRow),
        Json::Number(n) => Ok(FrameBound::Offset(n.as_f64().unwrap_or(0.0))),
        other => Err(Error::invalid(format!("{other} is not a window bound"))),
    };
    Ok(WindowFrame { rows: frame.rows, start: bound(&frame.start)?, end: bound(&frame.end)? })
}
