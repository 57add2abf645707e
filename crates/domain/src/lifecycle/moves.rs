use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Text,
    customers::customer,
    identity::role::Verb,
    lifecycle::{
        lifecycle_move::{self, Cause},
        lifecycle_stage::{self, Kind},
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{order::is_back, stages::held};
use crate::kernel::{Access, Ctx, Error, Expected, Fault, Read, Result, Tx, Update, is_among};

/// Where a customer is to be moved.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveCustomer {
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
    /// Why; needed for a move back.
    pub reason: Option<Text>,
}

/// A move, as one of many.
#[derive(Clone, Debug)]
pub struct Move {
    /// Who is to be moved.
    pub customer: customer::Id,
    /// What the caller thinks the customer is like.
    pub expected: Expected,
    /// Where to.
    pub to: MoveCustomer,
}

/// Moves a customer to another stage. One who is in it already stays there, and nothing happens.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where there is no such stage, or a move back has no reason;
/// [`Error::Forbidden`] where the actor may not move the customer, or not back; [`Error::Refused`] where the customer is
/// lost, or would be: there is more to say about that.
pub async fn move_customer(
    ctx: &Ctx,
    id: customer::Id,
    expected: Expected,
    to: MoveCustomer,
) -> Result<customer::Model> {
    ctx.tx(async |tx| {
        let customers = tx.can::<customer::Entity, Update>()?;
        tx.can::<lifecycle_stage::Entity, Read>()?;
        let before = customers.lock(id, expected).await?;
        if before.stage_id == Some(to.stage_id) {
            return Ok(before);
        }
        let there = held(tx, lifecycle_stage::Column::Id.eq(to.stage_id).into()).await?;
        let stage = there.ok_or_else(|| refuse("/stageId", "is no lifecycle stage"))?;
        check(tx, &before, &stage, to.reason.as_ref()).await?;
        make(&customers, tx, &before, &stage, Cause::Manual, to.reason).await
    })
    .await
}

/// Moves a customer who was locked, of a play. One who is there already stays there, and nothing happens.
///
/// # Errors
/// As [`move_customer`].
pub(crate) async fn move_by_play(
    tx: &Tx<'_>,
    before: customer::Model,
    to: lifecycle_stage::Id,
    reason: Option<Text>,
) -> Result<customer::Model> {
    if before.stage_id == Some(to) {
        return Ok(before);
    }
    let there = held(tx, lifecycle_stage::Column::Id.eq(to).into()).await?;
    let stage = there.ok_or_else(|| refuse("/stageId", "is no lifecycle stage"))?;
    check(tx, &before, &stage, reason.as_ref()).await?;
    let customers = tx.entailed::<customer::Entity, Update>();
    make(&customers, tx, &before, &stage, Cause::Play, reason).await
}

fn refuse(at: &str, why: &str) -> Error {
    Error::Conflict(vec![Fault::new(at, why)])
}

/// Whether somebody may move a customer to another stage.
async fn check(
    tx: &Tx<'_>,
    customer: &customer::Model,
    to: &lifecycle_stage::Model,
    reason: Option<&Text>,
) -> Result<()> {
    if to.kind == Kind::Lost {
        return Err(Error::Refused(
            "a customer who is lost is lost for a reason: lose them".into(),
        ));
    }
    let Some(from) = present(tx, customer).await? else { return Ok(()) };
    if from.kind == Kind::Lost {
        let why = "a customer who was lost comes back by a win-back that is won";
        return Err(Error::Refused(why.into()));
    }
    if !is_back(&from, to) {
        return Ok(());
    }
    check_leave_to_move_back(tx, customer.id).await?;
    match reason {
        Some(_) => Ok(()),
        None => Err(refuse("/reason", "is needed: this is a move back")),
    }
}

/// The stage that a customer is in.
pub(super) async fn present(
    tx: &Tx<'_>,
    customer: &customer::Model,
) -> Result<Option<lifecycle_stage::Model>> {
    let Some(id) = customer.stage_id else { return Ok(None) };
    Ok(tx.entailed::<lifecycle_stage::Entity, Read>().many(&[id]).await?.pop())
}

