//! What an opportunity was from when until when.

use rapport_entity::sales::{
    opportunity,
    opportunity_period::{Column, Entity, OpportunityPeriod},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Ctx, Cursors, Page, Part, Read, Result};

/// The order of a history, as its cursors name it.
const ORDER: &str = "-opportunityVersion";

/// The periods of an opportunity, newest first: a new one begins with each change of its stage, its status, its owner, what
/// it is worth, how it is counted in forecasts and when it is expected to be closed.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where there is no such opportunity, or no such cursor.
pub async fn list(ctx: &Ctx, id: opportunity::Id, part: &Part) -> Result<Page<OpportunityPeriod>> {
    ctx.can::<opportunity::Entity, Read>()?.one_even_deleted(id).await?;
    let mut periods = Entity::find()
        .filter(Column::OpportunityId.eq(id))
        .order_by_desc(Column::OpportunityVersion)
        .limit(part.limit + 1);
    if let Some(cursor) = &part.cursor {
        periods = periods.filter(Column::OpportunityVersion.lt(Cursors::number(ORDER, cursor)?));
    }
    let mut found = ctx.rows::<Entity>().all(periods).await?;
    let more = found.len() as u64 > part.limit;
    found.truncate(part.limit as usize);
    let numbers = found.iter().map(|row| i64::from(row.opportunity_version));
    let cursors = Cursors::of_numbers(ORDER, numbers);
    let items = found.into_iter().map(OpportunityPeriod::from).collect();
    Ok(Page { items, cursors, more, total: None })
}
