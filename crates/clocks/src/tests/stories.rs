use std::time::Duration;

use super::{ALL, agent, berlin, customer, draft, hours, laid_out, minutes, step, utc};
use crate::{
    Category::{self, Cancelled, Closed, New, Open, Resolved, WaitingForCustomer},
    Doing, History, Hours, Kind, Message, Percent,
    Priority::{self, Low, Normal, Urgent},
    Reckoned, State, Step, Story, Terms, explain, reckon,
};

/// 24 hours, urgently 2, waiting for the customer does not count; warns at three quarters.
fn terms() -> Terms {
    [(Low, 48), (Normal, 24), (Priority::High, 8), (Urgent, 2)]
        .into_iter()
        .fold(Terms::none(), |terms, (priority, n)| terms.within(priority, hours(n)))
        .pausing([WaitingForCustomer])
        .warning(Percent::new(75))
}

/// Every clock of a kind, around the clock, at a moment.
fn clocks(kind: Kind, steps: &[Step], messages: &[Message], at: &str) -> Vec<Reckoned> {
    within(&Hours::always(), &terms(), kind, steps, messages, at)
}

fn within(
    hours: &Hours,
    terms: &Terms,
    kind: Kind,
    steps: &[Step],
    messages: &[Message],
    at: &str,
) -> Vec<Reckoned> {
    let history = History::of(kind, &Story { steps, messages }, terms.pauses());
    history.clocks().filter_map(|marks| reckon(marks, terms, hours, utc(at))).collect()
}

fn one(mut clocks: Vec<Reckoned>) -> Reckoned {
    assert_eq!(clocks.len(), 1);
    clocks.remove(0)
}

fn plain(at: &str, category: Category) -> Step {
    step(at, category, Normal)
}

#[test]
fn the_first_response_runs_from_the_opening_to_the_first_public_reply() {
    let opened = [plain("2026-11-23T08:00:00Z", New)];
    let asked = [customer("2026-11-23T08:00:00Z"), customer("2026-11-23T09:00:00Z")];
    let open = one(clocks(Kind::FirstResponse, &opened, &asked, "2026-11-23T20:00:00Z"));
    assert_eq!(open.state, State::Running);
    assert_eq!(open.due_at, Some(utc("2026-11-24T08:00:00Z")));
    assert_eq!(open.warnings[0].at, Some(utc("2026-11-24T02:00:00Z")));
    assert_eq!((open.elapsed, open.remaining), (hours(12), Some(hours(12))));
    for (reply, state, breached) in [
        ("2026-11-23T21:00:00Z", State::Met, None),
        ("2026-11-24T08:00:00Z", State::Met, None),
        ("2026-11-24T08:00:00.000001Z", State::Missed, Some("2026-11-24T08:00:00Z")),
    ] {
        let messages = [asked[0], agent(reply), agent("2026-11-25T00:00:00Z")];
        let done = one(clocks(Kind::FirstResponse, &opened, &messages, "2026-12-01T00:00:00Z"));
        assert_eq!((done.state, done.done_at), (state, Some(utc(reply))));
        assert_eq!(done.breached_at, breached.map(utc));
        assert_eq!(done.due_at, Some(utc("2026-11-24T08:00:00Z")));
    }
}

#[test]
fn it_says_when_there_is_something_to_tell_next() {
    let mut steps = vec![plain("2026-11-23T08:00:00Z", New)];
    let next = |steps: &[Step], at: &str| {
        one(clocks(Kind::Resolution, steps, &[], at)).tells_next(utc(at))
    };
    let (warning, due) = (utc("2026-11-24T02:00:00Z"), utc("2026-11-24T08:00:00Z"));
    assert_eq!(next(&steps, "2026-11-23T08:00:00Z"), Some(warning));
    assert_eq!(next(&steps, "2026-11-24T02:00:00Z"), Some(due));
    assert_eq!(next(&steps, "2026-11-24T08:00:00Z"), None);
    steps.push(plain("2026-11-23T09:00:00Z", Resolved));
    assert_eq!(next(&steps, "2026-11-23T10:00:00Z"), None);
}

