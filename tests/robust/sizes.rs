//! Plans of any size: right, or refused in words.

use moltres::engine::Database;
use moltres::engine::explain::ReportOptions;
use moltres::error::{Code, Result};
use moltres::plan::wire;
use moltres::value::Value;
use serde_json::{Value as Json, json};

/// Frames of an unoptimised build are many times as large as those of a release; what is tested here is the release's business.
fn on_a_large_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn database() -> Database {
    let db = Database::open_in_memory().unwrap();
    db.execute_script("CREATE TABLE t (a INTEGER, b INTEGER, s TEXT); INSERT INTO t VALUES (1, 2, 'x'), (3, 4, 'y')").unwrap();
    db
}

fn run(db: &Database, plan: &Json) -> Result<Vec<Vec<Value>>> {
    let plan = wire::decode(&plan.to_string())?;
    for report in ["visualizePlan", "validate"] {
        db.plan_report(&plan, report, &ReportOptions::default())?;
    }
    let query = db.compile_plan(&plan)?;
    db.query(&query.sql, &query.params)
}

/// The result, or None if it was refused as unsupported.
#[track_caller]
fn rows_or_refusal(db: &Database, plan: &Json) -> Option<Vec<Vec<Value>>> {
    match run(db, plan) {
        Ok(rows) => Some(rows),
        Err(error) => {
            assert_eq!(error.code(), Code::Unsupported, "{error}");
            eprintln!("refused: {error}");
            None
        }
    }
}

/// `n` times the same verb over its own output.
fn tower(n: usize, verb: impl Fn(usize) -> Json, exprs: Json) -> Json {
    let mut nodes = vec![json!({"op": "table", "name": "t"})];
    nodes.extend((0..n).map(verb));
    json!({"version": 1, "exprs": exprs, "nodes": nodes, "root": n})
}

fn numbers(values: &[i64]) -> Vec<Value> {
    values.iter().map(|v| Value::Integer(*v)).collect()
}

#[test]
fn plans_of_500_verbs_run() {
    on_a_large_stack(|| {
        let db = database();
        let filters = tower(
            500,
            |i| json!({"op": "filter", "input": i, "condition": 2}),
            json!([
            {"op": "column", "name": "a"}, {"op": "literal", "type": "bigint", "value": 0}, {"op": "gt", "left": 0, "right": 1}]),
        );
        assert_eq!(run(&db, &filters).unwrap().len(), 2);
        let limits = tower(500, |i| json!({"op": "limit", "input": i, "n": 1000 - i}), json!([]));
        assert_eq!(run(&db, &limits).unwrap().len(), 2);
        let sorts = tower(500, |i| json!({"op": "sort", "input": i, "keys": [0]}), json!([{"op": "column", "name": "b"}]));
        assert_eq!(run(&db, &sorts).unwrap().len(), 2);
        let distinct = tower(500, |i| json!({"op": "distinct", "input": i}), json!([]));
        assert_eq!(run(&db, &distinct).unwrap().len(), 2);
        let aliases = tower(500, |i| json!({"op": "alias", "input": i, "name": format!("x{i}")}), json!([]));
        assert_eq!(run(&db, &aliases).unwrap().len(), 2);
        let renames = tower(
            500,
            |i| json!({"op": "rename", "input": i, "pairs": [[if i == 0 { "a".into() } else { format!("a{i}") }, format!("a{}", i + 1)]]}),
            json!([]),
        );
        assert_eq!(run(&db, &renames).unwrap().len(), 2);
    });
}

#[test]
fn plans_of_2_000_verbs_run_or_are_refused() {
    on_a_large_stack(|| {
        let db = database();
        let one = json!([{"op": "column", "name": "a"}, {"op": "literal", "type": "bigint", "value": 1}, {"op": "add", "left": 0, "right": 1},
            {"op": "gt", "left": 0, "right": 1}, {"op": "column", "name": "b"}, {"op": "call", "name": "max", "args": [4]}, {"op": "alias", "arg": 5, "names": ["b"]},
            {"op": "call", "name": "rowNumber", "args": []}, {"op": "window", "function": 7, "orderBy": [0], "frame": null}]);
        for n in [100, 500, 1_999, 2_500] {
            for verb in [
                (|i: usize| json!({"op": "withColumns", "input": i, "columns": [["a", 2]]})) as fn(usize) -> Json,
                |i| json!({"op": "withColumns", "input": i, "columns": [[format!("n{}", i % 50), 2]]}),
                |i| json!({"op": "withColumns", "input": i, "columns": [["w", 8]]}),
                |i| if i % 2 == 0 { json!({"op": "limit", "input": i, "n": 9}) } else { json!({"op": "filter", "input": i, "condition": 3}) },
                |i| json!({"op": "aggregate", "input": i, "grouping": "groupBy", "keys": [0], "aggregates": [6]}),
                |i| json!({"op": "setOp", "left": i, "right": 0, "kind": "union", "all": true, "byName": false, "allowMissing": false}),
                |i| json!({"op": "join", "left": i, "right": 0, "kind": "semi", "using": ["a"]}),
                |i| json!({"op": "cte", "input": i, "name": format!("c{i}")}),
                |i| json!({"op": "dropNa", "input": i, "how": "any"}),
            ] {
                let plan = tower(n, verb, one.clone());
                if n < 2_500 {
                    rows_or_refusal(&db, &plan);
                } else {
                    assert_eq!(rows_or_refusal(&db, &plan), None);
                }
            }
        }
        // withColumn over withColumn, which every notebook does: this many must run.
        let plan = tower(100, |i| json!({"op": "withColumns", "input": i, "columns": [["a", 2]]}), one);
        assert_eq!(run(&db, &plan).unwrap()[0][0], Value::Integer(101));
    });
}

