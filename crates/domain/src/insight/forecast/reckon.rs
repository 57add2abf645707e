use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rapport_entity::{
    Date, Resource,
    identity::{
        role::{Scope, Verb},
        user,
    },
    sales::{
        analysis::{Dimension, ForecastBy},
        opportunity, opportunity_line, opportunity_period,
    },
};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, JoinType, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{
    ForecastAsked, ForecastGroup, ForecastPeriod, MOST_GROUPS,
    calendar::Span,
    figures::{Part, Sums},
    outcome::Outcomes,
    places::{OVERDUE, UNDATED, place},
};
use crate::{
    insight::sales::{Added, Exchange, Worth, belongs, col, is, named, rate_day, whole_sum},
    kernel::{Ctx, Read, Result},
};

/// What the opportunities of a group in a period come to.
type Groups = BTreeMap<(i64, Option<Uuid>), Sums>;

/// A forecast that was added up.
#[derive(Debug, Default)]
pub struct Reckoned {
    groups: Groups,
    totals: Groups,
    pub overdue: Sums,
    pub undated: Sums,
}

/// Adds up a forecast. By products an opportunity is in several groups, so that these do not add up to all.
pub async fn reckon(
    ctx: &Ctx,
    asked: &ForecastAsked,
    spans: &[Span],
    by: &Exchange,
) -> Result<Reckoned> {
    let source = Source::new(ctx, asked, None).await?.and_apart().alone(asked);
    let all = sums(&source, spans, by).await?;
    let mut made = Reckoned::default();
    for (key, sums) in all {
        match key.0 {
            OVERDUE => made.overdue = sums,
            UNDATED => made.undated = sums,
            _ => drop(made.totals.insert(key, sums)),
        }
    }
    if asked.group_by.is_some() {
        let source = Source::new(ctx, asked, asked.group_by).await?.and_apart().alone(asked);
        made.groups = sums(&source, spans, by).await?;
    }
    Ok(made)
}

async fn sums(source: &Source<'_>, spans: &[Span], by: &Exchange) -> Result<Groups> {
    let mut groups = Groups::new();
    for row in counted(source, spans).await? {
        groups.entry((row.place, row.group)).or_default().add(&row.part, by);
    }
    Ok(groups)
}

/// Opportunities that were added up by the database.
pub struct Counted {
    /// In which of the periods.
    pub place: i64,
    /// What they are grouped by.
    pub group: Option<Uuid>,
    /// Whose they are, where that was asked for.
    pub owner: Option<Uuid>,
    pub part: Part,
}

/// Has the database add up opportunities.
pub async fn counted(source: &Source<'_>, spans: &[Span]) -> Result<Vec<Counted>> {
    let Some(each) = source.each(spans) else { return Ok(Vec::new()) };
    let mut columns = vec!["place", "grp", "category", "probability", "currency", "day"];
    columns.extend(source.by_owner.then_some("owner"));
    let columns: Vec<Alias> = columns.into_iter().map(Alias::new).collect();
    let query = Query::select()
        .expr_as(Expr::cust(source.count()), Alias::new("n"))
        .expr(whole_sum("minor"))
        .columns(columns.clone())
        .from_subquery(each, Alias::new("each"))
        .group_by_columns(columns)
        .to_owned();
    let read = |row: QueryResult| {
        let added = Added {
            count: row.try_get_by_index(0)?,
            minor: row.try_get_by_index::<Option<i64>>(1)?.unwrap_or(0),
            currency: row.try_get_by_index(6)?,
            day: row.try_get_by_index(7)?,
        };
        let (category, probability) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
        let owner = if source.by_owner { row.try_get_by_index(8)? } else { None };
        let (place, group) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        Ok(Counted { place, group, owner, part: Part { category, probability, added } })
    };
    let db = source.ctx.reader().await?;
    Ok(db.each(db.get_database_backend().build(&query), read).await?)
}

/// Where it is read what opportunities are, or were.
pub struct Source<'c> {
    pub ctx: &'c Ctx,
    /// `opportunity` as of now, `opportunity_period` as of then.
    pub table: &'static str,
    pub group_by: Option<ForecastBy>,
    /// Of a forecast as of then.
    pub moment: Option<DateTime<Utc>>,
    which: Condition,
    within: Condition,
    by_owner: bool,
    apart: bool,
    alone: bool,
}