#[test]
fn nothing_is_known_of_what_comes_after_the_moment() {
    let opened = [plain("2026-11-23T08:00:00Z", New)];
    let messages = [agent("2026-11-23T10:00:00Z")];
    let at = |at| clocks(Kind::FirstResponse, &opened, &messages, at);
    assert_eq!(at("2026-11-23T07:59:59Z"), []);
    assert_eq!(one(at("2026-11-23T09:59:59Z")).state, State::Running);
    assert_eq!(one(at("2026-11-23T10:00:00Z")).state, State::Met);
}

#[test]
fn a_breach_is_at_the_deadline() {
    let opened = [plain("2026-11-23T08:00:00Z", New)];
    let at = |at| one(clocks(Kind::FirstResponse, &opened, &[], at));
    let before = at("2026-11-24T07:59:59.999999Z");
    assert_eq!((before.state, before.breached_at), (State::Running, None));
    for moment in ["2026-11-24T08:00:00Z", "2026-11-30T08:00:00Z"] {
        let after = at(moment);
        assert_eq!(after.state, State::Breached);
        assert_eq!(after.breached_at, Some(utc("2026-11-24T08:00:00Z")));
        assert_eq!(after.due_at, after.breached_at);
        assert_eq!(after.remaining, Some(Duration::ZERO));
    }
}

#[test]
fn pauses_put_the_deadline_off() {
    let mut steps =
        vec![plain("2026-11-23T08:00:00Z", New), plain("2026-11-23T12:00:00Z", WaitingForCustomer)];
    let paused = one(clocks(Kind::Resolution, &steps, &[], "2026-12-01T00:00:00Z"));
    assert_eq!((paused.state, paused.due_at, paused.elapsed), (State::Paused, None, hours(4)));
    assert_eq!(paused.warnings[0].at, None);
    steps.push(plain("2026-11-25T12:00:00Z", Open));
    let running = one(clocks(Kind::Resolution, &steps, &[], "2026-11-25T13:00:00Z"));
    assert_eq!(running.due_at, Some(utc("2026-11-26T08:00:00Z")));
    assert_eq!(running.elapsed, hours(5));
    steps.push(plain("2026-11-26T08:00:00Z", Resolved));
    let met = one(clocks(Kind::Resolution, &steps, &[], "2026-11-27T00:00:00Z"));
    assert_eq!((met.state, met.elapsed), (State::Met, hours(24)));
}

#[test]
fn a_pause_at_the_deadline_is_too_late() {
    let mut steps =
        vec![plain("2026-11-23T08:00:00Z", New), plain("2026-11-24T08:00:00Z", WaitingForCustomer)];
    let late = one(clocks(Kind::Resolution, &steps, &[], "2026-11-25T00:00:00Z"));
    assert_eq!(
        (late.state, late.breached_at),
        (State::Breached, Some(utc("2026-11-24T08:00:00Z")))
    );
    // Of the same moment, what is done is in time.
    steps.push(plain("2026-11-24T08:00:00Z", Resolved));
    assert_eq!(
        one(clocks(Kind::Resolution, &steps, &[], "2026-11-25T00:00:00Z")).state,
        State::Met
    );
}

#[test]
fn time_outside_of_business_hours_does_not_count() {
    let opened = [plain("2026-11-27T15:00:00Z", New)];
    let terms = terms().within(Normal, hours(8));
    let at = |kind, at| one(within(&berlin(), &terms, kind, &opened, &[], at));
    let open = at(Kind::FirstResponse, "2026-11-28T12:00:00Z");
    assert_eq!(open.elapsed, hours(1));
    assert_eq!(open.due_at, Some(utc("2026-11-30T16:00:00Z")));
}

#[test]
fn a_deadline_at_the_end_of_a_day_is_not_the_next_morning() {
    let opened = [plain("2026-11-23T08:00:00Z", New)];
    let terms = terms().within(Normal, hours(7));
    let night = [agent("2026-11-23T20:00:00Z")];
    let done = one(within(
        &berlin(),
        &terms,
        Kind::FirstResponse,
        &opened,
        &night,
        "2026-12-01T00:00:00Z",
    ));
    assert_eq!((done.state, done.breached_at), (State::Missed, Some(utc("2026-11-23T16:00:00Z"))));
}

