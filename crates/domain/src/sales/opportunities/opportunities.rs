use async_graphql::InputObject;
use rapport_entity::{
    Currency, Custom, Date, ExternalId, Label, Money, Name, Probability, Source, Tags, Text,
    Versioned,
    customers::customer,
    identity::user,
    sales::{
        opportunity::{
            self, ActiveModel, AmountSource, Column, Entity, Model, Opportunity, Status,
        },
        opportunity_competitor, opportunity_contact,
        opportunity_line::OpportunityLine,
        pipeline,
        pipeline_stage::{self, ForecastCategory},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    parts::{
        self, About, Given, NewOpportunityCompetitor, NewOpportunityContact, NewOpportunityLine,
        NewOpportunityMember, OpportunityShare, Parts, check_contacts_stay, parts_in,
    },
    saving::{Change, begin, end, save, stage_due_at},
    ways,
};
use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, day_of,
        patched,
    },
    records,
    sales::pipelines::{pipelines, stages},
};

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

/// An opportunity to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunity {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<opportunity::Id>,
    /// What the opportunity is called.
    pub name: Name,
    /// The customer, where it is known who.
    pub customer_id: Option<customer::Id>,
    /// The user who has it; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// The pipeline it goes through; that of the stage where left out, or else the workspace's default.
    pub pipeline_id: Option<pipeline::Id>,
    /// The stage it comes into, whose entry criteria it must meet; the first one where left out.
    pub stage_id: Option<pipeline_stage::Id>,
    /// How it is counted in forecasts, not as `closed`; as the stage says where left out.
    pub forecast_category: Option<ForecastCategory>,
    /// How likely it is to be won, in percent; as the stage says where left out.
    pub probability: Option<Probability>,
    /// What it is worth; what the lines come to, without tax, where left out.
    pub amount: Option<Money>,
    /// The currency of all amounts; that of the amount where left out, or else the workspace's.
    pub currency: Option<Currency>,
    /// The day it began, in the workspace's time zone; today where left out.
    pub opened_on: Option<Date>,
    /// The day it is expected to be closed.
    pub expected_close_on: Option<Date>,
    /// Where it came from.
    pub lead_source: Option<Label>,
    /// The campaign that it came of.
    pub campaign: Option<Label>,
    /// What the customer needs.
    pub need: Option<Text>,
    /// What the customer can spend, in the currency of the amount.
    pub budget: Option<Money>,
    /// What is to be done next.
    pub next_step: Option<Name>,
    /// The day it is to be done.
    pub next_step_on: Option<Date>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
    /// What is to be sold: at most 200 lines.
    #[schema(max_items = 200)]
    pub lines: Option<Vec<NewOpportunityLine>>,
    /// Who has a part in it on the customer's side.
    #[schema(max_items = 50)]
    pub contacts: Option<Vec<NewOpportunityContact>>,
    /// Who works on it on our side.
    #[schema(max_items = 50)]
    pub team: Option<Vec<NewOpportunityMember>>,
    /// Who else wants to make the sale.
    #[schema(max_items = 50)]
    pub competitors: Option<Vec<NewOpportunityCompetitor>>,
}

