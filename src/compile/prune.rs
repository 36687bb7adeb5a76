//! Subqueries and CTEs select only what is read above them: SQL that a person wrote would not list the rest.
//!
//! Sources are numbered over the whole statement, so a column is read if any expression names its source and it. Outputs go only
//! where that changes no row: not under DISTINCT, not in INTERSECT, EXCEPT or UNION, not in a recursion.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ast::{CteId, Expression, From, Query, Select, Sql, Statement};

type Read = HashSet<Rc<str>>;

pub fn prune(statement: &mut Statement) {
    let mut reading = Reading::default();
    // CTEs are read by the statement and by later CTEs only, so the last is settled first.
    let mut query = std::mem::take(&mut statement.query);
    reading.prune_query(&mut query, None);
    statement.query = query;
    for id in (0..statement.ctes.len()).rev() {
        let mut cte = statement.ctes[id].clone();
        let fixed = cte.step.is_some() || !cte.columns.is_empty();
        let read = if fixed { None } else { Some(reading.ctes.remove(&id).unwrap_or_default()) };
        reading.prune_query(&mut cte.query, read.as_ref());
        if let Some(step) = &mut cte.step {
            reading.prune_query(step, None);
        }
        statement.ctes[id] = cte;
    }
}

#[derive(Default)]
struct Reading {
    /// Per source of the SELECTs above, the columns that are read.
    sources: HashMap<usize, Read>,
    ctes: HashMap<CteId, Read>,
}

impl Reading {
    /// Keeps the outputs that are read (None: all), then goes into what it reads itself.
    fn prune_query(&mut self, query: &mut Query, read: Option<&Read>) {
        if let Some(read) = read {
            keep_read(query, read);
        }
        self.collect_query(query);
        self.prune_sources(&mut query.select);
        for (_, arm) in &mut query.arms {
            self.prune_sources(arm);
        }
    }

    fn prune_sources(&mut self, select: &mut Select) {
        for source in &mut select.from {
            let read = self.sources.get(&source.id).cloned().unwrap_or_default();
            match &mut source.from {
                From::Query(query) => {
                    let mut inner = (**query).clone();
                    self.prune_query(&mut inner, Some(&read));
                    *query = inner.into();
                }
                From::Cte(id) => self.ctes.entry(*id).or_default().extend(read),
                _ => {}
            }
        }
    }

    /// Notes every column named in the query's own clauses, and in subqueries inside expressions.
    fn collect_query(&mut self, query: &Query) {
        for order in &query.order_by {
            self.collect(&order.expr);
        }
        self.collect_select(&query.select);
        for (_, arm) in &query.arms {
            self.collect_select(arm);
        }
    }

    fn collect_select(&mut self, select: &Select) {
        for item in &select.items {
            self.collect(&item.expr);
        }
        for source in &select.from {
            for condition in &source.on {
                self.collect(condition);
            }
            if let From::Function { args, .. } = &source.from {
                for arg in args {
                    self.collect(arg);
                }
            }
        }
        for expr in select.filter.iter().chain(&select.group_by).chain(&select.having) {
            self.collect(expr);
        }
    }

    fn collect(&mut self, expr: &Expression) {
        if !expr.facts.column && !expr.facts.subquery {
            return;
        }
        if let Sql::Column { source, name } = &expr.sql {
            self.sources.entry(*source).or_default().insert(name.clone());
        }
        for child in expr.sql.children() {
            self.collect(child);
        }
        if let Some(query) = expr.sql.query() {
            self.collect_nested(query);
        }
    }

    /// A subquery in an expression is shared and stays as it is; all that it reads is read.
    fn collect_nested(&mut self, query: &Query) {
        self.collect_query(query);
        for select in std::iter::once(&query.select).chain(query.arms.iter().map(|(_, s)| s)) {
            for source in &select.from {
                match &source.from {
                    From::Query(inner) => self.collect_nested(inner),
                    From::Cte(id) => {
                        let read = self.sources.get(&source.id).cloned().unwrap_or_default();
                        self.ctes.entry(*id).or_default().extend(read);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn keep_read(query: &mut Query, read: &Read) {
    let plain_union = query.arms.iter().all(|(op, _)| *op == "UNION ALL");
    if query.select.distinct
        || query.arms.iter().any(|(_, arm)| arm.distinct)
        || !plain_union
        || query.select.items.iter().any(|i| matches!(i.expr.sql, Sql::Word("*")))
    {
        return;
    }
    let by_name = !query.arms.is_empty();
    let kept: Vec<bool> = query
        .select
        .items
        .iter()
        .map(|item| {
            let ordered = by_name && query.order_by.iter().any(|o| matches!(&o.expr.sql, Sql::Column { name, .. } if *name == item.name));
            read.contains(&item.name) || ordered
        })
        .collect();
    if kept.iter().all(|k| *k) {
        return;
    }
    let drop = |select: &mut Select| {
        let mut at = 0;
        select.items.retain(|_| {
            at += 1;
            kept.get(at - 1).copied().unwrap_or(true)
        });
        select.keep_rows();
    };
    // Without its aggregates an aggregate over all rows would be a plain SELECT.
    if query.select.grouped && query.select.group_by.is_empty() && !kept.iter().any(|k| *k) {
        return;
    }
    let lost =
        |select: &Select| select.grouped && select.group_by.is_empty() && !select.items.iter().zip(&kept).any(|(i, k)| *k && i.expr.facts.aggregate);
    if lost(&query.select) || query.arms.iter().any(|(_, s)| lost(s)) {
        return;
    }
    drop(&mut query.select);
    for (_, arm) in &mut query.arms {
        drop(arm);
    }
}
