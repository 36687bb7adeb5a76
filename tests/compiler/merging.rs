//! Merging changes how the SQL reads, never what it means: over generated plans, and over all pairs of verbs.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use cases::selects;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Frames that verbs may combine with; every one has the columns id, k, x.
const ASIDE: &str = "table t ; select id, k, x ; as base
table u ; select id, k, z as x ; where x < 80 ; as other
table u ; select k, z ; as keys
table u ; select k ; where k is not null ; as k_only
table u ; agg max(id) as m ; as one
table t ; select id, k, x";

/// Each leaves id, k, x. Limits come with a total order, so that every plan has one answer.
const VERBS: &[&str] = &[
    "where x > 1",
    "where k = 'a' or x is null",
    "where x + id < 7",
    "withColumn x = x + 1",
    "withColumn x = coalesce(x, 0) * 2, id = id - 1",
    "select id, upper(k) as k, x",
    "select x as id, k, id as x",
    "orderBy id, x, k",
    "orderBy x desc, k, id ; limit 4",
    "orderBy id desc, x, k ; offset 1",
    "orderBy k, id, x ; limit 5 ; offset 1",
    "distinct",
    "groupBy k : sum(x) as x, min(id) as id ; select id, k, x",
    "groupBy x, k : count(*) as id ; select id, k, x",
    "agg max(id) as id, max(k) as k, sum(x) as x",
    "withColumn n = row_number() over (partition by k order by id, x) ; where n = 1 ; drop n",
    "withColumn x = sum(x) over (partition by k)",
    "withColumn x = rank() over (order by id, x, k)",
    "join keys using k ; select id, k, z as x",
    "join keys left using k ; select id, k, coalesce(z, x) as x",
    "alias a ; join keys right using k ; select id, k, x",
    "join keys full using k ; where id is not null ; select id, k, x",
    "join keys semi using k ; select id, k, x",
    "join keys anti using k ; where x is null or x < 90 ; select id, k, x",
    "union base",
    "union other ; distinct",
    "intersect base",
    "subtract other",
    "exceptAll base",
    "intersectAll other",
    "fillna 0",
    "dropna",
    "rename x to y ; rename y to x",
    "isin k k_only",
    "notIn k k_only",
    "scalar m = one ; where id < m ; drop m",
    "crossJoin one ; where x < m + 2 ; select id, k, x",
    "replace 'a', 'z'",
    "unpivot k : id, x ; select value as id, k, value as x",
    "rollup k : sum(x) as x, count(*) as id ; select id, k, x",
    "agg max(id) as id ; where id > 1 ; select 1 as id, 'b' as k, 3 as x",
    "agg sum(x) as x, count(*) as id ; select id, 'a' as k, 2 as x",
];

