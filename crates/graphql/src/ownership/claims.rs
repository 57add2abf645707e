use async_graphql::{Context, Object, Result};
use rapport_domain::ownership::claims::{self, ReleaseToPool};
use rapport_entity::{customers::customer, sales::lead};

use crate::{customers::Customer, rows::ContextExt, sales::Lead};

#[derive(Default)]
pub struct ClaimMutation;

#[Object]
impl ClaimMutation {
    /// Claim a customer that nobody has, from the pool that it is in. One that the caller has stays theirs.
    async fn claim_customer(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Customer> {
        Ok(claims::claim_customer(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Give a customer back to the pool. One that nobody has stays there.
    async fn release_customer(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
        input: ReleaseToPool,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Customer> {
        Ok(claims::release_customer(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Claim an open lead that nobody has, from the pool that it is in. One that the caller has stays theirs.
    async fn claim_lead(
        &self,
        ctx: &Context<'_>,
        id: lead::Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(claims::claim_lead(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Give an open lead back to the pool. One that nobody has stays there.
    async fn release_lead(
        &self,
        ctx: &Context<'_>,
        id: lead::Id,
        input: ReleaseToPool,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<Lead> {
        Ok(claims::release_lead(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
