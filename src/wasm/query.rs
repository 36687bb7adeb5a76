//! Plans and statements. Batches cross by their address in linear memory; `pkg/src/batch.ts` reads them.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::backup::{Feed, follow};
use crate::compile::CompileOptions;
use crate::engine::{MovedQuery, OnOverflow};
use crate::error::{Code, Error, Result};
use crate::plan::{Params, wire};

/// Bit 0 of `options`: all integers as BigInt.
const WIDE: u32 = 1;
/// Bit 1 of `options`: the caller gathers all batches; where a head says so it gives up those it has.
const WHOLE: u32 = 2;
/// Bit 2: arithmetic on integers wraps around from the start.
const WRAP: u32 = 4;

#[wasm_bindgen]
impl Engine {
    /// Runs a plan and gives the address of its first batch. `deadline`: seconds that it may take, 0 for any time.
    #[wasm_bindgen(js_name = openPlan)]
    pub fn open_plan(&self, plan: &str, options: u32, deadline: f64) -> Result<usize, JsValue> {
        let plan = wire::decode(plan).map_err(to_js_error)?;
        self.database()?.with_deadline(deadline, |db| db.run_plan(&plan, options & WIDE != 0, on_overflow(options))).map_err(to_js_error)
    }

    /// Runs one statement; `params` is JSON as in the node `sql` of a plan.
    #[wasm_bindgen(js_name = openSql)]
    pub fn open_sql(&self, sql: &str, params: Option<String>, options: u32, deadline: f64) -> Result<usize, JsValue> {
        let params = decode_params(params.as_deref()).map_err(to_js_error)?;
        self.database()?.with_deadline(deadline, |db| db.run_sql(sql, &params, options & WIDE != 0)).map_err(to_js_error)
    }

    /// A plan as data that another engine can run on a copy of this database: `{sql, params, columns, bytes}`, `bytes` being the size of the copy.
    /// Undefined where a copy would not do: a statement that writes, or one that may call functions of JavaScript.
    pub fn movable(&self, plan: Option<String>, sql: Option<String>, params: Option<String>) -> Result<Option<String>, JsValue> {
        let db = self.database()?;
        let found = match (plan, sql) {
            (Some(plan), _) => wire::decode(&plan).and_then(|plan| db.movable_plan(&plan)),
            (None, Some(sql)) => decode_params(params.as_deref()).and_then(|params| db.movable_sql(&sql, &params)),
            (None, None) => Ok(None),
        };
        found.map_err(to_js_error)?.map(|query| to_json(&query)).transpose()
    }

    /// The same for a replica of the main database; undefined also for what reads temporary tables or state of the connection.
    pub fn routable(&self, plan: Option<String>, sql: Option<String>, params: Option<String>) -> Result<Option<String>, JsValue> {
        let db = self.database()?;
        let found = match (plan, sql) {
            (Some(plan), _) => wire::decode(&plan).and_then(|plan| db.counting_failures(|db| db.movable_plan(&plan))),
            (None, Some(sql)) => decode_params(params.as_deref()).and_then(|params| db.counting_failures(|db| db.movable_sql(&sql, &params))),
            (None, None) => Ok(None),
        };
        found.and_then(|query| db.routable(query)).map_err(to_js_error)?.map(|query| to_json(&query)).transpose()
    }

    /// What replicas lack since the last call; no bytes for nothing, one byte while a transaction is open.
    pub fn feed(&self) -> Result<Vec<u8>, JsValue> {
        let db = self.database()?;
        db.followers.feed(db).map(|feed| feed.to_bytes()).map_err(to_js_error)
    }

    /// The next feed is everything.
    #[wasm_bindgen(js_name = forgetFollowers)]
    pub fn forget_followers(&self) -> Result<(), JsValue> {
        self.database()?.followers.forget();
        Ok(())
    }

    /// Makes this replica what its primary was at `feed`.
    pub fn follow(&self, feed: &[u8]) -> Result<(), JsValue> {
        let db = self.database()?;
        Feed::from_bytes(feed).and_then(|feed| follow(db, &feed)).map_err(to_js_error)
    }

    /// Runs what `movable` gave, on a copy.
    #[wasm_bindgen(js_name = openMoved)]
    pub fn open_moved(&self, query: &str, options: u32, deadline: f64) -> Result<usize, JsValue> {
        let query = moved(query)?;
        self.database()?.with_deadline(deadline, |db| db.run_moved(&query, options & WIDE != 0, on_overflow(options))).map_err(to_js_error)
    }

    /// Runs it here for a while; `cancelled` if the time is not enough, without a trace in telemetry.
    #[wasm_bindgen(js_name = openTrial)]
    pub fn open_trial(&self, query: &str, options: u32, deadline: f64) -> Result<usize, JsValue> {
        let query = moved(query)?;
        self.database()?.with_deadline(deadline, |db| db.try_moved(&query, options & WIDE != 0, on_overflow(options))).map_err(to_js_error)
    }

