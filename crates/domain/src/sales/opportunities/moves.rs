use async_graphql::InputObject;
use rapport_entity::{
    Text,
    sales::{
        opportunity::{self, Entity, Model},
        pipeline, pipeline_stage,
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{
    saving::{Change, come_into, save, stage_due_at, turn},
    ways::{self, To, Way, check_open, whereabouts},
};
use crate::{
    kernel::{Ctx, Error, Expected, Read, Result, Tx, Update},
    sales::pipelines::{pipelines, stages},
};

/// Where an opportunity is to be moved.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveOpportunity {
    /// The stage; of another pipeline, the opportunity goes through that one from now on.
    pub stage_id: pipeline_stage::Id,
    /// Why; needed where the pipeline says so.
    pub reason: Option<Text>,
}

/// Moves an open opportunity to another stage. One that is in it already stays there, and nothing happens.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is closed; [`Error::Conflict`] names everything that
/// stands in the way, each criterion that is not met among it.
pub async fn move_opportunity(
    ctx: &Ctx,
    id: opportunity::Id,
    expected: Expected,
    to: MoveOpportunity,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_open(&before)?;
        if before.stage_id == to.stage_id {
            return Ok(before);
        }
        let there = stages::held(tx, pipeline_stage::Column::Id.eq(to.stage_id).into()).await?;
        let stage = there.ok_or_else(|| Error::conflict("/stageId", "is no pipeline stage"))?;
        check_takes(tx, &before, &stage).await?;
        let (pipeline, all, from) = whereabouts(tx, &before).await?;
        let way = Way { pipeline: &pipeline, stages: &all, from: &from, to: To::Stage(&stage) };
        ways::check(tx, &before, &way, ("/stageId", to.reason.as_ref()), "/reason").await?;
        let after = come_into(tx, &before, &stage);
        let also = [("reason", Json::Null, json!(to.reason))];
        let change =
            Change { before: &before, after, what: "moved", also: &also, reason: to.reason };
        save(tx, change).await
    })
    .await
}

/// Another pipeline must take new opportunities.
async fn check_takes(tx: &Tx<'_>, of: &Model, to: &pipeline_stage::Model) -> Result<()> {
    if of.pipeline_id == to.pipeline_id {
        return Ok(());
    }
    let pipeline = pipelines::held(tx, pipeline::Column::Id.eq(to.pipeline_id).into()).await?;
    match pipeline.is_some_and(|pipeline| pipeline.active) {
        true => Ok(()),
        false => {
            Err(Error::conflict("/stageId", "is of a pipeline that takes no new opportunities"))
        }
    }
}

/// Moves the opportunities of which a condition holds to another stage of their pipeline, whatever its criteria say, with
/// what they have of the one before.
pub(in crate::sales) async fn replace_stage(
    tx: &Tx<'_>,
    which: Condition,
    by: &pipeline_stage::Model,
) -> Result<()> {
    let opportunities = tx.entailed::<Entity, Update>();
    let these = tx.entailed::<Entity, Read>().filtered(which, i64::MAX as u64).await?;
    let ids: Vec<opportunity::Id> = these.iter().map(|row| row.id).collect();
    for before in opportunities.lock_many(&ids).await? {
        let since = before.stage_since;
        let after =
            Model { stage_id: by.id, stage_due_at: stage_due_at(by, since), ..before.clone() };
        let also = [("reason", Json::Null, json!("the stage was replaced"))];
        let after = opportunities.save(&before, after, "moved", &also).await?;
        turn(tx, &before, &after, None).await?;
    }
    Ok(())
}
