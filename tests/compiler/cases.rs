//! Cases as data: `tests/cases/*.md`. Each block is a title, a frame, and what must come of it. `UPDATE_CASES=1` writes what came,
//! to be read before it is committed.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use std::fmt::Write as _;

/// SELECTs in a text.
pub fn selects(sql: &str) -> usize {
    sql.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word == "SELECT").count()
}

fn outcome(db: &Database, source: &str) -> String {
    let plan = frame::frame(source);
    let mut text = String::new();
    match compiled(db, &plan, true) {
        Ok(query) => {
            let inline = compile::compile(&plan, db, &CompileOptions { inline: true, ..CompileOptions::default() }).unwrap();
            let _ = writeln!(text, "sql: {}", inline.sql.replace('\n', " "));
            let _ = writeln!(text, "selects: {}", selects(&query.sql));
            let columns: Vec<String> =
                query.columns.iter().map(|c| format!("{} {}{}", c.name, c.data_type, if c.nullable { "" } else { "!" })).collect();
            let _ = writeln!(text, "columns: {}", columns.join(", "));
            let bound = rows(db, &query);
            assert_eq!(bound, rows(db, &inline), "inline gives other rows: {source}");
            let _ = writeln!(text, "rows: {}", bound.join(" "));
        }
        Err(error) => {
            let code = serde_json::to_value(error.code()).unwrap();
            let _ = writeln!(text, "error: {}: {error}", code.as_str().unwrap());
            if let Some(hint) = &error.report().hint {
                let _ = writeln!(text, "hint: {hint}");
            }
        }
    }
    text
}

/// How it reads in a text about it. The rows are those of the statement that runs.
fn pretty(db: &Database, source: &str) -> String {
    let plan = frame::frame(source);
    let query = |options| compile::compile(&plan, db, &options).unwrap();
    let shown = query(CompileOptions { pretty: true, inline: true, ..CompileOptions::default() });
    let mut sorted = [rows(db, &shown), rows(db, &query(CompileOptions::default()))];
    sorted.iter_mut().for_each(|rows| rows.sort());
    assert_eq!(sorted[0], sorted[1], "pretty gives other rows: {source}");
    format!("```sql\n{}\n```\n", shown.sql)
}

type Outcome = fn(&Database, &str) -> String;

/// In WebAssembly there are no files, so the cases are part of the program.
const FILES: &[(&str, &str, Outcome)] = &[
    ("errors.md", include_str!("../cases/errors.md"), outcome),
    ("merge.md", include_str!("../cases/merge.md"), outcome),
    ("pretty.md", include_str!("../cases/pretty.md"), pretty),
];

#[test]
fn all_cases() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut failures = vec![];
    let mut n = 0;
    for (name, text, outcome) in FILES {
        let db = database();
        let mut written = String::new();
        for block in text.split("\n\n").map(str::trim).filter(|b| !b.is_empty()) {
            let Some(source) = block.lines().find_map(|l| l.strip_prefix("frame: ")) else {
                let _ = writeln!(written, "{block}\n");
                continue;
            };
            n += 1;
            let head: Vec<&str> = block.lines().filter(|l| l.starts_with('#') || l.starts_with("frame: ")).collect();
            let whole = format!("{}\n{}", head.join("\n"), outcome(&db, source));
            if whole.trim() != block {
                failures.push(format!("{}\n--- expected\n{block}\n--- came\n{whole}", name));
            }
            let _ = writeln!(written, "{whole}");
        }
        if update {
            std::fs::write(format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR")), written.trim_end().to_owned() + "\n").unwrap();
        }
    }
    assert!(n > 0);
    assert!(update || failures.is_empty(), "{}", failures.join("\n\n"));
}
