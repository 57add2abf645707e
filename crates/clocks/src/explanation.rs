//! Why a deadline is where it is: what a clock did, stretch by stretch.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    history::{Mark, What},
    hours::Hours,
    reckoning::Terms,
    story::{Category, Priority},
};

/// What a clock did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    /// It ran.
    Running,
    /// It stood still, because of a category of status.
    Paused(Category),
    /// What it was for was done.
    Done,
    /// It had ended without a verdict, because of a category of status.
    Cancelled(Category),
}

/// A stretch in which a clock did one thing, with one priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// What it did.
    pub doing: Doing,
    /// The priority meanwhile.
    pub priority: Priority,
    /// The target meanwhile.
    pub target: Option<Duration>,
    /// How much of the stretch was within business hours, whether it ran or not.
    pub open: Duration,
    /// How much of the stretch was outside them.
    pub outside: Duration,
    /// In how many windows of business hours it lay.
    pub windows: usize,
    /// How much the clock had run by its end.
    pub elapsed: Duration,
}

/// What the clock of a history did until a moment, in order. Stretches of no length are left out; nothing is told of what
/// comes after it was done, unless it went on.
pub fn explain(history: &[Mark], terms: &Terms, hours: &Hours, at: DateTime<Utc>) -> Vec<Stretch> {
    let Some((first, rest)) = history.split_first() else { return Vec::new() };
    let What::Start(priority) = first.what else { return Vec::new() };
    let mut told = Told {
        terms,
        hours,
        now: first.at,
        doing: Doing::Running,
        priority,
        elapsed: 0,
        stretches: Vec::new(),
    };
    let known = rest.iter().take_while(|mark| mark.at <= at);
    for mark in known.take_while(|mark| !matches!(mark.what, What::Start(_))) {
        told.until(mark.at);
        told.hear(mark.what);
    }
    if matches!(told.doing, Doing::Running | Doing::Paused(_)) {
        told.until(at);
    }
    told.stretches
}

struct Told<'a> {
    terms: &'a Terms,
    hours: &'a Hours,
    now: DateTime<Utc>,
    doing: Doing,
    priority: Priority,
    /// In microseconds.
    elapsed: i64,
    stretches: Vec<Stretch>,
}

impl Told<'_> {
    fn until(&mut self, until: DateTime<Utc>) {
        let from = self.now;
        if from >= until {
            return;
        }
        self.now = until;
        let (first, last) = (from.timestamp_micros(), until.timestamp_micros());
        let open = self.hours.open(first, last);
        if self.doing == Doing::Running {
            self.elapsed = self.elapsed.saturating_add(open);
        }
        self.stretches.push(Stretch {
            from,
            until,
            doing: self.doing,
            priority: self.priority,
            target: self.terms.target(self.priority).map(length),
            open: length(open),
            outside: length(last.saturating_sub(first).saturating_sub(open)),
            windows: self.hours.count(first, last),
            elapsed: length(self.elapsed),
        });
    }

    fn hear(&mut self, what: What) {
        match what {
            What::Start(priority) | What::Priority(priority) => self.priority = priority,
            What::Pause(category) => self.doing = Doing::Paused(category),
            What::Resume => self.doing = Doing::Running,
            What::Done => self.doing = Doing::Done,
            What::Cancel(category) => self.doing = Doing::Cancelled(category),
        }
    }
}

fn length(micros: i64) -> Duration {
    Duration::from_micros(micros.max(0).unsigned_abs())
}