#[test]
fn a_priority_that_is_raised_puts_the_deadline_into_the_past() {
    let steps = [plain("2026-11-23T08:00:00Z", New), step("2026-11-23T14:00:00Z", New, Urgent)];
    let raised = one(clocks(Kind::FirstResponse, &steps, &[], "2026-11-23T15:00:00Z"));
    assert_eq!(raised.state, State::Breached);
    assert_eq!(raised.due_at, Some(utc("2026-11-23T10:00:00Z")));
    assert_eq!(raised.breached_at, Some(utc("2026-11-23T14:00:00Z")));
    assert_eq!(raised.warnings[0].at, Some(utc("2026-11-23T14:00:00Z")));
    let before = one(clocks(Kind::FirstResponse, &steps, &[], "2026-11-23T13:59:00Z"));
    assert_eq!((before.state, before.target), (State::Running, Some(hours(24))));
    // In time, it only comes nearer.
    let steps = [plain("2026-11-23T08:00:00Z", New), step("2026-11-23T09:00:00Z", New, Urgent)];
    let raised = one(clocks(Kind::FirstResponse, &steps, &[], "2026-11-23T09:30:00Z"));
    assert_eq!((raised.state, raised.due_at), (State::Running, Some(utc("2026-11-23T10:00:00Z"))));
}

#[test]
fn a_priority_that_is_raised_looks_back_over_pauses() {
    let steps = [
        plain("2026-11-23T08:00:00Z", New),
        plain("2026-11-23T09:00:00Z", WaitingForCustomer),
        plain("2026-11-23T12:00:00Z", Open),
        plain("2026-11-23T15:00:00Z", WaitingForCustomer),
        step("2026-11-23T20:00:00Z", WaitingForCustomer, Urgent),
    ];
    let raised = one(clocks(Kind::Resolution, &steps, &[], "2026-11-24T00:00:00Z"));
    assert_eq!(raised.due_at, Some(utc("2026-11-23T13:00:00Z")));
    assert_eq!(raised.breached_at, Some(utc("2026-11-23T20:00:00Z")));
}

#[test]
fn what_was_breached_stays_so_when_the_priority_is_lowered() {
    let steps = [step("2026-11-23T08:00:00Z", New, Urgent), step("2026-11-23T11:00:00Z", New, Low)];
    let lowered = one(clocks(Kind::FirstResponse, &steps, &[], "2026-11-23T12:00:00Z"));
    assert_eq!(lowered.state, State::Breached);
    assert_eq!(lowered.breached_at, Some(utc("2026-11-23T10:00:00Z")));
    let steps = [step("2026-11-23T08:00:00Z", New, Urgent), step("2026-11-23T09:59:00Z", New, Low)];
    let lowered = one(clocks(Kind::FirstResponse, &steps, &[], "2026-11-23T12:00:00Z"));
    assert_eq!(
        (lowered.state, lowered.due_at),
        (State::Running, Some(utc("2026-11-25T08:00:00Z")))
    );
}

#[test]
fn what_ends_does_so_under_the_priority_that_it_had() {
    let mut steps =
        vec![plain("2026-11-23T08:00:00Z", New), step("2026-11-23T14:00:00Z", Resolved, Urgent)];
    let at = |steps: &[Step]| one(clocks(Kind::Resolution, steps, &[], "2026-11-24T00:00:00Z"));
    assert_eq!(at(&steps).state, State::Met);
    // It goes on under the one that it gets: of two hours six are used, or of eight.
    steps.push(step("2026-11-23T16:00:00Z", Open, Urgent));
    assert_eq!(at(&steps).breached_at, Some(utc("2026-11-23T16:00:00Z")));
    steps[2].priority = Priority::High;
    assert_eq!(at(&steps).breached_at, Some(utc("2026-11-23T18:00:00Z")));
}

#[test]
fn being_resolved_is_no_response() {
    let mut steps =
        vec![plain("2026-11-23T08:00:00Z", New), plain("2026-11-23T10:00:00Z", Resolved)];
    let at = |steps: &[Step], messages: &[Message]| {
        one(clocks(Kind::FirstResponse, steps, messages, "2026-12-01T00:00:00Z"))
    };
    assert_eq!(at(&steps, &[]).state, State::Paused);
    assert_eq!(at(&steps, &[agent("2026-11-23T10:00:00Z")]).state, State::Met);
    steps.push(plain("2026-11-24T10:00:00Z", Closed));
    let closed = at(&steps, &[]);
    assert_eq!((closed.state, closed.due_at, closed.elapsed), (State::Cancelled, None, hours(2)));
    steps.push(plain("2026-11-30T23:00:00Z", Open));
    let reopened = at(&steps, &[]);
    assert_eq!((reopened.state, reopened.elapsed), (State::Running, hours(3)));
}