impl<'c> Source<'c> {
    pub async fn new(
        ctx: &'c Ctx,
        asked: &ForecastAsked,
        group_by: Option<ForecastBy>,
    ) -> Result<Self> {
        let table = if asked.as_of.is_some() { "opportunity_period" } else { "opportunity" };
        let within = asked.of.within(ctx, table).await?;
        let which = asked.of.readable(ctx)?.add(within.clone());
        if group_by == Some(ForecastBy::Product) {
            ctx.can::<rapport_entity::sales::product::Entity, Read>()?;
        }
        let moment = asked.as_of;
        let (by_owner, apart, alone) = (false, false, false);
        Ok(Self { ctx, table, group_by, moment, which, within, by_owner, apart, alone })
    }

    /// The same, owner by owner too.
    pub fn by_owner(self) -> Self {
        Self { by_owner: true, ..self }
    }

    /// With the opportunities that are overdue, and those that nobody says a day of.
    fn and_apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// The past without the opportunities themselves, where these need not be looked at: the actor may read all of them, and
    /// no rule is asked of them. Only those that were deleted since are left out.
    fn alone(self, asked: &ForecastAsked) -> Self {
        let reads = self.ctx.actor().permissions.scope(opportunity::Entity::NAME, Verb::Read);
        let is_of_lines = self.group_by == Some(ForecastBy::Product);
        let alone = self.moment.is_some()
            && reads == Scope::All
            && asked.of.filter.is_none()
            && !is_of_lines;
        let which = match alone {
            true => self.of_workspace().add(self.within.clone()).add(is_deleted().not()),
            false => self.which,
        };
        Self { alone, which, ..self }
    }

    fn of_workspace(&self) -> Condition {
        Condition::all().add(self.col("workspace_id").eq(self.ctx.actor().workspace))
    }

    /// One row for each opportunity that counts: `id`, `place`, `grp`, `category`, `probability`, `currency`, `day`, `minor`,
    /// and where they are asked for `owner`. Each part of it is what an index answers.
    fn each(&self, spans: &[Span]) -> Option<SelectStatement> {
        let first = spans.first().map(|span| span.days.from)?;
        let mut each = self.won(spans);
        let open = match self.moment {
            Some(moment) => self.open_then(moment, spans),
            None => self.open_now(first, spans),
        };
        each.unions(open.into_iter().map(|part| (UnionType::All, part)));
        Some(each)
    }

    fn open_now(&self, first: Date, spans: &[Span]) -> Vec<SelectStatement> {
        let expected = || self.col("expected_close_on");
        let written = |place: i64| Expr::cust(format!("cast({place} as bigint)"));
        let mut parts = vec![self.open(place(&expected(), spans), between(&expected(), spans))];
        if self.apart {
            let overdue = Condition::all().add(expected().lt(first));
            parts.push(self.open(written(OVERDUE), overdue));
            let undated = Condition::all().add(expected().is_null());
            parts.push(self.open(written(UNDATED), undated));
        }
        parts
    }

    /// What was open at a moment is few of all that ever was: the index of it is read once for all places.
    fn open_then(&self, moment: DateTime<Utc>, spans: &[Span]) -> Vec<SelectStatement> {
        let first = if self.apart { UNDATED } else { 0 };
        let (place, within) = self.placed(first, spans);
        let of = |stretch: Condition| self.open(place.clone(), stretch.add(within.clone()));
        stretches(moment).into_iter().map(of).collect()
    }

    /// In which place an open opportunity is, and that it is not before some place nor after all periods. The place is compared,
    /// not the day: an index of days would go through all that was ever expected then.
    pub fn placed(&self, first: i64, spans: &[Span]) -> (Expr, Expr) {
        let places = place(&self.col("expected_close_on"), spans);
        let place: Expr = Func::coalesce([places, Expr::cust(UNDATED.to_string())]).into();
        let last = spans.len() as i64 - 1;
        (place.clone(), place.between(Expr::cust(first.to_string()), Expr::cust(last.to_string())))
    }

    pub fn which(&self) -> Condition {
        self.which.clone()
    }

    /// What opportunities are counted by. An index answers where they need not be told apart.
    pub fn id(&self) -> Expr {
        match self.group_by {
            Some(ForecastBy::Product) => col("opportunity", "id"),
            _ => untyped(self.ctx, "uuid"),
        }
    }

