//! The first rows wait until their types are known.

use super::{Phase, Place, Rows};
use crate::csv::record::{Record, Span};
use crate::csv::sink::{Nowhere, RowSink};
use crate::error::Result;

/// The sample ends at this size, whatever the number of its rows.
pub(super) const SAMPLE_BYTES: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Sample {
    pub bytes: Vec<u8>,
    pub spans: Vec<Span>,
    /// Number of spans after each record, and where it was.
    pub records: Vec<(usize, Place)>,
}

impl Sample {
    pub fn records(&self) -> impl Iterator<Item = (&[Span], Place)> {
        let mut start = 0;
        self.records.iter().map(move |(end, place)| (self.spans.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default(), *place))
    }
}

impl Rows {
    pub(super) fn keep(&mut self, record: Record<'_>, place: Place) {
        for span in record.spans {
            let start = self.sample.bytes.len();
            self.sample.bytes.extend_from_slice(span.of(record.bytes));
            self.sample.spans.push(Span::new(start, self.sample.bytes.len(), span.quoted()));
        }
        self.sample.records.push((self.sample.spans.len(), place));
    }

    /// Types from the sample, then its rows are sent.
    pub(super) fn end_sample(&mut self, sink: &mut impl RowSink) -> Result<()> {
        let sample = std::mem::take(&mut self.sample);
        for (spans, _) in sample.records() {
            for column in &mut self.columns {
                if let Some(span) = spans.get(column.source) {
                    let text = span.of(&sample.bytes);
                    let text = if self.trim && !span.quoted() { text.trim_ascii() } else { text };
                    if span.quoted() || !self.nulls.has(text) {
                        column.sample(text, &self.formats);
                    }
                }
            }
        }
        self.phase = Phase::Run;
        for (spans, place) in sample.records() {
            match self.phase {
                Phase::Run => self.row(&sample.bytes, spans, place, sink)?,
                _ => self.row(&sample.bytes, spans, place, &mut Nowhere)?,
            }
        }
        Ok(())
    }
}
