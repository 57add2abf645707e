use actix_web::{
    HttpRequest, delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    service::escalation::escalations::{self, EscalateServiceRequest},
    service::requests::{
        NewServiceRequest, ServiceRequestPatch, answering,
        hands::{self, AssignServiceRequest},
        history,
        links::{self, LinkServiceRequest, RequestLink},
        merging::{self, MergeServiceRequest},
        moves::{self, MoveServiceRequest, ResolveServiceRequest},
        requests,
        splitting::{self, SplitServiceRequest},
        watchers::{self, WatchServiceRequest},
    },
};
use rapport_entity::{
    ExternalId, Source,
    service::{
        request_answering, request_watcher, service_escalation,
        service_request::{Entity, Id, Model},
        service_step,
    },
};
use rapport_http::{caller::Caller, problem::Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ServiceRequestPatch>` for the schema of a `ServiceRequestPatch`.)
type Change = Based<ServiceRequestPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_service_requests)
        .service(search_service_requests)
        .service(create_service_request)
        .service(get_service_request)
        .service(update_service_request)
        .service(delete_service_request)
        .service(restore_service_request)
        .service(upsert_service_request)
        .service(split_service_request)
        .service(list_service_request_history)
        .service(list_service_request_watchers)
        .service(list_service_request_links)
        .service(list_service_request_answering)
        .service(list_service_request_escalations)
        .service(escalate_service_request)
        .service(announce_service_request_answering)
        .service(move_service_request)
        .service(resolve_service_request)
        .service(close_service_request)
        .service(reopen_service_request)
        .service(assign_service_request)
        .service(take_service_request)
        .service(merge_service_request)
        .service(watch_service_request)
        .service(unwatch_service_request)
        .service(link_service_request)
        .service(unlink_service_request);
}

/// Service requests, newest first.
#[utoipa::path(tag = "service requests", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/service-requests")]
async fn list_service_requests(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Service requests, as a list, with the parameters in the body.
#[utoipa::path(tag = "service requests", responses((status = 200, body = List<Model>), Problem))]
#[post("/service-requests/search")]
async fn search_service_requests(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a service request.
#[utoipa::path(tag = "service requests", responses((status = 201, body = Model), Problem))]
#[post("/service-requests")]
async fn create_service_request(me: Caller, new: Json<NewServiceRequest>) -> Reply<Created<Model>> {
    Ok(Created { record: requests::create(&me, new.0).await?, at: "service-requests" })
}

/// One service request.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/service-requests/{id}")]
async fn get_service_request(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a service request: what is left out stays, null clears. How it stands is changed by `…/status`.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/service-requests/{id}")]
async fn update_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(requests::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a service request. It can be restored.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 204), Problem))]
#[delete("/service-requests/{id}")]
async fn delete_service_request(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    requests::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted service request back.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/restore")]
async fn restore_service_request(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(requests::restore(&me, *id).await?))
}

/// Make the service request that another system knows by this id, or change it. What is left out, or null, stays as it is; it comes into the status that it has there, whatever may come next here.
#[utoipa::path(
    tag = "service requests",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/service-requests/by-external/{source}/{externalId}")]
async fn upsert_service_request(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewServiceRequest>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = requests::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "service-requests" }),
        false => web::Either::Right(Record(record)),
    })
}

/// Make another service request of a message of one.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 201, body = Model), Problem))]
#[post("/service-requests/{id}/split")]
async fn split_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<SplitServiceRequest>,
) -> Reply<Created<Model>> {
    let record = splitting::split(&me, *id, expected.0, how.0).await?;
    Ok(Created { record, at: "service-requests" })
}

/// How a service request came to stand as it does, newest first: a step for each change of its status, priority, owner or queue.
#[utoipa::path(
    tag = "service requests",
    params(Id, PartQuery),
    responses((status = 200, body = List<service_step::Model>), Problem)
)]
#[get("/service-requests/{id}/history")]
async fn list_service_request_history(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<service_step::Model>> {
    let part = part(req.query_string(), |name, _| Err(unknown(name)))?;
    Ok(Listed(history::list(&me, *id, &part).await?))
}

/// Who watches a service request.
#[derive(Serialize, ToSchema)]
struct RequestWatchers {
    /// The users, in the order in which they began.
    #[schema(max_items = 50)]
    items: Vec<request_watcher::Model>,
}

/// Who is told what becomes of a service request.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = RequestWatchers), Problem))]
#[get("/service-requests/{id}/watchers")]
async fn list_service_request_watchers(
    me: Caller,
    id: Path<Id>,
) -> Reply<web::Json<RequestWatchers>> {
    Ok(web::Json(RequestWatchers { items: watchers::list(&me, *id).await? }))
}

/// Who is answering a service request.
#[derive(Serialize, ToSchema)]
struct RequestAnswerings {
    /// They, in the order in which they began.
    items: Vec<request_answering::Model>,
}

/// Who is answering a service request now: a hint, so that no two do.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = RequestAnswerings), Problem))]
#[get("/service-requests/{id}/answering")]
async fn list_service_request_answering(
    me: Caller,
    id: Path<Id>,
) -> Reply<web::Json<RequestAnswerings>> {
    Ok(web::Json(RequestAnswerings { items: answering::list(&me, *id).await? }))
}

/// Say that you are answering a service request, for half a minute from now, and get who is. Say it again while you go on.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = RequestAnswerings), Problem))]
#[post("/service-requests/{id}/answering")]
async fn announce_service_request_answering(
    me: Caller,
    id: Path<Id>,
) -> Reply<web::Json<RequestAnswerings>> {
    Ok(web::Json(RequestAnswerings { items: answering::announce(&me, *id).await? }))
}

/// How a service request was escalated.
#[derive(Serialize, ToSchema)]
struct RequestEscalations {
    /// Each time, the last first.
    #[schema(max_items = 100)]
    items: Vec<service_escalation::Model>,
}

/// How a service request was escalated, the last time first.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = RequestEscalations), Problem))]
#[get("/service-requests/{id}/escalations")]
async fn list_service_request_escalations(
    me: Caller,
    id: Path<Id>,
) -> Reply<web::Json<RequestEscalations>> {
    Ok(web::Json(RequestEscalations { items: escalations::list(&me, *id).await? }))
}

/// Escalate an open service request and say why: by the first rule for it that holds.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/escalate")]
async fn escalate_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    why: Json<EscalateServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(escalations::escalate(&me, *id, expected.0, why.0).await?))
}

/// What a service request has to do with others.
#[derive(Serialize, ToSchema)]
struct RequestLinks {
    /// The links, its own first.
    #[schema(max_items = 200)]
    items: Vec<RequestLink>,
}

/// What a service request has to do with others.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = RequestLinks), Problem))]
#[get("/service-requests/{id}/links")]
async fn list_service_request_links(me: Caller, id: Path<Id>) -> Reply<web::Json<RequestLinks>> {
    Ok(web::Json(RequestLinks { items: links::list(&me, *id).await? }))
}

/// Bring a service request into another status: one that may come next.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/status")]
async fn move_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<MoveServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(moves::move_to(&me, *id, expected.0, how.0).await?))
}

/// Resolve a service request, and say what has come of it; with its open cases where that is wanted.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/resolve")]
async fn resolve_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<ResolveServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(moves::resolve(&me, *id, expected.0, how.0).await?))
}

/// Close a service request.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/close")]
async fn close_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Record<Model>> {
    Ok(Record(moves::close(&me, *id, expected.0).await?))
}

/// Take up a service request that is resolved or closed.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/reopen")]
async fn reopen_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Record<Model>> {
    Ok(Record(moves::reopen(&me, *id, expected.0).await?))
}

/// Give a service request to somebody, or put it into a queue, and say why.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/assign")]
async fn assign_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<AssignServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(hands::assign(&me, *id, expected.0, how.0).await?))
}

/// Take an open service request that nobody has. Of several who do so at once, one gets it.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/take")]
async fn take_service_request(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Model>> {
    Ok(Record(hands::take(&me, *id, expected.0).await?))
}

/// Make a service request a part of another: its messages and watchers go there, and it is closed.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/merge")]
async fn merge_service_request(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<MergeServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(merging::merge(&me, *id, expected.0, how.0).await?))
}

/// Let a user be told of what is written about a service request in public, and of how it stands.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/watch")]
async fn watch_service_request(
    me: Caller,
    id: Path<Id>,
    how: Json<WatchServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(watchers::watch(&me, *id, how.0).await?))
}

/// Let a user no longer be told what becomes of a service request.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/unwatch")]
async fn unwatch_service_request(
    me: Caller,
    id: Path<Id>,
    how: Json<WatchServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(watchers::unwatch(&me, *id, how.0).await?))
}

/// Say that a service request has to do with another.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/link")]
async fn link_service_request(
    me: Caller,
    id: Path<Id>,
    how: Json<LinkServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(links::link(&me, *id, how.0).await?))
}

/// Take a link away that a service request makes itself.
#[utoipa::path(tag = "service requests", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/service-requests/{id}/unlink")]
async fn unlink_service_request(
    me: Caller,
    id: Path<Id>,
    how: Json<LinkServiceRequest>,
) -> Reply<Record<Model>> {
    Ok(Record(links::unlink(&me, *id, how.0).await?))
}
