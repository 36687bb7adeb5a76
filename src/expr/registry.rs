//! The function registry: the single list of what `F` and SQL text can call.
//!
//! Every function compiles to a plain SQL call of `sql_name` unless `compile` has a rule of its own for it (coalesce, count, casts, generators).
//! Where SQLite lacks the function or means something else, `functions/` registers ours under the same name on every connection.
//! The TypeScript `F`, its documentation page and the arity errors are made from this list.

use crate::error::Result;
use crate::types::DataType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    /// Only with OVER.
    Window,
    /// Makes rows: `explode` and its family.
    Generator,
}

/// What a JavaScript string means at an argument's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringIs {
    /// The name of a column, as in PySpark.
    Column,
    /// A literal: patterns, formats, separators, units, paths, defaults.
    Literal,
}

#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    pub string_is: StringIs,
    pub optional: bool,
    /// Takes all remaining arguments; only on the last.
    pub variadic: bool,
}

pub struct Function {
    /// In `F`: `dateAdd`.
    pub name: &'static str,
    /// In SQL: `date_add`; what our own implementations are registered under.
    pub sql_name: &'static str,
    /// Further names in either spelling (`mean` of `avg`).
    pub aliases: &'static [&'static str],
    /// One of: aggregate text math date condition array window misc.
    pub family: &'static str,
    pub kind: FunctionKind,
    pub params: &'static [Param],
    /// The type of the result from those of the arguments; `type_mismatch` where they do not fit.
    pub returns: fn(&[DataType]) -> Result<DataType>,
    /// May the result be NULL when no argument is?
    pub nullable: bool,
    /// Equal arguments give equal results.
    pub deterministic: bool,
    /// One line for the documentation.
    pub doc: &'static str,
}

/// All functions, by family.
pub fn functions() -> &'static [Function] {
    &[]
}

/// The function of this name in either spelling, without regard to case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    functions().iter().find(|f| {
        f.name.eq_ignore_ascii_case(name) || f.sql_name.eq_ignore_ascii_case(name) || f.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
    })
}
