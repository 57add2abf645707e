//! What nobody looks after goes back to the pool. When it is looked for is a timer of the pool, which is taken in the
//! transaction of what is returned, so that it is returned once, however many nodes look.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rapport_entity::{
    Name, Resource, Text,
    customers::customer,
    identity::user,
    ownership::{
        pool::{Entity, Kind},
        recycle_warning::{self, Column},
    },
    sales::lead,
    work::notification,
};
use sea_orm::{ColumnTrait, Condition, prelude::async_trait, sea_query::Expr};
use serde_json::{Map, json};
use uuid::Uuid;

use super::{claims::because, looks::Look};
use crate::{
    kernel::{Ctx, Error, Read, Result, Timer, Tx, Update, is_among},
    sales::leads,
    timed::Timed,
    work::notifications::{Notice, notify},
};

/// The kind of the timers.
pub(super) const TIMER: &str = "pool_recycle";

/// How often a pool looks for what is neglected.
const LOOK: TimeDelta = TimeDelta::hours(1);

/// So much is returned, or warned of, in one transaction.
const SOME: u64 = 100;

/// What a return is called among the events, and in the history.
const RECYCLED: &str = "recycled";

/// So many are named in a notification.
const NAMED: usize = 5;

/// Returns what is neglected to the pools of every workspace, and warns whoever has it before.
#[derive(Debug)]
pub struct Recycling;

#[async_trait::async_trait]
impl Timed for Recycling {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| look(tx, timer).await).await
    }
}

/// Looks once, and says when it is looked again: at once, while there may be more.
async fn look(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let pools = tx.entailed::<Entity, Read>();
    let Some(pool) = pools.live(&[timer.subject.into()]).await?.pop() else { return Ok(()) };
    let Some(look) = Look::of(tx, &pool) else { return Ok(()) };
    tx.because(json!({ "poolId": pool.id }));
    let more = match pool.kind {
        Kind::Customers => Round { look }.customers().await?,
        Kind::Leads => Round { look }.leads().await?,
    };
    let next = if more { tx.now() } else { tx.now() + LOOK };
    tx.set_timer(TIMER, pool.id.uuid(), Some(next)).await
}

/// A look of a pool.
struct Round<'l> {
    look: Look<'l>,
}

/// What somebody has who is to be told of it.
struct Theirs {
    owner: user::Id,
    id: Uuid,
    name: Name,
}

