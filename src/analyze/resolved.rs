//! What analysis gives: a plan whose names are positions, whose expressions have types, and whose convenience verbs
//! are spelled out as a few operators.

mod typed;

use std::rc::Rc;

use crate::expr::Literal;
use crate::plan::{Grouping, JoinKind, SetKind};
use crate::schema::{Field, Schema};
use crate::types::DataType;
pub use typed::{Call, Kind, Typed, Window};

/// Index into [`Resolved::nodes`]; inputs have lower ids.
pub type RelId = usize;

#[derive(Debug)]
pub struct Resolved {
    pub nodes: Vec<Relation>,
    pub root: RelId,
    /// May text of some source be compared other than byte by byte?
    pub collates: bool,
}

/// One output column. Its name need not be unique.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: Rc<str>,
    pub data_type: DataType,
    pub nullable: bool,
    /// Identity: kept while a column passes through verbs unchanged, new when an expression makes it.
    pub attr: u32,
    /// The alias or table by which `alias.column` finds it.
    pub qualifier: Option<Rc<str>>,
    /// Where it comes from, if unchanged: which input, which column there.
    pub from: Option<(u8, u32)>,
}

impl Column {
    pub fn field(&self) -> Field {
        Field::new(&*self.name, self.data_type.clone(), self.nullable)
    }
}

#[derive(Debug)]
pub struct Relation {
    pub op: Op,
    /// Visible columns, then hidden ones (the other side's key of a join by name, reachable by `df.col` or `alias.key`).
    pub columns: Vec<Column>,
    pub n_visible: usize,
    /// How many query levels out its expressions reach; 0: it stands alone.
    pub outer_level: usize,
}

impl Relation {
    pub fn visible(&self) -> &[Column] {
        &self.columns[..self.n_visible]
    }

    pub fn schema(&self) -> Schema {
        self.visible().iter().map(Column::field).collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub expr: Typed,
    pub descending: bool,
    pub nulls_first: bool,
}

/// Column positions in expressions count over the input's columns, hidden ones included; in a join over the left's, then the right's.
#[derive(Debug)]
pub enum Op {
    Table {
        name: Rc<str>,
    },
    Sql {
        sql: Rc<str>,
        params: Vec<(String, Literal)>,
    },
    Values {
        rows: Vec<Vec<Literal>>,
    },
    Project {
        input: RelId,
        exprs: Vec<Typed>,
    },
    /// The same rows under another alias; the columns know it as their qualifier.
    Alias {
        input: RelId,
    },
    Filter {
        input: RelId,
        condition: Typed,
    },
    Sort {
        input: RelId,
        keys: Vec<SortKey>,
    },
    Limit {
        input: RelId,
        n: u64,
    },
    Offset {
        input: RelId,
        n: u64,
    },
    Tail {
        input: RelId,
        n: u64,
    },
    Distinct {
        input: RelId,
    },
    /// The first row per distinct value of these columns.
    DistinctOn {
        input: RelId,
        keys: Vec<usize>,
    },
    Join {
        left: RelId,
        right: RelId,
        kind: JoinKind,
        condition: Option<Typed>,
        exprs: Vec<Typed>,
    },
    /// The columns of each side in output order, cast to the common types.
    SetOp {
        left: RelId,
        right: RelId,
        kind: SetKind,
        all: bool,
        left_exprs: Vec<Typed>,
        right_exprs: Vec<Typed>,
    },
    /// Output: keys, then aggregates.
    Aggregate {
        input: RelId,
        grouping: Grouping,
        keys: Vec<Typed>,
        aggregates: Vec<Typed>,
    },
    /// The input's columns, then those that the generator makes.
    Generate {
        input: RelId,
        generator: Generator,
        arg: Typed,
        outer: bool,
    },
    Unpivot {
        input: RelId,
        ids: Vec<Typed>,
        values: Vec<(Rc<str>, Typed)>,
    },
    Cte {
        input: RelId,
        name: Rc<str>,
    },
    Recursive {
        name: Rc<str>,
        base: RelId,
        step: RelId,
        step_exprs: Vec<Typed>,
    },
    RecursiveRef {
        name: Rc<str>,
        base: RelId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    Explode,
    PosExplode,
    ExplodeMap,
    PosExplodeMap,
}

impl Op {
    pub fn inputs(&self) -> Vec<RelId> {
        match self {
            Op::Table { .. } | Op::Sql { .. } | Op::Values { .. } => vec![],
            Op::RecursiveRef { base, .. } => vec![*base],
            Op::Recursive { base, step, .. } => vec![*base, *step],
            Op::Join { left, right, .. } | Op::SetOp { left, right, .. } => vec![*left, *right],
            Op::Project { input, .. }
            | Op::Alias { input, .. }
            | Op::Filter { input, .. }
            | Op::Sort { input, .. }
            | Op::Limit { input, .. }
            | Op::Offset { input, .. }
            | Op::Tail { input, .. }
            | Op::Distinct { input }
            | Op::DistinctOn { input, .. }
            | Op::Aggregate { input, .. }
            | Op::Generate { input, .. }
            | Op::Unpivot { input, .. }
            | Op::Cte { input, .. } => vec![*input],
        }
    }

    /// Every expression of the operator.
    pub fn exprs(&self) -> Vec<&Typed> {
        match self {
            Op::Project { exprs, .. } => exprs.iter().collect(),
            Op::Filter { condition, .. } => vec![condition],
            Op::Sort { keys, .. } => keys.iter().map(|k| &k.expr).collect(),
            Op::Join { condition, exprs, .. } => condition.iter().chain(exprs).collect(),
            Op::SetOp { left_exprs, right_exprs, .. } => left_exprs.iter().chain(right_exprs).collect(),
            Op::Aggregate { keys, aggregates, .. } => keys.iter().chain(aggregates).collect(),
            Op::Generate { arg, .. } => vec![arg],
            Op::Unpivot { ids, values, .. } => ids.iter().chain(values.iter().map(|(_, v)| v)).collect(),
            Op::Recursive { step_exprs, .. } => step_exprs.iter().collect(),
            _ => vec![],
        }
    }
}
