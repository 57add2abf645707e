//! When a clock on the wall shows a time.
//!
//! A window opens the first time that the clock shows its start or later, and closes after the last moment at which the clock
//! shows a time before its end. So an edge that a clock put forward leaves out is the first moment after what it leaves
//! out; and of a time that it shows twice a window opens with the first and closes with the last.

use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone,
};
use chrono_tz::Tz;

/// The years in which zones are asked; the ends of them are well within what can be reckoned with.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9_000;

/// The longest time that a clock was ever put forward by is a day.
const LONGEST_GAP: i64 = 25 * 60;

/// When a window opens that begins so many minutes into a day, in microseconds since 1970.
pub(crate) fn opens(zone: Tz, day: NaiveDate, minute: u16) -> Option<i64> {
    let local = local(day, minute)?;
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(moment) => Some(moment.timestamp_micros()),
        MappedLocalTime::Ambiguous(first, last) => Some(first.min(last).timestamp_micros()),
        MappedLocalTime::None => after_gap(zone, local),
    }
}

/// When a window closes that ends so many minutes into a day, in microseconds since 1970.
pub(crate) fn closes(zone: Tz, day: NaiveDate, minute: u16) -> Option<i64> {
    let local = local(day, minute)?;
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(moment) => Some(moment.timestamp_micros()),
        MappedLocalTime::Ambiguous(first, last) => {
            let (first, last) = (first.min(last), first.max(last));
            // Where the clock is put back to this very time it has not shown an earlier one since the first.
            let just_before = (last - TimeDelta::seconds(1)).naive_local();
            Some(if just_before < local { last } else { first }.timestamp_micros())
        }
        MappedLocalTime::None => after_gap(zone, local),
    }
}

fn local(day: NaiveDate, minute: u16) -> Option<NaiveDateTime> {
    let midnight = day.and_hms_opt(0, 0, 0).filter(|_| YEARS.contains(&day.year()))?;
    midnight.checked_add_signed(TimeDelta::minutes(i64::from(minute)))
}

/// The first moment after the time that was left out: found to the minute, then to the second.
fn after_gap(zone: Tz, left_out: NaiveDateTime) -> Option<i64> {
    let minutes = (1..=LONGEST_GAP).map(|ahead| left_out + TimeDelta::minutes(ahead));
    let about = minutes.filter_map(|local| zone.from_local_datetime(&local).earliest()).next()?;
    let offset = |moment: &DateTime<Tz>| moment.offset().fix();
    let back = (0..60).map(|seconds| about - TimeDelta::seconds(seconds));
    let first = back.take_while(|moment| offset(moment) == offset(&about)).last()?;
    Some(first.timestamp_micros())
}
