use actix_web::{HttpRequest, get, web::Path};
use rapport_domain::{
    Error,
    integration::history::{self, Audited},
};
use rapport_entity::{customers::customer::Id, log::history::HistoryEntry};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    Listed, Reply, Routes,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_customer_timeline).service(list_audit_entries);
}

/// Whose audit trail is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct AuditQuery {
    /// Only what was done to this record.
    subject: Option<Uuid>,
    /// Only what this user, or API key, did.
    actor: Option<Uuid>,
}

/// What was done that concerns a customer, newest first: to them, their contacts and their orders, by whichever
/// department.
#[utoipa::path(
    tag = "customers",
    params(Id, PartQuery),
    responses((status = 200, body = List<HistoryEntry>), Problem)
)]
#[get("/customers/{id}/timeline")]
async fn list_customer_timeline(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<HistoryEntry>> {
    let part = part(req.query_string(), |name, _| Err(unknown(name)))?;
    Ok(Listed(history::timeline(&me, *id, &part).await?))
}

/// Who changed which member of which record from what to what, newest first.
#[utoipa::path(
    tag = "audit",
    params(AuditQuery, PartQuery),
    responses((status = 200, body = List<HistoryEntry>), Problem)
)]
#[get("/audit-entries")]
async fn list_audit_entries(me: Caller, req: HttpRequest) -> Reply<Listed<HistoryEntry>> {
    let mut audited = Audited::default();
    let part = part(req.query_string(), |name, value| {
        let id =
            || value.parse::<Uuid>().map_err(|_| Error::invalid(format!("/{name}"), "is no id"));
        match name {
            "subject" => audited.subject = Some(id()?),
            "actor" => audited.actor = Some(id()?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Listed(history::audit(&me, audited, &part).await?))
}
