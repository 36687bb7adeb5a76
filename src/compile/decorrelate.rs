//! Correlated subqueries that SQLite would run once per row, in forms that it runs once.
//!
//! | subquery | becomes |
//! |---|---|
//! | EXISTS tied by equalities only | `key IN (SELECT …)`, see `semi` |
//! | EXISTS tied by equalities and more | rows are numbered; `row_number IN (SELECT row_number FROM rows JOIN … )` |
//! | an aggregate tied by equalities | a LEFT JOIN of the aggregate grouped by those keys |
//!
//! What does not fit stays a correlated subquery, which is right but slow.

use super::ast::{self, E, From, Item, Query, Select, Source, Sql, plain};
use super::lower::{Lowerer, Rel, unique_names};
use super::{merge, semi};
use crate::analyze::resolved::{Kind, RelId, Typed};
use crate::error::Result;
use crate::types::DataType;

/// Adds `EXISTS (…)` to the WHERE of `left`. `build` lowers the subquery, given what the outer row's columns are.
pub fn filter_exists(
    lowerer: &mut Lowerer,
    mut left: Rel,
    left_id: RelId,
    negated: bool,
    build: &mut dyn FnMut(&mut Lowerer, &[E]) -> Result<Rel>,
) -> Result<Rel> {
    let right = build(lowerer, &left.cols)?;
    let tied = semi::tie(&right.query);
    let numbered = matches!(tied, semi::Tie::Mixed) && lowerer.outer.is_empty() && !left.recursive && left.cols.iter().all(|c| !c.facts.volatile);
    if !numbered {
        left.query.select.filter.push(semi::as_filter(semi::exists(right, negated)));
        return Ok(left);
    }
    let n = left.cols.len();
    let n_visible = left.n_visible;
    let keys = if left.is_limited() { vec![] } else { std::mem::take(&mut left.query.order_by) };
    let ordered = !keys.is_empty();
    let function = ast::call("row_number", vec![]);
    left.cols.push(plain(Sql::Over { function, partition_by: vec![], order_by: keys, frame: None }));
    let mut names: Vec<&str> = lowerer.nodes[left_id].columns.iter().map(|c| &*c.name).take(n).collect();
    names.push("row_number");
    let names = unique_names(names.into_iter());
    let hint = format!("{}_numbered", left.hint);
    let cte = lowerer.push_cte(&hint, left, &names, true);
    let mut outside = lowerer.scan_cte(cte, &names, n_visible);
    let inside = lowerer.scan_cte(cte, &names, n_visible);
    let right = build(lowerer, &inside.cols[..n.min(inside.cols.len())])?;
    let mut select = Select { from: inside.query.select.from, ..Select::default() };
    if let Some(number) = inside.cols.last() {
        select.items.push(Item { expr: number.clone(), name: names.last().cloned().unwrap_or_default() });
    }
    let mut from = right.query.select.from;
    match from.as_mut_slice() {
        [only] => {
            only.join = "JOIN";
            only.on = right.query.select.filter;
        }
        several => {
            if let Some(first) = several.first_mut() {
                first.join = "JOIN";
            }
            select.filter = right.query.select.filter;
        }
    }
    select.from.append(&mut from);
    let number = outside.cols.last().cloned();
    let args: Vec<E> = number.clone().into_iter().collect();
    let query = Query { select, ..Query::default() };
    outside.query.select.filter.push(plain(Sql::InQuery { args, query: query.into(), negated }));
    if let (true, Some(expr)) = (ordered, number) {
        outside.query.order_by.push(ast::Order { expr, descending: false, nulls_first: true });
    }
    outside.cols.truncate(n);
    Ok(outside)
}

