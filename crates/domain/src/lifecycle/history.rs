//! How a customer came from stage to stage.

use rapport_entity::{
    customers::customer,
    lifecycle::lifecycle_move::{Column, Entity, LifecycleMove},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Ctx, Cursors, Page, Part, Read, Result};

/// The order of a history, as its cursors name it.
const ORDER: &str = "-customerVersion";

/// The moves of a customer, newest first, each with the time that was spent in the stage before.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such customer, or no such cursor.
pub async fn history(ctx: &Ctx, id: customer::Id, part: &Part) -> Result<Page<LifecycleMove>> {
    ctx.can::<customer::Entity, Read>()?.one_even_deleted(id).await?;
    let mut moves = Entity::find()
        .filter(Column::CustomerId.eq(id))
        .order_by_desc(Column::CustomerVersion)
        .limit(part.limit + 1);
    if let Some(cursor) = &part.cursor {
        moves = moves.filter(Column::CustomerVersion.lt(Cursors::number(ORDER, cursor)?));
    }
    let mut found = ctx.rows::<Entity>().all(moves).await?;
    let more = found.len() as u64 > part.limit;
    found.truncate(part.limit as usize);
    let numbers = found.iter().map(|row| i64::from(row.customer_version));
    let cursors = Cursors::of_numbers(ORDER, numbers);
    let items = found.into_iter().map(LifecycleMove::from).collect();
    Ok(Page { items, cursors, more, total: None })
}
