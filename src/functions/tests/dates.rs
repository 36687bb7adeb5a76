//! Dates and timestamps.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::check;

#[test]
fn dates() {
    check(
        "year('2024-02-29') => 2024
         year('nonsense') => NULL
         quarter('2024-12-30') => 4
         dayofweek('2024-12-30') => 2
         weekday('2024-12-30') => 0
         weekofyear('2024-12-30') => 1
         dayname('2024-02-29') => 'Thu'
         monthname('2024-02-29') => 'Feb'
         second('2024-01-31 23:59:59.999') => 59
         hour('2024-01-31') => 0
         date_add('2024-02-28', 2) => '2024-03-01'
         date_sub('2024-03-01', 1) => '2024-02-29'
         date_add('2024-02-28', 9223372036854775807) => NULL
         date_add('9999-12-31', 1) => '+10000-01-01'
         datediff('2024-03-01 23:00:00', '2024-02-29') => 1
         add_months('2024-01-31', 1) => '2024-02-29'
         add_months('2024-02-29', -48) => '2020-02-29'
         last_day('2023-02-01') => '2023-02-28'
         next_day('2024-01-31', 'Wed') => '2024-02-07'
         next_day('2024-01-31', 'tu') => '2024-02-06'
         next_day('2024-01-31', 'xx') => NULL
         trunc('2024-05-15', 'quarter') => '2024-04-01'
         trunc('2024-05-15', 'week') => '2024-05-13'
         trunc('2024-05-15', 'day') => NULL
         date_trunc('hour', '2024-05-15 10:20:30.5') => '2024-05-15 10:00:00'
         date_trunc('nonsense', '2024-05-15') => NULL
         months_between('1997-02-28 10:30:00', '1996-10-30') => 3.94959677
         months_between('1997-02-28 10:30:00', '1996-10-30', 0) => 3.9495967741935485
         months_between('2024-03-31', '2024-02-29') => 1.0
         make_date(2024, 2, 30) => NULL
         make_timestamp(2024, 2, 29, 12, 30, 15.5) => '2024-02-29 12:30:15.5'
         make_timestamp(2024, 2, 29, 12, 30, 60) => '2024-02-29 12:31:00'
         date_format('2024-02-29', 'EEEE d MMMM') => 'Thursday 29 February'
         date_format('2024-02-29', 'YYYY') => error: date pattern 'YYYY': week-based letters such as 'Y' are not supported
         to_date('29/02/2024', 'dd/MM/yyyy') => '2024-02-29'
         to_date('2024-02-30') => NULL
         to_timestamp('2024-02-29 1:02:03') => '2024-02-29 01:02:03'
         unix_timestamp('1969-12-31 23:59:58.5') => -2
         unix_timestamp('29/02/2024', 'dd/MM/yyyy') => 1709164800
         from_unixtime(-1) => '1969-12-31 23:59:59'
         from_unixtime(253402300799, 'yyyy/MM/dd') => '9999/12/31'
         from_unixtime(9223372036854775807) => NULL
         unix_date('1970-01-02') => 1
         date_from_unix_date(-1) => '1969-12-31'
         timestamp_seconds(1.5) => '1970-01-01 00:00:01.5'
         unix_micros('1970-01-01 00:00:00.000001') => 1
         date_part('doy', '2024-02-29') => 60
         date_part('second', '2024-02-29 00:00:01.5') => 1.5
         timestamp_add('month', 1, '2024-01-31 10:00:00') => '2024-02-29 10:00:00'
         add_interval('2024-01-31', 1, 'month') => '2024-02-29'
         add_interval('2024-01-31', -1, 'hours') => '2024-01-30 23:00:00'
         add_interval('2024-01-31 10:00:00', 1.5, 'second') => '2024-01-31 10:00:01.5'
         timestamp_diff('month', '2024-01-31', '2024-02-29') => 0
         timestamp_diff('day', '2024-01-31', '2024-02-29') => 29",
    );
}
