//! A query's clauses, in SQL's order.

use std::fmt::Write as _;

use std::rc::Rc;

use super::super::ast::{self, E, From, Item, Order, Precedence, Query, Select, Source, SourceId, Sql};
use super::super::dialect::Dialect;
use super::Printer;
use super::names::shadowed;

enum Output<'s> {
    Item(&'s Item),
    AllOf(SourceId),
}

fn named_items(select: &Select) -> Option<Vec<&Rc<str>>> {
    let stars = select.items.iter().any(|i| matches!(i.expr.sql, Sql::Word("*" | "1")));
    (!stars).then(|| select.items.iter().map(|i| &i.name).collect())
}

impl Printer<'_> {
    pub(super) fn query(&mut self, query: &Query) {
        let alone = query.arms.is_empty();
        let around = std::mem::replace(&mut self.in_compound, !alone);
        self.n_arms = self.n_arms.max(query.arms.len());
        self.select(&query.select);
        for (op, arm) in &query.arms {
            self.line();
            self.word(op);
            self.line();
            self.bare = may_be_bare(arm);
            self.select(arm);
        }
        self.in_compound = around;
        if !query.order_by.is_empty() {
            self.line();
            self.word("ORDER BY ");
            self.list(&query.order_by, |p, order| {
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

    pub(super) fn direction(&mut self, order: &Order) {
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

    /// What stands between SELECT and FROM. Pretty SQL is for reading, so all columns of a source in their order are `*` there; what runs
    /// lists them. Not in an arm of a compound, under GROUP BY, or where a value is expected.
    fn starred<'s>(&self, select: &'s Select) -> Vec<Output<'s>> {
        let may = self.pretty && !self.bare && !self.in_compound && !select.grouped;
        let least = if select.from.len() == 1 { 2 } else { 4 };
        let mut outputs = vec![];
        let mut rest = select.items.as_slice();
        while let [first, ..] = rest {
            let whole = match &first.expr.sql {
                Sql::Column { source, .. } if may => self.columns_of(select, *source).filter(|columns| {
                    columns.len() >= least
                        && columns.len() <= rest.len()
                        && columns.iter().zip(rest).all(|(wanted, item)| {
                            matches!(&item.expr.sql, Sql::Column { source: s, name } if s == source && name == *wanted && item.name == *name)
                        })
                }),
                _ => None,
            };
            match (whole, &first.expr.sql) {
                (Some(columns), Sql::Column { source, .. }) => {
                    outputs.push(Output::AllOf(*source));
                    rest = rest.get(columns.len()..).unwrap_or_default();
                }
                _ => {
                    outputs.push(Output::Item(first));
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        outputs
    }

    /// The columns that `*` would give of this source, where they are known.
    fn columns_of<'s>(&'s self, select: &'s Select, id: SourceId) -> Option<Vec<&'s Rc<str>>> {
        let source = select.from.iter().find(|s| s.id == id)?;
        match &source.from {
            From::Table(name) => Some(self.statement.tables.get(name)?.iter().collect()),
            From::Query(query) => named_items(&query.select),
            From::Cte(id) => {
                let cte = self.statement.ctes.get(*id)?;
                if cte.columns.is_empty() { named_items(&cte.query.select) } else { Some(cte.columns.iter().collect()) }
            }
            _ => None,
        }
    }

    fn all_of(&mut self, source: SourceId) {
        if let Some(alias) = self.names.alias.get(&source).cloned() {
            self.name(&alias);
            self.word(".");
        }
        self.word("*");
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
        let starred = self.starred(select);
        self.list(&starred, |p, output| match output {
            Output::Item(item) => p.item(item),
            Output::AllOf(source) => p.all_of(*source),
        });
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
            self.list(&select.group_by, |p, key| {
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
            // Every table has these names beside its columns.
            From::Table(_) if ["rowid", "oid", "_rowid_"].iter().any(|hidden| name.eq_ignore_ascii_case(hidden)) => true,
            From::Table(table) => self.statement.tables.get(table).is_none_or(|columns| columns.iter().any(|c| c.eq_ignore_ascii_case(name))),
            // The columns of others are not known here.
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
            if let Some(all) = ast::all(conditions.to_vec()) {
                self.balanced(&all);
            }
            return;
        }
        let surroundings = if conditions.len() == 1 { Precedence::Or } else { Precedence::And };
        self.conjunction("AND", &conditions.iter().collect::<Vec<_>>(), surroundings);
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
                if alias.is_none() && self.dialect == Dialect::Postgres {
                    self.word(" AS ");
                    self.name(self.statement.hints.get(source.id).map_or("t", |hint| &**hint));
                }
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
}

/// May its items go without names? A compound takes the names of its first arm; GROUP BY may use an arm's own.
pub fn may_be_bare(select: &Select) -> bool {
    select.group_by.iter().all(|key| matches!(key.sql, Sql::Column { .. }))
}
