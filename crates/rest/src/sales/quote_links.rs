use actix_web::{
    post,
    web::{self, Data},
};
use rapport_domain::{
    identity::auth::Auth,
    sales::quotes::links::{self, AcceptQuoteLink, DeclineQuoteLink, OpenQuoteLink, SharedQuote},
};
use rapport_http::problem::Problem;

use crate::{Json, Reply, Routes, pdf::Pdf};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(open_quote_link)
        .service(accept_quote_link)
        .service(decline_quote_link)
        .service(get_quote_link_pdf);
}

/// A quote, as the customer sees it who has a link to it.
#[utoipa::path(tag = "quote links", security(()), responses((status = 200, body = SharedQuote), Problem))]
#[post("/quote-links/open")]
async fn open_quote_link(
    auth: Data<Auth>,
    with: Json<OpenQuoteLink>,
) -> Reply<web::Json<SharedQuote>> {
    Ok(web::Json(links::open(&auth, &with.0).await?))
}

/// Accept a quote, as the customer who has a link to it. Whoever does it twice has done it once.
#[utoipa::path(tag = "quote links", security(()), responses((status = 200, body = SharedQuote), Problem))]
#[post("/quote-links/accept")]
async fn accept_quote_link(
    auth: Data<Auth>,
    how: Json<AcceptQuoteLink>,
) -> Reply<web::Json<SharedQuote>> {
    Ok(web::Json(links::accept(&auth, how.0).await?))
}

/// Decline a quote, as the customer who has a link to it. Whoever does it twice has done it once.
#[utoipa::path(tag = "quote links", security(()), responses((status = 200, body = SharedQuote), Problem))]
#[post("/quote-links/decline")]
async fn decline_quote_link(
    auth: Data<Auth>,
    how: Json<DeclineQuoteLink>,
) -> Reply<web::Json<SharedQuote>> {
    Ok(web::Json(links::decline(&auth, how.0).await?))
}

/// A quote on paper, as PDF, for the customer who has a link to it.
#[utoipa::path(
    tag = "quote links",
    security(()),
    responses((status = 200, content((String = "application/pdf"))), Problem)
)]
#[post("/quote-links/pdf")]
async fn get_quote_link_pdf(auth: Data<Auth>, with: Json<OpenQuoteLink>) -> Reply<Pdf> {
    Pdf::of(links::paper(&auth, &with.0).await?).await
}
