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
        open_path(path, Some(node::VFS), OpenOptions { read_only, create }).map(Engine::over).map_err(to_js_error)
    }
}
