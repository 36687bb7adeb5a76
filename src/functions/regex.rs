//! Regular expressions. Patterns are Java's, translated to those of the `regex` crate.
//!
//! Translated: `\d \w \s` match ASCII only, as in Java; `\Q…\E`, `\h`, `\R`, `\Z`, `\e`, `\p{Alpha}`
//! and its like, possessive quantifiers as greedy ones. Refused with a clear error, since the engine is linear in time: lookahead,
//! lookbehind, back references, atomic groups. `$` matches at the very end only, not also before a last line break.

use regex::{Captures, Regex, RegexBuilder};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::memo::Memo;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("split", split),
    ("regexp_extract", extract),
    ("regexp_extract_all", extract_all),
    ("regexp_replace", replace),
    ("regexp_like", like),
    ("regexp_count", count),
    ("regexp_substr", substr),
    ("regexp_instr", instr),
];

thread_local! {
    static PATTERNS: Memo<Regex> = const { Memo::new() };
}

fn compiled(pattern: &str) -> Fallible<std::rc::Rc<Regex>> {
    PATTERNS.with(|m| m.get(pattern, compile))
}

fn compile(pattern: &str) -> Fallible<Regex> {
    let translated = translate(pattern).map_err(|what| Fault::Error(format!("regular expression '{pattern}': {what}")))?;
    // The limit keeps a pattern from taking all of a small memory.
    RegexBuilder::new(&translated).size_limit(4 << 20).build().map_err(|e| {
        let text = e.to_string();
        let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
        Fault::Error(format!("regular expression '{pattern}': {reason}"))
    })
}

/// Named classes of Java that the crate spells otherwise; contents of a bracket.
fn java_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" | "javaLowerCase" => "a-z",
        "Upper" | "javaUpperCase" => "A-Z",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "0-9a-zA-Z",
        "Punct" => "!-/:-@\\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => " \\t",
        "Cntrl" => "\\x00-\\x1f\\x7f",
        "XDigit" => "0-9a-fA-F",
        "Space" => " \\t\\n\\x0b\\f\\r",
        "ASCII" => "\\x00-\\x7f",
        _ => return None,
    })
}

/// A Java pattern in the crate's spelling.
fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut depth = 0usize;
    // May the next + be a possessive mark?
    let mut after_quantifier = false;
    while let Some(c) = chars.next() {
        let quantifier = std::mem::take(&mut after_quantifier);
        match c {
            '\\' => {
                let next = chars.next().ok_or("it ends with a lone backslash")?;
                escape(next, &mut chars, depth > 0, &mut out)?;
            }
            '[' => {
                depth += 1;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
                // A bracket that closes at once is a literal in both, written out to be sure.
                if chars.peek() == Some(&']') {
                    out.push_str("\\]");
                    chars.next();
                }
            }
            ']' if depth > 0 => {
                depth -= 1;
                out.push(']');
            }
            // Set operators of the crate that Java does not know.
            '-' | '~' if depth > 0 && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            _ if depth > 0 => out.push(c),
            '(' => {
                out.push('(');
                if chars.peek() == Some(&'?') {
                    chars.next();
                    group(&mut chars, &mut out)?;
                }
            }
            '+' if quantifier => {}
            '*' | '+' | '?' => {
                out.push(c);
                after_quantifier = !quantifier;
            }
            '{' => {
                out.push('{');
                for d in chars.by_ref() {
                    out.push(d);
                    if d == '}' {
                        break;
                    }
                }
                after_quantifier = true;
            }
            ']' | '}' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    Ok(out)
}

type Chars<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// What follows `(?`.
fn group(chars: &mut Chars<'_>, out: &mut String) -> Result<(), &'static str> {
    match chars.peek() {
        Some('=' | '!') => Err("lookahead is not supported"),
        Some('>') => Err("atomic groups are not supported"),
        Some('<') => {
            chars.next();
            match chars.peek() {
                Some('=' | '!') => Err("lookbehind is not supported"),
                _ => {
                    out.push_str("?P<");
                    Ok(())
                }
            }
        }
        _ => {
            out.push('?');
            // Flags: Java's d and U have no twin; x, i, m, s mean the same.
            while let Some(flag) = chars.peek().copied().filter(|f| f.is_ascii_alphabetic() || *f == '-') {
                chars.next();
                if !matches!(flag, 'd' | 'u' | 'U') {
                    out.push(flag);
                }
            }
            if out.ends_with('?') && chars.peek() == Some(&')') {
                // Nothing is left of the flags: an empty group.
                out.push(':');
            }
            Ok(())
        }
    }
}

/// What follows a backslash.
fn escape(c: char, chars: &mut Chars<'_>, in_class: bool, out: &mut String) -> Result<(), &'static str> {
    let mut class = |inside: &str, negated: bool| {
        match (in_class, negated) {
            (true, false) => out.push_str(inside),
            (_, true) => out.push_str(&format!("[^{inside}]")),
            (false, false) => out.push_str(&format!("[{inside}]")),
        }
        Ok(())
    };
    match c {
        'd' => class("0-9", false),
        'D' => class("0-9", true),
        'w' => class("a-zA-Z_0-9", false),
        'W' => class("a-zA-Z_0-9", true),
        's' => class(" \\t\\n\\x0b\\f\\r", false),
        'S' => class(" \\t\\n\\x0b\\f\\r", true),
        'h' => class(" \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000", false),
        'H' => class(" \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000", true),
        'v' => class("\\n\\x0b\\f\\r\\u0085\\u2028\\u2029", false),
        'V' => class("\\n\\x0b\\f\\r\\u0085\\u2028\\u2029", true),
        'b' | 'B' if !in_class => {
            out.push_str(if c == 'b' { "\\b" } else { "\\B" });
            Ok(())
        }
        'R' => {
            out.push_str("(?:\\r\\n|[\\n\\x0b\\f\\r\\u0085\\u2028\\u2029])");
            Ok(())
        }
        'Z' => {
            out.push_str("(?:\\r?\\n)?\\z");
            Ok(())
        }
        'e' => {
            out.push_str("\\x1b");
            Ok(())
        }
        '0' => {
            let mut code = 0;
            for _ in 0..3 {
                match chars.peek().and_then(|d| d.to_digit(8)).filter(|d| code * 8 + d <= 0o377) {
                    Some(d) => {
                        code = code * 8 + d;
                        chars.next();
                    }
                    None => break,
                }
            }
            out.push_str(&format!("\\x{{{code:x}}}"));
            Ok(())
        }
        'Q' => {
            let mut quoted = String::new();
            for d in chars.by_ref() {
                quoted.push(d);
                if quoted.ends_with("\\E") {
                    break;
                }
            }
            out.push_str(&regex::escape(quoted.strip_suffix("\\E").unwrap_or(&quoted)));
            Ok(())
        }
        'E' => Ok(()),
        'p' | 'P' if chars.peek() == Some(&'{') => {
            chars.next();
            let name: String = chars.by_ref().take_while(|d| *d != '}').collect();
            match java_class(&name) {
                Some(inside) => class(inside, c == 'P'),
                None => {
                    let name = name.strip_prefix("Is").or_else(|| name.strip_prefix("In")).unwrap_or(&name);
                    out.push_str(&format!("\\{c}{{{name}}}"));
                    Ok(())
                }
            }
        }
        '1'..='9' | 'k' => Err("back references are not supported"),
        'G' | 'X' => Err("this boundary is not supported"),
        // Letters keep their meaning; anything else is a literal.
        c if c.is_ascii_alphabetic() => {
            out.push('\\');
            out.push(c);
            Ok(())
        }
        c => {
            if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
                out.push('\\');
            }
            out.push(c);
            Ok(())
        }
    }
}

/// The group of a match, empty where it took no part.
fn group_text<'t>(captures: &Captures<'t>, index: usize) -> &'t str {
    captures.get(index).map_or("", |m| m.as_str())
}

