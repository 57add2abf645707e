use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use proptest::{collection::vec, prelude::*};

use super::{
    laid_out,
    made::{
        a_category, a_draft, a_kind, a_priority, at, beginning, cases, some_messages, some_steps,
        some_terms,
    },
    ticking::{open_minutes, paused_at_the_end, ticking},
};
use crate::{
    Calendar, Category, Draft, DraftWindow, History, Hours, Kind, Message, Party, Percent,
    Priority, Reckoned, State, Step, Story, Terms, explain, reckon,
};

const MINUTE: i64 = 60_000_000;

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

proptest! {
    #![proptest_config(cases(6))]

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
    #![proptest_config(cases(24))]

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
