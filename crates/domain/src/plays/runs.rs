//! Runs as they are written down. Each is a row of its occasion, which is there once, and a timer.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    TimeZone,
    customers::customer,
    plays::{
        play,
        play_run::{self, ActiveModel, Column, Entity, Model, Reason, Status},
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    history::{Look, Touch},
    hours::out_of,
};
use crate::kernel::{Ctx, Result, Tx, bulk, is_among};

/// The kind of the timers.
pub(super) const TIMER: &str = "play_run";

/// How long runs that are over are kept: longer than a year, so that nothing of a year is forgotten within it.
const KEPT: TimeDelta = TimeDelta::days(400);

/// So many are written by one statement.
const SOME: usize = 2_000;

/// One that is there already stays as it is, but for one that waits for a moment that is another by now, or that was called
/// off and comes up again.
const CONFLICT: &str = " on conflict (workspace_id, play_id, customer_id, occasion) do update set \
    occurred_at = excluded.occurred_at, due_at = excluded.due_at, status = 'waiting', ended_at = null, \
    attempts = 0, problem = null, version = play_run.version + 1, updated_at = excluded.updated_at \
    where play_run.status = 'cancelled' \
    or (play_run.status = 'waiting' and play_run.occurred_at <> excluded.occurred_at)";

/// Writes down that a play is to be played on some occasions, each once.
pub async fn plan(tx: &Tx<'_>, play: &play::Model, touches: &[Touch]) -> Result<()> {
    let touches = each_once(touches);
    for some in touches.chunks(SOME) {
        let look = Look { db: tx.transaction(), actor: tx.actor() };
        let zones = zones(look, play.quiet_hours.is_some(), some).await?;
        let rows: Vec<Model> = some.iter().map(|touch| row(tx, play, &zones, touch)).collect();
        bulk::insert_or::<Entity>(tx.transaction(), &rows, CONFLICT).await?;
    }
    if touches.is_empty() { Ok(()) } else { set_timers(tx, play.id).await }
}

/// A statement writes a row once.
fn each_once(touches: &[Touch]) -> Vec<Touch> {
    let mut touches = touches.to_vec();
    touches.sort_by(|a, b| (a.customer, &a.occasion).cmp(&(b.customer, &b.occasion)));
    touches.dedup_by(|a, b| (a.customer, &a.occasion) == (b.customer, &b.occasion));
    touches
}

