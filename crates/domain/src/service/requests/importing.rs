//! Requests that come with their past, many at once: written in as few statements as possible. What happened elsewhere long
//! ago is written down and reckoned with, and told to nobody here: of a request that comes there is one event, that it was made.

use std::collections::BTreeSet;

use rapport_entity::service::{
    request_message,
    service_request::{self, Entity, Model},
    service_step,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{messages::with_message, saving::step_now};
use crate::{
    kernel::{Create, Error, Result, Tx, Update},
    service::{
        clocks::{self, Promises, Told},
        statuses,
    },
};

/// A request with its past.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The request, as it stands.
    pub row: Model,
    /// Its steps: of one that is here, those that were not known.
    pub steps: Vec<service_step::Model>,
    /// Its messages: of one that is here, those that were not known.
    pub messages: Vec<request_message::Model>,
}

impl Arrival {
    fn told(&self) -> Told<'_> {
        Told { request: &self.row, steps: &self.steps, messages: &self.messages }
    }
}

/// What messages say of a request.
pub fn with_messages(row: Model, messages: &[request_message::Model]) -> Model {
    messages.iter().fold(row, |row, message| with_message(&row, message))
}

/// Makes requests with their past. They are complete.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn arrive(tx: &Tx<'_>, mut made: Vec<Arrival>) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let promises = Promises::of(tx).await?;
    let mut found = Vec::new();
    if promises.are_for_all() {
        let told: Vec<Told<'_>> = made.iter().map(Arrival::told).collect();
        found = promises.found_of_all(&told, tx.now());
        for (arrival, found) in made.iter_mut().zip(&found) {
            (arrival.row.policy_id, arrival.row.due_at) = (found.policy, found.due_at);
        }
    }
    hold_statuses(tx, &made).await?;
    write(tx, &made).await?;
    let told: Vec<Told<'_>> = made.iter().map(Arrival::told).collect();
    if !promises.are_for_all() {
        found = promises.found_of(tx, &told).await?;
        let marked = told.iter().map(|told| told.request.id).zip(&found);
        clocks::mark(tx, marked).await?;
    }
    clocks::keep(tx, told.iter().map(|told| told.request.id).zip(found)).await
}

/// Nobody deletes the statuses that requests come into, until they are there.
async fn hold_statuses(tx: &Tx<'_>, made: &[Arrival]) -> Result<()> {
    let keys: BTreeSet<&str> = made.iter().map(|arrival| arrival.row.status.as_str()).collect();
    for key in keys {
        let key = key.parse().map_err(Error::internal)?;
        if statuses::held(tx, &key).await?.is_none() {
            let why = "a status of the file was taken away meanwhile; import it again";
            return Err(Error::Refused(why.to_owned()));
        }
    }
    Ok(())
}

async fn write(tx: &Tx<'_>, made: &[Arrival]) -> Result<()> {
    let rows: Vec<Model> = made.iter().map(|arrival| arrival.row.clone()).collect();
    tx.can::<Entity, Create>()?.insert_many(&rows).await?;
    let steps: Vec<service_step::Model> =
        made.iter().flat_map(|arrival| arrival.steps.iter().cloned()).collect();
    tx.rows::<service_step::Entity>().insert(&steps).await?;
    let messages: Vec<request_message::Model> =
        made.iter().flat_map(|arrival| arrival.messages.iter().cloned()).collect();
    tx.can::<request_message::Entity, Create>()?.insert_many(&messages).await
}

/// Saves a request that was locked with what has become known of its past. What was decided before stays decided, as after
/// every other change.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn catch_up(tx: &Tx<'_>, before: &Model, more: Arrival) -> Result<()> {
    let mut after = tx.can::<Entity, Update>()?.save(before, more.row, "updated", &[]).await?;
    tx.rows::<service_step::Entity>().insert(&more.steps).await?;
    tx.can::<request_message::Entity, Create>()?.insert_many(&more.messages).await?;
    if let Some(last) = more.steps.last().filter(|last| last.seq > after.version) {
        // Each step has a number of its own, and the next change begins after the last.
        let this = Condition::all().add(service_request::Column::Id.eq(after.id));
        tx.rows::<Entity>().set(service_request::Column::Version, last.seq, this).await?;
        after.version = last.seq;
    }
    if more.steps.is_empty() && stands(before) != stands(&after) {
        step_now(tx, &after).await?;
    }
    clocks::follow_quietly(tx, after).await.map(drop)
}

/// Writes down how requests stand once an import of theirs was undone.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn as_they_are(tx: &Tx<'_>, ids: &[service_request::Id]) -> Result<()> {
    for row in tx.entailed::<Entity, Update>().lock_many(ids).await? {
        let last = service_step::Entity::find()
            .filter(service_step::Column::RequestId.eq(row.id))
            .order_by_desc(service_step::Column::At)
            .order_by_desc(service_step::Column::Seq)
            .limit(1);
        let last = tx.rows::<service_step::Entity>().all(last).await?.pop();
        if last.is_none_or(|last| !is_as(&last, &row)) {
            step_now(tx, &row).await?;
        }
        clocks::follow_quietly(tx, row).await?;
    }
    Ok(())
}

/// What steps tell of, but for when it began.
fn stands(row: &Model) -> impl PartialEq + use<> {
    (row.status.clone(), row.priority, row.queue_id, row.owner_id)
}

fn is_as(step: &service_step::Model, row: &Model) -> bool {
    let stands = (&step.status, step.priority, step.queue_id, step.owner_id);
    stands == (&row.status, row.priority, row.queue_id, row.owner_id)
}
