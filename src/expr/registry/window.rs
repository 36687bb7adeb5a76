//! Functions of a row's place in its window; they need OVER.

use super::Wants::{Any, Boolean, Integer};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("window", FunctionKind::Window, (name, sql_name), params, returns, doc)
}

const SHIFTED: &[Param] = &[Param::column("col", Any), Param::literal("offset", Integer).optional(), Param::literal("default", Any).optional()];
const IGNORING: &[Param] = &[Param::column("col", Any), Param::literal("ignoreNulls", Boolean).optional()];

pub static FUNCTIONS: &[Function] = &[
    f("rowNumber", "row_number", &[], returns::int, "Number of the row, from 1").never_null(),
    f("rank", "rank", &[], returns::int, "Rank with gaps after ties").never_null(),
    f("denseRank", "dense_rank", &[], returns::int, "Rank without gaps").never_null(),
    f("percentRank", "percent_rank", &[], returns::double, "Rank from 0 to 1").never_null(),
    f("cumeDist", "cume_dist", &[], returns::double, "Share of rows up to this one and its ties").never_null(),
    f("ntile", "ntile", &[Param::literal("n", Integer)], returns::int, "Number of the bucket, from 1, of n that are as equal as possible")
        .never_null(),
    f("lag", "lag", SHIFTED, returns::first, "Value some rows before (1 by default), or the default where there is none"),
    f("lead", "lead", SHIFTED, returns::first, "Value some rows after (1 by default), or the default where there is none"),
    Function::new(
        "window",
        FunctionKind::Aggregate,
        ("firstValue", "first_value"),
        IGNORING,
        returns::first,
        "First value of the frame; with `ignoreNulls` the first that is not NULL",
    )
    .over("first_value"),
    Function::new(
        "window",
        FunctionKind::Aggregate,
        ("lastValue", "last_value"),
        IGNORING,
        returns::first,
        "Last value of the frame; with `ignoreNulls` the last that is not NULL",
    )
    .over("last_value"),
    f(
        "nthValue",
        "nth_value",
        &[Param::column("col", Any), Param::literal("n", Integer), Param::literal("ignoreNulls", Boolean).optional()],
        returns::first,
        "Value of the frame's nth row, from 1; with `ignoreNulls` NULLs are not counted",
    ),
];
