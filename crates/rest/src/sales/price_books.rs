use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::price_books::{self, NewPriceBook, PriceBookPatch},
};
use rapport_entity::sales::price_book::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PriceBookPatch>` for the schema of a `PriceBookPatch`.)
type Change = Based<PriceBookPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_price_books)
        .service(search_price_books)
        .service(create_price_book)
        .service(get_price_book)
        .service(update_price_book)
        .service(delete_price_book)
        .service(restore_price_book);
}

/// Price books, newest first.
#[utoipa::path(tag = "price books", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/price-books")]
async fn list_price_books(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Price books, as a list, with the parameters in the body.
#[utoipa::path(tag = "price books", responses((status = 200, body = List<Model>), Problem))]
#[post("/price-books/search")]
async fn search_price_books(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a price book.
#[utoipa::path(tag = "price books", responses((status = 201, body = Model), Problem))]
#[post("/price-books")]
async fn create_price_book(me: Caller, new: Json<NewPriceBook>) -> Reply<Created<Model>> {
    Ok(Created { record: price_books::create(&me, new.0).await?, at: "price-books" })
}

/// One price book.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/price-books/{id}")]
async fn get_price_book(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a price book: what is left out stays, null clears.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/price-books/{id}")]
async fn update_price_book(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(price_books::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Delete a price book. It can be restored.
#[utoipa::path(tag = "price books", params(Id), responses((status = 204), Problem))]
#[delete("/price-books/{id}")]
async fn delete_price_book(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted price book back.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/price-books/{id}/restore")]
async fn restore_price_book(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