/// What to change of an opportunity: what is left out stays, null clears. What belongs to it is replaced as a whole.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpportunityPatch {
    /// What the opportunity is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The customer.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub customer_id: Patch<customer::Id>,
    /// The user who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// How it is counted in forecasts, not as `closed`; until it comes into another stage.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = ForecastCategory)]
    pub forecast_category: Option<ForecastCategory>,
    /// How likely it is to be won, in percent; until it comes into another stage.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Probability)]
    pub probability: Option<Probability>,
    /// What it is worth, in its currency; null: what the lines come to, without tax.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub amount: Patch<Money>,
    /// The day it began, in the workspace's time zone.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub opened_on: Patch<Date>,
    /// The day it is expected to be closed.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub expected_close_on: Patch<Date>,
    /// Where it came from.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub lead_source: Patch<Label>,
    /// The campaign that it came of.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub campaign: Patch<Label>,
    /// What the customer needs.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub need: Patch<Text>,
    /// What the customer can spend, in the currency of the amount.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub budget: Patch<Money>,
    /// What is to be done next.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub next_step: Patch<Name>,
    /// The day it is to be done.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub next_step_on: Patch<Date>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
    /// What is to be sold: these lines, at most 200, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityLine>, max_items = 200)]
    pub lines: Option<Vec<NewOpportunityLine>>,
    /// Who has a part in it on the customer's side: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityContact>, max_items = 50)]
    pub contacts: Option<Vec<NewOpportunityContact>>,
    /// Who works on it on our side: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityMember>, max_items = 50)]
    pub team: Option<Vec<NewOpportunityMember>>,
    /// Who else wants to make the sale: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityCompetitor>, max_items = 50)]
    pub competitors: Option<Vec<NewOpportunityCompetitor>>,
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

/// The id that another system knows an opportunity by.
type Known = (Source, ExternalId);

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
        None => today(tx)?,
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

impl NewOpportunity {
    /// One of which nothing else is known.
    pub(in crate::sales) fn named(name: Name) -> Self {
        Self {
            name,
            id: None,
            customer_id: None,
            owner_id: None,
            pipeline_id: None,
            stage_id: None,
            forecast_category: None,
            probability: None,
            amount: None,
            currency: None,
            opened_on: None,
            expected_close_on: None,
            lead_source: None,
            campaign: None,
            need: None,
            budget: None,
            next_step: None,
            next_step_on: None,
            description: None,
            custom: None,
            tags: None,
            lines: None,
            contacts: None,
            team: None,
            competitors: None,
        }
    }

