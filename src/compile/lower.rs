//! Each relation becomes a SELECT over its input, or joins the input's SELECT where `merge` permits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ast::{self, Cte, CteId, E, From, Item, Order, Query, Select, Source, SourceId, Sql, Statement, column};
use super::{decorrelate, joins, merge, sets};
use crate::analyze::resolved::{Kind, Op, RelId, Relation, Resolved, Typed};
use crate::error::{Error, Result};

/// SELECTs nest this deep at most; deeper ones go through CTEs.
const MAX_NESTING: usize = 20;
/// SELECTs in FROM or in CTEs, together: SQLite walks them recursively, and a WebAssembly stack is small.
const MAX_NESTED: usize = 900;
/// A nested expression longer than this when spelled out is computed in a CTE of its own.
const MAX_SPELLED_OUT: usize = 2_000;

/// A SELECT being built: its columns are expressions over its FROM until it is finished.
#[derive(Debug, Clone)]
pub struct Rel {
    pub query: Query,
    /// What the relation's columns are, hidden ones included. Of a compound: its output names.
    pub cols: Vec<E>,
    pub n_visible: usize,
    /// What it would be called in a FROM.
    pub hint: Rc<str>,
    /// How many SELECTs are nested in it.
    pub nesting: usize,
    /// Does it read a recursion's own rows? Then it must not be nested.
    pub recursive: bool,
}

pub struct Lowerer<'a> {
    pub(super) nodes: &'a [Relation],
    pub(super) merge: bool,
    /// Columns of the enclosing queries, outermost first.
    pub(super) outer: Vec<Vec<E>>,
    pub(super) hints: Vec<Rc<str>>,
    pub(super) ctes: Vec<Cte>,
    names: HashSet<String>,
    shared: HashMap<RelId, (CteId, Vec<Rc<str>>)>,
    uses: Vec<usize>,
    pub(super) recursions: HashMap<Rc<str>, (CteId, Vec<Rc<str>>)>,
    /// Correlated scalar subqueries that have been joined, by how many queries enclose them: the column that holds the value.
    pub(super) hoisted: HashMap<(usize, RelId), E>,
    /// Of the grouping set being written: per key, is it rolled up?
    pub(super) rolled_up: Vec<bool>,
    /// Columns of nested SELECTs: how long their expressions are when all nesting below is spelled out.
    spelled_out: HashMap<(SourceId, Rc<str>), usize>,
    n_nested: usize,
}

/// The statement for an analysed plan.
pub fn lower(resolved: &Resolved, merge: bool) -> Result<Statement> {
    let nodes = &resolved.nodes;
    let mut lowerer = Lowerer {
        nodes,
        merge,
        outer: vec![],
        hints: vec![],
        ctes: vec![],
        names: HashSet::new(),
        shared: HashMap::new(),
        uses: count_uses(nodes, resolved.root),
        recursions: HashMap::new(),
        hoisted: HashMap::new(),
        rolled_up: vec![],
        spelled_out: HashMap::new(),
        n_nested: 0,
    };
    for node in nodes {
        if let Op::Table { name } = &node.op {
            lowerer.names.insert(name.to_lowercase());
        }
    }
    let query = lowerer.query(resolved.root)?;
    Ok(Statement { ctes: lowerer.ctes, query, hints: lowerer.hints })
}

/// The relations that a plan reads, and those that its subqueries read.
fn subqueries(expr: &Typed, found: &mut Vec<RelId>) {
    match &expr.kind {
        Kind::InQuery { plan, .. } | Kind::Exists { plan, .. } | Kind::ScalarQuery { plan } => found.push(*plan),
        _ => {}
    }
    for child in expr.children() {
        subqueries(child, found);
    }
}

fn count_uses(nodes: &[Relation], root: RelId) -> Vec<usize> {
    let mut uses = vec![0; nodes.len()];
    let mut open = vec![root];
    let mut seen = HashSet::new();
    while let Some(rel) = open.pop() {
        uses[rel] += 1;
        if !seen.insert(rel) {
            continue;
        }
        // The rows of a recursion are not those of its base again.
        if !matches!(nodes[rel].op, Op::RecursiveRef { .. }) {
            open.extend(nodes[rel].op.inputs());
        }
        for expr in nodes[rel].op.exprs() {
            subqueries(expr, &mut open);
        }
    }
    uses
}

