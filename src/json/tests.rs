#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::csv::json_rows::JsonRows;

fn read_cut(input: &[u8], layout: Layout, options: &str, chunk: usize) -> Result<(Vec<String>, String)> {
    let mut reader = JsonReader::new(layout, &Options::of_format("json", options)?)?;
    let mut sink = JsonRows::default();
    for piece in input.chunks(chunk) {
        reader.feed(piece, &mut sink)?;
    }
    reader.finish(&mut sink)?;
    Ok((reader.fields().iter().map(|f| format!("{} {}", f.name, f.data_type)).collect(), sink.take()))
}

fn check(input: &str, layout: Layout, options: &str, fields: &[&str], rows: &str) {
    for chunk in [1, 2, 3, 7, 1000] {
        let (found, text) = read_cut(input.as_bytes(), layout, options, chunk).unwrap();
        assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>(), text.as_str()), (fields.to_vec(), rows), "{input}, chunks of {chunk}");
    }
}

#[test]
fn arrays_objects_and_lines() {
    let rows = "[[1,\"x\"],[2,null]]";
    check("[{\"a\":1,\"b\":\"x\"},\n {\"a\":2}]", Layout::Array, "{}", &["a bigint", "b string"], rows);
    check("{\"a\":1,\"b\":\"x\"} {\"a\":2,\"b\":null}", Layout::Array, "{}", &["a bigint", "b string"], rows);
    check("\u{feff}{\"a\":1,\"b\":\"x\"}\r\n\r\n{\"a\":2}", Layout::Lines, "{}", &["a bigint", "b string"], rows);
    check("[1, 2.5,\"]\\\"\"]", Layout::Array, "{}", &["value string"], "[[1],[2.5],[\"]\\\"\"]]");
    check(
        "[{\"a\":[1,{\"b\":2.5}],\"c\":{\"d\":true}}]",
        Layout::Array,
        "{}",
        &["a array<json>", "c struct<d:boolean>"],
        "[[\"[1,{\\\"b\\\":2.5}]\",\"{\\\"d\\\":true}\"]]",
    );
    check("{\"a\":1}\n{\"b\":2}\nnonsense\n{\"a\":3}\n", Layout::Lines, "{}", &["a bigint", "b bigint"], "[[1],[null,2],[3,null]]");
    check(
        "[{\"a\":1,\"b\":\"2024-01-31\"}]",
        Layout::Array,
        r#"{"schema":{"b":"date","a":"string"}}"#,
        &["b date", "a string"],
        "[[\"2024-01-31\",\"1\"]]",
    );
}

