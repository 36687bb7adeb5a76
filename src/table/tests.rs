#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::cell::Cell;
use super::rows::RowsBuilder;
use super::{ddl, insert, reflect};
use crate::engine::Database;
use crate::error::{Code, Result};
use crate::value::Value;

fn db() -> Database {
    Database::open_in_memory().unwrap()
}

fn define(db: &Database, json: serde_json::Value) -> Result<()> {
    ddl::run(db, &ddl::decode(&json.to_string())?)
}

fn orders() -> Database {
    let db = db();
    define(
        &db,
        serde_json::json!({"op": "createTable", "name": "orders", "columns": [
            {"name": "id", "type": "INTEGER", "primaryKey": true},
            {"name": "country", "type": "TEXT", "nullable": false},
            {"name": "amount", "type": "REAL", "default": {"type": "double", "value": 0}, "check": "amount >= 0"},
            {"name": "paid", "type": "BOOLEAN"},
        ]}),
    )
    .unwrap();
    db
}

fn put(db: &Database, table: &str, names: &[&str], cells: &[Cell<'_>]) -> Result<u64> {
    let mut rows = RowsBuilder::default();
    cells.iter().for_each(|cell| rows.push(*cell));
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    insert::insert(db, table, &names, rows.rows(names.len()), 0)
}

fn rows(db: &Database, sql: &str) -> Vec<Vec<Value>> {
    db.query(sql, &[]).unwrap()
}

#[test]
fn create_insert_and_reflect() {
    let db = orders();
    let n = put(&db, "ORDERS", &["country", "paid"], &[Cell::Text("DE"), Cell::Boolean(true), Cell::Text("FR"), Cell::Null]).unwrap();
    assert_eq!(n, 2);
    assert_eq!(
        rows(&db, "SELECT * FROM orders"),
        vec![
            vec![Value::Integer(1), Value::from("DE"), Value::Real(0.0), Value::Integer(1)],
            vec![Value::Integer(2), Value::from("FR"), Value::Real(0.0), Value::Null],
        ]
    );
    assert_eq!(reflect::tables(db.connection()).unwrap(), ["orders"]);
    let schema = serde_json::to_value(reflect::schema(db.connection(), "orders").unwrap()).unwrap();
    assert_eq!(
        schema,
        serde_json::json!([
            {"name": "id", "type": "bigint", "nullable": false, "default": null, "primaryKey": true},
            {"name": "country", "type": "string", "nullable": false, "default": null, "primaryKey": false},
            {"name": "amount", "type": "double", "nullable": true, "default": 0.0, "primaryKey": false},
            {"name": "paid", "type": "boolean", "nullable": true, "default": null, "primaryKey": false},
        ])
    );
}

#[test]
fn a_failing_row_leaves_no_row() {
    let db = orders();
    let error = put(&db, "orders", &["id", "country"], &[Cell::Number(1.0), Cell::Text("DE"), Cell::Number(1.0), Cell::Text("FR")]).unwrap_err();
    assert_eq!((error.code(), &error.report().details["row"]), (Code::ConstraintUnique, &1.into()));
    assert_eq!(error.report().details["columns"], serde_json::json!(["id"]));
    let error = put(&db, "orders", &["country"], &[Cell::Text("DE"), Cell::Null]).unwrap_err();
    assert_eq!(error.code(), Code::ConstraintNotNull);
    let error = put(&db, "orders", &["country", "amount"], &[Cell::Text("DE"), Cell::Number(-1.0)]).unwrap_err();
    assert_eq!((error.code(), &error.report().details["check"]), (Code::ConstraintCheck, &"amount >= 0".into()));
    let error = put(&db, "orders", &["country", "amount"], &[Cell::Text("DE"), Cell::Text("x")]).unwrap_err();
    assert_eq!(error.code(), Code::TypeMismatch);
    assert!(error.report().message.starts_with("insert: row 0, column \"amount\" of \"orders\": the text \"x\""), "{error}");
    assert!(rows(&db, "SELECT * FROM orders").is_empty());
}

#[test]
fn unknown_names_are_listed_and_suggested() {
    let db = orders();
    let error = put(&db, "order", &["id"], &[Cell::Null]).unwrap_err();
    assert_eq!((error.code(), error.report().hint.as_deref()), (Code::UnknownTable, Some("\"orders\" might be meant")));
    let error = put(&db, "orders", &["amuont"], &[Cell::Null]).unwrap_err();
    assert_eq!((error.code(), error.report().hint.as_deref()), (Code::UnknownColumn, Some("\"amount\" might be meant")));
    let error = put(&db, "orders", &["id", "ID"], &[Cell::Null, Cell::Null]).unwrap_err();
    assert_eq!(error.code(), Code::DuplicateColumn);
}

#[test]
fn definitions_as_sql() {
    for (json, sql) in [
        (
            serde_json::json!({"op": "createTable", "name": "a \"b\"", "ifNotExists": false, "temporary": true, "columns": [
                {"name": "x", "type": "int"}, {"name": "y", "type": "varchar(20)", "unique": true},
                {"name": "z", "type": "double", "generated": {"as": "x * 2", "stored": true}}],
                "constraints": [{"kind": "primaryKey", "columns": ["x", "y"]}, {"kind": "check", "expression": "x > 0", "name": "positive"},
                    {"kind": "foreignKey", "columns": ["x"], "references": {"table": "p", "columns": ["id"], "onDelete": "cascade", "onUpdate": "SET NULL"}}]}),
            "CREATE TEMPORARY TABLE \"a \"\"b\"\"\" (\"x\" INTEGER NOT NULL, \"y\" TEXT NOT NULL UNIQUE, \"z\" REAL GENERATED ALWAYS AS (x * 2) STORED, \
             PRIMARY KEY (\"x\", \"y\"), CONSTRAINT \"positive\" CHECK (x > 0), FOREIGN KEY (\"x\") REFERENCES \"p\" (\"id\") ON DELETE CASCADE ON UPDATE SET NULL)",
        ),
        (
            serde_json::json!({"op": "createTable", "name": "s", "strict": true, "columns": [{"name": "f", "type": "boolean"}, {"name": "d", "type": "date"}]}),
            "CREATE TABLE IF NOT EXISTS \"s\" (\"f\" INTEGER CHECK (\"f\" IN (0, 1)), \"d\" TEXT) STRICT",
        ),
        (
            serde_json::json!({"op": "createIndex", "name": "i", "table": "t", "unique": true, "where": "a > 0",
                "columns": [{"name": "a", "descending": true}, {"expression": "lower(b)"}]}),
            "CREATE UNIQUE INDEX IF NOT EXISTS \"i\" ON \"t\" (\"a\" DESC, (lower(b))) WHERE a > 0",
        ),
        (serde_json::json!({"op": "dropTable", "name": "t"}), "DROP TABLE IF EXISTS \"t\""),
    ] {
        assert_eq!(ddl::decode(&json.to_string()).unwrap().sql(&db()).unwrap(), [sql]);
    }
}

#[test]
fn definitions_that_cannot_be() {
    let db = orders();
    for (json, code) in [
        (serde_json::json!({"op": "createTable", "name": "t", "columns": []}), Code::InvalidArgument),
        (serde_json::json!({"op": "createTable", "name": "", "columns": [{"name": "a", "type": "int"}]}), Code::InvalidArgument),
        (serde_json::json!({"op": "createTable", "name": "sqlite_x", "columns": [{"name": "a", "type": "int"}]}), Code::InvalidArgument),
        (
            serde_json::json!({"op": "createTable", "name": "t", "columns": [{"name": "a", "type": "int"}, {"name": "A", "type": "int"}]}),
            Code::DuplicateColumn,
        ),
        (serde_json::json!({"op": "createTable", "name": "t", "columns": [{"name": "a", "type": "nonsense"}]}), Code::InvalidArgument),
        (
            serde_json::json!({"op": "createTable", "name": "t", "columns": [{"name": "a", "type": "int", "check": "1); drop table orders"}]}),
            Code::SyntaxError,
        ),
        (
            serde_json::json!({"op": "createTable", "name": "t", "columns": [{"name": "a", "type": "int", "default": {"type": "string", "value": "x"}}]}),
            Code::TypeMismatch,
        ),
        (serde_json::json!({"op": "dropTable", "name": "order", "ifExists": false}), Code::UnknownTable),
        (serde_json::json!({"op": "alterTable", "name": "orders", "changes": [{"change": "dropColumn", "name": "nope"}]}), Code::UnknownColumn),
        (serde_json::json!({"op": "createIndex", "name": "i", "table": "orders", "columns": [{"name": "nope"}]}), Code::UnknownColumn),
    ] {
        assert_eq!(define(&db, json.clone()).unwrap_err().code(), code, "{json}");
    }
    assert_eq!(reflect::tables(db.connection()).unwrap(), ["orders"]);
}

#[test]
fn alter_is_all_or_nothing() {
    let db = orders();
    let changes = serde_json::json!([
        {"change": "addColumn", "column": {"name": "note", "type": "TEXT", "default": {"type": "string", "value": "it's"}}},
        {"change": "renameTo", "name": "sales"}, {"change": "dropColumn", "name": "nope"}]);
    assert!(define(&db, serde_json::json!({"op": "alterTable", "name": "orders", "changes": changes})).is_err());
    assert_eq!(reflect::schema(db.connection(), "orders").unwrap().len(), 4);
    let changes = &serde_json::json!([changes[0], {"change": "renameColumn", "from": "note", "to": "remark"}, changes[1]]);
    define(&db, serde_json::json!({"op": "alterTable", "name": "orders", "changes": changes})).unwrap();
    let columns = reflect::schema(db.connection(), "sales").unwrap();
    assert_eq!((columns[4].name.as_str(), &columns[4].default), ("remark", &"it's".into()));
}

#[test]
fn indexes_views_and_keys_are_reflected() {
    let db = orders();
    define(&db, serde_json::json!({"op": "createIndex", "name": "by_country", "table": "orders", "columns": [{"name": "country"}, {"expression": "amount + 1"}], "where": "amount > 0"})).unwrap();
    define(&db, serde_json::json!({"op": "createView", "name": "paid", "sql": "SELECT id FROM orders WHERE paid"})).unwrap();
    define(
        &db,
        serde_json::json!({"op": "createTable", "name": "items", "columns": [
            {"name": "order_id", "type": "INTEGER", "references": {"table": "orders", "onDelete": "cascade"}}, {"name": "n", "type": "INTEGER", "unique": true}]}),
    )
    .unwrap();
    let conn = db.connection();
    let keys = serde_json::to_value(reflect::foreign_keys(conn, "items").unwrap()).unwrap();
    assert_eq!((&keys[0]["table"], &keys[0]["onDelete"]), (&"orders".into(), &"CASCADE".into()));
    let indexes = |name: &str| serde_json::to_value(reflect::indexes(conn, name).unwrap()).unwrap();
    assert_eq!((&indexes("items")[0]["origin"], &indexes("items")[0]["unique"]), (&"unique".into(), &true.into()));
    assert_eq!(indexes("orders")[0]["columns"], serde_json::json!(["country", null]));
    assert_eq!(indexes("orders")[0]["where"], "amount > 0");
    assert_eq!(reflect::tables(conn).unwrap(), ["items", "orders"]);
    assert_eq!(reflect::views(conn).unwrap(), ["paid"]);
    let error = put(&db, "items", &["order_id"], &[Cell::Number(7.0)]).unwrap_err();
    assert_eq!(error.code(), Code::ConstraintForeignKey);
    assert_eq!(error.report().details["foreignKeys"][0]["references"], "orders");
}

// ---- writes from plans

use super::merge::{Merge, When};
use super::write::Mode;
use super::{merge, update, write};
use crate::plan::wire;

fn plan(json: serde_json::Value) -> crate::plan::Plan {
    wire::decode(&json.to_string()).unwrap()
}

/// Three orders: DE 10, FR 20, DE 30.
fn three() -> Database {
    let db = orders();
    let cells = [("DE", 10.0), ("FR", 20.0), ("DE", 30.0)].map(|(country, amount)| [Cell::Text(country), Cell::Number(amount)]).concat();
    put(&db, "orders", &["country", "amount"], &cells).unwrap();
    db
}

fn amounts(db: &Database) -> Vec<f64> {
    rows(db, "SELECT amount FROM orders ORDER BY id").into_iter().map(|row| if let Value::Real(r) = row[0] { r } else { f64::NAN }).collect()
}

#[test]
fn update_sees_old_values_and_counts() {
    let db = three();
    let n = update::update(
        &db,
        plan(serde_json::json!({"version": 1, "root": 2,
            "exprs": [{"op": "text", "sql": "country = 'DE'"}, {"op": "column", "name": "amount"}, {"op": "column", "name": "id"}, {"op": "add", "left": 1, "right": 2}],
            "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 0}, {"op": "withColumns", "input": 1, "columns": [["amount", 3]]}]})),
    );
    assert_eq!((n.unwrap(), amounts(&db)), (2, vec![11.0, 20.0, 33.0]));
}

#[test]
fn update_checks_types_columns_and_constraints() {
    let db = three();
    let set = |name: &str, expr: serde_json::Value| {
        update::update(
            &db,
            plan(serde_json::json!({"version": 1, "root": 1, "exprs": [expr],
                "nodes": [{"op": "table", "name": "orders"}, {"op": "withColumns", "input": 0, "columns": [[name, 0]]}]})),
        )
    };
    assert_eq!(set("amount", serde_json::json!({"op": "literal", "type": "string", "value": "x"})).unwrap_err().code(), Code::TypeMismatch);
    assert_eq!(set("amount", serde_json::json!({"op": "column", "name": "country"})).unwrap_err().code(), Code::TypeMismatch);
    assert_eq!(set("amuont", serde_json::json!({"op": "literal", "type": "bigint", "value": 1})).unwrap_err().code(), Code::UnknownColumn);
    assert_eq!(set("amount", serde_json::json!({"op": "column", "name": "nope"})).unwrap_err().code(), Code::UnknownColumn);
    assert_eq!(set("amount", serde_json::json!({"op": "literal", "type": "bigint", "value": -1})).unwrap_err().code(), Code::ConstraintCheck);
    assert_eq!(set("country", serde_json::json!({"op": "literal", "type": "void", "value": null})).unwrap_err().code(), Code::ConstraintNotNull);
    assert_eq!(amounts(&db), [10.0, 20.0, 30.0]);
    assert_eq!(set("amount", serde_json::json!({"op": "column", "name": "id"})).unwrap(), 3);
    assert_eq!(amounts(&db), [1.0, 2.0, 3.0]);
}

#[test]
fn delete_by_condition_and_all() {
    let db = three();
    let some = serde_json::json!({"version": 1, "root": 1, "exprs": [{"op": "text", "sql": "amount > 15"}],
        "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 0}]});
    assert_eq!(update::delete(&db, plan(some)).unwrap(), 2);
    let all = serde_json::json!({"version": 1, "root": 0, "exprs": [], "nodes": [{"op": "table", "name": "orders"}]});
    assert_eq!(update::delete(&db, plan(all.clone())).unwrap(), 1);
    assert_eq!(update::delete(&db, plan(all)).unwrap(), 0);
}

#[test]
fn tables_without_row_numbers_are_updated_by_their_key() {
    let db = db();
    db.execute_script(
        "CREATE TABLE k (a TEXT, b TEXT, n INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO k VALUES ('x', 'y', 1), ('x', 'z', 2)",
    )
    .unwrap();
    let filtered = |rest: serde_json::Value| {
        plan(serde_json::json!({"version": 1, "root": 1 + usize::from(!rest.is_null()),
            "exprs": [{"op": "text", "sql": "b = 'z'"}, {"op": "text", "sql": "n * 10"}],
            "nodes": [{"op": "table", "name": "k"}, {"op": "filter", "input": 0, "condition": 0}, if rest.is_null() { serde_json::json!({"op": "distinct", "input": 0}) } else { rest }]}))
    };
    let set = serde_json::json!({"op": "withColumns", "input": 1, "columns": [["n", 1]]});
    assert_eq!(update::update(&db, filtered(set)).unwrap(), 1);
    assert_eq!(rows(&db, "SELECT n FROM k ORDER BY n"), vec![vec![Value::Integer(1)], vec![Value::Integer(20)]]);
    assert_eq!(update::delete(&db, filtered(serde_json::Value::Null)).unwrap(), 1);
}

fn stage(db: &Database, cells: &[Cell<'_>]) -> String {
    let names = ["id".to_owned(), "country".to_owned(), "amount".to_owned()];
    let stage = merge::begin(db, "orders", &names).unwrap();
    put(db, &stage, &["id", "country", "amount"], cells).unwrap();
    stage
}

const INCOMING: [Cell<'static>; 9] = [
    Cell::Number(2.0),
    Cell::Text("FR"),
    Cell::Number(5.0),
    Cell::Number(7.0),
    Cell::Text("IT"),
    Cell::Number(1.0),
    Cell::Number(7.0),
    Cell::Text("IT"),
    Cell::Number(2.0),
];

fn merge_with(db: &Database, cells: &[Cell<'_>], when_matched: When, when_not_matched: When) -> Result<u64> {
    let stage = stage(db, cells);
    merge::merge(db, &Merge { table: "orders".into(), stage, on: vec!["id".into()], when_matched, when_not_matched })
}

#[test]
fn merge_updates_inserts_and_takes_rows_of_one_key_in_turn() {
    let db = three();
    assert_eq!(merge_with(&db, &INCOMING, When::All, When::All).unwrap(), 3);
    assert_eq!(amounts(&db), [10.0, 5.0, 30.0, 2.0]);
}

#[test]
fn merge_with_expressions_over_both_rows() {
    let db = three();
    let set = serde_json::json!({"version": 1, "root": 1, "exprs": [{"op": "column", "name": "amount"}, {"op": "column", "name": "excluded.amount"}, {"op": "add", "left": 0, "right": 1}],
        "nodes": [{"op": "table", "name": "orders"}, {"op": "withColumns", "input": 0, "columns": [["amount", 2]]}]});
    assert_eq!(merge_with(&db, &INCOMING, When::Set(set.to_string()), When::All).unwrap(), 3);
    assert_eq!(amounts(&db), [10.0, 25.0, 30.0, 3.0]);
    assert_eq!(merge_with(&db, &INCOMING, When::Ignore, When::Ignore).unwrap(), 0);
}

#[test]
fn merge_that_fails_changes_nothing() {
    let db = three();
    assert_eq!(
        merge_with(
            &db,
            &[Cell::Number(1.0), Cell::Text("DE"), Cell::Number(99.0), Cell::Number(8.0), Cell::Text("IT"), Cell::Number(-5.0)],
            When::All,
            When::All
        )
        .unwrap_err()
        .code(),
        Code::ConstraintCheck
    );
    assert_eq!(amounts(&db), [10.0, 20.0, 30.0]);
}

fn filtered_orders() -> crate::plan::Plan {
    plan(serde_json::json!({"version": 1, "root": 1, "exprs": [{"op": "text", "sql": "country = 'DE'"}],
        "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 0}]}))
}

#[test]
fn a_frame_may_overwrite_the_table_it_reads() {
    let db = three();
    assert_eq!(write::save_as_table(&db, "orders", &filtered_orders(), Mode::Overwrite).unwrap(), Some(2));
    assert_eq!(amounts(&db), [10.0, 30.0]);
    assert_eq!(write::insert_into_table(&db, "orders", &filtered_orders(), Mode::Overwrite).unwrap(), Some(2));
    assert_eq!(amounts(&db), [10.0, 30.0]);
}

#[test]
fn writers_keep_their_modes() {
    let db = three();
    assert_eq!(write::save_as_table(&db, "copy", &filtered_orders(), Mode::Error).unwrap(), Some(2));
    assert_eq!(write::save_as_table(&db, "copy", &filtered_orders(), Mode::Error).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(write::save_as_table(&db, "copy", &filtered_orders(), Mode::Ignore).unwrap(), None);
    assert_eq!(write::save_as_table(&db, "copy", &filtered_orders(), Mode::Append).unwrap(), Some(2));
    assert_eq!(rows(&db, "SELECT count(*) FROM copy"), vec![vec![Value::Integer(4)]]);
    let types: Vec<String> = reflect::schema(db.connection(), "copy").unwrap().into_iter().map(|c| c.data_type.to_string()).collect();
    assert_eq!(types, ["bigint", "string", "double", "boolean"]);
    // The last column cannot take what comes: the table is as before.
    db.execute("CREATE TABLE narrow (a INTEGER, b INTEGER, c REAL, d BOOLEAN)", &[]).unwrap();
    assert_eq!(write::insert_into_table(&db, "narrow", &filtered_orders(), Mode::Append).unwrap_err().code(), Code::TypeMismatch);
    assert_eq!(write::insert_into_table(&db, "nowhere", &filtered_orders(), Mode::Append).unwrap_err().code(), Code::UnknownTable);
}

#[test]
fn a_failed_overwrite_leaves_the_table() {
    let db = three();
    db.execute("CREATE TABLE strict_copy (n INTEGER CHECK (n < 3)) ", &[]).unwrap();
    db.execute("INSERT INTO strict_copy VALUES (1)", &[]).unwrap();
    let ids = plan(serde_json::json!({"version": 1, "root": 1, "exprs": [{"op": "column", "name": "id"}],
        "nodes": [{"op": "table", "name": "orders"}, {"op": "project", "input": 0, "exprs": [0]}]}));
    assert_eq!(write::insert_into_table(&db, "strict_copy", &ids, Mode::Overwrite).unwrap_err().code(), Code::ConstraintCheck);
    assert_eq!(rows(&db, "SELECT n FROM strict_copy"), vec![vec![Value::Integer(1)]]);
}

#[test]
fn a_view_over_a_frame_holds_its_values() {
    let db = three();
    let json = serde_json::json!({"version": 1, "root": 1, "exprs": [{"op": "column", "name": "country"}, {"op": "literal", "type": "string", "value": "D'E"}, {"op": "ne", "left": 0, "right": 1}],
        "nodes": [{"op": "table", "name": "orders"}, {"op": "filter", "input": 0, "condition": 2}]});
    define(&db, serde_json::json!({"op": "createView", "name": "v", "plan": json.to_string()})).unwrap();
    assert_eq!(rows(&db, "SELECT count(*) FROM v"), vec![vec![Value::Integer(3)]]);
    assert!(define(&db, serde_json::json!({"op": "createView", "name": "w", "sql": "SELECT 1; DROP TABLE orders"})).is_err());
}
