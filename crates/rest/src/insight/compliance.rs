use actix_web::{HttpRequest, get};
use rapport_charts as charts;
use rapport_domain::insight::compliance::{self, ComplianceAsked, ServiceCompliance};
use rapport_entity::{Date, service::compliance::ComplianceBy};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, themed, word};
use crate::{
    Reply, Routes,
    query::{rule, unknown},
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_service_compliance);
}

/// What is asked for of what was promised.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ComplianceQuery {
    /// What clocks are grouped by; all together where left out.
    by: Option<ComplianceBy>,
    /// The first day of those on which requests were opened; 365 days up to the last one where left out, and 3,660 at most.
    from: Option<Date>,
    /// The last; today where left out.
    to: Option<Date>,
    /// Only requests of which this rule holds: a rule tree, as JSON.
    #[param(max_length = 20000)]
    filter: Option<String>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// Whether what was promised of service requests was kept: how many clocks were met and breached, how long they took, and what
/// became of deadlines from elsewhere.
#[utoipa::path(
    tag = "analysis",
    params(ComplianceQuery),
    responses(
        (status = 200, content((ServiceCompliance = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/service-compliance")]
async fn get_service_compliance(me: Caller, req: HttpRequest) -> Reply<Charted<ServiceCompliance>> {
    let mut asked = ComplianceAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "by" => asked.by = Some(word(name, value)?),
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "filter" => asked.filter = Some(rule(name, value)?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(compliance::compliance(&me, &asked).await?, charts::compliance, theme))
}
