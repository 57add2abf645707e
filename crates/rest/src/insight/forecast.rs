use actix_web::{HttpRequest, get};
use chrono::{DateTime, Utc};
use rapport_charts as charts;
use rapport_domain::{
    Error,
    insight::forecast::{self, Forecast, ForecastAsked},
};
use rapport_entity::{
    Month,
    identity::{team, user},
    sales::{
        analysis::{FiscalPeriod, ForecastBy},
        pipeline,
    },
    values::moment,
};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::{
    charted::{Charted, read, themed, word},
    sales::of,
};
use crate::{Reply, Routes, query::within};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_forecast);
}

/// What is asked for of a forecast.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ForecastQuery {
    /// A month of the first period; this month where left out.
    from: Option<Month>,
    /// A month of the last period, at most 24; of the third month, the fourth quarter or the same year where left out.
    to: Option<Month>,
    /// How long periods are; `month` where left out.
    period: Option<FiscalPeriod>,
    /// The month that fiscal years begin with; the workspace's where left out.
    #[param(minimum = 1, maximum = 12)]
    fiscal_year_start: Option<i32>,
    /// What opportunities are grouped by; not at all where left out.
    group_by: Option<ForecastBy>,
    /// A moment that is past: what was forecast then, and what became of it until now.
    as_of: Option<DateTime<Utc>>,
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

/// What is to come of selling, by how sure it is, period by period: as of now, or as of any past moment, and then what became
/// of it.
#[utoipa::path(
    tag = "analysis",
    params(ForecastQuery),
    responses(
        (status = 200, content((Forecast = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/forecast")]
async fn get_forecast(me: Caller, req: HttpRequest) -> Reply<Charted<Forecast>> {
    let mut asked = ForecastAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "period" => asked.period = word(name, value)?,
            "fiscalYearStart" => {
                asked.fiscal_year_start = Some(within(name, value, 1, 12)? as i32);
            }
            "groupBy" => asked.group_by = Some(word(name, value)?),
            "asOf" => asked.as_of = Some(as_of(value)?),
            _ => of(&mut asked.of, name, value)?,
        }
        Ok(())
    })?;
    Ok(Charted::new(forecast::forecast(&me, &asked).await?, charts::forecast, theme))
}

fn as_of(value: &str) -> rapport_domain::Result<DateTime<Utc>> {
    moment(value).map_err(|_| Error::invalid("/asOf", "must be a time, RFC 3339"))
}
