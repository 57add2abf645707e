//! Service clocks: how many requests' clocks are reckoned on one core. There is no server and no database in it.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, anyhow};
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use rapport_clocks::{
    Calendar, Category, Draft, DraftWindow, History, Hours, Kind, Message, Party, Percent,
    Priority, Step, Story, Terms, reckon,
};

use crate::Clocks;

/// Requests are opened over so many minutes: two years.
const OPENED: u64 = 2 * 365 * 1_440;

const KINDS: [Kind; 3] = [Kind::FirstResponse, Kind::NextResponse, Kind::Resolution];

const PRIORITIES: [Priority; 4] =
    [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

/// What has happened to a request.
struct Past {
    steps: Vec<Step>,
    messages: Vec<Message>,
}

/// Makes histories, reckons the three clocks of each, and says how long it took.
pub fn measure(options: &Clocks) -> anyhow::Result<()> {
    let (hours, terms) = (Hours::of(calendar()?), terms());
    let from = "2025-01-01T00:00:00Z".parse().context("no moment")?;
    let mut dice = Dice(options.seed | 1);
    let requests: Vec<_> = (0..options.requests).map(|_| request(&mut dice, from)).collect();
    let now = from + TimeDelta::minutes(OPENED as i64);
    println!("| clocks of | requests | clocks | requests/s | µs per request |");
    println!("|---|---|---|---|---|");
    for round in ["cold", "again", "again"] {
        let begun = Instant::now();
        let clocks: usize = requests.iter().map(|request| one(request, &terms, &hours, now)).sum();
        let seconds = begun.elapsed().as_secs_f64();
        let each = requests.len() as f64 / seconds;
        let micros = 1e6 / each;
        println!("| {round} | {} | {clocks} | {each:.0} | {micros:.2} |", requests.len());
    }
    Ok(())
}

/// Reckons every clock of a request: how many there were.
fn one(request: &Past, terms: &Terms, hours: &Hours, now: DateTime<Utc>) -> usize {
    let story = Story { steps: &request.steps, messages: &request.messages };
    let of_kind = |kind| {
        let history = History::of(kind, &story, terms.pauses());
        let reckoned = history.clocks().filter_map(|marks| reckon(marks, terms, hours, now));
        reckoned.map(black_box).count()
    };
    KINDS.into_iter().map(of_kind).sum()
}

/// Five days a week with a break at noon, and some holidays.
fn calendar() -> anyhow::Result<Calendar> {
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let window = |from: &str, until: &str| DraftWindow { from: from.into(), until: until.into() };
    let of = |day| [(day, window("09:00", "12:30")), (day, window("13:15", "18:00"))];
    let week = Some(days.into_iter().flat_map(of).collect());
    let draft = Draft { zone: "Europe/Berlin".to_owned(), week, exceptions: Vec::new() };
    Calendar::read(&draft).map_err(|faults| anyhow!("{faults:?}"))
}

fn terms() -> Terms {
    let hours = |n: u64| std::time::Duration::from_secs(n * 3_600);
    let targets = PRIORITIES.into_iter().zip([40, 16, 8, 2]);
    targets
        .fold(Terms::none(), |terms, (priority, n)| terms.within(priority, hours(n)))
        .pausing([Category::WaitingForCustomer, Category::WaitingForThirdParty])
        .warning(Percent::new(75))
}

/// A request: opened, looked at, waiting now and then, mostly resolved and closed, with messages of both sides.
fn request(dice: &mut Dice, from: DateTime<Utc>) -> Past {
    use Category::{Closed, New, Open, Resolved, WaitingForCustomer, WaitingForThirdParty};
    let mut at = from + TimeDelta::minutes(dice.below(OPENED) as i64);
    let mut priority = PRIORITIES[dice.below(4) as usize];
    let mut steps = vec![Step { at, category: New, priority }];
    let mut messages = vec![Message { at, from: Party::Customer }];
    let waits = [WaitingForCustomer, WaitingForThirdParty];
    let rounds = (0..dice.below(3)).flat_map(|n| [Open, waits[n as usize % 2]]);
    let ends: &[Category] = if dice.below(10) < 8 { &[Open, Resolved, Closed] } else { &[Open] };
    for category in rounds.chain(ends.iter().copied()).collect::<Vec<_>>() {
        at += TimeDelta::seconds(60 + dice.below(100_000) as i64);
        if dice.below(10) == 0 {
            priority = PRIORITIES[dice.below(4) as usize];
        }
        let party = if category == Open { Party::Agent } else { Party::Customer };
        messages.push(Message { at: at + TimeDelta::seconds(30), from: party });
        steps.push(Step { at, category, priority });
    }
    Past { steps, messages }
}

/// Numbers that look like chance and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
