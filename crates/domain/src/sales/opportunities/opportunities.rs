use rapport_entity::{
    ExternalId, Money, Source, Versioned,
    customers::customer,
    sales::{
        opportunity::{self, ActiveModel, Column, Entity, Model, Opportunity, Status},
        opportunity_competitor, opportunity_contact,
        opportunity_line::OpportunityLine,
        pipeline,
        pipeline_stage::{self, ForecastCategory},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    inputs::{amount, minor},
    parts::{self, About, OpportunityShare, Parts, check_contacts_stay, parts_in},
    saving::{Change, begin, end, save, stage_due_at},
    ways,
};
use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    records::{self, Known},
    sales::pipelines::{pipelines, stages},
};

pub use super::inputs::{NewOpportunity, OpportunityPatch};

/// An opportunity with what belongs to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpportunityDetail {
    /// The opportunity.
    #[serde(flatten)]
    pub opportunity: Opportunity,
    /// What is to be sold.
    #[schema(max_items = 200)]
    pub lines: Vec<OpportunityLine>,
    /// Who has a part in it on the customer's side, the one to speak with first first.
    #[schema(max_items = 50)]
    pub contacts: Vec<opportunity_contact::Model>,
    /// Who works on it on our side.
    #[schema(max_items = 50)]
    pub team: Vec<OpportunityShare>,
    /// Who else wants to make the sale.
    #[schema(max_items = 50)]
    pub competitors: Vec<opportunity_competitor::Model>,
}

impl Versioned for OpportunityDetail {
    fn id(&self) -> Uuid {
        self.opportunity.id.uuid()
    }

    fn version(&self) -> i32 {
        self.opportunity.version
    }
}

/// One opportunity with what belongs to it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: opportunity::Id) -> Result<OpportunityDetail> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    with_their_parts(ctx, vec![row]).await?.pop().ok_or(Error::NotFound("opportunity"))
}

/// Opportunities with what belongs to them, in the order of the rows: as many queries for one as for many.
pub(crate) async fn with_their_parts(
    ctx: &Ctx,
    rows: Vec<Model>,
) -> Result<Vec<OpportunityDetail>> {
    let ids: Vec<opportunity::Id> = rows.iter().map(|row| row.id).collect();
    let mut lines = parts::lines_of(ctx, &ids).await?;
    let mut contacts = parts::contacts_of(ctx, &ids).await?;
    let mut team = parts::team_of(ctx, &ids).await?;
    let mut competitors = parts::competitors_of(ctx, &ids).await?;
    let detail = |row: Model| {
        let amount = Money::from_minor(row.amount_minor, row.currency.clone());
        Ok(OpportunityDetail {
            lines: parts::shown(&lines.remove(&row.id).unwrap_or_default(), &row.currency),
            contacts: contacts.remove(&row.id).unwrap_or_default(),
            team: parts::shares(team.remove(&row.id).unwrap_or_default(), &amount)?,
            competitors: competitors.remove(&row.id).unwrap_or_default(),
            opportunity: row.into(),
        })
    };
    rows.into_iter().map(detail).collect()
}

/// Makes an opportunity.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong, every criterion of the stage among it that is
/// not met; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewOpportunity) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

