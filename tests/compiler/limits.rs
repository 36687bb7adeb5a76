//! Plans and expressions at the edge: right or a clear error, never a crash.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use moltres::expr::{BinaryOp, Expr};
use moltres::plan::Node;
use moltres::types::DataType;
use std::sync::Arc;

fn table() -> Vec<Node> {
    vec![Node::Table { name: "t".into() }]
}

fn binary(op: BinaryOp, left: moltres::expr::ExprRef, right: moltres::expr::ExprRef) -> moltres::expr::ExprRef {
    Arc::new(Expr::Binary { op, left, right })
}

fn check(nodes: Vec<Node>) -> (CompiledQuery, Vec<String>) {
    let db = database();
    let root = nodes.len() - 1;
    let query = compiled(&db, &Plan { nodes, root }, true).unwrap();
    let rows = rows(&db, &query);
    (query, rows)
}

/// On a small stack, as WebAssembly has it.
fn small_stack(test: fn()) {
    #[cfg(target_family = "wasm")]
    test();
    #[cfg(not(target_family = "wasm"))]
    std::thread::Builder::new().stack_size(1 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn five_hundred_verbs_that_merge() {
    small_stack(|| {
        let mut nodes = table();
        for i in 0..500 {
            let input = nodes.len() - 1;
            let (x, n) = (Expr::column("x"), Expr::literal(i64::from(i), DataType::Long));
            nodes.push(match i % 4 {
                0 => Node::Filter { input, condition: binary(BinaryOp::Ne, Expr::column("id"), Expr::literal(1000i64, DataType::Long)) },
                1 => Node::WithColumns { input, columns: vec![("x".into(), binary(BinaryOp::Add, x, n))] },
                2 => Node::Sort { input, keys: vec![Expr::column("id")] },
                _ => Node::Project { input, exprs: vec![Arc::new(Expr::Star { relation: None })] },
            });
        }
        let (_, rows) = check(nodes);
        assert_eq!(rows.len(), 6);
    });
}

#[test]
fn five_hundred_verbs_that_do_not_merge() {
    small_stack(|| {
        let mut nodes = table();
        for i in 0..250 {
            nodes.push(Node::Limit { input: nodes.len() - 1, n: 1000 - i });
            nodes.push(Node::Filter {
                input: nodes.len() - 1,
                condition: binary(BinaryOp::Ne, Expr::column("id"), Expr::literal(1000i64, DataType::Long)),
            });
        }
        let (_, rows) = check(nodes);
        assert_eq!(rows.len(), 6);
    });
}

#[test]
fn five_hundred_joins_and_unions_of_itself() {
    small_stack(|| {
        let mut nodes = table();
        nodes.push(Node::Project { input: 0, exprs: vec![Expr::column("id")] });
        for _ in 0..300 {
            nodes.push(frame::union(nodes.len() - 1, 1));
        }
        let (_, rows) = check(nodes);
        assert_eq!(rows.len(), 6 * 301);
    });
}

#[test]
fn doubling_does_not_explode() {
    small_stack(|| {
        let mut nodes = table();
        nodes.push(Node::Project { input: 0, exprs: vec![Expr::column("x")] });
        for _ in 0..40 {
            let input = nodes.len() - 1;
            let twice = binary(BinaryOp::Sub, binary(BinaryOp::Add, Expr::column("x"), Expr::column("x")), Expr::column("x"));
            nodes.push(Node::WithColumns { input, columns: vec![("x".into(), twice)] });
        }
        let (query, rows) = check(nodes);
        assert_eq!(rows.len(), 6);
        assert!(query.sql.len() < 20_000, "{}", query.sql.len());
    });
}

#[test]
fn two_thousand_columns() {
    let columns: Vec<String> = (0..2000).map(|i| format!("{i} AS c{i}")).collect();
    let sql = format!("SELECT {}", columns.join(", "));
    let db = database();
    db.connection().execute_batch(&format!("CREATE TABLE wide AS {sql}")).unwrap();
    let mut nodes = vec![Node::Table { name: "wide".into() }];
    nodes.push(Node::WithColumns { input: 0, columns: vec![("c0".into(), binary(BinaryOp::Add, Expr::column("c1"), Expr::column("c2")))] });
    nodes.push(Node::Limit { input: 1, n: 3 });
    nodes.push(Node::Project { input: 2, exprs: (0..2000).map(|i| Expr::column(format!("c{i}"))).collect() });
    let query = compiled(&db, &Plan { nodes, root: 3 }, true).unwrap();
    assert_eq!(query.columns.len(), 2000);
    assert_eq!(db.query(&query.sql, &query.params).unwrap()[0][0], Value::Integer(3));
}

#[test]
fn five_thousand_values_in_a_list() {
    let list = (0..5000i64).map(|i| Expr::literal(i * 2, DataType::Long)).collect();
    let mut nodes = table();
    nodes.push(Node::Filter { input: 0, condition: Arc::new(Expr::In { arg: Expr::column("id"), list, negated: false }) });
    let (query, rows) = check(nodes);
    assert_eq!(rows.len(), 3);
    assert_eq!(query.params.len(), 1);
}

#[test]
fn many_conditions() {
    small_stack(|| {
        let mut nodes = table();
        for _ in 0..1500 {
            let input = nodes.len() - 1;
            nodes.push(Node::Filter { input, condition: binary(BinaryOp::Ne, Expr::column("id"), Expr::literal(7i64, DataType::Long)) });
        }
        let (_, rows) = check(nodes);
        assert_eq!(rows.len(), 6);
    });
}
