use async_graphql::{Context, Object, Result, SimpleObject, Subscription};
use futures_util::{Stream, TryStreamExt};
use rapport_domain::{
    Error,
    integration::events::{self, After, FeedPage, Wanted, on_the_wire},
};
use rapport_entity::{log::event::Event, rule::Rule};

use crate::rows::ContextExt;

/// A part of the feed.
#[derive(SimpleObject)]
pub struct EventPage {
    /// The events, in the order of committing.
    items: Vec<Event>,
    /// Hand it back as `after` to go on, at once or later: there is one at the end too.
    next_cursor: String,
    /// Whether there is more already.
    more: bool,
}

impl From<FeedPage> for EventPage {
    fn from(page: FeedPage) -> Self {
        Self {
            items: page.events.into_iter().map(on_the_wire).collect(),
            next_cursor: page.next.to_string(),
            more: page.more,
        }
    }
}

fn wanted(types: Option<Vec<String>>, filter: Option<Rule>) -> Result<Wanted, Error> {
    let types = types.unwrap_or_default();
    let types = events::parse_all(types.iter().map(String::as_str), "/types")?;
    Ok(Wanted { types, filter })
}

fn place(after: Option<String>, otherwise: After) -> Result<After, Error> {
    let read = |text: String| text.parse().map_err(|why| Error::invalid("/after", why));
    after.map_or(Ok(otherwise), read)
}

/// So many at once at most, as of any list.
fn limit(first: i32) -> Result<u64, Error> {
    let limit = u64::try_from(first).ok().filter(|limit| (1..=200).contains(limit));
    limit.ok_or_else(|| Error::invalid("/first", "must be from 1 to 200"))
}

#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// What happened, in order, of what one may read. Whoever goes on from the `nextCursor` of the page before misses
    /// nothing and gets nothing twice.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor to go on from; `start` for the oldest that is kept, `now`.")]
        after: Option<String>,
        #[graphql(desc = "Of these types: `rapport.order.updated.v1`, or `rapport.order.*`.")]
        types: Option<Vec<String>>,
        #[graphql(desc = "About records of which this rule holds, of one kind then.")]
        filter: Option<Rule>,
        #[graphql(default = 50)] first: i32,
    ) -> Result<EventPage> {
        let (wanted, after) = (wanted(types, filter)?, place(after, After::Start)?);
        let limit = limit(first)?;
        Ok(events::page(ctx.me()?, wanted, after, limit, Default::default()).await?.into())
    }
}

#[derive(Default)]
pub struct EventSubscription;

#[Subscription]
impl EventSubscription {
    /// What happens from now on, as it happens, of what one may read; or from an event on.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that one has seen; `start`, or `now`.")]
        after: Option<String>,
        #[graphql(desc = "Of these types: `rapport.order.updated.v1`, or `rapport.order.*`.")]
        types: Option<Vec<String>>,
        #[graphql(desc = "About records of which this rule holds, of one kind then.")]
        filter: Option<Rule>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let (wanted, after) = (wanted(types, filter)?, place(after, After::Now)?);
        let events = events::subscribe(ctx.me()?.clone(), wanted, after).await?;
        Ok(events.map_err(async_graphql::Error::from))
    }
}
