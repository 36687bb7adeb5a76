//! Rows whose types are given by a schema: nothing is inferred, what does not convert is a defect of the input.

use super::{Place, Rows};
use crate::csv::convert::convert;
use crate::csv::dialect::Mode;
use crate::csv::record::Span;
use crate::csv::report::{Problem, shown};
use crate::csv::sink::RowSink;
use crate::error::{Code, Error, Result};
use crate::types::DataType;

impl Rows {
    /// A row whose types are given.
    pub(super) fn given_row(&mut self, bytes: &[u8], spans: &[Span], place: Place, sink: &mut impl RowSink) -> Result<()> {
        let schema = self.schema.as_deref().unwrap_or_default();
        let mut nulls = Vec::new();
        for (i, (column, field)) in self.columns.iter().zip(schema).enumerate() {
            let field_text = spans.get(column.source).and_then(|span| {
                let text = span.of(bytes);
                let text = if self.trim && !span.quoted() { text.trim_ascii() } else { text };
                (span.quoted() || !self.nulls.has(text)).then_some(text)
            });
            let is_text = matches!(field.data_type, DataType::String | DataType::Binary);
            match field_text {
                Some(text) if !text.is_empty() || is_text => {
                    if convert(text, &field.data_type, &self.formats, sink) {
                        continue;
                    }
                    if self.mode == Mode::FailFast {
                        return Err(Error::new(
                            Code::CsvTypeConflict,
                            format!(
                                "record {} (line {}), column \"{}\": \"{}\" is no {}",
                                place.record,
                                place.line,
                                column.name,
                                shown(text),
                                field.data_type
                            ),
                        )
                        .hint(
                            "another type in schema, nullValues, dateFormat or timestampFormat may help; mode: \"permissive\" makes such values NULL",
                        )
                        .detail("record", place.record)
                        .detail("line", place.line)
                        .detail("column", column.name.clone())
                        .detail("value", shown(text)));
                    }
                    self.problems.add(Problem::Unconvertible, place.record, place.line, Some(&column.name), Some(text));
                    if self.mode == Mode::DropMalformed {
                        sink.discard_row();
                        return Ok(());
                    }
                }
                _ => {}
            }
            sink.null();
            nulls.push(i);
        }
        for i in nulls {
            if let Some(column) = self.columns.get_mut(i) {
                column.nulls += 1;
            }
        }
        self.n_rows += 1;
        sink.end_row()
    }
}
