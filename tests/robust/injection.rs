//! Injection: text that looks like SQL, as value, column, table, alias, CTE and index name. It must come back as it went in, or be
//! refused in words; it must never become part of a statement.

use moltres::compile::quote::identifier;
use moltres::engine::Database;
use moltres::error::Code;
use moltres::plan::wire;
use moltres::value::Value;
use serde_json::{Value as Json, json};

/// What people try, and what breaks quoting.
pub const NASTY: &[&str] = &[
    "'; DROP TABLE victim; --",
    "\"; DROP TABLE victim; --",
    "x' OR '1'='1",
    "x\" OR \"1\"=\"1",
    "`; DROP TABLE victim; --",
    "]; DROP TABLE victim; --",
    "\\'; DROP TABLE victim; --",
    "\\",
    "''",
    "\"\"",
    "```",
    "[x]",
    "a.b.c",
    ".",
    "*",
    "a.*",
    "?",
    "?1",
    ":name",
    "$1",
    "@p",
    "%s",
    "${x}",
    "/* comment",
    "-- comment",
    "semi;colon",
    "new\nline",
    "tab\there",
    "carriage\rreturn",
    " lead and trail ",
    "😀",
    "e\u{301}",
    "\u{202e}rtl",
    "\u{feff}bom",
    "select",
    "SELECT * FROM victim",
    "order",
    "group by",
    "null",
    "true",
    "rowid",
    "sqlite_master",
    "1",
    "1e5",
    "ö'ß\"ü",
    "a as b",
    "count(*)",
    "desc",
];

fn victim() -> Database {
    let db = Database::open_in_memory().unwrap();
    db.execute_script("CREATE TABLE victim (id INTEGER, v TEXT); INSERT INTO victim VALUES (1, 'kept')").unwrap();
    db
}

fn unharmed(db: &Database, nasty: &str) {
    let rows = db.query("SELECT id, v FROM victim", &[]).unwrap_or_else(|e| panic!("{nasty:?}: {e}"));
    assert_eq!(rows, [[Value::Integer(1), Value::Text("kept".into())]], "{nasty:?}");
}

/// Runs a plan and gives its column names and rows.
fn run(db: &Database, plan: &Json) -> moltres::error::Result<(Vec<String>, Vec<Vec<Value>>)> {
    let plan = wire::decode(&plan.to_string())?;
    let query = db.compile_plan(&plan)?;
    let rows = db.query(&query.sql, &query.params)?;
    Ok((query.columns.into_iter().map(|f| f.name).collect(), rows))
}

