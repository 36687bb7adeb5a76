//! Dates and timestamps. Texts are read as `cast` reads them; what is no date gives NULL.

use rusqlite::types::ValueRef;

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use super::civil::{self, MICROS_PER_DAY, MICROS_PER_SECOND, Ymd};
use super::rounding;
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("year", |a| int(civil::ymd(date(a, 0)?).year)),
    ("quarter", |a| int((civil::ymd(date(a, 0)?).month + 2) / 3)),
    ("month", |a| int(civil::ymd(date(a, 0)?).month)),
    ("dayofmonth", |a| int(civil::ymd(date(a, 0)?).day)),
    ("dayofweek", |a| int((civil::weekday(date(a, 0)?) + 1) % 7 + 1)),
    ("dayofyear", |a| int(civil::day_of_year(date(a, 0)?))),
    ("weekofyear", |a| int(civil::week_of_year(date(a, 0)?))),
    ("weekday", |a| int(civil::weekday(date(a, 0)?))),
    ("dayname", |a| Ok(short(DAYS[civil::weekday(date(a, 0)?) as usize]).into())),
    ("monthname", |a| Ok(short(MONTHS[civil::ymd(date(a, 0)?).month as usize - 1]).into())),
    ("hour", |a| int(civil::clock(timestamp(a, 0)?).0)),
    ("minute", |a| int(civil::clock(timestamp(a, 0)?).1)),
    ("second", |a| int(civil::clock(timestamp(a, 0)?).2)),
    ("date_add", |a| shown(date(a, 0)?.checked_add(a.long(1)?))),
    ("date_sub", |a| shown(date(a, 0)?.checked_sub(a.long(1)?))),
    ("datediff", |a| int(date(a, 0)? - date(a, 1)?)),
    ("add_months", |a| shown(civil::add_months(date(a, 0)?, a.long(1)?))),
    ("months_between", months_between),
    ("last_day", last_day),
    ("next_day", next_day),
    ("trunc", trunc),
    ("date_trunc", date_trunc),
    ("make_date", |a| shown(civil::days(a.long(0)?, a.long(1)?, a.long(2)?))),
    ("make_timestamp", make_timestamp),
    ("unix_date", |a| int(date(a, 0)?)),
    ("date_from_unix_date", |a| shown(Some(a.long(0)?))),
    ("unix_seconds", |a| int(timestamp(a, 0)?.div_euclid(MICROS_PER_SECOND))),
    ("unix_millis", |a| int(timestamp(a, 0)?.div_euclid(1000))),
    ("unix_micros", |a| int(timestamp(a, 0)?)),
    ("timestamp_seconds", |a| since_epoch(a, MICROS_PER_SECOND)),
    ("timestamp_millis", |a| since_epoch(a, 1000)),
    ("timestamp_micros", |a| since_epoch(a, 1)),
    ("date_part", date_part),
    ("timestamp_add", timestamp_add),
    ("timestamp_diff", timestamp_diff),
    ("add_interval", add_interval),
];

/// Called by compiled casts only.
pub const PLAIN: &[(&str, i32, Scalar)] = &[
    ("timestamp_to_string", 1, |a| Ok(civil::show_timestamp(timestamp(a, 0)?).into())),
    ("timestamp_to_double", 1, |a| Ok(Value::Real(timestamp(a, 0)? as f64 / MICROS_PER_SECOND as f64))),
];

pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// Three letters of a name.
pub fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

fn int(i: i64) -> Fallible<Value> {
    Ok(Value::Integer(i))
}

/// Days since 1970 of an argument.
pub fn date(args: &Args<'_>, i: usize) -> Fallible<i64> {
    match args.raw(i) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(civil::parse_date).ok_or(Fault::Null),
        _ => Err(Fault::Null),
    }
}

/// Microseconds since 1970 of an argument.
pub fn timestamp(args: &Args<'_>, i: usize) -> Fallible<i64> {
    match args.raw(i) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(civil::parse_timestamp).ok_or(Fault::Null),
        _ => Err(Fault::Null),
    }
}

fn shown(days: Option<i64>) -> Fallible<Value> {
    days.and_then(civil::checked_days).map(|d| civil::show_date(d).into()).ok_or(Fault::Null)
}

