use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::leads::{
        assignment,
        clock::{self, Clock},
        conversion::{self, ConvertLead},
        leads::{self, LeadPatch, NewLead},
        matches,
        scoring::{self, LeadScore},
        steps::{self, DisqualifyLead},
        undoing,
    },
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    sales::lead::{self, Entity, Id, Model},
};

use super::Opportunity;
use crate::{
    connection::{Args, Connected, list},
    customers::{Contact, CustomValue, Customer, custom_values},
    identity::User,
    ownership::{OwnershipPeriod, of_lead},
    rows::ContextExt,
};

/// Somebody who may become a customer, or buy again.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Lead {
    #[graphql(flatten)]
    row: lead::Lead,
}

impl From<Model> for Lead {
    fn from(row: Model) -> Self {
        Self { row: row.into() }
    }
}

#[ComplexObject]
impl Lead {
    /// Who had it from when until when, newest first.
    async fn ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_lead(ctx, self.row.id, first, after).await
    }

    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "lead", &self.row.custom)
    }

    /// The user who has it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }

    /// The customer that it became, or turned out to be.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The contact there that it became, or turned out to be.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The opportunity that it became.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        Ok(ctx.load(self.row.opportunity_id).await?.map(Opportunity::from))
    }
}

impl From<lead::Lead> for Lead {
    fn from(row: lead::Lead) -> Self {
        Self { row }
    }
}

/// A customer whom a lead may be, or speak for.
#[derive(SimpleObject)]
#[graphql(complex)]
struct LeadMatch {
    #[graphql(flatten)]
    row: matches::LeadMatch,
}

#[ComplexObject]
impl LeadMatch {
    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(Some(self.row.customer_id)).await?.map(Customer::from))
    }
}

/// The lead that another system knows by an id.
#[derive(InputObject)]
struct UpsertLead {
    /// The system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is there.
    lead: NewLead,
}

#[derive(Default)]
pub struct LeadQuery;

#[Object]
impl LeadQuery {
    /// Leads, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn leads(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Lead>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One lead.
    async fn lead(&self, ctx: &Context<'_>, id: Id) -> Result<Lead> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How soon a lead is to be answered, and why: the hours that count, and when whoever has it is warned.
    async fn lead_response_clock(&self, ctx: &Context<'_>, id: Id) -> Result<Clock> {
        Ok(clock::of_lead(ctx.me()?, id).await?)
    }

    /// How the score of a lead comes about: each rule that counts, and whether it holds.
    async fn lead_score(&self, ctx: &Context<'_>, id: Id) -> Result<LeadScore> {
        Ok(scoring::explain(ctx.me()?, id).await?)
    }

    /// The customers whom a lead would join when it is converted, and why.
    async fn lead_matches(&self, ctx: &Context<'_>, id: Id) -> Result<Vec<LeadMatch>> {
        let matches = matches::list(ctx.me()?, id).await?;
        Ok(matches.into_iter().map(|row| LeadMatch { row }).collect())
    }
}

#[derive(Default)]
pub struct LeadMutation;

#[Object]
impl LeadMutation {
    /// Make a lead.
    async fn create_lead(&self, ctx: &Context<'_>, input: NewLead) -> Result<Lead> {
        Ok(leads::create(ctx.me()?, input).await?.into())
    }

    /// Change a lead: what is left out stays, null clears.
    async fn update_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LeadPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Lead> {
        let expected = Expected::of(if_version, base_version);
        Ok(leads::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a lead. It can be restored.
    async fn delete_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(leads::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted lead back.
    async fn restore_lead(&self, ctx: &Context<'_>, id: Id) -> Result<Lead> {
        Ok(leads::restore(ctx.me()?, id).await?.into())
    }

    /// Make the lead that another system knows by this id, or change it. What is left out, or null, stays as it is.
    async fn upsert_lead(
        &self,
        ctx: &Context<'_>,
        input: UpsertLead,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        let UpsertLead { source, external_id, lead } = input;
        let expected = if_version.into();
        let (row, _) = leads::upsert(ctx.me()?, source, external_id, expected, lead).await?;
        Ok(row.into())
    }

    /// Say that somebody has answered an open lead: the response clock stops, and a new lead is worked on from now on.
    async fn respond_to_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(steps::respond(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Say that an open lead is worth selling to. One that is qualified stays so.
    async fn qualify_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(steps::qualify(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Say that nothing comes of an open lead, and why.
    async fn disqualify_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: DisqualifyLead,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(steps::disqualify(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Take an unqualified lead up again. One that is open stays as it is.
    async fn reopen_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(steps::reopen(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Assign an open lead by the first assignment rule that holds of it. Where nobody of the rule is free, nobody has it.
    async fn assign_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(assignment::assign(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Make an open lead a customer, with a contact where it is an organization, and an opportunity where one is wanted; or join those who are there already.
    async fn convert_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ConvertLead,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(conversion::convert(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Take a conversion back, while nothing has been built on what it made: that is deleted, what was joined stays.
    async fn unconvert_lead(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(undoing::unconvert(ctx.me()?, id, if_version.into()).await?.into())
    }
}
