//! From the syntax tree to text: precedence, aliases, parameters and layout are decided here and nowhere else.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::rc::Rc;

use super::ast::{Cte, E, Expression, From, Item, Order, Precedence, Query, Select, Source, SourceId, Sql, Statement};
use super::dialect::{Dialect, Spelling};
use super::{CompileOptions, quote};
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::value::Value;

/// SQLite's limit on numbered parameters.
const MAX_PARAMS: usize = 32_766;

/// SQLite walks a compound SELECT recursively, and a WebAssembly stack is small.
const MAX_ARMS: usize = 1_000;

/// It resolves a CTE that reads another one recursively, too.
const MAX_CTES: usize = 900;

pub struct Printed {
    pub sql: String,
    pub params: Vec<Value>,
}

/// `pretty`: clauses on lines of their own. `inline`: values in the text instead of `?1`.
pub fn print(statement: &Statement, options: &CompileOptions) -> Result<Printed> {
    if statement.ctes.len() > MAX_CTES {
        return Err(Error::unsupported(format!("a statement has at most {MAX_CTES} CTEs, not {}", statement.ctes.len()))
            .hint("cache() an intermediate frame"));
    }
    let names = Names::assign(statement);
    let (dialect, pretty) = (options.dialect, options.pretty);
    let inline = options.inline || dialect != Dialect::Sqlite;
    let mut printer = Printer {
        statement,
        names,
        dialect,
        n_arms: 0,
        missing: None,
        pretty,
        inline,
        out: String::new(),
        params: vec![],
        known: HashMap::new(),
        indent: 0,
        bare: false,
    };
    printer.statement();
    if printer.n_arms > MAX_ARMS {
        return Err(Error::unsupported(format!("a union of {} SELECTs, which is more than {MAX_ARMS}", printer.n_arms + 1))
            .hint("cache() an intermediate frame, or insert() into a table"));
    }
    if let Some(what) = printer.missing {
        return Err(Error::unsupported(format!("toSQL: {what} has no twin in {}", dialect.name())).detail("dialect", dialect.name()));
    }
    if printer.params.len() > MAX_PARAMS {
        return Err(Error::unsupported(format!("a statement takes at most {MAX_PARAMS} values, not {}", printer.params.len()))
            .hint("put the values into a frame with createDataFrame() and join it"));
    }
    Ok(Printed { sql: printer.out, params: printer.params })
}

/// Which sources need their alias before a column, and what the aliases are.
struct Names {
    alias: HashMap<SourceId, Rc<str>>,
}

impl Names {
    fn assign(statement: &Statement) -> Names {
        let mut walk = Walk { qualified: HashSet::new(), order: vec![] };
        for cte in &statement.ctes {
            walk.query(&cte.query, &mut vec![]);
            if let Some(step) = &cte.step {
                walk.query(step, &mut vec![]);
            }
        }
        walk.query(&statement.query, &mut vec![]);
        let mut taken: HashSet<String> = HashSet::new();
        let mut alias = HashMap::new();
        // Tables and CTEs keep their own names; subqueries take what is left.
        let (named, others): (Vec<_>, Vec<_>) = walk.order.into_iter().partition(|(_, named)| *named);
        for (id, _) in named.into_iter().chain(others) {
            if !walk.qualified.contains(&id) || alias.contains_key(&id) {
                continue;
            }
            let hint = statement.hints.get(id).cloned().unwrap_or_else(|| "t".into());
            let mut name = hint.clone();
            let mut n = 1;
            while !taken.insert(name.to_lowercase()) {
                n += 1;
                name = format!("{hint}{}{n}", if hint.ends_with(|c: char| c.is_ascii_digit()) { "_" } else { "" }).into();
            }
            alias.insert(id, name);
        }
        Names { alias }
    }
}

struct Walk {
    qualified: HashSet<SourceId>,
    /// Sources in the order they are printed.
    order: Vec<(SourceId, bool)>,
}

impl Walk {
    fn query(&mut self, query: &Query, scope: &mut Vec<SourceId>) {
        self.select(&query.select, scope, &query.order_by);
        for (_, arm) in &query.arms {
            self.select(arm, scope, &[]);
        }
    }

