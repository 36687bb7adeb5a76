//! What is generated from the registry: the TypeScript `F` and its documentation page. `cargo run --example functions` writes both.

use std::fmt::Write;

use super::{Function, FunctionKind, Param, StringIs, Wants, functions};

/// Functions of `F` that are written by hand in `functions-special.ts`.
const BY_HAND: &[&str] = &["countDistinct", "sumDistinct", "struct"];

const FAMILIES: &[(&str, &str)] = &[
    ("aggregate", "Aggregates"),
    ("text", "Text"),
    ("math", "Numbers"),
    ("date", "Dates and timestamps"),
    ("condition", "NULL and conditions"),
    ("array", "Arrays, structs, maps, JSON"),
    ("window", "Windows"),
    ("misc", "Hashes, identities, types"),
];

/// The names that `F` has for a function: its own, and aliases that are spelled as JavaScript spells.
fn f_names(function: &Function) -> impl Iterator<Item = &'static str> {
    std::iter::once(function.name).chain(function.aliases.iter().copied().filter(|a| !a.contains('_') && *a != "if"))
}

/// `pkg/src/functions.ts`.
pub fn typescript() -> String {
    let mut specs: Vec<String> = Vec::new();
    let mut body = String::new();
    for (family, title) in FAMILIES {
        let _ = writeln!(body, "\n  // ---- {}", title.to_lowercase());
        for function in functions().iter().filter(|f| f.family == *family && !BY_HAND.contains(&f.name)) {
            let spec = spec_name(function, &mut specs);
            for name in f_names(function) {
                let _ = write!(
                    body,
                    "\n  /** {}. */\n  {name}: ({}): Column => call(\"{}\", [{}], {spec}),\n",
                    function.doc,
                    parameters(function),
                    name,
                    arguments(function)
                );
            }
        }
    }
    let mut text = String::from(
        "/**\n * The functions of `F`. Generated from the engine's registry by `cargo run --example functions`: changes belong there.\n */\n\
         import { call, type ColumnArg, type ParamSpec } from \"./call.js\";\n\
         import type { Column } from \"./column.js\";\n\
         import * as special from \"./functions-special.js\";\n\n\
         type Text = string | Column;\ntype Numeric = number | bigint | Column;\ntype Flag = boolean | Column;\ntype Columns = readonly (ColumnArg | readonly ColumnArg[])[];\n\n\
         const column = (name: string, optional?: boolean, variadic?: boolean): ParamSpec => ({ name, string: \"column\", optional, variadic });\n\
         const literal = (name: string, optional?: boolean, variadic?: boolean): ParamSpec => ({ name, string: \"literal\", optional, variadic });\n\n",
    );
    for (i, spec) in specs.iter().enumerate() {
        let _ = writeln!(text, "const P{i}: readonly ParamSpec[] = [{spec}];");
    }
    let _ = write!(text, "\nexport const F = Object.freeze({{{body}\n  ...special,\n}});\n");
    text
}

fn spec_name(function: &Function, specs: &mut Vec<String>) -> String {
    let spec: Vec<String> = function
        .params
        .iter()
        .map(|p| {
            let kind = if p.string_is == StringIs::Column { "column" } else { "literal" };
            match (p.optional, p.variadic) {
                (false, false) => format!("{kind}(\"{}\")", p.name),
                (optional, false) => format!("{kind}(\"{}\", {optional})", p.name),
                (optional, variadic) => format!("{kind}(\"{}\", {optional}, {variadic})", p.name),
            }
        })
        .collect();
    let spec = spec.join(", ");
    let place = specs.iter().position(|s| *s == spec).unwrap_or_else(|| {
        specs.push(spec);
        specs.len() - 1
    });
    format!("P{place}")
}

/// A parameter's name in JavaScript, where a few words are reserved.
fn js_name(param: &Param) -> String {
    match param.name {
        "default" => "defaultValue".into(),
        name => name.into(),
    }
}

fn parameters(function: &Function) -> String {
    let list: Vec<String> = function
        .params
        .iter()
        .map(|p| {
            let name = js_name(p);
            if p.variadic {
                return format!("...{name}: Columns");
            }
            let js_type = match (p.string_is, p.wants) {
                (StringIs::Literal, Wants::Text) => "Text",
                (StringIs::Literal, Wants::Integer | Wants::Number) => "Numeric",
                (StringIs::Literal, Wants::Boolean) => "Flag",
                _ => "ColumnArg",
            };
            format!("{name}{}: {js_type}", if p.optional { "?" } else { "" })
        })
        .collect();
    list.join(", ")
}

fn arguments(function: &Function) -> String {
    let list: Vec<String> = function.params.iter().map(|p| if p.variadic { format!("...{}", js_name(p)) } else { js_name(p) }).collect();
    list.join(", ")
}

/// `www/functions.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Functions\n\n\
         Every function of `F` and of SQL expressions. Generated from the registry by `cargo run --example functions`.\n\n\
         A parameter in *italics* takes a column: a string there is a column's name. In others a string is itself. `?` may be left out, `…` may be repeated.\n\
         Where nothing else is said, a NULL argument gives NULL.\n",
    );
    for (family, title) in FAMILIES {
        let _ = write!(text, "\n## {title}\n\n| `F` | SQL | |\n|---|---|---|\n");
        for function in functions().iter().filter(|f| f.family == *family) {
            let params: Vec<String> = function
                .params
                .iter()
                .map(|p| {
                    let mark = if p.variadic {
                        "…"
                    } else if p.optional {
                        "?"
                    } else {
                        ""
                    };
                    if p.string_is == StringIs::Column { format!("*{}*{mark}", p.name) } else { format!("{}{mark}", p.name) }
                })
                .collect();
            let also: Vec<String> = function.aliases.iter().filter(|a| !a.contains('_')).map(|a| format!("`{a}`")).collect();
            let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
            let over = if function.kind == FunctionKind::Window { "; needs `over`" } else { "" };
            let _ = writeln!(
                text,
                "| `{}`({}){also} | `{}` | {}{over} |",
                function.name,
                params.join(", "),
                function.sql_name,
                function.doc.replace('|', "\\|")
            );
        }
    }
    text
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::path::Path;

    fn is_committed(path: &str, expected: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        // The published crate comes without the package and the pages.
        if path.parent().is_some_and(Path::exists) {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == expected, "{} is not what the registry gives; run `cargo run --example functions`", path.display());
        }
    }

    #[test]
    fn the_typescript_functions_are_those_of_the_registry() {
        is_committed("pkg/src/functions.ts", &super::typescript());
    }

    #[test]
    fn the_page_of_functions_is_that_of_the_registry() {
        is_committed("www/functions.md", &super::markdown());
    }
}
