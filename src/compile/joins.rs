//! Joins: sides that are still plain FROM and WHERE go into one FROM; the others become subqueries with an alias.

use super::ast::{self, E, From, Source, Sql};
use super::lower::{Lowerer, Rel};
use super::{decorrelate, merge, semi};
use crate::analyze::resolved::{RelId, Typed};
use crate::error::Result;
use crate::plan::JoinKind;

pub struct Side {
    pub id: RelId,
    pub rel: Rel,
}

/// May the left side's FROM simply go on?
///   (1) it must still be FROM and WHERE only.
///   (2) where the join can leave its columns NULL (right, full) they must be plain columns, and it must have no WHERE,
///       which would be applied after the join.
fn can_extend_left(left: &Rel, kind: JoinKind) -> bool {
    let nullable = matches!(kind, JoinKind::Right | JoinKind::Full);
    merge::can_merge_from(left) && (!nullable || (merge::has_plain_columns(left) && left.query.select.filter.is_empty()))
}

/// May the right side stand in the FROM without parentheses?
///   (1) it must be FROM and WHERE only, over one table or subquery; an inner join may also bring inner joins along.
///   (2) for a left join its WHERE joins the ON, which decides the same matches; its columns must be plain, to be NULL without a match.
///   (3) for right and full joins it must have no WHERE (right: it goes to the WHERE of the whole, so it may).
fn can_inline_right(right: &Rel, kind: JoinKind) -> bool {
    let select = &right.query.select;
    if !merge::can_merge_from(right) {
        return false;
    }
    let inner_joins = select.from.iter().skip(1).all(|s| s.join == "JOIN" && !matches!(s.from, From::Function { .. }));
    match kind {
        JoinKind::Inner => inner_joins,
        JoinKind::Cross => select.from.len() == 1,
        JoinKind::Left => select.from.len() == 1 && merge::has_plain_columns(right) && !right.cols.is_empty(),
        JoinKind::Right => select.from.len() == 1,
        JoinKind::Full => select.from.len() == 1 && merge::has_plain_columns(right) && select.filter.is_empty(),
        JoinKind::Semi | JoinKind::Anti => true,
    }
}

pub fn join(lowerer: &mut Lowerer, left: Side, right: Side, kind: JoinKind, condition: Option<&Typed>, exprs: &[Typed]) -> Result<Rel> {
    let (Side { id: left_id, rel: mut l }, Side { id: right_id, rel: mut r }) = (left, right);
    // The order of a side means nothing after the join, unless its LIMIT needs it.
    for side in [&mut l, &mut r] {
        if !side.is_limited() {
            side.query.order_by.clear();
        }
    }
    if matches!(kind, JoinKind::Semi | JoinKind::Anti) {
        let mut rel = semi_join(lowerer, (left_id, l), (right_id, r), kind, condition)?;
        // The columns of the left, in another order where keys are named.
        rel.cols = lowerer.exprs(exprs, &rel.cols)?;
        return Ok(rel);
    }
    if !(lowerer.may_merge(&l) && can_extend_left(&l, kind)) || (!lowerer.merge && l.query.select.from.len() > 1 && !l.recursive) {
        l = nested(lowerer, l, left_id)?;
    }
    if !(lowerer.may_merge(&r) && can_inline_right(&r, kind)) {
        r = nested(lowerer, r, right_id)?;
    }
    let cols: Vec<E> = l.cols.into_iter().chain(r.cols).collect();
    let mut on = vec![];
    if let Some(condition) = condition {
        let lowered = lowerer.expr(condition, &cols)?;
        ast::conjuncts(lowered, &mut on);
    }
    let on: Vec<E> = on.into_iter().filter(|c| !is_true(c)).map(semi::as_filter).collect();
    let mut query = l.query;
    let mut right_from = r.query.select.from;
    let mut right_filter = r.query.select.filter;
    let mut first_on = on;
    if kind == JoinKind::Left {
        first_on.append(&mut right_filter);
    }
    let word = match kind {
        JoinKind::Left => "LEFT JOIN",
        JoinKind::Right => "RIGHT JOIN",
        JoinKind::Full => "FULL JOIN",
        _ if first_on.is_empty() && right_from.len() == 1 => "CROSS JOIN",
        _ => "JOIN",
    };
    if first_on.is_empty() && matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full) {
        first_on.push(ast::literal(1i64, crate::types::DataType::Boolean));
    }
    // Of several tables that come along, the last takes the condition: by then all names exist.
    let last = right_from.len().saturating_sub(1);
    for (i, source) in right_from.iter_mut().enumerate() {
        if i == 0 {
            source.join = word;
        }
        if i == last {
            source.on.append(&mut first_on);
        }
    }
    query.select.from.append(&mut right_from);
    query.select.filter.append(&mut right_filter);
    let mut rel =
        Rel { query, cols: vec![], n_visible: 0, hint: "joined".into(), nesting: l.nesting.max(r.nesting), recursive: l.recursive || r.recursive };
    rel.cols = lowerer.exprs(exprs, &cols)?;
    Ok(rel)
}

fn nested(lowerer: &mut Lowerer, mut rel: Rel, id: RelId) -> Result<Rel> {
    if is_bare(&rel) {
        return Ok(rel);
    }
    rel = lowerer.nest(rel, id)?;
    rel.query.order_by.clear();
    Ok(rel)
}

/// One source and nothing else: a FROM item already, also where merging is off.
fn is_bare(rel: &Rel) -> bool {
    let select = &rel.query.select;
    matches!(select.from.as_slice(), [Source { from: From::Table(_) | From::Cte(_) | From::Query(_), .. }])
        && merge::can_merge_from(rel)
        && select.filter.is_empty()
        && merge::has_plain_columns(rel)
}

pub fn is_true(condition: &E) -> bool {
    matches!(&condition.sql, Sql::Literal { value: crate::value::Value::Integer(1), data_type: crate::types::DataType::Boolean })
}

/// `WHERE EXISTS` or `IN`: left rows with (without) a match, each once.
fn semi_join(lowerer: &mut Lowerer, left: (RelId, Rel), right: (RelId, Rel), kind: JoinKind, condition: Option<&Typed>) -> Result<Rel> {
    let (left_id, mut l) = left;
    let (right_id, mut r) = right;
    let always = Typed::literal(1i64, crate::types::DataType::Boolean);
    if !(lowerer.may_merge(&l) && merge::can_merge_where(&always, &l)) {
        l = lowerer.nest(l, left_id)?;
    }
    if !(lowerer.may_merge(&r) && merge::can_merge_from(&r)) {
        r = nested(lowerer, r, right_id)?;
    }
    decorrelate::filter_exists(lowerer, l, left_id, kind == JoinKind::Anti, &mut |lowerer, left_cols| {
        let mut right = r.clone();
        let cols: Vec<E> = left_cols.iter().chain(&r.cols).cloned().collect();
        if let Some(condition) = condition {
            let lowered = lowerer.expr(condition, &cols)?;
            let mut parts = vec![];
            ast::conjuncts(lowered, &mut parts);
            right.query.select.filter.extend(parts.into_iter().filter(|c| !is_true(c)).map(semi::as_filter));
        }
        Ok(right)
    })
}
