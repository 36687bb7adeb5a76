//! Dates and timestamps in a given pattern, with PySpark's letters: `yyyy-MM-dd`, `dd/MM/yy HH:mm`, `d MMM yyyy h:mm a`.

use crate::csv::moment::days_in_month;
use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(Vec<u8>),
    /// Digits of a field: at least, at most.
    Number(Unit, usize, usize),
    MonthName {
        full: bool,
    },
    DayName {
        full: bool,
    },
    AmPm,
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Year,
    ShortYear,
    Month,
    Day,
    DayOfYear,
    Hour,
    HourOfHalfDay,
    Minute,
    Second,
    Fraction,
}

const MONTHS: [&str; 12] = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a text in the pattern says; fields that the pattern lacks are those of 1970-01-01 00:00:00.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub year: u32,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Microseconds.
    pub micros: u32,
    pub offset_minutes: Option<i32>,
}

impl Pattern {
    pub fn parse(pattern: &str) -> Result<Pattern> {
        let mut parts = Vec::new();
        let mut chars = pattern.chars().peekable();
        let literal = |parts: &mut Vec<Part>, c: char| {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            match parts.last_mut() {
                Some(Part::Literal(text)) => text.extend_from_slice(bytes),
                _ => parts.push(Part::Literal(bytes.to_vec())),
            }
        };
        while let Some(c) = chars.next() {
            if c == '\'' {
                if chars.next_if_eq(&'\'').is_some() {
                    literal(&mut parts, '\'');
                    continue;
                }
                loop {
                    match chars.next() {
                        Some('\'') if chars.next_if_eq(&'\'').is_some() => literal(&mut parts, '\''),
                        Some('\'') => break,
                        Some(inside) => literal(&mut parts, inside),
                        None => return Err(Error::invalid(format!("the pattern \"{pattern}\" has a ' that is not closed"))),
                    }
                }
                continue;
            }
            if !c.is_ascii_alphabetic() {
                literal(&mut parts, c);
                continue;
            }
            let mut n = 1;
            while chars.next_if_eq(&c).is_some() {
                n += 1;
            }
            parts.push(match (c, n) {
                ('y' | 'u', 2) => Part::Number(Unit::ShortYear, 2, 2),
                ('y' | 'u', 4) => Part::Number(Unit::Year, 4, 4),
                ('y' | 'u', _) => Part::Number(Unit::Year, n, 4),
                ('M' | 'L', 1 | 2) => Part::Number(Unit::Month, n, 2),
                ('M' | 'L', _) => Part::MonthName { full: n > 3 },
                ('d', 1 | 2) => Part::Number(Unit::Day, n, 2),
                ('D', 1..=3) => Part::Number(Unit::DayOfYear, n, 3),
                ('H', 1 | 2) => Part::Number(Unit::Hour, n, 2),
                ('h', 1 | 2) => Part::Number(Unit::HourOfHalfDay, n, 2),
                ('m', 1 | 2) => Part::Number(Unit::Minute, n, 2),
                ('s', 1 | 2) => Part::Number(Unit::Second, n, 2),
                ('S', 1..=9) => Part::Number(Unit::Fraction, n, n),
                ('a', 1) => Part::AmPm,
                ('E', _) => Part::DayName { full: n > 3 },
                ('X' | 'x' | 'Z' | 'V' | 'O' | 'z', _) => Part::Zone,
                _ => {
                    return Err(Error::invalid(format!(
                        "the pattern \"{pattern}\" has the letters \"{}\", which mean nothing here",
                        c.to_string().repeat(n)
                    ))
                    .hint("letters are y M d D H h m s S a E X; text goes into '…'"));
                }
            });
        }
        Ok(Pattern { parts })
    }

