use async_graphql::{Context, Json, Object, Result, SimpleObject};
use rapport_domain::integration::{
    sync::{self, Asked, Fate, SyncPage},
    writes::{self, Applied},
};
use rapport_http::{
    problem::Problem,
    writes::{Outcome, UploadWrites, WriteStatus},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{connection::by_argument, rows::ContextExt};

/// What a device is to do.
#[derive(SimpleObject)]
pub struct Changes {
    /// What has become of which record, in order.
    items: Vec<Change>,
    /// Hand it back as `cursor` to go on, at once or later.
    next_cursor: String,
    /// Whether there is more already.
    more: bool,
    /// Whether the device is to forget what it has first: this is the beginning of everything that one may read.
    reset: bool,
}

/// A record that is to be kept, or forgotten.
#[derive(SimpleObject)]
#[graphql(name = "SyncChange")]
pub struct Change {
    /// Its kind, e.g. `customer`.
    #[graphql(name = "type")]
    kind: &'static str,
    /// Its id.
    id: Uuid,
    /// What has become of it.
    fate: Fate,
    /// The record as it is, where it is to be kept, as REST has it.
    record: Option<Json<Value>>,
}

impl From<SyncPage> for Changes {
    fn from(page: SyncPage) -> Self {
        let items = page.changes.into_iter().map(|change| Change {
            kind: change.kind,
            id: change.id,
            fate: change.fate,
            record: change.record.map(Json),
        });
        let SyncPage { next_cursor, more, reset, .. } = page;
        Self { items: items.collect(), next_cursor, more, reset }
    }
}

#[derive(Default)]
pub struct SyncQuery;

#[Object]
impl SyncQuery {
    /// What has changed for one since a cursor: records, deletions, and records that one may no longer read. Without a
    /// cursor it begins with everything that one may read.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The `nextCursor` of the answer before.")] cursor: Option<String>,
        #[graphql(desc = "The kinds of record; all that one may read where left out.")]
        types: Option<Vec<String>>,
        #[graphql(default = 200)] first: i32,
    ) -> Result<Changes> {
        let limit = u64::try_from(first).unwrap_or(0);
        let asked = Asked { cursor, types: types.unwrap_or_default(), limit };
        Ok(sync::page(ctx.me()?, &asked).await.map_err(by_argument)?.into())
    }
}

/// What became of a write.
#[derive(SimpleObject)]
pub struct WriteResult {
    /// The write's key.
    key: String,
    /// Whether it is done.
    status: WriteStatus,
    /// The record as it is since, where it is done, unless it was deleted, as REST has it.
    record: Option<Json<Value>>,
    /// Why it is not done: a problem, as REST has it.
    problem: Option<Json<Problem>>,
}

impl WriteResult {
    fn of(key: String, outcome: rapport_domain::Result<Applied>) -> Self {
        let Outcome { status, record, problem } = Outcome::from(outcome);
        Self { key, status, record: record.map(Json), problem: problem.map(Json) }
    }
}

#[derive(Default)]
pub struct SyncMutation;

#[Object]
impl SyncMutation {
    /// What a device did offline, in order, up to 500 writes. Each is answered; whoever has lost the answer sends the
    /// same again, and nothing is done twice.
    async fn upload_writes(
        &self,
        ctx: &Context<'_>,
        input: UploadWrites,
    ) -> Result<Vec<WriteResult>> {
        let keys: Vec<String> = input.writes.iter().map(|write| write.key.clone()).collect();
        let outcomes = writes::upload(ctx.me()?, input.read()?).await?;
        let results = keys.into_iter().zip(outcomes);
        Ok(results.map(|(key, outcome)| WriteResult::of(key, outcome)).collect())
    }
}
