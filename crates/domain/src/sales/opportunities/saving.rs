//! What every change of an opportunity brings with it: a new period of its history, and when it is stalled.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Text,
    identity::user,
    sales::{
        opportunity::{Entity, Model, Status},
        opportunity_period::{self, Column},
        pipeline_stage,
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value as Json, json};

use super::stalls::TIMER;
use crate::{
    approvals,
    kernel::{Result, Tx, Update},
};

/// A change of an opportunity that was locked.
pub struct Change<'a> {
    pub before: &'a Model,
    pub after: Model,
    /// What happened to it, as events say it.
    pub what: &'a str,
    /// Members that are kept elsewhere, before and after.
    pub also: &'a [(&'a str, Json, Json)],
    /// Why, in the words of whoever does it.
    pub reason: Option<Text>,
}

/// Saves it, and what it brings with it.
pub async fn save(tx: &Tx<'_>, change: Change<'_>) -> Result<Model> {
    let Change { before, after, what, also, reason } = change;
    let after = tx.can::<Entity, Update>()?.save(before, after, what, also).await?;
    turn(tx, before, &after, reason).await?;
    let lines = also.iter().any(|(name, before, after)| *name == "lines" && before != after);
    if lines || is_another(before, &after) {
        approvals::lapse(tx, approvals::Of::Opportunity(after.id)).await?;
    }
    Ok(after)
}

/// Whether it is another by now in what approvals are about.
fn is_another(before: &Model, after: &Model) -> bool {
    before.customer_id != after.customer_id
        || before.amount_minor != after.amount_minor
        || before.currency != after.currency
}

/// Gives an opportunity that was locked to somebody, or to nobody.
pub(crate) async fn give(
    tx: &Tx<'_>,
    before: &Model,
    owner: Option<user::Id>,
    what: &str,
    reason: Text,
) -> Result<Model> {
    let after = Model { owner_id: owner, ..before.clone() };
    let also = &[("reason", Json::Null, json!(reason))];
    save(tx, Change { before, after, what, also, reason: Some(reason) }).await
}

/// Begins another period, where the change makes one.
pub async fn turn(tx: &Tx<'_>, before: &Model, after: &Model, reason: Option<Text>) -> Result<()> {
    if before.stage_due_at != after.stage_due_at {
        tx.set_timer(TIMER, after.id.uuid(), after.stage_due_at).await?;
    }
    let period =
        |row: &Model| opportunity_period::Model { opportunity_version: 0, ..period(tx, row, None) };
    if period(before) == period(after) {
        return Ok(());
    }
    close(tx, after).await?;
    tx.rows::<opportunity_period::Entity>().insert(&[self::period(tx, after, reason)]).await
}

/// The first period of an opportunity that has come to be there.
pub async fn begin(tx: &Tx<'_>, row: &Model, reason: Option<Text>) -> Result<()> {
    if row.stage_due_at.is_some() {
        tx.set_timer(TIMER, row.id.uuid(), row.stage_due_at).await?;
    }
    tx.rows::<opportunity_period::Entity>().insert(&[period(tx, row, reason)]).await
}

/// The end of the last period of an opportunity that is no longer there.
pub async fn end(tx: &Tx<'_>, row: &Model) -> Result<()> {
    tx.set_timer(TIMER, row.id.uuid(), None).await?;
    approvals::lapse(tx, approvals::Of::Opportunity(row.id)).await?;
    close(tx, row).await
}

async fn close(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let present =
        Condition::all().add(Column::OpportunityId.eq(row.id)).add(Column::UntilAt.is_null());
    tx.rows::<opportunity_period::Entity>()
        .set(Column::UntilAt, tx.now(), present)
        .await
        .map(|_| ())
}

/// What an opportunity is from now on.
pub fn period(tx: &Tx<'_>, row: &Model, reason: Option<Text>) -> opportunity_period::Model {
    opportunity_period::Model {
        workspace_id: row.workspace_id,
        opportunity_id: row.id,
        opportunity_version: row.version,
        from_at: tx.now(),
        until_at: None,
        pipeline_id: row.pipeline_id,
        stage_id: row.stage_id,
        stage_since: row.stage_since,
        status: row.status,
        forecast_category: row.forecast_category,
        probability: row.probability,
        owner_id: row.owner_id,
        amount_minor: row.amount_minor,
        currency: row.currency.clone(),
        expected_close_on: row.expected_close_on,
        closed_on: row.closed_on,
        actor_kind: tx.actor().kind,
        actor_id: tx.actor().caller(),
        reason,
    }
}

/// When an opportunity that has been in a stage since then is stalled.
pub fn stage_due_at(stage: &pipeline_stage::Model, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = TimeDelta::try_days(stage.maximum_days?.into())?;
    since.checked_add_signed(days)
}

/// An opportunity as it is once it has come into a stage.
pub fn come_into(tx: &Tx<'_>, before: &Model, stage: &pipeline_stage::Model) -> Model {
    Model {
        pipeline_id: stage.pipeline_id,
        stage_id: stage.id,
        stage_since: tx.now(),
        stage_due_at: stage_due_at(stage, tx.now()),
        status: Status::Open,
        forecast_category: stage.forecast_category,
        probability: stage.probability,
        ..before.clone()
    }
}
