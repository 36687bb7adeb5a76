//! Functions on a real SQLite: every one of the registry runs, and what PySpark documents of each is so.

mod aggregates;
mod collections;
mod dates;
mod numbers;
mod text;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::engine::Database;
use crate::expr::registry::{FunctionKind, Wants, functions};
use crate::value::Value;

fn show(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(i) => i.to_string(),
        Value::Real(r) => format!("{r:?}"),
        Value::Text(t) => format!("'{t}'"),
        Value::Blob(b) => format!("x'{}'", b.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}

/// Each line: an expression, ` => `, its value.
fn check(cases: &str) {
    let db = Database::open_in_memory().unwrap();
    let mut failures = Vec::new();
    for line in cases.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (sql, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let found = match db.query(&format!("SELECT {sql}"), &[]) {
            Ok(rows) => show(&rows[0][0]),
            Err(e) => format!("error: {e}"),
        };
        if found != expected {
            failures.push(format!("{sql}: {found}, not {expected}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn sample(name: &str, wants: Wants) -> &'static str {
    match (name, wants) {
        ("format", Wants::Text) => "'yyyy'",
        ("field" | "unit", _) => "'month'",
        ("charset", _) => "'utf-8'",
        ("path", _) => "'$.a'",
        ("schema", _) => "'a INT'",
        ("percentage", _) => "0.5",
        ("regexp" | "pattern", _) => "'a(b)'",
        ("idx", _) => "1",
        ("escape" | "pairDelim" | "keyValueDelim", _) => "'#'",
        ("errMsg", _) => "'stop'",
        (_, Wants::Any | Wants::Number | Wants::Integer) => "2",
        (_, Wants::Boolean) => "1",
        (_, Wants::Text | Wants::Binary) => "'abc'",
        (_, Wants::Date | Wants::Timestamp) => "'2024-02-29 12:30:15'",
        (_, Wants::Array) => "'[1,2]'",
        (_, Wants::Map) => "'{\"a\":1}'",
    }
}

/// Functions that `compile` writes in its own way and that no SQL function stands behind.
const WITHOUT_BODY: &[&str] = &[
    "sum_distinct",
    "grouping_id",
    "grouping",
    "current_date",
    "current_timestamp",
    "isnull",
    "isnotnull",
    "monotonically_increasing_id",
    "typeof",
    "bitwise_not",
];

#[test]
fn every_function_runs_with_every_number_of_arguments() {
    let db = Database::open_in_memory().unwrap();
    db.execute("CREATE TABLE t (x)", &[]).unwrap();
    db.execute("INSERT INTO t VALUES (1), (2), (NULL)", &[]).unwrap();
    let mut failures = Vec::new();
    for f in functions() {
        if f.kind == FunctionKind::Generator || WITHOUT_BODY.contains(&f.sql_name) || f.sql_name == "raise_error" {
            continue;
        }
        let (least, most) = f.arity();
        for n in
            least.max(usize::from(f.sql_name == "coalesce" || f.sql_name == "greatest" || f.sql_name == "least") * 2)..=most.unwrap_or(least.max(2))
        {
            if matches!(f.sql_name, "map" | "named_struct") && n % 2 == 1
                || matches!(f.sql_name, "count") && n > 1
                || f.sql_name == "unix_timestamp" && n == 0
                || f.sql_name == "map_concat" && n > 1
            {
                continue;
            }
            let mut args: Vec<&str> = (0..n).map(|i| f.param(i).map_or("1", |p| sample(p.name, p.wants))).collect();
            if f.sql_name == "to_json" {
                args[0] = "'{}'";
            }
            let over = if f.kind == FunctionKind::Window { " OVER (ORDER BY x)" } else { "" };
            let name = if f.sql_name == "first_value" || f.sql_name == "last_value" { &f.sql_name[..f.sql_name.len() - 6] } else { f.sql_name };
            let call = match f.sql_name {
                "like" => "'abc' LIKE 'a%'".into(),
                "left" | "right" | "replace" | "if" => format!("\"{name}\"({})", args.join(", ")),
                _ => format!("{name}({}){over}", args.join(", ")),
            };
            if let Err(e) = db.query(&format!("SELECT {call} FROM t"), &[]) {
                failures.push(format!("{call}: {e}"));
            }
            if f.kind == FunctionKind::Aggregate {
                let name = f.over.unwrap_or(f.sql_name);
                for window in ["ORDER BY x", "ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"] {
                    let call = format!("{name}({}) OVER ({window})", args.join(", "));
                    if let Err(e) = db.query(&format!("SELECT {call} FROM t"), &[]) {
                        failures.push(format!("{call}: {e}"));
                    }
                }
            }
            // NULLs never break a function.
            let nulls = vec!["NULL"; n];
            if f.kind == FunctionKind::Scalar && f.null_in_null_out && n > 0 && f.sql_name != "like" {
                let rows = db.query(&format!("SELECT \"{name}\"({})", nulls.join(", ")), &[]).unwrap();
                assert_eq!(rows[0][0], Value::Null, "{name}");
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn typed_twins_run() {
    check(
        "array_of('boolean, int', 1, 1) => '[true,1]'
         named_struct_of('string, boolean, string, array<int>', 'a', 0, 'b', '[1]') => '{\"a\":false,\"b\":[1]}'
         concat_of('array<int>, array<int>', '[1]', '[2]') => '[1,2]'
         concat_ws_of('string, array<string>, boolean', '-', '[\"a\",null,\"b\"]', 1) => 'a-b-true'
         reverse_of('array<int>', '[1,2]') => '[2,1]'
         array_contains_of('array<boolean>, boolean', '[true]', 1) => 1
         array_append_of('array<array<int>>, array<int>', '[[1]]', '[2]') => '[[1],[2]]'
         to_json_of('struct<a:int,b:timestamp>', '{\"a\":null,\"b\":\"2024-02-29 12:30:15.5\"}') => '{\"b\":\"2024-02-29T12:30:15.500Z\"}'
         hash_of('int', 0) => 933211791
         hash_of('string, string', NULL, 'x') => -80340190
         xxhash64_of('string', 'abc') => 1423657621850124518
         map_keys_of('map<int,string>', '{\"1\":\"a\"}') => '[1]'
         collect_list_of('boolean', x) FROM (SELECT 1 AS x UNION ALL SELECT 0) => '[true,false]'
         collect_set_of('array<int>', x) FROM (SELECT '[1]' AS x UNION ALL SELECT '[1]') => '[[1]]'
         format_string_of('string, boolean, int', '%s %x', 1, -1) => 'true ffffffff'",
    );
}
