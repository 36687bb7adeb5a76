//! The engine as a whole: statements, catalogue, deadlines, functions of the host.

mod batches;
mod overflow;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::Cell;
use std::rc::Rc;

use super::{Answer, Database, Declaration, HostAggregate, OnOverflow};
use crate::analyze::Catalog;
use crate::error::{Code, Result};
use crate::plan::{Params, wire};
use crate::types::DataType;
use crate::value::Value;
use batches::Read;

const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

fn database(script: &str) -> Database {
    let db = Database::open_in_memory().unwrap();
    db.execute_script(script).unwrap();
    db
}

fn no_params() -> Params {
    Params::Positional(vec![])
}

fn open(db: &Database, sql: &str) -> Read {
    db.run_sql(sql, &no_params(), false).unwrap();
    Read::last(db)
}

#[test]
fn a_cursor_may_be_left_and_the_table_then_dropped() {
    let db = database("CREATE TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) SELECT x FROM c");
    let read = open(&db, "SELECT * FROM t");
    assert_ne!(read.cursor(), 0);
    db.close_cursor(read.cursor());
    db.close_cursor(read.cursor());
    assert_eq!(db.next_batch(read.cursor()).unwrap_err().code(), Code::InvalidArgument);
    db.execute("DROP TABLE t", &[]).unwrap();
}

