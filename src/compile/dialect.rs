//! The same SELECT for other databases, so that a plan outgrows one machine without being rewritten.
//!
//! The tree is the one made for SQLite; what differs is spelled here: functions, casts, literals, NULL-safe comparison, the order of NULLs.
//! Values are written into the text, since databases number their parameters differently. What has no twin is `unsupported`, by name.
//! Not promised: the same answers where databases differ on values themselves (collations, overflow, formats of dates).

use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    #[default]
    Sqlite,
    Postgres,
    DuckDb,
    Spark,
}

/// How a call is written. `{0}` stands for its first argument, with parentheses where it needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Under this name.
    Name(&'static str),
    /// As this text.
    Template(&'static str),
}

/// Spelled and meant alike everywhere.
const COMMON: &[&str] = &[
    "abs",
    "acos",
    "ascii",
    "asin",
    "atan",
    "atan2",
    "avg",
    "bool_and",
    "bool_or",
    "ceil",
    "coalesce",
    "concat",
    "concat_ws",
    "corr",
    "cos",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "greatest",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "ln",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "md5",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pi",
    "power",
    "radians",
    "rank",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "sign",
    "sin",
    "sqrt",
    "stddev_pop",
    "stddev_samp",
    "substring",
    "sum",
    "tan",
    "translate",
    "trim",
    "upper",
    "var_pop",
    "var_samp",
];

impl Dialect {
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
            Dialect::DuckDb => "duckdb",
            Dialect::Spark => "spark",
        }
    }

    /// The spelling of a function that has a twin.
    pub fn function(self, name: &str) -> Option<Spelling> {
        use Spelling::{Name, Template};
        if let Ok(at) = COMMON.binary_search(&name) {
            return Some(Name(COMMON[at]));
        }
        let cast = match (name, self) {
            ("cast_boolean", _) => Some("CAST({0} AS BOOLEAN)"),
            ("cast_byte" | "cast_short", _) => Some("CAST({0} AS SMALLINT)"),
            ("cast_int", _) => Some("CAST({0} AS INTEGER)"),
            ("cast_long", _) => Some("CAST({0} AS BIGINT)"),
            ("cast_double", Dialect::Postgres) => Some("CAST({0} AS DOUBLE PRECISION)"),
            ("cast_double", _) => Some("CAST({0} AS DOUBLE)"),
            ("cast_decimal", _) => Some("CAST({0} AS DECIMAL({1}, {2}))"),
            ("cast_date", _) => Some("CAST({0} AS DATE)"),
            ("cast_timestamp", _) => Some("CAST({0} AS TIMESTAMP)"),
            ("cast_string" | "boolean_to_string" | "timestamp_to_string" | "float_to_string", Dialect::Spark) => Some("CAST({0} AS STRING)"),
            ("cast_string" | "boolean_to_string" | "timestamp_to_string" | "float_to_string", _) => Some("CAST({0} AS VARCHAR)"),
            _ => None,
        };
        if let Some(template) = cast {
            return Some(Template(template));
        }
        match self {
            Dialect::Sqlite => None,
            // The names of our functions are Spark's.
            Dialect::Spark => match name {
                "bitwise_xor" => Some(Template("({0} ^ {1})")),
                "ilike" => Some(Template("({0} ILIKE {1})")),
                _ => crate::expr::registry::lookup(name).map(|f| Name(f.sql_name)),
            },
            Dialect::Postgres => Some(Template(match name {
                "year" => "CAST(EXTRACT(YEAR FROM {0}) AS BIGINT)",
                "quarter" => "CAST(EXTRACT(QUARTER FROM {0}) AS BIGINT)",
                "month" => "CAST(EXTRACT(MONTH FROM {0}) AS BIGINT)",
                "day" | "dayofmonth" => "CAST(EXTRACT(DAY FROM {0}) AS BIGINT)",
                "dayofyear" => "CAST(EXTRACT(DOY FROM {0}) AS BIGINT)",
                "dayofweek" => "CAST(EXTRACT(DOW FROM {0}) + 1 AS BIGINT)",
                "weekofyear" => "CAST(EXTRACT(WEEK FROM {0}) AS BIGINT)",
                "hour" => "CAST(EXTRACT(HOUR FROM {0}) AS BIGINT)",
                "minute" => "CAST(EXTRACT(MINUTE FROM {0}) AS BIGINT)",
                "second" => "CAST(FLOOR(EXTRACT(SECOND FROM {0})) AS BIGINT)",
                "date_add" => "({0} + {1})",
                "date_sub" => "({0} - {1})",
                "datediff" | "date_diff" => "({0} - {1})",
                "contains" => "(strpos({0}, {1}) > 0)",
                "startswith" => "starts_with({0}, {1})",
                "endswith" => "(right({0}, length({1})) = {1})",
                "instr" => "strpos({0}, {1})",
                "ilike" => "({0} ILIKE {1})",
                "regexp_like" => "({0} ~ {1})",
                "bitwise_xor" => "({0} # {1})",
                "char_length" => "length({0})",
                "ifnull" | "nvl" => "coalesce({0}, {1})",
                "pow" => "power({0}, {1})",
                "initcap" => "initcap({0})",
                "log10" => "log({0})",
                _ => return None,
            })),
            Dialect::DuckDb => Some(Template(match name {
                "year" => "year({0})",
                "quarter" => "quarter({0})",
                "month" => "month({0})",
                "day" | "dayofmonth" => "day({0})",
                "dayofyear" => "dayofyear({0})",
                "dayofweek" => "(dayofweek({0}) + 1)",
                "weekofyear" => "weekofyear({0})",
                "hour" => "hour({0})",
                "minute" => "minute({0})",
                "second" => "second({0})",
                "date_add" => "CAST({0} + to_days(CAST({1} AS INTEGER)) AS DATE)",
                "date_sub" => "CAST({0} - to_days(CAST({1} AS INTEGER)) AS DATE)",
                "datediff" | "date_diff" => "date_diff('day', {1}, {0})",
                "contains" => "contains({0}, {1})",
                "startswith" => "starts_with({0}, {1})",
                "endswith" => "ends_with({0}, {1})",
                "instr" => "instr({0}, {1})",
                "ilike" => "({0} ILIKE {1} ESCAPE '\\')",
                "regexp_like" => "regexp_matches({0}, {1})",
                "bitwise_xor" => "xor({0}, {1})",
                "char_length" => "length({0})",
                "ifnull" | "nvl" => "coalesce({0}, {1})",
                "pow" => "power({0}, {1})",
                "log10" => "log10({0})",
                "log2" => "log2({0})",
                "median" => "median({0})",
                "skewness" => "skewness({0})",
                _ => return None,
            })),
        }
    }

    /// A type of SQLite's CAST.
    pub fn cast_type(self, to: &'static str) -> &'static str {
        match (self, to) {
            (Dialect::Sqlite, to) => to,
            (Dialect::Postgres, "REAL") => "DOUBLE PRECISION",
            (_, "REAL") => "DOUBLE",
            (_, "INTEGER") => "BIGINT",
            (Dialect::Spark, "TEXT") => "STRING",
            (_, "TEXT") => "VARCHAR",
            (Dialect::Postgres, "BLOB") => "BYTEA",
            (Dialect::Spark, "BLOB") => "BINARY",
            (_, other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::COMMON;

    #[test]
    fn the_common_names_are_sorted() {
        assert!(COMMON.is_sorted());
    }
}
