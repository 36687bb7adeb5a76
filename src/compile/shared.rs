//! Relations that are read more than once: a CTE each, or a copy where that reads better.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ast::{self, Cte, CteId, E, From, Order, Source, SourceId, Sql};
use super::lower::{Lowerer, Rel, unique_names};
use crate::analyze::resolved::{Kind, Op, RelId, Relation, Typed};
use crate::error::{Error, Result};

/// The relations that a plan reads, and those that its subqueries read.
fn subqueries(expr: &Typed, found: &mut Vec<RelId>) {
    match &expr.kind {
        Kind::InQuery { plan, .. } | Kind::Exists { plan, .. } | Kind::ScalarQuery { plan } => found.push(*plan),
        _ => {}
    }
    for child in expr.children() {
        subqueries(child, found);
    }
}

pub fn count_uses(nodes: &[Relation], root: RelId) -> Vec<usize> {
    let mut uses = vec![0; nodes.len()];
    let mut open = vec![root];
    let mut seen = HashSet::new();
    while let Some(rel) = open.pop() {
        uses[rel] += 1;
        if !seen.insert(rel) {
            continue;
        }
        // The rows of a recursion are not those of its base again.
        if !matches!(nodes[rel].op, Op::RecursiveRef { .. }) {
            open.extend(nodes[rel].op.inputs());
        }
        for expr in nodes[rel].op.exprs() {
            subqueries(expr, &mut open);
        }
    }
    uses
}

impl Lowerer<'_> {
    /// A name for a CTE that no table and no other CTE has.
    pub(super) fn cte_name(&mut self, wanted: &str) -> Rc<str> {
        let mut name = wanted.to_owned();
        let mut n = 1;
        while !self.names.insert(name.to_lowercase()) {
            n += 1;
            name = format!("{wanted}_{n}");
        }
        name.into()
    }

    /// Cheaper to write twice than to name.
    pub(super) fn is_cheap(&self, id: RelId, rel: &Rel) -> bool {
        let select = &rel.query.select;
        matches!(self.nodes[id].op, Op::RecursiveRef { .. } | Op::Cte { .. })
            || (matches!(select.from.as_slice(), [Source { from: From::Table(_) | From::Cte(_), .. }] | [])
                && select.filter.is_empty()
                && !select.grouped
                && !select.distinct
                && rel.query.order_by.is_empty()
                && !rel.is_limited()
                && !rel.is_compound()
                && rel.cols.iter().all(|c| c.size <= 3 && !c.facts.volatile && !c.facts.window))
    }

    pub(super) fn share(&mut self, id: RelId, rel: Rel) {
        let names = unique_names(self.nodes[id].columns.iter().map(|c| &*c.name));
        // A CTE is called by what it is, not by the table it starts from.
        let hint: Rc<str> = match &self.nodes[id].op {
            Op::Filter { .. } if !rel.query.select.grouped => format!("{}_filtered", rel.hint).into(),
            Op::Limit { .. } | Op::Offset { .. } | Op::Tail { .. } => format!("{}_limited", rel.hint).into(),
            _ if self.names.contains(&rel.hint.to_lowercase()) => format!("{}_rows", rel.hint).into(),
            _ => rel.hint.clone(),
        };
        let cte = self.push_cte(&hint, rel, &names, false);
        self.shared.insert(id, (cte, names));
    }

    pub(super) fn push_cte(&mut self, hint: &str, rel: Rel, names: &[Rc<str>], materialized: bool) -> CteId {
        let name = self.cte_name(hint);
        let materialized = materialized || rel.cols.iter().any(|c| c.facts.volatile) || rel.query.select.filter.iter().any(|f| f.facts.volatile);
        let query = self.finish(rel, names, true);
        self.ctes.push(Cte { name, query, step: None, columns: vec![], materialized });
        self.ctes.len() - 1
    }

    pub(super) fn scan_cte(&mut self, cte: CteId, names: &[Rc<str>], n_visible: usize) -> Rel {
        let hint = self.ctes[cte].name.clone();
        let id = self.source(&hint);
        self.scan(id, From::Cte(cte), names, n_visible, &hint)
    }

    pub(super) fn take(&mut self, id: RelId, done: &mut HashMap<RelId, Rel>) -> Result<Rel> {
        if let Some((cte, names)) = self.shared.get(&id).cloned() {
            let n_visible = self.nodes[id].n_visible;
            return Ok(self.scan_cte(cte, &names, n_visible));
        }
        if self.uses[id] > 1 {
            // Kept for its other users; sources get new numbers, so that a self join tells its sides apart.
            let rel = done.get(&id).cloned().ok_or_else(|| Error::internal("an input was not lowered"))?;
            return Ok(self.fresh(rel));
        }
        done.remove(&id).ok_or_else(|| Error::internal("an input was not lowered"))
    }

    /// The same SELECT over sources of its own. Only cheap ones are copied: at most one table and plain expressions.
    fn fresh(&mut self, mut rel: Rel) -> Rel {
        let mut renumbered: HashMap<SourceId, SourceId> = HashMap::new();
        for source in &mut rel.query.select.from {
            self.hints.push(self.hints[source.id].clone());
            renumbered.insert(source.id, self.hints.len() - 1);
            if let Some(names) = self.not_null.get(&source.id).cloned() {
                self.not_null.insert(self.hints.len() - 1, names);
            }
            source.id = self.hints.len() - 1;
        }
        if rel.is_compound() || rel.query.select.from.iter().any(|s| !matches!(s.from, From::Table(_) | From::Cte(_))) {
            return rel;
        }
        let change = |e: &E| renumber(e, &renumbered);
        rel.cols = rel.cols.iter().map(change).collect();
        let query = &mut rel.query;
        query.select.filter = query.select.filter.iter().map(change).collect();
        query.select.group_by = query.select.group_by.iter().map(change).collect();
        query.select.having = query.select.having.iter().map(change).collect();
        for source in &mut query.select.from {
            source.on = source.on.iter().map(change).collect();
        }
        for order in &mut query.order_by {
            order.expr = change(&order.expr);
        }
        rel
    }
}

