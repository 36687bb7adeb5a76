//! Expressions whose names are positions and whose types are known.

use std::rc::Rc;

use super::{Column, RelId, SortKey};
use crate::expr::{BinaryOp, UnaryOp, WindowFrame};
use crate::types::DataType;
use crate::value::Value;

/// An expression with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub kind: Kind,
    pub data_type: DataType,
    pub nullable: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Col(usize),
    /// A column of an enclosing query; level 1 is the nearest.
    Outer {
        level: usize,
        index: usize,
    },
    Literal(Value),
    Unary {
        op: UnaryOp,
        arg: Box<Typed>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Typed>,
        right: Box<Typed>,
    },
    Call(Box<Call>),
    /// To the type of the whole.
    Cast(Box<Typed>),
    Case {
        branches: Vec<(Typed, Typed)>,
        otherwise: Option<Box<Typed>>,
    },
    In {
        arg: Box<Typed>,
        list: Vec<Typed>,
        negated: bool,
    },
    InQuery {
        arg: Box<Typed>,
        plan: RelId,
        negated: bool,
    },
    Exists {
        plan: RelId,
        negated: bool,
    },
    ScalarQuery {
        plan: RelId,
    },
    Window(Box<Window>),
    /// An element of an array, a field of a struct, a value of a map.
    Item {
        arg: Box<Typed>,
        key: Box<Typed>,
    },
    /// `grouping(key)`: is this key rolled up? Position among the keys.
    Grouping(usize),
    /// `grouping_id()`.
    GroupingId,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub sql_name: Rc<str>,
    pub args: Vec<Typed>,
    pub distinct: bool,
    pub filter: Option<Typed>,
    pub aggregate: bool,
    /// Equal arguments may give other results.
    pub volatile: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub function: Typed,
    pub partition_by: Vec<Typed>,
    pub order_by: Vec<SortKey>,
    pub frame: Option<WindowFrame>,
}

impl Typed {
    pub fn new(kind: Kind, data_type: DataType, nullable: bool) -> Self {
        Typed { kind, data_type, nullable }
    }

    pub fn col(index: usize, column: &Column) -> Self {
        Typed::new(Kind::Col(index), column.data_type.clone(), column.nullable)
    }

    pub fn literal(value: impl Into<Value>, data_type: DataType) -> Self {
        let value = value.into();
        let nullable = value == Value::Null;
        Typed::new(Kind::Literal(value), data_type, nullable)
    }

    pub fn null(data_type: DataType) -> Self {
        Typed::literal(Value::Null, data_type)
    }

    pub fn cast(self, to: DataType) -> Self {
        let nullable = self.nullable || matches!(self.data_type, DataType::String | DataType::Any) || matches!(to, DataType::Decimal(..));
        Typed::new(Kind::Cast(Box::new(self)), to, nullable)
    }

    pub fn call(sql_name: &str, args: Vec<Typed>, data_type: DataType, nullable: bool) -> Self {
        let call = Call { sql_name: sql_name.into(), args, distinct: false, filter: None, aggregate: false, volatile: false };
        Typed::new(Kind::Call(Box::new(call)), data_type, nullable)
    }

    pub fn aggregate(sql_name: &str, args: Vec<Typed>, data_type: DataType, nullable: bool) -> Self {
        let call = Call { sql_name: sql_name.into(), args, distinct: false, filter: None, aggregate: true, volatile: false };
        Typed::new(Kind::Call(Box::new(call)), data_type, nullable)
    }

    pub fn binary(op: BinaryOp, left: Typed, right: Typed, data_type: DataType) -> Self {
        let nullable =
            op != BinaryOp::EqNullSafe && (left.nullable || right.nullable || matches!(op, BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::Mod));
        Typed::new(Kind::Binary { op, left: Box::new(left), right: Box::new(right) }, data_type, nullable)
    }

    pub fn unary(op: UnaryOp, arg: Typed, data_type: DataType) -> Self {
        let nullable = !matches!(op, UnaryOp::IsNull | UnaryOp::IsNotNull) && arg.nullable;
        Typed::new(Kind::Unary { op, arg: Box::new(arg) }, data_type, nullable)
    }

    /// The expressions directly below.
    pub fn children(&self) -> Vec<&Typed> {
        match &self.kind {
            Kind::Col(_)
            | Kind::Outer { .. }
            | Kind::Literal(_)
            | Kind::Exists { .. }
            | Kind::ScalarQuery { .. }
            | Kind::Grouping(_)
            | Kind::GroupingId => {
                vec![]
            }
            Kind::Unary { arg, .. } | Kind::Cast(arg) | Kind::InQuery { arg, .. } => vec![arg],
            Kind::Binary { left, right, .. } => vec![left, right],
            Kind::Item { arg, key } => vec![arg, key],
            Kind::Call(call) => call.args.iter().chain(&call.filter).collect(),
            Kind::Case { branches, otherwise } => branches.iter().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref()).collect(),
            Kind::In { arg, list, .. } => std::iter::once(&**arg).chain(list).collect(),
            Kind::Window(w) => std::iter::once(&w.function).chain(&w.partition_by).chain(w.order_by.iter().map(|k| &k.expr)).collect(),
        }
    }

    pub fn children_mut(&mut self) -> Vec<&mut Typed> {
        match &mut self.kind {
            Kind::Col(_)
            | Kind::Outer { .. }
            | Kind::Literal(_)
            | Kind::Exists { .. }
            | Kind::ScalarQuery { .. }
            | Kind::Grouping(_)
            | Kind::GroupingId => {
                vec![]
            }
            Kind::Unary { arg, .. } | Kind::Cast(arg) | Kind::InQuery { arg, .. } => vec![arg],
            Kind::Binary { left, right, .. } => vec![left, right],
            Kind::Item { arg, key } => vec![arg, key],
            Kind::Call(call) => call.args.iter_mut().chain(&mut call.filter).collect(),
            Kind::Case { branches, otherwise } => branches.iter_mut().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref_mut()).collect(),
            Kind::In { arg, list, .. } => std::iter::once(&mut **arg).chain(list).collect(),
            Kind::Window(w) => {
                std::iter::once(&mut w.function).chain(&mut w.partition_by).chain(w.order_by.iter_mut().map(|k| &mut k.expr)).collect()
            }
        }
    }

    /// Does `test` hold for this expression or one below? Windows are entered only if `into_windows`.
    pub fn any(&self, into_windows: bool, test: &dyn Fn(&Kind) -> bool) -> bool {
        if test(&self.kind) {
            return true;
        }
        if let Kind::Window(w) = &self.kind
            && !into_windows
        {
            // Inside OVER an aggregate call is the window's function; its arguments and keys may aggregate.
            return w.function.children().into_iter().chain(&w.partition_by).chain(w.order_by.iter().map(|k| &k.expr)).any(|c| c.any(false, test));
        }
        self.children().into_iter().any(|c| c.any(into_windows, test))
    }

    /// An aggregate that is not the function of a window.
    pub fn has_aggregate(&self) -> bool {
        self.any(false, &|k| matches!(k, Kind::Call(c) if c.aggregate) || matches!(k, Kind::Grouping(_) | Kind::GroupingId))
    }

    pub fn has_window(&self) -> bool {
        self.any(true, &|k| matches!(k, Kind::Window(_)))
    }

    pub fn is_volatile(&self) -> bool {
        self.any(true, &|k| matches!(k, Kind::Call(c) if c.volatile))
    }
}
