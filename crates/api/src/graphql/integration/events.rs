use async_graphql::{Context, Result, Subscription};
use futures_util::{Stream, TryStreamExt};
use rapport_domain::integration::events;
use rapport_entity::log::event::Event;

use crate::graphql::rows::ContextExt;

#[derive(Default)]
pub struct EventSubscription;

#[Subscription]
impl EventSubscription {
    /// What happens from now on, as it happens, of what one may read; or from after an event on.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that one has seen.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let events = events::subscribe(ctx.me()?.clone(), after).await?;
        Ok(events.map_err(async_graphql::Error::from))
    }
}