async fn check_leave_to_move_back(tx: &Tx<'_>, id: customer::Id) -> Result<()> {
    let leave = tx.can::<customer::Entity, Update>()?;
    let leave = leave.narrowed_to("backward_move", Verb::Create)?;
    match leave.lock(id, Expected::Any).await {
        Err(Error::NotFound(_)) => {
            Err(Error::Forbidden { verb: "move back", resource: "customer" })
        }
        locked => locked.map(|_| ()),
    }
}

/// Moves a customer who was locked: the customer, one event, and a row of the history.
pub(super) async fn make(
    customers: &Access<'_, customer::Entity, Update>,
    tx: &Tx<'_>,
    before: &customer::Model,
    to: &lifecycle_stage::Model,
    cause: Cause,
    reason: Option<Text>,
) -> Result<customer::Model> {
    let after =
        customer::Model { stage_id: Some(to.id), stage_since: Some(tx.now()), ..before.clone() };
    let also = [("cause", Json::Null, json!(cause)), ("reason", Json::Null, json!(reason))];
    let after = customers.save(before, after, "moved", &also).await?;
    let row = row(tx, before, &after, to, cause, reason);
    tx.rows::<lifecycle_move::Entity>().insert(&[row]).await?;
    Ok(after)
}

fn row(
    tx: &Tx<'_>,
    before: &customer::Model,
    after: &customer::Model,
    to: &lifecycle_stage::Model,
    cause: Cause,
    reason: Option<Text>,
) -> lifecycle_move::Model {
    lifecycle_move::Model {
        workspace_id: tx.actor().workspace,
        customer_id: before.id,
        customer_version: after.version,
        from_stage_id: before.stage_id,
        to_stage_id: to.id,
        moved_at: tx.now(),
        since: before.stage_since,
        seconds: before.stage_since.map(|since| Ord::max((tx.now() - since).num_seconds(), 0)),
        cause,
        reason,
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
    }
}

/// Moves customers who were locked, with one statement for each stage that they come to: each has its event and its row of
/// the history, as with [`make`].
pub(super) async fn make_many(
    tx: &Tx<'_>,
    moves: &[(customer::Model, &lifecycle_stage::Model)],
    cause: Cause,
) -> Result<()> {
    let mut by_stage: HashMap<lifecycle_stage::Id, Vec<Uuid>> = HashMap::new();
    let mut rows = Vec::with_capacity(moves.len());
    for (before, stage) in moves {
        by_stage.entry(stage.id).or_default().push(before.id.uuid());
        let after = customer::Model {
            stage_id: Some(stage.id),
            stage_since: Some(tx.now()),
            version: before.version + 1,
            updated_at: tx.now(),
            ..before.clone()
        };
        tell(tx, before, &after, cause);
        rows.push(row(tx, before, &after, stage, cause, None));
    }
    for (stage, customers) in by_stage {
        use customer::Column::{Id, StageId, StageSince, UpdatedAt, Version, WorkspaceId};
        customer::Entity::update_many()
            .col_expr(StageId, Expr::val(stage))
            .col_expr(StageSince, Expr::val(tx.now()))
            .col_expr(Version, Expr::col(Version).add(1))
            .col_expr(UpdatedAt, Expr::val(tx.now()))
            .filter(WorkspaceId.eq(tx.actor().workspace))
            .filter(is_among(Expr::col((customer::Entity, Id)), &customers, tx.backend()))
            .exec(tx.transaction())
            .await?;
    }
    tx.rows::<lifecycle_move::Entity>().insert(&rows).await
}

fn tell(tx: &Tx<'_>, before: &customer::Model, after: &customer::Model, cause: Cause) {
    let members = |row: &customer::Model, cause: Option<Cause>| {
        Map::from_iter([
            ("stageId".to_owned(), json!(row.stage_id)),
            ("stageSince".to_owned(), json!(row.stage_since)),
            ("cause".to_owned(), json!(cause)),
        ])
    };
    let (was, is) = (members(before, None), members(after, Some(cause)));
    tx.record::<customer::Entity>("moved", after, was, is);
}
