//! Expression texts: what parses must compile or be refused with a reason, and what compiles SQLite must accept.

use moltres::compile::text::parse_projection;
use moltres::expr::registry::functions;
use moltres::expr::{Expr, Literal};
use moltres::plan::{Node, Plan};
use moltres::types::DataType;

use moltres::error::Code;

use crate::fuzz::{Random, change_bytes, run};
use crate::{assert_runs, database, is_fair};

const WORDS: &[&str] = &[
    " and ",
    " or ",
    "not ",
    " in (",
    " is null",
    " is not null",
    " between ",
    " like ",
    " ilike ",
    " rlike ",
    " escape '!'",
    "case when ",
    " then ",
    " else ",
    " end",
    "cast(",
    " as int)",
    " as decimal(10,2))",
    "::",
    " over (",
    "partition by ",
    " order by ",
    " desc",
    " nulls last",
    " rows between 1 preceding and current row",
    "count(*)",
    "distinct ",
    " filter (where ",
    "interval 1 day",
    "date '2024-02-29'",
    "timestamp '2024-01-01 00:00:00'",
    "x'00ff'",
    "'it''s'",
    "\"a\"",
    "`b`",
    "a",
    "b",
    "c",
    "s",
    "flag",
    "d",
    "at",
    "x",
    "*",
    "t.a",
    "1",
    "2.5",
    "1e308",
    "9223372036854775807",
    "-1",
    "null",
    "true",
    "(",
    ")",
    ",",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " div ",
    " || ",
    " & ",
    " | ",
    " ^ ",
    "~",
    " << ",
    " <=> ",
    " = ",
    " <> ",
    "[",
    "]",
    ".",
    "?",
    ":",
    ";",
    "--",
    "/*",
    "\0",
    "😀",
    "é",
    "extract(year from ",
    "substring(s from 2 for 3)",
    "trim(both 'x' from s)",
    "position('a' in s)",
    " is distinct from ",
    " as r",
    "explode(",
    "array(1, 2)",
    "struct(a, b)",
];

/// Statements of one expression each, by the seed's grammar of the grammar's own words.
fn change(random: &mut Random, inputs: &[Vec<u8>]) -> Vec<u8> {
    let lines: Vec<&[u8]> = inputs.iter().flat_map(|file| file.split(|b| *b == b'\n')).filter(|line| !line.is_empty()).collect();
    let mut text = random.pick(&lines).to_vec();
    let others: Vec<Vec<u8>> = (0..3).map(|_| random.pick(&lines).to_vec()).collect();
    for _ in 0..=random.below(5) {
        if random.one_in(6) {
            let function = random.pick(functions());
            let args =
                (0..random.below(4)).map(|_| *random.pick(&["a", "s", "d", "at", "x", "flag", "1", "'a'", "array(1,2)", "null"])).collect::<Vec<_>>();
            let call = format!("{}({})", function.sql_name, args.join(", "));
            let at = random.below(text.len() + 1);
            text.splice(at..at, call.bytes());
        } else {
            change_bytes(random, &mut text, &others, WORDS);
        }
    }
    text
}

#[test]
fn expression_texts() {
    let db = database();
    run("sql", change, |input| {
        let text = String::from_utf8_lossy(input);
        let n = text.matches('?').count();
        let params: Vec<Literal> = (0..n as i64).map(|n| Literal { value: n.into(), data_type: DataType::Long }).collect();
        for params in [&params[..], &[]] {
            let Err(error) = parse_projection(&text, params) else { continue };
            assert!(is_fair(&error) || error.code() == Code::SyntaxError, "{text}: {error}");
            if let Some(position) = error.report().position {
                assert!(position <= text.len() && text.is_char_boundary(position), "{text}: {position}");
            }
        }
        if parse_projection(&text, &params).is_err() {
            return;
        }
        let expr = Expr::Text { sql: text.to_string(), params }.into();
        let nodes = vec![Node::Table { name: "t".into() }, Node::Project { input: 0, exprs: vec![expr] }];
        let plan = Plan { nodes, root: 1 };
        match db.compile_plan(&plan) {
            Ok(query) => assert_runs(&db, &query, &text),
            Err(error) => assert!(is_fair(&error), "{text}: {:?} {error}", error.code()),
        }
    });
}
