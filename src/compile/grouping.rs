//! Aggregates, and the grouping sets that SQLite lacks: `rollup` and `cube` are one SELECT per set.

use super::ast::{self, E, From, Precedence as P, Query, Source, Sql, infix, integer, plain};
use super::lower::{Lowerer, Rel, unique_names};
use super::merge;
use crate::analyze::resolved::{Kind, RelId, Typed};
use crate::error::{Error, Result};
use crate::plan::Grouping;

/// SQLite takes 500 arms in a compound.
const MAX_SETS: usize = 256;
/// Each row is read once per set: 65,536 times.
const MAX_CUBE_KEYS: usize = 16;

impl Lowerer<'_> {
    pub(super) fn aggregate(
        &mut self,
        id: RelId,
        input: RelId,
        mut below: Rel,
        grouping: Grouping,
        keys: &[Typed],
        aggregates: &[Typed],
    ) -> Result<Rel> {
        let ordered = aggregates.iter().any(depends_on_order) && !below.query.order_by.is_empty();
        if !below.is_limited() && !ordered {
            below.query.order_by.clear();
        }
        let all: Vec<&Typed> = keys.iter().chain(aggregates).collect();
        if ordered && !below.is_limited() {
            below = self.nest_in_order(below, input)?;
        } else if !(self.may_merge(&below) && merge::can_merge_group(&all, &below)) {
            below = self.nest(below, input)?;
            below.query.order_by.clear();
        }
        if grouping == Grouping::GroupBy {
            return self.group(below, keys, aggregates, &vec![false; keys.len()]);
        }
        self.grouping_sets(id, input, below, grouping, keys, aggregates)
    }

    /// One SELECT; keys that are rolled up are NULL.
    fn group(&mut self, below: Rel, keys: &[Typed], aggregates: &[Typed], rolled_up: &[bool]) -> Result<Rel> {
        let mut rel = below;
        let cols = rel.cols.clone();
        let kept: Vec<bool> = rolled_up.iter().map(|r| !r).collect();
        let mut outputs: Vec<E> = vec![];
        for (key, kept) in keys.iter().zip(&kept) {
            let lowered = self.expr(key, &cols)?;
            if *kept {
                if !rel.query.select.group_by.contains(&lowered) {
                    rel.query.select.group_by.push(lowered.clone());
                }
                outputs.push(lowered);
            } else {
                outputs.push(plain(Sql::Word("NULL")));
            }
        }
        self.rolled_up = rolled_up.to_vec();
        for aggregate in aggregates {
            let lowered = if rolled_up.contains(&true) {
                let mut replaced = aggregate.clone();
                null_keys(&mut replaced, keys, rolled_up);
                self.expr(&replaced, &cols)?
            } else {
                self.expr(aggregate, &cols)?
            };
            outputs.push(lowered);
        }
        rel.query.select.grouped = true;
        rel.query.order_by.clear();
        if keys.is_empty() && !outputs.iter().any(|e| e.facts.aggregate || e.facts.column) {
            // `agg(lit(1))`: one row of constants, whatever the input has.
            rel.query.select = ast::Select::default();
        }
        rel.cols = outputs;
        rel.n_visible = rel.cols.len();
        rel.hint = "grouped".into();
        Ok(rel)
    }

    fn grouping_sets(&mut self, id: RelId, input: RelId, below: Rel, grouping: Grouping, keys: &[Typed], aggregates: &[Typed]) -> Result<Rel> {
        let n = keys.len();
        if grouping == Grouping::Cube && n > 8 {
            return self.numbered_sets(below, keys, aggregates);
        }
        let sets: Vec<Vec<bool>> = match grouping {
            Grouping::Cube => (0..1usize << n).map(|mask| (0..n).map(|i| mask >> (n - 1 - i) & 1 == 1).collect()).collect(),
            _ => (0..=n).map(|gone| (0..n).map(|i| i >= n - gone).collect()).collect(),
        };
        if sets.len() > MAX_SETS {
            return Err(Error::unsupported(format!("{} grouping sets are too many", sets.len())));
        }
        // Each set reads the input anew: a table or a CTE.
        let simple = matches!(below.query.select.from.as_slice(), [Source { from: From::Table(_) | From::Cte(_), .. }])
            && below.query.select.filter.iter().all(|f| f.size <= 12 && !f.facts.subquery)
            && below.cols.iter().all(|c| c.size <= 12 && !c.facts.volatile);
        let below = if simple || !self.outer.is_empty() {
            below
        } else {
            let names = unique_names(self.nodes[input].columns.iter().map(|c| &*c.name).take(below.cols.len()));
            let (hint, n_visible) = (below.hint.clone(), below.n_visible);
            let cte = self.push_cte(&hint, below, &names, true);
            self.scan_cte(cte, &names, n_visible)
        };
        let names = unique_names(self.nodes[id].visible().iter().map(|c| &*c.name));
        let mut whole: Option<Query> = None;
        for set in &sets {
            let mut rel = self.group(below.clone(), keys, aggregates, set)?;
            if rel.query.select.group_by.is_empty() {
                // PySpark gives no grand total of no rows.
                if rel.cols.iter().any(|c| c.facts.aggregate) {
                    rel.query.select.having.push(infix(">", P::Compare, ast::count_star(), integer(0)));
                } else {
                    // SQLite allows HAVING only where something is aggregated.
                    rel.query.select.group_by.push(plain(Sql::Word("NULL")));
                }
            }
            let query = self.finish(rel, &names, false);
            match &mut whole {
                Some(whole) => whole.arms.push(("UNION ALL", query.select)),
                None => whole = Some(query),
            }
        }
        let query = whole.ok_or_else(|| Error::internal("no grouping set"))?;
        let source = self.source("grouped");
        let cols: Vec<E> = names.iter().map(|n| ast::column(source, n.clone())).collect();
        if query.arms.is_empty() {
            // Without keys there is one set, already a SELECT.
            let id = self.source("grouped");
            let mut rel = self.scan(id, From::Query(query.into()), &names, names.len(), "grouped");
            rel.nesting = below.nesting + 1;
            return Ok(rel);
        }
        Ok(Rel { query, n_visible: cols.len(), cols, hint: "grouped".into(), nesting: below.nesting, recursive: false })
    }

    /// A cube of more keys than a compound has arms for: every row meets the number of every set, whose bits say which keys are rolled up.
    fn numbered_sets(&mut self, below: Rel, keys: &[Typed], aggregates: &[Typed]) -> Result<Rel> {
        let n = keys.len();
        if n > MAX_CUBE_KEYS {
            return Err(Error::unsupported(format!("cube() takes at most {MAX_CUBE_KEYS} keys, not {n}")).hint("rollup(), or several groupBy()"));
        }
        let mut rel = below;
        let cols = rel.cols.clone();
        let id = self.source("grouping_set");
        let number = ast::column(id, "value");
        let sets = ast::call("sequence", vec![integer(0), integer((1 << n) - 1)]);
        let from = From::Function { name: "json_each", args: vec![sets] };
        let join = if rel.query.select.from.is_empty() { "" } else { "CROSS JOIN" };
        rel.query.select.from.push(Source { id, from, join, on: vec![] });
        rel.query.select.group_by.push(number.clone());
        let bit = |i: usize| infix("&", P::Bits, number.clone(), integer(1 << (n - 1 - i)));
        let mut outputs = vec![];
        for (i, key) in keys.iter().enumerate() {
            let kept = self.expr(key, &cols)?;
            let branches = vec![(ast::equal(bit(i), integer(0)), kept)];
            let output = plain(Sql::Case { branches, otherwise: None });
            rel.query.select.group_by.push(output.clone());
            outputs.push(output);
        }
        // Keys outside aggregates are those of the set; inside they are the row's.
        let mut with_keys = cols.clone();
        with_keys.extend(outputs.iter().cloned());
        self.grouping_set = Some((number, n));
        for aggregate in aggregates {
            let mut replaced = aggregate.clone();
            outer_keys(&mut replaced, keys, cols.len());
            outputs.push(self.expr(&replaced, &with_keys)?);
        }
        self.grouping_set = None;
        rel.query.select.grouped = true;
        rel.query.order_by.clear();
        rel.n_visible = outputs.len();
        rel.cols = outputs;
        rel.hint = "grouped".into();
        Ok(rel)
    }

    /// `grouping(key)`, `grouping_id()` within the set being written: constants, or from its number.
    pub(super) fn grouping_value(&self, kind: &Kind) -> Result<E> {
        if let Some((number, n_keys)) = &self.grouping_set {
            let Kind::Grouping(at) = kind else { return Ok(number.clone()) };
            let shift = integer((n_keys - 1).saturating_sub(*at) as i64);
            let shifted = infix(">>", P::Bits, number.clone(), shift);
            return Ok(infix("&", P::Bits, shifted, integer(1)));
        }
        Ok(match kind {
            Kind::Grouping(at) => integer(i64::from(self.rolled_up.get(*at).copied().unwrap_or(false))),
            _ => integer(self.rolled_up.iter().fold(0, |id, up| id << 1 | i64::from(*up))),
        })
    }

    /// Nested with its order inside, for aggregates that see rows one after the other.
    fn nest_in_order(&mut self, below: Rel, input: RelId) -> Result<Rel> {
        let order = below.query.order_by.clone();
        let compound = below.is_compound();
        let mut rel = self.nest(below, input)?;
        rel.query.order_by.clear();
        if !compound && let Some(Source { from: From::Query(query), .. }) = rel.query.select.from.first_mut() {
            let mut ordered = (**query).clone();
            ordered.order_by = order;
            *query = ordered.into();
        }
        Ok(rel)
    }
}

