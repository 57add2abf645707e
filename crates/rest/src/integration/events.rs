use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::StreamExt;
use rapport_domain::{
    Error, Result,
    integration::{
        cloud_event::CloudEvent,
        events::{self, After, LONGEST_WAIT, MOST_EVENTS, Wanted},
    },
    kernel::Entry,
};
use rapport_http::{
    caller::Caller,
    limits::leave_turn,
    problem::Problem,
    sse::{self, Message},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Reply, Routes,
    query::{each, rule, unknown, within},
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_events);
}

/// The parameters of the feed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct FeedQuery {
    /// The cursor to go on from; `start` for the oldest event that is kept, `now` for what happens from now on. Where it
    /// is left out, a page begins at the start and a stream now.
    #[param(max_length = 64, pattern = "^(start|now|[0-9a-f]{1,16}-[0-9a-f]{1,16})$")]
    after: Option<String>,
    /// Only events of these types, separated by commas: `rapport.order.updated.v1`, or `rapport.order.*`.
    #[param(
        max_length = 2000,
        pattern = r"^rapport\.[a-z_]{1,40}\.([a-z_]{1,40}\.v1|\*)(,rapport\.[a-z_]{1,40}\.([a-z_]{1,40}\.v1|\*))*$"
    )]
    types: Option<String>,
    /// Only events about records of which this rule holds; the types must then be of one kind of record.
    filter: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i32>,
    /// Where there is nothing yet, wait so many seconds for it.
    #[param(minimum = 0, maximum = 60, default = 0)]
    wait: Option<i32>,
}

/// What one asks the feed for.
struct Asked {
    after: Option<After>,
    wanted: Wanted,
    limit: u64,
    wait: Duration,
}

impl Asked {
    fn read(query: &str) -> Result<Self> {
        let mut asked =
            Self { after: None, wanted: Wanted::default(), limit: 100, wait: Duration::ZERO };
        each(query, |name, value| asked.set(name, value))?;
        Ok(asked)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "after" => {
                let wrong = |why: &str| Error::invalid("/after", why);
                self.after = Some(value.parse().map_err(wrong)?);
            }
            "types" => self.wanted.types = events::parse_all(value.split(','), "/types")?,
            "filter" => self.wanted.filter = Some(rule(name, value)?),
            "limit" => self.limit = within(name, value, 1, MOST_EVENTS)?,
            "wait" => {
                self.wait = Duration::from_secs(within(name, value, 0, LONGEST_WAIT.as_secs())?);
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

/// An event of the feed.
#[derive(Serialize, ToSchema)]
struct FeedEvent {
    #[serde(flatten)]
    event: CloudEvent,
    /// Where it stands in the feed: go on from there with `after`.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{1,16}-[0-9a-f]{1,16}$")]
    cursor: String,
}

impl From<Entry> for FeedEvent {
    fn from(entry: Entry) -> Self {
        Self { cursor: entry.position.to_string(), event: entry.event.into() }
    }
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventList {
    /// The events, in the order of committing.
    #[schema(max_items = 1000)]
    items: Vec<FeedEvent>,
    /// Hand it back as `after` to go on, at once or later: there is one at the end too.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{1,16}-[0-9a-f]{1,16}$")]
    next_cursor: String,
    /// Whether there is more already.
    more: bool,
}

/// What happened, in order, of what you may read: page after page, or as it happens.
///
/// Whoever goes on from the `nextCursor` of the page before misses nothing and gets nothing twice. With
/// `Accept: text/event-stream` the events are told as they happen (Server-Sent Events), each with its cursor as its id,
/// so that a browser goes on by itself (`Last-Event-ID`) where it was cut off.
#[utoipa::path(
    tag = "events",
    params(FeedQuery),
    responses(
        (status = 200, content((EventList = "application/json"), (String = "text/event-stream"))),
        Problem
    )
)]
#[get("/events")]
async fn list_events(me: Caller, req: HttpRequest) -> Reply<HttpResponse> {
    let mut asked = Asked::read(req.query_string())?;
    if !sse::is_wanted(&req) {
        if !asked.wait.is_zero() {
            leave_turn(&req);
        }
        let after = asked.after.unwrap_or(After::Start);
        let page = events::page(&me, asked.wanted, after, asked.limit, asked.wait).await?;
        return Ok(HttpResponse::Ok().json(EventList {
            items: page.events.into_iter().map(FeedEvent::from).collect(),
            next_cursor: page.next.to_string(),
            more: page.more,
        }));
    }
    if let Some(last) = last_event_id(&req)? {
        asked.after = Some(last);
    }
    let after = asked.after.unwrap_or(After::Now);
    let events = events::subscribe_raw(me.clone(), asked.wanted, after).await?;
    Ok(sse::answer(&req, events.map(|entry| message(entry?))))
}

/// Where a stream that was cut off goes on.
fn last_event_id(req: &HttpRequest) -> Result<Option<After>> {
    let Some(id) = req.headers().get("last-event-id").filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let after = id.to_str().ok().and_then(|id| id.parse().ok());
    let wrong = || Error::invalid("/Last-Event-ID", "is not the cursor of an event");
    after.ok_or_else(wrong).map(Some)
}

fn message(entry: Entry) -> Result<Message> {
    let told = FeedEvent::from(entry);
    let data = serde_json::to_string(&told).map_err(|err| Error::Internal(err.into()))?;
    Ok(Message { id: Some(told.cursor), event: None, data })
}
