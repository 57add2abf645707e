//! Undoing an import, batch by batch from the last to the first, by the events that it has told: what it made is deleted,
//! what it changed becomes as it was before, but for members that somebody has changed since.

use rapport_entity::integration::import;
use rapport_entity::{
    customers::{contact, customer},
    integration::{
        import::{ActiveModel, Entity, Model, State},
        import_batch,
    },
    log::event::{self, ActorKind},
    sales::{lead, opportunity, order, product},
    service::{request_message, service_request, survey_response},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    TryIntoModel,
};

use super::{
    former::{self, Conflict},
    job::{finish, take_up, this},
};
use crate::{
    identity::Asker,
    integration::{
        files::{Growing, Part},
        inert::inert,
        jobs::{End, Work},
    },
    kernel::{
        Access, Ctx, Delete, Described, Error, Expected, Read, Result, Tx, Update, log::marks,
    },
    sales::{leads::follow_many, opportunities::as_it_is},
    service::{assignment, requests::importing::as_they_are},
};

/// Undoes what is left of an import.
pub(crate) async fn run(work: &Work) -> Result<End> {
    let itself = work.itself(ActorKind::Import).await?;
    let taken = itself.tx(async |tx| take_up(tx, work, &[State::Undoing]).await).await?;
    let Some(row) = taken else { return Ok(End::Lost) };
    let path = work.files.path(row.workspace_id, row.id.uuid(), Part::Conflicts);
    let mut undoing = Undoing { row, file: Growing::at(path) };
    loop {
        if work.is_stopping() {
            return Ok(End::Stopped);
        }
        let Model { workspace_id, undone_by, undone_by_key, .. } = undoing.row;
        let asker = Asker { user: undone_by, key: undone_by_key };
        let ctx = asker.at_work(&work.database, workspace_id, ActorKind::Import).await?;
        match undoing.step(&ctx).await? {
            Some(row) => undoing.row = row,
            None => return finish(work, State::Undone).await,
        }
    }
}

struct Undoing {
    row: Model,
    file: Growing,
}

/// What came of undoing a batch.
#[derive(Default)]
pub(super) struct Undone {
    pub deleted: i32,
    pub restored: i32,
    pub conflicts: Vec<Conflict>,
}

impl Undoing {
    /// Undoes the last batch that is not undone; `None` where there is none.
    async fn step(&mut self, ctx: &Ctx) -> Result<Option<Model>> {
        let (row, file) = (&self.row, &mut self.file);
        ctx.tx(async |tx| {
            let now = tx.entailed::<Entity, Update>().lock(row.id, Expected::Any).await?;
            if now.attempt != row.attempt || now.state != State::Undoing {
                return Err(Error::Unavailable(anyhow::anyhow!("another node undoes this import")));
            }
            let Some(batch) = last_batches(tx, row.id, i32::MAX, 1).await?.pop() else {
                return Ok(None);
            };
            let undone = undo(tx, &events(tx, &batch).await?).await?;
            let told = told(&undone.conflicts, row.conflict_bytes == 0)?;
            let next = Model {
                deleted: row.deleted + undone.deleted,
                restored: row.restored + undone.restored,
                conflicts: row.conflicts + undone.conflicts.len() as i32,
                conflict_bytes: file.append(row.conflict_bytes, &told)?,
                ..now
            };
            record(tx, &next, &batch).await?;
            Ok(Some(next))
        })
        .await
    }
}

/// The last batches of an import before one.
pub(super) async fn last_batches(
    tx: &Tx<'_>,
    id: import::Id,
    before: i32,
    limit: u64,
) -> Result<Vec<import_batch::Model>> {
    use import_batch::Column::{ImportId, Number};
    let query = import_batch::Entity::find()
        .filter(ImportId.eq(id))
        .filter(Number.lt(before))
        .order_by_desc(Number)
        .limit(limit);
    tx.rows::<import_batch::Entity>().all(query).await
}

async fn events(tx: &Tx<'_>, batch: &import_batch::Model) -> Result<Vec<event::Model>> {
    let import_batch::Model { tx: number, first_seq, events, .. } = *batch;
    let mark = marks::Mark { tx: number, first_seq, events };
    let found = marks::events_at(tx.transaction(), tx.actor().workspace, mark).await?;
    match found.len() as i32 == events {
        true => Ok(found),
        false => Err(Error::Refused(
            "the log no longer has what the import did: it is too old to be undone".to_owned(),
        )),
    }
}

/// What was undone is recorded by forgetting the batch.
async fn record(tx: &Tx<'_>, row: &Model, batch: &import_batch::Model) -> Result<()> {
    let progress = ActiveModel {
        deleted: Set(row.deleted),
        restored: Set(row.restored),
        conflicts: Set(row.conflicts),
        conflict_bytes: Set(row.conflict_bytes),
        ..Default::default()
    };
    tx.rows::<Entity>().change(progress, this(row.id)).await?;
    let which = Condition::all()
        .add(import_batch::Column::ImportId.eq(batch.import_id))
        .add(import_batch::Column::Number.eq(batch.number));
    tx.rows::<import_batch::Entity>().delete(which).await?;
    Ok(())
}

