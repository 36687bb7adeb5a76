//! Text: a row per line, in the only column, `value`. LF, CRLF and CR end a line, or only `lineSep` where that is given; a blank line is an
//! empty text. With `wholetext` the input is one row, line ends included.

use serde_json::{Value as Json, json};

use crate::csv::report::{Problem, Problems};
use crate::csv::{Mode, Options, Outcome, RowSink};
use crate::error::{Code, Error, Result};
use crate::schema::Field;
use crate::types::DataType;

/// What ends a line.
#[derive(Debug)]
enum Ends {
    /// LF, CRLF, CR.
    Usual,
    /// This, and from where on the line so far may hold a whole one.
    Separator(Vec<u8>, usize),
    /// Nothing but the end of the input.
    Nothing,
}

#[derive(Debug)]
pub struct TextReader {
    mode: Mode,
    max_rows: Option<u64>,
    marked_invalid: bool,
    ends: Ends,
    line: Vec<u8>,
    begun: bool,
    after_cr: bool,
    n_rows: u64,
    n_lines: u64,
    n_bytes: u64,
    problems: Problems,
}

/// SQLite holds at most 10⁹ bytes in a value.
const MAX_LINE: usize = 1_000_000_000;

impl TextReader {
    pub fn new(options: &Options) -> Self {
        TextReader {
            mode: options.mode,
            max_rows: options.max_rows,
            marked_invalid: options.marked_invalid,
            ends: match &options.line_sep {
                _ if options.whole_text => Ends::Nothing,
                Some(separator) => Ends::Separator(separator.clone(), 0),
                None => Ends::Usual,
            },
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
        if self.line.len().saturating_add(bytes.len()) > MAX_LINE {
            return Err(
                Error::new(Code::CsvTooWide, format!("line {} is larger than {MAX_LINE} bytes", self.n_lines + 1)).detail("line", self.n_lines + 1)
            );
        }
        match self.ends {
            _ if self.stopped() => Ok(()),
            Ends::Usual => self.feed_lines(bytes, sink),
            Ends::Separator(..) => self.feed_separated(bytes, sink),
            Ends::Nothing => {
                self.line.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn feed_lines(&mut self, mut rest: &[u8], sink: &mut impl RowSink) -> Result<()> {
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

    fn feed_separated(&mut self, bytes: &[u8], sink: &mut impl RowSink) -> Result<()> {
        let mut input = std::mem::take(&mut self.line);
        input.extend_from_slice(bytes);
        let Ends::Separator(separator, searched) = &mut self.ends else { return Ok(()) };
        let (separator, mut at) = (separator.clone(), std::mem::take(searched));
        let mut start = 0;
        while !self.stopped()
            && let Some(found) = input.get(at..).and_then(|rest| rest.windows(separator.len()).position(|w| w == separator))
        {
            let end = at + found;
            self.line.extend_from_slice(input.get(start..end).unwrap_or_default());
            start = end + separator.len();
            at = start;
            self.end_line(sink)?;
        }
        input.drain(..start);
        self.line = input;
        if let Ends::Separator(separator, searched) = &mut self.ends {
            *searched = (self.line.len() + 1).saturating_sub(separator.len());
        }
        Ok(())
    }

    fn end_line(&mut self, sink: &mut impl RowSink) -> Result<()> {
        let line = std::mem::take(&mut self.line);
        let text = if self.begun { line.as_slice() } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) };
        self.begun = true;
        self.n_lines += 1;
        if !std::str::from_utf8(text).is_ok_and(|text| !self.marked_invalid || !text.contains('\u{fffd}')) {
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
        let is_there = match self.ends {
            // An empty input is an empty text, too.
            Ends::Nothing => true,
            _ => !self.line.is_empty() && (self.begun || self.line != b"\xef\xbb\xbf"),
        };
        if is_there && !self.stopped() {
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

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::csv::json_rows::JsonRows;

    fn check(input: &[u8], options: &str, expected: &str) {
        for chunk in [1, 2, 3, 1000] {
            let mut reader = TextReader::new(&Options::of_format("text", options).unwrap());
            let mut sink = JsonRows::default();
            for piece in input.chunks(chunk) {
                reader.feed(piece, &mut sink).unwrap();
            }
            reader.finish(&mut sink).unwrap();
            assert_eq!(sink.take(), expected, "{:?} {options}, chunks of {chunk}", String::from_utf8_lossy(input));
        }
    }

    #[test]
    fn lines_end_as_asked() {
        check(b"a\r\n\nb\rc", "{}", r#"[["a"],[""],["b"],["c"]]"#);
        check(b"\xef\xbb\xbfa\n", "{}", r#"[["a"]]"#);
        check(b"", "{}", "[]");
        check(b"a\nb\r\n", r#"{"lineSep":"\n"}"#, r#"[["a"],["b\r"]]"#);
        check(b"a||b|c||||", r#"{"lineSep":"||"}"#, r#"[["a"],["b|c"],[""]]"#);
        check(b"aaab", r#"{"lineSep":"aa"}"#, r#"[[""],["ab"]]"#);
        check(b"a\nb\nc\n", r#"{"lineSep":"\n","maxRows":2}"#, r#"[["a"],["b"]]"#);
        check(b"a\r\nb\n", r#"{"wholetext":true}"#, r#"[["a\r\nb\n"]]"#);
        check(b"\xef\xbb\xbfa\n", r#"{"wholetext":true,"lineSep":"a"}"#, r#"[["a\n"]]"#);
        check(b"", r#"{"wholetext":true}"#, r#"[[""]]"#);
        check(b"a\xff\nb\n", r#"{"mode":"dropMalformed"}"#, r#"[["b"]]"#);
        assert!(Options::of_format("text", r#"{"lineSep":""}"#).is_err() && Options::of_format("text", r#"{"header":true}"#).is_err());
    }
}
