//! The calendar: days and microseconds since 1970-01-01, texts of dates and timestamps, intervals. Proleptic Gregorian, UTC.

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Years that can be counted in microseconds with room to spare.
const MAX_YEAR: i64 = 290_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ymd {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date that exists.
pub fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(-MAX_YEAR..=MAX_YEAR).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    // Years begin in March, so that the leap day is the last; eras of 400 years have 146,097 days.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

pub fn ymd(days: i64) -> Ymd {
    let z = days.saturating_add(719_468);
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Ymd { year: year_of_era + era * 400 + i64::from(month <= 2), month, day: day_of_year - (153 * mp + 2) / 5 + 1 }
}

pub fn day_of_year(days: i64) -> i64 {
    let date = ymd(days);
    days - self::days(date.year, 1, 1).unwrap_or(days) + 1
}

/// 0 is Monday.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

/// By ISO 8601: the week of the year's first Thursday is the first.
pub fn week_of_year(days: i64) -> i64 {
    let thursday = days - weekday(days) + 3;
    (day_of_year(thursday) - 1) / 7 + 1
}

/// A day that the month lacks becomes its last.
pub fn add_months(days: i64, months: i64) -> Option<i64> {
    let date = ymd(days);
    let total = date.year.checked_mul(12)?.checked_add(date.month - 1)?.checked_add(months)?;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    self::days(year, month, date.day.min(days_in_month(year, month)))
}

/// Is the day one that can be shown and reckoned with?
pub fn checked_days(days: i64) -> Option<i64> {
    (-100_000_000..=100_000_000).contains(&days).then_some(days)
}

pub fn show_date(days: i64) -> String {
    let Ymd { year, month, day } = ymd(days);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        10_000.. => format!("+{year}-{month:02}-{day:02}"),
        _ => format!("-{:04}-{month:02}-{day:02}", -year),
    }
}

/// Hour, minute, second and microsecond of a time of day.
pub fn clock(micros: i64) -> (i64, i64, i64, i64) {
    let rest = micros.rem_euclid(MICROS_PER_DAY);
    let seconds = rest / MICROS_PER_SECOND;
    (seconds / 3600, seconds / 60 % 60, seconds % 60, rest % MICROS_PER_SECOND)
}

/// The fraction only where there is one, without zeros at its end.
pub fn show_timestamp(micros: i64) -> String {
    let (h, m, s, fraction) = clock(micros);
    let mut text = format!("{} {h:02}:{m:02}:{s:02}", show_date(micros.div_euclid(MICROS_PER_DAY)));
    if fraction != 0 {
        text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
    text
}

/// `2024-02-29T12:30:15.500Z`, as in Spark's JSON.
pub fn show_iso_millis(micros: i64) -> String {
    let (h, m, s, fraction) = clock(micros);
    let date = show_date(micros.div_euclid(MICROS_PER_DAY));
    if fraction % 1000 == 0 {
        format!("{date}T{h:02}:{m:02}:{s:02}.{:03}Z", fraction / 1000)
    } else {
        format!("{date}T{h:02}:{m:02}:{s:02}.{fraction:06}Z")
    }
}

/// Reads from the front of a text.
struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.rest.first() == Some(&wanted);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// A number of least to most digits, all that stand there.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let n = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if n < least || n > most {
            return None;
        }
        let value = self.rest[..n].iter().fold(0, |v, b| v * 10 + i64::from(b - b'0'));
        self.rest = &self.rest[n..];
        Some(value)
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(super::java_number::is_space)
}

fn read_date(reader: &mut Reader<'_>) -> Option<i64> {
    let negative = reader.eat(b'-');
    if !negative {
        reader.eat(b'+');
    }
    let year = reader.digits(4, 7)?;
    let year = if negative { -year } else { year };
    let (mut month, mut day) = (1, 1);
    if reader.eat(b'-') {
        month = reader.digits(1, 2)?;
        if reader.eat(b'-') {
            day = reader.digits(1, 2)?;
        }
    }
    days(year, month, day)
}

