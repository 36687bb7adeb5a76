//! Pieces of SQL text that go into a definition as they are: CHECK, DEFAULT, generated columns, WHERE of an index.

use crate::error::{Code, Error, Result};

/// Refuses a second statement in the text of a SELECT. Comments are fine here.
pub fn check_statement(place: &str, text: &str) -> Result<()> {
    let mut quote = None;
    let mut comment = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (comment, quote, c) {
            (Some('\n'), _, '\n') => comment = None,
            (Some('*'), _, '/') if before == '*' => comment = None,
            (Some(_), _, _) => {}
            (None, Some(q), _) if c == q => quote = None,
            (None, Some(_), _) => {}
            (None, None, '-') if before == '-' => comment = Some('\n'),
            (None, None, '*') if before == '/' => comment = Some('*'),
            (None, None, '\'' | '"' | '`') => quote = Some(c),
            (None, None, '[') => quote = Some(']'),
            (None, None, ';') => return Err(Error::new(Code::SyntaxError, format!("{place}: one SELECT is expected")).sql(text).position(at)),
            _ => {}
        }
        before = c;
    }
    Ok(())
}

/// Refuses text that could end the place it is put into: unbalanced parentheses, open quotes, comments, a semicolon.
/// What remains is one expression or an error of SQLite's parser, never a second statement.
pub fn check<'a>(place: &str, text: &'a str) -> Result<&'a str> {
    let fail = |what: &str, at: usize| {
        Err(Error::new(Code::SyntaxError, format!("{place}: {what}")).sql(text).position(at).hint("one SQL expression is expected"))
    };
    let mut depth = 0usize;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' | '"' | '`' | '[' => {
                let close = if c == '[' { ']' } else { c };
                loop {
                    match chars.next() {
                        None => return fail("a quote is not closed", at),
                        Some((_, d)) if d == close => {
                            // A doubled quote stands for itself, except in [brackets].
                            if close != ']' && chars.peek().is_some_and(|(_, next)| *next == close) {
                                chars.next();
                            } else {
                                break;
                            }
                        }
                        Some(_) => {}
                    }
                }
            }
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return fail("a parenthesis closes that was never opened", at),
            },
            ';' => return fail("a semicolon", at),
            '\0' => return fail("a NUL character", at),
            '-' if chars.peek().is_some_and(|(_, next)| *next == '-') => return fail("a comment", at),
            '/' if chars.peek().is_some_and(|(_, next)| *next == '*') => return fail("a comment", at),
            _ => {}
        }
    }
    if depth > 0 {
        return fail("a parenthesis is not closed", text.len());
    }
    if text.trim().is_empty() {
        return fail("an empty expression", 0);
    }
    Ok(text.trim())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::check;

    #[test]
    fn expressions_pass() {
        for good in ["amount > 0", "length(name) > 3 and x in ('a;b', 'it''s', ')')", "\"odd)name\" is not null", "a - b", "[x)] > 1"] {
            assert_eq!(check("check", good).unwrap(), good);
        }
    }

    #[test]
    fn text_that_would_leave_its_place_is_refused() {
        for bad in ["1) ; drop table t; --", "1; select 2", "a -- b", "a /* b", "'open", "(1", "1)", "", "  ", "a\0b", "\"open"] {
            assert!(check("check", bad).is_err(), "{bad:?}");
        }
    }
}
