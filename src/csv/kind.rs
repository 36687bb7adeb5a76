//! The types a column can have, and which of them a text is.

use crate::csv::format::Pattern;
use crate::csv::infer;
use crate::csv::moment::{self, TimestampShape};
use crate::types::DataType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value so far.
    Unknown,
    Integer,
    Real,
    Boolean,
    Date,
    Timestamp,
    Text,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Integer => DataType::Long,
            Kind::Real => DataType::Double,
            Kind::Boolean => DataType::Boolean,
            Kind::Date => DataType::Date,
            Kind::Timestamp => DataType::Timestamp,
            Kind::Unknown | Kind::Text => DataType::String,
        }
    }

    /// The inverse of `data_type`, for types that an earlier reading found.
    pub fn of(text: &str) -> Kind {
        match text {
            "bigint" => Kind::Integer,
            "double" => Kind::Real,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "timestamp" => Kind::Timestamp,
            _ => Kind::Text,
        }
    }
}

/// Patterns that replace the ISO forms.
#[derive(Debug, Clone, Default)]
pub struct Formats {
    pub date: Option<Pattern>,
    pub timestamp: Option<Pattern>,
}

pub fn classify(text: &[u8], formats: &Formats) -> Kind {
    if infer::integer(text).is_some() && formats.date.is_none() && formats.timestamp.is_none() {
        return Kind::Integer;
    }
    if read_date(text, formats).is_some() && formats.date.is_some() {
        return Kind::Date;
    }
    if formats.timestamp.as_ref().is_some_and(|pattern| pattern.read(text).is_some()) {
        return Kind::Timestamp;
    }
    if infer::integer(text).is_some() {
        Kind::Integer
    } else if infer::real(text).is_some() {
        Kind::Real
    } else if infer::boolean(text).is_some() {
        Kind::Boolean
    } else if read_date(text, formats).is_some() {
        Kind::Date
    } else if infer_timestamp(text, formats, &mut Vec::new()).is_some() {
        Kind::Timestamp
    } else {
        Kind::Text
    }
}

/// A date in the given pattern, or an ISO one if there is none: as it is stored.
pub fn read_date(text: &[u8], formats: &Formats) -> Option<Vec<u8>> {
    match &formats.date {
        Some(pattern) => pattern.read(text).and_then(|moment| moment.iso().as_bytes().get(..10).map(<[u8]>::to_vec)),
        None => moment::is_date(text).then(|| text.to_vec()),
    }
}

/// A timestamp in the given pattern, or an ISO one (or a date) if there is none: its stored form goes to `stored`.
/// The shape is None where only the text itself can tell how it was written.
pub fn read_timestamp(text: &[u8], formats: &Formats, stored: &mut Vec<u8>) -> Option<Option<TimestampShape>> {
    match &formats.timestamp {
        Some(pattern) => match pattern.read(text) {
            Some(moment) => moment::timestamp(moment.iso().as_bytes(), stored).map(|_| None),
            None => {
                let date = read_date(text, formats)?;
                moment::timestamp(&date, stored).map(|_| None)
            }
        },
        None => match moment::timestamp(text, stored) {
            Some(shape) => Some(Some(shape)),
            None => {
                let date = read_date(text, formats)?;
                moment::timestamp(&date, stored).map(|_| None)
            }
        },
    }
}

/// The same for inference: where dates have a pattern, a bare ISO date is neither date nor timestamp.
pub fn infer_timestamp(text: &[u8], formats: &Formats, stored: &mut Vec<u8>) -> Option<Option<TimestampShape>> {
    if formats.date.is_some() && text.len() == 10 && moment::is_date(text) && read_date(text, formats).is_none() {
        return None;
    }
    read_timestamp(text, formats, stored)
}
