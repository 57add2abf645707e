use std::collections::{BTreeMap, BTreeSet};

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use rapport_entity::sales::{
    analysis::ForecastBy,
    opportunity::{self, Status},
    opportunity_period,
    pipeline_stage::ForecastCategory,
};
use sea_orm::{
    Condition, ConnectionTrait, JoinType, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ForecastAsked, ForecastSum,
    calendar::Span,
    places::place,
    reckon::{Source, as_of, between, stretches},
};
use crate::{
    insight::{
        period::today,
        sales::{
            Added, Exchange, SalesOf, Unconverted, Worth, belongs, col, is, rate_day, unconverted,
            whole_sum,
        },
    },
    kernel::{Ctx, Result},
};

/// What became of what was forecast for a period, until now: each opportunity that was forecast is in one of `won` to `open`.
/// Amounts are those of now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastOutcome {
    /// Won, on a day of the period.
    pub won: ForecastSum,
    /// Won, on a day before the period or after it.
    pub won_elsewhere: ForecastSum,
    /// Lost.
    pub lost: ForecastSum,
    /// Open, and expected to be closed after the period, or nobody says when.
    pub slipped: ForecastSum,
    /// Open, and expected to be closed in the period, or before it.
    pub open: ForecastSum,
    /// Won on a day of the period, though not forecast for it.
    pub new: ForecastSum,
    /// What was won in the period: `won + new`.
    pub actual: ForecastSum,
    /// What is in none of these amounts since there was no rate of its currency for the day.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// What became of some opportunities.
#[derive(Clone, Debug, Default)]
struct Became {
    won: Worth,
    won_elsewhere: Worth,
    lost: Worth,
    slipped: Worth,
    open: Worth,
    new: Worth,
}

impl Became {
    fn shown(&self, by: &Exchange) -> Result<ForecastOutcome> {
        let mut actual = self.won.clone();
        actual.merge(&self.new);
        let sum = |worth: &Worth| ForecastSum::of(worth, by);
        let all =
            [&self.won, &self.won_elsewhere, &self.lost, &self.slipped, &self.open, &self.new];
        Ok(ForecastOutcome {
            won: sum(&self.won)?,
            won_elsewhere: sum(&self.won_elsewhere)?,
            lost: sum(&self.lost)?,
            slipped: sum(&self.slipped)?,
            open: sum(&self.open)?,
            new: sum(&self.new)?,
            actual: sum(&actual)?,
            unconverted: unconverted(all)?,
        })
    }

    /// Where that is counted which was forecast for a place, and is now this.
    fn of(&mut self, forecast: i64, status: Status, now: Option<i64>) -> &mut Worth {
        match (status, now) {
            (Status::Lost, _) => &mut self.lost,
            (Status::Won, Some(place)) if place == forecast => &mut self.won,
            (Status::Won, _) => &mut self.won_elsewhere,
            (Status::Open, Some(place)) if place <= forecast => &mut self.open,
            (Status::Open, _) => &mut self.slipped,
        }
    }
}

type Groups = BTreeMap<(i64, Option<Uuid>), Became>;

/// What became of a forecast.
pub struct Outcomes {
    totals: Groups,
    groups: Groups,
    by: Exchange,
}

impl Outcomes {
    pub fn of_period(&self, place: i64) -> Result<ForecastOutcome> {
        self.totals.get(&(place, None)).cloned().unwrap_or_default().shown(&self.by)
    }

    pub fn of_group(&self, place: i64, group: Option<Uuid>) -> Result<ForecastOutcome> {
        self.groups.get(&(place, group)).cloned().unwrap_or_default().shown(&self.by)
    }

    /// The groups of each period that something became of.
    pub fn keys(&self) -> BTreeSet<(i64, Option<Uuid>)> {
        self.groups.keys().copied().collect()
    }
}

