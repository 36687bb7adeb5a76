//! Reading without a database: decompression, and rows given out at once.

use serde_json::json;
use wasm_bindgen::prelude::*;

use super::{to_js_error, to_json};
use crate::csv::json_rows::JsonRows;
use crate::csv::{Nowhere, Outcome};
use crate::load::inflate;
use crate::load::input::Input;

/// gzip and deflate, piece by piece.
#[wasm_bindgen]
pub struct Inflater(inflate::Inflater);

#[wasm_bindgen]
impl Inflater {
    #[wasm_bindgen(constructor)]
    pub fn new(format: &str) -> Result<Inflater, JsValue> {
        inflate::Inflater::new(format).map(Inflater).map_err(to_js_error)
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, JsValue> {
        self.0.push(bytes).map_err(to_js_error)
    }

    pub fn finish(&mut self) -> Result<Vec<u8>, JsValue> {
        self.0.finish().map_err(to_js_error)
    }
}

/// Rows of an input as JSON, batch by batch; or, with `scan`, only their types.
#[wasm_bindgen]
pub struct RowReader {
    input: Input,
    rows: JsonRows,
    scan: bool,
}

#[wasm_bindgen]
impl RowReader {
    #[wasm_bindgen(constructor)]
    pub fn new(format: &str, options: &str, scan: bool) -> Result<RowReader, JsValue> {
        Ok(RowReader { input: Input::new(format, options).map_err(to_js_error)?, rows: JsonRows::default(), scan })
    }

    /// Rows that these bytes complete: an array of arrays.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<String, JsValue> {
        let result = if self.scan { self.input.feed_into(bytes, &mut Nowhere) } else { self.input.feed_into(bytes, &mut self.rows) };
        result.map_err(to_js_error)?;
        Ok(self.rows.take())
    }

    /// The last rows: `{rows: "…", again?: [types], keys}`.
    pub fn finish(&mut self) -> Result<String, JsValue> {
        let outcome = if self.scan { self.input.finish_into(&mut Nowhere) } else { self.input.finish_into(&mut self.rows) };
        let again = match outcome.map_err(to_js_error)? {
            Outcome::Done => None,
            Outcome::Again(types) => Some(types),
        };
        to_json(&json!({"rows": self.rows.take(), "again": again, "keys": self.input.keys()}))
    }

    /// Rows so far.
    pub fn rows(&self) -> f64 {
        self.input.n_rows() as f64
    }

    pub fn stopped(&self) -> bool {
        self.input.stopped()
    }

    /// `[{name, type, nullable}]` so far.
    pub fn fields(&self) -> Result<String, JsValue> {
        to_json(&self.input.fields())
    }
}
