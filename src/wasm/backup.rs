//! Images, restore and dumps over the boundary; see `crate::backup`.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::backup::{self, RestoreOptions};
use crate::engine::Database;

#[wasm_bindgen]
impl Engine {
    /// A database in memory that holds a copy of an image, verified.
    #[wasm_bindgen(js_name = openImage)]
    pub fn open_image(image: &[u8]) -> Result<Engine, JsValue> {
        let database = Database::open_in_memory().map_err(to_js_error)?;
        backup::restore(&database, image, &RestoreOptions { foreign_keys: false }).map_err(to_js_error)?;
        Ok(Engine::over(database))
    }

    /// Starts a backup in memory; its number.
    #[wasm_bindgen(js_name = backupBegin)]
    pub fn backup_begin(&self) -> Result<u32, JsValue> {
        let database = self.database()?;
        database.backups.begin(database, None).map_err(to_js_error)
    }

    /// Copies some pages: `{totalPages, remainingPages, done}`.
    #[wasm_bindgen(js_name = backupStep)]
    pub fn backup_step(&self, id: u32, n_pages: i32) -> Result<String, JsValue> {
        to_json(&self.database()?.backups.step(id, n_pages).map_err(to_js_error)?)
    }

    /// Ends a backup in memory that is done; its image.
    #[wasm_bindgen(js_name = backupImage)]
    pub fn backup_image(&self, id: u32) -> Result<Vec<u8>, JsValue> {
        self.database()?.backups.take(id).and_then(backup::Export::into_image).map_err(to_js_error)
    }

    /// Gives a backup up.
    #[wasm_bindgen(js_name = backupDrop)]
    pub fn backup_drop(&self, id: u32) -> Result<(), JsValue> {
        // One that has ended already is no matter.
        let _ = self.database()?.backups.take(id);
        Ok(())
    }

    /// Verifies an image and swaps it in: `{pages, pageSize, bytes, tables}`.
    pub fn restore(&self, image: &[u8], foreign_keys: bool) -> Result<String, JsValue> {
        to_json(&backup::restore(self.database()?, image, &RestoreOptions { foreign_keys }).map_err(to_js_error)?)
    }
}