/// What became of a forecast until now.
pub async fn outcomes(ctx: &Ctx, asked: &ForecastAsked, spans: &[Span]) -> Result<Outcomes> {
    let by = Exchange::on(ctx, today(ctx)).await?;
    let totals = became(ctx, asked, spans, None, &by).await?;
    let groups = match asked.group_by {
        None => Groups::new(),
        some => became(ctx, asked, spans, some, &by).await?,
    };
    Ok(Outcomes { totals, groups, by })
}

async fn became(
    ctx: &Ctx,
    asked: &ForecastAsked,
    spans: &[Span],
    group_by: Option<ForecastBy>,
    by: &Exchange,
) -> Result<Groups> {
    let source = Source::new(ctx, asked, group_by).await?;
    let Some(moment) = source.moment else { return Ok(Groups::new()) };
    let forecast = read(&source, forecast_then(&source, moment, spans)).await?;
    let new = match is_of_all(asked, group_by) {
        true => but(read(&source, won_in(&source, asked, spans).await?).await?, &forecast),
        false => {
            let won = read(&source, won_now(&source, moment, asked, spans).await?).await?;
            won.into_iter().filter(|row| !row.was_forecast()).collect()
        }
    };
    let mut groups = Groups::new();
    for row in forecast {
        let became = groups.entry((row.place, row.group)).or_default();
        became.of(row.place, row.status, row.other).add(&row.added, by);
    }
    for row in new {
        groups.entry((row.place, row.group)).or_default().new.add(&row.added, by);
    }
    Ok(groups)
}

/// Whether an opportunity that is asked for now was asked for then, and in the same group.
fn is_of_all(asked: &ForecastAsked, group_by: Option<ForecastBy>) -> bool {
    let SalesOf { pipeline_id, owner_id, team_id, filter: _ } = &asked.of;
    group_by.is_none() && pipeline_id.is_none() && owner_id.is_none() && team_id.is_none()
}

/// What was won but for that which was forecast for the period it was won in. No opportunity has to be looked up twice for it.
fn but(mut won: Vec<Row>, forecast: &[Row]) -> Vec<Row> {
    let as_forecast = |row: &&Row| row.status == Status::Won && row.other == Some(row.place);
    for known in forecast.iter().filter(as_forecast) {
        let same = |row: &&mut Row| {
            row.place == known.place
                && row.added.currency == known.added.currency
                && row.added.day == known.added.day
        };
        if let Some(row) = won.iter_mut().find(same) {
            row.added.count -= known.added.count;
            row.added.minor -= known.added.minor;
        }
    }
    won.retain(|row| row.added.count > 0);
    won
}

/// Opportunities that were added up: what they are, and another place, status and category.
struct Row {
    place: i64,
    group: Option<Uuid>,
    status: Status,
    other: Option<i64>,
    category: Option<ForecastCategory>,
    added: Added,
}

impl Row {
    /// Of what was won: whether it was forecast for the period it was won in.
    fn was_forecast(&self) -> bool {
        let counted = match self.category {
            None | Some(ForecastCategory::Omitted) => false,
            Some(_) => self.status != Status::Lost,
        };
        counted && self.other == Some(self.place)
    }
}

