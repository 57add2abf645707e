use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    service::{
        queues::{self, NewQueue, QueuePatch},
        requests::next,
    },
};
use rapport_entity::service::{
    queue::{Entity, Id, Model},
    service_request,
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<QueuePatch>` for the schema of a `QueuePatch`.)
type Change = Based<QueuePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_queues)
        .service(search_queues)
        .service(create_queue)
        .service(get_queue)
        .service(update_queue)
        .service(delete_queue)
        .service(restore_queue)
        .service(take_next_service_request);
}

/// Queues, newest first.
#[utoipa::path(tag = "queues", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/queues")]
async fn list_queues(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Queues, as a list, with the parameters in the body.
#[utoipa::path(tag = "queues", responses((status = 200, body = List<Model>), Problem))]
#[post("/queues/search")]
async fn search_queues(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a queue.
#[utoipa::path(tag = "queues", responses((status = 201, body = Model), Problem))]
#[post("/queues")]
async fn create_queue(me: Caller, new: Json<NewQueue>) -> Reply<Created<Model>> {
    Ok(Created { record: queues::create(&me, new.0).await?, at: "queues" })
}

/// One queue.
#[utoipa::path(tag = "queues", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/queues/{id}")]
async fn get_queue(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a queue: what is left out stays, null clears.
#[utoipa::path(tag = "queues", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/queues/{id}")]
async fn update_queue(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(queues::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a queue. It can be restored.
#[utoipa::path(tag = "queues", params(Id), responses((status = 204), Problem))]
#[delete("/queues/{id}")]
async fn delete_queue(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    queues::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted queue back.
#[utoipa::path(tag = "queues", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/queues/{id}/restore")]
async fn restore_queue(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Take the most urgent request of a queue that nobody has and that you can do, of those of one priority the oldest. No two who ask at once get the same.
#[utoipa::path(tag = "queues", params(Id), responses((status = 200, body = service_request::Model), Problem))]
#[post("/queues/{id}/take-next")]
async fn take_next_service_request(
    me: Caller,
    id: Path<Id>,
) -> Reply<Record<service_request::Model>> {
    Ok(Record(next::take_next(&me, *id).await?))
}
