//! The wire form of a plan, version 1: `{"version": 1, "exprs": […], "nodes": […], "root": n}`.
//!
//! Both arrays are flat: an entry refers to others by index, always to lower ones, so that reading needs no recursion
//! and a plan of any depth is read in one pass. Each entry is an object whose `op` names it.
//!
//! ```json
//! {"version": 1,
//!  "exprs": [{"op": "column", "name": "amount"}, {"op": "literal", "type": "bigint", "value": 10}, {"op": "gt", "left": 0, "right": 1}],
//!  "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 2}],
//!  "root": 1}
//! ```
//!
//! Literal values: null, booleans, numbers and strings as themselves; integers beyond 2^53 as decimal strings with type `bigint`;
//! NaN and infinities as `"NaN"`, `"Infinity"`, `"-Infinity"` with type `double`; bytes as base64 with type `binary`;
//! dates and timestamps as ISO text with their type; arrays and structs as JSON with type `json`, `array<…>` or `struct<…>`.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Grouping, JoinKind, JoinOn, Node, NodeId, Params, Pivot, Plan, SetKind};
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef, FrameBound, Literal, UnaryOp, WindowFrame, WindowSpec};
use crate::schema::Schema;
use crate::types::DataType;
use crate::value::Value;

/// Expressions nest at most this deep. Every pass over expressions recurses, and a WebAssembly stack is small.
pub const MAX_EXPR_DEPTH: usize = 400;
/// An expression has at most this many parts when each use of a shared part is counted: `x.add(x)` thirty times over has 2^30.
pub const MAX_EXPR_SIZE: usize = 500_000;
/// A plan has at most this many nodes on its longest path.
pub const MAX_PLAN_DEPTH: usize = 2_000;

type Id = usize;

