use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    customers::interactions::{self, InteractionPatch, NewInteraction},
    records,
};
use rapport_entity::{
    ExternalId, Source,
    customers::interaction::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<InteractionPatch>` for the schema of a `InteractionPatch`.)
type Change = Based<InteractionPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_interactions)
        .service(search_interactions)
        .service(upsert_interaction)
        .service(create_interaction)
        .service(get_interaction)
        .service(update_interaction)
        .service(delete_interaction)
        .service(restore_interaction);
}

/// Interactions, newest first.
#[utoipa::path(tag = "interactions", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/interactions")]
async fn list_interactions(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Interactions, as a list, with the parameters in the body.
#[utoipa::path(tag = "interactions", responses((status = 200, body = List<Model>), Problem))]
#[post("/interactions/search")]
async fn search_interactions(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an interaction.
#[utoipa::path(tag = "interactions", responses((status = 201, body = Model), Problem))]
#[post("/interactions")]
async fn create_interaction(me: Caller, new: Json<NewInteraction>) -> Reply<Created<Model>> {
    Ok(Created { record: interactions::create(&me, new.0).await?, at: "interactions" })
}

/// Make the interaction that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "interactions",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/interactions/by-external/{source}/{externalId}")]
async fn upsert_interaction(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewInteraction>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = interactions::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "interactions" }),
        false => web::Either::Right(Record(record)),
    })
}

/// One interaction.
#[utoipa::path(tag = "interactions", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/interactions/{id}")]
async fn get_interaction(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an interaction: what is left out stays, null clears.
#[utoipa::path(tag = "interactions", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/interactions/{id}")]
async fn update_interaction(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(interactions::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete an interaction. It can be restored.
#[utoipa::path(tag = "interactions", params(Id), responses((status = 204), Problem))]
#[delete("/interactions/{id}")]
async fn delete_interaction(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted interaction back.
#[utoipa::path(tag = "interactions", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/interactions/{id}/restore")]
async fn restore_interaction(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
