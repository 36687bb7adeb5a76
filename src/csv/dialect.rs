//! The options of the CSV reader, and the dialect that the parser needs of them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::csv::format::Pattern;
use crate::error::{Error, Result};
use crate::schema::Field;
use crate::types::DataType;

/// What separates and encloses fields: single ASCII bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    pub escape: Option<u8>,
    pub comment: Option<u8>,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: b',', quote: Some(b'"'), escape: None, comment: None }
    }
}

/// What happens to irregular input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    Permissive,
    DropMalformed,
    FailFast,
}

/// What happens when a column must become TEXT and the original text of its earlier values is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTypeConflict {
    /// The load stops.
    Error,
    /// The earlier values become the text of what they were read as.
    Text,
    /// The value that does not fit becomes NULL.
    Null,
}

#[derive(Debug, Clone)]
pub struct Options {
    pub dialect: Dialect,
    /// `delimiter: "auto"`.
    pub sniff: bool,
    pub header: bool,
    pub infer: bool,
    pub schema: Option<Vec<Field>>,
    pub null_values: Vec<Vec<u8>>,
    /// JSON has a NULL of its own: there only values that are asked for count.
    pub null_values_given: bool,
    pub mode: Mode,
    pub columns: Option<Vec<String>>,
    pub skip_rows: u64,
    pub max_rows: Option<u64>,
    pub trim: bool,
    pub date_format: Option<Pattern>,
    pub timestamp_format: Option<Pattern>,
    pub on_type_conflict: OnTypeConflict,
    /// The source can be read again, so nothing but the values need be kept.
    pub reread: bool,
    /// Rows are given out at once: types must hold from the sample on.
    pub strict: bool,
    /// The input was decoded from another encoding: U+FFFD marks what was invalid in it.
    pub marked_invalid: bool,
    /// Rows that are looked at before the first one is stored.
    pub sample_rows: usize,
    /// What an earlier reading of the same source found out.
    pub pinned: Option<Vec<String>>,
    /// The keys of its columns, of JSON.
    pub pinned_keys: Option<Vec<String>>,
    /// Columns that are text whatever they hold.
    pub text_columns: Vec<String>,
    /// JSON: numbers and booleans become strings.
    pub primitives_as_string: bool,
    /// JSON: what `schema` calls binary is written as hexadecimal digits.
    pub hex_binary: bool,
    /// JSON: values may be any number of lines long, or are one per line.
    pub multi_line: Option<bool>,
    /// Text: all of the input is one row.
    pub whole_text: bool,
    /// Text: what separates lines, instead of LF, CRLF and CR.
    pub line_sep: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            dialect: Dialect::default(),
            sniff: false,
            header: true,
            infer: true,
            schema: None,
            null_values: vec![Vec::new()],
            null_values_given: false,
            mode: Mode::Permissive,
            columns: None,
            skip_rows: 0,
            max_rows: None,
            trim: false,
            date_format: None,
            timestamp_format: None,
            on_type_conflict: OnTypeConflict::Error,
            reread: false,
            strict: false,
            marked_invalid: false,
            sample_rows: 2000,
            pinned: None,
            pinned_keys: None,
            text_columns: Vec::new(),
            primitives_as_string: false,
            hex_binary: false,
            multi_line: None,
            whole_text: false,
            line_sep: None,
        }
    }
}

/// The options of a format; those of every format.
const CSV: &[&str] = &[
    "header",
    "delimiter",
    "quote",
    "escape",
    "comment",
    "schema",
    "inferSchema",
    "nullValues",
    "columns",
    "skipRows",
    "trim",
    "dateFormat",
    "timestampFormat",
    "onTypeConflict",
];
const JSON: &[&str] =
    &["schema", "inferSchema", "nullValues", "columns", "dateFormat", "timestampFormat", "onTypeConflict", "primitivesAsString", "multiLine"];
const TEXT: &[&str] = &["wholetext", "lineSep"];
const ALL: &[&str] = &["mode", "maxRows"];
/// Taken out before, or meant for the package.
const ELSEWHERE: &[&str] = &["encoding", "compression", "table", "ifExists", "onProgress", "signal", "stream"];
/// What the readers' own callers say.
const INTERNAL: &[&str] = &["markedInvalid", "strict", "reread", "pinned", "pinnedKeys", "textColumns", "sampleRows", "hexBinary"];

