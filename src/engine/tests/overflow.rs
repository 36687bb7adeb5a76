//! Integers that outgrow their width: the query begins again with arithmetic that wraps around, or is refused.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Code, Database, OnOverflow, Read, database, wire};

/// All rows of a plan given as JSON, first columns only, read as integers.
fn longs(db: &Database, plan: &str) -> Vec<i64> {
    let mut out = vec![];
    let plan = wire::decode(plan).unwrap();
    db.run_plan(&plan, true, OnOverflow::Refuse).unwrap();
    loop {
        let batch = Read::last(db);
        out.extend(batch.bigints(0, 0));
        match batch.cursor() {
            0 => return out,
            id => db.next_batch(id).unwrap(),
        };
    }
}

/// The same for whoever gathers all batches.
fn gathered(db: &Database, plan: &str) -> Vec<i64> {
    let mut out = vec![];
    db.run_plan(&wire::decode(plan).unwrap(), true, OnOverflow::BeginAgain).unwrap();
    loop {
        let batch = Read::last(db);
        if batch.words[6] & 1 != 0 {
            out.clear();
        }
        out.extend(batch.bigints(0, 0));
        match batch.cursor() {
            0 => return out,
            id => db.next_batch(id).unwrap(),
        };
    }
}

fn expression(text: &str) -> String {
    format!(
        r#"{{"version":1,"exprs":[{{"op":"text","sql":"{text}"}}],"nodes":[{{"op":"table","name":"t"}},{{"op":"project","input":0,"exprs":[0]}}],"root":1}}"#
    )
}

#[test]
fn integers_wrap_around_at_64_bits_whatever_the_batch() {
    let db = database(
        "CREATE TABLE t (n INTEGER); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 6000) INSERT INTO t SELECT x FROM c",
    );
    for at in [1, 400, 512, 513, 5999] {
        db.execute("UPDATE t SET n = rowid", &[]).unwrap();
        db.execute(&format!("UPDATE t SET n = {} WHERE rowid = {at}", i64::MAX), &[]).unwrap();
        let got = gathered(&db, &expression("n + 1 as m"));
        assert_eq!(got.len(), 6000);
        let expected = |i: usize| if i + 1 == at { i64::MIN } else { i as i64 + 2 };
        assert!(got.iter().enumerate().all(|(i, n)| *n == expected(i)), "at row {at}");
    }
    db.execute("DELETE FROM t WHERE n <> 9223372036854775807", &[]).unwrap();
    for (text, expected) in [
        ("n * 2", -2),
        ("n - -1", i64::MIN),
        ("-(-n - 1)", i64::MIN),
        ("(n + 1) - n", 1),
        ("(-n - 1) div -1", i64::MIN),
        ("cast(2147483647 as int) + cast(1 as int)", -2_147_483_648),
        ("sum(n + n) over ()", -2),
        ("n + 0", i64::MAX),
    ] {
        assert_eq!(longs(&db, &expression(text)), [expected], "{text}");
    }
    // What a table of SQLite holds stays what it is, whatever its column is called.
    db.execute("UPDATE t SET n = 1.5", &[]).unwrap();
    db.run_plan(&wire::decode(&expression("n + 1 as m")).unwrap(), false, OnOverflow::Refuse).unwrap();
    assert_eq!(Read::last(&db).numbers(0, 0), [2.5]);
}

#[test]
fn a_query_that_begins_again_gives_every_row_once_in_its_new_order() {
    let db = database("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (9223372036854775807), (1), (2)");
    let plan = |node: &str| {
        let text = r#"{"op":"text","sql":"n + 1 as m"},{"op":"column","name":"m"}"#;
        let nodes = r#"{"op":"table","name":"t"},{"op":"project","input":0,"exprs":[0]}"#;
        format!(r#"{{"version":1,"exprs":[{text}],"nodes":[{nodes},{node}],"root":2}}"#)
    };
    assert_eq!(longs(&db, &plan(r#"{"op":"sort","input":1,"keys":[1]}"#)), [i64::MIN, 2, 3]);
    let mut distinct = longs(&db, &plan(r#"{"op":"distinct","input":1}"#));
    distinct.sort_unstable();
    assert_eq!(distinct, [i64::MIN, 2, 3]);
}

#[test]
fn an_integer_that_outgrows_its_width_after_rows_were_passed_on_is_an_error() {
    let db = database(
        "CREATE TABLE t (n INTEGER); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 6000) INSERT INTO t SELECT x FROM c;
         UPDATE t SET n = 9223372036854775807 WHERE rowid = 600",
    );
    db.run_plan(&wire::decode(&expression("n + 1 as m")).unwrap(), true, OnOverflow::Refuse).unwrap();
    let error = db.next_batch(Read::last(&db).cursor()).unwrap_err();
    assert_eq!(error.code(), Code::TypeMismatch);
    assert_eq!(error.report().message, "an integer result is larger than 64 bits can hold, and rows before it were given out already");
}

#[test]
fn a_deadline_holds_when_a_query_begins_again() {
    let db = database(
        "CREATE VIEW t AS WITH RECURSIVE s(n) AS (SELECT 9223372036854775807 UNION ALL SELECT n - 1 FROM s)
         SELECT n FROM s WHERE n = 9223372036854775807",
    );
    db.interrupt.query_timeout_s.set(0.2);
    let error = db.run_plan(&wire::decode(&expression("n + 1 as m")).unwrap(), false, OnOverflow::Refuse).unwrap_err();
    assert_eq!(error.code(), Code::QueryTimeout);
    // A run within another takes nothing of its deadline.
    let watch = db.interrupt.watch(db.connection(), db.interrupt.deadline_from_now(0.0));
    db.query("SELECT 1", &[]).unwrap();
    let endless = db.connection().query_row("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT 1 FROM s) SELECT count(*) FROM s", [], |_| Ok(()));
    assert!(endless.is_err());
    db.interrupt.unwatch(db.connection(), watch);
}
