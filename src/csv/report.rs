//! What was irregular in an input: counts by kind, the first examples, and what to do about them.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    ShortRecord,
    LongRecord,
    InvalidUtf8,
    /// A value that the given type cannot hold.
    Unconvertible,
    EmptyName,
    RepeatedName,
    /// A line that is not JSON.
    Malformed,
}

impl Problem {
    fn remedy(self) -> &'static str {
        match self {
            Problem::ShortRecord => "the missing fields are NULL; mode: \"dropMalformed\" skips such records; see whether the delimiter is right",
            Problem::LongRecord => {
                "the surplus fields are cut; mode: \"dropMalformed\" skips such records; see whether the delimiter and the quotes are right"
            }
            Problem::InvalidUtf8 => "invalid bytes are U+FFFD; encoding: \"windows-1252\" or another label may be what the file has",
            Problem::Unconvertible => {
                "such values are NULL; another type in schema (\"string\" holds everything), nullValues, dateFormat or timestampFormat may help"
            }
            Problem::EmptyName => "columns without a name are called _c and their number",
            Problem::RepeatedName => "repeated names have a number appended",
            Problem::Malformed => "such records are skipped",
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Example {
    pub kind: Problem,
    /// Number of the data record, from 1; 0 is the header.
    pub record: u64,
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Problems {
    counts: BTreeMap<Problem, u64>,
    examples: Vec<Example>,
}

const EXAMPLES_PER_KIND: usize = 5;

/// How much of a value is shown.
pub const SHOWN: usize = 100;

impl Problems {
    pub fn add(&mut self, kind: Problem, record: u64, line: u64, column: Option<&str>, value: Option<&[u8]>) {
        *self.counts.entry(kind).or_default() += 1;
        if self.examples.iter().filter(|e| e.kind == kind).count() < EXAMPLES_PER_KIND {
            self.examples.push(Example { kind, record, line, column: column.map(str::to_owned), value: value.map(shown) });
        }
    }

    /// The first example of a kind.
    pub fn first(&self, kind: Problem) -> Option<&Example> {
        self.examples.iter().find(|example| example.kind == kind)
    }

    pub fn to_json(&self) -> (serde_json::Value, serde_json::Value) {
        let total: u64 = self.counts.values().sum();
        let remedies: BTreeMap<Problem, &str> = self.counts.keys().map(|k| (*k, k.remedy())).collect();
        let problems = serde_json::json!({"total": total, "byKind": self.counts, "remedies": remedies});
        (problems, serde_json::json!(self.examples))
    }
}

/// A value as it is shown in messages: whole characters, not too many.
pub fn shown(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value.get(..SHOWN * 4).unwrap_or(value));
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text.into_owned() }
}
