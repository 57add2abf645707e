//! What a policy would have made of what has happened: the same reckoning over the stored history, read page by page, and nothing written.

use std::collections::{BTreeMap, HashMap};

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_clocks::{Calendar, Hours};
use rapport_entity::{
    Date, TimeZone,
    rule::Rule,
    service::{
        request_message,
        service_clock::{self, State},
        service_policy::{self, Kind, Pause, Pauses, Target, Targets},
        service_request::{self, Column, Entity},
        service_step,
    },
    work::{
        business_calendar::{self, Exception, WeeklyWindow},
        warn_at::WarnAt,
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    choice::{self, Promise},
    kept::clocks,
    policies,
    story::{Happened, messages_of_many},
};
use crate::{
    kernel::{Ctx, Error, Faults, Listing, Read, Result, start_of},
    records,
    work::hours::{around_the_clock, draft},
};

/// A policy to be tried on what has happened. Nothing is changed by it.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulateServicePolicy {
    /// What would be promised: of each kind of clock and priority once at most.
    #[schema(min_items = 1, max_items = 12)]
    pub targets: Vec<Target>,
    /// When clocks would stand still: each kind once at most; never where left out.
    #[schema(max_items = 3)]
    pub pauses: Option<Vec<Pause>>,
    /// What must hold of a service request; it is for all where left out.
    pub condition: Option<Rule>,
    /// The calendar whose hours would count; all hours where neither it nor `calendar` is given.
    pub calendar_id: Option<business_calendar::Id>,
    /// A calendar that is not there yet, in its place.
    pub calendar: Option<SimulatedCalendar>,
    /// Only the service requests of which this rule holds.
    pub filter: Option<Rule>,
    /// The first day of those on which the requests were opened; the first of all where left out.
    pub from: Option<Date>,
    /// The last; the last of all where left out.
    pub to: Option<Date>,
    /// At most so many requests are looked at, the latest first: 1 to 20,000; 5,000 where left out.
    #[schema(minimum = 1, maximum = 20000)]
    pub limit: Option<i32>,
}

/// A calendar to be tried.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatedCalendar {
    /// The time zone whose clocks are meant; the workspace's where left out.
    pub time_zone: Option<TimeZone>,
    /// The windows of a week, at most 24 on one day; around the clock where left out.
    #[schema(max_items = 168)]
    pub hours: Option<Vec<WeeklyWindow>>,
    /// The days on which it is otherwise.
    #[schema(max_items = 1000)]
    pub exceptions: Option<Vec<Exception>>,
}

/// What a policy would have made of what has happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ServicePolicySimulation {
    /// How many requests were looked at: those of which its condition holds now.
    #[schema(minimum = 0)]
    pub requests: i64,
    /// Whether there are more that were not looked at.
    pub more: bool,
    /// What would have become of their clocks, one row for each kind that there are any of.
    #[schema(max_items = 3)]
    pub clocks: Vec<SimulatedClocks>,
}

/// What would have become of the clocks of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedClocks {
    /// Which clocks.
    pub kind: Kind,
    /// What would have become of them.
    pub simulated: SimulatedOutcomes,
    /// What has become of those that there are.
    pub decided: SimulatedOutcomes,
    /// How many are in time, or ran, that would have been too late.
    #[schema(minimum = 0)]
    pub newly_breached: i64,
    /// How many are too late that would not have been.
    #[schema(minimum = 0)]
    pub no_longer_breached: i64,
    /// In so many seconds of business hours half of those that are done would have been.
    #[schema(minimum = 0)]
    pub median_seconds: Option<i64>,
    /// In so many nine of ten.
    #[schema(minimum = 0)]
    pub p90_seconds: Option<i64>,
    /// In so many nineteen of twenty.
    #[schema(minimum = 0)]
    pub p95_seconds: Option<i64>,
}

/// How many clocks came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedOutcomes {
    /// Done in time.
    #[schema(minimum = 0)]
    pub met: i64,
    /// Too late, whether done or not.
    #[schema(minimum = 0)]
    pub breached: i64,
    /// Not done, and not too late.
    #[schema(minimum = 0)]
    pub running: i64,
    /// Ended without a verdict.
    #[schema(minimum = 0)]
    pub cancelled: i64,
}

/// The most requests that are looked at, and how many where nothing is said.
const MOST: i32 = 20_000;
const USUAL: i32 = 5_000;

/// So many are read at once.
const PAGE: u64 = 200;

