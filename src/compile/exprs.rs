//! From typed expressions to SQL expressions, where SQLite's operators mean what PySpark's do, and to calls where they do not.

use super::ast::{self, E, Facts, Order, Precedence as P, Query, Sql, call, infix, literal, make, plain};
use super::lower::Lowerer;
use super::operators::{cast, negate, operator};
use crate::analyze::resolved::{Call, Kind, RelId, SortKey, Typed, Window};
use crate::error::{Error, Result};
use crate::expr::registry;
use crate::expr::{BinaryOp, FrameBound, UnaryOp, WindowFrame};
use crate::types::DataType;
use crate::value::Value;

/// More values than this in an IN become one JSON parameter.
const MAX_LISTED: usize = 200;

impl Lowerer<'_> {
    /// `cols`: what the positions of the expression stand for.
    pub(super) fn expr(&mut self, typed: &Typed, cols: &[E]) -> Result<E> {
        Ok(match &typed.kind {
            Kind::Col(index) => cols.get(*index).cloned().ok_or_else(|| Error::internal("a column position out of range"))?,
            Kind::Outer { level, index } => self
                .outer
                .len()
                .checked_sub(*level)
                .and_then(|at| self.outer[at].get(*index))
                .cloned()
                .ok_or_else(|| Error::internal("an outer column out of range"))?,
            Kind::Literal(value) => literal(value.clone(), typed.data_type.clone()),
            Kind::Unary { op: UnaryOp::Neg, arg } if typed.data_type.is_integer() => {
                let arg = self.expr(arg, cols)?;
                self.wrapped(&typed.data_type, "negative", vec![arg.clone()], plain(Sql::Prefix { op: "-", precedence: P::Unary, arg }))
            }
            Kind::Unary { op, arg } => self.unary(*op, arg, cols)?,
            Kind::Binary { .. } => self.binary(typed, cols)?,
            Kind::Call(c) => self.call(c, cols)?,
            Kind::Cast(arg) => {
                let inner = self.expr(arg, cols)?;
                cast(inner, &arg.data_type, &typed.data_type)?
            }
            Kind::Case { branches, otherwise } => self.case(branches, otherwise.as_deref(), cols)?,
            Kind::In { arg, list, negated } => self.in_list(arg, list, *negated, cols)?,
            Kind::InQuery { arg, plan, negated } => {
                let args = vec![self.expr(arg, cols)?];
                let query = self.subquery(*plan, cols)?;
                plain(Sql::InQuery { args, query: query.into(), negated: *negated })
            }
            Kind::Exists { plan, negated } => self.exists(*plan, *negated, cols)?,
            Kind::ScalarQuery { plan } if self.hoisted.contains_key(&(self.outer.len(), *plan)) => self.hoisted[&(self.outer.len(), *plan)].clone(),
            Kind::ScalarQuery { plan } => {
                let query = self.subquery(*plan, cols)?;
                plain(Sql::Scalar { query: query.into() })
            }
            Kind::Window(w) => self.window(w, cols)?,
            Kind::Item { arg, key } => self.item(arg, key, cols)?,
            Kind::Grouping(_) | Kind::GroupingId => self.grouping_value(&typed.kind)?,
        })
    }

    #[inline(never)]
    fn case(&mut self, branches: &[(Typed, Typed)], otherwise: Option<&Typed>, cols: &[E]) -> Result<E> {
        let branches = branches.iter().map(|(c, v)| Ok((self.expr(c, cols)?, self.expr(v, cols)?))).collect::<Result<Vec<_>>>()?;
        let otherwise = otherwise.map(|e| self.expr(e, cols)).transpose()?;
        Ok(plain(Sql::Case { branches, otherwise }))
    }

    pub(super) fn exprs(&mut self, typed: &[Typed], cols: &[E]) -> Result<Vec<E>> {
        typed.iter().map(|t| self.expr(t, cols)).collect()
    }

    pub(super) fn orders(&mut self, keys: &[SortKey], cols: &[E]) -> Result<Vec<Order>> {
        keys.iter()
            .map(|k| {
                let expr = ordered(self.expr(&k.expr, cols)?, &k.expr.data_type);
                Ok(Order { expr, descending: k.descending, nulls_first: k.nulls_first })
            })
            .collect()
    }

    /// The query of a subquery whose outer row are these columns.
    #[inline(never)]
    fn subquery(&mut self, plan: RelId, cols: &[E]) -> Result<Query> {
        self.outer.push(cols.to_vec());
        let result = self.query(plan);
        self.outer.pop();
        result
    }

    #[inline(never)]
    fn exists(&mut self, plan: RelId, negated: bool, cols: &[E]) -> Result<E> {
        self.outer.push(cols.to_vec());
        let result = self.rel(plan);
        self.outer.pop();
        Ok(super::semi::exists(result?, negated))
    }

    #[inline(never)]
    fn unary(&mut self, op: UnaryOp, arg: &Typed, cols: &[E]) -> Result<E> {
        let inner = self.expr(arg, cols)?;
        Ok(match op {
            UnaryOp::Not => negate(inner),
            UnaryOp::Neg | UnaryOp::Negative => plain(Sql::Prefix { op: "-", precedence: P::Unary, arg: inner }),
            UnaryOp::BitNot => plain(Sql::Prefix { op: "~", precedence: P::Unary, arg: inner }),
            UnaryOp::IsNull => plain(Sql::Postfix { op: "IS NULL", arg: inner }),
            UnaryOp::IsNotNull => plain(Sql::Postfix { op: "IS NOT NULL", arg: inner }),
        })
    }

    /// Chains to the left are walked in a loop, since they are as deep as they are long.
    #[inline(never)]
    fn binary(&mut self, chain: &Typed, cols: &[E]) -> Result<E> {
        let mut links = vec![];
        let mut first = chain;
        while let Kind::Binary { left, .. } = &first.kind {
            links.push(first);
            first = left;
        }
        let mut result = self.expr(first, cols)?;
        for link in links.into_iter().rev() {
            let Kind::Binary { op, left, right } = &link.kind else { continue };
            let right_side = self.expr(right, cols)?;
            if matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge) {
                result = ordered(result, &left.data_type);
            }
            let plain = operator(*op, left, right, result, right_side);
            let name = match op {
                BinaryOp::Add => "wrapping_add",
                BinaryOp::Sub => "wrapping_subtract",
                BinaryOp::Mul => "wrapping_multiply",
                BinaryOp::IntDiv => "wrapping_divide",
                _ => "",
            };
            result = match &plain.sql {
                Sql::Infix { left, right, .. } if !name.is_empty() && link.data_type.is_integer() => {
                    let sides = vec![left.clone(), right.clone()];
                    self.wrapped(&link.data_type, name, sides, plain.clone())
                }
                Sql::Infix { op: op @ "=", precedence, left: a, right: b } if self.is_by_value(&left.data_type, &right.data_type) => {
                    let sql = Sql::Infix { op, precedence: *precedence, left: a.clone(), right: b.clone() };
                    make(sql, Facts { by_value: true, ..Facts::default() })
                }
                _ => plain,
            };
        }
        Ok(result)
    }

    /// Does equality of these types depend on the values alone? SQLite converts a side by the other's declared type and compares by the collation
    /// of the left one.
    ///   (1) not where a type is not known: '1' may equal 1, and both be in one column.
    ///   (2) not between types of different kinds, for the same reason.
    ///   (3) not for text that may have a collation: "a" may equal "A" from one side and not from the other.
    fn is_by_value(&self, left: &DataType, right: &DataType) -> bool {
        let numbers = left.is_numeric() && right.is_numeric();
        let same = left == right && !matches!(left, DataType::Any | DataType::Void);
        numbers || (same && !self.collates)
    }

    /// Arithmetic on integers: the operator, or where it must wrap around the function that does; narrow integers are cut to their width.
    fn wrapped(&mut self, data_type: &DataType, name: &str, args: Vec<E>, operator: E) -> E {
        if !self.wrapping {
            self.may_overflow = true;
            return operator;
        }
        match data_type {
            DataType::Long => call(name, args),
            DataType::Int => call("cast_int", vec![operator]),
            DataType::Short => call("cast_short", vec![operator]),
            _ => call("cast_byte", vec![operator]),
        }
    }

    #[inline(never)]
    fn in_list(&mut self, arg: &Typed, list: &[Typed], negated: bool, cols: &[E]) -> Result<E> {
        let arg = self.expr(arg, cols)?;
        if list.len() > MAX_LISTED
            && let Some(json) = json_list(list)
        {
            let id = self.source("value");
            let values = Query {
                select: ast::Select {
                    items: vec![ast::Item { expr: ast::column(id, "value"), name: "value".into() }],
                    from: vec![ast::Source {
                        id,
                        from: ast::From::Function { name: "json_each", args: vec![literal(json, DataType::String)] },
                        join: "",
                        on: vec![],
                    }],
                    ..ast::Select::default()
                },
                ..Query::default()
            };
            return Ok(plain(Sql::InQuery { args: vec![arg], query: values.into(), negated }));
        }
        let items = self.exprs(list, cols)?;
        // One of one value is that value. Only a constant: a column would bring its collation.
        if let ([Typed { kind: Kind::Literal(value), .. }], Some(item)) = (list, items.first())
            && *value != Value::Null
        {
            return Ok(infix(if negated { "<>" } else { "=" }, P::Equal, arg, item.clone()));
        }
        Ok(plain(Sql::In { arg, list: items, negated }))
    }

    #[inline(never)]
    fn call(&mut self, c: &Call, cols: &[E]) -> Result<E> {
        let args = self.exprs(&c.args, cols)?;
        let filter = c.filter.as_ref().map(|f| self.expr(f, cols)).transpose()?;
        let facts = Facts { aggregate: c.aggregate, volatile: c.volatile, ..Facts::default() };
        let name = &*c.sql_name;
        let mut args = args;
        match name {
            "current_date" => return Ok(plain(Sql::Word("CURRENT_DATE"))),
            "current_timestamp" => return Ok(plain(Sql::Word("CURRENT_TIMESTAMP"))),
            "like" if args.len() == 2 => {
                let pattern = args.remove(1);
                let text = args.remove(0);
                return Ok(infix("LIKE", P::Equal, text, pattern));
            }
            // The function behind `text LIKE pattern ESCAPE e` takes the pattern first.
            "like" if args.len() == 3 => args.swap(0, 1),
            "count" if args.is_empty() => {
                return Ok(make(Sql::Call { name: "count".into(), args, distinct: false, filter, star: true }, facts));
            }
            // SQLite counts one column at a time: rows where none is NULL, as one text.
            "count" if args.len() > 1 => {
                let whole = ast::all(args.iter().map(|a| plain(Sql::Postfix { op: "IS NOT NULL", arg: a.clone() })).collect());
                let row = if c.distinct { call("json_array", args) } else { ast::integer(1) };
                let branches = whole.map(|w| (w, row)).into_iter().collect();
                let arg = plain(Sql::Case { branches, otherwise: None });
                return Ok(make(Sql::Call { name: "count".into(), args: vec![arg], distinct: c.distinct, filter, star: false }, facts));
            }
            "min" | "max" if c.aggregate && args.len() == 1 => {
                let arg = args.remove(0);
                args.push(ordered(arg, &c.args[0].data_type));
            }
            _ => {}
        }
        let mut name = c.sql_name.clone();
        if matches!(&*name, "max_by" | "min_by") && c.args.get(1).is_some_and(|key| matches!(key.data_type, DataType::Array(_) | DataType::Struct(_)))
        {
            name = format!("{name}_nested").into();
        }
        if let Some(function) = registry::lookup(&name).filter(|f| f.typed && f.sql_name == &*name) {
            let types: Vec<DataType> = c.args.iter().map(|a| a.data_type.clone()).collect();
            if registry::needs_types(function, &types) {
                name = format!("{name}_of").into();
                args.insert(0, literal(registry::signature(&types), DataType::String));
            }
        }
        Ok(make(Sql::Call { name, args, distinct: c.distinct, filter, star: false }, facts))
    }

    #[inline(never)]
    fn window(&mut self, w: &Window, cols: &[E]) -> Result<E> {
        let function = self.expr(&w.function, cols)?;
        let partition_by = self.exprs(&w.partition_by, cols)?;
        let order_by = self.orders(&w.order_by, cols)?;
        let frame = w.frame.as_ref().and_then(|f| frame_text(f, !order_by.is_empty()));
        Ok(make(Sql::Over { function, partition_by, order_by, frame }, Facts::default()))
    }

    #[inline(never)]
    fn item(&mut self, arg: &Typed, key: &Typed, cols: &[E]) -> Result<E> {
        let whole = self.expr(arg, cols)?;
        if let Kind::Literal(Value::Text(name)) = &key.kind
            && let Some(field) = field_of(&whole, name)
        {
            return Ok(field);
        }
        let array = matches!(arg.data_type, DataType::Array(_));
        let path = match &key.kind {
            // PySpark has no elements before the first.
            Kind::Literal(Value::Integer(i)) if *i < 0 && array => return Ok(plain(Sql::Word("NULL"))),
            Kind::Literal(Value::Integer(i)) if array || arg.data_type == DataType::Json => literal(format!("$[{i}]"), DataType::String),
            Kind::Literal(Value::Text(name)) if !name.contains(['"', '\\']) => literal(format!("$.\"{name}\""), DataType::String),
            _ => {
                let key = self.expr(key, cols)?;
                return Ok(if array { call("get", vec![whole, key]) } else { call("element_at", vec![whole, key]) });
            }
        };
        Ok(call("json_extract", vec![whole, path]))
    }
}