#[test]
fn reopening_goes_on_where_the_resolution_stopped() {
    let steps = [
        plain("2026-11-23T08:00:00Z", New),
        plain("2026-11-23T18:00:00Z", Resolved),
        plain("2026-11-24T18:00:00Z", Closed),
        plain("2026-11-26T00:00:00Z", Open),
    ];
    let met = one(clocks(Kind::Resolution, &steps, &[], "2026-11-25T00:00:00Z"));
    assert_eq!((met.state, met.done_at), (State::Met, Some(utc("2026-11-23T18:00:00Z"))));
    let reopened = one(clocks(Kind::Resolution, &steps, &[], "2026-11-26T01:00:00Z"));
    assert_eq!((reopened.state, reopened.done_at), (State::Running, None));
    assert_eq!(reopened.due_at, Some(utc("2026-11-26T14:00:00Z")));
}

#[test]
fn every_unanswered_message_after_the_first_response_has_a_deadline() {
    let steps = [plain("2026-11-23T08:00:00Z", Open)];
    let messages = [
        customer("2026-11-23T08:00:00Z"),
        agent("2026-11-23T09:00:00Z"),
        customer("2026-11-24T10:00:00Z"),
        customer("2026-11-24T11:00:00Z"),
        agent("2026-11-24T12:00:00Z"),
        agent("2026-11-24T13:00:00Z"),
        customer("2026-11-25T00:00:00Z"),
    ];
    let all = clocks(Kind::NextResponse, &steps, &messages, "2026-11-25T06:00:00Z");
    let told: Vec<_> = all.iter().map(|one| (one.started_at, one.state, one.elapsed)).collect();
    assert_eq!(
        told,
        [
            (utc("2026-11-24T10:00:00Z"), State::Met, hours(2)),
            (utc("2026-11-25T00:00:00Z"), State::Running, hours(6)),
        ]
    );
}

#[test]
fn a_next_response_ends_without_a_verdict_when_it_is_closed_and_begins_anew() {
    let steps = [
        plain("2026-11-23T08:00:00Z", Open),
        plain("2026-11-23T12:00:00Z", Closed),
        plain("2026-11-24T08:00:00Z", Open),
    ];
    let messages = [
        agent("2026-11-23T09:00:00Z"),
        customer("2026-11-23T11:00:00Z"),
        customer("2026-11-24T08:00:00Z"),
    ];
    let all = clocks(Kind::NextResponse, &steps, &messages, "2026-11-24T09:00:00Z");
    let told: Vec<_> = all.iter().map(|one| (one.state, one.elapsed)).collect();
    assert_eq!(told, [(State::Cancelled, hours(1)), (State::Running, hours(1))]);
}

#[test]
fn what_is_cancelled_has_no_verdict() {
    let steps = [plain("2026-11-23T08:00:00Z", New), plain("2026-11-23T09:00:00Z", Cancelled)];
    for kind in [Kind::FirstResponse, Kind::Resolution] {
        let ended = one(clocks(kind, &steps, &[], "2026-12-01T00:00:00Z"));
        assert_eq!((ended.state, ended.breached_at, ended.due_at), (State::Cancelled, None, None));
    }
}

#[test]
fn a_policy_that_changed_is_reckoned_from_the_beginning() {
    let steps = [
        plain("2026-11-23T08:00:00Z", New),
        plain("2026-11-23T12:00:00Z", WaitingForCustomer),
        plain("2026-11-23T14:00:00Z", Open),
    ];
    let due = |terms: &Terms| {
        one(within(&Hours::always(), terms, Kind::Resolution, &steps, &[], "2026-11-23T15:00:00Z"))
            .due_at
    };
    assert_eq!(due(&terms()), Some(utc("2026-11-24T10:00:00Z")));
    assert_eq!(due(&terms().pausing([])), Some(utc("2026-11-24T08:00:00Z")));
    assert_eq!(due(&terms().within(Normal, hours(12))), Some(utc("2026-11-23T22:00:00Z")));
}

