//! Which fields of the records become columns: header, schema, selection.

use super::{Phase, Place, Rows};
use crate::csv::column::Column;
use crate::csv::kind::Kind;
use crate::csv::names;
use crate::csv::record::Record;
use crate::csv::report::Problem;
use crate::error::{Code, Error, Result};

/// SQLite's limit.
pub const MAX_COLUMNS: usize = 2000;

impl Rows {
    /// The first record: names, or only their number.
    pub(super) fn begin(&mut self, record: Record<'_>) -> Result<()> {
        let n = record.spans.len();
        if n > MAX_COLUMNS {
            return Err(Error::new(Code::CsvTooWide, format!("the first record has {n} columns, a table holds at most {MAX_COLUMNS}"))
                .hint("see whether the delimiter is right")
                .detail("columns", n as u64)
                .detail("line", record.line));
        }
        let names = if self.header {
            let place = Place { record: 0, line: record.line, offset: record.offset };
            let (bytes, spans) = self.repair(record, place)?;
            let texts: Vec<String> = spans
                .iter()
                .map(|s| {
                    let text = s.of(&bytes);
                    String::from_utf8_lossy(if self.trim && !s.quoted() { text.trim_ascii() } else { text }).into_owned()
                })
                .collect();
            let (names, changes) = names::distinct(texts.clone());
            for (i, change) in changes {
                let kind = if change == names::Change::Empty { Problem::EmptyName } else { Problem::RepeatedName };
                self.problems.add(kind, 0, place.line, names.get(i).map(String::as_str), texts.get(i).map(String::as_bytes));
            }
            names
        } else {
            (0..n).map(|i| format!("_c{i}")).collect()
        };
        self.set_columns(names)
    }

    pub(super) fn set_columns(&mut self, names: Vec<String>) -> Result<()> {
        self.width = names.len();
        let mut columns: Vec<(String, usize)> = names.into_iter().enumerate().map(|(i, name)| (name, i)).collect();
        if let Some(schema) = &self.schema {
            let found: Vec<Option<usize>> =
                schema.iter().map(|f| columns.iter().find(|(name, _)| name.to_lowercase() == f.name.to_lowercase()).map(|(_, i)| *i)).collect();
            let by_name = self.header && found.iter().any(Option::is_some);
            if !self.header {
                self.width = schema.len();
            }
            let mut chosen = Vec::new();
            for (i, (field, place)) in schema.iter().zip(&found).enumerate() {
                match place {
                    Some(source) if by_name => chosen.push((field.name.clone(), *source)),
                    None if by_name => return Err(unknown_column("schema", &field.name, &columns)),
                    _ => chosen.push((field.name.clone(), i)),
                }
            }
            columns = chosen;
        }
        if let Some(selection) = &self.selection {
            let mut chosen: Vec<(String, usize)> = Vec::new();
            let mut fields = Vec::new();
            for wanted in selection {
                let place = columns
                    .iter()
                    .position(|(name, _)| name == wanted)
                    .or_else(|| columns.iter().position(|(name, _)| name.to_lowercase() == wanted.to_lowercase()));
                let place = place.ok_or_else(|| unknown_column("columns", wanted, &columns))?;
                let column = columns.get(place).cloned().unwrap_or_default();
                if chosen.contains(&column) {
                    return Err(Error::new(Code::DuplicateColumn, format!("columns: \"{wanted}\" is named twice")));
                }
                chosen.push(column);
                fields.extend(self.schema.as_ref().and_then(|s| s.get(place)).cloned());
            }
            if chosen.is_empty() {
                return Err(Error::invalid("columns: at least one column is needed"));
            }
            columns = chosen;
            self.schema = self.schema.as_ref().map(|_| fields);
        }
        self.columns = columns.into_iter().map(|(name, source)| Column::new(name, source, !self.reread, self.strict)).collect();
        for column in &mut self.columns {
            if self.text_columns.contains(&column.name.to_lowercase()) {
                column.pin(Kind::Text);
            }
        }
        self.phase = Phase::Sample;
        if self.schema.is_some() || !self.infer || self.pinned.is_some() {
            for (i, column) in self.columns.iter_mut().enumerate() {
                column.pin(self.pinned.as_ref().and_then(|p| p.get(i)).map_or(Kind::Text, |t| Kind::of(t)));
            }
            self.phase = Phase::Run;
        }
        Ok(())
    }
}

fn unknown_column(option: &str, wanted: &str, columns: &[(String, usize)]) -> Error {
    let names: Vec<&str> = columns.iter().take(50).map(|(name, _)| name.as_str()).collect();
    Error::new(Code::UnknownColumn, format!("{option}: column \"{wanted}\" not found in the input; columns are: {}", names.join(", ")))
        .detail("column", wanted)
}
