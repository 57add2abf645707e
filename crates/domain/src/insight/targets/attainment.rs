use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::SimpleObject;
use chrono::NaiveDate;
use rapport_entity::{
    Currency, Date, Money, Month,
    identity::{team, user},
    sales::{
        analysis::{AttainmentSubject, Dimension, FiscalPeriod},
        product,
        target::{Entity, Measure},
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    actuals::{Actuals, Key},
    organization::{Organization, Sight, Whose},
    set::Targets,
    tally::Tally,
};
use crate::{
    insight::{
        forecast::{Calendar, ForecastFigures, Span, Sums},
        period::today,
        sales::{Exchange, Unconverted, named, unconverted},
    },
    kernel::{Ctx, Error, Read, Result},
};

/// The most rows that are told of one by one.
pub const MOST_ROWS: usize = 500;

/// What is asked for of attainment.
#[derive(Clone, Debug, Default)]
pub struct AttainmentAsked {
    /// What is measured.
    pub measure: Measure,
    /// How long the period is.
    pub period: FiscalPeriod,
    /// A month of the period; this month where left out.
    pub month: Option<Month>,
    /// Only of this user.
    pub user_id: Option<user::Id>,
    /// Only of this team, and all below it.
    pub team_id: Option<team::Id>,
}

/// How much of what is to be reached in a period has been.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "AttainmentResult")]
pub struct Attainment {
    /// What is measured.
    pub measure: Measure,
    /// How long the period is.
    pub period: FiscalPeriod,
    /// What it is called: `2026-11`, `2026 Q4` or `2026`. A fiscal year is called by the year it ends in.
    #[schema(max_length = 7)]
    pub name: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// The workspace's currency, which amounts are in.
    pub currency: Currency,
    /// Which part of its days is gone, today among them, from 0 to 1: who keeps pace has attained as much.
    #[schema(minimum = 0, maximum = 1)]
    pub elapsed: f64,
    /// The workspace, then teams, then users, by their names; of each first all, then the products that there are targets of.
    #[schema(max_items = 500)]
    pub rows: Vec<AttainmentRow>,
    /// How many rows there are that are not told of, where there are more than 500.
    #[schema(minimum = 0)]
    pub more_rows: i64,
    /// What of the opportunities is in no amount since there was no rate of its currency for the day.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
    /// How many targets count nowhere since there was no rate of their currency for the first day of the period.
    #[schema(minimum = 0)]
    pub unconverted_targets: i64,
}

/// How much of what is to be reached somebody has.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct AttainmentRow {
    /// Whose figures these are.
    pub subject: AttainmentSubject,
    /// The user; null where they are those of more.
    pub user_id: Option<user::Id>,
    /// The team; null where they are not a team's.
    pub team_id: Option<team::Id>,
    /// What the user or the team is called.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// The product that alone counts; null where all do.
    pub product_id: Option<product::Id>,
    /// What that is called; null where there is none, or you may not see it.
    #[schema(max_length = 200)]
    pub product_name: Option<String>,
    /// What is to be reached; null where nothing is set, neither here nor for anybody below.
    pub target: Option<MeasuredValue>,
    /// Whether the target is what those right below are to reach together, since none is set here.
    pub rolled_up: bool,
    /// What has been reached.
    pub actual: MeasuredValue,
    /// Which part of the target that is: 1 is all of it; null where there is no target.
    #[schema(minimum = 0)]
    pub attainment: Option<f64>,
    /// What is missing; below zero where more than the target has been reached. Null where there is no target.
    pub gap: Option<MeasuredValue>,
    /// What the forecast of the period says, where it is of what is won and the period is not over.
    pub forecast: Option<ForecastFigures>,
}

/// What is measured: an amount, or a number.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct MeasuredValue {
    /// The amount, in the workspace's currency; null where things are counted.
    pub amount: Option<Money>,
    /// How many; null where it is an amount.
    pub count: Option<i64>,
}

/// How much of what is to be reached in a period of the workspace's fiscal calendar has been, by whom: of everybody whose
/// targets the actor may see, made of what they may read.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] where the period is too far away.
pub async fn attainment(ctx: &Ctx, asked: &AttainmentAsked) -> Result<Attainment> {
    ctx.can::<Entity, Read>()?;
    let now = today(ctx);
    let calendar = Calendar::of_workspace(asked.period, ctx.actor());
    let span = calendar.span_of(asked.month.as_ref().map_or(now, Month::first_day))?;
    let by = Exchange::on(ctx, now).await?;
    let organization = Organization::read(ctx).await?;
    let targets = Targets::read(ctx, asked, &span, &by).await?;
    let sight = Sight::of(ctx);
    let only = asked.user_id.map(Uuid::from).or(sight.only());
    let products = match ctx.can::<product::Entity, Read>() {
        Ok(_) => targets.products(),
        Err(_) => HashSet::new(),
    };
    let (span, measure, of) = (&span, asked.measure, &organization);
    let apart = products.clone();
    let actuals = Actuals { ctx, organization: of, span, measure, only, products: apart };
    let tallies = actuals.read().await?;
    let told = Told { asked, span, by, organization: of, targets, products, tallies, now };
    let keys = told.keys(&sight);
    let products: Vec<Uuid> = keys.iter().filter_map(|(_, product)| *product).collect();
    told.laid(keys, &named(ctx, Dimension::Product, &products).await?)
}

/// Everything that is told of.
struct Told<'a> {
    asked: &'a AttainmentAsked,
    span: &'a Span,
    by: Exchange,
    organization: &'a Organization,
    targets: Targets,
    products: HashSet<Uuid>,
    tallies: HashMap<Key, Tally>,
    now: NaiveDate,
}

