use std::{collections::VecDeque, time::Duration};

use futures_util::{Stream, TryStreamExt, stream};
use rapport_entity::log::event::Event;
use tokio::time::Instant;

use super::{After, Wanted, feed::Reader, on_the_wire};
use crate::kernel::{Ctx, Result, log::Entry};

/// So many events are read at once, and no more are kept in memory for a subscriber.
const PAGE: u64 = 100;

/// Nobody who subscribes is in a hurry to be told that there is nothing.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What happens from a place on, as it happens, in the form that our own clients know.
///
/// # Errors
/// As [`subscribe_raw`].
pub async fn subscribe(
    ctx: Ctx,
    wanted: Wanted,
    after: After,
) -> Result<impl Stream<Item = Result<Event>> + Send + use<>> {
    Ok(subscribe_raw(ctx, wanted, after).await?.map_ok(on_the_wire))
}

/// What happens from a place on, as it happens: of what the actor may read then, in the order of committing. Each event
/// comes once; whoever is cut off goes on from the last event's cursor and misses none.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden); [`Error::Invalid`](crate::Error::Invalid) where the filter is wrong;
/// [`Error::Gone`](crate::Error::Gone). After an error the stream ends, so too where the actor may no longer ask.
pub async fn subscribe_raw(
    ctx: Ctx,
    wanted: Wanted,
    after: After,
) -> Result<impl Stream<Item = Result<Entry>> + Send + use<>> {
    let reader = Reader::begin(ctx, wanted, after).await?;
    Ok(stream::try_unfold((reader, VecDeque::new()), async |(mut reader, mut ready)| {
        loop {
            if let Some(entry) = ready.pop_front() {
                return Ok(Some((entry, (reader, ready))));
            }
            let page = reader.next(PAGE).await?;
            if page.events.is_empty() && !page.more {
                reader.wait(Instant::now() + PATIENCE).await;
            }
            ready = page.events.into();
        }
    }))
}
