use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::orders::deliveries::{self, DeliveryPatch, NewDelivery},
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    sales::{
        delivery::{self, Entity, Id, Model},
        delivery_line::DeliveryLine,
    },
};

use super::Order;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::{ContextExt, DeliveryLinesOf},
};

/// Goods of an order on their way to the customer, or back.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Delivery {
    #[graphql(flatten)]
    row: delivery::Delivery,
}

impl From<Model> for Delivery {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<delivery::Delivery> for Delivery {
    fn from(row: delivery::Delivery) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Delivery {
    /// The order.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx.load(Some(self.row.order_id)).await?.map(Order::from))
    }

    /// The customer of that order.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }

    /// What is in it.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<DeliveryLine>> {
        let lines = ctx.load_many(DeliveryLinesOf(self.row.id)).await?;
        Ok(lines.into_iter().map(DeliveryLine::from).collect())
    }
}

#[derive(InputObject)]
struct UpsertDelivery {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    delivery: NewDelivery,
}

#[derive(Default)]
pub struct DeliveryQuery;

#[Object]
impl DeliveryQuery {
    /// Deliveries and returns, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Delivery>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One delivery or return, with what is in it.
    async fn delivery(&self, ctx: &Context<'_>, id: Id) -> Result<Delivery> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct DeliveryMutation;

#[Object]
impl DeliveryMutation {
    /// Make a delivery, or a return, of goods of an order. The order follows: once the customer has everything, it is completed.
    async fn create_delivery(&self, ctx: &Context<'_>, input: NewDelivery) -> Result<Delivery> {
        Ok(deliveries::create(ctx.me()?, input).await?.delivery.into())
    }

    /// Change a delivery: what is left out stays, null clears. Its `next` says what may become of it.
    async fn update_delivery(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: DeliveryPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Delivery> {
        let expected = Expected::of(if_version, base_version);
        Ok(deliveries::update(ctx.me()?, id, expected, input).await?.delivery.into())
    }

    /// Make the delivery that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_delivery(
        &self,
        ctx: &Context<'_>,
        input: UpsertDelivery,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Delivery> {
        let UpsertDelivery { source, external_id, delivery } = input;
        let expected = if_version.into();
        let (made, _) =
            deliveries::upsert(ctx.me()?, source, external_id, expected, delivery).await?;
        Ok(made.delivery.into())
    }
}
