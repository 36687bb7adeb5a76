//! Expressions: which parentheses they need is decided here and nowhere else.

use super::super::ast::{E, Precedence, Query, SourceId, Sql};
use super::super::dialect::Dialect;
use super::Printer;
use crate::value::Value;

impl Printer<'_> {
    pub(super) fn column(&mut self, source: SourceId, name: &str) {
        if let Some(alias) = self.names.alias.get(&source).cloned() {
            self.name(&alias);
            self.word(".");
        }
        self.name(name);
    }

    /// Prints with parentheses where the surroundings bind more tightly. It recurses, so its own frame is kept small: what it calls is not
    /// inlined.
    pub(super) fn expr(&mut self, expr: &E, surroundings: Precedence) {
        let parenthesised = precedence(expr) < surroundings;
        if parenthesised {
            self.word("(");
        }
        match &expr.sql {
            Sql::Column { source, name } => self.column(*source, name),
            Sql::Literal { value, data_type } => self.literal(value, data_type),
            Sql::Word(word) => self.word(word),
            Sql::Infix { op: op @ ("AND" | "OR"), precedence, .. } => self.logic(op, *precedence, expr),
            Sql::Infix { .. } => self.infix(expr),
            Sql::Prefix { .. } => self.prefix(&expr.sql),
            // Others order their arrays and structs by themselves.
            Sql::Postfix { op: "COLLATE NESTED", arg } if self.dialect != Dialect::Sqlite => self.expr(arg, Precedence::Compare),
            Sql::Postfix { op, arg } => {
                self.expr(arg, Precedence::Compare);
                self.word(" ");
                self.word(op);
            }
            Sql::Call { .. } => self.call(&expr.sql),
            Sql::Over { function, partition_by, order_by, frame } => self.over(function, partition_by, order_by, frame.as_deref()),
            Sql::Case { branches, otherwise } => self.branches(branches, otherwise.as_ref()),
            Sql::Cast { arg, to } => {
                self.word("CAST(");
                self.expr(arg, Precedence::Or);
                self.word(" AS ");
                self.word(self.dialect.cast_type(to));
                self.word(")");
            }
            Sql::In { .. } | Sql::InQuery { .. } => self.membership(&expr.sql),
            Sql::Exists { query, negated } => {
                self.word(if *negated { "NOT EXISTS " } else { "EXISTS " });
                self.subquery(query);
            }
            Sql::Scalar { query } => self.subquery(query),
        }
        if parenthesised {
            self.word(")");
        }
    }

    #[inline(never)]
    fn prefix(&mut self, prefix: &Sql) {
        let Sql::Prefix { op, precedence, arg } = prefix else { return };
        if let ("NOT", Sql::Infix { op: "AND", left, right, .. }) = (*op, &arg.sql)
            && let Some((arg, low, high)) = bounds(left, right)
        {
            return self.between(arg, "NOT BETWEEN", low, high);
        }
        self.word(op);
        if op.ends_with(char::is_alphabetic) {
            self.word(" ");
        }
        let negative = match &arg.sql {
            Sql::Literal { value: Value::Integer(i), .. } => self.inline && *i < 0,
            Sql::Literal { value: Value::Real(r), .. } => self.inline && r.is_sign_negative(),
            Sql::Prefix { op, .. } => self.inline || *op == "-",
            _ => false,
        };
        if negative {
            // `--1` would be a comment.
            self.word("(");
            self.expr(arg, Precedence::Or);
            self.word(")");
        } else {
            self.expr(arg, if *op == "NOT" { Precedence::Atom } else { *precedence });
        }
    }

    #[inline(never)]
    fn membership(&mut self, membership: &Sql) {
        let (args, negated) = match membership {
            Sql::In { arg, negated, .. } => (std::slice::from_ref(arg), *negated),
            Sql::InQuery { args, negated, .. } => (args.as_slice(), *negated),
            _ => return,
        };
        match args {
            [arg] => self.expr(arg, Precedence::Compare),
            args => {
                self.word("(");
                self.commas(args, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
            }
        }
        self.word(if negated { " NOT IN " } else { " IN " });
        match membership {
            Sql::InQuery { query, .. } => self.subquery(query),
            Sql::In { list, .. } => {
                self.word("(");
                self.commas(list, |p, e| p.expr(e, Precedence::Or));
                self.word(")");
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn branches(&mut self, branches: &[(E, E)], otherwise: Option<&E>) {
        self.fit(
            |p| p.case(branches, otherwise, |p| p.word(" ")),
            |p| {
                p.indent += 1;
                p.case(branches, otherwise, Self::break_line);
            },
        );
    }

    /// `space` comes before each part; where it breaks lines, END stands under CASE again.
    fn case(&mut self, branches: &[(E, E)], otherwise: Option<&E>, space: impl Fn(&mut Self)) {
        self.word("CASE");
        for (condition, value) in branches {
            space(self);
            self.word("WHEN ");
            let start = self.out.len();
            self.expr(condition, Precedence::Or);
            // Below a condition of several lines, its value begins a line.
            if self.broken() && self.out.get(start..).is_some_and(|text| text.contains('\n')) {
                self.indent += 1;
                self.break_line();
                self.indent -= 1;
                self.word("THEN ");
            } else {
                self.word(" THEN ");
            }
            self.expr(value, Precedence::Or);
        }
        if let Some(otherwise) = otherwise {
            space(self);
            self.word("ELSE ");
            self.expr(otherwise, Precedence::Or);
        }
        if self.broken() {
            self.indent -= 1;
        }
        space(self);
        self.word("END");
    }

    #[inline(never)]
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

    /// `a + b - c`: a chain to the left is walked in a loop, since it is as deep as it is long.
    #[inline(never)]
    fn infix(&mut self, chain: &E) {
        let mut links = vec![];
        let mut first = chain;
        let mut surroundings = (Precedence::Or, Precedence::Or);
        while let Sql::Infix { op, precedence: level, left, right } = &first.sql {
            let null_safe = matches!(*op, "IS" | "IS NOT") && !matches!(right.sql, Sql::Word("NULL" | "TRUE" | "FALSE"));
            if matches!(*op, "AND" | "OR") || (null_safe && self.dialect == Dialect::Spark) || precedence(first) < surroundings.0 {
                break;
            }
            // Comparisons of comparisons, and mixed bit operators, are easier to read with parentheses.
            let apart = matches!(level, Precedence::Equal | Precedence::Compare) || (*level == Precedence::Bits && !is_op(left, op));
            surroundings = (if apart { level.above() } else { *level }, *level);
            links.push((*op, *level, right, null_safe));
            first = left;
        }
        if let (Sql::Infix { op, left, right, .. }, true) = (&first.sql, links.is_empty()) {
            self.word(if *op == "IS" { "(" } else { "(NOT " });
            self.expr(left, Precedence::Compare);
            self.word(" <=> ");
            self.expr(right, Precedence::Compare);
            self.word(")");
            return;
        }
        self.operand(first, surroundings.0, surroundings.1);
        for (op, level, right, null_safe) in links.into_iter().rev() {
            let op = match (op, self.dialect) {
                ("IS", Dialect::Postgres | Dialect::DuckDb) if null_safe => "IS NOT DISTINCT FROM",
                ("IS NOT", Dialect::Postgres | Dialect::DuckDb) if null_safe => "IS DISTINCT FROM",
                (op, _) => op,
            };
            self.word(" ");
            self.word(op);
            self.word(" ");
            self.operand(right, level.above(), level);
            if self.dialect == Dialect::DuckDb && matches!(op, "LIKE" | "NOT LIKE") {
                self.word(" ESCAPE '\\'");
            }
        }
    }

    /// A side of an operator. Only SQLite adds up truth values.
    fn operand(&mut self, expr: &E, surroundings: Precedence, level: Precedence) {
        let truth = matches!(&expr.sql, Sql::Postfix { .. });
        if truth && self.dialect != Dialect::Sqlite && matches!(level, Precedence::Add | Precedence::Multiply) {
            self.word("CAST(");
            self.expr(expr, Precedence::Or);
            self.word(" AS INTEGER)");
        } else {
            self.expr(expr, surroundings);
        }
    }

    /// `a AND b AND c`, however long: the operands are found without recursion.
    #[inline(never)]
    fn logic(&mut self, word: &'static str, level: Precedence, expr: &E) {
        let mut operands = vec![];
        let mut open = vec![(expr, false)];
        while let Some((next, whole)) = open.pop() {
            match &next.sql {
                Sql::Infix { op, left, right, .. } if *op == word && !whole => {
                    // A long right half keeps its parentheses: SQLite's parser would make a tree as deep as the chain is long.
                    open.push((right, right.size > 40));
                    open.push((left, false));
                }
                _ => operands.push(next),
            }
        }
        self.conjunction(word, &operands, level.above());
    }

    /// Operands of AND or OR. Two that bound the same expression read as BETWEEN.
    pub(super) fn conjunction(&mut self, word: &str, operands: &[&E], surroundings: Precedence) {
        let mut parts: Vec<(&E, Option<&E>)> = vec![];
        for operand in operands {
            match parts.last_mut() {
                Some((low, high @ None)) if word == "AND" && bounds(low, operand).is_some() => *high = Some(operand),
                _ => parts.push((operand, None)),
            }
        }
        self.chain(word, &parts, |p, (operand, high)| match high.and_then(|high| bounds(operand, high)) {
            Some((arg, low, high)) => p.between(arg, "BETWEEN", low, high),
            None => p.expr(operand, surroundings),
        });
    }

    #[inline(never)]
    fn between(&mut self, arg: &E, word: &str, low: &E, high: &E) {
        self.expr(arg, Precedence::Bits);
        self.word(" ");
        self.word(word);
        self.word(" ");
        self.expr(low, Precedence::Bits);
        self.word(" AND ");
        self.expr(high, Precedence::Bits);
    }
}

/// `x >= low` and `x <= high`: x, low and high.
fn bounds<'e>(low: &'e E, high: &'e E) -> Option<(&'e E, &'e E, &'e E)> {
    match (&low.sql, &high.sql) {
        (Sql::Infix { op: ">=", left: a, right: low, .. }, Sql::Infix { op: "<=", left: b, right: high, .. }) if a == b && !a.facts.volatile => {
            Some((a, low, high))
        }
        _ => None,
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
