//! CSV: any bytes in any pieces give the same rows, the same report and the same error.

use moltres::csv::dialect::Options;
use moltres::csv::reader::CsvReader;
use moltres::csv::sink::RowSink;
use moltres::error::Result;

use crate::fuzz::{Random, change_some, in_any_pieces, run};

const WORDS: &[&str] = &[
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "\"\"",
    "\"a,b\"",
    "\u{feff}",
    "1",
    "1.5",
    "true",
    "2024-02-29",
    "2024-02-29T12:00:00Z",
    "9223372036854775808",
    "NaN",
    "é",
    "😀",
    " ",
    "#",
    "\0",
    "1e400",
    "007",
    ".5",
    "5.",
];

const OPTIONS: &[&str] = &[
    "{}",
    r#"{"header": false}"#,
    r#"{"delimiter": "auto"}"#,
    r#"{"mode": "failFast"}"#,
    r#"{"mode": "dropMalformed", "trim": true}"#,
    r##"{"comment": "#", "skipRows": 1}"##,
    r#"{"schema": {"a": "bigint", "b": "date", "c": "boolean"}}"#,
    r#"{"quote": "", "delimiter": ";"}"#,
    r#"{"escape": "\\", "maxRows": 3}"#,
    r#"{"inferSchema": false, "nullValues": ["", "NA"]}"#,
    r#"{"onTypeConflict": "null", "columns": ["a"]}"#,
    r#"{"quote": "'", "escape": "\\", "trim": true, "markedInvalid": true}"#,
    r#"{"dateFormat": "d/M/yyyy", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ssXXX", "sampleRows": 1}"#,
    r#"{"reread": true, "sampleRows": 1}"#,
    r#"{"onTypeConflict": "text", "strict": true, "sampleRows": 1, "nullValues": []}"#,
    r##"{"delimiter": "auto", "comment": "#", "skipRows": 2, "mode": "dropMalformed", "maxRows": 2}"##,
];

#[derive(Default)]
pub struct Collected {
    pub text: String,
    row: String,
}

impl RowSink for Collected {
    fn null(&mut self) {
        self.row.push_str("null|");
    }
    fn integer(&mut self, value: i64) {
        self.row.push_str(&format!("{value}|"));
    }
    fn real(&mut self, value: f64) {
        self.row.push_str(&format!("{value:?}|"));
    }
    fn text(&mut self, value: &[u8]) {
        self.row.push_str(&format!("{:?}|", std::str::from_utf8(value).expect("text is UTF-8")));
    }
    fn blob(&mut self, value: &[u8]) {
        self.row.push_str(&format!("{value:?}|"));
    }
    fn end_row(&mut self) -> Result<()> {
        self.text.push_str(&self.row);
        self.text.push('\n');
        self.row.clear();
        Ok(())
    }
    fn discard_row(&mut self) {
        self.row.clear();
    }
}

/// Rows, outcome and report as one text.
fn read(options: &str, pieces: &[&[u8]]) -> String {
    let mut sink = Collected::default();
    let mut reader = CsvReader::new(Options::from_json(options).expect("the options are sound"));
    let outcome = (|| {
        for piece in pieces {
            reader.feed(piece, &mut sink)?;
        }
        reader.finish(&mut sink)
    })();
    match outcome {
        Ok(outcome) => {
            let mut report = reader.report();
            // Once it has enough rows it may stop listening, sooner or later within a piece.
            report["bytes"] = 0.into();
            format!("{}\n{outcome:?}\n{report}", sink.text)
        }
        Err(error) => format!("{:?} {error}", error.code()),
    }
}

#[test]
fn csv() {
    let mut random = Random::new(7);
    run(
        "csv",
        |random, inputs| change_some(random, inputs, WORDS),
        |input| {
            let options = *random.pick(OPTIONS);
            in_any_pieces(&mut random, input, options, |pieces| read(options, pieces));
        },
    );
}
