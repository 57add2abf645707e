use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rapport_entity::{
    Versioned,
    integration::{
        webhook_delivery::{
            self, Attempt, Attempts, Column, Entity, Model, Status, WebhookDelivery,
        },
        webhook_endpoint,
    },
    log::event,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ledger, request, selection::is_for};
use crate::{
    integration::events::readable,
    kernel::{
        Ctx, Entry, Error, Expected, Fault, Listing, Page, Position, Read, Result, Tx, Update,
    },
};

/// A delivery with what was sent, and every attempt.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryWithAttempts {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
    /// What is posted; null where the caller may not read the record it is about, or the event has left the log.
    pub request: Option<DeliveryRequest>,
    /// The attempts, oldest first: the last thirty.
    #[schema(max_items = 30)]
    pub attempts: Vec<Attempt>,
}

impl Versioned for DeliveryWithAttempts {
    fn id(&self) -> Uuid {
        self.delivery.id.uuid()
    }

    fn version(&self) -> i32 {
        self.delivery.version
    }
}

/// What is posted to an endpoint.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct DeliveryRequest {
    /// The headers of the last attempt, or of one that would begin now; without the signature.
    #[schema(max_items = 20)]
    pub headers: Vec<DeliveryHeader>,
    /// The body: an event, as CloudEvents 1.0 has it in JSON.
    #[schema(max_length = 10_000_000)]
    pub body: String,
}

/// A header of a request.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct DeliveryHeader {
    /// Its name.
    #[schema(max_length = 100, pattern = "^[a-z-]+$")]
    pub name: String,
    /// Its value.
    #[schema(max_length = 1000)]
    pub value: String,
}

/// Which events to send again.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayWebhookEndpoint {
    /// Those that happened since then,
    pub since: DateTime<Utc>,
    /// and before then; up to now where left out.
    pub until: Option<DateTime<Utc>>,
    /// Only those that have not been delivered: dead letters, and what happened while the endpoint was disabled.
    pub undelivered: Option<bool>,
}

/// What is sent again.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, SimpleObject)]
pub struct WebhookReplay {
    /// How many events.
    #[schema(minimum = 0, maximum = 10_000)]
    pub count: i32,
}

/// How many events can be sent again at once.
const MOST: usize = 10_000;

/// How much later than it began a transaction may end, at most, that is looked for.
const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// What was, is and will be sent to an endpoint.
///
/// # Errors
/// [`Error::NotFound`] where there is no such endpoint; [`Error::Invalid`] names everything in the listing that is
/// wrong.
pub async fn list(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    listing: &Listing,
) -> Result<Page<WebhookDelivery>> {
    let deliveries = ctx.can::<Entity, Read>()?;
    ctx.can::<webhook_endpoint::Entity, Read>()?.one(endpoint).await?;
    let its = Condition::all().add(Column::EndpointId.eq(endpoint));
    Ok(deliveries.page_of(listing, its).await?.map(WebhookDelivery::from))
}

/// A delivery.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    id: webhook_delivery::Id,
) -> Result<DeliveryWithAttempts> {
    let deliveries = ctx.can::<Entity, Read>()?;
    ctx.can::<webhook_endpoint::Entity, Read>()?.one(endpoint).await?;
    let row = deliveries.one(id).await?;
    if row.endpoint_id != endpoint {
        return Err(Error::NotFound("webhook_delivery"));
    }
    let request = request_of(ctx, &row).await?;
    let attempts = row.attempts.0.clone();
    Ok(DeliveryWithAttempts { delivery: row.into(), request, attempts })
}

