use async_graphql::{Context, Object, Result};
use rapport_domain::integration::history::{self, Audited};
use rapport_entity::{customers::customer::Id, log::history::HistoryEntry};
use uuid::Uuid;

use crate::{
    connection::{Connected, by_argument, connect, part},
    rows::ContextExt,
};

#[derive(Default)]
pub struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// What was done that concerns a customer, newest first: to them, their contacts and their orders, by whichever
    /// department.
    async fn customer_timeline(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<HistoryEntry>> {
        timeline(ctx, id, first, after).await
    }

    /// Who changed which member of which record from what to what, newest first.
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was done to this record.")] subject: Option<Uuid>,
        #[graphql(desc = "Only what this user, or API key, did.")] actor: Option<Uuid>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<HistoryEntry>> {
        let (part, continued) = part(first, after)?;
        let page = history::audit(ctx.me()?, Audited { subject, actor }, &part).await;
        Ok(connect(page.map_err(by_argument)?, continued))
    }
}

/// A customer's timeline.
pub async fn timeline(
    ctx: &Context<'_>,
    id: Id,
    first: i32,
    after: Option<String>,
) -> Result<Connected<HistoryEntry>> {
    let (part, continued) = part(first, after)?;
    let page = history::timeline(ctx.me()?, id, &part).await.map_err(by_argument)?;
    Ok(connect(page, continued))
}
