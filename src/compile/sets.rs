//! UNION, INTERSECT, EXCEPT. SQLite's compounds run from left to right with equal precedence, and their arms have neither order nor limit.

use super::ast::{Query, Select, Sql, call, column, plain};
use super::lower::{Lowerer, Rel, unique_names};
use crate::analyze::resolved::RelId;
use crate::error::Result;
use crate::plan::SetKind;

/// SQLite takes 500 arms.
const MAX_ARMS: usize = 400;

pub fn set_op(lowerer: &mut Lowerer, id: RelId, left: Rel, right: Rel, kind: SetKind, all: bool) -> Result<Rel> {
    let names = unique_names(lowerer.nodes[id].visible().iter().map(|c| &*c.name));
    let counted = all && kind != SetKind::Union;
    let op = match (kind, all) {
        (SetKind::Union, true) => "UNION ALL",
        (SetKind::Union, false) => "UNION",
        (SetKind::Intersect, _) => "INTERSECT",
        (SetKind::Except, _) => "EXCEPT",
    };
    if counted {
        return counted_op(lowerer, left, right, op, &names);
    }
    let nesting = left.nesting.max(right.nesting);
    let left = first_arm(lowerer, left, &names)?;
    let right = if op == "UNION ALL" && right.query.arms.iter().all(|(op, _)| *op == "UNION ALL") {
        first_arm(lowerer, right, &names)?
    } else {
        arm(lowerer, right, &names)?
    };
    let mut query = left;
    query.arms.push((op, right.select));
    query.arms.extend(right.arms);
    Ok(compound(lowerer, query, &names, nesting))
}

fn compound(lowerer: &mut Lowerer, query: Query, names: &[std::rc::Rc<str>], nesting: usize) -> Rel {
    // A source that stands in no FROM: its columns print as bare output names.
    let id = lowerer.source("combined");
    let cols = names.iter().map(|n| column(id, n.clone())).collect();
    Rel { query, cols, n_visible: names.len(), hint: "combined".into(), nesting, recursive: false }
}

/// A compound may go on to the left if no order or limit has been put on it.
fn first_arm(lowerer: &mut Lowerer, mut rel: Rel, names: &[std::rc::Rc<str>]) -> Result<Query> {
    if lowerer.merge && rel.is_compound() && !rel.is_limited() && rel.query.arms.len() < MAX_ARMS {
        rel.query.order_by.clear();
        return Ok(lowerer.finish(rel, names, false));
    }
    arm(lowerer, rel, names)
}

/// One plain SELECT.
fn arm(lowerer: &mut Lowerer, mut rel: Rel, names: &[std::rc::Rc<str>]) -> Result<Query> {
    if rel.is_compound() || rel.is_limited() {
        rel.cols.truncate(rel.n_visible);
        rel = lowerer.nest_named(rel, names.to_vec())?;
    }
    rel.query.order_by.clear();
    Ok(lowerer.finish(rel, names, false))
}

/// INTERSECT ALL and EXCEPT ALL: equal rows are told apart by their number, so that the plain operation counts them.
fn counted_op(lowerer: &mut Lowerer, left: Rel, right: Rel, op: &'static str, names: &[std::rc::Rc<str>]) -> Result<Rel> {
    let nesting = left.nesting.max(right.nesting);
    let mut all: Vec<&str> = names.iter().map(|n| &**n).collect();
    all.push("row_number");
    let all = unique_names(all.into_iter());
    let mut arms: Vec<Select> = vec![];
    for mut rel in [left, right] {
        if rel.is_compound() || rel.is_limited() || rel.query.select.distinct || rel.query.select.grouped || rel.has_window() {
            rel.cols.truncate(rel.n_visible);
            rel = lowerer.nest_named(rel, names.to_vec())?;
        }
        rel.query.order_by.clear();
        rel.cols.truncate(rel.n_visible);
        let number = plain(Sql::Over { function: call("row_number", vec![]), partition_by: rel.cols.clone(), order_by: vec![], frame: None });
        rel.cols.push(number);
        arms.push(lowerer.finish(rel, &all, true).select);
    }
    let mut arms = arms.into_iter();
    let (Some(first), Some(second)) = (arms.next(), arms.next()) else { unreachable!("two sides") };
    let query = Query { select: first, arms: vec![(op, second)], ..Query::default() };
    let whole = compound(lowerer, query, &all, nesting);
    let mut rel = lowerer.nest_named(whole, all)?;
    rel.cols.truncate(names.len());
    rel.n_visible = names.len();
    Ok(rel)
}
