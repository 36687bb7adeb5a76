//! MERGE: rows that come in update those that match on a key, and are inserted where none does.
//!
//! The rows wait in a temporary table. Rows with the same key are merged one after the other, as if each had been merged alone; SQL's
//! own upsert needs a unique index and says nothing on that.

use std::sync::Arc;

use serde::Deserialize;

use super::assign;
use super::insert::{target_columns, writable_table};
use super::reflect::{self, ColumnInfo, TableInfo, same_name};
use super::update::{self, Keyed, column, named, push};
use super::violation;
use crate::compile::quote::identifier;
use crate::compile::text;
use crate::engine::{Database, hidden_name};
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Expr, ExprRef};
use crate::plan::{JoinKind, JoinOn, Node, Plan, wire};
use crate::types::DataType;
use crate::value::Value;

const ROUND: &str = "__moltres_round";
const MATCHED: &str = "__moltres_matched";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merge {
    pub table: String,
    /// The temporary table in which the rows wait.
    pub stage: String,
    pub on: Vec<String>,
    pub when_matched: When,
    pub when_not_matched: When,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Matched: every column that the rows have. Not matched: insert them.
    All,
    Ignore,
    /// A plan `table → withColumns` as JSON text, whose expressions may name `excluded.column`.
    Set(String),
}

/// Makes the temporary table for rows with these columns; its name.
pub fn begin(db: &Database, table: &str, names: &[String]) -> Result<String> {
    let table = writable_table(db, "merge", table)?;
    let columns = target_columns("merge", &table, names)?;
    let parts: Vec<String> = columns.iter().map(|c| format!("{} {}", identifier(&c.name), c.data_type.declaration()).trim_end().to_owned()).collect();
    let stage = hidden_name("merge");
    db.connection().execute_batch(&format!("CREATE TEMP TABLE {stage} ({}, {ROUND} INTEGER DEFAULT 1, {MATCHED} INTEGER)", parts.join(", ")))?;
    Ok(stage)
}

/// Merges the waiting rows; the number of rows updated and inserted.
pub fn merge(db: &Database, spec: &Merge) -> Result<u64> {
    let table = writable_table(db, "merge", &spec.table)?;
    let stage = reflect::table(db.connection(), "merge", &spec.stage)?;
    let incoming: Vec<&ColumnInfo> = stage.columns.iter().filter(|c| c.name != ROUND && c.name != MATCHED).collect();
    if spec.on.is_empty() {
        return Err(Error::invalid("merge: on names no columns").hint("on: \"id\" or [\"a\", \"b\"]"));
    }
    let on = target_columns("merge: on", &table, &spec.on)?;
    if let Some(missing) = on.iter().find(|key| !incoming.iter().any(|c| same_name(&c.name, &key.name))) {
        return Err(
            Error::invalid(format!("merge: the rows have no column \"{}\", which on names", missing.name)).detail("column", missing.name.as_str())
        );
    }
    let job = Job { db, table: &table, stage: &stage, incoming, on };
    let sql = format!("MERGE INTO {} ON ({})", identifier(&table.name), spec.on.iter().map(|n| identifier(n)).collect::<Vec<_>>().join(", "));
    super::insert::counted(db, &sql, || {
        db.atomically(|db| {
            let n = job.run(spec)?;
            db.drop_hidden(&spec.stage)?;
            Ok(n)
        })
    })
}

struct Job<'a> {
    db: &'a Database,
    table: &'a TableInfo,
    stage: &'a TableInfo,
    incoming: Vec<&'a ColumnInfo>,
    on: Vec<&'a ColumnInfo>,
}

