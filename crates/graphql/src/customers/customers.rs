use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    customers::customers::{self, CustomerPatch, NewCustomer},
    kernel::Expected,
    records,
};
use rapport_entity::{
    ExternalId, Source,
    customers::customer::{Entity, Id, Model},
    identity::user,
    log::history::HistoryEntry,
    rule::Rule,
};

use super::{Consent, Contact, ContactPoint, CustomValue, Interaction, custom_values};
use crate::{
    connection::{Args, Connected, list},
    identity::User,
    integration::timeline,
    lifecycle::{LifecycleMove, LifecycleStage, lifecycle},
    ownership::{OwnershipPeriod, of_customer},
    rows::{
        AgreementsOf, AssetsOf, ConsentsOf, ContactPointsOf, ContactsOf, ContextExt,
        EntitlementsOf, InteractionsOf, LeadsOf, OpportunitiesOf, OrdersOf, QuotesOf, ResponsesOf,
        ScoresOf, ServiceRequestsOf, SitesOf, TasksOf, few,
    },
    sales::{Lead, Opportunity, Order, Quote},
    segmentation::CustomerScore,
    service::{Agreement, Asset, Entitlement, ServiceRequest, Site, SurveyResponse},
    work::Task,
};

/// A person or an organization that we deal with: the one record that sales, marketing and service share.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Customer {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Customer {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Customer {
    /// Who looked after the customer from when until when, newest first.
    async fn ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_customer(ctx, self.row.id, first, after).await
    }

    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "customer", &self.row.custom)
    }

    /// The organization this one belongs to.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.parent_id).await?.map(Customer::from))
    }

    /// The user who looks after the customer.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }

    /// The lifecycle stage that the customer is in.
    async fn stage(&self, ctx: &Context<'_>) -> Result<Option<LifecycleStage>> {
        Ok(ctx.load(self.row.stage_id).await?.map(LifecycleStage::from))
    }

    /// How the customer came from stage to stage, newest first, and how long they were in each before.
    async fn lifecycle(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<LifecycleMove>> {
        lifecycle(ctx, self.row.id, first, after).await
    }

    /// The newest contacts, at most 50.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Contact>> {
        let rows = ctx.load_many(ContactsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Contact::from).collect())
    }

    /// The latest interactions, at most 50.
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Interaction>> {
        let rows = ctx.load_many(InteractionsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Interaction::from).collect())
    }

    /// The latest consents, at most 50.
    async fn consents(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Consent>> {
        let rows = ctx.load_many(ConsentsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Consent::from).collect())
    }

    /// The newest contact points, at most 50.
    async fn contact_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<ContactPoint>> {
        let rows = ctx.load_many(ContactPointsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(ContactPoint::from).collect())
    }

    /// The newest tasks, at most 50.
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Task>> {
        let rows = ctx.load_many(TasksOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Task::from).collect())
    }

    /// What was done that concerns the customer, newest first, by whichever department.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<HistoryEntry>> {
        timeline(ctx, self.row.id, first, after).await
    }

    /// The scores that the customer has, in the order of their keys.
    async fn scores(&self, ctx: &Context<'_>) -> Result<Vec<CustomerScore>> {
        let rows = ctx.load_many(ScoresOf(self.row.id)).await?;
        Ok(rows.into_iter().map(CustomerScore::from).collect())
    }

    /// The newest leads that became this customer, at most 50.
    async fn leads(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Lead>> {
        let rows = ctx.load_many(LeadsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Lead::from).collect())
    }

    /// The newest quotes, at most 50.
    async fn quotes(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Quote>> {
        let rows = ctx.load_many(QuotesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Quote::from).collect())
    }

    /// The newest opportunities, at most 50.
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Opportunity>> {
        let rows = ctx.load_many(OpportunitiesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Opportunity::from).collect())
    }

    /// The newest service requests, at most 50.
    async fn service_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<ServiceRequest>> {
        let rows = ctx.load_many(ServiceRequestsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(ServiceRequest::from).collect())
    }

    /// What they said to surveys, newest first, at most 50.
    async fn survey_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<SurveyResponse>> {
        let rows = ctx.load_many(ResponsesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(SurveyResponse::from).collect())
    }

    /// The latest orders, at most 50.
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Order>> {
        let rows = ctx.load_many(OrdersOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Order::from).collect())
    }

    /// The newest sites, at most 50.
    async fn sites(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Site>> {
        let rows = ctx.load_many(SitesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Site::from).collect())
    }

    /// The newest assets, at most 50.
    async fn assets(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Asset>> {
        let rows = ctx.load_many(AssetsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Asset::from).collect())
    }

    /// The newest agreements, at most 50.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Agreement>> {
        let rows = ctx.load_many(AgreementsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Agreement::from).collect())
    }

    /// The newest entitlements, at most 50.
    async fn entitlements(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Entitlement>> {
        let rows = ctx.load_many(EntitlementsOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Entitlement::from).collect())
    }
}

#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// Customers, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Customer>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One customer.
    async fn customer(&self, ctx: &Context<'_>, id: Id) -> Result<Customer> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

/// A customer that another system knows by an id of its own.
#[derive(InputObject)]
struct UpsertCustomer {
    /// The other system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What the customer is like.
    customer: NewCustomer,
}

#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Make a customer.
    async fn create_customer(&self, ctx: &Context<'_>, input: NewCustomer) -> Result<Customer> {
        Ok(customers::create(ctx.me()?, input).await?.into())
    }

    /// Make the customer that another system knows by this id, or change it.
    async fn upsert_customer(
        &self,
        ctx: &Context<'_>,
        input: UpsertCustomer,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Customer> {
        let UpsertCustomer { source, external_id, customer } = input;
        Ok(customers::upsert(ctx.me()?, source, external_id, if_version.into(), customer)
            .await?
            .0
            .into())
    }

    /// Change a customer: what is left out stays, null clears.
    async fn update_customer(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: CustomerPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Customer> {
        Ok(customers::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a customer. It can be restored.
    async fn delete_customer(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Customer> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted customer back.
    async fn restore_customer(&self, ctx: &Context<'_>, id: Id) -> Result<Customer> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
