use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::orders::payments::{self, NewPayment, PaymentPatch},
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    sales::payment::{self, Entity, Id, Model},
};

use super::Order;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// Money paid for an order, or paid back.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Payment {
    #[graphql(flatten)]
    row: payment::Payment,
}

impl From<Model> for Payment {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Payment {
    /// The order.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx.load(Some(self.row.order_id)).await?.map(Order::from))
    }

    /// The customer of that order.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }
}

#[derive(InputObject)]
struct UpsertPayment {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    payment: NewPayment,
}

#[derive(Default)]
pub struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// Payments and refunds, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Payment>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One payment or refund.
    async fn payment(&self, ctx: &Context<'_>, id: Id) -> Result<Payment> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Write down a payment for an order, or a refund. The order's `paymentStatus` and `paid` follow.
    async fn create_payment(&self, ctx: &Context<'_>, input: NewPayment) -> Result<Payment> {
        Ok(payments::create(ctx.me()?, input).await?.into())
    }

    /// Change a payment: what is left out stays, null clears. Its `next` says what may become of it.
    async fn update_payment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PaymentPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Payment> {
        let expected = Expected::of(if_version, base_version);
        Ok(payments::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Make the payment that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_payment(
        &self,
        ctx: &Context<'_>,
        input: UpsertPayment,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Payment> {
        let UpsertPayment { source, external_id, payment } = input;
        let expected = if_version.into();
        let (made, _) = payments::upsert(ctx.me()?, source, external_id, expected, payment).await?;
        Ok(made.into())
    }
}
