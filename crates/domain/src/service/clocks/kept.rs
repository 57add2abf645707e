//! The clocks of a request, as they are kept: reckoned anew with each change of it, in the same transaction, and when time
//! brings a warning or a breach.

use chrono::{DateTime, Utc};
use rapport_clocks::{History, Mark, Reckoned, Terms, reckon};
use rapport_entity::service::{
    service_clock::{Column, Entity, Model, State},
    service_policy::{self, Kind},
    service_request::{self, Model as Request},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Iterable, QueryFilter};

use super::{
    choice::{self, Promise},
    due::{self, Telling},
    policies,
    story::{Happened, priority},
    terms::terms_of,
};
use crate::{
    kernel::{Result, Tx},
    work::hours::kept,
};

/// What is known of the policy of a request before it is there.
#[derive(Debug)]
pub(in crate::service) enum Foreseen {
    /// None can hold of it.
    Nothing,
    /// This one holds of it, whatever it is.
    Promise(Box<Promise>),
    /// It depends on what it is.
    Depends(Vec<service_policy::Model>),
}

/// A request that is about to be made, with its policy and its deadline where these can be said already: it need not be
/// written twice then.
pub(in crate::service) async fn foresee(
    tx: &Tx<'_>,
    request: Request,
) -> Result<(Request, Foreseen)> {
    let policies = policies::active(tx).await?;
    let Some(first) = policies.first() else { return Ok((request, Foreseen::Nothing)) };
    let policy = match choice::entitled(tx, &policies, &request).await? {
        Some(entitled) => entitled,
        None if first.condition.is_some() => {
            return Ok((request, Foreseen::Depends(policies)));
        }
        None => first.clone(),
    };
    let promise = choice::promise(tx, policy).await?;
    let found = clocks(&request, &promise, &Happened::new(&request), tx.now());
    let due_at = first_due(found.iter().map(|(row, _)| row));
    let request = Request { policy_id: Some(promise.policy.id), due_at, ..request };
    Ok((request, Foreseen::Promise(Box::new(promise))))
}

/// Reckons the clocks of a request that was just made.
pub(in crate::service) async fn begin(
    tx: &Tx<'_>,
    request: Request,
    foreseen: Foreseen,
) -> Result<Request> {
    let promise = match foreseen {
        Foreseen::Nothing => return Ok(request),
        Foreseen::Promise(promise) => Some(*promise),
        Foreseen::Depends(policies) => choice::of_request(tx, policies, &request).await?,
    };
    let happened = Happened::new(&request);
    settle(tx, request, promise, (&happened, Vec::new()), true).await
}

/// Reckons the clocks of a request that has changed, or that time has come to.
pub(in crate::service) async fn follow(tx: &Tx<'_>, request: Request) -> Result<Request> {
    follow_and(tx, request, true).await
}

/// The same after something has become known of what was long ago: nobody is told of what it makes too late.
pub(in crate::service) async fn follow_quietly(tx: &Tx<'_>, request: Request) -> Result<Request> {
    follow_and(tx, request, false).await
}

async fn follow_and(tx: &Tx<'_>, request: Request, tells: bool) -> Result<Request> {
    let policies = policies::active(tx).await?;
    let of_it = Entity::find().filter(Column::RequestId.eq(request.id));
    let there = tx.rows::<Entity>().all(of_it).await?;
    if policies.is_empty() && there.is_empty() {
        return Ok(request);
    }
    let promise = choice::of_request(tx, policies, &request).await?;
    let happened = Happened::to(tx, &request).await?;
    settle(tx, request, promise, (&happened, there), tells).await
}

/// Keeps what was found, and tells of what is due.
async fn settle(
    tx: &Tx<'_>,
    request: Request,
    promise: Option<Promise>,
    (happened, there): (&Happened, Vec<Model>),
    tells: bool,
) -> Result<Request> {
    let now = tx.now();
    let found = match &promise {
        Some(promise) if request.deleted_at.is_none() => clocks(&request, promise, happened, now),
        _ => Vec::new(),
    };
    let (mut rows, nexts): (Vec<Model>, Vec<Telling>) = found
        .into_iter()
        .map(|(row, found)| {
            let before = there.iter().find(|there| is_same(there, &row));
            let row = decided(before, row);
            let telling = Telling::of(&row, &found, now);
            (row, telling)
        })
        .unzip();
    rows.extend(there.iter().filter_map(|there| ended(there, &rows)).collect::<Vec<_>>());
    match tells {
        true => due::tell(tx, &request, &mut rows, &nexts).await?,
        false => due::mark_told(tx, &mut rows, &nexts),
    }
    write(tx, &there, &rows).await?;
    let next = nexts.iter().filter_map(|telling| telling.next).min();
    if next.is_some() || !there.is_empty() {
        tx.set_timer(due::TIMER, request.id.uuid(), next).await?;
    }
    let policy = promise.map(|promise| promise.policy.id);
    mark(tx, request, policy, &rows).await
}

