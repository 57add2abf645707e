use chrono::{Datelike, Days, NaiveDate};
use rapport_entity::{Date, Month};

use crate::kernel::{Ctx, Error, Faults, Result, day_of};

/// Days from one to another. Both belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Period {
    /// From one day to another, where they are said: until a day and as many days long as is usual where they are not.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the first comes after the last.
    pub(super) fn asked(
        from: Option<Date>,
        to: Option<Date>,
        usual: (NaiveDate, u64),
    ) -> Result<Self> {
        let last = to.map_or(usual.0, Date::day);
        let whole = Self::ending(last, usual.1)?;
        let period = Self { from: from.unwrap_or(whole.from), ..whole };
        period.check("/from")?;
        Ok(period)
    }

    /// The days that end with one, as many as are said.
    fn ending(to: NaiveDate, days: u64) -> Result<Self> {
        let from = to.checked_sub_days(Days::new(days.saturating_sub(1)));
        let date = |day: NaiveDate| Date::try_from(day).map_err(|_| too_early());
        Ok(Self { from: date(from.ok_or_else(too_early)?)?, to: date(to)? })
    }

    /// As many days right before.
    pub(super) fn before(self) -> Result<Self> {
        let to = self.from.day().checked_sub_days(Days::new(1));
        Self::ending(to.ok_or_else(too_early)?, self.days())
    }

    /// How many days it has.
    pub(super) fn days(self) -> u64 {
        (self.to.day() - self.from.day()).num_days().unsigned_abs() + 1
    }

    /// That it does not end before it begins.
    pub(super) fn check(self, at: &str) -> Result<()> {
        let mut faults = Faults::default();
        if self.from > self.to {
            faults.conflict(at, "comes after the last day");
        }
        faults.check()
    }
}

fn too_early() -> Error {
    Error::invalid("/from", "leaves no room for the days before")
}

/// The day it is in the workspace.
pub fn today(ctx: &Ctx) -> NaiveDate {
    day_of(ctx.database().clock().now(), ctx.actor())
}

/// The months from the year 0 to that of a day.
pub fn number(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0() as i32
}

/// The month with so many before it.
pub fn month(number: i32) -> Option<Month> {
    format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1).parse().ok()
}

/// The most cohorts, and the most months that they are followed for.
pub const MOST_MONTHS: i32 = 36;

/// Cohorts by months: which, and for how many months after theirs they are followed.
#[derive(Clone, Copy, Debug)]
pub struct Cohorts {
    /// The number of the first.
    pub from: i32,
    /// The number of the last.
    pub to: i32,
    /// For how many months.
    pub months: i32,
    now: i32,
}

impl Cohorts {
    /// Those that are asked for: the last twelve, for twelve months, where they are not said.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Conflict`].
    pub(super) fn asked(
        from: Option<&Month>,
        to: Option<&Month>,
        months: Option<i32>,
        today: NaiveDate,
    ) -> Result<Self> {
        let now = number(today);
        let to = to.map_or(now, Month::number);
        let from = from.map_or((to - 11).max(0), Month::number);
        let months = months.unwrap_or(12);
        let mut faults = Faults::default();
        if !(1..=MOST_MONTHS).contains(&months) {
            faults.invalid("/months", format!("must be from 1 to {MOST_MONTHS}"));
        }
        if from > to {
            faults.conflict("/from", "comes after the last month");
        } else if to - from >= MOST_MONTHS {
            faults.conflict("/from", format!("there may be {MOST_MONTHS} cohorts at most"));
        }
        faults.check()?;
        Ok(Self { from, to, months, now })
    }

    /// The months of a cohort, its own first, as far as they have begun.
    pub(super) fn months_of(self, first: i32) -> std::ops::RangeInclusive<i32> {
        first..=self.now.min(first + self.months)
    }
}
