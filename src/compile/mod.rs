//! From an analysed plan to one readable SELECT.

pub mod text;
pub mod quote;

use serde::Serialize;

use crate::schema::Schema;
use crate::value::Value;

/// All that is handed over: the statement, the values of its `?1, ?2, …`, and the columns it gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompiledQuery {
    pub sql: String,
    pub params: Vec<Value>,
    pub columns: Schema,
}
