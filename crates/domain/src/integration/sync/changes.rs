use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_entity::{
    customers::contact,
    identity::{
        role::{Scope, Verb},
        user,
    },
    log::event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
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
                || event.data["before"].get("customerId").is_some()
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
            let kind = event.name.split('.').next().unwrap_or_default();
            if let Some(kind) = types.iter().find(|known| **known == kind) {
                touch(kind, event.subject_id, next(), had(event));
            }
        }
        if types.contains(&"contact") {
            for event in events.iter().filter(|event| event.name == "customer.updated") {
                if event.data["before"].get("ownerId").is_some()
                    || event.data["after"].get("ownerId").is_some()
                {
                    for id in contacts_of(ctx, event.subject_id).await? {
                        touch("contact", id, next(), had(event));
                    }
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

async fn contacts_of(ctx: &Ctx, customer: Uuid) -> Result<Vec<Uuid>> {
    let theirs = contact::Entity::find().filter(contact::Column::CustomerId.eq(customer));
    let contacts = ctx.rows::<contact::Entity>().all(theirs).await?;
    Ok(contacts.into_iter().map(|contact| contact.id.uuid()).collect())
}
