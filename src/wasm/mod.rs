//! The wasm-bindgen boundary: conversion only. One `impl Engine` block per file beside this one.
//!
//! Arguments are strings (JSON where structured), numbers and byte arrays. Errors cross as an object
//! `{moltres: true, code, kind, message, hint, sql, position, details}` that the JavaScript side turns into a `MoltresError`.

mod backup;
mod explain;
mod load;
mod reading;
mod table;
mod telemetry;
mod memory;
mod query;
mod udf;
mod storage;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::engine::Database;
use crate::error::{Code, Error};

/// One database. Every method but `close` fails with `database_closed` after `close`.
#[wasm_bindgen]
pub struct Engine {
    database: Option<Database>,
    loads: load::Loads,
}

#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(js_name = openInMemory)]
    pub fn open_in_memory() -> Result<Engine, JsValue> {
        Ok(Engine::over(Database::open_in_memory().map_err(to_js_error)?))
    }

    pub fn close(&mut self) {
        self.database = None;
    }

    /// The events that wait, as a JSON array.
    #[wasm_bindgen(js_name = drainEvents)]
    pub fn drain_events(&self) -> Result<String, JsValue> {
        to_json(&self.database()?.telemetry.drain())
    }
}

impl Engine {
    pub(crate) fn over(database: Database) -> Engine {
        Engine { database: Some(database), loads: load::Loads::default() }
    }

    pub(crate) fn database(&self) -> Result<&Database, JsValue> {
        self.database.as_ref().ok_or_else(|| to_js_error(Error::new(Code::DatabaseClosed, "the database is closed")))
    }
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|e| to_js_error(Error::internal(e.to_string())))
}

/// An error as the plain object that `errors.ts` rebuilds.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn to_js_error(error: Error) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let object = error.report().serialize(&serializer).unwrap_or(JsValue::NULL);
    let _ = js_sys::Reflect::set(&object, &"moltres".into(), &true.into());
    object
}
