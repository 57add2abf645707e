use std::fmt;

use async_graphql::{InputObject, SimpleObject, scalar};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, Ref, RefOr, Schema, Type, extensions::Extensions,
        schema::AdditionalProperties,
    },
};

use super::{Currency, Invalid, decimal::decimal};

/// The most whole digits an amount has: it times the largest [`Quantity`](super::Quantity) still fits 64 bits.
const WHOLE_DIGITS: u32 = 10;
/// The most decimals a currency has.
const MOST_DECIMALS: u32 = 4;

/// An amount of money: an exact decimal number and its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, SimpleObject, InputObject)]
#[serde(try_from = "Parts", into = "Parts")]
#[graphql(input_name = "MoneyInput")]
pub struct Money {
    /// The amount with the currency's number of decimals, e.g. `1234.50`.
    pub amount: Amount,
    /// The currency, ISO 4217.
    pub currency: Currency,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    amount: Amount,
    currency: Currency,
}

/// A decimal number as text, at most ten whole digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(Decimal);

scalar!(Amount, "Amount", "A decimal number as text, e.g. \"1234.50\": never a float.");

impl Money {
    /// Money from the number of minor units (cents) that the database keeps.
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        let amount = Amount(Decimal::from_i128_with_scale(minor.into(), currency.exponent()));
        Self { amount, currency }
    }

    /// Money as [`Money::from_minor`], where it has no more whole digits than an amount may have.
    pub fn in_bounds(minor: i128, currency: &Currency) -> Option<i64> {
        let bound = 10_i128.pow(WHOLE_DIGITS + currency.exponent());
        i64::try_from(minor).ok().filter(|_| minor.abs() < bound)
    }

    /// The number of minor units.
    ///
    /// # Errors
    /// Where the amount has more decimals than the currency.
    pub fn minor(&self) -> Result<i64, Invalid> {
        to_minor(self.amount.0, &self.currency)
    }
}

/// A decimal number as minor units of a currency.
///
/// # Errors
/// Where it has more decimals than the currency, or is beyond ten whole digits.
fn to_minor(amount: Decimal, currency: &Currency) -> Result<i64, Invalid> {
    let scale = currency.exponent();
    let exact = amount.normalize();
    if exact.scale() > scale {
        return Err(Invalid(format!("{currency} has {scale} decimals")));
    }
    let minor = exact * Decimal::from(10_i64.pow(scale));
    minor.trunc().try_into().map_err(|_| Invalid("is too large".to_owned()))
}

impl Amount {
    /// The number of minor units of a currency.
    ///
    /// # Errors
    /// Where the amount has more decimals than the currency.
    pub fn minor(self, currency: &Currency) -> Result<i64, Invalid> {
        to_minor(self.0, currency)
    }
}

impl TryFrom<Parts> for Money {
    type Error = Invalid;

    fn try_from(parts: Parts) -> Result<Self, Invalid> {
        let minor = to_minor(parts.amount.0, &parts.currency)?;
        Ok(Self::from_minor(minor, parts.currency))
    }
}

impl From<Money> for Parts {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

impl TryFrom<String> for Amount {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        decimal(&text, WHOLE_DIGITS, MOST_DECIMALS, true).map(Self)
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The schema says which currencies have which number of decimals, so that no amount it allows is refused.
/// It says so by `if` and `then`, which programs that make clients from a schema pass over.
impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let amount = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "At most ten whole digits, and as many decimals as the currency has.",
            ))
            .max_length(Some(WHOLE_DIGITS as usize + MOST_DECIMALS as usize + 2))
            .pattern(Some(amount_pattern(MOST_DECIMALS)));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "An amount of money: an exact decimal number as text, and its currency.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .property("amount", amount)
            .property("currency", Ref::from_schema_name("Currency"))
            .required("amount")
            .required("currency")
            .examples([json!({ "amount": "1234.50", "currency": "EUR" })])
            .extensions(decimals_of_currencies(0))
            .into()
    }
}

/// From so many decimals on: where the currency is one of those with so many, the amount has at most so many; else
/// the same of the next.
fn decimals_of_currencies(decimals: u32) -> Option<Extensions> {
    let codes = super::catalogued::currencies_with(decimals);
    let rest = if decimals < MOST_DECIMALS { decimals_of_currencies(decimals + 1) } else { None };
    if codes.is_empty() {
        return rest;
    }
    let is_one =
        json!({ "required": ["currency"], "properties": { "currency": { "enum": codes } } });
    let amount = json!({ "properties": { "amount": { "pattern": amount_pattern(decimals) } } });
    let chain = [("if".to_owned(), is_one), ("then".to_owned(), amount)];
    let rest = rest.map(|rest| ("else".to_owned(), json!(rest)));
    Some(chain.into_iter().chain(rest).collect())
}

/// The pattern of an amount with a number of decimals.
pub fn amount_pattern(decimals: u32) -> String {
    match decimals {
        0 => format!("^-?[0-9]{{1,{WHOLE_DIGITS}}}$"),
        n => format!("^-?[0-9]{{1,{WHOLE_DIGITS}}}(\\.[0-9]{{1,{n}}})?$"),
    }
}

impl ToSchema for Money {
    fn name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Currency".to_owned(), Currency::schema()));
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A decimal number as text, at most ten whole digits."))
            .max_length(Some(WHOLE_DIGITS as usize + MOST_DECIMALS as usize + 2))
            .pattern(Some(amount_pattern(MOST_DECIMALS)))
            .examples(["1234.50"])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Result<Money, serde_json::Error> {
        serde_json::from_value(json!({ "amount": amount, "currency": currency }))
    }

    #[test]
    fn money_has_its_currencys_decimals_and_is_exact() {
        let twelve = money("12.5", "EUR").map(|m| (m.minor(), m.amount.to_string()));
        assert_eq!(twelve.ok(), Some((Ok(1250), "12.50".to_owned())));
        assert!(money("12.5", "JPY").is_err());
        assert!(money("1.2345", "BHD").is_err());
        assert!(money("1e3", "EUR").is_err());
        assert!(money("12345678901", "EUR").is_err());
    }

    #[test]
    fn the_schema_knows_each_currencys_decimals() {
        let schema = json!(Money::schema());
        assert_eq!(schema["then"]["properties"]["amount"]["pattern"], amount_pattern(0));
        assert!(
            schema["if"]["properties"]["currency"]["enum"]
                .as_array()
                .unwrap()
                .contains(&json!("JPY"))
        );
        assert_eq!(schema["else"]["then"]["properties"]["amount"]["pattern"], amount_pattern(2));
        let most: Vec<_> =
            (0..=MOST_DECIMALS).flat_map(super::super::catalogued::currencies_with).collect();
        assert_eq!(
            json!(most.len()),
            json!(json!(Currency::schema())["enum"].as_array().unwrap().len())
        );
    }

    #[test]
    fn money_has_at_most_ten_whole_digits() {
        let eur = "EUR".parse::<Currency>().unwrap();
        assert_eq!(Money::in_bounds(-999_999_999_999, &eur), Some(-999_999_999_999));
        assert_eq!(Money::in_bounds(1_000_000_000_000, &eur), None);
    }
}