/// The expression with its columns taken from other sources.
fn renumber(expr: &E, map: &HashMap<SourceId, SourceId>) -> E {
    let change = |e: &E| renumber(e, map);
    let order = |o: &Order| Order { expr: renumber(&o.expr, map), ..*o };
    let sql = match &expr.sql {
        Sql::Column { source, name } => match map.get(source) {
            Some(new) => Sql::Column { source: *new, name: name.clone() },
            None => return expr.clone(),
        },
        Sql::Literal { .. } | Sql::Word(_) | Sql::Exists { .. } | Sql::Scalar { .. } => return expr.clone(),
        Sql::Infix { op, precedence, left, right } => Sql::Infix { op, precedence: *precedence, left: change(left), right: change(right) },
        Sql::Prefix { op, precedence, arg } => Sql::Prefix { op, precedence: *precedence, arg: change(arg) },
        Sql::Postfix { op, arg } => Sql::Postfix { op, arg: change(arg) },
        Sql::Call { name, args, distinct, filter, star } => Sql::Call {
            name: name.clone(),
            args: args.iter().map(change).collect(),
            distinct: *distinct,
            filter: filter.as_ref().map(change),
            star: *star,
        },
        Sql::Over { function, partition_by, order_by, frame } => Sql::Over {
            function: change(function),
            partition_by: partition_by.iter().map(change).collect(),
            order_by: order_by.iter().map(order).collect(),
            frame: frame.clone(),
        },
        Sql::Case { branches, otherwise } => {
            Sql::Case { branches: branches.iter().map(|(c, v)| (change(c), change(v))).collect(), otherwise: otherwise.as_ref().map(change) }
        }
        Sql::Cast { arg, to } => Sql::Cast { arg: change(arg), to },
        Sql::In { arg, list, negated } => Sql::In { arg: change(arg), list: list.iter().map(change).collect(), negated: *negated },
        Sql::InQuery { args, query, negated } => Sql::InQuery { args: args.iter().map(change).collect(), query: query.clone(), negated: *negated },
    };
    ast::make(sql, expr.facts)
}
