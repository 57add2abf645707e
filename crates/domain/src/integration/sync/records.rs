use rapport_entity::{
    Resource,
    customers::{consent, contact, contact_point, customer, interaction},
    identity::{team, user},
    lifecycle::{lifecycle_stage, loss_reason},
    sales::{close_reason, lead, opportunity, order, pipeline, pipeline_stage, product},
    segmentation::segment,
    service::{queue, service_request, service_status},
    work::task,
};
use sea_orm::ModelTrait;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Fate, SyncChange};
use crate::{
    kernel::{Ctx, Described, Error, Read, Result},
    sales::{opportunities::opportunities, orders::orders, products},
};

/// The kinds of record that devices keep, those first that others refer to.
pub const SYNCED: [&str; 21] = [
    "team",
    "user",
    "product",
    "segment",
    "lifecycle_stage",
    "loss_reason",
    "pipeline",
    "pipeline_stage",
    "close_reason",
    "service_status",
    "queue",
    "customer",
    "contact",
    "opportunity",
    "lead",
    "interaction",
    "order",
    "service_request",
    "consent",
    "contact_point",
    "task",
];

/// A record that the actor may read.
pub struct Found {
    pub id: Uuid,
    pub is_deleted: bool,
    record: Json,
}

impl Found {
    /// What a device is to do with it.
    pub fn change(self, kind: &'static str) -> SyncChange {
        match self.is_deleted {
            true => SyncChange { kind, id: self.id, fate: Fate::Deleted, record: None },
            false => {
                SyncChange { kind, id: self.id, fate: Fate::Changed, record: Some(self.record) }
            }
        }
    }
}

/// The records of a kind that come after an id, in the order of ids.
pub async fn after(ctx: &Ctx, kind: &str, id: Option<Uuid>, limit: u64) -> Result<Vec<Found>> {
    match kind {
        "order" => with_lines(ctx, next::<order::Entity>(ctx, id, limit).await?).await,
        "customer" => found(next::<customer::Entity>(ctx, id, limit).await?),
        "contact" => found(next::<contact::Entity>(ctx, id, limit).await?),
        "interaction" => found(next::<interaction::Entity>(ctx, id, limit).await?),
        "consent" => found(next::<consent::Entity>(ctx, id, limit).await?),
        "contact_point" => found(next::<contact_point::Entity>(ctx, id, limit).await?),
        "task" => found(next::<task::Entity>(ctx, id, limit).await?),
        "product" => with_components(ctx, next::<product::Entity>(ctx, id, limit).await?).await,
        "opportunity" => with_parts(ctx, next::<opportunity::Entity>(ctx, id, limit).await?).await,
        "lead" => found(next::<lead::Entity>(ctx, id, limit).await?),
        "pipeline" => found(next::<pipeline::Entity>(ctx, id, limit).await?),
        "pipeline_stage" => found(next::<pipeline_stage::Entity>(ctx, id, limit).await?),
        "close_reason" => found(next::<close_reason::Entity>(ctx, id, limit).await?),
        "service_status" => found(next::<service_status::Entity>(ctx, id, limit).await?),
        "queue" => found(next::<queue::Entity>(ctx, id, limit).await?),
        "service_request" => found(next::<service_request::Entity>(ctx, id, limit).await?),
        "segment" => found(next::<segment::Entity>(ctx, id, limit).await?),
        "lifecycle_stage" => found(next::<lifecycle_stage::Entity>(ctx, id, limit).await?),
        "loss_reason" => found(next::<loss_reason::Entity>(ctx, id, limit).await?),
        "user" => found(next::<user::Entity>(ctx, id, limit).await?),
        "team" => found(next::<team::Entity>(ctx, id, limit).await?),
        _ => Ok(Vec::new()),
    }
}

