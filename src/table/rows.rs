//! A batch of rows as it crosses from JavaScript: four flat arrays instead of one call per value.
//!
//! Cells stand row by row. `kinds` says what each is, `numbers` holds its 64 bits: a double, an integer, a number of
//! milliseconds, or for text and bytes their length. Texts follow each other in `text`, their length counted in UTF-16 units as
//! JavaScript counts; bytes follow each other in `bytes`.

use crate::error::{Error, Result};
use crate::table::cell::Cell;

#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    pub n_rows: usize,
    pub n_columns: usize,
    pub kinds: &'a [u8],
    pub numbers: &'a [u64],
    pub text: &'a str,
    pub bytes: &'a [u8],
}

/// What `kinds` holds. The numbers are part of the boundary: `pkg/src/rows.ts` writes them.
pub mod kind {
    pub const NULL: u8 = 0;
    pub const NUMBER: u8 = 1;
    pub const INTEGER: u8 = 2;
    pub const TEXT: u8 = 3;
    pub const BYTES: u8 = 4;
    pub const BOOLEAN: u8 = 5;
    pub const INSTANT: u8 = 6;
    pub const JSON: u8 = 7;
}

/// Reads the cells in order.
pub struct Reader<'a> {
    rows: Rows<'a>,
    at: usize,
    text_at: usize,
    bytes_at: usize,
    /// Only ASCII: UTF-16 units are bytes.
    ascii: bool,
}

impl<'a> Rows<'a> {
    pub fn reader(self) -> Result<Reader<'a>> {
        let n_cells = self.n_rows.checked_mul(self.n_columns);
        if n_cells != Some(self.kinds.len()) || n_cells != Some(self.numbers.len()) {
            return Err(Error::internal(format!("a batch of {} × {} cells came with {} kinds", self.n_rows, self.n_columns, self.kinds.len())));
        }
        Ok(Reader { ascii: self.text.is_ascii(), rows: self, at: 0, text_at: 0, bytes_at: 0 })
    }
}

impl<'a> Reader<'a> {
    /// The next cell; an error when the batch is not what it says it is.
    pub fn next_cell(&mut self) -> Result<Cell<'a>> {
        let (Some(kind), Some(bits)) = (self.rows.kinds.get(self.at), self.rows.numbers.get(self.at)) else { return Err(torn()) };
        self.at += 1;
        Ok(match *kind {
            kind::NULL => Cell::Null,
            kind::NUMBER => Cell::Number(f64::from_bits(*bits)),
            kind::INTEGER => Cell::Integer(*bits as i64),
            kind::BOOLEAN => Cell::Boolean(*bits != 0),
            kind::INSTANT => Cell::Instant(f64::from_bits(*bits)),
            kind::TEXT => Cell::Text(self.take_text(*bits)?),
            kind::JSON => Cell::Json(self.take_text(*bits)?),
            kind::BYTES => {
                let n = usize::try_from(*bits).map_err(|_| torn())?;
                let end = self.bytes_at.checked_add(n).ok_or_else(torn)?;
                let bytes = self.rows.bytes.get(self.bytes_at..end).ok_or_else(torn)?;
                self.bytes_at = end;
                Cell::Bytes(bytes)
            }
            _ => return Err(torn()),
        })
    }

    fn take_text(&mut self, units: u64) -> Result<&'a str> {
        let units = usize::try_from(units).map_err(|_| torn())?;
        let rest = self.rows.text.get(self.text_at..).ok_or_else(torn)?;
        let n = if self.ascii { units } else { utf8_length(rest, units).ok_or_else(torn)? };
        let text = rest.get(..n).ok_or_else(torn)?;
        self.text_at += n;
        Ok(text)
    }
}

/// How many bytes the first `units` UTF-16 units of `text` take.
fn utf8_length(text: &str, units: usize) -> Option<usize> {
    // Most texts are ASCII even where some are not.
    if text.as_bytes().get(..units).is_some_and(<[u8]>::is_ascii) {
        return Some(units);
    }
    let mut left = units;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(c.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

fn torn() -> Error {
    Error::internal("a batch of rows is not what its header says")
}

/// A batch built in Rust: for tests and for Rust users.
#[derive(Debug, Default)]
pub struct RowsBuilder {
    kinds: Vec<u8>,
    numbers: Vec<u64>,
    text: String,
    bytes: Vec<u8>,
}

impl RowsBuilder {
    pub fn push(&mut self, cell: Cell<'_>) {
        let (kind, bits) = match cell {
            Cell::Null => (kind::NULL, 0),
            Cell::Boolean(b) => (kind::BOOLEAN, u64::from(b)),
            Cell::Integer(i) => (kind::INTEGER, i as u64),
            Cell::Number(r) => (kind::NUMBER, r.to_bits()),
            Cell::Instant(ms) => (kind::INSTANT, ms.to_bits()),
            Cell::Text(s) | Cell::Json(s) => {
                self.text.push_str(s);
                (if matches!(cell, Cell::Text(_)) { kind::TEXT } else { kind::JSON }, s.encode_utf16().count() as u64)
            }
            Cell::Bytes(b) => {
                self.bytes.extend_from_slice(b);
                (kind::BYTES, b.len() as u64)
            }
        };
        self.kinds.push(kind);
        self.numbers.push(bits);
    }

    /// The cells pushed so far as rows of `n_columns`.
    pub fn rows(&self, n_columns: usize) -> Rows<'_> {
        Rows {
            n_rows: self.kinds.len().checked_div(n_columns).unwrap_or(0),
            n_columns,
            kinds: &self.kinds,
            numbers: &self.numbers,
            text: &self.text,
            bytes: &self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let cells = [
            Cell::Text("naïve ☕ 😀"),
            Cell::Number(f64::NEG_INFINITY),
            Cell::Null,
            Cell::Integer(i64::MIN),
            Cell::Text(""),
            Cell::Bytes(&[0, 255]),
            Cell::Json("{\"é\":1}"),
            Cell::Boolean(true),
            Cell::Instant(-1.5),
        ];
        let mut builder = RowsBuilder::default();
        cells.iter().for_each(|cell| builder.push(*cell));
        let mut reader = builder.rows(3).reader().unwrap();
        for cell in cells {
            assert_eq!(reader.next_cell().unwrap(), cell);
        }
        assert!(reader.next_cell().is_err());
    }

    #[test]
    fn a_batch_that_lies_is_refused() {
        let rows = Rows { n_rows: 1, n_columns: 1, kinds: &[kind::TEXT], numbers: &[5], text: "☕", bytes: &[] };
        assert!(rows.reader().unwrap().next_cell().is_err());
        let rows = Rows { n_rows: 2, n_columns: 1, kinds: &[0], numbers: &[0], text: "", bytes: &[] };
        assert!(rows.reader().is_err());
        let rows = Rows { n_rows: 1, n_columns: 1, kinds: &[9], numbers: &[u64::MAX], text: "", bytes: &[] };
        assert!(rows.reader().unwrap().next_cell().is_err());
        // Half a character.
        let rows = Rows { n_rows: 1, n_columns: 1, kinds: &[kind::TEXT], numbers: &[1], text: "😀", bytes: &[] };
        assert!(rows.reader().unwrap().next_cell().is_err());
    }
}
