//! Reading a text by a datetime pattern.

use super::Item;
use crate::functions::civil::{self, MICROS_PER_DAY, MICROS_PER_SECOND};
use crate::functions::date::{DAYS, MONTHS, short};

/// What was read; absent parts have Spark's defaults.
#[derive(Debug, Clone, Default)]
struct Parts {
    year: Option<i64>,
    before_christ: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    quarter: Option<i64>,
    weekday: Option<i64>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    offset: i64,
}

impl Parts {
    fn resolve(self) -> Option<i64> {
        let year = match (self.year, self.before_christ) {
            (Some(year), true) => 1 - year,
            (Some(year), false) => year,
            (None, _) => 1970,
        };
        let days = match self.day_of_year {
            Some(n) if self.month.is_none() && self.day.is_none() => {
                let length = if civil::is_leap(year) { 366 } else { 365 };
                civil::days(year, 1, 1)? + (1..=length).contains(&n).then_some(n - 1)?
            }
            _ => civil::days(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        if self.weekday.is_some_and(|w| w != civil::weekday(days)) || self.quarter.is_some_and(|q| q != (civil::ymd(days).month + 2) / 3) {
            return None;
        }
        let hour = match (self.hour, self.half_hour) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        if !(0..24).contains(&hour) || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = hour * 3600 + self.minute * 60 + self.second - self.offset;
        days.checked_mul(MICROS_PER_DAY)?.checked_add(seconds * MICROS_PER_SECOND + self.micros)
    }
}

/// Least and most digits of a numeric field when read; None if it is no number.
fn widths(letter: char, n: usize) -> Option<(usize, usize)> {
    match (letter, n) {
        ('M' | 'L' | 'Q' | 'q', 3..) => None,
        ('y', 2) => Some((2, 2)),
        ('y', 4..) => Some((n, n)),
        ('y', _) => Some((n, 9)),
        ('D', _) => Some((n, 3)),
        ('S', n) => Some((1, n)),
        ('M' | 'L' | 'd' | 'Q' | 'q' | 'h' | 'H' | 'k' | 'K' | 'm' | 's', 2) => Some((2, 2)),
        ('M' | 'L' | 'd' | 'Q' | 'q' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'F', _) => Some((1, 9)),
        _ => None,
    }
}

/// The microseconds since 1970 that a text names; None where it does not fit.
pub fn parse(text: &str, items: &[Item]) -> Option<i64> {
    let mut parts = Parts::default();
    let rest = read(text, items, &mut parts)?;
    if rest.is_empty() { parts.resolve() } else { None }
}

/// Reads the items from the front of a text; the rest of the text, or None where they do not fit.
fn read<'t>(mut text: &'t str, items: &[Item], parts: &mut Parts) -> Option<&'t str> {
    let mut i = 0;
    while let Some(item) = items.get(i) {
        match item {
            Item::Literal(wanted) => {
                let head = text.get(..wanted.len())?;
                if !head.eq_ignore_ascii_case(wanted) {
                    return None;
                }
                text = &text[wanted.len()..];
            }
            Item::Close => {}
            Item::Open => {
                let mut depth = 1;
                let length = items[i + 1..].iter().position(|item| {
                    depth += match item {
                        Item::Open => 1,
                        Item::Close => -1,
                        _ => 0,
                    };
                    depth == 0
                })?;
                let mut tried = parts.clone();
                if let Some(rest) = read(text, &items[i + 1..i + 1 + length], &mut tried) {
                    *parts = tried;
                    text = rest;
                }
                i += length + 1;
            }
            Item::Field(letter, n) => text = field(text, *letter, *n, &items[i + 1..], parts)?,
        }
        i += 1;
    }
    Some(text)
}

fn field<'t>(text: &'t str, letter: char, n: usize, following: &[Item], parts: &mut Parts) -> Option<&'t str> {
    let Some((least, most)) = widths(letter, n) else {
        return word(text, letter, n, parts);
    };
    // Numbers that stand side by side: those of fixed width keep their digits.
    let reserved: usize = following
        .iter()
        .map_while(|item| match item {
            Item::Field(l, n) => widths(*l, *n).map(|(least, _)| least),
            _ => None,
        })
        .sum();
    let run = text.bytes().take_while(u8::is_ascii_digit).count();
    let length = if reserved > 0 && least < most { run.saturating_sub(reserved) } else { run }.min(most);
    if length < least {
        return None;
    }
    // Four letters of the year take four digits; a fifth is refused, unless other digits follow by the pattern.
    if letter == 'y' && n >= 4 && reserved == 0 && run > length {
        return None;
    }
    let (digits, rest) = text.split_at(length);
    let value: i64 = digits.parse().ok()?;
    let within = |least: i64, most: i64| (least..=most).contains(&value).then_some(value);
    match letter {
        'y' if n == 2 => parts.year = Some(2000 + value),
        'y' => parts.year = Some(within(1, 999_999)?),
        'M' | 'L' => parts.month = Some(within(1, 12)?),
        'd' => parts.day = Some(within(1, 31)?),
        'D' => parts.day_of_year = Some(within(1, 366)?),
        'Q' | 'q' => parts.quarter = Some(within(1, 4)?),
        'H' => parts.hour = Some(within(0, 23)?),
        'k' => parts.hour = Some(within(1, 24)? % 24),
        'h' => parts.half_hour = Some(within(1, 12)? % 12),
        'K' => parts.half_hour = Some(within(0, 11)?),
        'm' => parts.minute = within(0, 59)?,
        's' => parts.second = within(0, 59)?,
        'S' => parts.micros = format!("{digits:0<6}").get(..6)?.parse().ok()?,
        _ => {}
    }
    Some(rest)
}

fn word<'t>(text: &'t str, letter: char, n: usize, parts: &mut Parts) -> Option<&'t str> {
    let named = |names: &[&str], shortened: bool| {
        names.iter().enumerate().find_map(|(i, name)| {
            let name = if shortened { short(name) } else { name };
            let head = text.get(..name.len())?;
            head.eq_ignore_ascii_case(name).then(|| (i as i64, &text[name.len()..]))
        })
    };
    match letter {
        'M' | 'L' => {
            let (i, rest) = named(&MONTHS, n == 3)?;
            parts.month = Some(i + 1);
            Some(rest)
        }
        'E' => {
            let (i, rest) = named(&DAYS, n < 4)?;
            parts.weekday = Some(i);
            Some(rest)
        }
        'a' => {
            let (i, rest) = named(&["AM", "PM"], false)?;
            parts.afternoon = Some(i == 1);
            Some(rest)
        }
        'G' => {
            let (i, rest) = named(if n == 4 { &["Anno Domini", "Before Christ"] } else { &["AD", "BC"] }, false)?;
            parts.before_christ = i == 1;
            Some(rest)
        }
        'Q' | 'q' => {
            let (i, rest) = named(&["Q1", "Q2", "Q3", "Q4"], false)?;
            parts.quarter = Some(i + 1);
            Some(rest)
        }
        'X' | 'x' | 'Z' | 'z' | 'V' | 'O' => {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':'))).unwrap_or(text.len());
            let (zone, rest) = text.split_at(end);
            if zone.is_empty() {
                return None;
            }
            parts.offset = civil::parse_offset(zone)?;
            Some(rest)
        }
        _ => None,
    }
}
