//! Text. Positions count code points from 1.

use std::collections::HashMap;

use rusqlite::types::ValueRef;

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("upper", upper),
    ("lower", lower),
    ("initcap", initcap),
    ("length", length),
    ("char_length", length),
    ("octet_length", octet_length),
    ("bit_length", bit_length),
    ("trim", trim),
    ("btrim", trim),
    ("ltrim", ltrim),
    ("rtrim", rtrim),
    ("lpad", lpad),
    ("rpad", rpad),
    ("substring", substring),
    ("substring_index", substring_index),
    ("left", left),
    ("right", right),
    ("instr", instr),
    ("locate", locate),
    ("replace", replace),
    ("translate", translate),
    ("repeat", repeat),
    ("split_part", split_part),
    ("contains", contains),
    ("startswith", starts_with),
    ("endswith", ends_with),
    ("levenshtein", levenshtein),
    ("soundex", soundex),
    ("ascii", ascii),
    ("chr", chr),
    ("overlay", overlay),
    ("find_in_set", find_in_set),
    ("elt", elt),
    ("space", space),
];

/// What one call may make: SQLite's own limit for a value.
pub const MAX_BYTES: usize = 1_000_000_000;

fn int(n: usize) -> Fallible<Value> {
    Ok(Value::Integer(n as i64))
}

fn upper(args: &Args<'_>) -> Fallible<Value> {
    Ok(args.text(0)?.to_uppercase().into())
}

fn lower(args: &Args<'_>) -> Fallible<Value> {
    Ok(args.text(0)?.to_lowercase().into())
}

fn initcap(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let mut result = String::with_capacity(text.len());
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            result.push(' ');
        }
        let Some(first) = word.chars().next() else { continue };
        title(first, &mut result);
        // A sigma at the end looks back at the whole word.
        let lower = word.to_lowercase();
        result.extend(lower.chars().skip(first.to_lowercase().count()));
    }
    Ok(result.into())
}

/// Title case: `ß` becomes `Ss`, `ǆ` is `ǅ`.
fn title(c: char, out: &mut String) {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => out.push('ǅ'),
        'Ǉ' | 'ǈ' | 'ǉ' => out.push('ǈ'),
        'Ǌ' | 'ǋ' | 'ǌ' => out.push('ǋ'),
        'Ǳ' | 'ǲ' | 'ǳ' => out.push('ǲ'),
        'ŉ' => out.extend(c.to_uppercase()),
        c => {
            let mut upper = c.to_uppercase();
            out.extend(upper.next());
            out.extend(upper.flat_map(char::to_lowercase));
        }
    }
}

fn length(args: &Args<'_>) -> Fallible<Value> {
    match args.raw(0) {
        ValueRef::Blob(bytes) => int(bytes.len()),
        _ => int(args.text(0)?.chars().count()),
    }
}

fn octet_length(args: &Args<'_>) -> Fallible<Value> {
    int(args.bytes(0)?.len())
}

fn bit_length(args: &Args<'_>) -> Fallible<Value> {
    int(args.bytes(0)?.len() * 8)
}

fn trimmed(args: &Args<'_>, start: bool, end: bool) -> Fallible<Value> {
    let text = args.text(0)?;
    let set: Vec<char> = if args.len() > 1 { args.text(1)?.chars().collect() } else { vec![' '] };
    let mut rest: &str = &text;
    if start {
        rest = rest.trim_start_matches(|c| set.contains(&c));
    }
    if end {
        rest = rest.trim_end_matches(|c| set.contains(&c));
    }
    Ok(rest.into())
}

fn trim(args: &Args<'_>) -> Fallible<Value> {
    trimmed(args, true, true)
}

fn ltrim(args: &Args<'_>) -> Fallible<Value> {
    trimmed(args, true, false)
}

fn rtrim(args: &Args<'_>) -> Fallible<Value> {
    trimmed(args, false, true)
}

/// The padding to a length, or None where the text is long enough.
fn padding(args: &Args<'_>, text: &str) -> Fallible<Result<String, usize>> {
    let length = usize::try_from(args.long(1)?.max(0)).unwrap_or(usize::MAX);
    let pad = if args.len() > 2 { args.text(2)? } else { " ".into() };
    let n_chars = text.chars().count();
    if n_chars >= length {
        return Ok(Err(length));
    }
    if pad.is_empty() {
        return Ok(Ok(String::new()));
    }
    let missing = length - n_chars;
    if missing.saturating_mul(4) > MAX_BYTES {
        return Err(Fault::Error(format!("padding to {length} characters makes the text too long")));
    }
    Ok(Ok(pad.chars().cycle().take(missing).collect()))
}

fn lpad(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    Ok(match padding(args, &text)? {
        Ok(pad) => format!("{pad}{text}").into(),
        Err(length) => text.chars().take(length).collect::<String>().into(),
    })
}

fn rpad(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    Ok(match padding(args, &text)? {
        Ok(pad) => format!("{text}{pad}").into(),
        Err(length) => text.chars().take(length).collect::<String>().into(),
    })
}

