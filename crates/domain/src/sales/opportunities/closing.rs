use async_graphql::InputObject;
use rapport_entity::{
    Date, Label, Name, Probability, Text,
    sales::{
        close_reason::{self, Outcome},
        opportunity::{self, Entity, Model, Status},
        pipeline_stage::{self, ForecastCategory},
    },
};
use sea_orm::ColumnTrait;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{
    saving::{Change, come_into, save},
    ways::{self, To, Way, check_open, whereabouts},
};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Tx, Update},
    sales::{close_reasons::Reason, pipelines::stages},
};

/// How an opportunity was won.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinOpportunity {
    /// The day it was won; today where left out.
    pub closed_on: Option<Date>,
    /// Why: one of the workspace's reasons.
    pub reason_id: Option<close_reason::Id>,
    /// Why, by the reason's name, whatever the case of its letters.
    pub reason: Option<Name>,
    /// What else there is to say about it; needed where stages are skipped and the pipeline wants to know why.
    pub note: Option<Text>,
}

/// How an opportunity was lost. The reason is given by its id or by its name.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoseOpportunity {
    /// The day it was lost; today where left out.
    pub closed_on: Option<Date>,
    /// Why: one of the workspace's reasons.
    pub reason_id: Option<close_reason::Id>,
    /// Why, by the reason's name, whatever the case of its letters.
    pub reason: Option<Name>,
    /// What else there is to say about it.
    pub note: Option<Text>,
    /// The competitor who won it.
    pub lost_to: Option<Label>,
}

/// How a closed opportunity goes on.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReopenOpportunity {
    /// The stage that it comes into; the one it was closed in where left out.
    pub stage_id: Option<pipeline_stage::Id>,
    /// Why.
    pub reason: Text,
}

/// Wins an open opportunity.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is closed; [`Error::Conflict`] names everything that
/// stands in the way, each exit criterion that is not met among it.
pub async fn win(
    ctx: &Ctx,
    id: opportunity::Id,
    expected: Expected,
    how: WinOpportunity,
) -> Result<Model> {
    let reason = Reason::of(how.reason_id, how.reason)?;
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_open(&before)?;
        let (pipeline, all, from) = whereabouts(tx, &before).await?;
        let way = Way { pipeline: &pipeline, stages: &all, from: &from, to: To::Won };
        ways::check(tx, &before, &way, ("", how.note.as_ref()), "/note").await?;
        let reason = match &reason {
            Some(reason) => Some(reason.find(tx, Outcome::Won).await?),
            None => None,
        };
        let after = Model {
            status: Status::Won,
            forecast_category: ForecastCategory::Closed,
            probability: probability(100)?,
            ..closed(tx, &before, how.closed_on, reason, how.note)?
        };
        let change = Change { before: &before, after, what: "won", also: &[], reason: None };
        save(tx, change).await
    })
    .await
}

/// Loses an open opportunity.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`] where no reason is given; [`Error::Refused`] where it is
/// closed; [`Error::Conflict`] where the reason is none of the list.
pub async fn lose(
    ctx: &Ctx,
    id: opportunity::Id,
    expected: Expected,
    how: LoseOpportunity,
) -> Result<Model> {
    let reason = Reason::of(how.reason_id, how.reason)?;
    let reason = reason.ok_or_else(|| Error::invalid("/reasonId", "is needed, or else reason"))?;
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_open(&before)?;
        let reason = reason.find(tx, Outcome::Lost).await?;
        let after = Model {
            status: Status::Lost,
            forecast_category: ForecastCategory::Omitted,
            probability: probability(0)?,
            lost_to: how.lost_to,
            ..closed(tx, &before, how.closed_on, Some(reason), how.note)?
        };
        let change = Change { before: &before, after, what: "lost", also: &[], reason: None };
        save(tx, change).await
    })
    .await
}

fn probability(percent: i64) -> Result<Probability> {
    percent.try_into().map_err(Error::internal)
}

/// An opportunity as it is once it is closed, however.
fn closed(
    tx: &Tx<'_>,
    before: &Model,
    on: Option<Date>,
    reason: Option<close_reason::Id>,
    note: Option<Text>,
) -> Result<Model> {
    let today = tx.today()?;
    let on = on.unwrap_or(today);
    if on > today {
        return Err(Error::conflict("/closedOn", "is yet to come"));
    }
    if before.opened_on.is_some_and(|opened| on < opened) {
        return Err(Error::conflict("/closedOn", "is before the day the opportunity began"));
    }
    let days = before.opened_on.map(|opened| (on.day() - opened.day()).num_days() as i32);
    Ok(Model {
        closed_on: Some(on),
        cycle_days: days,
        stage_due_at: None,
        close_reason_id: reason,
        close_note: note,
        ..before.clone()
    })
}

/// Opens a closed opportunity again. One that is open stays as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where the stage is not there, or none of its pipeline.
pub async fn reopen(
    ctx: &Ctx,
    id: opportunity::Id,
    expected: Expected,
    how: ReopenOpportunity,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        if before.status == Status::Open {
            return Ok(before);
        }
        let into = how.stage_id.unwrap_or(before.stage_id);
        let stage = stages::held(tx, pipeline_stage::Column::Id.eq(into).into()).await?;
        let stage = stage.filter(|stage| stage.pipeline_id == before.pipeline_id);
        let stage =
            stage.ok_or_else(|| Error::conflict("/stageId", "is no stage of its pipeline"))?;
        let after = Model {
            closed_on: None,
            cycle_days: None,
            close_reason_id: None,
            close_note: None,
            lost_to: None,
            ..come_into(tx, &before, &stage)
        };
        let also = [("reason", Json::Null, json!(how.reason))];
        let reason = Some(how.reason);
        let change = Change { before: &before, after, what: "reopened", also: &also, reason };
        save(tx, change).await
    })
    .await
}
