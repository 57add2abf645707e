use actix_web::{
    post,
    web::{self, Data},
};
use rapport_domain::{
    identity::auth::Auth,
    service::surveys::links::{self, AnswerSurvey, OpenSurvey, SharedSurvey},
};
use rapport_http::problem::Problem;

use crate::{Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(open_survey).service(answer_survey);
}

/// A survey, as somebody sees it who has a link to it.
#[utoipa::path(tag = "survey links", security(()), responses((status = 200, body = SharedSurvey), Problem))]
#[post("/survey-links/open")]
async fn open_survey(auth: Data<Auth>, with: Json<OpenSurvey>) -> Reply<web::Json<SharedSurvey>> {
    Ok(web::Json(links::open(&auth, &with.0).await?))
}

/// Answer a survey, as somebody who has a link to it. The same again is the same answer.
#[utoipa::path(tag = "survey links", security(()), responses((status = 200, body = SharedSurvey), Problem))]
#[post("/survey-links/answer")]
async fn answer_survey(
    auth: Data<Auth>,
    with: Json<AnswerSurvey>,
) -> Reply<web::Json<SharedSurvey>> {
    Ok(web::Json(links::answer_by(&auth, with.0).await?))
}
