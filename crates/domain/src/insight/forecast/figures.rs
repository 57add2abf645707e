use async_graphql::SimpleObject;
use rapport_entity::{Money, sales::pipeline_stage::ForecastCategory};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    insight::sales::{Added, Exchange, Worth},
    kernel::{Error, Result},
};

/// Opportunities, and what they are worth.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastSum {
    /// How many there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// What they are worth.
    pub amount: Money,
}

impl ForecastSum {
    pub(super) fn of(worth: &Worth, by: &Exchange) -> Result<Self> {
        Ok(Self { count: worth.count, amount: by.money(worth.minor)? })
    }
}

/// What is to come, by how sure it is. No opportunity counts in two of the categories.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct ForecastFigures {
    /// What was won.
    pub closed: ForecastSum,
    /// What comes, whoever has it says.
    pub commit: ForecastSum,
    /// What comes if all goes well.
    pub best_case: ForecastSum,
    /// What may come.
    pub pipeline: ForecastSum,
    /// All of it, each by its probability: what was won counts in full. It is rounded once, half to even.
    pub weighted: Money,
}

/// What is to come of some opportunities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    closed: Worth,
    commit: Worth,
    best_case: Worth,
    pipeline: Worth,
    /// In hundredths of minor units.
    weighted: i128,
}

/// Opportunities of a category and a probability that were added up by the database.
#[derive(Clone, Debug)]
pub struct Part {
    pub category: ForecastCategory,
    /// In percent.
    pub probability: i32,
    pub added: Added,
}

impl Sums {
    pub fn add(&mut self, part: &Part, by: &Exchange) {
        let worth = match part.category {
            ForecastCategory::Closed => &mut self.closed,
            ForecastCategory::Commit => &mut self.commit,
            ForecastCategory::BestCase => &mut self.best_case,
            ForecastCategory::Pipeline => &mut self.pipeline,
            ForecastCategory::Omitted => return,
        };
        if let Some(minor) = worth.add(&part.added, by) {
            self.weighted += i128::from(minor) * i128::from(part.probability);
        }
    }

    pub fn count(&self) -> i64 {
        self.worths().into_iter().map(|worth| worth.count).sum()
    }

    /// What it comes to in all, whatever is how sure.
    pub fn minor(&self) -> i128 {
        self.worths().into_iter().map(|worth| worth.minor).sum()
    }

    pub fn worths(&self) -> [&Worth; 4] {
        [&self.closed, &self.commit, &self.best_case, &self.pipeline]
    }

    pub fn figures(&self, by: &Exchange) -> Result<ForecastFigures> {
        let sum = |worth: &Worth| ForecastSum::of(worth, by);
        Ok(ForecastFigures {
            closed: sum(&self.closed)?,
            commit: sum(&self.commit)?,
            best_case: sum(&self.best_case)?,
            pipeline: sum(&self.pipeline)?,
            weighted: by.money(hundredth(self.weighted)?)?,
        })
    }
}

/// The hundredth part, rounded half to even.
fn hundredth(of: i128) -> Result<i128> {
    let exact = Decimal::try_from_i128_with_scale(of, 2).map_err(Error::internal)?;
    exact.round().to_i128().ok_or_else(|| Error::internal("a sum is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_is_rounded_once_and_half_to_even() {
        let found = [49, 50, 51, 150, 250, -150].map(|of| hundredth(of).unwrap());
        assert_eq!(found, [0, 0, 1, 2, 2, -2]);
    }
}
