//! From the syntax tree to text: precedence, aliases, parameters and layout are decided here and nowhere else.

mod calls;
mod exprs;
mod layout;
mod names;
mod query;
mod values;

use std::collections::HashMap;

use super::ast::{Cte, Statement};
use super::dialect::Dialect;
use super::{CompileOptions, quote};
use crate::error::{Error, Result};
use crate::value::Value;
use names::Names;

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
        flat: false,
        in_compound: false,
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
    /// Within a text that is being tried on one line.
    flat: bool,
    /// In an arm of UNION, INTERSECT, EXCEPT or of a recursion.
    in_compound: bool,
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
        let listed = !cte.columns.is_empty();
        self.bare = listed && query::may_be_bare(&cte.query.select);
        self.query(&cte.query);
        if let Some(step) = &cte.step {
            self.line();
            self.word("UNION ALL");
            self.line();
            self.bare = listed && query::may_be_bare(&step.select);
            self.query(step);
        }
        self.indent -= 1;
        self.open();
        self.word(")");
    }
}
