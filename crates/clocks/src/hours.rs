//! A calendar laid out in time, so that how much of it is open is found quickly.

use std::sync::OnceLock;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::{calendar::Calendar, wall};

/// The first year of which is known when there is somebody; before it all is closed.
pub const FIRST_YEAR: i32 = 1970;

/// The last year of which is known when there is somebody; after it all is closed.
pub const LAST_YEAR: i32 = 2099;

/// What takes longer than to the end of the so many next years never comes.
pub const HORIZON_YEARS: usize = 10;

const YEARS: usize = (LAST_YEAR - FIRST_YEAR + 1) as usize;
const MICROS_OF_DAY: i64 = 86_400_000_000;
const MICROS_OF_MEAN_YEAR: i64 = 31_556_952_000_000;

/// When each year begins, in microseconds since 1970, and when the last one ends.
static STARTS: [i64; YEARS + 1] = starts();

const fn starts() -> [i64; YEARS + 1] {
    let mut starts = [0; YEARS + 1];
    let (mut n, mut days) = (0, 0);
    while n <= YEARS {
        starts[n] = days * MICROS_OF_DAY;
        let year = FIRST_YEAR + n as i32;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        days += if leap { 366 } else { 365 };
        n += 1;
    }
    starts
}

/// A time in which there is somebody, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opening {
    from: i64,
    until: i64,
    /// How much of its year is open before it.
    before: i64,
}

/// The openings of a year of UTC, in order, none touching another.
#[derive(Debug, Default)]
struct Year {
    openings: Vec<Opening>,
    /// How much of it is open.
    open: i64,
}

/// A calendar laid out in time. A year is laid out when it is first asked for; it can be shared by threads.
#[derive(Debug)]
pub struct Hours {
    calendar: Calendar,
    years: Box<[OnceLock<Year>]>,
}

impl Hours {
    /// Lays out a calendar.
    pub fn of(calendar: Calendar) -> Self {
        Self { calendar, years: (0..YEARS).map(|_| OnceLock::new()).collect() }
    }

    /// Around the clock.
    pub fn always() -> Self {
        Self::of(Calendar::always())
    }

    /// The calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// How much is open from one moment to another, in microseconds; nothing where the second is not later.
    pub fn open_between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
        self.open(from.timestamp_micros(), until.timestamp_micros())
    }

    /// The earliest moment by which so much was open since another, in microseconds; the moment itself for nothing, and
    /// none where that is later than the tenth year after it.
    pub fn advance(&self, from: DateTime<Utc>, open: i64) -> Option<DateTime<Utc>> {
        self.reach(from.timestamp_micros(), open).and_then(DateTime::from_timestamp_micros)
    }

    /// When there is somebody between two moments, in order: at most so many openings.
    pub fn openings(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, until) = (from.timestamp_micros(), until.timestamp_micros());
        let all = self.touching(from, until).map(|one| (one.from.max(from), one.until.min(until)));
        let mut openings: Vec<(i64, i64)> = Vec::new();
        for (from, until) in all {
            let full = openings.len() == most;
            match openings.last_mut() {
                // The turn of a year of UTC is no break.
                Some(before) if before.1 == from => before.1 = until,
                _ if full => break,
                _ => openings.push((from, until)),
            }
        }
        let moments = |(from, until)| {
            Some((DateTime::from_timestamp_micros(from)?, DateTime::from_timestamp_micros(until)?))
        };
        openings.into_iter().filter_map(moments).collect()
    }

    /// How many openings there are between two moments.
    pub(crate) fn count(&self, from: i64, until: i64) -> usize {
        let mut last = None;
        let apart = |one: &&Opening| last.replace(one.until) != Some(one.from);
        self.touching(from, until).filter(apart).count()
    }

    fn touching(&self, from: i64, until: i64) -> impl Iterator<Item = &Opening> {
        let last = if from < until { place(until) + 1 } else { 0 };
        let years = place(from)..last;
        let openings = years.flat_map(|year| &self.year(year).openings);
        openings.filter(move |one| one.from < until && one.until > from)
    }

    pub(crate) fn open(&self, from: i64, until: i64) -> i64 {
        if from >= until {
            return 0;
        }
        let (first, last) = (place(from), place(until));
        let between: i64 = (first..last).map(|year| self.year(year).open).sum();
        between + self.year(last).open_before(until) - self.year(first).open_before(from)
    }

    pub(crate) fn reach(&self, from: i64, open: i64) -> Option<i64> {
        if open <= 0 {
            return Some(from);
        }
        let first = place(from);
        let mut open = open.saturating_add(self.year(first).open_before(from));
        for year in first..=(first + HORIZON_YEARS).min(YEARS - 1) {
            let year = self.year(year);
            if open <= year.open {
                return year.when(open);
            }
            open -= year.open;
        }
        None
    }

    fn year(&self, place: usize) -> &Year {
        static CLOSED: Year = Year { openings: Vec::new(), open: 0 };
        let lay_out = || Year::of(&self.calendar, place);
        self.years.get(place).map_or(&CLOSED, |year| year.get_or_init(lay_out))
    }
}

