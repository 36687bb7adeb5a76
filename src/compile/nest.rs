//! A SELECT within another's FROM, and how much of that SQLite bears.

use std::rc::Rc;

use super::ast::{E, From, Order, Sql};
use super::lower::{Lowerer, Rel, unique_names};
use crate::analyze::resolved::RelId;
use crate::error::{Error, Result};

/// SELECTs nest this deep at most; deeper ones go through CTEs.
const MAX_NESTING: usize = 20;
/// SELECTs in FROM or in CTEs, together: SQLite walks them recursively, and a WebAssembly stack is small.
const MAX_NESTED: usize = 900;
/// A nested expression longer than this when spelled out is computed in a CTE of its own.
const MAX_SPELLED_OUT: usize = 2_000;

impl Lowerer<'_> {
    /// Wraps a SELECT into a FROM. The order goes along to the outer SELECT.
    pub(super) fn nest(&mut self, rel: Rel, id: RelId) -> Result<Rel> {
        let mut names: Vec<&str> = self.nodes[id].columns.iter().map(|c| &*c.name).collect();
        names.truncate(rel.cols.len());
        let names = unique_names(names.into_iter());
        self.nest_named(rel, names)
    }

    pub(super) fn nest_named(&mut self, mut rel: Rel, mut names: Vec<Rc<str>>) -> Result<Rel> {
        if rel.recursive {
            return Err(Error::unsupported(
                "the step of a recursion reads its own rows once, in a join, filter or select, without aggregating or limiting them",
            ));
        }
        self.n_nested += 1;
        if self.n_nested > MAX_NESTED {
            return Err(
                Error::unsupported(format!("the plan needs more than {MAX_NESTED} SELECTs within each other")).hint("cache() an intermediate frame")
            );
        }
        let (n_visible, hint, nesting) = (rel.n_visible, rel.hint.clone(), rel.nesting);
        let keys = std::mem::take(&mut rel.query.order_by);
        let mut outer_keys: Vec<(usize, bool, bool)> = vec![];
        let fixed = rel.is_compound() || rel.query.select.distinct;
        let n_cols = rel.cols.len();
        for key in &keys {
            let at = rel.cols.iter().position(|c| *c == key.expr);
            let at = match at {
                Some(at) => Some(at),
                None if fixed => None,
                None => {
                    rel.cols.push(key.expr.clone());
                    Some(rel.cols.len() - 1)
                }
            };
            match at {
                Some(at) => outer_keys.push((at, key.descending, key.nulls_first)),
                None => break,
            }
        }
        if rel.cols.len() > n_cols {
            let mut all: Vec<String> = names.iter().map(|n| n.to_string()).collect();
            all.extend((0..rel.cols.len() - n_cols).map(|i| format!("order_{}", i + 1)));
            names = unique_names(all.iter().map(String::as_str));
        }
        if rel.is_limited() {
            rel.query.order_by = keys;
        }
        let volatile = rel.cols.iter().any(|c| c.facts.volatile);
        let correlated = !self.outer.is_empty();
        let lengths: Vec<usize> = rel.cols.iter().map(|c| self.spelled_out_length(c)).collect();
        // SQLite spells nested SELECTs out while it plans, which would take for ever.
        let too_long = lengths.iter().any(|n| *n > MAX_SPELLED_OUT);
        let mut outside = if (volatile || too_long || nesting >= MAX_NESTING) && !correlated {
            let cte = self.push_cte(&hint, rel, &names, true);
            self.scan_cte(cte, &names, n_visible)
        } else {
            let source = self.source(&hint);
            for (name, n) in names.iter().zip(lengths).filter(|(_, n)| *n > 1) {
                self.spelled_out.insert((source, name.clone()), n);
            }
            let never_null = rel.cols.iter().zip(&names).filter(|(c, _)| self.is_never_null(&rel.query.select.from, c)).map(|(_, name)| name.clone());
            self.not_null.insert(source, Rc::new(never_null.collect()));
            let query = self.finish(rel, &names, true);
            let mut outside = self.scan(source, From::Query(query.into()), &names, n_visible, &hint);
            outside.nesting = nesting + 1;
            outside
        };
        outside.query.order_by =
            outer_keys.into_iter().map(|(at, descending, nulls_first)| Order { expr: outside.cols[at].clone(), descending, nulls_first }).collect();
        outside.cols.truncate(n_cols);
        Ok(outside)
    }

    fn spelled_out_length(&self, expr: &E) -> usize {
        if let Sql::Column { source, name } = &expr.sql {
            return self.spelled_out.get(&(*source, name.clone())).copied().unwrap_or(1);
        }
        expr.sql.children().into_iter().fold(1, |n, child| n.saturating_add(self.spelled_out_length(child)))
    }
}
