use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    customers::contact_points::{self, ContactPointPatch, NewContactPoint},
    records,
};
use rapport_entity::customers::contact_point::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ContactPointPatch>` for the schema of a `ContactPointPatch`.)
type Change = Based<ContactPointPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_contact_points)
        .service(search_contact_points)
        .service(create_contact_point)
        .service(get_contact_point)
        .service(update_contact_point)
        .service(delete_contact_point)
        .service(restore_contact_point);
}

/// Contact points, newest first.
#[utoipa::path(tag = "contact points", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/contact-points")]
async fn list_contact_points(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Contact points, as a list, with the parameters in the body.
#[utoipa::path(tag = "contact points", responses((status = 200, body = List<Model>), Problem))]
#[post("/contact-points/search")]
async fn search_contact_points(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a contact point.
#[utoipa::path(tag = "contact points", responses((status = 201, body = Model), Problem))]
#[post("/contact-points")]
async fn create_contact_point(me: Caller, new: Json<NewContactPoint>) -> Reply<Created<Model>> {
    Ok(Created { record: contact_points::create(&me, new.0).await?, at: "contact-points" })
}

/// One contact point.
#[utoipa::path(tag = "contact points", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/contact-points/{id}")]
async fn get_contact_point(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a contact point: what is left out stays, null clears.
#[utoipa::path(tag = "contact points", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/contact-points/{id}")]
async fn update_contact_point(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(contact_points::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a contact point. It can be restored.
#[utoipa::path(tag = "contact points", params(Id), responses((status = 204), Problem))]
#[delete("/contact-points/{id}")]
async fn delete_contact_point(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted contact point back.
#[utoipa::path(tag = "contact points", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/contact-points/{id}/restore")]
async fn restore_contact_point(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(contact_points::restore(&me, *id).await?))
}
