//! What customers do who have a link to a survey. The link holds the response's id, sealed with the installation's key for this
//! use alone: nobody makes one or changes one, nobody needs to be signed in, and it is good for one answer until its last day.

use async_graphql::{InputObject, SimpleObject};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rapport_entity::{
    Moment, Name, Text,
    identity::{Secret, Token, workspace},
    log::event::ActorKind,
    service::{
        survey::{self, Kind},
        survey_response::{self, Entity, Model, Status},
    },
};
use sea_orm::ColumnTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answering::{Said, answer, judge_score};
use crate::{
    facts,
    identity::Auth,
    kernel::{
        Ctx, Error, Expected, Fault, Faults, Read, Result, Tx, Update,
        sealing::{open as unseal, seal},
    },
    records,
};

/// Begins every token.
const PREFIX: &str = "rap_survey_";

/// What is sealed.
const MAY_ANSWER: &[u8] = b"may answer";

/// What a customer can answer with.
#[derive(Clone, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SurveyLink {
    /// The token: whoever has it can answer, once.
    #[schema(max_length = 300, pattern = "^rap_survey_[A-Za-z0-9_-]+$")]
    pub token: String,
    /// Where a page asks the question, from the root of the server: `/public/surveys/` and the token.
    #[schema(max_length = 400, pattern = "^/api/v1/public/surveys/")]
    pub path: String,
    /// Until when it is good.
    pub expires_at: Option<Moment>,
}

/// What a customer says who has a link.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerSurvey {
    /// The token.
    pub token: Token,
    /// What they say, on the survey's scale.
    #[schema(minimum = 0, maximum = 10)]
    pub score: i32,
    /// What else they say.
    pub comment: Option<Text>,
}

/// The token of a link.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenSurvey {
    /// The token.
    pub token: Token,
}

/// A survey, as somebody sees it who has a link.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SharedSurvey {
    /// Who asks.
    pub company: Name,
    /// What is measured.
    pub kind: Kind,
    /// The question.
    pub question: Text,
    /// The lowest score.
    #[schema(minimum = 0, maximum = 1)]
    pub lowest: i32,
    /// The highest score.
    #[schema(minimum = 5, maximum = 10)]
    pub highest: i32,
    /// Until when it can be answered.
    pub expires_at: Option<Moment>,
    /// What was answered; null where nothing was.
    #[schema(minimum = 0, maximum = 10)]
    pub score: Option<i32>,
    /// What else was said.
    pub comment: Option<Text>,
}

/// A link for whoever was asked. Any number can be made: one answer is taken.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where nobody was asked, or they have answered.
pub async fn make(ctx: &Ctx, id: survey_response::Id) -> Result<SurveyLink> {
    let row = records::get::<Entity>(ctx, id).await?;
    if row.status != Status::Asked {
        return Err(Error::Refused("only what was asked and not answered has a link".to_owned()));
    }
    let sealed = seal(ctx.database(), &place(id), MAY_ANSWER).await?;
    let (workspace, id) = (row.workspace_id.uuid(), id.uuid());
    // Revealed to be handed out.
    let bytes = [workspace.as_bytes(), id.as_bytes().as_slice(), sealed.reveal().as_bytes()];
    let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes.concat()));
    let path = format!("/api/v1/public/surveys/{token}");
    Ok(SurveyLink { token, path, expires_at: row.expires_at.map(Moment::from) })
}

/// Where a link is good.
fn place(id: survey_response::Id) -> String {
    format!("survey response {id}")
}

/// A survey, as somebody sees it who has a link.
///
/// # Errors
/// [`Error::Conflict`] where the token is that of no link, or of one that is good no longer.
pub async fn open(auth: &Auth, with: &OpenSurvey) -> Result<SharedSurvey> {
    let link = Link::opened(auth, &with.token).await?;
    let row = link.ctx.can::<Entity, Read>()?.one(link.id).await.map_err(|_| no_link())?;
    let survey = link.ctx.can::<survey::Entity, Read>()?.many(&[row.survey_id]).await?.pop();
    check_good(&link.ctx, &row)?;
    Ok(link.shared(survey.ok_or_else(no_link)?, row))
}