impl Told<'_> {
    /// Which rows there are: teams and the workspace always, users where there is something to tell, products where there are
    /// targets of them.
    fn keys(&self, sight: &Sight) -> BTreeSet<Key> {
        let seen = |whose: &Whose| sight.has(*whose, self.organization) && self.is_asked(*whose);
        let mut keys = BTreeSet::new();
        for whose in self.organization.all().filter(seen) {
            let tells = |key: Key| {
                self.targets.aim(key, self.organization).is_some()
                    || self.tallies.contains_key(&key)
            };
            if !matches!(whose, Whose::User(_)) || tells((whose, None)) {
                keys.insert((whose, None));
            }
            let products = self.products.iter().map(|id| (whose, Some(*id)));
            keys.extend(products.filter(|key| self.targets.aim(*key, self.organization).is_some()));
        }
        keys
    }

    fn is_asked(&self, whose: Whose) -> bool {
        let of_user = |id: user::Id| whose == Whose::User(id.uuid());
        let of_team = |id: team::Id| self.organization.is_within(whose, id.uuid());
        self.asked.user_id.is_none_or(of_user) && self.asked.team_id.is_none_or(of_team)
    }

    fn laid(&self, keys: BTreeSet<Key>, products: &HashMap<Uuid, String>) -> Result<Attainment> {
        let missing = self.missing(&keys)?;
        let mut rows: Vec<(AttainmentRow, Whose)> = keys
            .into_iter()
            .map(|key| Ok((self.row(key, products)?, key.0)))
            .collect::<Result<_>>()?;
        rows.sort_by_cached_key(|(row, whose)| {
            let rank = (!matches!(whose, Whose::Workspace), matches!(whose, Whose::User(_)));
            (rank, row.name.clone(), *whose, row.product_id.is_some(), row.product_name.clone())
        });
        let more_rows = rows.len().saturating_sub(MOST_ROWS) as i64;
        rows.truncate(MOST_ROWS);
        Ok(Attainment {
            measure: self.asked.measure,
            period: self.asked.period,
            name: self.span.name.clone(),
            from: self.span.days.from,
            to: self.span.days.to,
            currency: self.by.own().clone(),
            elapsed: elapsed(self.span, self.now),
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            more_rows,
            unconverted: missing,
            unconverted_targets: self.targets.unconverted,
        })
    }

    /// What could not be converted: of the workspace where that is told of, else of each user.
    fn missing(&self, keys: &BTreeSet<Key>) -> Result<Vec<Unconverted>> {
        let all = (Whose::Workspace, None);
        let of = |key: &&Key| match keys.contains(&all) {
            true => **key == all,
            false => matches!(key, (Whose::User(_), None)),
        };
        let sums: Vec<Sums> = keys.iter().filter(of).map(|key| self.sums(key)).collect();
        unconverted(sums.iter().flat_map(Sums::worths))
    }

    fn sums(&self, key: &Key) -> Sums {
        self.tallies.get(key).map(|tally| tally.sums(&self.by)).unwrap_or_default()
    }

    fn row(&self, key: Key, products: &HashMap<Uuid, String>) -> Result<AttainmentRow> {
        let (whose, product) = key;
        let sums = self.sums(&key);
        let actual = self.actual(&key, &sums);
        let aim = self.targets.aim(key, self.organization);
        let subject = match whose {
            Whose::Workspace => AttainmentSubject::Workspace,
            Whose::Team(_) => AttainmentSubject::Team,
            Whose::User(_) => AttainmentSubject::User,
        };
        let (user_id, team_id) = match whose {
            Whose::Workspace => (None, None),
            Whose::Team(id) => (None, Some(team::Id::from(id))),
            Whose::User(id) => (Some(user::Id::from(id)), None),
        };
        let is_open = self.asked.measure.is_of_sales() && self.now <= self.span.days.to.day();
        Ok(AttainmentRow {
            subject,
            user_id,
            team_id,
            name: self.organization.name(whose),
            product_id: product.map(product::Id::from),
            product_name: product.and_then(|id| products.get(&id).cloned()),
            target: aim.map(|aim| self.value(aim.value)).transpose()?,
            rolled_up: aim.is_some_and(|aim| aim.rolled_up),
            actual: self.value(actual)?,
            attainment: aim.and_then(|aim| part(actual, aim.value)),
            gap: aim.map(|aim| self.value(aim.value - actual)).transpose()?,
            forecast: is_open.then(|| sums.figures(&self.by)).transpose()?,
        })
    }

    fn actual(&self, key: &Key, sums: &Sums) -> i128 {
        let [closed, ..] = sums.worths();
        match self.asked.measure {
            Measure::WonAmount => closed.minor,
            Measure::WonCount => closed.count.into(),
            _ => self.tallies.get(key).map_or(0, |tally| tally.activities.into()),
        }
    }

    fn value(&self, of: i128) -> Result<MeasuredValue> {
        if self.asked.measure == Measure::WonAmount {
            return Ok(MeasuredValue { amount: Some(self.by.money(of)?), count: None });
        }
        let count = i64::try_from(of).map_err(|_| Error::internal("a sum is too large"))?;
        Ok(MeasuredValue { amount: None, count: Some(count) })
    }
}

/// Which part of a whole it is.
fn part(of: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| of as f64 / whole as f64)
}

/// Which part of the days of a period is gone, today among them.
fn elapsed(span: &Span, now: NaiveDate) -> f64 {
    let (from, to) = (span.days.from.day(), span.days.to.day());
    let days = (to - from).num_days() + 1;
    ((now - from).num_days() + 1).clamp(0, days) as f64 / days as f64
}
