use std::collections::{HashMap, HashSet};

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    Count, Moment, TimeZone,
    customers::customer,
    plays::{
        play,
        trigger::{QuietHours, Trigger},
    },
    rule::Rule,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    check::Occasion,
    history::{self, Look, Touch, Within},
    hours::out_of,
};
use crate::{
    kernel::{
        Ctx, Cursors, Error, Faults, FilterScope, Page, Part, Read, Result, catalogue, compile,
        is_among,
    },
    records,
};

/// Of which stretch of time, and which part of it, is asked.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DryRunPlay {
    /// Whatever came up after then,
    pub from: Moment,
    /// up to then: 366 days later at most.
    pub to: Moment,
    /// The `nextCursor` of the part before.
    #[schema(min_length = 1, max_length = 2000)]
    pub cursor: Option<String>,
    /// At most so many: 1 to 200; 50 where left out.
    pub limit: Option<Count>,
}

/// A play to be tried without being saved, and of which stretch of time, and which part of it, is asked.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DryRunNewPlay {
    /// What it would wait for.
    pub trigger: Trigger,
    /// It would be played only for customers of whom this rule holds.
    pub condition: Option<Rule>,
    /// When customers would be left in peace.
    pub quiet_hours: Option<QuietHours>,
    /// Whatever came up after then,
    pub from: Moment,
    /// up to then: 366 days later at most.
    pub to: Moment,
    /// The `nextCursor` of the part before.
    #[schema(min_length = 1, max_length = 2000)]
    pub cursor: Option<String>,
    /// At most so many: 1 to 200; 50 where left out.
    pub limit: Option<Count>,
}

/// For whom a play would have been played.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct PlayDryRun {
    /// How often.
    pub count: Count,
    /// For whom, in the order in which it came up.
    #[schema(max_items = 200)]
    pub items: Vec<WouldTouch>,
    /// Where to go on; null at the end.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// For whom, and on which occasion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct WouldTouch {
    /// The customer.
    pub customer_id: customer::Id,
    /// What names the occasion.
    #[schema(max_length = 200)]
    pub occasion: String,
    /// When it came up.
    pub occurred_at: DateTime<Utc>,
    /// When the play would have been played.
    pub due_at: DateTime<Utc>,
}

/// A stretch of time is no longer than so,
const LONGEST: TimeDelta = TimeDelta::days(366);

/// and has no more occasions.
const MOST: usize = 100_000;

/// So many customers are asked for at once.
const SOME: usize = 2_000;

/// For whom a play would have been played in a stretch of time, as it follows from what is kept: stays in segments and
/// stages, and the dates that customers have now. Nothing is done. The condition is asked of customers as they are now.
///
/// # Errors
/// [`Error::NotFound`]; as [`new`].
pub async fn saved(ctx: &Ctx, id: play::Id, of: DryRunPlay) -> Result<PlayDryRun> {
    let play = records::get::<play::Entity>(ctx, id).await?;
    let DryRunPlay { from, to, cursor, limit } = of;
    let (trigger, condition, quiet_hours) = (play.trigger, play.condition, play.quiet_hours);
    let asked = DryRunNewPlay { trigger, condition, quiet_hours, from, to, cursor, limit };
    new(ctx, asked).await
}

