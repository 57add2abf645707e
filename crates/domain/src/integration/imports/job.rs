//! An import over the API at work: how far it has come is recorded in the transaction of each batch, so that whoever
//! takes it up again goes on exactly there.

use std::{fs::File, io};

use rapport_entity::{
    integration::{
        ColumnUsed, Columns, Unknown,
        import::{self, ActiveModel, Entity, Model, State},
        import_batch,
    },
    log::event::ActorKind,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition};

use super::{
    Import,
    batches::ROWS,
    report::{ErrorFile, Opened, Report},
    run::{Begun, Done, Journal, run_with},
};
use crate::{
    identity::Asker,
    integration::{
        files::{Growing, Part, unwritable},
        jobs::{End, Work},
    },
    kernel::{Ctx, Error, Expected, Result, Tx, Update, log::marks},
};

/// Imports what is left of the file.
pub(crate) async fn run(work: &Work) -> Result<End> {
    let Some(row) = start(work).await? else { return Ok(End::Lost) };
    let path = work.files.path(row.workspace_id, row.id.uuid(), Part::Upload);
    let file = File::open(path).map_err(|err| match err.kind() {
        io::ErrorKind::NotFound => Error::Refused("the file is not there".to_owned()),
        _ => unwritable(err),
    })?;
    let import = Import::from(&row);
    let mut account = Account::new(work, row);
    match run_with(&mut account, import, file).await {
        Ok(_) => finish(work, State::Succeeded).await,
        Err(err) => account.ended.ok_or(err),
    }
}

/// Takes the import up; `None` where it is not to be done any more.
async fn start(work: &Work) -> Result<Option<Model>> {
    let ctx = work.itself(ActorKind::Import).await?;
    ctx.tx(async |tx| {
        let imports = tx.entailed::<Entity, Update>();
        let Some(before) = take_up(tx, work, &[State::Queued, State::Running]).await? else {
            return Ok(None);
        };
        let begun = begin_again(&before);
        let after = Model {
            state: State::Running,
            started_at: begun.started_at.or(Some(tx.now())),
            ..begun.clone()
        };
        record(tx, &begun).await?;
        imports.save(&begun, after, "updated", &[]).await.map(Some)
    })
    .await
}

/// The import, locked, where it is in one of these states and nobody has taken it up after us.
pub(super) async fn take_up(tx: &Tx<'_>, work: &Work, states: &[State]) -> Result<Option<Model>> {
    let imports = tx.entailed::<Entity, Update>();
    let mut row = imports.lock(work.job.id.into(), Expected::Any).await?;
    if !states.contains(&row.state) {
        tx.dequeue(work.job.id).await?;
        return Ok(None);
    }
    if row.attempt >= work.job.attempt {
        return Ok(None);
    }
    row.attempt = work.job.attempt;
    let taken = ActiveModel { attempt: Set(row.attempt), ..Default::default() };
    tx.rows::<Entity>().change(taken, this(row.id)).await?;
    Ok(Some(row))
}

/// A dry run keeps what it would have made in memory alone, and another release may read other batches: both begin at
/// the beginning, where an import that changes something finds what it has imported before.
fn begin_again(row: &Model) -> Model {
    let size = ROWS as i32;
    if row.batches == 0 || (!row.dry_run && row.batch_rows == size) {
        return Model { batch_rows: size, ..row.clone() };
    }
    Model {
        batch_rows: size,
        batches: 0,
        bytes_read: 0,
        error_bytes: 0,
        rows: 0,
        imported: 0,
        updated: 0,
        unchanged: 0,
        failed: 0,
        repeated: 0,
        customers: 0,
        unknown: None,
        ..row.clone()
    }
}

pub(super) fn this(id: import::Id) -> Condition {
    Condition::all().add(import::Column::Id.eq(id))
}

/// Records how far an import has come, without telling anybody: there is an event when it ends.
async fn record(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let progress = ActiveModel {
        batch_rows: Set(row.batch_rows),
        batches: Set(row.batches),
        bytes_read: Set(row.bytes_read),
        error_bytes: Set(row.error_bytes),
        rows: Set(row.rows),
        imported: Set(row.imported),
        updated: Set(row.updated),
        unchanged: Set(row.unchanged),
        failed: Set(row.failed),
        repeated: Set(row.repeated),
        customers: Set(row.customers),
        unknown: Set(row.unknown.clone()),
        ..Default::default()
    };
    tx.rows::<Entity>().change(progress, this(row.id)).await?;
    Ok(())
}

/// Ends an import, or the undoing of one, where it is still ours.
pub(super) async fn finish(work: &Work, as_: State) -> Result<End> {
    close(work, |row| Model { state: as_, ..row }).await
}

/// Gives an import up, and says why.
pub(crate) async fn fail(work: &Work, problem: String) -> Result<()> {
    close(work, |row| Model { state: State::Failed, problem: Some(problem), ..row }).await.map(drop)
}

async fn close(work: &Work, to: impl FnOnce(Model) -> Model) -> Result<End> {
    let ctx = work.itself(ActorKind::Import).await?;
    let end = ctx
        .tx(async |tx| {
            let imports = tx.entailed::<Entity, Update>();
            let row = imports.lock(work.job.id.into(), Expected::Any).await?;
            if row.attempt > work.job.attempt || row.state.is_over() {
                return Ok(End::Lost);
            }
            let after = to(Model { ended_at: Some(tx.now()), ..row.clone() });
            imports.save(&row, after, "updated", &[]).await?;
            tx.dequeue(work.job.id).await?;
            Ok(End::Done)
        })
        .await?;
    if end == End::Done {
        work.files.remove(work.job.workspace, work.job.id, Part::Upload).await;
    }
    Ok(end)
}

