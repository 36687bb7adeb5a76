//! Expressions: names become positions, every part gets a type, implicit casts are put in, misuse is refused.

use std::rc::Rc;

use super::Analyzer;
use super::coerce::{self, to_comparable, to_type};
use super::names;
use super::resolved::{Kind, RelId, SortKey, Typed, Window};
use super::scope::{Lookup, Name, Scope, ambiguous};
use crate::error::{Code, Error, Result};
use crate::expr::casts::{cast_may_fail, cast_steps};
use crate::expr::{BinaryOp, Expr, ExprRef, FrameBound, UnaryOp, WindowFrame, WindowSpec};
use crate::plan::NodeId;
use crate::types::DataType;
use crate::value::Value;

impl Analyzer<'_> {
    /// A scalar, boolean or aggregate expression over the columns of `inputs`.
    pub(super) fn expr(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<Typed> {
        match expr {
            Expr::Column { name, frame, outer } => Ok(self.column(name, *frame, *outer, inputs)?.0),
            Expr::Star { .. } => Err(Error::invalid("* stands for columns only in select() and count()")),
            Expr::Literal(literal) => Ok(Typed::literal(literal.value.clone(), literal.data_type.clone())),
            Expr::Unary { op, arg } => self.unary(*op, arg, inputs),
            Expr::Binary { op, left, right } => self.binary(*op, left, right, inputs),
            Expr::Call { name, args, distinct, filter } => self.call(name, args, *distinct, filter.as_ref(), inputs),
            Expr::Cast { arg, to } => {
                let arg = self.expr(arg, inputs)?;
                explicit_cast(arg, to)
            }
            Expr::Case { branches, otherwise } => self.case(branches, otherwise.as_ref(), inputs),
            Expr::In { arg, list, negated } => self.in_list(arg, list, *negated, inputs),
            Expr::InQuery { arg, plan, negated } => self.in_query(arg, *plan, *negated, inputs),
            Expr::Exists { plan, negated } => {
                let plan = self.subplan(*plan, inputs)?;
                Ok(Typed::new(Kind::Exists { plan, negated: *negated }, DataType::Boolean, false))
            }
            Expr::ScalarQuery { plan } => {
                let plan = self.subplan(*plan, inputs)?;
                let [column] = self.nodes[plan].visible() else {
                    return Err(one_column("a scalar subquery", self.nodes[plan].n_visible));
                };
                let data_type = column.data_type.clone();
                Ok(Typed::new(Kind::ScalarQuery { plan }, data_type, true))
            }
            Expr::Alias { arg, .. } => self.expr(arg, inputs),
            Expr::Sort { .. } => Err(Error::invalid("asc() and desc() belong into orderBy() and windows")),
            Expr::Window { function, spec } => self.window(function, spec, inputs),
            Expr::Item { arg, key } => {
                let arg = self.expr(arg, inputs)?;
                let key = self.expr(key, inputs)?;
                item(arg, key)
            }
            Expr::Text { sql, params } => {
                let parsed = (self.parse_text)(sql, params)?;
                self.expr(&parsed, inputs)
            }
        }
    }

    /// A condition: boolean, or unknown to us.
    pub(super) fn condition(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let typed = self.expr(expr, inputs)?;
        boolean(typed, "a condition")
    }

    /// The column of that name, and the name its result has.
    pub(super) fn column(&mut self, name: &str, frame: Option<NodeId>, outer: bool, inputs: &[RelId]) -> Result<(Typed, String)> {
        if let Some(frame) = frame {
            return self.column_of_frame(name, frame, inputs);
        }
        let parsed = Name::parse(name)?;
        let mut own_error = None;
        if !outer {
            match (Scope { nodes: &self.nodes, inputs }).find(&parsed) {
                Lookup::Found(found) => {
                    let column = self.column_at(inputs, found.index);
                    let typed = fields(Typed::col(found.index, column), &found.fields)?;
                    return Ok((typed, found.name));
                }
                Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
                Lookup::Missing => own_error = Some((Scope { nodes: &self.nodes, inputs }).missing(&parsed)),
            }
        }
        for level in 1..=self.levels.len() {
            let enclosing = self.levels[self.levels.len() - level].inputs.clone();
            match (Scope { nodes: &self.nodes, inputs: &enclosing }).find(&parsed) {
                Lookup::Found(found) => {
                    let column = self.column_at(&enclosing, found.index);
                    let typed = Typed::new(Kind::Outer { level, index: found.index }, column.data_type.clone(), column.nullable);
                    let typed = fields(typed, &found.fields)?;
                    self.reach = self.reach.max(level);
                    return Ok((typed, found.name));
                }
                Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
                Lookup::Missing => {}
            }
        }
        Err(own_error.unwrap_or_else(|| {
            let error = Error::new(Code::UnknownColumn, format!("outer column \"{}\" not found", parsed.text())).detail("name", parsed.text());
            if self.levels.is_empty() { error.hint("outer() is for subqueries: exists, scalarSubquery, isin") } else { error }
        }))
    }

    pub(super) fn column_at(&self, inputs: &[RelId], index: usize) -> &super::resolved::Column {
        let mut rest = index;
        for rel in inputs {
            let columns = &self.nodes[*rel].columns;
            if rest < columns.len() {
                return &columns[rest];
            }
            rest -= columns.len();
        }
        unreachable!("positions come from these inputs")
    }

    /// `df.col(name)`: the column of the input that came unchanged from that frame.
    fn column_of_frame(&mut self, name: &str, frame: NodeId, inputs: &[RelId]) -> Result<(Typed, String)> {
        let parsed = Name::parse(name)?;
        let rel = self.analyze_plan(frame)?;
        let at = [rel];
        let found = match (Scope { nodes: &self.nodes, inputs: &at }).find(&parsed) {
            Lookup::Found(found) => found,
            Lookup::Ambiguous(candidates) => return Err(ambiguous(&parsed.text(), &candidates)),
            Lookup::Missing => return Err((Scope { nodes: &self.nodes, inputs: &at }).missing(&parsed)),
        };
        let attr = self.nodes[rel].columns[found.index].attr;
        let all: Vec<Vec<RelId>> = std::iter::once(inputs.to_vec()).chain(self.levels.iter().rev().map(|level| level.inputs.clone())).collect();
        for (level, inputs) in all.iter().enumerate() {
            let mut offset = 0;
            let mut hits: Vec<(usize, usize)> = vec![];
            let mut loose: Vec<(usize, usize)> = vec![];
            for input in inputs {
                for (i, column) in self.nodes[*input].columns.iter().enumerate() {
                    if column.attr == attr {
                        match self.steps_to(*input, i, rel, found.index) {
                            Some(steps) => hits.push((steps, offset + i)),
                            None => loose.push((0, offset + i)),
                        }
                    }
                }
                offset += self.nodes[*input].columns.len();
            }
            if hits.is_empty() {
                hits = loose;
            }
            let Some(nearest) = hits.iter().map(|(steps, _)| *steps).min() else { continue };
            let mut best = hits.iter().filter(|(steps, _)| *steps == nearest).map(|(_, at)| *at);
            let (Some(index), None) = (best.next(), best.next()) else {
                return Err(ambiguous(&parsed.text(), &["both sides, which are the same frame".to_owned()])
                    .hint("give each side an alias() and write \"alias.column\""));
            };
            let column = self.column_at(inputs, index);
            let kind = if level == 0 { Kind::Col(index) } else { Kind::Outer { level, index } };
            let typed = fields(Typed::new(kind, column.data_type.clone(), column.nullable), &found.fields)?;
            self.reach = self.reach.max(level);
            return Ok((typed, found.name));
        }
        let error = (Scope { nodes: &self.nodes, inputs }).missing(&parsed);
        Err(error.hint(format!(
            "col(\"{}\") of a frame must be among the columns that this verb sees; an expression or select in between makes new columns",
            parsed.text()
        )))
    }

    /// How many verbs lie between this column and that one of `frame`, if it is the same column passed on.
    fn steps_to(&self, rel: RelId, index: usize, frame: RelId, frame_index: usize) -> Option<usize> {
        let (mut rel, mut index, mut steps) = (rel, index, 0);
        loop {
            if rel == frame && index == frame_index {
                return Some(steps);
            }
            let (slot, below) = self.nodes[rel].columns.get(index)?.from?;
            rel = *self.nodes[rel].op.inputs().get(usize::from(slot))?;
            index = below as usize;
            steps += 1;
        }
    }

    fn unary(&mut self, op: UnaryOp, arg: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        Ok(match op {
            UnaryOp::IsNull | UnaryOp::IsNotNull => Typed::unary(op, arg, DataType::Boolean),
            UnaryOp::Not => Typed::unary(op, boolean(arg, "NOT")?, DataType::Boolean),
            UnaryOp::Neg => {
                if let Kind::Literal(Value::Integer(i)) = arg.kind
                    && i != i64::MIN
                    && arg.data_type.is_integer()
                {
                    return Ok(Typed::literal(-i, arg.data_type));
                }
                if let (Kind::Literal(Value::Real(r)), true) = (&arg.kind, arg.data_type.is_fractional()) {
                    return Ok(Typed::literal(-*r, arg.data_type));
                }
                let arg = if arg.data_type == DataType::String { to_type(arg, &DataType::Double) } else { arg };
                if !arg.data_type.is_numeric() && !matches!(arg.data_type, DataType::Void | DataType::Any) {
                    return Err(wants("neg()", "a number", &arg.data_type));
                }
                let t = arg.data_type.clone();
                Typed::unary(op, arg, t)
            }
            UnaryOp::BitNot => {
                if !arg.data_type.is_integer() && !matches!(arg.data_type, DataType::Void | DataType::Any) {
                    return Err(wants("~", "an integer", &arg.data_type));
                }
                let t = arg.data_type.clone();
                Typed::unary(op, arg, t)
            }
        })
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, inputs: &[RelId]) -> Result<Typed> {
        let left = self.expr(left, inputs)?;
        let right = self.expr(right, inputs)?;
        binary(op, left, right)
    }

    fn case(&mut self, branches: &[(ExprRef, ExprRef)], otherwise: Option<&ExprRef>, inputs: &[RelId]) -> Result<Typed> {
        let mut conditions = vec![];
        let mut values = vec![];
        for (c, v) in branches {
            conditions.push(boolean(self.expr(c, inputs)?, "when()")?);
            values.push(self.expr(v, inputs)?);
        }
        if let Some(e) = otherwise {
            values.push(self.expr(e, inputs)?);
        }
        let (mut values, data_type) = coerce::unify(values, "when()")?;
        let otherwise = if otherwise.is_some() { values.pop().map(Box::new) } else { None };
        let nullable = otherwise.as_ref().is_none_or(|e| e.nullable) || values.iter().any(|v| v.nullable);
        Ok(Typed::new(Kind::Case { branches: conditions.into_iter().zip(values).collect(), otherwise }, data_type, nullable))
    }

    fn in_list(&mut self, arg: &Expr, list: &[ExprRef], negated: bool, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        let list = list.iter().map(|e| self.expr(e, inputs)).collect::<Result<Vec<_>>>()?;
        let mut to = arg.data_type.clone();
        for item in &list {
            to = coerce::comparison(&to, &item.data_type).ok_or_else(|| coerce::mismatch("isin()", &to, &item.data_type))?;
        }
        let arg = to_comparable(arg, &to);
        let list: Vec<Typed> = list.into_iter().map(|e| to_comparable(e, &to)).collect();
        let nullable = arg.nullable || list.iter().any(|e| e.nullable);
        Ok(Typed::new(Kind::In { arg: Box::new(arg), list, negated }, DataType::Boolean, nullable))
    }

    fn in_query(&mut self, arg: &Expr, plan: NodeId, negated: bool, inputs: &[RelId]) -> Result<Typed> {
        let arg = self.expr(arg, inputs)?;
        let mut plan = self.subplan(plan, inputs)?;
        let [column] = self.nodes[plan].visible() else {
            return Err(one_column("isin()", self.nodes[plan].n_visible));
        };
        let column = column.clone();
        let to =
            coerce::comparison(&arg.data_type, &column.data_type).ok_or_else(|| coerce::mismatch("isin()", &arg.data_type, &column.data_type))?;
        let arg = to_comparable(arg, &to);
        let value = to_comparable(Typed::col(0, &column), &to);
        if !matches!(value.kind, Kind::Col(_)) {
            plan = self.project_values(plan, vec![(value, column.name.clone())]);
        }
        let nullable = arg.nullable || column.nullable;
        Ok(Typed::new(Kind::InQuery { arg: Box::new(arg), plan, negated }, DataType::Boolean, nullable))
    }

    /// The plan of a subquery, analysed with the columns of `inputs` as its outer row.
    fn subplan(&mut self, plan: NodeId, inputs: &[RelId]) -> Result<RelId> {
        if self.levels.len() > 20 {
            return Err(Error::unsupported("subqueries may nest at most 20 deep"));
        }
        self.levels.push(super::Level { inputs: inputs.to_vec(), local: Default::default() });
        let result = self.analyze_plan(plan);
        self.levels.pop();
        let rel = result?;
        self.reach = self.reach.max(self.nodes[rel].outer_level.saturating_sub(1));
        Ok(rel)
    }

    pub(super) fn sort_key(&mut self, expr: &Expr, inputs: &[RelId]) -> Result<SortKey> {
        let parsed;
        let expr = match expr {
            Expr::Text { sql, params } => {
                parsed = (self.parse_text)(sql, params)?;
                &*parsed
            }
            other => other,
        };
        let (arg, descending, nulls_first) = match expr {
            Expr::Sort { arg, descending, nulls_first } => (&**arg, *descending, *nulls_first),
            other => (other, false, None),
        };
        let expr = self.expr(arg, inputs)?;
        Ok(SortKey { expr, descending, nulls_first: nulls_first.unwrap_or(!descending) })
    }

    fn window(&mut self, function: &Expr, spec: &WindowSpec, inputs: &[RelId]) -> Result<Typed> {
        let parsed;
        let function = match function {
            Expr::Text { sql, params } => {
                parsed = (self.parse_text)(sql, params)?;
                &*parsed
            }
            Expr::Alias { arg, .. } => &**arg,
            other => other,
        };
        let Expr::Call { name, args, distinct, filter } = function else {
            return Err(Error::new(
                Code::MisplacedWindow,
                format!("over() follows a window or aggregate function, not {}", names::display(function)),
            ));
        };
        if *distinct || matches!(name.to_lowercase().as_str(), "countdistinct" | "count_distinct" | "sumdistinct" | "sum_distinct") {
            return Err(Error::unsupported(format!("{} cannot be used over a window", names::display(function)))
                .hint("size(collect_set(…).over(window)) counts distinct values"));
        }
        let (function, needs_order) = self.window_function(name, args, filter.as_ref(), inputs)?;
        let partition_by = spec.partition_by.iter().map(|e| self.expr(e, inputs)).collect::<Result<Vec<_>>>()?;
        let order_by = spec.order_by.iter().map(|e| self.sort_key(e, inputs)).collect::<Result<Vec<_>>>()?;
        for e in partition_by.iter().chain(order_by.iter().map(|k| &k.expr)).chain(function.children()) {
            if e.has_window() {
                return Err(Error::new(Code::MisplacedWindow, "a window function cannot stand inside another")
                    .hint("compute the inner one with withColumn() first"));
            }
        }
        if needs_order && order_by.is_empty() {
            return Err(Error::new(Code::MisplacedWindow, format!("{name}() needs a window with orderBy()")).hint("Window.partitionBy(…).orderBy(…)"));
        }
        let mut order_by = order_by;
        if let Some(frame) = &spec.frame {
            check_frame(frame, &mut order_by)?;
        }
        let (data_type, nullable) = (function.data_type.clone(), function.nullable || shrinks(spec.frame.as_ref()) && !is_count(&function));
        let frame = spec.frame;
        Ok(Typed::new(Kind::Window(Box::new(Window { function, partition_by, order_by, frame })), data_type, nullable))
    }
}

