//! `groupBy`, `rollup`, `cube`, `agg`, `pivot`.

use std::rc::Rc;

use super::Analyzer;
use super::calls::resolve_grouping;
use super::coerce::to_type;
use super::exprs::Item;
use super::names;
use super::operators::binary;
use super::project::unalias;
use super::resolved::{Kind, Op, RelId, Typed};
use crate::error::{Code, Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef, Literal, UnaryOp};
use crate::plan::{Grouping, Node, NodeId, Pivot};
use crate::types::DataType;
use crate::value::Value;

/// PySpark's limit on the values of a pivot.
pub const MAX_PIVOT_VALUES: usize = 10_000;

impl Analyzer<'_> {
    pub(super) fn group(&mut self, node: &Node) -> Result<RelId> {
        let Node::Aggregate { input, grouping, keys, aggregates, pivot } = node else {
            return Err(Error::internal("not an aggregate"));
        };
        let input = self.input(*input)?;
        // What is wrong with a key is said of the verb that took it.
        let verb = match grouping {
            Grouping::GroupBy => "groupBy",
            Grouping::Rollup => "rollup",
            Grouping::Cube => "cube",
        };
        let keys = self.items(keys, input).map_err(|e| e.within(verb))?;
        for key in &keys {
            if key.typed.has_aggregate() {
                return Err(Error::new(
                    Code::MisplacedAggregate,
                    format!("the key {} aggregates; rows are grouped before they are aggregated", key.name),
                ));
            }
            if key.typed.has_window() {
                return Err(Error::new(Code::MisplacedWindow, format!("the key {} is a window function", key.name))
                    .hint("compute it with withColumn() first"));
            }
        }
        let aggregates = self.items(&self.over_all_numbers(aggregates, input), input)?;
        match pivot {
            None => self.aggregate(input, *grouping, keys, aggregates),
            Some(pivot) if *grouping == Grouping::GroupBy => self.pivot(input, keys, aggregates, pivot),
            Some(_) => Err(Error::unsupported("pivot() follows groupBy(), not rollup() or cube()")),
        }
    }

    /// `groupBy(…).sum()` without columns arrives as `sum(*)`: it stands for all numeric columns, as in PySpark also those that are keys.
    fn over_all_numbers(&self, aggregates: &[ExprRef], input: RelId) -> Vec<ExprRef> {
        let mut expanded = vec![];
        for expr in aggregates {
            match &**expr {
                Expr::Call { name, args, .. }
                    if matches!(name.as_str(), "sum" | "avg" | "min" | "max")
                        && matches!(args.as_slice(), [arg] if matches!(**arg, Expr::Star { relation: None })) =>
                {
                    for column in self.nodes[input].visible().iter().filter(|c| c.data_type.is_numeric()) {
                        expanded.push(Expr::call(name.clone(), vec![Expr::column(format!("`{}`", column.name.replace('`', "``")))]));
                    }
                }
                _ => expanded.push(expr.clone()),
            }
        }
        expanded
    }

    fn items(&mut self, exprs: &[ExprRef], input: RelId) -> Result<Vec<Item>> {
        let mut items = vec![];
        for expr in exprs {
            let expr = self.parsed(expr)?;
            let (bare, aliases) = unalias(&expr);
            if let Expr::Star { relation: None } = bare {
                return Err(Error::invalid("* cannot be grouped or aggregated").hint("count(\"*\") counts rows"));
            }
            let (typed, name) = self.named(bare, &[input])?;
            items.push(Item { typed, name: aliases.into_iter().next().unwrap_or(name) });
        }
        Ok(items)
    }

    /// Keys, then aggregates. Outside aggregates only keys may be named.
    pub(super) fn aggregate(&mut self, input: RelId, grouping: Grouping, keys: Vec<Item>, aggregates: Vec<Item>) -> Result<RelId> {
        let key_exprs: Vec<Typed> = keys.iter().map(|k| k.typed.clone()).collect();
        let mut columns = vec![];
        for key in &keys {
            let mut column = self.output_column(input, &key.typed, key.name.clone());
            column.nullable |= grouping != Grouping::GroupBy;
            columns.push(column);
        }
        let mut exprs = vec![];
        for Item { mut typed, name } in aggregates {
            resolve_grouping(&mut typed, &key_exprs)?;
            if grouping == Grouping::GroupBy && typed.any(false, &|k| matches!(k, Kind::Grouping(_) | Kind::GroupingId)) {
                return Err(Error::new(Code::MisplacedAggregate, "grouping() and groupingId() belong to rollup() and cube()"));
            }
            self.check_grouped(&typed, &key_exprs, input, &name)?;
            columns.push(match typed.kind {
                Kind::Col(_) => self.output_column(input, &typed, name),
                _ => self.new_column(name, typed.data_type.clone(), typed.nullable),
            });
            exprs.push(typed);
        }
        let n = columns.len();
        Ok(self.push(Op::Aggregate { input, grouping, keys: key_exprs, aggregates: exprs }, columns, n))
    }

    fn check_grouped(&self, expr: &Typed, keys: &[Typed], input: RelId, name: &str) -> Result<()> {
        if keys.contains(expr) {
            return Ok(());
        }
        match &expr.kind {
            Kind::Call(call) if call.aggregate => Ok(()),
            Kind::Col(index) => {
                let column = &self.nodes[input].columns[*index].name;
                Err(Error::new(
                    Code::MisplacedAggregate,
                    format!("column \"{column}\" (in {name}) is neither a grouping key nor inside an aggregate"),
                )
                .hint(format!("add \"{column}\" to groupBy(), or take one value of it: first(\"{column}\"), max(\"{column}\")")))
            }
            // The aggregates of a window are computed over the groups.
            Kind::Window(w) => {
                for child in w.function.children().into_iter().chain(&w.partition_by).chain(w.order_by.iter().map(|k| &k.expr)) {
                    self.check_grouped(child, keys, input, name)?;
                }
                Ok(())
            }
            _ => expr.children().into_iter().try_for_each(|child| self.check_grouped(child, keys, input, name)),
        }
    }

    fn pivot(&mut self, input: RelId, keys: Vec<Item>, aggregates: Vec<Item>, pivot: &Pivot) -> Result<RelId> {
        let by = self.expr(&pivot.column, &[input])?;
        let Some(values) = &pivot.values else {
            return Err(Error::internal("the values of pivot() were not read"));
        };
        if values.len() > MAX_PIVOT_VALUES {
            return Err(Error::unsupported(format!("pivot() makes at most {MAX_PIVOT_VALUES} columns, not {}", values.len())));
        }
        if aggregates.is_empty() {
            return Err(Error::invalid("pivot() needs an aggregate").hint("agg(), sum() or count() follows it"));
        }
        if let Some(item) = aggregates.iter().find(|item| !item.typed.has_aggregate()) {
            return Err(Error::new(Code::MisplacedAggregate, format!("{} does not aggregate", item.name)));
        }
        // PySpark groups by the pivot column first where all results are numbers or booleans; otherwise a value without rows is an empty group.
        let grouped_first = aggregates.iter().all(|item| item.typed.data_type.is_numeric() || item.typed.data_type == DataType::Boolean);
        let mut items = vec![];
        for value in values {
            let label = pivot_name(value);
            for item in &aggregates {
                let name: Rc<str> = if aggregates.len() == 1 { label.as_str().into() } else { format!("{label}_{}", item.name).into() };
                let literal = to_type(Typed::literal(value.value.clone(), value.data_type.clone()), &by.data_type);
                let matches = match (&by.data_type, &literal.kind) {
                    _ if value.value == Value::Null => Typed::unary(UnaryOp::IsNull, by.clone(), DataType::Boolean),
                    (DataType::Boolean, Kind::Literal(Value::Integer(1))) => by.clone(),
                    (DataType::Boolean, Kind::Literal(Value::Integer(0))) => Typed::unary(UnaryOp::Not, by.clone(), DataType::Boolean),
                    _ => binary(BinaryOp::Eq, by.clone(), literal)?,
                };
                items.push(Item { typed: only_where(&item.typed, &matches, grouped_first), name });
            }
        }
        self.aggregate(input, Grouping::GroupBy, keys, items)
    }

    /// `SELECT DISTINCT` of the pivot column: what the engine runs to fill in values that were not given.
    pub(super) fn pivot_values(&mut self, node: NodeId) -> Result<RelId> {
        let Some(Node::Aggregate { input, pivot: Some(pivot), .. }) = self.plan.nodes.get(node) else {
            return Err(Error::internal("not a pivot"));
        };
        let input = self.analyze_plan(*input)?;
        let by = self.expr(&pivot.column, &[input]).map_err(|e| e.within("pivot"))?;
        let key =
            super::resolved::SortKey { expr: Typed::new(Kind::Col(0), by.data_type.clone(), by.nullable), descending: false, nulls_first: true };
        let rel = self.project_values(input, vec![(by, "value".into())]);
        let rel = self.push_like(rel, Op::Distinct { input: rel });
        let rel = self.push_like(rel, Op::Sort { input: rel, keys: vec![key] });
        Ok(self.push_like(rel, Op::Limit { input: rel, n: MAX_PIVOT_VALUES as u64 + 1 }))
    }
}

