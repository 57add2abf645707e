use async_graphql::SimpleObject;
use rapport_entity::{Money, sales::opportunity::Status};
use serde::Serialize;
use utoipa::ToSchema;

use super::worth::{Added, Exchange, Unconverted, Worth, unconverted};
use crate::{insight::share::share, kernel::Result};

/// What some opportunities come to. Values are in the workspace's currency: those of closed ones by the rate of the day they
/// were closed on, those of open ones by today's.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SalesFigures {
    /// How many there are: `open + won + lost`.
    #[schema(minimum = 0)]
    pub opportunities: i64,
    /// How many are open.
    #[schema(minimum = 0)]
    pub open: i64,
    /// How many were won.
    #[schema(minimum = 0)]
    pub won: i64,
    /// How many were lost.
    #[schema(minimum = 0)]
    pub lost: i64,
    /// `won / (won + lost)`, from 0 to 1; null where none was closed.
    #[schema(minimum = 0, maximum = 1)]
    pub win_rate: Option<f64>,
    /// What the open ones are worth.
    pub open_value: Money,
    /// What the won ones are worth.
    pub won_value: Money,
    /// What the lost ones are worth.
    pub lost_value: Money,
    /// What a won one is worth on average, rounded half to even; null where none was won.
    pub average_won_value: Option<Money>,
    /// How many days it took on average to win; null where that is not known of any.
    pub mean_days_to_win: Option<f64>,
    /// How many days it took on average to lose.
    pub mean_days_to_lose: Option<f64>,
    /// What is won a day: `open × win rate × average won value / mean days to win`; null where one of these is not known, or
    /// winning takes no time.
    pub velocity: Option<Money>,
    /// What is in none of the values since there was no rate of its currency for the day.
    #[schema(max_items = 200)]
    pub unconverted: Vec<Unconverted>,
}

/// Days that opportunities took, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Took {
    count: i64,
    days: i64,
}

impl Took {
    fn mean(self) -> Option<f64> {
        share(self.days, self.count)
    }
}

/// What was counted of some opportunities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub open: Worth,
    pub won: Worth,
    pub lost: Worth,
    to_win: Took,
    to_lose: Took,
}

/// Opportunities of one status that were added up by the database.
#[derive(Clone, Debug)]
pub struct Part {
    pub status: Status,
    pub added: Added,
    /// Of how many it is known how many days they took.
    pub known: i64,
    /// And how many these were.
    pub days: i64,
}

impl Tally {
    pub fn add(&mut self, part: &Part, by: &Exchange) {
        let took = Took { count: part.known, days: part.days };
        let (worth, all) = match part.status {
            Status::Open => (&mut self.open, &mut Took::default()),
            Status::Won => (&mut self.won, &mut self.to_win),
            Status::Lost => (&mut self.lost, &mut self.to_lose),
        };
        worth.add(&part.added, by);
        *all = Took { count: all.count + took.count, days: all.days + took.days };
    }

    pub fn merge(&mut self, other: &Self) {
        self.open.merge(&other.open);
        self.won.merge(&other.won);
        self.lost.merge(&other.lost);
        for (mine, more) in [(&mut self.to_win, other.to_win), (&mut self.to_lose, other.to_lose)] {
            *mine = Took { count: mine.count + more.count, days: mine.days + more.days };
        }
    }

    pub fn count(&self) -> i64 {
        self.open.count + self.won.count + self.lost.count
    }

    pub fn figures(&self, by: &Exchange) -> Result<SalesFigures> {
        let average = rust_decimal::Decimal::try_from_i128_with_scale(self.won.minor, 0)
            .ok()
            .and_then(|minor| minor.checked_div(self.won.converted().into()))
            .and_then(|minor| i128::try_from(minor.round()).ok());
        let velocity = self.velocity().map(|minor| by.money(minor.round_ties_even() as i128));
        Ok(SalesFigures {
            opportunities: self.count(),
            open: self.open.count,
            won: self.won.count,
            lost: self.lost.count,
            win_rate: self.win_rate(),
            open_value: by.money(self.open.minor)?,
            won_value: by.money(self.won.minor)?,
            lost_value: by.money(self.lost.minor)?,
            average_won_value: average.map(|minor| by.money(minor)).transpose()?,
            mean_days_to_win: self.to_win.mean(),
            mean_days_to_lose: self.to_lose.mean(),
            velocity: velocity.transpose()?,
            unconverted: unconverted([&self.open, &self.won, &self.lost])?,
        })
    }

    fn win_rate(&self) -> Option<f64> {
        share(self.won.count, self.won.count + self.lost.count)
    }

    fn velocity(&self) -> Option<f64> {
        let converted = self.won.converted();
        let average = (converted > 0).then(|| self.won.minor as f64 / converted as f64)?;
        let days = self.to_win.mean().filter(|days| *days > 0.0)?;
        Some(self.open.count as f64 * self.win_rate()? * average / days)
    }
}
