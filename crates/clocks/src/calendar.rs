//! When there is somebody: windows of every week, and days on which it is otherwise.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use chrono_tz::Tz;

/// The most windows of a day.
pub const MOST_WINDOWS: usize = 24;

/// The most days on which it is otherwise.
pub const MOST_EXCEPTIONS: usize = 1_000;

/// The minutes of a day, on a clock that is never put forward or back.
const DAY: u16 = 24 * 60;

/// A window of a day, in minutes after midnight as clocks there show it; it begins before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    pub from: u16,
    pub until: u16,
}

/// The windows of a day, in order, none within another.
type Day = Vec<Window>;

/// Business hours that can be reckoned with: their zone is known, their windows are in order and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    /// From Monday on.
    week: [Day; 7],
    dated: BTreeMap<NaiveDate, Day>,
    /// By month and day, in every year.
    yearly: BTreeMap<(u32, u32), Day>,
}

/// Business hours as somebody wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The IANA name of the time zone whose clocks are meant.
    pub zone: String,
    /// The windows of a week, in any order; `None` is around the clock.
    pub week: Option<Vec<(Weekday, DraftWindow)>>,
    /// The days on which it is otherwise, in any order.
    pub exceptions: Vec<DraftException>,
}

/// A window as somebody wrote it: `HH:MM` to `HH:MM`, from 00:00 to 24:00.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftWindow {
    /// When it begins.
    pub from: String,
    /// When it ends.
    pub until: String,
}

/// A day on which it is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftException {
    /// Which day.
    pub date: NaiveDate,
    /// Whether it is this day of every year, before and after; a single day goes before one of every year.
    pub yearly: bool,
    /// The windows of that day, in place of the week's; without any it is closed.
    pub windows: Vec<DraftWindow>,
}

/// What is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer such as `/hours/3/until`, `/exceptions/0/windows/1/from` or `/timeZone`.
    pub at: String,
    /// What, as the end of a sentence: `must be later than from`.
    pub says: String,
}

#[derive(Default)]
struct Found(Vec<Fault>);

impl Found {
    fn at(&mut self, at: impl Into<String>, says: impl Into<String>) {
        self.0.push(Fault { at: at.into(), says: says.into() });
    }
}

impl Calendar {
    /// Around the clock on every day.
    pub fn always() -> Self {
        Self {
            zone: Tz::UTC,
            week: std::array::from_fn(|_| vec![Window { from: 0, until: DAY }]),
            dated: BTreeMap::new(),
            yearly: BTreeMap::new(),
        }
    }

    /// What a draft says.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(draft: &Draft) -> Result<Self, Vec<Fault>> {
        let mut found = Found::default();
        let zone = draft.zone.parse().map_err(|_| found.at("/timeZone", "is no known time zone"));
        let week = week(draft.week.as_deref(), &mut found);
        let (dated, yearly) = exceptions(&draft.exceptions, &mut found);
        match (zone, found.0) {
            (Ok(zone), faults) if faults.is_empty() => Ok(Self { zone, week, dated, yearly }),
            (_, faults) => Err(faults),
        }
    }

    /// The zone whose clocks are meant.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The windows of a day.
    pub(crate) fn day(&self, day: NaiveDate) -> &[Window] {
        let yearly = || self.yearly.get(&(day.month(), day.day()));
        let otherwise = self.dated.get(&day).or_else(yearly);
        let weekday = day.weekday().num_days_from_monday() as usize;
        otherwise.or(self.week.get(weekday)).map_or(&[], Vec::as_slice)
    }
}

fn week(draft: Option<&[(Weekday, DraftWindow)]>, found: &mut Found) -> [Day; 7] {
    let Some(draft) = draft else { return Calendar::always().week };
    if draft.len() > 7 * MOST_WINDOWS {
        found.at("/hours", format!("must be at most {}", 7 * MOST_WINDOWS));
        return Default::default();
    }
    let mut week: [Vec<_>; 7] = Default::default();
    for (n, (weekday, window)) in draft.iter().enumerate() {
        let read = window_of(window, &format!("/hours/{n}"), found);
        if let Some(day) = week.get_mut(weekday.num_days_from_monday() as usize) {
            day.extend(read.map(|window| (window, format!("/hours/{n}"))));
        }
    }
    week.map(|day| in_order(day, "/hours", found))
}

type Exceptions = (BTreeMap<NaiveDate, Day>, BTreeMap<(u32, u32), Day>);

fn exceptions(draft: &[DraftException], found: &mut Found) -> Exceptions {
    let (mut dated, mut yearly) = Exceptions::default();
    if draft.len() > MOST_EXCEPTIONS {
        found.at("/exceptions", format!("must be at most {MOST_EXCEPTIONS}"));
        return (dated, yearly);
    }
    for (n, exception) in draft.iter().enumerate() {
        let (at, date) = (format!("/exceptions/{n}"), exception.date);
        let day = day_of(&exception.windows, &format!("{at}/windows"), found);
        let twice = match exception.yearly {
            true => yearly.insert((date.month(), date.day()), day).is_some(),
            false => dated.insert(date, day).is_some(),
        };
        if twice {
            found.at(format!("{at}/date"), "is named twice");
        }
    }
    (dated, yearly)
}

fn day_of(windows: &[DraftWindow], at: &str, found: &mut Found) -> Day {
    if windows.len() > MOST_WINDOWS {
        found.at(at, format!("must be at most {MOST_WINDOWS}"));
        return Day::new();
    }
    let mut day = Vec::new();
    for (n, window) in windows.iter().enumerate() {
        let read = window_of(window, &format!("{at}/{n}"), found);
        day.extend(read.map(|window| (window, format!("{at}/{n}"))));
    }
    in_order(day, at, found)
}

fn window_of(draft: &DraftWindow, at: &str, found: &mut Found) -> Option<Window> {
    let mut read = |time: &str, name: &str| {
        let minute = minute_of(time);
        if minute.is_none() {
            found.at(format!("{at}/{name}"), "must be a time from 00:00 to 24:00, such as 08:30");
        }
        minute
    };
    let (from, until) = (read(&draft.from, "from"), read(&draft.until, "until"));
    let window = Window { from: from?, until: until? };
    if window.from >= window.until {
        found.at(format!("{at}/until"), "must be later than from; after midnight is the next day");
        return None;
    }
    Some(window)
}

/// `HH:MM`, from 00:00 to 24:00.
fn minute_of(time: &str) -> Option<u16> {
    let two = |digits: &str| match digits.as_bytes() {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
        _ => None,
    };
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

/// Windows with where each was written, in order; those that overlap are told. Those that only touch are fine.
fn in_order(mut day: Vec<(Window, String)>, at: &str, found: &mut Found) -> Day {
    if day.len() > MOST_WINDOWS {
        found.at(at, format!("must be at most {MOST_WINDOWS} on one day"));
    }
    day.sort_by_key(|(window, _)| *window);
    let mut latest = 0;
    for (window, at) in &day {
        if window.from < latest {
            found.at(at.clone(), "overlaps another of the same day");
        }
        latest = latest.max(window.until);
    }
    day.into_iter().map(|(window, _)| window).collect()
}
