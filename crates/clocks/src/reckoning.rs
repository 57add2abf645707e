//! How a clock stands at a moment.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    history::{Mark, What},
    hours::Hours,
    story::{Categories, Priority},
};

/// The most warnings of a clock.
pub const MOST_WARNINGS: usize = 8;

/// A part of a target: 1 to 99 of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    /// So many of a hundred; none but 1 to 99.
    pub fn new(percent: u8) -> Option<Self> {
        (1..=99).contains(&percent).then_some(Self(percent))
    }

    /// How many of a hundred.
    pub fn get(self) -> u8 {
        self.0
    }

    fn of(self, target: i64) -> i64 {
        let part = i128::from(target) * i128::from(self.0) / 100;
        i64::try_from(part).unwrap_or(target)
    }
}

/// What was promised of one kind of clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    targets: [Option<i64>; 4],
    pauses: Categories,
    warnings: Vec<Percent>,
}

impl Terms {
    /// Promises nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Promises it within so much open time where it is of a priority.
    #[must_use]
    pub fn within(mut self, priority: Priority, target: Duration) -> Self {
        let micros = i64::try_from(target.as_micros()).unwrap_or(i64::MAX);
        if let Some(kept) = self.targets.get_mut(priority as usize) {
            *kept = Some(micros);
        }
        self
    }

    /// Stands still in these categories of status.
    #[must_use]
    pub fn pausing(mut self, categories: impl IntoIterator<Item = crate::Category>) -> Self {
        self.pauses = categories.into_iter().collect();
        self
    }

    /// Warns when these parts of the target are used up: the first [`MOST_WARNINGS`], each once, in their order.
    #[must_use]
    pub fn warning(mut self, at: impl IntoIterator<Item = Percent>) -> Self {
        self.warnings = at.into_iter().collect();
        self.warnings.sort_unstable();
        self.warnings.dedup();
        self.warnings.truncate(MOST_WARNINGS);
        self
    }

    /// The categories of status in which it stands still.
    pub fn pauses(&self) -> Categories {
        self.pauses
    }

    /// The target of a priority, in microseconds.
    pub(crate) fn target(&self, priority: Priority) -> Option<i64> {
        self.targets.get(priority as usize).copied().flatten()
    }
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It runs, in time.
    Running,
    /// It stands still, in time.
    Paused,
    /// It is not done, and too late.
    Breached,
    /// It was done in time.
    Met,
    /// It was done, too late.
    Missed,
    /// It ended without a verdict.
    Cancelled,
}

/// When a part of the target was or will be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which part.
    pub percent: Percent,
    /// When; `None` while the clock stands still, and where it ended before.
    pub at: Option<DateTime<Utc>>,
}

/// How a clock stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoned {
    /// How it stands.
    pub state: State,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Its priority.
    pub priority: Priority,
    /// How much open time it has for all; `None` where nothing was promised.
    pub target: Option<Duration>,
    /// The deadline: when the target is used up if nothing happens; once it is breached, the deadline that was missed; once it
    /// is done, the one there was. `None` while it stands still, and where there is none.
    pub due_at: Option<DateTime<Utc>>,
    /// When it warns, by part.
    pub warnings: Vec<Warning>,
    /// How much open time it has run.
    pub elapsed: Duration,
    /// How much is left of the target.
    pub remaining: Option<Duration>,
    /// When it first was too late.
    pub breached_at: Option<DateTime<Utc>>,
    /// When it was done, if it is.
    pub done_at: Option<DateTime<Utc>>,
}

impl Reckoned {
    /// The earliest moment after another at which there is something to tell if nothing happens: a warning or a breach.
    pub fn tells_next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let warnings = self.warnings.iter().filter_map(|warning| warning.at);
        let breach = self.due_at.filter(|_| self.state == State::Running);
        warnings.chain(breach).filter(|at| *at > after).min()
    }
}

