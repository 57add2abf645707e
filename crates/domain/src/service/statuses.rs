use std::collections::BTreeSet;

use async_graphql::InputObject;
use rapport_entity::{
    Count, Name, StatusKey,
    service::{
        service_request,
        service_status::{self, ActiveModel, Category, Column, Entity, Model, StatusKeys},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::requests::{course::Statuses, moves};
use crate::kernel::{
    Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
};

/// The most statuses of a workspace.
pub const MOST: usize = 50;

/// A service status to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceStatus {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_status::Id>,
    /// What requests and programs call it; unique in the workspace. It stays.
    pub key: StatusKey,
    /// What people call it; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// What it means that a request has it.
    pub category: Category,
    /// Where it stands among the others. Of several that fit, the first is chosen.
    pub position: Count,
    /// The keys of the statuses that a request may come into from here; any where left out.
    #[schema(max_items = 50)]
    pub next: Option<Vec<StatusKey>>,
    /// Whether requests come into it from now on; they do where left out.
    pub active: Option<bool>,
}

/// What to change of a service status: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceStatusPatch {
    /// What people call it; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it means that a request has it. It stays what it is while any has.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Category)]
    pub category: Option<Category>,
    /// Where it stands among the others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
    /// The keys of the statuses that a request may come into from here; any where null.
    #[serde(default)]
    #[schema(value_type = Option<Vec<StatusKey>>, max_items = 50)]
    pub next: Patch<Vec<StatusKey>>,
    /// Whether requests come into it from now on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Where the requests of a status are to go.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceServiceStatus {
    /// The key of the status that they come into: another one.
    pub replace_with: StatusKey,
}

/// Makes a service status.
///
/// # Errors
/// [`Error::Invalid`] names every key in `next` that there is not; [`Error::Duplicate`]; [`Error::Refused`] where there are
/// fifty.
pub async fn create(ctx: &Ctx, new: NewServiceStatus) -> Result<Model> {
    ctx.tx(async |tx| {
        let statuses = tx.can::<Entity, Create>()?;
        let all = hold_all(tx).await?;
        let others = all.iter().filter(|status| Some(status.id) != new.id).count();
        if others >= MOST {
            return Err(Error::Refused(format!("a workspace has at most {MOST} service statuses")));
        }
        check_next(&all, &new.key, new.next.as_deref())?;
        let row = ActiveModel {
            key: Set(new.key),
            name: Set(new.name),
            sort_name: Set(String::new()),
            category: Set(new.category),
            position: Set(new.position),
            next: Set(new.next.map(StatusKeys)),
            active: Set(new.active.unwrap_or(true)),
            ..Default::default()
        };
        statuses.insert(new.id, row).await
    })
    .await
}

/// Changes a service status. Requests that have it stay in it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Duplicate`]; [`Error::Invalid`] names every key in `next` that there is
/// not; [`Error::Refused`] where requests have it and its category is to be another, or where no status of a category that
/// is needed would be left.
pub async fn update(
    ctx: &Ctx,
    id: service_status::Id,
    expected: Expected,
    patch: ServiceStatusPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let statuses = tx.can::<Entity, Update>()?;
        let all = hold_all(tx).await?;
        let before = statuses.lock(id, expected).await?;
        check_next(&all, &before.key, patch.next.as_set().map(Vec::as_slice))?;
        let after = patched::<Entity>(&before, changes(patch))?;
        if after.category != before.category {
            check_unused(tx, &before, "keeps its category").await?;
        }
        check_remaining(&all, &before, Some(&after))?;
        statuses.save(&before, after, "updated", &[]).await
    })
    .await
}

fn changes(patch: ServiceStatusPatch) -> ActiveModel {
    let next = match patch.next {
        Patch::Keep => NotSet,
        Patch::Clear => Set(None),
        Patch::Set(keys) => Set(Some(StatusKeys(keys))),
    };
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        category: patch.category.map_or(NotSet, Set),
        position: patch.position.map_or(NotSet, Set),
        next,
        active: patch.active.map_or(NotSet, Set),
        ..Default::default()
    }
}

/// Deletes a service status that no request has, so that it can be restored. It is no longer among the `next` of others.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where requests have it, deleted ones too, or where no status of
/// a category that is needed would be left.
pub async fn delete(ctx: &Ctx, id: service_status::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = remove(tx, id, expected).await?;
        check_unused(tx, &deleted, "stays; replace it by another").await?;
        Ok(deleted)
    })
    .await
}

/// Deletes a service status after the requests that have it came into another, whatever its `next` says.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where the other one is no other status; [`Error::Refused`] where
/// no status of a category that is needed would be left.
pub async fn replace(
    ctx: &Ctx,
    id: service_status::Id,
    expected: Expected,
    by: ReplaceServiceStatus,
) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.can::<service_request::Entity, Update>()?;
        let deleted = remove(tx, id, expected).await?;
        let there = held(tx, &by.replace_with).await?;
        let there =
            there.ok_or_else(|| Error::conflict("/replaceWith", "is no other service status"))?;
        moves::replace_status(tx, &deleted.key, &there).await?;
        Ok(deleted)
    })
    .await
}

