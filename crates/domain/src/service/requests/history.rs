use rapport_entity::service::{
    service_request,
    service_step::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::{Ctx, Cursors, Error, Page, Part, Read, Result};

/// The order of a history, as its cursors name it.
const ORDER: &str = "-at,-seq";

/// The steps of a service request, newest first: a new one begins with each change of its status, its priority, its owner
/// and its queue.
///
/// # Errors
/// [`Error::NotFound`] where there is no such request, or no such cursor.
pub async fn list(ctx: &Ctx, id: service_request::Id, part: &Part) -> Result<Page<Model>> {
    ctx.can::<service_request::Entity, Read>()?.one_even_deleted(id).await?;
    let its = Entity::find().filter(Column::RequestId.eq(id));
    let mut steps =
        its.clone().order_by_desc(Column::At).order_by_desc(Column::Seq).limit(part.limit + 1);
    if let Some(cursor) = &part.cursor {
        let this = Column::Seq.eq(Cursors::number(ORDER, cursor)?);
        let last = ctx.rows::<Entity>().all(its.filter(this)).await?.pop();
        let last = last.ok_or(Error::NotFound("cursor in this list"))?;
        let same = Condition::all().add(Column::At.eq(last.at)).add(Column::Seq.lt(last.seq));
        steps = steps.filter(Condition::any().add(Column::At.lt(last.at)).add(same));
    }
    let mut items = ctx.rows::<Entity>().all(steps).await?;
    let more = items.len() as u64 > part.limit;
    items.truncate(part.limit as usize);
    let cursors = Cursors::of_numbers(ORDER, items.iter().map(|row| i64::from(row.seq)));
    Ok(Page { items, cursors, more, total: None })
}
