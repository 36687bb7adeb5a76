//! Operators that number, thin out or multiply rows: DISTINCT, the last rows, rows from arrays and columns.

use std::rc::Rc;

use super::ast::{self, E, From, Order, Precedence as P, Source, Sql, column, infix, integer, literal, plain};
use super::lower::{Lowerer, Rel, unique_names};
use super::merge;
use super::operators::cast;
use crate::analyze::resolved::{Generator, RelId, Typed};
use crate::error::Result;
use crate::types::DataType;

impl Lowerer<'_> {
    pub(super) fn distinct(&mut self, input: RelId, mut below: Rel) -> Result<Rel> {
        if !(self.may_merge(&below) && merge::can_merge_distinct(&below)) {
            below = self.nest(below, input)?;
        }
        let n = below.n_visible;
        if below.is_compound() {
            for (op, _) in &mut below.query.arms {
                *op = "UNION";
            }
            return Ok(below);
        }
        below.cols.truncate(n);
        below.query.select.distinct = true;
        // An order by something that is gone has no meaning any more.
        let cols = &below.cols;
        below.query.order_by.retain(|o| cols.contains(&o.expr));
        below.hint = "distinct_rows".into();
        Ok(below)
    }

    /// A name that no column has.
    pub(super) fn extra_name(&self, input: RelId, wanted: &str) -> Rc<str> {
        let mut names: Vec<&str> = self.nodes[input].columns.iter().map(|c| &*c.name).collect();
        names.push(wanted);
        unique_names(names.into_iter()).pop().unwrap_or_else(|| wanted.into())
    }

    /// The SELECT with a numbering column at its end, nested so that it can be filtered.
    pub(super) fn numbered(&mut self, input: RelId, mut below: Rel, partition_by: Vec<E>, extra: Vec<(Rc<str>, E)>) -> Result<Rel> {
        let order_by = below.query.order_by.clone();
        let function = ast::call("row_number", vec![]);
        let number = plain(Sql::Over { function, partition_by, order_by, frame: None });
        below.cols.truncate(below.n_visible);
        let mut names = unique_names(self.nodes[input].visible().iter().map(|c| &*c.name));
        names.truncate(below.n_visible);
        names.push(self.extra_name(input, "row_number"));
        below.cols.push(number);
        for (name, expr) in extra {
            names.push(name);
            below.cols.push(expr);
        }
        self.nest_named(below, names)
    }

    pub(super) fn distinct_on(&mut self, input: RelId, mut below: Rel, keys: &[usize]) -> Result<Rel> {
        let select = &below.query.select;
        if !self.may_merge(&below) || below.is_limited() || below.is_compound() || select.distinct || below.has_window() {
            below = self.nest(below, input)?;
        }
        let n = below.n_visible;
        let partition_by = keys.iter().filter_map(|k| below.cols.get(*k).cloned()).collect();
        let mut rel = self.numbered(input, below, partition_by, vec![])?;
        let number = rel.cols[n].clone();
        rel.query.select.filter.push(ast::equal(number, integer(1)));
        rel.cols.truncate(n);
        rel.hint = "distinct_rows".into();
        Ok(rel)
    }

    /// Rows are numbered in their order and counted; the last `n` numbers stay.
    pub(super) fn tail(&mut self, input: RelId, mut below: Rel, n: u64) -> Result<Rel> {
        if !self.may_merge(&below) || below.is_limited() || below.is_compound() || below.query.select.distinct {
            below = self.nest(below, input)?;
        }
        let width = below.n_visible;
        let rows = plain(Sql::Over { function: ast::count_star(), partition_by: vec![], order_by: vec![], frame: None });
        let rows_name = self.extra_name(input, "row_count");
        let mut rel = self.numbered(input, below, vec![], vec![(rows_name, rows)])?;
        let (number, rows) = (rel.cols[width].clone(), rel.cols[width + 1].clone());
        let limit = infix("-", P::Add, rows, integer(n.min(i64::MAX as u64) as i64));
        rel.query.select.filter.push(infix(">", P::Compare, number.clone(), limit));
        rel.query.order_by = vec![Order { expr: number, descending: false, nulls_first: true }];
        rel.cols.truncate(width);
        Ok(rel)
    }

    pub(super) fn generate(&mut self, input: RelId, mut below: Rel, generator: Generator, arg: &Typed, outer: bool) -> Result<Rel> {
        if !(self.may_merge(&below) && (merge::can_merge_from(&below) || below.query.select.from.is_empty() && !outer && !below.is_limited())) {
            below = self.nest(below, input)?;
        }
        let mut array = self.expr(arg, &below.cols.clone())?;
        if generator == Generator::PosExplodeMap {
            // Members of an object have no numbers, elements of an array do.
            array = ast::call("map_entries", vec![array]);
        }
        let id = self.source("element");
        let from = From::Function { name: "json_each", args: vec![array] };
        let first = below.query.select.from.is_empty();
        let join = match (first, outer) {
            (true, _) => "",
            (false, false) => "JOIN",
            (false, true) => "LEFT JOIN",
        };
        let on = if outer { vec![literal(1i64, DataType::Boolean)] } else { vec![] };
        below.query.select.from.push(Source { id, from, join, on });
        let (key, value) = (column(id, "key"), column(id, "value"));
        // The names of an object's members are texts, whatever the map's keys are.
        let map_key = |key: E| match &arg.data_type {
            DataType::Map(to, _) => cast(key, &DataType::String, to),
            _ => Ok(key),
        };
        match generator {
            Generator::Explode => below.cols.push(value),
            Generator::PosExplode => below.cols.extend([key, value]),
            Generator::ExplodeMap => below.cols.extend([map_key(key)?, value]),
            Generator::PosExplodeMap => {
                let part = |name: &str| ast::call("json_extract", vec![value.clone(), literal(format!("$.{name}"), DataType::String)]);
                below.cols.extend([key, map_key(part("key"))?, part("value")]);
            }
        }
        below.hint = "exploded".into();
        below.n_visible = below.cols.len();
        Ok(below)
    }

    pub(super) fn unpivot(&mut self, input: RelId, mut below: Rel, ids: &[Typed], values: &[(Rc<str>, Typed)]) -> Result<Rel> {
        if !(self.may_merge(&below) && merge::can_merge_from(&below)) {
            below = self.nest(below, input)?;
        }
        let cols = below.cols.clone();
        let source = self.source("name");
        let name = column(source, "column1");
        let mut rows = vec![];
        let mut branches = vec![];
        for (label, value) in values {
            let label = literal(label.to_string(), DataType::String);
            rows.push(vec![label.clone()]);
            branches.push((ast::equal(name.clone(), label), self.expr(value, &cols)?));
        }
        below.query.select.from.push(Source { id: source, from: From::Values(rows), join: "CROSS JOIN", on: vec![] });
        below.cols = self.exprs(ids, &cols)?;
        below.cols.push(name);
        below.cols.push(plain(Sql::Case { branches, otherwise: None }));
        below.n_visible = below.cols.len();
        below.hint = "unpivoted".into();
        Ok(below)
    }
}
