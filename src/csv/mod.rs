//! The CSV reader: bytes in, in any cuts; typed rows out. It knows no database and does no I/O.
//!
//! ```text
//! bytes ─▶ reader: BOM, sniffing ─▶ parser: records ─▶ rows: header, ragged, UTF-8, NULL ─▶ column: types ─▶ RowSink
//! ```
//!
//! Guaranteed: the result never depends on the cuts; no value is changed silently; memory is bounded by the largest record, the sample,
//! and the original texts that are kept (at most 16 MiB a column). Not promised: the types before the end of the input.

pub mod sink;
pub mod scan;
mod digits;
pub mod infer;
pub mod moment;
pub mod format;
pub mod dialect;
pub mod sniff;
pub mod record;
pub mod parser;
pub mod names;
pub mod report;
pub mod convert;
pub mod kind;
pub mod kept;
pub mod column;
pub mod rows;
pub mod reader;
pub mod json_rows;

pub use dialect::{Mode, OnTypeConflict, Options};
pub use reader::{CsvReader, Outcome};
pub use sink::{Nowhere, RowSink, Stored};

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod tests;
