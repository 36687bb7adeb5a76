//! Plans as JSON: what decodes must compile or be refused with a reason, and what compiles SQLite must accept.

use moltres::engine::explain::ReportOptions;
use moltres::plan::wire;
use serde_json::{Map, Value as Json, json};

use moltres::error::Code;

use crate::fuzz::{Random, change_bytes, run};
use crate::{assert_runs, database, is_fair};

const WORDS: &[&str] = &["\"op\":", "\"input\":", "null", "true", "0", "1", "2", "-1", "1e99", "[]", "{}", "\"a\"", "\"\\u0000\"", "\"t\"", ","];

const NAMES: &[&str] = &["a", "b", "s", "t.a", "`a`", "", "a.b", "\0", "😀", "nope", "x y", "\"", "u.name", "sum(a)", "count"];

/// Changes one place of the tree: another number, name, operation, or a copy of another part.
fn change_json(random: &mut Random, json: &mut Json, depth: usize) {
    match json {
        Json::Array(items) if !items.is_empty() && (depth < 2 || random.one_in(2)) => match random.below(8) {
            0 => {
                let at = random.below(items.len());
                items.remove(at);
            }
            1 => {
                let copy = random.pick(items).clone();
                items.push(copy);
            }
            2 => {
                let (a, b) = (random.below(items.len()), random.below(items.len()));
                items.swap(a, b);
            }
            _ => {
                let at = random.below(items.len());
                change_json(random, &mut items[at], depth + 1);
            }
        },
        Json::Object(fields) if !fields.is_empty() && (depth < 3 || random.one_in(2)) => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = random.pick(&keys).clone();
            match random.below(10) {
                0 => {
                    fields.remove(&key);
                }
                1 => {
                    let value = fields[&key].clone();
                    fields.insert(random.pick(&keys).clone(), value);
                }
                _ => {
                    if let Some(value) = fields.get_mut(&key) {
                        change_json(random, value, depth + 1);
                    }
                }
            }
        }
        place => {
            *place = match random.below(9) {
                0 => json!(*random.pick(NAMES)),
                1 => json!(random.below(8)),
                2 => json!(random.below(20) as i64 - 10),
                3 => Json::Null,
                4 => json!(random.one_in(2)),
                5 => json!(
                    *random.pick(&["add", "eq", "and", "isNull", "star", "left", "full", "semi", "union", "except", "rollup", "cube", "groupBy"])
                ),
                6 => json!(*random.pick(&[
                    "bigint",
                    "string",
                    "double",
                    "date",
                    "timestamp",
                    "boolean",
                    "array<int>",
                    "struct<a:int>",
                    "decimal(10,2)",
                    "void"
                ])),
                7 => json!([random.below(6), random.below(6)]),
                _ => json!(*random.pick(&[
                    "9223372036854775807",
                    "NaN",
                    "2024-02-29",
                    "a > 1",
                    "sum(a)",
                    "row_number() over (order by a)",
                    "explode(array(1,2))"
                ])),
            }
        }
    }
}

