//! Bulk transfers: what one user has goes to another, or to the pool, with the work that is open.

pub(crate) mod job;
mod records;

use async_graphql::{InputObject, SimpleObject};
use rapport_entity::{
    Count, Text,
    customers::customer,
    identity::user,
    ownership::ownership_transfer::{self, ActiveModel, Entity, Model, Part, Parts, State},
    rule::Rule,
    sales::{lead, opportunity},
    work::task,
};
use sea_orm::{ActiveValue::Set, Iterable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::records::{What, tally};
use crate::{
    integration::jobs::kind,
    kernel::{
        Access, Action, Create, Ctx, Described, Error, Expected, Faults, Read, Result, Tx, Update,
    },
    rules::check_rule,
};

/// A transfer to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOwnershipTransfer {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<ownership_transfer::Id>,
    /// Whose records are transferred.
    pub from_user_id: user::Id,
    /// Who gets them; nobody where left out: customers and leads are in the pool then.
    pub to_user_id: Option<user::Id>,
    /// What is transferred, each once; everything where left out. Of work only what is open: what is closed stays with whoever
    /// had it.
    #[schema(min_items = 1, max_items = 4)]
    pub parts: Option<Vec<Part>>,
    /// Only customers of which this rule holds, and the open opportunities and tasks about such customers. Leads, which have no
    /// customer, are then no part of it.
    pub filter: Option<Rule>,
    /// Why.
    pub reason: Text,
}

/// What a transfer would move, as things are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipTransferPreview {
    /// Customers.
    pub customers: Count,
    /// Open leads.
    pub leads: Count,
    /// Open opportunities.
    pub opportunities: Count,
    /// Open tasks.
    pub tasks: Count,
    /// How many of all that would stay, because whoever asks may not change them.
    pub left_behind: Count,
}

/// What a transfer would move. Nothing is moved.
///
/// # Errors
/// As [`create`].
pub async fn preview(ctx: &Ctx, of: NewOwnershipTransfer) -> Result<OwnershipTransferPreview> {
    ctx.can::<Entity, Create>()?;
    let parts = check(ctx, &of)?;
    ctx.tx(async |tx| {
        tx.unheard();
        check_users(tx, &of).await?;
        let what = What { tx, from: of.from_user_id, filter: of.filter.as_ref() };
        let mut left = 0;
        let mut counts = [0; 4];
        for (part, count) in Part::iter().zip(&mut counts) {
            if parts.contains(&part) {
                let (moved, all) = what.counts(part).await?;
                *count = moved;
                left += all - moved;
            }
        }
        let [tasks, opportunities, leads, customers] = counts.map(whole);
        Ok(OwnershipTransferPreview {
            customers: customers?,
            leads: leads?,
            opportunities: opportunities?,
            tasks: tasks?,
            left_behind: whole(left)?,
        })
    })
    .await
}

fn whole(count: i64) -> Result<Count> {
    count.try_into().map_err(Error::internal)
}

/// Has what one user has transferred to another: the transfer is queued, and this does not wait for it.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong.
pub async fn create(ctx: &Ctx, new: NewOwnershipTransfer) -> Result<Model> {
    ctx.can::<Entity, Create>()?;
    let parts = check(ctx, &new)?;
    if let Some(id) = new.id
        && let Some(there) = ctx.can::<Entity, Read>()?.live(&[id]).await?.pop()
    {
        return again(there, &new, &parts);
    }
    ctx.tx(async |tx| {
        check_users(tx, &new).await?;
        let row = ActiveModel {
            state: Set(State::Queued),
            from_user_id: Set(new.from_user_id),
            to_user_id: Set(new.to_user_id),
            parts: Set(Parts(parts)),
            filter: Set(new.filter),
            reason: Set(new.reason),
            customers: Set(0),
            leads: Set(0),
            opportunities: Set(0),
            tasks: Set(0),
            attempt: Set(0),
            api_key_id: Set(tx.actor().key),
            ..Default::default()
        };
        let made = tx.can::<Entity, Create>()?.insert(new.id, row).await?;
        tx.enqueue(made.id.uuid(), kind::TRANSFER).await?;
        Ok(made)
    })
    .await
}

