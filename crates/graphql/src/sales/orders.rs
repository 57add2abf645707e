use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::orders::{
        differences::{self, OrderDifferences},
        orders::{self, NewOrder, OrderPatch, OrderWithLines},
    },
};
use rapport_entity::{
    Currency, ExternalId, Source,
    customers::customer,
    identity::user,
    rule::Rule,
    sales::{
        order::{self, Entity, Id, Model},
        order_line, product, quote,
    },
};

use super::{Delivery, Payment, Product, Quote};
use crate::{
    connection::{Args, Connected, list},
    customers::{CustomValue, Customer, custom_values},
    identity::User,
    rows::{ContextExt, DeliveriesOf, LinesOf, PaymentsOf},
};

/// What a customer bought.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Order {
    #[graphql(flatten)]
    row: order::Order,
}

impl From<Model> for Order {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

impl From<OrderWithLines> for Order {
    fn from(made: OrderWithLines) -> Self {
        Self { row: made.order }
    }
}

#[ComplexObject]
impl Order {
    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "order", &self.row.custom)
    }

    /// Who bought.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(Some(self.row.customer_id)).await?;
        Ok(row.map(Customer::from))
    }

    /// The quote it comes from.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        let row: Option<quote::Model> = ctx.load(self.row.quote_id).await?;
        Ok(row.map(Quote::from))
    }

    /// The user who sold.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }

    /// What was bought.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<OrderLine>> {
        let lines = ctx.load_many(LinesOf(self.row.id)).await?;
        let currency = &self.row.total.currency;
        Ok(lines.into_iter().map(|line| OrderLine::new(line, currency)).collect())
    }

    /// Its deliveries and returns, the oldest first.
    async fn deliveries(&self, ctx: &Context<'_>) -> Result<Vec<Delivery>> {
        let rows = ctx.load_many(DeliveriesOf(self.row.id)).await?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }

    /// Its payments and refunds, the oldest first.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        let rows = ctx.load_many(PaymentsOf(self.row.id)).await?;
        Ok(rows.into_iter().map(Payment::from).collect())
    }
}

/// One line of an order.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OrderLine {
    #[graphql(flatten)]
    row: order_line::OrderLine,
}

impl OrderLine {
    fn new(line: order_line::Model, currency: &Currency) -> Self {
        Self { row: order_line::OrderLine::new(line, currency) }
    }
}

#[ComplexObject]
impl OrderLine {
    /// The product, where it is one of ours.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        let row: Option<product::Model> = ctx.load(self.row.product_id).await?;
        Ok(row.map(Product::from))
    }
}

#[derive(InputObject)]
struct UpsertOrder {
    /// The system that knows it.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is to be like.
    order: NewOrder,
}

#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// Orders, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Order>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// How an order is another than the quote that it comes from, line by line.
    async fn order_differences(&self, ctx: &Context<'_>, id: Id) -> Result<OrderDifferences> {
        Ok(differences::get(ctx.me()?, id).await?)
    }

    /// One order.
    async fn order(&self, ctx: &Context<'_>, id: Id) -> Result<Order> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Make an order.
    async fn create_order(&self, ctx: &Context<'_>, input: NewOrder) -> Result<Order> {
        Ok(orders::create(ctx.me()?, input).await?.into())
    }

    /// Change an order: what is left out stays, null clears.
    async fn update_order(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: OrderPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Order> {
        Ok(orders::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Make the order that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_order(
        &self,
        ctx: &Context<'_>,
        input: UpsertOrder,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Order> {
        let UpsertOrder { source, external_id, order } = input;
        let expected = if_version.into();
        let (made, _) = orders::upsert(ctx.me()?, source, external_id, expected, order).await?;
        Ok(made.into())
    }

    /// Delete an order of which nothing is delivered or paid. It can be restored.
    async fn delete_order(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Order> {
        Ok(orders::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted order back.
    async fn restore_order(&self, ctx: &Context<'_>, id: Id) -> Result<Order> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
