//! Text: a row per line, in the only column, `value`. LF, CRLF and CR end a line; a blank line is an empty text.

use serde_json::{Value as Json, json};

use crate::csv::report::{Problem, Problems};
use crate::csv::{Mode, Options, Outcome, RowSink};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;

#[derive(Debug)]
pub struct TextReader {
    mode: Mode,
    max_rows: Option<u64>,
    line: Vec<u8>,
    begun: bool,
    after_cr: bool,
    n_rows: u64,
    n_lines: u64,
    n_bytes: u64,
    problems: Problems,
}

impl TextReader {
    pub fn new(options: &Options) -> Self {
        TextReader {
            mode: options.mode,
            max_rows: options.max_rows,
            line: Vec::new(),
            begun: false,
            after_cr: false,
            n_rows: 0,
            n_lines: 0,
            n_bytes: 0,
            problems: Problems::default(),
        }
    }

    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        self.n_bytes += bytes.len() as u64;
        let mut rest = bytes;
        while !self.stopped() && !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(at) = rest.iter().position(|&b| b == b'\n' || b == b'\r') else {
                self.line.extend_from_slice(rest);
                break;
            };
            let (head, tail) = rest.split_at(at);
            self.line.extend_from_slice(head);
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            self.end_line(sink)?;
        }
        Ok(())
    }

    fn end_line(&mut self, sink: &mut impl RowSink) -> Result<()> {
        let line = std::mem::take(&mut self.line);
        let text = if self.begun { line.as_slice() } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) };
        self.begun = true;
        self.n_lines += 1;
        if std::str::from_utf8(text).is_err() {
            if self.mode == Mode::FailFast {
                return Err(Error::new(Code::CsvInvalidUtf8, format!("line {} is not UTF-8", self.n_lines)).detail("line", self.n_lines));
            }
            self.problems.add(Problem::InvalidUtf8, self.n_lines, self.n_lines, Some("value"), Some(text));
            if self.mode != Mode::DropMalformed {
                sink.text(String::from_utf8_lossy(text).as_bytes());
                sink.end_row()?;
                self.n_rows += 1;
            }
        } else {
            sink.text(text);
            sink.end_row()?;
            self.n_rows += 1;
        }
        self.line = line;
        self.line.clear();
        Ok(())
    }

    pub fn finish(&mut self, sink: &mut impl RowSink) -> Result<Outcome> {
        if !self.line.is_empty() && !self.stopped() && (self.begun || self.line != b"\xef\xbb\xbf") {
            self.end_line(sink)?;
        }
        Ok(Outcome::Done)
    }

    pub fn stopped(&self) -> bool {
        self.max_rows.is_some_and(|max| self.n_rows >= max)
    }

    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub fn fields(&self) -> Vec<Field> {
        vec![Field::new("value", DataType::String, true)]
    }

    pub fn report(&self) -> Json {
        let (problems, examples) = self.problems.to_json();
        json!({"rows": self.n_rows, "bytes": self.n_bytes, "columns": [{"name": "value", "type": "string", "nulls": 0}], "problems": problems, "examples": examples})
    }
}
