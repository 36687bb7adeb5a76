//! EXISTS, and its faster form: where the subquery meets the outer row only by equalities, SQLite evaluates `IN (SELECT …)`
//! once, with an index of its own, instead of the subquery per row.

use std::collections::HashSet;

use super::ast::{E, Item, Precedence as P, Query, SourceId, Sql, infix, plain};
use super::lower::Rel;

/// Are there rows? Never NULL.
pub fn exists(rel: Rel, negated: bool) -> E {
    let mut query = rel.query;
    if !rel_is_limited(&query) {
        query.order_by.clear();
    }
    if query.arms.is_empty() && !query.select.grouped && !rel_is_limited(&query) {
        query.select.distinct = false;
        if let Some(membership) = as_membership(&query) {
            let word = if negated { "IS NOT" } else { "IS" };
            return infix(word, P::Equal, membership, plain(Sql::Word("TRUE")));
        }
    }
    if query.arms.is_empty() {
        query.select.items = vec![Item { expr: one(), name: "1".into() }];
    }
    plain(Sql::Exists { query: query.into(), negated })
}

/// `SELECT 1` needs no parameter.
fn one() -> E {
    plain(Sql::Word("1"))
}

fn rel_is_limited(query: &Query) -> bool {
    query.limit.is_some() || query.offset > 0
}

/// In WHERE and ON a NULL counts as false, so `(x IN (…)) IS TRUE` need not say so.
pub fn as_filter(condition: E) -> E {
    match &condition.sql {
        Sql::Infix { op: "IS", left, right, .. } if matches!(left.sql, Sql::InQuery { .. }) && matches!(right.sql, Sql::Word("TRUE")) => left.clone(),
        _ => condition,
    }
}

fn sources(expr: &E, found: &mut HashSet<SourceId>) -> bool {
    if let Sql::Column { source, .. } = expr.sql {
        found.insert(source);
    }
    if expr.sql.query().is_some() {
        return false;
    }
    expr.sql.children().into_iter().all(|c| sources(c, found))
}

#[derive(PartialEq)]
enum Reach {
    Inner,
    Outer,
    Constant,
    Both,
}

/// `outer IN (SELECT inner …)` if all that ties the query to the outer row are equalities.
fn as_membership(query: &Query) -> Option<E> {
    let own: HashSet<SourceId> = query.select.from.iter().map(|s| s.id).collect();
    let reach = |expr: &E| {
        let mut found = HashSet::new();
        let simple = sources(expr, &mut found);
        let inner = found.iter().any(|s| own.contains(s));
        let outer = found.iter().any(|s| !own.contains(s));
        match (simple, inner, outer) {
            (false, ..) | (_, true, true) => Reach::Both,
            (_, true, false) => Reach::Inner,
            (_, false, true) => Reach::Outer,
            (_, false, false) => Reach::Constant,
        }
    };
    if query.select.from.iter().any(|s| s.on.iter().any(|c| matches!(reach(c), Reach::Outer | Reach::Both))) {
        return None;
    }
    let mut args = vec![];
    let mut items = vec![];
    let mut rest = vec![];
    for condition in &query.select.filter {
        match reach(condition) {
            Reach::Inner | Reach::Constant => {
                rest.push(condition.clone());
                continue;
            }
            _ => {}
        }
        let Sql::Infix { op: "=", left, right, .. } = &condition.sql else { return None };
        let (outer, inner) = match (reach(left), reach(right)) {
            (Reach::Outer, Reach::Inner) => (left, right),
            (Reach::Inner, Reach::Outer) => (right, left),
            _ => return None,
        };
        args.push(outer.clone());
        items.push(Item { expr: inner.clone(), name: format!("key_{}", items.len() + 1).into() });
    }
    if args.is_empty() {
        return None;
    }
    let mut inner = query.clone();
    for item in &mut items {
        if let Sql::Column { name, .. } = &item.expr.sql {
            item.name = name.clone();
        }
    }
    inner.select.items = items;
    inner.select.filter = rest;
    Some(plain(Sql::InQuery { args, query: inner.into(), negated: false }))
}
