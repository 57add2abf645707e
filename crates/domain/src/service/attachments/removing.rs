use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::service::{
    attachment::{Column, Entity, Id, Model},
    service_request, stored_object,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType, Query},
};
use uuid::Uuid;

use super::attaching::tell;
use crate::{
    integration::objects::Objects,
    kernel::{Ctx, Delete, Expected, Read, Result, Tx},
};

/// How long the files of a deleted request are kept, so that it can be restored with them.
const OF_DELETED: TimeDelta = TimeDelta::days(30);

/// Removes a file for good: it may hold what must not be kept. What is stored of it goes within the hour.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale).
pub async fn delete(ctx: &Ctx, id: Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let files = tx.can::<Entity, Delete>()?;
        let before = tx.entailed::<Entity, Read>().one(id).await?;
        forget(tx, Condition::all().add(stored_object::Column::Id.eq(before.object_id)), tx.now())
            .await?;
        let deleted = files.delete(id, expected).await?;
        if let Some(request) = deleted.request_id {
            let requests = tx.entailed::<service_request::Entity, Read>();
            let request = requests.one_even_deleted(request).await?;
            tell(tx, &request, "attachment_removed", std::slice::from_ref(&deleted));
        }
        Ok(deleted)
    })
    .await
}

async fn forget(tx: &Tx<'_>, which: Condition, at: DateTime<Utc>) -> Result<()> {
    let stored = tx.rows::<stored_object::Entity>();
    stored.set(stored_object::Column::ForgetAt, Some(at), which).await.map(drop)
}

/// Has the files of a request go that is deleted, once it is not likely to be restored any more.
pub(crate) async fn forget_of_request(tx: &Tx<'_>, request: service_request::Id) -> Result<()> {
    let which = Condition::all()
        .add(stored_object::Column::ForgetAt.is_null())
        .add(of_files(tx, Column::RequestId.eq(request)));
    forget(tx, which, tx.now() + OF_DELETED).await
}

/// Has the files of a request stay that has been restored.
pub(crate) async fn keep_of_request(tx: &Tx<'_>, request: service_request::Id) -> Result<()> {
    let kept = Column::RequestId.eq(request);
    let kept = kept.and(Column::DeletedAt.is_null()).and(Column::ExpiresAt.is_null());
    let which = Condition::all().add(of_files(tx, kept));
    let never: Option<DateTime<Utc>> = None;
    let stored = tx.rows::<stored_object::Entity>();
    stored.set(stored_object::Column::ForgetAt, never, which).await.map(drop)
}

/// What is stored of the files of which a condition holds.
fn of_files(tx: &Tx<'_>, which: Expr) -> Expr {
    let objects = Query::select()
        .column(Column::ObjectId)
        .from(Entity)
        .and_where(Column::WorkspaceId.eq(tx.actor().workspace))
        .and_where(which)
        .to_owned();
    stored_object::Column::Id.in_subquery(objects)
}

/// Removes some of what is no longer needed, and says whether there is more.
pub(crate) async fn prune(ctx: &Ctx, objects: &Objects) -> Result<bool> {
    const SOME: u64 = 100;
    let old = ctx.tx(async |tx| {
        let old = old(tx, SOME).await?;
        let files = Condition::all().add(Column::ObjectId.is_in(old.clone()));
        let files = tx.can::<Entity, Read>()?.filtered(files, SOME).await?;
        for file in &files {
            tx.can::<Entity, Delete>()?.delete(file.id, Expected::Any).await?;
        }
        if files.is_empty() {
            tx.unheard();
        }
        Ok(old)
    });
    let old = old.await?;
    for id in &old {
        objects.remove(ctx.actor().workspace, *id).await?;
    }
    ctx.tx(async |tx| {
        tx.unheard();
        let gone = Condition::all().add(stored_object::Column::Id.is_in(old.clone()));
        tx.rows::<stored_object::Entity>().delete(gone).await
    })
    .await?;
    Ok(old.len() as u64 >= SOME)
}

/// What is no longer needed, locked: whoever would have it stay waits, and then finds it gone.
async fn old(tx: &Tx<'_>, limit: u64) -> Result<Vec<Uuid>> {
    let old = stored_object::Entity::find()
        .filter(stored_object::Column::ForgetAt.lte(tx.now()))
        .order_by_asc(stored_object::Column::ForgetAt)
        .limit(limit)
        .lock(LockType::Update);
    let old = tx.rows::<stored_object::Entity>().all(old).await?;
    Ok(old.into_iter().map(|row| row.id).collect())
}
