//! JSON and text: any bytes in any pieces give the same rows, the same report and the same error.

use moltres::csv::dialect::Options;
use moltres::error::Result;
use moltres::json::JsonReader;
use moltres::json::split::Layout;
use moltres::text::TextReader;

use crate::fuzz::{Random, change_some, in_any_pieces, run};
use crate::fuzz_csv::Collected;

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "{\"a\":1}\n",
    "\"a\":",
    "null",
    "true",
    "1",
    "-0",
    "1.50",
    "1e400",
    "1E5",
    "007",
    "\\u00e9",
    "\\ud800",
    "\u{feff}",
    "é",
    "😀",
    "18446744073709551616",
    "9007199254740993",
    "\0",
    " ",
    "||",
    "|",
    "[[[[[[[[",
    "]]]]]]]]",
];

const OPTIONS: &[(&str, &str)] = &[
    ("json", "{}"),
    ("jsonl", "{}"),
    ("json", r#"{"mode": "failFast", "primitivesAsString": true}"#),
    ("jsonl", r#"{"mode": "dropMalformed", "nullValues": ["", "x"], "onTypeConflict": "null"}"#),
    ("jsonl", r#"{"schema": {"a": "bigint", "b": "struct<x:double>", "c": "json"}}"#),
    ("json", r#"{"columns": ["c", "A"], "maxRows": 2}"#),
    ("jsonl", r#"{"markedInvalid": true, "inferSchema": false}"#),
    ("jsonl", r#"{"reread": true}"#),
    ("text", "{}"),
    ("text", r#"{"lineSep": "||"}"#),
    ("text", r#"{"wholetext": true}"#),
    ("text", r#"{"lineSep": "\r\n", "maxRows": 2, "mode": "dropMalformed"}"#),
];

fn read(format: &str, options: &str, pieces: &[&[u8]]) -> String {
    let options = Options::of_format(format, options).expect("the options are sound");
    let mut sink = Collected::default();
    let result: Result<String> = (|| {
        let mut report;
        let outcome = if format == "text" {
            let mut reader = TextReader::new(&options);
            for piece in pieces {
                reader.feed(piece, &mut sink)?;
            }
            let outcome = reader.finish(&mut sink)?;
            report = reader.report();
            outcome
        } else {
            let layout = if format == "json" { Layout::Array } else { Layout::Lines };
            let mut reader = JsonReader::new(layout, &options)?;
            for piece in pieces {
                reader.feed(piece, &mut sink)?;
            }
            let outcome = reader.finish(&mut sink)?;
            report = reader.report();
            outcome
        };
        report["bytes"] = 0.into();
        Ok(format!("{outcome:?}\n{report}"))
    })();
    match result {
        Ok(end) => format!("{}\n{end}", sink.text),
        Err(error) => format!("{:?} {error}", error.code()),
    }
}

#[test]
fn json() {
    let mut random = Random::new(11);
    run(
        "json",
        |random, inputs| change_some(random, inputs, WORDS),
        |input| {
            let &(format, options) = random.pick(OPTIONS);
            let whole = in_any_pieces(&mut random, input, &format!("{format} {options}"), |pieces| read(format, options, pieces));
            assert!(!whole.starts_with("Internal"), "{whole}");
        },
    );
}
