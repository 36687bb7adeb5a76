//! Projection and filter: the two that most often join the SELECT below.

use super::ast::{self, Sql};
use super::lower::{Lowerer, Rel};
use super::{decorrelate, joins, merge};
use crate::analyze::resolved::{Kind, RelId, Typed};
use crate::error::Result;

impl Lowerer<'_> {
    pub(super) fn project(&mut self, input: RelId, mut below: Rel, exprs: &[Typed]) -> Result<Rel> {
        let unchanged = exprs.len() == below.n_visible && exprs.iter().enumerate().all(|(i, e)| e.kind == Kind::Col(i));
        if below.is_compound() && unchanged {
            return Ok(below);
        }
        below = self.hoist_scalars(input, below, &exprs.iter().collect::<Vec<_>>())?;
        if !(self.may_merge(&below) && merge::can_merge_project(exprs, &below)) {
            below = self.nest(below, input)?;
        }
        below.cols = self.exprs(exprs, &below.cols.clone())?;
        below.n_visible = exprs.len();
        if !self.is_plain_scan(&below) && !below.query.select.grouped {
            below.hint = "selected".into();
        }
        Ok(below)
    }

    fn is_plain_scan(&self, rel: &Rel) -> bool {
        matches!(rel.query.select.from.as_slice(), [_]) && rel.cols.iter().all(|c| matches!(c.sql, Sql::Column { .. }))
    }

    pub(super) fn filter(&mut self, input: RelId, below: Rel, condition: &Typed) -> Result<Rel> {
        let mut below = self.hoist_scalars(input, below, &[condition])?;
        let having = merge::can_merge_having(condition, &below);
        if !(self.may_merge(&below) && (having || merge::can_merge_where(condition, &below))) {
            below = self.nest(below, input)?;
        }
        let having = below.query.select.grouped;
        let mut parts = vec![];
        let mut exists = vec![];
        for part in decorrelate::typed_conjuncts(condition) {
            match part.kind {
                Kind::Exists { plan, negated } if !having => exists.push((plan, negated)),
                _ => ast::conjuncts(self.expr(part, &below.cols.clone())?, &mut parts),
            }
        }
        for part in parts {
            let part = super::semi::as_filter(part);
            if joins::is_true(&part) {
                continue;
            }
            let select = &mut below.query.select;
            if !having {
                select.filter.push(part);
            } else if part.facts.column && !part.facts.aggregate && !part.facts.volatile && !select.group_by.is_empty() {
                // About keys only: the groups that go are the groups of the rows that go.
                select.filter.push(part);
            } else {
                select.having.push(part);
            }
        }
        for (plan, negated) in exists {
            below = decorrelate::filter_exists(self, below, input, negated, &mut |lowerer, cols| {
                lowerer.outer.push(cols.to_vec());
                let rel = lowerer.rel(plan);
                lowerer.outer.pop();
                rel
            })?;
        }
        Ok(below)
    }
}
