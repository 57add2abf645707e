use std::collections::HashSet;

use async_graphql::InputObject;
use rapport_entity::{
    Name, Text,
    identity::user,
    service::{
        queue::{self, ActiveModel, Entity, MOST_MEMBERS, Members, Method, Model},
        service_request,
    },
    work::business_calendar,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, IntoActiveValue, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::assignment;
use crate::{
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    work::hours,
};

/// A queue to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewQueue {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<queue::Id>,
    /// What the queue is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What comes into it.
    pub description: Option<Text>,
    /// Who may take requests from it, at most 200; everybody where left out.
    #[schema(max_items = 200)]
    pub member_ids: Option<Vec<user::Id>>,
    /// Who of them gets a request that comes into it; nobody, until they take it, where left out.
    pub method: Option<Method>,
    /// The business calendar of the hours in which it gives requests out to those who have none of their own; around the
    /// clock where left out.
    pub calendar_id: Option<business_calendar::Id>,
    /// Whether requests come into it from now on; they do where left out.
    pub active: Option<bool>,
}

/// What to change of a queue: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueuePatch {
    /// What the queue is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What comes into it.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Who may take requests from it: these, and no others; everybody where nobody is named.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<user::Id>, max_items = 200)]
    pub member_ids: Option<Vec<user::Id>>,
    /// Who of them gets a request that comes into it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Method)]
    pub method: Option<Method>,
    /// The business calendar of the hours in which it gives requests out to those who have none of their own; null for
    /// around the clock.
    #[serde(default)]
    #[schema(value_type = Option<business_calendar::Id>)]
    pub calendar_id: Patch<business_calendar::Id>,
    /// Whether requests come into it from now on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a queue.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] name every member who is no user; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewQueue) -> Result<Model> {
    ctx.tx(async |tx| {
        let queues = tx.can::<Entity, Create>()?;
        let members = new.member_ids.unwrap_or_default();
        check_members(tx, &members, &[]).await?;
        hours::hold(tx, new.calendar_id).await?;
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            description: Set(new.description),
            member_ids: Set(Members(members)),
            method: Set(new.method.unwrap_or_default()),
            calendar_id: Set(new.calendar_id),
            active: Set(new.active.unwrap_or(true)),
            ..Default::default()
        };
        queues.insert(new.id, row).await
    })
    .await
}

/// Changes a queue. Requests that are in it stay, and are given out as it says by now.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: queue::Id,
    expected: Expected,
    patch: QueuePatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let queues = tx.can::<Entity, Update>()?;
        if let Some(members) = &patch.member_ids {
            let before = tx.can::<Entity, Read>()?.one(id).await?;
            check_members(tx, members, &before.member_ids.0).await?;
        }
        hours::hold(tx, patch.calendar_id.as_set().copied()).await?;
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            description: patch.description.into_active_value(),
            member_ids: patch.member_ids.map_or(NotSet, |ids| Set(Members(ids))),
            method: patch.method.map_or(NotSet, Set),
            calendar_id: patch.calendar_id.into_active_value(),
            active: patch.active.map_or(NotSet, Set),
            ..Default::default()
        };
        let after = queues.update(id, expected, row).await?;
        assignment::look_again(tx, &after).await?;
        Ok(after)
    })
    .await
}

/// Deletes a queue in which nothing waits, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while open requests are in it.
pub async fn delete(ctx: &Ctx, id: queue::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        let waiting = Condition::all()
            .add(service_request::Column::QueueId.eq(id))
            .add(service_request::Column::IsOpen.eq(true));
        match tx.entailed::<service_request::Entity, Read>().filtered(waiting, 1).await?.is_empty()
        {
            true => Ok(deleted),
            false => Err(Error::Refused("the queue stays while open requests are in it".into())),
        }
    })
    .await
}

/// Whoever is named anew must be a user, and named once.
async fn check_members(tx: &Tx<'_>, members: &[user::Id], before: &[user::Id]) -> Result<()> {
    let mut faults = Faults::default();
    if members.len() > MOST_MEMBERS {
        faults.invalid("/memberIds", format!("must be at most {MOST_MEMBERS}"));
        return faults.check();
    }
    let there = tx.can::<user::Entity, Read>()?.live(members).await?;
    let there: HashSet<user::Id> =
        there.iter().map(|user| user.id).chain(before.iter().copied()).collect();
    let mut named = HashSet::new();
    for (n, id) in members.iter().enumerate() {
        if !named.insert(id) {
            faults.invalid(format!("/memberIds/{n}"), "is named already");
        } else if !there.contains(id) {
            faults.conflict(format!("/memberIds/{n}"), "is no user of this workspace");
        }
    }
    faults.check()
}

/// A queue, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(super) async fn held(tx: &Tx<'_>, id: queue::Id) -> Result<Option<Model>> {
    tx.can::<Entity, Read>()?;
    let query = Entity::find()
        .filter(queue::Column::Id.eq(id))
        .filter(queue::Column::DeletedAt.is_null())
        .lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}

/// A queue that something is to wait in, while requests come into it.
pub(super) async fn open(tx: &Tx<'_>, id: Option<queue::Id>) -> Result<Option<queue::Id>> {
    let Some(id) = id else { return Ok(None) };
    let found = tx.entailed::<Entity, Read>().live(&[id]).await?.pop();
    Ok(found.filter(|queue| queue.active).map(|queue| queue.id))
}
