//! Spark's datetime patterns: `yyyy-MM-dd HH:mm:ss.SSS`, in both directions. English names, UTC.
//!
//! Letters: `G y M L d D Q q E F a h H k K m s S V z O X x Z`; `'text'` and `''` are literal, `[…]` is optional when reading.
//! Refused as in Spark 3 and later: week-based letters (`Y w W u e c`) and five letters of a name.

mod read;

use rusqlite::types::ValueRef;

use self::read::parse;
use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::civil::{self, MICROS_PER_DAY, MICROS_PER_SECOND};
use super::date::{DAYS, MONTHS, short, timestamp};
use super::memo::Memo;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("date_format", date_format),
    ("to_date", to_date),
    ("to_timestamp", to_timestamp),
    ("unix_timestamp", unix_timestamp),
    ("from_unixtime", from_unixtime),
];

const DEFAULT: &str = "yyyy-MM-dd HH:mm:ss";

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Literal(String),
    Field(char, usize),
    Open,
    Close,
}

thread_local! {
    static PATTERNS: Memo<Vec<Item>> = const { Memo::new() };
}

fn compiled(pattern: &str) -> Fallible<std::rc::Rc<Vec<Item>>> {
    PATTERNS.with(|m| m.get(pattern, compile))
}

fn compile(pattern: &str) -> Fallible<Vec<Item>> {
    let bad = |what: String| Fault::Error(format!("date pattern '{pattern}': {what}"));
    let mut items: Vec<Item> = Vec::new();
    let literal = |items: &mut Vec<Item>, c: char| match items.last_mut() {
        Some(Item::Literal(text)) => text.push(c),
        _ => items.push(Item::Literal(c.into())),
    };
    let mut chars = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                if chars.peek() == Some(&'\'') {
                    chars.next();
                    literal(&mut items, '\'');
                    continue;
                }
                loop {
                    match chars.next() {
                        Some('\'') if chars.peek() == Some(&'\'') => {
                            chars.next();
                            literal(&mut items, '\'');
                        }
                        Some('\'') => break,
                        Some(inner) => literal(&mut items, inner),
                        None => return Err(bad("a quote is not closed".into())),
                    }
                }
            }
            '[' => {
                depth += 1;
                items.push(Item::Open);
            }
            ']' if depth > 0 => {
                depth -= 1;
                items.push(Item::Close);
            }
            ']' | '{' | '}' | '#' => return Err(bad(format!("'{c}' must be quoted"))),
            _ if c.is_ascii_alphabetic() => {
                let mut n = 1;
                while chars.peek() == Some(&c) {
                    chars.next();
                    n += 1;
                }
                let most = match c {
                    'y' => 6,
                    'G' | 'M' | 'L' | 'Q' | 'q' | 'E' | 'z' | 'O' => 4,
                    'D' => 3,
                    'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'V' => 2,
                    'a' | 'F' => 1,
                    'S' => 9,
                    'X' | 'x' | 'Z' => 5,
                    'Y' | 'w' | 'W' | 'u' | 'e' | 'c' => return Err(bad(format!("week-based letters such as '{c}' are not supported"))),
                    _ => return Err(bad(format!("'{c}' is not a pattern letter; text is put in quotes"))),
                };
                if n > most {
                    return Err(bad(format!("too many letters '{c}'")));
                }
                items.push(Item::Field(c, n));
            }
            _ => literal(&mut items, c),
        }
    }
    if depth > 0 { Err(bad("'[' is not closed".into())) } else { Ok(items) }
}

fn number(value: i64, width: usize) -> String {
    format!("{value:0width$}")
}

