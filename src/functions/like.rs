//! LIKE as in PySpark: case-sensitive, `\` escapes, `_` is one character, `%` any text with line breaks.
//!
//! SQLite's operator `x LIKE y ESCAPE z` calls `like(y, x, z)`, so ours is registered with that order; `ilike` is called as a function,
//! with the text first. `x REGEXP y` calls `regexp(y, x)`.

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::memo::Memo;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[("ilike", ilike)];

pub const PLAIN: &[(&str, i32, Scalar)] = &[("like", 2, like), ("like", 3, like), ("regexp", 2, super::regex::operator)];

#[derive(Debug, PartialEq)]
enum Token {
    Char(char),
    One,
    Many,
}

/// A pattern, with the common shapes told apart.
#[derive(Debug)]
enum Pattern {
    Equals(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    General(Vec<Token>),
}

thread_local! {
    static PATTERNS: Memo<Pattern> = const { Memo::new() };
}

fn like(args: &Args<'_>) -> Fallible<Value> {
    let (pattern, text) = (args.text(0)?, args.text(1)?);
    Ok(matches(&text, &pattern, &escape(args)?)?.into())
}

fn ilike(args: &Args<'_>) -> Fallible<Value> {
    let (text, pattern) = (args.text(0)?.to_lowercase(), args.text(1)?.to_lowercase());
    Ok(matches(&text, &pattern, &escape(args)?)?.into())
}

fn escape(args: &Args<'_>) -> Fallible<String> {
    if args.len() < 3 { Ok("\\".into()) } else { Ok(args.text(2)?.into_owned()) }
}

fn matches(text: &str, pattern: &str, escape: &str) -> Fallible<bool> {
    let mut chars = escape.chars();
    let (Some(escape), None) = (chars.next(), chars.next()) else {
        return Err(Fault::Error("like: the escape must be one character".into()));
    };
    let parsed = if escape == '\\' { PATTERNS.with(|m| m.get(pattern, |p| parse(p, escape)))? } else { std::rc::Rc::new(parse(pattern, escape)?) };
    Ok(match &*parsed {
        Pattern::Equals(s) => text == s,
        Pattern::Prefix(s) => text.starts_with(s.as_str()),
        Pattern::Suffix(s) => text.ends_with(s.as_str()),
        Pattern::Contains(s) => text.contains(s.as_str()),
        Pattern::General(tokens) => general(text, tokens),
    })
}

fn parse(pattern: &str, escape: char) -> Fallible<Pattern> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            _ if c == escape => match chars.next() {
                Some(next) if next == '%' || next == '_' || next == escape => Token::Char(next),
                _ => return Err(Fault::Error(format!("like: in the pattern '{pattern}' the escape '{escape}' must stand before %, _ or itself"))),
            },
            '_' => Token::One,
            '%' if tokens.last() == Some(&Token::Many) => continue,
            '%' => Token::Many,
            c => Token::Char(c),
        });
    }
    let literal = |part: &[Token]| -> Option<String> { part.iter().map(|t| if let Token::Char(c) = t { Some(*c) } else { None }).collect() };
    let shape = match tokens.as_slice() {
        [Token::Many, middle @ .., Token::Many] => literal(middle).map(Pattern::Contains),
        [rest @ .., Token::Many] => literal(rest).map(Pattern::Prefix),
        [Token::Many, rest @ ..] => literal(rest).map(Pattern::Suffix),
        all => literal(all).map(Pattern::Equals),
    };
    Ok(shape.unwrap_or(Pattern::General(tokens)))
}

/// Goes forward; where it fails, the last `%` takes one character more.
fn general(text: &str, tokens: &[Token]) -> bool {
    let (mut at, mut token) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let c = text.get(at..).and_then(|rest| rest.chars().next());
        match (tokens.get(token), c) {
            (Some(Token::Many), _) => {
                retry = Some((at, token));
                token += 1;
                continue;
            }
            (None, None) => return true,
            (Some(Token::One), Some(c)) => {
                at += c.len_utf8();
                token += 1;
                continue;
            }
            (Some(Token::Char(p)), Some(c)) if *p == c => {
                at += c.len_utf8();
                token += 1;
                continue;
            }
            _ => {}
        }
        let Some((from, many)) = retry else { return false };
        let Some(c) = text.get(from..).and_then(|rest| rest.chars().next()) else { return false };
        retry = Some((from + c.len_utf8(), many));
        (at, token) = (from + c.len_utf8(), many + 1);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("abc", "a%", true),
            ("abc", "A%", false),
            ("abc", "_b_", true),
            ("é", "_", true),
            ("", "_", false),
            ("", "%", true),
            ("a%b", "a\\%b", true),
            ("axb", "a\\%b", false),
            ("aXbYc", "a%b%c", true),
            ("aaab", "%a_b", true),
            ("line\nbreak", "line%_reak", true),
            ("back\\slash", "back\\\\slash", true),
        ] {
            assert_eq!(matches(text, pattern, "\\"), Ok(expected), "{text} like {pattern}");
        }
        assert!(matches("a", "a\\", "\\").is_err());
        assert!(matches("a", "a", "").is_err());
        assert_eq!(matches("a%", "a#%", "#"), Ok(true));
    }
}