    /// None if the text does not match the pattern to its end, or is not a moment of the calendar.
    pub fn read(&self, text: &[u8]) -> Option<Moment> {
        let mut moment = Moment { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0, offset_minutes: None };
        let mut rest = text;
        let (mut pm, mut half_hour, mut day_of_year) = (None, None, None);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal.as_slice())?,
                Part::Number(unit, least, most) => {
                    let length = rest.iter().take(*most).take_while(|b| b.is_ascii_digit()).count();
                    if length < *least {
                        return None;
                    }
                    let (digits, after) = rest.split_at_checked(length)?;
                    rest = after;
                    let n = digits.iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
                    match unit {
                        Unit::Year => moment.year = n,
                        Unit::ShortYear => moment.year = 2000 + n,
                        Unit::Month => moment.month = n,
                        Unit::Day => moment.day = n,
                        Unit::DayOfYear => day_of_year = Some(n),
                        Unit::Hour => moment.hour = n,
                        Unit::HourOfHalfDay => half_hour = Some(n),
                        Unit::Minute => moment.minute = n,
                        Unit::Second => moment.second = n,
                        Unit::Fraction => {
                            moment.micros = if length <= 6 { n * 10u32.pow(6 - length as u32) } else { n / 10u32.pow(length as u32 - 6) };
                            if length > 6 && n % 10u32.pow(length as u32 - 6) != 0 {
                                return None;
                            }
                        }
                    }
                }
                Part::MonthName { full } => {
                    let (index, after) = name(rest, &MONTHS, *full)?;
                    moment.month = index + 1;
                    rest = after;
                }
                Part::DayName { full } => rest = name(rest, &DAYS, *full)?.1,
                Part::AmPm => {
                    let (letters, after) = rest.split_at_checked(2)?;
                    pm = Some(letters.eq_ignore_ascii_case(b"pm"));
                    if pm == Some(false) && !letters.eq_ignore_ascii_case(b"am") {
                        return None;
                    }
                    rest = after;
                }
                Part::Zone => {
                    let (minutes, after) = zone(rest)?;
                    moment.offset_minutes = Some(minutes);
                    rest = after;
                }
            }
        }
        if let Some(hour) = half_hour {
            if !(1..=12).contains(&hour) {
                return None;
            }
            moment.hour = hour % 12 + if pm == Some(true) { 12 } else { 0 };
        }
        if let Some(mut day) = day_of_year {
            moment.month = 1;
            while day > days_in_month(moment.year, moment.month) {
                day -= days_in_month(moment.year, moment.month);
                moment.month += 1;
                if moment.month > 12 {
                    return None;
                }
            }
            moment.day = day;
        }
        let real = rest.is_empty()
            && moment.day >= 1
            && moment.day <= days_in_month(moment.year, moment.month)
            && moment.hour < 24
            && moment.minute < 60
            && moment.second < 60;
        real.then_some(moment)
    }
}

impl Moment {
    /// `YYYY-MM-DD HH:MM:SS[.ffffff][±HH:MM]`, which the rules of inference read.
    pub fn iso(&self) -> String {
        let Moment { year, month, day, hour, minute, second, micros, offset_minutes } = self;
        let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        if *micros > 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        if let Some(offset) = offset_minutes {
            let sign = if *offset < 0 { '-' } else { '+' };
            text.push_str(&format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60));
        }
        text
    }
}

fn name<'a>(text: &'a [u8], names: &[&str], full: bool) -> Option<(u32, &'a [u8])> {
    names.iter().enumerate().find_map(|(i, name)| {
        let name = if full { name } else { name.get(..3)? };
        let (head, after) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name.as_bytes()).then_some((i as u32, after))
    })
}

fn zone(text: &[u8]) -> Option<(i32, &[u8])> {
    match text {
        [b'Z', rest @ ..] => return Some((0, rest)),
        [b'U', b'T', b'C', rest @ ..] | [b'G', b'M', b'T', rest @ ..] => return Some((0, rest)),
        _ => {}
    }
    let &[sign @ (b'+' | b'-'), a, b, ref rest @ ..] = text else { return None };
    let two = |a: u8, b: u8| (a.is_ascii_digit() && b.is_ascii_digit()).then(|| i32::from(a - b'0') * 10 + i32::from(b - b'0'));
    let hours = two(a, b)?;
    let (minutes, rest) = match rest {
        [b':', c, d, after @ ..] | [c, d, after @ ..] if two(*c, *d).is_some() => (two(*c, *d)?, after),
        _ => (0, rest),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let total = hours * 60 + minutes;
    Some((if sign == b'-' { -total } else { total }, rest))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn patterns_read_what_they_describe() {
        for (pattern, text, expected) in [
            ("dd/MM/yyyy", "31/12/2023", "2023-12-31 00:00:00"),
            ("d.M.yy", "1.2.24", "2024-02-01 00:00:00"),
            ("yyyyMMdd", "20240229", "2024-02-29 00:00:00"),
            ("d MMM yyyy h:mm a", "3 Mar 2024 12:05 pm", "2024-03-03 12:05:00"),
            ("EEEE, d MMMM yyyy", "Sunday, 3 March 2024", "2024-03-03 00:00:00"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-01-31T10:20:30.120+02:00", "2024-01-31 10:20:30.120000+02:00"),
            ("yyyy-DDD", "2024-060", "2024-02-29 00:00:00"),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().read(text.as_bytes()).unwrap_or_else(|| panic!("{text}")).iso(), expected);
        }
        for (pattern, text) in
            [("dd/MM/yyyy", "31/02/2023"), ("dd/MM/yyyy", "1/12/2023"), ("dd/MM/yyyy", "31/12/20235"), ("HH:mm", "24:00"), ("h a", "13 pm")]
        {
            assert!(Pattern::parse(pattern).unwrap().read(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Pattern::parse("yyyy-QQ").is_err() && Pattern::parse("'x").is_err());
    }
}
