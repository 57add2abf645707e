use actix_web::{HttpRequest, get, web::Path};
use rapport_charts as charts;
use rapport_domain::insight::segments::{
    self, SegmentOverlap, SegmentRetention, SegmentRetentionAsked, SegmentRevenue, SegmentSize,
    SegmentSizeAsked, SegmentStages,
};
use rapport_entity::{Currency, Date, Month, segmentation::segment::Id};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, theme_alone, themed, whole_months};

use crate::{Reply, Routes, query::unknown};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_segment_size)
        .service(get_segment_retention)
        .service(get_segment_overlap)
        .service(get_segment_revenue)
        .service(get_segment_stages);
}

/// How a chart is drawn.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct ThemeQuery {
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// What is asked for of a segment's size.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct SizeQuery {
    /// The first day; 90 days before the last where left out.
    from: Option<Date>,
    /// The last day; today where left out. There may be 366 days.
    to: Option<Date>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How many customers have been in a segment, day by day, and how many entered and left it.
#[utoipa::path(
    tag = "segments",
    params(Id, SizeQuery),
    responses(
        (status = 200, content((SegmentSize = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/segments/{id}/size")]
async fn get_segment_size(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Charted<SegmentSize>> {
    let mut asked = SegmentSizeAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(segments::size(&me, *id, &asked).await?, charts::segment_size, theme))
}

/// What is asked for of who stays in a segment.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct StayQuery {
    /// The first cohort; eleven months before the last where left out.
    from: Option<Month>,
    /// The last cohort; this month where left out.
    to: Option<Month>,
    /// For how many months after the first.
    #[param(minimum = 1, maximum = 36, default = 12)]
    months: Option<i32>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// Who stays in a segment: cohorts of customers by the month in which they first entered it.
#[utoipa::path(
    tag = "segments",
    params(Id, StayQuery),
    responses(
        (status = 200, content((SegmentRetention = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/segments/{id}/retention")]
async fn get_segment_retention(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Charted<SegmentRetention>> {
    let mut asked = SegmentRetentionAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "from" => asked.from = read(name, value)?,
            "to" => asked.to = read(name, value)?,
            "months" => asked.months = Some(whole_months(value)?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    let retention = segments::retention(&me, *id, &asked).await?;
    Ok(Charted::new(retention, charts::segment_retention, theme))
}

/// In which other segments the members of a segment are, of the customers that you may see.
#[utoipa::path(
    tag = "segments",
    params(Id, ThemeQuery),
    responses(
        (status = 200, content((SegmentOverlap = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/segments/{id}/overlap")]
async fn get_segment_overlap(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Charted<SegmentOverlap>> {
    let theme = theme_alone(req.query_string())?;
    Ok(Charted::new(segments::overlap(&me, *id).await?, charts::overlap, theme))
}

/// What is asked for of a segment's revenue.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct RevenueQuery {
    /// The currency; the workspace's where left out. Orders in others do not count.
    currency: Option<Currency>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// What those who are in a segment now bought in this month and the eleven before it.
#[utoipa::path(
    tag = "segments",
    params(Id, RevenueQuery),
    responses(
        (status = 200, content((SegmentRevenue = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/segments/{id}/revenue")]
async fn get_segment_revenue(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Charted<SegmentRevenue>> {
    let mut currency: Option<Currency> = None;
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "currency" => currency = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    let revenue = segments::revenue(&me, *id, currency).await?;
    Ok(Charted::new(revenue, charts::segment_revenue, theme))
}

/// In which lifecycle stages the members of a segment are.
#[utoipa::path(
    tag = "segments",
    params(Id, ThemeQuery),
    responses(
        (status = 200, content((SegmentStages = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/segments/{id}/stages")]
async fn get_segment_stages(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Charted<SegmentStages>> {
    let theme = theme_alone(req.query_string())?;
    Ok(Charted::new(segments::stages(&me, *id).await?, charts::stages, theme))
}
