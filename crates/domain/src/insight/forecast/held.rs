use std::collections::HashMap;

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::{
    Date, Money, Text,
    identity::{team, user},
    sales::{
        analysis::ForecastBy,
        forecast_adjustment::{self, Category, Column, Entity, MadeAs, Model},
    },
};
use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ForecastAsked, ForecastPeriod, calendar::Span};
use crate::{
    insight::sales::Exchange,
    kernel::{Ctx, Read, Result},
};

/// What somebody holds a figure to be, beside the figure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastAdjusted {
    /// The adjustment.
    pub id: forecast_adjustment::Id,
    /// Which figure.
    pub category: Category,
    /// As what it was made: an owner's stands beside a manager's.
    pub made_as: MadeAs,
    /// What the figure is held to be.
    pub amount: Money,
    /// The same in the workspace's currency, by the rate of the day that the forecast is of; null where there is none.
    pub converted: Option<Money>,
    /// Why.
    pub note: Option<Text>,
    /// Who holds so; null where it was a program.
    pub made_by: Option<user::Id>,
    /// Since when.
    pub made_at: DateTime<Utc>,
}

impl ForecastAdjusted {
    fn of(row: Model, by: &Exchange) -> Result<Self> {
        let minor = by.convert(row.amount_minor, &row.currency, by.today());
        Ok(Self {
            id: row.id,
            category: row.category,
            made_as: row.made_as,
            amount: Money::from_minor(row.amount_minor, row.currency),
            converted: minor.map(|minor| by.money(minor.into())).transpose()?,
            note: row.note,
            made_by: row.made_by,
            made_at: row.created_at,
        })
    }
}

/// Whose figures are adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    User(user::Id),
    Team(team::Id),
}

/// The adjustments that hold at the moment a forecast is of, by whose and by the first day of the period.
#[derive(Debug, Default)]
pub struct Held {
    of_all: Option<Whose>,
    all: HashMap<(Whose, Date), Vec<ForecastAdjusted>>,
}

impl Held {
    /// Those that stand beside a forecast. A forecast of some opportunities only has none: they are of all that somebody has.
    pub async fn read(
        ctx: &Ctx,
        asked: &ForecastAsked,
        spans: &[Span],
        by: &Exchange,
    ) -> Result<Self> {
        let is_of_some = asked.of.filter.is_some() || asked.of.pipeline_id.is_some();
        let of_all = whose(asked);
        let by_owner = asked.group_by == Some(ForecastBy::Owner);
        let Ok(adjustments) = ctx.can::<Entity, Read>() else { return Ok(Self::default()) };
        if is_of_some || (of_all.is_none() && !by_owner) {
            return Ok(Self::default());
        }
        let mut subject = match of_all {
            Some(Whose::Team(team)) => Condition::any().add(Column::TeamId.eq(team)),
            Some(Whose::User(user)) => Condition::any().add(Column::UserId.eq(user)),
            None => Condition::any(),
        };
        if by_owner {
            subject = subject.add(Column::UserId.is_not_null());
        }
        let days = spans.iter().map(|span| span.days.from);
        let these = holds_at(asked.as_of.unwrap_or_else(|| ctx.database().clock().now()))
            .add(Column::StartsOn.is_in(days))
            .add(Column::Period.eq(asked.period))
            .add(subject);
        let mut rows = adjustments.matching_even_deleted(these).await?;
        rows.sort_by_key(|row| row.created_at);
        let mut held = Self { of_all, all: HashMap::new() };
        for row in rows {
            let user = row.user_id.map(Whose::User);
            let Some(whose) = user.or(row.team_id.map(Whose::Team)) else { continue };
            let of = held.all.entry((whose, row.starts_on)).or_default();
            of.push(ForecastAdjusted::of(row, by)?);
        }
        Ok(held)
    }

    /// Puts them beside the figures of a period.
    pub fn beside(&self, mut period: ForecastPeriod) -> ForecastPeriod {
        let of = |whose: Whose| self.all.get(&(whose, period.from)).cloned().unwrap_or_default();
        period.adjustments = self.of_all.map(of).unwrap_or_default();
        for group in &mut period.groups {
            let user = group.key.as_ref().and_then(|key| key.parse().ok());
            group.adjustments = user.map(Whose::User).map(of).unwrap_or_default();
        }
        period
    }
}

/// Whose figures a forecast is of, where they are those of one.
fn whose(asked: &ForecastAsked) -> Option<Whose> {
    match (asked.of.owner_id, asked.of.team_id) {
        (Some(user), None) => Some(Whose::User(user)),
        (None, Some(team)) => Some(Whose::Team(team)),
        _ => None,
    }
}

/// That an adjustment was made by a moment, and was neither withdrawn by then nor had another one taken its place.
fn holds_at(moment: DateTime<Utc>) -> Condition {
    let ends = |column: Column| Condition::any().add(column.is_null()).add(column.gt(moment));
    Condition::all()
        .add(Column::CreatedAt.lte(moment))
        .add(ends(Column::SupersededAt))
        .add(ends(Column::DeletedAt))
}