fn group_index(args: &Args<'_>, regex: &Regex, default: i64) -> Fallible<usize> {
    let index = args.long_or(2, default)?;
    let n_groups = regex.captures_len() - 1;
    usize::try_from(index).ok().filter(|i| *i <= n_groups).ok_or_else(|| {
        Fault::Error(format!("regular expression '{}' has {n_groups} groups, there is no group {index}", args.text(1).unwrap_or_default()))
    })
}

fn extract(args: &Args<'_>) -> Fallible<Value> {
    let (text, regex) = (args.text(0)?, compiled(&args.text(1)?)?);
    let index = group_index(args, &regex, 1)?;
    Ok(regex.captures(&text).map_or("", |c| group_text(&c, index)).into())
}

fn extract_all(args: &Args<'_>) -> Fallible<Value> {
    let (text, regex) = (args.text(0)?, compiled(&args.text(1)?)?);
    let index = group_index(args, &regex, 1)?;
    let all: Vec<&str> = regex.captures_iter(&text).map(|c| group_text(&c, index)).collect();
    strings(&all)
}

fn strings<T: serde::Serialize>(parts: &[T]) -> Fallible<Value> {
    serde_json::to_string(parts).map(Value::Text).map_err(|e| Fault::Error(e.to_string()))
}

fn like(args: &Args<'_>) -> Fallible<Value> {
    Ok(compiled(&args.text(1)?)?.is_match(&args.text(0)?).into())
}

/// `x REGEXP y` is `regexp(y, x)`.
pub fn operator(args: &Args<'_>) -> Fallible<Value> {
    Ok(compiled(&args.text(0)?)?.is_match(&args.text(1)?).into())
}

fn count(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(compiled(&args.text(1)?)?.find_iter(&args.text(0)?).count() as i64))
}

fn substr(args: &Args<'_>) -> Fallible<Value> {
    compiled(&args.text(1)?)?.find(&args.text(0)?).map(|m| m.as_str().into()).ok_or(Fault::Null)
}

fn instr(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let at = compiled(&args.text(1)?)?.find(&text).map_or(0, |m| text[..m.start()].chars().count() + 1);
    Ok(Value::Integer(at as i64))
}

