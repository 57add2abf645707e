use actix_web::{
    delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    records,
    segmentation::segments::{self, NewSegment, Preview, SegmentPatch},
};
use rapport_entity::{
    customers::customer,
    rule::Rule,
    segmentation::segment::{Entity, Id, Model},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    caller::Caller,
    problem::Problem,
    rest::{
        Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
        SearchRequest, reply::List,
    },
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<SegmentPatch>` for the schema of a `SegmentPatch`.)
type Change = Based<SegmentPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_segments)
        .service(search_segments)
        .service(preview_segment)
        .service(create_segment)
        .service(get_segment)
        .service(update_segment)
        .service(delete_segment)
        .service(restore_segment)
        .service(list_segment_members);
}

/// Segments, newest first.
#[utoipa::path(tag = "segments", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/segments")]
async fn list_segments(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Segments, as a list, with the parameters in the body.
#[utoipa::path(tag = "segments", responses((status = 200, body = List<Model>), Problem))]
#[post("/segments/search")]
async fn search_segments(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a segment.
#[utoipa::path(tag = "segments", responses((status = 201, body = Model), Problem))]
#[post("/segments")]
async fn create_segment(me: Caller, new: Json<NewSegment>) -> Reply<Created<Model>> {
    Ok(Created { record: segments::create(&me, new.0).await?, at: "segments" })
}

/// One segment.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/segments/{id}")]
async fn get_segment(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a segment: what is left out stays, null clears.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/segments/{id}")]
async fn update_segment(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(segments::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a segment. It can be restored.
#[utoipa::path(tag = "segments", params(Id), responses((status = 204), Problem))]
#[delete("/segments/{id}")]
async fn delete_segment(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    segments::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted segment back.
#[utoipa::path(tag = "segments", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/segments/{id}/restore")]
async fn restore_segment(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(segments::restore(&me, *id).await?))
}

/// The customers that are in a segment now.
#[utoipa::path(
    tag = "segments",
    params(Id, ListQuery<customer::Entity>),
    responses((status = 200, body = List<customer::Model>), Problem)
)]
#[get("/segments/{id}/members")]
async fn list_segment_members(
    me: Caller,
    id: Path<Id>,
    query: ListQuery<customer::Entity>,
) -> Reply<Listed<customer::Model>> {
    Ok(Listed(segments::members(&me, *id, &query.listing()?).await?))
}

/// A rule to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewSegment {
    /// The rule.
    rule: Rule,
}

/// Whom a rule would select.
#[derive(Serialize, ToSchema)]
struct SegmentPreview {
    /// How many customers.
    #[schema(minimum = 0)]
    count: i64,
    /// Up to ten of them, newest first.
    #[schema(max_items = 10)]
    sample: Vec<customer::Model>,
}

/// Try a rule without saving it.
#[utoipa::path(tag = "segments", responses((status = 200, body = SegmentPreview), Problem))]
#[post("/segments/preview")]
async fn preview_segment(
    me: Caller,
    body: Json<PreviewSegment>,
) -> Reply<web::Json<SegmentPreview>> {
    let Preview { count, sample } = segments::preview(&me, &body.0.rule).await?;
    Ok(web::Json(SegmentPreview { count, sample }))
}