/// Outside aggregates a key that is rolled up is NULL.
fn null_keys(expr: &mut Typed, keys: &[Typed], rolled_up: &[bool]) {
    if let Some(at) = keys.iter().position(|k| k == expr) {
        if rolled_up.get(at) == Some(&true) {
            *expr = Typed::null(expr.data_type.clone());
        }
        return;
    }
    if matches!(&expr.kind, Kind::Call(c) if c.aggregate) {
        return;
    }
    for child in expr.children_mut() {
        null_keys(child, keys, rolled_up);
    }
}

/// Outside aggregates a key is read from the columns that follow the input's.
fn outer_keys(expr: &mut Typed, keys: &[Typed], n_input: usize) {
    if let Some(at) = keys.iter().position(|k| k == expr) {
        *expr = Typed { kind: Kind::Col(n_input + at), data_type: expr.data_type.clone(), nullable: true };
        return;
    }
    if matches!(&expr.kind, Kind::Call(c) if c.aggregate) {
        return;
    }
    for child in expr.children_mut() {
        outer_keys(child, keys, n_input);
    }
}

fn depends_on_order(expr: &Typed) -> bool {
    const ORDERED: &[&str] =
        &["first", "last", "any_value", "collect_list", "collect_set", "listagg", "string_agg", "group_concat", "first_value", "last_value"];
    expr.any(false, &|k| matches!(k, Kind::Call(c) if c.aggregate && ORDERED.contains(&&*c.sql_name)))
}
