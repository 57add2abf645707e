//! The lines of orders, as far as service is about what was bought.

use rapport_entity::sales::{
    order,
    order_line::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::kernel::{Result, Tx};

/// A line of an order, if there is one at this place.
pub(super) async fn line(tx: &Tx<'_>, order: order::Id, position: i32) -> Result<Option<Model>> {
    let this =
        Entity::find().filter(Column::OrderId.eq(order)).filter(Column::Position.eq(position));
    Ok(tx.rows::<Entity>().all(this).await?.pop())
}
