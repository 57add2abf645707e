//! Reckoning with stretches of time. Everything here only ever grows with the time that it is reckoned from, so that
//! what time moves can be found by looking at where it has moved from and to.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};

use super::{DayShift, Shift, Span};

/// The pattern of a length of time in whole days: what days can be compared with.
const OF_DAYS: &str =
    "P([0-9]{1,3}W|[0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,5}D)?|[0-9]{1,3}M([0-9]{1,5}D)?|[0-9]{1,5}D)$";

/// How much of each unit, all before now or all after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Units {
    months: i32,
    days: i64,
    minutes: i64,
}

/// What stands before each letter; the pattern has been checked.
fn units(text: &str) -> Units {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut units = Units::default();
    let (mut number, mut in_time) = (0_i64, false);
    for letter in text.chars() {
        let given = std::mem::take(&mut number) * sign;
        match (letter, in_time) {
            ('Y', _) => units.months += given as i32 * 12,
            ('M', false) => units.months += given as i32,
            ('W', _) => units.days += given * 7,
            ('D', _) => units.days += given,
            ('H', _) => units.minutes += given * 60,
            ('M', true) => units.minutes += given,
            ('T', _) => in_time = true,
            (digit, _) => {
                let digit = digit.to_digit(10).unwrap_or(0);
                number = given * sign * 10 + i64::from(digit);
            }
        }
    }
    units
}

impl Shift {
    /// The pattern of those that are whole days.
    pub fn pattern_of_days() -> String {
        format!("^[+-]?{OF_DAYS}")
    }

    /// No stretch at all: now itself.
    pub fn none() -> Self {
        Self::unchecked("P0D".to_owned())
    }

    /// Whether it is whole days, months and years.
    pub fn is_of_days(&self) -> bool {
        !self.as_str().contains('T')
    }

    /// The day that is so far from another. Of a month without such a day it is the last one.
    pub fn from_day(&self, day: NaiveDate) -> NaiveDate {
        let Units { months, days, .. } = units(self.as_str());
        let shifted = match Months::new(months.unsigned_abs()) {
            ahead if months > 0 => day.checked_add_months(ahead),
            back => day.checked_sub_months(back),
        };
        let shifted = shifted.and_then(|day| match Days::new(days.unsigned_abs()) {
            ahead if days > 0 => day.checked_add_days(ahead),
            back => day.checked_sub_days(back),
        });
        shifted.unwrap_or(day)
    }

    /// The moment that is so far from another. Months are reckoned in UTC, and where one has no such day it is the
    /// moment in which that month ends. A day is 24 hours.
    pub fn from_moment(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let Units { months, days, minutes } = units(self.as_str());
        let exact = TimeDelta::try_days(days).zip(TimeDelta::try_minutes(minutes));
        let shifted = exact.and_then(|(days, minutes)| {
            in_months(moment, months)?.checked_add_signed(days + minutes)
        });
        shifted.unwrap_or(moment)
    }

    /// The first moment from which [`Shift::from_moment`] leads to `to` or beyond.
    pub fn reaches(&self, to: DateTime<Utc>) -> DateTime<Utc> {
        let Units { months, days, minutes } = units(self.as_str());
        let back = Self::of(Units { months: -months, days: -days, minutes: -minutes });
        let about = back.from_moment(to);
        let micros = |days: i64| (about + TimeDelta::days(days)).timestamp_micros();
        let (mut early, mut late) = (micros(-5), micros(5));
        while early < late {
            let middle = early + (late - early) / 2;
            let moment = DateTime::from_timestamp_micros(middle).unwrap_or(about);
            match self.from_moment(moment) >= to {
                true => late = middle,
                false => early = middle + 1,
            }
        }
        DateTime::from_timestamp_micros(late).unwrap_or(about)
    }

    fn of(Units { months, days, minutes }: Units) -> Self {
        let sign = if months < 0 || days < 0 || minutes < 0 { "-" } else { "" };
        let [months, days, minutes] = [months.into(), days, minutes].map(i64::abs);
        Self::unchecked(format!("{sign}P{months}M{days}DT{minutes}M"))
    }
}

