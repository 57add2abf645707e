use async_graphql::InputObject;
use rapport_entity::{
    Currency, Moment, Money, Text,
    service::{
        complaint::{self, ActiveModel, Column, Entity, Model, Remedy},
        complaint_cause,
        service_request::{self, Channel, Kind},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched},
    records::{self, not_negative},
    service::requests::course::{check_going_on, check_past},
};

/// What came of a service request that is a complaint, to be written down.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewComplaint {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<complaint::Id>,
    /// The request: one of the kind `complaint`, of which there is none yet.
    pub request_id: service_request::Id,
    /// Why it came to it: an active cause.
    pub cause_id: Option<complaint_cause::Id>,
    /// Why, in words.
    pub cause_note: Option<Text>,
    /// What was done about it.
    pub remedy: Option<Remedy>,
    /// What was done, in words.
    pub remedy_note: Option<Text>,
    /// What it has cost us: nothing or more.
    pub cost: Option<Money>,
}

/// What to change of a complaint: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComplaintPatch {
    /// Why it came to it.
    #[serde(default)]
    #[schema(value_type = Option<complaint_cause::Id>)]
    pub cause_id: Patch<complaint_cause::Id>,
    /// Why, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub cause_note: Patch<Text>,
    /// What was done about it.
    #[serde(default)]
    #[schema(value_type = Option<Remedy>)]
    pub remedy: Patch<Remedy>,
    /// What was done, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub remedy_note: Patch<Text>,
    /// What it has cost us: nothing or more.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub cost: Patch<Money>,
}

/// What the customer was told to have come of a complaint.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TellOutcome {
    /// What they were told.
    pub outcome: Text,
    /// Over what; the request's channel where left out.
    pub over: Option<Channel>,
    /// When; now where left out.
    pub told_at: Option<Moment>,
}

/// Writes down what came of a complaint.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`] where the request has one.
pub async fn create(ctx: &Ctx, new: NewComplaint) -> Result<Model> {
    ctx.tx(async |tx| {
        let complaints = tx.can::<Entity, Create>()?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let mut faults = Faults::default();
        let request = of_complaint(tx, new.request_id, &mut faults).await?;
        if there.as_ref().is_none_or(|there| there.cause_id != new.cause_id) {
            judge_cause(tx, new.cause_id, &mut faults).await?;
        }
        let cost = not_negative(new.cost.as_ref(), "/cost", &mut faults);
        faults.check()?;
        let id = new.id;
        complaints.insert(id, new.row(tx, request.as_ref(), cost)).await
    })
    .await
}

/// The request, where it is a complaint.
async fn of_complaint(
    tx: &Tx<'_>,
    id: service_request::Id,
    faults: &mut Faults,
) -> Result<Option<service_request::Model>> {
    let request = tx.can::<service_request::Entity, Read>()?.live(&[id]).await?.pop();
    match &request {
        None => faults.conflict("/requestId", "is no service request"),
        Some(row) if row.kind != Kind::Complaint => {
            faults.conflict("/requestId", "is no complaint: its kind is another");
        }
        Some(row) => {
            if let Err(Error::Refused(why)) = check_going_on(row) {
                faults.conflict("/requestId", why);
            }
        }
    }
    Ok(request)
}

async fn judge_cause(
    tx: &Tx<'_>,
    cause: Option<complaint_cause::Id>,
    faults: &mut Faults,
) -> Result<()> {
    let Some(id) = cause else { return Ok(()) };
    let found = tx.can::<complaint_cause::Entity, Read>()?.live(&[id]).await?;
    if !found.iter().any(|cause| cause.active) {
        faults.conflict("/causeId", "is none of the causes that can be given");
    }
    Ok(())
}

impl NewComplaint {
    fn row(
        self,
        tx: &Tx<'_>,
        request: Option<&service_request::Model>,
        cost: Option<i64>,
    ) -> ActiveModel {
        let currency = self.cost.map(|cost| cost.currency);
        ActiveModel {
            request_id: Set(self.request_id),
            customer_id: Set(request.and_then(|request| request.customer_id)),
            cause_id: Set(self.cause_id),
            cause_note: Set(self.cause_note),
            remedy: Set(self.remedy),
            remedy_note: Set(self.remedy_note),
            cost_minor: Set(cost),
            currency: Set(currency.unwrap_or_else(|| tx.actor().currency.clone())),
            ..Default::default()
        }
    }
}

/// Changes what is written down of a complaint.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: complaint::Id,
    expected: Expected,
    patch: ComplaintPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let complaints = tx.can::<Entity, Update>()?;
        let before = complaints.lock(id, expected).await?;
        let mut faults = Faults::default();
        let after = patched::<Entity>(&before, patch.row(&mut faults))?;
        if after.cause_id != before.cause_id {
            judge_cause(tx, after.cause_id, &mut faults).await?;
        }
        faults.check()?;
        complaints.save(&before, after, "updated", &[]).await
    })
    .await
}

impl ComplaintPatch {
    fn row(self, faults: &mut Faults) -> ActiveModel {
        let (cost_minor, currency) = self.cost_columns(faults);
        ActiveModel {
            cause_id: self.cause_id.into_active_value(),
            cause_note: self.cause_note.into_active_value(),
            remedy: self.remedy.into_active_value(),
            remedy_note: self.remedy_note.into_active_value(),
            cost_minor,
            currency,
            ..Default::default()
        }
    }

    fn cost_columns(
        &self,
        faults: &mut Faults,
    ) -> (sea_orm::ActiveValue<Option<i64>>, sea_orm::ActiveValue<Currency>) {
        match &self.cost {
            Patch::Keep => (NotSet, NotSet),
            Patch::Clear => (Set(None), NotSet),
            Patch::Set(cost) => {
                (Set(not_negative(Some(cost), "/cost", faults)), Set(cost.currency.clone()))
            }
        }
    }
}

/// Writes down what the customer was told to have come of their complaint; what they were told last counts.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong.
pub async fn tell(
    ctx: &Ctx,
    id: complaint::Id,
    expected: Expected,
    how: TellOutcome,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let complaints = tx.can::<Entity, Update>()?;
        let before = complaints.lock(id, expected).await?;
        let mut faults = Faults::default();
        if how.outcome.as_str().trim().is_empty() {
            faults.invalid("/outcome", "must say something");
        }
        check_past(tx, how.told_at.map(Moment::time), "/toldAt", &mut faults);
        faults.check()?;
        let requests = tx.entailed::<service_request::Entity, Read>();
        let request = requests.many(&[before.request_id]).await?.pop();
        let channel = request.map(|request| request.channel);
        let after = Model {
            outcome: Some(how.outcome.clone()),
            told_at: Some(how.told_at.map_or(tx.now(), Moment::time)),
            told_by_id: tx.actor().user,
            told_over: how.over.or(channel),
            ..before.clone()
        };
        complaints.save(&before, after, "outcome_told", &[]).await
    })
    .await
}

/// The complaints of some requests, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(
    ctx: &Ctx,
    requests: &[service_request::Id],
    limit: u64,
) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = requests.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::RequestId, &keys, Column::CreatedAt, limit).await
}
