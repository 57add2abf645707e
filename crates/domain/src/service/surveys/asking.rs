//! Whom to ask, and when: once a request is closed, and has stayed so for as long as its survey waits. That it is to be looked
//! at is a timer of the request; whichever node comes first takes it.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Purpose,
    customers::{consent, customer},
    rule::Rule,
    service::{
        service_request,
        service_status::Category,
        survey,
        survey_response::{ActiveModel, Column, Entity, Reason, Status},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, prelude::async_trait};

use super::surveys;
use crate::{
    kernel::{Create, Ctx, Error, Expected, Read, Result, Timer, Tx, Update},
    rules::holding,
    timed::Timed,
};

/// The kind of the timers.
const TIMER: &str = "survey";

/// The purpose that customers may refuse to be asked for.
const PURPOSE: &str = "surveys";

/// Asks the customers of every workspace whose requests were closed.
#[derive(Debug)]
pub struct SurveysDue;

#[async_trait::async_trait]
impl Timed for SurveysDue {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, timer).await).await
    }
}

/// Lets a request be looked at that was just closed, if anything is ever asked.
pub(in crate::service) async fn follow(
    tx: &Tx<'_>,
    before: &service_request::Model,
    after: &service_request::Model,
) -> Result<()> {
    let [was, is] = [before, after].map(|row| row.status_category == Category::Closed);
    if was || !is {
        return Ok(());
    }
    let surveys = surveys::active(tx).await?;
    let first = surveys.iter().map(|survey| due(survey, after)).min();
    match first {
        Some(first) => tx.set_timer(TIMER, after.id.uuid(), Some(first.max(tx.now()))).await,
        None => Ok(()),
    }
}

/// When a survey is asked after a request.
fn due(survey: &survey::Model, request: &service_request::Model) -> DateTime<Utc> {
    let closed = request.closed_at.unwrap_or(request.status_since);
    closed + TimeDelta::minutes(survey.delay_minutes.into())
}

/// Asks after a request, if it is still closed. It is locked, so that nobody takes it up meanwhile.
async fn act(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let requests = tx.entailed::<service_request::Entity, Update>();
    let locked = requests.lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let request = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    if request.status_category != Category::Closed || request.merged_into_id.is_some() {
        return Ok(());
    }
    let Some(survey) = of_request(tx, &request).await? else { return Ok(()) };
    let due = due(&survey, &request);
    match due > timer.due_at.max(tx.now()) {
        true => tx.set_timer(TIMER, request.id.uuid(), Some(due)).await,
        false => ask(tx, &survey, &request).await,
    }
}

/// The first survey that holds of a request.
async fn of_request(
    tx: &Tx<'_>,
    request: &service_request::Model,
) -> Result<Option<survey::Model>> {
    let surveys = surveys::active(tx).await?;
    let asked: Vec<&Rule> = surveys.iter().filter_map(|survey| survey.condition.as_ref()).collect();
    let mut holds = holding::<service_request::Entity>(tx, request.id, &asked).await?.into_iter();
    let first = |survey: &survey::Model| survey.condition.is_none() || holds.next() == Some(true);
    Ok(surveys.into_iter().find(first))
}

/// Asks, or writes down why not; after each request once.
async fn ask(tx: &Tx<'_>, survey: &survey::Model, request: &service_request::Model) -> Result<()> {
    let responses = tx.entailed::<Entity, Create>();
    let same = Condition::all().add(Column::RequestId.eq(request.id));
    if tx.entailed::<Entity, Read>().any_even_deleted(same).await? {
        return Ok(());
    }
    let reason = reason(tx, survey, request).await?;
    let is_asked = reason.is_none();
    let row = ActiveModel {
        survey_id: Set(survey.id),
        kind: Set(survey.kind),
        request_id: Set(Some(request.id)),
        customer_id: Set(request.customer_id),
        contact_id: Set(request.contact_id),
        agent_id: Set(request.owner_id),
        status: Set(if is_asked { Status::Asked } else { Status::Skipped }),
        reason: Set(reason),
        asked_at: Set(is_asked.then(|| tx.now())),
        expires_at: Set(expiry(tx, survey).filter(|_| is_asked)),
        ..Default::default()
    };
    responses.insert(None, row).await.map(drop)
}

/// Until when somebody can answer who is asked now.
pub(super) fn expiry(tx: &Tx<'_>, survey: &survey::Model) -> Option<DateTime<Utc>> {
    tx.now().checked_add_signed(TimeDelta::days(survey.valid_days.into()))
}

/// Why nobody is asked.
async fn reason(
    tx: &Tx<'_>,
    survey: &survey::Model,
    request: &service_request::Model,
) -> Result<Option<Reason>> {
    let Some(customer) = request.customer_id else { return Ok(Some(Reason::Nobody)) };
    if refuses(tx, customer).await? {
        return Ok(Some(Reason::Consent));
    }
    match rests(tx, survey, request).await? {
        true => Ok(Some(Reason::Rest)),
        false => Ok(None),
    }
}

/// Whether a customer has said that they do not want to be asked.
async fn refuses(tx: &Tx<'_>, customer: customer::Id) -> Result<bool> {
    let purpose: Purpose = PURPOSE.parse().map_err(Error::internal)?;
    let refused = Condition::all()
        .add(consent::Column::CustomerId.eq(customer))
        .add(consent::Column::Purpose.eq(purpose))
        .add(consent::Column::Status.ne(consent::Status::Granted));
    Ok(!tx.entailed::<consent::Entity, Read>().filtered(refused, 1).await?.is_empty())
}

/// Whether the same person, or the customer where it is not known who it was, was asked something not long ago. Of two requests
/// that are closed at once one is asked after.
async fn rests(
    tx: &Tx<'_>,
    survey: &survey::Model,
    request: &service_request::Model,
) -> Result<bool> {
    let days = i64::from(survey.rest_days);
    if days == 0 {
        return Ok(false);
    }
    let (who, key) = match (request.contact_id, request.customer_id) {
        (Some(contact), _) => (Column::ContactId.eq(contact), contact.uuid()),
        (None, Some(customer)) => (Column::CustomerId.eq(customer), customer.uuid()),
        (None, None) => return Ok(false),
    };
    tx.one_at_a_time(&format!("survey of {key}")).await?;
    let recent =
        Condition::all().add(who).add(Column::AskedAt.gt(tx.now() - TimeDelta::days(days)));
    Ok(!tx.entailed::<Entity, Read>().filtered(recent, 1).await?.is_empty())
}
