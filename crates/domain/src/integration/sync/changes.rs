use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_entity::{
    Resource,
    customers::{consent, contact, contact_point, customer},
    identity::{
        role::{Scope, Verb},
        user,
    },
    log::event,
};
use sea_orm::{ColumnTrait, ModelTrait, QueryFilter, sea_query::Expr};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Cursor, Fate, Place, SyncChange, SyncPage, records};
use crate::kernel::{
    Ctx, Position, Read, Result,
    log::{self, Names},
};

/// A part of what has changed for the actor since a place in the log.
pub async fn page(ctx: &Ctx, types: &[&'static str], from: Cursor, limit: u64) -> Result<SyncPage> {
    let (events, to) = read(ctx, types, from.position, limit).await?;
    let more = to != from.position;
    if moves_people(ctx, types, &events) {
        let position = to;
        let next_cursor = Cursor { position, place: Some(Place::default()), ..from }.write();
        return Ok(SyncPage { changes: Vec::new(), next_cursor, more: true, reset: true });
    }
    let touched = Touched::of(ctx, types, &events).await?;
    let changes = touched.changes(ctx).await?;
    let next_cursor = Cursor { position: to, ..from }.write();
    Ok(SyncPage { changes, next_cursor, more, reset: false })
}

async fn read(
    ctx: &Ctx,
    types: &[&'static str],
    after: Position,
    limit: u64,
) -> Result<(Vec<event::Model>, Position)> {
    let (db, workspace) = (ctx.reader().await?, ctx.actor().workspace);
    // Who looks after a customer decides who may see their contacts; who is in which team, who may see what is theirs.
    let kinds = types.iter().chain(&["customer", "user", "team"]);
    let names: Vec<String> = kinds.map(|kind| format!("{kind}.")).collect();
    let (mut entries, mut to) =
        log::read_of(&db, workspace, after, limit, Names::Only(&names)).await?;
    if to == after && log::settle(&db, workspace).await? {
        (entries, to) = log::read_of(&db, workspace, after, limit, Names::Only(&names)).await?;
    }
    Ok((entries.into_iter().map(|entry| entry.event).collect(), to))
}

/// Whether somebody has come into the actor's teams, or has left them, and with them all that is theirs: the device
/// begins anew.
fn moves_people(ctx: &Ctx, types: &[&'static str], events: &[event::Model]) -> bool {
    let permissions = &ctx.actor().permissions;
    let by_team = types.iter().any(|kind| permissions.scope(kind, Verb::Read) == Scope::Team);
    let moves = |event: &event::Model| match event.name.split_once('.') {
        Some(("user", _)) => has_changed(event, "teamId"),
        Some(("team", _)) => has_changed(event, "parentId"),
        _ => false,
    };
    by_team && events.iter().any(moves)
}

fn has_changed(event: &event::Model, member: &str) -> bool {
    let has = |side: &str| event.data[side].get(member).is_some();
    has("before") || (has("after") && !event.name.ends_with(".created"))
}

/// The records that something happened to, in the order of what happened last, and whether the actor could read them
/// before.
struct Touched(BTreeMap<usize, (&'static str, Uuid, bool)>);

impl Touched {
    async fn of(ctx: &Ctx, types: &[&'static str], events: &[event::Model]) -> Result<Self> {
        let people = within_reach(ctx, events).await?;
        let had = |event: &event::Model| {
            let owner = event.data["before"]["ownerId"].as_str().and_then(|id| id.parse().ok());
            owner.is_some_and(|owner: Uuid| people.contains(&owner))
                || is_of_customer(kind(event)) && event.data["before"].get("customerId").is_some()
        };
        let mut last: HashMap<(&'static str, Uuid), (usize, bool)> = HashMap::new();
        let mut touch = |kind: &'static str, id: Uuid, at: usize, had: bool| {
            let known = last.entry((kind, id)).or_default();
            *known = (at, known.1 || had);
        };
        let mut places = 0_usize..;
        let mut next = || places.next().unwrap_or_default();
        // Which tier a customer is in is not in the record.
        for event in events.iter().filter(|event| event.name != "customer.scored") {
            if let Some(kind) = types.iter().find(|known| **known == kind(event)) {
                touch(kind, event.subject_id, next(), had(event));
            }
        }
        for event in events.iter().filter(|event| event.name == "customer.updated") {
            if event.data["before"].get("ownerId").is_none()
                && event.data["after"].get("ownerId").is_none()
            {
                continue;
            }
            for kind in types.iter().filter(|kind| is_of_customer(kind)) {
                for id in of_customer(ctx, kind, event.subject_id.into()).await? {
                    touch(kind, id, next(), had(event));
                }
            }
        }
        Ok(Self(last.into_iter().map(|((kind, id), (at, had))| (at, (kind, id, had))).collect()))
    }

    async fn changes(self, ctx: &Ctx) -> Result<Vec<SyncChange>> {
        let mut ids: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
        for (kind, id, _) in self.0.values() {
            ids.entry(kind).or_default().push(*id);
        }
        let mut readable: HashMap<(&str, Uuid), records::Found> = HashMap::new();
        for (kind, ids) in ids {
            let found = records::readable(ctx, kind, &ids).await?;
            readable.extend(found.into_iter().map(|found| ((kind, found.id), found)));
        }
        let change =
            |(kind, id, had): (&'static str, Uuid, bool)| match readable.remove(&(kind, id)) {
                Some(found) => Some(found.change(kind)),
                None => had.then_some(SyncChange { kind, id, fate: Fate::Removed, record: None }),
            };
        Ok(self.0.into_values().filter_map(change).collect())
    }
}

/// The people whose records the actor may read as their own or their teams', where any event asks for them.
async fn within_reach(ctx: &Ctx, events: &[event::Model]) -> Result<HashSet<Uuid>> {
    let mut people: HashSet<Uuid> = ctx.actor().caller().into_iter().collect();
    let asked =
        |event: &event::Model| event.data["before"].get("ownerId").is_some_and(Json::is_string);
    if events.iter().any(asked) && !ctx.actor().teams.is_empty() {
        let theirs = user::Column::TeamId.is_in(ctx.actor().teams.iter().copied());
        let users = ctx.can::<user::Entity, Read>()?.matching_even_deleted(theirs.into()).await?;
        people.extend(users.into_iter().map(|user| user.id.uuid()));
    }
    Ok(people)
}

/// The kind of record that something happened to.
fn kind(event: &event::Model) -> &str {
    event.name.split('.').next().unwrap_or_default()
}

/// Whether who looks after the customer decides who may read records of a kind.
fn is_of_customer(kind: &str) -> bool {
    ["contact", "consent", "contact_point"].contains(&kind)
}

async fn of_customer(ctx: &Ctx, kind: &str, id: customer::Id) -> Result<Vec<Uuid>> {
    match kind {
        "contact" => ids::<contact::Entity>(ctx, contact::Column::CustomerId.eq(id)).await,
        "consent" => ids::<consent::Entity>(ctx, consent::Column::CustomerId.eq(id)).await,
        _ => ids::<contact_point::Entity>(ctx, contact_point::Column::CustomerId.eq(id)).await,
    }
}

async fn ids<E: Resource>(ctx: &Ctx, which: Expr) -> Result<Vec<Uuid>>
where
    E::Model: ModelTrait<Entity = E>,
{
    let rows = ctx.rows::<E>().all(E::find().filter(which)).await?;
    Ok(rows.iter().map(|row| E::id(row).uuid()).collect())
}
