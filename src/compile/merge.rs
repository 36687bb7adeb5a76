//! When may a node join the SELECT below it? SQL evaluates FROM, WHERE, GROUP BY, HAVING, windows, SELECT, DISTINCT, ORDER BY, LIMIT,
//! in that order; a node may join while nothing that comes later in it has happened below. Each rule is numbered where it is applied.
//!
//! `CompileOptions::merge` switches all of it off, for tests: then a node always nests (`Lowerer::may_merge`).

use super::ast::{Facts, Query, Sql};
use super::lower::Rel;
use crate::analyze::resolved::{Kind, Typed};

/// How much text merging may repeat before a SELECT of its own reads better.
const MAX_REPEATED: usize = 30;
/// The longest expression that a condition may take over from a column.
const MAX_IN_CONDITION: usize = 12;
/// SQLite allows expressions 1,000 deep; merged ones stay well below.
const MAX_DEPTH: usize = 120;

fn limited(query: &Query) -> bool {
    query.limit.is_some() || query.offset > 0
}

fn compound(query: &Query) -> bool {
    !query.arms.is_empty()
}

impl Rel {
    pub fn is_limited(&self) -> bool {
        limited(&self.query)
    }

    pub fn is_compound(&self) -> bool {
        compound(&self.query)
    }

    pub fn has_window(&self) -> bool {
        self.cols.iter().any(|c| c.facts.window)
    }

    /// How often each column is used by these expressions.
    fn uses(&self, exprs: &[&Typed]) -> Vec<usize> {
        let mut uses = vec![0; self.cols.len()];
        fn count(expr: &Typed, uses: &mut [usize]) {
            if let Kind::Col(index) = expr.kind
                && let Some(n) = uses.get_mut(index)
            {
                *n += 1;
            }
            for child in expr.children() {
                count(child, uses);
            }
        }
        for expr in exprs {
            count(expr, &mut uses);
        }
        uses
    }

    /// Would putting this SELECT's expressions in place of its columns repeat much or a window function, or run a volatile function anew?
    fn repeats(&self, exprs: &[&Typed]) -> bool {
        let mut repeated = 0;
        for (col, n) in self.cols.iter().zip(self.uses(exprs)) {
            if (col.facts.volatile || col.facts.window) && n > 1 {
                return true;
            }
            if n > 0 && col.depth > MAX_DEPTH {
                return true;
            }
            if col.size > 1 {
                repeated += col.size * n.saturating_sub(1);
            }
        }
        repeated > MAX_REPEATED
    }

    fn reads_long(&self, condition: &Typed) -> bool {
        self.cols.iter().zip(self.uses(&[condition])).any(|(c, n)| n > 0 && c.size > MAX_IN_CONDITION)
    }

    fn touches(&self, exprs: &[&Typed], fact: fn(&Facts) -> bool) -> bool {
        self.cols.iter().zip(self.uses(exprs)).any(|(c, n)| n > 0 && fact(&c.facts))
    }
}

fn has_subquery(expr: &Typed) -> bool {
    expr.any(true, &|k| matches!(k, Kind::Exists { .. } | Kind::InQuery { .. } | Kind::ScalarQuery { .. }))
}

/// May a filter join the WHERE of the SELECT below?
///   (1) not into a compound: each arm has its own WHERE.
///   (2) not if `below` has LIMIT: rows would be dropped before they are counted.
///   (3) not if it has a window function: the window would see fewer rows.
///   (4) not if it aggregates: that is HAVING, see `can_merge_having`.
///   (5) not if the condition reads a volatile column: it would be computed anew.
///   (6) not if the condition is volatile and `below` is DISTINCT: rows that were one would be decided apart.
///   (7) not if it reads a long expression, which then would stand in SELECT and WHERE.
pub fn can_merge_where(condition: &Typed, below: &Rel) -> bool {
    let select = &below.query.select;
    let fixed = below.is_compound() || below.is_limited() || below.has_window() || select.grouped;
    let volatile = below.touches(&[condition], |f| f.volatile) || (condition.is_volatile() && select.distinct);
    !(fixed || volatile || below.reads_long(condition) || below.repeats(&[condition]))
}

