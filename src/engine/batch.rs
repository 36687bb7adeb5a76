//! Column batches: how results leave. One piece of memory per batch, made so that JavaScript reads numbers as views and decodes text once.
//!
//! Eight words about the whole: length in bytes, cursor (0 when it was the last batch), shape, rows, columns, rows changed, flags (bit 0: what was given
//! before is void), one reserved. Then
//! sixteen words per column: kind, flags (bit 0: has NULLs), and up to seven pairs of offset and length in bytes; then the parts, each aligned to
//! eight bytes, offsets counted from the start of the batch:
//!
//! | kind | parts |
//! |---|---|
//! | 0 null | – |
//! | 1 number | f64 each, NaN for NULL (SQLite stores no NaN); integers up to 2^53 too |
//! | 2 bigint | i64 each; a byte each, 1 for NULL |
//! | 3 text | UTF-8; u32 ends in UTF-16 units, 2^32−1 for NULL |
//! | 4 dictionary | u16 codes, 0 for NULL; UTF-8 and u32 ends of the entries that are new in this batch |
//! | 5 blob | bytes; u32 ends, 2^32−1 for NULL |
//! | 6 mixed | tags (0 null, 1 number, 2 bigint, 3 text, 4 blob); f64 each (for tag 2 an index into the next); i64; UTF-8; u32 ends; bytes; u32 ends |

mod column;

pub use column::Column;
use column::Kind;

pub const HEADER_WORDS: usize = 8;
pub const COLUMN_WORDS: usize = 16;

/// A batch under construction.
pub struct Batch {
    pub columns: Vec<Column>,
    rows: usize,
}

impl Batch {
    pub fn new(columns: Vec<Column>) -> Self {
        Batch { columns, rows: 0 }
    }

    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Forgets all rows, those of earlier batches too.
    pub fn begin_again(&mut self) {
        self.columns = self.columns.iter().map(|column| Column::new(column.wide)).collect();
        self.rows = 0;
    }

    /// Lays the batch out in `out` and makes ready for the next. `begins_again`: the batches before it are void.
    pub fn finish(&mut self, out: &mut Vec<u64>, cursor: u32, shape: u32, changes: u64, begins_again: bool) {
        out.clear();
        let words = HEADER_WORDS + COLUMN_WORDS * self.columns.len();
        out.resize(words.div_ceil(2), 0);
        let mut head = vec![0u32; words];
        head[1] = cursor;
        head[2] = shape;
        head[3] = self.rows as u32;
        head[4] = self.columns.len() as u32;
        head[5] = u32::try_from(changes).unwrap_or(u32::MAX);
        head[6] = begins_again.into();
        for (column, words) in self.columns.iter_mut().zip(head[HEADER_WORDS..].chunks_exact_mut(COLUMN_WORDS)) {
            words[0] = column.kind as u32;
            words[1] = column.nulls.into();
            let parts: &[&[u8]] = &match column.kind {
                Kind::Null => [&[][..]; 7],
                Kind::Number => [as_bytes(&column.numbers), &[], &[], &[], &[], &[], &[]],
                Kind::BigInt => [as_bytes(&column.bigints), &column.null_bytes, &[], &[], &[], &[], &[]],
                Kind::Text => [&column.text, as_bytes(&column.ends), &[], &[], &[], &[], &[]],
                Kind::Dictionary => [as_bytes(&column.codes), &column.entry_text, as_bytes(&column.entry_ends), &[], &[], &[], &[]],
                Kind::Blob => [&column.bytes, as_bytes(&column.byte_ends), &[], &[], &[], &[], &[]],
                Kind::Mixed => [
                    &column.tags,
                    as_bytes(&column.numbers),
                    as_bytes(&column.bigints),
                    &column.text,
                    as_bytes(&column.ends),
                    &column.bytes,
                    as_bytes(&column.byte_ends),
                ],
            };
            for (part, pair) in parts.iter().zip(words[2..].chunks_exact_mut(2)) {
                pair[0] = (out.len() * 8) as u32;
                pair[1] = part.len() as u32;
                append_aligned(out, part);
            }
            column.clear();
        }
        head[0] = (out.len() * 8) as u32;
        for (slot, pair) in out.iter_mut().zip(head.chunks(2)) {
            *slot = u64::from(pair[0]) | (u64::from(pair.get(1).copied().unwrap_or(0)) << 32);
        }
        self.rows = 0;
    }
}

fn append_aligned(out: &mut Vec<u64>, part: &[u8]) {
    let (whole, rest) = part.split_at(part.len() & !7);
    out.extend(whole.chunks_exact(8).map(|c| u64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]])));
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        out.push(u64::from_le_bytes(word));
    }
}

/// Numbers as their bytes in memory; JavaScript's typed arrays are little-endian wherever WASM runs.
fn as_bytes<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `Plain` types have no padding and any bytes may be read.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), std::mem::size_of_val(values)) }
}

trait Plain: Copy {}
impl Plain for f64 {}
impl Plain for i64 {}
impl Plain for u32 {}
impl Plain for u16 {}
