//! Telemetry: what is listened to, metrics, the log to the console.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::error::Error;
use crate::table::maintain;
use crate::telemetry::{self, EventKind, LogLevel};

#[wasm_bindgen]
impl Engine {
    /// Names the database in its events.
    pub fn connected(&self, name: &str) -> Result<(), JsValue> {
        self.database()?.telemetry.connected(name);
        Ok(())
    }

    /// From now on only events of this mask are built.
    pub fn listen(&self, mask: u32) -> Result<(), JsValue> {
        self.database()?.telemetry.listen(mask);
        Ok(())
    }

    /// Switches all telemetry off, or on again: for measuring what it costs.
    #[wasm_bindgen(js_name = setSilent)]
    pub fn set_silent(&self, silent: bool) -> Result<(), JsValue> {
        self.database()?.telemetry.set_silent(silent);
        Ok(())
    }

    /// Seconds from which a query is slow.
    #[wasm_bindgen(js_name = setSlowThreshold)]
    pub fn set_slow_threshold(&self, seconds: f64) -> Result<(), JsValue> {
        self.database()?.telemetry.set_slow_threshold(seconds);
        Ok(())
    }

    pub fn metrics(&self) -> Result<String, JsValue> {
        to_json(&self.database()?.metrics())
    }

    #[wasm_bindgen(js_name = resetMetrics)]
    pub fn reset_metrics(&self) -> Result<(), JsValue> {
        self.database()?.telemetry.reset_metrics();
        Ok(())
    }

    /// The figures of the last minute or two.
    #[wasm_bindgen(js_name = recentMetrics)]
    pub fn recent_metrics(&self) -> Result<String, JsValue> {
        to_json(&self.database()?.telemetry.recent_metrics())
    }

    /// Reads the catalogue; `deadline` in seconds.
    pub fn ping(&self, deadline: f64) -> Result<String, JsValue> {
        to_json(&self.database()?.with_deadline(deadline, maintain::ping).map_err(to_js_error)?)
    }

    /// `vacuum`, `analyze` or `optimize`; the bytes given back.
    pub fn maintain(&self, task: &str) -> Result<f64, JsValue> {
        maintain::maintain(self.database()?, task).map(|bytes| bytes as f64).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = integrityCheck)]
    pub fn integrity_check(&self) -> Result<String, JsValue> {
        to_json(&maintain::integrity_check(self.database()?).map_err(to_js_error)?)
    }

    /// Refuses writes with `maintenance_mode`, or allows them again.
    #[wasm_bindgen(js_name = setMaintenance)]
    pub fn set_maintenance(&self, refuse: bool) -> Result<(), JsValue> {
        self.database()?.set_maintenance(refuse).map_err(to_js_error)
    }

    pub fn memory(&self) -> Result<String, JsValue> {
        to_json(&self.database()?.memory())
    }

    #[wasm_bindgen(js_name = hookFailed)]
    pub fn hook_failed(&self) -> Result<(), JsValue> {
        self.database()?.telemetry.hook_failed();
        Ok(())
    }

    /// Queues an event of the JavaScript side: `metadata` is a JSON object.
    pub fn emit(&self, event: &str, sql: &str, elapsed: f64, metadata: &str) -> Result<(), JsValue> {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == event);
        let kind = kind.ok_or_else(|| to_js_error(Error::internal(format!("no event {event}"))))?;
        let metadata = serde_json::from_str(metadata).map_err(|e| to_js_error(Error::internal(e.to_string())))?;
        self.database()?.telemetry.emit_with(kind, || (sql.to_owned(), elapsed, metadata));
        Ok(())
    }

    /// The figures of all databases of this thread.
    #[wasm_bindgen(js_name = allMetrics)]
    pub fn all_metrics() -> Result<String, JsValue> {
        to_json(&telemetry::all_metrics())
    }

    #[wasm_bindgen(js_name = resetAllMetrics)]
    pub fn reset_all_metrics() {
        telemetry::reset_all_metrics();
    }

    #[wasm_bindgen(js_name = countConnectionError)]
    pub fn count_connection_error() {
        telemetry::count_connection_error();
    }

    /// `debug`, `info`, `warn`, `error` or `off`: what `tracing` writes to the console.
    #[wasm_bindgen(js_name = setLogLevel)]
    pub fn set_log_level(level: &str) -> Result<(), JsValue> {
        let level = LogLevel::parse(level).map_err(to_js_error)?;
        if level != LogLevel::Off {
            // A second call, or a subscriber of somebody else's, is no error.
            let config = tracing_wasm::WASMLayerConfigBuilder::new()
                .set_report_logs_in_timings(false)
                .set_console_config(tracing_wasm::ConsoleConfig::ReportWithoutConsoleColor)
                .build();
            use tracing_subscriber::layer::SubscriberExt;
            let _ = tracing::subscriber::set_global_default(tracing_subscriber::Registry::default().with(tracing_wasm::WASMLayer::new(config)));
        }
        telemetry::set_log_level(level);
        Ok(())
    }
}
