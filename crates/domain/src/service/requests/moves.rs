use async_graphql::InputObject;
use rapport_entity::{
    StatusKey, Text,
    service::{
        service_request::{self, Column, Entity, Model},
        service_status::{self, Category},
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    course::{Statuses, check_going_on, come_into, happened},
    saving::save,
};
use crate::{
    kernel::{Ctx, Error, Expected, Faults, Read, Result, Tx, Update},
    service::{complaints::check_closing, statuses},
};

/// The status that a service request is to come into.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveServiceRequest {
    /// Its key.
    pub status: StatusKey,
    /// What the customer was told to have come of it; what is there stays where left out.
    pub resolution: Option<Text>,
}

/// What has come of a service request.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolveServiceRequest {
    /// What the customer was told; what is there stays where left out.
    pub resolution: Option<Text>,
    /// Whether the open requests that are cases of this one are resolved with it; not where left out.
    pub with_children: Option<bool>,
}

/// So many cases are resolved with their parent at most.
const MOST_CHILDREN: usize = 200;

/// Brings a service request into another status. In the one that it has, it stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] says what it may become; [`Error::Refused`] where it has become
/// a part of another.
pub async fn move_to(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    to: MoveServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        move_in(tx, before, to).await
    })
    .await
}

/// The same, of a request that was locked, as a part of something.
pub(super) async fn move_in(tx: &Tx<'_>, before: Model, to: MoveServiceRequest) -> Result<Model> {
    check_going_on(&before)?;
    let all = Statuses::of(tx).await?;
    if to.status == before.status {
        return enter(tx, &before, None, to.resolution).await;
    }
    let status = all.to(&before.status, &to.status)?;
    enter(tx, &before, Some(status), to.resolution).await
}

/// Resolves a service request: it comes into the first status of the category `resolved` that it may come into.
///
/// # Errors
/// As [`move_to`]; [`Error::Conflict`] names every case that cannot be resolved with it.
pub async fn resolve(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    how: ResolveServiceRequest,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let all = Statuses::of(tx).await?;
        let resolution = how.resolution.clone();
        let after = go(tx, &all, before, Category::Resolved, how.resolution).await?;
        if how.with_children.unwrap_or(false) {
            resolve_children(tx, &all, id, resolution).await?;
        }
        Ok(after)
    })
    .await
}

/// Closes a service request: it comes into the first status of the category `closed` that it may come into.
///
/// # Errors
/// As [`move_to`].
pub async fn close(ctx: &Ctx, id: service_request::Id, expected: Expected) -> Result<Model> {
    to_category(ctx, id, expected, Category::Closed).await
}

/// Takes up a service request that is resolved or closed: it comes into the first status of the category `open` that it may
/// come into.
///
/// # Errors
/// As [`move_to`].
pub async fn reopen(ctx: &Ctx, id: service_request::Id, expected: Expected) -> Result<Model> {
    to_category(ctx, id, expected, Category::Open).await
}

async fn to_category(
    ctx: &Ctx,
    id: service_request::Id,
    expected: Expected,
    category: Category,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let all = Statuses::of(tx).await?;
        go(tx, &all, before, category, None).await
    })
    .await
}

/// Brings a request into a status of a category. One that has such a status stays in it.
async fn go(
    tx: &Tx<'_>,
    all: &Statuses,
    before: Model,
    category: Category,
    resolution: Option<Text>,
) -> Result<Model> {
    check_going_on(&before)?;
    if before.status_category == category {
        return enter(tx, &before, None, resolution).await;
    }
    let status = all.to_category(&before.status, category)?;
    enter(tx, &before, Some(status), resolution).await
}

/// Saves a request that comes into a status, now, or stays in its own.
pub(super) async fn enter(
    tx: &Tx<'_>,
    before: &Model,
    status: Option<&service_status::Model>,
    resolution: Option<Text>,
) -> Result<Model> {
    let mut after = before.clone();
    if let Some(status) = status {
        // Nobody deletes it meanwhile.
        let held = statuses::held(tx, &status.key).await?;
        let held = held.ok_or_else(|| Error::conflict("/status", "is no service status"))?;
        after = come_into(before, &held, tx.now());
    }
    if after.status_category == Category::Closed && before.status_category != Category::Closed {
        check_closing(tx, before).await?;
    }
    after.resolution = resolution.or(after.resolution);
    let what = match status {
        Some(_) => happened(before.status_category, after.status_category),
        None => "updated",
    };
    save(tx, before, after, what, &[]).await
}

async fn resolve_children(
    tx: &Tx<'_>,
    all: &Statuses,
    parent: service_request::Id,
    resolution: Option<Text>,
) -> Result<()> {
    let open = Condition::all().add(Column::ParentId.eq(parent)).add(Column::IsOpen.eq(true));
    let children = tx.can::<Entity, Read>()?.filtered(open, MOST_CHILDREN as u64 + 1).await?;
    if children.len() > MOST_CHILDREN {
        let why = format!("more than {MOST_CHILDREN} open requests are cases of this one");
        return Err(Error::Refused(why));
    }
    let ids: Vec<service_request::Id> = children.iter().map(|child| child.id).collect();
    let mut faults = Faults::default();
    for child in tx.can::<Entity, Update>()?.lock_many(&ids).await? {
        let number = child.number.clone();
        match go(tx, all, child, Category::Resolved, resolution.clone()).await {
            Err(Error::Conflict(why)) => {
                let why: Vec<String> = why.into_iter().map(|fault| fault.detail).collect();
                faults.conflict("/withChildren", format!("{number}: {}", why.join("; ")));
            }
            done => drop(done?),
        }
    }
    faults.check()
}

/// Brings every request that has a status into another, whatever may come next.
pub(crate) async fn replace_status(
    tx: &Tx<'_>,
    key: &StatusKey,
    by: &service_status::Model,
) -> Result<()> {
    let with_it = Condition::all().add(Column::Status.eq(key.clone()));
    let there = tx.entailed::<Entity, Read>().matching_even_deleted(with_it).await?;
    let (deleted, live): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|row| row.deleted_at.is_some());
    let ids: Vec<service_request::Id> = live.iter().map(|row| row.id).collect();
    let live = tx.entailed::<Entity, Update>().lock_many(&ids).await?;
    for before in live.into_iter().chain(deleted).filter(|row| row.status == *key) {
        let after = come_into(&before, by, tx.now());
        let what = happened(before.status_category, after.status_category);
        save(tx, &before, after, what, &[]).await?;
    }
    Ok(())
}
