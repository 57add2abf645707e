use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BoxBody, SizedStream},
    delete, get,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition,
            ContentEncoding, DispositionParam, DispositionType, ExtendedValue,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    post,
    web::{Bytes, Data, Path, Payload},
};
use futures_util::{Stream, StreamExt};
use rapport_domain::{
    Error,
    identity::auth::Auth,
    integration::objects::Objects,
    kernel::Faults,
    records,
    service::attachments::{
        self, NewAttachment,
        downloads::{self, AttachmentLink, Download, NewAttachmentLink},
    },
};
use rapport_entity::service::{
    attachment::{Entity, Id, Model},
    service_request,
};
use rapport_http::{
    address::address,
    body,
    caller::Caller,
    problem::{ApiError, Problem},
};
use utoipa::IntoParams;

use crate::{
    Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, Secret,
    query::{pairs, unknown},
    reply::List,
};

/// What a file is sent as: what it is, is seen from what is in it.
const BYTES: &str = "application/octet-stream";

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_attachments)
        .service(create_attachment)
        .service(get_attachment)
        .service(delete_attachment)
        .service(get_attachment_file)
        .service(create_attachment_link)
        .service(get_public_attachment);
}

/// The files of a service request, the newest first.
#[utoipa::path(
    tag = "attachments",
    params(service_request::Id, ListQuery<Entity>),
    responses((status = 200, body = List<Model>), Problem)
)]
#[get("/service-requests/{id}/attachments")]
async fn list_attachments(
    me: Caller,
    id: Path<service_request::Id>,
    query: ListQuery<Entity>,
) -> Reply<Listed<Model>> {
    Ok(Listed(attachments::list(&me, *id, &query.listing()?).await?))
}

/// The parameters of a file.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct AttachmentQuery {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    #[param(format = "uuid")]
    id: Option<String>,
    /// What the file is called.
    #[param(max_length = 1000)]
    file_name: Option<String>,
    /// Whether the file belongs to the request itself; where left out it is removed after a day unless a message is written
    /// with it.
    #[param(default = false)]
    keep: Option<bool>,
}

/// Add a file to a service request.
///
/// The file is the body. A message is then written with it (`attachmentIds`); or it is kept as the request's own (`keep`).
#[utoipa::path(
    tag = "attachments",
    params(service_request::Id, AttachmentQuery),
    request_body(content((String = "application/octet-stream")), description = "The file."),
    responses((status = 201, body = Model), Problem)
)]
#[post("/service-requests/{id}/attachments")]
async fn create_attachment(
    me: Caller,
    id: Path<service_request::Id>,
    req: HttpRequest,
    payload: Payload,
    objects: Data<Objects>,
) -> Result<Created<Model>, actix_web::Error> {
    let new = asked(req.query_string()).map_err(ApiError::from)?;
    let body = body::stream(&req, payload.into_inner(), &[BYTES], objects.most())?;
    let made = attachments::create(&me, &objects, *id, new, body).await;
    Ok(Created { record: made.map_err(|refused| refused.0)?, at: "attachments" })
}

/// What the parameters say.
fn asked(query: &str) -> Result<NewAttachment, Error> {
    let (mut new, mut faults) = (NewAttachment::default(), Faults::default());
    for (name, value) in pairs(query)? {
        match name.as_str() {
            "id" => match value.parse() {
                Ok(id) => new.id = Some(id),
                Err(_) => faults.invalid("id", "must be a UUID"),
            },
            "fileName" if value.chars().count() > 1000 => {
                faults.invalid("fileName", "must have at most 1000 characters");
            }
            "fileName" => new.file_name = Some(value),
            "keep" => match value.parse() {
                Ok(keep) => new.keep = Some(keep),
                Err(_) => faults.invalid("keep", "must be true or false"),
            },
            other => return Err(unknown(other)),
        }
    }
    faults.check()?;
    Ok(new)
}

/// What is known of a file.
#[utoipa::path(tag = "attachments", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/attachments/{id}")]
async fn get_attachment(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Remove a file for good.
#[utoipa::path(tag = "attachments", params(Id), responses((status = 204), Problem))]
#[delete("/attachments/{id}")]
async fn delete_attachment(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    attachments::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// A file itself. Browsers show pictures; everything else they save.
#[utoipa::path(
    tag = "attachments",
    params(Id),
    responses((status = 200, body = String, content_type = "application/octet-stream"), Problem)
)]
#[get("/attachments/{id}/download")]
async fn get_attachment_file(
    me: Caller,
    id: Path<Id>,
    objects: Data<Objects>,
) -> Reply<impl Responder> {
    Ok(Sent(downloads::content(&me, &objects, *id).await?))
}

/// Make a link to a file, for whoever is not signed in, such as the customer. It ends by itself.
#[utoipa::path(tag = "attachments", params(Id), responses((status = 200, body = AttachmentLink), Problem))]
#[post("/attachments/{id}/link")]
async fn create_attachment_link(
    me: Caller,
    id: Path<Id>,
    new: Json<NewAttachmentLink>,
) -> Reply<Secret<AttachmentLink>> {
    let link = downloads::link(&me, *id, new.0).await?;
    Ok(Secret(StatusCode::OK, link))
}

/// The file that a link leads to. Nobody needs to be signed in.
#[utoipa::path(
    tag = "attachments",
    security(()),
    params(("token" = String, Path, max_length = 600, pattern = "^[A-Za-z0-9_-]+$")),
    responses((status = 200, body = String, content_type = "application/octet-stream"), Problem)
)]
#[get("/public/attachments/{token}")]
async fn get_public_attachment(
    req: HttpRequest,
    auth: Data<Auth>,
    token: Path<String>,
    objects: Data<Objects>,
) -> Reply<impl Responder> {
    Ok(Sent(downloads::open(&auth, &objects, &token, address(&req)).await?))
}

/// A file on its way to a browser, which is not to find anything in it that it could run.
struct Sent<S>(Download<S>);

impl<S: Stream<Item = std::io::Result<Vec<u8>>> + 'static> Responder for Sent<S> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let file = self.0;
        let content = file.content.map(|part| part.map(Bytes::from));
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.media_type))
            .insert_header(disposition(file.is_shown, file.name.as_str()))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .insert_header(ContentEncoding::Identity)
            .body(SizedStream::new(file.bytes, content))
    }
}

/// What the file is called: in ASCII, and in full for those that read that (RFC 6266).
fn disposition(is_shown: bool, name: &str) -> ContentDisposition {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%".contains(c) { c } else { '_' };
    let in_full = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    let name = name.chars().map(plain).collect();
    ContentDisposition {
        disposition: match is_shown {
            true => DispositionType::Inline,
            false => DispositionType::Attachment,
        },
        parameters: vec![DispositionParam::Filename(name), DispositionParam::FilenameExt(in_full)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        let header = disposition(false, "R\u{e9}sum\u{e9} \"x\"; a=\u{202e}b.pdf").to_string();
        assert!(
            header.starts_with("attachment; filename=\"R_sum___x_;_a=_b.pdf\"; filename*=UTF-8''"),
            "{header}"
        );
    }

    #[test]
    fn every_parameter_that_is_wrong_is_named() {
        let faults = asked("id=x&keep=perhaps").err().map(|err| err.faults().len());
        assert_eq!(faults, Some(2));
        assert!(asked("size=7").is_err());
        assert!(asked("fileName=a.png&keep=true").is_ok_and(|new| new.keep == Some(true)));
    }
}