/// Those of some records of a kind that the actor may read, deleted ones too.
pub async fn readable(ctx: &Ctx, kind: &str, ids: &[Uuid]) -> Result<Vec<Found>> {
    match kind {
        "order" => with_lines(ctx, these::<order::Entity>(ctx, ids).await?).await,
        "customer" => found(these::<customer::Entity>(ctx, ids).await?),
        "contact" => found(these::<contact::Entity>(ctx, ids).await?),
        "interaction" => found(these::<interaction::Entity>(ctx, ids).await?),
        "consent" => found(these::<consent::Entity>(ctx, ids).await?),
        "contact_point" => found(these::<contact_point::Entity>(ctx, ids).await?),
        "task" => found(these::<task::Entity>(ctx, ids).await?),
        "product" => with_components(ctx, these::<product::Entity>(ctx, ids).await?).await,
        "opportunity" => with_parts(ctx, these::<opportunity::Entity>(ctx, ids).await?).await,
        "lead" => found(these::<lead::Entity>(ctx, ids).await?),
        "pipeline" => found(these::<pipeline::Entity>(ctx, ids).await?),
        "pipeline_stage" => found(these::<pipeline_stage::Entity>(ctx, ids).await?),
        "close_reason" => found(these::<close_reason::Entity>(ctx, ids).await?),
        "service_status" => found(these::<service_status::Entity>(ctx, ids).await?),
        "queue" => found(these::<queue::Entity>(ctx, ids).await?),
        "service_request" => found(these::<service_request::Entity>(ctx, ids).await?),
        "segment" => found(these::<segment::Entity>(ctx, ids).await?),
        "lifecycle_stage" => found(these::<lifecycle_stage::Entity>(ctx, ids).await?),
        "loss_reason" => found(these::<loss_reason::Entity>(ctx, ids).await?),
        "user" => found(these::<user::Entity>(ctx, ids).await?),
        "team" => found(these::<team::Entity>(ctx, ids).await?),
        _ => Ok(Vec::new()),
    }
}

async fn next<E: Described>(ctx: &Ctx, id: Option<Uuid>, limit: u64) -> Result<Vec<E::Model>> {
    ctx.can::<E, Read>()?.after(id, limit).await
}

async fn these<E: Described>(ctx: &Ctx, ids: &[Uuid]) -> Result<Vec<E::Model>> {
    let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
    ctx.can::<E, Read>()?.many(&ids).await
}

fn found<M>(rows: Vec<M>) -> Result<Vec<Found>>
where
    M: ModelTrait + Clone,
    M::Entity: Resource<Model = M>,
{
    rows.into_iter()
        .map(|row| told::<M::Entity>(&row, <M::Entity as Resource>::Wire::from(row.clone())))
        .collect()
}

async fn with_lines(ctx: &Ctx, rows: Vec<order::Model>) -> Result<Vec<Found>> {
    let orders = orders::with_their_lines(ctx, rows.clone()).await?;
    rows.iter().zip(orders).map(|(row, order)| told::<order::Entity>(row, order)).collect()
}

async fn with_parts(ctx: &Ctx, rows: Vec<opportunity::Model>) -> Result<Vec<Found>> {
    let details = opportunities::with_their_parts(ctx, rows.clone()).await?;
    rows.iter().zip(details).map(|(row, made)| told::<opportunity::Entity>(row, made)).collect()
}

async fn with_components(ctx: &Ctx, rows: Vec<product::Model>) -> Result<Vec<Found>> {
    let products = products::with_their_components(ctx, rows.clone()).await?;
    rows.iter().zip(products).map(|(row, made)| told::<product::Entity>(row, made)).collect()
}

fn told<E: Resource>(row: &E::Model, record: impl Serialize) -> Result<Found>
where
    E::Model: ModelTrait<Entity = E>,
{
    let record = serde_json::to_value(record).map_err(|err| Error::Internal(err.into()))?;
    Ok(Found { id: E::id(row).uuid(), is_deleted: E::is_deleted(row), record })
}
