//! EXISTS, and its faster form: where the subquery meets the outer row only by equalities, SQLite evaluates `IN (SELECT …)`
//! once, with an index of its own, instead of the subquery per row.

use std::collections::HashSet;

use super::ast::{E, Item, Precedence as P, Query, Source, SourceId, Sql, infix, plain};
use super::lower::Rel;

/// Which columns can never be NULL, as the FROM of the enclosing query and of the subquery have them.
pub type NeverNull<'a> = &'a dyn Fn(&[Source], &E) -> bool;

/// A filter that keeps outer rows, of this FROM, without a match: `NOT IN` where NULLs are out of the way. NULL matches nothing.
///   (1) an inner key that may be NULL is filtered, since NOT IN with a NULL in its list is never true;
///   (2) an outer key that may be NULL is kept by a condition of its own.
pub fn absent(rel: Rel, outer_from: &[Source], never_null: NeverNull) -> E {
    let simple = rel.query.arms.is_empty() && !rel.query.select.grouped && !rel_is_limited(&rel.query);
    if simple
        && let Some(Sql::InQuery { args, query, .. }) = as_membership(&rel.query).as_deref().map(|e| &e.sql)
        && args.iter().all(|arg| arg.size == 1)
    {
        let mut query = (**query).clone();
        query.order_by.clear();
        query.select.distinct = false;
        for item in &query.select.items {
            if !never_null(&query.select.from, &item.expr) {
                let there = plain(Sql::Postfix { op: "IS NOT NULL", arg: item.expr.clone() });
                if !query.select.filter.contains(&there) {
                    query.select.filter.push(there);
                }
            }
        }
        let nullable = args.iter().filter(|arg| !never_null(outer_from, arg)).map(|arg| plain(Sql::Postfix { op: "IS NULL", arg: arg.clone() }));
        let absent = plain(Sql::InQuery { args: args.clone(), query: query.into(), negated: true });
        return nullable.chain([absent]).reduce(|a, b| infix("OR", P::Or, a, b)).unwrap_or_else(one);
    }
    exists(rel, true)
}

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

/// How a subquery hangs on the outer row.
pub enum Tie {
    /// Not at all, or in ways that only a correlated subquery can say.
    Other,
    /// By equalities only.
    Equal,
    /// By equalities and other conditions.
    Mixed,
}

fn reach(expr: &E, own: &HashSet<SourceId>) -> Reach {
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
}

fn own_sources(query: &Query) -> HashSet<SourceId> {
    query.select.from.iter().map(|s| s.id).collect()
}

/// Is the expression made of the query's own columns alone?
pub fn is_own(query: &Query, expr: &E) -> bool {
    matches!(reach(expr, &own_sources(query)), Reach::Inner | Reach::Constant)
}

/// The same for one that IN and GROUP BY decide alike.
fn value_equality<'e>(condition: &'e E, own: &HashSet<SourceId>) -> Option<(&'e E, &'e E)> {
    equality(condition, own).filter(|_| condition.facts.by_value)
}

/// Outer and inner sides of an equality between them.
fn equality<'e>(condition: &'e E, own: &HashSet<SourceId>) -> Option<(&'e E, &'e E)> {
    let Sql::Infix { op: "=", left, right, .. } = &condition.sql else { return None };
    match (reach(left, own), reach(right, own)) {
        (Reach::Outer, Reach::Inner) => Some((left, right)),
        (Reach::Inner, Reach::Outer) => Some((right, left)),
        _ => None,
    }
}

fn only_where_is_tied(query: &Query, own: &HashSet<SourceId>) -> bool {
    query.select.from.iter().all(|s| {
        let plain = !matches!(s.from, super::ast::From::Function { .. });
        plain && s.on.iter().all(|c| matches!(reach(c, own), Reach::Inner | Reach::Constant))
    })
}

pub fn tie(query: &Query) -> Tie {
    let own = own_sources(query);
    let plain = query.arms.is_empty() && !query.select.grouped && !rel_is_limited(query) && !own.is_empty();
    if !plain || !only_where_is_tied(query, &own) {
        return Tie::Other;
    }
    if split(query).is_some_and(|(outer, ..)| !outer.is_empty()) {
        return Tie::Equal;
    }
    let simple = query.select.filter.iter().all(|c| sources(c, &mut HashSet::new()));
    if simple && query.select.filter.iter().any(|c| equality(c, &own).is_some()) { Tie::Mixed } else { Tie::Other }
}

/// The outer sides, the inner sides, and the conditions that are the query's own; None if something else than equality of values ties it.
pub fn split(query: &Query) -> Option<(Vec<E>, Vec<E>, Vec<E>)> {
    let own = own_sources(query);
    if !only_where_is_tied(query, &own) {
        return None;
    }
    let (mut outer, mut inner, mut rest) = (vec![], vec![], vec![]);
    for condition in &query.select.filter {
        if matches!(reach(condition, &own), Reach::Inner | Reach::Constant) {
            rest.push(condition.clone());
        } else {
            let (o, i) = value_equality(condition, &own)?;
            outer.push(o.clone());
            inner.push(i.clone());
        }
    }
    Some((outer, inner, rest))
}

/// `outer IN (SELECT inner …)` if all that ties the query to the outer row are equalities.
fn as_membership(query: &Query) -> Option<E> {
    let (args, keys, rest) = split(query)?;
    if args.is_empty() {
        return None;
    }
    let mut inner = query.clone();
    inner.select.items = keys
        .into_iter()
        .enumerate()
        .map(|(i, expr)| {
            let name = match &expr.sql {
                Sql::Column { name, .. } => name.clone(),
                _ => format!("key_{}", i + 1).into(),
            };
            Item { expr, name }
        })
        .collect();
    inner.select.filter = rest;
    Some(plain(Sql::InQuery { args, query: inner.into(), negated: false }))
}
