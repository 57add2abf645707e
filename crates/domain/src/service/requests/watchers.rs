use std::collections::BTreeSet;

use async_graphql::InputObject;
use rapport_entity::{
    identity::user,
    service::{
        request_watcher::{self, Column},
        service_request::{self, Entity, Model},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::saving::{notify_one, save};
use crate::{
    kernel::{Ctx, Error, Expected, Read, Reads, Result, Tx, Update},
    work::notifications::Notice,
};

/// The most watchers of a request.
pub const MOST: usize = 50;

/// Who is to watch a service request, or no longer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchServiceRequest {
    /// The user; the caller where left out. To name somebody else takes leave to change the request.
    pub user_id: Option<user::Id>,
}

/// Lets a user be told of what is written about a service request in public, and of how it stands. Whoever watches it
/// already, goes on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`]; [`Error::Refused`] where fifty watch it.
pub async fn watch(ctx: &Ctx, id: service_request::Id, who: WatchServiceRequest) -> Result<Model> {
    ctx.tx(async |tx| {
        let (row, user) = named(tx, id, who.user_id).await?;
        if tx.can::<user::Entity, Read>()?.live(&[user]).await?.is_empty() {
            return Err(Error::conflict("/userId", "is no user of this workspace"));
        }
        let before = of(tx, id).await?;
        if before.iter().any(|watcher| watcher.user_id == user) {
            return Ok(row);
        }
        if before.len() >= MOST {
            return Err(Error::Refused(format!("a request has at most {MOST} watchers")));
        }
        let (workspace_id, since) = (row.workspace_id, tx.now());
        let watcher = request_watcher::Model { workspace_id, request_id: id, user_id: user, since };
        tx.rows::<request_watcher::Entity>().insert(std::slice::from_ref(&watcher)).await?;
        let after: Vec<_> = before.iter().cloned().chain([watcher]).collect();
        tell_of(tx, &row, &before, &after).await
    })
    .await
}

/// Lets a user no longer be told.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unwatch(
    ctx: &Ctx,
    id: service_request::Id,
    who: WatchServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let (row, user) = named(tx, id, who.user_id).await?;
        let before = of(tx, id).await?;
        let this = Condition::all().add(Column::RequestId.eq(id)).add(Column::UserId.eq(user));
        tx.rows::<request_watcher::Entity>().delete(this).await?;
        let after: Vec<_> = before.iter().filter(|one| one.user_id != user).cloned().collect();
        tell_of(tx, &row, &before, &after).await
    })
    .await
}

/// The request, locked, and the user. Whoever sees a request may watch it.
async fn named(
    tx: &Tx<'_>,
    id: service_request::Id,
    user: Option<user::Id>,
) -> Result<(Model, user::Id)> {
    let me = tx.actor().user;
    let Some(user) = user.or(me) else {
        return Err(Error::invalid("/userId", "is needed: only a user can watch a request"));
    };
    tx.can::<Entity, Read>()?.one(id).await?;
    let row = match Some(user) == me {
        true => tx.entailed::<Entity, Update>().lock(id, Expected::Any).await?,
        false => tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?,
    };
    Ok((row, user))
}

async fn tell_of(
    tx: &Tx<'_>,
    row: &Model,
    before: &[request_watcher::Model],
    after: &[request_watcher::Model],
) -> Result<Model> {
    let ids = |rows: &[request_watcher::Model]| {
        json!(rows.iter().map(|watcher| watcher.user_id).collect::<Vec<_>>())
    };
    let what = if after.len() < before.len() { "unwatched" } else { "watched" };
    save(tx, row, row.clone(), what, &[("watcherIds", ids(before), ids(after))]).await
}

/// Who watches a service request, in the order in which they began.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(ctx: &Ctx, id: service_request::Id) -> Result<Vec<request_watcher::Model>> {
    ctx.can::<Entity, Read>()?.one_even_deleted(id).await?;
    of(ctx, id).await
}

/// The same, of a request that has been found.
pub(super) async fn of(
    from: &impl Reads,
    id: service_request::Id,
) -> Result<Vec<request_watcher::Model>> {
    let its = request_watcher::Entity::find()
        .filter(Column::RequestId.eq(id))
        .order_by_asc(Column::Since)
        .order_by_asc(Column::UserId);
    from.rows_of::<request_watcher::Entity>().all(its).await
}

/// Tells whoever has a request and whoever watches it, but for the one who did it.
pub(in crate::service) async fn tell(tx: &Tx<'_>, row: &Model, notice: Notice) -> Result<()> {
    let watchers = of(tx, row.id).await?;
    let who: BTreeSet<user::Id> =
        watchers.into_iter().map(|watcher| watcher.user_id).chain(row.owner_id).collect();
    for user in who.into_iter().filter(|user| tx.actor().user != Some(*user)) {
        notify_one(tx, user, notice.clone()).await?;
    }
    Ok(())
}
