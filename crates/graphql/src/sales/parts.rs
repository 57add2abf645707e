use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use rapport_domain::sales::opportunities::parts;
use rapport_entity::sales::{opportunity_contact, opportunity_line, opportunity_period};

use super::{PipelineStage, Product};
use crate::{customers::Contact, identity::User, rows::ContextExt};

/// One line of an opportunity.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OpportunityLine {
    #[graphql(flatten)]
    row: opportunity_line::OpportunityLine,
}

impl From<opportunity_line::OpportunityLine> for OpportunityLine {
    fn from(row: opportunity_line::OpportunityLine) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl OpportunityLine {
    /// The product, where it is one of ours.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(self.row.product_id).await?.map(Product::from))
    }
}

/// A person on the customer's side of an opportunity.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OpportunityContact {
    #[graphql(flatten)]
    row: opportunity_contact::Model,
}

impl From<opportunity_contact::Model> for OpportunityContact {
    fn from(row: opportunity_contact::Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl OpportunityContact {
    /// The person.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(Some(self.row.contact_id)).await?.map(Contact::from))
    }
}

/// A user who works on an opportunity, with what is theirs of it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OpportunityShare {
    #[graphql(flatten)]
    row: parts::OpportunityShare,
}

impl From<parts::OpportunityShare> for OpportunityShare {
    fn from(row: parts::OpportunityShare) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl OpportunityShare {
    /// The user.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(Some(self.row.user_id)).await?.map(User::from))
    }
}

/// What an opportunity was for some time.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OpportunityPeriod {
    #[graphql(flatten)]
    row: opportunity_period::OpportunityPeriod,
}

impl From<opportunity_period::OpportunityPeriod> for OpportunityPeriod {
    fn from(row: opportunity_period::OpportunityPeriod) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl OpportunityPeriod {
    /// The stage.
    async fn stage(&self, ctx: &Context<'_>) -> Result<Option<PipelineStage>> {
        Ok(ctx.load(Some(self.row.stage_id)).await?.map(PipelineStage::from))
    }

    /// The user who had it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }
}
