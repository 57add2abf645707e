//! A transfer at work: some records in each transaction, which also says how far it has come. What was moved is no longer
//! its former owner's, so whoever takes the job up again goes on with what is left, and nothing is moved twice.

use rapport_entity::{
    Id, Name,
    customers::customer,
    log::event::ActorKind,
    ownership::ownership_transfer::{ActiveModel, Column, Entity, Model, Part, State},
    sales::{lead, opportunity},
    work::{notification, task},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, TryIntoModel};
use serde_json::json;

use super::records::{What, tally};
use crate::{
    identity::Asker,
    integration::jobs::{End, Work},
    kernel::{Create, Ctx, Described, Error, Expected, Read, Result, Tx, Update},
    ownership::claims::because,
    sales::{leads, opportunities},
    work::{
        notifications::{Notice, notify},
        tasks,
    },
};

/// So many records are moved in one transaction.
const SOME: u64 = 200;

/// What a transfer is called among the events, and in the history.
const TRANSFERRED: &str = "transferred";

/// Moves what is left.
pub(crate) async fn run(work: &Work) -> Result<End> {
    let Some(mut row) = start(work).await? else { return Ok(End::Lost) };
    for part in row.parts.0.clone() {
        loop {
            if work.is_stopping() {
                return Ok(End::Stopped);
            }
            let ctx = asker(work, &row).await?;
            match ctx.tx(async |tx| step(tx, &row, part).await).await? {
                Step::Lost => return Ok(End::Lost),
                Step::Moved(after) => row = *after,
                Step::NothingLeft => break,
            }
        }
    }
    let ctx = asker(work, &row).await?;
    ctx.tx(async |tx| finish(tx, &row).await).await
}

/// Takes the transfer up; `None` where it is not to be done any more.
async fn start(work: &Work) -> Result<Option<Model>> {
    let ctx = work.itself(ActorKind::System).await?;
    ctx.tx(async |tx| {
        let transfers = tx.entailed::<Entity, Update>();
        let mut row = transfers.lock(work.job.id.into(), Expected::Any).await?;
        if row.state.is_over() {
            tx.dequeue(work.job.id).await?;
            return Ok(None);
        }
        if row.attempt >= work.job.attempt {
            return Ok(None);
        }
        row.attempt = work.job.attempt;
        let taken = ActiveModel { attempt: Set(row.attempt), ..Default::default() };
        tx.rows::<Entity>().change(taken, this(&row)).await?;
        let started_at = row.started_at.or(Some(tx.now()));
        let after = Model { state: State::Running, started_at, ..row.clone() };
        transfers.save(&row, after, "updated", &[]).await.map(Some)
    })
    .await
}

fn this(row: &Model) -> Condition {
    Condition::all().add(Column::Id.eq(row.id))
}

/// Whoever asked for it, with the leave that they have by now.
async fn asker(work: &Work, row: &Model) -> Result<Ctx> {
    let asker = Asker { user: row.created_by, key: row.api_key_id };
    let ctx = asker.at_work(&work.database, row.workspace_id, ActorKind::User).await?;
    ctx.can::<Entity, Create>()?;
    Ok(ctx)
}

enum Step {
    /// Some were moved, and so far has it come.
    Moved(Box<Model>),
    /// Of this part there is no more.
    NothingLeft,
    /// It is another node's, or is not to be done any more.
    Lost,
}

/// Moves some of a part.
async fn step(tx: &Tx<'_>, row: &Model, part: Part) -> Result<Step> {
    let there = tx.entailed::<Entity, Update>().lock(row.id, Expected::Any).await?;
    if there.attempt != row.attempt || there.state != State::Running {
        return Ok(Step::Lost);
    }
    tx.because(json!({ "ownershipTransferId": row.id }));
    let Some(moved) = move_some(tx, &there, part).await? else { return Ok(Step::NothingLeft) };
    let after = counted(&there, part, moved);
    let progress = ActiveModel {
        customers: Set(after.customers),
        leads: Set(after.leads),
        opportunities: Set(after.opportunities),
        tasks: Set(after.tasks),
        ..Default::default()
    };
    tx.rows::<Entity>().change(progress, this(row)).await?;
    Ok(Step::Moved(Box::new(after)))
}

fn counted(row: &Model, part: Part, moved: i32) -> Model {
    let mut after = row.clone();
    let count = match part {
        Part::Tasks => &mut after.tasks,
        Part::Opportunities => &mut after.opportunities,
        Part::Leads => &mut after.leads,
        Part::Customers => &mut after.customers,
    };
    *count = count.saturating_add(moved);
    after
}