/// Where a part begins and ends: from position `start` (0 counts as 1, negative from the end; before the start, what is left of the length counts).
pub fn slice_bounds(n: usize, start: i64, length: i64) -> (usize, usize) {
    let n = n as i64;
    let from = match start {
        1.. => start - 1,
        0 => 0,
        _ => n.saturating_add(start),
    };
    let to = from.saturating_add(length.max(0)).clamp(0, n);
    let from = from.clamp(0, n);
    (from as usize, to.max(from) as usize)
}

/// The characters from one place to another.
fn chars_between(text: &str, from: usize, to: usize) -> &str {
    if text.is_ascii() {
        return text.get(from..to).unwrap_or("");
    }
    let mut places = text.char_indices().map(|(i, _)| i).chain(std::iter::once(text.len()));
    let start = places.nth(from).unwrap_or(text.len());
    let end = if to > from { places.nth(to - from - 1).unwrap_or(text.len()) } else { start };
    text.get(start..end).unwrap_or("")
}

fn part(args: &Args<'_>, start: i64, length: i64) -> Fallible<Value> {
    if let ValueRef::Blob(bytes) = args.raw(0) {
        let (from, to) = slice_bounds(bytes.len(), start, length);
        return Ok(Value::Blob(bytes[from..to].to_vec()));
    }
    let text = args.text(0)?;
    let (from, to) = slice_bounds(text.chars().count(), start, length);
    Ok(chars_between(&text, from, to).into())
}

fn substring(args: &Args<'_>) -> Fallible<Value> {
    part(args, args.long(1)?, args.long_or(2, i64::MAX)?)
}

fn left(args: &Args<'_>) -> Fallible<Value> {
    part(args, 1, args.long(1)?)
}

fn right(args: &Args<'_>) -> Fallible<Value> {
    let length = args.long(1)?;
    if length <= 0 {
        return Ok("".into());
    }
    part(args, length.saturating_neg(), i64::MAX)
}

fn substring_index(args: &Args<'_>) -> Fallible<Value> {
    let (text, delimiter, count) = (args.text(0)?, args.text(1)?, args.long(2)?);
    if count == 0 || delimiter.is_empty() {
        return Ok("".into());
    }
    let nth = usize::try_from(count.unsigned_abs() - 1).unwrap_or(usize::MAX);
    // Occurrences may overlap, as in Spark: the search goes on one character further.
    let found = if count > 0 {
        occurrences(&text, &delimiter).nth(nth).map(|at| &text[..at])
    } else {
        let all: Vec<usize> = occurrences(&text, &delimiter).collect();
        all.iter().rev().nth(nth).map(|at| &text[at + delimiter.len()..])
    };
    Ok(found.unwrap_or(&text).into())
}

/// Byte offsets at which a text occurs, also overlapping.
fn occurrences<'t>(text: &'t str, part: &'t str) -> impl Iterator<Item = usize> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(part)?;
        from = at + text.get(at..)?.chars().next().map_or(1, char::len_utf8);
        Some(at)
    })
}

/// The position of a part at or after a place, both counted in characters; 0 if absent.
fn position(text: &str, part: &str, from: usize) -> usize {
    let Some(start) = text.char_indices().map(|(i, _)| i).chain(std::iter::once(text.len())).nth(from) else {
        return 0;
    };
    match text[start..].find(part) {
        Some(at) => text[..start + at].chars().count() + 1,
        None => 0,
    }
}

fn instr(args: &Args<'_>) -> Fallible<Value> {
    if let (ValueRef::Blob(text), ValueRef::Blob(part)) = (args.raw(0), args.raw(1)) {
        let at = if part.is_empty() { Some(0) } else { text.windows(part.len()).position(|w| w == part) };
        return int(at.map_or(0, |i| i + 1));
    }
    int(position(&args.text(0)?, &args.text(1)?, 0))
}

fn locate(args: &Args<'_>) -> Fallible<Value> {
    let (part, text, from) = (args.text(0)?, args.text(1)?, args.long_or(2, 1)?);
    if from < 1 {
        return int(0);
    }
    // An empty text is found at the start, wherever the search begins.
    if part.is_empty() {
        return int(1);
    }
    int(position(&text, &part, usize::try_from(from - 1).unwrap_or(usize::MAX)))
}

fn replace(args: &Args<'_>) -> Fallible<Value> {
    let (text, search) = (args.text(0)?, args.text(1)?);
    let by = if args.len() > 2 { args.text(2)? } else { "".into() };
    if search.is_empty() {
        return Ok(text.into_owned().into());
    }
    Ok(text.replace(&*search, &by).into())
}

fn translate(args: &Args<'_>) -> Fallible<Value> {
    let (text, from, to) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let mut map: HashMap<char, Option<char>> = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        let by = to.next();
        map.entry(c).or_insert(by);
    }
    Ok(text.chars().filter_map(|c| map.get(&c).copied().unwrap_or(Some(c))).collect::<String>().into())
}

