use std::collections::{BTreeMap, HashSet};

use async_graphql::InputObject;
use chrono::NaiveDate;
use rapport_entity::{
    ConversionRate, Currency, Date,
    sales::exchange_rate::{self, ActiveModel, Entity, Model},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Fault, Result, Update};

/// An exchange rate to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewExchangeRate {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<exchange_rate::Id>,
    /// The currency: not the workspace's own.
    pub currency: Currency,
    /// The first day it holds for; one rate for each currency and day.
    pub valid_from: Date,
    /// What one unit of it is worth in the workspace's currency.
    pub rate: ConversionRate,
}

/// What to change of an exchange rate: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExchangeRatePatch {
    /// The first day it holds for; one rate for each currency and day.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub valid_from: Option<Date>,
    /// What one unit of the currency is worth in the workspace's.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = ConversionRate)]
    pub rate: Option<ConversionRate>,
}

/// Makes an exchange rate.
///
/// # Errors
/// [`Error::Conflict`] for the workspace's own currency; [`Error::Duplicate`] where there is one for the day.
pub async fn create(ctx: &Ctx, new: NewExchangeRate) -> Result<Model> {
    if new.currency == ctx.actor().currency {
        let why = "is the workspace's own currency, which is always worth one";
        return Err(Error::Conflict(vec![Fault::new("/currency", why)]));
    }
    let row = ActiveModel {
        currency: Set(new.currency),
        valid_from: Set(new.valid_from),
        rate: Set(new.rate),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes an exchange rate.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: exchange_rate::Id,
    expected: Expected,
    patch: ExchangeRatePatch,
) -> Result<Model> {
    let row = ActiveModel {
        valid_from: patch.valid_from.map_or(NotSet, Set),
        rate: patch.rate.map_or(NotSet, Set),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, row).await).await
}

/// What currencies were worth when, in the workspace's currency.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    own: Currency,
    dated: BTreeMap<(String, NaiveDate), ConversionRate>,
}

impl Rates {
    /// The rates of some currencies, the workspace's own left out: none is read where that is all there is.
    pub async fn of_currencies<'c>(
        ctx: &Ctx,
        currencies: impl Iterator<Item = &'c Currency>,
    ) -> Result<Self> {
        let own = ctx.actor().currency.clone();
        let others: HashSet<&str> =
            currencies.map(Currency::as_str).filter(|code| *code != own.as_str()).collect();
        if others.is_empty() {
            return Ok(Self { own, dated: BTreeMap::new() });
        }
        let these = Entity::find()
            .filter(exchange_rate::Column::DeletedAt.is_null())
            .filter(exchange_rate::Column::Currency.is_in(others));
        Ok(Self::of(own, ctx.rows::<Entity>().all(these).await?))
    }

    /// All rates of the workspace. Whoever sees amounts sees what they are worth.
    pub async fn read(ctx: &Ctx) -> Result<Self> {
        let live = Entity::find().filter(exchange_rate::Column::DeletedAt.is_null());
        let rows = ctx.rows::<Entity>().all(live).await?;
        Ok(Self::of(ctx.actor().currency.clone(), rows))
    }

    fn of(own: Currency, rows: Vec<Model>) -> Self {
        let key = |row: &Model| (row.currency.as_str().to_owned(), row.valid_from.day());
        Self { own, dated: rows.into_iter().map(|row| (key(&row), row.rate)).collect() }
    }

    /// The workspace's own currency.
    pub fn own(&self) -> &Currency {
        &self.own
    }

    /// What an amount, in minor units, is worth in the workspace's currency by the rate of a day: the newest that is valid
    /// by then. `None` where there is no such rate.
    pub fn convert(&self, minor: i64, currency: &Currency, on: NaiveDate) -> Option<i64> {
        if *currency == self.own {
            return Some(minor);
        }
        let code = currency.as_str().to_owned();
        let until = self.dated.range((code.clone(), NaiveDate::MIN)..=(code, on));
        let rate = until.last().map(|(_, rate)| rate)?;
        rate.convert(minor, currency.exponent(), self.own.exponent())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::from;

    #[test]
    fn an_amount_is_worth_what_the_newest_rate_by_that_day_says() {
        let (eur, usd): (Currency, Currency) = (from(json!("EUR")), from(json!("USD")));
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let rate = |rate: &str| ConversionRate::try_from(rate.to_owned()).unwrap();
        let dated = [("2026-01-01", "0.9"), ("2026-02-01", "0.8")];
        let dated = dated.map(|(on, is)| (("USD".to_owned(), day(on)), rate(is)));
        let rates = Rates { own: eur.clone(), dated: dated.into() };
        let on = |on: &str| rates.convert(1_000, &usd, day(on));
        assert_eq!(
            (on("2025-12-31"), on("2026-01-01"), on("2026-01-31")),
            (None, Some(900), Some(900))
        );
        assert_eq!((on("2026-02-01"), on("2030-01-01")), (Some(800), Some(800)));
        assert_eq!(rates.convert(1_000, &eur, day("1900-01-01")), Some(1_000));
        assert_eq!(rates.convert(1_000, &from(json!("JPY")), day("2026-02-01")), None);
    }
}
