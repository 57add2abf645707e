//! The clocks of many requests that come with their past: reckoned by the same rules as those of one, written in as few
//! statements as possible, and without telling of what was too late before anybody here could know.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rapport_entity::service::{
    request_message,
    service_clock::{self, Column, Model, State},
    service_policy,
    service_request::{self, ActiveModel, Entity, Model as Request},
    service_step,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};

use super::{
    choice::{self, Promise},
    due::{self, Telling},
    kept::{clocks, first_due},
    policies,
    story::Happened,
};
use crate::{
    kernel::{Result, Tx},
    rules::holding_of,
    work::hours::kept,
};

/// A request, with its past.
#[derive(Clone, Copy, Debug)]
pub(in crate::service) struct Told<'a> {
    /// The request.
    pub request: &'a Request,
    /// How it came to stand as it does, in order.
    pub steps: &'a [service_step::Model],
    /// What was written.
    pub messages: &'a [request_message::Model],
}

/// The policies that count, with their hours.
#[derive(Debug)]
pub(in crate::service) struct Promises(Vec<Promise>);

/// What was found of the clocks of a request.
#[derive(Clone, Debug, Default)]
pub(in crate::service) struct Found {
    /// The policy that holds of it.
    pub policy: Option<service_policy::Id>,
    /// The first deadline that is still to be kept.
    pub due_at: Option<DateTime<Utc>>,
    /// Its clocks.
    pub clocks: Vec<Model>,
    /// When there is something to tell next.
    pub next: Option<DateTime<Utc>>,
}

impl Promises {
    /// All that there are, in their order.
    pub async fn of(tx: &Tx<'_>) -> Result<Self> {
        let mut promises = Vec::new();
        for policy in policies::active(tx).await? {
            promises.push(choice::promise(tx, policy).await?);
        }
        Ok(Self(promises))
    }

    /// Whether it can be said without looking at the requests which of them holds.
    pub fn are_for_all(&self) -> bool {
        self.0.first().is_none_or(|first| first.policy.condition.is_none())
    }

    /// What is found of requests that the first policy holds of, or none.
    pub fn found_of_all(&self, told: &[Told<'_>], now: DateTime<Utc>) -> Vec<Found> {
        let first = self.0.first();
        told.iter()
            .map(|told| first.map_or_else(Found::default, |of| found(of, told, now)))
            .collect()
    }

    /// What is found of requests, by the policy that holds of each as it is in the transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn found_of(&self, tx: &Tx<'_>, told: &[Told<'_>]) -> Result<Vec<Found>> {
        let mut open: Vec<service_request::Id> = told.iter().map(|told| told.request.id).collect();
        let mut chosen = HashMap::new();
        for promise in &self.0 {
            if open.is_empty() {
                break;
            }
            match &promise.policy.condition {
                Some(rule) => {
                    let holds = holding_of::<Entity>(tx, &open, rule).await?;
                    open.retain(|id| !holds.contains(id));
                    chosen.extend(holds.into_iter().map(|id| (id, promise)));
                }
                None => chosen.extend(open.drain(..).map(|id| (id, promise))),
            }
        }
        let of = |told: &Told<'_>| match chosen.get(&told.request.id) {
            Some(promise) => found(promise, told, tx.now()),
            None => Found::default(),
        };
        Ok(told.iter().map(of).collect())
    }
}

/// What was too late before counts as told.
fn found(promise: &Promise, told: &Told<'_>, now: DateTime<Utc>) -> Found {
    let happened = Happened::of(told.request, told.steps, told.messages);
    let (mut rows, mut next) = (Vec::new(), None::<DateTime<Utc>>);
    for (mut row, found) in clocks(told.request, promise, &happened, now) {
        let used = found.warnings.iter().filter(|warning| warning.at.is_some_and(|at| at <= now));
        let used = used.map(|warning| i32::from(warning.percent.get())).max();
        row.warned_percent = used.filter(|_| row.state.is_live());
        row.told_at = (row.state == State::Breached).then(|| kept(now));
        let telling = Telling::of(&row, &found, now);
        next = [next, telling.next].into_iter().flatten().min();
        rows.push(row);
    }
    let due_at = first_due(rows.iter());
    Found { policy: Some(promise.policy.id), due_at, clocks: rows, next }
}

/// Writes what was found of requests that have no clocks yet, or of which all are known anew.
pub(in crate::service) async fn keep(
    tx: &Tx<'_>,
    found: impl Iterator<Item = (service_request::Id, Found)>,
) -> Result<()> {
    let (mut clocks, mut timers) = (Vec::new(), Vec::new());
    for (id, found) in found {
        timers.extend(found.next.map(|next| (id.uuid(), next)));
        clocks.extend(found.clocks);
    }
    let key = [Column::WorkspaceId, Column::RequestId, Column::Kind, Column::Cycle];
    tx.rows::<service_clock::Entity>().upsert(&clocks, &key).await?;
    tx.set_timers_at(due::TIMER, &timers).await
}

/// Marks requests with the policies and deadlines that were found.
pub(in crate::service) async fn mark(
    tx: &Tx<'_>,
    found: impl Iterator<Item = (service_request::Id, &Found)>,
) -> Result<()> {
    let mut alike: HashMap<_, Vec<service_request::Id>> = HashMap::new();
    for (id, found) in found {
        alike.entry((found.policy, found.due_at)).or_default().push(id);
    }
    for ((policy, due_at), ids) in alike {
        if policy.is_none() {
            continue;
        }
        let to = ActiveModel { policy_id: Set(policy), due_at: Set(due_at), ..Default::default() };
        for some in ids.chunks(AT_ONCE) {
            let these = service_request::Column::Id.is_in(some.iter().copied());
            tx.rows::<Entity>().change(to.clone(), Condition::all().add(these)).await?;
        }
    }
    Ok(())
}

/// So many requests are marked by one statement.
const AT_ONCE: usize = 500;
