//! The logical plan: nodes in an array, inputs before users, so that no pass needs to recurse and a frame used twice is one node.
//!
//! `wire` is the versioned JSON that crosses from JavaScript; a plan built in Rust has the same nodes.

pub mod wire;

/// Index into [`Plan::nodes`]; a node's inputs have lower ids.
pub use crate::expr::NodeId;
use crate::expr::{ExprRef, Literal};
use crate::schema::Schema;

#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub nodes: Vec<Node>,
    pub root: NodeId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
    Semi,
    Anti,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    Union,
    Intersect,
    Except,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    GroupBy,
    Rollup,
    Cube,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinOn {
    /// `on` absent.
    None,
    /// Equal names on both sides; each appears once in the output.
    Using(Vec<String>),
    Condition(ExprRef),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Params {
    Positional(Vec<Literal>),
    /// Names without their `:`, `$` or `@`.
    Named(Vec<(String, Literal)>),
}

/// `groupBy(…).pivot(column, values?)`. Without values the engine reads the distinct ones first.
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    pub column: ExprRef,
    pub values: Option<Vec<Literal>>,
}

/// A node is named after relational algebra; the verb that made it is in its comment where they differ.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A table or view of the catalogue.
    Table {
        name: String,
    },
    /// A SELECT in SQLite's own words.
    Sql {
        sql: String,
        params: Params,
    },
    /// Rows given as literals.
    Values {
        schema: Schema,
        rows: Vec<Vec<Literal>>,
    },
    /// `select`, `selectExpr`.
    Project {
        input: NodeId,
        exprs: Vec<ExprRef>,
    },
    /// `withColumn(s)`: replaces in place or appends.
    WithColumns {
        input: NodeId,
        columns: Vec<(String, ExprRef)>,
    },
    /// `withColumn(s)Renamed`; names that do not exist are ignored.
    Rename {
        input: NodeId,
        pairs: Vec<(String, String)>,
    },
    /// `drop`; names that do not exist are ignored.
    Drop {
        input: NodeId,
        columns: Vec<ExprRef>,
    },
    /// `toDF(...names)`.
    RenameAll {
        input: NodeId,
        names: Vec<String>,
    },
    /// `alias(name)`.
    Alias {
        input: NodeId,
        name: String,
    },
    Filter {
        input: NodeId,
        condition: ExprRef,
    },
    Sort {
        input: NodeId,
        keys: Vec<ExprRef>,
    },
    Limit {
        input: NodeId,
        n: u64,
    },
    Offset {
        input: NodeId,
        n: u64,
    },
    /// The last `n` rows, in order.
    Tail {
        input: NodeId,
        n: u64,
    },
    Distinct {
        input: NodeId,
    },
    /// `dropDuplicates(names)`: one whole row per key.
    DistinctOn {
        input: NodeId,
        names: Vec<String>,
    },
    Sample {
        input: NodeId,
        fraction: f64,
        seed: Option<i64>,
    },
    Join {
        left: NodeId,
        right: NodeId,
        kind: JoinKind,
        on: JoinOn,
    },
    SetOp {
        left: NodeId,
        right: NodeId,
        kind: SetKind,
        all: bool,
        by_name: bool,
        allow_missing: bool,
    },
    Aggregate {
        input: NodeId,
        grouping: Grouping,
        keys: Vec<ExprRef>,
        aggregates: Vec<ExprRef>,
        pivot: Option<Pivot>,
    },
    Unpivot {
        input: NodeId,
        ids: Vec<ExprRef>,
        values: Vec<ExprRef>,
        variable_name: String,
        value_name: String,
    },
    /// `fillna`: one value for the columns of its type (`subset` or all), or a value per column.
    FillNa {
        input: NodeId,
        value: Option<Literal>,
        by_column: Vec<(String, Literal)>,
        subset: Option<Vec<String>>,
    },
    /// `dropna`: keep rows with at least `thresh` non-null values; without it `how` all or any decides.
    DropNa {
        input: NodeId,
        all: bool,
        thresh: Option<u64>,
        subset: Option<Vec<String>>,
    },
    Replace {
        input: NodeId,
        pairs: Vec<(Literal, Literal)>,
        subset: Option<Vec<String>>,
    },
    /// `describe(…)`, `summary(…)`: a row per statistic, all columns text.
    Describe {
        input: NodeId,
        columns: Vec<String>,
        statistics: Vec<String>,
    },
    /// `cte(name)`: this frame becomes a named CTE.
    Cte {
        input: NodeId,
        name: String,
    },
    /// `db.recursive(name, base, step)`: `step` reads `RecursiveRef` of the same name; UNION ALL.
    Recursive {
        name: String,
        base: NodeId,
        step: NodeId,
    },
    RecursiveRef {
        name: String,
        base: NodeId,
    },
    /// `cache()`: the engine replaces it by the table it is materialised in.
    Cache {
        input: NodeId,
        id: String,
    },
}

