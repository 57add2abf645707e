//! Times of day where a customer lives.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use rapport_entity::{TimeZone, plays::trigger::QuietHours};

/// The moment of a time of day. Where clocks are put forward over it, it is when that is done; of two it is the first.
pub fn moment(day: NaiveDate, time: NaiveTime, zone: &TimeZone) -> DateTime<Utc> {
    const MINUTES_OF_A_DAY: i64 = 1_440;
    let (wanted, rules) = (day.and_time(time), zone.rules());
    let first = (0..=MINUTES_OF_A_DAY).find_map(|minutes| {
        rules.from_local_datetime(&(wanted + TimeDelta::minutes(minutes))).earliest()
    });
    first.map_or_else(|| wanted.and_utc(), |time| time.with_timezone(&Utc))
}

/// A moment, or the end of the quiet hours that it is in.
pub fn out_of(quiet: Option<&QuietHours>, zone: &TimeZone, at: DateTime<Utc>) -> DateTime<Utc> {
    let Some(quiet) = quiet else { return at };
    let (from, to) = (quiet.from.time(), quiet.to.time());
    let local = at.with_timezone(&zone.rules()).naive_local();
    let (day, time) = (local.date(), local.time());
    let ends_on = match from > to {
        true if time >= from => day.succ_opt(),
        true if time < to => Some(day),
        false if from <= time && time < to => Some(day),
        _ => return at,
    };
    let Some(day) = ends_on else { return at };
    let first = moment(day, to, zone);
    if first > at {
        return first;
    }
    // Clocks were put back, so that the end comes twice.
    let second = zone.rules().from_local_datetime(&day.and_time(to)).latest();
    second.map_or(at, |second| second.with_timezone(&Utc).max(at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quiet(from: &str, to: &str) -> QuietHours {
        QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    fn moved(from: &str, to: &str, zone: &str, at: &str) -> String {
        let at = at.parse().unwrap();
        out_of(Some(&quiet(from, to)), &zone.parse().unwrap(), at).to_rfc3339()
    }

    #[test]
    fn what_is_due_in_quiet_hours_is_due_at_their_end_where_the_customer_lives() {
        let berlin = |at: &str| moved("20:00", "08:00", "Europe/Berlin", at);
        assert_eq!(berlin("2026-11-21T12:00:00Z"), "2026-11-21T12:00:00+00:00");
        assert_eq!(berlin("2026-11-21T19:00:00Z"), "2026-11-22T07:00:00+00:00");
        assert_eq!(berlin("2026-11-22T06:59:59Z"), "2026-11-22T07:00:00+00:00");
        assert_eq!(berlin("2026-11-22T07:00:00Z"), "2026-11-22T07:00:00+00:00");
        let midday = |at: &str| moved("12:00", "14:00", "Asia/Tokyo", at);
        assert_eq!(midday("2026-11-21T03:00:00Z"), "2026-11-21T05:00:00+00:00");
        assert_eq!(midday("2026-11-21T12:00:00Z"), "2026-11-21T12:00:00+00:00");
        let none = out_of(None, &"UTC".parse().unwrap(), DateTime::UNIX_EPOCH);
        assert_eq!(none, DateTime::UNIX_EPOCH);
    }

    #[test]
    fn days_on_which_clocks_are_changed_end_their_quiet_hours_once() {
        // Put forward from 02:00 to 03:00 on 29 March 2026, and back from 03:00 to 02:00 on 25 October.
        let until = |to: &str, at: &str| moved("22:00", to, "Europe/Berlin", at);
        assert_eq!(until("08:00", "2026-03-28T22:00:00Z"), "2026-03-29T06:00:00+00:00");
        assert_eq!(until("02:30", "2026-03-28T22:00:00Z"), "2026-03-29T01:00:00+00:00");
        assert_eq!(until("02:30", "2026-10-24T22:00:00Z"), "2026-10-25T00:30:00+00:00");
        // 02:10 for the second time: its quiet hours end when 02:30 comes for the second time.
        assert_eq!(until("02:30", "2026-10-25T01:10:00Z"), "2026-10-25T01:30:00+00:00");
    }

    proptest! {
        #[test]
        fn whatever_is_moved_is_moved_out_of_quiet_hours_and_by_a_day_at_most(
            from in 0_u32..1_440,
            to in 0_u32..1_440,
            zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Africa/Cairo", "Pacific/Apia"]),
            minutes in 0_i64..2_000_000,
        ) {
            prop_assume!(from != to);
            let clock = |at: u32| format!("{:02}:{:02}", at / 60, at % 60);
            let quiet = quiet(&clock(from), &clock(to));
            let zone: TimeZone = zone.parse().unwrap();
            let at = "2025-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes);
            let moved = out_of(Some(&quiet), &zone, at);
            prop_assert!(moved >= at && moved <= at + TimeDelta::hours(26));
            let local = moved.with_timezone(&zone.rules()).time();
            let (from, to) = (quiet.from.time(), quiet.to.time());
            let is_quiet = if from > to { local >= from || local < to } else { from <= local && local < to };
            // Where clocks are put over the end, what is after it is the first that is not quiet, or quiet again.
            prop_assert!(!is_quiet || moved != at);
        }
    }
}