/// What is posted, where the caller may read it.
async fn request_of(ctx: &Ctx, row: &Model) -> Result<Option<DeliveryRequest>> {
    let event = match row.event_seq {
        None => Some(request::ping(row)),
        Some(_) => {
            let found = ledger::events(ctx, std::slice::from_ref(row)).await?;
            let entry = |event: event::Model| Entry { position: Position::default(), event };
            let entries = found.into_iter().map(entry).collect();
            readable(ctx, entries, None).await?.pop().map(|entry| entry.event)
        }
    };
    let Some(event) = event else { return Ok(None) };
    let at = row.attempts.0.last().map_or_else(|| ctx.database().clock().now(), |last| last.at);
    let header = |(name, value): (&str, String)| DeliveryHeader { name: name.to_owned(), value };
    let headers = request::plain_headers(row.event_id, at).into_iter().map(header).collect();
    let body = String::from_utf8_lossy(&request::body(event)?).into_owned();
    Ok(Some(DeliveryRequest { headers, body }))
}

/// Sends an event that is in the log of nobody: to see whether an endpoint answers, enabled or not. There is one
/// attempt; the delivery tells of it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn ping(ctx: &Ctx, endpoint: webhook_endpoint::Id) -> Result<WebhookDelivery> {
    on_endpoint(ctx, endpoint, async |tx, endpoint| {
        let event = Uuid::now_v7();
        let (subject_id, subject_version) = request::about(endpoint);
        let row = Model {
            id: ledger::delivery_id(endpoint.id, event),
            workspace_id: endpoint.workspace_id,
            endpoint_id: endpoint.id,
            event_id: event,
            event_seq: None,
            event_type: request::ping_type(),
            subject_id,
            subject_version,
            status: Status::Pending,
            next_attempt_at: Some(tx.now()),
            attempt_count: 0,
            response_status: None,
            attempts: Attempts::default(),
            in_order: false,
            tried_since: None,
            tries: 0,
            version: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            deleted_at: None,
        };
        ledger::write(tx, std::slice::from_ref(&row)).await?;
        Ok(row.into())
    })
    .await
}

/// Sends an event again, whatever became of it, under the same id. Later events about the same record do not wait.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where the endpoint is disabled.
pub async fn replay(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    id: webhook_delivery::Id,
) -> Result<WebhookDelivery> {
    on_endpoint(ctx, endpoint, async |tx, endpoint| {
        check_enabled(endpoint)?;
        let this =
            Entity::find().filter(Column::EndpointId.eq(endpoint.id)).filter(Column::Id.eq(id));
        let row = tx.rows::<Entity>().all(this).await?.pop();
        let row = again(tx, row.ok_or(Error::NotFound("webhook_delivery"))?);
        ledger::write(tx, std::slice::from_ref(&row)).await?;
        Ok(row.into())
    })
    .await
}

/// Sends the events of a stretch of time again, or for the first time, in the order in which they happened, as far as
/// each is one that the endpoint would be sent if it happened now.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where the endpoint is disabled; [`Error::Conflict`] where there are more than
/// 10,000.
pub async fn replay_since(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    range: ReplayWebhookEndpoint,
) -> Result<WebhookReplay> {
    on_endpoint(ctx, endpoint, async |tx, endpoint| {
        check_enabled(endpoint)?;
        let until = range.until.unwrap_or(tx.now() + TimeDelta::microseconds(1));
        let events = events_between(tx, within(range.since), within(until)).await?;
        let of_types = events.iter().filter(|event| is_for(event, endpoint));
        let of_types: Vec<&event::Model> = of_types.collect();
        if of_types.len() > MOST {
            return Err(too_many());
        }
        let rows = to_send(tx, endpoint, &of_types, range.undelivered.unwrap_or(false)).await?;
        ledger::write(tx, &rows).await?;
        Ok(WebhookReplay { count: i32::try_from(rows.len()).unwrap_or(i32::MAX) })
    })
    .await
}