fn both(db: &Database, source: &str) -> (Vec<String>, Vec<String>, String) {
    let plan = frame::frame(source);
    let run = |merge| {
        let query = compiled(db, &plan, merge).unwrap_or_else(|e| panic!("{e}\n{source}"));
        let mut found = rows(db, &query);
        found.sort();
        (found, query.sql)
    };
    let (merged, sql) = run(true);
    let (unmerged, plain) = run(false);
    let pretty = compile::compile(&plan, db, &CompileOptions { pretty: true, ..CompileOptions::default() }).unwrap();
    let mut shown = rows(db, &pretty);
    shown.sort();
    assert_eq!(merged, shown, "{}", pretty.sql);
    (merged, unmerged, format!("{sql}\n{plain}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]
    #[test]
    fn merged_and_unmerged_plans_give_equal_rows(steps in prop::collection::vec(0..VERBS.len(), 1..8)) {
        let db = database();
        let verbs: Vec<&str> = steps.iter().map(|i| VERBS[*i]).collect();
        let source = format!("{ASIDE} ; {}", verbs.join(" ; "));
        let (merged, unmerged, sql) = both(&db, &source);
        prop_assert_eq!(merged, unmerged, "{}\n{}", verbs.join(" ; "), sql);
    }
}

/// SQL allows a recursion's own rows in no subquery; all else in it nests when merging is off.
#[test]
fn unmerged_recursion_nests_what_it_may() {
    let source = "table e ; where boss is null ; select id, name, 0 as level ; as base ; step r ; as r
        ; table e ; where id > 0 ; select id, boss, upper(name) as label ; where label <> 'X' ; as e
        ; from r ; join e on r.id = e.boss ; where level < 5 ; select e.id, label as name, level + 1 as level ; recursive r base ; where level > 0 ; orderBy id";
    let (merged, unmerged, sql) = both(&database(), source);
    assert_eq!(merged, unmerged);
    let (merged, unmerged) = sql.split_once('\n').unwrap();
    assert_eq!((selects(merged), selects(unmerged)), (3, 11), "{sql}");
    let union = "table t ; select id ; as a ; union a ; as b ; table u ; select id ; as c ; from b ; union c";
    let (_, _, sql) = both(&database(), union);
    assert!(sql.split_once('\n').unwrap().1.contains("FROM (SELECT"), "{sql}");
}

/// One verb of each kind, for the table of pairs.
const PAIRS: &[(&str, &str)] = &[
    ("select", "select id, k, x"),
    ("withCol", "withColumn x = x + 1"),
    ("where", "where x > 1"),
    ("orderBy", "orderBy id"),
    ("limit", "orderBy id ; limit 4"),
    ("offset", "orderBy id ; offset 1"),
    ("distinct", "distinct"),
    ("dropDup", "dropDuplicates k"),
    ("groupBy", "groupBy id, k : sum(x) as x"),
    ("agg", "agg max(id) as id, max(k) as k, max(x) as x"),
    ("window", "withColumn x = sum(x) over (partition by k order by id)"),
    ("join", "alias a ; join keys using k ; select a.id, k, x"),
    ("left", "alias a ; join keys left using k ; select a.id, k, x"),
    ("semi", "join keys semi using k"),
    ("union", "union base"),
    ("except", "subtract other"),
    ("drop", "withColumn n = 1 ; drop n"),
    ("fillna", "fillna 0"),
    ("rollup", "rollup id, k : sum(x) as x"),
];

#[test]
fn pairs_of_verbs() {
    let db = database();
    let mut text = String::from("SELECTs of every pair of verbs: the row comes first, the column second.\n\n");
    let _ = write!(text, "{:9}", "");
    for (name, _) in PAIRS {
        let _ = write!(text, "{name:>9}");
    }
    text.push('\n');
    for (first_name, first) in PAIRS {
        let _ = write!(text, "{first_name:9}");
        for (_, second) in PAIRS {
            let source = format!("{ASIDE} ; {first} ; {second}");
            let (merged, unmerged, sql) = both(&db, &source);
            assert_eq!(merged, unmerged, "{first} ; {second}\n{sql}");
            let _ = write!(text, "{:9}", selects(sql.lines().next().unwrap_or("")));
        }
        text.push('\n');
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/pairs.txt");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, &text).unwrap();
        return;
    }
    assert_eq!(text, include_str!("../cases/pairs.txt"));
}

/// What a correlated subquery finds depends on declared types and collations; joined or as a list it must find the same.
#[test]
fn correlated_subqueries_keep_their_comparisons() {
    let db = Database::open_in_memory().unwrap();
    db.connection()
        .execute_batch(
            "CREATE TABLE o (k INTEGER); INSERT INTO o VALUES (1), (2);
             CREATE TABLE u (k, v INTEGER); INSERT INTO u VALUES ('1', 10), (1, 20);
             CREATE TABLE b (k TEXT); INSERT INTO b VALUES ('a'), ('A'), ('b');
             CREATE TABLE nc (k TEXT COLLATE NOCASE, v INTEGER); INSERT INTO nc VALUES ('a', 1);
             CREATE VIEW seen AS SELECT k FROM nc;
             CREATE TABLE s (k STRING); INSERT INTO s VALUES ('1'), ('01');
             CREATE TABLE plain (k TEXT); INSERT INTO plain VALUES ('a'), ('01');",
        )
        .unwrap();
    for (outer, inner, equality, rewritten) in [
        ("o", "u", "u.k = o.k", false),
        ("o", "u", "o.k = u.k", false),
        ("b", "nc", "nc.k = b.k", false),
        ("b", "nc", "b.k = nc.k", false),
        ("nc", "b", "b.k = nc.k", false),
        ("b", "seen", "seen.k = b.k", false),
        ("plain", "s", "s.k = plain.k", false),
        ("s", "plain", "s.k = plain.k", false),
        ("b", "plain", "b.k = plain.k", true),
        ("o", "nc", "nc.v = o.k", true),
        ("o", "o", "i.k = o.k", true),
    ] {
        let inner_name = if inner == outer { "i" } else { inner };
        let below = format!("table {inner} ; alias {inner_name} ; where {equality}");
        let counted = format!("{below} ; agg count(*) as c ; as s ; table {outer} ; alias {outer} ; select k ; alias {outer} ; scalar c = s");
        let query = compiled(&db, &frame::frame(&counted), true).unwrap();
        let by_hand = format!("SELECT k, (SELECT count(*) FROM {inner} AS {inner_name} WHERE {equality}) FROM {outer}");
        let expected = CompiledQuery { sql: by_hand, params: vec![], ..query.clone() };
        assert_eq!(rows(&db, &query), rows(&db, &expected), "{}", query.sql);
        assert_eq!(query.sql.contains("LEFT JOIN"), rewritten, "{}", query.sql);
        for verb in ["exists", "notExists"] {
            let filtered = format!("{below} ; as s ; table {outer} ; alias {outer} ; {verb} s ; select k");
            let query = compiled(&db, &frame::frame(&filtered), true).unwrap();
            let not = if verb == "exists" { "" } else { "NOT " };
            let by_hand = format!("SELECT k FROM {outer} WHERE {not}EXISTS (SELECT 1 FROM {inner} AS {inner_name} WHERE {equality})");
            let expected = CompiledQuery { sql: by_hand, params: vec![], ..query.clone() };
            assert_eq!(rows(&db, &query), rows(&db, &expected), "{}", query.sql);
        }
    }
}