/// The same of a play that is not saved.
///
/// # Errors
/// [`Error::Invalid`] names everything in it that is wrong, [`Error::Conflict`] everything it names that is not there, and
/// where there are more than 100,000 occasions; [`Error::Forbidden`] where it looks at what the actor may not read all of.
pub async fn new(ctx: &Ctx, asked: DryRunNewPlay) -> Result<PlayDryRun> {
    ctx.can::<play::Entity, Read>()?;
    let (within, part) = check(ctx, &asked).await?;
    let connection = ctx.reader().await?;
    let look = Look { db: &connection, actor: ctx.actor() };
    let touches = history::touches(look, &asked.trigger, within).await?;
    if touches.len() > MOST {
        let why = format!("there are more than {MOST} occasions: ask for a shorter stretch");
        return Err(Error::Conflict(vec![crate::Fault::new("/from", why)]));
    }
    let now = ctx.database().clock().now();
    let zones = concerned(look, asked.condition.as_ref(), &touches, now).await?;
    let touches = touches.into_iter().filter(|touch| zones.contains_key(&touch.customer));
    let touches: Vec<Touch> = touches.collect();
    let count = touches.len() as i64;
    let page = page(touches, &part)?.map(|touch| {
        let own = zones.get(&touch.customer).and_then(Option::as_ref);
        let zone = own.unwrap_or(&ctx.actor().time_zone);
        WouldTouch {
            customer_id: touch.customer,
            due_at: out_of(asked.quiet_hours.as_ref(), zone, touch.at),
            occurred_at: touch.at,
            occasion: touch.occasion,
        }
    });
    let next_cursor = page.next_cursor();
    let count = count.try_into().map_err(Error::internal)?;
    Ok(PlayDryRun { count, items: page.items, next_cursor })
}

async fn check(ctx: &Ctx, asked: &DryRunNewPlay) -> Result<(Within, Part)> {
    let mut faults = Faults::default();
    let within = Within { after: asked.from.time(), until: asked.to.time() };
    match within.until - within.after {
        length if length < TimeDelta::zero() => faults.invalid("/to", "must not be before from"),
        length if length > LONGEST => faults.invalid("/to", "is more than 366 days after from"),
        _ => {}
    }
    let limit = asked.limit.map_or(50, i64::from);
    if !(1..=200).contains(&limit) {
        faults.invalid("/limit", "must be from 1 to 200");
    }
    let occasion = Occasion {
        trigger: &asked.trigger,
        condition: asked.condition.as_ref(),
        quiet_hours: asked.quiet_hours.as_ref(),
    };
    occasion.check(ctx, ctx.can()?, ctx.can()?, &mut faults).await?;
    faults.check()?;
    Ok((within, Part { cursor: asked.cursor.clone(), limit: limit.unsigned_abs() }))
}

/// Those of whom the condition holds and who are there, with the time zones of their own.
async fn concerned(
    look: Look<'_>,
    condition: Option<&Rule>,
    touches: &[Touch],
    now: DateTime<Utc>,
) -> Result<HashMap<customer::Id, Option<TimeZone>>> {
    use customer::Column::{DeletedAt, Id, TimeZone as Zone, WorkspaceId};
    let ids: HashSet<Uuid> = touches.iter().map(|touch| touch.customer.uuid()).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut concerned = HashMap::new();
    for some in ids.chunks(SOME) {
        let mut live = customer::Entity::find()
            .select_only()
            .columns([Id, Zone])
            .filter(WorkspaceId.eq(look.actor.workspace))
            .filter(DeletedAt.is_null())
            .filter(is_among(Expr::col((customer::Entity, Id)), some, look.backend()));
        if let Some(rule) = condition {
            let of = catalogue::<customer::Entity>();
            let scope = FilterScope {
                actor: look.actor,
                backend: look.backend(),
                now,
                touched: Some(some),
            };
            live = live.filter(compile(rule, of, &of.table, scope, "/condition")?);
        }
        let rows = live.into_tuple::<(customer::Id, Option<TimeZone>)>().all(look.db).await?;
        concerned.extend(rows);
    }
    Ok(concerned)
}

/// The order of the occasions, as cursors name it.
const ORDER: &str = "occasions";

fn page(touches: Vec<Touch>, part: &Part) -> Result<Page<Touch>> {
    let first = match &part.cursor {
        Some(cursor) => Cursors::number(ORDER, cursor)?,
        None => 0,
    };
    let limit = part.limit as usize;
    let rest = touches.len().saturating_sub(first.max(0) as usize);
    let items: Vec<Touch> = touches.into_iter().skip(first.max(0) as usize).take(limit).collect();
    let places = (1..=items.len() as i64).map(|place| first + place);
    let cursors = Cursors::of_numbers(ORDER, places);
    Ok(Page { items, cursors, more: rest > limit, total: None })
}
