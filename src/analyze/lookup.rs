//! Which column a name means: of the inputs, of an enclosing query, of a frame.

use super::Analyzer;
use super::exprs::item;
use super::resolved::{Kind, RelId, Typed};
use super::scope::{Lookup, Name, Scope, ambiguous};
use crate::error::{Code, Error, Result};
use crate::plan::NodeId;
use crate::types::DataType;

impl Analyzer<'_> {
    /// The column of that name, and the name its result has.
    #[inline(never)]
    pub(super) fn column(&mut self, name: &str, frame: Option<NodeId>, outer: bool, inputs: &[RelId]) -> Result<(Typed, String)> {
        if let Some(frame) = frame {
            return self.column_of_frame(name, frame, inputs);
        }
        let parsed = Name::parse(name)?;
        let mut own_error = None;
        if !outer {
            match (Scope { nodes: &self.nodes, inputs }).find(&parsed) {
                Lookup::Found(found) => {
                    let column = self.column_at(inputs, found.index);
                    let typed = fields(Typed::col(found.index, column), &found.fields)?;
                    return Ok((typed, found.name));
                }
                Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
                Lookup::Missing => own_error = Some((Scope { nodes: &self.nodes, inputs }).missing(&parsed)),
            }
        }
        for level in 1..=self.levels.len() {
            let enclosing = self.levels[self.levels.len() - level].inputs.clone();
            match (Scope { nodes: &self.nodes, inputs: &enclosing }).find(&parsed) {
                Lookup::Found(found) => {
                    let column = self.column_at(&enclosing, found.index);
                    let typed = Typed::new(Kind::Outer { level, index: found.index }, column.data_type.clone(), column.nullable);
                    let typed = fields(typed, &found.fields)?;
                    self.reach = self.reach.max(level);
                    return Ok((typed, found.name));
                }
                Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
                Lookup::Missing => {}
            }
        }
        Err(own_error.unwrap_or_else(|| {
            let error = Error::new(Code::UnknownColumn, format!("outer column \"{}\" not found", parsed.text())).detail("name", parsed.text());
            if self.levels.is_empty() { error.hint("outer() is for subqueries: exists, scalarSubquery, isin") } else { error }
        }))
    }

    pub(super) fn column_at(&self, inputs: &[RelId], index: usize) -> &super::resolved::Column {
        let mut rest = index;
        for rel in inputs {
            let columns = &self.nodes[*rel].columns;
            if rest < columns.len() {
                return &columns[rest];
            }
            rest -= columns.len();
        }
        unreachable!("positions come from these inputs")
    }

    /// `df.col(name)`: the column of the input that came unchanged from that frame.
    pub(super) fn column_of_frame(&mut self, name: &str, frame: NodeId, inputs: &[RelId]) -> Result<(Typed, String)> {
        let parsed = Name::parse(name)?;
        let rel = self.analyze_plan(frame)?;
        let at = [rel];
        let found = match (Scope { nodes: &self.nodes, inputs: &at }).find(&parsed) {
            Lookup::Found(found) => found,
            Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
            Lookup::Missing => return Err((Scope { nodes: &self.nodes, inputs: &at }).missing(&parsed)),
        };
        let attr = self.nodes[rel].columns[found.index].attr;
        let all: Vec<Vec<RelId>> = std::iter::once(inputs.to_vec()).chain(self.levels.iter().rev().map(|level| level.inputs.clone())).collect();
        for (level, inputs) in all.iter().enumerate() {
            let mut offset = 0;
            let mut hits: Vec<(usize, usize)> = vec![];
            let mut loose: Vec<(usize, usize)> = vec![];
            for input in inputs {
                for (i, column) in self.nodes[*input].columns.iter().enumerate() {
                    if column.attr == attr {
                        match self.steps_to(*input, i, rel, found.index) {
                            Some(steps) => hits.push((steps, offset + i)),
                            None => loose.push((0, offset + i)),
                        }
                    }
                }
                offset += self.nodes[*input].columns.len();
            }
            if hits.is_empty() {
                hits = loose;
            }
            let Some(nearest) = hits.iter().map(|(steps, _)| *steps).min() else { continue };
            let mut best = hits.iter().filter(|(steps, _)| *steps == nearest).map(|(_, at)| *at);
            let (Some(index), None) = (best.next(), best.next()) else {
                return Err(ambiguous(&parsed.text(), &["both sides, which are the same frame".to_owned()])
                    .hint("give each side an alias() and write \"alias.column\""));
            };
            let column = self.column_at(inputs, index);
            let kind = if level == 0 { Kind::Col(index) } else { Kind::Outer { level, index } };
            let typed = fields(Typed::new(kind, column.data_type.clone(), column.nullable), &found.fields)?;
            self.reach = self.reach.max(level);
            return Ok((typed, found.name));
        }
        let error = (Scope { nodes: &self.nodes, inputs }).missing(&parsed);
        Err(error.hint(format!(
            "col(\"{}\") of a frame must be among the columns that this verb sees; an expression or select in between makes new columns",
            parsed.text()
        )))
    }

    /// How many verbs lie between this column and that one of `frame`, if it is the same column passed on.
    pub(super) fn steps_to(&self, rel: RelId, index: usize, frame: RelId, frame_index: usize) -> Option<usize> {
        let (mut rel, mut index, mut steps) = (rel, index, 0);
        loop {
            if rel == frame && index == frame_index {
                return Some(steps);
            }
            let (slot, below) = self.nodes[rel].columns.get(index)?.from?;
            rel = *self.nodes[rel].op.inputs().get(usize::from(slot))?;
            index = below as usize;
            steps += 1;
        }
    }
}

/// Takes fields of a struct, one inside the other.
fn fields(typed: Typed, fields: &[String]) -> Result<Typed> {
    fields.iter().try_fold(typed, |typed, field| item(typed, Typed::literal(field.as_str(), DataType::String)))
}
