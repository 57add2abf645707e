use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::ownership::history;
use rapport_entity::{
    customers::customer,
    ownership::ownership_change,
    sales::{lead, opportunity},
};

use crate::{
    connection::{Connected, by_argument, connect, part},
    identity::User,
    rows::ContextExt,
};

/// Who had a record for some time.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct OwnershipPeriod {
    #[graphql(flatten)]
    row: ownership_change::OwnershipPeriod,
}

#[ComplexObject]
impl OwnershipPeriod {
    /// The user who had it; null while nobody had it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }
}

impl From<ownership_change::OwnershipPeriod> for OwnershipPeriod {
    fn from(row: ownership_change::OwnershipPeriod) -> Self {
        Self { row }
    }
}

/// Who had a customer from when until when, newest first.
pub async fn of_customer(
    ctx: &Context<'_>,
    id: customer::Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<OwnershipPeriod>> {
    let (part, continued) = part(first, after)?;
    let page = history::of_customer(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

/// Who had a lead from when until when, newest first.
pub async fn of_lead(
    ctx: &Context<'_>,
    id: lead::Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<OwnershipPeriod>> {
    let (part, continued) = part(first, after)?;
    let page = history::of_lead(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

/// Who had an opportunity from when until when, newest first.
pub async fn of_opportunity(
    ctx: &Context<'_>,
    id: opportunity::Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<OwnershipPeriod>> {
    let (part, continued) = part(first, after)?;
    let page = history::of_opportunity(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}

#[derive(Default)]
pub struct OwnershipHistoryQuery;

#[Object]
impl OwnershipHistoryQuery {
    /// Who had a customer from when until when, newest first.
    async fn customer_ownership(
        &self,
        ctx: &Context<'_>,
        id: customer::Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_customer(ctx, id, first, after).await
    }

    /// Who had a lead from when until when, newest first.
    async fn lead_ownership(
        &self,
        ctx: &Context<'_>,
        id: lead::Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_lead(ctx, id, first, after).await
    }

    /// Who had an opportunity from when until when, newest first.
    async fn opportunity_ownership(
        &self,
        ctx: &Context<'_>,
        id: opportunity::Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<OwnershipPeriod>> {
        of_opportunity(ctx, id, first, after).await
    }
}