    fn select(&mut self, select: &Select, scope: &mut Vec<SourceId>, order_by: &[Order]) {
        let depth = scope.len();
        for source in &select.from {
            if let From::Query(query) = &source.from {
                self.query(query, scope);
            }
            scope.push(source.id);
            self.order.push((source.id, matches!(source.from, From::Table(_) | From::Cte(_))));
        }
        let own = &scope[depth..];
        if own.len() > 1 {
            self.qualified.extend(own.iter().copied());
        }
        let exprs = select
            .items
            .iter()
            .map(|i| &i.expr)
            .chain(select.from.iter().flat_map(|s| {
                s.on.iter().chain(match &s.from {
                    From::Function { args, .. } => args.as_slice(),
                    _ => &[],
                })
            }))
            .chain(&select.filter)
            .chain(&select.group_by)
            .chain(&select.having)
            .chain(order_by.iter().map(|o| &o.expr));
        for expr in exprs {
            self.expr(expr, scope, depth);
        }
        // ORDER BY "x" means the output column of that name; the column of the table needs its alias then.
        for order in order_by {
            if let Sql::Column { source, name } = &order.expr.sql
                && shadowed(&select.items, &order.expr, name)
            {
                self.qualified.insert(*source);
            }
        }
        scope.truncate(depth);
    }

    /// A column of an enclosing query makes both sides say their alias.
    fn expr(&mut self, expr: &Expression, scope: &mut Vec<SourceId>, depth: usize) {
        if !expr.facts.column && !expr.facts.subquery {
            return;
        }
        if let Sql::Column { source, .. } = &expr.sql {
            if let Some(at) = scope.iter().position(|s| s == source)
                && at < depth
            {
                self.qualified.extend(scope[depth..].iter().copied());
                self.qualified.insert(*source);
            }
            return;
        }
        for child in expr.sql.children() {
            self.expr(child, scope, depth);
        }
        if let Some(query) = expr.sql.query() {
            self.query(query, scope);
        }
    }
}

/// Is there another output of this name?
fn shadowed(items: &[Item], expr: &E, name: &str) -> bool {
    !items.iter().any(|i| i.expr == *expr && i.name.eq_ignore_ascii_case(name)) && items.iter().any(|i| i.name.eq_ignore_ascii_case(name))
}

struct Printer<'a> {
    dialect: Dialect,
    /// Of the longest compound.
    n_arms: usize,
    /// What the dialect cannot say, if anything.
    missing: Option<String>,
    statement: &'a Statement,
    names: Names,
    pretty: bool,
    inline: bool,
    out: String,
    params: Vec<Value>,
    /// Equal values share a parameter, so that equal expressions stay equal texts.
    known: HashMap<String, usize>,
    indent: usize,
    /// The items of a subquery in an expression need no names.
    bare: bool,
}

