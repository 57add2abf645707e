//! A definition evaluated: what each customer has. Nothing is saved here.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rapport_entity::{
    Count, Currency, Date, Label,
    segmentation::{
        customer_score,
        score::{self, Thresholds},
        score_definition::{Definition, Formula as FormulaDefinition, Rfm, ValueTier},
    },
    values::Amount,
};
use uuid::Uuid;

use super::{
    check::number,
    facts::{Counted, Orders, Source},
    formula::{Formula, Input, OfOrders},
    groups::{Groups, lowest, revenue_tiers, tier_of},
    quintiles::{self, BOUNDS},
};
use crate::kernel::{Error, Field, Result};

/// What customers have of a score.
pub struct Evaluated {
    /// What each has, in the order of their ids. Who has no score is not among them.
    pub outcomes: Vec<Outcome>,
    /// The names of the tiers, in their order.
    pub tiers: Vec<Label>,
    /// From where on which score or tier is given.
    pub thresholds: Thresholds,
    /// The currency of the orders.
    pub currency: Currency,
}

/// What a customer has of a score.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The customer.
    pub customer: Uuid,
    /// The value.
    pub value: f64,
    /// Which tier, of the score's.
    pub tier: Option<usize>,
    /// Recency, frequency and monetary scores.
    rfm: Option<[i32; 3]>,
    /// What was ordered.
    pub orders: Option<Orders>,
}

/// Whether what a customer has depends on all the others, so that everybody's change is everybody's.
pub fn is_relative(definition: &Definition) -> bool {
    match definition {
        Definition::Rfm(rfm) => {
            rfm.recency_bounds.is_none()
                || rfm.frequency_bounds.is_none()
                || rfm.monetary_bounds.is_none()
        }
        Definition::ValueTier(_) => true,
        Definition::Formula(_) => false,
    }
}

impl Evaluated {
    /// Nobody has anything.
    pub fn nothing(currency: Currency) -> Self {
        let (outcomes, tiers) = (Vec::new(), Vec::new());
        Self { outcomes, tiers, thresholds: Thresholds::default(), currency }
    }
}

/// The names of the tiers of a definition, in their order.
pub fn tiers_of(definition: &Definition) -> Vec<Label> {
    match definition {
        Definition::Rfm(of) => Groups::new(of.groups.as_deref()).names(),
        Definition::ValueTier(of) => {
            revenue_tiers(of.tiers.as_deref()).into_iter().map(|(name, _)| name).collect()
        }
        Definition::Formula(of) => {
            of.tiers.iter().flatten().map(|band| band.name.clone()).collect()
        }
    }
}

/// What customers have by a definition. Other scores are known by their keys.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Internal`] where a formula that was saved cannot be read.
pub async fn evaluate(
    source: &Source<'_>,
    definition: &Definition,
    scores: &HashMap<String, Uuid>,
) -> Result<Evaluated> {
    let counted = source.counted(definition.orders());
    match definition {
        Definition::Rfm(of) => Ok(rfm(of, source.orders(&counted).await?, counted)),
        Definition::ValueTier(of) => Ok(value_tiers(of, source.orders(&counted).await?, counted)),
        Definition::Formula(of) => formula(source, of, scores, counted).await,
    }
}

