//! Aggregates, over groups and over the frames of windows.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Database, Value, check, show};

#[test]
fn aggregates() {
    let rows = "(VALUES (1, 1.0, 'p'), (2, 2.5, 'q'), (2, NULL, NULL), (4, 8.0, ''), (NULL, 1.5, 'z'))";
    let cases = "sum(x) => 9
         sum(y) => 13.0
         sum(s) => NULL
         avg(x) => 2.25
         count_if(x > 1) => 3
         stddev(x) => 1.2583057392117916
         stddev_pop(x) => 1.0897247358851685
         var_samp(x) => 1.5833333333333333
         corr(x, y) => 0.9917494877490395
         covar_pop(x, y) => 3.722222222222222
         median(x) => 2.0
         percentile(x, 0.25) => 1.75
         percentile(x, '[0.0,1.0]') => '[1.0,4.0]'
         percentile_approx(x, 0.5) => 2
         percentile(x, 2) => error: percentile: the percentage must be between 0 and 1, not 2
         mode(x) => 2
         max_by(s, y) => ''
         min_by(s, y) => 'p'
         listagg(s, ',') => 'p,q,,z'
         listagg(s) => 'pqz'
         collect_list(x) => '[1,2,2,4]'
         collect_set(x) => '[1,2,4]'
         count_distinct(x, y) => 3
         approx_count_distinct(x, 0.05) => 3
         first(y) => 1.0
         last(x) => NULL
         last(x, 1) => 4
         bool_and(x > 0) => 1
         bool_or(x > 5) => 0
         product(x) => 16.0
         bit_or(x) => 7
         skewness(x) => 0.6520236646847545
         kurtosis(x) => -0.9030470914127422
         regr_slope(y, x) => 2.3928571428571432";
    let db = Database::open_in_memory().unwrap();
    for line in cases.lines().map(str::trim) {
        let (sql, expected) = line.split_once(" => ").unwrap();
        let found = match db.query(&format!("SELECT {sql} FROM (SELECT column1 AS x, column2 AS y, column3 AS s FROM {rows})"), &[]) {
            Ok(rows) => show(&rows[0][0]),
            Err(e) => format!("error: {e}"),
        };
        let close = match (found.parse::<f64>(), expected.parse::<f64>()) {
            (Ok(a), Ok(b)) => (a - b).abs() <= if expected.len() < 8 { 1e-3 } else { 1e-12 },
            _ => found == expected,
        };
        assert!(close, "{sql}: {found}, not {expected}");
    }
}

/// Every aggregate gives, over every frame, what it gives over the rows of the frame alone.
#[test]
fn frames_agree_with_groups() {
    let db = Database::open_in_memory().unwrap();
    db.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, x, y)", &[]).unwrap();
    let rows = [
        (Some(3), Some(1.5)),
        (None, Some(2.0)),
        (Some(1), None),
        (Some(3), Some(-4.0)),
        (Some(7), Some(0.5)),
        (Some(1), Some(9.0)),
        (Some(2), Some(2.0)),
    ];
    for (i, (x, y)) in rows.iter().enumerate() {
        let value = |v: Option<f64>| v.map_or(Value::Null, Value::Real);
        db.execute("INSERT INTO t VALUES (?, ?, ?)", &[Value::Integer(i as i64), x.map_or(Value::Null, Value::Integer), value(*y)]).unwrap();
    }
    for call in [
        "sum(x)",
        "sum(y)",
        "avg(y)",
        "count_if(x > 2)",
        "bool_and(x > 1)",
        "bool_or(x > 5)",
        "product(x)",
        "bit_and(x)",
        "bit_or(x)",
        "bit_xor(x)",
        "max_by(x, y)",
        "min_by(y, x)",
        "listagg(x, '-')",
        "stddev(y)",
        "var_pop(y)",
        "skewness(y)",
        "kurtosis(y)",
        "corr(x, y)",
        "covar_samp(x, y)",
        "regr_slope(y, x)",
        "median(x)",
        "percentile(y, 0.3)",
        "percentile_approx(y, 0.4)",
        "mode(x)",
        "collect_list(x)",
        "collect_set(x)",
        "count_distinct(x, y)",
        "approx_count_distinct(x)",
    ] {
        for width in 0..4 {
            let over =
                db.query(&format!("SELECT {call} OVER (ORDER BY i ROWS BETWEEN {width} PRECEDING AND CURRENT ROW) FROM t ORDER BY i"), &[]).unwrap();
            for (i, row) in over.iter().enumerate() {
                let group =
                    db.query(&format!("SELECT {call} FROM (SELECT * FROM t WHERE i BETWEEN {} AND {i} ORDER BY i)", i as i64 - width), &[]).unwrap();
                let (a, b) = (&row[0], &group[0][0]);
                let close = match (a, b) {
                    (Value::Real(a), Value::Real(b)) => (a - b).abs() < 1e-9,
                    // A set has no order of its own.
                    (Value::Text(a), Value::Text(b)) if call == "collect_set(x)" => a.len() == b.len() && a.chars().all(|c| b.contains(c)),
                    _ => a == b,
                };
                assert!(close, "{call} over {width} rows at {i}: {}, not {}", show(a), show(b));
            }
        }
    }
}

#[test]
fn sums_wrap_and_keep_infinities() {
    check(
        "sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1) => -9223372036854775808
         sum(x) FROM (SELECT 1e999 AS x UNION ALL SELECT 1) => inf
         avg(x) FROM (SELECT 1e999 AS x UNION ALL SELECT -1e999) => NULL
         sum(DISTINCT x) FROM (SELECT 1 AS x UNION ALL SELECT 1) => 1
         sum(x) FROM (SELECT '1.5' AS x UNION ALL SELECT 'a') => 1.5
         sum(x) FROM (SELECT 1 AS x) WHERE 0 => NULL
         collect_list(x) FROM (SELECT 1 AS x) WHERE 0 => '[]'",
    );
}
