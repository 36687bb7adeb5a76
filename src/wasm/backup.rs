//! Images, restore and dumps over the boundary; see `crate::backup`.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error, to_json};
use crate::backup::{self, Header, RestoreOptions};
use crate::engine::Database;
use crate::error::Error;
use crate::storage::node::{self, HostFiles};
use crate::storage::{OpenOptions, connect, open_path};
use crate::telemetry::EventKind;

/// Bytes of a dump that go to JavaScript at once.
const DUMP_PART: usize = 1 << 18;

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

    /// Starts a backup into a new file; its number.
    #[wasm_bindgen(js_name = backupBeginFile)]
    pub fn backup_begin_file(&self, files: HostFiles, path: &str) -> Result<u32, JsValue> {
        let database = self.database()?;
        node::register(files).map_err(to_js_error)?;
        let begin = || {
            let target = connect(path, Some(node::VFS), OpenOptions::default()).map_err(|e| e.within("backup"))?;
            // Nobody else sees this file before it is whole and synced.
            target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
            database.backups.begin(database, Some(target))
        };
        begin().map_err(to_js_error)
    }

    /// Ends a backup into a file that is done.
    #[wasm_bindgen(js_name = backupCloseFile)]
    pub fn backup_close_file(&self, id: u32) -> Result<(), JsValue> {
        self.database()?.backups.take(id).and_then(backup::Export::into_target).map(drop).map_err(to_js_error)
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

    /// The same from a file, which is never loaded whole. `head` holds its first bytes, `n_bytes` its size.
    #[wasm_bindgen(js_name = restoreFile)]
    pub fn restore_file(&self, files: HostFiles, path: &str, head: &[u8], n_bytes: f64, foreign_keys: bool) -> Result<String, JsValue> {
        let database = self.database()?;
        node::register(files).map_err(to_js_error)?;
        let restore = || {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Header::parse(head, n_bytes as u64).and_then(|header| header.check_size(n_bytes as u64)).map_err(|e| e.within("restore"))?;
            let source = open_path(path, Some(node::VFS), OpenOptions { read_only: true, create: false }).map_err(|e| e.within("restore"))?;
            backup::restore_from(database, &source, &RestoreOptions { foreign_keys })
        };
        to_json(&restore().map_err(to_js_error)?)
    }

    /// Begins to record changes into a file, or into memory.
    #[wasm_bindgen(js_name = historyEnable)]
    pub fn history_enable(&self, path: Option<String>) -> Result<(), JsValue> {
        let database = self.database()?;
        database.history.enable(database, path.as_deref()).map_err(to_js_error)
    }

    #[wasm_bindgen(js_name = historyDisable)]
    pub fn history_disable(&self) -> Result<(), JsValue> {
        let database = self.database()?;
        database.history.disable(database).map_err(to_js_error)
    }

    /// `[{id, at, kind, bytes, note}]`.
    #[wasm_bindgen(js_name = historyList)]
    pub fn history_list(&self) -> Result<String, JsValue> {
        let database = self.database()?;
        to_json(&database.history.list(database).map_err(to_js_error)?)
    }

    /// Takes the database back to an entry, or to a time in seconds since 1970.
    #[wasm_bindgen(js_name = historyRestore)]
    pub fn history_restore(&self, is_id: bool, to: f64, foreign_keys: bool) -> Result<String, JsValue> {
        let database = self.database()?;
        to_json(&database.history.restore(database, point(is_id, to), &RestoreOptions { foreign_keys }).map_err(to_js_error)?)
    }

    /// Forgets what is older; the number of entries that went.
    #[wasm_bindgen(js_name = historyPrune)]
    pub fn history_prune(&self, is_id: bool, before: f64) -> Result<usize, JsValue> {
        let database = self.database()?;
        database.history.prune(database, point(is_id, before)).map_err(to_js_error)
    }

    /// What is readable of a damaged image, as a whole image in `Recovered`.
    #[wasm_bindgen(js_name = recoverImage)]
    pub fn recover_image(image: &[u8]) -> Result<Recovered, JsValue> {
        let (database, report) = backup::recover(image).map_err(to_js_error)?;
        Ok(Recovered { image: backup::image(&database).map_err(to_js_error)?, report: to_json(&report)? })
    }

    /// The database as SQL text.
    pub fn dump(&self) -> Result<String, JsValue> {
        backup::dump_text(self.database()?).map_err(to_js_error)
    }

    /// The same part by part to a JavaScript function; what that throws ends it. A text of a large database would be longer than JavaScript's may be.
    #[wasm_bindgen(js_name = dumpTo)]
    pub fn dump_to(&self, write: &js_sys::Function) -> Result<(), JsValue> {
        let mut text = String::new();
        let mut thrown = None;
        let result = backup::dump(self.database()?, |part| {
            text.push_str(part);
            if text.len() < DUMP_PART {
                return Ok(());
            }
            write.call1(&JsValue::NULL, &std::mem::take(&mut text).into()).map(|_| ()).map_err(|error| {
                thrown = Some(error);
                Error::internal("the writer of the dump threw")
            })
        });
        if let Some(thrown) = thrown {
            return Err(thrown);
        }
        result.map_err(to_js_error)?;
        write.call1(&JsValue::NULL, &text.into()).map(|_| ())
    }

    /// Replaces the database by what SQL text makes: `{pages, pageSize, bytes, tables}`.
    #[wasm_bindgen(js_name = loadDump)]
    pub fn load_dump(&self, sql: &str, foreign_keys: bool) -> Result<String, JsValue> {
        to_json(&backup::load_dump(self.database()?, sql, &RestoreOptions { foreign_keys }).map_err(to_js_error)?)
    }

    /// Emits the event of a backup or restore that JavaScript carried through; `metadata` is a JSON object.
    #[wasm_bindgen(js_name = backupEvent)]
    pub fn backup_event(&self, is_restore: bool, elapsed: f64, metadata: &str) -> Result<(), JsValue> {
        let kind = if is_restore { EventKind::Restore } else { EventKind::Backup };
        self.database()?.telemetry.emit_with(kind, || (String::new(), elapsed, serde_json::from_str(metadata).unwrap_or_default()));
        Ok(())
    }
}

#[allow(clippy::cast_possible_truncation)]
fn point(is_id: bool, value: f64) -> backup::PointInTime {
    if is_id { backup::PointInTime::Id(value as i64) } else { backup::PointInTime::UnixSeconds(value) }
}

/// A recovered image and the report on it, as JSON.
#[wasm_bindgen]
pub struct Recovered {
    image: Vec<u8>,
    report: String,
}

#[wasm_bindgen]
impl Recovered {
    #[wasm_bindgen(js_name = takeImage)]
    pub fn take_image(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.image)
    }

    #[wasm_bindgen(getter)]
    pub fn report(&self) -> String {
        self.report.clone()
    }
}
