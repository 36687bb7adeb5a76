//! Dates and timestamps as texts: what is one, how it is stored, and how it was written. The rules are those of the table in `infer.rs`.

/// Is it `YYYY-MM-DD`, and a day?
#[inline]
pub fn is_date(text: &[u8]) -> bool {
    text.len() == 10 && civil(text).is_some()
}

/// Year, month, day of the first ten bytes.
#[inline]
fn civil(text: &[u8]) -> Option<(u32, u32, u32)> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, ..] = text else { return None };
    let (year, month, day) = (two(y0, y1)? * 100 + two(y2, y3)?, two(m0, m1)?, two(d0, d1)?);
    (day >= 1 && day <= days_in_month(year, month)).then_some((year, month, day))
}

#[inline]
fn two(a: u8, b: u8) -> Option<u32> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    (a <= 9 && b <= 9).then_some(u32::from(a) * 10 + u32::from(b))
}

/// 0 for what is not a month.
pub fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => 0,
    }
}

/// How a timestamp was written, as far as it is needed to write it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampShape {
    /// `T`, space, or 0 for a bare date.
    pub separator: u8,
    pub seconds: bool,
    /// Digits of the fraction.
    pub fraction: u8,
    /// Nothing, `Z`, or an offset in minutes and the letters it was written with (2, 4 or 5 for `±HH`, `±HHMM`, `±HH:MM`).
    pub zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    None,
    Utc,
    Offset { minutes: i16, negative: bool, letters: u8 },
}

/// A timestamp or date by the rule above: its stored form goes to `stored`.
#[inline]
pub fn timestamp(text: &[u8], stored: &mut Vec<u8>) -> Option<TimestampShape> {
    let (mut year, mut month, mut day) = civil(text)?;
    stored.clear();
    if text.len() == 10 {
        stored.extend_from_slice(text);
        stored.extend_from_slice(b" 00:00:00");
        return Some(TimestampShape { separator: 0, seconds: false, fraction: 0, zone: Zone::None });
    }
    let &[separator @ (b'T' | b' '), h0, h1, b':', m0, m1, ref rest @ ..] = text.get(10..)? else { return None };
    let (mut hour, mut minute) = (two(h0, h1)?, two(m0, m1)?);
    if hour > 23 || minute > 59 {
        return None;
    }
    let mut shape = TimestampShape { separator, seconds: false, fraction: 0, zone: Zone::None };
    let mut rest = rest;
    let mut second = 0;
    let mut fraction: &[u8] = &[];
    if let [b':', s0, s1, after @ ..] = rest {
        second = two(*s0, *s1)?;
        if second > 59 {
            return None;
        }
        shape.seconds = true;
        rest = after;
        if let [b'.', after @ ..] = rest {
            let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
            let (digits, after) = after.split_at_checked(length)?;
            if digits.is_empty() || digits.len() > 250 || digits.iter().skip(6).any(|&d| d != b'0') {
                return None;
            }
            shape.fraction = digits.len() as u8;
            fraction = digits;
            rest = after;
        }
    }
    match *rest {
        [] => {}
        [b'Z'] => shape.zone = Zone::Utc,
        [sign @ (b'+' | b'-'), ref offset @ ..] => {
            let (hours, minutes) = match *offset {
                [a, b] => (two(a, b)?, 0),
                [a, b, c, d] | [a, b, b':', c, d] => (two(a, b)?, two(c, d)?),
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let total = (hours * 60 + minutes) as i16;
            let negative = sign == b'-';
            shape.zone = Zone::Offset { minutes: if negative { -total } else { total }, negative, letters: offset.len() as u8 };
            let shifted = days_from_civil(year, month, day) * 1440 + i64::from(hour * 60 + minute) - i64::from(if negative { -total } else { total });
            (year, month, day) = civil_from_days(shifted.div_euclid(1440))?;
            let of_day = shifted.rem_euclid(1440) as u32;
            (hour, minute) = (of_day / 60, of_day % 60);
        }
        _ => return None,
    }
    match (shape.zone, text.first_chunk::<16>()) {
        (Zone::Offset { .. }, _) | (_, None) => write_timestamp(stored, (year, month, day), (hour, minute, second), b' ', true),
        // Without an offset the digits stay as they are.
        (_, Some(minutes)) => {
            let mut whole = *b"YYYY-MM-DD hh:mm:00";
            whole[..16].copy_from_slice(minutes);
            whole[10] = b' ';
            if let (true, Some(seconds)) = (shape.seconds, text.first_chunk::<19>()) {
                whole[17..].copy_from_slice(&seconds[17..]);
            }
            stored.extend_from_slice(&whole);
        }
    }
    if let Some(last) = fraction.iter().take(6).rposition(|&d| d != b'0') {
        stored.push(b'.');
        stored.extend_from_slice(&fraction[..=last]);
    }
    Some(shape)
}

fn write_timestamp(out: &mut Vec<u8>, (year, month, day): (u32, u32, u32), (hour, minute, second): (u32, u32, u32), separator: u8, seconds: bool) {
    let pair = |n: u32| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    let ([y0, y1], [y2, y3], [m0, m1], [d0, d1]) = (pair(year / 100), pair(year), pair(month), pair(day));
    let ([h0, h1], [i0, i1], [s0, s1]) = (pair(hour), pair(minute), pair(second));
    out.extend_from_slice(&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, separator, h0, h1, b':', i0, i1]);
    if seconds {
        out.extend_from_slice(&[b':', s0, s1]);
    }
}

