//! The reader as a whole: every cut, both parsers, every sample size, and original texts after widening.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::csv::sink::Stored;
use crate::error::Code;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    pub(crate) fn stored(&self) -> Stored<'_> {
        match self {
            Cell::Null => Stored::Null,
            Cell::Integer(v) => Stored::Integer(*v),
            Cell::Real(v) => Stored::Real(*v),
            Cell::Text(v) => Stored::Text(v.as_bytes()),
            Cell::Blob(v) => Stored::Blob(v),
        }
    }
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Collected {
    pub rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
}

impl RowSink for Collected {
    fn null(&mut self) {
        self.row.push(Cell::Null);
    }
    fn integer(&mut self, value: i64) {
        self.row.push(Cell::Integer(value));
    }
    fn real(&mut self, value: f64) {
        self.row.push(Cell::Real(value));
    }
    fn text(&mut self, value: &[u8]) {
        self.row.push(Cell::Text(String::from_utf8(value.to_vec()).expect("text is UTF-8")));
    }
    fn blob(&mut self, value: &[u8]) {
        self.row.push(Cell::Blob(value.to_vec()));
    }
    fn end_row(&mut self) -> crate::error::Result<()> {
        self.rows.push(std::mem::take(&mut self.row));
        Ok(())
    }
    fn discard_row(&mut self) {
        self.row.clear();
    }
}

pub(crate) type Table = (Vec<(String, String)>, Vec<Vec<Cell>>);

/// Reads in the given pieces; rows as they are at the end, or the code of the error.
pub(crate) fn read_pieces<'a>(pieces: impl Iterator<Item = &'a [u8]>, options: Options) -> Result<Table, Code> {
    let mut reader = CsvReader::new(options);
    let mut sink = Collected::default();
    for piece in pieces {
        reader.feed(piece, &mut sink).map_err(|e| e.code())?;
        if reader.stopped() {
            break;
        }
    }
    assert_eq!(reader.finish(&mut sink).map_err(|e| e.code())?, Outcome::Done);
    let fields = reader.fields().unwrap();
    let mut rows = sink.rows;
    if reader.needs_rewriting() {
        let mut places = vec![0; fields.len()];
        for (r, row) in rows.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().enumerate() {
                let mut scratch = Vec::new();
                let mut one = Collected::default();
                let old = cell.clone();
                reader.original(r as u64, c, old.stored(), &mut places[c], &mut scratch).send(&mut one);
                *cell = one.row.remove(0);
            }
        }
    }
    // An integer in a REAL column is a real to SQLite.
    for row in &mut rows {
        for (cell, field) in row.iter_mut().zip(&fields) {
            if let (Cell::Integer(v), crate::types::DataType::Double) = (&cell, &field.data_type) {
                *cell = Cell::Real(*v as f64);
            }
        }
    }
    Ok((fields.into_iter().map(|f| (f.name, f.data_type.to_string())).collect(), rows))
}

fn options(json: &str) -> Options {
    Options::from_json(json).unwrap()
}

/// Reads whole, cut once at every byte, and byte by byte, with every small sample: all must be the same.
fn read(input: &[u8], json: &str) -> Result<Table, Code> {
    let whole = read_pieces(std::iter::once(input), options(json));
    for sample_rows in [0, 1, 2, 3] {
        let with_sample = Options { sample_rows, ..options(json) };
        assert_eq!(read_pieces(std::iter::once(input), with_sample), whole, "sample of {sample_rows} rows");
    }
    for cut in 0..input.len() {
        let (a, b) = input.split_at(cut);
        assert_eq!(read_pieces([a, b].into_iter(), options(json)), whole, "cut at {cut} in {:?}", String::from_utf8_lossy(input));
    }
    assert_eq!(read_pieces(input.chunks(1), Options { sample_rows: 1, ..options(json) }), whole, "byte by byte");
    whole
}

fn texts(input: &str, json: &str) -> Vec<Vec<String>> {
    let show = |cell: &Cell| match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(v) => v.to_string(),
        Cell::Real(v) => format!("{v:?}"),
        Cell::Text(t) => format!("'{t}'"),
        Cell::Blob(b) => format!("{b:?}"),
    };
    let (fields, rows) = read(input.as_bytes(), json).unwrap();
    let types = fields.iter().map(|(name, t)| format!("{name} {t}")).collect();
    std::iter::once(types).chain(rows.iter().map(|row| row.iter().map(show).collect())).collect()
}

