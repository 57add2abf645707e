//! Calendars and histories as chance makes them.

use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc, Weekday};
use proptest::{collection::vec, prelude::*};

use super::{ALL, utc};
use crate::{
    Category, Draft, DraftException, DraftWindow, Kind, Message, Party, Percent, Priority, Step,
    Terms,
};

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "UTC",
];

/// So many, or as many as the environment asks for.
pub(super) fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { ProptestConfig::default().cases } else { usual };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

pub(super) fn beginning() -> DateTime<Utc> {
    utc("2026-03-01T00:00:00Z")
}

pub(super) fn at(minute: i64) -> DateTime<Utc> {
    beginning() + TimeDelta::minutes(minute)
}

pub(super) fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Windows between some times of a day, in quarters of an hour.
pub(super) fn windows(mut quarters: Vec<u16>) -> Vec<DraftWindow> {
    quarters.sort_unstable();
    quarters.dedup();
    let pairs = quarters.chunks_exact(2);
    pairs.map(|two| DraftWindow { from: time(two[0] * 15), until: time(two[1] * 15) }).collect()
}

pub(super) fn a_day() -> impl Strategy<Value = Vec<DraftWindow>> {
    vec(0_u16..=96, 0..6).prop_map(windows)
}

prop_compose! {
    pub(super) fn a_draft()(
        zone in 0..ZONES.len(),
        week in vec(a_day(), 7),
        otherwise in vec((0_u64..400, any::<bool>(), a_day()), 0..4),
    ) -> Draft {
        let week = ALL.into_iter().zip(week);
        let of = |(weekday, day): (Weekday, Vec<DraftWindow>)| day.into_iter().map(move |w| (weekday, w));
        let mut exceptions: Vec<_> = otherwise
            .into_iter()
            .map(|(ahead, yearly, windows)| {
                let date = beginning().date_naive() + Days::new(ahead);
                DraftException { date, yearly, windows }
            })
            .collect();
        exceptions.sort_by_key(|one| (one.date.format("%m-%d").to_string(), one.yearly));
        exceptions.dedup_by_key(|one| (one.date.format("%m-%d").to_string(), one.yearly));
        Draft { zone: ZONES[zone].to_owned(), week: Some(week.flat_map(of).collect()), exceptions }
    }
}

pub(super) fn a_category() -> impl Strategy<Value = Category> {
    prop::sample::select(vec![
        Category::New,
        Category::Open,
        Category::WaitingForCustomer,
        Category::WaitingForThirdParty,
        Category::Resolved,
        Category::Closed,
        Category::Cancelled,
    ])
}

pub(super) fn a_priority() -> impl Strategy<Value = Priority> {
    prop::sample::select(vec![Priority::Low, Priority::Normal, Priority::High, Priority::Urgent])
}

/// Steps at moments of their own, in order: so many minutes after the beginning, over three weeks.
pub(super) fn some_steps() -> impl Strategy<Value = Vec<Step>> {
    let steps = prop::collection::btree_map(0_i64..30_000, (a_category(), a_priority()), 0..10);
    steps.prop_map(|steps| {
        let step = |(minute, (category, priority))| Step { at: at(minute), category, priority };
        steps.into_iter().map(step).collect()
    })
}

pub(super) fn some_messages() -> impl Strategy<Value = Vec<Message>> {
    let messages = prop::collection::btree_map(0_i64..30_000, any::<bool>(), 0..8);
    messages.prop_map(|messages| {
        let from = |agent| if agent { Party::Agent } else { Party::Customer };
        messages
            .into_iter()
            .map(|(minute, agent)| Message { at: at(minute), from: from(agent) })
            .collect()
    })
}

prop_compose! {
    pub(super) fn some_terms()(targets in vec(prop::option::of(0_u64..6_000), 4), pauses in vec(a_category(), 0..4)) -> Terms {
        let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
        let targets = all.into_iter().zip(targets);
        let terms = targets.fold(Terms::none(), |terms, (priority, target)| match target {
            Some(minutes) => terms.within(priority, Duration::from_secs(minutes * 60)),
            None => terms,
        });
        terms.pausing(pauses).warning([Percent::new(50), Percent::new(90)].into_iter().flatten())
    }
}

pub(super) fn a_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::FirstResponse, Kind::NextResponse, Kind::Resolution])
}
