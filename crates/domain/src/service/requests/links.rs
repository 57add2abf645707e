use std::collections::HashMap;

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_entity::service::{
    request_link::{self, Column, Kind},
    service_request::{self, Entity, Model},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::saving::save;
use crate::kernel::{Ctx, Error, Expected, Read, Result, Tx, Update};

/// The most links that a request makes itself, and the most that are listed.
pub const MOST: usize = 100;

/// A link between service requests, to be made or taken away.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkServiceRequest {
    /// The other request.
    pub other_id: service_request::Id,
    /// How this one has to do with it; it relates to it where left out.
    pub kind: Option<Kind>,
}

/// Which of two requests says that it has to do with the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "RequestLinkDirection")]
#[schema(as = RequestLinkDirection)]
pub enum Direction {
    /// This one of the other.
    To,
    /// The other of this one.
    From,
}

/// That a service request has to do with another.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "RequestLinkRow")]
pub struct RequestLink {
    /// The other request.
    pub other_id: service_request::Id,
    /// How the one has to do with the other.
    pub kind: Kind,
    /// Which of the two says so.
    pub direction: Direction,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Says that a service request has to do with another. What is said already, stays.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where there is no other such request; [`Error::Refused`] where there are a
/// hundred links.
pub async fn link(ctx: &Ctx, id: service_request::Id, to: LinkServiceRequest) -> Result<Model> {
    ctx.tx(async |tx| {
        let row = tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?;
        let other = tx.can::<Entity, Read>()?.live(&[to.other_id]).await?.pop();
        let other = other
            .filter(|other| other.id != id)
            .ok_or_else(|| Error::conflict("/otherId", "is no other service request"))?;
        join(tx, &row, &other, to.kind.unwrap_or_default()).await
    })
    .await
}

/// The same, of requests that were found.
pub(super) async fn join(tx: &Tx<'_>, row: &Model, other: &Model, kind: Kind) -> Result<Model> {
    let its = request_link::Entity::find().filter(Column::RequestId.eq(row.id));
    let there = tx.rows::<request_link::Entity>().all(its.limit(MOST as u64)).await?;
    if there.iter().any(|link| (link.other_id, link.kind) == (other.id, kind)) {
        return Ok(row.clone());
    }
    if there.len() >= MOST {
        return Err(Error::Refused(format!("a request has at most {MOST} links")));
    }
    let link = request_link::Model {
        workspace_id: row.workspace_id,
        request_id: row.id,
        other_id: other.id,
        kind,
        since: tx.now(),
    };
    tx.rows::<request_link::Entity>().insert(&[link]).await?;
    let linked = json!({ "otherId": other.id, "kind": kind });
    save(tx, row, row.clone(), "linked", &[("link", json!(null), linked)]).await
}

/// Takes a link away that a service request makes itself. One that is not there stays away.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn unlink(ctx: &Ctx, id: service_request::Id, to: LinkServiceRequest) -> Result<Model> {
    ctx.tx(async |tx| {
        let row = tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?;
        let kind = to.kind.unwrap_or_default();
        let this = Condition::all()
            .add(Column::RequestId.eq(id))
            .add(Column::OtherId.eq(to.other_id))
            .add(Column::Kind.eq(kind));
        if tx.rows::<request_link::Entity>().delete(this).await? == 0 {
            return Ok(row);
        }
        let unlinked = json!({ "otherId": to.other_id, "kind": kind });
        save(tx, &row, row.clone(), "unlinked", &[("link", unlinked, json!(null))]).await
    })
    .await
}

/// What a service request has to do with others that the caller may read, at most a hundred each way.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(ctx: &Ctx, id: service_request::Id) -> Result<Vec<RequestLink>> {
    ctx.can::<Entity, Read>()?.one_even_deleted(id).await?;
    let mut found = Vec::new();
    for (column, direction) in
        [(Column::RequestId, Direction::To), (Column::OtherId, Direction::From)]
    {
        let some = request_link::Entity::find()
            .filter(column.eq(id))
            .order_by_asc(Column::Since)
            .order_by_asc(Column::RequestId)
            .order_by_asc(Column::OtherId)
            .limit(MOST as u64);
        let links = ctx.rows::<request_link::Entity>().all(some).await?;
        found.extend(links.into_iter().map(|link| RequestLink {
            other_id: if direction == Direction::To { link.other_id } else { link.request_id },
            kind: link.kind,
            direction,
            since: link.since,
        }));
    }
    let ids: Vec<service_request::Id> = found.iter().map(|link| link.other_id).collect();
    let seen = ctx.can::<Entity, Read>()?.live(&ids).await?;
    let seen: HashMap<service_request::Id, Model> =
        seen.into_iter().map(|row| (row.id, row)).collect();
    Ok(found.into_iter().filter(|link| seen.contains_key(&link.other_id)).collect())
}
