//! The page that a link to a survey leads to: a question and its answers, one click each. Nothing is written by looking at it, since
//! programs that look through mail for what is dangerous open every link.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    get,
    http::{StatusCode, header},
    post,
    web::{Data, Path},
};
use maud::{DOCTYPE, Markup, html};
use rapport_domain::{
    Error,
    identity::auth::Auth,
    service::surveys::links::{self, AnswerSurvey, OpenSurvey, SharedSurvey},
};
use rapport_entity::{Text, identity::Token};
use rapport_http::{
    body,
    problem::{ApiError, Problem},
};

use crate::{Reply, Routes, query::pairs};

/// What a form of HTML sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// What the page may do: be looked at, and send its form to where it came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
button{font:inherit;min-width:3rem;padding:.6rem .8rem;margin:.2rem;border:1px solid #57606a;border-radius:.4rem;background:#fff;color:inherit;cursor:pointer}\
button[aria-current]{background:#0b57d0;border-color:#0b57d0;color:#fff}\
textarea{font:inherit;width:100%;box-sizing:border-box;min-height:6rem;margin-top:.3rem}\
.ends{display:flex;justify-content:space-between;font-size:.95rem}\
@media(prefers-color-scheme:dark){body,button{background:#14171a;color:#e8eaed}}";

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_survey_page).service(send_survey_page);
}

/// The page that asks a survey's question. A `score` in the address is marked, and not yet an answer.
#[utoipa::path(
    tag = "survey links",
    security(()),
    params(
        ("token" = String, Path, max_length = 300, pattern = "^[A-Za-z0-9_-]+$"),
        ("score" = Option<i32>, Query, minimum = 0, maximum = 10)
    ),
    responses((status = 200, content((String = "text/html"))), Problem)
)]
#[get("/public/surveys/{token}")]
async fn get_survey_page(
    req: HttpRequest,
    auth: Data<Auth>,
    token: Path<String>,
) -> Reply<HttpResponse> {
    let marked = pairs(req.query_string())?.into_iter().find(|(name, _)| name == "score");
    let marked = marked.and_then(|(_, score)| score.parse().ok());
    let opened = match token.parse() {
        Ok(token) => links::open(&auth, &OpenSurvey { token }).await,
        Err(_) => return page(StatusCode::NOT_FOUND, &gone()),
    };
    match opened {
        Ok(survey) if survey.score.is_some() => page(StatusCode::OK, &thanks(&survey)),
        Ok(survey) => page(StatusCode::OK, &question(&survey, marked)),
        Err(Error::Conflict(_)) => page(StatusCode::NOT_FOUND, &gone()),
        Err(err) => Err(err.into()),
    }
}

/// What the page sends: a `score`, and a `comment` where there is one.
#[utoipa::path(
    tag = "survey links",
    security(()),
    params(("token" = String, Path, max_length = 300, pattern = "^[A-Za-z0-9_-]+$")),
    request_body(content((SurveyForm = "application/x-www-form-urlencoded"))),
    responses((status = 200, content((String = "text/html"))), Problem)
)]
#[post("/public/surveys/{token}")]
async fn send_survey_page(
    auth: Data<Auth>,
    token: Path<String>,
    sent: SurveyForm,
) -> Reply<HttpResponse> {
    let Ok(token) = token.parse::<Token>() else { return page(StatusCode::NOT_FOUND, &gone()) };
    let with = AnswerSurvey { token, score: sent.score, comment: sent.comment };
    match links::answer_by(&auth, with).await {
        Ok(survey) => page(StatusCode::OK, &thanks(&survey)),
        Err(Error::Conflict(_)) => page(StatusCode::NOT_FOUND, &gone()),
        Err(Error::Refused(_)) => page(StatusCode::CONFLICT, &said_before()),
        Err(err) => Err(err.into()),
    }
}

/// What the page of a survey sends.
#[derive(utoipa::ToSchema)]
struct SurveyForm {
    /// What they say, on the survey's scale.
    #[schema(minimum = 0, maximum = 10)]
    score: i32,
    /// What else they say.
    comment: Option<Text>,
}

impl FromRequest for SurveyForm {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let body = body::read(&req, &mut payload, &[FORM]).await?;
            Ok(Self::of(&body).map_err(ApiError::from)?)
        })
    }
}

impl SurveyForm {
    fn of(body: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body);
        let text = text.map_err(|_| Error::Malformed("the body is no UTF-8".to_owned()))?;
        let (mut score, mut comment) = (None, None);
        for (name, value) in pairs(text)?.into_iter().filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "score" => score = value.parse().ok(),
                "comment" => {
                    let parsed = value.parse();
                    comment = Some(parsed.map_err(|err| Error::invalid("/comment", err))?);
                }
                _ => {}
            }
        }
        let score = score.ok_or_else(|| Error::invalid("/score", "must be a whole number"))?;
        Ok(Self { score, comment })
    }
}

fn page(status: StatusCode, content: &Markup) -> Reply<HttpResponse> {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Your opinion" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    let response = HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        // The address holds the token.
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-robots-tag", "noindex"))
        .body(whole.into_string());
    Ok(response)
}

fn question(survey: &SharedSurvey, marked: Option<i32>) -> Markup {
    html! {
        p { (survey.company.as_str()) }
        h1 { (survey.question.as_str()) }
        form method="post" {
            p {
                label for="comment" { "Anything else? (as you like)" }
                textarea id="comment" name="comment" maxlength="10000" {}
            }
            p {
                @for score in survey.lowest..=survey.highest {
                    button name="score" value=(score) aria-current=[(marked == Some(score)).then_some("true")] { (score) }
                }
            }
        }
        p.ends { span { (survey.lowest) ": not at all" } span { (survey.highest) ": very much" } }
    }
}

fn thanks(survey: &SharedSurvey) -> Markup {
    html! {
        p { (survey.company.as_str()) }
        h1 { "Thank you" }
        @if let Some(score) = survey.score { p { "You said " (score) " of " (survey.highest) "." } }
        @if let Some(comment) = &survey.comment { blockquote { (comment.as_str()) } }
    }
}

fn said_before() -> Markup {
    html! { h1 { "You have answered already" } p { "Thank you: each link takes one answer." } }
}

fn gone() -> Markup {
    html! { h1 { "This link is good no longer" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_a_score_and_perhaps_more() {
        let sent = SurveyForm::of(b"comment=So+so&score=7").expect("a form");
        assert_eq!((sent.score, sent.comment.expect("one").as_str()), (7, "So so"));
        let sent = SurveyForm::of(b"score=0&comment=").expect("a form");
        assert_eq!((sent.score, sent.comment), (0, None));
        assert!(SurveyForm::of(b"comment=x").is_err() && SurveyForm::of(b"score=a").is_err());
        assert!(
            SurveyForm::of(b"score=1&comment=%FF").is_err() && SurveyForm::of(b"\xFF").is_err()
        );
    }
}