impl Lowerer<'_> {
    /// Joins the aggregates that correlated scalar subqueries in `exprs` compute, so that `expr` finds a column for each.
    pub(super) fn hoist_scalars(&mut self, input: RelId, mut below: Rel, exprs: &[&Typed]) -> Result<Rel> {
        let depth = self.outer.len();
        self.hoisted.retain(|(at, _), _| *at != depth);
        let mut plans = vec![];
        for expr in exprs {
            scalars(expr, &mut plans);
        }
        plans.retain(|plan| self.nodes[*plan].outer_level == 1);
        plans.dedup();
        if plans.is_empty() || !self.outer.is_empty() || below.recursive {
            return Ok(below);
        }
        for plan in plans {
            if !(self.may_merge(&below) && merge::can_merge_from(&below)) {
                below = self.nest(below, input)?;
            }
            self.outer.push(below.cols.clone());
            let rel = self.rel(plan);
            self.outer.pop();
            let Some((keys, query)) = as_grouped(rel?) else { continue };
            let id = self.source("per_key");
            let on = keys.into_iter().enumerate().map(|(i, outer)| ast::equal(outer, ast::column(id, key_name(i)))).collect();
            below.query.select.from.push(Source { id, from: From::Query(query.into()), join: "LEFT JOIN", on });
            self.hoisted.insert((depth, plan), ast::column(id, "value"));
        }
        Ok(below)
    }
}

fn key_name(i: usize) -> String {
    format!("key_{}", i + 1)
}

fn scalars(expr: &Typed, found: &mut Vec<RelId>) {
    if let Kind::ScalarQuery { plan } = expr.kind {
        found.push(plan);
    }
    for child in expr.children() {
        scalars(child, found);
    }
}

/// The outer keys and the aggregate per inner key, if the subquery is one aggregate over all rows that equalities choose,
/// and NULL where there is none: so counts and `coalesce` stay as they are.
fn as_grouped(rel: Rel) -> Option<(Vec<E>, Query)> {
    let value = rel.cols.first()?.clone();
    let plain_aggregate = rel.query.arms.is_empty()
        && !rel.is_limited()
        && rel.query.select.grouped
        && rel.query.select.group_by.is_empty()
        && rel.query.select.having.is_empty()
        && !rel.query.select.distinct
        && null_without_rows(&value);
    if !plain_aggregate {
        return None;
    }
    let (outer, inner, rest) = semi::split(&rel.query)?;
    if outer.is_empty() {
        return None;
    }
    let mut query = rel.query;
    query.order_by.clear();
    query.select.filter = rest;
    query.select.group_by = inner.clone();
    query.select.items = inner.into_iter().enumerate().map(|(i, expr)| Item { expr, name: key_name(i).into() }).collect();
    query.select.items.push(Item { expr: value, name: "value".into() });
    Some((outer, query))
}

/// Arithmetic over aggregates that are NULL without rows.
fn null_without_rows(expr: &E) -> bool {
    match &expr.sql {
        Sql::Call { name, .. } if expr.facts.aggregate => {
            matches!(
                &**name,
                "sum" | "avg" | "min" | "max" | "stddev" | "stddev_samp" | "stddev_pop" | "variance" | "var_samp" | "var_pop" | "median"
            ) && !expr.sql.children().iter().any(|c| c.facts.subquery)
        }
        Sql::Infix { op: "+" | "-" | "*" | "/", left, right, .. } => {
            let literal = |e: &E| matches!(&e.sql, Sql::Literal { value, .. } if *value != crate::value::Value::Null);
            (null_without_rows(left) && (literal(right) || null_without_rows(right))) || (literal(left) && null_without_rows(right))
        }
        Sql::Cast { arg, .. } => null_without_rows(arg),
        _ => false,
    }
}

/// What a condition of type boolean is made of, as far as AND reaches.
pub fn typed_conjuncts(condition: &Typed) -> Vec<&Typed> {
    match &condition.kind {
        Kind::Binary { op: crate::expr::BinaryOp::And, left, right } if condition.data_type == DataType::Boolean => {
            let mut parts = typed_conjuncts(left);
            parts.extend(typed_conjuncts(right));
            parts
        }
        _ => vec![condition],
    }
}