fn format(micros: i64, items: &[Item]) -> String {
    let days = micros.div_euclid(MICROS_PER_DAY);
    let date = civil::ymd(days);
    let (hour, minute, second, fraction) = civil::clock(micros);
    let era_year = if date.year > 0 { date.year } else { 1 - date.year };
    let mut out = String::new();
    for item in items {
        let (letter, n) = match item {
            Item::Literal(text) => {
                out.push_str(text);
                continue;
            }
            Item::Open | Item::Close => continue,
            Item::Field(letter, n) => (*letter, *n),
        };
        let text = match letter {
            'G' if n == 4 => if date.year > 0 { "Anno Domini" } else { "Before Christ" }.into(),
            'G' => if date.year > 0 { "AD" } else { "BC" }.into(),
            'y' if n == 2 => number(era_year % 100, 2),
            'y' if n >= 4 && era_year >= 10i64.pow(n as u32) => format!("+{era_year}"),
            'y' => number(era_year, n),
            'M' | 'L' if n == 3 => short(MONTHS[date.month as usize - 1]).into(),
            'M' | 'L' if n == 4 => MONTHS[date.month as usize - 1].into(),
            'M' | 'L' => number(date.month, n),
            'd' => number(date.day, n),
            'D' => number(civil::day_of_year(days), n),
            'Q' | 'q' => {
                let quarter = (date.month + 2) / 3;
                match n {
                    3 => format!("Q{quarter}"),
                    4 => ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"][quarter as usize - 1].into(),
                    _ => number(quarter, n),
                }
            }
            'E' if n == 4 => DAYS[civil::weekday(days) as usize].into(),
            'E' => short(DAYS[civil::weekday(days) as usize]).into(),
            'F' => number((date.day - 1) % 7 + 1, 1),
            'a' => if hour < 12 { "AM" } else { "PM" }.into(),
            'h' => number((hour + 11) % 12 + 1, n),
            'H' => number(hour, n),
            'k' => number((hour + 23) % 24 + 1, n),
            'K' => number(hour % 12, n),
            'm' => number(minute, n),
            's' => number(second, n),
            'S' => format!("{fraction:06}000").get(..n).unwrap_or("").into(),
            'X' => "Z".into(),
            'x' | 'Z' => match (letter, n) {
                ('x', 1) => "+00".into(),
                ('x', 2 | 4) | ('Z', 1..=3) => "+0000".into(),
                ('Z', 4) => "GMT".into(),
                ('Z', _) => "Z".into(),
                _ => "+00:00".into(),
            },
            'O' => "GMT".into(),
            'z' if n == 4 => "Coordinated Universal Time".into(),
            'z' => "UTC".into(),
            _ => "UTC".to_string(),
        };
        out.push_str(&text);
    }
    out
}

fn date_format(args: &Args<'_>) -> Fallible<Value> {
    let items = compiled(&args.text(1)?)?;
    Ok(format(timestamp(args, 0)?, &items).into())
}

fn read_by(args: &Args<'_>, pattern: &str) -> Fallible<i64> {
    let items = compiled(pattern)?;
    parse(&args.text(0)?, &items).ok_or(Fault::Null)
}

fn to_date(args: &Args<'_>) -> Fallible<Value> {
    let days = if args.len() > 1 { read_by(args, &args.text(1)?)?.div_euclid(MICROS_PER_DAY) } else { super::date::date(args, 0)? };
    Ok(civil::show_date(days).into())
}

fn to_timestamp(args: &Args<'_>) -> Fallible<Value> {
    let micros = if args.len() > 1 { read_by(args, &args.text(1)?)? } else { timestamp(args, 0)? };
    Ok(civil::show_timestamp(micros).into())
}

/// Without a pattern the argument is a date or timestamp; the compiler gives a pattern to texts and the time now where nothing is given.
fn unix_timestamp(args: &Args<'_>) -> Fallible<Value> {
    let micros = match args.len() {
        0 => return Err(Fault::Error("unix_timestamp: an argument is expected here".into())),
        1 => timestamp(args, 0)?,
        _ => read_by(args, &args.text(1)?)?,
    };
    Ok(Value::Integer(micros.div_euclid(MICROS_PER_SECOND)))
}