/// Reckons what a policy would have made of the requests that the actor may read.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`] where there is no such calendar; [`Error::Invalid`] and [`Error::Conflict`] name
/// everything that is wrong.
pub async fn simulate(ctx: &Ctx, asked: SimulateServicePolicy) -> Result<ServicePolicySimulation> {
    ctx.can::<service_policy::Entity, Read>()?;
    check(ctx, &asked)?;
    let promise = promise(ctx, &asked).await?;
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST).unsigned_abs() as u64;
    let within = within(ctx, &asked);
    let mut trying = Trying { promise, now: ctx.database().clock().now(), kinds: BTreeMap::new() };
    let mut listing = Listing {
        filter: Some(Rule::All(asked.filter.into_iter().chain(asked.condition).collect())),
        sort: Some("-openedAt".to_owned()),
        ..Listing::default()
    };
    let (mut requests, mut more) = (0_u64, true);
    while more && requests < limit {
        listing.limit = PAGE.min(limit - requests);
        let page = ctx.can::<Entity, Read>()?.page_of(&listing, within.clone()).await?;
        (more, listing.cursor) = (page.more, page.next_cursor());
        requests += page.items.len() as u64;
        trying.look_at(ctx, &page.items).await?;
    }
    let clocks = trying.kinds.into_iter().map(|(_, (kind, tally))| tally.shown(kind)).collect();
    Ok(ServicePolicySimulation { requests: requests as i64, more, clocks })
}

fn check(ctx: &Ctx, asked: &SimulateServicePolicy) -> Result<()> {
    let mut faults = Faults::default();
    if !(1..=MOST).contains(&asked.limit.unwrap_or(USUAL)) {
        faults.invalid("/limit", format!("must be from 1 to {MOST}"));
    }
    if asked.calendar.is_some() && asked.calendar_id.is_some() {
        faults.conflict("/calendar", "is not taken with calendarId");
    }
    if asked.from.zip(asked.to).is_some_and(|(from, to)| from > to) {
        faults.conflict("/from", "comes after the last day");
    }
    let pauses = asked.pauses.as_deref().unwrap_or_default();
    let promised =
        policies::check(ctx, asked.condition.as_ref(), Some(&asked.targets), pauses, &[]);
    match promised {
        Err(err @ (Error::Invalid(_) | Error::Conflict(_))) => faults.under("", err),
        promised => promised?,
    }
    faults.check()
}

fn within(ctx: &Ctx, asked: &SimulateServicePolicy) -> Condition {
    let start = |day: Date| start_of(day.day(), ctx.actor());
    let mut within = Condition::all();
    if let Some(from) = asked.from {
        within = within.add(Column::OpenedAt.gte(start(from)));
    }
    if let Some(after) = asked.to.and_then(|to| to.day().succ_opt()) {
        within = within.add(Column::OpenedAt.lt(start_of(after, ctx.actor())));
    }
    within
}