    fn given(&self) -> Given<'_> {
        Given {
            lines: self.lines.as_deref(),
            contacts: self.contacts.as_deref(),
            team: self.team.as_deref(),
            competitors: self.competitors.as_deref(),
        }
    }

    /// The currency of all amounts.
    fn currency(&self, tx: &Tx<'_>, faults: &mut Faults) -> Currency {
        let of_amount = self.amount.as_ref().map(|amount| &amount.currency);
        if let (Some(one), Some(other)) = (of_amount, &self.currency)
            && one != other
        {
            faults.conflict("/currency", "is not the currency of the amount");
        }
        let given = of_amount.or(self.currency.as_ref());
        given.unwrap_or(&tx.actor().currency).clone()
    }

    /// The members that are as they are given.
    fn row(&self, stage: &pipeline_stage::Model) -> ActiveModel {
        let new = self.clone();
        ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(new.customer_id),
            owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            pipeline_id: Set(stage.pipeline_id),
            stage_id: Set(stage.id),
            status: Set(Status::Open),
            forecast_category: Set(new.forecast_category.unwrap_or(stage.forecast_category)),
            probability: Set(new.probability.unwrap_or(stage.probability)),
            expected_close_on: Set(new.expected_close_on),
            need: Set(new.need),
            next_step: Set(new.next_step),
            next_step_on: Set(new.next_step_on),
            lead_source: Set(new.lead_source),
            campaign: Set(new.campaign),
            description: Set(new.description),
            custom: Set(new.custom.unwrap_or_default()),
            tags: Set(new.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
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

/// What an opportunity is worth, and where that comes from.
fn amount(
    given: Option<&Money>,
    parts: &Parts,
    currency: &Currency,
    faults: &mut Faults,
) -> (i64, AmountSource) {
    match minor(given, "/amount", currency, faults) {
        Some(minor) => (minor, AmountSource::Manual),
        None if parts.lines.is_empty() => (0, AmountSource::Manual),
        None => (parts.net(currency, faults), AmountSource::Lines),
    }
}

/// An amount that is given, in minor units.
fn minor(given: Option<&Money>, at: &str, currency: &Currency, faults: &mut Faults) -> Option<i64> {
    let given = given?;
    if given.currency != *currency {
        faults.conflict(at, format!("must be in the opportunity's currency, {currency}"));
        return None;
    }
    match given.minor() {
        Ok(minor) if minor < 0 => {
            faults.invalid(at, "must not be negative");
            None
        }
        Ok(minor) => Some(minor),
        Err(err) => {
            faults.invalid(at, err);
            None
        }
    }
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

impl OpportunityPatch {
    fn given(&self) -> Given<'_> {
        Given {
            lines: self.lines.as_deref(),
            contacts: self.contacts.as_deref(),
            team: self.team.as_deref(),
            competitors: self.competitors.as_deref(),
        }
    }

    fn touches_parts(&self) -> bool {
        self.lines.is_some()
            || self.contacts.is_some()
            || self.team.is_some()
            || self.competitors.is_some()
            || self.amount == Patch::Clear
    }

    /// What the opportunity is worth from now on, where that changes.
    fn amount(
        &self,
        before: &Model,
        parts: &Parts,
        faults: &mut Faults,
    ) -> Option<(i64, AmountSource)> {
        let follows = before.amount_source == AmountSource::Lines && self.lines.is_some();
        match &self.amount {
            Patch::Keep if !follows => None,
            Patch::Set(given) => {
                let minor = minor(Some(given), "/amount", &before.currency, faults)?;
                Some((minor, AmountSource::Manual))
            }
            Patch::Keep | Patch::Clear => Some(amount(None, parts, &before.currency, faults)),
        }
    }

    /// The members that become as they are given.
    fn row(&self) -> ActiveModel {
        let patch = self.clone();
        ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            customer_id: patch.customer_id.into_active_value(),
            owner_id: patch.owner_id.into_active_value(),
            forecast_category: patch.forecast_category.map_or(NotSet, Set),
            probability: patch.probability.map_or(NotSet, Set),
            opened_on: patch.opened_on.into_active_value(),
            expected_close_on: patch.expected_close_on.into_active_value(),
            need: patch.need.into_active_value(),
            next_step: patch.next_step.into_active_value(),
            next_step_on: patch.next_step_on.into_active_value(),
            lead_source: patch.lead_source.into_active_value(),
            campaign: patch.campaign.into_active_value(),
            description: patch.description.into_active_value(),
            custom: patch.custom.map_or(NotSet, Set),
            tags: patch.tags.map_or(NotSet, Set),
            ..Default::default()
        }
    }
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
    let (again, once_more) = (new.clone(), expected.clone());
    match upsert_once(ctx, &known, expected, new).await {
        // Somebody else made it in between, so now it is there to be changed.
        Err(Error::Duplicate(_)) => upsert_once(ctx, &known, once_more, again).await,
        done => done,
    }
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

impl From<NewOpportunity> for OpportunityPatch {
    fn from(new: NewOpportunity) -> Self {
        fn given<T>(value: Option<T>) -> Patch<T> {
            value.map_or(Patch::Keep, Patch::Set)
        }
        Self {
            name: Some(new.name),
            customer_id: given(new.customer_id),
            owner_id: given(new.owner_id),
            forecast_category: new.forecast_category,
            probability: new.probability,
            amount: given(new.amount),
            opened_on: given(new.opened_on),
            expected_close_on: given(new.expected_close_on),
            lead_source: given(new.lead_source),
            campaign: given(new.campaign),
            need: given(new.need),
            budget: given(new.budget),
            next_step: given(new.next_step),
            next_step_on: given(new.next_step_on),
            description: given(new.description),
            custom: new.custom,
            tags: new.tags,
            lines: new.lines,
            contacts: new.contacts,
            team: new.team,
            competitors: new.competitors,
        }
    }
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

/// The day it is in the workspace.
pub(super) fn today(tx: &Tx<'_>) -> Result<Date> {
    day_of(tx.now(), tx.actor()).try_into().map_err(Error::internal)
}