/// Names that differ from each other even without regard to case.
pub fn unique_names<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Rc<str>> {
    let mut taken: HashSet<String> = HashSet::new();
    let names: Vec<&str> = names.collect();
    let all: HashSet<String> = names.iter().map(|n| n.to_lowercase()).collect();
    names
        .into_iter()
        .map(|name| {
            if taken.insert(name.to_lowercase()) {
                return name.into();
            }
            let mut n = 2;
            loop {
                let candidate = format!("{name}_{n}");
                let lower = candidate.to_lowercase();
                if !all.contains(&lower) && taken.insert(lower) {
                    return candidate.into();
                }
                n += 1;
            }
        })
        .collect()
}

impl Lowerer<'_> {
    pub(super) fn source(&mut self, hint: &str) -> SourceId {
        self.hints.push(hint.into());
        self.hints.len() - 1
    }

    /// A name for a CTE that no table and no other CTE has.
    pub(super) fn cte_name(&mut self, wanted: &str) -> Rc<str> {
        let mut name = wanted.to_owned();
        let mut n = 1;
        while !self.names.insert(name.to_lowercase()) {
            n += 1;
            name = format!("{wanted}_{n}");
        }
        name.into()
    }

    /// A finished SELECT for a relation.
    pub(super) fn query(&mut self, root: RelId) -> Result<Query> {
        let rel = self.rel(root)?;
        Ok(self.finish(rel, &self.output_names(root), false))
    }

    pub(super) fn output_names(&self, rel: RelId) -> Vec<Rc<str>> {
        self.nodes[rel].columns.iter().map(|c| c.name.clone()).collect()
    }

    /// Gives the SELECT its items: the visible columns, or all.
    pub(super) fn finish(&self, rel: Rel, names: &[Rc<str>], all: bool) -> Query {
        let mut query = rel.query;
        if !query.arms.is_empty() {
            for (item, name) in query.select.items.iter_mut().zip(names) {
                // The order names outputs, so it follows their renaming.
                if item.name != *name && !query.order_by.is_empty() {
                    for order in &mut query.order_by {
                        if matches!(&order.expr.sql, Sql::Column { name, .. } if *name == item.name) {
                            order.expr = column(usize::MAX, name.clone());
                        }
                    }
                }
                item.name = name.clone();
            }
            return query;
        }
        let n = if all { rel.cols.len() } else { rel.n_visible };
        query.select.items = rel.cols.into_iter().take(n).zip(names).map(|(expr, name)| Item { expr, name: name.clone() }).collect();
        query
    }

    /// Lowers a relation with all that it needs, lowest first.
    pub(super) fn rel(&mut self, root: RelId) -> Result<Rel> {
        let mut wanted = vec![];
        let mut seen = HashSet::new();
        let mut open = vec![root];
        while let Some(rel) = open.pop() {
            if self.shared.contains_key(&rel) || !seen.insert(rel) {
                continue;
            }
            wanted.push(rel);
            // A recursion lowers its step by itself.
            match &self.nodes[rel].op {
                Op::Recursive { base, .. } => open.push(*base),
                Op::RecursiveRef { .. } => {}
                op => open.extend(op.inputs()),
            }
        }
        wanted.sort_unstable();
        let mut done: HashMap<RelId, Rel> = HashMap::new();
        for id in wanted {
            let rel = self.lower(id, &mut done)?;
            if self.uses[id] > 1 && id != root && !self.is_cheap(id, &rel) && self.nodes[id].outer_level == 0 && !rel.recursive {
                self.share(id, rel);
            } else {
                done.insert(id, rel);
            }
        }
        self.take(root, &mut done)
    }

    /// Cheaper to write twice than to name.
    fn is_cheap(&self, id: RelId, rel: &Rel) -> bool {
        let select = &rel.query.select;
        matches!(self.nodes[id].op, Op::RecursiveRef { .. } | Op::Cte { .. })
            || (matches!(select.from.as_slice(), [Source { from: From::Table(_) | From::Cte(_), .. }] | [])
                && select.filter.is_empty()
                && !select.grouped
                && !select.distinct
                && rel.query.order_by.is_empty()
                && !rel.is_limited()
                && !rel.is_compound()
                && rel.cols.iter().all(|c| c.size <= 3 && !c.facts.volatile && !c.facts.window))
    }

    fn share(&mut self, id: RelId, rel: Rel) {
        let names = unique_names(self.nodes[id].columns.iter().map(|c| &*c.name));
        // A CTE is called by what it is, not by the table it starts from.
        let hint: Rc<str> = match &self.nodes[id].op {
            Op::Filter { .. } if !rel.query.select.grouped => format!("{}_filtered", rel.hint).into(),
            Op::Limit { .. } | Op::Offset { .. } | Op::Tail { .. } => format!("{}_limited", rel.hint).into(),
            _ if self.names.contains(&rel.hint.to_lowercase()) => format!("{}_rows", rel.hint).into(),
            _ => rel.hint.clone(),
        };
        let cte = self.push_cte(&hint, rel, &names, false);
        self.shared.insert(id, (cte, names));
    }

    pub(super) fn push_cte(&mut self, hint: &str, rel: Rel, names: &[Rc<str>], materialized: bool) -> CteId {
        let name = self.cte_name(hint);
        let materialized = materialized || rel.cols.iter().any(|c| c.facts.volatile) || rel.query.select.filter.iter().any(|f| f.facts.volatile);
        let query = self.finish(rel, names, true);
        self.ctes.push(Cte { name, query, step: None, columns: vec![], materialized });
        self.ctes.len() - 1
    }

    pub(super) fn scan_cte(&mut self, cte: CteId, names: &[Rc<str>], n_visible: usize) -> Rel {
        let hint = self.ctes[cte].name.clone();
        let id = self.source(&hint);
        self.scan(id, From::Cte(cte), names, n_visible, &hint)
    }

    pub(super) fn scan(&self, id: SourceId, from: From, names: &[Rc<str>], n_visible: usize, hint: &str) -> Rel {
        let cols = names.iter().map(|n| column(id, n.clone())).collect();
        let select = Select { from: vec![Source { id, from, join: "", on: vec![] }], ..Select::default() };
        Rel { query: Query { select, ..Query::default() }, cols, n_visible, hint: hint.into(), nesting: 1, recursive: false }
    }

    fn take(&mut self, id: RelId, done: &mut HashMap<RelId, Rel>) -> Result<Rel> {
        if let Some((cte, names)) = self.shared.get(&id).cloned() {
            let n_visible = self.nodes[id].n_visible;
            return Ok(self.scan_cte(cte, &names, n_visible));
        }
        if self.uses[id] > 1 {
            // Kept for its other users; sources get new numbers, so that a self join tells its sides apart.
            let rel = done.get(&id).cloned().ok_or_else(|| Error::internal("an input was not lowered"))?;
            return Ok(self.fresh(rel));
        }
        done.remove(&id).ok_or_else(|| Error::internal("an input was not lowered"))
    }

    /// The same SELECT over sources of its own. Only cheap ones are copied: at most one table and plain expressions.
    fn fresh(&mut self, mut rel: Rel) -> Rel {
        let mut renumbered: HashMap<SourceId, SourceId> = HashMap::new();
        for source in &mut rel.query.select.from {
            self.hints.push(self.hints[source.id].clone());
            renumbered.insert(source.id, self.hints.len() - 1);
            source.id = self.hints.len() - 1;
        }
        if rel.is_compound() || rel.query.select.from.iter().any(|s| !matches!(s.from, From::Table(_) | From::Cte(_))) {
            return rel;
        }
        let change = |e: &E| renumber(e, &renumbered);
        rel.cols = rel.cols.iter().map(change).collect();
        let query = &mut rel.query;
        query.select.filter = query.select.filter.iter().map(change).collect();
        query.select.group_by = query.select.group_by.iter().map(change).collect();
        query.select.having = query.select.having.iter().map(change).collect();
        for source in &mut query.select.from {
            source.on = source.on.iter().map(change).collect();
        }
        for order in &mut query.order_by {
            order.expr = change(&order.expr);
        }
        rel
    }

    /// Wraps a SELECT into a FROM. The order goes along to the outer SELECT.
    pub(super) fn nest(&mut self, rel: Rel, id: RelId) -> Result<Rel> {
        let mut names: Vec<&str> = self.nodes[id].columns.iter().map(|c| &*c.name).collect();
        names.truncate(rel.cols.len());
        let names = unique_names(names.into_iter());
        self.nest_named(rel, names)
    }

    pub(super) fn nest_named(&mut self, mut rel: Rel, mut names: Vec<Rc<str>>) -> Result<Rel> {
        if rel.recursive {
            return Err(Error::unsupported(
                "the step of a recursion reads its own rows once, in a join, filter or select, without aggregating or limiting them",
            ));
        }
        self.n_nested += 1;
        if self.n_nested > MAX_NESTED {
            return Err(
                Error::unsupported(format!("the plan needs more than {MAX_NESTED} SELECTs within each other")).hint("cache() an intermediate frame")
            );
        }
        let (n_visible, hint, nesting) = (rel.n_visible, rel.hint.clone(), rel.nesting);
        let keys = std::mem::take(&mut rel.query.order_by);
        let mut outer_keys: Vec<(usize, bool, bool)> = vec![];
        let fixed = rel.is_compound() || rel.query.select.distinct;
        let n_cols = rel.cols.len();
        for key in &keys {
            let at = rel.cols.iter().position(|c| *c == key.expr);
            let at = match at {
                Some(at) => Some(at),
                None if fixed => None,
                None => {
                    rel.cols.push(key.expr.clone());
                    Some(rel.cols.len() - 1)
                }
            };
            match at {
                Some(at) => outer_keys.push((at, key.descending, key.nulls_first)),
                None => break,
            }
        }
        if rel.cols.len() > n_cols {
            let mut all: Vec<String> = names.iter().map(|n| n.to_string()).collect();
            all.extend((0..rel.cols.len() - n_cols).map(|i| format!("order_{}", i + 1)));
            names = unique_names(all.iter().map(String::as_str));
        }
        if rel.is_limited() {
            rel.query.order_by = keys;
        }
        let volatile = rel.cols.iter().any(|c| c.facts.volatile);
        let correlated = !self.outer.is_empty();
        let lengths: Vec<usize> = rel.cols.iter().map(|c| self.spelled_out_length(c)).collect();
        // SQLite spells nested SELECTs out while it plans, which would take for ever.
        let too_long = lengths.iter().any(|n| *n > MAX_SPELLED_OUT);
        let mut outside = if (volatile || too_long || nesting >= MAX_NESTING) && !correlated {
            let cte = self.push_cte(&hint, rel, &names, true);
            self.scan_cte(cte, &names, n_visible)
        } else {
            let source = self.source(&hint);
            for (name, n) in names.iter().zip(lengths).filter(|(_, n)| *n > 1) {
                self.spelled_out.insert((source, name.clone()), n);
            }
            let query = self.finish(rel, &names, true);
            let mut outside = self.scan(source, From::Query(query.into()), &names, n_visible, &hint);
            outside.nesting = nesting + 1;
            outside
        };
        outside.query.order_by =
            outer_keys.into_iter().map(|(at, descending, nulls_first)| Order { expr: outside.cols[at].clone(), descending, nulls_first }).collect();
        outside.cols.truncate(n_cols);
        Ok(outside)
    }

    fn spelled_out_length(&self, expr: &E) -> usize {
        if let Sql::Column { source, name } = &expr.sql {
            return self.spelled_out.get(&(*source, name.clone())).copied().unwrap_or(1);
        }
        expr.sql.children().into_iter().fold(1, |n, child| n.saturating_add(self.spelled_out_length(child)))
    }

    fn lower(&mut self, id: RelId, done: &mut HashMap<RelId, Rel>) -> Result<Rel> {
        let nodes = self.nodes;
        let node = &nodes[id];
        let mut rel = match &node.op {
            Op::Table { name } => {
                let source = self.source(name);
                let names = self.output_names(id);
                self.scan(source, From::Table(name.clone()), &names, node.n_visible, name)
            }
            Op::Sql { sql, params } => self.raw(id, sql, params)?,
            Op::Values { rows } => self.values(id, rows)?,
            Op::Alias { input } => {
                let rel = self.take(*input, done)?;
                // `alias` keeps the visible columns.
                let mut rel = rel;
                if !rel.is_compound() {
                    rel.cols.truncate(node.n_visible);
                }
                if let Some(name) = node.columns.first().and_then(|c| c.qualifier.clone()) {
                    rel.hint = name.clone();
                    if let [only] = rel.query.select.from.as_slice() {
                        self.hints[only.id] = name;
                    }
                }
                rel
            }
            Op::Project { input, exprs } => {
                let below = self.take(*input, done)?;
                self.project(*input, below, exprs)?
            }
            Op::Filter { input, condition } => {
                let below = self.take(*input, done)?;
                self.filter(*input, below, condition)?
            }
            Op::Sort { input, keys } => {
                let mut below = self.take(*input, done)?;
                let exprs: Vec<&Typed> = keys.iter().map(|k| &k.expr).collect();
                if !(self.may_merge(&below) && merge::can_merge_sort(&exprs, &below)) {
                    below = self.nest(below, *input)?;
                }
                below.query.order_by = self.orders(keys, &below.cols.clone())?;
                below
            }
            Op::Limit { input, n } => {
                let mut below = self.take(*input, done)?;
                if !self.may_merge(&below) {
                    below = self.nest(below, *input)?;
                }
                below.query.limit = Some(below.query.limit.map_or(*n, |limit| limit.min(*n)));
                below
            }
            Op::Offset { input, n } => {
                let mut below = self.take(*input, done)?;
                if !self.may_merge(&below) {
                    below = self.nest(below, *input)?;
                }
                below.query.offset = below.query.offset.saturating_add(*n);
                below.query.limit = below.query.limit.map(|limit| limit.saturating_sub(*n));
                below
            }
            Op::Tail { input, n } => {
                let below = self.take(*input, done)?;
                self.tail(*input, below, *n)?
            }
            Op::Distinct { input } => {
                let below = self.take(*input, done)?;
                self.distinct(*input, below)?
            }
            Op::DistinctOn { input, keys } => {
                let below = self.take(*input, done)?;
                self.distinct_on(*input, below, keys)?
            }
            Op::Join { left, right, kind, condition, exprs } => {
                let l = self.take(*left, done)?;
                let r = self.take(*right, done)?;
                joins::join(self, joins::Side { id: *left, rel: l }, joins::Side { id: *right, rel: r }, *kind, condition.as_ref(), exprs)?
            }
            Op::SetOp { left, right, kind, all, left_exprs, right_exprs } => {
                let l = self.take(*left, done)?;
                let l = self.project(*left, l, left_exprs)?;
                let r = self.take(*right, done)?;
                let r = self.project(*right, r, right_exprs)?;
                sets::set_op(self, id, l, r, *kind, *all)?
            }
            Op::Aggregate { input, grouping, keys, aggregates } => {
                let below = self.take(*input, done)?;
                self.aggregate(id, *input, below, *grouping, keys, aggregates)?
            }
            Op::Generate { input, generator, arg, outer } => {
                let below = self.take(*input, done)?;
                self.generate(*input, below, *generator, arg, *outer)?
            }
            Op::Unpivot { input, ids, values } => {
                let below = self.take(*input, done)?;
                self.unpivot(*input, below, ids, values)?
            }
            Op::Cte { input, name } => {
                let below = self.take(*input, done)?;
                let names = unique_names(node.columns.iter().map(|c| &*c.name));
                let mut below = below;
                if !below.is_compound() {
                    below.cols.truncate(node.n_visible);
                }
                let cte = self.push_cte(name, below, &names, false);
                self.scan_cte(cte, &names, node.n_visible)
            }
            Op::Recursive { name, base, step, step_exprs } => {
                let below = self.take(*base, done)?;
                self.recursive(id, name, *base, below, *step, step_exprs)?
            }
            Op::RecursiveRef { name, .. } => {
                let (cte, names) = self
                    .recursions
                    .get(name)
                    .cloned()
                    .ok_or_else(|| Error::invalid(format!("the rows of the recursion \"{name}\" exist only in its step")))?;
                let mut rel = self.scan_cte(cte, &names, names.len());
                rel.recursive = true;
                rel
            }
        };
        rel.n_visible = node.n_visible;
        Ok(rel)
    }

    /// With merging off every node is a SELECT of its own, but for recursion, which SQLite allows only at the top.
    pub(super) fn may_merge(&self, below: &Rel) -> bool {
        self.merge || below.recursive
    }

    pub(super) fn project(&mut self, input: RelId, mut below: Rel, exprs: &[Typed]) -> Result<Rel> {
        let unchanged = exprs.len() == below.n_visible && exprs.iter().enumerate().all(|(i, e)| e.kind == Kind::Col(i));
        if below.is_compound() && unchanged {
            return Ok(below);
        }
        below = self.hoist_scalars(input, below, &exprs.iter().collect::<Vec<_>>())?;
        if !(self.may_merge(&below) && merge::can_merge_project(exprs, &below)) {
            below = self.nest(below, input)?;
        }
        below.cols = self.exprs(exprs, &below.cols.clone())?;
        below.n_visible = exprs.len();
        if !self.is_plain_scan(&below) && !below.query.select.grouped {
            below.hint = "selected".into();
        }
        Ok(below)
    }

    fn is_plain_scan(&self, rel: &Rel) -> bool {
        matches!(rel.query.select.from.as_slice(), [_]) && rel.cols.iter().all(|c| matches!(c.sql, Sql::Column { .. }))
    }

    pub(super) fn filter(&mut self, input: RelId, below: Rel, condition: &Typed) -> Result<Rel> {
        let mut below = self.hoist_scalars(input, below, &[condition])?;
        let having = merge::can_merge_having(condition, &below);
        if !(self.may_merge(&below) && (having || merge::can_merge_where(condition, &below))) {
            below = self.nest(below, input)?;
        }
        let having = below.query.select.grouped;
        let mut parts = vec![];
        let mut exists = vec![];
        for part in decorrelate::typed_conjuncts(condition) {
            match part.kind {
                Kind::Exists { plan, negated } if !having => exists.push((plan, negated)),
                _ => ast::conjuncts(self.expr(part, &below.cols.clone())?, &mut parts),
            }
        }
        for part in parts {
            let part = super::semi::as_filter(part);
            if joins::is_true(&part) {
                continue;
            }
            let select = &mut below.query.select;
            if !having {
                select.filter.push(part);
            } else if part.facts.column && !part.facts.aggregate && !part.facts.volatile && !select.group_by.is_empty() {
                // About keys only: the groups that go are the groups of the rows that go.
                select.filter.push(part);
            } else {
                select.having.push(part);
            }
        }
        for (plan, negated) in exists {
            below = decorrelate::filter_exists(self, below, input, negated, &mut |lowerer, cols| {
                lowerer.outer.push(cols.to_vec());
                let rel = lowerer.rel(plan);
                lowerer.outer.pop();
                rel
            })?;
        }
        Ok(below)
    }
}

