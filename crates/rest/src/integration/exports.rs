use actix_web::{
    HttpRequest, HttpResponse, Responder, get, post,
    web::{Data, Path},
};
use futures_util::StreamExt;
use rapport_domain::{
    integration::{
        exports::{self, NewExport},
        files::Files,
        jobs,
    },
    records,
};
use rapport_entity::integration::{
    Format,
    export::{Entity, Id, Model},
};
use rapport_http::{caller::Caller, problem::Problem, sse};

use super::imports::{CSV, NDJSON, message};

use crate::{
    Created, File, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_exports)
        .service(search_exports)
        .service(create_export)
        .service(get_export)
        .service(cancel_export)
        .service(get_export_file)
        .service(follow_export);
}

/// Exports, newest first.
#[utoipa::path(tag = "exports", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/exports")]
async fn list_exports(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Exports, as a list, with the parameters in the body.
#[utoipa::path(tag = "exports", responses((status = 200, body = List<Model>), Problem))]
#[post("/exports/search")]
async fn search_exports(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Export records to a file: what a list with this filter gives, however much it is.
#[utoipa::path(tag = "exports", responses((status = 201, body = Model), Problem))]
#[post("/exports")]
async fn create_export(me: Caller, new: Json<NewExport>) -> Reply<Created<Model>> {
    Ok(Created { record: exports::create(&me, new.0).await?, at: "exports" })
}

/// One export, as far as it has come.
#[utoipa::path(tag = "exports", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/exports/{id}")]
async fn get_export(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Call an export off.
#[utoipa::path(tag = "exports", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/exports/{id}/cancel")]
async fn cancel_export(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(exports::cancel(&me, *id).await?))
}

/// The file of an export that is done. It is kept for seven days.
///
/// In CSV a text that a spreadsheet would take for a formula has a `'` before it, which an import takes away again.
#[utoipa::path(
    tag = "exports",
    params(Id),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))), Problem)
)]
#[get("/exports/{id}/file")]
async fn get_export_file(me: Caller, id: Path<Id>, files: Data<Files>) -> Reply<impl Responder> {
    let (export, content) = exports::file(&me, &files, *id).await?;
    let (kind, extension) = match export.format {
        Format::Csv => (CSV, "csv"),
        Format::Ndjson => (NDJSON, "ndjson"),
    };
    Ok(File { name: format!("export-{id}.{extension}"), kind, content })
}

/// How far an export has come, as it goes on: the export, each time that it has changed, until it is over.
#[utoipa::path(
    tag = "exports",
    params(Id),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problem)
)]
#[get("/exports/{id}/progress")]
async fn follow_export(me: Caller, id: Path<Id>, req: HttpRequest) -> Reply<HttpResponse> {
    let is_over = |row: &Model| row.state.is_over();
    let progress = jobs::follow::<Entity>(me.clone(), *id, is_over).await?;
    Ok(sse::answer(&req, progress.map(|row| message(&row?))))
}