fn is_same(there: &Model, row: &Model) -> bool {
    (there.kind, there.cycle) == (row.kind, row.cycle)
}

/// All clocks of a request, by what a policy promises.
pub(super) fn clocks(
    request: &Request,
    promise: &Promise,
    happened: &Happened,
    now: DateTime<Utc>,
) -> Vec<(Model, Reckoned)> {
    let mut clocks = Vec::new();
    for kind in Kind::iter() {
        let terms = terms_of(&promise.policy, kind);
        let history = History::of(of_kind(kind), &happened.story(), terms.pauses());
        for (marks, cycle) in history.clocks().zip(1..) {
            clocks.extend(clock(request, promise, (kind, cycle), (marks, &terms), now));
        }
    }
    clocks
}

fn clock(
    request: &Request,
    promise: &Promise,
    (kind, cycle): (Kind, i32),
    (marks, terms): (&[Mark], &Terms),
    now: DateTime<Utc>,
) -> Option<(Model, Reckoned)> {
    let found = reckon(marks, terms, &promise.hours, now)?;
    let row = Model {
        workspace_id: request.workspace_id,
        request_id: request.id,
        kind,
        cycle,
        policy_id: promise.policy.id,
        state: state(found.state),
        priority: priority(found.priority),
        target_minutes: i32::try_from(found.target?.as_secs() / 60).unwrap_or(i32::MAX),
        started_at: kept(found.started_at),
        due_at: found.due_at.map(kept),
        warned_percent: None,
        breached_at: found.breached_at.map(kept),
        told_at: None,
        done_at: found.done_at.map(kept),
        elapsed_seconds: i64::try_from(found.elapsed.as_secs()).unwrap_or(i64::MAX),
    };
    Some((row, found))
}

/// What is decided stays, whatever the policy says by now: that it was done in time or not, and that it was too late.
fn decided(before: Option<&Model>, found: Model) -> Model {
    let Some(before) = before else { return found };
    let is_over = !before.state.is_live() && before.state != State::Cancelled;
    if is_over && before.done_at == found.done_at {
        return before.clone();
    }
    let told = Model { warned_percent: before.warned_percent, told_at: before.told_at, ..found };
    if before.breached_at.is_none() {
        return told;
    }
    let state = match told.state {
        State::Met => State::Missed,
        State::Running | State::Paused => State::Breached,
        state => state,
    };
    Model { state, breached_at: before.breached_at, due_at: before.due_at, ..told }
}

/// A clock that no policy promises anything for any more.
fn ended(there: &Model, rows: &[Model]) -> Option<Model> {
    let goes_on = rows.iter().any(|row| is_same(there, row));
    let ended = || Model { state: State::Cancelled, due_at: None, ..there.clone() };
    (!goes_on && there.state.is_live()).then(ended)
}

async fn write(tx: &Tx<'_>, there: &[Model], rows: &[Model]) -> Result<()> {
    let changed: Vec<Model> = rows.iter().filter(|row| !there.contains(row)).cloned().collect();
    let key = [Column::WorkspaceId, Column::RequestId, Column::Kind, Column::Cycle];
    tx.rows::<Entity>().upsert(&changed, &key).await
}

/// Marks a request with the policy that holds of it, and with the first deadline that is still to be kept.
async fn mark(
    tx: &Tx<'_>,
    request: Request,
    policy: Option<service_policy::Id>,
    rows: &[Model],
) -> Result<Request> {
    let due_at = first_due(rows.iter());
    if (request.policy_id, request.due_at) == (policy, due_at) {
        return Ok(request);
    }
    let to = service_request::ActiveModel {
        policy_id: Set(policy),
        due_at: Set(due_at),
        ..Default::default()
    };
    let this = Condition::all().add(service_request::Column::Id.eq(request.id));
    tx.rows::<service_request::Entity>().change(to, this).await?;
    Ok(Request { policy_id: policy, due_at, ..request })
}

/// The first deadline that is still to be kept.
pub(super) fn first_due<'r>(rows: impl Iterator<Item = &'r Model>) -> Option<DateTime<Utc>> {
    rows.filter(|row| row.state.is_live()).filter_map(|row| row.due_at).min()
}

pub(super) fn of_kind(kind: Kind) -> rapport_clocks::Kind {
    match kind {
        Kind::FirstResponse => rapport_clocks::Kind::FirstResponse,
        Kind::NextResponse => rapport_clocks::Kind::NextResponse,
        Kind::Resolution => rapport_clocks::Kind::Resolution,
    }
}

pub(super) fn state(state: rapport_clocks::State) -> State {
    match state {
        rapport_clocks::State::Running => State::Running,
        rapport_clocks::State::Paused => State::Paused,
        rapport_clocks::State::Breached => State::Breached,
        rapport_clocks::State::Met => State::Met,
        rapport_clocks::State::Missed => State::Missed,
        rapport_clocks::State::Cancelled => State::Cancelled,
    }
}
