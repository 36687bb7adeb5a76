//! One record between the parser and its sink: fields as spans over bytes, and where it began.

use crate::error::Result;

/// Where one field lies in the bytes of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    end_and_quoted: u32,
}

const QUOTED: u32 = 1 << 31;

impl Span {
    #[inline(always)]
    pub fn new(start: usize, end: usize, quoted: bool) -> Self {
        Span { start: start as u32, end_and_quoted: end as u32 | if quoted { QUOTED } else { 0 } }
    }

    #[inline(always)]
    pub fn quoted(self) -> bool {
        self.end_and_quoted & QUOTED != 0
    }

    #[inline(always)]
    pub fn end(self) -> usize {
        (self.end_and_quoted & !QUOTED) as usize
    }

    #[inline(always)]
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end()).unwrap_or_default()
    }
}

/// One record: its fields, and where it began.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub bytes: &'a [u8],
    pub spans: &'a [Span],
    /// Physical line of its first byte, from 1.
    pub line: u64,
    /// Offset of its first byte in the input.
    pub offset: u64,
    /// All its bytes are known to be valid UTF-8; otherwise nobody has looked.
    pub valid_utf8: bool,
}

/// What receives the records.
pub trait RecordSink {
    /// `false` ends the reading: what follows in the input is not looked at.
    fn record(&mut self, record: Record<'_>) -> Result<bool>;
}
