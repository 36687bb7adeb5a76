//! Dates and timestamps, in UTC. Texts are cast as `cast` would; what is no date gives NULL.

use super::Wants::{Any, Boolean, Date, Integer, Number, Text, Timestamp};
use super::{Function, FunctionKind, Param, Returns, returns};

const fn f(name: &'static str, sql_name: &'static str, params: &'static [Param], returns: Returns, doc: &'static str) -> Function {
    Function::new("date", FunctionKind::Scalar, (name, sql_name), params, returns, doc)
}

const DATE: &[Param] = &[Param::column("col", Date)];
const TIMESTAMP: &[Param] = &[Param::column("col", Timestamp)];
const DAYS: &[Param] = &[Param::column("start", Date), Param::column("days", Integer)];
const FORMATTED: &[Param] = &[Param::column("col", Any), Param::literal("format", Text).optional()];
const DIFFERENCE: &[Param] = &[Param::column("end", Date), Param::column("start", Date)];
const NUMBER: &[Param] = &[Param::column("col", Number)];

pub static FUNCTIONS: &[Function] = &[
    f("currentDate", "current_date", &[], returns::date, "Today's date, the same throughout a statement")
        .aliases(&["curdate"])
        .volatile()
        .never_null()
        .rule(),
    f("currentTimestamp", "current_timestamp", &[], returns::timestamp, "The time now, the same throughout a statement")
        .aliases(&["now", "localtimestamp"])
        .volatile()
        .never_null()
        .rule(),
    f("currentTimezone", "current_timezone", &[], returns::string, "The session's time zone: UTC").never_null(),
    f("year", "year", DATE, returns::int, "Year"),
    f("quarter", "quarter", DATE, returns::int, "Quarter, 1 to 4"),
    f("month", "month", DATE, returns::int, "Month, 1 to 12"),
    f("dayofmonth", "dayofmonth", DATE, returns::int, "Day of the month").aliases(&["day"]),
    f("dayofweek", "dayofweek", DATE, returns::int, "Day of the week, 1 (Sunday) to 7"),
    f("dayofyear", "dayofyear", DATE, returns::int, "Day of the year"),
    f("weekofyear", "weekofyear", DATE, returns::int, "Week of the year by ISO 8601"),
    f("weekday", "weekday", DATE, returns::int, "Day of the week, 0 (Monday) to 6"),
    f("dayname", "dayname", DATE, returns::string, "Day's name in three letters: Mon"),
    f("monthname", "monthname", DATE, returns::string, "Month's name in three letters: Jan"),
    f("hour", "hour", TIMESTAMP, returns::int, "Hour"),
    f("minute", "minute", TIMESTAMP, returns::int, "Minute"),
    f("second", "second", TIMESTAMP, returns::int, "Second, without its fraction"),
    f("dateAdd", "date_add", DAYS, returns::date, "Some days later").aliases(&["dateadd"]),
    f("dateSub", "date_sub", DAYS, returns::date, "Some days earlier"),
    f("datediff", "datediff", DIFFERENCE, returns::int, "Days from `start` to `end`").aliases(&["dateDiff", "date_diff"]),
    f(
        "addMonths",
        "add_months",
        &[Param::column("start", Date), Param::column("months", Integer)],
        returns::date,
        "Some months later; a day that the month lacks becomes its last",
    ),
    f(
        "monthsBetween",
        "months_between",
        &[Param::column("date1", Timestamp), Param::column("date2", Timestamp), Param::literal("roundOff", Boolean).optional()],
        returns::double,
        "Months from `date2` to `date1`, in months of 31 days, rounded to 8 decimals unless `roundOff` is false",
    ),
    f("lastDay", "last_day", DATE, returns::date, "Last day of the month"),
    f(
        "nextDay",
        "next_day",
        &[Param::column("date", Date), Param::literal("dayOfWeek", Text)],
        returns::date,
        "First day after the date with that name (Mon, Monday); NULL for other names",
    ),
    f(
        "trunc",
        "trunc",
        &[Param::column("date", Date), Param::literal("format", Text)],
        returns::date,
        "First day of the year, quarter, month or week; NULL for other units",
    ),
    f(
        "dateTrunc",
        "date_trunc",
        &[Param::literal("format", Text), Param::column("timestamp", Timestamp)],
        returns::timestamp,
        "Start of the year, quarter, month, week, day, hour, minute, second, millisecond or microsecond; NULL for other units",
    ),
    f(
        "dateFormat",
        "date_format",
        &[Param::column("date", Timestamp), Param::literal("format", Text)],
        returns::string,
        "Text by a pattern: `yyyy-MM-dd HH:mm:ss.SSS`, `EEEE d MMMM`",
    ),
    f("toDate", "to_date", FORMATTED, returns::date, "Date of a text, by a pattern or as `cast`; NULL if it is none"),
    f("toTimestamp", "to_timestamp", FORMATTED, returns::timestamp, "Timestamp of a text, by a pattern or as `cast`; NULL if it is none")
        .aliases(&["tryToTimestamp", "try_to_timestamp"]),
    f(
        "unixTimestamp",
        "unix_timestamp",
        &[Param::column("timestamp", Any).optional(), Param::literal("format", Text).optional()],
        returns::long,
        "Seconds since 1970 of a timestamp, of a date, or of a text by a pattern (`yyyy-MM-dd HH:mm:ss` by default); now without arguments",
    )
    .aliases(&["toUnixTimestamp", "to_unix_timestamp"])
    .rule(),
    f(
        "fromUnixtime",
        "from_unixtime",
        &[Param::column("timestamp", Integer), Param::literal("format", Text).optional()],
        returns::string,
        "Text of seconds since 1970, by a pattern",
    ),
    f(
        "makeDate",
        "make_date",
        &[Param::column("year", Integer), Param::column("month", Integer), Param::column("day", Integer)],
        returns::date,
        "Date of its parts; NULL if there is none such",
    ),
    f(
        "makeTimestamp",
        "make_timestamp",
        &[
            Param::column("years", Integer),
            Param::column("months", Integer),
            Param::column("days", Integer),
            Param::column("hours", Integer),
            Param::column("mins", Integer),
            Param::column("secs", Number),
        ],
        returns::timestamp,
        "Timestamp of its parts; NULL if there is none such",
    ),
    f("unixDate", "unix_date", DATE, returns::int, "Days since 1970-01-01"),
    f("dateFromUnixDate", "date_from_unix_date", &[Param::column("days", Integer)], returns::date, "Date of days since 1970-01-01"),
    f("unixSeconds", "unix_seconds", TIMESTAMP, returns::long, "Seconds since 1970, rounded down"),
    f("unixMillis", "unix_millis", TIMESTAMP, returns::long, "Milliseconds since 1970, rounded down"),
    f("unixMicros", "unix_micros", TIMESTAMP, returns::long, "Microseconds since 1970"),
    f("timestampSeconds", "timestamp_seconds", NUMBER, returns::timestamp, "Timestamp of seconds since 1970"),
    f("timestampMillis", "timestamp_millis", NUMBER, returns::timestamp, "Timestamp of milliseconds since 1970"),
    f("timestampMicros", "timestamp_micros", NUMBER, returns::timestamp, "Timestamp of microseconds since 1970"),
    f(
        "datePart",
        "date_part",
        &[Param::literal("field", Text), Param::column("source", Timestamp)],
        returns::double,
        "A part by name: year, quarter, month, week, day, dayofweek, doy, hour, minute, second (with its fraction)",
    )
    .aliases(&["datepart", "extract"]),
    f(
        "timestampAdd",
        "timestamp_add",
        &[Param::literal("unit", Text), Param::column("quantity", Integer), Param::column("ts", Timestamp)],
        returns::timestamp,
        "Some units later: year, quarter, month, week, day, hour, minute, second, millisecond, microsecond",
    )
    .aliases(&["timestampadd"]),
    f(
        "addInterval",
        "add_interval",
        &[Param::column("start", Timestamp), Param::column("amount", Number), Param::literal("unit", Text)],
        returns::moved,
        "Some units later, as `start + interval 1 month`; a date stays one",
    )
    .rule(),
    f(
        "timestampDiff",
        "timestamp_diff",
        &[Param::literal("unit", Text), Param::column("start", Timestamp), Param::column("end", Timestamp)],
        returns::long,
        "Whole units from start to end",
    )
    .aliases(&["timestampdiff"]),
];
