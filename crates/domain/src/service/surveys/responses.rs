use async_graphql::InputObject;
use rapport_entity::{
    ExternalId, Moment, Source, Text,
    customers::{contact, customer},
    identity::user,
    service::{
        service_request, survey,
        survey_response::{self, ActiveModel, Column, Entity, Model, Status},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{answering::judge_score, following::follow_up};
use crate::{
    customers::Parties,
    kernel::{Create, Ctx, Expected, Faults, Read, Result, Tx, Update, patched},
    records::{self, Known},
    service::requests::course::check_past,
};

/// What somebody has said to a survey otherwise than by a link: on the telephone, on paper, in another system.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSurveyResponse {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<survey_response::Id>,
    /// The survey.
    pub survey_id: survey::Id,
    /// What they said, on the survey's scale.
    #[schema(minimum = 0, maximum = 10)]
    pub score: i32,
    /// What else they said.
    pub comment: Option<Text>,
    /// When; now where left out.
    pub answered_at: Option<Moment>,
    /// The service request that it is about.
    pub request_id: Option<service_request::Id>,
    /// The customer; that of the request where left out.
    pub customer_id: Option<customer::Id>,
    /// The person there.
    pub contact_id: Option<contact::Id>,
    /// The user who had the request; whoever has it where left out.
    pub agent_id: Option<user::Id>,
}

/// Writes down what somebody has said. A bad score about a request has follow what the survey wants.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) and [`Error::Conflict`](crate::Error::Conflict) name everything that is wrong;
/// [`Error::Duplicate`](crate::Error::Duplicate) where there is a response about the request.
pub async fn create(ctx: &Ctx, new: NewSurveyResponse) -> Result<Model> {
    ctx.tx(async |tx| {
        let responses = tx.can::<Entity, Create>()?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let (survey, row) = judged(tx, &new, None).await?;
        if let Some(there) = there {
            let row = ActiveModel { follow_up_id: Set(there.follow_up_id), ..row };
            return responses.insert(new.id, row).await;
        }
        let row = follow_up(tx, &survey, responses.complete(new.id, row)?).await?;
        responses.insert(new.id, row).await
    })
    .await
}

/// Writes down what somebody has said to a survey of another system, by the id that it has there, or changes it. Nothing
/// follows. The flag says whether it was made.
///
/// # Errors
/// As [`create`]; [`Error::Stale`](crate::Error::Stale); [`Error::Refused`](crate::Error::Refused) where it is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewSurveyResponse,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, &known, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: &Known,
    expected: Expected,
    new: NewSurveyResponse,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        let found = records::known_by::<Entity>(tx, by).await?;
        let (_, row) = judged(tx, &new, Some(known)).await?;
        match found {
            Some(found) => {
                let responses = tx.can::<Entity, Update>()?;
                let before = responses.lock(found.id, expected).await?;
                let after = patched::<Entity>(&before, row)?;
                Ok((responses.save(&before, after, "updated", &[]).await?, false))
            }
            None => Ok((tx.can::<Entity, Create>()?.insert(new.id, row).await?, true)),
        }
    })
    .await
}

/// What was said, as it is kept, and the survey; everything that it names must be there.
async fn judged(
    tx: &Tx<'_>,
    new: &NewSurveyResponse,
    known: Option<&Known>,
) -> Result<(survey::Model, ActiveModel)> {
    let mut faults = Faults::default();
    check_past(tx, new.answered_at.map(Moment::time), "/answeredAt", &mut faults);
    let survey = tx.can::<survey::Entity, Read>()?.live(&[new.survey_id]).await?.pop();
    match &survey {
        Some(survey) => judge_score(survey.kind, new.score, &mut faults),
        None => faults.conflict("/surveyId", "is no survey"),
    }
    let request = of_request(tx, new, &mut faults).await?;
    let theirs = request.as_ref().and_then(|request| request.customer_id);
    let customer = new.customer_id.or(theirs);
    let who = Parties { contact: new.contact_id, customer, ..Parties::default() };
    who.judge(tx, Parties { customer: theirs, ..Parties::default() }, &mut faults).await?;
    judge_agent(tx, new.agent_id, &mut faults).await?;
    faults.check()?;
    let survey = survey.ok_or(crate::Error::NotFound("survey"))?;
    let row = new.row(tx, &survey, request.as_ref(), known);
    Ok((survey, ActiveModel { customer_id: Set(customer), ..row }))
}

async fn of_request(
    tx: &Tx<'_>,
    new: &NewSurveyResponse,
    faults: &mut Faults,
) -> Result<Option<service_request::Model>> {
    let Some(id) = new.request_id else { return Ok(None) };
    let request = tx.can::<service_request::Entity, Read>()?.live(&[id]).await?.pop();
    let other = |row: &service_request::Model| {
        new.customer_id.is_some() && row.customer_id.is_some() && row.customer_id != new.customer_id
    };
    match &request {
        None => faults.conflict("/requestId", "is no service request"),
        Some(row) if other(row) => faults.conflict("/requestId", "is no request of this customer"),
        Some(_) => {}
    }
    Ok(request)
}

async fn judge_agent(tx: &Tx<'_>, agent: Option<user::Id>, faults: &mut Faults) -> Result<()> {
    let Some(id) = agent else { return Ok(()) };
    if tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty() {
        faults.conflict("/agentId", "is no user of this workspace");
    }
    Ok(())
}

impl NewSurveyResponse {
    fn row(
        &self,
        tx: &Tx<'_>,
        survey: &survey::Model,
        request: Option<&service_request::Model>,
        known: Option<&Known>,
    ) -> ActiveModel {
        let (source, external_id) = known.cloned().unzip();
        let agent = self.agent_id.or(request.and_then(|request| request.owner_id));
        ActiveModel {
            survey_id: Set(survey.id),
            kind: Set(survey.kind),
            request_id: Set(self.request_id),
            contact_id: Set(self.contact_id),
            agent_id: Set(agent),
            status: Set(Status::Answered),
            score: Set(Some(self.score)),
            rating: Set(Some(survey.kind.rating(self.score))),
            comment: Set(self.comment.clone()),
            answered_at: Set(Some(self.answered_at.map_or(tx.now(), Moment::time))),
            source: Set(source),
            external_id: Set(external_id),
            ..Default::default()
        }
    }
}

/// What each of some customers has said, newest first, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    latest(ctx, Column::CustomerId, &keys, limit).await
}

/// The same of each of some service requests.
///
/// # Errors
/// As [`latest_of`].
pub async fn latest_of_requests(
    ctx: &Ctx,
    requests: &[service_request::Id],
    limit: u64,
) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = requests.iter().map(|id| id.uuid()).collect();
    latest(ctx, Column::RequestId, &keys, limit).await
}

async fn latest(ctx: &Ctx, of: Column, keys: &[Uuid], limit: u64) -> Result<Vec<Model>> {
    ctx.can::<Entity, Read>()?.latest_each(of, keys, Column::CreatedAt, limit).await
}
