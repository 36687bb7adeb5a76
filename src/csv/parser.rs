//! The push parser: bytes in, in any cuts; records out, as spans over bytes.
//!
//! Two readers share the work and agree on every input:
//!   - `fast`: while a record lies whole in the chunk and its quotes are simple, its fields are spans of the chunk itself; only where quotes are
//!     doubled its fields are copied;
//!   - `slow`: anything else (cut by the end of a chunk, escapes, text after a closing quote) goes through csv-core, field by field, into a buffer.
//!
//! csv-core knows neither positions nor whether a field was quoted, skips blank lines and comments by itself, and strips a byte order mark
//! at what it takes for the beginning. All of these are handled here, above it: csv-core sees one record at a time, from its first byte.
//! A record ends at LF, CR or CRLF. Blank lines are skipped. Nothing here depends on where the chunks are cut.

mod slow;

use csv_core::ReadFieldResult;

use crate::csv::dialect::Dialect;
use crate::csv::record::{Record, RecordSink, Span};
use crate::csv::scan::{self, Scanner};
use crate::error::{Code, Error, Result};

/// No record may be larger: spans are 31-bit, and SQLite holds at most 10⁹ bytes in a value.
const MAX_RECORD: usize = 1_000_000_000;
/// More fields than any table can hold are not collected, only noticed.
const MAX_FIELDS: usize = 100_000;

pub struct Parser {
    dialect: Dialect,
    core: csv_core::Reader,
    scanner: Scanner,
    spans: Vec<Span>,
    /// The fields of a record of `fast` in which quotes were doubled.
    undoubled: Vec<u8>,
    /// The bytes of the record that `slow` is reading, its field's start, and whether that was quoted (None: not yet begun).
    buffer: Vec<u8>,
    filled: usize,
    field_start: usize,
    field_quoted: Option<bool>,
    in_record: bool,
    in_comment: bool,
    /// Within the record of `slow`: the last byte was CR, so that CRLF counts as one line.
    last_was_cr: bool,
    /// The last record or line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    skip_lines: u64,
    line: u64,
    offset: u64,
    record_line: u64,
    record_offset: u64,
    /// The part of the chunk that is known to be valid UTF-8.
    valid: std::ops::Range<usize>,
    stopped: bool,
}

impl Parser {
    pub fn new(dialect: Dialect, skip_lines: u64) -> Self {
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(dialect.delimiter).quoting(dialect.quote.is_some()).quote(dialect.quote.unwrap_or(b'"'));
        builder.escape(dialect.escape.filter(|&e| Some(e) != dialect.quote));
        Parser {
            scanner: Scanner::new(dialect.delimiter, dialect.quote),
            core: builder.build(),
            dialect,
            spans: Vec::new(),
            undoubled: Vec::new(),
            buffer: Vec::new(),
            filled: 0,
            field_start: 0,
            field_quoted: None,
            in_record: false,
            in_comment: false,
            last_was_cr: false,
            after_cr: false,
            skip_lines,
            line: 1,
            offset: 0,
            record_line: 1,
            record_offset: 0,
            valid: 0..0,
            stopped: false,
        }
    }