impl Plan {
    /// The aggregates whose pivot has no values yet, lowest first.
    pub fn open_pivots(&self) -> Vec<NodeId> {
        let open = |node: &Node| matches!(node, Node::Aggregate { pivot: Some(Pivot { values: None, .. }), .. });
        (0..self.nodes.len()).filter(|id| open(&self.nodes[*id])).collect()
    }

    /// Gives the pivot at `node` its values.
    pub fn fill_pivot(&mut self, node: NodeId, found: Vec<Literal>) {
        if let Some(Node::Aggregate { pivot: Some(pivot), .. }) = self.nodes.get_mut(node) {
            pivot.values = Some(found);
        }
    }
}

impl Node {
    pub fn inputs(&self) -> Vec<NodeId> {
        match self {
            Node::Table { .. } | Node::Sql { .. } | Node::Values { .. } => vec![],
            Node::RecursiveRef { base, .. } => vec![*base],
            Node::Recursive { base, step, .. } => vec![*base, *step],
            Node::Join { left, right, .. } | Node::SetOp { left, right, .. } => vec![*left, *right],
            Node::Project { input, .. }
            | Node::WithColumns { input, .. }
            | Node::Rename { input, .. }
            | Node::Drop { input, .. }
            | Node::RenameAll { input, .. }
            | Node::Alias { input, .. }
            | Node::Filter { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Offset { input, .. }
            | Node::Tail { input, .. }
            | Node::Distinct { input }
            | Node::DistinctOn { input, .. }
            | Node::Sample { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Unpivot { input, .. }
            | Node::FillNa { input, .. }
            | Node::DropNa { input, .. }
            | Node::Replace { input, .. }
            | Node::Describe { input, .. }
            | Node::Cte { input, .. }
            | Node::Cache { input, .. } => vec![*input],
        }
    }

    /// The verb a user wrote, for messages.
    pub fn verb(&self) -> &'static str {
        match self {
            Node::Table { .. } => "table",
            Node::Sql { .. } => "sql",
            Node::Values { .. } => "createDataFrame",
            Node::Project { .. } => "select",
            Node::WithColumns { .. } => "withColumn",
            Node::Rename { .. } => "withColumnRenamed",
            Node::Drop { .. } => "drop",
            Node::RenameAll { .. } => "toDF",
            Node::Alias { .. } => "alias",
            Node::Filter { .. } => "where",
            Node::Sort { .. } => "orderBy",
            Node::Limit { .. } => "limit",
            Node::Offset { .. } => "offset",
            Node::Tail { .. } => "tail",
            Node::Distinct { .. } => "distinct",
            Node::DistinctOn { .. } => "dropDuplicates",
            Node::Sample { .. } => "sample",
            Node::Join { .. } => "join",
            Node::SetOp { kind: SetKind::Union, by_name: true, .. } => "unionByName",
            Node::SetOp { kind: SetKind::Union, .. } => "union",
            Node::SetOp { kind: SetKind::Intersect, .. } => "intersect",
            Node::SetOp { kind: SetKind::Except, .. } => "subtract",
            Node::Aggregate { pivot: Some(_), .. } => "pivot",
            Node::Aggregate { .. } => "agg",
            Node::Unpivot { .. } => "unpivot",
            Node::FillNa { .. } => "fillna",
            Node::DropNa { .. } => "dropna",
            Node::Replace { .. } => "replace",
            Node::Describe { .. } => "describe",
            Node::Cte { .. } => "cte",
            Node::Recursive { .. } | Node::RecursiveRef { .. } => "recursive",
            Node::Cache { .. } => "cache",
        }
    }
}