async fn undo(tx: &Tx<'_>, events: &[event::Model]) -> Result<Undone> {
    let mut undone = Undone::default();
    former::lock_parents(tx, events).await?;
    former::put_orders_back(tx, &named(events, "order.updated"), &mut undone).await?;
    let opportunities = named(events, "opportunity.updated");
    former::put_back::<opportunity::Entity>(tx, &opportunities, &mut undone).await?;
    let leads = named(events, "lead.updated");
    former::put_back::<lead::Entity>(tx, &leads, &mut undone).await?;
    let ids: Vec<lead::Id> = leads.iter().map(|event| event.subject_id.into()).collect();
    follow_many(tx, &ids).await?;
    let requests = named(events, "service_request.updated");
    former::put_back::<service_request::Entity>(tx, &requests, &mut undone).await?;
    let written = named(events, "request_message.created");
    // What is written stays, but for what an import has written that is undone.
    let messages = tx.entailed::<request_message::Entity, Delete>();
    delete_by(&messages, &written, &mut undone).await?;
    let ids: Vec<service_request::Id> =
        requests.iter().map(|event| event.subject_id.into()).collect();
    as_they_are(tx, &ids).await?;
    let said = named(events, "survey_response.updated");
    former::put_back::<survey_response::Entity>(tx, &said, &mut undone).await?;
    let said = named(events, "survey_response.created");
    delete::<survey_response::Entity>(tx, &said, &mut undone).await?;
    let arrived = named(events, "service_request.created");
    delete::<service_request::Entity>(tx, &arrived, &mut undone).await?;
    former::put_back::<product::Entity>(tx, &named(events, "product.updated"), &mut undone).await?;
    former::put_back::<contact::Entity>(tx, &named(events, "contact.updated"), &mut undone).await?;
    former::put_back::<customer::Entity>(tx, &named(events, "customer.updated"), &mut undone)
        .await?;
    delete::<order::Entity>(tx, &named(events, "order.created"), &mut undone).await?;
    let made = named(events, "opportunity.created");
    delete::<opportunity::Entity>(tx, &made, &mut undone).await?;
    keep_periods(tx, opportunities.into_iter().chain(made)).await?;
    delete::<lead::Entity>(tx, &named(events, "lead.created"), &mut undone).await?;
    delete::<product::Entity>(tx, &named(events, "product.created"), &mut undone).await?;
    delete::<contact::Entity>(tx, &named(events, "contact.created"), &mut undone).await?;
    delete::<customer::Entity>(tx, &named(events, "customer.created"), &mut undone).await?;
    if !requests.is_empty() || !arrived.is_empty() {
        // Whoever had them may have others.
        assignment::look_again_everywhere(tx).await?;
    }
    Ok(undone)
}

/// What opportunities are after the import is undone begins another period of theirs.
async fn keep_periods<'e>(
    tx: &Tx<'_>,
    events: impl Iterator<Item = &'e event::Model>,
) -> Result<()> {
    let ids: Vec<opportunity::Id> = events.map(|event| event.subject_id.into()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in tx.can::<opportunity::Entity, Read>()?.many(&ids).await? {
        as_it_is(tx, &row).await?;
    }
    Ok(())
}

fn named<'e>(events: &'e [event::Model], name: &str) -> Vec<&'e event::Model> {
    events.iter().filter(|event| event.name == name).collect()
}

/// Deletes what was made, as far as it is there.
async fn delete<E: Described>(
    tx: &Tx<'_>,
    events: &[&event::Model],
    undone: &mut Undone,
) -> Result<()>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    match events.is_empty() {
        true => Ok(()),
        false => delete_by(&tx.can::<E, Delete>()?, events, undone).await,
    }
}

async fn delete_by<E: Described>(
    access: &Access<'_, E, Delete>,
    events: &[&event::Model],
    undone: &mut Undone,
) -> Result<()>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let mut ids: Vec<_> = events.iter().map(|event| event.subject_id).collect();
    // In one order, as everybody locks rows.
    ids.sort_unstable();
    for id in ids {
        match access.delete(id.into(), Expected::Any).await {
            Ok(_) => undone.deleted += 1,
            Err(Error::NotFound(_)) => {}
            Err(err) => return Err(err),
        }
    }
    Ok(())
}

/// Conflicts as they go to their file.
fn told(conflicts: &[Conflict], first: bool) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let wrong = |err: csv::Error| Error::Internal(err.into());
    if first && !conflicts.is_empty() {
        csv.write_record(CONFLICT).map_err(wrong)?;
    }
    for conflict in conflicts {
        let cells = conflict.cells();
        csv.write_record(cells.iter().map(|cell| inert(cell).into_owned())).map_err(wrong)?;
    }
    csv.into_inner().map_err(|err| Error::internal(err.error()))
}

/// The columns of the file of conflicts.
pub const CONFLICT: [&str; 6] = ["resource", "id", "member", "before", "imported", "now"];
