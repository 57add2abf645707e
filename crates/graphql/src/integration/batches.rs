use async_graphql::{Context, Json, Object, OutputType, Result, SimpleObject};
use rapport_domain::{
    Ctx,
    integration::writes::{self, AnyRecord, Done, Work},
};
use rapport_http::{
    problem::Problem,
    writes::{
        Batch, ConsentBatch, ContactBatch, ContactPointBatch, CustomerBatch, CustomerMoveBatch,
        InteractionBatch, LeadBatch, OpportunityBatch, OrderBatch, Outcome, PriceBookEntryBatch,
        ProductBatch, RecordBatch, ServiceRequestBatch, TaskBatch,
    },
};

use crate::{
    customers::{Consent, Contact, ContactPoint, Customer, Interaction},
    node::Node,
    rows::ContextExt,
    sales::{Lead, Opportunity, Order, PriceBookEntry, Product},
    service::ServiceRequest,
    work::Task,
};

/// What became of an operation.
#[derive(SimpleObject)]
#[graphql(concrete(name = "CustomerBatchResult", params(Customer)))]
#[graphql(concrete(name = "ContactBatchResult", params(Contact)))]
#[graphql(concrete(name = "InteractionBatchResult", params(Interaction)))]
#[graphql(concrete(name = "ConsentBatchResult", params(Consent)))]
#[graphql(concrete(name = "ContactPointBatchResult", params(ContactPoint)))]
#[graphql(concrete(name = "TaskBatchResult", params(Task)))]
#[graphql(concrete(name = "ProductBatchResult", params(Product)))]
#[graphql(concrete(name = "PriceBookEntryBatchResult", params(PriceBookEntry)))]
#[graphql(concrete(name = "OrderBatchResult", params(Order)))]
#[graphql(concrete(name = "OpportunityBatchResult", params(Opportunity)))]
#[graphql(concrete(name = "LeadBatchResult", params(Lead)))]
#[graphql(concrete(name = "ServiceRequestBatchResult", params(ServiceRequest)))]
#[graphql(concrete(name = "RecordBatchResult", params(Node)))]
pub struct BatchResult<T: OutputType> {
    /// 201 where it made the record, 200 where it changed it, 204 where it deleted it, else the problem's status.
    status: u16,
    /// The record as it is since, unless it was deleted.
    record: Option<T>,
    /// Why it was not done: a problem, as REST has it.
    problem: Option<Json<Problem>>,
}

impl<T: OutputType> BatchResult<T> {
    fn of<R: Into<T>>(outcome: rapport_domain::Result<Done<R>>) -> Self {
        let Outcome { status, record, problem } = Outcome::from(outcome);
        Self { status, record: record.map(Into::into), problem: problem.map(Json) }
    }
}

impl From<AnyRecord> for Node {
    fn from(record: AnyRecord) -> Self {
        match record {
            AnyRecord::Customer(row) => Self::Customer(Box::new((*row).into())),
            AnyRecord::Contact(row) => Self::Contact(Box::new((*row).into())),
            AnyRecord::Interaction(row) => Self::Interaction(Box::new((*row).into())),
            AnyRecord::Consent(row) => Self::Consent(Box::new((*row).into())),
            AnyRecord::ContactPoint(row) => Self::ContactPoint(Box::new((*row).into())),
            AnyRecord::Task(row) => Self::Task(Box::new((*row).into())),
            AnyRecord::Product(product) => Self::Product(Box::new((*product).into())),
            AnyRecord::Opportunity(row) => Self::Opportunity(Box::new((*row).into())),
            AnyRecord::Lead(row) => Self::Lead(Box::new((*row).into())),
            AnyRecord::ServiceRequest(row) => Self::ServiceRequest(Box::new((*row).into())),
            AnyRecord::Order(order) => Self::Order(Box::new((*order).into())),
        }
    }
}

#[derive(Default)]
pub struct BatchMutation;

