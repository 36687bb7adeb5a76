//! The only place that quotes. Names may hold anything but NUL, which SQLite cannot keep in a name.

/// `"name"`, with quotes inside doubled.
pub fn identifier(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    push_identifier(&mut text, name);
    text
}

pub fn push_identifier(text: &mut String, name: &str) {
    text.push('"');
    for c in name.chars() {
        match c {
            '"' => text.push_str("\"\""),
            // The parser would end the statement here; such a name cannot exist in a table.
            '\0' => text.push('\u{FFFD}'),
            c => text.push(c),
        }
    }
    text.push('"');
}

/// `` `name` ``, as Spark quotes.
pub fn push_backticked(text: &mut String, name: &str) {
    text.push('`');
    for c in name.chars() {
        if c == '`' {
            text.push('`');
        }
        text.push(c);
    }
    text.push('`');
}

/// `'text'` as a literal, for inline SQL. NUL cannot stand in SQL text, so such texts are put together with `char(0)`.
pub fn push_text(sql: &mut String, value: &str) {
    let plain = |sql: &mut String, part: &str| {
        sql.push('\'');
        for c in part.chars() {
            if c == '\'' {
                sql.push('\'');
            }
            sql.push(c);
        }
        sql.push('\'');
    };
    if !value.contains('\0') {
        plain(sql, value);
        return;
    }
    sql.push('(');
    for (i, part) in value.split('\0').enumerate() {
        if i > 0 {
            sql.push_str(" || char(0) || ");
        }
        plain(sql, part);
    }
    sql.push(')');
}

/// `X'0A'`.
pub fn push_blob(sql: &mut String, bytes: &[u8]) {
    use std::fmt::Write as _;
    sql.push_str("X'");
    for b in bytes {
        let _ = write!(sql, "{b:02X}");
    }
    sql.push('\'');
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(identifier("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(identifier("a]; --"), "\"a]; --\"");
        let mut sql = String::new();
        push_text(&mut sql, "it's\0so");
        assert_eq!(sql, "('it''s' || char(0) || 'so')");
    }
}
