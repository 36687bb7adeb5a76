//! Where rows come from besides tables: literals, the user's own SELECT, recursion.

use std::rc::Rc;

use super::ast::{self, Cte, E, From, Query, Select, Sql, literal, plain};
use super::lower::{Lowerer, Rel, unique_names};
use super::raw;
use crate::analyze::resolved::{RelId, Typed};
use crate::error::{Error, Result};
use crate::expr::Literal;
use crate::types::DataType;
use crate::value::Value;

/// More literals than this in a frame of values travel as one JSON parameter.
const MAX_VALUES: usize = 4_000;

impl Lowerer<'_> {
    pub(super) fn values(&mut self, id: RelId, rows: &[Vec<Literal>]) -> Result<Rel> {
        let columns = &self.nodes[id].columns;
        let n = columns.len();
        let value = |l: &Literal| literal(l.value.clone(), l.data_type.clone());
        let bare = |cols: Vec<E>, filter: Vec<E>| Rel {
            query: Query { select: Select { filter, ..Select::default() }, ..Query::default() },
            n_visible: cols.len(),
            cols,
            hint: "rows".into(),
            nesting: 1,
            recursive: false,
        };
        match rows {
            [] => return Ok(bare(columns.iter().map(|_| plain(Sql::Word("NULL"))).collect(), vec![plain(Sql::Word("FALSE"))])),
            [row] => return Ok(bare(row.iter().map(value).collect(), vec![])),
            _ => {}
        }
        let source = self.source("rows");
        if rows.len().saturating_mul(n) <= MAX_VALUES {
            let listed = rows.iter().map(|row| row.iter().map(value).collect()).collect();
            let names: Vec<Rc<str>> = (1..=n).map(|i| format!("column{i}").into()).collect();
            return Ok(self.scan(source, From::Values(listed), &names, n, "rows"));
        }
        let json = rows
            .iter()
            .map(|row| row.iter().map(|l| json_value(&l.value)).collect::<Option<Vec<_>>>().map(serde_json::Value::Array))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Error::unsupported("so many literal rows cannot hold bytes or infinities").hint("load them with createDataFrame()"))?;
        let args = vec![literal(serde_json::Value::Array(json).to_string(), DataType::String)];
        let mut rel = self.scan(source, From::Function { name: "json_each", args }, &["value".into()], n, "rows");
        let whole = rel.cols[0].clone();
        rel.cols = (0..n).map(|i| ast::call("json_extract", vec![whole.clone(), literal(format!("$[{i}]"), DataType::String)])).collect();
        Ok(rel)
    }

    pub(super) fn raw(&mut self, id: RelId, sql: &Rc<str>, params: &[(String, Literal)]) -> Result<Rel> {
        let params = raw::bind(sql, params)?;
        let columns = &self.nodes[id].columns;
        let written: Vec<Rc<str>> = columns.iter().map(|c| c.name.clone()).collect();
        let names = unique_names(written.iter().map(|n| &**n));
        let from = From::Raw { sql: sql.clone(), params: params.into() };
        let source = self.source("query");
        if names == written && !names.iter().any(|n| n.is_empty()) {
            return Ok(self.scan(source, from, &names, columns.len(), "query"));
        }
        // Names that repeat can only be told apart by a column list.
        let names = unique_names(names.iter().map(|n| if n.is_empty() { "column" } else { n }));
        let mut whole = self.scan(source, from, &["*".into()], 1, "query");
        whole.cols = vec![plain(Sql::Word("*"))];
        let cte = self.push_cte("query", whole, &["*".into()], false);
        self.ctes[cte].columns = names.clone();
        Ok(self.scan_cte(cte, &names, names.len()))
    }

    pub(super) fn recursive(&mut self, id: RelId, name: &Rc<str>, base_id: RelId, base: Rel, step: RelId, step_exprs: &[Typed]) -> Result<Rel> {
        let names = unique_names(self.nodes[id].columns.iter().map(|c| &*c.name));
        let simple = |rel: &Rel| !rel.is_limited() && rel.query.order_by.is_empty() && !rel.is_compound();
        let base = if simple(&base) { base } else { self.nest(base, base_id)? };
        let mut base = base;
        base.query.order_by.clear();
        let cte_name = self.cte_name(name);
        let base = self.finish(base, &names, false);
        self.ctes.push(Cte { name: cte_name, query: base, step: None, columns: names.clone(), materialized: false });
        let cte = self.ctes.len() - 1;
        let before = self.recursions.insert(name.clone(), (cte, names.clone()));
        let lowered = self.rel(step).and_then(|rel| self.project(step, rel, step_exprs));
        match before {
            Some(before) => self.recursions.insert(name.clone(), before),
            None => self.recursions.remove(name),
        };
        let lowered = lowered?;
        if !simple(&lowered) || lowered.query.select.grouped || lowered.query.select.distinct {
            return Err(
                Error::unsupported("the step of a recursion may not order, limit, aggregate or combine its rows").hint("do that after recursive()")
            );
        }
        self.ctes[cte].step = Some(self.finish(lowered, &names, false));
        Ok(self.scan_cte(cte, &names, names.len()))
    }
}

fn json_value(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(i) => (*i).into(),
        Value::Real(r) => serde_json::Value::Number(serde_json::Number::from_f64(*r)?),
        Value::Text(s) => s.as_str().into(),
        Value::Blob(_) => return None,
    })
}
