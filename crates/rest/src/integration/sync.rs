use actix_web::{HttpRequest, HttpResponse, get, post};
use rapport_domain::{
    Result,
    integration::{
        sync::{self, Asked, MOST, SyncChange, SyncPage},
        writes::{self, Applied},
    },
};
use rapport_http::{
    caller::Caller,
    problem::Problem,
    writes::{Outcome, UploadWrites, WriteStatus},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Json, Reply, Routes,
    query::{each, unknown, within},
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(get_changes).service(upload_writes);
}

/// The parameters of a device's reading.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct SyncQuery {
    /// The `nextCursor` of the answer before. One that is not ours is not found.
    #[param(min_length = 1, max_length = 500, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// The kinds of record, separated by commas; all that you may read where left out.
    #[param(
        max_length = 300,
        pattern = "^(team|user|product|segment|lifecycle_stage|loss_reason|pipeline|pipeline_stage|close_reason|service_status|queue|customer|contact|opportunity|lead|interaction|order|service_request|consent|contact_point|task)(,(team|user|product|segment|lifecycle_stage|loss_reason|pipeline|pipeline_stage|close_reason|service_status|queue|customer|contact|opportunity|lead|interaction|order|service_request|consent|contact_point|task))*$"
    )]
    types: Option<String>,
    /// At most so many changes.
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<i32>,
}

fn asked(query: &str) -> Result<Asked> {
    let mut asked = Asked { cursor: None, types: Vec::new(), limit: 200 };
    each(query, |name, value| {
        match name {
            "cursor" => asked.cursor = Some(value.to_owned()),
            "types" => asked.types = value.split(',').map(ToOwned::to_owned).collect(),
            "limit" => asked.limit = within(name, value, 1, MOST)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(asked)
}

/// What a device is to do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Changes {
    /// What has become of which record, in order.
    #[schema(max_items = 100000)]
    items: Vec<SyncChange>,
    /// Hand it back as `cursor` to go on, at once or later.
    #[schema(max_length = 500, pattern = "^[A-Za-z0-9_-]+$")]
    next_cursor: String,
    /// Whether there is more already.
    more: bool,
    /// Whether the device is to forget what it has first: this is the beginning of everything that you may read.
    reset: bool,
}

impl From<SyncPage> for Changes {
    fn from(page: SyncPage) -> Self {
        let SyncPage { changes, next_cursor, more, reset } = page;
        Self { items: changes, next_cursor, more, reset }
    }
}

/// What has changed for you since a cursor: records, deletions, and records that you may no longer read.
///
/// Without a cursor it begins with everything that you may read, page after page; `more` says when the device is up to
/// date. Where what you may read is no longer what it was, or the cursor is too old, it begins anew (`reset`).
#[utoipa::path(tag = "sync", params(SyncQuery), responses((status = 200, body = Changes), Problem))]
#[get("/sync")]
async fn get_changes(me: Caller, req: HttpRequest) -> Reply<HttpResponse> {
    let page = sync::page(&me, &asked(req.query_string())?).await?;
    Ok(HttpResponse::Ok().json(Changes::from(page)))
}

/// What became of writes.
#[derive(Serialize, ToSchema)]
struct WriteResults {
    /// What became of each, in the order in which they came.
    #[schema(max_items = 500)]
    results: Vec<WriteResult>,
}

/// What became of a write.
#[derive(Serialize, ToSchema)]
struct WriteResult {
    /// The write's key.
    #[schema(min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    key: String,
    /// Whether it is done.
    status: WriteStatus,
    /// The record as it is since, where it is done, unless it was deleted.
    #[schema(value_type = Option<Object>)]
    record: Option<Value>,
    /// Why it is not done.
    problem: Option<Problem>,
}

impl WriteResult {
    fn of(key: String, outcome: Result<Applied>) -> Self {
        let Outcome { status, record, problem } = Outcome::from(outcome);
        Self { key, status, record, problem }
    }
}

/// What a device did offline, in order, up to 500 writes. Each is answered; whoever has lost the answer sends the same
/// again, and nothing is done twice.
#[utoipa::path(tag = "sync", responses((status = 200, body = WriteResults), Problem))]
#[post("/sync")]
async fn upload_writes(me: Caller, upload: Json<UploadWrites>) -> Reply<HttpResponse> {
    let keys: Vec<String> = upload.0.writes.iter().map(|write| write.key.clone()).collect();
    let outcomes = writes::upload(&me, upload.0.read()?).await?;
    let results =
        keys.into_iter().zip(outcomes).map(|(key, outcome)| WriteResult::of(key, outcome));
    Ok(HttpResponse::Ok().json(WriteResults { results: results.collect() }))
}
