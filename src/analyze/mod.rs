//! Analysis: names are resolved against the catalogue, types inferred, misuse refused. Nothing is executed.

use crate::error::Result;
use crate::expr::registry::FunctionKind;
use crate::schema::Schema;
use crate::types::DataType;

/// A function that the user registered.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFunction {
    pub kind: FunctionKind,
    pub returns: DataType,
    pub deterministic: bool,
}

/// What analysis may ask of the database.
pub trait Catalog {
    /// The columns of a table or view, and its name in the spelling of its definition; names match without regard to case.
    fn table(&self, name: &str) -> Result<Option<(String, Schema)>>;
    fn table_names(&self) -> Result<Vec<String>>;
    /// The columns of a SELECT in SQLite's own words.
    fn query_columns(&self, sql: &str) -> Result<Schema>;
    fn user_function(&self, name: &str) -> Option<UserFunction>;
    /// The temporary table that holds a cached frame, if it is materialised.
    fn cached(&self, id: &str) -> Option<String>;
}