/// Makes an opportunity as a part of something.
///
/// # Errors
/// As [`create`].
pub(in crate::sales) async fn create_in(
    tx: &Tx<'_>,
    new: NewOpportunity,
    known: Option<Known>,
) -> Result<Model> {
    let opportunities = tx.can::<Entity, Create>()?;
    let (id, given) = (new.id.unwrap_or_default(), new.given());
    let mut faults = Faults::default();
    let parties = Parties { customer: new.customer_id, owner: new.owner_id, ..Parties::default() };
    parties.judge(tx, Parties::default(), &mut faults).await?;
    let stage = beginning(tx, new.pipeline_id, new.stage_id, &mut faults).await?;
    let currency = new.currency(tx, &mut faults);
    let until_now = Parts::default();
    let about = About { id, customer: new.customer_id, currency: &currency, until_now: &until_now };
    let parts = about.draft(tx, given, &mut faults).await?;
    let amount = amount(new.amount.as_ref(), &parts, &currency, &mut faults);
    let budget_minor = minor(new.budget.as_ref(), "/budget", &currency, &mut faults);
    check_category(new.forecast_category, &mut faults);
    faults.check()?;
    let stage = stage.ok_or_else(|| Error::internal("a stage is there, or a fault"))?;
    // A repeated create finds what it has made: its time is the one that it was made at.
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let since = there.as_ref().map_or(tx.now(), |there| there.stage_since);
    let opened_on = match new.opened_on.or(there.as_ref().and_then(|there| there.opened_on)) {
        Some(day) => day,
        None => tx.today()?,
    };
    let (source, external_id) = known.unzip();
    let row = ActiveModel {
        stage_since: Set(since),
        stage_due_at: Set(stage_due_at(&stage, since)),
        opened_on: Set(Some(opened_on)),
        amount_minor: Set(amount.0),
        amount_source: Set(amount.1),
        budget_minor: Set(budget_minor),
        currency: Set(currency.clone()),
        source: Set(source),
        external_id: Set(external_id),
        ..new.row(&stage)
    };
    let made = opportunities.insert(Some(id), row).await?;
    if there.is_some() {
        return match parts_in(tx, id).await? == parts {
            true => Ok(made),
            false => Err(Error::Duplicate("a record with this id already exists".to_owned())),
        };
    }
    parts.save(tx, &Parts::default(), id).await?;
    begin(tx, &made, None).await?;
    ways::check_entry(tx, &made, &stage).await?;
    Ok(made)
}

/// The stage that an opportunity begins in.
pub(super) async fn beginning(
    tx: &Tx<'_>,
    pipeline: Option<pipeline::Id>,
    stage: Option<pipeline_stage::Id>,
    faults: &mut Faults,
) -> Result<Option<pipeline_stage::Model>> {
    let stage = match stage {
        Some(id) => {
            let found = stages::held(tx, pipeline_stage::Column::Id.eq(id).into()).await?;
            if found.as_ref().is_none_or(|found| pipeline.is_some_and(|id| id != found.pipeline_id))
            {
                faults.conflict("/stageId", "is no stage of the pipeline");
                return Ok(None);
            }
            found
        }
        None => None,
    };
    let which = match pipeline.or(stage.as_ref().map(|stage| stage.pipeline_id)) {
        Some(id) => pipeline::Column::Id.eq(id),
        None => pipeline::Column::IsDefault.eq(true),
    };
    let found = pipelines::held(tx, which.into()).await?;
    let Some(pipeline) = found.filter(|pipeline| pipeline.active) else {
        faults.conflict("/pipelineId", "is no pipeline that takes new opportunities");
        return Ok(None);
    };
    if stage.is_some() {
        return Ok(stage);
    }
    let first = stages::of_pipeline(tx, pipeline.id).await?.into_iter().next();
    if first.is_none() {
        faults.conflict("/pipelineId", "is a pipeline without stages");
    }
    Ok(first)
}

fn check_category(category: Option<ForecastCategory>, faults: &mut Faults) {
    if category == Some(ForecastCategory::Closed) {
        faults.invalid("/forecastCategory", "is only for what is won");
    }
}

/// Changes an opportunity.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: opportunity::Id,
    expected: Expected,
    patch: OpportunityPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        change(tx, before, patch).await
    })
    .await
}