#[derive(Debug, Deserialize)]
struct WirePlan {
    version: u32,
    exprs: Vec<WireExpr>,
    nodes: Vec<WireNode>,
    root: Id,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireLiteral {
    #[serde(rename = "type")]
    data_type: DataType,
    value: Json,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireExpr {
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
struct WireFrame {
    rows: bool,
    start: Json,
    end: Json,
}

#[derive(Debug, Deserialize)]
struct WirePivot {
    column: Id,
    values: Option<Vec<WireLiteral>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WireParams {
    Positional(Vec<WireLiteral>),
    Named(serde_json::Map<String, Json>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireNode {
    Table {
        name: String,
    },
    Sql {
        sql: String,
        params: Option<WireParams>,
    },
    /// `rows` hold plain literal values in the order of `schema`.
    Values {
        schema: Schema,
        rows: Vec<Vec<Json>>,
    },
    Project {
        input: Id,
        exprs: Vec<Id>,
    },
    WithColumns {
        input: Id,
        columns: Vec<(String, Id)>,
    },
    Rename {
        input: Id,
        pairs: Vec<(String, String)>,
    },
    Drop {
        input: Id,
        columns: Vec<Id>,
    },
    RenameAll {
        input: Id,
        names: Vec<String>,
    },
    Alias {
        input: Id,
        name: String,
    },
    Filter {
        input: Id,
        condition: Id,
    },
    Sort {
        input: Id,
        keys: Vec<Id>,
    },
    Limit {
        input: Id,
        n: u64,
    },
    Offset {
        input: Id,
        n: u64,
    },
    Tail {
        input: Id,
        n: u64,
    },
    Distinct {
        input: Id,
    },
    DistinctOn {
        input: Id,
        names: Vec<String>,
    },
    Sample {
        input: Id,
        fraction: f64,
        seed: Option<i64>,
    },
    /// `kind`: inner left right full cross semi anti. `using` names or one `condition`, or neither.
    Join {
        left: Id,
        right: Id,
        kind: String,
        using: Option<Vec<String>>,
        condition: Option<Id>,
    },
    /// `kind`: union intersect except.
    SetOp {
        left: Id,
        right: Id,
        kind: String,
        all: bool,
        #[serde(default)]
        by_name: bool,
        #[serde(default)]
        allow_missing: bool,
    },
    /// `grouping`: groupBy rollup cube.
    Aggregate {
        input: Id,
        grouping: String,
        keys: Vec<Id>,
        aggregates: Vec<Id>,
        pivot: Option<WirePivot>,
    },
    Unpivot {
        input: Id,
        ids: Vec<Id>,
        values: Vec<Id>,
        variable_name: String,
        value_name: String,
    },
    FillNa {
        input: Id,
        value: Option<WireLiteral>,
        #[serde(default)]
        by_column: Vec<(String, WireLiteral)>,
        subset: Option<Vec<String>>,
    },
    /// `how`: any or all.
    DropNa {
        input: Id,
        how: String,
        thresh: Option<u64>,
        subset: Option<Vec<String>>,
    },
    Replace {
        input: Id,
        pairs: Vec<(WireLiteral, WireLiteral)>,
        subset: Option<Vec<String>>,
    },
    Describe {
        input: Id,
        columns: Vec<String>,
        statistics: Vec<String>,
    },
    Cte {
        input: Id,
        name: String,
    },
    Recursive {
        name: String,
        base: Id,
        step: Id,
    },
    RecursiveRef {
        name: String,
        base: Id,
    },
    Cache {
        input: Id,
        id: String,
    },
}

impl WireLiteral {
    pub fn decode(self) -> Result<Literal> {
        decode_literal(self.data_type, self.value)
    }
}

/// A JSON value as a literal of the given type.
pub fn decode_literal(data_type: DataType, json: Json) -> Result<Literal> {
    let bad = |json: &Json| Error::invalid(format!("{json} is not a literal of type {data_type}"));
    let value = match (&json, &data_type) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(b), _) => Value::from(*b),
        (Json::Number(n), DataType::Double | DataType::Float) => Value::Real(n.as_f64().ok_or_else(|| bad(&json))?),
        (Json::Number(n), _) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => Value::Integer(i),
            (None, Some(r)) => Value::Real(r),
            _ => return Err(bad(&json)),
        },
        (Json::String(s), t) if t.is_integer() => Value::Integer(s.parse().map_err(|_| bad(&json))?),
        (Json::String(s), DataType::Double | DataType::Float) => Value::Real(match s.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            other => other.parse().map_err(|_| bad(&json))?,
        }),
        (Json::String(s), DataType::Binary) => Value::Blob(base64::engine::general_purpose::STANDARD.decode(s).map_err(|_| bad(&json))?),
        (Json::String(s), t) if !t.is_nested() => Value::Text(s.clone()),
        _ => Value::Text(exact_integers(json, &data_type).to_string()),
    };
    Ok(Literal { value, data_type })
}

/// Integers inside arrays and structs are numbers in the JSON text, also those that crossed as decimal strings. Types nest a few levels at most.
fn exact_integers(json: Json, data_type: &DataType) -> Json {
    match (json, data_type) {
        (Json::String(text), t) if t.is_integer() => text.parse::<i64>().map_or(Json::String(text), Json::from),
        (Json::Array(items), DataType::Array(element)) => items.into_iter().map(|item| exact_integers(item, element)).collect(),
        (Json::Object(map), DataType::Map(_, value)) => map.into_iter().map(|(key, item)| (key, exact_integers(item, value))).collect(),
        (Json::Object(map), DataType::Struct(fields)) => map
            .into_iter()
            .map(|(key, item)| match fields.iter().find(|(name, _)| *name == key) {
                Some((_, field)) => (key, exact_integers(item, field)),
                None => (key, item),
            })
            .collect(),
        (json, _) => json,
    }
}

/// Reads the wire form. Errors are `invalid_argument`.
pub fn decode(json: &str) -> Result<Plan> {
    let wire: WirePlan = serde_json::from_str(json).map_err(|e| Error::invalid(format!("not a plan: {e}")))?;
    if wire.version != 1 {
        return Err(Error::invalid(format!("plan version {} is not known (this build reads version 1)", wire.version)));
    }
    let mut exprs = Decoder::default();
    for expr in wire.exprs {
        exprs.push(expr)?;
    }
    let mut nodes: Vec<Node> = Vec::with_capacity(wire.nodes.len());
    let mut depths: Vec<usize> = Vec::with_capacity(wire.nodes.len());
    for (id, node) in wire.nodes.into_iter().enumerate() {
        let node = decode_node(node, &exprs)?;
        if let Some(bad) = node.inputs().iter().find(|input| **input >= id) {
            return Err(Error::invalid(format!("not a plan: node {id} refers to node {bad}")));
        }
        let depth = 1 + node.inputs().iter().map(|i| depths[*i]).max().unwrap_or(0);
        if depth > MAX_PLAN_DEPTH {
            return Err(Error::unsupported(format!("a plan may be at most {MAX_PLAN_DEPTH} verbs deep"))
                .hint("cache() or saveAsTable() an intermediate frame"));
        }
        depths.push(depth);
        nodes.push(node);
    }
    if wire.root >= nodes.len() {
        return Err(Error::invalid(format!("not a plan: root {} of {} nodes", wire.root, nodes.len())));
    }
    if let Some(bad) = exprs.frames.iter().find(|id| **id >= nodes.len()) {
        return Err(Error::invalid(format!("not a plan: an expression refers to node {bad} of {}", nodes.len())));
    }
    Ok(Plan { nodes, root: wire.root })
}

#[derive(Default)]
struct Decoder {
    done: Vec<ExprRef>,
    /// Depth and number of parts of each, by address.
    measures: HashMap<*const Expr, (usize, usize)>,
    /// Nodes that expressions refer to.
    frames: Vec<NodeId>,
}

impl Decoder {
    fn get(&self, id: Id) -> Result<ExprRef> {
        self.done.get(id).cloned().ok_or_else(|| Error::invalid(format!("not a plan: expression {id} is not there yet")))
    }

    fn all(&self, ids: &[Id]) -> Result<Vec<ExprRef>> {
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

    fn push(&mut self, wire: WireExpr) -> Result<()> {
        use WireExpr as W;
        let expr = match wire {
            W::Column { name, frame, outer } => Expr::Column { name, frame: frame.map(|id| self.node(id)), outer },
            W::Star { relation } => Expr::Star { relation },
            W::Literal(literal) => Expr::Literal(literal.decode()?),
            W::Not { arg } => self.unary(UnaryOp::Not, arg)?,
            W::Neg { arg } => self.unary(UnaryOp::Neg, arg)?,
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
        let mut depth = 0;
        let mut size = 1_usize;
        for child in expr.children() {
            // Children were decoded before.
            let (below, parts) = self.measures.get(&Arc::as_ptr(child)).copied().unwrap_or_default();
            depth = depth.max(below);
            size = size.saturating_add(parts);
        }
        depth += 1;
        if depth > MAX_EXPR_DEPTH {
            return Err(
                Error::unsupported(format!("an expression may nest at most {MAX_EXPR_DEPTH} deep")).hint("split it over several withColumn()")
            );
        }
        if size > MAX_EXPR_SIZE {
            return Err(Error::unsupported(format!("an expression may have at most {MAX_EXPR_SIZE} parts, counting each use of a shared one"))
                .hint("name what is used repeatedly with withColumn(), and cache() the frame"));
        }
        let expr = Arc::new(expr);
        self.measures.insert(Arc::as_ptr(&expr), (depth, size));
        self.done.push(expr);
        Ok(())
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

fn decode_node(wire: WireNode, exprs: &Decoder) -> Result<Node> {
    use WireNode as W;
    Ok(match wire {
        W::Table { name } => Node::Table { name },
        W::Sql { sql, params } => Node::Sql { sql, params: decode_params(params)? },
        W::Values { schema, rows } => {
            let rows = rows.into_iter().map(|row| decode_row(&schema, row)).collect::<Result<_>>()?;
            Node::Values { schema, rows }
        }
        W::Project { input, exprs: ids } => Node::Project { input, exprs: exprs.all(&ids)? },
        W::WithColumns { input, columns } => {
            Node::WithColumns { input, columns: columns.into_iter().map(|(name, id)| Ok((name, exprs.get(id)?))).collect::<Result<_>>()? }
        }
        W::Rename { input, pairs } => Node::Rename { input, pairs },
        W::Drop { input, columns } => Node::Drop { input, columns: exprs.all(&columns)? },
        W::RenameAll { input, names } => Node::RenameAll { input, names },
        W::Alias { input, name } => Node::Alias { input, name },
        W::Filter { input, condition } => Node::Filter { input, condition: exprs.get(condition)? },
        W::Sort { input, keys } => Node::Sort { input, keys: exprs.all(&keys)? },
        W::Limit { input, n } => Node::Limit { input, n },
        W::Offset { input, n } => Node::Offset { input, n },
        W::Tail { input, n } => Node::Tail { input, n },
        W::Distinct { input } => Node::Distinct { input },
        W::DistinctOn { input, names } => Node::DistinctOn { input, names },
        W::Sample { input, fraction, seed } => Node::Sample { input, fraction, seed },
        W::Join { left, right, kind, using, condition } => Node::Join {
            left,
            right,
            kind: match kind.as_str() {
                "inner" => JoinKind::Inner,
                "left" => JoinKind::Left,
                "right" => JoinKind::Right,
                "full" => JoinKind::Full,
                "cross" => JoinKind::Cross,
                "semi" => JoinKind::Semi,
                "anti" => JoinKind::Anti,
                other => return Err(Error::invalid(format!("join: \"{other}\" is not a kind of join"))),
            },
            on: match (using, condition) {
                (Some(names), _) => JoinOn::Using(names),
                (None, Some(id)) => JoinOn::Condition(exprs.get(id)?),
                (None, None) => JoinOn::None,
            },
        },
        W::SetOp { left, right, kind, all, by_name, allow_missing } => Node::SetOp {
            left,
            right,
            kind: match kind.as_str() {
                "union" => SetKind::Union,
                "intersect" => SetKind::Intersect,
                "except" => SetKind::Except,
                other => return Err(Error::invalid(format!("\"{other}\" is not a set operation"))),
            },
            all,
            by_name,
            allow_missing,
        },
        W::Aggregate { input, grouping, keys, aggregates, pivot } => Node::Aggregate {
            input,
            grouping: match grouping.as_str() {
                "groupBy" => Grouping::GroupBy,
                "rollup" => Grouping::Rollup,
                "cube" => Grouping::Cube,
                other => return Err(Error::invalid(format!("\"{other}\" is not a grouping"))),
            },
            keys: exprs.all(&keys)?,
            aggregates: exprs.all(&aggregates)?,
            pivot: match pivot {
                Some(pivot) => Some(Pivot { column: exprs.get(pivot.column)?, values: pivot.values.map(decode_literals).transpose()? }),
                None => None,
            },
        },
        W::Unpivot { input, ids, values, variable_name, value_name } => {
            Node::Unpivot { input, ids: exprs.all(&ids)?, values: exprs.all(&values)?, variable_name, value_name }
        }
        W::FillNa { input, value, by_column, subset } => Node::FillNa {
            input,
            value: value.map(WireLiteral::decode).transpose()?,
            by_column: by_column.into_iter().map(|(name, literal)| Ok((name, literal.decode()?))).collect::<Result<_>>()?,
            subset,
        },
        W::DropNa { input, how, thresh, subset } => Node::DropNa {
            input,
            all: match how.as_str() {
                "any" => false,
                "all" => true,
                other => return Err(Error::invalid(format!("dropna: how is \"any\" or \"all\", not \"{other}\""))),
            },
            thresh,
            subset,
        },
        W::Replace { input, pairs, subset } => {
            Node::Replace { input, pairs: pairs.into_iter().map(|(from, to)| Ok((from.decode()?, to.decode()?))).collect::<Result<_>>()?, subset }
        }
        W::Describe { input, columns, statistics } => Node::Describe { input, columns, statistics },
        W::Cte { input, name } => Node::Cte { input, name },
        W::Recursive { name, base, step } => Node::Recursive { name, base, step },
        W::RecursiveRef { name, base } => Node::RecursiveRef { name, base },
        W::Cache { input, id } => Node::Cache { input, id },
    })
}

fn decode_literals(wire: Vec<WireLiteral>) -> Result<Vec<Literal>> {
    wire.into_iter().map(WireLiteral::decode).collect()
}

fn decode_row(schema: &Schema, row: Vec<Json>) -> Result<Vec<Literal>> {
    if row.len() != schema.len() {
        return Err(Error::invalid(format!("a row has {} values for {} columns", row.len(), schema.len())));
    }
    schema.iter().zip(row).map(|(field, json)| decode_literal(field.data_type.clone(), json)).collect()
}

/// Parameters of a statement outside of a plan, in the same form; absent: none.
pub fn decode_params_json(json: Option<&str>) -> Result<Params> {
    decode_params(json.map(serde_json::from_str).transpose().map_err(|e| Error::invalid(format!("parameters: {e}")))?)
}

fn decode_params(params: Option<WireParams>) -> Result<Params> {
    Ok(match params {
        None => Params::Positional(vec![]),
        Some(WireParams::Positional(list)) => Params::Positional(decode_literals(list)?),
        Some(WireParams::Named(map)) => Params::Named(
            map.into_iter()
                .map(|(name, json)| {
                    let literal: WireLiteral = serde_json::from_value(json).map_err(|e| Error::invalid(format!("parameter {name}: {e}")))?;
                    Ok((name, literal.decode()?))
                })
                .collect::<Result<_>>()?,
        ),
    })
}
