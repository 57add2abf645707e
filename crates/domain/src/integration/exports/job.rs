//! An export at work: a page at a time, and how far it has come is recorded after each, so that whoever takes it up again
//! goes on from there.

use rapport_entity::{
    integration::{
        Format,
        export::{self, ActiveModel, Entity, Fields, Model, State},
    },
    log::event::ActorKind,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};

use super::write::{Writing, all_fields, page};
use crate::{
    identity::Asker,
    integration::{
        files::{Growing, Part},
        jobs::{End, KEPT, Work},
    },
    kernel::{Create, Ctx, Error, Expected, Listing, Result, Tx, Update},
};

/// So many records are read at once.
const PAGE: u64 = 1000;

/// Exports what is left.
pub(crate) async fn run(work: &Work) -> Result<End> {
    let Some(row) = start(work).await? else { return Ok(End::Lost) };
    let path = work.files.path(row.workspace_id, row.id.uuid(), Part::Export);
    let row = with_fields(work, row).await?;
    let fields = row.fields.clone().map(|fields| fields.0);
    let writing = Writing::new(row.kind, row.format, fields);
    let mut exporting = Exporting { work, row, file: Growing::at(path), writing };
    loop {
        if work.is_stopping() {
            return Ok(End::Stopped);
        }
        if let Some(end) = exporting.step().await? {
            return Ok(end);
        }
    }
}

/// The columns of a file are those that there were when it was begun, whatever fields are defined meanwhile.
async fn with_fields(work: &Work, row: Model) -> Result<Model> {
    let asker = Asker { user: row.created_by, key: row.api_key_id };
    if row.fields.is_some() || row.format != Format::Csv {
        return Ok(row);
    }
    let asker = asker.at_work(&work.database, row.workspace_id, ActorKind::System).await?;
    let row = Model { fields: Some(Fields(all_fields(asker.actor(), row.kind))), ..row };
    let ctx = work.itself(ActorKind::System).await?;
    let fields = ActiveModel { fields: Set(row.fields.clone()), ..Default::default() };
    ctx.tx(async |tx| tx.rows::<Entity>().change(fields, this(row.id)).await).await?;
    Ok(row)
}

/// Takes the export up; `None` where it is not to be done any more.
async fn start(work: &Work) -> Result<Option<Model>> {
    let ctx = work.itself(ActorKind::System).await?;
    ctx.tx(async |tx| {
        let exports = tx.entailed::<Entity, Update>();
        let mut row = exports.lock(work.job.id.into(), Expected::Any).await?;
        if row.state.is_over() {
            tx.dequeue(work.job.id).await?;
            return Ok(None);
        }
        if row.attempt >= work.job.attempt {
            return Ok(None);
        }
        row.attempt = work.job.attempt;
        let taken = ActiveModel { attempt: Set(row.attempt), ..Default::default() };
        tx.rows::<Entity>().change(taken, this(row.id)).await?;
        let started_at = row.started_at.or(Some(tx.now()));
        let after = Model { state: State::Running, started_at, ..row.clone() };
        exports.save(&row, after, "updated", &[]).await.map(Some)
    })
    .await
}

fn this(id: export::Id) -> Condition {
    Condition::all().add(export::Column::Id.eq(id))
}

struct Exporting<'w> {
    work: &'w Work,
    row: Model,
    file: Growing,
    writing: Writing,
}

impl Exporting<'_> {
    /// Writes a page.
    async fn step(&mut self) -> Result<Option<End>> {
        let Model { workspace_id, created_by, api_key_id, kind, .. } = self.row;
        let asker = Asker { user: created_by, key: api_key_id };
        let ctx = asker.at_work(&self.work.database, workspace_id, ActorKind::System).await?;
        ctx.can::<Entity, Create>()?;
        let (records, next) = page(&ctx, kind, &self.listing()).await?;
        let rows = records.len() as i32;
        let mut bytes = if self.row.bytes == 0 { self.writing.header()? } else { Vec::new() };
        bytes.append(&mut self.writing.records(records)?);
        let row = Model {
            bytes: self.file.append(self.row.bytes, &bytes)?,
            rows: self.row.rows.saturating_add(rows),
            cursor: next,
            ..self.row.clone()
        };
        let end = keep(&ctx, &row).await?;
        self.row = row;
        Ok(end)
    }

    fn listing(&self) -> Listing {
        let Model { filter, q, sort, cursor, .. } = self.row.clone();
        Listing { filter, q, sort, cursor, limit: PAGE, ..Listing::default() }
    }
}

/// Records a page; without a cursor it was the last.
async fn keep(ctx: &Ctx, row: &Model) -> Result<Option<End>> {
    ctx.tx(async |tx| {
        let exports = tx.entailed::<Entity, Update>();
        let there = exports.lock(row.id, Expected::Any).await?;
        if there.attempt != row.attempt || there.state != State::Running {
            return Ok(Some(End::Lost));
        }
        let progress = ActiveModel {
            rows: Set(row.rows),
            bytes: Set(row.bytes),
            cursor: Set(row.cursor.clone()),
            ..Default::default()
        };
        tx.rows::<Entity>().change(progress, this(row.id)).await?;
        if row.cursor.is_some() {
            return Ok(None);
        }
        let before = Model { version: there.version, ..row.clone() };
        let after =
            Model { state: State::Succeeded, expires_at: Some(tx.now() + KEPT), ..before.clone() };
        close(tx, &before, after).await.map(Some)
    })
    .await
}

async fn close(tx: &Tx<'_>, before: &Model, after: Model) -> Result<End> {
    let after = Model { ended_at: Some(tx.now()), ..after };
    tx.entailed::<Entity, Update>().save(before, after, "updated", &[]).await?;
    tx.dequeue(before.id.uuid()).await?;
    Ok(End::Done)
}

/// Gives an export up, and says why.
pub(crate) async fn fail(work: &Work, problem: String) -> Result<()> {
    let ctx = work.itself(ActorKind::System).await?;
    ctx.tx(async |tx| {
        let exports = tx.entailed::<Entity, Update>();
        let row = match exports.lock(work.job.id.into(), Expected::Any).await {
            Err(Error::NotFound(_)) => return tx.dequeue(work.job.id).await,
            row => row?,
        };
        if row.attempt > work.job.attempt || row.state.is_over() {
            return Ok(());
        }
        let after = Model { state: State::Failed, problem: Some(problem), ..row.clone() };
        close(tx, &row, after).await.map(drop)
    })
    .await
}