fn shown_timestamp(micros: Option<i64>) -> Fallible<Value> {
    micros.map(|t| civil::show_timestamp(t).into()).ok_or(Fault::Null)
}

fn months_between(args: &Args<'_>) -> Fallible<Value> {
    let (a, b) = (timestamp(args, 0)?, timestamp(args, 1)?);
    let round = args.boolean_or(2, true)?;
    let (days_a, days_b) = (a.div_euclid(MICROS_PER_DAY), b.div_euclid(MICROS_PER_DAY));
    let (x, y) = (civil::ymd(days_a), civil::ymd(days_b));
    let months = ((x.year - y.year) * 12 + x.month - y.month) as f64;
    let last = |d: &Ymd| d.day == civil::days_in_month(d.year, d.month);
    if x.day == y.day || (last(&x) && last(&y)) {
        return Ok(Value::Real(months));
    }
    let seconds = |t: i64| t.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
    let rest = (x.day - y.day) * 86_400 + seconds(a) - seconds(b);
    let result = months + rest as f64 / (31 * 86_400) as f64;
    Ok(Value::Real(if round { rounding::real(result, 8, rounding::Mode::HalfUp) } else { result }))
}

fn last_day(args: &Args<'_>) -> Fallible<Value> {
    let d = civil::ymd(date(args, 0)?);
    shown(civil::days(d.year, d.month, civil::days_in_month(d.year, d.month)))
}

fn next_day(args: &Args<'_>) -> Fallible<Value> {
    let days = date(args, 0)?;
    let name = args.text(1)?.trim().to_ascii_lowercase();
    let wanted = DAYS.iter().position(|d| {
        let full = d.to_ascii_lowercase();
        name == full || name == short(&full) || full.get(..2) == Some(name.as_str())
    });
    let wanted = wanted.ok_or(Fault::Null)? as i64;
    shown(Some(days + 1 + (wanted - civil::weekday(days + 1)).rem_euclid(7)))
}

/// The first day of a unit of days or more.
fn first_day(days: i64, unit: &str) -> Option<i64> {
    let d = civil::ymd(days);
    match unit {
        "year" | "yyyy" | "yy" => civil::days(d.year, 1, 1),
        "quarter" => civil::days(d.year, (d.month - 1) / 3 * 3 + 1, 1),
        "month" | "mon" | "mm" => civil::days(d.year, d.month, 1),
        "week" => Some(days - civil::weekday(days)),
        _ => None,
    }
}

fn trunc(args: &Args<'_>) -> Fallible<Value> {
    shown(first_day(date(args, 0)?, &args.text(1)?.to_ascii_lowercase()))
}

fn date_trunc(args: &Args<'_>) -> Fallible<Value> {
    let (unit, micros) = (args.text(0)?.to_ascii_lowercase(), timestamp(args, 1)?);
    let step = match unit.as_str() {
        "day" | "dd" => MICROS_PER_DAY,
        "hour" => 3600 * MICROS_PER_SECOND,
        "minute" => 60 * MICROS_PER_SECOND,
        "second" => MICROS_PER_SECOND,
        "millisecond" => 1000,
        "microsecond" => 1,
        _ => return shown_timestamp(first_day(micros.div_euclid(MICROS_PER_DAY), &unit).and_then(|d| d.checked_mul(MICROS_PER_DAY))),
    };
    shown_timestamp(Some(micros - micros.rem_euclid(step)))
}

fn make_timestamp(args: &Args<'_>) -> Fallible<Value> {
    let days = civil::days(args.long(0)?, args.long(1)?, args.long(2)?).ok_or(Fault::Null)?;
    let (h, m, s) = (args.long(3)?, args.long(4)?, args.double(5)?);
    if !(0..24).contains(&h) || !(0..60).contains(&m) || !(0.0..=60.0).contains(&s) {
        return Err(Fault::Null);
    }
    let micros = (h * 3600 + m * 60) * MICROS_PER_SECOND + (s * MICROS_PER_SECOND as f64).round() as i64;
    shown_timestamp(days.checked_mul(MICROS_PER_DAY).and_then(|d| d.checked_add(micros)))
}