impl Options {
    /// The options of the CSV reader.
    pub fn from_json(text: &str) -> Result<Options> {
        Options::of_format("csv", text)
    }

    /// Reads the options as users write them. Errors: `invalid_argument`, naming the option.
    pub fn of_format(format: &str, text: &str) -> Result<Options> {
        let own = match format {
            "csv" => CSV,
            "text" => TEXT,
            _ => JSON,
        };
        let map: Map<String, Json> = serde_json::from_str(text).map_err(|e| Error::invalid(format!("options: {e}")))?;
        let mut options = Options::default();
        for (name, value) in &map {
            if ![own, ALL, INTERNAL].iter().any(|names| names.contains(&name.as_str())) {
                let names = [own, ALL, ELSEWHERE].concat().join(", ");
                return Err(Error::invalid(format!("read.{format}: there is no option \"{name}\"")).hint(format!("options are {names}")));
            }
            if value.is_null() && name != "escape" && name != "comment" && name != "quote" {
                continue;
            }
            match name.as_str() {
                "header" => options.header = boolean(name, value)?,
                "inferSchema" => options.infer = boolean(name, value)?,
                "trim" => options.trim = boolean(name, value)?,
                "markedInvalid" => options.marked_invalid = boolean(name, value)?,
                "strict" => options.strict = boolean(name, value)?,
                "reread" => options.reread = boolean(name, value)?,
                "delimiter" if value == "auto" => options.sniff = true,
                "delimiter" => {
                    options.dialect.delimiter =
                        character(name, value)?.ok_or_else(|| Error::invalid("delimiter: one ASCII character or \"auto\" is needed"))?;
                }
                "quote" => options.dialect.quote = character(name, value)?,
                "escape" => options.dialect.escape = character(name, value)?,
                "comment" => options.dialect.comment = character(name, value)?,
                "schema" => options.schema = Some(schema(value)?),
                "nullValues" => {
                    options.null_values = strings(name, value)?.into_iter().map(String::into_bytes).collect();
                    options.null_values_given = true;
                }
                "primitivesAsString" => options.primitives_as_string = boolean(name, value)?,
                "hexBinary" => options.hex_binary = boolean(name, value)?,
                "multiLine" => options.multi_line = Some(boolean(name, value)?),
                "wholetext" => options.whole_text = boolean(name, value)?,
                "lineSep" => {
                    let text = text_of(name, value)?;
                    if text.is_empty() {
                        return Err(Error::invalid("lineSep: a string that is not empty is needed"));
                    }
                    options.line_sep = Some(text.as_bytes().to_vec());
                }
                "pinnedKeys" => options.pinned_keys = Some(strings(name, value)?),
                "columns" => options.columns = Some(strings(name, value)?),
                "pinned" => options.pinned = Some(strings(name, value)?),
                "textColumns" => options.text_columns = strings(name, value)?,
                "mode" => options.mode = mode(value)?,
                "onTypeConflict" => {
                    options.on_type_conflict = match value.as_str() {
                        Some("error") => OnTypeConflict::Error,
                        Some("text") => OnTypeConflict::Text,
                        Some("null") => OnTypeConflict::Null,
                        _ => return Err(Error::invalid(format!("onTypeConflict: {value} is none of \"text\", \"null\", \"error\""))),
                    }
                }
                "skipRows" => options.skip_rows = count(name, value)?,
                "maxRows" => options.max_rows = Some(count(name, value)?),
                "sampleRows" => options.sample_rows = count(name, value)?.min(100_000) as usize,
                "dateFormat" => options.date_format = Some(Pattern::parse(text_of(name, value)?).map_err(|e| e.within("dateFormat"))?),
                "timestampFormat" => options.timestamp_format = Some(Pattern::parse(text_of(name, value)?).map_err(|e| e.within("timestampFormat"))?),
                _ => {}
            }
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        let Dialect { delimiter, quote, escape, comment } = self.dialect;
        let given = [Some(delimiter), quote, escape.filter(|&e| Some(e) != quote), comment];
        for (i, a) in given.iter().enumerate() {
            if let Some(byte) = a
                && (given[..i].contains(a) || matches!(byte, b'\n' | b'\r'))
            {
                return Err(Error::invalid(format!(
                    "delimiter, quote, escape and comment must differ and be no line ends, {:?} is not possible",
                    char::from(*byte)
                )));
            }
        }
        Ok(())
    }
}

fn boolean(name: &str, value: &Json) -> Result<bool> {
    value.as_bool().ok_or_else(|| Error::invalid(format!("{name}: true or false is needed, not {value}")))
}

fn text_of<'a>(name: &str, value: &'a Json) -> Result<&'a str> {
    value.as_str().ok_or_else(|| Error::invalid(format!("{name}: a string is needed, not {value}")))
}

