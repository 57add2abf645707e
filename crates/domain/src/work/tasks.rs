use async_graphql::InputObject;
use rapport_entity::{
    Moment, Name, Text,
    customers::{contact, customer},
    identity::user,
    sales::{lead, opportunity},
    work::{
        notification,
        task::{self, ActiveModel, Column, Entity, Model, Priority, Source, Status},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel, IntoActiveModel,
    sea_query::Expr,
};
use serde::Deserialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    notifications::{Notice, notify},
    reminders,
};
use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Error, Expected, Patch, Read, Result, Tx, Update, database::is_one_of_texts,
        patched,
    },
    records,
};

/// A task to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTask {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<task::Id>,
    /// What is to be done.
    pub subject: Name,
    /// What else there is to know.
    pub description: Option<Text>,
    /// Where it stands; open where left out.
    pub status: Option<Status>,
    /// How much it matters; normal where left out.
    pub priority: Option<Priority>,
    /// Until when it is to be done.
    pub due_at: Option<Moment>,
    /// When whoever has it is reminded, unless it is done or cancelled by then.
    pub remind_at: Option<Moment>,
    /// The user who has it, who is told where somebody else makes it; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// The customer it is about.
    pub customer_id: Option<customer::Id>,
    /// The person there it is about.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it is about: one of the customer's, where it is about one.
    pub opportunity_id: Option<opportunity::Id>,
    /// The lead it is about.
    pub lead_id: Option<lead::Id>,
}

/// What to change of a task: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskPatch {
    /// What is to be done.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub subject: Option<Name>,
    /// What else there is to know.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Where it stands. What is done or cancelled is reopened before anything else becomes of it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// How much it matters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Priority)]
    pub priority: Option<Priority>,
    /// Until when it is to be done.
    #[serde(default)]
    #[schema(value_type = Option<Moment>)]
    pub due_at: Patch<Moment>,
    /// When whoever has it is reminded, unless it is done or cancelled by then.
    #[serde(default)]
    #[schema(value_type = Option<Moment>)]
    pub remind_at: Patch<Moment>,
    /// The user who has it, who is told where somebody else gives it to them.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// The customer it is about.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub customer_id: Patch<customer::Id>,
    /// The person there it is about.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// The opportunity it is about: one of the customer's, where it is about one.
    #[serde(default)]
    #[schema(value_type = Option<opportunity::Id>)]
    pub opportunity_id: Patch<opportunity::Id>,
    /// The lead it is about.
    #[serde(default)]
    #[schema(value_type = Option<lead::Id>)]
    pub lead_id: Patch<lead::Id>,
}

/// Makes a task.
///
/// # Errors
/// [`Error::Conflict`] where there is no such customer, contact or user; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewTask) -> Result<Model> {
    ctx.tx(async |tx| {
        let NewTask { id, customer_id, contact_id, owner_id, opportunity_id, lead_id, .. } = new;
        let parties = Parties {
            customer: customer_id,
            contact: contact_id,
            owner: owner_id,
            opportunity: opportunity_id,
            lead: lead_id,
        };
        parties.check(tx, Parties::default()).await?;
        let status = new.status.unwrap_or_default();
        let mut row = ActiveModel {
            status: Set(status),
            priority: Set(new.priority.unwrap_or_default()),
            source: Set(Source::Manual),
            ..new.into_active_model()
        };
        if status == Status::Done {
            let before = records::made_before::<Entity>(tx, id).await?;
            let before = before.and_then(|made| made.completed_at);
            row.completed_at = Set(Some(before.unwrap_or(tx.now())));
            row.completed_by = Set(tx.actor().user);
        }
        let made = tx.can::<Entity, Create>()?.insert(id, row).await?;
        follow(tx, None, &made).await?;
        Ok(made)
    })
    .await
}

/// Makes a task of a play.
pub(crate) async fn make_of_play(tx: &Tx<'_>, row: ActiveModel) -> Result<()> {
    let made = tx.entailed::<Entity, Create>().insert(None, row).await?;
    follow(tx, None, &made).await
}

/// Makes a task of an enquiry. Whoever has the lead is told of that, which is enough.
pub(crate) async fn make_of_enquiry(tx: &Tx<'_>, row: ActiveModel) -> Result<()> {
    tx.entailed::<Entity, Create>().insert(None, row).await.map(drop)
}

