//! Reports over a plan.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::engine::explain::ReportOptions;
use crate::error::Error;
use crate::plan::wire;

#[wasm_bindgen]
impl Engine {
    /// `report`: explain, planSummary, visualizePlan, validate, performanceHints; `options` and the result are JSON.
    #[wasm_bindgen(js_name = planReport)]
    pub fn plan_report(&self, plan: &str, report: &str, options: Option<String>) -> Result<String, JsValue> {
        let database = self.database()?;
        let options: ReportOptions = match options {
            Some(json) => serde_json::from_str(&json).map_err(|e| to_js_error(Error::invalid(format!("{report}: {e}"))))?,
            None => ReportOptions::default(),
        };
        let plan = wire::decode(plan).map_err(to_js_error)?;
        to_json(&database.plan_report(&plan, report, &options).map_err(to_js_error)?)
    }
}
