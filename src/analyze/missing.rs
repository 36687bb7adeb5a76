//! `fillna`, `dropna`, `replace`: conditions and projections over the columns that a value can concern.

use super::Analyzer;
use super::exprs::explicit_cast;
use super::operators::binary;
use super::resolved::{Kind, Op, RelId, Typed};
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Literal, UnaryOp};
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    pub(super) fn fill_na(
        &mut self,
        input: usize,
        value: Option<&Literal>,
        by_column: &[(String, Literal)],
        subset: Option<&[String]>,
    ) -> Result<RelId> {
        let input = self.input(input)?;
        let mut fills: Vec<(usize, &Literal)> = vec![];
        if let Some(value) = value {
            for i in self.subset(input, subset)? {
                if same_family(&self.nodes[input].columns[i].data_type, &value.data_type) {
                    fills.push((i, value));
                }
            }
        }
        for (name, value) in by_column {
            fills.push((self.visible_column(input, name)?, value));
        }
        let mut change = vec![];
        for (i, value) in fills {
            let column = &self.nodes[input].columns[i];
            if value.value == Value::Null {
                return Err(Error::invalid("fillna() needs a value that is not null"));
            }
            if !column.nullable {
                continue;
            }
            let fill = explicit_cast(Typed::literal(value.value.clone(), value.data_type.clone()), &column.data_type)?;
            let nullable = fill.nullable;
            change.push((i, Typed::call("coalesce", vec![Typed::col(i, column), fill], column.data_type.clone(), nullable)));
        }
        Ok(self.changed(input, change))
    }

    pub(super) fn drop_na(&mut self, input: usize, all: bool, thresh: Option<u64>, subset: Option<&[String]>) -> Result<RelId> {
        let input = self.input(input)?;
        let columns = self.subset(input, subset)?;
        if columns.is_empty() {
            return Ok(input);
        }
        let there = |i: usize| Typed::unary(UnaryOp::IsNotNull, Typed::col(i, &self.nodes[input].columns[i]), DataType::Boolean);
        // In pairs of pairs: SQLite limits the depth of expressions, and there may be 2,000 columns.
        let fold = |op: BinaryOp, t: DataType, columns: &[usize]| {
            let mut parts: Vec<Typed> = columns.iter().map(|i| there(*i)).collect();
            while parts.len() > 64 {
                let mut pairs = vec![];
                let mut rest = parts.into_iter();
                while let Some(a) = rest.next() {
                    pairs.push(match rest.next() {
                        Some(b) => Typed::binary(op, a, b, t.clone()),
                        None => a,
                    });
                }
                parts = pairs;
            }
            parts.into_iter().reduce(|a, b| Typed::binary(op, a, b, t.clone()))
        };
        let nullable: Vec<usize> = columns.iter().copied().filter(|i| self.nodes[input].columns[*i].nullable).collect();
        let condition = match (thresh, all) {
            (Some(n), _) => fold(BinaryOp::Add, DataType::Long, &columns)
                .map(|sum| Typed::binary(BinaryOp::Ge, sum, Typed::literal(n.min(i64::MAX as u64) as i64, DataType::Long), DataType::Boolean)),
            (None, true) if nullable.len() < columns.len() => None,
            (None, true) => fold(BinaryOp::Or, DataType::Boolean, &columns),
            (None, false) => fold(BinaryOp::And, DataType::Boolean, &nullable),
        };
        let Some(condition) = condition else { return Ok(input) };
        Ok(self.push_like(input, Op::Filter { input, condition }))
    }

    pub(super) fn replace(&mut self, input: usize, pairs: &[(Literal, Literal)], subset: Option<&[String]>) -> Result<RelId> {
        let input = self.input(input)?;
        if pairs.is_empty() {
            return Err(Error::invalid("there is nothing to replace"));
        }
        let given = pairs.iter().flat_map(|(from, to)| [&from.data_type, &to.data_type]).filter(|t| **t != DataType::Void);
        let mut kinds = given.clone();
        if let Some(first) = kinds.next()
            && let Some(other) = given.clone().find(|t| !same_family(first, t) && !same_family(t, first))
        {
            let message = format!("{first} and {other} do not go together: replace numbers by numbers, texts by texts, booleans by booleans");
            return Err(Error::invalid(message).hint("when().otherwise() changes a column's type"));
        }
        let mut change = vec![];
        for i in self.subset(input, subset)? {
            let column = self.nodes[input].columns[i].clone();
            let fitting: Vec<_> = pairs.iter().filter(|(from, _)| same_family(&column.data_type, &from.data_type)).collect();
            if fitting.is_empty() {
                continue;
            }
            let mut branches = vec![];
            for (from, to) in fitting {
                let to = explicit_cast(Typed::literal(to.value.clone(), to.data_type.clone()), &column.data_type)?;
                let same = binary(BinaryOp::Eq, Typed::col(i, &column), Typed::literal(from.value.clone(), from.data_type.clone()))?;
                branches.push((same, to));
            }
            let nullable = column.nullable || branches.iter().any(|(_, to)| to.nullable);
            let otherwise = Some(Box::new(Typed::col(i, &column)));
            change.push((i, Typed::new(Kind::Case { branches, otherwise }, column.data_type, nullable)));
        }
        Ok(self.changed(input, change))
    }
}

/// Does a value of this type fill or match columns of that one? Numbers go with numbers, text with text, booleans with booleans.
fn same_family(column: &DataType, value: &DataType) -> bool {
    (column.is_numeric() && value.is_numeric())
        || matches!((column, value), (DataType::String, DataType::String) | (DataType::Boolean, DataType::Boolean) | (DataType::Any, _))
        || (column == value && column.is_temporal())
}