#[Object]
impl BatchMutation {
    /// Up to 1,000 operations on customers, done in order: all or none (`atomic`), or each for itself.
    async fn batch_customers(
        &self,
        ctx: &Context<'_>,
        input: CustomerBatch,
    ) -> Result<Vec<BatchResult<Customer>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on contacts, done in order: all or none (`atomic`), or each for itself.
    async fn batch_contacts(
        &self,
        ctx: &Context<'_>,
        input: ContactBatch,
    ) -> Result<Vec<BatchResult<Contact>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on interactions, done in order: all or none (`atomic`), or each for itself.
    async fn batch_interactions(
        &self,
        ctx: &Context<'_>,
        input: InteractionBatch,
    ) -> Result<Vec<BatchResult<Interaction>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on consents, done in order: all or none (`atomic`), or each for itself.
    async fn batch_consents(
        &self,
        ctx: &Context<'_>,
        input: ConsentBatch,
    ) -> Result<Vec<BatchResult<Consent>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on contact points, done in order: all or none (`atomic`), or each for itself.
    async fn batch_contact_points(
        &self,
        ctx: &Context<'_>,
        input: ContactPointBatch,
    ) -> Result<Vec<BatchResult<ContactPoint>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on tasks, done in order: all or none (`atomic`), or each for itself.
    async fn batch_tasks(
        &self,
        ctx: &Context<'_>,
        input: TaskBatch,
    ) -> Result<Vec<BatchResult<Task>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on products, done in order: all or none (`atomic`), or each for itself.
    async fn batch_products(
        &self,
        ctx: &Context<'_>,
        input: ProductBatch,
    ) -> Result<Vec<BatchResult<Product>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on the prices in price books, done in order: all or none (`atomic`), or each for itself.
    async fn batch_price_book_entries(
        &self,
        ctx: &Context<'_>,
        input: PriceBookEntryBatch,
    ) -> Result<Vec<BatchResult<PriceBookEntry>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on orders, done in order: all or none (`atomic`), or each for itself.
    async fn batch_orders(
        &self,
        ctx: &Context<'_>,
        input: OrderBatch,
    ) -> Result<Vec<BatchResult<Order>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on opportunities, done in order: all or none (`atomic`), or each for itself.
    async fn batch_opportunities(
        &self,
        ctx: &Context<'_>,
        input: OpportunityBatch,
    ) -> Result<Vec<BatchResult<Opportunity>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on leads, done in order: all or none (`atomic`), or each for itself.
    async fn batch_leads(
        &self,
        ctx: &Context<'_>,
        input: LeadBatch,
    ) -> Result<Vec<BatchResult<Lead>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on service requests, done in order: all or none (`atomic`), or each for itself.
    async fn batch_service_requests(
        &self,
        ctx: &Context<'_>,
        input: ServiceRequestBatch,
    ) -> Result<Vec<BatchResult<ServiceRequest>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 moves of customers to other lifecycle stages, done in order: all or none (`atomic`), or each for itself.
    async fn batch_customer_moves(
        &self,
        ctx: &Context<'_>,
        input: CustomerMoveBatch,
    ) -> Result<Vec<BatchResult<Customer>>> {
        done(ctx.me()?, input).await
    }

    /// Up to 1,000 operations on records of several kinds, done in order: all or none (`atomic`), or each for itself. So
    /// a customer can be made with its contacts and orders.
    async fn batch_records(
        &self,
        ctx: &Context<'_>,
        input: RecordBatch,
    ) -> Result<Vec<BatchResult<Node>>> {
        done(ctx.me()?, input).await
    }
}

async fn done<B, T>(me: &Ctx, batch: B) -> Result<Vec<BatchResult<T>>>
where
    B: Batch,
    T: OutputType + From<<B::Work as Work>::Record>,
{
    let outcomes = writes::batch(me, batch.atomic(), batch.items()).await?;
    Ok(outcomes.into_iter().map(BatchResult::of).collect())
}