/// A create that is repeated makes nothing; it must ask for the same.
fn again(there: Model, new: &NewOwnershipTransfer, parts: &[Part]) -> Result<Model> {
    let same = there.from_user_id == new.from_user_id
        && there.to_user_id == new.to_user_id
        && there.parts.0 == parts
        && there.filter == new.filter
        && there.reason == new.reason;
    match same {
        true => Ok(there),
        false => Err(Error::Duplicate("a transfer with this id already exists".to_owned())),
    }
}

/// What is transferred, work before customers: whether a rule holds of a customer may depend on who has them.
fn check(ctx: &Ctx, new: &NewOwnershipTransfer) -> Result<Vec<Part>> {
    let mut faults = Faults::default();
    if new.to_user_id == Some(new.from_user_id) {
        faults.invalid("/toUserId", "is whoever has them already");
    }
    if let Some(filter) = &new.filter {
        check_rule::<customer::Entity>(ctx, filter, "/filter", &mut faults)?;
    }
    let given = new.parts.as_deref();
    for (n, part) in given.unwrap_or_default().iter().enumerate() {
        if given.unwrap_or_default().iter().take(n).any(|before| before == part) {
            faults.invalid(format!("/parts/{n}"), "is named twice");
        }
        if *part == Part::Leads && new.filter.is_some() {
            faults.invalid(
                format!("/parts/{n}"),
                "a filter is about customers, which leads have not",
            );
        }
    }
    if given.is_some_and(<[Part]>::is_empty) {
        faults.invalid("/parts", "must not be empty");
    }
    faults.check()?;
    let named = |part: &Part| match given {
        Some(given) => given.contains(part),
        None => new.filter.is_none() || *part != Part::Leads,
    };
    Ok(Part::iter().filter(named).collect())
}

async fn check_users(tx: &Tx<'_>, new: &NewOwnershipTransfer) -> Result<()> {
    let users = tx.can::<user::Entity, Read>()?;
    let mut faults = Faults::default();
    // Whoever has left may still have something, and even one who is deleted.
    if users.many(&[new.from_user_id]).await?.is_empty() {
        faults.conflict("/fromUserId", "is no user of this workspace");
    }
    if let Some(id) = new.to_user_id {
        let to = users.live(&[id]).await?.pop();
        if to.is_none_or(|to| to.status == user::Status::Inactive) {
            faults.conflict("/toUserId", "is nobody who works here");
        }
    }
    faults.check()
}

/// Calls a transfer off. What was transferred stays so.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is over.
pub async fn cancel(ctx: &Ctx, id: ownership_transfer::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let transfers = tx.can::<Entity, Update>()?;
        let row = transfers.lock(id, Expected::Any).await?;
        if row.state.is_over() {
            return Err(Error::Refused("the transfer is not under way".to_owned()));
        }
        tx.dequeue(id.uuid()).await?;
        let after = Model { state: State::Cancelled, ended_at: Some(tx.now()), ..row.clone() };
        transfers.save(&row, after, "updated", &[]).await
    })
    .await
}

impl What<'_> {
    /// How many of a part would be moved, and how many there are.
    async fn counts(&self, part: Part) -> Result<(i64, i64)> {
        match part {
            Part::Tasks => self.counts_of::<task::Entity>(task::Column::OwnerId, part).await,
            Part::Opportunities => {
                self.counts_of::<opportunity::Entity>(opportunity::Column::OwnerId, part).await
            }
            Part::Leads => self.counts_of::<lead::Entity>(lead::Column::OwnerId, part).await,
            Part::Customers => {
                self.counts_of::<customer::Entity>(customer::Column::OwnerId, part).await
            }
        }
    }

    async fn counts_of<E: Described>(&self, owner: E::Column, part: Part) -> Result<(i64, i64)> {
        let all = count(self.tx.can::<E, Read>()?, owner, self, part).await?;
        match self.tx.can::<E, Update>() {
            Ok(access) => Ok((count(access, owner, self, part).await?, all)),
            Err(Error::Forbidden { .. }) => Ok((0, all)),
            Err(err) => Err(err),
        }
    }
}

async fn count<E: Described, A: Action>(
    access: Access<'_, E, A>,
    owner: E::Column,
    what: &What<'_>,
    part: Part,
) -> Result<i64> {
    tally(access, owner, what.condition(part)?).await
}