/// May a filter join the HAVING of the aggregate below?
///   (1)–(3), (5) of `can_merge_where`.
///   (4) not if `below` is DISTINCT, which comes after HAVING but reads the same rows: only the reading would suffer.
///   (5) not with a subquery: SQLite does not let it reach the outer query's aggregates.
pub fn can_merge_having(condition: &Typed, below: &Rel) -> bool {
    !below.is_compound()
        && !below.is_limited()
        && !below.has_window()
        && below.query.select.grouped
        && !below.query.select.distinct
        && !below.touches(&[condition], |f| f.volatile)
        && !has_subquery(condition)
        && !below.repeats(&[condition])
}

/// May a projection take the place of the one below?
///   (1) not over a compound.
///   (2) over DISTINCT only if it merely reorders and renames all columns.
///   (3) a window function not over LIMIT, and not over a column that is a window function itself.
///   (4) a subquery not over an aggregate.
///   (5) not if it would repeat much text, a window function or a volatile function.
///   (6) over an aggregate of all rows only if one aggregate stays: without any there would be a row per row
///       (where no column is left, `keep_rows` counts).
pub fn can_merge_project(exprs: &[Typed], below: &Rel) -> bool {
    let all: Vec<&Typed> = exprs.iter().collect();
    let windows: Vec<&Typed> = exprs.iter().filter(|e| e.has_window()).collect();
    let reordered = || {
        let mut seen = vec![false; below.cols.len()];
        for expr in exprs {
            match expr.kind {
                Kind::Col(index) if seen.get(index) == Some(&false) => seen[index] = true,
                _ => return false,
            }
        }
        seen.iter().take(below.n_visible).all(|s| *s)
    };
    !below.is_compound()
        && (!below.query.select.distinct || reordered())
        && (windows.is_empty() || !below.is_limited())
        && !below.touches(&windows, |f| f.window || f.volatile)
        && !(below.query.select.grouped && exprs.iter().any(has_subquery))
        && !below.repeats(&all)
        && (exprs.is_empty() || !below.query.select.grouped || !below.query.select.group_by.is_empty() || below.touches(&all, |f| f.aggregate))
}

/// May an aggregate be made of the SELECT below?
///   (1) not over a compound, LIMIT, DISTINCT, another aggregate, or a window function that it reads.
///   (2) not if it would repeat much text or a volatile function.
pub fn can_merge_group(exprs: &[&Typed], below: &Rel) -> bool {
    let select = &below.query.select;
    !below.is_compound()
        && !below.is_limited()
        && !select.distinct
        && !select.grouped
        && !below.has_window()
        && !below.touches(exprs, |f| f.subquery)
        && !below.repeats(exprs)
}

/// May an order be put on the SELECT below? It replaces the one that is there.
///   (1) not over LIMIT: the order would choose other rows.
///   (2) over DISTINCT and compounds only by output columns.
///   (3) not by a volatile column, nor by a subquery over an aggregate.
pub fn can_merge_sort(keys: &[&Typed], below: &Rel) -> bool {
    let by_outputs = keys.iter().all(|k| matches!(k.kind, Kind::Col(i) if i < below.n_visible));
    !below.is_limited()
        && (by_outputs || !(below.query.select.distinct || below.is_compound()))
        && !below.touches(keys, |f| f.volatile)
        && !(below.query.select.grouped && keys.iter().any(|k| has_subquery(k)))
        && !below.repeats(keys)
}

/// May DISTINCT be put on the SELECT below? Not over LIMIT; over a compound only if that is nothing but UNION ALL, which becomes UNION.
pub fn can_merge_distinct(below: &Rel) -> bool {
    !below.is_limited() && below.query.arms.iter().all(|(op, _)| *op == "UNION ALL") && !below.cols.iter().any(|c| c.facts.volatile)
}

/// May further tables join the FROM of the SELECT below? Only if rows still are what FROM and WHERE make them.
pub fn can_merge_from(below: &Rel) -> bool {
    let select = &below.query.select;
    !below.is_compound()
        && !below.is_limited()
        && !select.distinct
        && !select.grouped
        && !below.has_window()
        && !select.from.is_empty()
        && below.cols.iter().all(|c| !c.facts.volatile && !c.facts.subquery)
        && select.filter.iter().all(|c| !c.facts.volatile)
}

/// Are its columns plain ones, so that they are NULL where an outer join finds no partner?
pub fn has_plain_columns(rel: &Rel) -> bool {
    rel.cols.iter().all(|c| matches!(c.sql, Sql::Column { .. }))
}