fn since_epoch(args: &Args<'_>, unit: i64) -> Fallible<Value> {
    let micros = match args.raw(0) {
        ValueRef::Integer(n) => n.checked_mul(unit),
        _ => {
            let micros = args.double(0)? * unit as f64;
            (micros.abs() < 9e18).then_some(micros.trunc() as i64)
        }
    };
    // Beyond what the calendar can show.
    shown_timestamp(micros.filter(|t| civil::checked_days(t.div_euclid(MICROS_PER_DAY)).is_some()))
}

fn date_part(args: &Args<'_>) -> Fallible<Value> {
    let (field, micros) = (args.text(0)?.to_ascii_lowercase(), timestamp(args, 1)?);
    let days = micros.div_euclid(MICROS_PER_DAY);
    let (d, (h, m, s, fraction)) = (civil::ymd(days), civil::clock(micros));
    int(match field.as_str() {
        "year" | "y" | "years" | "yr" | "yrs" => d.year,
        "yearofweek" => civil::ymd(days - civil::weekday(days) + 3).year,
        "quarter" | "qtr" => (d.month + 2) / 3,
        "month" | "mon" | "mons" | "months" => d.month,
        "week" | "w" | "weeks" => civil::week_of_year(days),
        "day" | "d" | "days" => d.day,
        "dayofweek" | "dow" => (civil::weekday(days) + 1) % 7 + 1,
        "dayofweek_iso" | "dow_iso" => civil::weekday(days) + 1,
        "doy" => civil::day_of_year(days),
        "hour" | "h" | "hours" | "hr" | "hrs" => h,
        "minute" | "m" | "min" | "mins" | "minutes" => m,
        "second" | "s" | "sec" | "seconds" | "secs" if fraction == 0 => s,
        "second" | "s" | "sec" | "seconds" | "secs" => return Ok(Value::Real(s as f64 + fraction as f64 / MICROS_PER_SECOND as f64)),
        _ => {
            return Err(Fault::Error(format!(
                "date_part: '{field}' is not a field; fields are year, quarter, month, week, day, dayofweek, doy, hour, minute, second"
            )));
        }
    })
}

fn unit(name: &str) -> Fallible<civil::Interval> {
    civil::unit(name).ok_or_else(|| {
        Fault::Error(format!("'{name}' is not a unit; units are year, quarter, month, week, day, hour, minute, second, millisecond, microsecond"))
    })
}

fn timestamp_add(args: &Args<'_>) -> Fallible<Value> {
    let interval = unit(&args.text(0)?)?.times(args.long(1)?).ok_or(Fault::Null)?;
    shown_timestamp(civil::add_interval(timestamp(args, 2)?, interval))
}

/// A date moved by days or longer stays a date.
fn add_interval(args: &Args<'_>) -> Fallible<Value> {
    let (micros, step) = (timestamp(args, 0)?, unit(&args.text(2)?)?);
    let interval = match args.raw(1) {
        ValueRef::Real(amount) if step.months == 0 => civil::Interval { months: 0, micros: (amount * step.micros as f64).round() as i64 },
        _ => step.times(args.long(1)?).ok_or(Fault::Null)?,
    };
    let moved = civil::add_interval(micros, interval);
    let whole_days = (step.months != 0 || step.micros % MICROS_PER_DAY == 0) && !args.text(0)?.trim().contains([' ', 'T']);
    if whole_days { shown(moved.map(|t| t.div_euclid(MICROS_PER_DAY))) } else { shown_timestamp(moved) }
}

fn timestamp_diff(args: &Args<'_>) -> Fallible<Value> {
    let (unit, start, end) = (unit(&args.text(0)?)?, timestamp(args, 1)?, timestamp(args, 2)?);
    if unit.months == 0 {
        return int((end - start) / unit.micros);
    }
    let (a, b) = (civil::ymd(start.div_euclid(MICROS_PER_DAY)), civil::ymd(end.div_euclid(MICROS_PER_DAY)));
    let mut months = (b.year - a.year) * 12 + b.month - a.month;
    // A month that is not full does not count.
    let place = |d: Ymd, t: i64| (d.day, t.rem_euclid(MICROS_PER_DAY));
    if months > 0 && place(b, end) < place(a, start) {
        months -= 1;
    } else if months < 0 && place(b, end) > place(a, start) {
        months += 1;
    }
    int(months / unit.months)
}
