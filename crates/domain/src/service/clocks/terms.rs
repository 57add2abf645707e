//! Calendars and policies, as clocks are reckoned by them.

use std::time::Duration;

use rapport_clocks::{Calendar, Draft, DraftException, DraftWindow, Hours, Percent, Terms};
use rapport_entity::{
    ClockTime, TimeZone,
    service::{
        business_calendar::{self, DayWindow, Exception, Weekday, WeeklyWindow},
        service_policy::{self, Category, Kind, Target},
        service_request::Priority,
    },
};
use sea_orm::Iterable;

use crate::kernel::{Error, Result};

/// Every day, from midnight to midnight.
pub(super) fn around_the_clock() -> Vec<WeeklyWindow> {
    let at = |time: &str| time.parse::<ClockTime>().ok();
    let (Some(from), Some(until)) = (at("00:00"), at("24:00")) else { return Vec::new() };
    let of = |weekday| WeeklyWindow { weekday, from: from.clone(), until: until.clone() };
    Weekday::iter().map(of).collect()
}

/// What was written, to be read as a calendar.
pub(super) fn draft(zone: &TimeZone, hours: &[WeeklyWindow], exceptions: &[Exception]) -> Draft {
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

/// The hours of a calendar, laid out; around the clock without one.
///
/// # Errors
/// [`Error::Internal`] where what is kept is no calendar.
pub fn hours_of(calendar: Option<&business_calendar::Model>) -> Result<Hours> {
    let Some(row) = calendar else { return Ok(Hours::always()) };
    let draft = draft(&row.time_zone, &row.hours.0, &row.exceptions.0);
    let read = Calendar::read(&draft);
    let calendar = read.map_err(|faults| Error::internal(format!("{}: {faults:?}", row.id)))?;
    Ok(Hours::of(calendar))
}

/// What a policy promises of a kind of clock.
pub fn terms_of(policy: &service_policy::Model, kind: Kind) -> Terms {
    let targets = policy.targets.0.iter().filter(|target| target.kind == kind);
    let terms = targets.fold(Terms::none(), promise);
    let pauses = policy.pauses.0.iter().filter(|pause| pause.kind == kind);
    let percents = policy.warn_at_percent.0.iter();
    terms.pausing(pauses.flat_map(|pause| pause.categories.iter().copied().map(category))).warning(
        percents.filter_map(|percent| {
            Percent::new(u8::try_from(i64::from(*percent)).unwrap_or_default())
        }),
    )
}

fn promise(terms: Terms, target: &Target) -> Terms {
    let priority = match target.priority {
        Priority::Low => rapport_clocks::Priority::Low,
        Priority::Normal => rapport_clocks::Priority::Normal,
        Priority::High => rapport_clocks::Priority::High,
        Priority::Urgent => rapport_clocks::Priority::Urgent,
    };
    terms.within(priority, Duration::from_secs(u64::from(target.within.minutes()) * 60))
}

fn category(category: Category) -> rapport_clocks::Category {
    match category {
        Category::New => rapport_clocks::Category::New,
        Category::Open => rapport_clocks::Category::Open,
        Category::WaitingForCustomer => rapport_clocks::Category::WaitingForCustomer,
        Category::WaitingForThirdParty => rapport_clocks::Category::WaitingForThirdParty,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rapport_clocks::{History, Mark, State, Step, Story, reckon};
    use rapport_entity::service::service_policy::{Pause, Pauses, Targets, WarnAt};

    use super::*;

    fn policy() -> service_policy::Model {
        let target = |priority, within: &str| Target {
            kind: Kind::Resolution,
            priority,
            within: within.parse().unwrap(),
        };
        let pause =
            Pause { kind: Kind::Resolution, categories: vec![Category::WaitingForCustomer] };
        service_policy::Model {
            id: service_policy::Id::default(),
            workspace_id: Default::default(),
            name: "Standard".parse().unwrap(),
            sort_name: String::new(),
            position: 1_i64.try_into().unwrap(),
            active: true,
            condition: None,
            calendar_id: None,
            targets: Targets(vec![target(Priority::Normal, "PT4H30M")]),
            pauses: Pauses(vec![pause]),
            warn_at_percent: WarnAt(vec![50_i64.try_into().unwrap()]),
            version: 1,
            created_at: DateTime::<Utc>::default(),
            updated_at: DateTime::<Utc>::default(),
            deleted_at: None,
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_are_reckoned_by_what_a_policy_promises() {
        let step = |moment: &str, category| Step {
            at: at(moment),
            category,
            priority: rapport_clocks::Priority::Normal,
        };
        let steps = [
            step("2026-11-23T08:00:00Z", rapport_clocks::Category::Open),
            step("2026-11-23T09:00:00Z", rapport_clocks::Category::WaitingForCustomer),
            step("2026-11-23T12:00:00Z", rapport_clocks::Category::Open),
        ];
        let terms = terms_of(&policy(), Kind::Resolution);
        let story = Story { steps: &steps, messages: &[] };
        let history = History::of(rapport_clocks::Kind::Resolution, &story, terms.pauses());
        let marks: &[Mark] = history.marks();
        let hours = hours_of(None).unwrap();
        let clock = reckon(marks, &terms, &hours, at("2026-11-23T12:30:00Z")).unwrap();
        assert_eq!(clock.state, State::Running);
        assert_eq!(clock.due_at, Some(at("2026-11-23T15:30:00Z")));
        assert_eq!(clock.warnings[0].at, Some(at("2026-11-23T13:15:00Z")));
        let nothing = terms_of(&policy(), Kind::FirstResponse);
        let clock = reckon(marks, &nothing, &hours, at("2026-11-23T12:30:00Z")).unwrap();
        assert_eq!(clock.due_at, None);
    }

    #[test]
    fn around_the_clock_is_every_hour_of_every_day() {
        let zone: TimeZone = "Australia/Lord_Howe".parse().unwrap();
        let calendar = Calendar::read(&draft(&zone, &around_the_clock(), &[])).unwrap();
        let hours = Hours::of(calendar);
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
        assert_eq!(hours.openings(from, until, 9), [(from, until)]);
    }

    #[test]
    fn time_within_business_hours_is_in_hours_and_minutes() {
        use rapport_entity::OpenTime;
        let minutes = |text: &str| text.parse::<OpenTime>().map(|time| time.minutes()).ok();
        for (text, expected) in [
            ("PT8H", Some(480)),
            ("PT1M", Some(1)),
            ("PT90M", Some(90)),
            ("PT4H30M", Some(270)),
            ("PT99999H59M", Some(5_999_999)),
            ("PT0M", None),
            ("PT0H", None),
            ("P1D", None),
            ("PT4H75M", None),
            ("PT", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
