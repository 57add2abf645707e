use actix_web::{
    HttpRequest, get, post,
    web::{self, Path},
};
use chrono::{DateTime, Utc};
use rapport_domain::{
    Error,
    segmentation::{
        listings,
        members::{self, SegmentStay},
        watermark::{self, SegmentWatermark},
        why::{self, SegmentReason},
    },
};
use rapport_entity::{
    customers::customer,
    segmentation::{
        segment::{Id, Model},
        segment_listing::Listing,
    },
    values::moment,
};
use rapport_http::{caller::Caller, problem::Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Json, ListQuery, Listed, Record, Reply, Routes,
    query::{each, unknown},
    reply::List,
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_segment_watermark)
        .service(list_segment_members)
        .service(get_segment_reason)
        .service(list_customer_segments)
        .service(list_segment_included)
        .service(list_segment_excluded)
        .service(include_in_segment)
        .service(exclude_from_segment)
        .service(unlist_from_segment);
}

/// At which moment.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct AtQuery {
    /// Who belonged to it at this moment (RFC 3339), rather than now.
    at: Option<DateTime<Utc>>,
}

fn parsed(at: &str) -> Result<DateTime<Utc>, Error> {
    moment(at).map_err(|_| Error::invalid("/at", "must be a time, RFC 3339"))
}

/// The customers that are in a segment, or were at a moment.
#[utoipa::path(
    tag = "segments",
    params(Id, AtQuery, ListQuery<customer::Entity>),
    responses((status = 200, body = List<customer::Model>), Problem)
)]
#[get("/segments/{id}/members")]
async fn list_segment_members(
    me: Caller,
    id: Path<Id>,
    mut query: ListQuery<customer::Entity>,
) -> Reply<Listed<customer::Model>> {
    let at = query.take("at").map(|at| parsed(&at)).transpose()?;
    Ok(Listed(members::members(&me, *id, at, &query.listing()?).await?))
}

/// Why a customer is, or is not, in a segment: what comes of each part of its rule now, and the values that were looked at.
#[utoipa::path(
    tag = "segments",
    params(("id" = String, Path, format = Uuid), ("customerId" = String, Path, format = Uuid)),
    responses((status = 200, body = SegmentReason), Problem)
)]
#[get("/segments/{id}/members/{customerId}/why")]
async fn get_segment_reason(
    me: Caller,
    ids: Path<(Id, customer::Id)>,
) -> Reply<web::Json<SegmentReason>> {
    Ok(web::Json(why::why(&me, ids.0, ids.1).await?))
}

/// How far membership has read in the log.
#[utoipa::path(tag = "segments", responses((status = 200, body = SegmentWatermark), Problem))]
#[get("/segments/watermark")]
async fn get_segment_watermark(me: Caller) -> Reply<web::Json<SegmentWatermark>> {
    Ok(web::Json(watermark::watermark(&me).await?))
}

/// The segments that a customer is in, or was at a moment, the last that was entered first: all of them, at most 1,000.
#[utoipa::path(
    tag = "segments",
    params(customer::Id, AtQuery),
    responses((status = 200, body = List<SegmentStay>), Problem)
)]
#[get("/customers/{id}/segments")]
async fn list_customer_segments(
    me: Caller,
    id: Path<customer::Id>,
    req: HttpRequest,
) -> Reply<Listed<SegmentStay>> {
    let mut at = None;
    each(req.query_string(), |name, value| match name {
        "at" => {
            at = Some(parsed(value)?);
            Ok(())
        }
        _ => Err(unknown(name)),
    })?;
    Ok(Listed(members::segments_of(&me, *id, at).await?.into()))
}

/// The customers that were put into a segment by hand.
#[utoipa::path(
    tag = "segments",
    params(Id, ListQuery<customer::Entity>),
    responses((status = 200, body = List<customer::Model>), Problem)
)]
#[get("/segments/{id}/included")]
async fn list_segment_included(
    me: Caller,
    id: Path<Id>,
    query: ListQuery<customer::Entity>,
) -> Reply<Listed<customer::Model>> {
    Ok(Listed(listings::listed(&me, *id, Listing::Included, &query.listing()?).await?))
}

/// The customers that are kept out of a segment by hand.
#[utoipa::path(
    tag = "segments",
    params(Id, ListQuery<customer::Entity>),
    responses((status = 200, body = List<customer::Model>), Problem)
)]
#[get("/segments/{id}/excluded")]
async fn list_segment_excluded(
    me: Caller,
    id: Path<Id>,
    query: ListQuery<customer::Entity>,
) -> Reply<Listed<customer::Model>> {
    Ok(Listed(listings::listed(&me, *id, Listing::Excluded, &query.listing()?).await?))
}

/// Some customers.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomerIds {
    /// Who.
    #[schema(min_items = 1, max_items = 1000)]
    customer_ids: Vec<customer::Id>,
}

/// Put customers into a segment, whatever its rule says.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/segments/{id}/include")]
async fn include_in_segment(
    me: Caller,
    id: Path<Id>,
    who: Json<CustomerIds>,
) -> Reply<Record<Model>> {
    Ok(Record(listings::include(&me, *id, &who.0.customer_ids).await?))
}

/// Keep customers out of a segment, whatever its rule says.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/segments/{id}/exclude")]
async fn exclude_from_segment(
    me: Caller,
    id: Path<Id>,
    who: Json<CustomerIds>,
) -> Reply<Record<Model>> {
    Ok(Record(listings::exclude(&me, *id, &who.0.customer_ids).await?))
}

/// Take customers off both lists of a segment, so that its rule alone decides.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/segments/{id}/unlist")]
async fn unlist_from_segment(
    me: Caller,
    id: Path<Id>,
    who: Json<CustomerIds>,
) -> Reply<Record<Model>> {
    Ok(Record(listings::unlist(&me, *id, &who.0.customer_ids).await?))
}