    /// Tells telemetry of a statement that ran elsewhere; `code` if it failed.
    #[wasm_bindgen(js_name = movedEnded)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn moved_ended(&self, query: &str, rows: f64, elapsed: f64, code: Option<String>) -> Result<(), JsValue> {
        let query = moved(query)?;
        let error = code.map(|code| {
            let known = match code.as_str() {
                "cancelled" => Code::Cancelled,
                "query_timeout" => Code::QueryTimeout,
                _ => Code::Sqlite,
            };
            Error::new(known, code)
        });
        self.database()?.moved_ended(&query, rows as u64, elapsed, error.as_ref());
        Ok(())
    }

    /// The image of a schema (`main`, `temp`) as it stands, uncommitted changes included. Empty if it holds nothing.
    pub fn snapshot(&self, schema: &str) -> Result<Vec<u8>, JsValue> {
        self.database()?.snapshot(schema).map_err(to_js_error)
    }

    /// Attaches an image under a name.
    #[wasm_bindgen(js_name = attachImage)]
    pub fn attach_image(&self, name: &str, image: &[u8]) -> Result<(), JsValue> {
        self.database()?.attach_image(name, image).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = nextBatch)]
    pub fn next_batch(&self, cursor: u32) -> Result<usize, JsValue> {
        self.database()?.next_batch(cursor).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = closeCursor)]
    pub fn close_cursor(&self, cursor: u32) -> Result<(), JsValue> {
        self.database()?.close_cursor(cursor);
        Ok(())
    }

    /// The schema behind the shape number of a batch, as JSON.
    pub fn shape(&self, number: u32) -> Result<String, JsValue> {
        to_json(&self.database()?.shape(number))
    }

    #[wasm_bindgen(js_name = planSchema)]
    pub fn plan_schema(&self, plan: &str) -> Result<String, JsValue> {
        let plan = wire::decode(plan).map_err(to_js_error)?;
        to_json(&self.database()?.plan_schema(&plan).map_err(to_js_error)?)
    }

    /// `{sql, params, columns}` as JSON; `options` is JSON of `CompileOptions`.
    #[wasm_bindgen(js_name = compilePlan)]
    pub fn compile_plan(&self, plan: &str, options: Option<String>) -> Result<String, JsValue> {
        let plan = wire::decode(plan).map_err(to_js_error)?;
        let options = match options {
            Some(json) => serde_json::from_str(&json).map_err(|e| to_js_error(Error::invalid(format!("toSQL: {e}"))))?,
            None => CompileOptions::default(),
        };
        to_json(&self.database()?.compile_plan_with(&plan, &options).map_err(to_js_error)?)
    }

    /// Runs all statements of a text; the number of rows changed.
    #[wasm_bindgen(js_name = executeScript)]
    pub fn execute_script(&self, sql: &str) -> Result<f64, JsValue> {
        count(self.database()?.execute_script(sql))
    }

    /// Runs one statement with parameters; the number of rows changed.
    pub fn execute(&self, sql: &str, params: Option<String>) -> Result<f64, JsValue> {
        let params = decode_params(params.as_deref()).map_err(to_js_error)?;
        count(self.database()?.execute_with(sql, &params))
    }

    /// Seconds that every statement may take; 0 for any time.
    #[wasm_bindgen(js_name = setQueryTimeout)]
    pub fn set_query_timeout(&self, seconds: f64) -> Result<(), JsValue> {
        self.database()?.interrupt.query_timeout_s.set(seconds);
        Ok(())
    }

    #[wasm_bindgen(js_name = setReadOnly)]
    pub fn set_read_only(&self, read_only: bool) -> Result<(), JsValue> {
        self.database()?.set_read_only(read_only).map_err(to_js_error)
    }

    /// A function that is asked every few milliseconds while a statement runs; true stops it.
    #[wasm_bindgen(js_name = setCancelCheck)]
    pub fn set_cancel_check(&self, check: Option<js_sys::Function>) -> Result<(), JsValue> {
        let ask = check.map(|check| {
            let ask: Box<dyn Fn() -> bool> = Box::new(move || check.call0(&JsValue::UNDEFINED).is_ok_and(|answer| answer.is_truthy()));
            ask
        });
        self.database()?.interrupt.set_ask(ask);
        Ok(())
    }

    #[wasm_bindgen(js_name = eventsWait)]
    pub fn events_wait(&self) -> bool {
        self.database().is_ok_and(|db| db.telemetry.has_events())
    }
}

fn on_overflow(options: u32) -> OnOverflow {
    match (options & WRAP != 0, options & WHOLE != 0) {
        (true, _) => OnOverflow::Wrap,
        (_, true) => OnOverflow::BeginAgain,
        _ => OnOverflow::Refuse,
    }
}

fn moved(query: &str) -> Result<MovedQuery, JsValue> {
    serde_json::from_str(query).map_err(|e| to_js_error(Error::invalid(format!("not a query: {e}"))))
}

#[allow(clippy::cast_precision_loss)]
fn count(result: Result<usize>) -> Result<f64, JsValue> {
    result.map(|n| n as f64).map_err(to_js_error)
}

fn decode_params(json: Option<&str>) -> Result<Params> {
    wire::decode_params_json(json)
}
