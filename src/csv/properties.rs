//! What holds for every input: written and read back a table is the same, a simple parser agrees with ours, and no value changes silently.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use proptest::prelude::*;
use proptest::sample::select;

use super::dialect::Dialect;
use super::parser::Parser;
use super::record::{Record, RecordSink};
use super::tests::{Cell, read_pieces};
use super::{Options, infer, moment};
use crate::error::{Code, Result};

type Fields = Vec<(String, bool)>;

/// A second reading of the grammar, character by character over the whole input: fields, and whether each was quoted. None: a quote is not closed.
fn simple(input: &str, dialect: Dialect, skip_lines: usize) -> Option<Vec<Fields>> {
    let (delimiter, is_comment) = (char::from(dialect.delimiter), |c: char| dialect.comment.map(char::from) == Some(c));
    let quote = dialect.quote.map(char::from);
    let escape = dialect.escape.map(char::from).filter(|e| Some(*e) != quote);
    let is_end = |c: char| c == '\n' || c == '\r';
    let mut chars = input.chars().peekable();
    for _ in 0..skip_lines {
        while chars.next_if(|c| !is_end(*c)).is_some() {}
        if chars.next() == Some('\r') {
            chars.next_if_eq(&'\n');
        }
    }
    let mut records = Vec::new();
    'records: loop {
        while let Some(first) = chars.next_if(|c| is_end(*c) || is_comment(*c)) {
            while is_comment(first) && chars.next_if(|c| !is_end(*c)).is_some() {}
        }
        if chars.peek().is_none() {
            return Some(records);
        }
        let mut record = Vec::new();
        loop {
            let mut field = String::new();
            let quoted = chars.next_if(|c| Some(*c) == quote).is_some();
            let mut inside = quoted;
            while inside {
                match chars.next()? {
                    c if Some(c) == quote => match chars.next_if(|c| Some(*c) == quote) {
                        Some(c) => field.push(c),
                        None => inside = false,
                    },
                    c if Some(c) == escape => field.push(chars.next()?),
                    c => field.push(c),
                }
            }
            loop {
                match chars.next() {
                    Some(c) if c == delimiter => {
                        record.push((field, quoted));
                        break;
                    }
                    None | Some('\n' | '\r') => {
                        record.push((field, quoted));
                        records.push(record);
                        continue 'records;
                    }
                    Some(c) => field.push(c),
                }
            }
        }
    }
}

#[derive(Default)]
struct Records(Vec<Fields>);

impl RecordSink for Records {
    fn record(&mut self, record: Record<'_>) -> Result<bool> {
        self.0.push(record.spans.iter().map(|s| (String::from_utf8(s.of(record.bytes).to_vec()).unwrap(), s.quoted())).collect());
        Ok(true)
    }
}

fn parse(pieces: &[&[u8]], dialect: Dialect, skip_lines: usize) -> std::result::Result<Vec<Fields>, Code> {
    let mut parser = Parser::new(dialect, skip_lines as u64);
    let mut records = Records::default();
    for piece in pieces {
        parser.feed(piece, &mut records).map_err(|e| e.code())?;
    }
    parser.finish(&mut records).map_err(|e| e.code())?;
    Ok(records.0)
}

/// How a table is written, and read back.
#[derive(Debug, Clone)]
struct Style {
    dialect: Dialect,
    header: bool,
    null: &'static str,
    quote_all: bool,
    line_end: &'static str,
    mark: bool,
    trim: bool,
    last_line_ends: bool,
}

fn styles() -> impl Strategy<Value = Style> {
    let dialect = (select(b",;\t|".to_vec()), select(b"\"'".to_vec()), select(vec![None, Some(b'\\')]), select(vec![None, Some(b'#')]));
    let rest = (any::<bool>(), select(vec!["", "NULL", "\\N", "-"]), any::<bool>(), select(vec!["\n", "\r\n", "\r"]), any::<[bool; 3]>());
    (dialect, rest).prop_map(|((delimiter, quote, escape, comment), (header, null, quote_all, line_end, [mark, trim, last_line_ends]))| Style {
        dialect: Dialect { delimiter, quote: Some(quote), escape, comment },
        header,
        null,
        quote_all,
        line_end,
        mark,
        trim,
        last_line_ends,
    })
}