fn count(name: &str, value: &Json) -> Result<u64> {
    value
        .as_u64()
        .or_else(|| value.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0).map(|f| f as u64))
        .ok_or_else(|| Error::invalid(format!("{name}: a whole number from 0 is needed, not {value}")))
}

fn strings(name: &str, value: &Json) -> Result<Vec<String>> {
    if let Some(one) = value.as_str() {
        return Ok(vec![one.to_owned()]);
    }
    value
        .as_array()
        .and_then(|list| list.iter().map(|v| v.as_str().map(str::to_owned)).collect())
        .ok_or_else(|| Error::invalid(format!("{name}: an array of strings is needed, not {value}")))
}

/// One ASCII character, or None for an empty string or null.
fn character(name: &str, value: &Json) -> Result<Option<u8>> {
    match value {
        Json::Null => Ok(None),
        Json::String(s) if s.is_empty() => Ok(None),
        Json::String(s) if s == "\\t" => Ok(Some(b'\t')),
        Json::String(s) if s.len() == 1 => Ok(s.bytes().next()),
        other => Err(Error::invalid(format!("{name}: one ASCII character is needed, not {other}"))),
    }
}

/// PySpark takes the modes in any letter case.
fn mode(value: &Json) -> Result<Mode> {
    match value.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("permissive") => Ok(Mode::Permissive),
        Some("dropmalformed") => Ok(Mode::DropMalformed),
        Some("failfast") => Ok(Mode::FailFast),
        _ => Err(Error::invalid(format!("mode: {value} is none of \"permissive\", \"dropMalformed\", \"failFast\""))),
    }
}

/// `{name: type}`, or a list of `{name, type, nullable?}`, or of `[name, type]`.
pub fn schema(value: &Json) -> Result<Vec<Field>> {
    let bad = || Error::invalid(format!("schema: {{name: type}} or a list of columns is needed, not {value}"));
    let field = |name: &str, data_type: &Json, nullable: bool| -> Result<Field> {
        let data_type =
            data_type.as_str().ok_or_else(|| Error::invalid(format!("schema: the type of \"{name}\" must be a string, not {data_type}")))?;
        Ok(Field::new(name, DataType::parse(data_type).map_err(|e| e.within("schema"))?, nullable))
    };
    let fields: Vec<Field> = match value {
        Json::Object(map) => map.iter().map(|(name, t)| field(name, t, true)).collect::<Result<_>>()?,
        Json::Array(list) => list
            .iter()
            .map(|item| match item {
                Json::Object(map) => {
                    let name = map.get("name").and_then(Json::as_str).ok_or_else(bad)?;
                    field(name, map.get("type").ok_or_else(bad)?, map.get("nullable").and_then(Json::as_bool).unwrap_or(true))
                }
                Json::Array(pair) => match pair.as_slice() {
                    [Json::String(name), t] => field(name, t, true),
                    _ => Err(bad()),
                },
                _ => Err(bad()),
            })
            .collect::<Result<_>>()?,
        _ => return Err(bad()),
    };
    if fields.is_empty() {
        return Err(Error::invalid("schema: at least one column is needed"));
    }
    for (i, field) in fields.iter().enumerate() {
        if fields[..i].iter().any(|f| f.name.to_lowercase() == field.name.to_lowercase()) {
            return Err(Error::new(crate::error::Code::DuplicateColumn, format!("schema: \"{}\" occurs twice", field.name)));
        }
    }
    Ok(fields)
}
