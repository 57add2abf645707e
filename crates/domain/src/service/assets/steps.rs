use rapport_entity::service::{
    asset::{self, Model},
    asset_step::{self, Column, Entity},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Ctx, Cursors, Page, Part, Read, Result, Tx};

/// The order of a history, as its cursors name it.
const ORDER: &str = "-asset_step";

/// What became of an asset, newest first.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such asset, or no such cursor.
pub async fn of_asset(ctx: &Ctx, id: asset::Id, part: &Part) -> Result<Page<asset_step::Model>> {
    ctx.can::<asset::Entity, Read>()?.one_even_deleted(id).await?;
    let from = part.cursor.as_ref().map(|cursor| Cursors::number(ORDER, cursor)).transpose()?;
    let mut steps = Entity::find()
        .filter(Column::AssetId.eq(id))
        .order_by_desc(Column::AssetVersion)
        .limit(part.limit + 1);
    if let Some(from) = from {
        steps = steps.filter(Column::AssetVersion.lt(from));
    }
    let mut items = ctx.rows::<Entity>().all(steps).await?;
    let more = items.len() as u64 > part.limit;
    items.truncate(part.limit as usize);
    let numbers = items.iter().map(|step| i64::from(step.asset_version));
    Ok(Page { cursors: Cursors::of_numbers(ORDER, numbers), items, more, total: None })
}

/// Writes down what became of an asset, where that is part of its history.
pub(super) async fn keep(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let step = |row: &Model| asset_step::Model {
        workspace_id: row.workspace_id,
        asset_id: row.id,
        asset_version: 0,
        at: row.updated_at,
        status: row.status,
        customer_id: row.customer_id,
        parent_id: row.parent_id,
        site_id: row.site_id,
        street: row.street.clone(),
        postal_code: row.postal_code.clone(),
        city: row.city.clone(),
        country: row.country.clone(),
        location: row.location.clone(),
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
    };
    let now = step(after);
    let same = |before: &Model| asset_step::Model { at: now.at, ..step(before) } == now;
    if before.is_some_and(same) {
        return Ok(());
    }
    let now = asset_step::Model { asset_version: after.version, ..now };
    tx.rows::<Entity>().insert(&[now]).await
}
