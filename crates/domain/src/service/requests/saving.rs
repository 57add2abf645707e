//! What every change of a request brings with it: its step, and who is told.

use rapport_entity::{
    Resource, Text,
    identity::user,
    service::{
        service_request::{Entity, Model},
        service_step,
    },
    work::notification::Kind,
};
use serde_json::{Value as Json, json};

use super::watchers;
use crate::{
    kernel::{Access, Create, Result, Tx, Update},
    service::{
        assignment::{self, Assignment},
        clocks, escalation, routing, surveys,
    },
    work::notifications::{Notice, notify},
};

/// Members that are kept elsewhere, before and after.
pub type Also<'a> = [(&'a str, Json, Json)];

/// Saves a request that was locked and changed, and what the change brings with it: where it waits in a queue by then,
/// somebody who gets it.
pub async fn save(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    what: &str,
    also: &Also<'_>,
) -> Result<Model> {
    let after = hand_on(tx, keep(tx, before, after, what, also).await?).await?;
    // After that, because queues are looked at by those who give out, and they wait for these timers.
    assignment::freed(tx, before, &after).await?;
    Ok(after)
}

/// Gives a request that waits in a queue, and was changed, to whoever gets it, if anybody does.
pub async fn hand_on(tx: &Tx<'_>, row: Model) -> Result<Model> {
    match assignment::of_request(tx, &row).await? {
        Some(to) => give(tx, &row, "assigned", to).await,
        None => {
            escalation::look_when_waited(tx, &row).await?;
            Ok(row)
        }
    }
}

/// Gives a request that is locked, or was made in this transaction, to somebody, and says why.
pub async fn give(tx: &Tx<'_>, before: &Model, what: &str, to: Assignment) -> Result<Model> {
    let after = Model { owner_id: Some(to.user), ..before.clone() };
    keep(tx, before, after, what, &[to.told()]).await
}

async fn keep(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    what: &str,
    also: &Also<'_>,
) -> Result<Model> {
    let after = write(tx, before, after, what, also).await?;
    let after = clocks::follow(tx, after).await?;
    surveys::follow(tx, before, &after).await?;
    tell_owner(tx, Some(before), &after).await?;
    if before.status != after.status {
        let body = format!("{}: {}", after.number, after.status);
        let notice = notice(Kind::RequestUpdated, &after, body.parse().ok());
        watchers::tell(tx, &after, notice).await?;
    }
    Ok(after)
}

/// Writes a change of a request down, with its step.
async fn write(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    what: &str,
    also: &Also<'_>,
) -> Result<Model> {
    let after = tx.entailed::<Entity, Update>().save(before, after, what, also).await?;
    if differs(before, &after) {
        step(tx, Some(before), &after).await?;
    }
    Ok(after)
}

/// Makes a request that is complete, and what it brings with it: it comes into the queue that it belongs in, and to whoever gets it
/// there. Its clocks are reckoned once, when that is so.
pub async fn make(tx: &Tx<'_>, requests: &Access<'_, Entity, Create>, row: Model) -> Result<Model> {
    let (row, foreseen) = clocks::foresee(tx, row).await?;
    let made = requests.insert_new(requests.extended(row)?).await?;
    step(tx, None, &made).await?;
    let given = give_out(tx, route(tx, made).await?).await?;
    let made = clocks::begin(tx, given, foreseen).await?;
    tell_owner(tx, None, &made).await?;
    escalation::look_when_waited(tx, &made).await?;
    Ok(made)
}

/// Puts a request that has just been made into the queue that it belongs in.
async fn route(tx: &Tx<'_>, made: Model) -> Result<Model> {
    match routing::routed(tx, &made).await? {
        Some((after, rule)) => {
            let by = ("routingRuleId", Json::Null, json!(rule));
            write(tx, &made, after, "routed", &[by]).await
        }
        None => Ok(made),
    }
}

/// Gives a request that has just been made to whoever gets it, if anybody does.
async fn give_out(tx: &Tx<'_>, made: Model) -> Result<Model> {
    match assignment::of_request(tx, &made).await? {
        Some(to) => {
            let after = Model { owner_id: Some(to.user), ..made.clone() };
            write(tx, &made, after, "assigned", &[to.told()]).await
        }
        None => Ok(made),
    }
}

/// Whether a request stands in another way.
fn differs(before: &Model, after: &Model) -> bool {
    let stands = |row: &Model| {
        (row.status.clone(), row.status_since, row.priority, row.owner_id, row.queue_id)
    };
    stands(before) != stands(after)
}

/// Writes down how a request stands from now on, whatever it was before.
pub async fn step_now(tx: &Tx<'_>, row: &Model) -> Result<()> {
    step(tx, Some(row), row).await
}

/// Writes down how a request stands from now on, or since it came into its status. What comes with its past has its steps from
/// there; all others are written here.
async fn step(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let is_same = before.is_some_and(|before| {
        (&before.status, before.status_since) == (&after.status, after.status_since)
    });
    let row = service_step::Model {
        workspace_id: after.workspace_id,
        request_id: after.id,
        seq: after.version,
        at: if is_same { tx.now() } else { after.status_since },
        status: after.status.clone(),
        category: after.status_category,
        priority: after.priority,
        queue_id: after.queue_id,
        owner_id: after.owner_id,
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
    };
    tx.rows::<service_step::Entity>().insert(&[row]).await
}

/// Whoever gets an open request from somebody else is told.
async fn tell_owner(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let owner = |row: &Model| row.owner_id;
    let is_new = before.and_then(owner) != after.owner_id;
    match after.owner_id {
        Some(to) if is_new && after.is_open && tx.actor().user != Some(to) => {
            let body = after.number.parse().ok();
            notify_one(tx, to, notice(Kind::RequestAssigned, after, body)).await
        }
        _ => Ok(()),
    }
}

/// Tells a user something about a request.
pub async fn notify_one(tx: &Tx<'_>, to: user::Id, notice: Notice) -> Result<()> {
    notify(tx, to, notice).await.map(|_| ())
}

/// What somebody is told of a request: of each of its versions once.
pub fn notice(kind: Kind, row: &Model, body: Option<Text>) -> Notice {
    let occasion =
        format!("request {} {} {}", row.id, row.version, sea_orm::ActiveEnum::to_value(&kind));
    Notice {
        kind,
        title: row.subject.clone(),
        body,
        about: Some((Entity::NAME, row.id.uuid())),
        customer: row.customer_id,
        occasion,
    }
}