#[test]
fn what_is_not_json_is_refused() {
    for input in ["[{\"a\":1}", "[1,]2", "[1 2]", "{\"a\":1", "[1]]", "\"x"] {
        for chunk in [1, 1000] {
            assert_eq!(read_cut(input.as_bytes(), Layout::Array, "{}", chunk).unwrap_err().code(), Code::SyntaxError, "{input}");
        }
    }
    assert_eq!(read_cut(b"nonsense\n", Layout::Lines, r#"{"mode":"failFast"}"#, 3).unwrap_err().code(), Code::SyntaxError);
    assert_eq!(read_cut(b"[]", Layout::Array, "{}", 3).unwrap_err().code(), Code::EmptyInput);
    assert_eq!(read_cut("[".repeat(1000).as_bytes(), Layout::Array, "{}", 1000).unwrap_err().code(), Code::SyntaxError);
}

/// Rows as they are at the end, with original texts; every chunk size gives the same.
fn settled(input: &str, options: &str, fields: &[&str], expected: &[&[&str]]) {
    use crate::csv::tests::{Cell, Collected};
    for chunk in [1, 3, 1000] {
        let mut reader = JsonReader::new(Layout::Array, &Options::of_format("json", options).unwrap()).unwrap();
        let mut sink = Collected::default();
        for piece in input.as_bytes().chunks(chunk) {
            reader.feed(piece, &mut sink).unwrap();
        }
        assert_eq!(reader.finish(&mut sink).unwrap(), Outcome::Done);
        let n_columns = reader.fields().len();
        let mut places = vec![0; n_columns];
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (r, row) in (0u64..).zip(&sink.rows) {
            let mut texts = Vec::new();
            for (c, place) in places.iter_mut().enumerate() {
                let (mut scratch, mut out) = (Vec::new(), Collected::default());
                let stored = row.get(c).map_or(Stored::Null, Cell::stored);
                reader.original(r, c, stored, place, &mut scratch).send(&mut out);
                out.end_row().unwrap();
                texts.push(match &out.rows[0][0] {
                    Cell::Null => "NULL".to_owned(),
                    Cell::Integer(v) => v.to_string(),
                    Cell::Real(v) => format!("{v:?}"),
                    Cell::Text(t) => format!("'{t}'"),
                    Cell::Blob(b) => format!("{b:?}"),
                });
            }
            rows.push(texts);
        }
        let found: Vec<String> = reader.fields().iter().map(|f| format!("{} {}", f.name, f.data_type)).collect();
        assert_eq!(found, fields, "{input}, chunks of {chunk}");
        assert_eq!(rows, expected, "{input}, chunks of {chunk}");
    }
}

#[test]
fn no_number_changes_silently() {
    settled(r#"[{"a":18446744073709551616},{"a":1}]"#, "{}", &["a string"], &[&["'18446744073709551616'"], &["'1'"]]);
    settled(r#"[{"a":9223372036854775807},{"a":1}]"#, "{}", &["a bigint"], &[&["9223372036854775807"], &["1"]]);
    settled(r#"[{"a":9223372036854775808}]"#, "{}", &["a string"], &[&["'9223372036854775808'"]]);
    settled(r#"[{"a":1e400},{"a":1.50}]"#, "{}", &["a string"], &[&["'1e400'"], &["'1.50'"]]);
    settled(r#"[{"a":1.50},{"a":-0},{"a":1E2},{"a":"x"}]"#, "{}", &["a string"], &[&["'1.50'"], &["'-0'"], &["'1E2'"], &["'x'"]]);
    settled(r#"[{"a":9007199254740993},{"a":0.5}]"#, "{}", &["a string"], &[&["'9007199254740993'"], &["'0.5'"]]);
    settled(r#"[{"a":1.5},{"a":2.5}]"#, "{}", &["a double"], &[&["1.5"], &["2.5"]]);
    settled(r#"[{"a":0.1234567890123456789}]"#, "{}", &["a double"], &[&["0.12345678901234568"]]);
    settled(r#"[{"a":true},{"a":null},{"a":1}]"#, "{}", &["a string"], &[&["'true'"], &["NULL"], &["'1'"]]);
    settled(r#"[{"a":"007"},{"a":"true"},{"a":""}]"#, "{}", &["a string"], &[&["'007'"], &["'true'"], &["''"]]);
    settled("[null,{},{\"a\":1},{}]", "{}", &["a bigint"], &[&["NULL"], &["NULL"], &["1"], &["NULL"]]);
    let rows: &[&[&str]] = &[&["'1'", "NULL"], &["NULL", "'x'"], &["'y'", "NULL"]];
    settled(r#"[{"a":1},{"b":"x"},{"a":"y"}]"#, "{}", &["a string", "b string"], rows);
}

#[test]
fn nested_values_are_kept_as_they_are_written() {
    settled(r#"[{"a":{ "x": 1.0 }},{"a":{"x":1e2}}]"#, "{}", &["a struct<x:double>"], &[&[r#"'{ "x": 1.0 }'"#], &[r#"'{"x":1e2}'"#]]);
    settled(r#"[{"a":[18446744073709551615, 1e400]}]"#, "{}", &["a json"], &[&["'[18446744073709551615, 1e400]'"]]);
    settled(r#"[{"a":[1]},{"a":"x"},{"a":2.50}]"#, "{}", &["a string"], &[&["'[1]'"], &["'x'"], &["'2.50'"]]);
    settled(r#"[{"a":2.50},{"a":[ 1 ]}]"#, "{}", &["a string"], &[&["'2.50'"], &["'[ 1 ]'"]]);
    settled(r#"[{"a":[1]},{"a":{"b":1}}]"#, "{}", &["a json"], &[&["'[1]'"], &[r#"'{"b":1}'"#]]);
}

#[test]
fn options_of_json() {
    settled(
        r#"[{"a":1.50,"b":true,"c":[1]}]"#,
        r#"{"primitivesAsString":true}"#,
        &["a string", "b string", "c array<bigint>"],
        &[&["'1.50'", "'true'", "'[1]'"]],
    );
    settled(r#"[{"a":1,"c":[1]}]"#, r#"{"inferSchema":false}"#, &["a string", "c string"], &[&["'1'", "'[1]'"]]);
    settled(r#"[{"a":"NA"},{"a":""}]"#, r#"{"nullValues":["NA"]}"#, &["a string"], &[&["NULL"], &["''"]]);
    let rows: &[&[&str]] = &[&["2", "NULL"], &["NULL", "NULL"]];
    settled(r#"[{"a":1,"b":2},{"c":3}]"#, r#"{"columns":["b","z"]}"#, &["b bigint", "z string"], rows);
    settled(r#"[{"A":1,"b":2}]"#, r#"{"columns":["B","a"]}"#, &["B bigint", "a bigint"], &[&["2", "1"]]);
    settled(r#"[{"A":1,"b":2}]"#, r#"{"columns":["B"],"schema":{"a":"bigint","b":"double"}}"#, &["B double"], &[&["2.0"]]);
    settled(r#"[{"a":"00ff"}]"#, r#"{"schema":{"a":"binary"},"hexBinary":true}"#, &["a binary"], &[&["[0, 255]"]]);
    settled(r#"[{"a":9007199254740993}]"#, r#"{"schema":{"a":"decimal(20,0)"}}"#, &["a decimal(20,0)"], &[&["9007199254740993"]]);
    for options in [r#"{"columns":["a","a"]}"#, r#"{"columns":["z"],"schema":{"a":"int"}}"#, r#"{"columns":[]}"#] {
        assert!(read_cut(b"[]", Layout::Array, options, 3).is_err_and(|e| e.code() != Code::EmptyInput), "{options}");
    }
    settled("{\"a\":1}\n{\"a\":2}\n", r#"{"multiLine":false}"#, &["a bigint"], &[&["1"], &["2"]]);
    settled(
        r#"[{"a":"x","b":1.50,"c":"[1]","d":2}]"#,
        r#"{"schema":{"a":"json","b":"string","c":"array<bigint>","d":"array<bigint>"}}"#,
        &["a json", "b string", "c array<bigint>", "d array<bigint>"],
        &[&[r#"'"x"'"#, "'1.50'", "'[1]'", "NULL"]],
    );
    assert!(Options::of_format("json", r#"{"delimiter":";"}"#).is_err() && Options::of_format("csv", r#"{"multiLine":true}"#).is_err());
}

#[test]
fn invalid_bytes_are_reported() {
    let input = b"{\"a\":\"\xff\"}\n{\"a\":\"y\"}\n";
    for (mode, expected) in [("permissive", "[[\"\u{fffd}\"],[\"y\"]]"), ("dropMalformed", "[[\"y\"]]")] {
        assert_eq!(read_cut(input, Layout::Lines, &format!("{{\"mode\":\"{mode}\"}}"), 3).unwrap().1, expected);
    }
    assert_eq!(read_cut(input, Layout::Lines, r#"{"mode":"failFast"}"#, 3).unwrap_err().code(), Code::CsvInvalidUtf8);
}

#[test]
fn lost_originals_ask_for_another_reading() {
    let mut input: String = (0..3000).map(|i| format!("{{\"a\":{i}.84442185152504810}}\n")).collect();
    input.push_str("{\"a\":\"x\",\"b\":[1]}\n");
    let read = |options: &str| {
        let mut reader = JsonReader::new(Layout::Lines, &Options::of_format("jsonl", options).unwrap()).unwrap();
        let mut sink = JsonRows::default();
        reader.feed(input.as_bytes(), &mut sink).unwrap();
        (reader.finish(&mut sink).unwrap(), reader.n_rows(), sink.n_rows)
    };
    let (Outcome::Again(types), ..) = read(r#"{"reread":true}"#) else { panic!("kept") };
    assert_eq!(types, ["string", "array<bigint>"]);
    assert_eq!(read(r#"{"pinned":["string","array<bigint>"]}"#), (Outcome::Done, 3001, 3001));
    assert_eq!(read("{}"), (Outcome::Done, 3001, 3001));
}

#[test]
fn commas_belong_into_arrays() {
    for input in ["1,2", "1]", "{\"a\":1},{\"a\":2}", "[1,,2]", "[1 2]", "[1]]", "[1],[2]"] {
        for chunk in [1, 1000] {
            let error = read_cut(input.as_bytes(), Layout::Array, "{}", chunk).unwrap_err();
            assert_eq!(error.code(), Code::SyntaxError, "{input}");
        }
    }
    check("1 2\n3", Layout::Array, "{}", &["value bigint"], "[[1],[2],[3]]");
}

#[test]
fn what_no_line_of_json_is_says_so() {
    let error = read_cut(b"{\n\"a\": 1\n}\n", Layout::Lines, "{}", 3).unwrap_err();
    assert_eq!(error.code(), Code::EmptyInput);
    assert!(error.to_string().contains("no record of the input is JSON; the first, at line 1: {"), "{error}");
}

#[test]
fn half_a_surrogate_pair_is_reported_not_dropped() {
    check(r#"{"a":"x\ud800y","b":1}"#, Layout::Lines, "{}", &["a string", "b bigint"], "[[\"x\u{fffd}y\",1]]");
    let dropped = read_cut(br#"{"a":"\ud800"} {"a":"x"}"#, Layout::Array, r#"{"mode":"dropMalformed"}"#, 5).unwrap();
    assert_eq!(dropped.1, "[[\"x\"]]");
    assert_eq!(read_cut(br#"{"a":"\ud800"}"#, Layout::Lines, r#"{"mode":"failFast"}"#, 5).unwrap_err().code(), Code::SyntaxError);
}

#[test]
fn a_key_that_no_declaration_holds_makes_plain_json() {
    let fields = ["a json", "b array<json>", "c struct<`x y`:bigint>"];
    let rows = r#"[["{\"x\\u0000\":1}","[{\"\\u0000\":2}]","{\"x y\":3}"]]"#;
    check(r#"{"a":{"x\u0000":1},"b":[{"\u0000":2}],"c":{"x y":3}}"#, Layout::Lines, "{}", &fields, rows);
}
