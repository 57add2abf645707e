use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use chrono::NaiveDate;
use rapport_entity::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Ctx, Error, Result},
    sales::exchange_rates::Rates,
};

/// What is worth something in a currency that there was no rate of for the day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "UnconvertedAmount")]
#[schema(as = UnconvertedAmount)]
pub struct Unconverted {
    /// How many opportunities.
    #[schema(minimum = 1)]
    pub count: i64,
    /// What they are worth together.
    pub amount: Money,
}

/// What currencies are worth, and on which day that of what is not closed is reckoned.
pub struct Exchange {
    rates: Rates,
    today: NaiveDate,
}

impl Exchange {
    pub async fn on(ctx: &Ctx, today: NaiveDate) -> Result<Self> {
        Ok(Self { rates: Rates::read(ctx).await?, today })
    }

    pub fn own(&self) -> &Currency {
        self.rates.own()
    }

    /// What an amount, in minor units, is worth by the rate of a day; `None` where there is none.
    pub fn convert(&self, minor: i64, currency: &Currency, on: NaiveDate) -> Option<i64> {
        self.rates.convert(minor, currency, on)
    }

    /// The day by whose rate that is converted which is not closed.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// An amount of the workspace's currency, in minor units.
    pub fn money(&self, minor: i128) -> Result<Money> {
        let minor = i64::try_from(minor).map_err(|_| Error::internal("a sum is too large"))?;
        Ok(Money::from_minor(minor, self.own().clone()))
    }
}

/// Amounts of opportunities that were added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worth {
    /// How many there are.
    pub count: i64,
    /// What those come to that could be converted, in minor units of the workspace's currency.
    pub minor: i128,
    apart: BTreeMap<String, (Currency, i64, i128)>,
}

/// Opportunities that were added up by the database: of one currency, and where that is not the workspace's of one day.
#[derive(Clone, Debug)]
pub struct Added {
    /// How many there are.
    pub count: i64,
    /// What they come to, in minor units.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
    /// The day they were closed on.
    pub day: Option<NaiveDate>,
}

impl Worth {
    /// Adds what was added up; gives back what it is worth, where it could be converted.
    pub fn add(&mut self, added: &Added, by: &Exchange) -> Option<i64> {
        self.count += added.count;
        let on = added.day.unwrap_or(by.today);
        let worth = by.rates.convert(added.minor, &added.currency, on);
        match worth {
            Some(minor) => self.minor += i128::from(minor),
            None => self.set_apart(&added.currency, added.count, added.minor.into()),
        }
        worth
    }

    fn set_apart(&mut self, currency: &Currency, count: i64, minor: i128) {
        let key = currency.as_str().to_owned();
        let apart = self.apart.entry(key).or_insert_with(|| (currency.clone(), 0, 0));
        apart.1 += count;
        apart.2 += minor;
    }

    /// Adds the same of others.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.minor += other.minor;
        for (currency, count, minor) in other.apart.values() {
            self.set_apart(currency, *count, *minor);
        }
    }

    /// How many could be converted.
    pub fn converted(&self) -> i64 {
        self.count - self.apart.values().map(|(_, count, _)| count).sum::<i64>()
    }
}

/// What of some sums could not be converted, currency by currency.
pub fn unconverted<'w>(of: impl IntoIterator<Item = &'w Worth>) -> Result<Vec<Unconverted>> {
    let mut all = Worth::default();
    of.into_iter().for_each(|worth| all.merge(worth));
    let shown = |(currency, count, minor): (Currency, i64, i128)| {
        let minor = i64::try_from(minor).map_err(|_| Error::internal("a sum is too large"))?;
        Ok(Unconverted { count, amount: Money::from_minor(minor, currency) })
    };
    all.apart.into_values().map(shown).collect()
}
