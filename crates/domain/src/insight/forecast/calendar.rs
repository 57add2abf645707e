use chrono::{Days, NaiveDate};
use rapport_entity::{Date, Month, sales::analysis::FiscalPeriod};

use crate::{
    insight::period::{Period, month, number},
    kernel::{Actor, Error, Faults, Result},
};

/// The most periods of a forecast.
pub const MOST_PERIODS: usize = 24;

/// A period of a fiscal calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// `2026-11`, `2026 Q4` or `2026`. A fiscal year is called by the year it ends in.
    pub name: String,
    /// Its days.
    pub days: Period,
}

/// A calendar whose years begin with some month.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    periods: FiscalPeriod,
    /// How many months of January's year have gone when a fiscal year begins.
    shift: i32,
}

impl Calendar {
    /// Of such periods, in the workspace's years.
    pub fn of_workspace(periods: FiscalPeriod, actor: &Actor) -> Self {
        Self { periods, shift: i64::from(actor.fiscal_year_start) as i32 - 1 }
    }

    /// Of such periods, the years beginning with a month from 1 to 12.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/fiscalYearStart`.
    pub fn new(periods: FiscalPeriod, fiscal_year_start: i32) -> Result<Self> {
        if !(1..=12).contains(&fiscal_year_start) {
            return Err(Error::invalid("/fiscalYearStart", "must be a whole number from 1 to 12"));
        }
        Ok(Self { periods, shift: fiscal_year_start - 1 })
    }

    /// The periods from that of one month to that of another: from that of today, three months, four quarters or one year,
    /// where they are not said.
    ///
    /// # Errors
    /// [`Error::Conflict`] where they are more than [`MOST_PERIODS`], or none.
    pub fn spans(
        self,
        from: Option<&Month>,
        to: Option<&Month>,
        today: NaiveDate,
    ) -> Result<Vec<Span>> {
        let first = self.begins(from.map_or_else(|| number(today), Month::number));
        let usual = match self.periods {
            FiscalPeriod::Month => 2,
            FiscalPeriod::Quarter => 9,
            FiscalPeriod::Year => 0,
        };
        let last = self.begins(to.map_or(first + usual, Month::number));
        let count = (last - first).div_euclid(self.months()) + 1;
        let mut faults = Faults::default();
        if count < 1 {
            faults.conflict("/from", "comes after the last month");
        } else if usize::try_from(count).is_ok_and(|count| count > MOST_PERIODS) {
            faults.conflict("/from", format!("there may be {MOST_PERIODS} periods at most"));
        }
        faults.check()?;
        (0..count).map(|n| self.span(first + n * self.months())).collect()
    }

    /// The period that a day is in.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is too far away.
    pub fn span_of(self, day: NaiveDate) -> Result<Span> {
        self.span(self.begins(number(day)))
    }

    fn months(self) -> i32 {
        match self.periods {
            FiscalPeriod::Month => 1,
            FiscalPeriod::Quarter => 3,
            FiscalPeriod::Year => 12,
        }
    }

    /// The month that the period of a month begins with.
    fn begins(self, month: i32) -> i32 {
        month - (month - self.shift).rem_euclid(self.months())
    }

    fn span(self, begins: i32) -> Result<Span> {
        let day = |month: i32| {
            NaiveDate::from_ymd_opt(
                month.div_euclid(12),
                month.rem_euclid(12).unsigned_abs() + 1,
                1,
            )
        };
        let out = || Error::invalid("/to", "is too far away");
        let last = day(begins + self.months()).and_then(|day| day.checked_sub_days(Days::new(1)));
        let date =
            |day: Option<NaiveDate>| day.and_then(|day| Date::try_from(day).ok()).ok_or_else(out);
        let days = Period { from: date(day(begins))?, to: date(last)? };
        Ok(Span { name: self.name(begins)?, days })
    }

    fn name(self, begins: i32) -> Result<String> {
        let out = || Error::invalid("/to", "is too far away");
        match self.periods {
            FiscalPeriod::Month => month(begins).map(|month| month.to_string()).ok_or_else(out),
            FiscalPeriod::Quarter => {
                let quarter = (begins - self.shift).rem_euclid(12) / 3 + 1;
                Ok(format!("{:04} Q{quarter}", self.year(begins)))
            }
            FiscalPeriod::Year => Ok(format!("{:04}", self.year(begins))),
        }
    }

    /// The fiscal year of a month, by the year it ends in.
    fn year(self, month: i32) -> i32 {
        (month - self.shift).div_euclid(12) + i32::from(self.shift > 0)
    }
}

/// That a day is the first of such a period in the workspace's calendar: `/startsOn` is the fault's place.
pub fn check_start(actor: &Actor, periods: FiscalPeriod, day: Date, faults: &mut Faults) {
    match Calendar::of_workspace(periods, actor).span_of(day.day()) {
        Ok(span) if span.days.from == day => {}
        Ok(span) => {
            let (name, first) = (span.name, span.days.from);
            faults.conflict("/startsOn", format!("is within {name}, which begins on {first}"));
        }
        Err(_) => faults.invalid("/startsOn", "is too far away"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(periods: FiscalPeriod, start: i32, from: &str, to: &str) -> Vec<String> {
        let (from, to): (Month, Month) = (from.parse().unwrap(), to.parse().unwrap());
        let today = "2026-11-22".parse().unwrap();
        let spans = Calendar::new(periods, start).unwrap().spans(Some(&from), Some(&to), today);
        let told = |span: Span| format!("{} {} {}", span.name, span.days.from, span.days.to);
        spans.unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn months_and_quarters_follow_the_fiscal_year() {
        use FiscalPeriod::{Month, Quarter, Year};
        assert_eq!(names(Month, 4, "2024-02", "2024-02"), ["2024-02 2024-02-01 2024-02-29"]);
        assert_eq!(
            names(Quarter, 1, "2026-11", "2027-01"),
            ["2026 Q4 2026-10-01 2026-12-31", "2027 Q1 2027-01-01 2027-03-31"]
        );
        assert_eq!(
            names(Quarter, 2, "2026-12", "2027-02"),
            ["2027 Q4 2026-11-01 2027-01-31", "2028 Q1 2027-02-01 2027-04-30"]
        );
        assert_eq!(names(Year, 1, "2026-11", "2026-12"), ["2026 2026-01-01 2026-12-31"]);
        assert_eq!(
            names(Year, 4, "2026-03", "2026-04"),
            ["2026 2025-04-01 2026-03-31", "2027 2026-04-01 2027-03-31"]
        );
    }

    #[test]
    fn there_are_some_periods_and_not_too_many() {
        let months = |from: &str, to: &str| {
            let calendar = Calendar::new(FiscalPeriod::Month, 1).unwrap();
            let (from, to): (Month, Month) = (from.parse().unwrap(), to.parse().unwrap());
            calendar.spans(Some(&from), Some(&to), NaiveDate::MIN).map(|spans| spans.len())
        };
        assert_eq!(months("2026-01", "2027-12").unwrap(), MOST_PERIODS);
        assert!(matches!(months("2026-01", "2028-01"), Err(Error::Conflict(_))));
        assert!(matches!(months("2026-02", "2026-01"), Err(Error::Conflict(_))));
        assert!(matches!(Calendar::new(FiscalPeriod::Month, 0), Err(Error::Invalid(_))));
    }
}
