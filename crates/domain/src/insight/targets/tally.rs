use std::collections::HashMap;

use chrono::NaiveDate;
use rapport_entity::sales::pipeline_stage::ForecastCategory;

use crate::insight::{
    forecast::{Part, Sums},
    sales::Exchange,
};

/// What of the parts of a sum is converted together.
type Alike = (ForecastCategory, i32, String, Option<NaiveDate>);

/// What was reached, before anything is converted. Amounts of a currency and a day are first added up and then converted, and
/// rounded once, as in a forecast of the same opportunities: figures agree with it to the minor unit.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    parts: HashMap<Alike, Part>,
    /// How often somebody did what is measured.
    pub activities: i64,
}

impl Tally {
    pub fn add(&mut self, part: &Part) {
        let currency = part.added.currency.as_str().to_owned();
        let alike = (part.category, part.probability, currency, part.added.day);
        self.parts
            .entry(alike)
            .and_modify(|sum| {
                sum.added.count += part.added.count;
                sum.added.minor += part.added.minor;
            })
            .or_insert_with(|| part.clone());
    }

    #[cfg(test)]
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    /// What it comes to in a forecast.
    pub fn sums(&self, by: &Exchange) -> Sums {
        let mut sums = Sums::default();
        self.parts.values().for_each(|part| sums.add(part, by));
        sums
    }
}
