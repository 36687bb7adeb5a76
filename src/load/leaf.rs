//! Builds the leaf pages of a table's b-tree from typed rows, by SQLite's documented file format (fileformat2, §1.6 and §2.1).
//!
//! Rows come in order and get the row ids 1, 2, …, so pages are only ever appended. Finished pages wait in memory until `pages.rs` takes them.

use crate::csv::RowSink;
use crate::error::{Error, Result};
use crate::load::bytes::{copy, push_bytes, push_varint, put_varint, varint_length};

/// Pages that a builder may use: those that were free, then new ones at the end of the file.
#[derive(Debug, Default)]
pub struct Space {
    pub free: Vec<u32>,
    /// The last page of the file so far.
    pub last: u32,
    /// The page of the lock bytes, which no database uses.
    pub lock_page: u32,
}

impl Space {
    pub fn take(&mut self) -> u32 {
        if let Some(page) = self.free.pop() {
            return page;
        }
        self.last = self.last.saturating_add(1);
        if self.last == self.lock_page {
            self.last = self.last.saturating_add(1);
        }
        self.last
    }
}

/// A finished leaf and the row id of its last row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Child {
    pub page: u32,
    pub last: i64,
}

#[derive(Debug)]
pub struct LeafBuilder {
    page_size: usize,
    /// Bytes of a page without the reserved ones at its end.
    usable: usize,
    pub space: Space,
    /// The row that is being built: serial types, and values.
    types: Vec<u8>,
    body: Vec<u8>,
    /// The page that is being filled, its cells and where their content begins.
    leaf: Vec<u8>,
    n_cells: usize,
    content: usize,
    last_row: i64,
    /// Finished pages, one after the other, and their numbers.
    pub pages: Vec<u8>,
    pub numbers: Vec<u32>,
    pub leaves: Vec<Child>,
}

/// The state of a builder between two slices.
#[derive(Debug)]
pub struct Checkpoint {
    leaf: Vec<u8>,
    n_cells: usize,
    content: usize,
    last_row: i64,
    n_leaves: usize,
    free: Vec<u32>,
}

const LEAF_HEADER: usize = 8;

impl LeafBuilder {
    pub fn new(page_size: usize, reserved: usize) -> Self {
        let usable = page_size - reserved;
        LeafBuilder {
            page_size,
            usable,
            space: Space { lock_page: u32::try_from((1u64 << 30) / page_size as u64 + 1).unwrap_or(u32::MAX), ..Space::default() },
            types: Vec::with_capacity(64),
            body: Vec::with_capacity(1024),
            leaf: vec![0; page_size],
            n_cells: 0,
            content: usable,
            last_row: 0,
            pages: Vec::new(),
            numbers: Vec::new(),
            leaves: Vec::new(),
        }
    }

    pub fn page_size(&self) -> usize {
        self.page_size
    }

    pub fn usable(&self) -> usize {
        self.usable
    }

    #[inline(always)]
    fn push_type(&mut self, serial: u64) {
        if serial < 128 { self.types.push(serial as u8) } else { push_varint(&mut self.types, serial) }
    }

    /// A cell: payload length, row id, as much of the record as belongs here, and perhaps the first overflow page.
    fn add_row(&mut self) -> Result<()> {
        let row = self.last_row + 1;
        let mut prefix = [0u8; 9 + 9 + 9];
        // The header's length counts itself.
        let header = if self.types.len() < 127 { self.types.len() + 1 } else { header_length(self.types.len()) };
        let payload = header + self.body.len();
        let mut n = put_varint(&mut prefix, 0, payload as u64);
        n = put_varint(&mut prefix, n, row as u64);
        let before_record = n;
        n = put_varint(&mut prefix, n, header as u64);
        if payload <= self.usable - 35 {
            let cell = n + self.types.len() + self.body.len();
            if LEAF_HEADER + 2 * (self.n_cells + 1) + cell > self.content {
                self.finish_leaf();
            }
            let at = self.place(cell);
            let (head, body) = self.leaf[at..at + cell].split_at_mut(n + self.types.len());
            let (before_types, types) = head.split_at_mut(n);
            copy(before_types, &prefix[..n]);
            copy(types, &self.types);
            copy(body, &self.body);
        } else {
            self.add_large_row(&prefix[..n], before_record, payload)?;
        }
        self.last_row = row;
        self.types.clear();
        self.body.clear();
        Ok(())
    }

    /// Makes room for a cell that fits and enters its pointer.
    #[inline(always)]
    fn place(&mut self, cell: usize) -> usize {
        self.content -= cell;
        let pointer = LEAF_HEADER + 2 * self.n_cells;
        self.leaf[pointer..pointer + 2].copy_from_slice(&(self.content as u16).to_be_bytes());
        self.n_cells += 1;
        self.content
    }

