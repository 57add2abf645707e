//! Promises of which nobody has said in time that they were kept. When one is due is a timer, set in the transaction of the
//! promise; whichever node comes first takes it, and tells it once.

use rapport_entity::{
    Resource,
    service::{
        promise::{Entity, Model, Status},
        service_request,
    },
    work::notification::Kind,
};
use sea_orm::prelude::async_trait;

use crate::{
    kernel::{Ctx, Error, Expected, Read, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::{Notice, notify},
};

/// The kind of the timers.
const TIMER: &str = "promise";

/// Tells of promises of every workspace that are due.
#[derive(Debug)]
pub struct PromisesDue;

#[async_trait::async_trait]
impl Timed for PromisesDue {
    fn kind(&self) -> &'static str {
        TIMER
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, timer).await).await
    }
}

/// Lets a promise's timer be set for when it is due.
pub(super) async fn follow(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let waits = row.status == Status::Open && row.overdue_at.is_none() && row.deleted_at.is_none();
    tx.set_timer(TIMER, row.id.uuid(), waits.then_some(row.due_at)).await
}

/// Tells that a promise is late. It is locked, so that nobody keeps it meanwhile.
async fn act(tx: &Tx<'_>, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(TIMER, timer).await? {
        return Ok(());
    }
    let before = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let after = Model { overdue_at: Some(tx.now()), ..before.clone() };
    let after = tx.entailed::<Entity, Update>().save(&before, after, "overdue", &[]).await?;
    tell(tx, &after).await
}

/// Tells whoever sees to it, or whoever has the request.
async fn tell(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let requests = tx.entailed::<service_request::Entity, Read>();
    let Some(request) = requests.many(&[row.request_id]).await?.pop() else { return Ok(()) };
    let Some(to) = row.keeper_id.or(request.owner_id) else { return Ok(()) };
    let notice = Notice {
        kind: Kind::PromiseOverdue,
        title: request.subject.clone(),
        body: Some(row.body.clone()),
        about: Some((Entity::NAME, row.id.uuid())),
        customer: row.customer_id,
        occasion: format!("promise {} {}", row.id, row.due_at.timestamp()),
    };
    notify(tx, to, notice).await.map(drop)
}
