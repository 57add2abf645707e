mod calendars;
mod made;
mod properties;
mod stories;
mod ticking;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc, Weekday};

use crate::{
    Calendar, Category, Draft, DraftException, DraftWindow, Hours, Message, Party, Priority, Step,
};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

fn window(text: &str) -> DraftWindow {
    let (from, until) = text.split_once('-').unwrap();
    DraftWindow { from: from.to_owned(), until: until.to_owned() }
}

const WORKING: [Weekday; 5] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

const ALL: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// Windows such as `09:00-12:00` on some days of every week.
fn draft(zone: &str, days: &[Weekday], windows: &[&str]) -> Draft {
    let of =
        |weekday: &Weekday| windows.iter().map(|text| (*weekday, window(text))).collect::<Vec<_>>();
    Draft {
        zone: zone.to_owned(),
        week: Some(days.iter().flat_map(of).collect()),
        exceptions: Vec::new(),
    }
}

fn except(mut draft: Draft, date: &str, yearly: bool, windows: &[&str]) -> Draft {
    let windows = windows.iter().map(|text| window(text)).collect();
    draft.exceptions.push(DraftException { date: day(date), yearly, windows });
    draft
}

fn laid_out(draft: &Draft) -> Hours {
    Hours::of(Calendar::read(draft).unwrap())
}

/// Monday to Friday, 9 to 17, with a break at noon.
fn berlin() -> Hours {
    laid_out(&draft("Europe/Berlin", &WORKING, &["09:00-12:00", "13:00-17:00"]))
}

fn step(at: &str, category: Category, priority: Priority) -> Step {
    Step { at: utc(at), category, priority }
}

fn customer(at: &str) -> Message {
    Message { at: utc(at), from: Party::Customer }
}

fn agent(at: &str) -> Message {
    Message { at: utc(at), from: Party::Agent }
}
