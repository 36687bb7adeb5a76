//! Definitions, rows and the catalogue.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::error::Error;
use crate::plan::wire;
use crate::table::rows::Rows;
use crate::table::{ddl, insert, merge, migrate, reflect, transaction, update, write};

#[wasm_bindgen]
impl Engine {
    /// The statements of a definition, as a JSON array; nothing is run.
    #[wasm_bindgen(js_name = ddlSql)]
    pub fn ddl_sql(&self, operation: &str) -> Result<String, JsValue> {
        let db = self.database()?;
        to_json(&ddl::decode(operation).and_then(|ddl| ddl.sql(db)).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = runDdl)]
    pub fn run_ddl(&self, operation: &str) -> Result<(), JsValue> {
        let db = self.database()?;
        ddl::decode(operation).and_then(|operation| ddl::run(db, &operation)).map_err(to_js_error)
    }

    /// Inserts a batch of rows (see `table::rows`); `names` is a JSON array. The number of rows.
    #[wasm_bindgen(js_name = insertRows)]
    #[allow(clippy::too_many_arguments)]
    pub fn insert_rows(
        &self,
        table: &str,
        names: &str,
        n_rows: usize,
        kinds: &[u8],
        numbers: &[u64],
        text: &str,
        bytes: &[u8],
        first_row: usize,
    ) -> Result<f64, JsValue> {
        let names: Vec<String> = from_json(names)?;
        let rows = Rows { n_rows, n_columns: names.len(), kinds, numbers, text, bytes };
        self.database()?.counting_failures(|db| insert::insert(db, table, &names, rows, first_row)).map(|n| n as f64).map_err(to_js_error)
    }

    /// Inserts a plan's rows by the names of its columns.
    #[wasm_bindgen(js_name = insertPlan)]
    pub fn insert_plan(&self, table: &str, plan: &str) -> Result<f64, JsValue> {
        let db = self.database()?;
        wire::decode(plan)
            .and_then(|plan| db.counting_failures(|db| write::insert_plan(db, "insert", table, &plan, true)))
            .map(|n| n as f64)
            .map_err(to_js_error)
    }

    /// `saveAsTable` or, with `into`, `insertInto`; the number of rows, -1 when nothing was done.
    #[wasm_bindgen(js_name = writeTable)]
    pub fn write_table(&self, table: &str, plan: &str, mode: &str, into: bool) -> Result<f64, JsValue> {
        let db = self.database()?;
        let mode: write::Mode = from_json(&format!("\"{mode}\""))?;
        let run = if into { write::insert_into_table } else { write::save_as_table };
        wire::decode(plan)
            .and_then(|plan| db.counting_failures(|db| run(db, table, &plan, mode)))
            .map(|n| n.map_or(-1.0, |n| n as f64))
            .map_err(to_js_error)
    }

    /// The plan is `table → filter? → withColumns`.
    #[wasm_bindgen(js_name = updatePlan)]
    pub fn update_plan(&self, plan: &str) -> Result<f64, JsValue> {
        let db = self.database()?;
        wire::decode(plan).and_then(|plan| db.counting_failures(|db| update::update(db, plan))).map(|n| n as f64).map_err(to_js_error)
    }

    /// The plan is `table → filter?`.
    #[wasm_bindgen(js_name = deletePlan)]
    pub fn delete_plan(&self, plan: &str) -> Result<f64, JsValue> {
        let db = self.database()?;
        wire::decode(plan).and_then(|plan| db.counting_failures(|db| update::delete(db, plan))).map(|n| n as f64).map_err(to_js_error)
    }

    /// Makes the temporary table for the rows of a merge and gives its name; `names` is a JSON array.
    #[wasm_bindgen(js_name = beginMerge)]
    pub fn begin_merge(&self, table: &str, names: &str) -> Result<String, JsValue> {
        merge::begin(self.database()?, table, &from_json::<Vec<String>>(names)?).map_err(to_js_error)
    }

    /// Merges the rows that wait; `spec` is JSON.
    pub fn merge(&self, spec: &str) -> Result<f64, JsValue> {
        let spec = from_json(spec)?;
        self.database()?.counting_failures(|db| merge::merge(db, &spec)).map(|n| n as f64).map_err(to_js_error)
    }

