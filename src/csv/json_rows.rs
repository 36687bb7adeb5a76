//! Rows as JSON text, an array per row: how `{stream: true}` hands them to JavaScript, whose parser is the fastest way there.

use serde_json::Value as Json;

use crate::csv::sink::RowSink;
use crate::error::Result;

/// Integers that are no JavaScript numbers are their digits in an array, blobs are hexadecimal strings.
#[derive(Debug, Default)]
pub struct JsonRows {
    text: Vec<u8>,
    /// Where the last row ended.
    end: usize,
    pub n_rows: u64,
}

const SAFE: i64 = (1 << 53) - 1;

impl JsonRows {
    fn separate(&mut self) {
        let separator: &[u8] = match (self.text.len() == self.end, self.text.is_empty()) {
            (true, true) => b"[[",
            (true, false) => b",[",
            _ => b",",
        };
        self.text.extend_from_slice(separator);
    }

    fn number(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// The rows since the last call, as a JSON array.
    pub fn take(&mut self) -> String {
        let mut text = std::mem::take(&mut self.text);
        self.end = 0;
        text.extend_from_slice(if text.is_empty() { b"[]" } else { b"]" });
        // All text that comes in is UTF-8.
        String::from_utf8(text).unwrap_or_else(|_| "[]".to_owned())
    }
}

impl RowSink for JsonRows {
    fn null(&mut self) {
        self.separate();
        self.number("null");
    }

    fn integer(&mut self, value: i64) {
        self.separate();
        if (-SAFE..=SAFE).contains(&value) { self.number(&value.to_string()) } else { self.number(&format!("[\"{value}\"]")) }
    }

    fn boolean(&mut self, value: bool) {
        self.separate();
        self.number(if value { "true" } else { "false" });
    }

    fn real(&mut self, value: f64) {
        self.separate();
        if value.is_finite() {
            let text = Json::from(if value == 0.0 { 0.0 } else { value }).to_string();
            self.number(&text);
        } else {
            // JavaScript's parser reads it as Infinity.
            self.number(if value > 0.0 { "1e999" } else { "-1e999" });
        }
    }

    fn text(&mut self, value: &[u8]) {
        self.separate();
        let text = String::from_utf8_lossy(value);
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut self.text, &text);
    }

    fn blob(&mut self, value: &[u8]) {
        self.separate();
        self.text.push(b'"');
        for byte in value {
            self.text.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        self.text.push(b'"');
    }

    fn end_row(&mut self) -> Result<()> {
        self.text.push(b']');
        self.end = self.text.len();
        self.n_rows += 1;
        Ok(())
    }

    fn discard_row(&mut self) {
        self.text.truncate(self.end);
    }
}