    /// How opportunities are counted: by products each has several rows.
    pub fn count(&self) -> &'static str {
        match self.group_by {
            Some(ForecastBy::Product) => "count(distinct id)",
            _ => "count(*)",
        }
    }

    pub fn col(&self, column: &'static str) -> Expr {
        col(self.table, column)
    }

    fn open(&self, place: Expr, within: Condition) -> SelectStatement {
        let [category, probability] = ["forecast_category", "probability"].map(|it| self.col(it));
        let mut open = self.rows(self.which.clone().add(is(self.table, "open")).add(within));
        let counts = self.col("forecast_category").ne(Expr::cust("'omitted'"));
        open.and_where(counts);
        self.select(open, place, (category, probability), untyped(self.ctx, "date"))
    }

    fn won(&self, spans: &[Span]) -> SelectStatement {
        let closed = self.col("closed_on");
        let within = between(&closed, spans);
        let mut won = self.rows(self.which.clone().add(is(self.table, "won")).add(within));
        if let Some(moment) = self.moment {
            won.cond_where(as_of(moment));
        }
        let certain = (Expr::cust("'closed'"), Expr::cust("100"));
        let day = rate_day(self.table, &self.ctx.actor().currency);
        self.select(won, place(&closed, spans), certain, day)
    }

    fn select(
        &self,
        mut rows: SelectStatement,
        place: Expr,
        (category, probability): (Expr, Expr),
        day: Expr,
    ) -> SelectStatement {
        rows.expr_as(self.id(), Alias::new("id"))
            .expr_as(place, Alias::new("place"))
            .expr_as(self.group_in(self.table), Alias::new("grp"))
            .expr_as(category, Alias::new("category"))
            .expr_as(probability, Alias::new("probability"))
            .expr_as(self.col("currency"), Alias::new("currency"))
            .expr_as(day, Alias::new("day"))
            .expr_as(self.minor(self.table), Alias::new("minor"));
        if self.by_owner {
            rows.expr_as(self.col("owner_id"), Alias::new("owner"));
        }
        rows
    }

    /// The opportunities, as they are or were, with what they are grouped by.
    pub fn rows(&self, which: Condition) -> SelectStatement {
        let mut rows = Query::select();
        if self.alone {
            rows.from(opportunity_period::Entity).cond_where(which);
            self.join(&mut rows, self.table);
            return rows;
        }
        rows.from(opportunity::Entity).cond_where(which);
        if self.table != "opportunity" {
            let on = belongs("opportunity_period", "opportunity_id", ("opportunity", "id"));
            rows.inner_join(opportunity_period::Entity, on);
        }
        self.join(&mut rows, self.table);
        rows
    }

    /// Brings in what they are grouped by.
    pub fn join(&self, rows: &mut SelectStatement, table: &str) {
        match self.group_by {
            Some(ForecastBy::Team) => {
                let on = belongs("user", "id", (table, "owner_id"));
                rows.join(JoinType::LeftJoin, user::Entity, on);
            }
            Some(ForecastBy::Product) => {
                let on = belongs("opportunity_line", "opportunity_id", ("opportunity", "id"));
                rows.join(JoinType::LeftJoin, opportunity_line::Entity, on);
            }
            _ => {}
        }
    }

    pub fn group_in(&self, table: &str) -> Expr {
        match self.group_by {
            None => untyped(self.ctx, "uuid"),
            Some(ForecastBy::Owner) => col(table, "owner_id"),
            Some(ForecastBy::Pipeline) => col(table, "pipeline_id"),
            Some(ForecastBy::Team) => col("user", "team_id"),
            Some(ForecastBy::Product) => col("opportunity_line", "product_id"),
        }
    }

    /// What a row is worth in minor units.
    pub fn minor(&self, table: &str) -> Expr {
        match self.group_by {
            Some(ForecastBy::Product) => {
                let net = col("opportunity_line", "net_minor");
                Func::coalesce([net, col(table, "amount_minor")]).into()
            }
            _ => col(table, "amount_minor"),
        }
    }
}

/// Nothing. PostgreSQL wants to know of which type it is.
fn untyped(ctx: &Ctx, kind: &str) -> Expr {
    match ctx.database().backend() {
        DbBackend::Postgres => Expr::cust(format!("null::{kind}")),
        _ => Expr::cust("null"),
    }
}

