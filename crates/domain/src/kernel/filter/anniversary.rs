//! Anniversaries: days of the year, whatever the year. What is of 29 February is kept on the 28th in years without one.

use chrono::{Datelike, Days, NaiveDate};
use rapport_entity::rule::Anniversary;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

/// The lengths of the months of a leap year.
const MONTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Days of the year, each as month × 100 + day, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaysOfYear(Vec<i32>);

/// The first and the last day of an anniversary's window, as seen from today.
pub fn ends(of: &Anniversary) -> (i64, i64) {
    let days = |end: &Option<rapport_entity::DayShift>| end.as_ref().map_or(0, |end| end.days());
    (days(&of.from), days(&of.to))
}

impl DaysOfYear {
    /// Those that come round from so many days after today to so many (before, where less than none).
    pub fn around(today: NaiveDate, (from, to): (i64, i64)) -> Self {
        let day = |offset: i64| match Days::new(offset.unsigned_abs()) {
            back if offset < 0 => today.checked_sub_days(back),
            ahead => today.checked_add_days(ahead),
        };
        // Four years have every day; a window is never as long.
        let days = (from..=to).take(366 * 2 + 1).filter_map(day);
        let mut codes: Vec<i32> = days.flat_map(kept_on).collect();
        codes.sort_unstable();
        codes.dedup();
        Self(codes)
    }

    /// Those that are in only one of both.
    pub fn difference(&self, other: &Self) -> Self {
        let only = |these: &Self, others: &Self| -> Vec<i32> {
            let not = |code: &&i32| others.0.binary_search(code).is_err();
            these.0.iter().filter(not).copied().collect()
        };
        let mut codes = [only(self, other), only(other, self)].concat();
        codes.sort_unstable();
        Self(codes)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That a day of the year, written so, is among them.
    pub fn has(&self, day: &Expr) -> Condition {
        self.ranges().into_iter().fold(super::compile::never(), |any, (first, last)| {
            any.add(match first == last {
                true => day.clone().eq(first),
                false => day.clone().between(first, last),
            })
        })
    }

    /// First and last of days that follow one another.
    fn ranges(&self) -> Vec<(i32, i32)> {
        let mut ranges: Vec<(i32, i32)> = Vec::new();
        for code in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if follows(*last) == *code => *last = *code,
                _ => ranges.push((*code, *code)),
            }
        }
        ranges
    }
}

/// The days of the year that are kept on a day.
fn kept_on(day: NaiveDate) -> impl Iterator<Item = i32> {
    let code = (day.month() * 100 + day.day()) as i32;
    let also = (code == 228 && !day.leap_year()).then_some(229);
    std::iter::once(code).chain(also)
}

/// The day of a leap year after another.
fn follows(code: i32) -> i32 {
    let (month, day) = (code / 100, code as u32 % 100);
    match MONTHS.get(month as usize - 1) {
        Some(days) if day < *days => code + 1,
        _ => (month + 1) * 100 + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(today: &str, from: i64, to: i64) -> Vec<(i32, i32)> {
        DaysOfYear::around(today.parse().unwrap(), (from, to)).ranges()
    }

    #[test]
    fn a_window_over_new_year_is_two_ranges() {
        assert_eq!(around("2026-12-28", 0, 7), [(101, 104), (1228, 1231)]);
        assert_eq!(around("2026-11-30", 0, 1), [(1130, 1201)]);
        assert_eq!(around("2026-01-02", -3, 0), [(101, 102), (1230, 1231)]);
    }

    #[test]
    fn the_29th_of_february_is_kept_on_the_28th_of_other_years() {
        assert_eq!(around("2026-02-28", 0, 0), [(228, 229)]);
        assert_eq!(around("2028-02-28", 0, 0), [(228, 228)]);
        assert_eq!(around("2028-02-29", 0, 0), [(229, 229)]);
        assert_eq!(around("2026-03-01", 0, 0), [(301, 301)]);
        assert_eq!(around("2026-02-21", 0, 7), [(221, 229)]);
        assert_eq!(around("2100-02-28", 0, 1), [(228, 301)], "2100 is no leap year");
    }

    #[test]
    fn a_year_has_every_day() {
        assert_eq!(around("2026-06-15", -183, 183), [(101, 1231)]);
    }

    #[test]
    fn what_a_day_changes_is_its_ends() {
        let at = |today: &str| DaysOfYear::around(today.parse().unwrap(), (0, 7));
        let difference = |a: &str, b: &str| at(a).difference(&at(b)).0;
        assert_eq!(difference("2026-05-01", "2026-05-02"), [501, 509]);
        assert_eq!(difference("2026-02-20", "2026-02-21"), [220, 228, 229]);
        assert_eq!(difference("2026-12-31", "2027-01-01"), [108, 1231]);
    }
}