/// The expression with its columns taken from other sources.
pub fn renumber(expr: &E, map: &HashMap<SourceId, SourceId>) -> E {
    let change = |e: &E| renumber(e, map);
    let order = |o: &Order| Order { expr: renumber(&o.expr, map), ..*o };
    let sql = match &expr.sql {
        Sql::Column { source, name } => match map.get(source) {
            Some(new) => Sql::Column { source: *new, name: name.clone() },
            None => return expr.clone(),
        },
        Sql::Literal { .. } | Sql::Word(_) | Sql::Exists { .. } | Sql::Scalar { .. } => return expr.clone(),
        Sql::Infix { op, precedence, left, right } => Sql::Infix { op, precedence: *precedence, left: change(left), right: change(right) },
        Sql::Prefix { op, precedence, arg } => Sql::Prefix { op, precedence: *precedence, arg: change(arg) },
        Sql::Postfix { op, arg } => Sql::Postfix { op, arg: change(arg) },
        Sql::Call { name, args, distinct, filter, star } => Sql::Call {
            name: name.clone(),
            args: args.iter().map(change).collect(),
            distinct: *distinct,
            filter: filter.as_ref().map(change),
            star: *star,
        },
        Sql::Over { function, partition_by, order_by, frame } => Sql::Over {
            function: change(function),
            partition_by: partition_by.iter().map(change).collect(),
            order_by: order_by.iter().map(order).collect(),
            frame: frame.clone(),
        },
        Sql::Case { branches, otherwise } => {
            Sql::Case { branches: branches.iter().map(|(c, v)| (change(c), change(v))).collect(), otherwise: otherwise.as_ref().map(change) }
        }
        Sql::Cast { arg, to } => Sql::Cast { arg: change(arg), to },
        Sql::In { arg, list, negated } => Sql::In { arg: change(arg), list: list.iter().map(change).collect(), negated: *negated },
        Sql::InQuery { args, query, negated } => Sql::InQuery { args: args.iter().map(change).collect(), query: query.clone(), negated: *negated },
    };
    ast::make(sql, expr.facts)
}
