use actix_web::{
    HttpRequest, delete, get,
    http::StatusCode,
    patch, post,
    web::{self, Data, Path, Payload},
};
use futures_util::StreamExt;
use rapport_domain::{
    Error,
    identity::auth::Auth,
    integration::objects::Objects,
    records,
    service::mail::{
        CreatedMailbox, MailboxPatch, NewMailbox, mailboxes,
        receiving::{self, LARGEST, MailReceipt},
    },
};
use rapport_entity::service::mailbox::{Entity, Id, Model};
use rapport_http::{
    address::address,
    body,
    caller::Caller,
    problem::{ApiError, Problem},
};

use crate::{
    Based, Created, CreatedSecret, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply,
    Routes, SearchRequest, Secret, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<MailboxPatch>` for the schema of a `MailboxPatch`.)
type Change = Based<MailboxPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_mailboxes)
        .service(search_mailboxes)
        .service(create_mailbox)
        .service(get_mailbox)
        .service(update_mailbox)
        .service(delete_mailbox)
        .service(restore_mailbox)
        .service(renew_mailbox_token)
        .service(receive_mail);
}

/// Mailboxes, newest first.
#[utoipa::path(tag = "mailboxes", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/mailboxes")]
async fn list_mailboxes(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Mailboxes, as a list, with the parameters in the body.
#[utoipa::path(tag = "mailboxes", responses((status = 200, body = List<Model>), Problem))]
#[post("/mailboxes/search")]
async fn search_mailboxes(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a mailbox. Its token is in this answer, and in no other.
#[utoipa::path(tag = "mailboxes", responses((status = 201, body = CreatedMailbox), Problem))]
#[post("/mailboxes")]
async fn create_mailbox(me: Caller, new: Json<NewMailbox>) -> Reply<CreatedSecret<CreatedMailbox>> {
    let record = mailboxes::create(&me, new.0).await?;
    Ok(CreatedSecret(Created { record, at: "mailboxes" }))
}

/// One mailbox.
#[utoipa::path(tag = "mailboxes", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/mailboxes/{id}")]
async fn get_mailbox(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a mailbox: what is left out stays, null clears.
#[utoipa::path(tag = "mailboxes", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/mailboxes/{id}")]
async fn update_mailbox(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(mailboxes::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a mailbox. It can be restored.
#[utoipa::path(tag = "mailboxes", params(Id), responses((status = 204), Problem))]
#[delete("/mailboxes/{id}")]
async fn delete_mailbox(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted mailbox back.
#[utoipa::path(tag = "mailboxes", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/mailboxes/{id}/restore")]
async fn restore_mailbox(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Give a mailbox a new token. What is handed over with the one before finds no mailbox any more.
#[utoipa::path(tag = "mailboxes", params(Id), responses((status = 200, body = CreatedMailbox), Problem))]
#[post("/mailboxes/{id}/renew-token")]
async fn renew_mailbox_token(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
) -> Reply<Secret<CreatedMailbox>> {
    Ok(Secret(StatusCode::OK, mailboxes::renew_token(&me, *id, expected.0).await?))
}

/// Hand over an e-mail, as it is, which becomes a service request or a message about one. Nobody needs to be signed in: the
/// mailbox's token lets in nothing but mail. The same mail again does nothing again.
#[utoipa::path(
    tag = "mailboxes",
    security(()),
    params(("token" = String, Path, max_length = 120, pattern = "^[A-Za-z0-9_-]+$")),
    request_body(content((String = "message/rfc822")), description = "The e-mail."),
    responses((status = 200, body = MailReceipt), Problem)
)]
#[post("/public/inbound-mail/{token}")]
async fn receive_mail(
    req: HttpRequest,
    auth: Data<Auth>,
    token: Path<String>,
    payload: Payload,
    objects: Data<Objects>,
) -> Result<web::Json<MailReceipt>, actix_web::Error> {
    // Before it is read: nobody without a token has us read what is large.
    let mailbox = receiving::open(&auth, &token, address(&req)).await.map_err(ApiError::from)?;
    let body = body::stream(&req, payload.into_inner(), &["message/rfc822"], LARGEST)?;
    let mut body = std::pin::pin!(body);
    let mut raw = Vec::new();
    while let Some(part) = body.next().await {
        raw.extend_from_slice(&part.map_err(|refused| refused.0)?);
        if raw.len() as u64 > LARGEST {
            return Err(ApiError::from(Error::TooLarge(LARGEST)).into());
        }
    }
    Ok(web::Json(mailbox.receive(&objects, raw).await.map_err(ApiError::from)?))
}
