//! Columns of a table, a frame or a result.

use serde::{Deserialize, Serialize};

use crate::types::DataType;

/// One column: its name in the spelling asked for, logical type, and whether NULL may occur.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: DataType,
    pub nullable: bool,
}

impl Field {
    pub fn new(name: impl Into<String>, data_type: DataType, nullable: bool) -> Self {
        Field { name: name.into(), data_type, nullable }
    }
}

/// The columns of a relation, in order. Names may repeat (a join on a Column keeps both).
pub type Schema = Vec<Field>;
