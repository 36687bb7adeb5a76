//! Verbs that rename, drop, change or turn columns.

use std::rc::Rc;

use super::project::unalias;
use super::resolved::{Column, Kind, Op, RelId, Typed};
use super::scope::{Lookup, Name, Scope, same_name};
use super::{Analyzer, coerce, names, passed};
use crate::error::{Code, Error, Result};
use crate::expr::{Expr, ExprRef};
use crate::types::DataType;

impl Analyzer<'_> {
    pub(super) fn renamed(&mut self, input: RelId, new_name: impl Fn(usize, &Column) -> Option<Rc<str>>) -> RelId {
        let old: Vec<Column> = self.nodes[input].visible().to_vec();
        let mut columns = vec![];
        let mut exprs = vec![];
        for (i, column) in old.iter().enumerate() {
            exprs.push(Typed::col(i, column));
            columns.push(match new_name(i, column) {
                Some(name) => self.new_column(name, column.data_type.clone(), column.nullable),
                None => Column { from: Some((0, i as u32)), ..column.clone() },
            });
        }
        let n = columns.len();
        self.push(Op::Project { input, exprs }, columns, n)
    }

    pub(super) fn rename(&mut self, input: usize, pairs: &[(String, String)]) -> Result<RelId> {
        let input = self.input(input)?;
        let plain = |name: &str| match Name::parse(name) {
            Ok(parsed) if parsed.quoted && parsed.parts.len() == 1 => parsed.text(),
            _ => name.to_owned(),
        };
        let pairs: Vec<(String, &str)> = pairs.iter().map(|(old, new)| (plain(old), new.as_str())).collect();
        if !self.nodes[input].visible().iter().any(|c| pairs.iter().any(|(old, _)| same_name(&c.name, old))) {
            return Ok(input);
        }
        Ok(self.renamed(input, |_, column| {
            let mut name = None;
            for (old, new) in &pairs {
                if same_name(name.unwrap_or(&column.name), old) {
                    name = Some(new);
                }
            }
            name.map(|n| (*n).into())
        }))
    }

    pub(super) fn drop_columns(&mut self, input: usize, columns: &[ExprRef]) -> Result<RelId> {
        let input = self.input(input)?;
        let n = self.nodes[input].n_visible;
        let mut gone = vec![false; n];
        for expr in columns {
            let expr = self.parsed(expr)?;
            let (bare, _) = unalias(&expr);
            let Expr::Column { name, frame, .. } = bare else {
                return Err(Error::invalid(format!("drop() takes columns, not {}", names::display(bare))));
            };
            if frame.is_some() {
                if let Kind::Col(index) = self.column(name, *frame, false, &[input])?.0.kind
                    && index < n
                {
                    gone[index] = true;
                }
                continue;
            }
            let parsed = Name::parse(name)?;
            let text = parsed.text();
            let mut exact = false;
            for (i, column) in self.nodes[input].visible().iter().enumerate() {
                if same_name(&column.name, &text) {
                    gone[i] = true;
                    exact = true;
                }
            }
            let inputs = [input];
            if !exact
                && parsed.parts.len() > 1
                && let Lookup::Found(found) = (Scope { nodes: &self.nodes, inputs: &inputs }).find(&parsed)
                && found.fields.is_empty()
                && found.index < n
            {
                gone[found.index] = true;
            }
        }
        if gone.iter().all(|g| !g) {
            return Ok(input);
        }
        // Nothing left is a frame without columns: its rows still count.
        let kept: Vec<(Typed, Rc<str>)> =
            (0..n).filter(|i| !gone[*i]).map(|i| (Typed::col(i, &self.nodes[input].columns[i]), self.nodes[input].columns[i].name.clone())).collect();
        Ok(self.project_values(input, kept))
    }

    /// A projection with the expression of some columns changed in place.
    pub(super) fn changed(&mut self, input: RelId, change: Vec<(usize, Typed)>) -> RelId {
        if change.is_empty() {
            return input;
        }
        let mut columns = passed(self.nodes[input].visible(), 0);
        let mut exprs: Vec<Typed> = columns.iter().enumerate().map(|(i, c)| Typed::col(i, c)).collect();
        for (i, typed) in change {
            let mut column = self.new_column(columns[i].name.clone(), typed.data_type.clone(), typed.nullable);
            column.qualifier = columns[i].qualifier.clone();
            columns[i] = column;
            exprs[i] = typed;
        }
        let n = columns.len();
        self.push(Op::Project { input, exprs }, columns, n)
    }

    pub(super) fn unpivot(&mut self, input: usize, ids: &[ExprRef], values: &[ExprRef], variable: &str, value: &str) -> Result<RelId> {
        let input = self.input(input)?;
        let mut id_exprs = vec![];
        let mut columns = vec![];
        for expr in ids {
            let (typed, name) = self.named(expr, &[input])?;
            columns.push(self.output_column(input, &typed, name));
            id_exprs.push(typed);
        }
        let mut pairs: Vec<(Rc<str>, Typed)> = vec![];
        for expr in values {
            let expr = self.parsed(expr)?;
            let (bare, aliases) = unalias(&expr);
            let (typed, name) = self.named(bare, &[input])?;
            pairs.push((aliases.into_iter().next().unwrap_or(name), typed));
        }
        if values.is_empty() {
            for (i, column) in self.nodes[input].visible().iter().enumerate() {
                if !id_exprs.iter().any(|id| id.kind == Kind::Col(i)) {
                    pairs.push((column.name.clone(), Typed::col(i, column)));
                }
            }
        }
        if pairs.is_empty() {
            return Err(Error::invalid("there is no column to unpivot"));
        }
        let text = pairs.iter().any(|(_, t)| t.data_type == DataType::String);
        if let (true, Some((name, t))) = (text, pairs.iter().find(|(_, t)| !matches!(t.data_type, DataType::String | DataType::Void | DataType::Any)))
        {
            return Err(Error::new(
                Code::TypeMismatch,
                format!("column \"{name}\" is {}, others are string; one column cannot hold both", t.data_type),
            )
            .hint("cast() them to string first"));
        }
        let (names, typed): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let nullable = typed.iter().any(|t| t.nullable);
        let (typed, data_type) = coerce::unify(typed, "unpivot")?;
        columns.push(self.new_column(variable, DataType::String, false));
        columns.push(self.new_column(value, data_type, nullable));
        let n = columns.len();
        Ok(self.push(Op::Unpivot { input, ids: id_exprs, values: names.into_iter().zip(typed).collect() }, columns, n))
    }
}
