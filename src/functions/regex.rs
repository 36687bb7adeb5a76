//! Functions of regular expressions. Patterns are Java's, see [`super::java_regex`].

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::java_regex::{Found, Regex, compiled};
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

fn group_index(args: &Args<'_>, regex: &Regex, default: i64) -> Fallible<usize> {
    let index = args.long_or(2, default)?;
    let n_groups = regex.n_groups();
    usize::try_from(index).ok().filter(|i| *i <= n_groups).ok_or_else(|| {
        Fault::Error(format!("regular expression '{}' has {n_groups} groups, there is no group {index}", args.text(1).unwrap_or_default()))
    })
}

fn extract(args: &Args<'_>) -> Fallible<Value> {
    let (text, regex) = (args.text(0)?, compiled(&args.text(1)?)?);
    let index = group_index(args, &regex, 1)?;
    let mut found = "";
    regex.each(&text, |captures| {
        found = captures.group(index);
        false
    })?;
    Ok(found.into())
}

fn extract_all(args: &Args<'_>) -> Fallible<Value> {
    let (text, regex) = (args.text(0)?, compiled(&args.text(1)?)?);
    let index = group_index(args, &regex, 1)?;
    let mut all: Vec<&str> = vec![];
    regex.each(&text, |captures| {
        all.push(captures.group(index));
        true
    })?;
    strings(&all)
}

fn strings<T: serde::Serialize>(parts: &[T]) -> Fallible<Value> {
    serde_json::to_string(parts).map(Value::Text).map_err(|e| Fault::Error(e.to_string()))
}

fn like(args: &Args<'_>) -> Fallible<Value> {
    Ok(compiled(&args.text(1)?)?.is_match(&args.text(0)?)?.into())
}

/// `x REGEXP y` is `regexp(y, x)`.
pub fn operator(args: &Args<'_>) -> Fallible<Value> {
    Ok(compiled(&args.text(0)?)?.is_match(&args.text(1)?)?.into())
}

fn count(args: &Args<'_>) -> Fallible<Value> {
    let mut n = 0;
    compiled(&args.text(1)?)?.each(&args.text(0)?, |_| {
        n += 1;
        true
    })?;
    Ok(Value::Integer(n))
}

fn substr(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    compiled(&args.text(1)?)?.find(&text)?.filter(|m| !m.is_empty()).map(|m| text[m].into()).ok_or(Fault::Null)
}

fn instr(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let at = compiled(&args.text(1)?)?.find(&text)?.map_or(0, |m| text[..m.start].chars().count() + 1);
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
    let mut result = before.to_owned();
    let mut from = 0;
    regex.each(rest, |captures: &Found<'_>| {
        let whole = captures.range();
        result.push_str(&rest[from..whole.start]);
        from = whole.end;
        for piece in &template {
            result.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Group(i) => captures.group(*i),
            });
        }
        true
    })?;
    result.push_str(&rest[from..]);
    Ok(result.into())
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
    let n_groups = regex.n_groups();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '$' => {
                let group = if chars.peek() == Some(&'{') {
                    chars.next();
                    let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    regex.group_named(&name)
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
    strings(&parts(&text, &pattern, limit)?)
}

/// The parts between matches of a pattern, at most `limit`.
pub fn parts(text: &str, pattern: &str, limit: usize) -> Fallible<Vec<String>> {
    // An empty pattern gives the characters, as many as the limit allows; PySpark drops the rest.
    if pattern.is_empty() {
        let parts: Vec<String> = text.chars().take(limit).map(String::from).collect();
        return Ok(if parts.is_empty() { vec![String::new()] } else { parts });
    }
    let regex = compiled(pattern)?;
    let mut parts: Vec<String> = Vec::new();
    let mut from = 0;
    regex.each(text, |captures| {
        let found = captures.range();
        if parts.len() + 1 >= limit {
            return false;
        }
        // An empty match parts characters, also from the end, but not at the start.
        if found.end > 0 {
            parts.push(text[from..found.start].to_owned());
            from = found.end;
        }
        true
    })?;
    parts.push(text[from..].to_owned());
    Ok(parts)
}