impl Style {
    fn options(&self) -> Options {
        Options {
            dialect: self.dialect,
            header: self.header,
            null_values: vec![self.null.as_bytes().to_vec()],
            trim: self.trim,
            sample_rows: 2,
            ..Options::default()
        }
    }

    /// The simplest writer: quotes wherever they might be needed.
    fn write(&self, names: &[String], rows: &[Vec<Option<String>>]) -> String {
        let quote = self.dialect.quote.map(char::from).unwrap_or('"');
        let cell = |text: &str| {
            let special = |c: char| c.is_ascii() && [Some(self.dialect.delimiter), self.dialect.quote, self.dialect.escape].contains(&Some(c as u8));
            let plain = !self.quote_all
                && text != self.null
                && !text.is_empty()
                && !text.starts_with(['#', '\u{feff}'])
                && text.trim_matches(|c: char| c.is_ascii_whitespace()) == text
                && !text.contains(|c| special(c) || c == '\n' || c == '\r');
            if plain {
                return text.to_owned();
            }
            let escaped = match self.dialect.escape.map(char::from) {
                Some(e) => text.replace(e, &format!("{e}{e}")).replace(quote, &format!("{e}{quote}")),
                None => text.replace(quote, &format!("{quote}{quote}")),
            };
            format!("{quote}{escaped}{quote}")
        };
        let delimiter = char::from(self.dialect.delimiter).to_string();
        let mut lines: Vec<String> = Vec::new();
        if self.header {
            lines.push(names.iter().map(|n| cell(n)).collect::<Vec<_>>().join(&delimiter));
        }
        for row in rows {
            lines.push(row.iter().map(|c| c.as_deref().map_or(self.null.to_owned(), cell)).collect::<Vec<_>>().join(&delimiter));
        }
        let mark = if self.mark { "\u{feff}" } else { "" };
        format!("{mark}{}{}", lines.join(self.line_end), if self.last_line_ends { self.line_end } else { "" })
    }
}

/// Texts that look like something else, and texts of the characters that mean something.
fn cells() -> impl Strategy<Value = Option<String>> {
    let nasty = select(vec![
        "",
        " ",
        "a",
        "NULL",
        "NA",
        "\\N",
        "-",
        "\"",
        "\"\"",
        "'",
        "''",
        ",",
        ";",
        "|",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "#",
        "#x",
        "\\",
        "\\\\",
        "\\\"",
        "\u{feff}",
        "\u{feff}x",
        "\0",
        "a\0b",
        "😀",
        "é",
        "e\u{301}",
        "\u{2028}",
        "\u{85}",
        "\u{a0}x",
        " x ",
        "=1+1",
        "007",
        "1",
        "-0",
        "-0.0",
        "0",
        "1.50",
        "2.5",
        ".5",
        "5.",
        "1e5",
        "1E-3",
        "1e400",
        "+1",
        "9007199254740993",
        "-9223372036854775808",
        "9223372036854775808",
        "12345678901234567890",
        "NaN",
        "Infinity",
        "-inf",
        "true",
        "FALSE",
        "True",
        "2024-01-31",
        "2024-02-30",
        "2024-01-31T10:20:30Z",
        "2024-01-31 10:20",
        "2024-01-31T10:20:30.1200+02:00",
        "10:20",
        "1,5",
        "0x10",
        "0.1234567890123456789",
    ]);
    prop_oneof![
        1 => Just(None),
        6 => nasty.prop_map(|text| Some(text.to_owned())),
        2 => "[ab,;|#'\"\\\\\n\r\t é]{0,8}".prop_map(Some),
        3 => (-100i64..100).prop_map(|n| Some(n.to_string())),
        2 => (-9999i64..9999).prop_map(|n| Some(format!("{}.{:02}", n / 100, n.abs() % 100))),
    ]
}

fn tables() -> impl Strategy<Value = Vec<Vec<Option<String>>>> {
    (1usize..4).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(cells(), width), 0..7))
}