/// That a day is in one of some periods, which follow each other.
pub fn between(day: &Expr, spans: &[Span]) -> Condition {
    let all = Condition::all();
    match (spans.first(), spans.last()) {
        (Some(first), Some(last)) => {
            all.add(day.clone().gte(first.days.from)).add(day.clone().lte(last.days.to))
        }
        _ => all.add(Expr::val(false)),
    }
}

/// That the opportunity of a period was deleted.
fn is_deleted() -> Expr {
    let deleted = Query::select()
        .expr(Expr::cust("1"))
        .from(opportunity::Entity)
        .cond_where(belongs("opportunity", "id", ("opportunity_period", "opportunity_id")))
        .and_where(col("opportunity", "deleted_at").is_not_null())
        .take();
    Expr::exists(deleted)
}

/// That a period of an opportunity's history is of a moment: it has no end, or one that was yet to come. An index answers each.
pub fn stretches(moment: DateTime<Utc>) -> [Condition; 2] {
    let begun = || Condition::all().add(col("opportunity_period", "from_at").lte(moment));
    let until = || col("opportunity_period", "until_at");
    [begun().add(until().is_null()), begun().add(until().gt(moment))]
}

/// That a period of an opportunity's history is of a moment.
pub fn as_of(moment: DateTime<Utc>) -> Condition {
    let until = || col("opportunity_period", "until_at");
    Condition::all()
        .add(col("opportunity_period", "from_at").lte(moment))
        .add(Condition::any().add(until().is_null()).add(until().gt(moment)))
}

impl Reckoned {
    /// What groups are called.
    pub async fn names(
        &self,
        ctx: &Ctx,
        by: Option<ForecastBy>,
        outcomes: Option<&Outcomes>,
    ) -> Result<HashMap<Uuid, String>> {
        let by = match by {
            None => return Ok(HashMap::new()),
            Some(ForecastBy::Owner) => Dimension::Owner,
            Some(ForecastBy::Team) => Dimension::Team,
            Some(ForecastBy::Pipeline) => Dimension::Pipeline,
            Some(ForecastBy::Product) => Dimension::Product,
        };
        let later = outcomes.map(Outcomes::keys).unwrap_or_default();
        let all = self.groups.keys().chain(&later).filter_map(|(_, id)| *id);
        let ids: Vec<Uuid> = all.collect::<BTreeSet<Uuid>>().into_iter().collect();
        named(ctx, by, &ids).await
    }

    /// Everything that was added up, once.
    pub fn worths(&self) -> impl Iterator<Item = &Worth> {
        let apart = [&self.overdue, &self.undated];
        self.totals.values().chain(apart).flat_map(Sums::worths)
    }

    /// A period as it is told of.
    pub fn period(
        &self,
        place: usize,
        span: &Span,
        outcomes: Option<&Outcomes>,
        names: &HashMap<Uuid, String>,
        by: &Exchange,
    ) -> Result<ForecastPeriod> {
        let place = place as i64;
        let mut keys: BTreeSet<(i64, Option<Uuid>)> = self.groups.keys().copied().collect();
        keys.extend(outcomes.map(Outcomes::keys).unwrap_or_default());
        let here = keys.range((place, None)..(place + 1, None));
        let sums = |key: &(i64, Option<Uuid>)| self.groups.get(key).cloned().unwrap_or_default();
        let mut here: Vec<(Option<Uuid>, Sums)> = here.map(|key| (key.1, sums(key))).collect();
        here.sort_by_key(|(_, sums)| std::cmp::Reverse((sums.minor(), sums.count())));
        let more_groups = here.len().saturating_sub(MOST_GROUPS) as i64;
        here.truncate(MOST_GROUPS);
        let group = |(key, sums): (Option<Uuid>, Sums)| {
            Ok(ForecastGroup {
                key: key.map(|id| id.to_string()),
                name: key.and_then(|id| names.get(&id).cloned()),
                figures: sums.figures(by)?,
                adjustments: Vec::new(),
                outcome: outcomes.map(|all| all.of_group(place, key)).transpose()?,
            })
        };
        let total = self.totals.get(&(place, None)).cloned().unwrap_or_default();
        Ok(ForecastPeriod {
            name: span.name.clone(),
            from: span.days.from,
            to: span.days.to,
            figures: total.figures(by)?,
            adjustments: Vec::new(),
            outcome: outcomes.map(|all| all.of_period(place)).transpose()?,
            groups: here.into_iter().map(group).collect::<Result<_>>()?,
            more_groups,
        })
    }
}