impl Job<'_> {
    fn run(&self, spec: &Merge) -> Result<u64> {
        let mut n = 0;
        for round in 1..=self.rounds()? {
            self.execute(
                &format!(
                    "UPDATE {} AS s SET {MATCHED} = EXISTS (SELECT 1 FROM {} AS t WHERE {}) WHERE {ROUND} = ?1",
                    self.stage.qualified(),
                    self.table.qualified(),
                    self.keys_equal()
                ),
                &[Value::Integer(round)],
            )?;
            n += self.update(&spec.when_matched, round)?;
            n += self.insert(&spec.when_not_matched, round)?;
        }
        Ok(n)
    }

    fn keys_equal(&self) -> String {
        self.on.iter().map(|c| format!("t.{0} = s.{0}", identifier(&c.name))).collect::<Vec<_>>().join(" AND ")
    }

    fn execute(&self, sql: &str, params: &[Value]) -> Result<u64> {
        self.db.run_quietly(sql, params).map_err(|error| violation::explain(self.db, "merge", self.table, error, None))
    }

    /// Numbers the rows of one key; a key with NULL matches nothing, so its rows need no order.
    fn rounds(&self) -> Result<i64> {
        let keys = self.on.iter().map(|c| identifier(&c.name)).collect::<Vec<_>>().join(", ");
        let whole = self.on.iter().map(|c| format!("{} IS NOT NULL", identifier(&c.name))).collect::<Vec<_>>().join(" AND ");
        let stage = self.stage.qualified();
        let repeated = self.db.quietly(&format!("SELECT count(*) FROM {stage} WHERE {whole} GROUP BY {keys} ORDER BY 1 DESC LIMIT 1"), &[])?;
        let most = match repeated.first().and_then(|row| row.first()) {
            Some(Value::Integer(n)) => *n,
            _ => 1,
        };
        if most > 1 {
            self.execute(
                &format!(
                    "UPDATE {stage} AS s SET {ROUND} = r.n FROM (SELECT rowid AS k, row_number() OVER (PARTITION BY {keys} ORDER BY rowid) AS n \
                     FROM {stage} WHERE {whole}) AS r WHERE s.rowid = r.k"
                ),
                &[],
            )?;
        }
        Ok(most.max(1))
    }

    fn update(&self, when: &When, round: i64) -> Result<u64> {
        match when {
            When::Ignore => Ok(0),
            When::All => {
                let rest: Vec<&&ColumnInfo> = self.incoming.iter().filter(|c| !self.on.iter().any(|k| same_name(&k.name, &c.name))).collect();
                // With nothing but keys a row that matches is as it should be.
                if rest.is_empty() {
                    return Ok(0);
                }
                let set: Vec<String> = rest.iter().map(|c| format!("{0} = s.{0}", identifier(&c.name))).collect();
                self.execute(
                    &format!(
                        "UPDATE {} AS t SET {} FROM {} AS s WHERE s.{ROUND} = ?1 AND s.{MATCHED} AND {}",
                        self.table.qualified(),
                        set.join(", "),
                        self.stage.qualified(),
                        self.keys_equal()
                    ),
                    &[Value::Integer(round)],
                )
            }
            When::Set(json) => {
                let set = assignments(json)?;
                let names: Vec<String> = set.iter().map(|(name, _)| name.clone()).collect();
                let columns = target_columns("merge: whenMatched", self.table, &names)?;
                let keyed = Keyed::new(self.db, self.table)?;
                let mut plan = Plan { nodes: vec![Node::Table { name: self.table.name.clone() }], root: 0 };
                let right = self.push_stage(&mut plan);
                let mut condition = equal(column(ROUND), Expr::literal(round, DataType::Long));
                condition = and(condition, equal(column(MATCHED), Expr::literal(1i64, DataType::Long)));
                for key in &self.on {
                    condition = and(condition, equal(column(&key.name), column(&excluded(&key.name))));
                }
                let input = push(&mut plan, Node::Join { left: 0, right, kind: JoinKind::Inner, on: JoinOn::Condition(condition) });
                let values = set.iter().map(|(_, expr)| self.over_excluded(expr)).collect::<Result<Vec<_>>>()?;
                let query = update::assigned_rows(&keyed, "merge", self.table, &columns, values, &mut plan, input)?;
                update::run_update(self.db, "merge", self.table, &keyed, &columns, &query)
            }
        }
    }

    fn insert(&self, when: &When, round: i64) -> Result<u64> {
        let set = match when {
            When::Ignore => return Ok(0),
            When::All => vec![],
            When::Set(json) => assignments(json)?,
        };
        let own: Vec<&&ColumnInfo> = self.incoming.iter().filter(|c| !set.iter().any(|(name, _)| same_name(name, &c.name))).collect();
        let names: Vec<String> = own.iter().map(|c| c.name.clone()).chain(set.iter().map(|(name, _)| name.clone())).collect();
        let columns = target_columns("merge: whenNotMatched", self.table, &names)?;
        let mut plan = Plan { nodes: vec![], root: 0 };
        self.push_stage(&mut plan);
        let input = plan.root;
        let condition = and(equal(column(ROUND), Expr::literal(round, DataType::Long)), equal(column(MATCHED), Expr::literal(0i64, DataType::Long)));
        let input = push(&mut plan, Node::Filter { input, condition });
        let mut values: Vec<ExprRef> = own.iter().map(|c| column(&excluded(&c.name))).collect();
        for (_, expr) in &set {
            values.push(self.over_excluded(expr)?);
        }
        let project = |values: Vec<ExprRef>| Node::Project {
            input,
            exprs: values.into_iter().enumerate().map(|(i, v)| named(v, &update::value_name(i))).collect(),
        };
        push(&mut plan, project(values.clone()));
        let types = self.db.plan_schema(&plan)?;
        let values = values
            .into_iter()
            .zip(&columns)
            .zip(&types)
            .map(|((value, column), field)| assign::assigned("merge", self.table, column, value, &field.data_type));
        let values = values.collect::<Result<Vec<_>>>()?;
        push(&mut plan, project(values));
        let query = self.db.prepare_stored_plan(&plan)?;
        let list: Vec<String> = columns.iter().map(|c| identifier(&c.name)).collect();
        self.execute(&format!("INSERT INTO {} ({}) {}", self.table.qualified(), list.join(", "), query.sql), &query.params)
    }

    /// The waiting rows with names that the table cannot have, so that a bare name means the table's column.
    fn push_stage(&self, plan: &mut Plan) -> usize {
        let input = push(plan, Node::Table { name: self.stage.name.clone() });
        let mut exprs: Vec<ExprRef> = self.incoming.iter().map(|c| named(column(&c.name), &excluded(&c.name))).collect();
        exprs.extend([named(column(ROUND), ROUND), named(column(MATCHED), MATCHED)]);
        push(plan, Node::Project { input, exprs })
    }

    /// `excluded.column` as the column of the waiting rows.
    fn over_excluded(&self, expr: &ExprRef) -> Result<ExprRef> {
        rewrite(expr, &|name| {
            let Some(rest) = name.get(..9).filter(|start| start.eq_ignore_ascii_case("excluded.")).and_then(|_| name.get(9..)) else {
                return Ok(None);
            };
            let bare = rest.strip_prefix('`').and_then(|r| r.strip_suffix('`')).map_or_else(|| rest.to_owned(), |r| r.replace("``", "`"));
            match self.incoming.iter().find(|c| same_name(&c.name, &bare)) {
                Some(found) => Ok(Some(format!("`{}`", excluded(&found.name).replace('`', "``")))),
                None => Err(self.stage_unknown(&bare)),
            }
        })
    }

    fn stage_unknown(&self, name: &str) -> Error {
        let rows = TableInfo { name: "excluded".into(), columns: self.incoming.iter().map(|c| (*c).clone()).collect(), ..self.stage.clone() };
        rows.unknown_column("merge", name)
    }
}