/// Moves some of a part, and says how many; `None` where there are none that whoever asked may change.
async fn move_some(tx: &Tx<'_>, row: &Model, part: Part) -> Result<Option<i32>> {
    let (from, to) = (Some(row.from_user_id), row.to_user_id);
    let also = [because(&row.reason)];
    let mut moved = 0;
    let found = match part {
        Part::Tasks => {
            let (some, found) = locked::<task::Entity>(tx, row, part).await?;
            for before in some.iter().filter(|task| task.owner_id == from && !task.status.is_over())
            {
                tasks::give(tx, before, to, TRANSFERRED, &also).await?;
                moved += 1;
            }
            found
        }
        Part::Opportunities => {
            let (some, found) = locked::<opportunity::Entity>(tx, row, part).await?;
            let open = opportunity::Status::Open;
            for before in some.iter().filter(|of| of.owner_id == from && of.status == open) {
                opportunities::give(tx, before, to, TRANSFERRED, row.reason.clone()).await?;
                moved += 1;
            }
            found
        }
        Part::Leads => {
            let (some, found) = locked::<lead::Entity>(tx, row, part).await?;
            for before in some.iter().filter(|of| of.owner_id == from && of.status.is_open()) {
                leads::give(tx, before, to, TRANSFERRED, &also).await?;
                moved += 1;
            }
            found
        }
        Part::Customers => {
            let (some, found) = locked::<customer::Entity>(tx, row, part).await?;
            let customers = tx.entailed::<customer::Entity, Update>();
            for before in some.into_iter().filter(|of| of.owner_id == from) {
                let after = customer::Model { owner_id: to, ..before.clone() };
                customers.save(&before, after, TRANSFERRED, &also).await?;
                moved += 1;
            }
            found
        }
    };
    Ok((found > 0).then_some(moved))
}

/// Some of a part that whoever asked may change, locked, and how many were found.
async fn locked<E: Described>(
    tx: &Tx<'_>,
    row: &Model,
    part: Part,
) -> Result<(Vec<E::Model>, usize)>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let access = match tx.can::<E, Update>() {
        // What they may not change stays.
        Err(Error::Forbidden { .. }) => return Ok((Vec::new(), 0)),
        access => access?,
    };
    let what = What { tx, from: row.from_user_id, filter: row.filter.as_ref() };
    let found = access.filtered(what.condition(part)?, SOME).await?;
    let ids: Vec<Id<E>> = found.iter().map(E::id).collect();
    Ok((access.lock_many(&ids).await?, ids.len()))
}

/// Ends it: says what stayed, and tells whoever got something, once.
async fn finish(tx: &Tx<'_>, row: &Model) -> Result<End> {
    let there = tx.entailed::<Entity, Update>().lock(row.id, Expected::Any).await?;
    if there.attempt != row.attempt || there.state != State::Running {
        return Ok(End::Lost);
    }
    let left = left_behind(tx, &there).await?;
    let left_behind = Some(i32::try_from(left).unwrap_or(i32::MAX));
    let after = Model { state: State::Succeeded, left_behind, ..there.clone() };
    close(tx, &there, after).await
}

/// Ends it, as it stands. Whoever got something is told once, whatever became of the rest.
async fn close(tx: &Tx<'_>, before: &Model, after: Model) -> Result<End> {
    let after = Model { ended_at: Some(tx.now()), ..after };
    let ended = tx.entailed::<Entity, Update>().save(before, after, "updated", &[]).await?;
    tx.dequeue(before.id.uuid()).await?;
    if let Some(to) = ended.to_user_id.filter(|_| ended.moved() > 0) {
        notify(tx, to, notice(&ended)?).await?;
    }
    Ok(End::Done)
}

/// What of it stays with whoever had it.
async fn left_behind(tx: &Tx<'_>, row: &Model) -> Result<i64> {
    let what = What { tx, from: row.from_user_id, filter: row.filter.as_ref() };
    let mut left = 0;
    for part in &row.parts.0 {
        let which = what.condition(*part)?;
        left += match part {
            Part::Tasks => {
                tally(tx.can::<task::Entity, Read>()?, task::Column::OwnerId, which).await?
            }
            Part::Opportunities => {
                let opportunities = tx.can::<opportunity::Entity, Read>()?;
                tally(opportunities, opportunity::Column::OwnerId, which).await?
            }
            Part::Leads => {
                tally(tx.can::<lead::Entity, Read>()?, lead::Column::OwnerId, which).await?
            }
            Part::Customers => {
                let customers = tx.can::<customer::Entity, Read>()?;
                tally(customers, customer::Column::OwnerId, which).await?
            }
        };
    }
    Ok(left)
}

fn notice(of: &Model) -> Result<Notice> {
    let parts = [
        (of.customers, "customer", "customers"),
        (of.leads, "lead", "leads"),
        (of.opportunities, "opportunity", "opportunities"),
        (of.tasks, "task", "tasks"),
    ];
    let said = |(count, one, many): (i32, &str, &str)| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts: Vec<String> = parts.into_iter().filter_map(said).collect();
    let title: Name = parts.join(", ").parse().map_err(Error::internal)?;
    Ok(Notice {
        kind: notification::Kind::OwnershipTransferred,
        title,
        body: Some(of.reason.clone()),
        about: Some((<Entity as rapport_entity::Resource>::NAME, of.id.uuid())),
        customer: None,
        occasion: format!("ownership transfer {}", of.id),
    })
}

/// Gives a transfer up, and says why. What was transferred stays so.
pub(crate) async fn fail(work: &Work, problem: String) -> Result<()> {
    let ctx = work.itself(ActorKind::System).await?;
    ctx.tx(async |tx| {
        let transfers = tx.entailed::<Entity, Update>();
        let row = match transfers.lock(work.job.id.into(), Expected::Any).await {
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
