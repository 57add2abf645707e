//! A calendar's hours, laid out so that they can be shown.

use async_graphql::SimpleObject;
use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{Moment, OpenTime, values::duration, work::business_calendar};
use serde::Serialize;
use utoipa::ToSchema;

use super::laid_out;
use crate::{
    kernel::{Ctx, Faults, Result},
    records,
};

/// The longest time that is laid out at once: a leap year.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// So long is laid out where nothing is said.
const USUAL: TimeDelta = TimeDelta::days(7);

/// More openings than a calendar has in a year.
const MOST: usize = 10_000;

/// What is asked of a calendar.
#[derive(Clone, Debug, Default)]
pub struct HoursOf {
    /// Since when; now where left out.
    pub from: Option<Moment>,
    /// Until when, at most 366 days later; seven days where left out.
    pub until: Option<Moment>,
    /// How much time there is for something that begins at `from`.
    pub within: Option<OpenTime>,
}

/// When there is somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Opening {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// A business calendar's hours between two moments.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct BusinessHours {
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// When there is somebody, in order. Windows that meet are one, and clocks that are put forward or back are reckoned with.
    pub openings: Vec<Opening>,
    /// How long that is together (ISO 8601), a day being 24 hours.
    pub open: String,
    /// When what begins at `from` is due that there is so much time for; null where nothing was asked, or where it is later
    /// than the tenth year from now.
    pub due_at: Option<DateTime<Utc>>,
}

/// Lays out the hours of a business calendar.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound); [`Error::Invalid`](crate::Error::Invalid) where the end is not after the
/// beginning, or too far from it.
pub async fn hours(ctx: &Ctx, id: business_calendar::Id, asked: HoursOf) -> Result<BusinessHours> {
    let from = asked.from.map_or_else(|| ctx.database().clock().now(), Moment::time);
    let until = asked.until.map_or_else(|| from + USUAL, Moment::time);
    check(from, until)?;
    let calendar = records::get::<business_calendar::Entity>(ctx, id).await?;
    let hours = laid_out(Some(&calendar))?;
    let opening = |(from, until)| Opening { from, until };
    let micros = |within: OpenTime| i64::from(within.minutes()) * 60_000_000;
    Ok(BusinessHours {
        from,
        until,
        openings: hours.openings(from, until, MOST).into_iter().map(opening).collect(),
        open: duration(hours.open_between(from, until) / 1_000_000),
        due_at: asked.within.and_then(|within| hours.advance(from, micros(within))),
    })
}

fn check(from: DateTime<Utc>, until: DateTime<Utc>) -> Result<()> {
    let mut faults = Faults::default();
    if until <= from {
        faults.invalid("/until", "must be later than from");
    }
    if until - from > LONGEST {
        faults.invalid("/until", format!("must be at most {} days after from", LONGEST.num_days()));
    }
    faults.check()
}
