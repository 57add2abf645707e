use actix_web::{HttpRequest, get};
use rapport_charts as charts;
use rapport_domain::insight::{
    funnel::{self, FunnelAnalysis},
    retention::{self, RetentionAnalysis},
    revenue::{self, RevenueAnalysis},
    tenure::{self, TenureAnalysis},
};
use rapport_entity::{Currency, Date, Month, segmentation::segment};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, themed, whole_months};

use crate::{Reply, Routes, query::unknown};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_revenue_analysis)
        .service(get_retention_analysis)
        .service(get_tenure_analysis)
        .service(get_funnel_analysis);
}

/// What is asked for of revenue.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct RevenueQuery {
    /// The first day; 365 days before the last where left out.
    from: Option<Date>,
    /// The last day; today where left out.
    to: Option<Date>,
    /// The first day of the period that it is compared with; where left out, as many days right before.
    compare_from: Option<Date>,
    /// The last day of the period that it is compared with.
    compare_to: Option<Date>,
    /// The currency; the workspace's where left out. Orders in others do not count.
    currency: Option<Currency>,
    /// Only customers who are in this segment now.
    segment_id: Option<segment::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// Revenue = customers × orders per customer × revenue per order, in two periods, and what the change is made of.
#[utoipa::path(
    tag = "analysis",
    params(RevenueQuery),
    responses(
        (status = 200, content((RevenueAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/revenue")]
async fn get_revenue_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<RevenueAnalysis>> {
    let mut asked = revenue::Asked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "compareFrom" => asked.compare_from = read(name, value)?,
            "compareTo" => asked.compare_to = read(name, value)?,
            "currency" => asked.currency = read(name, value)?,
            "segmentId" => asked.segment_id = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(revenue::analyse(&me, &asked).await?, charts::revenue, theme))
}

/// What is asked for of retention.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct RetentionQuery {
    /// The first cohort; eleven months before the last where left out.
    from: Option<Month>,
    /// The last cohort; this month where left out.
    to: Option<Month>,
    /// For how many months after the first.
    #[param(minimum = 1, maximum = 36, default = 12)]
    months: Option<i32>,
    /// Only customers who are in this segment now.
    segment_id: Option<segment::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// Who comes back: cohorts of customers by the month of their first purchase.
#[utoipa::path(
    tag = "analysis",
    params(RetentionQuery),
    responses(
        (status = 200, content((RetentionAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/retention")]
async fn get_retention_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<RetentionAnalysis>> {
    let mut asked = retention::Asked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "months" => asked.months = Some(whole_months(value)?),
            "segmentId" => asked.segment_id = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(retention::analyse(&me, &asked).await?, charts::retention, theme))
}

/// What is asked for of tenure.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct TenureQuery {
    /// The day; today where left out.
    as_of: Option<Date>,
    /// Only customers who are in this segment now.
    segment_id: Option<segment::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How long customers have been with us, from their first purchase.
#[utoipa::path(
    tag = "analysis",
    params(TenureQuery),
    responses(
        (status = 200, content((TenureAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/tenure")]
async fn get_tenure_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<TenureAnalysis>> {
    let (mut as_of, mut segment) = (None, None);
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "asOf" => as_of = read(name, value)?,
            "segmentId" => segment = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(tenure::analyse(&me, as_of, segment).await?, charts::tenure, theme))
}

/// What is asked for of the funnel.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct FunnelQuery {
    /// The first day of those on which a stay in a stage began; 365 days before the last where left out.
    from: Option<Date>,
    /// The last; today where left out.
    to: Option<Date>,
    /// Only customers who are in this segment now.
    segment_id: Option<segment::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How customers go from lifecycle stage to lifecycle stage: who moves on, who moves back, and how long it takes.
#[utoipa::path(
    tag = "analysis",
    params(FunnelQuery),
    responses(
        (status = 200, content((FunnelAnalysis = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/analysis/funnel")]
async fn get_funnel_analysis(me: Caller, req: HttpRequest) -> Reply<Charted<FunnelAnalysis>> {
    let mut asked = funnel::Asked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "segmentId" => asked.segment_id = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(funnel::analyse(&me, &asked).await?, charts::funnel, theme))
}