impl Printer<'_> {
    fn word(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self, name: &str) {
        if self.dialect == Dialect::Spark {
            quote::push_backticked(&mut self.out, name);
        } else {
            quote::push_identifier(&mut self.out, name);
        }
    }

    /// Says once what cannot be said.
    fn lacks(&mut self, what: &str) {
        if self.missing.is_none() && self.dialect != Dialect::Sqlite {
            self.missing = Some(what.to_owned());
        }
    }

    /// A new line in pretty mode, a space otherwise.
    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            for _ in 0..self.indent {
                self.out.push_str("  ");
            }
        } else if !self.out.is_empty() && !self.out.ends_with(['(', ' ']) {
            self.out.push(' ');
        }
    }

    fn commas<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.word(", ");
            }
            print(self, item);
        }
    }

    fn statement(&mut self) {
        let statement = self.statement;
        let mut first = true;
        for cte in &statement.ctes {
            self.word(if first { "WITH " } else { "," });
            if first && statement.ctes.iter().any(|c| c.step.is_some()) {
                self.word("RECURSIVE ");
            }
            if !first {
                self.line();
            }
            first = false;
            self.cte(cte);
        }
        if !first {
            self.line();
        }
        self.query(&statement.query);
    }

    fn cte(&mut self, cte: &Cte) {
        self.name(&cte.name);
        if !cte.columns.is_empty() {
            self.word("(");
            self.commas(&cte.columns, |p, c| p.name(c));
            self.word(")");
        }
        self.word(if cte.materialized && self.dialect != Dialect::Spark { " AS MATERIALIZED (" } else { " AS (" });
        self.indent += 1;
        self.open();
        self.query(&cte.query);
        if let Some(step) = &cte.step {
            self.line();
            self.word("UNION ALL");
            self.line();
            self.query(step);
        }
        self.indent -= 1;
        self.open();
        self.word(")");
    }

    /// The line break after an opening and before a closing parenthesis.
    fn open(&mut self) {
        if self.pretty {
            self.line();
        }
    }

    fn query(&mut self, query: &Query) {
        let alone = query.arms.is_empty();
        self.n_arms = self.n_arms.max(query.arms.len());
        self.select(&query.select);
        for (op, arm) in &query.arms {
            self.line();
            self.word(op);
            self.line();
            self.select(arm);
        }
        if !query.order_by.is_empty() {
            self.line();
            self.word("ORDER BY ");
            self.commas(&query.order_by, |p, order| {
                let items = &query.select.items;
                let output = items.iter().find(|i| i.expr == order.expr && (!alone || !matches!(i.expr.sql, Sql::Column { .. })));
                match (output, &order.expr.sql) {
                    // The name must be the first of its kind, or SQLite takes another column.
                    (Some(item), _) if items.iter().filter(|i| i.name.eq_ignore_ascii_case(&item.name)).count() == 1 => p.name(&item.name),
                    (_, Sql::Column { source, name }) if alone && shadowed(items, &order.expr, name) => p.column(*source, name),
                    (_, Sql::Literal { .. }) => p.constant(&order.expr),
                    _ => p.expr(&order.expr, Precedence::Or),
                }
                p.direction(order);
            });
        }
        match (query.limit, query.offset) {
            (None, 0) => {}
            (limit, offset) => {
                self.line();
                match limit {
                    None if self.dialect != Dialect::Sqlite => {
                        let _ = write!(self.out, "OFFSET {}", offset.min(i64::MAX as u64));
                        return;
                    }
                    Some(n) => {
                        let _ = write!(self.out, "LIMIT {}", n.min(i64::MAX as u64));
                    }
                    None => self.word("LIMIT -1"),
                }
                if offset > 0 {
                    let _ = write!(self.out, " OFFSET {}", offset.min(i64::MAX as u64));
                }
            }
        }
    }

    fn direction(&mut self, order: &Order) {
        if order.descending {
            self.word(" DESC");
        }
        // The others' defaults differ from SQLite's, and from each other's.
        if order.nulls_first == order.descending || self.dialect != Dialect::Sqlite {
            self.word(if order.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
        }
    }

    /// A bare integer in ORDER BY or GROUP BY would count output columns.
    fn constant(&mut self, expr: &E) {
        self.word("CAST(");
        self.expr(expr, Precedence::Or);
        self.word(" AS NUMERIC)");
    }

    fn select(&mut self, select: &Select) {
        if let ([item], [Source { from: From::Raw { sql, params }, .. }]) = (select.items.as_slice(), select.from.as_slice())
            && matches!(item.expr.sql, Sql::Word("*"))
        {
            self.lacks("a SELECT in SQLite's own words");
            self.raw(sql, params);
            return;
        }
        self.word(if select.distinct { "SELECT DISTINCT " } else { "SELECT " });
        let long = self.pretty && select.items.len() > 6;
        if long {
            self.indent += 1;
            for (i, item) in select.items.iter().enumerate() {
                if i > 0 {
                    self.word(",");
                }
                self.line();
                self.item(item);
            }
            self.indent -= 1;
        } else {
            self.commas(&select.items, |p, item| p.item(item));
        }
        self.bare = false;
        if !select.from.is_empty() {
            self.line();
            self.word("FROM ");
        }
        for source in &select.from {
            if !source.join.is_empty() {
                self.line();
                self.word(source.join);
                self.word(" ");
            }
            self.source(source);
            if !source.on.is_empty() {
                self.word(" ON ");
                self.conditions(&source.on);
            }
        }
        self.clause("WHERE ", &select.filter);
        if !select.group_by.is_empty() {
            self.line();
            self.word("GROUP BY ");
            self.commas(&select.group_by, |p, key| {
                // SQLite allows the name of an output here; it stands for the same expression.
                let simple = matches!(key.sql, Sql::Column { .. });
                let named = select.items.iter().find(|i| !simple && i.expr == *key && p.is_free(select, &i.name));
                match (named, &key.sql) {
                    (Some(item), _) => p.name(&item.name),
                    (None, Sql::Literal { .. } | Sql::Word(_)) => p.constant(key),
                    _ => p.expr(key, Precedence::Or),
                }
            });
        }
        self.clause("HAVING ", &select.having);
    }

    /// Can a bare name mean only the output column? Then no column of a source has it.
    fn is_free(&self, select: &Select, name: &str) -> bool {
        select.items.iter().filter(|i| i.name.eq_ignore_ascii_case(name)).count() == 1 && select.from.iter().all(|s| !self.has_column(&s.from, name))
    }

    fn has_column(&self, from: &From, name: &str) -> bool {
        match from {
            From::Query(query) => query.select.items.iter().any(|i| i.name.eq_ignore_ascii_case(name)),
            From::Cte(id) => self.statement.ctes.get(*id).is_none_or(|cte| {
                cte.columns.iter().any(|c| c.eq_ignore_ascii_case(name)) || cte.query.select.items.iter().any(|i| i.name.eq_ignore_ascii_case(name))
            }),
            // The columns of tables are not known here.
            _ => true,
        }
    }

    fn clause(&mut self, word: &str, conditions: &[E]) {
        if !conditions.is_empty() {
            self.line();
            self.word(word);
            self.conditions(conditions);
        }
    }

    fn conditions(&mut self, conditions: &[E]) {
        if conditions.len() > 64 {
            if let Some(all) = super::ast::all(conditions.to_vec()) {
                self.balanced(&all);
            }
            return;
        }
        let surroundings = if conditions.len() == 1 { Precedence::Or } else { Precedence::And };
        for (i, condition) in conditions.iter().enumerate() {
            if i > 0 {
                self.word(" AND ");
            }
            self.expr(condition, surroundings);
        }
    }

    /// A long conjunction with its own parentheses, so that the parser builds a shallow tree.
    fn balanced(&mut self, expr: &E) {
        match &expr.sql {
            Sql::Infix { op: "AND", left, right, .. } => {
                self.word("(");
                self.balanced(left);
                self.word(" AND ");
                self.balanced(right);
                self.word(")");
            }
            _ => self.expr(expr, Precedence::Not),
        }
    }

    fn item(&mut self, item: &Item) {
        self.expr(&item.expr, Precedence::Or);
        let same = matches!(&item.expr.sql, Sql::Column { name, .. } if **name == *item.name);
        if !same && !self.bare && !matches!(item.expr.sql, Sql::Word("*" | "1")) {
            self.word(" AS ");
            self.name(&item.name);
        }
    }

    fn source(&mut self, source: &Source) {
        let alias = self.names.alias.get(&source.id).cloned();
        let mut own_name = None;
        match &source.from {
            From::Table(name) => {
                self.name(name);
                own_name = Some(name.clone());
            }
            From::Cte(id) => {
                let name = self.statement.ctes.get(*id).map(|c| c.name.clone()).unwrap_or_default();
                self.name(&name);
                own_name = Some(name);
            }
            From::Query(query) => {
                self.word("(");
                self.indent += 1;
                self.open();
                self.query(query);
                self.indent -= 1;
                self.open();
                self.word(")");
            }
            From::Function { name, args } => {
                self.lacks(&format!("the table function {name}"));
                self.word(name);
                self.word("(");
                self.commas(args, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
            }
            From::Values(rows) => {
                self.word("(VALUES ");
                self.commas(rows, |p, row| {
                    p.word("(");
                    p.commas(row, |p, e| p.expr(e, Precedence::Or));
                    p.word(")");
                });
                self.word(")");
                if self.dialect != Dialect::Sqlite {
                    let n = rows.first().map_or(0, Vec::len);
                    self.word(" AS ");
                    self.name(alias.as_deref().unwrap_or("rows"));
                    self.word("(");
                    self.commas(&(1..=n).collect::<Vec<_>>(), |p, i| p.name(&format!("column{i}")));
                    self.word(")");
                    return;
                }
            }
            From::Raw { sql, params } => {
                self.lacks("a SELECT in SQLite's own words");
                self.word("(");
                self.raw(sql, params);
                // A comment at the end of the user's text must not swallow the parenthesis.
                self.word(if sql.contains("--") { "\n)" } else { ")" });
            }
        }
        if let Some(alias) = alias
            && own_name.as_deref() != Some(&*alias)
        {
            self.word(" AS ");
            self.name(&alias);
        }
    }

    fn raw(&mut self, sql: &str, params: &[(usize, usize, E)]) {
        let mut done = 0;
        for (start, end, value) in params {
            self.word(sql.get(done..*start).unwrap_or(""));
            self.expr(value, Precedence::Unary);
            done = *end;
        }
        self.word(sql.get(done..).unwrap_or("").trim_end_matches([';', ' ', '\n', '\t', '\r']));
    }

    fn column(&mut self, source: SourceId, name: &str) {
        if let Some(alias) = self.names.alias.get(&source).cloned() {
            self.name(&alias);
            self.word(".");
        }
        self.name(name);
    }

    fn parenthesised(&mut self, expr: &E) {
        self.word("(");
        self.expr(expr, Precedence::Or);
        self.word(")");
    }

    /// Prints with parentheses where the surroundings bind more tightly.
    fn expr(&mut self, expr: &E, surroundings: Precedence) {
        if precedence(expr) < surroundings {
            self.parenthesised(expr);
            return;
        }
        match &expr.sql {
            Sql::Column { source, name } => self.column(*source, name),
            Sql::Literal { value, data_type } => self.literal(value, data_type),
            Sql::Word(word) => self.word(word),
            Sql::Infix { op, precedence, left, right } => self.infix(op, *precedence, left, right),
            Sql::Prefix { op, precedence, arg } => {
                self.word(op);
                if op.ends_with(char::is_alphabetic) {
                    self.word(" ");
                }
                // `--1` would be a comment.
                let negative = self.inline && matches!(&arg.sql, Sql::Literal { value: Value::Integer(..=-1), .. } | Sql::Prefix { .. })
                    || matches!(&arg.sql, Sql::Prefix { op: "-", .. })
                    || self.inline && matches!(&arg.sql, Sql::Literal { value: Value::Real(r), .. } if r.is_sign_negative());
                if negative { self.parenthesised(arg) } else { self.expr(arg, if *op == "NOT" { Precedence::Atom } else { *precedence }) }
            }
            Sql::Postfix { op, arg } => {
                self.expr(arg, Precedence::Compare);
                self.word(" ");
                self.word(op);
            }
            Sql::Call { name, args, distinct: false, filter: None, star: false } if self.dialect != Dialect::Sqlite && self.template(name, args) => {}
            Sql::Call { name, args, distinct, filter, star } => {
                self.foreign_name(name);
                self.word(if *distinct { "(DISTINCT " } else { "(" });
                if *star {
                    self.word("*");
                }
                self.commas(args, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
                if let Some(filter) = filter {
                    self.word(" FILTER (WHERE ");
                    self.expr(filter, Precedence::Or);
                    self.word(")");
                }
            }
            Sql::Over { function, partition_by, order_by, frame } => self.over(function, partition_by, order_by, frame.as_deref()),
            Sql::Case { branches, otherwise } => {
                self.word("CASE");
                for (condition, value) in branches {
                    self.word(" WHEN ");
                    self.expr(condition, Precedence::Or);
                    self.word(" THEN ");
                    self.expr(value, Precedence::Or);
                }
                if let Some(otherwise) = otherwise {
                    self.word(" ELSE ");
                    self.expr(otherwise, Precedence::Or);
                }
                self.word(" END");
            }
            Sql::Cast { arg, to } => {
                self.word("CAST(");
                self.expr(arg, Precedence::Or);
                self.word(" AS ");
                self.word(self.dialect.cast_type(to));
                self.word(")");
            }
            Sql::In { arg, list, negated } => {
                self.expr(arg, Precedence::Compare);
                self.word(if *negated { " NOT IN (" } else { " IN (" });
                self.commas(list, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
            }
            Sql::InQuery { args, query, negated } => {
                match args.as_slice() {
                    [arg] => self.expr(arg, Precedence::Compare),
                    args => {
                        self.word("(");
                        self.commas(args, |p, e| p.expr(e, Precedence::Or));
                        self.word(")");
                    }
                }
                self.word(if *negated { " NOT IN " } else { " IN " });
                self.subquery(query);
            }
            Sql::Exists { query, negated } => {
                self.word(if *negated { "NOT EXISTS " } else { "EXISTS " });
                self.subquery(query);
            }
            Sql::Scalar { query } => self.subquery(query),
        }
    }

    fn call_name(&mut self, name: &str) {
        // Our own names are plain words; a user's may be anything.
        if !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.as_bytes()[0].is_ascii_digit()
            && !is_keyword(name)
        {
            self.word(name);
        } else {
            self.name(name);
        }
    }

    fn subquery(&mut self, query: &Query) {
        self.word("(");
        self.indent += 1;
        self.open();
        // An order or a compound may refer to the names.
        self.bare = query.order_by.is_empty() && query.arms.is_empty() && query.select.group_by.is_empty();
        self.query(query);
        self.bare = false;
        self.indent -= 1;
        self.open();
        self.word(")");
    }

    /// The name of a call in the dialect.
    fn foreign_name(&mut self, name: &str) {
        match (self.dialect, self.dialect.function(name)) {
            (Dialect::Sqlite, _) => self.call_name(name),
            (_, Some(Spelling::Name(name))) => self.word(name),
            _ => {
                self.lacks(&format!("the function {name}"));
                self.call_name(name);
            }
        }
    }

    /// Writes a call that the dialect spells otherwise; false if it does not.
    fn template(&mut self, name: &str, args: &[E]) -> bool {
        // With types for SQLite's sake: the others know them.
        let (name, args) = match (name.strip_suffix("_of"), args) {
            (Some(name), [_, rest @ ..]) if self.dialect.function(name).is_some() => (name, rest),
            _ => (name, args),
        };
        match self.dialect.function(name) {
            Some(Spelling::Template(template)) => {
                let mut rest = template;
                while let Some((before, after)) = rest.split_once('{') {
                    self.word(before);
                    let (index, after) = after.split_once('}').unwrap_or((after, ""));
                    if let Some(arg) = index.parse::<usize>().ok().and_then(|i| args.get(i)) {
                        self.expr(arg, Precedence::Add);
                    }
                    rest = after;
                }
                self.word(rest);
                true
            }
            Some(Spelling::Name(name)) => {
                self.word(name);
                self.word("(");
                self.commas(args, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
                true
            }
            None => false,
        }
    }

    fn infix(&mut self, op: &str, level: Precedence, left: &E, right: &E) {
        let op = match (op, self.dialect) {
            ("IS" | "IS NOT", Dialect::Spark) => {
                self.word(if op == "IS" { "(" } else { "(NOT " });
                self.expr(left, Precedence::Compare);
                self.word(" <=> ");
                self.expr(right, Precedence::Compare);
                self.word(")");
                return;
            }
            ("IS", Dialect::Postgres | Dialect::DuckDb) => "IS NOT DISTINCT FROM",
            ("IS NOT", Dialect::Postgres | Dialect::DuckDb) => "IS DISTINCT FROM",
            (op, _) => op,
        };
        let associative = matches!(op, "AND" | "OR");
        let above = match level {
            Precedence::Or => Precedence::And,
            Precedence::And => Precedence::Not,
            Precedence::Not => Precedence::Equal,
            Precedence::Equal => Precedence::Compare,
            Precedence::Compare => Precedence::Bits,
            Precedence::Bits => Precedence::Add,
            Precedence::Add => Precedence::Multiply,
            Precedence::Multiply => Precedence::Concat,
            Precedence::Concat => Precedence::Unary,
            _ => Precedence::Atom,
        };
        // Comparisons of comparisons, and mixed bit operators, are easier to read with parentheses.
        let chains = matches!(level, Precedence::Equal | Precedence::Compare) || (level == Precedence::Bits && !is_op(left, op));
        self.expr(left, if chains { above } else { level });
        self.word(" ");
        self.word(op);
        self.word(" ");
        // A long chain keeps the parentheses of its right half: SQLite's parser would make a tree as deep as the chain is long.
        let long = right.size > 40;
        self.expr(right, if associative && !long { level } else { above });
        if self.dialect == Dialect::DuckDb && matches!(op, "LIKE" | "NOT LIKE") {
            self.word(" ESCAPE '\\'");
        }
    }

    fn over(&mut self, function: &E, partition_by: &[E], order_by: &[Order], frame: Option<&str>) {
        self.expr(function, Precedence::Atom);
        self.word(" OVER (");
        let mut space = "";
        if !partition_by.is_empty() {
            self.word("PARTITION BY ");
            self.commas(partition_by, |p, e| p.expr(e, Precedence::Or));
            space = " ";
        }
        if !order_by.is_empty() {
            self.word(space);
            self.word("ORDER BY ");
            self.commas(order_by, |p, order| {
                p.expr(&order.expr, Precedence::Or);
                p.direction(order);
            });
            space = " ";
        }
        if let Some(frame) = frame {
            self.word(space);
            self.word(frame);
        }
        self.word(")");
    }

    fn literal(&mut self, value: &Value, data_type: &DataType) {
        if self.inline {
            self.inline(value, data_type);
            return;
        }
        // Integer 1 and real 1.0 are different parameters.
        let key = match value {
            Value::Real(r) => format!("r{:x}", r.to_bits()),
            Value::Integer(i) => format!("i{i}"),
            Value::Text(t) => format!("t{t}"),
            Value::Blob(b) => format!("b{b:?}"),
            Value::Null => "n".into(),
        };
        let n = match self.known.get(&key) {
            Some(n) => *n,
            None => {
                self.params.push(value.clone());
                self.known.insert(key, self.params.len());
                self.params.len()
            }
        };
        let _ = write!(self.out, "?{n}");
    }

    fn inline(&mut self, value: &Value, data_type: &DataType) {
        match value {
            Value::Null => self.word("NULL"),
            Value::Integer(i) if *data_type == DataType::Boolean => self.word(if *i == 0 { "FALSE" } else { "TRUE" }),
            // The least integer cannot be written as a negated literal.
            Value::Integer(i64::MIN) => self.word("(-9223372036854775807 - 1)"),
            Value::Integer(i) => {
                let _ = write!(self.out, "{i}");
            }
            Value::Real(r) if r.is_nan() => self.word("NULL"),
            Value::Real(r) if r.is_infinite() => self.word(if *r > 0.0 { "9e999" } else { "-9e999" }),
            Value::Real(r) => {
                let _ = write!(self.out, "{r:?}");
            }
            Value::Text(s) => {
                if self.dialect != Dialect::Sqlite {
                    self.word(match data_type {
                        DataType::Date => "DATE ",
                        DataType::Timestamp => "TIMESTAMP ",
                        _ => "",
                    });
                    if s.contains('\0') {
                        self.lacks("a text with NUL");
                    }
                }
                // Spark's strings know backslashes.
                if self.dialect == Dialect::Spark {
                    quote::push_text(&mut self.out, &s.replace('\\', "\\\\"))
                } else {
                    quote::push_text(&mut self.out, s)
                }
            }
            Value::Blob(b) => match self.dialect {
                Dialect::Sqlite | Dialect::Spark => quote::push_blob(&mut self.out, b),
                Dialect::Postgres | Dialect::DuckDb => self.lacks("a binary value"),
            },
        }
    }
}

fn is_op(expr: &E, wanted: &str) -> bool {
    match &expr.sql {
        Sql::Infix { op, precedence, .. } => *op == wanted || *precedence > Precedence::Bits,
        _ => true,
    }
}

fn precedence(expr: &E) -> Precedence {
    match &expr.sql {
        Sql::Infix { precedence, .. } | Sql::Prefix { precedence, .. } => *precedence,
        Sql::Postfix { .. } | Sql::In { .. } | Sql::InQuery { .. } => Precedence::Equal,
        _ => Precedence::Atom,
    }
}

/// Words of SQLite that cannot begin a call. Functions such as `replace` and `like` can.
fn is_keyword(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "add",
        "all",
        "alter",
        "and",
        "as",
        "between",
        "case",
        "check",
        "collate",
        "commit",
        "constraint",
        "create",
        "default",
        "delete",
        "distinct",
        "drop",
        "else",
        "escape",
        "except",
        "exists",
        "foreign",
        "from",
        "group",
        "having",
        "in",
        "index",
        "insert",
        "intersect",
        "into",
        "is",
        "isnull",
        "join",
        "limit",
        "not",
        "nothing",
        "notnull",
        "null",
        "on",
        "or",
        "order",
        "primary",
        "references",
        "returning",
        "select",
        "set",
        "table",
        "then",
        "to",
        "transaction",
        "union",
        "unique",
        "update",
        "using",
        "values",
        "when",
        "where",
    ];
    WORDS.binary_search(&name.to_ascii_lowercase().as_str()).is_ok()
}
