//! One verb after the other. Convenience verbs (`fillna`, `drop`, `describe` …) are spelled out as projections, filters and aggregates.

use std::rc::Rc;

use super::coerce;
use super::exprs::{Item, binary, explicit_cast, wants};
use super::project::unalias;
use super::resolved::{Column, Kind, Op, RelId, Typed};
use super::scope::{Lookup, Name, Scope, same_name};
use super::{Analyzer, names, passed, suggest};
use crate::error::{Code, Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef, Literal, UnaryOp};
use crate::plan::{Grouping, Node, Params, SetKind};
use crate::schema::Schema;
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    pub(super) fn node(&mut self, node: &Node) -> Result<RelId> {
        match node {
            Node::Table { name } => self.table(name),
            Node::Sql { sql, params } => {
                let schema = self.catalog.query_columns(sql)?;
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
                let name: Rc<str> = name.as_str().into();
                let mut columns = passed(self.nodes[input].visible(), 0);
                for column in &mut columns {
                    column.qualifier = Some(name.clone());
                }
                let n = columns.len();
                Ok(self.push(Op::Alias { input }, columns, n))
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
                let mut columns = passed(self.nodes[input].visible(), 0);
                for column in &mut columns {
                    column.qualifier = Some(name.clone());
                }
                let n = columns.len();
                Ok(self.push(Op::Cte { input, name }, columns, n))
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
    fn visible_column(&self, input: RelId, name: &str) -> Result<usize> {
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
    fn subset(&self, input: RelId, subset: Option<&[String]>) -> Result<Vec<usize>> {
        match subset {
            Some(names) => names.iter().map(|n| self.visible_column(input, n)).collect(),
            None => Ok((0..self.nodes[input].n_visible).collect()),
        }
    }

    fn renamed(&mut self, input: RelId, new_name: impl Fn(usize, &Column) -> Option<Rc<str>>) -> RelId {
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

    fn rename(&mut self, input: usize, pairs: &[(String, String)]) -> Result<RelId> {
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

    fn drop_columns(&mut self, input: usize, columns: &[ExprRef]) -> Result<RelId> {
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
        if gone.iter().all(|g| *g) {
            return Err(Error::invalid("no column would be left").hint("select() the columns that are wanted"));
        }
        let kept: Vec<(Typed, Rc<str>)> =
            (0..n).filter(|i| !gone[*i]).map(|i| (Typed::col(i, &self.nodes[input].columns[i]), self.nodes[input].columns[i].name.clone())).collect();
        Ok(self.project_values(input, kept))
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

    fn unpivot(&mut self, input: usize, ids: &[ExprRef], values: &[ExprRef], variable: &str, value: &str) -> Result<RelId> {
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

    /// A projection with the expression of some columns changed in place.
    fn changed(&mut self, input: RelId, change: Vec<(usize, Typed)>) -> RelId {
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

    fn fill_na(&mut self, input: usize, value: Option<&Literal>, by_column: &[(String, Literal)], subset: Option<&[String]>) -> Result<RelId> {
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

    fn drop_na(&mut self, input: usize, all: bool, thresh: Option<u64>, subset: Option<&[String]>) -> Result<RelId> {
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

    fn replace(&mut self, input: usize, pairs: &[(Literal, Literal)], subset: Option<&[String]>) -> Result<RelId> {
        let input = self.input(input)?;
        if pairs.is_empty() {
            return Err(Error::invalid("there is nothing to replace"));
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

    fn describe(&mut self, input: usize, columns: &[String], statistics: &[String]) -> Result<RelId> {
        let input = self.input(input)?;
        let chosen: Vec<usize> = if columns.is_empty() {
            (0..self.nodes[input].n_visible)
                .filter(|i| matches!(&self.nodes[input].columns[*i].data_type, t if t.is_numeric() || matches!(t, DataType::String | DataType::Any)))
                .collect()
        } else {
            columns.iter().map(|n| self.visible_column(input, n)).collect::<Result<_>>()?
        };
        let mut rel = None;
        for label in statistics {
            let mut items = vec![Item { typed: Typed::literal(label.as_str(), DataType::String), name: "summary".into() }];
            for i in &chosen {
                let column = self.nodes[input].columns[*i].clone();
                items.push(Item { typed: statistic(label, *i, &column)?, name: column.name });
            }
            // Without any column there is still one row per statistic.
            if chosen.is_empty() {
                let count = Typed::aggregate("count", vec![], DataType::Long, false);
                items.push(Item { typed: count, name: "rows".into() });
            }
            let mut row = self.aggregate(input, Grouping::GroupBy, vec![], items)?;
            if chosen.is_empty() {
                let label = Typed::col(0, &self.nodes[row].columns[0]);
                row = self.project_values(row, vec![(label, "summary".into())]);
            }
            rel = Some(match rel {
                Some(before) => self.set_op(before, row, SetKind::Union, true, false, false)?,
                None => row,
            });
        }
        rel.ok_or_else(|| Error::invalid("there is no statistic to compute"))
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
            let t = coerce::common(&base_column.data_type, &step_column.data_type)
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

/// Does a value of this type fill or match columns of that one? Numbers go with numbers, text with text, booleans with booleans.
fn same_family(column: &DataType, value: &DataType) -> bool {
    (column.is_numeric() && value.is_numeric())
        || matches!((column, value), (DataType::String, DataType::String) | (DataType::Boolean, DataType::Boolean) | (DataType::Any, _))
        || (column == value && column.is_temporal())
}

fn statistic(label: &str, index: usize, column: &Column) -> Result<Typed> {
    let col = Typed::col(index, column);
    let number = |col: Typed| if col.data_type == DataType::String { explicit_cast(col, &DataType::Double) } else { Ok(col) };
    let value = match label {
        "count" => Typed::aggregate("count", vec![col], DataType::Long, false),
        "count_distinct" | "approx_count_distinct" => {
            let mut typed = Typed::aggregate("count", vec![col], DataType::Long, false);
            if let Kind::Call(call) = &mut typed.kind {
                call.distinct = true;
            }
            typed
        }
        "mean" | "avg" => Typed::aggregate("avg", vec![number(col)?], DataType::Double, true),
        "stddev" => Typed::aggregate("stddev", vec![number(col)?], DataType::Double, true),
        "min" | "max" => {
            let t = col.data_type.clone();
            Typed::aggregate(label, vec![col], t, true)
        }
        other => {
            let share =
                other.strip_suffix('%').and_then(|p| p.trim().parse::<f64>().ok()).filter(|p| (0.0..=100.0).contains(p)).ok_or_else(|| {
                    Error::invalid(format!("\"{other}\" is not a statistic"))
                        .hint("statistics are count, mean, stddev, min, max, count_distinct and percentiles such as 25%")
                })?;
            let col = number(col)?;
            if !col.data_type.is_numeric() && col.data_type != DataType::Any {
                return Err(wants("a percentile", "numbers", &col.data_type));
            }
            let t = col.data_type.clone();
            Typed::aggregate("percentile_approx", vec![col, Typed::literal(share / 100.0, DataType::Double)], t, true)
        }
    };
    explicit_cast(value, &DataType::String)
}
