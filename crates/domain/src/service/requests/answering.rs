//! Who is answering a request: a hint for the others, which expires by itself. It is in the database, so that it is the same on
//! every node, and no event tells of it.

use chrono::TimeDelta;
use rapport_entity::{
    identity::user,
    service::{
        request_answering::{Column, Entity, Model},
        request_message,
        service_request::{self, Entity as Requests},
    },
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::kernel::{Create, Ctx, Error, Read, Reads, Result, Tx};

/// So long the hint counts.
const COUNTS: TimeDelta = TimeDelta::seconds(30);

/// Says that whoever asks is answering a service request, for half a minute from now, and gives back who is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is no user who asks.
pub async fn announce(ctx: &Ctx, id: service_request::Id) -> Result<Vec<Model>> {
    ctx.tx(async |tx| {
        tx.unheard();
        tx.can::<request_message::Entity, Create>()?;
        let request = tx.can::<Requests, Read>()?.one(id).await?;
        let Some(me) = tx.actor().user else {
            return Err(Error::Refused("only a user can be answering".to_owned()));
        };
        let over = Condition::all().add(Column::RequestId.eq(id)).add(Column::Until.lte(tx.now()));
        tx.rows::<Entity>().delete(over).await?;
        let there = of(tx, id, tx.now()).await?;
        let mine = there.iter().find(|one| one.user_id == me);
        let row = Model {
            workspace_id: request.workspace_id,
            request_id: id,
            user_id: me,
            since: mine.map_or(tx.now(), |mine| mine.since),
            until: tx.now() + COUNTS,
        };
        let key = [Column::WorkspaceId, Column::RequestId, Column::UserId];
        tx.rows::<Entity>().upsert(&[row], &key).await?;
        of(tx, id, tx.now()).await
    })
    .await
}

/// Who is answering a service request now, in the order in which they began.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(ctx: &Ctx, id: service_request::Id) -> Result<Vec<Model>> {
    ctx.can::<Requests, Read>()?.one(id).await?;
    of(ctx, id, ctx.database().clock().now()).await
}

async fn of(
    from: &impl Reads,
    id: service_request::Id,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Model>> {
    let its = Entity::find()
        .filter(Column::RequestId.eq(id))
        .filter(Column::Until.gt(now))
        .order_by_asc(Column::Since)
        .order_by_asc(Column::UserId);
    from.rows_of::<Entity>().all(its).await
}

/// Somebody has answered.
pub(super) async fn end(tx: &Tx<'_>, id: service_request::Id, by: user::Id) -> Result<()> {
    let theirs = Condition::all().add(Column::RequestId.eq(id)).add(Column::UserId.eq(by));
    tx.rows::<Entity>().delete(theirs).await.map(drop)
}
