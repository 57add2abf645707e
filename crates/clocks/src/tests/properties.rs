use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::{collection::vec, prelude::*};

use super::{ALL, laid_out, utc};
use crate::{
    Calendar, Category, Draft, DraftException, DraftWindow, History, Hours, Kind, Message, Party,
    Percent, Priority, Reckoned, State, Step, Story, Terms, explain, reckon,
};

const MINUTE: i64 = 60_000_000;

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "UTC",
];

/// So many, or as many as the environment asks for.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { ProptestConfig::default().cases } else { usual };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn beginning() -> DateTime<Utc> {
    utc("2026-03-01T00:00:00Z")
}

fn at(minute: i64) -> DateTime<Utc> {
    beginning() + TimeDelta::minutes(minute)
}

fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Windows between some times of a day, in quarters of an hour.
fn windows(mut quarters: Vec<u16>) -> Vec<DraftWindow> {
    quarters.sort_unstable();
    quarters.dedup();
    let pairs = quarters.chunks_exact(2);
    pairs.map(|two| DraftWindow { from: time(two[0] * 15), until: time(two[1] * 15) }).collect()
}

fn a_day() -> impl Strategy<Value = Vec<DraftWindow>> {
    vec(0_u16..=96, 0..6).prop_map(windows)
}

prop_compose! {
    fn a_draft()(
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

fn a_category() -> impl Strategy<Value = Category> {
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

fn a_priority() -> impl Strategy<Value = Priority> {
    prop::sample::select(vec![Priority::Low, Priority::Normal, Priority::High, Priority::Urgent])
}

/// Steps at moments of their own, in order: so many minutes after the beginning, over three weeks.
fn some_steps() -> impl Strategy<Value = Vec<Step>> {
    let steps = prop::collection::btree_map(0_i64..30_000, (a_category(), a_priority()), 0..10);
    steps.prop_map(|steps| {
        let step = |(minute, (category, priority))| Step { at: at(minute), category, priority };
        steps.into_iter().map(step).collect()
    })
}

fn some_messages() -> impl Strategy<Value = Vec<Message>> {
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
    fn some_terms()(targets in vec(prop::option::of(0_u64..6_000), 4), pauses in vec(a_category(), 0..4)) -> Terms {
        let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
        let targets = all.into_iter().zip(targets);
        let terms = targets.fold(Terms::none(), |terms, (priority, target)| match target {
            Some(minutes) => terms.within(priority, Duration::from_secs(minutes * 60)),
            None => terms,
        });
        terms.pausing(pauses).warning([Percent::new(50), Percent::new(90)].into_iter().flatten())
    }
}

fn a_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::FirstResponse, Kind::NextResponse, Kind::Resolution])
}

fn all_clocks(
    kind: Kind,
    steps: &[Step],
    messages: &[Message],
    terms: &Terms,
    hours: &Hours,
    now: DateTime<Utc>,
) -> Vec<Reckoned> {
    let history = History::of(kind, &Story { steps, messages }, terms.pauses());
    history.clocks().filter_map(|marks| reckon(marks, terms, hours, now)).collect()
}