fn is_count(function: &Typed) -> bool {
    matches!(&function.kind, Kind::Call(c) if &*c.sql_name == "count")
}

/// Can the frame of a row be empty?
fn shrinks(frame: Option<&WindowFrame>) -> bool {
    frame.is_some_and(|f| matches!(f.end, FrameBound::Offset(n) if n < 0.0) || matches!(f.start, FrameBound::Offset(n) if n > 0.0))
}

fn check_frame(frame: &WindowFrame, order_by: &mut [SortKey]) -> Result<()> {
    let position = |b: FrameBound| match b {
        FrameBound::UnboundedPreceding => f64::NEG_INFINITY,
        FrameBound::Offset(n) => n,
        FrameBound::CurrentRow => 0.0,
        FrameBound::UnboundedFollowing => f64::INFINITY,
    };
    let bad_end = |b: FrameBound| matches!(b, FrameBound::Offset(n) if n.is_nan());
    if position(frame.start) > position(frame.end)
        || frame.start == FrameBound::UnboundedFollowing
        || frame.end == FrameBound::UnboundedPreceding
        || bad_end(frame.start)
        || bad_end(frame.end)
    {
        return Err(Error::invalid("a window frame must begin before it ends"));
    }
    let offsets = [frame.start, frame.end].iter().any(|b| matches!(b, FrameBound::Offset(n) if *n != 0.0));
    if frame.rows {
        if [frame.start, frame.end].iter().any(|b| matches!(b, FrameBound::Offset(n) if n.fract() != 0.0)) {
            return Err(Error::invalid("rowsBetween() counts whole rows"));
        }
        return Ok(());
    }
    if offsets {
        let [key] = order_by else {
            return Err(Error::invalid("rangeBetween() with offsets needs exactly one orderBy() key").hint("use rowsBetween()"));
        };
        match &key.expr.data_type {
            t if t.is_numeric() || *t == DataType::Any => {}
            DataType::Date => {
                let arg = std::mem::replace(&mut key.expr, Typed::null(DataType::Void));
                let nullable = arg.nullable;
                key.expr = Typed::call("julianday", vec![arg], DataType::Double, nullable);
            }
            t => {
                return Err(Error::new(Code::TypeMismatch, format!("rangeBetween() with offsets needs a number to order by, not {t}"))
                    .hint("use rowsBetween(), or order by a number such as datediff()"));
            }
        }
    } else if order_by.is_empty() && (frame.start == FrameBound::CurrentRow || frame.end == FrameBound::CurrentRow) {
        return Err(Error::new(Code::MisplacedWindow, "a range up to the current row needs orderBy()"));
    }
    Ok(())
}

