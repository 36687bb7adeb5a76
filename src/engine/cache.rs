//! Prepared statements by SQL text, so that nobody has to keep or free one.

use std::cell::{Cell, RefCell};

use rusqlite::Connection;

use super::statement::Statement;
use crate::error::{Error, Result};

const CAPACITY: usize = 48;
/// Longer texts are compiled anew: keeping them costs more than compiling.
const MAX_TEXT: usize = 1 << 16;

/// The least recently used goes first. A statement that runs is out of the cache, so that running the same text inside itself compiles another.
#[derive(Default)]
pub struct StatementCache {
    kept: RefCell<Vec<(Box<str>, Statement)>>,
    /// Was something compiled that may act when it is?
    acted: Cell<bool>,
}

impl StatementCache {
    /// A statement for `sql`, which must hold exactly one.
    pub fn take(&self, conn: &Connection, sql: &str) -> Result<Statement> {
        if let Some(found) = self.find(sql) {
            return Ok(found);
        }
        self.note(sql);
        let (statement, consumed) = Statement::prepare(conn, sql)?;
        let statement = statement.ok_or_else(|| Error::invalid("the SQL text holds no statement"))?;
        let rest = sql.get(consumed..).unwrap_or_default();
        self.note(rest);
        if !is_blank(conn, rest) {
            return Err(Error::invalid("the SQL text holds more than one statement")
                .sql(sql)
                .position(consumed)
                .hint("run them one by one, or with execute without parameters"));
        }
        Ok(statement)
    }

    /// A text is about to be compiled. A PRAGMA acts then already, whether it is run or not.
    pub fn note(&self, sql: &str) {
        if may_act_when_compiled(sql) {
            self.acted.set(true);
        }
    }

    /// Was a text noted, since the last call, that may have changed a setting of the connection?
    pub fn take_acted(&self) -> bool {
        self.acted.take()
    }

    fn find(&self, sql: &str) -> Option<Statement> {
        let mut kept = self.kept.borrow_mut();
        let at = kept.iter().rposition(|(text, _)| **text == *sql)?;
        Some(kept.remove(at).1)
    }

    /// Keeps a statement for the next time.
    pub fn give_back(&self, sql: &str, statement: Statement) {
        statement.reset();
        if sql.len() > MAX_TEXT || may_act_when_compiled(sql) {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= CAPACITY {
            kept.remove(0);
        }
        kept.push((sql.into(), statement));
    }

    /// Finalises all: before the connection closes or its content is replaced.
    pub fn clear(&self) {
        self.kept.borrow_mut().clear();
    }
}

/// Could it be a PRAGMA, by its first word? It may stand behind EXPLAIN or a comment.
fn may_act_when_compiled(sql: &str) -> bool {
    /// Asked before every plan: these only read, and when they run.
    const OURS: [&str; 2] = ["PRAGMA main.schema_version", "PRAGMA temp.schema_version"];
    let text = sql.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
    let is = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let hidden = || ["EXPLAIN", "--", "/*"].iter().any(|word| is(word)) && text.to_ascii_lowercase().contains("pragma");
    (is("PRAGMA") || hidden()) && !OURS.contains(&sql)
}

/// Nothing but blanks, semicolons and comments?
fn is_blank(conn: &Connection, sql: &str) -> bool {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        if rest.is_empty() {
            return true;
        }
        match Statement::prepare(conn, rest) {
            Ok((None, consumed)) if consumed > 0 => rest = rest.get(consumed..).unwrap_or_default(),
            Ok((None, _)) => return true,
            _ => return false,
        }
    }
}
