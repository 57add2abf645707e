use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::exchange_rates::{self, ExchangeRatePatch, NewExchangeRate},
};
use rapport_entity::sales::exchange_rate::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ExchangeRatePatch>` for the schema of a `ExchangeRatePatch`.)
type Change = Based<ExchangeRatePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_exchange_rates)
        .service(search_exchange_rates)
        .service(create_exchange_rate)
        .service(get_exchange_rate)
        .service(update_exchange_rate)
        .service(delete_exchange_rate)
        .service(restore_exchange_rate);
}

/// Exchange rates, newest first.
#[utoipa::path(tag = "exchange rates", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/exchange-rates")]
async fn list_exchange_rates(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Exchange rates, as a list, with the parameters in the body.
#[utoipa::path(tag = "exchange rates", responses((status = 200, body = List<Model>), Problem))]
#[post("/exchange-rates/search")]
async fn search_exchange_rates(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an exchange rate.
#[utoipa::path(tag = "exchange rates", responses((status = 201, body = Model), Problem))]
#[post("/exchange-rates")]
async fn create_exchange_rate(me: Caller, new: Json<NewExchangeRate>) -> Reply<Created<Model>> {
    Ok(Created { record: exchange_rates::create(&me, new.0).await?, at: "exchange-rates" })
}

/// One exchange rate.
#[utoipa::path(tag = "exchange rates", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/exchange-rates/{id}")]
async fn get_exchange_rate(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an exchange rate: what is left out stays, null clears.
#[utoipa::path(tag = "exchange rates", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/exchange-rates/{id}")]
async fn update_exchange_rate(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(exchange_rates::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an exchange rate. It can be restored.
#[utoipa::path(tag = "exchange rates", params(Id), responses((status = 204), Problem))]
#[delete("/exchange-rates/{id}")]
async fn delete_exchange_rate(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted exchange rate back.
#[utoipa::path(tag = "exchange rates", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/exchange-rates/{id}/restore")]
async fn restore_exchange_rate(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