#[test]
fn a_kept_statement_sees_a_changed_table() {
    let db = database("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    assert_eq!(db.query("SELECT * FROM t", &[]).unwrap()[0].len(), 1);
    assert_eq!(open(&db, "SELECT * FROM t").words[4], 1);
    db.execute("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x'", &[]).unwrap();
    assert_eq!(db.query("SELECT * FROM t", &[]).unwrap()[0].len(), 2);
    let read = open(&db, "SELECT * FROM t");
    assert_eq!(read.words[4], 2);
    assert_eq!(db.shape(read.words[2]).unwrap()[1].name, "b");
}

#[test]
fn the_catalogue_follows_changes_and_rollbacks() {
    let db = database("CREATE TABLE \"My Table\" (id INTEGER PRIMARY KEY, ok BOOLEAN, d DATE NOT NULL, x VARCHAR(20), y)");
    let (name, schema) = db.table("my table").unwrap().unwrap();
    assert_eq!(name, "My Table");
    let types: Vec<String> = schema.iter().map(|f| format!("{}{}", f.data_type, if f.nullable { "?" } else { "" })).collect();
    assert_eq!(types, ["bigint", "boolean?", "date", "string?", "any?"]);
    db.execute("SAVEPOINT s", &[]).unwrap();
    db.execute("ALTER TABLE \"My Table\" ADD COLUMN z", &[]).unwrap();
    assert_eq!(db.table("My Table").unwrap().unwrap().1.len(), 6);
    db.execute("ROLLBACK TO s", &[]).unwrap();
    db.execute("CREATE TABLE other (z)", &[]).unwrap();
    assert_eq!(db.table("My Table").unwrap().unwrap().1.len(), 5);
    db.execute("RELEASE s", &[]).unwrap();
    assert_eq!(db.table_names().unwrap(), ["My Table", "other"]);
    db.execute("CREATE TEMP TABLE other (hidden_by_temp)", &[]).unwrap();
    assert_eq!(db.table("OTHER").unwrap().unwrap().1[0].name, "hidden_by_temp");
    assert!(db.table("no such").unwrap().is_none());
}

#[test]
fn statements_end_at_their_deadline_and_the_database_goes_on() {
    let db = database("CREATE TABLE t (a)");
    db.interrupt.query_timeout_s.set(0.05);
    let started = crate::telemetry::clock::monotonic_s();
    let error = db.query(ENDLESS, &[]).unwrap_err();
    assert_eq!(error.code(), Code::QueryTimeout);
    assert!(error.report().hint.is_some() && error.report().sql.as_deref() == Some(ENDLESS));
    assert_eq!(db.run_sql(ENDLESS, &no_params(), false).unwrap_err().code(), Code::QueryTimeout);
    assert!(crate::telemetry::clock::monotonic_s() - started < 2.0);
    db.interrupt.query_timeout_s.set(0.0);
    assert_eq!(db.with_deadline(0.05, |db| db.query(ENDLESS, &[])).unwrap_err().code(), Code::Cancelled);
    assert_eq!(db.execute("INSERT INTO t VALUES (1)", &[]).unwrap(), 1);
}

#[test]
fn the_host_may_stop_a_statement() {
    let db = database("");
    let asked = Rc::new(Cell::new(0));
    let seen = asked.clone();
    db.interrupt.set_ask(Some(Box::new(move || {
        seen.set(seen.get() + 1);
        seen.get() >= 3
    })));
    assert_eq!(db.query(ENDLESS, &[]).unwrap_err().code(), Code::Cancelled);
    assert_eq!(asked.get(), 3);
    db.interrupt.set_ask(None);
    assert_eq!(db.query("SELECT 1", &[]).unwrap(), [[Value::Integer(1)]]);
}

#[test]
fn scripts_run_statement_by_statement_and_count_changes() {
    let db = database("");
    let changed = db
        .execute_script("CREATE TABLE t (a); -- a comment; with a semicolon\n INSERT INTO t VALUES (1), (2);; UPDATE t SET a = 3; /* end */")
        .unwrap();
    assert_eq!(changed, 4);
    assert_eq!(db.execute("SELECT 1; SELECT 2", &[]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(db.execute("SELECT 1; -- nothing", &[]).unwrap(), 0);
    assert_eq!(db.execute("", &[]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(db.execute("SELECT 'a\0b'", &[]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(db.execute_script("INSERT INTO t VALUES (9); SELEC").unwrap_err().code(), Code::SyntaxError);
    assert_eq!(db.query("SELECT count(*) FROM t", &[]).unwrap(), [[Value::Integer(3)]]);
}

#[test]
fn parameters_are_bound_by_place_or_by_name() {
    let db = database("");
    let named =
        wire::decode_params_json(Some(r#"{"a": {"type": "bigint", "value": "9007199254740993"}, "b": {"type": "string", "value": "x\u0000y"}}"#))
            .unwrap();
    db.run_sql("SELECT :b, $a, @a", &named, false).unwrap();
    let read = Read::last(&db);
    assert_eq!(read.part(0, 0), b"x\0y");
    assert_eq!(read.bigints(2, 0), [9_007_199_254_740_993]);
    let error = db.run_sql("SELECT :c", &named, false).unwrap_err();
    assert_eq!((error.code(), error.report().hint.as_deref()), (Code::InvalidArgument, Some("given were: a, b")));
    assert_eq!(db.query("SELECT ?", &[]).unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn cached_frames_are_made_once_and_again_after_a_rollback() -> Result<()> {
    let db = database("CREATE TABLE t (a INTEGER, b BOOLEAN); INSERT INTO t VALUES (1, 1), (2, 0)");
    let plan =
        wire::decode(r#"{"version": 1, "exprs": [], "nodes": [{"op": "table", "name": "t"}, {"op": "cache", "input": 0, "id": "c1"}], "root": 1}"#)?;
    db.execute("BEGIN", &[])?;
    db.run_plan(&plan, false, OnOverflow::Refuse)?;
    db.execute("ROLLBACK", &[])?;
    db.execute("INSERT INTO t VALUES (3, NULL)", &[])?;
    db.run_plan(&plan, false, OnOverflow::Refuse)?;
    assert_eq!(Read::last(&db).rows(), 3);
    db.execute("DELETE FROM t", &[])?;
    db.run_plan(&plan, false, OnOverflow::Refuse)?;
    let read = Read::last(&db);
    assert_eq!(read.rows(), 3);
    assert_eq!(db.shape(read.words[2]).unwrap()[1].data_type, DataType::Boolean);
    Ok(())
}

#[test]
fn views_of_this_connection_stay_on_it() -> Result<()> {
    let db = Database::open_in_memory()?;
    db.execute_script("CREATE TABLE s (x); CREATE VIEW v AS SELECT x FROM s")?;
    let routable = |sql: &str| Ok::<_, crate::error::Error>(db.routable(db.movable_sql(sql, &no_params())?)?.is_some());
    assert!(routable("SELECT * FROM s")? && routable("SELECT * FROM v")?);
    db.execute_script("CREATE TEMP VIEW s AS SELECT x FROM main.s WHERE x = 1")?;
    assert!(!routable("SELECT * FROM s")?);
    db.execute_script("DROP VIEW temp.s; ATTACH ':memory:' AS \"o\"\"ther\"")?;
    assert!(routable("SELECT * FROM s")?);
    db.execute_script("CREATE VIEW \"o\"\"ther\".constant AS SELECT 1")?;
    assert!(!routable("SELECT * FROM constant")?);
    Ok(())
}

#[test]
fn a_statement_moves_with_its_data() -> Result<()> {
    let db = database("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); CREATE TEMP TABLE u AS SELECT 5 AS z");
    let query = db.movable_sql("SELECT count(*) FROM t, u", &no_params())?.unwrap();
    let json = serde_json::to_string(&query).unwrap();
    let other = Database::open_in_memory()?;
    other.attach_image("m", &db.snapshot("main")?)?;
    other.attach_image("n", &db.snapshot("temp")?)?;
    other.run_moved(&serde_json::from_str(&json).unwrap(), false, OnOverflow::BeginAgain)?;
    assert_eq!(Read::last(&other).numbers(0, 0), [2.0]);
    assert!(db.movable_sql("DELETE FROM t", &no_params())?.is_none());
    assert!(db.movable_sql("DELETE FROM t RETURNING a", &no_params())?.is_none());
    assert_eq!(db.query("SELECT count(*) FROM t", &[])?, [[Value::Integer(2)]]);
    Ok(())
}

struct Product;

impl HostAggregate for Product {
    type State = i64;

    fn init(&self) -> Answer<i64> {
        Ok(1)
    }

    fn step(&self, state: &mut i64, args: &[Value]) -> Answer<()> {
        match args {
            [Value::Integer(i)] => {
                *state *= i;
                Ok(())
            }
            _ => Err("prod takes integers".to_owned()),
        }
    }

    fn inverse(&self, state: &mut i64, args: &[Value]) -> Answer<()> {
        if let [Value::Integer(i)] = args {
            *state /= i;
        }
        Ok(())
    }

    fn value(&self, state: &i64) -> Answer {
        Ok(Value::Integer(*state))
    }
}

fn declared(name: &str, returns: DataType) -> Declaration {
    Declaration { name: name.to_owned(), deterministic: true, returns }
}

#[test]
fn functions_of_the_host_run_in_statements_and_windows() -> Result<()> {
    let db = database("");
    db.register_scalar(declared("half", DataType::Double), |args| match args {
        [Value::Integer(i)] => Ok(Value::Integer(i / 2)),
        _ => Err("half takes one integer".to_owned()),
    })?;
    db.register_aggregate(declared("prod", DataType::Long), Product)?;
    assert_eq!(db.query("SELECT half(4)", &[])?, [[Value::Real(2.0)]]);
    let error = db.query("SELECT half('x')", &[]).unwrap_err();
    assert_eq!((error.code(), error.report().message.as_str()), (Code::Sqlite, "half takes one integer"));
    assert_eq!(db.query("SELECT prod(column1) FROM (VALUES (2), (3))", &[])?, [[Value::Integer(6)]]);
    assert_eq!(db.query("SELECT prod(1) WHERE 0", &[])?, [[Value::Integer(1)]]);
    let rows = db.query("SELECT prod(column1) OVER (ORDER BY column1 ROWS 1 PRECEDING) FROM (VALUES (2), (3), (5))", &[])?;
    assert_eq!(rows, [[Value::Integer(2)], [Value::Integer(6)], [Value::Integer(15)]]);
    assert_eq!(db.user_function("PROD").unwrap().returns, DataType::Long);
    Ok(())
}

#[test]
fn every_statement_is_counted_with_its_rows() {
    let db = database("CREATE TABLE t (a)");
    db.execute("INSERT INTO t VALUES (1), (2), (3)", &[]).unwrap();
    open(&db, "SELECT * FROM t");
    let _ = db.query("SELEC", &[]);
    let metrics = db.telemetry.metrics();
    assert_eq!((metrics.query_count, metrics.rows_read, metrics.rows_written, metrics.error_count), (4, 3, 3, 1));
}

#[test]
fn a_pragma_that_is_only_compiled_counts() {
    let db = database("");
    assert!(!db.is_read_only().unwrap());
    db.query_columns("PRAGMA query_only = 1").unwrap();
    assert!(db.is_read_only().unwrap());
    db.movable_sql("/* off */ PRAGMA query_only = 0", &no_params()).unwrap();
    assert!(!db.is_read_only().unwrap());
    for on in [true, false, true, false] {
        db.execute(&format!("PRAGMA query_only = {}", i32::from(on)), &[]).unwrap();
        assert_eq!(db.is_read_only().unwrap(), on);
    }
}
