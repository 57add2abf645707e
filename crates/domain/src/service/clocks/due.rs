//! Warnings and breaches: told at their moment, each once. When the next is due is a timer of the request; whichever node
//! comes first takes it, and what has become of the request meanwhile is reckoned with.

use chrono::{DateTime, Utc};
use rapport_clocks::Reckoned;
use rapport_entity::{
    Resource,
    service::{
        entitlement,
        service_clock::{Model, State},
        service_request::{self, Entity},
    },
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::async_trait};
use serde_json::{Map, Value as Json, json};

use super::kept;
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    service::escalation,
    timed::Timed,
    work::notifications::{Notice, notify},
};

/// The kind of the timers of clocks that warn or are too late.
pub(super) const TIMER: &str = "service_clock";

/// The kind of the timers of requests whose clocks are reckoned anew: of all that are open at once, so that those whose time has
/// come must not wait behind them.
const ANEW: &str = "service_clock_anew";

/// Tells of the clocks of every workspace that warn or are too late.
#[derive(Debug)]
pub struct ServiceClocks {
    kind: &'static str,
}

impl ServiceClocks {
    /// When a clock warns, or is too late.
    pub const DUE: Self = Self { kind: TIMER };
    /// When something else is promised.
    pub const ANEW: Self = Self { kind: ANEW };
}

#[async_trait::async_trait]
impl Timed for ServiceClocks {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, self.kind, timer).await).await
    }
}

/// Reckons the clocks of a request whose time has come. It is locked, so that nobody answers meanwhile.
async fn act(tx: &Tx<'_>, kind: &str, timer: &Timer) -> Result<()> {
    tx.unheard();
    let locked = tx.entailed::<Entity, Update>().lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(kind, timer).await? {
        return Ok(());
    }
    match locked {
        Err(Error::NotFound(_)) => Ok(()),
        locked => kept::follow(tx, locked?).await.map(drop),
    }
}

/// Has the clocks of all open requests reckoned anew, soon: what is promised, or when there is somebody, is another by now.
pub(crate) async fn look_again(tx: &Tx<'_>) -> Result<()> {
    let open = "service_request where workspace_id = $1 and is_open and deleted_at is null";
    tx.set_timers(ANEW, open, tx.now()).await
}

/// The same of the open requests that use an entitlement: it says another policy by now.
pub(in crate::service) async fn look_again_for(tx: &Tx<'_>, of: entitlement::Id) -> Result<()> {
    let that_use_it = Entity::find()
        .filter(service_request::Column::EntitlementId.eq(of))
        .filter(service_request::Column::IsOpen.eq(true))
        .filter(service_request::Column::DeletedAt.is_null());
    let requests = tx.rows::<Entity>().all(that_use_it).await?;
    let timers: Vec<_> = requests.iter().map(|request| (request.id.uuid(), tx.now())).collect();
    tx.set_timers_at(ANEW, &timers).await
}

/// What is to be told of a clock: now, and next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Telling {
    /// The largest part of the target that is used up and of which nobody was told.
    warning: Option<i32>,
    /// Whether it is too late and nobody was told.
    breach: bool,
    /// When there will be something to tell next.
    pub next: Option<DateTime<Utc>>,
}

impl Telling {
    pub fn of(row: &Model, found: &Reckoned, now: DateTime<Utc>) -> Self {
        if !row.state.is_live() {
            return Self::default();
        }
        let of = |percent: u8| i32::from(percent);
        let told = row.warned_percent.unwrap_or(0);
        let warnings = found.warnings.iter().filter(|warning| of(warning.percent.get()) > told);
        let (mut used, mut to_come) = (None, None::<DateTime<Utc>>);
        for warning in warnings {
            match warning.at {
                Some(at) if at <= now => used = used.max(Some(of(warning.percent.get()))),
                Some(at) => to_come = Some(to_come.map_or(at, |first| first.min(at))),
                None => {}
            }
        }
        let is_late = row.state == State::Breached;
        Self {
            warning: used.filter(|_| !is_late),
            breach: is_late && row.told_at.is_none(),
            next: match is_late {
                true => None,
                false => [to_come, row.due_at].into_iter().flatten().min(),
            },
        }
    }
}

/// Tells what is to be told, and marks it as told.
pub(super) async fn tell(
    tx: &Tx<'_>,
    request: &service_request::Model,
    rows: &mut [Model],
    tellings: &[Telling],
) -> Result<()> {
    if tellings.iter().any(|telling| telling.breach || telling.warning.is_some()) {
        escalation::look_at(tx, request).await?;
    }
    for (row, telling) in rows.iter_mut().zip(tellings) {
        if telling.breach {
            row.told_at = Some(kept_now(tx));
            record(tx, request, row, "clock_breached");
            inform(tx, request, row, Kind::ServiceClockBreached).await?;
        } else if let Some(percent) = telling.warning {
            row.warned_percent = Some(percent);
            record(tx, request, row, "clock_warned");
            inform(tx, request, row, Kind::ServiceClockWarned).await?;
        }
    }
    Ok(())
}

/// Marks what is to be told as told, and tells nobody.
pub(super) fn mark_told(tx: &Tx<'_>, rows: &mut [Model], tellings: &[Telling]) {
    for (row, telling) in rows.iter_mut().zip(tellings) {
        if telling.breach {
            row.told_at = Some(kept_now(tx));
        } else if let Some(percent) = telling.warning {
            row.warned_percent = Some(percent);
        }
    }
}

fn kept_now(tx: &Tx<'_>) -> DateTime<Utc> {
    crate::work::hours::kept(tx.now())
}

fn record(tx: &Tx<'_>, request: &service_request::Model, row: &Model, what: &str) {
    let clock = json!({
        "kind": sea_orm::ActiveEnum::to_value(&row.kind),
        "cycle": row.cycle,
        "policyId": row.policy_id,
        "dueAt": row.due_at,
        "warnedPercent": row.warned_percent,
        "breachedAt": row.breached_at,
    });
    let member = |value: Json| Map::from_iter([("clock".to_owned(), value)]);
    tx.record::<Entity>(what, request, member(Json::Null), member(clock));
}

/// Tells whoever has the request.
async fn inform(
    tx: &Tx<'_>,
    request: &service_request::Model,
    row: &Model,
    kind: Kind,
) -> Result<()> {
    let Some(owner) = request.owner_id else { return Ok(()) };
    let [clock, what] =
        [sea_orm::ActiveEnum::to_value(&row.kind), sea_orm::ActiveEnum::to_value(&kind)];
    let told = row.warned_percent.unwrap_or_default();
    let occasion = format!("{what} {} {clock} {} {told}", request.id, row.cycle);
    let notice = Notice {
        kind,
        title: request.subject.clone(),
        body: request.number.parse().ok(),
        about: Some((Entity::NAME, request.id.uuid())),
        customer: request.customer_id,
        occasion,
    };
    notify(tx, owner, notice).await.map(drop)
}