/// Answers by a link. The same again is the same answer.
///
/// # Errors
/// As [`open`]; [`Error::Invalid`]; [`Error::Refused`] where something else was answered.
pub async fn answer_by(auth: &Auth, with: AnswerSurvey) -> Result<SharedSurvey> {
    let link = Link::opened(auth, &with.token).await?;
    let (survey, row) = link.ctx.tx(async |tx| link.answer(tx, &with).await).await?;
    Ok(link.shared(survey, row))
}

/// The customer at work who has a link.
struct Link {
    ctx: Ctx,
    /// Who asks.
    company: workspace::Model,
    id: survey_response::Id,
}

impl Link {
    /// In the workspace that a token names.
    async fn opened(auth: &Auth, token: &Token) -> Result<Self> {
        // Revealed to be opened.
        let (workspace, id, sealed) = parts(token.reveal()).ok_or_else(no_link)?;
        match unseal(auth.database(), &place(id), &sealed).await {
            Ok(bytes) if bytes == MAY_ANSWER => {}
            Err(err @ Error::Unavailable(_)) => return Err(err),
            _ => return Err(no_link()),
        }
        let which = workspace::Column::Id.eq(workspace);
        let company = auth.database().workspace(which).await?.ok_or_else(no_link)?;
        let ctx = facts::system(auth.database(), &company, ActorKind::Customer).await?;
        Ok(Self { ctx, company, id })
    }

    async fn answer(&self, tx: &Tx<'_>, with: &AnswerSurvey) -> Result<(survey::Model, Model)> {
        let row = tx.entailed::<Entity, Update>().lock(self.id, Expected::Any).await;
        let row = row.map_err(|_| no_link())?;
        let survey = tx.entailed::<survey::Entity, Read>().many(&[row.survey_id]).await?.pop();
        let survey = survey.ok_or_else(no_link)?;
        if row.status == Status::Answered {
            return match (row.score, &row.comment) == (Some(with.score), &with.comment) {
                true => Ok((survey, row)),
                false => Err(Error::Refused("it has been answered already".to_owned())),
            };
        }
        check_good(&self.ctx, &row)?;
        let mut faults = Faults::default();
        judge_score(row.kind, with.score, &mut faults);
        faults.check()?;
        let said = Said { score: with.score, comment: with.comment.clone(), at: tx.now() };
        let row = answer(tx, &survey, &row, said).await?;
        Ok((survey, row))
    }

    fn shared(&self, survey: survey::Model, row: Model) -> SharedSurvey {
        let scale = row.kind.scale();
        SharedSurvey {
            company: self.company.name.clone(),
            kind: row.kind,
            question: survey.question,
            lowest: *scale.start(),
            highest: *scale.end(),
            expires_at: row.expires_at.map(Moment::from),
            score: row.score,
            comment: row.comment,
        }
    }
}

/// What is in a token.
fn parts(text: &str) -> Option<(workspace::Id, survey_response::Id, Secret)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
    let id = |from: usize| {
        let bytes: [u8; 16] = bytes.get(from..from + 16)?.try_into().ok()?;
        Some(Uuid::from_bytes(bytes))
    };
    let sealed = String::from_utf8(bytes.get(32..)?.to_vec()).ok()?;
    Some((id(0)?.into(), id(16)?.into(), Secret::new(sealed)))
}

/// Whoever was asked can answer until the last day, and see afterwards what they answered.
fn check_good(ctx: &Ctx, row: &Model) -> Result<()> {
    let now = ctx.database().clock().now();
    match row.status {
        Status::Asked if row.expires_at.is_none_or(|end| now < end) => Ok(()),
        Status::Answered => Ok(()),
        _ => Err(no_link()),
    }
}

fn no_link() -> Error {
    let why = "is that of no link, or of one that is good no longer";
    Error::Conflict(vec![Fault::new("/token", why)])
}
