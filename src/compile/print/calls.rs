//! Calls of functions, by the name that they have in the dialect, and their windows.

use super::super::ast::{E, Order, Precedence, Sql};
use super::super::dialect::{Dialect, Spelling};
use super::Printer;

impl Printer<'_> {
    #[inline(never)]
    pub(super) fn call(&mut self, call: &Sql) {
        let Sql::Call { name, args, distinct, filter, star } = call else { return };
        let simple = !distinct && filter.is_none() && !star;
        if simple && self.dialect != Dialect::Sqlite && self.template(name, args) {
            return;
        }
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

    /// The name of a call in the dialect.
    #[inline(never)]
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
    #[inline(never)]
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

    #[inline(never)]
    pub(super) fn over(&mut self, function: &E, partition_by: &[E], order_by: &[Order], frame: Option<&str>) {
        self.expr(function, Precedence::Atom);
        self.word(" OVER (");
        let window = |p: &mut Self, space: fn(&mut Self)| {
            let mut first = true;
            let mut clause = |p: &mut Self, word: &str| {
                if !std::mem::take(&mut first) || p.broken() {
                    space(p);
                }
                p.word(word);
            };
            if !partition_by.is_empty() {
                clause(p, "PARTITION BY ");
                p.commas(partition_by, |p, e| p.expr(e, Precedence::Or));
            }
            if !order_by.is_empty() {
                clause(p, "ORDER BY ");
                p.commas(order_by, |p, order| {
                    p.expr(&order.expr, Precedence::Or);
                    p.direction(order);
                });
            }
            if let Some(frame) = frame {
                clause(p, frame);
            }
        };
        self.fit(
            |p| window(p, |p| p.word(" ")),
            |p| {
                p.indent += 1;
                window(p, Self::break_line);
                p.indent -= 1;
                p.break_line();
            },
        );
        self.word(")");
    }
}

/// Words of SQLite that cannot begin a call. Functions such as `replace` and `like` can.
fn is_keyword(name: &str) -> bool {
    const WORDS: &str = "add all alter and as between case check collate commit constraint create default delete distinct drop else escape except \
        exists foreign from group having in index insert intersect into is isnull join limit not nothing notnull null on or \
        order primary references returning select set table then to transaction union unique update using values when where";
    WORDS.split(' ').any(|word| word.eq_ignore_ascii_case(name))
}