/// As `cast(text as date)`: `yyyy`, `yyyy-m`, `yyyy-m-d`; after a whole date a space or `T` and anything.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: trimmed(text).as_bytes() };
    let parts = trimmed(text).trim_start_matches(['+', '-']).split(['T', ' ']).next()?.matches('-').count();
    let days = read_date(&mut reader)?;
    match reader.rest.first() {
        None => Some(days),
        Some(b' ' | b'T') if parts == 2 => Some(days),
        _ => None,
    }
}

/// As `cast(text as timestamp)`: a date, or a date, a space or `T`, `h`, `h:m` or `h:m:s` with a fraction, and maybe an offset.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: trimmed(text).as_bytes() };
    let days = read_date(&mut reader)?;
    if reader.rest.is_empty() {
        return days.checked_mul(MICROS_PER_DAY);
    }
    if !(reader.eat(b' ') || reader.eat(b'T')) {
        return None;
    }
    let hour = reader.digits(1, 2)?;
    let (mut minute, mut second, mut fraction) = (0, 0, 0);
    if reader.eat(b':') {
        minute = reader.digits(1, 2)?;
        if reader.eat(b':') {
            second = reader.digits(1, 2)?;
            if reader.eat(b'.') {
                let n = reader.rest.iter().take_while(|b| b.is_ascii_digit()).count();
                // Digits beyond microseconds are cut.
                for i in 0..6 {
                    fraction = fraction * 10 + if i < n { i64::from(reader.rest[i] - b'0') } else { 0 };
                }
                reader.rest = &reader.rest[n..];
            }
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = parse_offset(std::str::from_utf8(reader.rest).ok()?.trim())?;
    let time = (hour * 3600 + minute * 60 + second - offset) * MICROS_PER_SECOND + fraction;
    days.checked_mul(MICROS_PER_DAY)?.checked_add(time)
}

/// Seconds of an offset: empty, `Z`, `UTC`, `+1`, `+01:00`, `+0100`, `UTC+1`.
pub fn parse_offset(text: &str) -> Option<i64> {
    let text = ["UTC", "GMT", "UT"].iter().find_map(|zone| text.strip_prefix(zone)).unwrap_or(text);
    if text.is_empty() || text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let mut reader = Reader { rest: &text.as_bytes()[1..] };
    let (hours, minutes, seconds) = if reader.rest.contains(&b':') {
        let hours = reader.digits(1, 2)?;
        reader.eat(b':');
        let minutes = reader.digits(1, 2)?;
        (hours, minutes, if reader.eat(b':') { reader.digits(2, 2)? } else { 0 })
    } else if reader.rest.len() == 4 {
        let both = reader.digits(4, 4)?;
        (both / 100, both % 100, 0)
    } else {
        (reader.digits(1, 2)?, 0, 0)
    };
    (reader.rest.is_empty() && hours <= 18 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub months: i64,
    pub micros: i64,
}

impl Interval {
    pub fn times(self, n: i64) -> Option<Interval> {
        Some(Interval { months: self.months.checked_mul(n)?, micros: self.micros.checked_mul(n)? })
    }
}

/// Months and microseconds of one unit.
pub fn unit(name: &str) -> Option<Interval> {
    let name = name.to_ascii_lowercase();
    let months = |n| Interval { months: n, micros: 0 };
    let micros = |n| Interval { months: 0, micros: n };
    Some(match name.strip_suffix('s').unwrap_or(&name) {
        "year" | "yyyy" | "yy" => months(12),
        "quarter" => months(3),
        "month" | "mon" | "mm" => months(1),
        "week" => micros(7 * MICROS_PER_DAY),
        "day" | "dd" | "dayofyear" => micros(MICROS_PER_DAY),
        "hour" => micros(3600 * MICROS_PER_SECOND),
        "minute" => micros(60 * MICROS_PER_SECOND),
        "second" => micros(MICROS_PER_SECOND),
        "millisecond" => micros(1000),
        "microsecond" => micros(1),
        _ => return None,
    })
}

/// `1 month`, `interval 2 days 3 hours`, `-1 week`.
pub fn parse_interval(text: &str) -> Option<Interval> {
    let lower = text.trim().to_ascii_lowercase();
    let mut words = lower.strip_prefix("interval").unwrap_or(&lower).split_whitespace();
    let mut total: Option<Interval> = None;
    while let Some(number) = words.next() {
        let number: i64 = number.trim_matches('\'').parse().ok()?;
        let part = unit(words.next()?.trim_matches('\''))?.times(number)?;
        let sum = total.unwrap_or(Interval { months: 0, micros: 0 });
        total = Some(Interval { months: sum.months.checked_add(part.months)?, micros: sum.micros.checked_add(part.micros)? });
    }
    total
}

/// Months first, then the rest.
pub fn add_interval(micros: i64, interval: Interval) -> Option<i64> {
    let days = micros.div_euclid(MICROS_PER_DAY);
    let moved = if interval.months == 0 { days } else { add_months(days, interval.months)? };
    moved.checked_mul(MICROS_PER_DAY)?.checked_add(micros.rem_euclid(MICROS_PER_DAY))?.checked_add(interval.micros)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn days_and_back() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2024, 2, 29), Some(19_782));
        assert_eq!(days(2023, 2, 29), None);
        for day in (-800_000..800_000).step_by(37) {
            let date = ymd(day);
            assert_eq!(days(date.year, date.month, date.day), Some(day));
        }
        assert_eq!(show_date(days(1, 1, 1).unwrap() - 1), "0000-12-31");
        assert_eq!(show_date(days(9999, 12, 31).unwrap() + 1), "+10000-01-01");
    }

    #[test]
    fn weeks() {
        for (date, week, day) in [("2021-01-03", 53, 6), ("2024-12-30", 1, 0), ("2024-01-31", 5, 2), ("1969-12-31", 1, 2), ("2016-01-01", 53, 4)] {
            let days = parse_date(date).unwrap();
            assert_eq!((week_of_year(days), weekday(days)), (week, day), "{date}");
        }
    }

    #[test]
    fn dates_of_texts() {
        for (text, shown) in [
            ("2024-02-29", Some("2024-02-29")),
            (" 2024-2-9 ", Some("2024-02-09")),
            ("2024", Some("2024-01-01")),
            ("2024-05", Some("2024-05-01")),
            ("2024-01-31 23:59:59", Some("2024-01-31")),
            ("2024-01-31Tanything", Some("2024-01-31")),
            ("2024-01 x", None),
            ("2024-02-30", None),
            ("20240229", None),
            ("31.01.2024", None),
            ("24-01-01", None),
            ("", None),
            ("2024-01-31x", None),
        ] {
            assert_eq!(parse_date(text).map(show_date).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn timestamps_of_texts() {
        for (text, shown) in [
            ("2024-01-31", Some("2024-01-31 00:00:00")),
            ("2024-01-31T10:20:30.1234567", Some("2024-01-31 10:20:30.123456")),
            ("2024-01-31 10:20:30.500", Some("2024-01-31 10:20:30.5")),
            ("2024-02-29T13:14:15Z", Some("2024-02-29 13:14:15")),
            ("2024-01-01 00:30:00+01:00", Some("2023-12-31 23:30:00")),
            ("2024-01-01 1:2", Some("2024-01-01 01:02:00")),
            ("1969-12-31 23:59:59.25", Some("1969-12-31 23:59:59.25")),
            ("2024-01-01 24:00:00", None),
            ("2024-01-01 10:20:30 nowhere", None),
            ("2024-01-01x", None),
        ] {
            assert_eq!(parse_timestamp(text).map(show_timestamp).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn months_are_added_to_the_last_day() {
        let add = |date: &str, n| show_date(add_months(parse_date(date).unwrap(), n).unwrap());
        assert_eq!(add("2024-01-31", 1), "2024-02-29");
        assert_eq!(add("2024-02-29", 12), "2025-02-28");
        assert_eq!(add("2024-03-01", -1), "2024-02-01");
        assert_eq!(parse_interval("interval 1 day 2 hours"), Some(Interval { months: 0, micros: 26 * 3600 * MICROS_PER_SECOND }));
        assert_eq!(parse_interval("month"), None);
    }
}
