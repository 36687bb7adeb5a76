//! Each relation becomes a SELECT over its input, or joins the input's SELECT where `merge` permits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ast::{Cte, CteId, E, From, Item, Query, Select, Source, SourceId, Sql, Statement, column};
use super::{CompileOptions, joins, merge, sets, shared};
use crate::analyze::resolved::{Op, RelId, Relation, Resolved, Typed};
use crate::error::{Error, Result};

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
    /// May text of some source be compared other than byte by byte?
    pub(super) collates: bool,
    pub(super) wrapping: bool,
    pub(super) may_overflow: bool,
    /// Columns of the enclosing queries, outermost first.
    pub(super) outer: Vec<Vec<E>>,
    pub(super) hints: Vec<Rc<str>>,
    pub(super) ctes: Vec<Cte>,
    pub(super) names: HashSet<String>,
    pub(super) shared: HashMap<RelId, (CteId, Vec<Rc<str>>)>,
    pub(super) uses: Vec<usize>,
    pub(super) recursions: HashMap<Rc<str>, (CteId, Vec<Rc<str>>)>,
    /// Correlated scalar subqueries that have been joined, by how many queries enclose them: the column that holds the value.
    pub(super) hoisted: HashMap<(usize, RelId), E>,
    /// Of the grouping set being written: per key, is it rolled up?
    pub(super) rolled_up: Vec<bool>,
    /// Of a cube in one SELECT: the number of the set, and of the keys.
    pub(super) grouping_set: Option<(E, usize)>,
    /// Columns of nested SELECTs: how long their expressions are when all nesting below is spelled out.
    pub(super) spelled_out: HashMap<(SourceId, Rc<str>), usize>,
    pub(super) n_nested: usize,
    /// Of sources that are tables or made of them: the columns that are NOT NULL.
    pub(super) not_null: HashMap<SourceId, Rc<HashSet<Rc<str>>>>,
}

/// The statement for an analysed plan.
pub fn lower(resolved: &Resolved, options: &CompileOptions) -> Result<Statement> {
    let nodes = &resolved.nodes;
    let mut lowerer = Lowerer {
        nodes,
        merge: options.merge,
        collates: resolved.collates,
        wrapping: options.wrapping,
        may_overflow: false,
        outer: vec![],
        hints: vec![],
        ctes: vec![],
        names: HashSet::new(),
        shared: HashMap::new(),
        uses: shared::count_uses(nodes, resolved.root),
        recursions: HashMap::new(),
        hoisted: HashMap::new(),
        rolled_up: vec![],
        grouping_set: None,
        spelled_out: HashMap::new(),
        n_nested: 0,
        not_null: HashMap::new(),
    };
    let mut tables: HashMap<Rc<str>, Vec<Rc<str>>> = HashMap::new();
    for node in nodes {
        if let Op::Table { name } = &node.op {
            lowerer.names.insert(name.to_lowercase());
            tables.insert(name.clone(), node.columns.iter().map(|c| c.name.clone()).collect());
        }
    }
    let query = lowerer.query(resolved.root)?;
    Ok(Statement { ctes: lowerer.ctes, query, hints: lowerer.hints, tables, may_overflow: lowerer.may_overflow })
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

    /// Is it a column that holds no NULL, and that no outer join in this FROM can make NULL?
    pub(super) fn is_never_null(&self, from: &[Source], expr: &E) -> bool {
        let Sql::Column { source, name } = &expr.sql else { return false };
        from.iter().any(|s| s.id == *source)
            && from.iter().all(|s| matches!(s.join, "" | "JOIN" | "CROSS JOIN"))
            && self.not_null.get(source).is_some_and(|names| names.contains(name))
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
        query.select.keep_rows();
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

    pub(super) fn scan(&self, id: SourceId, from: From, names: &[Rc<str>], n_visible: usize, hint: &str) -> Rel {
        let cols = names.iter().map(|n| column(id, n.clone())).collect();
        let select = Select { from: vec![Source { id, from, join: "", on: vec![] }], ..Select::default() };
        Rel { query: Query { select, ..Query::default() }, cols, n_visible, hint: hint.into(), nesting: 1, recursive: false }
    }

    fn lower(&mut self, id: RelId, done: &mut HashMap<RelId, Rel>) -> Result<Rel> {
        let nodes = self.nodes;
        let node = &nodes[id];
        let mut rel = match &node.op {
            Op::Table { name } => {
                let source = self.source(name);
                let names = self.output_names(id);
                self.not_null.insert(source, Rc::new(node.columns.iter().filter(|c| !c.nullable).map(|c| c.name.clone()).collect()));
                self.scan(source, From::Table(name.clone()), &names, node.n_visible, name)
            }
            Op::Sql { sql, params } => self.raw(id, sql, params)?,
            Op::Values { rows } => self.values(id, rows)?,
            Op::Alias { input } => {
                let mut rel = self.take(*input, done)?;
                // `alias` keeps the visible columns.
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
                let mut below = self.take(*input, done)?;
                let names = unique_names(node.columns.iter().map(|c| &*c.name));
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

    /// With merging off every node is a SELECT of its own, but for those in the step of a recursion that hold its own rows: SQL allows
    /// these in no subquery, so there is no unmerged form of them.
    pub(super) fn may_merge(&self, below: &Rel) -> bool {
        self.merge || below.recursive
    }
}
