use async_graphql::{Context, Object, Result};
use rapport_domain::service::clocks::shown::{self, Clock};
use rapport_entity::service::service_request::Id;

use crate::rows::ContextExt;

#[derive(Default)]
pub struct ServiceClockQuery;

#[Object]
impl ServiceClockQuery {
    /// The clocks of a service request: what was promised, until when, what came of it, and why. The latest of each kind first.
    async fn service_request_clocks(&self, ctx: &Context<'_>, id: Id) -> Result<Vec<Clock>> {
        Ok(shown::of_request(ctx.me()?, id).await?)
    }
}