fn replace(args: &Args<'_>) -> Fallible<Value> {
    let (text, regex, by) = (args.text(0)?, compiled(&args.text(1)?)?, args.text(2)?);
    let position = args.long_or(3, 1)?;
    if position < 1 {
        return Err(Fault::Error(format!("regexp_replace: the position must be at least 1, not {position}")));
    }
    let skip = usize::try_from(position - 1).unwrap_or(usize::MAX);
    let Some(start) = text.char_indices().map(|(i, _)| i).chain(std::iter::once(text.len())).nth(skip) else {
        return Ok(text.into_owned().into());
    };
    let (before, rest) = text.split_at(start);
    let template = template(&by, &regex)?;
    let replaced = regex.replace_all(rest, |captures: &Captures<'_>| {
        let mut result = String::new();
        for piece in &template {
            match piece {
                Piece::Text(text) => result.push_str(text),
                Piece::Group(i) => result.push_str(group_text(captures, *i)),
            }
        }
        result
    });
    Ok(format!("{before}{replaced}").into())
}

enum Piece {
    Text(String),
    Group(usize),
}

/// A replacement as Java reads it: `$1` and `${name}` are groups, a backslash makes the next character literal.
fn template(by: &str, regex: &Regex) -> Fallible<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = by.chars().peekable();
    let n_groups = regex.captures_len() - 1;
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '$' => {
                let group = if chars.peek() == Some(&'{') {
                    chars.next();
                    let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    regex.capture_names().position(|n| n == Some(name.as_str()))
                } else {
                    // As many digits as still name a group.
                    let mut index = chars.next().and_then(|d| d.to_digit(10)).map(|d| d as usize);
                    while let (Some(i), Some(d)) = (index, chars.peek().and_then(|d| d.to_digit(10))) {
                        let longer = i * 10 + d as usize;
                        if longer > n_groups {
                            break;
                        }
                        index = Some(longer);
                        chars.next();
                    }
                    index.filter(|i| *i <= n_groups)
                };
                let group = group.ok_or_else(|| Fault::Error(format!("regexp_replace: '{by}' names a group that the regular expression lacks")))?;
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Group(group));
            }
            c => text.push(c),
        }
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

/// As Java's split with a limit; without one (or with one below 1) empty parts at the end are kept.
fn split(args: &Args<'_>) -> Fallible<Value> {
    let (text, pattern, limit) = (args.text(0)?, args.text(1)?, args.long_or(2, -1)?);
    let limit = usize::try_from(limit).ok().filter(|n| *n > 0).unwrap_or(usize::MAX);
    if pattern.is_empty() && limit == usize::MAX {
        let parts: Vec<String> = text.chars().map(String::from).collect();
        return if parts.is_empty() { strings(&[""]) } else { strings(&parts) };
    }
    let regex = compiled(&pattern)?;
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    for found in regex.find_iter(&text) {
        if parts.len() + 1 >= limit {
            break;
        }
        // An empty match parts characters, but neither at the start nor at the end.
        if found.is_empty() && (found.start() == 0 || found.start() >= text.len()) {
            continue;
        }
        if found.end() == 0 {
            continue;
        }
        parts.push(&text[from..found.start()]);
        from = found.end();
    }
    parts.push(&text[from..]);
    strings(&parts)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn found<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
        compile(pattern).unwrap().find(text).map(|m| m.as_str())
    }

    #[test]
    fn java_patterns() {
        assert_eq!(found("\\d+", "a٣12"), Some("12"));
        assert_eq!(found("[\\w.]+", "é a.b"), Some("a.b"));
        assert_eq!(found("[^\\d]+", "12ab3"), Some("ab"));
        assert_eq!(found("\\Qa.b\\E", "axb a.b"), Some("a.b"));
        assert_eq!(found("a++b", "aaab"), Some("aaab"));
        assert_eq!(found("(?i)ABC", "xabc"), Some("abc"));
        assert_eq!(found("\\p{Alpha}+", "1ab"), Some("ab"));
        assert_eq!(found("\\p{L}+", "1éb"), Some("éb"));
        assert_eq!(found("(?<year>\\d{4})", "in 2024"), Some("2024"));
        assert_eq!(found("a.c", "a\nc abc"), Some("abc"));
        assert_eq!(found("[]a]+", "x]a"), Some("]a"));
        assert_eq!(found("\\.|\\(|\\)", "f(x)"), Some("("));
        assert_eq!(found("[\\-\\]]+", "a-]"), Some("-]"));
        assert_eq!(found("}", "a}"), Some("}"));
        assert_eq!(found("\\u00e9", "aé"), Some("é"));
    }

    #[test]
    fn refused_patterns_say_why() {
        for (pattern, reason) in
            [("(?=a)", "lookahead"), ("(?<!a)b", "lookbehind"), ("(a)\\1", "back references"), ("(", "unclosed"), ("a\\", "backslash")]
        {
            let Err(Fault::Error(message)) = compile(pattern) else { panic!("{pattern}") };
            assert!(message.contains(reason), "{message}");
        }
    }
}