/// Appends a node or an expression on top of what is there.
fn grow(random: &mut Random, plan: &mut Json) {
    let n_exprs = plan["exprs"].as_array().map_or(0, Vec::len);
    let n_nodes = plan["nodes"].as_array().map_or(0, Vec::len);
    let (expr, node) = (n_exprs.saturating_sub(1 + random.below(3)), n_nodes.saturating_sub(1 + random.below(2)));
    if random.one_in(2) {
        let op = *random.pick(&["add", "sub", "mul", "div", "mod", "eq", "lt", "eqNullSafe", "and", "or", "bitAnd"]);
        let new = match random.below(8) {
            0 => json!({"op": "column", "name": random.pick(NAMES)}),
            1 => json!({"op": "call", "name": random.pick(moltres::expr::registry::functions()).name, "args": [expr, expr.saturating_sub(1)]}),
            2 => json!({"op": "cast", "arg": expr, "to": random.pick(&["int", "string", "date", "array<int>", "decimal(5,1)"])}),
            3 => json!({"op": "window", "function": expr, "partitionBy": [], "orderBy": [expr.saturating_sub(1)], "frame": null}),
            4 => json!({"op": "case", "branches": [[expr, expr.saturating_sub(1)]], "otherwise": null}),
            5 => json!({"op": "exists", "plan": node}),
            6 => json!({"op": "inQuery", "arg": expr, "plan": node}),
            _ => json!({"op": op, "left": expr, "right": expr.saturating_sub(1)}),
        };
        if let Some(exprs) = plan["exprs"].as_array_mut() {
            exprs.push(new);
        }
        return;
    }
    let new = match random.below(15) {
        0 => json!({"op": "project", "input": node, "exprs": [expr]}),
        1 => json!({"op": "filter", "input": node, "condition": expr}),
        2 => json!({"op": "withColumns", "input": node, "columns": [[random.pick(NAMES), expr]]}),
        3 => json!({"op": "sort", "input": node, "keys": [expr]}),
        4 => json!({"op": "limit", "input": node, "n": random.below(5)}),
        5 => json!({"op": "distinct", "input": node}),
        6 => {
            json!({"op": "join", "left": node, "right": node.saturating_sub(1), "kind": random.pick(&["inner", "left", "full", "semi", "anti", "cross"]), "using": ["a"]})
        }
        7 => json!({"op": "setOp", "left": node, "right": node, "kind": random.pick(&["union", "intersect", "except"]), "all": random.one_in(2)}),
        8 => {
            json!({"op": "aggregate", "input": node, "grouping": random.pick(&["groupBy", "rollup", "cube"]), "keys": [expr], "aggregates": [expr.saturating_sub(1)]})
        }
        9 => json!({"op": "offset", "input": node, "n": random.below(3)}),
        10 => json!({"op": "alias", "input": node, "name": random.pick(NAMES)}),
        11 => json!({"op": "tail", "input": node, "n": random.below(3)}),
        12 => json!({"op": "dropNa", "input": node, "how": "any"}),
        13 => json!({"op": "rename", "input": node, "pairs": [["a", random.pick(NAMES)]]}),
        _ => json!({"op": "cte", "input": node, "name": random.pick(NAMES)}),
    };
    if let Some(nodes) = plan["nodes"].as_array_mut() {
        nodes.push(new);
        plan["root"] = json!(n_nodes);
    }
}

fn change(random: &mut Random, inputs: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(inputs).clone();
    let Ok(mut plan) = serde_json::from_slice::<Json>(&bytes) else { return bytes };
    for _ in 0..=random.below(6) {
        if random.one_in(2) {
            grow(random, &mut plan);
        } else {
            let mut fields = Map::new();
            if let Json::Object(given) = &mut plan {
                std::mem::swap(given, &mut fields);
            }
            let mut whole = Json::Object(fields);
            let part = *random.pick(&["exprs", "nodes", "nodes", "exprs", "root"]);
            if let Some(part) = whole.get_mut(part) {
                change_json(random, part, 0);
            }
            plan = whole;
        }
    }
    bytes = plan.to_string().into_bytes();
    if random.one_in(10) {
        let others = [random.pick(inputs).clone()];
        change_bytes(random, &mut bytes, &others, WORDS);
    }
    bytes
}

#[test]
fn plans() {
    let db = database();
    run("plan", change, |input| {
        let text = String::from_utf8_lossy(input);
        let plan = match wire::decode(&text) {
            Ok(plan) => plan,
            Err(error) => {
                assert!(is_fair(&error) || error.code() == Code::SyntaxError, "{text}: {error}");
                return;
            }
        };
        for report in ["visualizePlan", "validate"] {
            db.plan_report(&plan, report, &ReportOptions::default()).expect("these never fail");
        }
        match db.compile_plan(&plan) {
            Ok(query) => assert_runs(&db, &query, &text),
            Err(error) => {
                let users_own_sql = plan.nodes.iter().any(|n| matches!(n, moltres::plan::Node::Sql { .. }));
                assert!(is_fair(&error) || users_own_sql, "{text}: {:?} {error}", error.code());
            }
        }
    });
}
