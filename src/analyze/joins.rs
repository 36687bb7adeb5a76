//! Joins and set operations: two inputs become one.

use std::rc::Rc;

use super::Analyzer;
use super::coerce::{self, to_type};
use super::operators::binary;
use super::passed;
use super::resolved::{Column, Kind, Op, RelId, Typed};
use super::scope::{ambiguous, same_name};
use super::suggest;
use crate::error::{Code, Error, Result};
use crate::expr::BinaryOp;
use crate::plan::{JoinKind, JoinOn, SetKind};
use crate::types::DataType;

impl Analyzer<'_> {
    pub(super) fn join(&mut self, left: RelId, right: RelId, kind: JoinKind, on: &JoinOn) -> Result<RelId> {
        let n_left = self.nodes[left].columns.len();
        let one_sided = matches!(kind, JoinKind::Semi | JoinKind::Anti);
        let mut condition = None;
        let mut keys: Vec<(usize, usize)> = vec![];
        match on {
            JoinOn::None => {}
            JoinOn::Condition(expr) => {
                let typed = self.condition(expr, &[left, right]).map_err(|e| e.within("join"))?;
                if typed.has_aggregate() {
                    return Err(Error::new(Code::MisplacedAggregate, "the condition of a join cannot aggregate").hint("aggregate first, then join"));
                }
                if typed.has_window() {
                    return Err(Error::new(Code::MisplacedWindow, "the condition of a join cannot hold a window function")
                        .hint("compute it with withColumn() first"));
                }
                condition = Some(typed);
            }
            JoinOn::Using(names) => {
                for name in names {
                    let l = self.key(left, name, "left")?;
                    let r = self.key(right, name, "right")?;
                    keys.push((l, r));
                    let equal = binary(BinaryOp::Eq, Typed::col(l, &self.nodes[left].columns[l]), self.right_col(left, right, r))?;
                    condition = Some(match condition {
                        Some(before) => Typed::binary(BinaryOp::And, before, equal, DataType::Boolean),
                        None => equal,
                    });
                }
            }
        }
        if condition.is_none() && matches!(kind, JoinKind::Semi | JoinKind::Anti) {
            condition = None;
        }
        if one_sided {
            let n_visible = self.nodes[left].n_visible;
            let all = passed(&self.nodes[left].columns, 0);
            // Named keys come first, as in every join by name.
            let mut order: Vec<usize> = keys.iter().map(|(l, _)| *l).collect();
            order.extend((0..all.len()).filter(|i| !keys.iter().any(|(l, _)| l == i)));
            let columns: Vec<Column> = order.iter().map(|i| all[*i].clone()).collect();
            let exprs = order.iter().map(|i| Typed::col(*i, &all[*i])).collect();
            return Ok(self.push(Op::Join { left, right, kind, condition, exprs }, columns, n_visible));
        }
        let (left_null, right_null) = (matches!(kind, JoinKind::Right | JoinKind::Full), matches!(kind, JoinKind::Left | JoinKind::Full));
        let mut columns: Vec<Column> = vec![];
        let mut exprs: Vec<Typed> = vec![];
        let mut hidden: Vec<(Column, Typed)> = vec![];
        let side = |analyzer: &Self, slot: u8, i: usize| {
            let (rel, offset, null) = if slot == 0 { (left, 0, left_null) } else { (right, n_left, right_null) };
            let mut column = Column { from: Some((slot, i as u32)), ..analyzer.nodes[rel].columns[i].clone() };
            column.nullable |= null;
            let typed = Typed::col(offset + i, &column);
            (column, typed)
        };
        for (l, r) in &keys {
            let (left_column, left_expr) = side(self, 0, *l);
            let (right_column, right_expr) = side(self, 1, *r);
            match kind {
                JoinKind::Right => {
                    columns.push(right_column);
                    exprs.push(right_expr);
                    hidden.push((left_column, left_expr));
                }
                JoinKind::Full => {
                    let name = left_column.name.clone();
                    let (args, data_type) = coerce::unify(vec![left_expr.clone(), right_expr.clone()], "join")?;
                    let both = Typed::call("coalesce", args, data_type.clone(), true);
                    columns.push(self.new_column(name, data_type, true));
                    exprs.push(both);
                    hidden.push((left_column, left_expr));
                    hidden.push((right_column, right_expr));
                }
                _ => {
                    columns.push(left_column);
                    exprs.push(left_expr);
                    hidden.push((right_column, right_expr));
                }
            }
        }
        for (slot, rel) in [(0u8, left), (1u8, right)] {
            for i in 0..self.nodes[rel].columns.len() {
                let is_key = keys.iter().any(|(l, r)| if slot == 0 { *l == i } else { *r == i });
                if is_key {
                    continue;
                }
                let (column, typed) = side(self, slot, i);
                if i < self.nodes[rel].n_visible {
                    columns.push(column);
                    exprs.push(typed);
                } else {
                    hidden.push((column, typed));
                }
            }
        }
        let n_visible = columns.len();
        for (column, typed) in hidden {
            columns.push(column);
            exprs.push(typed);
        }
        Ok(self.push(Op::Join { left, right, kind, condition, exprs }, columns, n_visible))
    }

    fn right_col(&self, left: RelId, right: RelId, index: usize) -> Typed {
        Typed::col(self.nodes[left].columns.len() + index, &self.nodes[right].columns[index])
    }

    fn key(&self, rel: RelId, name: &str, side: &str) -> Result<usize> {
        let columns = self.nodes[rel].visible();
        let plain = name.strip_prefix('`').and_then(|n| n.strip_suffix('`')).unwrap_or(name);
        let found: Vec<usize> = (0..columns.len()).filter(|i| same_name(&columns[*i].name, plain)).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let existing: Vec<&str> = columns.iter().map(|c| &*c.name).collect();
                Err(suggest::unknown(Code::UnknownColumn, &format!("{side} side: column"), plain, "columns", &existing))
            }
            _ => Err(ambiguous(plain, &[format!("several columns of the {side} side")])),
        }
    }

    pub(super) fn set_op(&mut self, left: RelId, right: RelId, kind: SetKind, all: bool, by_name: bool, allow_missing: bool) -> Result<RelId> {
        let l: Vec<Column> = self.nodes[left].visible().to_vec();
        let r: Vec<Column> = self.nodes[right].visible().to_vec();
        let mut pairs: Vec<(Option<usize>, Option<usize>, Rc<str>)> = vec![];
        if by_name {
            for (i, column) in l.iter().enumerate() {
                let found: Vec<usize> = (0..r.len()).filter(|j| same_name(&r[*j].name, &column.name)).collect();
                match found.as_slice() {
                    [j] => pairs.push((Some(i), Some(*j), column.name.clone())),
                    [] if allow_missing => pairs.push((Some(i), None, column.name.clone())),
                    [] => {
                        let existing: Vec<&str> = r.iter().map(|c| &*c.name).collect();
                        let error = suggest::unknown(Code::UnknownColumn, "the other frame: column", &column.name, "columns", &existing);
                        return Err(if error.report().hint.is_some() { error } else { error.hint("{allowMissingColumns: true} fills it with NULL") });
                    }
                    _ => return Err(ambiguous(&column.name, &["several columns of the other frame".to_owned()])),
                }
            }
            for (j, column) in r.iter().enumerate() {
                if l.iter().any(|c| same_name(&c.name, &column.name)) {
                    continue;
                }
                if !allow_missing {
                    let existing: Vec<&str> = l.iter().map(|c| &*c.name).collect();
                    let error = suggest::unknown(Code::UnknownColumn, "this frame: column", &column.name, "columns", &existing);
                    return Err(if error.report().hint.is_some() { error } else { error.hint("{allowMissingColumns: true} fills it with NULL") });
                }
                pairs.push((None, Some(j), column.name.clone()));
            }
        } else {
            if l.len() != r.len() {
                return Err(Error::new(Code::TypeMismatch, format!("both frames need the same number of columns, not {} and {}", l.len(), r.len()))
                    .hint(format!("left has {}; right has {}", suggest::list(l.iter().map(|c| &*c.name)), suggest::list(r.iter().map(|c| &*c.name))))
                    .detail("left", l.len())
                    .detail("right", r.len()));
            }
            pairs.extend((0..l.len()).map(|i| (Some(i), Some(i), l[i].name.clone())));
        }
        let mut columns = vec![];
        let (mut left_exprs, mut right_exprs) = (vec![], vec![]);
        for (i, j, name) in pairs {
            let take = |side: &[Column], at: Option<usize>| at.map_or(Typed::null(DataType::Void), |at| Typed::col(at, &side[at]));
            let (a, b) = (take(&l, i), take(&r, j));
            let data_type =
                a.data_type.common(&b.data_type).ok_or_else(|| coerce::mismatch(format!("column \"{name}\""), &a.data_type, &b.data_type))?;
            let nullable = match kind {
                SetKind::Union => a.nullable || b.nullable,
                SetKind::Intersect => a.nullable && b.nullable,
                SetKind::Except => a.nullable,
            };
            let mut column = match i {
                Some(at) => Column { from: Some((0, at as u32)), ..l[at].clone() },
                None => self.new_column(name, data_type.clone(), nullable),
            };
            if column.data_type != data_type {
                column.attr = self.new_attr();
                column.from = None;
            }
            (column.data_type, column.nullable) = (data_type.clone(), nullable);
            columns.push(column);
            left_exprs.push(stored_as(a, &data_type));
            right_exprs.push(stored_as(b, &data_type));
        }
        let n = columns.len();
        Ok(self.push(Op::SetOp { left, right, kind, all, left_exprs, right_exprs }, columns, n))
    }
}

/// As a value of this type in storage too: an integer beside reals becomes a real.
fn stored_as(expr: Typed, to: &DataType) -> Typed {
    let expr = to_type(expr, to);
    match &expr.kind {
        Kind::Cast(inner) if inner.data_type.is_integer() && expr.data_type.is_integer() => {
            // Only the declared width differs.
            (**inner).clone()
        }
        _ => expr,
    }
}
