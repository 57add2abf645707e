use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::products::{self, NewProduct, ProductPatch, ProductWithComponents},
};
use rapport_entity::sales::product::{Entity, Id};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<ProductPatch>` for the schema of a `ProductPatch`.)
type Change = Based<ProductPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_products)
        .service(search_products)
        .service(create_product)
        .service(get_product)
        .service(update_product)
        .service(delete_product)
        .service(restore_product);
}

/// Products, newest first.
#[utoipa::path(tag = "products", params(ListQuery<Entity>), responses((status = 200, body = List<ProductWithComponents>), Problem))]
#[get("/products")]
async fn list_products(
    me: Caller,
    query: ListQuery<Entity>,
) -> Reply<Listed<ProductWithComponents>> {
    Ok(Listed(products::list(&me, &query.listing()?).await?))
}

/// Products, as a list, with the parameters in the body.
#[utoipa::path(tag = "products", responses((status = 200, body = List<ProductWithComponents>), Problem))]
#[post("/products/search")]
async fn search_products(me: Caller, search: Json<Search>) -> Reply<Listed<ProductWithComponents>> {
    Ok(Listed(products::list(&me, &search.0.listing()?).await?))
}

/// Make a product.
#[utoipa::path(tag = "products", responses((status = 201, body = ProductWithComponents), Problem))]
#[post("/products")]
async fn create_product(
    me: Caller,
    new: Json<NewProduct>,
) -> Reply<Created<ProductWithComponents>> {
    Ok(Created { record: products::create(&me, new.0).await?, at: "products" })
}

/// One product.
#[utoipa::path(tag = "products", params(Id), responses((status = 200, body = ProductWithComponents), Problem))]
#[get("/products/{id}")]
async fn get_product(me: Caller, id: Path<Id>) -> Reply<Record<ProductWithComponents>> {
    Ok(Record(products::get(&me, *id).await?))
}

/// Change a product: what is left out stays, null clears.
#[utoipa::path(tag = "products", params(Id), responses((status = 200, body = ProductWithComponents), Problem))]
#[patch("/products/{id}")]
async fn update_product(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<ProductWithComponents>> {
    Ok(Record(products::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a product. It can be restored.
#[utoipa::path(tag = "products", params(Id), responses((status = 204), Problem))]
#[delete("/products/{id}")]
async fn delete_product(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted product back.
#[utoipa::path(tag = "products", params(Id), responses((status = 200, body = ProductWithComponents), Problem))]
#[post("/products/{id}/restore")]
async fn restore_product(me: Caller, id: Path<Id>) -> Reply<Record<ProductWithComponents>> {
    Ok(Record(products::restore(&me, *id).await?))
}
