//! Correlated subqueries that SQLite would run once per row, in forms that it runs once.
//!
//! | subquery | becomes |
//! |---|---|
//! | EXISTS tied by equalities of values only | `key IN (SELECT …)`, see `semi` |
//! | EXISTS tied by equalities and more | rows are numbered; `row_number IN (SELECT row_number FROM rows JOIN … )` |
//! | an aggregate tied by equalities of values | a LEFT JOIN of the aggregate grouped by those keys; where a key is missing, what it is over no rows |
//!
//! What does not fit stays a correlated subquery, which is right but slow.

use std::rc::Rc;

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
        let condition = if negated {
            semi::absent(right, &left.query.select.from, &|from, expr| lowerer.is_never_null(from, expr))
        } else {
            semi::as_filter(semi::exists(right, false))
        };
        left.query.select.filter.push(condition);
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
            let Some(Grouped { keys, query, empty }) = as_grouped(rel?) else { continue };
            let names: Vec<Rc<str>> = query.select.items.iter().map(|item| item.name.clone()).collect();
            let (Some(first), Some(last)) = (names.first(), names.last()) else { continue };
            let id = self.source(&format!("per_{first}"));
            let value = ast::column(id, last.clone());
            let value = match empty {
                Empty::Null => value,
                Empty::Zero => ast::call("coalesce", vec![value, ast::integer(0)]),
                Empty::Other(empty) => {
                    let alone = plain(Sql::Postfix { op: "IS NULL", arg: ast::column(id, first.clone()) });
                    plain(Sql::Case { branches: vec![(alone, empty)], otherwise: Some(value) })
                }
            };
            let on = keys.into_iter().zip(&names).map(|(outer, name)| ast::equal(outer, ast::column(id, name.clone()))).collect();
            below.query.select.from.push(Source { id, from: From::Query(query.into()), join: "LEFT JOIN", on });
            self.hoisted.insert((depth, plan), value);
        }
        Ok(below)
    }
}

fn scalars(expr: &Typed, found: &mut Vec<RelId>) {
    if let Kind::ScalarQuery { plan } = expr.kind {
        found.push(plan);
    }
    for child in expr.children() {
        scalars(child, found);
    }
}

/// A correlated aggregate as an aggregate per key.
struct Grouped {
    /// What the keys equal in the outer row.
    keys: Vec<E>,
    query: Query,
    empty: Empty,
}

/// What an aggregate is over no rows.
enum Empty {
    Null,
    /// A count.
    Zero,
    Other(E),
}

/// If the subquery is one aggregate over all rows that equalities choose.
fn as_grouped(rel: Rel) -> Option<Grouped> {
    let value = rel.cols.first()?.clone();
    let plain_aggregate = rel.query.arms.is_empty()
        && !rel.is_limited()
        && rel.query.select.grouped
        && rel.query.select.group_by.is_empty()
        && rel.query.select.having.is_empty()
        && !rel.query.select.distinct
        && semi::is_own(&rel.query, &value);
    if !plain_aggregate {
        return None;
    }
    let empty = over_no_rows(&value)?;
    let empty = match &empty.sql {
        Sql::Word("NULL") => Empty::Null,
        _ if value.facts.aggregate && matches!(value.sql, Sql::Call { .. }) && is_count(&value) => Empty::Zero,
        _ => Empty::Other(empty),
    };
    let (outer, inner, rest) = semi::split(&rel.query)?;
    if outer.is_empty() {
        return None;
    }
    let mut query = rel.query;
    query.order_by.clear();
    query.select.filter = rest;
    query.select.group_by = inner.clone();
    let name = |e: &E| if let Sql::Column { name, .. } = &e.sql { name.clone() } else { "key".into() };
    let wanted: Vec<Rc<str>> = inner.iter().map(name).chain(["value".into()]).collect();
    let names = unique_names(wanted.iter().map(|n| &**n));
    query.select.items = inner.into_iter().chain([value]).zip(names).map(|(expr, name)| Item { expr, name }).collect();
    Some(Grouped { keys: outer, query, empty })
}

fn is_count(call: &E) -> bool {
    matches!(&call.sql, Sql::Call { name, .. } if matches!(&**name, "count" | "count_if" | "approx_count_distinct"))
}

/// An expression over aggregates as it is without rows; `NULL` itself where that is all there is to say. None where it is not known.
fn over_no_rows(expr: &E) -> Option<E> {
    let null = || plain(Sql::Word("NULL"));
    let is_null = |e: &E| matches!(e.sql, Sql::Word("NULL"));
    match &expr.sql {
        Sql::Call { name, .. } if expr.facts.aggregate && is_aggregate(name) => {
            if expr.sql.children().iter().any(|c| c.facts.subquery) {
                return None;
            }
            Some(if is_count(expr) { ast::integer(0) } else { null() })
        }
        Sql::Literal { .. } | Sql::Word("NULL") => Some(expr.clone()),
        Sql::Infix { op: op @ ("+" | "-" | "*" | "/" | "%"), precedence, left, right } => {
            let (left, right) = (over_no_rows(left)?, over_no_rows(right)?);
            Some(if is_null(&left) || is_null(&right) { null() } else { ast::infix(op, *precedence, left, right) })
        }
        Sql::Prefix { op: "-", precedence, arg } => {
            let arg = over_no_rows(arg)?;
            Some(if is_null(&arg) { null() } else { plain(Sql::Prefix { op: "-", precedence: *precedence, arg }) })
        }
        Sql::Cast { arg, to } => {
            let arg = over_no_rows(arg)?;
            Some(if is_null(&arg) { null() } else { plain(Sql::Cast { arg, to }) })
        }
        Sql::Call { name, args, distinct: false, filter: None, star: false }
            if matches!(&**name, "coalesce" | "round" | "cast_double" | "cast_long") =>
        {
            let args = args.iter().map(over_no_rows).collect::<Option<Vec<_>>>()?;
            Some(ast::call(name, args))
        }
        _ => None,
    }
}

/// Aggregates that are NULL over no rows, or counts.
fn is_aggregate(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "count_if",
        "approx_count_distinct",
        "stddev",
        "stddev_samp",
        "stddev_pop",
        "variance",
        "var_samp",
        "var_pop",
        "median",
        "max_by",
        "min_by",
        "first",
        "last",
        "any_value",
        "bool_and",
        "bool_or",
    ];
    KNOWN.contains(&name)
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
