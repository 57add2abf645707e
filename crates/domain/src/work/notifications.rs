use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Count, Moment, Name, Text,
    customers::customer,
    identity::user,
    rule::{Comparison, Rule},
    work::notification::{self, ActiveModel, Column, Entity, Kind, Model},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Create, Ctx, Expected, Listing, Read, Result, Tx, Update},
    records,
};

/// How long notifications are kept.
const KEPT: TimeDelta = TimeDelta::days(90);

/// What a user is told.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// Why.
    pub kind: Kind,
    /// What it is about, in a few words.
    pub title: Name,
    /// What else there is to say.
    pub body: Option<Text>,
    /// The kind of record that it is about, and its id.
    pub about: Option<(&'static str, Uuid)>,
    /// The customer it is about.
    pub customer: Option<customer::Id>,
    /// What names the occasion: of each, a user is told once.
    pub occasion: String,
}

/// Tells a user something. False where they have been told on this occasion, or do not work here any more.
pub(crate) async fn notify(tx: &Tx<'_>, user: user::Id, notice: Notice) -> Result<bool> {
    let told = Condition::all()
        .add(Column::UserId.eq(user))
        .add(Column::Occasion.eq(notice.occasion.as_str()));
    let person = tx.entailed::<user::Entity, Read>().live(&[user]).await?.pop();
    if person.is_none_or(|person| person.status == user::Status::Inactive)
        || tx.entailed::<Entity, Read>().any_even_deleted(told).await?
    {
        return Ok(false);
    }
    let row = ActiveModel {
        user_id: Set(user),
        kind: Set(notice.kind),
        title: Set(notice.title),
        body: Set(notice.body),
        resource: Set(notice.about.map(|(resource, _)| resource.to_owned())),
        subject: Set(notice.about.map(|(_, subject)| subject)),
        customer_id: Set(notice.customer),
        occasion: Set(notice.occasion),
        ..Default::default()
    };
    tx.entailed::<Entity, Create>().insert(None, row).await?;
    Ok(true)
}

/// Says that the user has read a notification. One that is read stays so.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn read(ctx: &Ctx, id: notification::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let row = tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?;
        mark(tx, row).await
    })
    .await
}

async fn mark(tx: &Tx<'_>, row: Model) -> Result<Model> {
    let after = Model { read_at: row.read_at.or(Some(tx.now())), ..row.clone() };
    tx.can::<Entity, Update>()?.save(&row, after, "read", &[]).await
}

/// Which notifications the user has read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadAllNotifications {
    /// Those made until then, as the `createdAt` of the newest one that the user has seen; all where left out.
    pub until: Option<Moment>,
}

/// How many notifications became read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct ReadNotifications {
    /// So many.
    pub read: Count,
}

/// So many are marked in one transaction.
const SOME: u64 = 200;

/// Says that the user has read all notifications.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable): then some may be marked, and the same again marks the rest.
pub async fn read_all(ctx: &Ctx, which: ReadAllNotifications) -> Result<ReadNotifications> {
    let until = which.until.map_or(ctx.database().clock().now(), Moment::time);
    let mut read = 0;
    loop {
        let some = ctx.tx(async |tx| read_some(tx, until).await).await?;
        read += some as i64;
        if (some as u64) < SOME {
            let read = read.try_into().map_err(crate::Error::internal)?;
            return Ok(ReadNotifications { read });
        }
    }
}

async fn read_some(tx: &Tx<'_>, until: DateTime<Utc>) -> Result<usize> {
    let unread = Condition::all().add(Column::ReadAt.is_null()).add(Column::CreatedAt.lte(until));
    let unread = tx.can::<Entity, Read>()?.filtered(unread, SOME).await?;
    let ids: Vec<notification::Id> = unread.iter().map(|row| row.id).collect();
    let rows = tx.can::<Entity, Update>()?.lock_many(&ids).await?;
    for row in rows {
        mark(tx, row).await?;
    }
    Ok(ids.len())
}

/// How many notifications the user has not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct UnreadNotifications {
    /// So many.
    pub unread: Count,
}

/// How many notifications the user has not read.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn unread(ctx: &Ctx) -> Result<UnreadNotifications> {
    let unread =
        Comparison { field: "readAt".to_owned(), exists: Some(false), ..Comparison::default() };
    let filter = Some(Rule::Compare(Box::new(unread)));
    let listing = Listing { filter, limit: 1, count: true, ..Listing::default() };
    let page = records::list::<Entity>(ctx, &listing).await?;
    let unread = page.total.unwrap_or(0).try_into().map_err(crate::Error::internal)?;
    Ok(UnreadNotifications { unread })
}

/// Forgets the notifications of a workspace that ran out, some at a time, and says whether there may be more.
pub(crate) async fn prune(ctx: &Ctx) -> Result<bool> {
    let before = ctx.database().clock().now() - KEPT;
    ctx.tx(async |tx| {
        tx.unheard();
        let old = Entity::find()
            .filter(Column::CreatedAt.lte(before))
            .order_by_asc(Column::CreatedAt)
            .limit(1_000);
        let rows = tx.rows::<Entity>();
        let ids: Vec<notification::Id> =
            rows.all(old).await?.into_iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            rows.delete(Condition::all().add(Column::Id.is_in(ids.iter().copied()))).await?;
        }
        Ok(ids.len() >= 1_000)
    })
    .await
}