/// The same time of day so many months before or after.
fn in_months(moment: DateTime<Utc>, months: i32) -> Option<DateTime<Utc>> {
    let day = moment.date_naive();
    let shifted = match Months::new(months.unsigned_abs()) {
        ahead if months > 0 => day.checked_add_months(ahead),
        back => day.checked_sub_months(back),
    }?;
    let time = moment.time();
    match shifted.day() == day.day() {
        true => Some(shifted.and_time(time).and_utc()),
        false => Some(shifted.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc()),
    }
}

impl Span {
    /// The pattern of those that are whole days.
    pub fn pattern_of_days() -> String {
        format!("^{OF_DAYS}")
    }

    /// So far back from now.
    pub fn back(&self) -> Shift {
        Shift::unchecked(format!("-{self}"))
    }

    /// So far ahead of now.
    pub fn ahead(&self) -> Shift {
        Shift::unchecked(self.to_string())
    }
}

impl DayShift {
    /// How many; those before today are less than none.
    pub fn days(&self) -> i64 {
        units(self.as_str()).days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(text: &str) -> Shift {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_reckoned_by_the_calendar() {
        for (from, by, to) in [
            ("2026-11-22", "-P90D", "2026-08-24"),
            ("2026-11-22", "P2W", "2026-12-06"),
            ("2024-02-29", "-P1Y", "2023-02-28"),
            ("2026-03-31", "-P1M", "2026-02-28"),
            ("2026-03-31", "+P1Y2M3D", "2027-06-03"),
            ("2026-11-22", "-P0D", "2026-11-22"),
        ] {
            assert_eq!(shift(by).from_day(day(from)), day(to), "{from} {by}");
        }
    }

    #[test]
    fn moments_are_reckoned_in_utc_and_never_go_back() {
        for (from, by, to) in [
            ("2026-11-22T10:00:00Z", "-P90D", "2026-08-24T10:00:00Z"),
            ("2026-11-22T10:00:00Z", "-PT12H30M", "2026-11-21T21:30:00Z"),
            ("2026-03-30T10:00:00Z", "-P1M", "2026-03-01T00:00:00Z"),
            ("2026-11-22T10:00:00Z", "P1DT1H", "2026-11-23T11:00:00Z"),
        ] {
            assert_eq!(shift(by).from_moment(moment(from)), moment(to), "{from} {by}");
        }
        let mut before = DateTime::<Utc>::MIN_UTC;
        for hour in 0..24 * 800 {
            let now = moment("2023-12-01T00:30:00Z") + TimeDelta::hours(hour);
            let to = shift("-P1M2D").from_moment(now);
            assert!(to >= before, "{now}");
            before = to;
        }
    }

    #[test]
    fn what_a_shift_reaches_it_did_not_reach_a_moment_before() {
        for by in ["-P90D", "P1M", "-P1M", "-P1Y", "PT5M", "P0D", "-P11M30DT7H"] {
            for hour in (0..24 * 400).step_by(7) {
                let to = moment("2023-12-01T00:30:00Z") + TimeDelta::hours(hour);
                let reached = shift(by).reaches(to);
                assert!(shift(by).from_moment(reached) >= to, "{by} {to}");
                let before = reached - TimeDelta::microseconds(1);
                assert!(shift(by).from_moment(before) < to, "{by} {to}");
            }
        }
    }

    #[test]
    fn nothing_but_lengths_of_time_is_read() {
        for wrong in [
            "P", "-P", "PT", "90D", "P1.5D", "P-1D", "P1D2Y", "P1DT", "PT5S", "P1234Y", "--P1D", "",
        ] {
            assert!(wrong.parse::<Shift>().is_err(), "{wrong}");
        }
        assert!("-P1D".parse::<Span>().is_err());
        assert!("P367D".parse::<DayShift>().is_err());
        assert_eq!("-P366D".parse::<DayShift>().unwrap().days(), -366);
    }
}