    /// What was migrated, as JSON.
    #[wasm_bindgen(js_name = migrationHistory)]
    pub fn migration_history(&self) -> Result<String, JsValue> {
        to_json(&migrate::history(self.database()?).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = beginMigration)]
    pub fn begin_migration(&self, foreign_keys: bool) -> Result<bool, JsValue> {
        migrate::begin_step(self.database()?, foreign_keys).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = endMigration)]
    pub fn end_migration(&self, keys_off: bool) -> Result<(), JsValue> {
        migrate::end_step(self.database()?, keys_off).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = enforceKeys)]
    pub fn enforce_keys(&self) -> Result<(), JsValue> {
        migrate::enforce_keys(self.database()?).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = recordMigration)]
    pub fn record_migration(&self, applied: &str) -> Result<(), JsValue> {
        migrate::record(self.database()?, &from_json(applied)?).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = forgetMigration)]
    pub fn forget_migration(&self, version: &str) -> Result<(), JsValue> {
        migrate::forget(self.database()?, &from_json(version)?).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = schemaFingerprint)]
    pub fn schema_fingerprint(&self) -> Result<String, JsValue> {
        migrate::schema_fingerprint(self.database()?).map_err(to_js_error)
    }

    pub fn sha256(text: &str) -> String {
        migrate::sha256(text)
    }

    /// `[{name, type, nullable, default, primaryKey}]`.
    #[wasm_bindgen(js_name = tableColumns)]
    pub fn table_columns(&self, name: &str) -> Result<String, JsValue> {
        to_json(&reflect::schema(self.database()?.connection(), name).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = tableNames)]
    pub fn table_names(&self) -> Result<String, JsValue> {
        to_json(&reflect::tables(self.database()?.connection()).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = viewNames)]
    pub fn view_names(&self) -> Result<String, JsValue> {
        to_json(&reflect::views(self.database()?.connection()).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = tableIndexes)]
    pub fn table_indexes(&self, name: &str) -> Result<String, JsValue> {
        to_json(&reflect::indexes(self.database()?.connection(), name).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = foreignKeys)]
    pub fn foreign_keys(&self, name: &str) -> Result<String, JsValue> {
        to_json(&reflect::foreign_keys(self.database()?.connection(), name).map_err(to_js_error)?)
    }
}

#[wasm_bindgen]
impl Engine {
    /// Seconds from now that each of the statements that follow may take; 0 for any time.
    #[wasm_bindgen(js_name = setDeadline)]
    pub fn set_deadline(&self, seconds: f64) -> Result<(), JsValue> {
        self.database()?.set_deadline(seconds);
        Ok(())
    }

    /// Refuses writes; false when they were refused already.
    #[wasm_bindgen(js_name = lockWrites)]
    pub fn lock_writes(&self) -> Result<bool, JsValue> {
        let db = self.database()?;
        let lock = !db.is_read_only().map_err(to_js_error)?;
        if lock {
            db.set_read_only(true).map_err(to_js_error)?;
        }
        Ok(lock)
    }

    /// Begins a transaction; what it gives is for its end.
    #[wasm_bindgen(js_name = beginTransaction)]
    pub fn begin_transaction(&self, read_only: bool, foreign_keys: bool) -> Result<String, JsValue> {
        to_json(&transaction::begin(self.database()?, read_only, foreign_keys).map_err(to_js_error)?)
    }

    #[wasm_bindgen(js_name = commitTransaction)]
    pub fn commit_transaction(&self, begun: &str) -> Result<(), JsValue> {
        transaction::commit(self.database()?, from_json(begun)?).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = rollbackTransaction)]
    pub fn rollback_transaction(&self, begun: &str) -> Result<(), JsValue> {
        transaction::rollback(self.database()?, from_json(begun)?).map_err(to_js_error)
    }

    pub fn savepoint(&self, name: &str, counted: bool) -> Result<(), JsValue> {
        transaction::savepoint(self.database()?, name, counted).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = releaseSavepoint)]
    pub fn release_savepoint(&self, name: &str) -> Result<(), JsValue> {
        transaction::release(self.database()?, name).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = undoSavepoint)]
    pub fn undo_savepoint(&self, name: &str) -> Result<(), JsValue> {
        transaction::undo(self.database()?, name).map_err(to_js_error)
    }
}

fn from_json<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, JsValue> {
    serde_json::from_str(json).map_err(|e| to_js_error(Error::internal(e.to_string())))
}
