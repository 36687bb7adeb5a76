//! `select`: stars are spelled out, aggregates make a global aggregate, generators make rows.

use std::rc::Rc;

use super::exprs::{Item, wants};
use super::names;
use super::resolved::{Generator, Kind, Op, RelId, Typed};
use super::scope::{Scope, same_name};
use super::{Analyzer, suggest};
use crate::error::{Code, Error, Result};
use crate::expr::registry::{self, FunctionKind};
use crate::expr::{Expr, ExprRef, Literal};
use crate::plan::Grouping;
use crate::types::DataType;
use crate::value::Value;

/// A generator call, what its columns are to be called, and where in the list they go.
struct Generated {
    call: GeneratorCall,
    names: Vec<Rc<str>>,
    at: usize,
}

/// An output of a generator: its expression (None: a plain column of it), and its name.
type Made = (Option<Typed>, Rc<str>);

struct GeneratorCall {
    sql_name: &'static str,
    arg: Typed,
}

impl Analyzer<'_> {
    pub(super) fn project(&mut self, input: RelId, exprs: &[ExprRef]) -> Result<RelId> {
        let inputs = [input];
        let mut items: Vec<Item> = vec![];
        let mut generated: Option<Generated> = None;
        for expr in exprs {
            let expr = self.parsed(expr)?;
            let (bare, aliases) = unalias(&expr);
            let stacked = stacked(bare)?;
            let bare = stacked.as_ref().unwrap_or(bare);
            if let Expr::Star { relation } = bare {
                self.star(relation.as_deref(), input, &mut items)?;
                continue;
            }
            if let Some((sql_name, args)) = generator(bare) {
                if sql_name == "json_tuple" {
                    self.json_tuple(args, &aliases, input, &mut items)?;
                    continue;
                }
                if generated.is_some() {
                    return Err(Error::unsupported("one select() takes one explode() or its like").hint("use two withColumn() in turn"));
                }
                let [arg] = args else {
                    return Err(Error::new(Code::WrongArity, format!("{sql_name}() takes 1 argument, not {}", args.len())));
                };
                let arg = self.expr(arg, &inputs)?;
                generated = Some(Generated { call: GeneratorCall { sql_name, arg }, names: aliases, at: items.len() });
                continue;
            }
            let (typed, name) = self.named(bare, &inputs)?;
            let name = match aliases.as_slice() {
                [] => name,
                [alias] => alias.clone(),
                _ => return Err(Error::invalid(format!("alias() takes one name for {}", names::display(bare)))),
            };
            items.push(Item { typed, name });
        }
        if let Some(generated) = generated {
            return self.generate(input, items, generated);
        }
        if items.is_empty() {
            return Err(Error::invalid("there is no column to select").hint("select(\"*\") takes all"));
        }
        if items.iter().any(|item| item.typed.has_aggregate()) {
            return self.aggregate(input, Grouping::GroupBy, vec![], items);
        }
        Ok(self.project_values(input, items.into_iter().map(|item| (item.typed, item.name)).collect()))
    }

    /// SQL text read; everything else as it is.
    pub(super) fn parsed(&self, expr: &ExprRef) -> Result<ExprRef> {
        match &**expr {
            Expr::Text { sql, params } => (self.parse_text)(sql, params),
            Expr::Alias { arg, names } => match &**arg {
                Expr::Text { sql, params } => {
                    let arg = (self.parse_text)(sql, params)?;
                    let arg = match &*arg {
                        Expr::Alias { arg, .. } => arg.clone(),
                        _ => arg,
                    };
                    Ok(std::sync::Arc::new(Expr::Alias { arg, names: names.clone() }))
                }
                _ => Ok(expr.clone()),
            },
            _ => Ok(expr.clone()),
        }
    }

    /// An expression and the name its column has without an alias.
    pub(super) fn named(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<(Typed, Rc<str>)> {
        if let Expr::Column { name, frame, outer } = expr {
            let (typed, name) = self.column(name, *frame, *outer, inputs)?;
            return Ok((typed, name.into()));
        }
        Ok((self.expr(expr, inputs)?, names::result_name(expr).into()))
    }

    fn star(&self, relation: Option<&str>, input: RelId, items: &mut Vec<Item>) -> Result<()> {
        let node = &self.nodes[input];
        let before = items.len();
        for (i, column) in node.visible().iter().enumerate() {
            let wanted = relation.is_none_or(|r| column.qualifier.as_deref().is_some_and(|q| same_name(q, r)));
            if wanted {
                items.push(Item { typed: Typed::col(i, column), name: column.name.clone() });
            }
        }
        let Some(relation) = relation else { return Ok(()) };
        if items.len() > before {
            return Ok(());
        }
        // The fields of a struct column.
        for (i, column) in node.visible().iter().enumerate() {
            if let (true, DataType::Struct(fields)) = (same_name(&column.name, relation), &column.data_type) {
                for (field, _) in fields {
                    let typed = super::exprs::item(Typed::col(i, column), Typed::literal(field.as_str(), DataType::String))?;
                    items.push(Item { typed, name: field.as_str().into() });
                }
                return Ok(());
            }
        }
        let inputs = [input];
        let scope = Scope { nodes: &self.nodes, inputs: &inputs };
        Err(suggest::unknown(Code::UnknownColumn, "alias", relation, "aliases", &scope.qualifiers()))
    }

    fn json_tuple(&mut self, args: &[ExprRef], aliases: &[Rc<str>], input: RelId, items: &mut Vec<Item>) -> Result<()> {
        let Some((json, fields)) = args.split_first().filter(|(_, fields)| !fields.is_empty()) else {
            return Err(Error::new(Code::WrongArity, "jsonTuple() takes a column and at least one field"));
        };
        if !aliases.is_empty() && aliases.len() != fields.len() {
            return Err(Error::invalid(format!("jsonTuple() makes {} columns, alias() gives {} names", fields.len(), aliases.len())));
        }
        let json = self.expr(json, &[input])?;
        for (i, field) in fields.iter().enumerate() {
            let field = self.expr(field, &[input])?;
            let path = match field.kind {
                Kind::Literal(crate::value::Value::Text(name)) => format!("$['{}']", name.replace('\'', "\\'")),
                _ => return Err(Error::invalid("the fields of jsonTuple() must be texts")),
            };
            let args = vec![json.clone(), Typed::literal(path, DataType::String)];
            let typed = Typed::call("get_json_object", args, DataType::String, true);
            items.push(Item { typed, name: aliases.get(i).cloned().unwrap_or_else(|| format!("c{i}").into()) });
        }
        Ok(())
    }

    /// Rows from an array or map: the generator below, the projection above.
    fn generate(&mut self, input: RelId, items: Vec<Item>, generated: Generated) -> Result<RelId> {
        let Generated { call: GeneratorCall { sql_name, arg }, names, at } = generated;
        if items.iter().any(|i| i.typed.has_aggregate()) || arg.has_aggregate() {
            return Err(Error::new(Code::MisplacedAggregate, format!("{sql_name}() and an aggregate cannot stand in one select()")));
        }
        let n_input = self.nodes[input].columns.len();
        let (rel, made) = self.generator(input, sql_name, arg, &names)?;
        let mut all: Vec<(Typed, Rc<str>)> = items.into_iter().map(|i| (i.typed, i.name)).collect();
        let outputs: Vec<(Typed, Rc<str>)> = made
            .into_iter()
            .enumerate()
            .map(|(i, (typed, name))| (typed.unwrap_or_else(|| Typed::col(n_input + i, &self.nodes[rel].columns[n_input + i])), name))
            .collect();
        all.splice(at..at, outputs);
        Ok(self.project_values(rel, all))
    }

    /// The relation that a generator makes over its input, and the outputs (None: its plain columns) with their names.
    fn generator(&mut self, input: RelId, sql_name: &str, arg: Typed, names: &[Rc<str>]) -> Result<(RelId, Vec<Made>)> {
        let outer = sql_name.ends_with("outer");
        let pos = sql_name.starts_with("pos");
        let inline = sql_name.starts_with("inline");
        let (kind, made): (Generator, Vec<(&str, DataType)>) = match (&arg.data_type, pos) {
            (DataType::Map(k, v), false) => (Generator::ExplodeMap, vec![("key", (**k).clone()), ("value", (**v).clone())]),
            (DataType::Map(k, v), true) => (Generator::PosExplodeMap, vec![("pos", DataType::Int), ("key", (**k).clone()), ("value", (**v).clone())]),
            (t @ (DataType::Array(_) | DataType::Json | DataType::Any | DataType::Void), pos) => {
                let element = match t {
                    DataType::Array(element) => (**element).clone(),
                    DataType::Json => DataType::Json,
                    _ => DataType::Any,
                };
                if pos {
                    (Generator::PosExplode, vec![("pos", DataType::Int), ("col", element)])
                } else {
                    (Generator::Explode, vec![("col", element)])
                }
            }
            (other, _) => return Err(wants(&format!("{sql_name}()"), "an array or map", other).hint("split() makes an array of a text")),
        };
        let fields = match (inline, made.last()) {
            (true, Some((_, DataType::Struct(fields)))) => Some(fields.clone()),
            (true, _) => return Err(wants(&format!("{sql_name}()"), "an array of structs", &arg.data_type)),
            _ => None,
        };
        let n_out = fields.as_ref().map_or(made.len(), Vec::len);
        if !names.is_empty() && names.len() != n_out {
            return Err(Error::invalid(format!("{sql_name}() makes {n_out} column(s), alias() gives {} name(s)", names.len())));
        }
        let mut columns = super::passed(&self.nodes[input].columns, 0);
        for (name, t) in &made {
            let nullable = outer || *name != "pos";
            columns.push(self.new_column(*name, t.clone(), nullable));
        }
        let n = columns.len();
        let rel = self.push(Op::Generate { input, generator: kind, arg, outer }, columns, n);
        let name_of = |i: usize, default: &str| names.get(i).cloned().unwrap_or_else(|| default.into());
        if let Some(fields) = fields {
            let whole = Typed::col(n - 1, &self.nodes[rel].columns[n - 1]);
            let mut outputs = vec![];
            for (i, (field, _)) in fields.iter().enumerate() {
                let typed = super::exprs::item(whole.clone(), Typed::literal(field.as_str(), DataType::String))?;
                outputs.push((Some(typed), name_of(i, field)));
            }
            return Ok((rel, outputs));
        }
        Ok((rel, made.iter().enumerate().map(|(i, (name, _))| (None, name_of(i, name))).collect()))
    }

    pub(super) fn with_columns(&mut self, input: RelId, columns: &[(String, ExprRef)]) -> Result<RelId> {
        let inputs = [input];
        if let [(name, expr)] = columns {
            let expr = self.parsed(expr)?;
            let (bare, _) = unalias(&expr);
            if let Some((sql_name, args)) = generator(bare)
                && let [arg] = args
                && sql_name != "json_tuple"
            {
                let arg = self.expr(arg, &inputs)?;
                let (rel, made) = self.generator(input, sql_name, arg, &[])?;
                let [(None, _)] = made.as_slice() else {
                    return Err(Error::invalid(format!("{sql_name}() makes several columns, withColumn() names one")).hint("use select()"));
                };
                let at = self.nodes[rel].columns.len() - 1;
                let typed = Typed::col(at, &self.nodes[rel].columns[at]);
                return Ok(self.replace_columns(rel, self.nodes[input].n_visible, vec![(name.as_str().into(), typed)]));
            }
        }
        let mut new: Vec<(Rc<str>, Typed)> = vec![];
        for (name, expr) in columns {
            let typed = self.expr(expr, &inputs)?;
            if typed.has_aggregate() {
                return Err(Error::new(
                    Code::MisplacedAggregate,
                    format!("{} aggregates all rows, a column has one value per row", names::display(expr)),
                )
                .hint("give it over(Window.partitionBy(…)), or use agg()"));
            }
            new.push((name.as_str().into(), typed));
        }
        Ok(self.replace_columns(input, self.nodes[input].n_visible, new))
    }

    /// The first `n` columns of `input` with some replaced in place, the others added at the end.
    pub(super) fn replace_columns(&mut self, input: RelId, n: usize, new: Vec<(Rc<str>, Typed)>) -> RelId {
        let mut items: Vec<(Typed, Rc<str>, bool)> =
            self.nodes[input].columns[..n].iter().enumerate().map(|(i, c)| (Typed::col(i, c), c.name.clone(), true)).collect();
        for (name, typed) in new {
            let mut replaced = false;
            for item in items.iter_mut().filter(|item| same_name(&item.1, &name)) {
                *item = (typed.clone(), name.clone(), false);
                replaced = true;
            }
            if !replaced {
                items.push((typed, name, false));
            }
        }
        let mut columns = vec![];
        let mut exprs = vec![];
        for (typed, name, kept) in items {
            columns.push(if kept { self.output_column(input, &typed, name) } else { self.new_column(name, typed.data_type.clone(), typed.nullable) });
            exprs.push(typed);
        }
        let n = columns.len();
        self.push(Op::Project { input, exprs }, columns, n)
    }
}

