//! One column of a batch under construction: the narrowest form that holds its cells so far.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::engine::statement::Cell;

const NULL_END: u32 = u32::MAX;
/// What a double holds exactly.
const SAFE: i64 = (1 << 53) - 1;
/// Dictionaries of more entries than this are given up.
const MAX_ENTRIES: usize = 2_048;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null = 0,
    Number = 1,
    BigInt = 2,
    Text = 3,
    Dictionary = 4,
    Blob = 5,
    Mixed = 6,
}

/// Whether text of a column is worth a dictionary; decided by looking at the first batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Unknown,
    Dictionary,
    Plain,
}

/// FNV-like over eight bytes at a time: short keys, no adversary (a collision costs time only within one result).
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Codes = HashMap<Box<[u8]>, u16, BuildHasherDefault<WordHasher>>;

/// One column while a batch fills; buffers are kept from batch to batch.
pub struct Column {
    /// All integers as 64-bit: the caller asked for BigInt always.
    pub(super) wide: bool,
    pub(super) kind: Kind,
    pub(super) nulls: bool,
    pub(super) rows: usize,
    pub(super) numbers: Vec<f64>,
    pub(super) bigints: Vec<i64>,
    pub(super) null_bytes: Vec<u8>,
    pub(super) text: Vec<u8>,
    /// UTF-16 units in `text`.
    units: u32,
    pub(super) ends: Vec<u32>,
    pub(super) bytes: Vec<u8>,
    pub(super) byte_ends: Vec<u32>,
    pub(super) tags: Vec<u8>,
    pub(super) codes: Vec<u16>,
    coding: Coding,
    /// Hashes of the texts of the first batch.
    seen: HashSet<u64>,
    dictionary: Codes,
    last: Option<(Vec<u8>, u16)>,
    pub(super) entry_text: Vec<u8>,
    entry_units: u32,
    pub(super) entry_ends: Vec<u32>,
}

impl Column {
    pub fn new(wide: bool) -> Self {
        Column {
            wide,
            kind: Kind::Null,
            nulls: false,
            rows: 0,
            numbers: vec![],
            bigints: vec![],
            null_bytes: vec![],
            text: vec![],
            units: 0,
            ends: vec![],
            bytes: vec![],
            byte_ends: vec![],
            tags: vec![],
            codes: vec![],
            coding: Coding::Unknown,
            seen: HashSet::new(),
            dictionary: Codes::default(),
            last: None,
            entry_text: vec![],
            entry_units: 0,
            entry_ends: vec![],
        }
    }

    /// Takes the next cell and gives about how many bytes it needs.
    #[inline]
    pub fn push(&mut self, cell: Cell<'_>) -> usize {
        let size = match cell {
            Cell::Null => {
                self.push_null();
                1
            }
            Cell::Real(v) => {
                self.push_number(v, false);
                8
            }
            Cell::Integer(v) if !self.wide && (-SAFE..=SAFE).contains(&v) => {
                #[allow(clippy::cast_precision_loss)]
                self.push_number(v as f64, true);
                8
            }
            Cell::Integer(v) => {
                self.push_bigint(v);
                8
            }
            Cell::Text(v) => {
                self.push_text(v);
                v.len() + 4
            }
            Cell::Blob(v) => {
                self.push_blob(v);
                v.len() + 4
            }
        };
        self.rows += 1;
        size
    }

    fn push_null(&mut self) {
        self.nulls = true;
        match self.kind {
            Kind::Null => {}
            Kind::Number => self.numbers.push(f64::NAN),
            Kind::BigInt => {
                self.bigints.push(0);
                self.null_bytes.push(1);
            }
            Kind::Text => self.ends.push(NULL_END),
            Kind::Dictionary => self.codes.push(0),
            Kind::Blob => self.byte_ends.push(NULL_END),
            Kind::Mixed => self.push_mixed(0, f64::NAN),
        }
    }