fn pivot_name(value: &Literal) -> String {
    match (&value.value, &value.data_type) {
        (Value::Null, _) => "null".into(),
        (Value::Text(s), _) => s.clone(),
        _ => names::literal(value),
    }
}

/// Every aggregate sees only the rows where `condition` holds. With `or_null` the result is NULL where that leaves no row, a count included.
fn only_where(expr: &Typed, condition: &Typed, or_null: bool) -> Typed {
    let mut filtered = expr.clone();
    add_filter(&mut filtered, condition);
    let null_without_rows = matches!(&filtered.kind, Kind::Call(c) if c.aggregate && filtered.nullable);
    if null_without_rows || !or_null {
        return filtered;
    }
    // A count that leaves no row out is 0 exactly where there is none.
    if matches!(&filtered.kind, Kind::Call(c) if &*c.sql_name == "count" && c.args.iter().all(|arg| !arg.nullable)) {
        let data_type = filtered.data_type.clone();
        return Typed::call("nullif", vec![filtered, Typed::literal(0i64, DataType::Long)], data_type, true);
    }
    let mut rows = Typed::aggregate("count", vec![], DataType::Long, false);
    add_filter(&mut rows, condition);
    let some = Typed::binary(BinaryOp::Gt, rows, Typed::literal(0i64, DataType::Long), DataType::Boolean);
    let data_type = filtered.data_type.clone();
    Typed::new(Kind::Case { branches: vec![(some, filtered)], otherwise: None }, data_type, true)
}

fn add_filter(expr: &mut Typed, condition: &Typed) {
    if let Kind::Call(call) = &mut expr.kind
        && call.aggregate
    {
        call.filter = Some(match call.filter.take() {
            Some(filter) => Typed::binary(BinaryOp::And, condition.clone(), filter, DataType::Boolean),
            None => condition.clone(),
        });
        return;
    }
    for child in expr.children_mut() {
        add_filter(child, condition);
    }
}
