//! Analysis: names are resolved against the catalogue, types inferred, misuse refused. Nothing is executed.
//!
//! It guarantees that every position in the result exists, that every expression has a type, and that aggregates, windows
//! and generators stand only where SQL allows them. It does not promise that the SQL will find rows.

mod calls;
pub mod coerce;
mod columns;
mod describe;
mod exprs;
mod grouping;
mod joins;
mod lookup;
mod missing;
pub mod names;
mod operators;
mod project;
pub mod resolved;
mod rules;
mod scope;
pub mod suggest;
mod verbs;
mod windows;

use std::collections::HashMap;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::expr::registry::FunctionKind;
use crate::expr::{ExprRef, Literal};
use crate::plan::{NodeId, Plan};
use crate::schema::Schema;
use crate::types::DataType;

use resolved::{Column, Op, RelId, Relation, Resolved, Typed};

/// A function that the user registered.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFunction {
    pub kind: FunctionKind,
    pub returns: DataType,
    pub deterministic: bool,
}

/// What analysis may ask of the database.
pub trait Catalog {
    /// The columns of a table or view, and its name in the spelling of its definition; names match without regard to case.
    fn table(&self, name: &str) -> Result<Option<(String, Schema)>>;
    fn table_names(&self) -> Result<Vec<String>>;
    /// The columns of a SELECT in SQLite's own words.
    fn query_columns(&self, sql: &str) -> Result<Schema>;
    /// May text of this table (None: of any) be compared other than byte by byte? True also where that is not known.
    fn collates(&self, table: Option<&str>) -> Result<bool>;
    fn user_function(&self, name: &str) -> Option<UserFunction>;
    /// The temporary table that holds a cached frame, if it is materialised.
    fn cached(&self, id: &str) -> Option<String>;
}

/// Reads the SQL text of an expression; `compile` supplies it, since it owns the SQL parser.
pub type ParseText = fn(&str, &[Literal]) -> Result<ExprRef>;

/// The plan with names as positions and a schema per node.
pub fn resolve(plan: &Plan, catalog: &dyn Catalog, parse_text: ParseText) -> Result<Resolved> {
    let mut analyzer = Analyzer::new(plan, catalog, parse_text);
    let root = analyzer.analyze_plan(plan.root)?;
    Ok(Resolved { nodes: analyzer.nodes, root, collates: analyzer.collates })
}

/// The query for the distinct values of the pivot at `node`, which must be an aggregate with a pivot.
pub fn resolve_pivot_values(plan: &Plan, node: NodeId, catalog: &dyn Catalog, parse_text: ParseText) -> Result<Resolved> {
    let mut analyzer = Analyzer::new(plan, catalog, parse_text);
    let root = analyzer.pivot_values(node)?;
    Ok(Resolved { nodes: analyzer.nodes, root, collates: analyzer.collates })
}

/// One query around the one being analysed: what a correlated name may refer to.
struct Level {
    inputs: Vec<RelId>,
    /// Nodes that mean something only inside this subquery.
    local: HashMap<NodeId, RelId>,
}

struct Analyzer<'a> {
    plan: &'a Plan,
    catalog: &'a dyn Catalog,
    parse_text: ParseText,
    nodes: Vec<Relation>,
    global: HashMap<NodeId, RelId>,
    /// Enclosing queries, outermost first.
    levels: Vec<Level>,
    attrs: u32,
    /// How many levels out the expressions of the node at hand have reached.
    reach: usize,
    /// May text of some source be compared other than byte by byte?
    collates: bool,
}

impl<'a> Analyzer<'a> {
    fn new(plan: &'a Plan, catalog: &'a dyn Catalog, parse_text: ParseText) -> Self {
        let (nodes, levels, global) = (vec![], vec![], HashMap::new());
        Analyzer { plan, catalog, parse_text, nodes, global, levels, attrs: 0, reach: 0, collates: false }
    }
}

