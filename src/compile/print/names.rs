//! Which sources must be named before a column, and what they are called.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::ast::{E, Expression, From, Item, Order, Query, Select, SourceId, Sql, Statement};

/// Which sources need their alias before a column, and what the aliases are.
pub struct Names {
    pub alias: HashMap<SourceId, Rc<str>>,
}

impl Names {
    pub fn assign(statement: &Statement) -> Names {
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
pub fn shadowed(items: &[Item], expr: &E, name: &str) -> bool {
    !items.iter().any(|i| i.expr == *expr && i.name.eq_ignore_ascii_case(name)) && items.iter().any(|i| i.name.eq_ignore_ascii_case(name))
}
