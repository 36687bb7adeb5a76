//! Both ways of storing rows give the same table, SQLite finds nothing wrong with it, and a failed load leaves nothing.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::error::Code;
use crate::value::Value;

fn load(db: &Database, input: &[u8], chunk: usize, options: &str, method: Method) -> Result<(String, Json)> {
    let mut loader = Loader::new(db, "csv", options, method)?;
    for piece in input.chunks(chunk.max(1)) {
        loader.feed(db, piece)?;
        if loader.stopped() {
            break;
        }
    }
    loop {
        match loader.finish(db)? {
            Finished::Done { table, report } => return Ok((table, report)),
            Finished::Again { pinned } => panic!("again {pinned:?}"),
            Finished::Working { .. } => {}
        }
    }
}

fn check_integrity(db: &Database) {
    for schema in ["main", "temp"] {
        assert_eq!(db.query(&format!("PRAGMA {schema}.integrity_check"), &[]).unwrap(), [[Value::Text("ok".into())]], "{schema}");
    }
}

fn rows(db: &Database, table: &str) -> Vec<Vec<Value>> {
    db.query(&format!("SELECT rowid, * FROM {}", identifier(table)), &[]).unwrap()
}

#[test]
fn a_row_that_a_table_refuses_is_named() {
    let db = Database::open_in_memory().unwrap();
    db.execute_script(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE parents (id INTEGER PRIMARY KEY);
         INSERT INTO parents VALUES (1);
         CREATE TABLE t (id INTEGER PRIMARY KEY, \"rowid\" TEXT UNIQUE, n INTEGER NOT NULL CHECK (n < 100000), parent INTEGER REFERENCES parents);
         INSERT INTO t VALUES (0, 'taken', 0, NULL);
         CREATE TABLE fails (x INTEGER PRIMARY KEY ON CONFLICT FAIL);
         INSERT INTO fails VALUES (7);
         CREATE TABLE rolls (x INTEGER PRIMARY KEY ON CONFLICT ROLLBACK);
         INSERT INTO rolls VALUES (7);",
    )
    .unwrap();
    let before = db.query("SELECT * FROM t", &[]).unwrap();
    // One row of 5,000 is wrong, somewhere in the second thousand or the last.
    let cases = [
        (
            Code::ConstraintUnique,
            1500,
            "9999,taken,1,1",
            "row 1500 of the input: \"t\" already has a row with the same \"rowid\": \"rowid\" is \"taken\"",
        ),
        (Code::ConstraintUnique, 5000, "1,again,1,1", "row 5000 of the input: \"t\" already has a row with the same \"id\": \"id\" is \"1\""),
        (Code::ConstraintNotNull, 1, "9999,u,,1", "row 1 of the input: column \"n\" of \"t\" may not be null"),
        (Code::ConstraintCheck, 1001, "9999,u,100000,1", "row 1001 of the input: \"t\" has the condition n < 100000, which the row does not meet"),
        (
            Code::ConstraintForeignKey,
            1000,
            "9999,u,1,2",
            "row 1000 of the input: \"t\" refers by \"parent\" of \"parents\" to a row that does not exist: \"parent\" is \"2\"",
        ),
    ];
    for (code, at, line, message) in cases {
        let mut input = "id,rowid,n,parent\n".to_owned();
        for i in 1..=5000 {
            input += &if i == at { format!("{line}\n") } else { format!("{i},r{i},{i},1\n") };
        }
        for method in [Method::Best, Method::Inserts] {
            let error = load(&db, input.as_bytes(), 10_000, r#"{"table":"t","ifExists":"append"}"#, method).unwrap_err();
            assert_eq!((error.code(), error.report().message.as_str()), (code, message));
            assert_eq!(error.report().details["row"], at);
            assert_eq!(db.query("SELECT * FROM t", &[]).unwrap(), before);
            assert!(db.query("SELECT 1 FROM temp.sqlite_schema", &[]).unwrap().is_empty());
        }
    }
    let refused = |table: &str| {
        let options = format!("{{\"table\":\"{table}\",\"ifExists\":\"append\"}}");
        let error = load(&db, b"x\n1\n2\n7\n9\n", 100, &options, Method::Best).unwrap_err();
        assert_eq!(error.code(), Code::ConstraintUnique);
        assert_eq!(db.query(&format!("SELECT x FROM {table}"), &[]).unwrap(), [[Value::Integer(7)]]);
        assert!(db.connection().is_autocommit());
        error
    };
    // What a statement leaves when it fails half-way is taken back before rows are tried.
    assert_eq!(refused("fails").report().details["row"], 3);
    refused("rolls");
}

/// Loads in both ways, in several chunk sizes, and compares tables, types and reports.
fn check(input: &[u8], options: &str) -> Vec<Vec<Value>> {
    let db = Database::open_in_memory().unwrap();
    let (expected, mut report) = load(&db, input, input.len(), options, Method::Inserts).unwrap();
    let expected_rows = rows(&db, &expected);
    for chunk in [input.len(), 1000, 70_000] {
        let (table, mut other) = load(&db, input, chunk, options, Method::Best).unwrap();
        let found = rows(&db, &table);
        assert!(found == expected_rows, "chunks of {chunk}: {} and {} rows", found.len(), expected_rows.len());
        report["elapsed"] = 0.into();
        other["elapsed"] = 0.into();
        assert_eq!(other, report);
        check_integrity(&db);
        let create = |t: &str| db.query("SELECT replace(sql, name, 't') FROM temp.sqlite_schema WHERE name = ?1", &[t.into()]).unwrap();
        assert_eq!(create(&table), create(&expected));
        // The table is one like any other.
        db.execute(&format!("DELETE FROM {} WHERE rowid % 3 = 0", identifier(&table)), &[]).unwrap();
        db.execute(&format!("INSERT INTO {0} SELECT * FROM {0} LIMIT 500", identifier(&table)), &[]).unwrap();
        check_integrity(&db);
    }
    expected_rows
}

fn lines(n: usize, line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = b"a,b,c\n".to_vec();
    for i in 0..n {
        out.extend_from_slice(line(i).as_bytes());
        out.push(b'\n');
    }
    out
}

#[test]
fn pages_equal_inserts() {
    check(b"a,b,c\n", "{}");
    check(b"a,b,c\n1,2,3\n", "{}");
    check(&lines(40_000, |i| format!("{i},text {i},{}.5", i % 7)), "{}");
    check(&lines(3000, |i| format!("{},{},{}", i64::MAX - i as i64 * 77_777_777_777, "é".repeat(i % 900), -(i as i64) * 40_000)), "{}");
    // Values around every limit of a page, and chains of overflow pages.
    check(&lines(300, |i| format!("{i},{},{}", "x".repeat(i * 57), "y".repeat(if i % 50 == 0 { 100_000 } else { 3 }))), "{}");
    check(&lines(200, |i| format!("{i},{},", "x".repeat(4000 + i))), "{}");
}

#[test]
fn late_changes_are_without_loss() {
    let changed = |last: &'static str| {
        move |i: usize| match i {
            9999 => format!("{i},{last},2024-01-01T00:00Z"),
            _ => format!("{i},{}.50,2024-01-01", i % 10),
        }
    };
    let found = check(&lines(10_000, changed("x")), "{}");
    assert_eq!(found[7][1..], [Value::Integer(7), Value::Text("7.50".into()), Value::Text("2024-01-01 00:00:00".into())]);
    let found = check(&lines(10_000, |i| if i == 9000 { "x,0.5,FALSE".into() } else { format!("{i},{i},TRUE") }), "{}");
    assert_eq!(found[3][1..], [Value::Text("3".into()), Value::Real(3.0), Value::Integer(1)]);
}

#[test]
fn free_pages_are_used_again() {
    let db = Database::open_in_memory().unwrap();
    let input = lines(20_000, |i| format!("{i},text {i},{i}"));
    let pages = || db.query("PRAGMA temp.page_count", &[]).unwrap()[0][0].clone();
    let (first, _) = load(&db, &input, 50_000, "{}", Method::Best).unwrap();
    let before = pages();
    for _ in 0..4 {
        db.execute_script(&format!("DROP TABLE {first}")).unwrap();
        let (table, _) = load(&db, &input, 30_000, "{}", Method::Best).unwrap();
        check_integrity(&db);
        db.execute_script(&format!("ALTER TABLE {table} RENAME TO {first}")).unwrap();
    }
    let Value::Integer(before) = before else { panic!() };
    let Value::Integer(after) = pages() else { panic!() };
    assert!(after <= before + 20, "{before} pages, then {after}");
}

#[test]
fn a_failed_load_leaves_nothing() {
    let db = Database::open_in_memory().unwrap();
    let mut input = lines(20_000, |i| format!("{i},text {i},{i}"));
    input.extend_from_slice(b"1,\"2");
    let tables = || db.query("SELECT name FROM temp.sqlite_schema UNION ALL SELECT name FROM main.sqlite_schema", &[]).unwrap();
    for method in [Method::Best, Method::Inserts] {
        assert_eq!(load(&db, &input, 10_000, "{}", method).unwrap_err().code(), Code::CsvUnterminatedQuote);
        assert!(tables().is_empty());
        check_integrity(&db);
        input.extend_from_slice(b"\"\n1\n");
        assert_eq!(load(&db, &input, 10_000, r#"{"mode":"failFast"}"#, method).unwrap_err().code(), Code::CsvRaggedRecord);
        input.truncate(input.len() - 4);
        assert!(tables().is_empty());
        check_integrity(&db);
    }
}

#[test]
fn named_tables() {
    let db = Database::open_in_memory().unwrap();
    let first = b"id,v\n1,1.50\n2,2.00\n";
    let load = |input: &[u8], options: &str| load(&db, input, 7, options, Method::Best);
    assert_eq!(load(first, r#"{"table":"my t"}"#).unwrap().0, "my t");
    assert_eq!(load(first, r#"{"table":"MY T"}"#).unwrap_err().code(), Code::InvalidArgument);
    load(b"v,id\n3.5,3\n", r#"{"table":"my t","ifExists":"append"}"#).unwrap();
    assert_eq!(rows(&db, "my t").len(), 3);
    load(b"id,v\nx,y\n", r#"{"table":"my t","ifExists":"replace"}"#).unwrap();
    assert_eq!(rows(&db, "my t"), [vec![Value::Integer(1), "x".into(), "y".into()]]);
    db.execute_script("CREATE TABLE k (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n REAL DEFAULT 7 CHECK (n < 10))").unwrap();
    load(b"code,id\n007,1\n1.50,2\n", r#"{"table":"k","ifExists":"append"}"#).unwrap();
    assert_eq!(rows(&db, "k")[1][1..], [Value::Integer(2), Value::Text("1.50".into()), Value::Real(7.0)]);
    assert_eq!(load(b"code,id\na,3\n007,4\n", r#"{"table":"k","ifExists":"append"}"#).unwrap_err().code(), Code::ConstraintUnique);
    assert_eq!(load(b"code,id,z\na,3,1\n", r#"{"table":"k","ifExists":"append"}"#).unwrap_err().code(), Code::UnknownColumn);
    assert_eq!(rows(&db, "k").len(), 2);
    assert!(db.query("SELECT 1 FROM temp.sqlite_schema", &[]).unwrap().is_empty());
    check_integrity(&db);
}

#[test]
fn inside_a_transaction() {
    let db = Database::open_in_memory().unwrap();
    let input = lines(5000, |i| format!("{i},text {i},{i}"));
    db.execute_script("CREATE TABLE other (x); BEGIN; INSERT INTO other VALUES (1)").unwrap();
    let (table, _) = load(&db, &input, 5000, "{}", Method::Best).unwrap();
    assert_eq!(rows(&db, &table).len(), 5000);
    db.execute_script("ROLLBACK").unwrap();
    assert!(db.query("SELECT 1 FROM temp.sqlite_schema", &[]).unwrap().is_empty());
    check_integrity(&db);
    // A rollback in the middle of a load is noticed.
    let mut loader = Loader::new(&db, "csv", "{}", Method::Best).unwrap();
    db.execute_script("BEGIN").unwrap();
    for piece in input.chunks(40_000) {
        loader.feed(&db, piece).unwrap();
    }
    db.execute_script("ROLLBACK").unwrap();
    assert_eq!(loader.finish(&db).unwrap_err().code(), Code::TransactionClosed);
    check_integrity(&db);
    let (table, _) = load(&db, &input, 5000, "{}", Method::Best).unwrap();
    assert_eq!(rows(&db, &table).len(), 5000);
    check_integrity(&db);
}

/// How many rows each call of `finish` rewrites.
fn slices(db: &Database, format: &str, input: &[u8], abandon: impl Fn(usize) -> bool) -> Vec<u64> {
    let mut loader = Loader::new(db, format, "{}", Method::Best).unwrap();
    for piece in input.chunks(50_000) {
        loader.feed(db, piece).unwrap();
    }
    let mut done = vec![0];
    loop {
        match loader.finish(db).unwrap() {
            Finished::Working { rows } => done.push(rows),
            Finished::Done { table, .. } => {
                let n = rows(db, &table).len() as u64;
                done.push(n);
                db.execute_script(&format!("DROP TABLE {table}")).unwrap();
                break;
            }
            Finished::Again { .. } => panic!("again"),
        }
        if abandon(done.len()) {
            loader.abort(db);
            break;
        }
    }
    done.windows(2).map(|w| w[1] - w[0]).collect()
}

#[test]
fn late_changes_are_made_in_slices() {
    let db = Database::open_in_memory().unwrap();
    let never = |_| false;
    let check = |format: &str, input: &[u8], n_rows: u64, most: u64| {
        let found = slices(&db, format, input, never);
        assert_eq!(found.iter().sum::<u64>(), n_rows, "{found:?}");
        assert!(found.len() as u64 >= n_rows / most && found.iter().all(|n| *n <= most), "{found:?}");
    };
    let n_cells = SLICE_CELLS as u64;
    check("csv", &lines(60_000, |i| if i == 59_999 { "x,1,2".into() } else { format!("{i},{i},y") }), 60_000, n_cells / 3);
    // Rows of many bytes: fewer at once.
    check("csv", &lines(300, |i| format!("{},{},z", if i == 299 { "x".into() } else { i.to_string() }, "y".repeat(20_000))), 300, 54);
    let json: String = (0..60_000).map(|i| if i == 59_999 { "{\"a\":\"x\"}\n".to_owned() } else { format!("{{\"a\":{i}}}\n") }).collect();
    check("jsonl", json.as_bytes(), 60_000, n_cells);
    // Nothing to rewrite: one call.
    assert_eq!(slices(&db, "csv", &lines(60_000, |i| format!("{i},{i},y")), never), [60_000]);
    // Given up on the way: nothing is left.
    slices(&db, "csv", &lines(60_000, |i| if i == 59_999 { "x,1,2".into() } else { format!("{i},{i},y") }), |n| n == 2);
    assert!(db.query("SELECT 1 FROM temp.sqlite_schema", &[]).unwrap().is_empty());
    check_integrity(&db);
    // A rollback on the way is noticed.
    db.execute_script("BEGIN").unwrap();
    let mut loader = Loader::new(&db, "csv", "{}", Method::Best).unwrap();
    for piece in lines(60_000, |i| if i == 59_999 { "x,1,2".into() } else { format!("{i},{i},y") }).chunks(50_000) {
        loader.feed(&db, piece).unwrap();
    }
    assert!(matches!(loader.finish(&db), Ok(Finished::Working { .. })));
    db.execute_script("ROLLBACK").unwrap();
    assert_eq!(loader.finish(&db).unwrap_err().code(), Code::TransactionClosed);
    assert!(db.query("SELECT 1 FROM temp.sqlite_schema", &[]).unwrap().is_empty());
    check_integrity(&db);
}

#[test]
fn rows_before_the_first_column() {
    let db = Database::open_in_memory().unwrap();
    for (input, n) in [("[null, {}, 1]", 3), ("[{}, {\"a\": null}]", 2)] {
        for method in [Method::Best, Method::Inserts] {
            let mut loader = Loader::new(&db, "json", "{}", method).unwrap();
            loader.feed(&db, input.as_bytes()).unwrap();
            let Ok(Finished::Done { table, .. }) = loader.finish(&db) else { panic!("{input}") };
            assert_eq!(rows(&db, &table).len(), n);
            check_integrity(&db);
        }
    }
}

#[test]
fn a_write_that_fails_gives_the_pages_of_earlier_slices_back() {
    let db = Database::open_in_memory().unwrap();
    db.execute("CREATE TEMP TABLE kept (x)", &[]).unwrap();
    let mut loader = Loader::new(&db, "csv", "{}", Method::Best).unwrap();
    let input = lines(60_000, |i| format!("{i},text {i},{i}"));
    let (first, rest) = input.split_at(input.len() / 2);
    let page_count = || match db.query("PRAGMA temp.page_count", &[]).unwrap()[0][0] {
        Value::Integer(n) => n,
        _ => 0,
    };
    for piece in first.chunks(100_000) {
        loader.feed(&db, piece).unwrap();
    }
    assert!(page_count() > 20, "the load works with pages");
    db.execute(&format!("PRAGMA temp.max_page_count = {}", page_count() + 3), &[]).unwrap();
    assert!(rest.chunks(100_000).try_for_each(|piece| loader.feed(&db, piece).map(drop)).is_err());
    loader.abort(&db);
    check_integrity(&db);
}