    fn push_number(&mut self, v: f64, integer: bool) {
        match self.kind {
            Kind::Number => self.numbers.push(v),
            Kind::Null => {
                self.kind = Kind::Number;
                self.numbers.resize(self.rows, f64::NAN);
                self.numbers.push(v);
            }
            #[allow(clippy::cast_possible_truncation)]
            Kind::BigInt if integer => {
                self.bigints.push(v as i64);
                self.null_bytes.push(0);
            }
            _ => {
                self.become_mixed();
                self.push_mixed(1, v);
            }
        }
    }

    fn push_bigint(&mut self, v: i64) {
        match self.kind {
            Kind::Null => {
                self.kind = Kind::BigInt;
                self.bigints.resize(self.rows, 0);
                self.null_bytes.resize(self.rows, 1);
            }
            // All numbers so far may have been integers: then the column stays one of integers.
            #[allow(clippy::cast_possible_truncation)]
            Kind::Number if !self.wide && self.numbers.iter().all(|n| n.is_nan() || (n.fract() == 0.0 && n.abs() <= SAFE as f64)) => {
                self.kind = Kind::BigInt;
                self.bigints.extend(self.numbers.iter().map(|n| *n as i64));
                self.null_bytes.extend(self.numbers.iter().map(|n| u8::from(n.is_nan())));
                self.numbers.clear();
            }
            _ => {}
        }
        if self.kind == Kind::BigInt {
            self.bigints.push(v);
            self.null_bytes.push(0);
        } else {
            self.become_mixed();
            #[allow(clippy::cast_precision_loss)]
            let index = self.bigints.len() as f64;
            self.bigints.push(v);
            self.push_mixed(2, index);
        }
    }

    fn push_text(&mut self, v: &[u8]) {
        if self.kind == Kind::Null {
            if self.coding == Coding::Dictionary {
                self.kind = Kind::Dictionary;
                self.codes.resize(self.rows, 0);
            } else {
                self.kind = Kind::Text;
                self.ends.resize(self.rows, NULL_END);
            }
        }
        match self.kind {
            Kind::Text => {
                if self.coding == Coding::Unknown {
                    let mut hasher = WordHasher::default();
                    hasher.write(v);
                    self.seen.insert(hasher.finish());
                }
                self.add_text(v);
                self.ends.push(self.units);
            }
            Kind::Dictionary => {
                let code = self.code(v);
                self.codes.push(code);
            }
            _ => {
                self.become_mixed();
                self.add_text(v);
                self.push_mixed(3, 0.0);
                if let Some(end) = self.ends.last_mut() {
                    *end = self.units;
                }
            }
        }
    }

    fn push_blob(&mut self, v: &[u8]) {
        if self.kind == Kind::Null {
            self.kind = Kind::Blob;
            self.byte_ends.resize(self.rows, NULL_END);
        }
        let mixed = self.kind != Kind::Blob;
        if mixed {
            self.become_mixed();
        }
        self.bytes.extend_from_slice(v);
        let end = u32::try_from(self.bytes.len()).unwrap_or(NULL_END - 1);
        if mixed {
            self.push_mixed(4, 0.0);
            if let Some(last) = self.byte_ends.last_mut() {
                *last = end;
            }
        } else {
            self.byte_ends.push(end);
        }
    }

    fn add_text(&mut self, v: &[u8]) {
        self.units = self.units.wrapping_add(append_text(&mut self.text, v));
    }

    fn push_mixed(&mut self, tag: u8, number: f64) {
        self.tags.push(tag);
        self.numbers.push(number);
        self.ends.push(NULL_END);
        self.byte_ends.push(NULL_END);
    }