/// How the clock of a history stands at a moment: of what is after it nothing is known. `None` where it has not begun.
///
/// Only the first clock of the marks is reckoned ([`crate::History::clocks`]).
pub fn reckon(
    history: &[Mark],
    terms: &Terms,
    hours: &Hours,
    at: DateTime<Utc>,
) -> Option<Reckoned> {
    let (first, rest) = history.split_first()?;
    let What::Start(priority) = first.what else { return None };
    let mut run = Run::start(first.at, priority, terms, hours);
    let known = rest.iter().take_while(|mark| mark.at <= at);
    for mark in known.take_while(|mark| !matches!(mark.what, What::Start(_))) {
        run.hear(mark);
    }
    (first.at <= at).then(|| run.stand(at.timestamp_micros()))
}

/// Whether time goes by for a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    Running,
    Paused,
    Done(i64),
    Cancelled,
}

/// A part of the target that was used up.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// When it was known: not before a change of the priority that made it so.
    at: i64,
    /// When so much was used up.
    due: i64,
}

/// A clock, as far as its marks were heard. All moments and lengths are microseconds.
struct Run<'a> {
    terms: &'a Terms,
    hours: &'a Hours,
    started: i64,
    priority: Priority,
    target: Option<i64>,
    going: Going,
    /// When it was last started or looked at, while it runs.
    since: i64,
    /// What had run by then.
    elapsed: i64,
    /// The stretches that ran before: where each began, and what had run before it.
    ran: Vec<(i64, i64)>,
    breach: Option<Reached>,
    warned: [Option<Reached>; MOST_WARNINGS],
}

impl<'a> Run<'a> {
    fn start(at: DateTime<Utc>, priority: Priority, terms: &'a Terms, hours: &'a Hours) -> Self {
        let at = at.timestamp_micros();
        Self {
            terms,
            hours,
            started: at,
            priority,
            target: terms.target(priority),
            going: Going::Running,
            since: at,
            elapsed: 0,
            ran: Vec::new(),
            breach: None,
            warned: [None; MOST_WARNINGS],
        }
    }

    fn hear(&mut self, mark: &Mark) {
        let at = mark.at.timestamp_micros();
        self.settle(at);
        match mark.what {
            What::Start(_) => {}
            What::Pause(_) => self.go(Going::Paused, at),
            What::Resume => self.go(Going::Running, at),
            What::Done => self.done(at),
            What::Cancel(_) => self.going = Going::Cancelled,
            What::Priority(priority) => self.prioritize(priority, at),
        }
    }

    /// Counts what has run until now, and what was used up by it.
    fn settle(&mut self, at: i64) {
        if self.going != Going::Running || at < self.since {
            return;
        }
        let open = self.hours.open(self.since, at);
        if self.to_come(open) {
            self.reach_within(at);
        }
        if open > 0 {
            self.ran.push((self.since, self.elapsed));
        }
        self.elapsed = self.elapsed.saturating_add(open);
        self.since = at;
    }

    /// Whether so much more would use up a part that is not used up.
    fn to_come(&self, open: i64) -> bool {
        let by_then = self.elapsed.saturating_add(open);
        let comes = |part: Option<i64>| part.is_some_and(|part| part <= by_then);
        let warned = self.terms.warnings.iter().zip(&self.warned);
        self.breach.is_none() && comes(self.target)
            || warned
                .filter(|(_, warned)| warned.is_none())
                .any(|(part, _)| comes(self.part(*part)))
    }

    fn reach_within(&mut self, at: i64) {
        let reached =
            |due: Option<i64>| due.filter(|due| *due <= at).map(|due| Reached { at: due, due });
        for (n, part) in self.terms.warnings.iter().enumerate() {
            let due = self.comes_at(self.part(*part));
            if let Some(warned @ None) = self.warned.get_mut(n) {
                *warned = reached(due);
            }
        }
        self.breach = self.breach.or(reached(self.comes_at(self.target)));
    }

    fn part(&self, part: Percent) -> Option<i64> {
        self.target.map(|target| part.of(target))
    }