impl Round<'_> {
    /// Whether there may be more.
    async fn customers(&self) -> Result<bool> {
        let Some(due) = self.look.due() else { return Ok(false) };
        let tx = self.look.tx;
        let customers = tx.entailed::<customer::Entity, Update>();
        let found = tx.entailed::<customer::Entity, Read>().filtered(due, SOME).await?;
        let owners: BTreeMap<Uuid, _> =
            found.iter().map(|row| (row.id.uuid(), row.owner_id)).collect();
        let ids: Vec<customer::Id> = found.iter().map(|row| row.id).collect();
        let mut returned = Vec::new();
        for before in customers.lock_many(&ids).await? {
            // Somebody else may have got it before it was locked.
            let same = owners.get(&before.id.uuid()) == Some(&before.owner_id);
            let Some(owner) = before.owner_id.filter(|_| same) else { continue };
            returned.push(Theirs { owner, id: before.id.uuid(), name: before.name.clone() });
            let after = customer::Model { owner_id: None, ..before.clone() };
            customers.save(&before, after, RECYCLED, &[because(&self.why()?)]).await?;
        }
        self.tell_returned(&returned).await?;
        let warned = self.warn_of_customers().await?;
        Ok(found.len() as u64 == SOME || warned == SOME)
    }

    async fn warn_of_customers(&self) -> Result<u64> {
        let Some(warnable) = self.look.warnable().filter(|_| self.look.warning > 0) else {
            return Ok(0);
        };
        let tx = self.look.tx;
        let rows = tx.entailed::<customer::Entity, Read>().filtered(warnable, SOME).await?;
        let mut theirs = Vec::new();
        for row in &rows {
            let Some(owner) = row.owner_id else { continue };
            theirs.push(Theirs { owner, id: row.id.uuid(), name: row.name.clone() });
            self.record_warning::<customer::Entity>(row);
        }
        self.tell_warned(&theirs).await?;
        Ok(rows.len() as u64)
    }

    /// The same of leads.
    async fn leads(&self) -> Result<bool> {
        let Some(due) = self.look.due() else { return Ok(false) };
        let tx = self.look.tx;
        let found = tx.entailed::<lead::Entity, Read>().filtered(due, SOME).await?;
        let ids: Vec<lead::Id> = found.iter().map(|row| row.id).collect();
        let since = self.look.days_ago(self.look.after);
        let mut returned = Vec::new();
        for before in tx.entailed::<lead::Entity, Update>().lock_many(&ids).await? {
            // Somebody may have looked after it before it was locked.
            let neglected = before.updated_at <= since && before.status.is_open();
            let Some(owner) = before.owner_id.filter(|_| neglected) else { continue };
            returned.push(Theirs { owner, id: before.id.uuid(), name: before.name.clone() });
            leads::give(tx, &before, None, RECYCLED, &[because(&self.why()?)]).await?;
        }
        self.tell_returned(&returned).await?;
        let warned = self.warn_of_leads().await?;
        Ok(found.len() as u64 == SOME || warned == SOME)
    }

    async fn warn_of_leads(&self) -> Result<u64> {
        let Some(warnable) = self.look.warnable().filter(|_| self.look.warning > 0) else {
            return Ok(0);
        };
        let tx = self.look.tx;
        let rows = tx.entailed::<lead::Entity, Read>().filtered(warnable, SOME).await?;
        let mut theirs = Vec::new();
        for row in &rows {
            let Some(owner) = row.owner_id else { continue };
            theirs.push(Theirs { owner, id: row.id.uuid(), name: row.name.clone() });
            self.record_warning::<lead::Entity>(row);
        }
        self.tell_warned(&theirs).await?;
        Ok(rows.len() as u64)
    }

    /// Why something is returned.
    fn why(&self) -> Result<Text> {
        let days = self.look.after;
        let why = match self.look.pool.kind {
            Kind::Customers => format!("neglected for {days} days, by the pool's segment"),
            Kind::Leads => format!("not changed for {days} days"),
        };
        why.parse().map_err(Error::internal)
    }

    fn record_warning<E: Resource>(&self, row: &E::Model) {
        let returned_at = self.look.tx.now() + TimeDelta::days(self.look.warning);
        let member = |value| Map::from_iter([("recycleAt".to_owned(), value)]);
        let (was, is) = (member(json!(null)), member(json!(returned_at)));
        self.look.tx.record::<E>("recycle_warned", row, was, is);
    }

    async fn tell_returned(&self, returned: &[Theirs]) -> Result<()> {
        let (tx, pool) = (self.look.tx, self.look.pool);
        let ids: Vec<Uuid> = returned.iter().map(|of| of.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let these = is_among(Expr::col(Column::SubjectId), &ids, tx.backend());
        let these = Condition::all().add(Column::PoolId.eq(pool.id)).add(these);
        tx.rows::<recycle_warning::Entity>().delete(these).await?;
        self.tell(notification::Kind::Recycled, returned).await
    }

    async fn tell_warned(&self, warned: &[Theirs]) -> Result<()> {
        let (tx, pool) = (self.look.tx, self.look.pool);
        let warning = |of: &Theirs| recycle_warning::Model {
            workspace_id: pool.workspace_id,
            pool_id: pool.id,
            subject_id: of.id,
            warned_at: tx.now(),
        };
        let warnings: Vec<_> = warned.iter().map(warning).collect();
        let key = [Column::WorkspaceId, Column::PoolId, Column::SubjectId];
        tx.rows::<recycle_warning::Entity>().upsert(&warnings, &key).await?;
        self.tell(notification::Kind::RecycleWarning, warned).await
    }

    /// Each owner is told once, of all that is theirs.
    async fn tell(&self, kind: notification::Kind, of: &[Theirs]) -> Result<()> {
        let (tx, pool) = (self.look.tx, self.look.pool);
        let mut owners: BTreeMap<Uuid, Vec<&Theirs>> = BTreeMap::new();
        for theirs in of {
            owners.entry(theirs.owner.uuid()).or_default().push(theirs);
        }
        for (owner, theirs) in owners {
            let first = theirs.first().map_or(Uuid::nil(), |first| first.id);
            let notice = Notice {
                kind,
                title: pool.name.clone(),
                body: Some(body(&theirs).parse().map_err(Error::internal)?),
                about: Some((Entity::NAME, pool.id.uuid())),
                customer: None,
                occasion: format!("pool {} {kind:?} {first} {}", pool.id, tx.now().to_rfc3339()),
            };
            notify(tx, owner.into(), notice).await?;
        }
        Ok(())
    }
}

/// What it is about, by name.
fn body(theirs: &[&Theirs]) -> String {
    let names: Vec<&str> = theirs.iter().take(NAMED).map(|of| of.name.as_str()).collect();
    match theirs.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{}, and {more} more", names.join(", ")),
    }
}
