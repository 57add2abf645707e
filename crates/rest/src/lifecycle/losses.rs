use actix_web::{get, patch, post, web::Path};
use rapport_domain::{
    lifecycle::losses::{self, LoseCustomer, LossPatch},
    records,
};
use rapport_entity::{
    customers::customer,
    lifecycle::loss::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LossPatch>` for the schema of a `LossPatch`.)
type Change = Based<LossPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_losses)
        .service(search_losses)
        .service(get_loss)
        .service(update_loss)
        .service(lose_customer);
}

/// Losses of customers, newest first.
#[utoipa::path(tag = "losses", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/losses")]
async fn list_losses(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Losses of customers, as a list, with the parameters in the body.
#[utoipa::path(tag = "losses", responses((status = 200, body = List<Model>), Problem))]
#[post("/losses/search")]
async fn search_losses(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// One loss of a customer.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/losses/{id}")]
async fn get_loss(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a loss of a customer: what is left out stays, null clears.
#[utoipa::path(tag = "losses", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/losses/{id}")]
async fn update_loss(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(losses::update(&me, *id, expected, patch.0.patch).await?))
}

/// Lose a customer: move them to the stage of the lost, and say why.
#[utoipa::path(tag = "losses", params(customer::Id), responses((status = 201, body = Model), Problem))]
#[post("/customers/{id}/lose")]
async fn lose_customer(
    me: Caller,
    id: Path<customer::Id>,
    expected: IfMatch,
    how: Json<LoseCustomer>,
) -> Reply<Created<Model>> {
    Ok(Created { record: losses::lose(&me, *id, expected.0, how.0).await?, at: "losses" })
}
