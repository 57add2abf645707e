//! Calendars, laid out so that clocks are reckoned by them.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use rapport_clocks::{Calendar, Draft, DraftException, DraftWindow, Hours};
use rapport_entity::{
    ClockTime, TimeZone,
    work::business_calendar::{self, DayWindow, Exception, Weekday, WeeklyWindow},
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter};

use crate::kernel::{Error, Reads, Result};

/// The hours of a calendar, laid out; around the clock without one.
pub(crate) async fn hours_by(
    from: &impl Reads,
    id: Option<business_calendar::Id>,
) -> Result<Arc<Hours>> {
    let Some(id) = id else { return laid_out(None) };
    let this = business_calendar::Entity::find().filter(business_calendar::Column::Id.eq(id));
    laid_out(from.rows_of::<business_calendar::Entity>().all(this).await?.first())
}

type Laid = HashMap<(business_calendar::Id, i32), Arc<Hours>>;

/// Calendars that are laid out already, by version.
static LAID_OUT: LazyLock<Mutex<Laid>> = LazyLock::new(Mutex::default);

/// So many are kept at most.
const MOST: usize = 256;

/// The hours of a calendar that was read, laid out; around the clock without one.
pub(crate) fn laid_out(calendar: Option<&business_calendar::Model>) -> Result<Arc<Hours>> {
    let Some(row) = calendar else { return Ok(Arc::new(Hours::always())) };
    let key = (row.id, row.version);
    let mut laid = LAID_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hours) = laid.get(&key) {
        return Ok(Arc::clone(hours));
    }
    if laid.len() >= MOST {
        laid.clear();
    }
    let hours = Arc::new(hours_of(row)?);
    laid.insert(key, Arc::clone(&hours));
    Ok(hours)
}

/// The hours of a calendar, laid out anew.
///
/// # Errors
/// [`Error::Internal`] where what is kept is no calendar.
pub fn hours_of(row: &business_calendar::Model) -> Result<Hours> {
    let draft = draft(&row.time_zone, &row.hours.0, &row.exceptions.0);
    let read = Calendar::read(&draft);
    let calendar = read.map_err(|faults| Error::internal(format!("{}: {faults:?}", row.id)))?;
    Ok(Hours::of(calendar))
}

/// What was written, to be read as a calendar.
pub(crate) fn draft(zone: &TimeZone, hours: &[WeeklyWindow], exceptions: &[Exception]) -> Draft {
    let weekly = |window: &WeeklyWindow| (day(window.weekday), times(&window.from, &window.until));
    Draft {
        zone: zone.to_string(),
        week: Some(hours.iter().map(weekly).collect()),
        exceptions: exceptions.iter().map(exception).collect(),
    }
}

fn exception(exception: &Exception) -> DraftException {
    let window = |window: &DayWindow| times(&window.from, &window.until);
    DraftException {
        date: exception.date.day(),
        yearly: exception.yearly,
        windows: exception.windows.iter().map(window).collect(),
    }
}

fn times(from: &ClockTime, until: &ClockTime) -> DraftWindow {
    DraftWindow { from: from.to_string(), until: until.to_string() }
}

fn day(weekday: Weekday) -> chrono::Weekday {
    match weekday {
        Weekday::Monday => chrono::Weekday::Mon,
        Weekday::Tuesday => chrono::Weekday::Tue,
        Weekday::Wednesday => chrono::Weekday::Wed,
        Weekday::Thursday => chrono::Weekday::Thu,
        Weekday::Friday => chrono::Weekday::Fri,
        Weekday::Saturday => chrono::Weekday::Sat,
        Weekday::Sunday => chrono::Weekday::Sun,
    }
}

/// Every day, from midnight to midnight.
pub(crate) fn around_the_clock() -> Vec<WeeklyWindow> {
    let at = |time: &str| time.parse::<ClockTime>().ok();
    let (Some(from), Some(until)) = (at("00:00"), at("24:00")) else { return Vec::new() };
    let of = |weekday| WeeklyWindow { weekday, from: from.clone(), until: until.clone() };
    Weekday::iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    #[test]
    fn around_the_clock_is_every_hour_of_every_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let zone: TimeZone = "Australia/Lord_Howe".parse().unwrap();
        let calendar = Calendar::read(&draft(&zone, &around_the_clock(), &[])).unwrap();
        let hours = Hours::of(calendar);
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
        assert_eq!(hours.openings(from, until, 9), [(from, until)]);
    }
}