fn check(input: &str, json: &str, expected: &[&[&str]]) {
    assert_eq!(
        texts(input, json),
        expected.iter().map(|row| row.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "{input:?} {json}"
    );
}

#[test]
fn records_and_line_ends() {
    check("a,b\r\nx,y\rz,w\n1,2", "{}", &[&["a string", "b string"], &["'x'", "'y'"], &["'z'", "'w'"], &["'1'", "'2'"]]);
    check("a,b\n\n\"x\n\r\n\"\"y\",\"\"\n\n\n,\"z\"", "{}", &[&["a string", "b string"], &["'x\n\r\n\"y'", "''"], &["NULL", "'z'"]]);
    check("a\r\r\nb\r\r\n\"\"\r", "{}", &[&["a string"], &["'b'"], &["''"]]);
    check("\u{feff}a\n\u{feff}x\n", "{}", &[&["a string"], &["'\u{feff}x'"]]);
    check("a,b\n\"x\"y,z\nx \"q\", \"r\"\n", "{}", &[&["a string", "b string"], &["'xy'", "'z'"], &["'x \"q\"'", "' \"r\"'"]]);
}

#[test]
fn comments_skipped_lines_escapes() {
    check("#x,y\na,b\n#\"\n1,2\n\"#3\",4\n#", r##"{"comment":"#"}"##, &[&["a string", "b bigint"], &["'1'", "2"], &["'#3'", "4"]]);
    check("junk \"\nmore,\r\na,b\n1,2\n", r#"{"skipRows":2}"#, &[&["a bigint", "b bigint"], &["1", "2"]]);
    check("a,b\n\"x\\\"y\\\\\",1\n", r#"{"escape":"\\"}"#, &[&["a string", "b bigint"], &["'x\"y\\'", "1"]]);
    check("a,b\n\"x,y\"\n", r#"{"quote":""}"#, &[&["a string", "b string"], &["'\"x'", "'y\"'"]]);
    check("a,b\n1,2\n3,4\n5,\"", r#"{"maxRows":1}"#, &[&["a bigint", "b bigint"], &["1", "2"]]);
    check(" a , \"b\" \n 1 , x \n", r#"{"trim":true}"#, &[&["a bigint", "\"b\" string"], &["1", "'x'"]]);
    check("a,b,c\n1,x,2\n", r#"{"columns":["c","a"]}"#, &[&["c bigint", "a bigint"], &["2", "1"]]);
}

#[test]
fn types_widen_and_originals_come_back() {
    // An integer that is a double exactly is not written with the same digits when it was one.
    check("v\n0\n-9223372036854775808\n0.00\nx\n", "{}", &[&["v string"], &["'0'"], &["'-9223372036854775808'"], &["'0.00'"], &["'x'"]]);
    check("v\n1\n2.5\n", "{}", &[&["v double"], &["1.0"], &["2.5"]]);
    check("v\n9007199254740993\n2.5\n", "{}", &[&["v string"], &["'9007199254740993'"], &["'2.5'"]]);
    check("v\n2.5\n9007199254740993\n", "{}", &[&["v string"], &["'2.5'"], &["'9007199254740993'"]]);
    check("v\n1\n-0\n2.50\n1e3\n.5\nx\n7\n", "{}", &[&["v string"], &["'1'"], &["'-0'"], &["'2.50'"], &["'1e3'"], &["'.5'"], &["'x'"], &["'7'"]]);
    check("v\n1.50\n2.00\n-0.0\nx\n", "{}", &[&["v string"], &["'1.50'"], &["'2.00'"], &["'-0.0'"], &["'x'"]]);
    check("v\n5.0\n2.25\n0.8444218515250481\nx\n", "{}", &[&["v string"], &["'5.0'"], &["'2.25'"], &["'0.8444218515250481'"], &["'x'"]]);
    check("v\ntrue\nFALSE\nx\n", "{}", &[&["v string"], &["'true'"], &["'FALSE'"], &["'x'"]]);
    check("v\nTRUE\nFALSE\n", "{}", &[&["v boolean"], &["1"], &["0"]]);
    check("v\nTrue\nFalse\n1\n", "{}", &[&["v string"], &["'True'"], &["'False'"], &["'1'"]]);
    check("v\n2024-01-31\n2024-01-31T10:20Z\n", "{}", &[&["v timestamp"], &["'2024-01-31 00:00:00'"], &["'2024-01-31 10:20:00'"]]);
    check("v\n2024-01-31\n2024-01-31T10:20Z\nnever\n", "{}", &[&["v string"], &["'2024-01-31'"], &["'2024-01-31T10:20Z'"], &["'never'"]]);
    check(
        "v\n2024-01-31T10:20:30+02:00\n2024-01-31 10:20\n2024-01-31\n5\n",
        "{}",
        &[&["v string"], &["'2024-01-31T10:20:30+02:00'"], &["'2024-01-31 10:20'"], &["'2024-01-31'"], &["'5'"]],
    );
    check("v,w\n,1\n5,4\n\"\",2\n,3\n", "{}", &[&["v string", "w bigint"], &["NULL", "1"], &["'5'", "4"], &["''", "2"], &["NULL", "3"]]);
    check(
        "v,w\n,1\n\"\",2\n7,3\n\"\",4\nx,5\n",
        "{}",
        &[&["v string", "w bigint"], &["NULL", "1"], &["''", "2"], &["'7'", "3"], &["''", "4"], &["'x'", "5"]],
    );
    check("v,w\n\"\",1\n\"\",2\n", "{}", &[&["v string", "w bigint"], &["''", "1"], &["''", "2"]]);
}

#[test]
fn irregular_records_by_mode() {
    let ragged = "a,b\n1,2\n3\n4,5,6\n7,8\n";
    check(ragged, "{}", &[&["a bigint", "b bigint"], &["1", "2"], &["3", "NULL"], &["4", "5"], &["7", "8"]]);
    check(ragged, r#"{"mode":"dropMalformed"}"#, &[&["a bigint", "b bigint"], &["1", "2"], &["7", "8"]]);
    assert_eq!(read(ragged.as_bytes(), r#"{"mode":"failFast"}"#), Err(Code::CsvRaggedRecord));
    assert_eq!(read(b"a,b\nx\xff,1\n", r#"{"mode":"failFast"}"#), Err(Code::CsvInvalidUtf8));
    let (_, rows) = read(b"a,b\nx\xff,1\n\xc3,2\n\xa9,3\n\xc3\xa9,4\n", "{}").unwrap();
    assert_eq!(rows.iter().map(|r| r[0].clone()).collect::<Vec<_>>(), ["x\u{fffd}", "\u{fffd}", "\u{fffd}", "é"].map(|t| Cell::Text(t.into())));
    assert_eq!(read(b"a,b\n1,\"2\n", "{}"), Err(Code::CsvUnterminatedQuote));
    assert_eq!(read(b"a,b\n1,\"2\"\"", "{}"), Err(Code::CsvUnterminatedQuote));
    assert_eq!(read(b"\xef\xbb\xbf\n#\n", r##"{"comment":"#"}"##), Err(Code::EmptyInput));
    assert_eq!(read(b"", "{}"), Err(Code::EmptyInput));
}

#[test]
fn given_types() {
    check(
        "id,v\n007,10\n2,ten\n+3,\"\"\n",
        r#"{"schema":{"v":"double","id":"int"}}"#,
        &[&["v double", "id int"], &["10.0", "7"], &["NULL", "2"], &["NULL", "3"]],
    );
    check("x,y\n1,a\n", r#"{"schema":[{"name":"n","type":"string"},{"name":"t","type":"string"}]}"#, &[&["n string", "t string"], &["'1'", "'a'"]]);
    check(
        "31/12/2023,1\n",
        r#"{"header":false,"schema":{"d":"DATE","n":"decimal(5,2)"},"dateFormat":"dd/MM/yyyy"}"#,
        &[&["d date", "n decimal(5,2)"], &["'2023-12-31'", "1.0"]],
    );
    check("", r#"{"schema":{"d":"DATE"}}"#, &[&["d date"]]);
}

#[test]
fn lost_originals_ask_for_another_reading() {
    let mut input = String::from("v\n0.8444218515250481\n");
    for i in 0..3000 {
        input.push_str(&format!("{i}.8444218515250481\n"));
    }
    input.push_str("x\n");
    let mut reader = CsvReader::new(Options { reread: true, ..options("{}") });
    let mut sink = Collected::default();
    reader.feed(input.as_bytes(), &mut sink).unwrap();
    let Outcome::Again(pinned) = reader.finish(&mut sink).unwrap() else { panic!("kept") };
    assert_eq!(pinned, ["string"]);
    let again = Options { pinned: Some(pinned), ..options("{}") };
    let (fields, rows) = read_pieces(std::iter::once(input.as_bytes()), again).unwrap();
    assert_eq!((fields[0].1.as_str(), rows.len(), &rows[1][0]), ("string", 3002, &Cell::Text("0.8444218515250481".into())));
}
