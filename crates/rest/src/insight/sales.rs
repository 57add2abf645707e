use actix_web::{HttpRequest, get, web::Json};
use rapport_charts as charts;
use rapport_domain::{
    Result,
    insight::sales::{
        self, AgeingAnalysis, ComparisonAsked, PipelineAnalysis, PipelineAsked, SalesAnalysis,
        SalesAsked, SalesComparison, SalesOf,
    },
};
use rapport_entity::{
    Date,
    identity::{team, user},
    sales::{analysis::Dimension, opportunity::Status, pipeline},
};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, themed, word};
use crate::{
    Reply, Routes,
    query::{each, rule, unknown},
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_sales_analysis)
        .service(get_sales_comparison)
        .service(get_pipeline_analysis)
        .service(get_ageing_analysis);
}

/// Reads which opportunities are looked at.
pub fn of(of: &mut SalesOf, name: &str, value: &str) -> Result<()> {
    match name {
        "filter" => of.filter = Some(rule(name, value)?),
        "pipelineId" => of.pipeline_id = read(name, value)?,
        "ownerId" => of.owner_id = read(name, value)?,
        "teamId" => of.team_id = read(name, value)?,
        _ => return Err(unknown(name)),
    }
    Ok(())
}

/// What is asked for of sales.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct SalesQuery {
    /// The first day of those on which opportunities were closed; the first of all where left out. Open ones count as they
    /// are now.
    from: Option<Date>,
    /// The last; the last of all where left out.
    to: Option<Date>,
    /// Only the opportunities of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// Only those of this pipeline.
    pipeline_id: Option<pipeline::Id>,
    /// Only those that this user has.
    owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    team_id: Option<team::Id>,
}

/// How selling goes: how many opportunities are open, were won and lost, what they are worth, and how long it took.
#[utoipa::path(
    tag = "analysis",
    params(SalesQuery),
    responses((status = 200, body = SalesAnalysis), Problem)
)]
#[get("/analysis/sales")]
async fn get_sales_analysis(me: Caller, req: HttpRequest) -> Reply<Json<SalesAnalysis>> {
    let mut asked = SalesAsked::default();
    each(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Json(sales::summary(&me, &asked).await?))
}

/// What is asked for of a comparison.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ComparisonQuery {
    /// What opportunities are grouped by; `owner` where left out.
    by: Option<Dimension>,
    /// Only those of this status: `by=close_reason&status=lost` tells why opportunities are lost.
    status: Option<Status>,
    /// The first day of those on which opportunities were closed; the first of all where left out. Open ones count as they
    /// are now.
    from: Option<Date>,
    /// The last; the last of all where left out.
    to: Option<Date>,
    /// Only the opportunities of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// Only those of this pipeline.
    pipeline_id: Option<pipeline::Id>,
    /// Only those that this user has.
    owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    team_id: Option<team::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// What is won and lost by whatever it is looked at: owner, team, product, source, competitor, reason and more.
#[utoipa::path(
    tag = "analysis",
    params(ComparisonQuery),
    responses(
        (status = 200, content((SalesComparison = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/sales-comparison")]
async fn get_sales_comparison(me: Caller, req: HttpRequest) -> Reply<Charted<SalesComparison>> {
    let (by, status, from, to) = (Dimension::Owner, None, None, None);
    let mut asked = ComparisonAsked { by, status, from, to, of: SalesOf::default() };
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "by" => asked.by = word(name, value)?,
            "status" => asked.status = Some(word(name, value)?),
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(sales::comparison(&me, &asked).await?, charts::comparison, theme))
}

/// What is asked for of the stages of a pipeline.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct PipelineQuery {
    /// The first day of those on which a stay in a stage began; the first of all where left out.
    from: Option<Date>,
    /// The last; the last of all where left out.
    to: Option<Date>,
    /// Only the opportunities of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// The pipeline; the default one where left out.
    pipeline_id: Option<pipeline::Id>,
    /// Only those that this user has.
    owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    team_id: Option<team::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How opportunities go through the stages of a pipeline: how many go on, are won and lost, and how long it takes.
#[utoipa::path(
    tag = "analysis",
    params(PipelineQuery),
    responses(
        (status = 200, content((PipelineAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/pipeline")]
async fn get_pipeline_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<PipelineAnalysis>> {
    let mut asked = PipelineAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(sales::pipeline(&me, &asked).await?, charts::pipeline, theme))
}

/// Which open opportunities are looked at.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct AgeingQuery {
    /// Only the opportunities of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// Only those of this pipeline.
    pipeline_id: Option<pipeline::Id>,
    /// Only those that this user has.
    owner_id: Option<user::Id>,
    /// Only those that somebody of this team, or of one below it, has.
    team_id: Option<team::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How long the open opportunities have been in their stages, and how many of them are stalled.
#[utoipa::path(
    tag = "analysis",
    params(AgeingQuery),
    responses(
        (status = 200, content((AgeingAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/ageing")]
async fn get_ageing_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<AgeingAnalysis>> {
    let mut asked = SalesOf::default();
    let theme = themed(req.query_string(), |name, value| of(&mut asked, name, value))?;
    Ok(Charted::new(sales::ageing(&me, &asked).await?, charts::ageing, theme))
}