fn excluded(name: &str) -> String {
    format!("__moltres_excluded {name}")
}

fn equal(left: ExprRef, right: ExprRef) -> ExprRef {
    Arc::new(Expr::Binary { op: BinaryOp::Eq, left, right })
}

fn and(left: ExprRef, right: ExprRef) -> ExprRef {
    Arc::new(Expr::Binary { op: BinaryOp::And, left, right })
}

/// The columns that a plan `… → withColumns` sets.
fn assignments(json: &str) -> Result<Vec<(String, ExprRef)>> {
    let plan = wire::decode(json)?;
    match plan.nodes.get(plan.root) {
        Some(Node::WithColumns { columns, .. }) => Ok(columns.clone()),
        _ => Err(Error::internal("merge: not a set of columns")),
    }
}

/// The expression with its column names replaced where `rename` gives a name.
fn rewrite(expr: &ExprRef, rename: &dyn Fn(&str) -> Result<Option<String>>) -> Result<ExprRef> {
    let go = |e: &ExprRef| rewrite(e, rename);
    let all = |list: &[ExprRef]| list.iter().map(go).collect::<Result<Vec<_>>>();
    Ok(Arc::new(match expr.as_ref() {
        Expr::Column { name, frame: None, outer: false } => match rename(name)? {
            Some(name) => Expr::Column { name, frame: None, outer: false },
            None => return Ok(expr.clone()),
        },
        Expr::Text { sql, params } => return go(&text::parse_expression(sql, params)?),
        Expr::Unary { op, arg } => Expr::Unary { op: *op, arg: go(arg)? },
        Expr::Binary { op, left, right } => Expr::Binary { op: *op, left: go(left)?, right: go(right)? },
        Expr::Call { name, args, distinct, filter } => {
            Expr::Call { name: name.clone(), args: all(args)?, distinct: *distinct, filter: filter.as_ref().map(go).transpose()? }
        }
        Expr::Cast { arg, to } => Expr::Cast { arg: go(arg)?, to: to.clone() },
        Expr::Case { branches, otherwise } => Expr::Case {
            branches: branches.iter().map(|(c, v)| Ok((go(c)?, go(v)?))).collect::<Result<_>>()?,
            otherwise: otherwise.as_ref().map(go).transpose()?,
        },
        Expr::In { arg, list, negated } => Expr::In { arg: go(arg)?, list: all(list)?, negated: *negated },
        Expr::Alias { arg, names } => Expr::Alias { arg: go(arg)?, names: names.clone() },
        Expr::Item { arg, key } => Expr::Item { arg: go(arg)?, key: go(key)? },
        _ => return Ok(expr.clone()),
    }))
}
