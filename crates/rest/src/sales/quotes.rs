use actix_web::{
    delete, get,
    http::StatusCode,
    patch, post,
    web::{self, Path},
};
use rapport_domain::{
    records,
    sales::{
        orders::orders::OrderWithLines,
        quotes::{
            links::{self, QuoteLink},
            margins::{self, QuoteMargin},
            ordering::{self, OrderQuote},
            papers,
            quotes::{self, NewQuote, QuotePatch, QuoteWithLines},
            states::{self, AcceptQuote, DeclineQuote},
        },
    },
};
use rapport_entity::sales::quote::{Entity, Id, Quote};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, Secret, pdf::Pdf, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<QuotePatch>` for the schema of a `QuotePatch`.)
type Change = Based<QuotePatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_quotes)
        .service(search_quotes)
        .service(create_quote)
        .service(get_quote)
        .service(update_quote)
        .service(delete_quote)
        .service(restore_quote)
        .service(send_quote)
        .service(accept_quote)
        .service(decline_quote)
        .service(withdraw_quote)
        .service(revise_quote)
        .service(order_quote)
        .service(create_quote_link)
        .service(get_quote_margin)
        .service(get_quote_pdf);
}

/// Quotes, newest first.
#[utoipa::path(tag = "quotes", params(ListQuery<Entity>), responses((status = 200, body = List<Quote>), Problem))]
#[get("/quotes")]
async fn list_quotes(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Quote>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Quote::from)))
}

/// Quotes, as a list, with the parameters in the body.
#[utoipa::path(tag = "quotes", responses((status = 200, body = List<Quote>), Problem))]
#[post("/quotes/search")]
async fn search_quotes(me: Caller, search: Json<Search>) -> Reply<Listed<Quote>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Quote::from)))
}

/// Make a quote.
#[utoipa::path(tag = "quotes", responses((status = 201, body = QuoteWithLines), Problem))]
#[post("/quotes")]
async fn create_quote(me: Caller, new: Json<NewQuote>) -> Reply<Created<QuoteWithLines>> {
    Ok(Created { record: quotes::create(&me, new.0).await?, at: "quotes" })
}

/// One quote.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = QuoteWithLines), Problem))]
#[get("/quotes/{id}")]
async fn get_quote(me: Caller, id: Path<Id>) -> Reply<Record<QuoteWithLines>> {
    Ok(Record(quotes::get(&me, *id).await?))
}

/// Change a quote: what is left out stays, null clears.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = QuoteWithLines), Problem))]
#[patch("/quotes/{id}")]
async fn update_quote(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<QuoteWithLines>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(quotes::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a quote. It can be restored.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 204), Problem))]
#[delete("/quotes/{id}")]
async fn delete_quote(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    quotes::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted quote back.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = QuoteWithLines), Problem))]
#[post("/quotes/{id}/restore")]
async fn restore_quote(me: Caller, id: Path<Id>) -> Reply<Record<QuoteWithLines>> {
    Ok(Record(quotes::restore(&me, *id).await?))
}

/// Send a draft: from now on the customer can accept it, and what they see stays as it is. Everything that is missing is named.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = Quote), Problem))]
#[post("/quotes/{id}/send")]
async fn send_quote(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Quote>> {
    Ok(Record(states::send(&me, *id, expected.0).await?.into()))
}

/// Write down that the customer has accepted, as they told us.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = Quote), Problem))]
#[post("/quotes/{id}/accept")]
async fn accept_quote(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<AcceptQuote>,
) -> Reply<Record<Quote>> {
    Ok(Record(states::accept(&me, *id, expected.0, how.0).await?.into()))
}

/// Write down that the customer has declined, as they told us.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = Quote), Problem))]
#[post("/quotes/{id}/decline")]
async fn decline_quote(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<DeclineQuote>,
) -> Reply<Record<Quote>> {
    Ok(Record(states::decline(&me, *id, expected.0, how.0).await?.into()))
}

/// Take a quote back that the customer has. One that is withdrawn stays so.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = Quote), Problem))]
#[post("/quotes/{id}/withdraw")]
async fn withdraw_quote(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Quote>> {
    Ok(Record(states::withdraw(&me, *id, expected.0).await?.into()))
}

/// Make a draft of the next revision of a quote, with the same lines and prices. When it is sent, it takes the place of those before it.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 201, body = QuoteWithLines), Problem))]
#[post("/quotes/{id}/revise")]
async fn revise_quote(me: Caller, id: Path<Id>) -> Reply<Created<QuoteWithLines>> {
    Ok(Created { record: states::revise(&me, *id).await?, at: "quotes" })
}

/// Make an order of a quote that the customer has accepted, with the same lines and prices. A quote is ordered once.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 201, body = OrderWithLines), Problem))]
#[post("/quotes/{id}/order")]
async fn order_quote(
    me: Caller,
    id: Path<Id>,
    how: Json<OrderQuote>,
) -> Reply<Created<OrderWithLines>> {
    Ok(Created { record: ordering::order(&me, *id, how.0).await?, at: "orders" })
}

/// Make a link for the customer to a quote that was sent: its token is shown this once. A link that was made before is good
/// no longer.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 201, body = QuoteLink), Problem))]
#[post("/quotes/{id}/link")]
async fn create_quote_link(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Secret<QuoteLink>> {
    Ok(Secret(StatusCode::CREATED, links::create(&me, *id, expected.0).await?))
}

/// What is left of a quote once it is paid what its products cost: for whoever may know what they cost.
#[utoipa::path(tag = "quotes", params(Id), responses((status = 200, body = QuoteMargin), Problem))]
#[get("/quotes/{id}/margin")]
async fn get_quote_margin(me: Caller, id: Path<Id>) -> Reply<web::Json<QuoteMargin>> {
    Ok(web::Json(margins::get(&me, *id).await?))
}

/// A quote on paper, as PDF.
#[utoipa::path(
    tag = "quotes",
    params(Id),
    responses((status = 200, content((String = "application/pdf"))), Problem)
)]
#[get("/quotes/{id}/pdf")]
async fn get_quote_pdf(me: Caller, id: Path<Id>) -> Reply<Pdf> {
    Pdf::of(papers::get(&me, *id).await?).await
}
