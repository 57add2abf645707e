use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    segmentation::segments::{self, NewSegment, SegmentPatch},
};
use rapport_entity::segmentation::segment::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<SegmentPatch>` for the schema of a `SegmentPatch`.)
type Change = Based<SegmentPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_segments)
        .service(search_segments)
        .service(create_segment)
        .service(get_segment)
        .service(update_segment)
        .service(delete_segment)
        .service(restore_segment);
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
