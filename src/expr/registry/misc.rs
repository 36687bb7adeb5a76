//! Hashes, identities, types.

use super::Wants::{Any, Text};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("misc", FunctionKind::Scalar, (name, sql_name), params, returns, doc).never_null()
}

const SEVERAL: &[Param] = &[Param::column("cols", Any).variadic()];

pub static FUNCTIONS: &[Function] = &[
    f("hash", "hash", SEVERAL, returns::int, "Spark's 32-bit hash (Murmur3, seed 42); NULLs are left out").typed(),
    f("xxhash64", "xxhash64", SEVERAL, returns::long, "Spark's 64-bit hash (xxHash64, seed 42); NULLs are left out").typed(),
    f("monotonicallyIncreasingId", "monotonically_increasing_id", &[], returns::long, "A number that grows from row to row, from 0")
        .volatile()
        .rule(),
    f("uuid", "uuid", &[], returns::string, "A random UUID, another one for each row").volatile(),
    f("typeof", "typeof", &[Param::column("col", Any)], returns::string, "The logical type's name").rule(),
    f("version", "version", &[], returns::string, "Version of Moltres"),
    f("raiseError", "raise_error", &[Param::literal("errMsg", Text)], returns::first, "Fails with this message when a row reaches it")
        .nullable()
        .volatile(),
];
