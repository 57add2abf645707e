use async_graphql::InputObject;
use rapport_entity::{
    Date, Text,
    sales::{
        order::{self, ActiveModel, Column},
        order_line,
        quote::{self, Model, Status},
        quote_line,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::lines::lines_in;
use crate::{
    kernel::{Create, Ctx, Error, Expected, Read, Result, Tx, Update},
    sales::orders::orders::{self, OrderWithLines},
};

/// How a quote is ordered.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderQuote {
    /// The id the client has given the order; made here where left out.
    pub id: Option<order::Id>,
    /// The day it was placed, in the workspace's time zone; today where left out.
    pub ordered_on: Option<Date>,
    /// Anything worth knowing.
    pub description: Option<Text>,
}

/// Makes an order of what a quote offers and the customer has accepted, with the same lines and prices. A quote is ordered
/// once: where it has been, its order is given back, unless that was cancelled or deleted.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where the quote is not accepted; [`Error::Duplicate`].
pub async fn order(ctx: &Ctx, id: quote::Id, how: OrderQuote) -> Result<OrderWithLines> {
    ctx.tx(async |tx| {
        tx.can::<order::Entity, Create>()?;
        tx.can::<quote::Entity, Read>()?.one(id).await?;
        let quote = tx.entailed::<quote::Entity, Update>().lock(id, Expected::Any).await?;
        if quote.status != Status::Accepted {
            let why = "only what the customer has accepted is ordered";
            return Err(Error::Refused(why.to_owned()));
        }
        if let Some(there) = order_of(tx, id).await? {
            return orders::whole(tx, there).await;
        }
        let order = how.id.unwrap_or_default();
        let lines = lines_in(tx, id).await?;
        let lines = lines.into_iter().map(|line| taken_over(order, line)).collect();
        let row = row(tx, quote, &how)?;
        orders::place(tx, order, row, lines).await
    })
    .await
}

/// The order of a quote that is neither cancelled nor deleted.
async fn order_of(tx: &Tx<'_>, id: quote::Id) -> Result<Option<order::Model>> {
    let its = Condition::all()
        .add(Column::QuoteId.eq(id))
        .add(Column::DeletedAt.is_null())
        .add(Column::Status.ne(order::Status::Cancelled));
    Ok(tx.entailed::<order::Entity, Read>().filtered(its, 1).await?.pop())
}

fn row(tx: &Tx<'_>, of: Model, how: &OrderQuote) -> Result<ActiveModel> {
    Ok(ActiveModel {
        customer_id: Set(of.customer_id),
        owner_id: Set(of.owner_id),
        status: Set(order::Status::Placed),
        ordered_on: Set(how.ordered_on.map_or_else(|| tx.today(), Ok)?),
        currency: Set(of.currency),
        total_minor: Set(of.amount_minor),
        tax_minor: Set(of.tax_minor),
        quote_id: Set(Some(of.id)),
        delivery_status: Set(order::DeliveryStatus::None),
        payment_status: Set(order::PaymentStatus::None),
        paid_minor: Set(0),
        description: Set(how.description.clone()),
        ..Default::default()
    })
}

/// A line of a quote, as the order's.
fn taken_over(id: order::Id, line: quote_line::Model) -> order_line::Model {
    order_line::Model {
        workspace_id: line.workspace_id,
        order_id: id,
        position: line.position,
        product_id: line.product_id,
        description: line.description,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
        discount: line.discount,
        tax_rate: line.tax_rate,
        amount_minor: line.net_minor,
        tax_minor: line.tax_minor,
    }
}
