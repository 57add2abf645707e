use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_clocks::{Doing, History, Stretch, Warning, explain, reckon};
use rapport_entity::service::{
    service_clock::{Column, Entity, Model},
    service_policy::{self, Kind},
    service_request::{self, Priority},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    choice::{self, Promise},
    kept::of_kind,
    story::{Happened, priority},
    terms::terms_of,
};
use crate::{
    kernel::{Ctx, Read, Result},
    work::hours::in_words,
};

/// So many clocks of a request are shown: the latest.
const MOST: usize = 200;

/// A clock of a service request, and why it stands as it does.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceClock")]
#[schema(as = ServiceClockShown)]
pub struct Clock {
    /// The clock, as it was when it was last reckoned.
    #[serde(flatten)]
    #[graphql(flatten)]
    pub clock: Model,
    /// How long it has run until now (ISO 8601), within the policy's hours.
    pub elapsed: Option<String>,
    /// How much is left of its target (ISO 8601); nothing where it is used up.
    pub remaining: Option<String>,
    /// When it warned, or will if nothing happens.
    #[schema(max_items = 8)]
    pub warnings: Vec<ClockWarning>,
    /// What it did until now, stretch by stretch: which of them counted, and why the others did not. Empty where its policy is
    /// deleted.
    pub stretches: Vec<ClockStretch>,
}

/// When a part of a target was or will be used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceClockWarning")]
#[schema(as = ServiceClockWarning)]
pub struct ClockWarning {
    /// Which part, in percent.
    #[schema(minimum = 1, maximum = 99)]
    pub percent: i32,
    /// When; null while the clock stands still.
    pub at: Option<DateTime<Utc>>,
}

/// A stretch in which a clock did one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ServiceClockStretch")]
#[schema(as = ServiceClockStretch)]
pub struct ClockStretch {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// What it did: `running`, `paused`, `done` or `cancelled`.
    #[schema(max_length = 9, pattern = "^[a-z]+$")]
    pub doing: String,
    /// The category of status because of which it did not run.
    #[schema(max_length = 30, pattern = "^[a-z_]+$")]
    pub because: Option<String>,
    /// The priority meanwhile.
    pub priority: Priority,
    /// The target meanwhile (ISO 8601).
    pub target: Option<String>,
    /// How much of it was within the policy's hours (ISO 8601), whether it ran or not.
    pub open: String,
    /// How much of it was outside them (ISO 8601).
    pub outside: String,
    /// How long it had run by its end (ISO 8601).
    pub elapsed: String,
}

/// The clocks of a service request, the latest of each kind first, each with why it stands as it does.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn of_request(ctx: &Ctx, id: service_request::Id) -> Result<Vec<Clock>> {
    let request = ctx.can::<service_request::Entity, Read>()?.one_even_deleted(id).await?;
    let of_it = Entity::find()
        .filter(Column::RequestId.eq(id))
        .order_by_asc(Column::Kind)
        .order_by_desc(Column::Cycle);
    let mut rows = ctx.rows::<Entity>().all(of_it).await?;
    rows.truncate(MOST);
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let happened = Happened::seen(ctx, &request).await?;
    let promises = promises(ctx, &rows).await?;
    let now = ctx.database().clock().now();
    let clock = |row: Model| {
        let promise = promises.iter().find(|promise| promise.policy.id == row.policy_id);
        shown(row, promise, &happened, now)
    };
    Ok(rows.into_iter().map(clock).collect())
}

/// The policies that clocks were reckoned by.
async fn promises(ctx: &Ctx, rows: &[Model]) -> Result<Vec<Promise>> {
    let mut ids: Vec<service_policy::Id> = rows.iter().map(|row| row.policy_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let these = service_policy::Entity::find().filter(service_policy::Column::Id.is_in(ids));
    let mut promises = Vec::new();
    for policy in ctx.rows::<service_policy::Entity>().all(these).await? {
        promises.push(choice::promise(ctx, policy).await?);
    }
    Ok(promises)
}

fn shown(row: Model, promise: Option<&Promise>, happened: &Happened, now: DateTime<Utc>) -> Clock {
    let bare = |clock| Clock {
        clock,
        elapsed: None,
        remaining: None,
        warnings: Vec::new(),
        stretches: Vec::new(),
    };
    let Some(promise) = promise else { return bare(row) };
    let kind: Kind = row.kind;
    let terms = terms_of(&promise.policy, kind);
    let history = History::of(of_kind(kind), &happened.story(), terms.pauses());
    let place = usize::try_from(row.cycle - 1).unwrap_or_default();
    let Some(marks) = history.clocks().nth(place) else { return bare(row) };
    let Some(found) = reckon(marks, &terms, &promise.hours, now) else { return bare(row) };
    let stretches = explain(marks, &terms, &promise.hours, now);
    Clock {
        elapsed: Some(in_words(found.elapsed)),
        remaining: found.remaining.map(in_words),
        warnings: found.warnings.iter().map(warning).collect(),
        stretches: stretches.into_iter().map(stretch).collect(),
        ..bare(row)
    }
}

fn warning(warning: &Warning) -> ClockWarning {
    ClockWarning { percent: warning.percent.get().into(), at: warning.at }
}

fn stretch(stretch: Stretch) -> ClockStretch {
    let (doing, because) = match stretch.doing {
        Doing::Running => ("running", None),
        Doing::Paused(category) => ("paused", Some(category)),
        Doing::Done => ("done", None),
        Doing::Cancelled(category) => ("cancelled", Some(category)),
    };
    ClockStretch {
        from: stretch.from,
        until: stretch.until,
        doing: doing.to_owned(),
        because: because.map(|category| super::story::named(category).to_owned()),
        priority: priority(stretch.priority),
        target: stretch.target.map(in_words),
        open: in_words(stretch.open),
        outside: in_words(stretch.outside),
        elapsed: in_words(stretch.elapsed),
    }
}