pub(super) fn wants(what: &str, wanted: &str, got: &DataType) -> Error {
    Error::new(Code::TypeMismatch, format!("{what} needs {wanted}, not {got}")).hint("cast() converts")
}

fn one_column(what: &str, n: usize) -> Error {
    Error::new(Code::TypeMismatch, format!("{what} needs a frame of one column, not {n}")).hint("select() the column that is meant")
}

pub(super) fn boolean(typed: Typed, what: &str) -> Result<Typed> {
    match typed.data_type {
        DataType::Boolean | DataType::Any => Ok(typed),
        DataType::Void => Ok(Typed { data_type: DataType::Boolean, ..typed }),
        ref other => Err(wants(what, "a boolean", other).hint("compare it with something, as in col(\"x\").gt(0)")),
    }
}

/// Takes fields of a struct, one inside the other.
fn fields(typed: Typed, fields: &[String]) -> Result<Typed> {
    fields.iter().try_fold(typed, |typed, field| item(typed, Typed::literal(field.as_str(), DataType::String)))
}

pub(super) fn item(arg: Typed, key: Typed) -> Result<Typed> {
    let name = match &key.kind {
        Kind::Literal(Value::Text(s)) => Some(s.clone()),
        _ => None,
    };
    let data_type = match (&arg.data_type, name) {
        (DataType::Struct(fields), Some(name)) => {
            let found = fields.iter().find(|(n, _)| *n == name).or_else(|| fields.iter().find(|(n, _)| super::scope::same_name(n, &name)));
            let Some((exact, t)) = found else {
                let existing: Vec<&str> = fields.iter().map(|(n, _)| n.as_str()).collect();
                return Err(super::suggest::unknown(Code::UnknownColumn, "field", &name, "fields", &existing));
            };
            let (exact, t) = (exact.clone(), t.clone());
            let key = Typed::literal(exact, DataType::String);
            return Ok(Typed::new(Kind::Item { arg: Box::new(arg), key: Box::new(key) }, t, true));
        }
        (DataType::Array(_), _) if !key.data_type.is_integer() && !matches!(key.data_type, DataType::Any | DataType::Void) => {
            return Err(wants("getItem() of an array", "an integer", &key.data_type));
        }
        (DataType::Array(element), _) => (**element).clone(),
        (DataType::Map(_, value), _) => (**value).clone(),
        (DataType::Json, _) => DataType::Json,
        (DataType::Any | DataType::Void, _) => DataType::Any,
        (other, _) => return Err(wants("getItem()", "an array, struct or map", other)),
    };
    Ok(Typed::new(Kind::Item { arg: Box::new(arg), key: Box::new(key) }, data_type, true))
}

