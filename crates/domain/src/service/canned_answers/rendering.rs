use std::collections::HashMap;

use async_graphql::SimpleObject;
use rapport_entity::{
    Id, Label, Name, Resource, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    sales::product,
    service::{
        asset,
        canned_answer::{self, Column, Entity},
        queue, service_request,
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use utoipa::ToSchema;

use super::placeholders::fill;
use crate::kernel::{Ctx, Described, Error, Listing, Page, Read, Result, Tx};

/// An answer as it can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct RenderedAnswer {
    /// What it says, filled in.
    pub body: Text,
    /// The places that there was nothing for: they are empty.
    #[schema(max_items = 11)]
    pub missing: Vec<Label>,
}

/// The answers that are offered for a request: those that are shared and the caller's own, for its queue or for all.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn offered(
    ctx: &Ctx,
    request: service_request::Id,
    listing: &Listing,
) -> Result<Page<canned_answer::Model>> {
    let request = ctx.can::<service_request::Entity, Read>()?.one(request).await?;
    let mut owner = Condition::any().add(Column::OwnerId.is_null());
    if let Some(user) = ctx.actor().user {
        owner = owner.add(Column::OwnerId.eq(user));
    }
    let mut queue = Condition::any().add(Column::QueueId.is_null());
    if let Some(id) = request.queue_id {
        queue = queue.add(Column::QueueId.eq(id));
    }
    let offered = Condition::all().add(Column::Active.eq(true)).add(owner).add(queue);
    ctx.can::<Entity, Read>()?.page_of(listing, offered).await
}

/// Fills an answer in for a request, and counts that it was used.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is not offered, or is too long once it is filled in.
pub async fn render(
    ctx: &Ctx,
    request: service_request::Id,
    answer: canned_answer::Id,
) -> Result<RenderedAnswer> {
    ctx.tx(async |tx| {
        tx.unheard();
        let request = tx.can::<service_request::Entity, Read>()?.one(request).await?;
        let answer = tx.can::<Entity, Read>()?.one(answer).await?;
        if !answer.active {
            return Err(Error::Refused("the answer is not offered".to_owned()));
        }
        let values = values(tx, &request).await?;
        let (body, missing) = fill(answer.body.as_str(), |name| values.get(name).cloned());
        let missing = missing.into_iter().map(|name| name.parse().map_err(Error::internal));
        let missing: Vec<Label> = missing.collect::<Result<_>>()?;
        let body = body.parse().map_err(|_| too_long())?;
        count(tx, &answer).await?;
        Ok(RenderedAnswer { body, missing })
    })
    .await
}

fn too_long() -> Error {
    Error::Refused(format!("the answer is longer than {} characters", Text::MAX))
}

/// What is filled in, as far as the caller may read it.
async fn values(
    tx: &Tx<'_>,
    request: &service_request::Model,
) -> Result<HashMap<&'static str, String>> {
    let asset = found::<asset::Entity>(tx, request.asset_id).await?;
    let serial = asset.as_ref().and_then(|asset| asset.serial_number.clone());
    let customer = found::<customer::Entity>(tx, request.customer_id).await?;
    let contact = found::<contact::Entity>(tx, request.contact_id).await?;
    let product = found::<product::Entity>(tx, request.product_id).await?;
    let queue = found::<queue::Entity>(tx, request.queue_id).await?;
    let agent = found::<user::Entity>(tx, tx.actor().user).await?;
    let workspace = found::<workspace::Entity>(tx, Some(tx.actor().workspace)).await?;
    let name = |name: Option<Name>| name.map(String::from);
    let all = [
        ("agent.name", name(agent.map(|row| row.name))),
        ("asset.name", name(asset.map(|row| row.name))),
        ("asset.serialNumber", serial.map(String::from)),
        ("contact.name", name(contact.map(|row| row.name))),
        ("customer.name", name(customer.map(|row| row.name))),
        ("product.name", name(product.map(|row| row.name))),
        ("queue.name", name(queue.map(|row| row.name))),
        ("request.number", Some(request.number.clone())),
        ("request.status", Some(request.status.as_str().to_owned())),
        ("request.subject", Some(request.subject.as_str().to_owned())),
        ("workspace.name", name(workspace.map(|row| row.name))),
    ];
    Ok(all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// A record that the request names, where the caller may see it.
async fn found<E: Described + Resource>(
    tx: &Tx<'_>,
    id: Option<Id<E>>,
) -> Result<Option<E::Model>> {
    let Some(id) = id else { return Ok(None) };
    match tx.can::<E, Read>() {
        Ok(records) => Ok(records.live(&[id]).await?.pop()),
        Err(Error::Forbidden { .. }) => Ok(None),
        Err(err) => Err(err),
    }
}

/// Counts without a version: nobody has changed the answer.
async fn count(tx: &Tx<'_>, answer: &canned_answer::Model) -> Result<()> {
    let this = || Condition::all().add(Column::Id.eq(answer.id));
    let answers = tx.rows::<Entity>();
    answers.increase(Column::UseCount, this()).await?;
    answers.set(Column::LastUsedAt, Some(tx.now()), this()).await.map(drop)
}
