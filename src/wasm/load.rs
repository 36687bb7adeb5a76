//! Readers over the boundary: begin, feed bytes, finish; see `crate::load`.

use serde_json::json;
use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::error::Error;
use crate::load::{Finished, Loader, Method};

#[wasm_bindgen]
impl Engine {
    /// Starts a load; its number. `format`: `csv`, `json`, `jsonl`, `text`.
    #[wasm_bindgen(js_name = loadBegin)]
    pub fn load_begin(&self, format: &str, options: &str, inserts: bool) -> Result<u32, JsValue> {
        let method = if inserts { Method::Inserts } else { Method::Best };
        let loader = Loader::new(self.database()?, format, options, method).map_err(to_js_error)?;
        Ok(self.loads.begin(loader))
    }

    /// The number of rows so far; -1 - rows when no more bytes are wanted.
    #[wasm_bindgen(js_name = loadFeed)]
    pub fn load_feed(&self, id: u32, bytes: &[u8]) -> Result<f64, JsValue> {
        let database = self.database()?;
        self.loads
            .with(id, |loader| {
                let rows = loader.feed(database, bytes)? as f64;
                Ok(if loader.stopped() { -1.0 - rows } else { rows })
            })
            .map_err(to_js_error)
    }

    /// `{table, report}`, or `{again: [types]}`, or `{working: rows}`: then it is to be called again.
    #[wasm_bindgen(js_name = loadFinish)]
    pub fn load_finish(&self, id: u32) -> Result<String, JsValue> {
        let database = self.database()?;
        let finished = self.loads.with(id, |loader| loader.finish(database));
        if !matches!(finished, Ok(Finished::Working { .. })) {
            self.loads.end(id);
        }
        match finished.map_err(to_js_error)? {
            Finished::Working { rows } => to_json(&json!({"working": rows})),
            Finished::Done { table, report } => to_json(&json!({"table": table, "report": report})),
            Finished::Again { pinned } => to_json(&json!({"again": pinned})),
        }
    }

    /// Gives a load up; nothing of it is left.
    #[wasm_bindgen(js_name = loadAbort)]
    pub fn load_abort(&self, id: u32) -> Result<(), JsValue> {
        let database = self.database()?;
        if let Some(mut loader) = self.loads.end(id) {
            loader.abort(database);
        }
        Ok(())
    }
}

/// The loads under way.
#[derive(Default)]
pub(crate) struct Loads(std::cell::RefCell<(u32, std::collections::HashMap<u32, Loader>)>);

impl Loads {
    fn begin(&self, loader: Loader) -> u32 {
        let mut loads = self.0.borrow_mut();
        loads.0 = loads.0.wrapping_add(1);
        let id = loads.0;
        loads.1.insert(id, loader);
        id
    }

    /// The loader is out of the table while it works.
    fn with<T>(&self, id: u32, work: impl FnOnce(&mut Loader) -> crate::error::Result<T>) -> crate::error::Result<T> {
        let mut loader = self.end(id).ok_or_else(|| Error::invalid("the load has ended"))?;
        let result = work(&mut loader);
        if result.is_ok() {
            self.0.borrow_mut().1.insert(id, loader);
        }
        result
    }

    fn end(&self, id: u32) -> Option<Loader> {
        self.0.borrow_mut().1.remove(&id)
    }
}
