#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::expr::Expr;
use crate::plan::{JoinKind, JoinOn, Params};

fn db() -> Database {
    let db = Database::open_in_memory().unwrap();
    db.execute_script(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, cust INTEGER, country TEXT, amount REAL, day TEXT);
         CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
         CREATE INDEX orders_day ON orders (day);
         CREATE TEMP TABLE \"odd \"\"t\" (\"a.b\" TEXT, c INTEGER);
         INSERT INTO orders (cust, country, amount, day) SELECT value % 3, 'DE', value, '2024-01-01' FROM json_each('[1,2,3,4,5,6,7]')",
    )
    .unwrap();
    db
}

fn sql(text: &str) -> Plan {
    Plan { nodes: vec![Node::Sql { sql: text.into(), params: Params::Positional(vec![]) }], root: 0 }
}

fn words_of(text: &str) -> Vec<String> {
    Steps::read(&db(), text).unwrap().steps.into_iter().map(|s| s.text).collect()
}

fn suggested(text: &str) -> Vec<String> {
    db().performance_hints(&sql(text)).unwrap().iter().filter_map(|hint| hint["sql"].as_str().map(str::to_owned)).collect()
}

#[test]
fn sqlite_in_plain_words() {
    let cases: [(&str, &[&str]); 9] = [
        ("SELECT * FROM orders", &["reads every row of orders"]),
        ("SELECT * FROM orders WHERE id = 1", &["finds rows of orders by its primary key"]),
        ("SELECT * FROM orders WHERE day = ?", &["finds rows of orders by day = … with index orders_day"]),
        (
            "SELECT day FROM orders WHERE day > ?",
            &["finds rows of orders by day > … in index orders_day alone (it holds every column that is needed)"],
        ),
        (
            "SELECT country, sum(amount) s FROM orders GROUP BY country ORDER BY s",
            &[
                "reads every row of orders",
                "sorts the rows to bring equal keys together for GROUP BY (temporary b-tree)",
                "sorts the rows for ORDER BY (temporary b-tree)",
            ],
        ),
        (
            "SELECT * FROM orders o LEFT JOIN customers c ON o.cust = c.id",
            &["reads every row of o", "finds rows of c by its primary key, keeping rows without a match (left join)"],
        ),
        ("SELECT DISTINCT country FROM orders", &["reads every row of orders", "remembers the rows seen to leave out duplicates (temporary b-tree)"]),
        ("SELECT * FROM json_each('[1]')", &["reads the table function json_each"]),
        ("SELECT 1", &["makes rows of constants, without a table"]),
    ];
    for (sql, expected) in cases {
        assert_eq!(words_of(sql), expected, "{sql}");
    }
    let nested = words_of("SELECT (SELECT max(amount) FROM orders x WHERE x.cust = o.cust) FROM orders o");
    assert!(nested.iter().any(|w| w.contains("again for every row (correlated)")), "{nested:?}");
    let automatic = words_of("SELECT * FROM orders a JOIN orders b ON a.country = b.country");
    assert!(automatic.iter().any(|w| w.contains("builds an index of") && w.contains("country = …")), "{automatic:?}");
}

#[test]
fn the_explanation_is_a_tree_with_counts() {
    let options = ReportOptions { analyze: true, ..Default::default() };
    let text = db().plan_report(&sql("SELECT country, count(*) FROM orders GROUP BY country"), "explain", &options).unwrap();
    let text = text.as_str().unwrap();
    let expected = "SELECT country, count(*) FROM orders GROUP BY country

How SQLite runs it:
├─ reads every row of orders   [SCAN orders]
└─ sorts the rows to bring equal keys together for GROUP BY (temporary b-tree)   [USE TEMP B-TREE FOR GROUP BY]

Counted in one run:
           1  rows in the result
           6  rows read by going through whole tables
           1  sorts
           0  rows put into automatic indexes";
    assert!(text.starts_with(expected), "{text}");
    let json = db().plan_report(&sql("SELECT 1"), "explain", &ReportOptions { format: Some("json".into()), ..options }).unwrap();
    assert_eq!(json["counts"]["rows"], 1);
    // Explaining a statement that writes does not run it; counting would.
    let db = db();
    let delete = sql("DELETE FROM orders WHERE amount > 3");
    assert!(db.plan_report(&delete, "explain", &ReportOptions::default()).unwrap().as_str().unwrap().contains("reads every row of orders"));
    let error = db.plan_report(&delete, "explain", &ReportOptions { analyze: true, ..Default::default() }).unwrap_err();
    assert_eq!(error.code(), crate::error::Code::InvalidArgument);
    assert_eq!(db.query("SELECT count(*) FROM orders", &[]).unwrap(), [[Value::Integer(7)]]);
}