/// The expression below its alias, and the names given.
pub(super) fn unalias(expr: &ExprRef) -> (&Expr, Vec<Rc<str>>) {
    match &**expr {
        Expr::Alias { arg, names } => {
            let (bare, _) = unalias(arg);
            (bare, names.iter().map(|n| n.as_str().into()).collect())
        }
        other => (other, vec![]),
    }
}

/// The most rows that `stack()` makes of a row.
const MAX_STACKED: i64 = 10_000;

/// `stack(2, a, b, c, d)` is `inline(array(named_struct('col0', a, 'col1', b), named_struct('col0', c, 'col1', d)))`.
fn stacked(expr: &Expr) -> Result<Option<Expr>> {
    let Expr::Call { name, args, .. } = expr else { return Ok(None) };
    if registry::lookup(name).is_none_or(|f| f.sql_name != "stack") {
        return Ok(None);
    }
    let Some((n, values)) = args.split_first().filter(|(_, values)| !values.is_empty()) else {
        return Err(Error::new(Code::WrongArity, "stack() takes a number of rows and at least one value"));
    };
    let n = match &**n {
        Expr::Literal(Literal { value: Value::Integer(n @ 1..=MAX_STACKED), .. }) => *n as usize,
        _ => return Err(Error::invalid(format!("stack(): the number of rows must be a constant from 1 to {MAX_STACKED}"))),
    };
    let width = values.len().div_ceil(n);
    let null = Expr::literal(Value::Null, DataType::Void);
    let row = |i: usize| {
        let value = |j: usize| values.get(i * width + j).unwrap_or(&null).clone();
        Expr::call("named_struct", (0..width).flat_map(|j| [Expr::literal(format!("col{j}"), DataType::String), value(j)]).collect())
    };
    let rows = Expr::call("array", (0..n).map(row).collect());
    Ok(Some(Expr::Call { name: "inline".into(), args: vec![rows], distinct: false, filter: None }))
}

fn generator(expr: &Expr) -> Option<(&'static str, &[ExprRef])> {
    let Expr::Call { name, args, .. } = expr else { return None };
    registry::lookup(name).filter(|f| f.kind == FunctionKind::Generator).map(|f| (f.sql_name, args.as_slice()))
}
