//! The user's own SELECT inside ours: its parameters are found, so that they can be numbered with all others.

use super::ast::{E, literal};
use crate::error::{Error, Result};
use crate::expr::Literal;

/// Where each parameter stands in the text (byte range), and its value.
pub fn bind(sql: &str, params: &[(String, Literal)]) -> Result<Vec<(usize, usize, E)>> {
    let mut bound = vec![];
    let mut used = vec![false; params.len()];
    let mut next = 0;
    for (start, end) in placeholders(sql) {
        let text = sql.get(start..end).unwrap_or("");
        let at = match text.strip_prefix('?') {
            Some("") => {
                next += 1;
                Some(next - 1)
            }
            Some(number) => {
                let n = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                next = next.max(n.map_or(0, |n| n + 1));
                n
            }
            None => params.iter().position(|(name, _)| Some(name.as_str()) == text.get(1..)),
        };
        let Some((_, value)) = at.and_then(|at| params.get(at)) else {
            return Err(Error::invalid(format!("the parameter {text} has no value")).sql(sql).position(start));
        };
        if let Some(at) = at {
            used[at] = true;
        }
        bound.push((start, end, literal(value.value.clone(), value.data_type.clone())));
    }
    if let Some(at) = used.iter().position(|u| !u) {
        let name = if params[at].0.is_empty() { format!("number {}", at + 1) } else { format!("\"{}\"", params[at].0) };
        return Err(Error::invalid(format!("parameter {name} is not in the SQL text")).sql(sql));
    }
    Ok(bound)
}

/// Byte ranges of `?`, `?1`, `:name`, `@name`, `$name` outside of strings, quoted names and comments.
fn placeholders(sql: &str) -> Vec<(usize, usize)> {
    let bytes = sql.as_bytes();
    let mut found = vec![];
    let mut i = 0;
    let skip_to = |from: usize, end: &[u8]| (from..bytes.len()).find(|at| bytes[*at..].starts_with(end)).map_or(bytes.len(), |at| at + end.len());
    let word = |from: usize| {
        (from..bytes.len()).find(|at| !(bytes[*at].is_ascii_alphanumeric() || bytes[*at] == b'_' || bytes[*at] >= 0x80)).unwrap_or(bytes.len())
    };
    while i < bytes.len() {
        match bytes[i] {
            quote @ (b'\'' | b'"' | b'`') => i = skip_to(i + 1, &[quote]),
            b'[' => i = skip_to(i + 1, b"]"),
            b'-' if bytes[i..].starts_with(b"--") => i = skip_to(i, b"\n"),
            b'/' if bytes[i..].starts_with(b"/*") => i = skip_to(i + 2, b"*/"),
            b'?' => {
                let end = (i + 1..bytes.len()).find(|at| !bytes[*at].is_ascii_digit()).unwrap_or(bytes.len());
                found.push((i, end));
                i = end;
            }
            b':' | b'@' | b'$' => {
                let end = word(i + 1);
                if end > i + 1 {
                    found.push((i, end));
                }
                i = end.max(i + 1);
            }
            c if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 => i = word(i + 1).max(i + 1),
            _ => i += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::placeholders;

    #[test]
    fn only_real_placeholders() {
        let sql = "select ?, '?', \"a:b\", [x?], :n -- ?\n, /* :m */ ?2, @a, $b, x::int";
        let texts: Vec<&str> = placeholders(sql).into_iter().map(|(a, b)| &sql[a..b]).collect();
        assert_eq!(texts, ["?", ":n", "?2", "@a", "$b", ":int"]);
    }
}
