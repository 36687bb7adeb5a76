//! `describe` and `summary`: one aggregate over all rows per statistic, in a union.

use super::Analyzer;
use super::exprs::{Item, explicit_cast, wants};
use super::resolved::{Column, Kind, RelId, Typed};
use crate::error::{Error, Result};
use crate::plan::{Grouping, SetKind};
use crate::types::DataType;

impl Analyzer<'_> {
    pub(super) fn describe(&mut self, input: usize, columns: &[String], statistics: &[String]) -> Result<RelId> {
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