impl Analyzer<'_> {
    fn known(&self, node: NodeId) -> Option<RelId> {
        self.levels.iter().rev().find_map(|level| level.local.get(&node)).or_else(|| self.global.get(&node)).copied()
    }

    /// Analyses a node and all that it needs, lowest first.
    fn analyze_plan(&mut self, root: NodeId) -> Result<RelId> {
        if let Some(rel) = self.known(root) {
            return Ok(rel);
        }
        let plan = self.plan;
        let missing = |id: NodeId| Error::invalid(format!("not a plan: node {id} does not exist"));
        let mut wanted = vec![];
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            if self.known(id).is_some() || !seen.insert(id) {
                continue;
            }
            let node = plan.nodes.get(id).ok_or_else(|| missing(id))?;
            if let Some(bad) = node.inputs().into_iter().find(|input| *input >= id) {
                return Err(missing(bad));
            }
            wanted.push(id);
            open.extend(node.inputs());
        }
        wanted.sort_unstable();
        let outer_reach = self.reach;
        for id in wanted {
            let node = &plan.nodes[id];
            self.reach = 0;
            let rel = self.node(node).map_err(|e| e.within(node.verb()))?;
            match self.levels.last_mut() {
                Some(level) if self.nodes[rel].outer_level > 0 => level.local.insert(id, rel),
                _ => self.global.insert(id, rel),
            };
        }
        self.reach = outer_reach;
        self.known(root).ok_or_else(|| missing(root))
    }

    /// The relation of an input node, which was analysed before.
    fn input(&self, node: NodeId) -> Result<RelId> {
        self.known(node).ok_or_else(|| Error::internal("an input was not analysed"))
    }

    fn new_attr(&mut self) -> u32 {
        self.attrs += 1;
        self.attrs
    }

    fn new_column(&mut self, name: impl Into<Rc<str>>, data_type: DataType, nullable: bool) -> Column {
        Column { name: name.into(), data_type, nullable, attr: self.new_attr(), qualifier: None, from: None }
    }

    fn push(&mut self, op: Op, columns: Vec<Column>, n_visible: usize) -> RelId {
        let below = op.inputs().into_iter().map(|input| self.nodes[input].outer_level).max().unwrap_or(0);
        let outer_level = below.max(self.reach);
        self.nodes.push(Relation { op, columns, n_visible, outer_level });
        self.nodes.len() - 1
    }

    /// A relation with the rows and columns of its input, hidden ones included.
    fn push_like(&mut self, input: RelId, op: Op) -> RelId {
        let n_visible = self.nodes[input].n_visible;
        let columns = passed(&self.nodes[input].columns, 0);
        self.push(op, columns, n_visible)
    }

    /// A projection of named expressions. Plain columns keep their identity if the name stays.
    fn project_values(&mut self, input: RelId, items: Vec<(Typed, Rc<str>)>) -> RelId {
        let mut columns = vec![];
        let mut exprs = vec![];
        for (typed, name) in items {
            columns.push(self.output_column(input, &typed, name));
            exprs.push(typed);
        }
        let n = columns.len();
        self.push(Op::Project { input, exprs }, columns, n)
    }

    /// The output column of an expression over one input.
    fn output_column(&mut self, input: RelId, typed: &Typed, name: Rc<str>) -> Column {
        if let resolved::Kind::Col(index) = typed.kind
            && scope::same_name(&self.nodes[input].columns[index].name, &name)
        {
            return Column { name, from: Some((0, index as u32)), ..self.nodes[input].columns[index].clone() };
        }
        let mut column = self.new_column(name, typed.data_type.clone(), typed.nullable);
        if column.data_type == DataType::Void {
            column.nullable = true;
        }
        column
    }
}

/// Columns that pass unchanged from the input at `slot`.
fn passed(columns: &[Column], slot: u8) -> Vec<Column> {
    columns.iter().enumerate().map(|(i, c)| Column { from: Some((slot, i as u32)), ..c.clone() }).collect()
}
