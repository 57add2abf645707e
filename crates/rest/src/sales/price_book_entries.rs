use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    sales::price_book_entries::{self, NewPriceBookEntry, PriceBookEntryPatch},
};
use rapport_entity::sales::price_book_entry::{Entity, Id, PriceBookEntry};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<PriceBookEntryPatch>` for the schema of a `PriceBookEntryPatch`.)
type Change = Based<PriceBookEntryPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_price_book_entries)
        .service(search_price_book_entries)
        .service(create_price_book_entry)
        .service(get_price_book_entry)
        .service(update_price_book_entry)
        .service(delete_price_book_entry)
        .service(restore_price_book_entry);
}

/// The prices in price books, newest first.
#[utoipa::path(tag = "price books", params(ListQuery<Entity>), responses((status = 200, body = List<PriceBookEntry>), Problem))]
#[get("/price-book-entries")]
async fn list_price_book_entries(
    me: Caller,
    query: ListQuery<Entity>,
) -> Reply<Listed<PriceBookEntry>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(PriceBookEntry::from)))
}

/// The prices in price books, as a list, with the parameters in the body.
#[utoipa::path(tag = "price books", responses((status = 200, body = List<PriceBookEntry>), Problem))]
#[post("/price-book-entries/search")]
async fn search_price_book_entries(
    me: Caller,
    search: Json<Search>,
) -> Reply<Listed<PriceBookEntry>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(PriceBookEntry::from)))
}

/// Make a price in a price book.
#[utoipa::path(tag = "price books", responses((status = 201, body = PriceBookEntry), Problem))]
#[post("/price-book-entries")]
async fn create_price_book_entry(
    me: Caller,
    new: Json<NewPriceBookEntry>,
) -> Reply<Created<PriceBookEntry>> {
    Ok(Created {
        record: price_book_entries::create(&me, new.0).await?.into(),
        at: "price-book-entries",
    })
}

/// One price in a price book.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = PriceBookEntry), Problem))]
#[get("/price-book-entries/{id}")]
async fn get_price_book_entry(me: Caller, id: Path<Id>) -> Reply<Record<PriceBookEntry>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a price in a price book: what is left out stays, null clears.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = PriceBookEntry), Problem))]
#[patch("/price-book-entries/{id}")]
async fn update_price_book_entry(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<PriceBookEntry>> {
    Ok(Record(
        price_book_entries::update(&me, *id, patch.0.expected(expected.0), patch.0.patch)
            .await?
            .into(),
    ))
}

/// Delete a price in a price book. It can be restored.
#[utoipa::path(tag = "price books", params(Id), responses((status = 204), Problem))]
#[delete("/price-book-entries/{id}")]
async fn delete_price_book_entry(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted price in a price book back.
#[utoipa::path(tag = "price books", params(Id), responses((status = 200, body = PriceBookEntry), Problem))]
#[post("/price-book-entries/{id}/restore")]
async fn restore_price_book_entry(me: Caller, id: Path<Id>) -> Reply<Record<PriceBookEntry>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?.into()))
}