/// The policy as if it were there.
async fn promise(ctx: &Ctx, asked: &SimulateServicePolicy) -> Result<Promise> {
    let now = ctx.database().clock().now();
    let policy = service_policy::Model {
        id: service_policy::Id::new(),
        workspace_id: ctx.actor().workspace,
        name: "Simulation".parse().map_err(Error::internal)?,
        sort_name: String::new(),
        position: 1_i64.try_into().map_err(Error::internal)?,
        active: true,
        condition: None,
        calendar_id: asked.calendar_id,
        targets: Targets(asked.targets.clone()),
        pauses: Pauses(asked.pauses.clone().unwrap_or_default()),
        warn_at_percent: WarnAt::default(),
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    if let Some(id) = asked.calendar_id {
        records::get::<business_calendar::Entity>(ctx, id).await?;
    }
    let promise = choice::promise(ctx, policy).await?;
    match &asked.calendar {
        Some(calendar) => Ok(Promise { hours: laid_out(ctx, calendar)?.into(), ..promise }),
        None => Ok(promise),
    }
}

fn laid_out(ctx: &Ctx, calendar: &SimulatedCalendar) -> Result<Hours> {
    let zone = calendar.time_zone.clone().unwrap_or_else(|| ctx.actor().time_zone.clone());
    let hours = calendar.hours.clone().unwrap_or_else(around_the_clock);
    let draft = draft(&zone, &hours, calendar.exceptions.as_deref().unwrap_or_default());
    let mut faults = Faults::default();
    match Calendar::read(&draft) {
        Ok(calendar) => return Ok(Hours::of(calendar)),
        Err(wrong) => wrong
            .into_iter()
            .for_each(|fault| faults.invalid(format!("/calendar{}", fault.at), fault.says)),
    }
    faults.check()?;
    Err(Error::internal("a calendar that is none, without a fault"))
}

/// A policy that is being tried.
struct Trying {
    promise: Promise,
    now: DateTime<Utc>,
    /// By the names of the kinds, which are in order.
    kinds: BTreeMap<u8, (Kind, Tally)>,
}

impl Trying {
    async fn look_at(&mut self, ctx: &Ctx, page: &[service_request::Model]) -> Result<()> {
        let ids: Vec<service_request::Id> = page.iter().map(|row| row.id).collect();
        let mut steps = steps_of(ctx, &ids).await?;
        let mut messages: HashMap<_, Vec<request_message::Model>> = HashMap::new();
        for message in ctx.rows::<request_message::Entity>().all(messages_of_many(&ids)).await? {
            messages.entry(message.request_id).or_default().push(message);
        }
        let mut there = clocks_of(ctx, &ids).await?;
        for request in page {
            let steps = steps.remove(&request.id).unwrap_or_default();
            let messages = messages.remove(&request.id).unwrap_or_default();
            let happened = Happened::of(request, &steps, &messages);
            let there = there.remove(&request.id).unwrap_or_default();
            self.compare(request, &happened, &there);
        }
        Ok(())
    }

    fn compare(
        &mut self,
        request: &service_request::Model,
        happened: &Happened,
        there: &[service_clock::Model],
    ) {
        let found = clocks(request, &self.promise, happened, self.now);
        for (row, _) in &found {
            let same = |one: &&service_clock::Model| (one.kind, one.cycle) == (row.kind, row.cycle);
            let decided = there.iter().find(same).map(|one| one.state);
            self.tally(row.kind).add(row, decided);
        }
        for one in there {
            self.tally(one.kind).decided.count(one.state);
        }
    }

    fn tally(&mut self, kind: Kind) -> &mut Tally {
        let place = match kind {
            Kind::FirstResponse => 0,
            Kind::NextResponse => 1,
            Kind::Resolution => 2,
        };
        &mut self.kinds.entry(place).or_insert_with(|| (kind, Tally::default())).1
    }
}

async fn steps_of(
    ctx: &Ctx,
    ids: &[service_request::Id],
) -> Result<HashMap<service_request::Id, Vec<service_step::Model>>> {
    let query = service_step::Entity::find()
        .filter(service_step::Column::RequestId.is_in(ids.iter().copied()))
        .order_by_asc(service_step::Column::RequestId)
        .order_by_asc(service_step::Column::Seq);
    let mut steps: HashMap<_, Vec<service_step::Model>> = HashMap::new();
    for step in ctx.rows::<service_step::Entity>().all(query).await? {
        steps.entry(step.request_id).or_default().push(step);
    }
    Ok(steps)
}

async fn clocks_of(
    ctx: &Ctx,
    ids: &[service_request::Id],
) -> Result<HashMap<service_request::Id, Vec<service_clock::Model>>> {
    let these = service_clock::Column::RequestId.is_in(ids.iter().copied());
    let query = service_clock::Entity::find().filter(these);
    let mut clocks: HashMap<_, Vec<service_clock::Model>> = HashMap::new();
    for clock in ctx.rows::<service_clock::Entity>().all(query).await? {
        clocks.entry(clock.request_id).or_default().push(clock);
    }
    Ok(clocks)
}

/// What has been found of the clocks of one kind.
#[derive(Default)]
struct Tally {
    simulated: SimulatedOutcomes,
    decided: SimulatedOutcomes,
    newly: i64,
    no_longer: i64,
    /// How long those took that are done.
    seconds: Vec<i64>,
}

impl Tally {
    fn add(&mut self, row: &service_clock::Model, decided: Option<State>) {
        self.simulated.count(row.state);
        let is_late = |state: State| matches!(state, State::Missed | State::Breached);
        match (decided.map(is_late), is_late(row.state)) {
            (Some(false), true) => self.newly += 1,
            (Some(true), false) => self.no_longer += 1,
            _ => {}
        }
        if matches!(row.state, State::Met | State::Missed) {
            self.seconds.push(row.elapsed_seconds);
        }
    }

    fn shown(mut self, kind: Kind) -> SimulatedClocks {
        self.seconds.sort_unstable();
        let place = |part: usize| {
            let nth = (self.seconds.len() * part).div_ceil(100).checked_sub(1)?;
            self.seconds.get(nth).copied()
        };
        SimulatedClocks {
            kind,
            newly_breached: self.newly,
            no_longer_breached: self.no_longer,
            median_seconds: place(50),
            p90_seconds: place(90),
            p95_seconds: place(95),
            simulated: self.simulated,
            decided: self.decided,
        }
    }
}

impl SimulatedOutcomes {
    fn count(&mut self, state: State) {
        let of = match state {
            State::Met => &mut self.met,
            State::Missed | State::Breached => &mut self.breached,
            State::Running | State::Paused => &mut self.running,
            State::Cancelled => &mut self.cancelled,
        };
        *of += 1;
    }
}
