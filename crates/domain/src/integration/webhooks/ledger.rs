//! What is written down of deliveries. Whoever writes has locked the endpoint's lease first: its worker, if the lease is
//! still its own, or a use case.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rapport_entity::{
    integration::{
        webhook_delivery::{self, Column, Entity, Model, Status},
        webhook_endpoint::{self, DisabledReason},
        webhook_lease,
    },
    log::event,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::kernel::{Ctx, Result, Tx, Update, database::is_one_of, is_among};

/// The id of an event's delivery to an endpoint. It follows from both, so that it is found without looking; it begins as
/// the event's does, with the time.
pub fn delivery_id(endpoint: webhook_endpoint::Id, event: Uuid) -> webhook_delivery::Id {
    let both = [endpoint.uuid().into_bytes(), event.into_bytes()].concat();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &both);
    let mut bytes = event.into_bytes();
    for (byte, hashed) in bytes.iter_mut().skip(6).zip(digest.as_ref()) {
        *byte = *hashed;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid().into()
}

/// The delivery of an event that is to be sent, as it is before the first attempt.
pub fn new_delivery(
    endpoint: webhook_endpoint::Id,
    event: &event::Model,
    now: DateTime<Utc>,
) -> Model {
    Model {
        id: delivery_id(endpoint, event.id),
        workspace_id: event.workspace_id,
        endpoint_id: endpoint,
        event_id: event.id,
        event_seq: Some(event.seq),
        event_type: crate::integration::cloud_event::event_type(&event.name),
        subject_id: event.subject_id,
        subject_version: event.subject_version,
        status: Status::Pending,
        next_attempt_at: None,
        attempt_count: 0,
        response_status: None,
        attempts: webhook_delivery::Attempts::default(),
        in_order: true,
        tried_since: None,
        tries: 0,
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// Locks an endpoint's lease until the transaction ends, before anything else of the endpoint.
pub async fn hold(tx: &Tx<'_>, endpoint: webhook_endpoint::Id) -> Result<()> {
    if tx.backend() == DbBackend::Postgres {
        let sql =
            "select 1 from webhook_lease where workspace_id = $1 and endpoint_id = $2 for update";
        let values = [tx.actor().workspace.into(), endpoint.into()];
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        tx.transaction().query_one_raw(lock).await?;
    }
    Ok(())
}

/// Locks an endpoint's lease if it is this node's; whether it is.
pub async fn fence(tx: &Tx<'_>, endpoint: webhook_endpoint::Id, node: Uuid) -> Result<bool> {
    let mine = Condition::all()
        .add(webhook_lease::Column::EndpointId.eq(endpoint))
        .add(webhook_lease::Column::Node.eq(node));
    let leases = tx.rows::<webhook_lease::Entity>();
    Ok(leases.set(webhook_lease::Column::Node, node, mine).await? == 1)
}

/// From now on there is somebody to send to an endpoint.
pub async fn open(tx: &Tx<'_>, endpoint: webhook_endpoint::Id) -> Result<()> {
    let leases = tx.rows::<webhook_lease::Entity>();
    let row = webhook_lease::Model {
        workspace_id: tx.actor().workspace,
        endpoint_id: endpoint,
        node: None,
        until: 0,
    };
    use webhook_lease::Column::{EndpointId, WorkspaceId};
    leases.upsert(&[row], &[WorkspaceId, EndpointId]).await
}

/// From now on nobody sends to an endpoint.
pub async fn close(tx: &Tx<'_>, endpoint: webhook_endpoint::Id) -> Result<()> {
    let which = Condition::all().add(webhook_lease::Column::EndpointId.eq(endpoint));
    tx.rows::<webhook_lease::Entity>().delete(which).await.map(|_| ())
}

/// Writes deliveries down as they are.
pub async fn write(tx: &Tx<'_>, rows: &[Model]) -> Result<()> {
    tx.rows::<Entity>().upsert(rows, &[Column::WorkspaceId, Column::Id]).await
}

/// Lets the next delivery about each of these records be sent that waited for one before it. The records of which there
/// was one: what comes after it still waits.
pub async fn release(
    tx: &Tx<'_>,
    endpoint: webhook_endpoint::Id,
    subjects: &[Uuid],
) -> Result<Vec<Uuid>> {
    let mut waited_for = Vec::new();
    for subject in subjects {
        let next = Entity::find()
            .filter(in_order(endpoint))
            .filter(Column::SubjectId.eq(*subject))
            .order_by_asc(Column::EventSeq)
            .limit(1);
        let Some(row) = tx.rows::<Entity>().all(next).await?.pop() else { continue };
        waited_for.push(*subject);
        if row.next_attempt_at.is_none() {
            let this = Condition::all().add(Column::Id.eq(row.id));
            tx.rows::<Entity>().set(Column::NextAttemptAt, tx.now(), this).await?;
        }
    }
    Ok(waited_for)
}

/// The records about which something is on its way that what comes later waits for.
pub async fn waited_for(ctx: &Ctx, endpoint: webhook_endpoint::Id) -> Result<HashSet<Uuid>> {
    let subjects = Entity::find()
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(in_order(endpoint))
        .select_only()
        .column(Column::SubjectId)
        .distinct()
        .into_tuple::<Uuid>();
    Ok(subjects.all(&ctx.reader().await?).await?.into_iter().collect())
}

/// The records about which everything waits, and nothing is on its way that it waits for. There should be none.
pub async fn stuck(ctx: &Ctx, endpoint: webhook_endpoint::Id) -> Result<HashSet<Uuid>> {
    let subjects = Entity::find()
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(in_order(endpoint))
        .select_only()
        .column(Column::SubjectId)
        .group_by(Column::SubjectId)
        .having(Column::NextAttemptAt.count().eq(0))
        .into_tuple::<Uuid>();
    Ok(subjects.all(&ctx.reader().await?).await?.into_iter().collect())
}

fn in_order(endpoint: webhook_endpoint::Id) -> Condition {
    Condition::all()
        .add(Column::EndpointId.eq(endpoint))
        .add(Column::Status.eq(Status::Pending))
        .add(Column::InOrder.eq(true))
}

/// The deliveries whose time has come, those that have waited longest first.
pub async fn due(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>> {
    let due = Entity::find()
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::Status.eq(Status::Pending))
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::EventSeq)
        .limit(limit);
    ctx.rows::<Entity>().all(due).await
}

/// The endpoints of a workspace with deliveries whose time has come.
pub async fn have_due(ctx: &Ctx, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let due = Entity::find()
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(Column::Status.eq(Status::Pending))
        .filter(Column::NextAttemptAt.lte(now))
        .select_only()
        .column(Column::EndpointId)
        .distinct()
        .into_tuple::<Uuid>();
    Ok(due.all(&ctx.reader().await?).await?)
}

/// Which of these deliveries are written down already.
pub async fn known(ctx: &Ctx, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let these = is_one_of(Expr::col(Column::Id), ids, ctx.database().backend());
    let known = Entity::find()
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(these)
        .select_only()
        .column(Column::Id)
        .into_tuple::<Uuid>();
    Ok(known.all(&ctx.reader().await?).await?.into_iter().collect())
}

/// Those of these deliveries that are written down.
pub async fn deliveries(tx: &Tx<'_>, ids: &[Uuid]) -> Result<HashMap<webhook_delivery::Id, Model>> {
    let mut found = HashMap::new();
    for some in ids.chunks(1_000) {
        let these = is_among(Expr::col(Column::Id), some, tx.backend());
        let rows = tx.rows::<Entity>().all(Entity::find().filter(these)).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// The events of deliveries, where they are still in the log.
pub async fn events(ctx: &Ctx, rows: &[Model]) -> Result<Vec<event::Model>> {
    let seqs: Vec<i64> = rows.iter().filter_map(|row| row.event_seq).collect();
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let these = event::Entity::find().filter(event::Column::Seq.is_in(seqs));
    ctx.rows::<event::Entity>().all(these).await
}

/// What waits is tried at once: the endpoint answers again.
pub async fn hasten(tx: &Tx<'_>, endpoint: webhook_endpoint::Id) -> Result<()> {
    let later = Condition::all()
        .add(Column::EndpointId.eq(endpoint))
        .add(Column::Status.eq(Status::Pending))
        .add(Column::NextAttemptAt.gt(tx.now()));
    tx.rows::<Entity>().set(Column::NextAttemptAt, tx.now(), later).await.map(|_| ())
}

/// Everything on its way to an endpoint becomes a dead letter.
pub async fn give_up(tx: &Tx<'_>, endpoint: webhook_endpoint::Id) -> Result<()> {
    let deliveries = tx.rows::<Entity>();
    // A ping waits for no other, and is of use to a disabled endpoint too.
    let pending = || {
        Condition::all()
            .add(Column::EndpointId.eq(endpoint))
            .add(Column::Status.eq(Status::Pending))
            .add(Column::EventSeq.is_not_null())
    };
    let none: Option<DateTime<Utc>> = None;
    deliveries.set(Column::NextAttemptAt, none, pending()).await?;
    deliveries.set(Column::Status, Status::Dead, pending()).await.map(|_| ())
}

/// Disables an endpoint of ourselves, and says so.
pub async fn disable(
    tx: &Tx<'_>,
    endpoint: webhook_endpoint::Id,
    reason: DisabledReason,
) -> Result<()> {
    let endpoints = tx.entailed::<webhook_endpoint::Entity, Update>();
    let before = endpoints.lock(endpoint, crate::kernel::Expected::Any).await?;
    if !before.enabled {
        return Ok(());
    }
    give_up(tx, endpoint).await?;
    let after =
        webhook_endpoint::Model { enabled: false, disabled_reason: Some(reason), ..before.clone() };
    endpoints.save(&before, after, "disabled", &[]).await?;
    tracing::warn!(%endpoint, ?reason, "a webhook endpoint was disabled");
    Ok(())
}

/// Since when nothing gets through. Nobody changes the endpoint by it, so it keeps its version.
pub async fn set_failing(
    tx: &Tx<'_>,
    endpoint: webhook_endpoint::Id,
    since: Option<DateTime<Utc>>,
) -> Result<()> {
    let which = Condition::all().add(webhook_endpoint::Column::Id.eq(endpoint));
    let endpoints = tx.rows::<webhook_endpoint::Entity>();
    endpoints.set(webhook_endpoint::Column::FailingSince, since, which).await.map(|_| ())
}

/// Removes deliveries of an endpoint that were made before a time and are done with, some at a time; how many.
pub async fn prune(
    ctx: &Ctx,
    endpoint: webhook_endpoint::Id,
    before: DateTime<Utc>,
) -> Result<u64> {
    let old = Entity::find()
        .filter(Column::WorkspaceId.eq(ctx.actor().workspace))
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::CreatedAt.lt(before))
        .filter(Column::Status.ne(Status::Pending))
        .select_only()
        .column(Column::Id)
        .limit(PRUNED)
        .into_tuple::<Uuid>();
    let ids: Vec<Uuid> = old.all(&ctx.reader().await?).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    ctx.tx(async |tx| {
        tx.unheard();
        let these = is_among(Expr::col(Column::Id), &ids, tx.backend());
        tx.rows::<Entity>().delete(these.into()).await
    })
    .await
}

/// So many are removed in one transaction.
const PRUNED: u64 = 500;
