//! Files of the host over the boundary; see `crate::storage`.

use wasm_bindgen::prelude::*;

use super::{Engine, to_js_error};
use crate::storage::node::{self, HostFiles};
use crate::storage::{OpenOptions, open_path};

#[wasm_bindgen]
impl Engine {
    /// Opens a file in place through `files`, which serve all later calls too.
    #[wasm_bindgen(js_name = openFile)]
    pub fn open_file(files: HostFiles, path: &str, read_only: bool, create: bool) -> Result<Engine, JsValue> {
        node::register(files).map_err(to_js_error)?;
        open_path(path, Some(node::VFS), OpenOptions { read_only, create }).map(Engine::over).map_err(|e| to_js_error(e.within("connect")))
    }

    /// The full path of the database's file; undefined for one in memory.
    #[wasm_bindgen(js_name = fileName)]
    pub fn file_name(&self) -> Result<Option<String>, JsValue> {
        Ok(self.database()?.connection().path().filter(|path| !path.is_empty()).map(str::to_owned))
    }
}
