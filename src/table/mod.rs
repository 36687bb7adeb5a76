//! Tables and rows: definitions, inserts, updates, merges, writers, migrations, and what the catalogue knows of them.
//!
//! Every operation here is atomic: it happens as a whole or leaves the database as it was, also inside a transaction.

pub mod assign;
pub mod cell;
pub mod ddl;
pub mod fragment;
pub mod insert;
pub mod maintain;
pub mod merge;
pub mod migrate;
pub mod reflect;
pub mod rows;
pub mod transaction;
pub mod update;
pub mod violation;
pub mod write;

#[cfg(test)]
mod tests;
