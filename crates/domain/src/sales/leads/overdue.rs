//! Leads that nobody answers in time. When there is something to tell of one, because a part of the time is used up or all of it,
//! is a timer, set in the transaction of the lead; whichever node comes first takes it, tells of it and notifies whoever has
//! the lead.

use chrono::{DateTime, Utc};
use rapport_clocks::Reckoned;
use rapport_entity::{
    sales::lead::{ActiveModel, Column, Entity, Model},
    work::notification::Kind,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, prelude::async_trait};
use serde_json::{Map, Value as Json, json};

use super::{
    response::{Promise, reckoned},
    saving::{is_awaited, notice},
    scoring,
};
use crate::{
    kernel::{Ctx, Error, Expected, Result, Timer, Tx, Update},
    timed::Timed,
    work::notifications::notify,
};

/// The kind of the timers of leads of which there is something to tell.
const TIMER: &str = "lead_response";

/// The kind of the timers of leads whose deadline is reckoned anew: of all at once, which those of which there is something to
/// tell must not wait for.
const ANEW: &str = "lead_response_anew";

/// So much of the time is used up where it is too late.
const ALL: i32 = 100;

/// Finds the leads of every workspace that should be answered soon, or should have been.
#[derive(Debug)]
pub struct ResponseClock {
    kind: &'static str,
}

impl ResponseClock {
    /// When there is something to tell.
    pub const DUE: Self = Self { kind: TIMER };
    /// When something else is promised.
    pub const ANEW: Self = Self { kind: ANEW };
}

#[async_trait::async_trait]
impl Timed for ResponseClock {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn act(&self, ctx: &Ctx, timer: &Timer) -> Result<()> {
        ctx.tx(async |tx| act(tx, self.kind, timer).await).await
    }
}

/// Has the deadlines of all leads that wait for an answer reckoned anew, soon: a rule promises another, or there is somebody at
/// other hours.
pub(crate) async fn look_again(tx: &Tx<'_>) -> Result<()> {
    let that_wait = "lead where workspace_id = $1 and response_rule_id is not null \
        and responded_at is null and deleted_at is null and status in ('new', 'working', 'qualified') \
        and coalesce(response_told_percent, 0) < 100";
    tx.set_timers(ANEW, that_wait, tx.now()).await
}

/// Sets the timer of a lead to when there is something to tell of it.
pub(super) async fn set_timer(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let next = match waits(row) {
        true => {
            let promise = Promise::to(tx, row).await?;
            next(row, promise.and_then(|promise| promise.reckon(row, tx.now())).as_ref())
        }
        false => None,
    };
    tx.set_timer(TIMER, row.id.uuid(), next).await
}

/// When there is nothing to tell of a lead any more.
pub(super) async fn forget(tx: &Tx<'_>, row: &Model) -> Result<()> {
    tx.set_timer(TIMER, row.id.uuid(), None).await
}

/// Tells what is to be told of a lead, if it still waits. It is locked, so that nobody answers meanwhile.
async fn act(tx: &Tx<'_>, kind: &str, timer: &Timer) -> Result<()> {
    tx.unheard();
    let leads = tx.entailed::<Entity, Update>();
    let locked = leads.lock(timer.subject.into(), Expected::Any).await;
    if !tx.take_timer(kind, timer).await? {
        return Ok(());
    }
    let before = match locked {
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    if !waits(&before) {
        return Ok(());
    }
    let (after, found) = reckoned(tx, &before).await?;
    let row = match after.response_due_at == before.response_due_at {
        true => before,
        false => {
            let after = leads.save(&before, after, "updated", &[]).await?;
            scoring::rate(tx, after).await?
        }
    };
    let row = tell(tx, row, found.as_ref()).await?;
    let next = if waits(&row) { next(&row, found.as_ref()) } else { None };
    tx.set_timer(TIMER, row.id.uuid(), next).await
}

/// Whether there may be something to tell of a lead: it is to be answered, and nobody was told that it is too late. A calendar
/// may be without hours for a while, and there is no deadline meanwhile.
fn waits(row: &Model) -> bool {
    let is_promised = row.response_due_at.is_some() || row.response_rule_id.is_some();
    is_promised && is_awaited(row) && told(row) < ALL
}

fn told(row: &Model) -> i32 {
    row.response_told_percent.unwrap_or(0)
}

/// The parts of the time of a lead of which nobody was told, and when each is used up.
fn warnings<'f>(
    row: &Model,
    found: Option<&'f Reckoned>,
) -> impl Iterator<Item = (i32, DateTime<Utc>)> + use<'f> {
    let told = told(row);
    let all = found.into_iter().flat_map(|found| &found.warnings);
    all.filter_map(|warning| Some((i32::from(warning.percent.get()), warning.at?)))
        .filter(move |(percent, _)| *percent > told)
}

/// When there is something to tell of a lead that waits. By its rule it may be due sooner than when it was last looked at.
fn next(row: &Model, found: Option<&Reckoned>) -> Option<DateTime<Utc>> {
    let due = row.response_due_at.into_iter().chain(found.and_then(|found| found.due_at));
    warnings(row, found).map(|(_, at)| at).chain(due).min()
}

async fn tell(tx: &Tx<'_>, row: Model, found: Option<&Reckoned>) -> Result<Model> {
    let Some(due) = row.response_due_at else { return Ok(row) };
    let used = warnings(&row, found).filter(|(_, at)| *at <= tx.now()).map(|(part, _)| part).max();
    let (part, what, member, kind) = match used {
        _ if due <= tx.now() => {
            let member = ("overdueSince", json!(due));
            (ALL, "response_overdue", member, Kind::LeadResponseOverdue)
        }
        Some(part) => {
            let member = ("responseWarning", json!({ "percent": part, "dueAt": due }));
            (part, "response_warned", member, Kind::LeadResponseWarned)
        }
        None => return Ok(row),
    };
    let of = |value: Json| Map::from_iter([(member.0.to_owned(), value)]);
    tx.record::<Entity>(what, &row, of(Json::Null), of(member.1.clone()));
    if let Some(owner) = row.owner_id {
        let occasion = format!("lead {} {what} {part} {}", row.id, due.to_rfc3339());
        notify(tx, owner, notice(kind, &row, occasion)).await?;
    }
    let to = ActiveModel { response_told_percent: Set(Some(part)), ..Default::default() };
    let this = Condition::all().add(Column::Id.eq(row.id));
    tx.rows::<Entity>().change(to, this).await?;
    Ok(Model { response_told_percent: Some(part), ..row })
}