#[track_caller]
fn check(db: &Database, nasty: &str, plan: &Json, names: &[&str], rows: &[Vec<Value>]) {
    match run(db, plan) {
        Ok((found_names, found)) => {
            assert_eq!(found_names, names, "{nasty:?}");
            assert_eq!(found, rows, "{nasty:?}");
        }
        Err(error) => panic!("{nasty:?}: {:?} {error}", error.code()),
    }
    unharmed(db, nasty);
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// A name as `col()` takes it exactly.
fn exact(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[test]
fn as_a_value() {
    let db = victim();
    for nasty in NASTY.iter().copied().chain(["nul\0inside", "\0", ""]) {
        let plan = json!({"version": 1, "exprs": [
                {"op": "literal", "type": "string", "value": nasty}, {"op": "alias", "arg": 0, "names": ["r"]},
                {"op": "column", "name": "v"}, {"op": "ne", "left": 2, "right": 0}],
            "nodes": [{"op": "table", "name": "victim"}, {"op": "filter", "input": 0, "condition": 3}, {"op": "project", "input": 1, "exprs": [1]}], "root": 2});
        check(&db, nasty, &plan, &["r"], &[vec![text(nasty)]]);
        let plan = json!({"version": 1, "exprs": [
                {"op": "text", "sql": "v <> ? and v not in (?)", "params": [{"type": "string", "value": nasty}, {"type": "string", "value": nasty}]}],
            "nodes": [{"op": "table", "name": "victim"}, {"op": "filter", "input": 0, "condition": 0}], "root": 1});
        check(&db, nasty, &plan, &["id", "v"], &[vec![Value::Integer(1), text("kept")]]);
        let quoted = format!("'{}' as r", nasty.replace('\'', "''"));
        let plan = json!({"version": 1, "exprs": [{"op": "text", "sql": quoted}],
            "nodes": [{"op": "table", "name": "victim"}, {"op": "project", "input": 0, "exprs": [0]}], "root": 1});
        check(&db, nasty, &plan, &["r"], &[vec![text(nasty)]]);
    }
}

#[test]
fn as_a_column() {
    for nasty in NASTY {
        let db = victim();
        db.execute(&format!("CREATE TABLE holder ({} INTEGER, other TEXT)", identifier(nasty)), &[]).unwrap();
        db.execute("INSERT INTO holder VALUES (7, 'o')", &[]).unwrap();
        let plan = json!({"version": 1, "exprs": [
                {"op": "column", "name": exact(nasty)}, {"op": "literal", "type": "bigint", "value": 7}, {"op": "eq", "left": 0, "right": 1},
                {"op": "call", "name": "sum", "args": [0]}, {"op": "alias", "arg": 3, "names": [nasty]}, {"op": "column", "name": "other"}],
            "nodes": [{"op": "table", "name": "holder"}, {"op": "filter", "input": 0, "condition": 2},
                {"op": "aggregate", "input": 1, "grouping": "groupBy", "keys": [5], "aggregates": [4]}, {"op": "project", "input": 2, "exprs": [0]},
                {"op": "sort", "input": 3, "keys": [0]}, {"op": "limit", "input": 4, "n": 3}], "root": 5});
        check(&db, nasty, &plan, &[nasty], &[vec![Value::Integer(7)]]);
        // The same name in a text, in both kinds of quotes.
        for quoted in [exact(nasty), identifier(nasty)] {
            let plan = json!({"version": 1, "exprs": [{"op": "text", "sql": format!("{quoted} + 1 as r")}],
                "nodes": [{"op": "table", "name": "holder"}, {"op": "project", "input": 0, "exprs": [0]}], "root": 1});
            check(&db, nasty, &plan, &["r"], &[vec![Value::Integer(8)]]);
        }
    }
}

#[test]
fn as_a_table() {
    for nasty in NASTY {
        let db = victim();
        if *nasty == "sqlite_master" {
            continue;
        }
        db.execute(&format!("CREATE TABLE {} (a INTEGER)", identifier(nasty)), &[]).unwrap();
        db.execute(&format!("INSERT INTO {} VALUES (3)", identifier(nasty)), &[]).unwrap();
        let plan = json!({"version": 1, "exprs": [{"op": "column", "name": format!("{}.a", exact(nasty))}],
            "nodes": [{"op": "table", "name": nasty}, {"op": "alias", "input": 0, "name": nasty}, {"op": "project", "input": 1, "exprs": [0]}], "root": 2});
        check(&db, nasty, &plan, &["a"], &[vec![Value::Integer(3)]]);
    }
    let db = victim();
    for nasty in NASTY.iter().copied().chain(["", "\0", "nul\0inside"]) {
        if nasty == "sqlite_master" {
            continue;
        }
        let error = run(&db, &json!({"version": 1, "exprs": [], "nodes": [{"op": "table", "name": nasty}], "root": 0})).unwrap_err();
        assert_eq!(error.code(), Code::UnknownTable, "{nasty:?}");
        unharmed(&db, nasty);
    }
}

#[test]
fn as_an_alias() {
    let db = victim();
    for nasty in NASTY {
        let plan = json!({"version": 1, "exprs": [
                {"op": "column", "name": format!("{}.id", exact(nasty))}, {"op": "column", "name": "other.id"}, {"op": "eq", "left": 0, "right": 1},
                {"op": "alias", "arg": 0, "names": [nasty]}],
            "nodes": [{"op": "table", "name": "victim"}, {"op": "alias", "input": 0, "name": nasty}, {"op": "alias", "input": 0, "name": "other"},
                {"op": "join", "left": 1, "right": 2, "kind": "inner", "condition": 2}, {"op": "project", "input": 3, "exprs": [3]}], "root": 4});
        check(&db, nasty, &plan, &[nasty], &[vec![Value::Integer(1)]]);
    }
}

#[test]
fn as_a_cte() {
    let db = victim();
    for nasty in NASTY {
        let plan = json!({"version": 1, "exprs": [{"op": "column", "name": "id"}],
            "nodes": [{"op": "table", "name": "victim"}, {"op": "cte", "input": 0, "name": nasty}, {"op": "project", "input": 1, "exprs": [0]}], "root": 2});
        check(&db, nasty, &plan, &["id"], &[vec![Value::Integer(1)]]);
    }
}

/// SQL text cannot hold NUL; a name with one is refused in words.
#[test]
fn names_with_nul_are_refused() {
    let db = victim();
    let plan = json!({"version": 1, "exprs": [{"op": "column", "name": "id"}, {"op": "alias", "arg": 0, "names": ["nul\0inside"]}],
        "nodes": [{"op": "table", "name": "victim"}, {"op": "project", "input": 0, "exprs": [1]}], "root": 1});
    match run(&db, &plan) {
        Ok((names, rows)) => assert_eq!((names, rows), (vec!["nul\0inside".to_owned()], vec![vec![Value::Integer(1)]])),
        Err(error) => assert_eq!(error.code(), Code::InvalidArgument, "{error}"),
    }
    unharmed(&db, "NUL");
}
