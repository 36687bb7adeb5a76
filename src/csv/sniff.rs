//! Which delimiter a file has: the one of `,` `;` tab `|` that cuts its first records most evenly.

use crate::csv::dialect::Dialect;
use crate::csv::parser::Parser;
use crate::csv::record::{Record, RecordSink};
use crate::error::Result;

/// So many bytes are looked at.
pub const SNIFFED: usize = 64 << 10;
const RECORDS: usize = 100;

#[derive(Default)]
struct Widths(Vec<usize>);

impl RecordSink for Widths {
    fn record(&mut self, record: Record<'_>) -> Result<bool> {
        self.0.push(record.spans.len());
        Ok(self.0.len() < RECORDS)
    }
}

/// The header decides: a delimiter that it lacks is none. Among the rest, the one whose records are most often as wide as the header, then
/// the one with more columns, then the first of the list. Without any, a comma.
pub fn delimiter(head: &[u8], is_whole: bool, dialect: Dialect, skip_lines: u64) -> u8 {
    let mut best = (b',', 0.0, 1);
    for candidate in [b',', b';', b'\t', b'|'] {
        if [dialect.quote, dialect.comment, dialect.escape].contains(&Some(candidate)) {
            continue;
        }
        let mut widths = Widths::default();
        let mut parser = Parser::new(Dialect { delimiter: candidate, ..dialect }, skip_lines);
        if parser.feed(head, &mut widths).is_err() || (is_whole && parser.finish(&mut widths).is_err()) {
            continue;
        }
        let Some((&header, records)) = widths.0.split_first() else { continue };
        if header < 2 {
            continue;
        }
        let even = if records.is_empty() { 1.0 } else { records.iter().filter(|w| **w == header).count() as f64 / records.len() as f64 };
        if even > best.1 || (even == best.1 && header > best.2) {
            best = (candidate, even, header);
        }
    }
    best.0
}
