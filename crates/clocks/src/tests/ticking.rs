//! The same, minute by minute: a clock on the wall that is looked at, and a clock that ticks.

use chrono::{Datelike, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::made::{at, beginning};
use crate::{Category, Draft, DraftException, DraftWindow, Priority, Step, Terms};

/// By looking at the clock on the wall every minute: from the first minute that shows the start or later to the last that
/// shows one before the end.
pub(super) fn open_minutes(draft: &Draft, minutes: i64) -> Vec<bool> {
    let zone: Tz = draft.zone.parse().unwrap();
    let shows =
        |minute: i64| at(minute).with_timezone(&zone).naive_local() - beginning().naive_utc();
    let before = 5_000;
    let shown: Vec<i64> =
        (-before..minutes + before).map(|minute| shows(minute).num_minutes()).collect();
    let mut open = vec![false; minutes as usize];
    for ahead in -1..minutes / 1_440 + 2 {
        let day = beginning().date_naive() + TimeDelta::days(ahead);
        for (from, until) in windows_of(draft, day) {
            let near = (ahead * 1_440 + before - 1_000) as usize;
            let near = near..(near + 4_000).min(shown.len());
            let from = near.clone().find(|n| shown[*n] >= ahead * 1_440 + from);
            let last = near.rev().find(|n| shown[*n] < ahead * 1_440 + until);
            for minute in from.unwrap()..=last.unwrap() {
                let minute = usize::try_from(minute as i64 - before).ok();
                if let Some(open) = minute.and_then(|n| open.get_mut(n)) {
                    *open = true;
                }
            }
        }
    }
    open
}

pub(super) fn windows_of(draft: &Draft, day: NaiveDate) -> Vec<(i64, i64)> {
    let same =
        |one: &DraftException| (one.date.month(), one.date.day()) == (day.month(), day.day());
    let single = draft.exceptions.iter().find(|one| !one.yearly && one.date == day);
    let yearly = draft.exceptions.iter().find(|one| one.yearly && same(one));
    let week = draft.week.iter().flatten().filter(|(weekday, _)| *weekday == day.weekday());
    let windows: Vec<&DraftWindow> = match single.or(yearly) {
        Some(exception) => exception.windows.iter().collect(),
        None => week.map(|(_, window)| window).collect(),
    };
    let minute = |text: &str| {
        let (hours, minutes) = text.split_once(':').unwrap();
        hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap()
    };
    windows.into_iter().map(|window| (minute(&window.from), minute(&window.until))).collect()
}

/// A clock that ticks every minute: its state, what it ran, and when it was first too late.
pub(super) fn ticking(
    steps: &[Step],
    terms: &Terms,
    targets: impl Fn(Priority) -> Option<i64>,
    open: &[bool],
) -> Option<(i64, Option<i64>, bool)> {
    let opened = (steps.first()?.at - beginning()).num_minutes();
    let (mut ran, mut breached, mut done) = (0, None, false);
    let mut now = None::<Step>;
    for minute in opened..open.len() as i64 {
        let late = |ran: i64, now: Option<Step>| {
            now.and_then(|now| targets(now.priority)).is_some_and(|target| ran >= target)
        };
        let step = steps.iter().find(|step| step.at == at(minute));
        let ends = |category| matches!(category, Category::Resolved | Category::Closed);
        // Of one moment: what is done is in time.
        let stood = now.is_some_and(|now| {
            terms.pauses().contains(now.category) || now.category == Category::Cancelled
        });
        if breached.is_none()
            && !done
            && !stood
            && late(ran, now)
            && !step.is_some_and(|step| ends(step.category))
        {
            breached = Some(minute);
        }
        now = step.copied().or(now);
        let category = now.map(|now| now.category)?;
        done = ends(category);
        let stands = terms.pauses().contains(category);
        if breached.is_none() && !done && category != Category::Cancelled && late(ran, now) {
            breached = Some(minute);
        }
        if !done && !stands && category != Category::Cancelled && open[minute as usize] {
            ran += 1;
        }
    }
    Some((ran, breached, done))
}

pub(super) fn paused_at_the_end(steps: &[Step], terms: &Terms) -> bool {
    let last = steps.last().map(|step| step.category);
    last.is_some_and(|last| terms.pauses().contains(last) || last == Category::Cancelled)
}
