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
        assert_eq!(ddl::decode(&json.to_string()).unwrap().sql().unwrap(), [sql]);
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
    let all = serde_json::to_value(reflect::describe_all(db.connection()).unwrap()).unwrap();
    assert_eq!(all[0]["foreignKeys"][0]["table"], "orders");
    assert_eq!(all[0]["foreignKeys"][0]["onDelete"], "CASCADE");
    assert_eq!((&all[0]["indexes"][0]["origin"], &all[0]["indexes"][0]["unique"]), (&"unique".into(), &true.into()));
    assert_eq!(all[1]["indexes"][0]["columns"], serde_json::json!(["country", null]));
    assert_eq!(all[1]["indexes"][0]["where"], "amount > 0");
    assert_eq!(all[2]["type"], "view");
    let error = put(&db, "items", &["order_id"], &[Cell::Number(7.0)]).unwrap_err();
    assert_eq!(error.code(), Code::ConstraintForeignKey);
    assert_eq!(error.report().details["foreignKeys"][0]["references"], "orders");
}
