//! Expressions: immutable trees shared by reference. What a name means is decided in `analyze`.

pub mod casts;
pub mod registry;

use std::sync::Arc;

use crate::types::DataType;
use crate::value::Value;

pub type ExprRef = Arc<Expr>;

/// Index of a node in a plan: what `df.col` and subqueries refer to.
pub type NodeId = usize;

/// A constant with its logical type.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    pub value: Value,
    pub data_type: DataType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    /// `-x` of expression text, named `(- x)`.
    Neg,
    /// `x.neg()`, which means the same and is named `negative(x)`.
    Negative,
    BitNot,
    IsNull,
    IsNotNull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    /// `DIV`: the quotient of integers, cut.
    IntDiv,
    Mod,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    EqNullSafe,
    And,
    Or,
    BitAnd,
    BitOr,
    BitXor,
}

/// Where a window frame begins or ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    /// Negative: preceding; positive: following; zero: the current row.
    Offset(f64),
    CurrentRow,
    UnboundedFollowing,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowFrame {
    /// ROWS if true, RANGE if false.
    pub rows: bool,
    pub start: FrameBound,
    pub end: FrameBound,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowSpec {
    pub partition_by: Vec<ExprRef>,
    /// Each an [`Expr::Sort`] or a bare expression (ascending).
    pub order_by: Vec<ExprRef>,
    /// None: PySpark's default (with an order RANGE UNBOUNDED PRECEDING to CURRENT ROW, without the whole partition).
    pub frame: Option<WindowFrame>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `col("x")`, `col("a.x")`, ``col("`exact.name`")`` as written. `frame`: the node whose output column is meant (`df.col("x")`).
    /// `outer`: a column of the outer query of a correlated subquery.
    Column {
        name: String,
        frame: Option<NodeId>,
        outer: bool,
    },
    /// `*` or `a.*`.
    Star {
        relation: Option<String>,
    },
    Literal(Literal),
    Unary {
        op: UnaryOp,
        arg: ExprRef,
    },
    Binary {
        op: BinaryOp,
        left: ExprRef,
        right: ExprRef,
    },
    /// A function of the registry or a user's: scalar, aggregate, window or generator. Names as in `F` or in SQL.
    Call {
        name: String,
        args: Vec<ExprRef>,
        distinct: bool,
        filter: Option<ExprRef>,
    },
    Cast {
        arg: ExprRef,
        to: DataType,
    },
    /// `CASE WHEN … THEN … ELSE … END`; no operand form.
    Case {
        branches: Vec<(ExprRef, ExprRef)>,
        otherwise: Option<ExprRef>,
    },
    In {
        arg: ExprRef,
        list: Vec<ExprRef>,
        negated: bool,
    },
    InQuery {
        arg: ExprRef,
        plan: NodeId,
        negated: bool,
    },
    Exists {
        plan: NodeId,
        negated: bool,
    },
    ScalarQuery {
        plan: NodeId,
    },
    /// Several names for a generator of several columns.
    Alias {
        arg: ExprRef,
        names: Vec<String>,
    },
    /// `nulls_first` None: first ascending, last descending.
    Sort {
        arg: ExprRef,
        descending: bool,
        nulls_first: Option<bool>,
    },
    Window {
        function: ExprRef,
        spec: WindowSpec,
    },
    /// `getItem`, `getField`: an array index from 0, a field, a key.
    Item {
        arg: ExprRef,
        key: ExprRef,
    },
    /// SQL text of one expression, maybe with an alias, `*` or ordering; `params` fill its `?`.
    Text {
        sql: String,
        params: Vec<Literal>,
    },
}

/// Chains of AND and OR longer than this are balanced.
pub const MAX_CHAIN: usize = 64;

/// Joins the operands from left to right, or in pairs of pairs where there are many.
pub fn balanced<T>(mut operands: Vec<T>, join: &mut impl FnMut(T, T) -> T) -> Option<T> {
    while operands.len() > MAX_CHAIN {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => join(left, right),
                None => left,
            });
        }
        operands = pairs;
    }
    operands.into_iter().reduce(join)
}

impl Expr {
    pub fn column(name: impl Into<String>) -> ExprRef {
        Arc::new(Expr::Column { name: name.into(), frame: None, outer: false })
    }

    pub fn literal(value: impl Into<Value>, data_type: DataType) -> ExprRef {
        Arc::new(Expr::Literal(Literal { value: value.into(), data_type }))
    }

    pub fn call(name: impl Into<String>, args: Vec<ExprRef>) -> ExprRef {
        Arc::new(Expr::Call { name: name.into(), args, distinct: false, filter: None })
    }

    /// The operands joined by AND or OR. A long chain is balanced, so that no pass over it, SQLite's included, goes deep: both are associative.
    pub fn chain(op: BinaryOp, operands: Vec<ExprRef>) -> Option<ExprRef> {
        balanced(operands, &mut |left, right| Expr::Binary { op, left, right }.into())
    }

    /// The expressions directly below, in reading order. Plans of subqueries are not expressions.
    pub fn children(&self) -> Vec<&ExprRef> {
        match self {
            Expr::Column { .. } | Expr::Star { .. } | Expr::Literal(_) | Expr::Exists { .. } | Expr::ScalarQuery { .. } | Expr::Text { .. } => vec![],
            Expr::Unary { arg, .. } | Expr::Cast { arg, .. } | Expr::InQuery { arg, .. } | Expr::Alias { arg, .. } | Expr::Sort { arg, .. } => {
                vec![arg]
            }
            Expr::Binary { left, right, .. } => vec![left, right],
            Expr::Item { arg, key } => vec![arg, key],
            Expr::Call { args, filter, .. } => args.iter().chain(filter).collect(),
            Expr::Case { branches, otherwise } => branches.iter().flat_map(|(c, v)| [c, v]).chain(otherwise).collect(),
            Expr::In { arg, list, .. } => std::iter::once(arg).chain(list).collect(),
            Expr::Window { function, spec } => std::iter::once(function).chain(&spec.partition_by).chain(&spec.order_by).collect(),
        }
    }
}