pub(super) fn explicit_cast(arg: Typed, to: &DataType) -> Result<Typed> {
    if arg.data_type == *to {
        return Ok(arg);
    }
    cast_steps(&arg.data_type, to)?;
    if let Kind::Literal(value) = &arg.kind
        && let Some(value) = coerce::convert_literal(value, &arg.data_type, to)
    {
        return Ok(Typed::literal(value, to.clone()));
    }
    let nullable = arg.nullable || cast_may_fail(&arg.data_type, to);
    Ok(Typed::new(Kind::Cast(Box::new(arg)), to.clone(), nullable))
}

/// An operator over two typed sides.
pub(super) fn binary(op: BinaryOp, left: Typed, right: Typed) -> Result<Typed> {
    use BinaryOp as B;
    let (a, b) = (left.data_type.clone(), right.data_type.clone());
    let what = names::symbol(op);
    Ok(match op {
        B::And | B::Or => Typed::binary(op, boolean(left, what)?, boolean(right, what)?, DataType::Boolean),
        B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge | B::EqNullSafe => {
            let to = coerce::comparison(&a, &b).ok_or_else(|| coerce::mismatch(what, &a, &b))?;
            Typed::binary(op, to_comparable(left, &to), to_comparable(right, &to), DataType::Boolean)
        }
        B::BitAnd | B::BitOr | B::BitXor => {
            let to = coerce::comparison(&a, &b)
                .filter(|t| t.is_integer() || matches!(t, DataType::Void | DataType::Any))
                .ok_or_else(|| coerce::mismatch(what, &a, &b))?;
            Typed::binary(op, to_type(left, &to), to_type(right, &to), to)
        }
        B::Add | B::Sub if a.is_temporal() || b.is_temporal() => dates(op, left, right)?,
        B::Add | B::Sub | B::Mul | B::Div | B::Mod => {
            let (side, result) = coerce::arithmetic(op, &a, &b).ok_or_else(|| coerce::mismatch(what, &a, &b))?;
            // Text becomes a number; numbers of two kinds mix by themselves.
            let bring = |e: Typed| {
                let text = e.data_type == DataType::String;
                let literal = matches!(e.kind, Kind::Literal(_)) && side == DataType::Double && e.data_type.is_integer() && op != B::Div;
                if text {
                    to_type(e, &DataType::Double)
                } else if literal {
                    to_type(e, &side)
                } else {
                    e
                }
            };
            Typed::binary(op, bring(left), bring(right), result)
        }
    })
}

/// Days added to a date, and the days between two.
fn dates(op: BinaryOp, left: Typed, right: Typed) -> Result<Typed> {
    let (a, b) = (left.data_type.clone(), right.data_type.clone());
    let nullable = left.nullable || right.nullable;
    let call = |name: &str, args, t| Ok(Typed::call(name, args, t, nullable));
    match (op, &a, &b) {
        (BinaryOp::Add, DataType::Date, n) if n.is_integer() => call("date_add", vec![left, right], DataType::Date),
        (BinaryOp::Add, n, DataType::Date) if n.is_integer() => call("date_add", vec![right, left], DataType::Date),
        (BinaryOp::Sub, DataType::Date, n) if n.is_integer() => call("date_sub", vec![left, right], DataType::Date),
        (BinaryOp::Sub, DataType::Date, DataType::Date) => call("datediff", vec![left, right], DataType::Int),
        _ => Err(coerce::mismatch(names::symbol(op), &a, &b).hint("dateAdd(), dateSub() and datediff() compute with dates")),
    }
}

/// A column made of one expression, for output.
pub(super) struct Item {
    pub typed: Typed,
    pub name: Rc<str>,
}