    /// The sink has asked for no more.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    pub fn feed(&mut self, input: &[u8], sink: &mut impl RecordSink) -> Result<()> {
        let mut at = 0;
        self.valid = scan::valid_utf8(input);
        while at < input.len() && !self.stopped {
            if !self.in_record {
                at = self.skip_to_record(input, at);
                if at == input.len() {
                    break;
                }
                at = self.fast(input, at, sink)?;
                if at == input.len() || self.stopped {
                    break;
                }
                // The scanner met something that is not simple, perhaps a blank line or a comment first.
                let next = self.skip_to_record(input, at);
                if next != at {
                    at = next;
                    continue;
                }
                self.begin_slow(at);
            }
            at = self.slow(input, at, sink)?;
        }
        self.offset += input.len() as u64;
        Ok(())
    }

    /// The input has ended: gives the last record if no line end did.
    pub fn finish(&mut self, sink: &mut impl RecordSink) -> Result<()> {
        if self.stopped || !self.in_record {
            return Ok(());
        }
        if self.dialect.quote.is_some() && self.field_quoted == Some(true) && self.is_inside_quotes() {
            return Err(Error::new(
                Code::CsvUnterminatedQuote,
                format!(
                    "the quoted field that begins in the record at line {} (byte {}) is not closed before the end",
                    self.record_line, self.record_offset
                ),
            )
            .hint("quote: \"\" reads without quoting")
            .detail("line", self.record_line)
            .detail("byte", self.record_offset)
            .detail("column", self.spans.len() as u64 + 1));
        }
        self.end_field();
        self.end_record(sink)
    }

    /// csv-core does not say whether it is inside quotes. A delimiter tells: inside, it is data. It spoils the reader, but the input has ended
    /// (a clone would be the nicer victim, but csv-core 0.1.13 clones its tables only in part).
    fn is_inside_quotes(&mut self) -> bool {
        let mut output = [0; 8];
        !matches!(self.core.read_field(&[self.dialect.delimiter], &mut output).0, ReadFieldResult::Field { .. })
    }

    /// From the end of a record to the first byte of the next one: past the rest of a CRLF, skipped lines, blank lines, comments.
    #[inline]
    fn skip_to_record(&mut self, input: &[u8], mut at: usize) -> usize {
        while let Some(&byte) = input.get(at) {
            if self.after_cr {
                self.after_cr = false;
                if byte == b'\n' {
                    at += 1;
                    continue;
                }
            }
            if byte == b'\n' || byte == b'\r' {
                self.in_comment = false;
                self.skip_lines = self.skip_lines.saturating_sub(1);
                self.line += 1;
                self.after_cr = byte == b'\r';
                at += 1;
            } else if self.in_comment || self.skip_lines > 0 || self.dialect.comment == Some(byte) {
                // A skipped line is like a comment, but only from its own beginning.
                self.in_comment = true;
                at += input.get(at..).and_then(|rest| rest.iter().position(|&b| b == b'\n' || b == b'\r')).unwrap_or(input.len() - at);
            } else {
                break;
            }
        }
        at
    }

    /// Gives all records that are whole and simple; the beginning of the first that is not, or the input's length.
    fn fast(&mut self, input: &[u8], start: usize, sink: &mut impl RecordSink) -> Result<usize> {
        if self.dialect.escape.is_some_and(|e| Some(e) != self.dialect.quote) || self.skip_lines > 0 || input.len() >= MAX_RECORD {
            return Ok(start);
        }
        let (delimiter, quote) = (self.dialect.delimiter, self.dialect.quote);
        let mut record_start = start;
        self.scanner.restart(start);
        'record: loop {
            let mut field_start = record_start;
            let mut lines = 1;
            let mut doubled = false;
            self.spans.clear();
            loop {
                let Some(at) = self.scanner.next(input) else { return Ok(record_start) };
                let (mut at, mut byte) = (at, input[at]);
                let mut span = Span::new(field_start, at, false);
                if Some(byte) == quote {
                    if at == field_start {
                        // A quoted field: up to the next quote, which must end it.
                        loop {
                            let Some(next) = self.scanner.next(input) else { return Ok(record_start) };
                            at = next;
                            byte = input[at];
                            if Some(byte) == quote {
                                if input.get(at + 1) != Some(&byte) {
                                    break;
                                }
                                // Two quotes stand for one; the second is the scanner's next find.
                                doubled = true;
                                self.scanner.next(input);
                                continue;
                            }
                            lines += u64::from(byte == b'\n' || (byte == b'\r' && input.get(at + 1) != Some(&b'\n')));
                        }
                        span = Span::new(field_start + 1, at, true);
                        // What follows the quote must be a delimiter or a line end, and so be the scanner's next find.
                        match input.get(at + 1) {
                            Some(&after) if after == delimiter || after == b'\n' || after == b'\r' => {
                                at += 1;
                                byte = after;
                                self.scanner.next(input);
                            }
                            _ => return Ok(record_start),
                        }
                    } else {
                        // Quotes within an unquoted field are data.
                        loop {
                            let Some(next) = self.scanner.next(input) else { return Ok(record_start) };
                            at = next;
                            byte = input[at];
                            if Some(byte) != quote {
                                break;
                            }
                        }
                        span = Span::new(field_start, at, false);
                    }
                }
                if self.spans.len() < MAX_FIELDS {
                    self.spans.push(span);
                }
                field_start = at + 1;
                if byte == delimiter {
                    continue;
                }
                if doubled {
                    self.undouble(input, quote.unwrap_or_default());
                }
                let record = Record {
                    bytes: if doubled { &self.undoubled } else { input },
                    spans: &self.spans,
                    line: self.line,
                    offset: self.offset + record_start as u64,
                    valid_utf8: self.valid.start <= record_start && field_start <= self.valid.end + 1,
                };
                let more = sink.record(record)?;
                if doubled {
                    give_up_if_giant(&mut self.undoubled);
                }
                self.line += lines;
                record_start = at + 1;
                if byte == b'\r' {
                    match input.get(record_start) {
                        Some(b'\n') => {
                            self.scanner.next(input);
                            record_start += 1;
                        }
                        Some(_) => {}
                        None => self.after_cr = true,
                    }
                }
                if !more {
                    self.stopped = true;
                    return Ok(record_start);
                }
                // A record does not begin with a line end or a comment: the caller skips those.
                match input.get(record_start) {
                    Some(&b) if b == b'\n' || b == b'\r' || self.dialect.comment == Some(b) => {
                        let next = self.skip_to_record(input, record_start);
                        record_start = next;
                        self.scanner.restart(next);
                        if next == input.len() {
                            return Ok(next);
                        }
                    }
                    Some(_) => {}
                    None => return Ok(record_start),
                }
                continue 'record;
            }
        }
    }

    /// Copies the fields of a record with one quote for two.
    #[inline(never)]
    fn undouble(&mut self, input: &[u8], quote: u8) {
        let out = &mut self.undoubled;
        out.clear();
        for span in &mut self.spans {
            let start = out.len();
            let mut rest = span.of(input);
            while let Some(at) = rest.iter().position(|&byte| byte == quote).filter(|_| span.quoted()) {
                let (before, after) = rest.split_at(at + 1);
                out.extend_from_slice(before);
                rest = after.get(1..).unwrap_or_default();
            }
            out.extend_from_slice(rest);
            *span = Span::new(start, out.len(), span.quoted());
        }
    }
}

/// A giant record leaves no giant buffer behind.
fn give_up_if_giant(buffer: &mut Vec<u8>) {
    if buffer.capacity() > 1 << 22 {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    struct Longest(usize);

    impl RecordSink for Longest {
        fn record(&mut self, record: Record<'_>) -> Result<bool> {
            self.0 = self.0.max(record.bytes.len());
            Ok(true)
        }
    }

    #[test]
    fn a_giant_record_leaves_no_giant_buffer() -> Result<()> {
        let mut input = b"\"a\"\"".to_vec();
        input.resize(5 << 20, b'x');
        input.extend_from_slice(b"\"\nb\n");
        for chunk in [input.len(), 1 << 20] {
            let mut parser = Parser::new(Dialect::default(), 0);
            let mut longest = Longest(0);
            for piece in input.chunks(chunk) {
                parser.feed(piece, &mut longest)?;
            }
            parser.finish(&mut longest)?;
            assert!(longest.0 > 5_000_000);
            assert!(parser.undoubled.capacity() + parser.buffer.capacity() < 1 << 22, "chunks of {chunk}");
        }
        Ok(())
    }
}
