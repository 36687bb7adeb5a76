//! Aggregates. All but `grouping` can be used with OVER as well.

use super::Wants::{Any, Boolean, Integer, Number, Text};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("aggregate", FunctionKind::Aggregate, (name, sql_name), params, returns, doc)
}

const ANY: &[Param] = &[Param::column("col", Any)];
const NUMBER: &[Param] = &[Param::column("col", Number)];
const INTEGER: &[Param] = &[Param::column("col", Integer)];
const BOOLEAN: &[Param] = &[Param::column("col", Boolean)];
const TWO_NUMBERS: &[Param] = &[Param::column("col1", Number), Param::column("col2", Number)];
const REGRESSION: &[Param] = &[Param::column("y", Number), Param::column("x", Number)];
const IGNORING: &[Param] = &[Param::column("col", Any), Param::literal("ignoreNulls", Boolean).optional()];
const EXTREME: &[Param] = &[Param::column("col", Any), Param::column("ord", Any)];
const LISTED: &[Param] = &[Param::column("col", Text), Param::literal("delimiter", Text).optional()];

pub static FUNCTIONS: &[Function] = &[
    f("sum", "sum", NUMBER, returns::sum, "Sum of the values that are not NULL; NULL without any. A sum of integers wraps around at 64 bits"),
    f("sumDistinct", "sum_distinct", NUMBER, returns::sum, "Sum of the distinct values").rule(),
    f("avg", "avg", NUMBER, returns::average, "Mean of the values that are not NULL").aliases(&["mean"]),
    f("min", "min", ANY, returns::first, "Least value"),
    f("max", "max", ANY, returns::first, "Greatest value"),
    f("count", "count", &[Param::column("col", Any).variadic()], returns::long, "Number of rows (`\"*\"`), or of rows where no argument is NULL")
        .never_null()
        .rule(),
    f("countDistinct", "count_distinct", &[Param::column("col", Any).variadic()], returns::long, "Number of distinct combinations without a NULL")
        .never_null()
        .rule(),
    f("countIf", "count_if", BOOLEAN, returns::long, "Number of rows where the condition holds").never_null(),
    f(
        "approxCountDistinct",
        "approx_count_distinct",
        &[Param::column("col", Any), Param::literal("rsd", Number).optional()],
        returns::long,
        "Number of distinct values, here exact; the permitted deviation is accepted and not used",
    )
    .never_null(),
    f("first", "first", IGNORING, returns::first, "First value in the order of rows; with `ignoreNulls` the first that is not NULL")
        .over("first_value"),
    f("last", "last", IGNORING, returns::first, "Last value in the order of rows; with `ignoreNulls` the last that is not NULL").over("last_value"),
    f("anyValue", "any_value", IGNORING, returns::first, "Some value of the group: the first").aliases(&["any_value"]).over("first_value"),
    f("collectList", "collect_list", ANY, returns::array_of_first, "Array of the values that are not NULL")
        .aliases(&["arrayAgg", "array_agg"])
        .never_null()
        .typed(),
    f(
        "collectSet",
        "collect_set",
        ANY,
        returns::array_of_first,
        "Array of the distinct values that are not NULL, in the order of their first appearance",
    )
    .never_null()
    .typed(),
    f("stddev", "stddev", NUMBER, returns::double_of_numbers, "Standard deviation of a sample; NULL for fewer than two values").aliases(&["std"]),
    f("stddevSamp", "stddev_samp", NUMBER, returns::double_of_numbers, "Standard deviation of a sample; NULL for fewer than two values"),
    f("stddevPop", "stddev_pop", NUMBER, returns::double_of_numbers, "Standard deviation of a population"),
    f("variance", "variance", NUMBER, returns::double_of_numbers, "Variance of a sample; NULL for fewer than two values"),
    f("varSamp", "var_samp", NUMBER, returns::double_of_numbers, "Variance of a sample; NULL for fewer than two values"),
    f("varPop", "var_pop", NUMBER, returns::double_of_numbers, "Variance of a population"),
    f("corr", "corr", TWO_NUMBERS, returns::double_of_numbers, "Pearson's correlation of two columns, over rows where both are not NULL"),
    f("covarPop", "covar_pop", TWO_NUMBERS, returns::double_of_numbers, "Covariance of a population"),
    f("covarSamp", "covar_samp", TWO_NUMBERS, returns::double_of_numbers, "Covariance of a sample; NULL for fewer than two pairs"),
    f("skewness", "skewness", NUMBER, returns::double_of_numbers, "Skewness; NULL where all values are equal"),
    f("kurtosis", "kurtosis", NUMBER, returns::double_of_numbers, "Excess kurtosis; NULL where all values are equal"),
    f("median", "median", NUMBER, returns::double_of_numbers, "Median, interpolated between the two middle values"),
    f(
        "mode",
        "mode",
        &[Param::column("col", Any), Param::literal("deterministic", Boolean).optional()],
        returns::first,
        "Most frequent value; among several the least",
    ),
    f(
        "percentile",
        "percentile",
        &[Param::column("col", Number), Param::literal("percentage", Any), Param::literal("frequency", Integer).optional()],
        returns::percentile,
        "Exact percentile (0 to 1, or an array of them), interpolated; each value counts `frequency` times",
    ),
    f(
        "percentileApprox",
        "percentile_approx",
        &[Param::column("col", Any), Param::literal("percentage", Any), Param::literal("accuracy", Integer).optional()],
        returns::percentile_approx,
        "Least value that occurs and at or below which the given share of values lies (0 to 1, or an array), here exact",
    )
    .aliases(&["approxPercentile", "approx_percentile"]),
    f("boolAnd", "bool_and", BOOLEAN, returns::all_boolean, "Are all values true?").aliases(&["every"]),
    f("boolOr", "bool_or", BOOLEAN, returns::all_boolean, "Is some value true?").aliases(&["some", "any"]),
    f("maxBy", "max_by", EXTREME, returns::first, "Value of `col` in the row where `ord` is greatest"),
    f("minBy", "min_by", EXTREME, returns::first, "Value of `col` in the row where `ord` is least"),
    f("listagg", "listagg", LISTED, returns::string, "Values that are not NULL, joined by a delimiter (none by default)"),
    f("stringAgg", "string_agg", LISTED, returns::string, "Values that are not NULL, joined by a delimiter (none by default)"),
    f("product", "product", NUMBER, returns::double_of_numbers, "Product of the values"),
    f("bitAnd", "bit_and", INTEGER, returns::integer, "Bitwise AND of the values"),
    f("bitOr", "bit_or", INTEGER, returns::integer, "Bitwise OR of the values"),
    f("bitXor", "bit_xor", INTEGER, returns::integer, "Bitwise XOR of the values"),
    f("regrCount", "regr_count", REGRESSION, returns::long, "Number of rows where both are not NULL").never_null(),
    f("regrAvgx", "regr_avgx", REGRESSION, returns::double_of_numbers, "Mean of x over rows where both are not NULL"),
    f("regrAvgy", "regr_avgy", REGRESSION, returns::double_of_numbers, "Mean of y over rows where both are not NULL"),
    f("regrSlope", "regr_slope", REGRESSION, returns::double_of_numbers, "Slope of the regression line"),
    f("regrIntercept", "regr_intercept", REGRESSION, returns::double_of_numbers, "Intercept of the regression line"),
    f("regrR2", "regr_r2", REGRESSION, returns::double_of_numbers, "Coefficient of determination"),
    f("regrSxx", "regr_sxx", REGRESSION, returns::double_of_numbers, "Sum of squared deviations of x"),
    f("regrSyy", "regr_syy", REGRESSION, returns::double_of_numbers, "Sum of squared deviations of y"),
    f("regrSxy", "regr_sxy", REGRESSION, returns::double_of_numbers, "Sum of products of deviations"),
    f(
        "groupingId",
        "grouping_id",
        &[Param::column("cols", Any).optional().variadic()],
        returns::long,
        "Which keys of a rollup or cube are totals, as a binary number",
    )
    .never_null()
    .rule(),
    f("grouping", "grouping", ANY, returns::int, "Is this key of a rollup or cube a total: 1, else 0").never_null().rule(),
];
