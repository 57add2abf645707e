use actix_web::{HttpRequest, get};
use rapport_charts as charts;
use rapport_domain::{
    Result,
    insight::service::{
        self, BacklogAnalysis, ComplaintAnalysis, ComplaintsAsked, SatisfactionAnalysis,
        SatisfactionAsked, ServiceAnalysis, ServiceAsked, ServiceOf,
    },
};
use rapport_entity::{
    Date,
    identity::{team, user},
    service::{
        analysis::{ComplaintDimension, ServiceDimension, SurveyDimension},
        queue, survey,
        survey::Kind,
    },
};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, themed, word};
use crate::{
    Reply, Routes,
    query::{rule, unknown},
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_service_analysis)
        .service(get_backlog_analysis)
        .service(get_complaint_analysis)
        .service(get_satisfaction_analysis);
}

/// Reads which service requests are looked at.
fn of(of: &mut ServiceOf, name: &str, value: &str) -> Result<()> {
    match name {
        "filter" => of.filter = Some(rule(name, value)?),
        "queueId" => of.queue_id = read(name, value)?,
        "ownerId" => of.owner_id = read(name, value)?,
        "teamId" => of.team_id = read(name, value)?,
        _ => return Err(unknown(name)),
    }
    Ok(())
}

/// Which service requests are looked at.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct RequestsQuery {
    /// The first day; a year before the last where left out.
    from: Option<Date>,
    /// The last day; today where left out.
    to: Option<Date>,
    /// Only the requests of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// Only those that wait in this queue.
    queue_id: Option<queue::Id>,
    /// Only those that this user has.
    owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    team_id: Option<team::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// What service requests are grouped by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ByQuery {
    /// What requests are grouped by; `owner` where left out.
    by: Option<ServiceDimension>,
}

/// How service went with the requests that were opened in a period, by owner, team, queue, priority, kind, channel, product, policy or month: how many are open, late, done at the first contact, taken up again, and how long it took.
#[utoipa::path(
    tag = "analysis",
    params(ByQuery, RequestsQuery),
    responses(
        (status = 200, content((ServiceAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/service")]
async fn get_service_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<ServiceAnalysis>> {
    let mut asked = ServiceAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "by" => asked.by = word(name, value)?,
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(service::comparison(&me, &asked).await?, charts::service, theme))
}

/// How many service requests came in, were done and were left, month by month.
#[utoipa::path(
    tag = "analysis",
    params(RequestsQuery),
    responses(
        (status = 200, content((BacklogAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/service-backlog")]
async fn get_backlog_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<BacklogAnalysis>> {
    let mut asked = ServiceAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(service::backlog(&me, &asked).await?, charts::backlog, theme))
}

/// What complaints are grouped by.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ComplaintsQuery {
    /// What complaints are grouped by; `cause` where left out.
    by: Option<ComplaintDimension>,
}

/// Why customers complain, what it has cost, and whether they got what they were promised: causes with their share of all (Pareto), or remedies, products, channels, months.
#[utoipa::path(
    tag = "analysis",
    params(ComplaintsQuery, RequestsQuery),
    responses(
        (status = 200, content((ComplaintAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/complaints")]
async fn get_complaint_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<ComplaintAnalysis>> {
    let mut asked = ComplaintsAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "by" => asked.by = word(name, value)?,
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(service::complaints(&me, &asked).await?, charts::complaints, theme))
}

/// What is asked for of satisfaction.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct SatisfactionQuery {
    /// What is measured; `csat` where left out.
    kind: Option<Kind>,
    /// What responses are grouped by; `month` where left out.
    by: Option<SurveyDimension>,
    /// The first day of those on which somebody answered, or was asked and has not; a year before the last where left out.
    from: Option<Date>,
    /// The last; today where left out.
    to: Option<Date>,
    /// Only those to this survey.
    survey_id: Option<survey::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// What customers said of us: CSAT, NPS or CES, by month, agent, survey, queue or product.
#[utoipa::path(
    tag = "analysis",
    params(SatisfactionQuery),
    responses(
        (status = 200, content((SatisfactionAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/satisfaction")]
async fn get_satisfaction_analysis(
    me: Caller,
    req: HttpRequest,
) -> Reply<Charted<SatisfactionAnalysis>> {
    let (kind, by) = (Kind::Csat, SurveyDimension::default());
    let mut asked = SatisfactionAsked { kind, by, from: None, to: None, survey_id: None };
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "kind" => asked.kind = word(name, value)?,
            "by" => asked.by = word(name, value)?,
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "surveyId" => asked.survey_id = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(service::satisfaction(&me, &asked).await?, charts::satisfaction, theme))
}
