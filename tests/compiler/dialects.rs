//! The same plan for other databases.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use moltres::compile::{CompileOptions, dialect::Dialect};
use moltres::error::{Code, Result};
use moltres::plan::wire;
use serde_json::{Value as Json, json};

use crate::database;

fn sql(plan: &Json, dialect: Dialect) -> Result<String> {
    let plan = wire::decode(&plan.to_string())?;
    let options = CompileOptions { dialect, ..CompileOptions::default() };
    Ok(database().compile_plan_with(&plan, &options)?.sql)
}

fn select(texts: &[&str]) -> Json {
    let exprs: Vec<Json> = texts.iter().map(|text| json!({"op": "text", "sql": text})).collect();
    let ids: Vec<usize> = (0..texts.len()).collect();
    json!({"version": 1, "exprs": exprs, "nodes": [{"op": "table", "name": "t"}, {"op": "project", "input": 0, "exprs": ids}], "root": 1})
}

#[test]
fn a_plan_in_four_dialects() {
    let plan = json!({"version": 1, "exprs": [
            {"op": "text", "sql": "d >= date '2024-01-31' and k <=> 'a' and k like 'a%'"}, {"op": "column", "name": "k"},
            {"op": "text", "sql": "sum(x / 2) as s"}, {"op": "text", "sql": "s desc"}],
        "nodes": [{"op": "table", "name": "t"}, {"op": "filter", "input": 0, "condition": 0},
            {"op": "aggregate", "input": 1, "grouping": "groupBy", "keys": [1], "aggregates": [2]}, {"op": "sort", "input": 2, "keys": [3]},
            {"op": "offset", "input": 3, "n": 2}], "root": 4});
    let rest = |cast: &str, like: &str, same: &str| {
        format!(
            "SELECT \"k\", sum(CAST(\"x\" AS {cast}) / 2) AS \"s\" FROM \"t\" WHERE \"d\" >= DATE '2024-01-31' AND {same} AND \"k\" LIKE 'a%'{like} \
             GROUP BY \"k\" ORDER BY \"s\" DESC NULLS LAST OFFSET 2"
        )
    };
    let same = "\"k\" IS NOT DISTINCT FROM 'a'";
    assert_eq!(sql(&plan, Dialect::Postgres).unwrap(), rest("DOUBLE PRECISION", "", same));
    assert_eq!(sql(&plan, Dialect::DuckDb).unwrap(), rest("DOUBLE", " ESCAPE '\\'", same));
    assert_eq!(sql(&plan, Dialect::Spark).unwrap(), rest("DOUBLE", "", "(\"k\" <=> 'a')").replace('"', "`"));
    assert!(sql(&plan, Dialect::Sqlite).unwrap().ends_with("LIMIT -1 OFFSET 2"));
}

#[test]
fn functions_and_casts_have_twins() {
    let plan =
        select(&["year(d) as y", "cast(k as bigint) as n", "contains(k, 'a') as c", "coalesce(k, '') as e", "row_number() over (order by x) as r"]);
    assert_eq!(
        sql(&plan, Dialect::Postgres).unwrap(),
        "SELECT CAST(EXTRACT(YEAR FROM \"d\") AS BIGINT) AS \"y\", CAST(\"k\" AS BIGINT) AS \"n\", (strpos(\"k\", 'a') > 0) AS \"c\", \
         coalesce(\"k\", '') AS \"e\", row_number() OVER (ORDER BY \"x\" NULLS FIRST) AS \"r\" FROM \"t\""
    );
    assert!(sql(&plan, Dialect::DuckDb).unwrap().starts_with("SELECT year(\"d\") AS \"y\", CAST(\"k\" AS BIGINT) AS \"n\", contains(\"k\", 'a')"));
    assert!(sql(&plan, Dialect::Spark).unwrap().starts_with("SELECT year(`d`) AS `y`, CAST(`k` AS BIGINT) AS `n`, contains(`k`, 'a')"));
}

#[test]
fn what_has_no_twin_is_named() {
    let error = sql(&select(&["soundex(k) as s"]), Dialect::Postgres).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (Code::Unsupported, "toSQL: the function soundex has no twin in postgres"));
    assert!(sql(&select(&["soundex(k) as s"]), Dialect::Spark).is_ok());
    let raw = json!({"version": 1, "exprs": [], "nodes": [{"op": "sql", "sql": "SELECT id FROM t"}], "root": 0});
    assert_eq!(sql(&raw, Dialect::DuckDb).unwrap_err().code(), Code::Unsupported);
}

/// Only SQLite must be told that an array is more than a text.
#[test]
fn arrays_are_in_order_by_themselves() {
    let plan = select(&["max(array(x)) as m"]);
    assert!(sql(&plan, Dialect::Sqlite).unwrap().starts_with("SELECT max(array(\"x\") COLLATE NESTED)"));
    assert!(sql(&plan, Dialect::Spark).unwrap().starts_with("SELECT max(array(`x`))"));
}