async fn change(tx: &Tx<'_>, before: Model, patch: OpportunityPatch) -> Result<Model> {
    let mut faults = Faults::default();
    let mut after = patched::<Entity>(&before, patch.row())?;
    let parties = |row: &Model| Parties {
        customer: row.customer_id,
        owner: row.owner_id,
        ..Parties::default()
    };
    parties(&after).judge(tx, parties(&before), &mut faults).await?;
    let old = match patch.touches_parts() || after.customer_id != before.customer_id {
        true => parts_in(tx, before.id).await?,
        false => Parts::default(),
    };
    let currency = before.currency.clone();
    let about =
        About { id: before.id, customer: after.customer_id, currency: &currency, until_now: &old };
    let parts = about.draft(tx, patch.given(), &mut faults).await?;
    if after.customer_id != before.customer_id && patch.contacts.is_none() {
        check_contacts_stay(tx, &old, after.customer_id, &mut faults).await?;
    }
    if let Some((minor, source)) = patch.amount(&before, &parts, &mut faults) {
        (after.amount_minor, after.amount_source) = (minor, source);
    }
    match &patch.budget {
        Patch::Keep => {}
        Patch::Clear => after.budget_minor = None,
        Patch::Set(budget) => {
            after.budget_minor = minor(Some(budget), "/budget", &currency, &mut faults);
        }
    }
    check_category(patch.forecast_category, &mut faults);
    check_days(&before, &mut after, &patch, &mut faults);
    faults.check()?;
    let also = Parts::told(&old, &parts, &currency);
    parts.save(tx, &old, before.id).await?;
    save(tx, Change { before: &before, after, what: "updated", also: &also, reason: None }).await
}

/// What is closed is counted as it is, and is as old as its days say.
fn check_days(before: &Model, after: &mut Model, patch: &OpportunityPatch, faults: &mut Faults) {
    if before.status == Status::Open {
        return;
    }
    for (given, at) in [
        (patch.forecast_category.is_some(), "/forecastCategory"),
        (patch.probability.is_some(), "/probability"),
    ] {
        if given {
            faults.conflict(at, "stays as it is: the opportunity is closed");
        }
    }
    let (Some(opened), Some(closed)) = (after.opened_on, after.closed_on) else { return };
    if closed < opened {
        faults.conflict("/openedOn", "is after the day the opportunity was closed");
    }
    after.cycle_days = Some((closed.day() - opened.day()).num_days() as i32);
}

/// Makes the opportunity that another system knows by this id, or changes it: what is left out, or null, stays as it is, and
/// so does where it stands. The flag says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where the opportunity is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewOpportunity,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, &known, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: &Known,
    expected: Expected,
    new: NewOpportunity,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        match records::known_by::<Entity>(tx, by).await? {
            Some(found) => {
                let before = tx.can::<Entity, Update>()?.lock(found.id, expected).await?;
                if new.currency.as_ref().is_some_and(|currency| *currency != before.currency) {
                    return Err(Error::conflict("/currency", "is not the currency it has here"));
                }
                Ok((change(tx, before, new.into()).await?, false))
            }
            None => Ok((create_in(tx, new, Some(known.clone())).await?, true)),
        }
    })
    .await
}

/// Deletes an opportunity so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: opportunity::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        end(tx, &deleted).await?;
        Ok(deleted)
    })
    .await
}

/// Deletes an opportunity that something made, whoever may delete it otherwise.
pub(in crate::sales) async fn delete_made(tx: &Tx<'_>, id: opportunity::Id) -> Result<()> {
    let deleted = tx.entailed::<Entity, Delete>().delete(id, Expected::Any).await?;
    end(tx, &deleted).await
}

/// Brings a deleted opportunity back. One that is there stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is open and its stage is deleted.
pub async fn restore(ctx: &Ctx, id: opportunity::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Read>()?.one_even_deleted(id).await?;
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        if before.deleted_at.is_none() {
            return Ok(restored);
        }
        let stage = stages::held(tx, pipeline_stage::Column::Id.eq(before.stage_id).into()).await?;
        if before.status == Status::Open && stage.is_none() {
            return Err(Error::Refused(
                "the stage that it is in is deleted; restore it first".to_owned(),
            ));
        }
        begin(tx, &restored, None).await?;
        Ok(restored)
    })
    .await
}

/// The latest opportunities of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