#[test]
fn two_thousand_columns() {
    on_a_large_stack(|| {
        let db = database();
        let names: Vec<String> = (0..2_000).map(|i| format!("c{i}")).collect();
        db.execute(&format!("CREATE TABLE wide ({})", names.iter().map(|n| format!("{n} INTEGER")).collect::<Vec<_>>().join(", ")), &[]).unwrap();
        db.execute("INSERT INTO wide (c0, c1999) VALUES (1, 2)", &[]).unwrap();
        let exprs: Vec<Json> = names.iter().map(|n| json!({"op": "column", "name": n})).collect();
        let ids: Vec<usize> = (0..2_000).collect();
        let nodes = json!([{"op": "table", "name": "wide"}, {"op": "project", "input": 0, "exprs": ids}, {"op": "rename", "input": 1, "pairs": [["c7", "seven"]]},
            {"op": "distinct", "input": 2}, {"op": "dropNa", "input": 2, "how": "all"}, {"op": "fillNa", "input": 4, "value": {"type": "bigint", "value": 5}}]);
        for (root, last) in [(1, Value::Integer(2)), (3, Value::Integer(2)), (5, Value::Integer(2))] {
            let rows = rows_or_refusal(&db, &json!({"version": 1, "exprs": exprs, "nodes": nodes, "root": root}));
            let rows = rows.expect("2,000 columns are allowed");
            assert_eq!((rows[0].len(), &rows[0][0], &rows[0][1_999]), (2_000, &Value::Integer(1), &last), "root {root}");
        }
        // One more than SQLite takes.
        let more = json!({"version": 1, "exprs": [{"op": "literal", "type": "bigint", "value": 1}],
            "nodes": [{"op": "table", "name": "wide"}, {"op": "withColumns", "input": 0, "columns": [["x", 0]]}], "root": 1});
        let error = run(&db, &more).unwrap_err();
        assert!(matches!(error.code(), Code::Unsupported | Code::Sqlite), "{error}");
    });
}