fn rfm(of: &Rfm, orders: Vec<Orders>, counted: Counted) -> Evaluated {
    let days = |orders: &Orders| days(orders.last, counted.to);
    let units = |orders: &Orders| units(orders.minor, &counted.currency);
    let fixed = |given: &Option<Vec<Count>>| {
        given.as_ref().and_then(|bounds| four(bounds.iter().map(|bound| i64::from(*bound) as f64)))
    };
    let monetary = of.monetary_bounds.as_ref().and_then(|bounds| four(bounds.iter().map(units_of)));
    let recency = fixed(&of.recency_bounds).or_else(|| quintiles(&orders, days));
    let frequency =
        fixed(&of.frequency_bounds).or_else(|| quintiles(&orders, |orders| orders.count as f64));
    let monetary = monetary.or_else(|| quintiles(&orders, units));
    let groups = Groups::new(of.groups.as_deref());
    let outcome = |orders: &Orders| {
        let reached = |value, bounds: &Option<[f64; BOUNDS]>| {
            bounds.as_ref().map_or(0, |bounds| quintiles::reached(value, bounds))
        };
        let scores = [
            5 - reached(days(orders), &recency),
            1 + reached(orders.count as f64, &frequency),
            1 + reached(units(orders), &monetary),
        ];
        Outcome {
            customer: orders.customer,
            value: f64::from(scores[0] * 100 + scores[1] * 10 + scores[2]),
            tier: Some(groups.of(scores)),
            rfm: Some(scores),
            orders: Some(*orders),
        }
    };
    let outcomes = orders.iter().map(outcome).collect();
    let list = |bounds: Option<[f64; BOUNDS]>| bounds.map(Vec::from).unwrap_or_default();
    let thresholds = Thresholds {
        recency: list(recency),
        frequency: list(frequency),
        monetary: list(monetary),
        tiers: Vec::new(),
    };
    Evaluated { outcomes, tiers: groups.names(), thresholds, currency: counted.currency }
}

fn quintiles(orders: &[Orders], of: impl Fn(&Orders) -> f64) -> Option<[f64; BOUNDS]> {
    let mut values: Vec<f64> = orders.iter().map(of).collect();
    quintiles::bounds(&mut values)
}

fn four(bounds: impl Iterator<Item = f64>) -> Option<[f64; BOUNDS]> {
    bounds.collect::<Vec<_>>().try_into().ok()
}

fn units_of(amount: &Amount) -> f64 {
    amount.to_string().parse().unwrap_or(0.0)
}

fn days(from: NaiveDate, to: NaiveDate) -> f64 {
    (to - from).num_days() as f64
}

/// Minor units as units of the currency: the same number that the amount as text is read as.
fn units(minor: i64, currency: &Currency) -> f64 {
    minor as f64 / 10_f64.powi(currency.exponent() as i32)
}

fn value_tiers(of: &ValueTier, orders: Vec<Orders>, counted: Counted) -> Evaluated {
    let (tiers, ends): (Vec<Label>, Vec<i64>) =
        revenue_tiers(of.tiers.as_deref()).into_iter().unzip();
    let lowest = lowest(&orders, &ends);
    let outcome = |orders: &Orders| Outcome {
        customer: orders.customer,
        value: units(orders.minor, &counted.currency),
        tier: Some(tier_of(orders.minor, &lowest)),
        rfm: None,
        orders: Some(*orders),
    };
    let outcomes = orders.iter().map(outcome).collect();
    let lowest = lowest.iter().map(|least| least.map(|minor| units(minor, &counted.currency)));
    let thresholds = Thresholds { tiers: lowest.collect(), ..Thresholds::default() };
    Evaluated { outcomes, tiers, thresholds, currency: counted.currency }
}

async fn formula(
    source: &Source<'_>,
    of: &FormulaDefinition,
    scores: &HashMap<String, Uuid>,
    counted: Counted,
) -> Result<Evaluated> {
    let formula: Formula = of.expression.as_str().parse().map_err(Error::internal)?;
    let numbers = Numbers::read(source, &formula, scores, &counted).await?;
    let bands = of.tiers.as_deref().unwrap_or_default();
    let outcome = |(place, customer): (usize, &Uuid)| {
        let value = formula.value(&|input| numbers.of(place, *customer, input))?;
        let tier = bands.iter().position(|band| band.from <= value);
        Some(Outcome { customer: *customer, value, tier, rfm: None, orders: None })
    };
    let outcomes = numbers.customers.iter().enumerate().filter_map(outcome).collect();
    let tiers = bands.iter().map(|band| band.name.clone()).collect();
    let lowest = bands.iter().map(|band| Some(band.from)).collect();
    let thresholds = Thresholds { tiers: lowest, ..Thresholds::default() };
    Ok(Evaluated { outcomes, tiers, thresholds, currency: counted.currency })
}