/// The time zones of those customers who have one of their own, where they matter.
pub async fn zones(
    look: Look<'_>,
    matter: bool,
    touches: &[Touch],
) -> Result<HashMap<customer::Id, TimeZone>> {
    use customer::Column::{Id, TimeZone as Zone, WorkspaceId};
    if !matter {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = touches.iter().map(|touch| touch.customer.uuid()).collect();
    let zones = customer::Entity::find()
        .select_only()
        .columns([Id, Zone])
        .filter(WorkspaceId.eq(look.actor.workspace))
        .filter(is_among(Expr::col((customer::Entity, Id)), &ids, look.backend()))
        .filter(Zone.is_not_null())
        .into_tuple::<(customer::Id, TimeZone)>();
    Ok(zones.all(look.db).await?.into_iter().collect())
}

fn row(
    tx: &Tx<'_>,
    play: &play::Model,
    zones: &HashMap<customer::Id, TimeZone>,
    touch: &Touch,
) -> Model {
    let zone = zones.get(&touch.customer).unwrap_or(&tx.actor().time_zone);
    Model {
        id: play_run::Id::new(),
        workspace_id: tx.actor().workspace,
        play_id: play.id,
        customer_id: touch.customer,
        occasion: touch.occasion.clone(),
        occurred_at: touch.at,
        due_at: out_of(play.quiet_hours.as_ref(), zone, touch.at),
        status: Status::Waiting,
        reason: None,
        problem: None,
        attempts: 0,
        ended_at: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        deleted_at: None,
    }
}

/// Sets the timers of a play's runs that wait and were just written.
async fn set_timers(tx: &Tx<'_>, play: play::Id) -> Result<()> {
    let sql = "insert into timer (workspace_id, kind, subject_id, due_at) \
        select workspace_id, $1, id, due_at from play_run \
        where workspace_id = $2 and play_id = $3 and status = 'waiting' and updated_at >= $4 \
        on conflict (workspace_id, kind, subject_id) do update set due_at = excluded.due_at";
    let values = [TIMER.into(), tx.actor().workspace.into(), play.into(), tx.now().into()];
    let statement = Statement::from_sql_and_values(tx.backend(), sql, values);
    tx.transaction().execute_raw(statement).await?;
    Ok(())
}

/// Calls off all that waits of a play.
pub async fn cancel(tx: &Tx<'_>, play: play::Id) -> Result<()> {
    let waiting = Condition::all().add(Column::PlayId.eq(play)).add(is_waiting());
    Entity::update_many()
        .set(over(tx, Status::Cancelled, None))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(waiting)
        .exec(tx.transaction())
        .await?;
    Ok(())
}

fn is_waiting() -> Expr {
    // As the index says it.
    Expr::cust("status = 'waiting'")
}

fn over(tx: &Tx<'_>, status: Status, reason: Option<Reason>) -> ActiveModel {
    ActiveModel {
        status: Set(status),
        reason: Set(reason),
        ended_at: Set(Some(tx.now())),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

/// A run that waits, which nobody else carries out or calls off until the transaction ends.
pub async fn hold(tx: &Tx<'_>, id: play_run::Id) -> Result<Option<Model>> {
    let runs = tx.rows::<Entity>();
    let this = || Condition::all().add(Column::Id.eq(id));
    let waiting = this().add(Column::Status.eq(Status::Waiting));
    if runs.set(Column::UpdatedAt, tx.now(), waiting).await? == 0 {
        return Ok(None);
    }
    Ok(runs.all(Entity::find().filter(this())).await?.pop())
}

/// Writes down what came of a run.
pub async fn end(tx: &Tx<'_>, run: &Model, status: Status, reason: Option<Reason>) -> Result<()> {
    let tried = i32::from(status == Status::Done);
    let to = ActiveModel {
        attempts: Set(run.attempts + tried),
        problem: Set(run.problem.clone().filter(|_| status != Status::Done)),
        ..over(tx, status, reason)
    };
    change(tx, run, to).await
}

/// Writes down that a run has failed: it is tried again at a time, or never.
pub async fn fail(
    tx: &Tx<'_>,
    run: &Model,
    problem: String,
    again: Option<DateTime<Utc>>,
) -> Result<()> {
    let to = match again {
        Some(due_at) => {
            tx.set_timer(TIMER, run.id.uuid(), Some(due_at)).await?;
            ActiveModel { due_at: Set(due_at), ..Default::default() }
        }
        None => over(tx, Status::Failed, None),
    };
    let to = ActiveModel { attempts: Set(run.attempts + 1), problem: Set(Some(problem)), ..to };
    change(tx, run, to).await
}

/// Writes down that the time of a run has not come after all.
pub async fn postpone(
    tx: &Tx<'_>,
    run: &Model,
    occurred_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<()> {
    tx.set_timer(TIMER, run.id.uuid(), Some(due_at)).await?;
    let to =
        ActiveModel { occurred_at: Set(occurred_at), due_at: Set(due_at), ..Default::default() };
    change(tx, run, to).await
}

async fn change(tx: &Tx<'_>, run: &Model, to: ActiveModel) -> Result<()> {
    let to = ActiveModel { version: Set(run.version + 1), updated_at: Set(tx.now()), ..to };
    let this = Condition::all().add(Column::Id.eq(run.id));
    tx.rows::<Entity>().change(to, this).await.map(drop)
}

/// How often a play was played for a customer since a time.
pub async fn played_since(tx: &Tx<'_>, run: &Model, since: DateTime<Utc>) -> Result<usize> {
    let played = Entity::find()
        .filter(Column::PlayId.eq(run.play_id))
        .filter(Column::CustomerId.eq(run.customer_id))
        .filter(Column::Status.eq(Status::Done))
        .filter(Column::EndedAt.gt(since));
    Ok(tx.rows::<Entity>().all(played).await?.len())
}

/// Forgets the runs of a workspace that ran out, some at a time, and says whether there may be more.
pub(crate) async fn prune(ctx: &Ctx) -> Result<bool> {
    let before = ctx.database().clock().now() - KEPT;
    ctx.tx(async |tx| {
        tx.unheard();
        let old = Entity::find()
            .filter(Column::CreatedAt.lte(before))
            .filter(Column::Status.ne(Status::Waiting))
            .order_by_asc(Column::CreatedAt)
            .limit(1_000);
        let runs = tx.rows::<Entity>();
        let ids: Vec<play_run::Id> = runs.all(old).await?.into_iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            runs.delete(Condition::all().add(Column::Id.is_in(ids.iter().copied()))).await?;
        }
        Ok(ids.len() >= 1_000)
    })
    .await
}
