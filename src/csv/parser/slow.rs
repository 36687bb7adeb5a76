//! The half of the parser that csv-core does: one record at a time, field by field, into a buffer.

use csv_core::ReadFieldResult;

use super::{MAX_FIELDS, MAX_RECORD, Parser, give_up_if_giant};
use crate::csv::record::{Record, RecordSink, Span};
use crate::error::{Code, Error, Result};

impl Parser {
    pub(super) fn begin_slow(&mut self, at: usize) {
        self.core.reset();
        // csv-core would strip a byte order mark at its first read; after a blank line it has read something.
        let mut nothing = [0; 4];
        let _ = self.core.read_field(b"\n", &mut nothing);
        self.in_record = true;
        self.spans.clear();
        self.filled = 0;
        self.field_start = 0;
        self.field_quoted = None;
        self.record_line = self.line;
        self.record_offset = self.offset + at as u64;
    }

    /// Reads on in the current record, at most to its end.
    pub(super) fn slow(&mut self, input: &[u8], mut at: usize, sink: &mut impl RecordSink) -> Result<usize> {
        while at < input.len() {
            let rest = &input[at..];
            if self.field_quoted.is_none() {
                self.field_quoted = Some(self.dialect.quote == Some(rest[0]));
            }
            if self.buffer.len() - self.filled < 64 {
                if self.filled >= MAX_RECORD {
                    return Err(self.too_large());
                }
                self.buffer.resize((self.buffer.len() * 2).max(4096), 0);
            }
            let (result, read, written) = self.core.read_field(rest, &mut self.buffer[self.filled..]);
            let consumed = &rest[..read];
            at += read;
            self.filled += written;
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => self.count_lines(consumed),
                ReadFieldResult::Field { record_end } => {
                    self.end_field();
                    if record_end {
                        let (last, before) = consumed.split_last().unwrap_or((&b'\n', &[]));
                        self.count_lines(before);
                        self.after_cr = *last == b'\r';
                        self.last_was_cr = false;
                        self.end_record(sink)?;
                        self.line += 1;
                        return Ok(at);
                    }
                    self.count_lines(consumed);
                }
                ReadFieldResult::End => break,
            }
        }
        Ok(at)
    }

    fn count_lines(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.line += u64::from(byte == b'\r' || (byte == b'\n' && !self.last_was_cr));
            self.last_was_cr = byte == b'\r';
        }
    }

    pub(super) fn end_field(&mut self) {
        if self.spans.len() < MAX_FIELDS {
            self.spans.push(Span::new(self.field_start, self.filled, self.field_quoted == Some(true)));
        }
        self.field_start = self.filled;
        self.field_quoted = None;
    }

    pub(super) fn end_record(&mut self, sink: &mut impl RecordSink) -> Result<()> {
        self.in_record = false;
        let record = Record { bytes: &self.buffer, spans: &self.spans, line: self.record_line, offset: self.record_offset, valid_utf8: false };
        self.stopped = !sink.record(record)?;
        give_up_if_giant(&mut self.buffer);
        Ok(())
    }

    fn too_large(&self) -> Error {
        Error::new(Code::CsvTooWide, format!("the record at line {} is larger than {MAX_RECORD} bytes", self.record_line))
            .hint("a quote that is never closed makes one record of all that follows; quote: \"\" reads without quoting")
            .detail("line", self.record_line)
            .detail("byte", self.record_offset)
    }
}
