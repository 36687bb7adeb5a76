//! Java's regular expressions, in the spelling of the `regex` crate, or of `fancy-regex` where that cannot do it.
//!
//! Translated: `\d \w \s` match ASCII only, as in Java; `\Q…\E`, `\h`, `\R`, `\Z`, `\e`, `\p{Alpha}` and its like, possessive
//! quantifiers as greedy ones. `$` matches at the very end only, not also before a last line break.
//!
//! Patterns run in time linear in the text, but for those with lookahead, lookbehind, back references or atomic groups: they backtrack,
//! and give up with an error after a million steps.

use std::ops::Range;

use super::args::{Fallible, Fault};
use super::memo::Memo;

/// A compiled pattern.
pub enum Regex {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// A match with its groups.
pub enum Found<'t> {
    Linear(regex::Captures<'t>),
    Backtracking(fancy_regex::Captures<'t, str>),
}

impl<'t> Found<'t> {
    /// Where the whole match stands.
    pub fn range(&self) -> Range<usize> {
        match self {
            Found::Linear(captures) => captures.get(0).map_or(0..0, |m| m.range()),
            Found::Backtracking(captures) => captures.get(0).map_or(0..0, |m| m.range()),
        }
    }

    /// The text of a group, empty where it took no part.
    pub fn group(&self, index: usize) -> &'t str {
        match self {
            Found::Linear(captures) => captures.get(index).map_or("", |m| m.as_str()),
            Found::Backtracking(captures) => captures.get(index).map_or("", |m| m.as_str()),
        }
    }
}

fn gave_up(error: &fancy_regex::Error) -> Fault {
    Fault::Error(format!("a regular expression with lookaround or back references: {error}"))
}

impl Regex {
    /// Calls `take` with each match in turn, until it says false.
    pub fn each<'t>(&self, text: &'t str, mut take: impl FnMut(&Found<'t>) -> bool) -> Fallible<()> {
        match self {
            Regex::Linear(regex) => {
                for captures in regex.captures_iter(text) {
                    if !take(&Found::Linear(captures)) {
                        break;
                    }
                }
            }
            Regex::Backtracking(regex) => {
                for captures in regex.captures_iter(text) {
                    if !take(&Found::Backtracking(captures.map_err(|e| gave_up(&e))?)) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    pub fn find(&self, text: &str) -> Fallible<Option<Range<usize>>> {
        match self {
            Regex::Linear(regex) => Ok(regex.find(text).map(|m| m.range())),
            Regex::Backtracking(regex) => regex.find(text).map(|found| found.map(|m| m.range())).map_err(|e| gave_up(&e)),
        }
    }

    pub fn is_match(&self, text: &str) -> Fallible<bool> {
        match self {
            Regex::Linear(regex) => Ok(regex.is_match(text)),
            Regex::Backtracking(regex) => regex.is_match(text).map_err(|e| gave_up(&e)),
        }
    }

    /// The number of groups besides the whole.
    pub fn n_groups(&self) -> usize {
        match self {
            Regex::Linear(regex) => regex.captures_len(),
            Regex::Backtracking(regex) => regex.captures_len(),
        }
        .saturating_sub(1)
    }

    pub fn group_named(&self, name: &str) -> Option<usize> {
        match self {
            Regex::Linear(regex) => regex.capture_names().position(|n| n == Some(name)),
            Regex::Backtracking(regex) => regex.capture_names().position(|n| n == Some(name)),
        }
    }
}

thread_local! {
    static PATTERNS: Memo<Regex> = const { Memo::new() };
}

/// A pattern, compiled once.
pub fn compiled(pattern: &str) -> Fallible<std::rc::Rc<Regex>> {
    PATTERNS.with(|m| m.get(pattern, compile))
}

fn compile(pattern: &str) -> Fallible<Regex> {
    let fault = |reason: &str| Fault::Error(format!("regular expression '{pattern}': {reason}"));
    let Translated { text, backtracks } = translate(pattern).map_err(fault)?;
    // The limits keep a pattern from taking all of a small memory, or all time.
    let compiled = if backtracks {
        let mut builder = fancy_regex::RegexBuilder::new(&text);
        let built = builder.delegate_size_limit(4 << 20).backtrack_limit(1_000_000).build();
        built.map(|regex| Regex::Backtracking(Box::new(regex))).map_err(|e| e.to_string())
    } else {
        regex::RegexBuilder::new(&text).size_limit(4 << 20).build().map(Regex::Linear).map_err(|e| e.to_string())
    };
    compiled.map_err(|text| fault(text.lines().last().unwrap_or("").trim_start_matches("error: ")))
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

struct Translated {
    text: String,
    /// Does it need an engine that backtracks?
    backtracks: bool,
}

/// A Java pattern in the crate's spelling.
fn translate(pattern: &str) -> Result<Translated, &'static str> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut backtracks = false;
    let mut chars = pattern.chars().peekable();
    let mut depth = 0usize;
    // May the next + be a possessive mark?
    let mut after_quantifier = false;
    while let Some(c) = chars.next() {
        let quantifier = std::mem::take(&mut after_quantifier);
        match c {
            '\\' => {
                let next = chars.next().ok_or("it ends with a lone backslash")?;
                backtracks |= depth == 0 && matches!(next, '1'..='9' | 'k' | 'G');
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
                    backtracks |= group(&mut chars, &mut out);
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
    Ok(Translated { text: out, backtracks })
}

type Chars<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// What follows `(?`. Does it look around, or hold on to what it found?
fn group(chars: &mut Chars<'_>, out: &mut String) -> bool {
    match chars.peek() {
        Some('=' | '!' | '>') => {
            out.push('?');
            true
        }
        Some('<') => {
            chars.next();
            if matches!(chars.peek(), Some('=' | '!')) {
                out.push_str("?<");
                return true;
            }
            out.push_str("?P<");
            false
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
            false
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
        // fancy-regex would take the digits that follow as part of the number.
        '1'..='9' if !in_class => {
            out.push_str(&format!("(?:\\{c})"));
            Ok(())
        }
        'k' | 'G' if !in_class => {
            out.push('\\');
            out.push(c);
            Ok(())
        }
        'X' => Err("\\X is not supported"),
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

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn found<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
        compile(pattern).unwrap().find(text).unwrap().map(|m| &text[m])
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
    fn lookaround_and_back_references() {
        assert_eq!(found("a(?=b)", "ac ab"), Some("a"));
        assert_eq!(found("\\d+(?!px|\\d)", "12px 34em"), Some("34"));
        assert_eq!(found("(?<=€)\\d+", "$1 €22"), Some("22"));
        assert_eq!(found("(?<!a)b", "ab b"), Some("b"));
        assert_eq!(found("(\\w)\\1", "abccd"), Some("cc"));
        assert_eq!(found("(?<q>['\"]).*?\\k<q>", "say 'it'"), Some("'it'"));
        assert_eq!(found("(?>a+)b", "aab"), Some("aab"));
        for open in ["(?=", "(?<=", "(?>(", "("] {
            assert!(compile(&open.repeat(20_000)).is_err(), "{open}");
        }
        let catastrophe = compile("(?=(a+)+$)b|(a*)*\\2c").unwrap();
        assert!(catastrophe.find(&"a".repeat(40)).is_err() || catastrophe.find(&"a".repeat(40)) == Ok(None));
    }

    #[test]
    fn refused_patterns_say_why() {
        for (pattern, reason) in [("(", "unclosed"), ("a\\", "backslash"), ("(a)\\2", "group"), ("(?<=a", "paren")] {
            let Err(Fault::Error(message)) = compile(pattern) else { panic!("{pattern}") };
            assert!(message.contains(reason), "{message}");
        }
    }
}