/// Does something about the deliveries of an endpoint that the caller may change.
async fn on_endpoint<T>(
    ctx: &Ctx,
    id: webhook_endpoint::Id,
    work: impl AsyncFnOnce(&Tx<'_>, &webhook_endpoint::Model) -> Result<T>,
) -> Result<T> {
    ctx.tx(async |tx| {
        let endpoints = tx.can::<webhook_endpoint::Entity, Update>()?;
        ledger::hold(tx, id).await?;
        let endpoint = endpoints.lock(id, Expected::Any).await?;
        work(tx, &endpoint).await
    })
    .await
}

fn check_enabled(endpoint: &webhook_endpoint::Model) -> Result<()> {
    match endpoint.enabled {
        true => Ok(()),
        false => Err(Error::Refused("the endpoint is disabled: enable it first".to_owned())),
    }
}

/// A delivery as if it had never been tried, but for what is remembered of that.
fn again(tx: &Tx<'_>, row: Model) -> Model {
    Model {
        in_order: row.in_order && row.status == Status::Pending,
        status: Status::Pending,
        next_attempt_at: Some(tx.now()),
        tried_since: None,
        tries: 0,
        version: row.version + 1,
        updated_at: tx.now(),
        ..row
    }
}

/// The deliveries of some events, to be sent (again).
async fn to_send(
    tx: &Tx<'_>,
    endpoint: &webhook_endpoint::Model,
    events: &[&event::Model],
    undelivered: bool,
) -> Result<Vec<Model>> {
    let ids: Vec<Uuid> =
        events.iter().map(|event| ledger::delivery_id(endpoint.id, event.id).uuid()).collect();
    let mut known = ledger::deliveries(tx, &ids).await?;
    let row =
        |event: &&event::Model| match known.remove(&ledger::delivery_id(endpoint.id, event.id)) {
            Some(row) if undelivered && row.status == Status::Delivered => None,
            Some(row) => Some(again(tx, row)),
            None => Some(Model {
                in_order: false,
                next_attempt_at: Some(tx.now()),
                ..ledger::new_delivery(endpoint.id, event, tx.now())
            }),
        };
    Ok(events.iter().filter_map(row).collect())
}

/// A time that both databases know, and that others can be reckoned from.
fn within(time: DateTime<Utc>) -> DateTime<Utc> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let first = day(1970).and_time(NaiveTime::MIN).and_utc();
    time.clamp(first, day(9999).and_time(NaiveTime::MIN).and_utc())
}

/// The events of a stretch of time, in order. The log is not kept by time, but nearly so: the ends of the stretch are
/// found by halving, some minutes too far apart for transactions that took long.
async fn events_between(
    tx: &Tx<'_>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<event::Model>> {
    let (from, to) =
        (first_after(tx, since - LONGEST).await?, first_after(tx, until + LONGEST).await?);
    let between = event::Entity::find()
        .filter(event::Column::Seq.gte(from))
        .filter(event::Column::Seq.lte(to))
        .filter(event::Column::At.gte(since))
        .filter(event::Column::At.lt(until))
        .order_by_asc(event::Column::Seq)
        .limit(SCANNED + 1);
    let events = tx.rows::<event::Entity>().all(between).await?;
    match events.len() as u64 > SCANNED {
        true => Err(too_many()),
        false => Ok(events),
    }
}

/// So many events are read at once, of any type.
const SCANNED: u64 = 20_000;

fn too_many() -> Error {
    let why = format!("there are more than {MOST} events: send them a stretch at a time");
    Error::Conflict(vec![Fault::new("/since", why)])
}

/// Where the log stands at about a time.
async fn first_after(tx: &Tx<'_>, at: DateTime<Utc>) -> Result<i64> {
    let (mut low, mut high) = (0, last(tx).await? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match next(tx, middle).await? {
            Some(event) if event.at < at => low = event.seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

async fn last(tx: &Tx<'_>) -> Result<i64> {
    let last = event::Entity::find().order_by_desc(event::Column::Seq).limit(1);
    Ok(tx.rows::<event::Entity>().all(last).await?.pop().map_or(0, |event| event.seq))
}

async fn next(tx: &Tx<'_>, seq: i64) -> Result<Option<event::Model>> {
    let next = event::Entity::find()
        .filter(event::Column::Seq.gte(seq))
        .order_by_asc(event::Column::Seq)
        .limit(1);
    Ok(tx.rows::<event::Entity>().all(next).await?.pop())
}