async fn read(source: &Source<'_>, each: SelectStatement) -> Result<Vec<Row>> {
    let columns =
        ["place", "grp", "status", "other", "category", "currency", "day"].map(Alias::new);
    let query = Query::select()
        .columns(columns.clone())
        .expr(Expr::cust(source.count()))
        .expr(whole_sum("minor"))
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(columns)
        .to_owned();
    let read = |row: QueryResult| {
        Ok(Row {
            place: row.try_get_by_index(0)?,
            group: row.try_get_by_index(1)?,
            status: row.try_get_by_index::<Option<Status>>(2)?.unwrap_or(Status::Lost),
            other: row.try_get_by_index(3)?,
            category: row.try_get_by_index(4)?,
            added: Added {
                currency: row.try_get_by_index(5)?,
                day: row.try_get_by_index(6)?,
                count: row.try_get_by_index(7)?,
                minor: row.try_get_by_index::<Option<i64>>(8)?.unwrap_or(0),
            },
        })
    };
    let db = source.ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// What was forecast then, and what it is now.
fn forecast_then(source: &Source<'_>, moment: DateTime<Utc>, spans: &[Span]) -> SelectStatement {
    let told = |which: Condition, forecast: Expr| {
        let mut rows = source.rows(source.which().add(which));
        rows.expr_as(forecast, Alias::new("place"))
            .expr_as(source.group_in(source.table), Alias::new("grp"))
            .expr_as(col("opportunity", "status"), Alias::new("status"))
            .expr_as(place(&decided("opportunity"), spans), Alias::new("other"))
            .expr_as(col("opportunity", "forecast_category"), Alias::new("category"));
        worth(source, rows)
    };
    let closed = source.col("closed_on");
    let won = as_of(moment).add(is(source.table, "won")).add(between(&closed, spans));
    let mut each = told(won, place(&closed, spans));
    for stretch in stretches(moment) {
        let (forecast, within) = source.placed(0, spans);
        let counts = source.col("forecast_category").ne(Expr::cust("'omitted'"));
        let open = stretch.add(is(source.table, "open")).add(counts).add(within);
        each.union(UnionType::All, told(open, forecast));
    }
    each
}

/// What has been won until now, in the periods.
async fn won_in(
    source: &Source<'_>,
    asked: &ForecastAsked,
    spans: &[Span],
) -> Result<SelectStatement> {
    let closed = col("opportunity", "closed_on");
    let which = asked.of.now(source.ctx).await?;
    let mut rows = Query::select();
    rows.from(opportunity::Entity)
        .cond_where(which.add(is("opportunity", "won")).add(between(&closed, spans)))
        .expr_as(place(&closed, spans), Alias::new("place"))
        .expr_as(source.group_in("opportunity"), Alias::new("grp"))
        .expr_as(Expr::cust("'won'"), Alias::new("status"))
        .expr_as(Expr::cust("cast(null as bigint)"), Alias::new("other"))
        .expr_as(Expr::cust("'closed'"), Alias::new("category"));
    Ok(worth(source, rows))
}

/// The same, and what it was then.
async fn won_now(
    source: &Source<'_>,
    moment: DateTime<Utc>,
    asked: &ForecastAsked,
    spans: &[Span],
) -> Result<SelectStatement> {
    let closed = col("opportunity", "closed_on");
    let on = belongs("opportunity_period", "opportunity_id", ("opportunity", "id"))
        .add(asked.of.within(source.ctx, "opportunity_period").await?)
        .add(as_of(moment));
    let which = asked.of.now(source.ctx).await?;
    let mut rows = Query::select();
    rows.from(opportunity::Entity)
        .join(JoinType::LeftJoin, opportunity_period::Entity, on)
        .cond_where(which.add(is("opportunity", "won")).add(between(&closed, spans)));
    source.join(&mut rows, "opportunity");
    rows.expr_as(place(&closed, spans), Alias::new("place"))
        .expr_as(source.group_in("opportunity"), Alias::new("grp"))
        .expr_as(col("opportunity_period", "status"), Alias::new("status"))
        .expr_as(place(&decided("opportunity_period"), spans), Alias::new("other"))
        .expr_as(col("opportunity_period", "forecast_category"), Alias::new("category"));
    Ok(worth(source, rows))
}

/// The day an opportunity was closed on, or, while it is open, is expected to be.
fn decided(table: &str) -> Expr {
    CaseStatement::new()
        .case(is(table, "open"), col(table, "expected_close_on"))
        .finally(col(table, "closed_on"))
        .into()
}

/// With what opportunities are worth now.
fn worth(source: &Source<'_>, mut rows: SelectStatement) -> SelectStatement {
    rows.expr_as(source.id(), Alias::new("id"))
        .expr_as(col("opportunity", "currency"), Alias::new("currency"))
        .expr_as(rate_day("opportunity", &source.ctx.actor().currency), Alias::new("day"))
        .expr_as(source.minor("opportunity"), Alias::new("minor"));
    rows
}
