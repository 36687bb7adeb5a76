//! Frames written as text, so that cases are data: verbs separated by newlines or ` ; `, expressions as SQL text.
//!
//! `table t ; where x > 1 ; select x, x + 1 as y`. `as name` puts the frame aside for `join name …`, `union name` and the like.

use std::collections::HashMap;
use std::sync::Arc;

use moltres::expr::{Expr, ExprRef, Literal};
use moltres::plan::{Grouping, JoinKind, JoinOn, Node, NodeId, Params, Pivot, Plan, SetKind};
use moltres::types::DataType;
use moltres::value::Value;

pub fn text(sql: &str) -> ExprRef {
    Arc::new(Expr::Text { sql: sql.to_owned(), params: vec![] })
}

/// Splits at commas outside parentheses and quotes.
pub fn list(line: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quote, mut part) = (vec![], 0, None, String::new());
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if !part.trim().is_empty() {
        parts.push(part.trim().to_owned());
    }
    parts
}

fn exprs(line: &str) -> Vec<ExprRef> {
    list(line).iter().map(|t| text(t)).collect()
}

fn columns(line: &str) -> Vec<ExprRef> {
    list(line).iter().map(Expr::column).collect()
}

pub fn literal(text: &str) -> Literal {
    if let Some(s) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        return Literal { value: s.into(), data_type: DataType::String };
    }
    if let Ok(i) = text.parse::<i64>() {
        return Literal { value: i.into(), data_type: DataType::Long };
    }
    if let Ok(r) = text.parse::<f64>() {
        return Literal { value: r.into(), data_type: DataType::Double };
    }
    match text {
        "true" | "false" => Literal { value: (text == "true").into(), data_type: DataType::Boolean },
        _ => Literal { value: Value::Null, data_type: DataType::Void },
    }
}

