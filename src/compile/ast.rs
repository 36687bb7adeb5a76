//! A small syntax tree of the SQL that we write. Expressions are shared: a merged projection is used in several places.

use std::collections::HashMap;
use std::rc::Rc;

use crate::types::DataType;
use crate::value::Value;

pub type E = Rc<Expression>;

/// A table, subquery or CTE standing in some FROM; numbered over the whole statement.
pub type SourceId = usize;
pub type CteId = usize;

#[derive(Debug)]
pub struct Expression {
    pub sql: Sql,
    /// How many nodes it would print.
    pub size: usize,
    pub depth: usize,
    pub facts: Facts,
}

/// What an expression holds somewhere below, subqueries aside; `by_value` is about itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    pub aggregate: bool,
    pub window: bool,
    pub volatile: bool,
    pub subquery: bool,
    pub column: bool,
    /// An equality that holds for exactly the values that GROUP BY puts together and IN finds, whichever side it is seen from.
    pub by_value: bool,
}

impl Facts {
    fn or(self, other: Facts) -> Facts {
        Facts {
            aggregate: self.aggregate || other.aggregate,
            window: self.window || other.window,
            volatile: self.volatile || other.volatile,
            subquery: self.subquery || other.subquery,
            column: self.column || other.column,
            by_value: self.by_value,
        }
    }
}

/// How tightly an operator binds in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precedence {
    Or,
    And,
    Not,
    Equal,
    Compare,
    Bits,
    Add,
    Multiply,
    Concat,
    Unary,
    Atom,
}

impl Precedence {
    /// The next tighter level.
    pub fn above(self) -> Precedence {
        match self {
            Precedence::Or => Precedence::And,
            Precedence::And => Precedence::Not,
            Precedence::Not => Precedence::Equal,
            Precedence::Equal => Precedence::Compare,
            Precedence::Compare => Precedence::Bits,
            Precedence::Bits => Precedence::Add,
            Precedence::Add => Precedence::Multiply,
            Precedence::Multiply => Precedence::Concat,
            Precedence::Concat => Precedence::Unary,
            Precedence::Unary | Precedence::Atom => Precedence::Atom,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub expr: E,
    pub descending: bool,
    /// Said only where it differs from SQLite's default: first ascending, last descending.
    pub nulls_first: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || (self.size == other.size && self.sql == other.sql)
    }
}

#[derive(Debug, PartialEq)]
pub enum Sql {
    Column {
        source: SourceId,
        name: Rc<str>,
    },
    Literal {
        value: Value,
        data_type: DataType,
    },
    /// A word that stands by itself: `NULL`, `CURRENT_DATE`.
    Word(&'static str),
    Infix {
        op: &'static str,
        precedence: Precedence,
        left: E,
        right: E,
    },
    Prefix {
        op: &'static str,
        precedence: Precedence,
        arg: E,
    },
    Postfix {
        op: &'static str,
        arg: E,
    },
    Call {
        name: Rc<str>,
        args: Vec<E>,
        distinct: bool,
        filter: Option<E>,
        star: bool,
    },
    Over {
        function: E,
        partition_by: Vec<E>,
        order_by: Vec<Order>,
        frame: Option<String>,
    },
    Case {
        branches: Vec<(E, E)>,
        otherwise: Option<E>,
    },
    Cast {
        arg: E,
        to: &'static str,
    },
    In {
        arg: E,
        list: Vec<E>,
        negated: bool,
    },
    /// Several arguments make a row value.
    InQuery {
        args: Vec<E>,
        query: Rc<Query>,
        negated: bool,
    },
    Exists {
        query: Rc<Query>,
        negated: bool,
    },
    Scalar {
        query: Rc<Query>,
    },
}

impl Sql {
    pub fn children(&self) -> Vec<&E> {
        match self {
            Sql::Column { .. } | Sql::Literal { .. } | Sql::Word(_) | Sql::Exists { .. } | Sql::Scalar { .. } => vec![],
            Sql::Infix { left, right, .. } => vec![left, right],
            Sql::Prefix { arg, .. } | Sql::Postfix { arg, .. } | Sql::Cast { arg, .. } => vec![arg],
            Sql::Call { args, filter, .. } => args.iter().chain(filter).collect(),
            Sql::Over { function, partition_by, order_by, .. } => {
                std::iter::once(function).chain(partition_by).chain(order_by.iter().map(|o| &o.expr)).collect()
            }
            Sql::Case { branches, otherwise } => branches.iter().flat_map(|(c, v)| [c, v]).chain(otherwise).collect(),
            Sql::In { arg, list, .. } => std::iter::once(arg).chain(list).collect(),
            Sql::InQuery { args, .. } => args.iter().collect(),
        }
    }