async fn remove(tx: &Tx<'_>, id: service_status::Id, expected: Expected) -> Result<Model> {
    let statuses = tx.can::<Entity, Delete>()?;
    let all = hold_all(tx).await?;
    let deleted = statuses.delete(id, expected).await?;
    check_remaining(&all, &deleted, None)?;
    for other in all.into_iter().filter(|other| other.id != id) {
        forget(tx, other, &deleted.key).await?;
    }
    Ok(deleted)
}

/// Takes a key out of what may come next.
async fn forget(tx: &Tx<'_>, status: Model, key: &StatusKey) -> Result<()> {
    let Some(StatusKeys(next)) = &status.next else { return Ok(()) };
    if !next.contains(key) {
        return Ok(());
    }
    let next = next.iter().filter(|next| *next != key).cloned().collect();
    let after = Model { next: Some(StatusKeys(next)), ..status.clone() };
    tx.entailed::<Entity, Update>().save(&status, after, "updated", &[]).await?;
    Ok(())
}

/// Brings a deleted service status back. What others may become does not name it any more.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where its key or name was taken since.
pub async fn restore(ctx: &Ctx, id: service_status::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let statuses = tx.can::<Entity, Delete>()?;
        let all = hold_all(tx).await?;
        let restored = statuses.restore(id).await?;
        let known: BTreeSet<&StatusKey> =
            all.iter().map(|status| &status.key).chain([&restored.key]).collect();
        let Some(StatusKeys(next)) = &restored.next else { return Ok(restored) };
        let left = next.iter().filter(|key| known.contains(key)).cloned().collect();
        let after = Model { next: Some(StatusKeys(left)), ..restored.clone() };
        tx.entailed::<Entity, Update>().save(&restored, after, "updated", &[]).await
    })
    .await
}

/// All statuses, in order. Until the transaction ends nobody else changes how they hang together.
async fn hold_all(tx: &Tx<'_>) -> Result<Vec<Model>> {
    tx.one_at_a_time("service statuses").await?;
    Ok(Statuses::of(tx).await?.0)
}

/// Every key that may come next must be that of a status: of another one, or its own.
fn check_next(all: &[Model], own: &StatusKey, next: Option<&[StatusKey]>) -> Result<()> {
    let mut faults = Faults::default();
    let next = next.unwrap_or_default();
    if next.len() > MOST {
        faults.invalid("/next", format!("must be at most {MOST}"));
    }
    for (n, key) in next.iter().enumerate().take(MOST) {
        if key != own && all.iter().all(|status| status.key != *key) {
            faults.invalid(format!("/next/{n}"), format!("there is no service status {key}"));
        } else if next.iter().take(n).any(|other| other == key) {
            faults.invalid(format!("/next/{n}"), "is named already");
        }
    }
    faults.check()
}

/// Of these there is always one that requests come into.
const NEEDED: [Category; 4] = [Category::New, Category::Open, Category::Resolved, Category::Closed];

/// Whether statuses of every category that is needed are left where one becomes another, or none.
fn check_remaining(all: &[Model], before: &Model, after: Option<&Model>) -> Result<()> {
    let others = all.iter().filter(|status| status.id != before.id);
    let left: Vec<Category> =
        others.chain(after).filter(|status| status.active).map(|status| status.category).collect();
    let goes = NEEDED.contains(&before.category) && before.active;
    match goes && !left.contains(&before.category) {
        true => Err(Error::Refused(format!(
            "there must be a service status of the category {} that requests come into",
            sea_orm::ActiveEnum::to_value(&before.category)
        ))),
        false => Ok(()),
    }
}

/// Requests that are deleted count: they may be restored.
async fn check_unused(tx: &Tx<'_>, status: &Model, what: &str) -> Result<()> {
    let with_it = Condition::all().add(service_request::Column::Status.eq(status.key.clone()));
    match tx.entailed::<service_request::Entity, Read>().any_even_deleted(with_it).await? {
        true => Err(Error::Refused(format!("requests have this status, so it {what}"))),
        false => Ok(()),
    }
}

/// The status of a key, if it is there. Until the transaction ends it is neither changed nor deleted.
pub(super) async fn held(tx: &Tx<'_>, key: &StatusKey) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::Key.eq(key.clone()))
        .filter(Column::DeletedAt.is_null())
        .lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}

/// The first of a category that requests come into, held likewise.
pub(super) async fn held_first(tx: &Tx<'_>, category: Category) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::Category.eq(category))
        .filter(Column::Active.eq(true))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .limit(1)
        .lock(LockType::Share);
    Ok(tx.rows::<Entity>().all(query).await?.pop())
}
