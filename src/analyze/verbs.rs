//! One verb after the other. Convenience verbs (`fillna`, `drop`, `describe` …) are spelled out as projections, filters and aggregates,
//! in files of their own.

use std::rc::Rc;

use super::coerce;
use super::resolved::{Column, Kind, Op, RelId, Typed};
use super::scope::{Lookup, Name, Scope};
use super::{Analyzer, passed, suggest};
use crate::error::{Code, Error, Result};
use crate::expr::{BinaryOp, Expr};
use crate::plan::{Node, Params};
use crate::schema::Schema;
use crate::types::DataType;

impl Analyzer<'_> {
    pub(super) fn node(&mut self, node: &Node) -> Result<RelId> {
        match node {
            Node::Table { name } => self.table(name),
            Node::Sql { sql, params } => {
                let schema = self.catalog.query_columns(sql)?;
                self.collates = self.collates || sql.to_ascii_lowercase().contains("collate") || self.catalog.collates(None)?;
                let params = match params {
                    Params::Positional(list) => list.iter().map(|l| (String::new(), l.clone())).collect(),
                    Params::Named(list) => list.clone(),
                };
                Ok(self.source(Op::Sql { sql: sql.as_str().into(), params }, &schema, None))
            }
            Node::Values { schema, rows } => Ok(self.source(Op::Values { rows: rows.clone() }, schema, None)),
            Node::Project { input, exprs } => {
                let input = self.input(*input)?;
                self.project(input, exprs)
            }
            Node::WithColumns { input, columns } => {
                let input = self.input(*input)?;
                self.with_columns(input, columns)
            }
            Node::Rename { input, pairs } => self.rename(*input, pairs),
            Node::Drop { input, columns } => self.drop_columns(*input, columns),
            Node::RenameAll { input, names } => {
                let input = self.input(*input)?;
                let n = self.nodes[input].n_visible;
                if n != names.len() {
                    return Err(Error::new(Code::TypeMismatch, format!("{} names for {n} columns", names.len()))
                        .hint(format!("columns are: {}", suggest::list(self.nodes[input].visible().iter().map(|c| &*c.name)))));
                }
                let names: Vec<Rc<str>> = names.iter().map(|n| n.as_str().into()).collect();
                Ok(self.renamed(input, |i, _| Some(names[i].clone())))
            }
            Node::Alias { input, name } => {
                let input = self.input(*input)?;
                Ok(self.push_named(input, name.as_str().into(), Op::Alias { input }))
            }
            Node::Filter { input, condition } => self.filter(*input, condition),
            Node::Sort { input, keys } => {
                let input = self.input(*input)?;
                let keys = keys.iter().map(|k| self.sort_key(k, &[input])).collect::<Result<Vec<_>>>()?;
                if keys.iter().any(|k| k.expr.has_aggregate()) {
                    return Err(Error::new(Code::MisplacedAggregate, "rows are ordered after they are aggregated")
                        .hint("agg() first, then order by the name of its column"));
                }
                if keys.is_empty() {
                    return Err(Error::invalid("there is no key to order by"));
                }
                Ok(self.push_like(input, Op::Sort { input, keys }))
            }
            Node::Limit { input, n } => {
                let input = self.input(*input)?;
                Ok(self.push_like(input, Op::Limit { input, n: *n }))
            }
            Node::Offset { input, n } => {
                let input = self.input(*input)?;
                Ok(self.push_like(input, Op::Offset { input, n: *n }))
            }
            Node::Tail { input, n } => {
                let input = self.input(*input)?;
                Ok(self.push_visible(input, Op::Tail { input, n: *n }))
            }
            Node::Distinct { input } => {
                let input = self.input(*input)?;
                Ok(self.push_visible(input, Op::Distinct { input }))
            }
            Node::DistinctOn { input, names } => {
                let input = self.input(*input)?;
                if names.is_empty() {
                    return Ok(self.push_visible(input, Op::Distinct { input }));
                }
                let keys = names.iter().map(|n| self.visible_column(input, n)).collect::<Result<Vec<_>>>()?;
                Ok(self.push_visible(input, Op::DistinctOn { input, keys }))
            }
            Node::Sample { input, fraction, seed } => self.sample(*input, *fraction, *seed),
            Node::Join { left, right, kind, on } => {
                let (left, right) = (self.input(*left)?, self.input(*right)?);
                self.join(left, right, *kind, on)
            }
            Node::SetOp { left, right, kind, all, by_name, allow_missing } => {
                let (left, right) = (self.input(*left)?, self.input(*right)?);
                self.set_op(left, right, *kind, *all, *by_name, *allow_missing)
            }
            Node::Aggregate { .. } => self.group(node),
            Node::Unpivot { input, ids, values, variable_name, value_name } => self.unpivot(*input, ids, values, variable_name, value_name),
            Node::FillNa { input, value, by_column, subset } => self.fill_na(*input, value.as_ref(), by_column, subset.as_deref()),
            Node::DropNa { input, all, thresh, subset } => self.drop_na(*input, *all, *thresh, subset.as_deref()),
            Node::Replace { input, pairs, subset } => self.replace(*input, pairs, subset.as_deref()),
            Node::Describe { input, columns, statistics } => self.describe(*input, columns, statistics),
            Node::Cte { input, name } => {
                let input = self.input(*input)?;
                let name: Rc<str> = name.as_str().into();
                Ok(self.push_named(input, name.clone(), Op::Cte { input, name }))
            }
            Node::Recursive { name, base, step } => self.recursive(name, *base, *step),
            Node::RecursiveRef { name, base } => {
                let base = self.input(*base)?;
                let name: Rc<str> = name.as_str().into();
                let schema = self.nodes[base].schema();
                Ok(self.source(Op::RecursiveRef { name: name.clone(), base }, &schema, Some(name)))
            }
            Node::Cache { input, id } => {
                let input = self.input(*input)?;
                let Some(table) = self.catalog.cached(id) else { return Ok(input) };
                let columns: Vec<Column> = self.nodes[input].visible().iter().map(|c| Column { from: None, ..c.clone() }).collect();
                let n = columns.len();
                Ok(self.push(Op::Table { name: table.into() }, columns, n))
            }
        }
    }

    /// Rows of the input, hidden columns left behind.
    fn push_visible(&mut self, input: RelId, op: Op) -> RelId {
        let columns = passed(self.nodes[input].visible(), 0);
        let n = columns.len();
        self.push(op, columns, n)
    }

    /// The same under a name by which `name.column` finds them.
    fn push_named(&mut self, input: RelId, name: Rc<str>, op: Op) -> RelId {
        let rel = self.push_visible(input, op);
        for column in &mut self.nodes[rel].columns {
            column.qualifier = Some(name.clone());
        }
        rel
    }

    fn source(&mut self, op: Op, schema: &Schema, qualifier: Option<Rc<str>>) -> RelId {
        let mut columns = vec![];
        for field in schema {
            let mut column = self.new_column(field.name.as_str(), field.data_type.clone(), field.nullable);
            column.qualifier = qualifier.clone();
            columns.push(column);
        }
        let n = columns.len();
        self.push(op, columns, n)
    }

    fn table(&mut self, name: &str) -> Result<RelId> {
        match self.catalog.table(name)? {
            Some((exact, schema)) => {
                let exact: Rc<str> = exact.into();
                self.collates = self.collates || self.catalog.collates(Some(&exact))?;
                Ok(self.source(Op::Table { name: exact.clone() }, &schema, Some(exact)))
            }
            None => {
                let existing = self.catalog.table_names()?;
                let existing: Vec<&str> = existing.iter().map(String::as_str).collect();
                Err(suggest::unknown(Code::UnknownTable, "table", name, "tables", &existing).kind(crate::error::Kind::SchemaError))
            }
        }
    }

    /// One visible column by name.
    pub(super) fn visible_column(&self, input: RelId, name: &str) -> Result<usize> {
        let name = Name::parse(name)?;
        let inputs = [input];
        let scope = Scope { nodes: &self.nodes, inputs: &inputs };
        match scope.find(&name) {
            Lookup::Found(found) if found.fields.is_empty() && found.index < self.nodes[input].n_visible => Ok(found.index),
            Lookup::Ambiguous(candidates) => Err(super::scope::ambiguous(&name.text(), &candidates)),
            _ => Err(scope.missing(&name)),
        }
    }

    /// The columns named, or all.
    pub(super) fn subset(&self, input: RelId, subset: Option<&[String]>) -> Result<Vec<usize>> {
        match subset {
            Some(names) => names.iter().map(|n| self.visible_column(input, n)).collect(),
            None => Ok((0..self.nodes[input].n_visible).collect()),
        }
    }

    fn filter(&mut self, input: usize, condition: &Expr) -> Result<RelId> {
        let input = self.input(input)?;
        let condition = self.condition(condition, &[input])?;
        if condition.has_aggregate() {
            return Err(Error::new(Code::MisplacedAggregate, "rows are filtered before they are aggregated, so a condition cannot aggregate")
                .hint("groupBy(…).agg(…) first, then where() on the name of its column"));
        }
        if condition.has_window() {
            return Err(Error::new(Code::MisplacedWindow, "a condition cannot hold a window function")
                .hint("withColumn(\"n\", F.rowNumber().over(…)) first, then where() on \"n\""));
        }
        Ok(self.push_like(input, Op::Filter { input, condition }))
    }

    fn sample(&mut self, input: usize, fraction: f64, seed: Option<i64>) -> Result<RelId> {
        let input = self.input(input)?;
        if !(0.0..=1.0).contains(&fraction) {
            return Err(Error::invalid(format!("the fraction lies between 0 and 1, not {fraction}")));
        }
        let args = seed.map(|s| Typed::literal(s, DataType::Long)).into_iter().collect();
        let mut number = Typed::call("rand", args, DataType::Double, false);
        if let Kind::Call(call) = &mut number.kind {
            call.volatile = true;
        }
        let condition = Typed::binary(BinaryOp::Lt, number, Typed::literal(fraction, DataType::Double), DataType::Boolean);
        Ok(self.push_like(input, Op::Filter { input, condition }))
    }

    fn recursive(&mut self, name: &str, base: usize, step: usize) -> Result<RelId> {
        let (base, step) = (self.input(base)?, self.input(step)?);
        let (b, s) = (self.nodes[base].visible().to_vec(), self.nodes[step].visible().to_vec());
        if b.len() != s.len() {
            return Err(Error::new(Code::TypeMismatch, format!("the base has {} columns and the step {}", b.len(), s.len())));
        }
        let mut columns = vec![];
        let mut step_exprs = vec![];
        for (i, (base_column, step_column)) in b.iter().zip(&s).enumerate() {
            let mut column = self.new_column(base_column.name.clone(), base_column.data_type.clone(), base_column.nullable || step_column.nullable);
            column.qualifier = Some(name.into());
            let t = base_column
                .data_type
                .common(&step_column.data_type)
                .ok_or_else(|| coerce::mismatch(format!("column \"{}\"", base_column.name), &base_column.data_type, &step_column.data_type))?;
            if t.is_numeric() {
                column.data_type = t;
            }
            columns.push(column);
            step_exprs.push(coerce::to_type(Typed::col(i, step_column), &base_column.data_type.clone()));
        }
        let n = columns.len();
        Ok(self.push(Op::Recursive { name: name.into(), base, step, step_exprs }, columns, n))
    }
}
