//! What was done, newest first: of a customer (the timeline that all departments share), of a record, by somebody.

use std::collections::{BTreeMap, HashMap};

use async_graphql::Json as AnyJson;
use rapport_entity::{
    Id,
    customers::customer,
    identity::{
        api_key,
        role::{Scope, Verb},
        user,
    },
    log::{
        event::{self, ActorKind, Column},
        history::{Change, HistoryActor, HistoryEntry},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{cloud_event::event_type, events::readable};
use crate::{
    kernel::{Ctx, Cursors, Described, Entry, Error, Page, Part, Position, Read, Result, flat},
    records,
};

/// What was done that concerns a customer, newest first: to them, their contacts, their orders, and whatever else is
/// theirs, as far as the actor may read it.
///
/// # Errors
/// [`Error::NotFound`] where there is no such customer, or no such cursor.
pub async fn timeline(ctx: &Ctx, id: customer::Id, part: &Part) -> Result<Page<HistoryEntry>> {
    ctx.can::<customer::Entity, Read>()?.one_even_deleted(id).await?;
    history(ctx, Column::CustomerId.eq(id).into(), part).await
}

/// Whose audit trail is asked for; everybody's and everything's where neither is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audited {
    /// What was done to this record.
    pub subject: Option<Uuid>,
    /// What this user, or API key, did.
    pub actor: Option<Uuid>,
}

/// What was done, newest first, as far as the actor may audit it (their own doings, their teams', or all) and may read
/// the records that it was done to.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`] where there is no such cursor.
pub async fn audit(ctx: &Ctx, audited: Audited, part: &Part) -> Result<Page<HistoryEntry>> {
    let mut which = leave(ctx).await?;
    if let Some(subject) = audited.subject {
        which = which.add(Column::SubjectId.eq(subject));
    }
    if let Some(actor) = audited.actor {
        which = which.add(Column::ActorId.eq(actor));
    }
    history(ctx, which, part).await
}

/// Whose doings the actor may audit.
async fn leave(ctx: &Ctx) -> Result<Condition> {
    let actor = ctx.actor();
    let theirs = match actor.permissions.scope("audit", Verb::Read) {
        Scope::None => return Err(Error::Forbidden { verb: "read", resource: "audit" }),
        Scope::All => return Ok(Condition::all()),
        Scope::Own => Vec::new(),
        Scope::Team => {
            let theirs = user::Column::TeamId.is_in(actor.teams.iter().copied());
            let users = ctx.can::<user::Entity, Read>()?;
            let users = users.matching_even_deleted(theirs.into()).await?;
            users.into_iter().map(|user| user.id.uuid()).collect()
        }
    };
    let people = theirs.into_iter().chain(actor.caller());
    Ok(Condition::all().add(Column::ActorId.is_in(people)))
}

/// The order of a history, as its cursors name it.
const ORDER: &str = "-seq";

async fn history(ctx: &Ctx, which: Condition, part: &Part) -> Result<Page<HistoryEntry>> {
    let mut before = match &part.cursor {
        Some(cursor) => Cursors::number(ORDER, cursor)?,
        None => i64::MAX,
    };
    let wanted = part.limit as usize + 1;
    let mut found: Vec<Entry> = Vec::new();
    while found.len() < wanted {
        let some = some(ctx, which.clone(), before, part.limit + 1).await?;
        let Some(last) = some.last() else { break };
        before = last.position.seq;
        found.extend(readable(ctx, some, None).await?);
    }
    let more = found.len() >= wanted;
    found.truncate(part.limit as usize);
    let cursors = Cursors::of_numbers(ORDER, found.iter().map(|entry| entry.position.seq));
    let items = told(ctx, found).await?;
    Ok(Page { items, cursors, more, total: None })
}

async fn some(ctx: &Ctx, which: Condition, before: i64, limit: u64) -> Result<Vec<Entry>> {
    let events = event::Entity::find()
        .filter(which)
        .filter(Column::Seq.lt(before))
        .order_by_desc(Column::Seq)
        .limit(limit);
    let events = ctx.rows::<event::Entity>().all(events).await?;
    let entry = |event: event::Model| Entry { position: Position { tx: 0, seq: event.seq }, event };
    Ok(events.into_iter().map(entry).collect())
}

async fn told(ctx: &Ctx, entries: Vec<Entry>) -> Result<Vec<HistoryEntry>> {
    let names = names(ctx, &entries).await?;
    Ok(entries.into_iter().map(|entry| tell(entry.event, &names)).collect())
}

/// What the users and API keys who did it are called, as far as the actor may read them.
async fn names(ctx: &Ctx, entries: &[Entry]) -> Result<HashMap<Uuid, String>> {
    let users = named::<user::Entity>(ctx, ids(entries, ActorKind::User)).await?;
    let keys = named::<api_key::Entity>(ctx, ids(entries, ActorKind::ApiKey)).await?;
    let users = users.into_iter().map(|user| (user.id.uuid(), user.name.to_string()));
    let keys = keys.into_iter().map(|key| (key.id.uuid(), key.name.to_string()));
    Ok(users.chain(keys).collect())
}

fn ids<E>(entries: &[Entry], kind: ActorKind) -> Vec<Id<E>> {
    let done = entries.iter().filter(|entry| entry.event.actor_kind == kind);
    let mut ids: Vec<Id<E>> = done.filter_map(|entry| entry.event.actor_id).map(Id::from).collect();
    ids.sort();
    ids.dedup();
    ids
}

async fn named<E: Described>(ctx: &Ctx, ids: Vec<Id<E>>) -> Result<Vec<E::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match records::many::<E>(ctx, &ids).await {
        Err(Error::Forbidden { .. }) => Ok(Vec::new()),
        found => found,
    }
}

fn tell(event: event::Model, names: &HashMap<Uuid, String>) -> HistoryEntry {
    HistoryEntry {
        id: event.id,
        kind: event_type(&event.name),
        resource: event.name.split('.').next().unwrap_or_default().to_owned(),
        subject: event.subject_id,
        subject_version: event.subject_version,
        customer_id: event.customer_id,
        actor: HistoryActor {
            kind: event.actor_kind,
            id: event.actor_id,
            name: event.actor_id.and_then(|id| names.get(&id).cloned()),
        },
        time: event.at,
        changes: changes(&event.data),
    }
}

/// The members that differ, by name; custom fields each for itself.
fn changes(data: &Json) -> Vec<Change> {
    let mut changes: BTreeMap<String, (Json, Json)> = BTreeMap::new();
    let side = |side: &str| data[side].as_object().map(flat).unwrap_or_default();
    for (member, value) in side("before") {
        changes.entry(member).or_default().0 = value;
    }
    for (member, value) in side("after") {
        changes.entry(member).or_default().1 = value;
    }
    let change = |(member, (before, after)): (String, (Json, Json))| Change {
        member,
        before: AnyJson(before),
        after: AnyJson(after),
    };
    changes.into_iter().map(change).collect()
}