    /// A record larger than a page may hold: the rest goes to a chain of overflow pages.
    #[cold]
    fn add_large_row(&mut self, prefix: &[u8], before_record: usize, payload: usize) -> Result<()> {
        if payload > 1_000_000_000 {
            return Err(Error::new(crate::error::Code::CsvTooWide, format!("a row of {payload} bytes is larger than a database can hold")));
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = least + (payload - least) % (self.usable - 4);
        let local = if local <= self.usable - 35 { local } else { least };
        let mut record = Vec::with_capacity(payload);
        record.extend_from_slice(&prefix[before_record..]);
        record.extend_from_slice(&self.types);
        record.extend_from_slice(&self.body);
        let cell = before_record + local + 4;
        if LEAF_HEADER + 2 * (self.n_cells + 1) + cell > self.content {
            self.finish_leaf();
        }
        let mut page = self.space.take();
        let at = self.place(cell);
        self.leaf[at..at + before_record].copy_from_slice(&prefix[..before_record]);
        self.leaf[at + before_record..at + before_record + local].copy_from_slice(&record[..local]);
        self.leaf[at + before_record + local..at + cell].copy_from_slice(&page.to_be_bytes());
        let mut chunks = record[local..].chunks(self.usable - 4).peekable();
        while let Some(chunk) = chunks.next() {
            let next = if chunks.peek().is_some() { self.space.take() } else { 0 };
            let start = self.pages.len();
            self.pages.resize(start + self.page_size, 0);
            self.pages[start..start + 4].copy_from_slice(&next.to_be_bytes());
            self.pages[start + 4..start + 4 + chunk.len()].copy_from_slice(chunk);
            self.numbers.push(page);
            page = next;
        }
        // One giant value leaves no giant buffer behind.
        if self.body.capacity() > 1 << 22 {
            self.body = Vec::new();
        }
        Ok(())
    }

    fn write_header(&mut self) {
        self.leaf[0] = 0x0d;
        self.leaf[1..3].fill(0);
        self.leaf[3..5].copy_from_slice(&(self.n_cells as u16).to_be_bytes());
        // 65,536 is written as 0.
        self.leaf[5..7].copy_from_slice(&(self.content as u16).to_be_bytes());
        self.leaf[7] = 0;
    }

    pub fn finish_leaf(&mut self) {
        if self.n_cells == 0 {
            return;
        }
        self.write_header();
        let page = self.space.take();
        self.leaves.push(Child { page, last: self.last_row });
        self.numbers.push(page);
        self.pages.extend_from_slice(&self.leaf);
        self.n_cells = 0;
        self.content = self.usable;
        // What lies between pointers and content is not read, but should not hold another row's text.
        self.leaf.fill(0);
    }

    /// The only page of a small table, to be its root.
    pub fn only_page(&mut self) -> Option<Vec<u8>> {
        if !self.leaves.is_empty() {
            return None;
        }
        self.write_header();
        Some(self.leaf.clone())
    }

    /// What a failed slice has to put back.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            leaf: self.leaf.clone(),
            n_cells: self.n_cells,
            content: self.content,
            last_row: self.last_row,
            n_leaves: self.leaves.len(),
            free: self.space.free.clone(),
        }
    }

    pub fn restore(&mut self, before: Checkpoint) {
        self.leaf = before.leaf;
        self.n_cells = before.n_cells;
        self.content = before.content;
        self.last_row = before.last_row;
        self.leaves.truncate(before.n_leaves);
        self.space.free = before.free;
        self.clear_pages();
        self.types.clear();
        self.body.clear();
    }

    pub fn clear_pages(&mut self) {
        self.pages.clear();
        self.numbers.clear();
    }
}

impl RowSink for LeafBuilder {
    #[inline(always)]
    fn null(&mut self) {
        self.types.push(0);
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) {
        let (serial, n_bytes) = match value {
            0 => (8, 0),
            1 => (9, 0),
            -0x80..=0x7f => (1, 1),
            -0x8000..=0x7fff => (2, 2),
            -0x80_0000..=0x7f_ffff => (3, 3),
            -0x8000_0000..=0x7fff_ffff => (4, 4),
            -0x8000_0000_0000..=0x7fff_ffff_ffff => (5, 6),
            _ => (6, 8),
        };
        self.types.push(serial);
        if n_bytes > 0 {
            // Eight bytes are written at once, and those that do not count taken back: a copy of variable length costs more.
            self.body.extend_from_slice(&(value << (64 - 8 * n_bytes)).to_be_bytes());
            self.body.truncate(self.body.len() - 8 + n_bytes);
        }
    }

    /// As SQLite does in REAL columns, a real that is a small integer is stored as one.
    #[inline(always)]
    fn real(&mut self, value: f64) {
        let whole = value as i64;
        if whole as f64 == value && (-0x8000_0000_0000..=0x7fff_ffff_ffff).contains(&whole) {
            return self.integer(whole);
        }
        self.types.push(7);
        self.body.extend_from_slice(&value.to_be_bytes());
    }

    #[inline(always)]
    fn text(&mut self, value: &[u8]) {
        self.push_type(13 + 2 * value.len() as u64);
        push_bytes(&mut self.body, value);
    }

    fn blob(&mut self, value: &[u8]) {
        self.push_type(12 + 2 * value.len() as u64);
        self.body.extend_from_slice(value);
    }

    #[inline]
    fn end_row(&mut self) -> Result<()> {
        self.add_row()
    }

    fn discard_row(&mut self) {
        self.types.clear();
        self.body.clear();
    }
}

fn header_length(types: usize) -> usize {
    let mut length = types + 1;
    while types + varint_length(length as u64) != length {
        length = types + varint_length(length as u64);
    }
    length
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_header_counts_itself() {
        assert_eq!([1, 125, 126, 127, 128, 16380, 16381, 16382].map(header_length), [2, 126, 127, 129, 130, 16382, 16383, 16385]);
    }
}
