use async_graphql::{Context, Object, Result};
use rapport_domain::customers::tags;
use rapport_entity::{Tag, customers::custom_field::Extended};

use crate::rows::ContextExt;

#[derive(Default)]
pub struct TagQuery;

#[Object]
impl TagQuery {
    /// The tags that are in use on records of a kind.
    async fn tags(&self, ctx: &Context<'_>, resource: Extended) -> Result<Vec<Tag>> {
        Ok(tags::list(ctx.me()?, resource).await?.items)
    }
}