    pub fn query(&self) -> Option<&Rc<Query>> {
        match self {
            Sql::InQuery { query, .. } | Sql::Exists { query, .. } | Sql::Scalar { query } => Some(query),
            _ => None,
        }
    }
}

/// Builds an expression; the caller adds the facts that the children do not show.
pub fn make(sql: Sql, own: Facts) -> E {
    let (mut size, mut depth, mut facts) = (1usize, 0usize, own);
    for child in sql.children() {
        size = size.saturating_add(child.size);
        depth = depth.max(child.depth);
        facts = facts.or(child.facts);
    }
    match &sql {
        // Over a window an aggregate is none any more, but its arguments may be.
        Sql::Over { function, partition_by, order_by, .. } => {
            let mut inside = function.sql.children().into_iter().chain(partition_by).chain(order_by.iter().map(|o| &o.expr));
            facts.aggregate = inside.any(|e| e.facts.aggregate);
            facts.window = true;
        }
        Sql::Column { .. } => facts.column = true,
        Sql::Exists { .. } | Sql::Scalar { .. } | Sql::InQuery { .. } => facts.subquery = true,
        _ => {}
    }
    Rc::new(Expression { sql, size, depth: depth + 1, facts })
}

pub fn plain(sql: Sql) -> E {
    make(sql, Facts::default())
}

pub fn column(source: SourceId, name: impl Into<Rc<str>>) -> E {
    plain(Sql::Column { source, name: name.into() })
}

pub fn literal(value: impl Into<Value>, data_type: DataType) -> E {
    match value.into() {
        Value::Null => plain(Sql::Word("NULL")),
        value => plain(Sql::Literal { value, data_type }),
    }
}

pub fn integer(value: i64) -> E {
    literal(value, DataType::Long)
}

pub fn call(name: &str, args: Vec<E>) -> E {
    plain(Sql::Call { name: name.into(), args, distinct: false, filter: None, star: false })
}

pub fn count_star() -> E {
    make(Sql::Call { name: "count".into(), args: vec![], distinct: false, filter: None, star: true }, Facts { aggregate: true, ..Facts::default() })
}

pub fn infix(op: &'static str, precedence: Precedence, left: E, right: E) -> E {
    plain(Sql::Infix { op, precedence, left, right })
}

pub fn equal(left: E, right: E) -> E {
    infix("=", Precedence::Equal, left, right)
}

/// All of them hold; balanced when there are many, since SQLite limits the depth of expressions.
pub fn all(mut conditions: Vec<E>) -> Option<E> {
    if conditions.len() > 64 {
        while conditions.len() > 1 {
            conditions = conditions
                .chunks(2)
                .map(|pair| match pair {
                    [a, b] => infix("AND", Precedence::And, a.clone(), b.clone()),
                    one => one[0].clone(),
                })
                .collect();
        }
    }
    conditions.into_iter().reduce(|a, b| infix("AND", Precedence::And, a, b))
}

/// The parts of a conjunction.
pub fn conjuncts(condition: E, into: &mut Vec<E>) {
    if let Sql::Infix { op: "AND", left, right, .. } = &condition.sql {
        conjuncts(left.clone(), into);
        conjuncts(right.clone(), into);
    } else {
        into.push(condition);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub expr: E,
    pub name: Rc<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum From {
    Table(Rc<str>),
    Query(Rc<Query>),
    Cte(CteId),
    /// `json_each(…)`.
    Function {
        name: &'static str,
        args: Vec<E>,
    },
    /// Rows of literals; columns are `column1`, `column2` …
    Values(Vec<Vec<E>>),
    /// The user's own SELECT, with its parameters by position in the text.
    Raw {
        sql: Rc<str>,
        params: Rc<Vec<(usize, usize, E)>>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub from: From,
    /// `JOIN`, `LEFT JOIN` …; empty for the first.
    pub join: &'static str,
    pub on: Vec<E>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Select {
    pub items: Vec<Item>,
    pub from: Vec<Source>,
    pub filter: Vec<E>,
    /// Is it an aggregate query? Without keys: over all rows.
    pub grouped: bool,
    pub group_by: Vec<E>,
    pub having: Vec<E>,
    pub distinct: bool,
}

impl Select {
    /// Without columns rows still count.
    pub fn keep_rows(&mut self) {
        if self.items.is_empty() {
            // Without an aggregate, a SELECT of one group would be one of all rows.
            let one_group = self.grouped && self.group_by.is_empty();
            let expr = if one_group { count_star() } else { plain(Sql::Word("1")) };
            self.items.push(Item { expr, name: "one".into() });
        }
    }
}

/// A SELECT or several in a compound, with the order and limit of the whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub select: Select,
    /// Further arms: `UNION ALL` and a SELECT.
    pub arms: Vec<(&'static str, Select)>,
    pub order_by: Vec<Order>,
    pub limit: Option<u64>,
    pub offset: u64,
}

#[derive(Debug, Clone)]
pub struct Cte {
    pub name: Rc<str>,
    pub query: Query,
    /// For recursive ones the step, after UNION ALL.
    pub step: Option<Query>,
    pub columns: Vec<Rc<str>>,
    pub materialized: bool,
}

/// A statement, and what its sources would like to be called.
#[derive(Debug, Default)]
pub struct Statement {
    pub ctes: Vec<Cte>,
    pub query: Query,
    pub hints: Vec<Rc<str>>,
    /// The columns of each table that is read, all of them in their order.
    pub tables: HashMap<Rc<str>, Vec<Rc<str>>>,
    /// Are integers computed with operators that become doubles past 64 bits?
    pub may_overflow: bool,
}