/// The text that a typed cell was read from, as far as the type says: is it what is stored?
fn explains(cell: &Cell, data_type: &str, text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut stored = Vec::new();
    match (data_type, cell) {
        ("string", Cell::Text(found)) => found == text,
        ("bigint", Cell::Integer(found)) => infer::integer(bytes) == Some(*found),
        ("double", Cell::Real(found)) => infer::real(bytes).map(|(value, _)| value) == Some(*found) && text.parse() == Ok(*found),
        ("boolean", Cell::Integer(found)) => infer::boolean(bytes) == Some(*found == 1),
        ("date", Cell::Text(found)) => moment::is_date(bytes) && found == text,
        ("timestamp", Cell::Text(found)) => moment::timestamp(bytes, &mut stored).is_some() && found.as_bytes() == stored,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(target_family = "wasm") { 40 } else { 150 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_and_read_back_a_table_is_the_same(rows in tables(), style in styles(), name in "[ab,\"'#\n ]{0,3}") {
        let width = rows.first().map_or(1, Vec::len);
        // A NULL alone in its line that is written as nothing would be a blank line; without records and header there is nothing.
        prop_assume!(!(width == 1 && style.null.is_empty() && rows.iter().any(|row| row[0].is_none())));
        prop_assume!(style.header || !rows.is_empty());
        let names: Vec<String> = (0..width).map(|i| if style.header { format!("{name}{i}x") } else { format!("_c{i}") }).collect();
        let input = style.write(&names, &rows);
        let read = |pieces: &[&[u8]], infer: bool| read_pieces(pieces.iter().copied(), Options { infer, ..style.options() });

        let (fields, found) = read(&[input.as_bytes()], false).unwrap();
        prop_assert_eq!(fields.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>(), names, "{:?}", input);
        let found: Vec<Vec<Option<String>>> = found.iter().map(|row| row.iter().map(|c| match c {
            Cell::Text(text) => Some(text.clone()),
            _ => None,
        }).collect()).collect();
        prop_assert_eq!(&found, &rows, "{:?}", input);

        // With types inferred every value is still explained by its text; and nothing depends on the cuts.
        let whole = read(&[input.as_bytes()], true).unwrap();
        prop_assert_eq!(whole.1.len(), rows.len());
        for (found, row) in whole.1.iter().zip(&rows) {
            for ((cell, text), (_, data_type)) in found.iter().zip(row).zip(&whole.0) {
                let same = match text {
                    None => *cell == Cell::Null,
                    Some(text) => explains(cell, data_type, text),
                };
                prop_assert!(same, "{:?} of {:?} is {:?} in {:?}", text, data_type, cell, input);
            }
        }
        for cut in 0..=input.len() {
            let (a, b) = input.as_bytes().split_at(cut);
            prop_assert_eq!(&read(&[a, b], true).unwrap(), &whole, "cut at {} of {:?}", cut, input);
        }
    }

    #[test]
    fn a_simple_parser_agrees_at_every_cut(input in "[ab,\"\\\\#\n\rä]{0,50}", quote in select(vec![Some(b'"'), Some(b'a'), None]),
                                          escape in select(vec![None, Some(b'\\'), Some(b'"')]), comment in select(vec![None, Some(b'#')]), skip in 0usize..3) {
        let dialect = Dialect { delimiter: b',', quote, escape: escape.filter(|e| *e != b'"' || quote == Some(b'"')), comment };
        let expected = simple(&input, dialect, skip);
        for cut in 0..=input.len() {
            let (a, b) = input.as_bytes().split_at(cut);
            match (parse(&[a, b], dialect, skip), &expected) {
                (Ok(found), Some(expected)) => prop_assert_eq!(&found, expected, "cut at {}", cut),
                (Err(code), None) => prop_assert_eq!(code, Code::CsvUnterminatedQuote),
                (found, expected) => prop_assert!(false, "{:?} {:?}, cut at {}", found, expected, cut),
            }
        }
        let bytes: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
        prop_assert_eq!(parse(&bytes, dialect, skip).ok(), expected);
    }
}
