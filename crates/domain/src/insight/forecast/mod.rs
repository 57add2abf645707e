//! What is to come of selling, by how sure it is; as of now, or of any moment since Rapport has kept what opportunities were
//! from when until when, and then what came of it.

/// What people hold forecasts to be.
pub mod adjustments;
mod calendar;
mod figures;
mod held;
mod outcome;
mod places;
mod reckon;
#[cfg(test)]
mod tests;

use async_graphql::SimpleObject;
pub use calendar::MOST_PERIODS;
pub(super) use calendar::{Calendar, Span, check_start};
use chrono::{DateTime, Utc};
pub use figures::{ForecastFigures, ForecastSum};
pub(super) use figures::{Part, Sums};
pub use held::ForecastAdjusted;
use held::Held;
pub use outcome::ForecastOutcome;
use rapport_entity::{
    Currency, Date, Month,
    sales::analysis::{FiscalPeriod, ForecastBy},
};
pub(super) use reckon::{Source, counted};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    period::today,
    sales::{Exchange, SalesOf, Unconverted, unconverted},
};
use crate::kernel::{Ctx, Error, Result, day_of};

/// The most groups of a period that are told of one by one.
pub const MOST_GROUPS: usize = 200;

/// What is asked for of a forecast.
#[derive(Clone, Debug, Default)]
pub struct ForecastAsked {
    /// A month of the first period; this month where left out.
    pub from: Option<Month>,
    /// A month of the last period; of the third month, or the fourth quarter, where left out.
    pub to: Option<Month>,
    /// How long periods are.
    pub period: FiscalPeriod,
    /// The month that fiscal years begin with, from 1 to 12; the workspace's where left out.
    pub fiscal_year_start: Option<i32>,
    /// What opportunities are grouped by; not at all where left out.
    pub group_by: Option<ForecastBy>,
    /// The moment, not one to come; now where left out.
    pub as_of: Option<DateTime<Utc>>,
    /// Which opportunities.
    pub of: SalesOf,
}

/// What is to come of selling. All amounts are in the workspace's currency: those of won opportunities by the rate of the day
/// they were won, those of open ones by that of the day that the forecast is of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "ForecastRow")]
pub struct Forecast {
    /// The moment that it is of.
    pub as_of: DateTime<Utc>,
    /// The workspace's currency.
    pub currency: Currency,
    /// How long periods are.
    pub period: FiscalPeriod,
    /// What opportunities are grouped by; null where not at all.
    pub group_by: Option<ForecastBy>,
    /// The periods, in their order.
    #[schema(max_items = 24)]
    pub periods: Vec<ForecastPeriod>,
    /// Open opportunities that were expected to be closed before the first period.
    pub overdue: ForecastFigures,
    /// Open opportunities of which nobody says when they are expected to be closed.
    pub undated: ForecastFigures,
    /// What is in none of the amounts since there was no rate of its currency for the day.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// What is to come in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastPeriod {
    /// What it is called: `2026-11`, `2026 Q4` or `2026`. A fiscal year is called by the year it ends in.
    #[schema(max_length = 7)]
    pub name: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// What is to come in all.
    pub figures: ForecastFigures,
    /// What people hold its figures to be, where it is of one user, or of one team, and of all that they have.
    #[schema(max_items = 200)]
    pub adjustments: Vec<ForecastAdjusted>,
    /// What became of it until now; null in a forecast as of now.
    pub outcome: Option<ForecastOutcome>,
    /// What is to come of each group, most first; none where nothing is grouped.
    #[schema(max_items = 200)]
    pub groups: Vec<ForecastGroup>,
    /// How many groups there are that are not told of, where there are more than 200. They count in the period's figures.
    #[schema(minimum = 0)]
    pub more_groups: i64,
}

/// What is to come of a group in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastGroup {
    /// The id of what its opportunities have in common; null for those that have none.
    #[schema(max_length = 36)]
    pub key: Option<String>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What is to come.
    pub figures: ForecastFigures,
    /// What people hold these figures to be, where groups are of owners, and of all that they have.
    #[schema(max_items = 200)]
    pub adjustments: Vec<ForecastAdjusted>,
    /// What became of it until now; null in a forecast as of now.
    pub outcome: Option<ForecastOutcome>,
}

/// What is to come of selling, as far as the actor may see it. By products an opportunity counts once for each that it has,
/// with what its lines of that come to now.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Conflict`]; [`Error::Invalid`] names everything in the filter that is wrong.
pub async fn forecast(ctx: &Ctx, asked: &ForecastAsked) -> Result<Forecast> {
    let now = ctx.database().clock().now();
    if asked.as_of.is_some_and(|as_of| as_of > now) {
        return Err(Error::conflict("/asOf", "is yet to come"));
    }
    let calendar = match asked.fiscal_year_start {
        Some(month) => Calendar::new(asked.period, month)?,
        None => Calendar::of_workspace(asked.period, ctx.actor()),
    };
    let spans = calendar.spans(asked.from.as_ref(), asked.to.as_ref(), today(ctx))?;
    let as_of = asked.as_of.unwrap_or(now);
    let then = Exchange::on(ctx, day_of(as_of, ctx.actor())).await?;
    let made = reckon::reckon(ctx, asked, &spans, &then).await?;
    let outcomes = match asked.as_of {
        Some(_) => Some(outcome::outcomes(ctx, asked, &spans).await?),
        None => None,
    };
    let held = Held::read(ctx, asked, &spans, &then).await?;
    let names = made.names(ctx, asked.group_by, outcomes.as_ref()).await?;
    let laid = |(n, span): (usize, &Span)| {
        let period = made.period(n, span, outcomes.as_ref(), &names, &then)?;
        Ok(held.beside(period))
    };
    Ok(Forecast {
        as_of,
        currency: then.own().clone(),
        period: asked.period,
        group_by: asked.group_by,
        periods: spans.iter().enumerate().map(laid).collect::<Result<_>>()?,
        overdue: made.overdue.figures(&then)?,
        undated: made.undated.figures(&then)?,
        unconverted: unconverted(made.worths())?,
    })
}
