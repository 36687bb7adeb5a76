//! Writes what is generated from the function registry: `pkg/src/functions.ts` and `www/functions.md`.

use std::path::Path;

use moltres::expr::registry::render;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(root.join("pkg/src/functions.ts"), render::typescript())?;
    std::fs::write(root.join("www/functions.md"), render::markdown())
}