    /// From whatever the column was so far. Codes of a dictionary keep their meaning by being written out as text.
    fn become_mixed(&mut self) {
        let rows = self.rows;
        let was = std::mem::replace(&mut self.kind, Kind::Mixed);
        let tagged = |is_null: bool, tag: u8| if is_null { 0 } else { tag };
        match was {
            Kind::Mixed => return,
            Kind::Null => self.tags.resize(rows, 0),
            Kind::Number => self.tags.extend(self.numbers.iter().map(|n| tagged(n.is_nan(), 1))),
            Kind::BigInt => {
                self.tags.extend(self.null_bytes.iter().map(|n| tagged(*n != 0, 2)));
                #[allow(clippy::cast_precision_loss)]
                self.numbers.extend((0..rows).map(|i| i as f64));
                self.null_bytes.clear();
            }
            Kind::Text => self.tags.extend(self.ends.iter().map(|e| tagged(*e == NULL_END, 3))),
            Kind::Blob => self.tags.extend(self.byte_ends.iter().map(|e| tagged(*e == NULL_END, 4))),
            Kind::Dictionary => {
                let mut words: Vec<&[u8]> = vec![&[]; self.dictionary.len() + 1];
                for (word, code) in &self.dictionary {
                    if let Some(slot) = words.get_mut(usize::from(*code)) {
                        *slot = word;
                    }
                }
                for code in &self.codes {
                    if *code == 0 {
                        self.ends.push(NULL_END);
                    } else {
                        self.units = self.units.wrapping_add(append_text(&mut self.text, words.get(usize::from(*code)).copied().unwrap_or_default()));
                        self.ends.push(self.units);
                    }
                }
                self.tags.extend(self.codes.iter().map(|c| tagged(*c == 0, 3)));
                self.codes.clear();
            }
        }
        self.numbers.resize(rows, f64::NAN);
        self.ends.resize(rows, NULL_END);
        self.byte_ends.resize(rows, NULL_END);
    }

    /// The code of a text, a new one if need be. Codes fit: `end_batch` gives up a dictionary long before they run out, and a batch has at most
    /// `MAX_ROWS` new ones.
    fn code(&mut self, v: &[u8]) -> u16 {
        if let Some((text, code)) = &self.last
            && text == v
        {
            return *code;
        }
        let code = match self.dictionary.get(v) {
            Some(code) => *code,
            None => {
                let code = u16::try_from(self.dictionary.len() + 1).unwrap_or(u16::MAX);
                self.dictionary.insert(v.into(), code);
                self.entry_units = self.entry_units.wrapping_add(append_text(&mut self.entry_text, v));
                self.entry_ends.push(self.entry_units);
                code
            }
        };
        let last = self.last.get_or_insert_default();
        last.0.clear();
        last.0.extend_from_slice(v);
        last.1 = code;
        code
    }

    /// Makes ready for the next batch, and decides after the first whether a dictionary pays.
    pub(super) fn clear(&mut self) {
        match self.coding {
            Coding::Unknown if self.kind == Kind::Text && self.rows >= 64 => {
                // It pays when a text comes three times or more.
                self.coding = if self.seen.len() * 3 <= self.rows { Coding::Dictionary } else { Coding::Plain };
                self.seen = HashSet::new();
            }
            Coding::Dictionary if self.dictionary.len() > MAX_ENTRIES => {
                self.coding = Coding::Plain;
                self.dictionary = Codes::default();
            }
            _ => {}
        }
        self.kind = Kind::Null;
        self.nulls = false;
        self.rows = 0;
        self.numbers.clear();
        self.bigints.clear();
        self.null_bytes.clear();
        self.text.clear();
        self.units = 0;
        self.ends.clear();
        self.bytes.clear();
        self.byte_ends.clear();
        self.tags.clear();
        self.codes.clear();
        self.entry_text.clear();
        self.entry_units = 0;
        self.entry_ends.clear();
    }
}

/// Appends text as valid UTF-8 and gives its length in UTF-16 units.
#[inline]
fn append_text(buffer: &mut Vec<u8>, v: &[u8]) -> u32 {
    if v.is_ascii() {
        buffer.extend_from_slice(v);
        return v.len() as u32;
    }
    let text: Cow<'_, str> = String::from_utf8_lossy(v);
    buffer.extend_from_slice(text.as_bytes());
    text.chars().map(|c| c.len_utf16() as u32).sum()
}