/// A field of a struct that is made right here, from values that are alike inside JSON and outside, is the value it was made of.
fn field_of(whole: &E, field: &str) -> Option<E> {
    let Sql::Call { name, args, .. } = &whole.sql else { return None };
    if &**name != "named_struct" {
        return None;
    }
    args.chunks(2).find_map(|pair| match pair {
        [key, value] => match &key.sql {
            Sql::Literal { value: Value::Text(name), .. } if name == field => Some(value.clone()),
            _ => None,
        },
        _ => None,
    })
}

/// Where order counts, arrays and structs are more than the texts that hold them.
fn ordered(expr: E, data_type: &DataType) -> E {
    match data_type {
        DataType::Array(_) | DataType::Struct(_) => plain(Sql::Postfix { op: "COLLATE NESTED", arg: expr }),
        _ => expr,
    }
}

/// The list as a JSON array, if it holds only plain literals.
fn json_list(list: &[Typed]) -> Option<String> {
    let values = list
        .iter()
        .map(|item| match &item.kind {
            Kind::Literal(Value::Null) => Some(serde_json::Value::Null),
            Kind::Literal(Value::Integer(i)) => Some((*i).into()),
            Kind::Literal(Value::Text(s)) if !s.contains('\0') => Some(s.as_str().into()),
            Kind::Literal(Value::Real(r)) if r.is_finite() => serde_json::Number::from_f64(*r).map(Into::into),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    Some(serde_json::Value::Array(values).to_string())
}

/// The frame as SQL; None where it is the default anyway.
fn frame_text(frame: &WindowFrame, ordered: bool) -> Option<String> {
    let default_end = if ordered { FrameBound::CurrentRow } else { FrameBound::UnboundedFollowing };
    if !frame.rows && frame.start == FrameBound::UnboundedPreceding && frame.end == default_end {
        return None;
    }
    let bound = |b: FrameBound| match b {
        FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
        FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
        FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        FrameBound::Offset(0.0) => "CURRENT ROW".to_owned(),
        FrameBound::Offset(n) if n < 0.0 => format!("{} PRECEDING", -n),
        FrameBound::Offset(n) => format!("{n} FOLLOWING"),
    };
    Some(format!("{} BETWEEN {} AND {}", if frame.rows { "ROWS" } else { "RANGE" }, bound(frame.start), bound(frame.end)))
}