/// Keeps account of an import in its row.
struct Account<'w> {
    work: &'w Work,
    /// As it was last kept, and as it is to be kept next.
    row: Model,
    next: Model,
    errors: Growing,
    header: Vec<String>,
    delimiter: char,
    /// Why the work ends before the file does, where nothing is wrong with it.
    ended: Option<End>,
}

impl<'w> Account<'w> {
    fn new(work: &'w Work, row: Model) -> Self {
        let path = work.files.path(row.workspace_id, row.id.uuid(), Part::Errors);
        let (next, errors) = (row.clone(), Growing::at(path));
        Self { work, row, next, errors, header: Vec::new(), delimiter: ',', ended: None }
    }

    fn end<T>(&mut self, as_: End) -> Result<T> {
        self.ended = Some(as_);
        Err(Error::internal("the work ends here"))
    }

    /// The bad rows of a batch, as they go to the error file.
    fn bad(&self, done: &Done) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if !done.bad.is_empty() {
            let header = (self.row.error_bytes == 0).then(|| self.header.clone());
            let mut file = ErrorFile::going_on(&mut bytes, header, self.delimiter as u8);
            done.bad.iter().try_for_each(|bad| file.write(bad))?;
            file.flush()?;
        }
        Ok(bytes)
    }
}

impl Journal for Account<'_> {
    async fn ctx(&mut self) -> Result<Ctx> {
        if self.work.is_stopping() {
            return self.end(End::Stopped);
        }
        let Model { workspace_id, created_by, api_key_id, .. } = self.row;
        let asker = Asker { user: created_by, key: api_key_id };
        asker.at_work(&self.work.database, workspace_id, ActorKind::Import).await
    }

    async fn open(&mut self, opened: &Opened) -> Result<Begun> {
        (self.header, self.delimiter) = (opened.header.clone(), opened.delimiter);
        let columns = ActiveModel { columns: Set(Some(columns(opened))), ..Default::default() };
        let ctx = self.ctx().await?;
        ctx.tx(async |tx| tx.rows::<Entity>().change(columns, this(self.row.id)).await).await?;
        let batches = self.row.batches.unsigned_abs();
        Ok(Begun { batches, report: Report::from(&self.row) })
    }

    async fn begin(&mut self, tx: &Tx<'_>) -> Result<()> {
        let row = tx.entailed::<Entity, Update>().lock(self.row.id, Expected::Any).await?;
        match row.attempt == self.row.attempt && row.state == State::Running {
            true => Ok(()),
            false => self.end(End::Lost),
        }
    }

    async fn keep(&mut self, tx: &Tx<'_>, done: &Done) -> Result<()> {
        let bad = self.bad(done)?;
        let counted = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
        self.next = Model {
            batches: done.number as i32,
            bytes_read: done.position as i64,
            error_bytes: self.errors.append(self.row.error_bytes, &bad)?,
            rows: counted(done.report.rows),
            imported: counted(done.report.imported),
            updated: counted(done.report.updated),
            unchanged: counted(done.report.unchanged),
            failed: counted(done.report.failed),
            repeated: counted(done.report.repeated),
            customers: counted(done.report.customers),
            unknown: joined(self.row.unknown.clone(), &done.unknown),
            ..self.row.clone()
        };
        if tx.event_count() > 0 {
            let mark = marks::mark(tx).await?;
            let batch = import_batch::Model {
                workspace_id: self.row.workspace_id,
                import_id: self.row.id,
                number: next_batch(tx, self.row.id).await?,
                tx: mark.tx,
                first_seq: mark.first_seq,
                events: mark.events,
            };
            tx.rows::<import_batch::Entity>().insert(&[batch]).await?;
        }
        record(tx, &self.next).await
    }

    fn kept(&mut self, _: &Done) -> Result<()> {
        self.row = self.next.clone();
        Ok(())
    }
}

fn joined(before: Option<Unknown>, more: &Unknown) -> Option<Unknown> {
    if more.is_empty() {
        return before;
    }
    let mut all = before.unwrap_or_default();
    all.join(more.clone());
    Some(all)
}

/// The number of the next batch that changed something. An import that began again has more of them than batches.
async fn next_batch(tx: &Tx<'_>, id: import::Id) -> Result<i32> {
    let last = super::undo::last_batches(tx, id, i32::MAX, 1).await?;
    Ok(last.first().map_or(1, |batch| batch.number + 1))
}

fn columns(opened: &Opened) -> Columns {
    let used = opened
        .used
        .iter()
        .map(|(column, field)| ColumnUsed { column: column.clone(), field: field.to_string() });
    Columns {
        delimiter: opened.delimiter.to_string(),
        used: used.collect(),
        ignored: opened.ignored.clone(),
    }
}

impl From<&Model> for Report {
    fn from(row: &Model) -> Self {
        let count = |count: i32| u64::try_from(count).unwrap_or(0);
        Self {
            rows: count(row.rows),
            imported: count(row.imported),
            updated: count(row.updated),
            unchanged: count(row.unchanged),
            failed: count(row.failed),
            repeated: count(row.repeated),
            customers: count(row.customers),
        }
    }
}
