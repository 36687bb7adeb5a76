//! NULL and conditions.

use super::Wants::{Any, Boolean, Number};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("condition", FunctionKind::Scalar, (name, sql_name), params, returns, doc).sees_nulls()
}

const ONE: &[Param] = &[Param::column("col", Any)];
const TWO: &[Param] = &[Param::column("col1", Any), Param::column("col2", Any)];

pub static FUNCTIONS: &[Function] = &[
    f("coalesce", "coalesce", &[Param::column("cols", Any).variadic()], returns::common, "First argument that is not NULL").rule(),
    f("ifnull", "ifnull", TWO, returns::common, "The first argument, or the second where it is NULL"),
    f("nvl", "nvl", TWO, returns::common, "The first argument, or the second where it is NULL"),
    f(
        "nvl2",
        "nvl2",
        &[Param::column("col1", Any), Param::column("col2", Any), Param::column("col3", Any)],
        returns::common_after_first,
        "The second argument where the first is not NULL, else the third",
    ),
    f("nullif", "nullif", TWO, returns::first, "NULL where both are equal, else the first"),
    f("nullifzero", "nullifzero", &[Param::column("col", Number)], returns::first, "NULL for 0"),
    f("zeroifnull", "zeroifnull", &[Param::column("col", Number)], returns::first, "0 for NULL").total(),
    f("isnull", "isnull", ONE, returns::boolean, "Is it NULL?").total().rule(),
    f("isnotnull", "isnotnull", ONE, returns::boolean, "Is it not NULL?").total().rule(),
    f("isnan", "isnan", &[Param::column("col", Number)], returns::boolean, "Is it not a number? SQLite holds NaN as NULL, so it never is").total(),
    f(
        "nanvl",
        "nanvl",
        &[Param::column("col1", Number), Param::column("col2", Number)],
        returns::common,
        "The first argument, or the second where it is NaN",
    ),
    f("equalNull", "equal_null", TWO, returns::boolean, "Are both equal, or both NULL?").total(),
    f(
        "iif",
        "iif",
        &[Param::column("condition", Boolean), Param::column("then", Any), Param::column("otherwise", Any)],
        returns::common_after_first,
        "The second argument where the condition holds, else the third",
    )
    .aliases(&["if"]),
];
