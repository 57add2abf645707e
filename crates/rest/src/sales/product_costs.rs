use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::product_costs::{self, NewProductCost, ProductCostPatch},
};
use rapport_entity::sales::product_cost::{Entity, Id, ProductCost};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ProductCostPatch>` for the schema of a `ProductCostPatch`.)
type Change = Based<ProductCostPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_product_costs)
        .service(search_product_costs)
        .service(create_product_cost)
        .service(get_product_cost)
        .service(update_product_cost)
        .service(delete_product_cost)
        .service(restore_product_cost);
}

/// What products cost us, newest first.
#[utoipa::path(tag = "product costs", params(ListQuery<Entity>), responses((status = 200, body = List<ProductCost>), Problem))]
#[get("/product-costs")]
async fn list_product_costs(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<ProductCost>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(ProductCost::from)))
}

/// What products cost us, as a list, with the parameters in the body.
#[utoipa::path(tag = "product costs", responses((status = 200, body = List<ProductCost>), Problem))]
#[post("/product-costs/search")]
async fn search_product_costs(me: Caller, search: Json<Search>) -> Reply<Listed<ProductCost>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(ProductCost::from)))
}

/// Make a cost of a product.
#[utoipa::path(tag = "product costs", responses((status = 201, body = ProductCost), Problem))]
#[post("/product-costs")]
async fn create_product_cost(me: Caller, new: Json<NewProductCost>) -> Reply<Created<ProductCost>> {
    Ok(Created { record: product_costs::create(&me, new.0).await?.into(), at: "product-costs" })
}

/// One cost of a product.
#[utoipa::path(tag = "product costs", params(Id), responses((status = 200, body = ProductCost), Problem))]
#[get("/product-costs/{id}")]
async fn get_product_cost(me: Caller, id: Path<Id>) -> Reply<Record<ProductCost>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a cost of a product: what is left out stays, null clears.
#[utoipa::path(tag = "product costs", params(Id), responses((status = 200, body = ProductCost), Problem))]
#[patch("/product-costs/{id}")]
async fn update_product_cost(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<ProductCost>> {
    Ok(Record(
        product_costs::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?.into(),
    ))
}

/// Delete a cost of a product. It can be restored.
#[utoipa::path(tag = "product costs", params(Id), responses((status = 204), Problem))]
#[delete("/product-costs/{id}")]
async fn delete_product_cost(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted cost of a product back.
#[utoipa::path(tag = "product costs", params(Id), responses((status = 200, body = ProductCost), Problem))]
#[post("/product-costs/{id}/restore")]
async fn restore_product_cost(me: Caller, id: Path<Id>) -> Reply<Record<ProductCost>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?.into()))
}
