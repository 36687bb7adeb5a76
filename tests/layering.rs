//! The layout of the crate is its architecture: each module may use only those named for it here.

// It reads the sources, and there are no files in WebAssembly.
#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules it may use. `error`'s use of rusqlite is conversion of its errors only.
const ALLOWED: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("value", &["error"]),
    ("types", &["error", "value"]),
    ("schema", &["error", "value", "types"]),
    ("expr", &["error", "value", "types", "schema"]),
    ("plan", &["error", "value", "types", "schema", "expr"]),
    ("analyze", &["error", "value", "types", "schema", "expr", "plan"]),
    ("compile", &["error", "value", "types", "schema", "expr", "plan", "analyze"]),
    ("functions", &["error", "value", "types", "expr", "csv"]),
    ("csv", &["error", "value", "types", "schema"]),
    ("json", &["error", "value", "types", "schema", "csv"]),
    ("text", &["error", "value", "types", "schema", "csv"]),
    ("telemetry", &["error", "value"]),
    ("engine", BELOW_ENGINE),
    ("table", &["error", "value", "types", "schema", "expr", "plan", "analyze", "compile", "functions", "telemetry", "engine", "backup"]),
    ("load", &["error", "value", "types", "schema", "csv", "json", "text", "compile", "telemetry", "engine", "table"]),
    ("storage", &["error", "value", "telemetry", "engine"]),
    ("backup", &["error", "value", "types", "schema", "compile", "telemetry", "engine", "storage"]),
];

/// One arrow points up: a `Database` owns the jobs, the history and the followers of its connection, so that they end before it does.
/// Nothing else in `engine` may know `backup`.
const UPWARDS: (&str, &str) = ("engine/mod.rs", "backup");

const BELOW_ENGINE: &[&str] = &["error", "value", "types", "schema", "expr", "plan", "analyze", "compile", "functions", "telemetry"];

/// Where JavaScript may be named: the boundary, the clock, and the storage that calls out to the host.
fn may_name_javascript(file: &Path) -> bool {
    let path = file.to_string_lossy().replace('\\', "/");
    path.contains("src/wasm/") || path.contains("src/storage/") || path.ends_with("telemetry/clock.rs")
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Is the whole file a module of tests? Its parent, `mod.rs` beside it or the file named as its folder, says so on the line above `mod`.
fn is_tests(file: &Path) -> bool {
    let name = file.file_stem().unwrap().to_string_lossy();
    let parents = [file.with_file_name("mod.rs"), file.parent().unwrap().with_extension("rs")];
    parents.iter().any(|parent| {
        let parent = fs::read_to_string(parent).unwrap_or_default();
        let lines: Vec<&str> = parent.lines().collect();
        lines.windows(2).any(|pair| pair[0].starts_with("#[cfg(") && pair[0].contains("test") && pair[1].ends_with(&format!("mod {name};")))
    })
}

/// The part of a file that is not its tests: what stands before an inline module of tests.
fn code(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {").map_or(text, |at| &text[..at])
}

fn modules_used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let end = group.find('}').unwrap_or(group.len());
            for name in group[..end].split(',') {
                used.insert(name.trim().split("::").next().unwrap_or("").to_owned());
            }
        } else {
            used.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used.remove("");
    used
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 10, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !is_tests(file)) {
        let relative = file.strip_prefix(&src).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(file).unwrap();
        let text = code(&text).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        if module != "lib" && module != "wasm" {
            let allowed = ALLOWED.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("src/{module} is not in the layering table")).1;
            for used in modules_used(&text) {
                let is_upwards = relative.to_string_lossy().replace('\\', "/") == UPWARDS.0 && used == UPWARDS.1;
                if used != module && !is_upwards && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}: {module} may not use {used}", relative.display()));
                }
            }
        }
        if !may_name_javascript(file) {
            for name in ["wasm_bindgen::", "js_sys::", "web_sys::"] {
                if text.contains(name) {
                    wrong.push(format!("{}: names {name}", relative.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
