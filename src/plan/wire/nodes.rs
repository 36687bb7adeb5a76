//! Nodes on the wire.

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::{Grouping, JoinKind, JoinOn, Node, Pivot, SetKind};
use super::Id;
use super::exprs::Decoder;
use super::literals::{WireLiteral, WireParams, decode_literals, decode_params, decode_row};
use crate::error::{Error, Result};
use crate::schema::Schema;

#[derive(Debug, Deserialize)]
pub struct WirePivot {
    column: Id,
    values: Option<Vec<WireLiteral>>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WireNode {
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

pub fn decode_node(wire: WireNode, exprs: &Decoder) -> Result<Node> {
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