#[test]
fn five_thousand_values_in_a_list() {
    on_a_large_stack(|| {
        let db = database();
        let mut exprs = vec![json!({"op": "column", "name": "a"})];
        exprs.extend((0..5_000).map(|i| json!({"op": "literal", "type": "bigint", "value": i * 2 + 1})));
        let list: Vec<usize> = (1..=5_000).collect();
        exprs.push(json!({"op": "in", "arg": 0, "list": list}));
        exprs.push(json!({"op": "in", "arg": 0, "list": list, "negated": true}));
        for (condition, n) in [(5_001, 2), (5_002, 0)] {
            let nodes = json!([{"op": "table", "name": "t"}, {"op": "filter", "input": 0, "condition": condition}]);
            assert_eq!(run(&db, &json!({"version": 1, "exprs": exprs, "nodes": nodes, "root": 1})).unwrap().len(), n);
        }
        // More values than SQLite binds in one statement.
        for n in [40_000, 100_000] {
            let list = (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
            let nodes = json!([{"op": "table", "name": "t"}, {"op": "filter", "input": 0, "condition": 0}]);
            let plan = json!({"version": 1, "exprs": [{"op": "text", "sql": format!("a in ({list})")}], "nodes": nodes, "root": 1});
            if let Some(rows) = rows_or_refusal(&db, &plan) {
                assert_eq!(rows.len(), 2);
            }
        }
    });
}

#[test]
fn long_chains_of_operators() {
    on_a_large_stack(|| {
        let db = database();
        for n in [100, 300, 1_000, 5_000] {
            for (link, is_condition) in [(" or ", true), (" and ", true), (" + ", false), (" || ", false)] {
                let text = if is_condition { vec!["a > 0"; n].join(link) } else { format!("{} is not null", vec!["a"; n].join(link)) };
                let nodes = json!([{"op": "table", "name": "t"}, {"op": "filter", "input": 0, "condition": 0}]);
                let rows = rows_or_refusal(&db, &json!({"version": 1, "exprs": [{"op": "text", "sql": text}], "nodes": nodes, "root": 1}));
                assert!(rows.is_some_and(|rows| rows.len() == 2) || n > 300, "{n} {link}");
            }
        }
        // The same from methods, at the depth that is allowed.
        for n in [390, 10_000] {
            let mut exprs = vec![json!({"op": "column", "name": "a"}), json!({"op": "literal", "type": "bigint", "value": 1})];
            exprs.extend((1..n).map(|i| json!({"op": "add", "left": if i == 1 { 0 } else { i }, "right": 1})));
            let nodes = json!([{"op": "table", "name": "t"}, {"op": "project", "input": 0, "exprs": [n]}]);
            let rows = rows_or_refusal(&db, &json!({"version": 1, "exprs": exprs, "nodes": nodes, "root": 1}));
            assert_eq!(rows.map(|rows| rows[1].clone()), (n < 400).then(|| numbers(&[2 + n as i64])));
        }
    });
}

/// An expression that uses itself twice, over and over, is short to write down and endless to spell out.
#[test]
fn doubled_expressions_are_refused() {
    on_a_large_stack(|| {
        let db = database();
        for op in ["add", "and", "eq"] {
            let mut exprs = vec![json!({"op": "column", "name": "a"})];
            exprs.extend((0..200).map(|i| json!({"op": op, "left": i, "right": i})));
            let nodes = json!([{"op": "table", "name": "t"}, {"op": "project", "input": 0, "exprs": [200]}]);
            assert_eq!(rows_or_refusal(&db, &json!({"version": 1, "exprs": exprs, "nodes": nodes, "root": 1})), None);
        }
    });
}

/// `withColumn("a", a + a)` twenty-five times over.
#[test]
fn doubled_columns() {
    on_a_large_stack(|| {
        let db = database();
        let exprs = json!([{"op": "column", "name": "a"}, {"op": "add", "left": 0, "right": 0}]);
        let plan = tower(25, |i| json!({"op": "withColumns", "input": i, "columns": [["a", 1]]}), exprs);
        if let Some(rows) = rows_or_refusal(&db, &plan) {
            assert_eq!(rows[0][0], Value::Integer(1 << 25));
        }
    });
}

/// A frame joined with itself, again and again.
#[test]
fn doubled_frames() {
    on_a_large_stack(|| {
        let db = database();
        for n in [3, 6, 8] {
            let plan = tower(n, |i| json!({"op": "join", "left": i, "right": i, "kind": "inner", "using": ["a", "b", "s"]}), json!([]));
            if let Some(rows) = rows_or_refusal(&db, &plan) {
                assert_eq!(rows.len(), 2);
            }
        }
    });
}

#[test]
fn nonsense_is_refused() {
    on_a_large_stack(|| {
        for text in [
            "",
            "null",
            "[]",
            "{}",
            "{\"version\":1}",
            "{\"version\":2,\"exprs\":[],\"nodes\":[],\"root\":0}",
            "{\"version\":1,\"exprs\":[],\"nodes\":[],\"root\":0}",
        ] {
            assert_eq!(wire::decode(text).unwrap_err().code(), Code::InvalidArgument, "{text}");
        }
        // Deep JSON is serde's to refuse.
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(wire::decode(&deep).unwrap_err().code(), Code::InvalidArgument);
        let deep_type = format!("{}int{}", "array<".repeat(100_000), ">".repeat(100_000));
        assert!(moltres::types::DataType::parse(&deep_type).is_err());
    });
}

/// Aggregates that aggregate nothing: one row per group all the same, and one for the whole.
#[test]
fn constants_as_aggregates() {
    let db = database();
    for (grouping, keys, n) in [("groupBy", json!([]), 1), ("groupBy", json!([1]), 2), ("rollup", json!([1]), 3), ("cube", json!([1]), 3)] {
        let plan = json!({"version": 1, "exprs": [{"op": "literal", "type": "bigint", "value": 7}, {"op": "column", "name": "a"}],
            "nodes": [{"op": "table", "name": "t"}, {"op": "aggregate", "input": 0, "grouping": grouping, "keys": keys, "aggregates": [0]}], "root": 1});
        let rows = run(&db, &plan).unwrap();
        assert_eq!(rows.len(), n, "{grouping} {keys}");
        assert!(rows.iter().all(|row| row.last() == Some(&Value::Integer(7))));
    }
}
