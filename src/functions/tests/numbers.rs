//! Numbers, and random ones.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Database, Value, check};

#[test]
fn numbers() {
    check(
        "round(2.5) => 3.0
         round(-2.5) => -3.0
         round(2.675, 2) => 2.68
         round(25, -1) => 30
         round('2.5') => 3.0
         bround(2.5) => 2.0
         ceil(2.1) => 3
         ceil(-0.5) => 0
         floor(-0.1) => -1
         floor(1e300) => 9223372036854775807
         ceil(2.151, 2) => 2.16
         floor(-2.151, 2) => -2.16
         rint(2.5) => 2.0
         greatest(NULL, 2, 1.5) => 2
         least(NULL, NULL) => NULL
         sign(-3) => -1.0
         sqrt(-1) => NULL
         power(2, 0.5) => 1.4142135623730951
         log(2, 8) => 3.0
         log(0, 8) => NULL
         atan2(0, -1) => 3.141592653589793
         bit_count(255) => 8
         bitwise_xor(6, 3) => 5
         try_add(9223372036854775807, 1) => NULL
         isnan(NULL) => 0
         nanvl(NULL, 1) => NULL
         equal_null(NULL, NULL) => 1
         nvl2(NULL, 1, 2) => 2",
    );
}

#[test]
fn random_numbers() {
    let db = Database::open_in_memory().unwrap();
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT rand(42) AS r FROM n";
    let (a, b) = (db.query(sql, &[]).unwrap(), db.query(sql, &[]).unwrap());
    assert_eq!(a, b);
    assert!(a.iter().all(|row| matches!(row[0], Value::Real(r) if (0.0..1.0).contains(&r))));
    assert_ne!(a[0], a[1]);
    check("rand(0) => 0.7604953758285915");
    check("length(uuid()) => 36");
}