#[test]
fn a_calendar_that_was_replaced_is_reckoned_from_the_beginning() {
    let opened = [plain("2026-11-23T08:00:00Z", New)];
    let due = |hours: &Hours| {
        one(within(hours, &terms(), Kind::Resolution, &opened, &[], "2026-11-23T15:00:00Z")).due_at
    };
    assert_eq!(due(&Hours::always()), Some(utc("2026-11-24T08:00:00Z")));
    assert_eq!(due(&berlin()), Some(utc("2026-11-26T11:00:00Z")));
    assert_eq!(
        due(&laid_out(&draft("UTC", &ALL, &["08:00-20:00"]))),
        Some(utc("2026-11-24T20:00:00Z"))
    );
    assert_eq!(due(&laid_out(&draft("UTC", &[], &[]))), None);
}

#[test]
fn without_a_target_there_is_no_deadline() {
    let terms = Terms::none().within(Urgent, minutes(30));
    let steps = [plain("2026-11-23T08:00:00Z", New), step("2026-11-23T09:00:00Z", New, Urgent)];
    let at = |at| one(within(&Hours::always(), &terms, Kind::FirstResponse, &steps, &[], at));
    let open = at("2026-11-23T08:59:00Z");
    assert_eq!(
        (open.state, open.due_at, open.target, open.remaining),
        (State::Running, None, None, None)
    );
    assert_eq!(at("2026-11-23T09:00:00Z").breached_at, Some(utc("2026-11-23T09:00:00Z")));
}

#[test]
fn any_order_of_states_has_an_answer() {
    let steps = [
        plain("2026-11-25T08:00:00Z", Open),
        plain("2026-11-23T08:00:00Z", Closed),
        plain("2026-11-24T08:00:00Z", Closed),
        plain("2026-11-25T08:00:00Z", Open),
    ];
    let messages = [agent("2026-11-26T08:00:00Z"), agent("2020-01-01T00:00:00Z")];
    let resolution = one(clocks(Kind::Resolution, &steps, &messages, "2026-11-25T10:00:00Z"));
    assert_eq!((resolution.state, resolution.elapsed), (State::Running, hours(2)));
    let first = one(clocks(Kind::FirstResponse, &steps, &messages, "2026-11-26T10:00:00Z"));
    assert_eq!((first.state, first.elapsed), (State::Met, Duration::ZERO));
    assert_eq!(clocks(Kind::Resolution, &[], &messages, "2026-11-26T10:00:00Z"), []);
}

#[test]
fn an_explanation_tells_every_stretch() {
    let steps = [
        plain("2026-11-23T08:00:00Z", New),
        step("2026-11-23T10:00:00Z", New, Urgent),
        step("2026-11-23T10:30:00Z", WaitingForCustomer, Urgent),
        step("2026-11-24T08:30:00Z", Open, Urgent),
        step("2026-11-24T09:00:00Z", Resolved, Urgent),
        step("2026-11-24T15:00:00Z", Open, Urgent),
    ];
    let history =
        History::of(Kind::Resolution, &Story { steps: &steps, messages: &[] }, terms().pauses());
    let told = explain(history.marks(), &terms(), &berlin(), utc("2026-11-25T12:00:00Z"));
    let brief: Vec<_> = told
        .iter()
        .map(|one| (one.doing, one.open, one.outside, one.windows, one.elapsed))
        .collect();
    let paused = Doing::Paused(WaitingForCustomer);
    assert_eq!(
        brief,
        [
            (Doing::Running, hours(2), Duration::ZERO, 1, hours(2)),
            (Doing::Running, minutes(30), Duration::ZERO, 1, minutes(150)),
            (paused, hours(5), hours(17), 3, minutes(150)),
            (Doing::Running, minutes(30), Duration::ZERO, 1, hours(3)),
            (Doing::Done, hours(5), hours(1), 2, hours(3)),
            (Doing::Running, hours(4), hours(17), 2, hours(7)),
        ]
    );
    assert_eq!(told[1].target, Some(hours(2)));
    assert!(told.windows(2).all(|two| two[0].until == two[1].from));
}
