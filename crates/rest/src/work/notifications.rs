use actix_web::{HttpResponse, get, post, web::Path};
use rapport_domain::{
    records,
    work::notifications::{self, ReadAllNotifications, ReadNotifications, UnreadNotifications},
};
use rapport_entity::work::notification::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest, reply::List};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_notifications)
        .service(search_notifications)
        .service(get_unread_notification_count)
        .service(get_notification)
        .service(read_notification)
        .service(read_all_notifications);
}

/// What you are told, newest first.
#[utoipa::path(tag = "notifications", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/notifications")]
async fn list_notifications(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// What you are told, as a list, with the parameters in the body.
#[utoipa::path(tag = "notifications", responses((status = 200, body = List<Model>), Problem))]
#[post("/notifications/search")]
async fn search_notifications(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// How much of what you are told you have not read.
#[utoipa::path(tag = "notifications", responses((status = 200, body = UnreadNotifications), Problem))]
#[get("/notifications/unread-count")]
async fn get_unread_notification_count(me: Caller) -> Reply<HttpResponse> {
    Ok(HttpResponse::Ok().json(notifications::unread(&me).await?))
}

/// One notification.
#[utoipa::path(tag = "notifications", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/notifications/{id}")]
async fn get_notification(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Say that you have read a notification. One that is read stays so.
#[utoipa::path(tag = "notifications", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/notifications/{id}/read")]
async fn read_notification(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(notifications::read(&me, *id).await?))
}

/// Say that you have read all notifications, or those until the newest one that you have seen.
#[utoipa::path(tag = "notifications", responses((status = 200, body = ReadNotifications), Problem))]
#[post("/notifications/read-all")]
async fn read_all_notifications(
    me: Caller,
    which: Json<ReadAllNotifications>,
) -> Reply<HttpResponse> {
    Ok(HttpResponse::Ok().json(notifications::read_all(&me, which.0).await?))
}
