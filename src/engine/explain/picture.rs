//! The plan itself: a summary in numbers, a tree in text, a flowchart for Mermaid. None of it asks SQLite.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value as Json, json};

use super::words::branches;
use crate::engine::Database;
use crate::error::{Error, Result};
use crate::expr::{Expr, ExprRef};
use crate::plan::{Grouping, JoinKind, JoinOn, Node, NodeId, Plan};

/// Nodes that a node reads, those of subqueries in its expressions last.
fn below(node: &Node) -> Vec<NodeId> {
    let mut ids = node.inputs();
    for expr in exprs_of(node) {
        subqueries(expr, &mut ids);
    }
    ids
}

fn subqueries(expr: &ExprRef, found: &mut Vec<NodeId>) {
    if let Expr::InQuery { plan, .. } | Expr::Exists { plan, .. } | Expr::ScalarQuery { plan } = &**expr {
        found.push(*plan);
    }
    for child in expr.children() {
        subqueries(child, found);
    }
}

fn exprs_of(node: &Node) -> Vec<&ExprRef> {
    match node {
        Node::Project { exprs, .. } => exprs.iter().collect(),
        Node::WithColumns { columns, .. } => columns.iter().map(|(_, expr)| expr).collect(),
        Node::Filter { condition, .. } => vec![condition],
        Node::Sort { keys, .. } => keys.iter().collect(),
        Node::Join { on: JoinOn::Condition(condition), .. } => vec![condition],
        Node::Aggregate { keys, aggregates, .. } => keys.iter().chain(aggregates).collect(),
        Node::Unpivot { ids, values, .. } => ids.iter().chain(values).collect(),
        Node::Drop { columns, .. } => columns.iter().collect(),
        _ => vec![],
    }
}

/// All nodes that the root needs, nearest first, each with its distance from the root (the longest path).
fn reached(plan: &Plan) -> Vec<(NodeId, usize)> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([plan.root]);
    while let Some(id) = queue.pop_front() {
        let Some(node) = plan.nodes.get(id) else { continue };
        if !seen.insert(id) {
            continue;
        }
        order.push(id);
        queue.extend(below(node));
    }
    // A node's inputs have lower ids, those of subqueries may not: paths through inputs alone.
    let mut depths = vec![0_usize; plan.nodes.len()];
    for &id in seen.iter().rev() {
        for input in plan.nodes.get(id).map(Node::inputs).unwrap_or_default() {
            if input < id {
                depths[input] = depths[input].max(depths[id] + 1);
            }
        }
    }
    order.into_iter().map(|id| (id, depths.get(id).copied().unwrap_or(0))).collect()
}

pub(super) fn summary(plan: &Plan, db: &Database) -> Result<Json> {
    let reached = reached(plan);
    let nodes: Vec<&Node> = reached.iter().filter_map(|(id, _)| plan.nodes.get(*id)).collect();
    let count = |test: fn(&Node) -> bool| nodes.iter().filter(|node| test(node)).count();
    let tables: BTreeSet<&str> = nodes.iter().filter_map(|node| if let Node::Table { name } = node { Some(name.as_str()) } else { None }).collect();
    Ok(json!({
        "operations": nodes.iter().map(|node| node.verb()).collect::<Vec<_>>(),
        "totalOperations": nodes.len(),
        "depth": reached.iter().map(|(_, depth)| *depth).max().unwrap_or(0),
        "tables": tables,
        "tableScans": count(|n| matches!(n, Node::Table { .. })),
        "joins": count(|n| matches!(n, Node::Join { .. })),
        "filters": count(|n| matches!(n, Node::Filter { .. } | Node::DropNa { .. })),
        "aggregations": count(|n| matches!(n, Node::Aggregate { .. })),
        "sorts": count(|n| matches!(n, Node::Sort { .. })),
        "setOperations": count(|n| matches!(n, Node::SetOp { .. })),
        "columns": db.plan_schema(plan)?,
    }))
}

/// What looks unwise about a plan whatever the data is.
pub(super) fn warnings(plan: &Plan) -> Vec<Json> {
    let mut found = Vec::new();
    let reached = reached(plan);
    for (id, _) in &reached {
        let Some(Node::Join { kind, on, .. }) = plan.nodes.get(*id) else { continue };
        if *on == JoinOn::None && *kind != JoinKind::Cross {
            found.push(json!({"type": "warning", "message": "join: without a condition every row is paired with every row",
                "suggestion": "give on, or say crossJoin()"}));
        }
    }
    let depth = reached.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    if depth > 100 {
        found.push(json!({"type": "info", "message": format!("the plan is {depth} verbs deep"), "suggestion": "cache() or saveAsTable() an intermediate frame"}));
    }
    found
}

/// The plan as a tree of text, or in Mermaid's language.
pub(super) fn draw(plan: &Plan, format: Option<&str>) -> Result<String> {
    match format {
        None | Some("text") => Ok(tree(plan)),
        Some("mermaid") => Ok(mermaid(plan)),
        Some(other) => Err(Error::invalid(format!("visualizePlan: there is no format \"{other}\"")).hint("formats are text, mermaid")),
    }
}

