//! Batches: what each kind of column looks like, from the first batch to the last.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::super::batch::{COLUMN_WORDS, HEADER_WORDS};
use super::{Database, database, no_params, open};

/// A batch read back the way `pkg/src/batch.ts` does.
pub(super) struct Read {
    pub(super) words: Vec<u32>,
    bytes: Vec<u8>,
}

impl Read {
    pub(super) fn last(db: &Database) -> Read {
        let bytes: Vec<u8> = db.last_batch().iter().flat_map(|word| word.to_le_bytes()).collect();
        let words = bytes.chunks_exact(4).map(|c| u32::from_le_bytes(c.try_into().unwrap())).collect();
        Read { words, bytes }
    }

    pub(super) fn cursor(&self) -> u32 {
        self.words[1]
    }

    pub(super) fn rows(&self) -> usize {
        self.words[3] as usize
    }

    pub(super) fn kind(&self, column: usize) -> u32 {
        self.words[HEADER_WORDS + COLUMN_WORDS * column]
    }

    pub(super) fn part(&self, column: usize, part: usize) -> &[u8] {
        let at = HEADER_WORDS + COLUMN_WORDS * column + 2 + 2 * part;
        let (offset, length) = (self.words[at] as usize, self.words[at + 1] as usize);
        assert_eq!(offset % 8, 0);
        &self.bytes[offset..offset + length]
    }

    pub(super) fn numbers(&self, column: usize, part: usize) -> Vec<f64> {
        self.part(column, part).chunks_exact(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
    }

    pub(super) fn bigints(&self, column: usize, part: usize) -> Vec<i64> {
        self.part(column, part).chunks_exact(8).map(|c| i64::from_le_bytes(c.try_into().unwrap())).collect()
    }

    pub(super) fn ends(&self, column: usize, part: usize) -> Vec<u32> {
        self.part(column, part).chunks_exact(4).map(|c| u32::from_le_bytes(c.try_into().unwrap())).collect()
    }
}

#[test]
fn numbers_leave_as_doubles_with_nan_for_null_and_as_integers_beyond_what_doubles_hold() {
    let db = database("");
    let read = open(&db, "VALUES (1, 1), (NULL, NULL), (2.5, 9007199254740993)");
    assert_eq!((read.cursor(), read.rows(), read.kind(0), read.kind(1)), (0, 3, 1, 2));
    assert!(read.numbers(0, 0)[1].is_nan());
    assert_eq!(read.bigints(1, 0), [1, 0, 9_007_199_254_740_993]);
    assert_eq!(read.part(1, 1), [0, 1, 0]);
}

#[test]
fn text_ends_are_counted_in_utf16_units_and_broken_utf8_is_replaced() {
    let db = database("");
    let read = open(&db, "VALUES ('é😀'), (NULL), (''), ('a' || char(0) || 'b'), (CAST(x'ff41' AS TEXT))");
    assert_eq!(read.kind(0), 3);
    assert_eq!(String::from_utf8_lossy(read.part(0, 0)), "é😀a\0b\u{fffd}A");
    assert_eq!(read.ends(0, 1), [3, u32::MAX, 3, 6, 8]);
}

#[test]
fn a_column_of_many_types_is_mixed_whatever_came_first() {
    let db = database("");
    for first in ["1", "'t'", "x'01'", "NULL", "9007199254740993", "1.5"] {
        let read = open(&db, &format!("VALUES ({first}), (2), ('u'), (x'02'), (9007199254740994), (NULL)"));
        assert_eq!(read.kind(0), 6, "{first}");
        // Small integers after a large one are 64-bit too; JavaScript makes numbers of them.
        let small = if first.len() > 9 { 2 } else { 1 };
        assert_eq!(&read.part(0, 0)[1..], [small, 3, 4, 2, 0], "{first}");
        assert_eq!(read.rows(), 6);
    }
}

#[test]
fn repeated_text_becomes_codes_of_a_dictionary_that_grows() {
    let db = database("");
    let sql = "WITH RECURSIVE c(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM c WHERE x < 9999)
               SELECT CASE WHEN x < 5000 THEN 'k' || (x % 5) ELSE 'late' || (x % 3) END, x || 'u' FROM c";
    let first = open(&db, sql);
    assert_eq!((first.kind(0), first.kind(1), first.rows()), (3, 3, 512));
    let mut entries = 0;
    let mut rows = first.rows();
    let mut cursor = first.cursor();
    while cursor != 0 {
        db.next_batch(cursor).unwrap();
        let read = Read::last(&db);
        assert_eq!((read.kind(0), read.kind(1)), (4, 3));
        entries += read.ends(0, 2).len();
        rows += read.rows();
        cursor = read.cursor();
    }
    assert_eq!((entries, rows), (8, 10_000));
}

#[test]
fn integers_may_all_be_asked_for_as_64_bit() {
    let db = database("");
    db.run_sql("VALUES (1, 1.5)", &no_params(), true).unwrap();
    let read = Read::last(&db);
    assert_eq!((read.kind(0), read.kind(1)), (2, 1));
}
