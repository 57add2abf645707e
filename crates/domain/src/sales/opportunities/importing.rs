//! Opportunities as another system has had them: with a past.

use chrono::{DateTime, Utc};
use rapport_entity::sales::{
    opportunity::{Model, Status},
    opportunity_line,
    opportunity_period::{self, Column},
    pipeline_stage::ForecastCategory,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    parts::Parts,
    saving::{Change, begin, end, period, save},
};
use crate::kernel::{Result, Tx};

/// The periods of an imported opportunity: what it is, since when; and where it is closed, that it was open before.
pub(crate) fn imported(
    tx: &Tx<'_>,
    row: &Model,
    opened_at: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Vec<opportunity_period::Model> {
    let is = opportunity_period::Model { from_at: since, ..period(tx, row, None) };
    if row.status == Status::Open || opened_at >= since {
        return vec![is];
    }
    let was = opportunity_period::Model {
        opportunity_version: 0,
        from_at: opened_at,
        until_at: Some(since),
        status: Status::Open,
        // What it was thought to be worth then, and how it was counted, no file tells.
        forecast_category: ForecastCategory::Pipeline,
        closed_on: None,
        ..is.clone()
    };
    vec![was, is]
}

/// Saves an opportunity that was locked as a file has it, with its lines.
pub(crate) async fn save_imported(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    old: &Parts,
    lines: Vec<opportunity_line::Model>,
) -> Result<()> {
    let parts = Parts { lines, ..old.clone() };
    let also = Parts::told(old, &parts, &before.currency);
    parts.save(tx, old, before.id).await?;
    let change = Change { before, after, what: "updated", also: &also, reason: None };
    save(tx, change).await.map(|_| ())
}

/// Sees to it that the last period of an opportunity is what it is now, after it was changed without one.
pub(crate) async fn as_it_is(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let present = opportunity_period::Entity::find()
        .filter(Column::OpportunityId.eq(row.id))
        .filter(Column::UntilAt.is_null());
    let present = tx.rows::<opportunity_period::Entity>().all(present).await?.pop();
    if row.deleted_at.is_some() {
        return end(tx, row).await;
    }
    if present.is_some_and(|present| present.opportunity_version == row.version) {
        return Ok(());
    }
    end(tx, row).await?;
    begin(tx, row, None).await
}