fn repeated(text: &str, n: i64) -> Fallible<Value> {
    let n = usize::try_from(n.max(0)).unwrap_or(usize::MAX);
    if text.len().saturating_mul(n) > MAX_BYTES {
        return Err(Fault::Error(format!("{n} repetitions make the text too long")));
    }
    Ok(text.repeat(n).into())
}

fn repeat(args: &Args<'_>) -> Fallible<Value> {
    repeated(&args.text(0)?, args.long(1)?)
}

fn space(args: &Args<'_>) -> Fallible<Value> {
    repeated(" ", args.long(0)?)
}

fn split_part(args: &Args<'_>) -> Fallible<Value> {
    let (text, delimiter, n) = (args.text(0)?, args.text(1)?, args.long(2)?);
    let parts: Vec<&str> = if delimiter.is_empty() { vec![&*text] } else { text.split(&*delimiter).collect() };
    let index = match n {
        0 => return Err(Fault::Error("split_part: parts count from 1, there is no part 0".into())),
        1.. => usize::try_from(n - 1).ok(),
        _ => usize::try_from(n.unsigned_abs()).ok().and_then(|back| parts.len().checked_sub(back)),
    };
    Ok(index.and_then(|i| parts.get(i)).copied().unwrap_or("").into())
}

fn contains(args: &Args<'_>) -> Fallible<Value> {
    Ok(args.text(0)?.contains(&*args.text(1)?).into())
}

fn starts_with(args: &Args<'_>) -> Fallible<Value> {
    Ok(args.text(0)?.starts_with(&*args.text(1)?).into())
}

fn ends_with(args: &Args<'_>) -> Fallible<Value> {
    Ok(args.text(0)?.ends_with(&*args.text(1)?).into())
}

fn levenshtein(args: &Args<'_>) -> Fallible<Value> {
    let a: Vec<char> = args.text(0)?.chars().collect();
    let b: Vec<char> = args.text(1)?.chars().collect();
    if a.len().saturating_mul(b.len()) > MAX_BYTES {
        return Err(Fault::Error("levenshtein: the texts are too long to compare".into()));
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    let distance = row[b.len()] as i64;
    Ok(Value::Integer(if args.len() > 2 && distance > args.long(2)? { -1 } else { distance }))
}

/// Codes of the letters A to Z; 7 marks H and W, which do not part equal codes, 0 vowels, which do.
const SOUNDEX: &[u8; 26] = b"01230127022455012623017202";

fn soundex(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let code = |c: u8| SOUNDEX.get(usize::from(c.to_ascii_uppercase().wrapping_sub(b'A'))).copied();
    let Some(first) = text.bytes().next().filter(u8::is_ascii_alphabetic) else {
        return Ok(text.into_owned().into());
    };
    let mut result = String::from(char::from(first.to_ascii_uppercase()));
    let mut last = code(first).unwrap_or(b'0');
    for byte in text.bytes().skip(1) {
        match code(byte) {
            Some(b'7') => {}
            Some(c) => {
                if c != b'0' && c != last {
                    result.push(char::from(c));
                    if result.len() == 4 {
                        break;
                    }
                }
                last = c;
            }
            None => last = b'0',
        }
    }
    while result.len() < 4 {
        result.push('0');
    }
    Ok(result.into())
}

fn ascii(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(args.text(0)?.chars().next().map_or(0, |c| i64::from(u32::from(c)))))
}

fn chr(args: &Args<'_>) -> Fallible<Value> {
    let n = args.long(0)?;
    if n < 0 {
        return Ok("".into());
    }
    Ok(char::from(n.rem_euclid(256) as u8).to_string().into())
}

fn overlay(args: &Args<'_>) -> Fallible<Value> {
    let (text, by, pos) = (args.text(0)?, args.text(1)?, args.long(2)?);
    let length = match args.long_or(3, -1)? {
        n if n >= 0 => n,
        _ => by.chars().count() as i64,
    };
    let n = text.chars().count();
    // As Spark: substring(1, pos - 1), the replacement, substring(pos + length).
    let (a, b) = slice_bounds(n, 1, pos.saturating_sub(1));
    let (c, d) = slice_bounds(n, pos.saturating_add(length), i64::MAX);
    Ok(format!("{}{by}{}", chars_between(&text, a, b), chars_between(&text, c, d)).into())
}

fn find_in_set(args: &Args<'_>) -> Fallible<Value> {
    let (text, list) = (args.text(0)?, args.text(1)?);
    if text.contains(',') {
        return int(0);
    }
    int(list.split(',').position(|part| part == text).map_or(0, |i| i + 1))
}

fn elt(args: &Args<'_>) -> Fallible<Value> {
    let n = args.long(0)?;
    match usize::try_from(n) {
        Ok(i) if i >= 1 && i < args.len() => Ok(args.text(i)?.into_owned().into()),
        _ => Err(Fault::Null),
    }
}