/// By looking at the clock on the wall every minute: from the first minute that shows the start or later to the last that
/// shows one before the end.
fn open_minutes(draft: &Draft, minutes: i64) -> Vec<bool> {
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

fn windows_of(draft: &Draft, day: NaiveDate) -> Vec<(i64, i64)> {
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
fn ticking(
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

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn openings_are_what_the_clock_on_the_wall_shows(draft in a_draft()) {
        let minutes = 45 * 1_440;
        let hours = laid_out(&draft);
        let mut counted = 0;
        for (minute, open) in open_minutes(&draft, minutes).into_iter().enumerate() {
            let minute = minute as i64;
            let found = hours.open_between(at(minute), at(minute + 1));
            prop_assert_eq!(found, if open { MINUTE } else { 0 }, "{}", at(minute));
            counted += found;
        }
        prop_assert_eq!(hours.open_between(at(0), at(minutes)), counted);
    }

    #[test]
    fn a_clock_is_what_ticking_every_minute_finds(
        draft in a_draft(),
        steps in some_steps(),
        targets in vec(prop::option::of(1_u64..6_000), 4),
        pauses in vec(prop::sample::select(vec![Category::New, Category::WaitingForCustomer, Category::WaitingForThirdParty]), 0..3),
    ) {
        let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
        let terms = all.into_iter().zip(&targets).fold(Terms::none().pausing(pauses), |terms, (priority, target)| match target {
            Some(minutes) => terms.within(priority, Duration::from_secs(minutes * 60)),
            None => terms,
        });
        let minutes = 40_000;
        let hours = laid_out(&draft);
        let clock = all_clocks(Kind::Resolution, &steps, &[], &terms, &hours, at(minutes - 1)).pop();
        let target = |priority: Priority| targets[priority as usize].map(|minutes| minutes as i64);
        let ticked = ticking(&steps, &terms, target, &open_minutes(&draft, minutes));
        let Some((mut ran, breached, done)) = ticked else {
            prop_assert_eq!(clock, None);
            return Ok(());
        };
        let clock = clock.unwrap();
        let last = (at(minutes - 1), at(minutes));
        if matches!(clock.state, State::Running) || clock.state == State::Breached && !paused_at_the_end(&steps, &terms) {
            ran -= hours.open_between(last.0, last.1) / MINUTE;
        }
        prop_assert_eq!(clock.elapsed, Duration::from_secs(ran as u64 * 60));
        prop_assert_eq!(clock.done_at.is_some(), done);
        prop_assert_eq!(clock.breached_at, breached.map(at));
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn advancing_is_the_inverse_of_counting(draft in a_draft(), from in 0_i64..1_000_000, open in 1_i64..20_000) {
        let hours = laid_out(&draft);
        let open = open * MINUTE / 7;
        if let Some(to) = hours.advance(at(from), open) {
            prop_assert_eq!(hours.open_between(at(from), to), open);
            let before = to - TimeDelta::microseconds(1);
            prop_assert_eq!(hours.open_between(at(from), before), open - 1, "it is the earliest");
        } else {
            let horizon = at(from) + TimeDelta::days(3_650);
            prop_assert!(hours.open_between(at(from), horizon) < open);
        }
    }

    #[test]
    fn counting_can_be_divided(draft in a_draft(), mut moments in vec(-10_000_000_i64..30_000_000, 3)) {
        let hours = laid_out(&draft);
        moments.sort_unstable();
        let between = |a: usize, b: usize| hours.open_between(at(moments[a]), at(moments[b]));
        prop_assert_eq!(between(0, 2), between(0, 1) + between(1, 2));
    }

    #[test]
    fn the_order_in_which_a_history_is_given_does_not_matter(
        draft in a_draft(),
        kind in a_kind(),
        steps in some_steps(),
        messages in some_messages(),
        terms in some_terms(),
        now in 0_i64..60_000,
        turn in 0_usize..10,
    ) {
        let hours = laid_out(&draft);
        let once = all_clocks(kind, &steps, &messages, &terms, &hours, at(now));
        let (mut other, mut others) = (steps.clone(), messages.clone());
        other.reverse();
        others.reverse();
        let turn = |len: usize| if len == 0 { 0 } else { turn % len };
        other.rotate_left(turn(steps.len()));
        others.rotate_left(turn(messages.len()));
        prop_assert_eq!(once, all_clocks(kind, &other, &others, &terms, &hours, at(now)));
    }

    #[test]
    fn what_is_known_later_changes_nothing_before(
        draft in a_draft(),
        kind in a_kind(),
        steps in some_steps(),
        messages in some_messages(),
        terms in some_terms(),
        now in 0_i64..40_000,
    ) {
        // As of a moment, what came after it may be there or not: as if nobody had restarted.
        let hours = laid_out(&draft);
        let whole = all_clocks(kind, &steps, &messages, &terms, &hours, at(now));
        let known: Vec<Step> = steps.iter().filter(|step| step.at <= at(now)).copied().collect();
        let read: Vec<Message> = messages.iter().filter(|message| message.at <= at(now)).copied().collect();
        if known.first() == steps.first() {
            prop_assert_eq!(whole, all_clocks(kind, &known, &read, &terms, &hours, at(now)));
        }
    }

    #[test]
    fn looking_in_between_changes_no_deadline(
        draft in a_draft(),
        kind in a_kind(),
        steps in some_steps(),
        messages in some_messages(),
        terms in some_terms(),
        looks in vec(0_i64..60_000, 2),
    ) {
        let hours = laid_out(&draft);
        let (first, second) = (looks[0].min(looks[1]), looks[0].max(looks[1]));
        let quiet = |minute: &i64| *minute > first && *minute <= second;
        let moments = steps.iter().map(|step| step.at).chain(messages.iter().map(|message| message.at));
        if moments.map(|moment| (moment - beginning()).num_minutes()).any(|minute| quiet(&minute)) {
            return Ok(());
        }
        let early = all_clocks(kind, &steps, &messages, &terms, &hours, at(first));
        let late = all_clocks(kind, &steps, &messages, &terms, &hours, at(second));
        prop_assert_eq!(early.len(), late.len());
        for (early, late) in early.iter().zip(&late) {
            prop_assert_eq!(early.due_at, late.due_at);
            prop_assert_eq!(&early.warnings, &late.warnings);
            prop_assert_eq!(early.breached_at.or(late.breached_at), late.breached_at);
        }
    }

    #[test]
    fn more_pauses_never_make_a_deadline_earlier(
        draft in a_draft(),
        target in 1_u64..4_000,
        mut edges in vec(1_i64..20_000, 4),
    ) {
        let hours = laid_out(&draft);
        let terms = Terms::none().within(Priority::Normal, Duration::from_secs(target * 60)).pausing([Category::WaitingForCustomer]);
        edges.sort_unstable();
        let step = |minute, category| Step { at: at(minute), category, priority: Priority::Normal };
        let (waits, open) = (Category::WaitingForCustomer, Category::Open);
        let less = [step(0, open), step(edges[2], waits), step(edges[3], open)];
        let more = [less[0], step(edges[0], waits), step(edges[1], open), less[1], less[2]];
        let due = |steps: &[Step]| all_clocks(Kind::Resolution, steps, &[], &terms, &hours, at(30_000))[0].due_at;
        let (less, more) = (due(&less), due(&more));
        prop_assert!(more.is_none() || less.is_some_and(|less| Some(less) <= more), "{less:?} {more:?}");
    }

    #[test]
    fn explanations_add_up(
        draft in a_draft(),
        kind in a_kind(),
        steps in some_steps(),
        messages in some_messages(),
        terms in some_terms(),
        now in 0_i64..60_000,
    ) {
        let hours = laid_out(&draft);
        let history = History::of(kind, &Story { steps: &steps, messages: &messages }, terms.pauses());
        for marks in history.clocks() {
            let Some(clock) = reckon(marks, &terms, &hours, at(now)) else { continue };
            let told = explain(marks, &terms, &hours, at(now));
            let last = told.last().map_or(Duration::ZERO, |stretch| stretch.elapsed);
            prop_assert_eq!(last, clock.elapsed);
            for stretch in &told {
                let length = (stretch.until - stretch.from).to_std().unwrap();
                prop_assert_eq!(stretch.open + stretch.outside, length);
            }
        }
    }

    #[test]
    fn nothing_panics(
        moments in vec((any::<i64>(), a_category(), a_priority()), 0..6),
        wrote in vec((any::<i64>(), any::<bool>()), 0..6),
        kind in a_kind(),
        now in any::<i64>(),
        target in any::<u64>(),
    ) {
        let moment = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let steps: Vec<Step> = moments.into_iter().map(|(at, category, priority)| Step { at: moment(at), category, priority }).collect();
        let messages: Vec<Message> = wrote.into_iter().map(|(at, agent)| Message { at: moment(at), from: if agent { Party::Agent } else { Party::Customer } }).collect();
        let terms = Terms::none().within(Priority::Low, Duration::from_secs(target)).warning(Percent::new(99));
        for clock in all_clocks(kind, &steps, &messages, &terms, &Hours::always(), moment(now)) {
            prop_assert!(clock.state != State::Met || clock.done_at.is_some());
        }
        let history = History::of(kind, &Story { steps: &steps, messages: &messages }, terms.pauses());
        explain(history.marks(), &terms, &Hours::always(), moment(now));
    }

    #[test]
    fn any_text_is_a_calendar_or_has_faults(zone in ".{0,12}", from in "[0-9:]{0,6}", until in ".{0,6}") {
        let window = DraftWindow { from: from.clone(), until };
        let draft = Draft { zone, week: Some(vec![(Weekday::Mon, window)]), exceptions: Vec::new() };
        if let Err(faults) = Calendar::read(&draft) {
            prop_assert!(!faults.is_empty());
        }
    }
}

fn paused_at_the_end(steps: &[Step], terms: &Terms) -> bool {
    let last = steps.last().map(|step| step.category);
    last.is_some_and(|last| terms.pauses().contains(last) || last == Category::Cancelled)
}