pub fn frame(source: &str) -> Plan {
    let mut nodes: Vec<Node> = vec![];
    let mut named: HashMap<String, NodeId> = HashMap::new();
    let lines = source.split('\n').flat_map(|l| l.split(" ; ")).map(str::trim).filter(|l| !l.is_empty());
    for line in lines {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let input = nodes.len().wrapping_sub(1);
        let other = |name: &str| *named.get(name).unwrap_or_else(|| panic!("no frame {name}"));
        let number = || rest.parse::<u64>().unwrap();
        let set = |kind, all, by_name, allow_missing| Node::SetOp {
            left: input,
            right: other(rest.split(' ').next().unwrap()),
            kind,
            all,
            by_name,
            allow_missing,
        };
        let group = |grouping, rest: &str| {
            let (keys, aggregates) = rest.split_once(':').unwrap_or((rest, ""));
            Node::Aggregate { input, grouping, keys: exprs(keys), aggregates: exprs(aggregates), pivot: None }
        };
        let node = match verb {
            "as" => {
                named.insert(rest.to_owned(), input);
                continue;
            }
            "from" => {
                // A frame put aside, taken up again.
                Node::Filter { input: other(rest), condition: Expr::literal(true, DataType::Boolean) }
            }
            "table" => Node::Table { name: rest.to_owned() },
            "sql" => Node::Sql { sql: rest.to_owned(), params: Params::Positional(vec![]) },
            "select" => Node::Project { input, exprs: exprs(rest) },
            "withColumn" => Node::WithColumns {
                input,
                columns: list(rest).iter().map(|c| c.split_once(" = ").map(|(n, e)| (n.to_owned(), text(e))).unwrap()).collect(),
            },
            "rename" => Node::Rename {
                input,
                pairs: list(rest).iter().map(|c| c.split_once(" to ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()).collect(),
            },
            "drop" => Node::Drop { input, columns: columns(rest) },
            "toDF" => Node::RenameAll { input, names: list(rest) },
            "alias" => Node::Alias { input, name: rest.to_owned() },
            "where" => Node::Filter { input, condition: text(rest) },
            "orderBy" => Node::Sort { input, keys: exprs(rest) },
            "limit" => Node::Limit { input, n: number() },
            "offset" => Node::Offset { input, n: number() },
            "tail" => Node::Tail { input, n: number() },
            "distinct" => Node::Distinct { input },
            "dropDuplicates" => Node::DistinctOn { input, names: list(rest) },
            "sample" => Node::Sample { input, fraction: rest.parse().unwrap(), seed: Some(1) },
            "join" | "crossJoin" => {
                // join name [left] using a, b | join name [left] on condition
                let mut words = rest.splitn(2, ' ');
                let right = other(words.next().unwrap());
                let rest = words.next().unwrap_or("");
                let (kind, on) = match rest.split_once("on ") {
                    Some((kind, condition)) => (kind, JoinOn::Condition(text(condition))),
                    None => match rest.split_once("using ") {
                        Some((kind, names)) => (kind, JoinOn::Using(list(names))),
                        None => (rest, JoinOn::None),
                    },
                };
                let kind = match kind.trim() {
                    "left" => JoinKind::Left,
                    "right" => JoinKind::Right,
                    "full" => JoinKind::Full,
                    "semi" => JoinKind::Semi,
                    "anti" => JoinKind::Anti,
                    _ if verb == "crossJoin" => JoinKind::Cross,
                    _ => JoinKind::Inner,
                };
                Node::Join { left: input, right, kind, on }
            }
            "union" => set(SetKind::Union, true, false, false),
            "unionByName" => set(SetKind::Union, true, true, rest.ends_with("missing")),
            "intersect" => set(SetKind::Intersect, false, false, false),
            "intersectAll" => set(SetKind::Intersect, true, false, false),
            "subtract" => set(SetKind::Except, false, false, false),
            "exceptAll" => set(SetKind::Except, true, false, false),
            "groupBy" => group(Grouping::GroupBy, rest),
            "rollup" => group(Grouping::Rollup, rest),
            "cube" => group(Grouping::Cube, rest),
            "agg" => group(Grouping::GroupBy, &format!(":{rest}")),
            "pivot" => {
                // pivot key by column in v1, v2 : aggregates
                let (head, aggregates) = rest.split_once(':').unwrap();
                let (keys, by) = head.split_once(" by ").unwrap();
                let (column, values) = by.split_once(" in ").unwrap();
                let values = Some(list(values).iter().map(|v| literal(v)).collect());
                Node::Aggregate {
                    input,
                    grouping: Grouping::GroupBy,
                    keys: exprs(keys),
                    aggregates: exprs(aggregates),
                    pivot: Some(Pivot { column: text(column), values }),
                }
            }
            "unpivot" => {
                let (ids, values) = rest.split_once(':').unwrap();
                Node::Unpivot { input, ids: columns(ids), values: columns(values), variable_name: "variable".into(), value_name: "value".into() }
            }
            "fillna" => {
                let mut words = list(rest).into_iter();
                let value = Some(literal(&words.next().unwrap()));
                let subset: Vec<String> = words.collect();
                Node::FillNa { input, value, by_column: vec![], subset: (!subset.is_empty()).then_some(subset) }
            }
            "dropna" => Node::DropNa { input, all: rest == "all", thresh: rest.parse().ok(), subset: None },
            "replace" => {
                let values = list(rest);
                Node::Replace { input, pairs: vec![(literal(&values[0]), literal(&values[1]))], subset: None }
            }
            "describe" => {
                let statistics = ["count", "mean", "stddev", "min", "max"].map(str::to_owned).to_vec();
                Node::Describe { input, columns: list(rest), statistics }
            }
            "cte" => Node::Cte { input, name: rest.to_owned() },
            "exists" | "notExists" => {
                let condition = Arc::new(Expr::Exists { plan: other(rest), negated: verb == "notExists" });
                Node::Filter { input, condition }
            }
            "isin" | "notIn" => {
                let (column, name) = rest.split_once(' ').unwrap();
                let condition = Arc::new(Expr::InQuery { arg: text(column), plan: other(name), negated: verb == "notIn" });
                Node::Filter { input, condition }
            }
            "scalar" => {
                // scalar name = frame
                let (name, plan) = rest.split_once(" = ").unwrap();
                Node::WithColumns { input, columns: vec![(name.to_owned(), Arc::new(Expr::ScalarQuery { plan: other(plan) }))] }
            }
            "step" => Node::RecursiveRef { name: rest.to_owned(), base: input },
            "recursive" => {
                let (name, base) = rest.split_once(' ').unwrap();
                Node::Recursive { name: name.to_owned(), base: other(base), step: input }
            }
            other => panic!("no verb {other}"),
        };
        nodes.push(node);
    }
    let root = nodes.len() - 1;
    Plan { nodes, root }
}

pub fn union(left: NodeId, right: NodeId) -> Node {
    Node::SetOp { left, right, kind: SetKind::Union, all: true, by_name: false, allow_missing: false }
}
