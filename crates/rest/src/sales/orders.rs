use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::sales::orders::{
    differences::{self, OrderDifferences},
    orders::{self, NewOrder, OrderPatch, OrderWithLines},
};
use rapport_entity::{
    ExternalId, Source,
    sales::order::{Entity, Id},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<OrderPatch>` for the schema of a `OrderPatch`.)
type Change = Based<OrderPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_orders)
        .service(search_orders)
        .service(create_order)
        .service(get_order)
        .service(update_order)
        .service(upsert_order)
        .service(delete_order)
        .service(restore_order)
        .service(get_order_differences);
}

/// Orders, newest first.
#[utoipa::path(tag = "orders", params(ListQuery<Entity>), responses((status = 200, body = List<OrderWithLines>), Problem))]
#[get("/orders")]
async fn list_orders(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<OrderWithLines>> {
    Ok(Listed(orders::list(&me, &query.listing()?).await?))
}

/// Orders, as a list, with the parameters in the body.
#[utoipa::path(tag = "orders", responses((status = 200, body = List<OrderWithLines>), Problem))]
#[post("/orders/search")]
async fn search_orders(me: Caller, search: Json<Search>) -> Reply<Listed<OrderWithLines>> {
    Ok(Listed(orders::list(&me, &search.0.listing()?).await?))
}

/// Make an order.
#[utoipa::path(tag = "orders", responses((status = 201, body = OrderWithLines), Problem))]
#[post("/orders")]
async fn create_order(me: Caller, new: Json<NewOrder>) -> Reply<Created<OrderWithLines>> {
    Ok(Created { record: orders::create(&me, new.0).await?, at: "orders" })
}

/// One order.
#[utoipa::path(tag = "orders", params(Id), responses((status = 200, body = OrderWithLines), Problem))]
#[get("/orders/{id}")]
async fn get_order(me: Caller, id: Path<Id>) -> Reply<Record<OrderWithLines>> {
    Ok(Record(orders::get(&me, *id).await?))
}

/// Change an order: what is left out stays, null clears.
#[utoipa::path(tag = "orders", params(Id), responses((status = 200, body = OrderWithLines), Problem))]
#[patch("/orders/{id}")]
async fn update_order(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<OrderWithLines>> {
    Ok(Record(orders::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Make the order that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "orders",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = OrderWithLines), (status = 201, body = OrderWithLines), Problem)
)]
#[put("/orders/by-external/{source}/{externalId}")]
async fn upsert_order(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewOrder>,
) -> Reply<web::Either<Created<OrderWithLines>, Record<OrderWithLines>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = orders::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "orders" }),
        false => web::Either::Right(Record(record)),
    })
}

/// Delete an order of which nothing is delivered or paid. It can be restored.
#[utoipa::path(tag = "orders", params(Id), responses((status = 204), Problem))]
#[delete("/orders/{id}")]
async fn delete_order(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    orders::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted order back.
#[utoipa::path(tag = "orders", params(Id), responses((status = 200, body = OrderWithLines), Problem))]
#[post("/orders/{id}/restore")]
async fn restore_order(me: Caller, id: Path<Id>) -> Reply<Record<OrderWithLines>> {
    Ok(Record(orders::restore(&me, *id).await?))
}

/// How an order is another than the quote that it comes from, line by line.
#[utoipa::path(tag = "orders", params(Id), responses((status = 200, body = OrderDifferences), Problem))]
#[get("/orders/{id}/differences")]
async fn get_order_differences(me: Caller, id: Path<Id>) -> Reply<web::Json<OrderDifferences>> {
    Ok(web::Json(differences::get(&me, *id).await?))
}