    /// When a part will be used up if it runs on.
    fn comes_at(&self, part: Option<i64>) -> Option<i64> {
        self.hours.reach(self.since, part?.saturating_sub(self.elapsed))
    }

    /// Runs or stands still; what was over is not, and all that was changed meanwhile counts.
    fn go(&mut self, going: Going, at: i64) {
        let before = std::mem::replace(&mut self.going, going);
        if before != Going::Running {
            self.since = at;
        }
        if matches!(before, Going::Done(_) | Going::Cancelled) {
            self.look_back(at);
        }
    }

    /// What is done at the moment of the deadline is in time.
    fn done(&mut self, at: i64) {
        if matches!(self.going, Going::Done(_)) {
            return;
        }
        self.breach = self.breach.filter(|breach| breach.due < at);
        self.going = Going::Done(at);
    }

    fn prioritize(&mut self, priority: Priority, at: i64) {
        self.priority = priority;
        self.target = self.terms.target(priority);
        if matches!(self.going, Going::Running | Going::Paused) {
            self.look_back(at);
        }
    }

    /// What is used up already by another target: known from now on, not before.
    fn look_back(&mut self, at: i64) {
        for (n, part) in self.terms.warnings.iter().enumerate() {
            let used = self.used_up(self.part(*part), at);
            if let Some(warned @ None) = self.warned.get_mut(n) {
                *warned = used;
            }
        }
        self.breach = self.breach.or_else(|| self.used_up(self.target, at));
    }

    fn used_up(&self, part: Option<i64>, at: i64) -> Option<Reached> {
        let part = part.filter(|part| *part <= self.elapsed)?;
        let stretch = self.ran.iter().rfind(|(_, before)| *before < part);
        let when = stretch.and_then(|(since, before)| self.hours.reach(*since, part - before));
        Some(Reached { at, due: when.unwrap_or(self.started) })
    }

    /// How it stands at a moment, after all that was heard.
    fn stand(mut self, at: i64) -> Reckoned {
        let due = self.comes_at(self.target).filter(|_| self.has_deadline());
        let warnings = self.warnings();
        if self.going == Going::Running {
            self.elapsed = self.elapsed.saturating_add(self.hours.open(self.since, at));
            let late = due.filter(|due| *due <= at).map(|due| Reached { at: due, due });
            self.breach = self.breach.or(late);
        }
        Reckoned {
            state: self.state(),
            started_at: moment(self.started),
            priority: self.priority,
            target: self.target.map(length),
            due_at: self.breach.map(|breach| breach.due).or(due).map(moment),
            warnings,
            elapsed: length(self.elapsed),
            remaining: self.target.map(|target| length(target.saturating_sub(self.elapsed))),
            breached_at: self.breach.map(|breach| moment(breach.at)),
            done_at: match self.going {
                Going::Done(at) => Some(moment(at)),
                _ => None,
            },
        }
    }

    /// While it stands still nobody knows when it will go on.
    fn has_deadline(&self) -> bool {
        matches!(self.going, Going::Running | Going::Done(_))
    }

    fn warnings(&self) -> Vec<Warning> {
        let runs = self.going == Going::Running;
        let warning = |(part, warned): (&Percent, &Option<Reached>)| {
            let comes = || self.comes_at(self.part(*part)).filter(|_| runs);
            Warning { percent: *part, at: warned.map(|w| w.at).or_else(comes).map(moment) }
        };
        self.terms.warnings.iter().zip(&self.warned).map(warning).collect()
    }

    fn state(&self) -> State {
        match (self.going, self.breach) {
            (Going::Cancelled, _) => State::Cancelled,
            (Going::Done(_), None) => State::Met,
            (Going::Done(_), Some(_)) => State::Missed,
            (_, Some(_)) => State::Breached,
            (Going::Running, None) => State::Running,
            (Going::Paused, None) => State::Paused,
        }
    }
}

fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn length(micros: i64) -> Duration {
    Duration::from_micros(micros.max(0).unsigned_abs())
}
