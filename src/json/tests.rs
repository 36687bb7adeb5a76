#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::csv::json_rows::JsonRows;

fn read_cut(input: &[u8], layout: Layout, options: &str, chunk: usize) -> Result<(Vec<String>, String)> {
    let mut reader = JsonReader::new(layout, &Options::from_json(options)?);
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