/// The text that a stored timestamp was read from, written in the given shape.
pub fn timestamp_text(stored: &[u8], shape: TimestampShape) -> Option<Vec<u8>> {
    let (mut year, mut month, mut day) = civil(stored)?;
    if shape.separator == 0 {
        return Some(stored[..10].to_vec());
    }
    let &[b' ', h0, h1, b':', m0, m1, b':', s0, s1, ref rest @ ..] = stored.get(10..)? else { return None };
    let (mut hour, mut minute, second) = (two(h0, h1)?, two(m0, m1)?, two(s0, s1)?);
    if let Zone::Offset { minutes, .. } = shape.zone {
        let shifted = days_from_civil(year, month, day) * 1440 + i64::from(hour * 60 + minute) + i64::from(minutes);
        (year, month, day) = civil_from_days(shifted.div_euclid(1440))?;
        let of_day = shifted.rem_euclid(1440) as u32;
        (hour, minute) = (of_day / 60, of_day % 60);
    }
    let mut out = Vec::with_capacity(32);
    write_timestamp(&mut out, (year, month, day), (hour, minute, second), shape.separator, shape.seconds);
    if shape.fraction > 0 {
        let digits = rest.get(1..).unwrap_or_default();
        out.push(b'.');
        out.extend_from_slice(digits);
        out.resize(out.len() + usize::from(shape.fraction).saturating_sub(digits.len()), b'0');
    }
    match shape.zone {
        Zone::None => {}
        Zone::Utc => out.push(b'Z'),
        Zone::Offset { minutes, negative, letters } => {
            let minutes = u32::from(minutes.unsigned_abs());
            let pair = |n: u32| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
            out.push(if negative { b'-' } else { b'+' });
            out.extend_from_slice(&pair(minutes / 60));
            if letters == 5 {
                out.push(b':');
            }
            if letters >= 4 {
                out.extend_from_slice(&pair(minutes % 60));
            }
        }
    }
    Some(out)
}

/// Days since 0000-03-01, by the usual arithmetic on years that begin in March.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let shifted = i64::from((month + 9) % 12);
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * shifted + 2) / 5 + i64::from(day) - 1
}

/// The inverse; None outside the years 0000 to 9999.
fn civil_from_days(days: i64) -> Option<(u32, u32, u32)> {
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (0..=9999).contains(&year).then_some((year as u32, month as u32, day as u32))
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn dates_and_timestamps_are_stored_and_given_back() {
        let mut stored = Vec::new();
        for (text, expected) in [
            ("2024-02-29", "2024-02-29 00:00:00"),
            ("2024-01-31T10:20:30", "2024-01-31 10:20:30"),
            ("2024-01-31 10:20", "2024-01-31 10:20:00"),
            ("2024-01-31 10:20:30.120", "2024-01-31 10:20:30.12"),
            ("2024-01-31 10:20:30.123456000", "2024-01-31 10:20:30.123456"),
            ("2024-01-31T10:20:30Z", "2024-01-31 10:20:30"),
            ("2024-01-31T10:20:30.5+02:00", "2024-01-31 08:20:30.5"),
            ("2024-03-01T00:20:30+0100", "2024-02-29 23:20:30"),
            ("2023-12-31T23:20:30-08", "2024-01-01 07:20:30"),
            ("2023-12-31T23:20-00:00", "2023-12-31 23:20:00"),
        ] {
            let shape = timestamp(text.as_bytes(), &mut stored).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(std::str::from_utf8(&stored).unwrap(), expected);
            assert_eq!(timestamp_text(&stored, shape).unwrap(), text.as_bytes());
        }
        for text in
            ["2023-02-29", "2100-02-29", "2023-13-01", "2023-00-10", "0000-00-00", "2024-1-1", "10000-01-01", "2024-01", "2024-045", "2024-W05-3"]
        {
            assert!(!is_date(text.as_bytes()) && timestamp(text.as_bytes(), &mut stored).is_none(), "{text}");
        }
        for text in [
            "2024-01-31 25:00:00",
            "2024-01-31 24:00:00",
            "2024-01-31 10:60:00",
            "2024-01-31 10:20:60",
            "10:20:30",
            "2024-01-31T10",
            "2024-01-31 10:20:30.",
            "2024-01-31 10:20:30.1234567",
            "2024-01-31t10:20:30",
            "2024-01-31  10:20:30",
            "0000-01-01T00:00+01:00",
        ] {
            assert!(timestamp(text.as_bytes(), &mut stored).is_none(), "{text}");
        }
    }

    #[test]
    fn civil_arithmetic_is_its_own_inverse() {
        let mut previous = days_from_civil(0, 1, 1) - 1;
        for year in [0, 1, 4, 100, 400, 1899, 1900, 1970, 2000, 2023, 2024, 2100, 9999] {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let days = days_from_civil(year, month, day);
                    assert_eq!(civil_from_days(days), Some((year, month, day)));
                    assert!(days > previous);
                    previous = days;
                }
            }
        }
    }
}
