//! Requests that are escalated by themselves: when a clock warns or is too late, and when nobody has had one for some time. A timer
//! of the request says when to look, and what was done is written down with what it was for, so that it is done once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rapport_entity::service::{
    service_clock,
    service_escalation_rule::{Model as Rule, Trigger},
    service_request::{Entity, Model as Request},
    service_step,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::async_trait};

use super::{
    escalations::{self, Occasion, perform},
    rules::{self, condition},
};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    rules::first_holding,
    timed::Timed,
};

/// The kind of the timers.
const TIMER: &str = "request_escalation";

/// Escalates the requests of every workspace that do not go as they should.
#[derive(Debug)]
pub struct Escalations;

#[async_trait::async_trait]
impl Timed for Escalations {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, timer).await).await
    }
}

async fn act(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    match locked {
        Err(Error::NotFound(_)) => Ok(()),
        locked => look(tx, locked?).await,
    }
}

/// Has a request looked at soon: one of its clocks has warned, or is too late.
pub(in crate::service) async fn look_at(tx: &Tx<'_>, request: &Request) -> Result<()> {
    tx.set_timer(TIMER, request.id.uuid(), Some(tx.now())).await
}

/// Has a request that nobody has looked at when it has waited for so long as a rule says.
pub(in crate::service) async fn look_when_waited(tx: &Tx<'_>, request: &Request) -> Result<()> {
    if request.owner_id.is_some() || !request.is_open {
        return Ok(());
    }
    let mut rules = rules::active(tx).await?;
    rules.retain(|rule| rule.trigger_kind == Trigger::Unassigned);
    match rules.is_empty() {
        true => Ok(()),
        false => await_next(tx, request, &rules).await,
    }
}

/// Escalates a request that is locked by every rule that has come to hold of it.
async fn look(tx: &Tx<'_>, mut request: Request) -> Result<()> {
    let rules = rules::active(tx).await?;
    for rule in &rules {
        if !request.is_open || request.merged_into_id.is_some() {
            return Ok(());
        }
        let one = vec![rule.clone()];
        if first_holding::<Entity, _>(tx, request.id, one, condition).await?.is_none() {
            continue;
        }
        for occasion in occasions(tx, &request, rule).await? {
            request = perform(tx, &request, Some(rule), occasion).await?;
        }
    }
    look_when_waited(tx, &request).await
}

/// What a rule escalates a request for, now and for the first time.
async fn occasions(tx: &Tx<'_>, request: &Request, rule: &Rule) -> Result<Vec<Occasion>> {
    let all = match rule.trigger_kind {
        Trigger::Requested => Vec::new(),
        Trigger::Unassigned => waited(tx, request, rule).await?.into_iter().collect(),
        Trigger::ClockWarned | Trigger::ClockBreached => of_clocks(tx, request, rule).await?,
    };
    let done = escalations::of(tx, request.id).await?;
    let done: BTreeSet<String> = done.into_iter().map(|done| done.occasion).collect();
    let new = all.into_iter().filter(|name| !done.contains(name));
    let occasion = |name| Occasion { trigger: rule.trigger_kind, name, reason: None };
    Ok(new.map(occasion).collect())
}

/// The clocks of a request that have warned, or are too late, as they name occasions.
async fn of_clocks(tx: &Tx<'_>, request: &Request, rule: &Rule) -> Result<Vec<String>> {
    let its = service_clock::Entity::find()
        .filter(service_clock::Column::RequestId.eq(request.id))
        .order_by_asc(service_clock::Column::StartedAt);
    let clocks = tx.rows::<service_clock::Entity>().all(its).await?;
    let told = |clock: &&service_clock::Model| match rule.trigger_kind {
        Trigger::ClockWarned => clock.warned_percent.is_some() && clock.state.is_live(),
        _ => clock.told_at.is_some() && clock.state.is_live(),
    };
    let of_kind =
        |clock: &&service_clock::Model| rule.clock_kind.is_none_or(|kind| kind == clock.kind);
    let name = |clock: &service_clock::Model| {
        let kind = sea_orm::ActiveEnum::to_value(&clock.kind);
        format!("{} {kind} {}", rule.id, clock.cycle)
    };
    Ok(clocks.iter().filter(told).filter(of_kind).map(name).collect())
}

/// That nobody has had a request for as long as a rule says, as it names the occasion.
async fn waited(tx: &Tx<'_>, request: &Request, rule: &Rule) -> Result<Option<String>> {
    let Some(since) = waits_since(tx, request).await? else { return Ok(None) };
    let is_due = due(rule, since).is_some_and(|at| at <= tx.now());
    Ok(is_due.then(|| format!("{} {}", rule.id, since.timestamp_micros())))
}

fn due(rule: &Rule, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
    rule.waited.as_ref().map(|waited| waited.ahead().from_moment(since))
}

/// Since when nobody has had a request that is open.
async fn waits_since(tx: &Tx<'_>, request: &Request) -> Result<Option<DateTime<Utc>>> {
    if request.owner_id.is_some() || !request.is_open {
        return Ok(None);
    }
    let its = service_step::Entity::find()
        .filter(service_step::Column::RequestId.eq(request.id))
        .order_by_desc(service_step::Column::Seq);
    let steps = tx.rows::<service_step::Entity>().all(its).await?;
    let waits = |step: &&service_step::Model| step.owner_id.is_none() && step.category.is_open();
    Ok(steps.iter().take_while(waits).last().map(|step| step.at))
}

/// Sets the timer of a request to when the next rule is due.
async fn await_next(tx: &Tx<'_>, request: &Request, rules: &[Rule]) -> Result<()> {
    let Some(since) = waits_since(tx, request).await? else { return Ok(()) };
    let to_come = rules.iter().filter_map(|rule| due(rule, since)).filter(|at| *at > tx.now());
    match to_come.min() {
        // A clock may have had it looked at sooner.
        Some(at) => tx.set_timer_by(TIMER, request.id.uuid(), at).await,
        None => Ok(()),
    }
}