/// The numbers of every customer that a formula is made of.
struct Numbers {
    customers: Vec<Uuid>,
    names: Vec<String>,
    fields: Vec<Vec<Option<f64>>>,
    orders: Vec<Orders>,
    scores: HashMap<String, HashMap<Uuid, f64>>,
    counted: Counted,
}

impl Numbers {
    async fn read(
        source: &Source<'_>,
        formula: &Formula,
        known: &HashMap<String, Uuid>,
        counted: &Counted,
    ) -> Result<Self> {
        let inputs = formula.inputs();
        // A field that is no more is nobody's.
        let held: Vec<&Field> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Field(name) => number(source.actor, name),
                _ => None,
            })
            .collect();
        let (customers, fields) = source.numbers(&held).await?.into_iter().unzip();
        let names = held.iter().map(|field| field.name.clone()).collect();
        let uses_orders = inputs.iter().any(|input| matches!(input, Input::Orders(_)));
        let orders = if uses_orders { source.orders(counted).await? } else { Vec::new() };
        let mut scores = HashMap::new();
        for input in inputs {
            if let Input::Score(key) = input
                && let Some(id) = known.get(key)
            {
                scores.insert(key.clone(), source.scores(*id).await?);
            }
        }
        Ok(Self { customers, names, fields, orders, scores, counted: counted.clone() })
    }

    fn of(&self, place: usize, customer: Uuid, input: &Input) -> Option<f64> {
        match input {
            Input::Field(name) => {
                let field = self.names.iter().position(|known| known == name)?;
                *self.fields.get(place)?.get(field)?
            }
            Input::Orders(what) => self.of_orders(customer, *what),
            Input::Score(key) => self.scores.get(key)?.get(&customer).copied(),
        }
    }

    /// Nobody's orders are no orders, which come to nothing.
    fn of_orders(&self, customer: Uuid, what: OfOrders) -> Option<f64> {
        let place = self.orders.binary_search_by_key(&customer, |orders| orders.customer).ok();
        let orders = place.and_then(|place| self.orders.get(place));
        let sum = || orders.map(|orders| units(orders.minor, &self.counted.currency));
        match what {
            OfOrders::Count => Some(orders.map_or(0.0, |orders| orders.count as f64)),
            OfOrders::Sum => Some(sum().unwrap_or(0.0)),
            OfOrders::Average => Some(sum()? / orders?.count as f64),
            OfOrders::LastDays => Some(days(orders?.last, self.counted.to)),
        }
    }
}

impl Evaluated {
    /// What customers have, as rows of a score.
    pub fn row(
        &self,
        outcome: &Outcome,
        score: &score::Model,
        at: DateTime<Utc>,
    ) -> customer_score::Model {
        let [recency, frequency, monetary] = match outcome.rfm {
            Some(scores) => scores.map(Some),
            None => [None; 3],
        };
        let orders = outcome.orders.as_ref();
        customer_score::Model {
            workspace_id: score.workspace_id,
            score_id: score.id,
            customer_id: outcome.customer.into(),
            score_key: score.key.clone(),
            value: outcome.value,
            tier: outcome.tier.and_then(|tier| self.tiers.get(tier).cloned()),
            recency_score: recency,
            frequency_score: frequency,
            monetary_score: monetary,
            last_ordered_on: orders.and_then(|orders| Date::try_from(orders.last).ok()),
            order_count: orders.map(|orders| i32::try_from(orders.count).unwrap_or(i32::MAX)),
            revenue_minor: orders.map(|orders| orders.minor),
            currency: orders.map(|_| self.currency.clone()),
            scored_at: at,
        }
    }
}