fn tree(plan: &Plan) -> String {
    // In reading order; a node that was drawn before is named, not drawn again.
    let mut depths = Vec::new();
    let mut labels = Vec::new();
    let mut drawn = BTreeSet::new();
    let mut open = vec![(plan.root, 0)];
    while let Some((id, depth)) = open.pop() {
        let Some(node) = plan.nodes.get(id) else { continue };
        depths.push(depth);
        let inputs = below(node);
        if !drawn.insert(id) && !inputs.is_empty() {
            labels.push(format!("{} (the same as above)", label(node)));
            continue;
        }
        labels.push(label(node));
        open.extend(inputs.into_iter().rev().map(|input| (input, depth + 1)));
    }
    let mut text = String::new();
    for ((label, branch), depth) in labels.iter().zip(branches(&depths)).zip(&depths) {
        // The root has no line before it.
        if *depth > 0 {
            text.push_str(branch.strip_prefix("   ").unwrap_or(&branch));
        }
        text.push_str(label);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn mermaid(plan: &Plan) -> String {
    let mut text = String::from("flowchart BT\n");
    let mut ids: Vec<NodeId> = reached(plan).into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    for id in &ids {
        let Some(node) = plan.nodes.get(*id) else { continue };
        // Quoted labels take anything but quotes; Mermaid's own escapes are entities.
        let label: String = label(node)
            .chars()
            .map(|c| match c {
                '"' => "#quot;".to_owned(),
                '#' => "#35;".to_owned(),
                '<' => "#lt;".to_owned(),
                '>' => "#gt;".to_owned(),
                c if c.is_control() => " ".to_owned(),
                c => c.to_string(),
            })
            .collect();
        let (open, close) = if matches!(node, Node::Table { .. } | Node::Sql { .. } | Node::Values { .. }) { ("[(", ")]") } else { ("[", "]") };
        text.push_str(&format!("  n{id}{open}\"{label}\"{close}\n"));
    }
    for id in &ids {
        for input in plan.nodes.get(*id).map(below).unwrap_or_default() {
            text.push_str(&format!("  n{input} --> n{id}\n"));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// A node in one line: the verb and what it was given.
fn label(node: &Node) -> String {
    let text = match node {
        Node::Table { name } => format!("table {name}"),
        Node::Sql { sql, .. } => format!("sql {}", sql.split_whitespace().collect::<Vec<_>>().join(" ")),
        Node::Values { schema, rows } => format!("{} rows of {}", rows.len(), list(schema.iter().map(|f| f.name.clone()))),
        Node::Project { exprs, .. } => format!("select {}", shown(exprs)),
        Node::WithColumns { columns, .. } => {
            format!("withColumn {}", list(columns.iter().map(|(name, expr)| format!("{name} = {}", show(expr)))))
        }
        Node::Rename { pairs, .. } => format!("withColumnRenamed {}", list(pairs.iter().map(|(old, new)| format!("{old} → {new}")))),
        Node::Drop { columns, .. } => format!("drop {}", shown(columns)),
        Node::RenameAll { names, .. } => format!("toDF {}", list(names.iter().cloned())),
        Node::Alias { name, .. } => format!("alias {name}"),
        Node::Filter { condition, .. } => format!("where {}", show(condition)),
        Node::Sort { keys, .. } => format!("orderBy {}", shown(keys)),
        Node::Limit { n, .. } | Node::Offset { n, .. } | Node::Tail { n, .. } => format!("{} {n}", node.verb()),
        Node::DistinctOn { names, .. } => format!("dropDuplicates {}", list(names.iter().cloned())),
        Node::Sample { fraction, .. } => format!("sample {fraction}"),
        Node::Join { kind, on, .. } => {
            let kind = format!("{kind:?}").to_lowercase();
            match on {
                JoinOn::None => format!("join {kind}"),
                JoinOn::Using(names) => format!("join {kind} on {}", list(names.iter().cloned())),
                JoinOn::Condition(condition) => format!("join {kind} on {}", show(condition)),
            }
        }
        Node::SetOp { all: true, .. } => format!("{} all", node.verb()),
        Node::Aggregate { grouping, keys, aggregates, pivot, .. } => {
            let verb = match grouping {
                Grouping::GroupBy => "groupBy",
                Grouping::Rollup => "rollup",
                Grouping::Cube => "cube",
            };
            let pivot = pivot.as_ref().map_or(String::new(), |pivot| format!(" pivot {}", show(&pivot.column)));
            if keys.is_empty() { format!("agg {}", shown(aggregates)) } else { format!("{verb} {}{pivot} agg {}", shown(keys), shown(aggregates)) }
        }
        Node::Unpivot { values, .. } => format!("unpivot {}", shown(values)),
        Node::Cte { name, .. } | Node::Recursive { name, .. } | Node::RecursiveRef { name, .. } => format!("{} {name}", node.verb()),
        other => other.verb().to_owned(),
    };
    cut(&text, 120)
}

fn shown(exprs: &[ExprRef]) -> String {
    list(exprs.iter().map(show))
}

fn show(expr: &ExprRef) -> String {
    cut(&crate::analyze::names::display(expr), 100)
}

fn list(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 8;
    let n = items.len();
    let mut text = items.take(SHOWN).collect::<Vec<_>>().join(", ");
    if n > SHOWN {
        text.push_str(&format!(", … ({} more)", n - SHOWN));
    }
    text
}

fn cut(text: &str, n: usize) -> String {
    match text.char_indices().nth(n) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
