use async_graphql::InputObject;
use rapport_entity::{
    Date, Name,
    sales::opportunity::{self, ActiveModel, Entity, Model},
};
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    opportunities::beginning,
    parts::{Parts, parts_in},
    saving::{begin, stage_due_at},
};
use crate::{
    kernel::{Create, Ctx, Error, Faults, Read, Result},
    records,
};

/// What is to be different about the copy of an opportunity.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloneOpportunity {
    /// The id the client has given the copy; made here where left out. The clone can then be repeated.
    pub id: Option<opportunity::Id>,
    /// What the copy is called; as the original where left out.
    pub name: Option<Name>,
    /// The day it is expected to be closed.
    pub expected_close_on: Option<Date>,
}

/// Makes an open copy of an opportunity, with all that belongs to it, in the first stage of its pipeline. It begins today.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where the pipeline takes no new opportunities; [`Error::Duplicate`].
pub async fn clone(ctx: &Ctx, id: opportunity::Id, how: CloneOpportunity) -> Result<Model> {
    ctx.tx(async |tx| {
        let opportunities = tx.can::<Entity, Create>()?;
        let of = tx.can::<Entity, Read>()?.one(id).await?;
        if let Some(there) = records::made_before::<Entity>(tx, how.id).await? {
            return Ok(there);
        }
        let mut faults = Faults::default();
        let stage = beginning(tx, Some(of.pipeline_id), None, &mut faults).await?;
        faults.check()?;
        let stage = stage.ok_or_else(|| Error::internal("a stage is there, or a fault"))?;
        let copy = how.id.unwrap_or_default();
        let row = ActiveModel {
            name: Set(how.name.unwrap_or(of.name)),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(of.customer_id),
            owner_id: Set(of.owner_id),
            pipeline_id: Set(of.pipeline_id),
            stage_id: Set(stage.id),
            stage_since: Set(tx.now()),
            stage_due_at: Set(stage_due_at(&stage, tx.now())),
            status: Set(opportunity::Status::Open),
            forecast_category: Set(stage.forecast_category),
            probability: Set(stage.probability),
            amount_minor: Set(of.amount_minor),
            currency: Set(of.currency),
            amount_source: Set(of.amount_source),
            opened_on: Set(Some(tx.today()?)),
            expected_close_on: Set(how.expected_close_on),
            need: Set(of.need),
            budget_minor: Set(of.budget_minor),
            lead_source: Set(of.lead_source),
            campaign: Set(of.campaign),
            description: Set(of.description),
            custom: Set(of.custom),
            tags: Set(of.tags),
            ..Default::default()
        };
        let made = opportunities.insert(Some(copy), row).await?;
        parts_in(tx, id).await?.of(copy).save(tx, &Parts::default(), copy).await?;
        begin(tx, &made, None).await?;
        Ok(made)
    })
    .await
}