fn from_unixtime(args: &Args<'_>) -> Fallible<Value> {
    let seconds = match args.raw(0) {
        ValueRef::Null => return Err(Fault::Null),
        _ => args.long(0)?,
    };
    let micros = seconds.checked_mul(MICROS_PER_SECOND).filter(|t| civil::checked_days(t.div_euclid(MICROS_PER_DAY)).is_some()).ok_or(Fault::Null)?;
    let items = if args.len() > 1 { compiled(&args.text(1)?)? } else { compiled(DEFAULT)? };
    Ok(format(micros, &items).into())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn shown(timestamp: &str, pattern: &str) -> String {
        format(civil::parse_timestamp(timestamp).unwrap(), &compile(pattern).unwrap())
    }

    fn parsed(text: &str, pattern: &str) -> Option<String> {
        parse(text, &compile(pattern).unwrap()).map(civil::show_timestamp)
    }

    #[test]
    fn written() {
        for (pattern, expected) in [
            ("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-09 15:04:05.678"),
            ("yy/M/d h:mm a", "24/2/9 3:04 PM"),
            ("EEE EEEE MMM MMMM", "Fri Friday Feb February"),
            ("'at' HH'h' ''", "at 15h '"),
            ("D DDD Q QQQ k K", "40 040 1 Q1 15 3"),
            ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-09T15:04:05Z"),
            ("x xx xxx Z G VV", "+00 +0000 +00:00 +0000 AD UTC"),
            ("SSSSSS S", "678900 6"),
        ] {
            assert_eq!(shown("2024-02-09 15:04:05.6789", pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn read_back() {
        for (text, pattern, expected) in [
            ("29/02/2024", "dd/MM/yyyy", Some("2024-02-29 00:00:00")),
            ("29/02/2023", "dd/MM/yyyy", None),
            ("20240229131415", "yyyyMMddHHmmss", Some("2024-02-29 13:14:15")),
            ("Feb 29, 2024", "MMM d, yyyy", Some("2024-02-29 00:00:00")),
            ("feb 9, 2024", "MMM d, yyyy", Some("2024-02-09 00:00:00")),
            ("2024-2-9", "yyyy-MM-dd", None),
            ("2024-2-9", "yyyy-M-d", Some("2024-02-09 00:00:00")),
            ("12:30 PM", "hh:mm a", Some("1970-01-01 12:30:00")),
            ("12:30 AM", "hh:mm a", Some("1970-01-01 00:30:00")),
            ("2024-01-01 10:00:00.5", "yyyy-MM-dd HH:mm:ss.SSS", Some("2024-01-01 10:00:00.5")),
            ("2024-01-01", "yyyy-MM-dd[ HH:mm]", Some("2024-01-01 00:00:00")),
            ("2024-01-01 10:20", "yyyy-MM-dd[ HH:mm]", Some("2024-01-01 10:20:00")),
            ("2024-01-01T10:00:00+02:00", "yyyy-MM-dd'T'HH:mm:ssXXX", Some("2024-01-01 08:00:00")),
            ("2024-01-01 tail", "yyyy-MM-dd", None),
            ("24", "yy", Some("2024-01-01 00:00:00")),
            ("Thu 2024-02-29", "EEE yyyy-MM-dd", Some("2024-02-29 00:00:00")),
            ("Fri 2024-02-29", "EEE yyyy-MM-dd", None),
            ("12024-01-01", "yyyy-MM-dd", None),
            ("060 2024", "DDD yyyy", Some("2024-02-29 00:00:00")),
        ] {
            assert_eq!(parsed(text, pattern).as_deref(), expected, "{text} by {pattern}");
        }
    }

    #[test]
    fn refused() {
        for pattern in ["YYYY", "e", "yyyyyyy", "MMMMM", "'open", "[yyyy", "b", "ddd"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