/// Which year a moment is in; those before the first are in the first, those after the last in the last.
fn place(moment: i64) -> usize {
    let about = (moment.max(0) / MICROS_OF_MEAN_YEAR) as usize;
    let about = about.min(YEARS - 1);
    let starts = |n: usize| STARTS.get(n).copied().unwrap_or(i64::MAX);
    match moment {
        early if early < starts(about) => about.saturating_sub(1),
        late if late >= starts(about + 1) => (about + 1).min(YEARS - 1),
        _ => about,
    }
}

impl Year {
    fn of(calendar: &Calendar, place: usize) -> Self {
        let start = |n: usize| STARTS.get(n).copied().unwrap_or_default();
        let (starts, ends) = (start(place), start(place + 1));
        let mut year = Self::default();
        for (from, until) in together(edges(calendar, FIRST_YEAR + place as i32)) {
            let (from, until) = (from.max(starts), until.min(ends));
            if from < until {
                year.openings.push(Opening { from, until, before: year.open });
                year.open += until - from;
            }
        }
        year
    }

    /// How much of it is open before a moment.
    fn open_before(&self, moment: i64) -> i64 {
        let begun = self.openings.partition_point(|one| one.from < moment);
        let last = begun.checked_sub(1).and_then(|last| self.openings.get(last));
        last.map_or(0, |one| one.before + moment.min(one.until) - one.from)
    }

    /// The earliest moment by which so much of it was open.
    fn when(&self, open: i64) -> Option<i64> {
        let short = self.openings.partition_point(|one| one.before + one.until - one.from < open);
        self.openings.get(short).map(|one| one.from + open - one.before)
    }
}

/// Every opening that may touch a year of UTC: days are elsewhere up to a day before or after.
fn edges(calendar: &Calendar, year: i32) -> Vec<(i64, i64)> {
    let Some(new_year) = NaiveDate::from_ymd_opt(year, 1, 1) else { return Vec::new() };
    let first = new_year.checked_sub_days(Days::new(2)).unwrap_or(new_year);
    let zone = calendar.zone();
    let of_day = |day| {
        let edge = move |window: &crate::calendar::Window| {
            Some((wall::opens(zone, day, window.from)?, wall::closes(zone, day, window.until)?))
        };
        calendar.day(day).iter().filter_map(edge)
    };
    first.iter_days().take(370).flat_map(of_day).collect()
}

/// What overlaps or touches is one.
fn together(mut openings: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    openings.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::with_capacity(openings.len());
    for (from, until) in openings {
        match apart.last_mut() {
            Some(before) if from <= before.1 => before.1 = before.1.max(until),
            _ => apart.push((from, until)),
        }
    }
    apart
}