#[test]
fn indexes_that_help_are_suggested() {
    assert_eq!(suggested("SELECT * FROM orders WHERE country = 'DE'"), [r#"CREATE INDEX "orders_country_idx" ON "orders" ("country")"#]);
    assert_eq!(
        suggested("SELECT id FROM orders WHERE country = 'DE' AND amount > 3"),
        [r#"CREATE INDEX "orders_country_amount_idx" ON "orders" ("country", "amount")"#]
    );
    assert_eq!(suggested("SELECT * FROM orders ORDER BY amount"), [r#"CREATE INDEX "orders_amount_idx" ON "orders" ("amount")"#]);
    assert_eq!(
        suggested("SELECT * FROM orders a JOIN customers b ON a.country = b.city"),
        [r#"CREATE INDEX "customers_city_idx" ON "customers" ("city")"#]
    );
    assert_eq!(suggested("SELECT c FROM \"odd \"\"t\" WHERE \"a.b\" = 'x'"), [r#"CREATE INDEX "odd ""t_a.b_idx" ON "odd ""t" ("a.b")"#]);
    // Nothing helps, or nothing needs help.
    for sql in [
        "SELECT * FROM orders",
        "SELECT * FROM orders WHERE id = 3",
        "SELECT * FROM orders WHERE day = 'x'",
        "SELECT count(*) FROM orders",
        "SELECT 1",
        "SELECT * FROM orders WHERE amount + 1 = 2",
    ] {
        assert_eq!(suggested(sql), Vec::<String>::new(), "{sql}");
    }
}

#[test]
fn suggestions_work_when_made() {
    let db = db();
    let query = "SELECT id FROM orders WHERE country = 'DE' AND amount > 3";
    let before = Steps::read(&db, query).unwrap();
    let hints = db.performance_hints(&sql(query)).unwrap();
    db.execute(hints[0]["sql"].as_str().unwrap(), &[]).unwrap();
    let after = Steps::read(&db, query).unwrap();
    assert!(after.badness() < before.badness());
    let details: Vec<String> = after.steps.iter().map(|s| s.detail.clone()).collect();
    assert_eq!(serde_json::to_value(details).unwrap(), hints[0]["after"]);
    assert!(hints[0]["message"].as_str().unwrap().contains("saves one scan of a whole table"));
    assert!(db.performance_hints(&sql(query)).unwrap().is_empty());
}

#[test]
fn user_functions_do_not_stop_suggestions() {
    let db = db();
    db.connection().create_scalar_function("mine", 1, rusqlite::functions::FunctionFlags::SQLITE_UTF8, |_| Ok(1_i64)).unwrap();
    let hints = db.performance_hints(&sql("SELECT mine(amount) FROM orders WHERE country = 'DE'")).unwrap();
    assert_eq!(hints.len(), 1);
}

fn plan() -> Plan {
    Plan {
        nodes: vec![
            Node::Table { name: "orders".into() },
            Node::Filter { input: 0, condition: Expr::Text { sql: "amount > 3 and country = '<\"b\">'".into(), params: vec![] }.into() },
            Node::Table { name: "customers".into() },
            Node::Join { left: 1, right: 2, kind: JoinKind::Left, on: JoinOn::Using(vec!["id".into()]) },
            Node::Join { left: 3, right: 1, kind: JoinKind::Inner, on: JoinOn::None },
            Node::Limit { input: 4, n: 5 },
        ],
        root: 5,
    }
}

#[test]
fn plans_as_trees() {
    let text = picture::draw(&plan(), None).unwrap();
    assert_eq!(
        text,
        "limit 5
└─ join inner
   ├─ join left on id
   │  ├─ where amount > 3 and country = '<\"b\">'
   │  │  └─ table orders
   │  └─ table customers
   └─ where amount > 3 and country = '<\"b\">' (the same as above)"
    );
    let text = picture::draw(&plan(), Some("mermaid")).unwrap();
    assert!(
        text.starts_with("flowchart BT\n  n0[(\"table orders\")]\n  n1[\"where amount #gt; 3 and country = '#lt;#quot;b#quot;#gt;'\"]"),
        "{text}"
    );
    assert!(text.ends_with("n4 --> n5"), "{text}");
    assert!(picture::draw(&plan(), Some("pdf")).is_err());
}

#[test]
fn validation_never_throws() {
    let db = db();
    let problems = db.validate(&sql("SELECT nope FROM orders"));
    assert_eq!(problems["valid"], false);
    assert_eq!(problems["problems"][0]["code"], "unknown_column");
    assert_eq!(db.validate(&sql("SELECT * FROM orders WHERE id = 1")), json!({"valid": true, "problems": []}));
    let product = db.validate(&sql("SELECT * FROM orders, customers"));
    assert!(product["problems"][0]["message"].as_str().unwrap().contains("paired with every row"), "{product}");
}

#[test]
fn suggestions_never_name_hidden_tables() {
    let db = db();
    db.execute_script("CREATE TEMP TABLE __moltres_frame_1_ab (country TEXT, n INTEGER)").unwrap();
    let hints =
        db.performance_hints(&sql("SELECT o.id FROM __moltres_frame_1_ab AS f JOIN orders AS o ON o.country = f.country WHERE f.n = 1")).unwrap();
    assert!(!hints.is_empty());
    let text = serde_json::to_string(&hints).unwrap();
    assert!(!text.contains("__moltres"), "{text}");
    assert!(db.performance_hints(&sql("SELECT n FROM __moltres_frame_1_ab WHERE country = 'DE'")).unwrap().is_empty());
}
