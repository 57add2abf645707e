use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    customers::customers::{self, CustomerPatch, NewCustomer},
    records,
};
use rapport_entity::{
    ExternalId, Source,
    customers::customer::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<CustomerPatch>` for the schema of a `CustomerPatch`.)
type Change = Based<CustomerPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_customers)
        .service(search_customers)
        .service(upsert_customer)
        .service(create_customer)
        .service(get_customer)
        .service(update_customer)
        .service(delete_customer)
        .service(restore_customer);
}

/// Customers, newest first.
#[utoipa::path(tag = "customers", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/customers")]
async fn list_customers(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Customers, as a list, with the parameters in the body.
#[utoipa::path(tag = "customers", responses((status = 200, body = List<Model>), Problem))]
#[post("/customers/search")]
async fn search_customers(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a customer.
#[utoipa::path(tag = "customers", responses((status = 201, body = Model), Problem))]
#[post("/customers")]
async fn create_customer(me: Caller, new: Json<NewCustomer>) -> Reply<Created<Model>> {
    Ok(Created { record: customers::create(&me, new.0).await?, at: "customers" })
}

/// Make the customer that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "customers",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/customers/by-external/{source}/{externalId}")]
async fn upsert_customer(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewCustomer>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (record, made) = customers::upsert(&me, source, external_id, expected.0, new.0).await?;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "customers" }),
        false => web::Either::Right(Record(record)),
    })
}

/// One customer.
#[utoipa::path(tag = "customers", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/customers/{id}")]
async fn get_customer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a customer: what is left out stays, null clears.
#[utoipa::path(tag = "customers", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/customers/{id}")]
async fn update_customer(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(customers::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a customer. It can be restored.
#[utoipa::path(tag = "customers", params(Id), responses((status = 204), Problem))]
#[delete("/customers/{id}")]
async fn delete_customer(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted customer back.
#[utoipa::path(tag = "customers", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/customers/{id}/restore")]
async fn restore_customer(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