/// Gives each task that was made on an occasion to somebody, if nobody has it and it is still to be done.
pub(crate) async fn hand_over(tx: &Tx<'_>, to: &[(String, user::Id)]) -> Result<()> {
    let occasions: Vec<&str> = to.iter().map(|(occasion, _)| occasion.as_str()).collect();
    let these = is_one_of_texts(Expr::col(Column::Occasion), &occasions, tx.backend());
    let which = Condition::all().add(these).add(Column::OwnerId.is_null());
    let mut tasks = tx.entailed::<Entity, Read>().filtered(which, to.len() as u64).await?;
    // In one order, as everybody locks rows.
    tasks.sort_unstable_by_key(|task| task.id.uuid());
    for found in tasks {
        let mut owners =
            to.iter().filter(|(occasion, _)| Some(occasion) == found.occasion.as_ref());
        let Some((_, owner)) = owners.next() else { continue };
        let before = tx.entailed::<Entity, Update>().lock(found.id, Expected::Any).await?;
        if before.owner_id.is_none() && !before.status.is_over() {
            give(tx, &before, Some(*owner), "assigned", &[]).await?;
        }
    }
    Ok(())
}

/// Changes a task.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Conflict`]; [`Error::Refused`] where it is done or cancelled and is not
/// to be reopened.
pub async fn update(
    ctx: &Ctx,
    id: task::Id,
    expected: Expected,
    patch: TaskPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let after = patched::<Entity>(&before, patch)?;
        parties(&after).check(tx, parties(&before)).await?;
        save(tx, &before, after).await
    })
    .await
}

fn parties(row: &Model) -> Parties {
    Parties {
        customer: row.customer_id,
        contact: row.contact_id,
        owner: row.owner_id,
        opportunity: row.opportunity_id,
        lead: row.lead_id,
    }
}

/// Says that a task is done. One that is done stays so.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is cancelled.
pub async fn complete(ctx: &Ctx, id: task::Id) -> Result<Model> {
    become_of(ctx, id, |_| Status::Done).await
}

/// Opens a task again that is done or cancelled. Another stays as it is.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reopen(ctx: &Ctx, id: task::Id) -> Result<Model> {
    become_of(ctx, id, |is| if is.is_over() { Status::Open } else { is }).await
}

/// Says that a task is not to be done any more. One that is cancelled stays so.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is done.
pub async fn cancel(ctx: &Ctx, id: task::Id) -> Result<Model> {
    become_of(ctx, id, |_| Status::Cancelled).await
}

async fn become_of(ctx: &Ctx, id: task::Id, status: fn(Status) -> Status) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?;
        let after = Model { status: status(before.status), ..before.clone() };
        save(tx, &before, after).await
    })
    .await
}

/// Saves a task that was locked and changed, and does what follows.
async fn save(tx: &Tx<'_>, before: &Model, mut after: Model) -> Result<Model> {
    if !before.status.may_become(after.status) {
        let is = if before.status == Status::Done { "done" } else { "cancelled" };
        return Err(Error::Refused(format!("the task is {is}; reopen it first")));
    }
    let what = match after.status {
        status if status == before.status => "updated",
        Status::Done => {
            (after.completed_at, after.completed_by) = (Some(tx.now()), tx.actor().user);
            "completed"
        }
        Status::Cancelled => "cancelled",
        Status::Open if before.status.is_over() => {
            (after.completed_at, after.completed_by) = (None, None);
            "reopened"
        }
        Status::Open | Status::InProgress => "updated",
    };
    let after = tx.can::<Entity, Update>()?.save(before, after, what, &[]).await?;
    follow(tx, Some(before), &after).await?;
    Ok(after)
}

/// Gives a task that was locked to somebody, or to nobody. Whoever does so tells them in a way of their own.
pub(crate) async fn give(
    tx: &Tx<'_>,
    before: &Model,
    owner: Option<user::Id>,
    what: &str,
    also: &[(&str, Json, Json)],
) -> Result<()> {
    let after = Model { owner_id: owner, ..before.clone() };
    let after = tx.entailed::<Entity, Update>().save(before, after, what, also).await?;
    remind(tx, Some(before), &after).await
}

/// What follows from a change: when whoever has it is reminded, and who is told that they have it.
async fn follow(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    remind(tx, before, after).await?;
    let is_new = before.and_then(|before| before.owner_id) != after.owner_id;
    if let Some(owner) = after.owner_id
        && is_new
        && !after.status.is_over()
        && tx.actor().user != Some(owner)
    {
        let occasion = format!("task {} assigned {}", after.id, after.version);
        notify(tx, owner, notice(notification::Kind::TaskAssigned, after, occasion)).await?;
    }
    Ok(())
}

async fn remind(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let is = reminders::due(after);
    if before.and_then(reminders::due) != is {
        tx.set_timer(reminders::TIMER, after.id.uuid(), is).await?;
    }
    Ok(())
}

/// What its owner is told of a task.
pub(super) fn notice(kind: notification::Kind, task: &Model, occasion: String) -> Notice {
    Notice {
        kind,
        title: task.subject.clone(),
        body: None,
        about: Some((<Entity as rapport_entity::Resource>::NAME, task.id.uuid())),
        customer: task.customer_id,
        occasion,
    }
}

/// The newest tasks about each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
