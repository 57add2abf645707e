//! What follows a bad score: a service request, with somebody who has it and with clocks.

use rapport_entity::{
    Name,
    service::{service_request, survey, survey_response, survey_response::Model},
};

use crate::{
    kernel::{Error, Read, Result, Tx},
    service::requests,
};

/// A response with the request that follows its score, where its survey wants one.
pub(super) async fn follow_up(tx: &Tx<'_>, survey: &survey::Model, row: Model) -> Result<Model> {
    let is_bad = row.score.zip(survey.follow_up_to).is_some_and(|(score, to)| score <= to);
    let Some(of) = row.request_id.filter(|_| is_bad && row.follow_up_id.is_none()) else {
        return Ok(row);
    };
    let request = tx.entailed::<service_request::Entity, Read>().many(&[of]).await?.pop();
    let Some(request) = request else { return Ok(row) };
    let made = requests::follow_with(tx, &request, like(survey, &request, &row)?).await?;
    Ok(survey_response::Model { follow_up_id: Some(made.id), ..row })
}

/// What the request that follows is like.
fn like(
    survey: &survey::Model,
    request: &service_request::Model,
    row: &Model,
) -> Result<service_request::Model> {
    let score = row.score.unwrap_or_default();
    let subject = format!("{}: {score} of {}", request.number, survey.kind.scale().end());
    let subject: Name = subject.parse().map_err(Error::internal)?;
    Ok(service_request::Model {
        subject,
        description: row.comment.clone().or_else(|| Some(survey.question.clone())),
        kind: survey.follow_up_kind,
        impact: service_request::Level::High,
        urgency: service_request::Level::Medium,
        priority: service_request::Priority::High,
        priority_by_hand: false,
        owner_id: survey.follow_up_owner_id.or(request.owner_id),
        queue_id: survey.follow_up_queue_id.or(request.queue_id),
        opened_at: row.answered_at.unwrap_or(request.opened_at),
        ..request.clone()
    })
}
