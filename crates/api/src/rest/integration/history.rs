use actix_web::{HttpRequest, get, web::Path};
use rapport_domain::{
    Error, Result,
    integration::history::{self, Audited, Part},
};
use rapport_entity::{customers::customer::Id, log::history::HistoryEntry};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    caller::Caller,
    problem::Problem,
    rest::{
        Listed, Reply, Routes,
        query::{each, unknown, within},
        reply::List,
    },
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_customer_timeline).service(list_audit_entries);
}

/// Which part of a history is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct PartQuery {
    /// The `nextCursor` of the page before. One that is not ours is not found.
    #[param(min_length = 1, max_length = 2000, pattern = r"^[^\u0000]*$")]
    cursor: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i32>,
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

fn asked(query: &str, mut more: impl FnMut(&str, &str) -> Result<()>) -> Result<Part> {
    let mut part = Part { cursor: None, limit: 50 };
    each(query, |name, value| {
        match name {
            "cursor" => part.cursor = Some(value.to_owned()),
            "limit" => part.limit = within(name, value, 1, 200)?,
            "fields" => {}
            _ => more(name, value)?,
        }
        Ok(())
    })?;
    Ok(part)
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
    let part = asked(req.query_string(), |name, _| Err(unknown(name)))?;
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
    let part = asked(req.query_string(), |name, value| {
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
