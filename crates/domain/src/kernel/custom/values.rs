//! What a custom field may hold, as clients see it and as it is compared.

use rapport_entity::{
    Date, Email, Money, Phone, Url,
    customers::custom_field::{Kind, Model},
    values,
};
use sea_orm::Value;
use serde_json::{Value as Json, json};
use uuid::fmt::Hyphenated;

use crate::kernel::filter::{Limits, comparable as compared, number};

/// The value that a client gives, as it is kept; `None` where it is nothing.
///
/// # Errors
/// Why it is refused.
pub fn read(of: &Model, json: &Json) -> Result<Option<Json>, String> {
    Ok(Some(match (of.kind, json) {
        (_, Json::Null) => return Ok(None),
        (Kind::MultipleChoice, _) => return choices(of, json),
        (Kind::Text, _) => text(json)?,
        (Kind::Number, Json::Number(_)) => numeric(json)?,
        (Kind::Number, _) => return Err("must be a number".to_owned()),
        (Kind::Money, _) => money(of, json)?,
        (Kind::Date, _) => json!(parsed::<Date>(json, "must be a date, YYYY-MM-DD")?),
        (Kind::Time, _) => moment(json)?,
        (Kind::Boolean, Json::Bool(_)) => json.clone(),
        (Kind::Boolean, _) => return Err("must be true or false".to_owned()),
        (Kind::SingleChoice, _) => choice(of, json)?,
        (Kind::Reference, _) => json!(parsed::<Hyphenated>(json, "must be a UUID")?.to_string()),
        (Kind::Email, _) => json!(typed::<Email>(json)?),
        (Kind::Phone, _) => json!(typed::<Phone>(json)?),
        (Kind::Url, _) => json!(typed::<Url>(json)?),
    }))
}

fn text(json: &Json) -> Result<Json, String> {
    let text = json.as_str().ok_or("must be text")?;
    match text.chars().count() {
        0 => Err("must have at least 1 character; null clears it".to_owned()),
        1..=Limits::TEXT if text.contains('\0') => Err("must not contain NUL".to_owned()),
        1..=Limits::TEXT => Ok(json.clone()),
        _ => Err(format!("must have at most {} characters", Limits::TEXT)),
    }
}

fn numeric(json: &Json) -> Result<Json, String> {
    number(json).map(|_| json.clone()).ok_or("must be a number of at most 15 digits".to_owned())
}

fn money(of: &Model, json: &Json) -> Result<Json, String> {
    let money: Money = serde_json::from_value(json.clone()).map_err(|err| err.to_string())?;
    let minor = money.minor().map_err(|err| err.to_string())?;
    match &of.currency {
        Some(currency) if *currency != money.currency => {
            Err(format!("must be an amount in {currency}"))
        }
        _ => Ok(json!(Money::from_minor(minor, money.currency))),
    }
}

fn moment(json: &Json) -> Result<Json, String> {
    let time = json.as_str().and_then(|text| values::moment(text).ok());
    let time = time.ok_or("must be a time, RFC 3339")?;
    match compared(time.into()) {
        Value::String(Some(text)) => Ok(json!(text)),
        _ => Err("must be a time, RFC 3339".to_owned()),
    }
}

fn choice(of: &Model, json: &Json) -> Result<Json, String> {
    let known = |text: &str| of.choices.0.iter().any(|choice| choice.value.as_str() == text);
    match json.as_str() {
        Some(text) if known(text) => Ok(json.clone()),
        _ => {
            let all: Vec<&str> = of.choices.0.iter().map(|choice| choice.value.as_str()).collect();
            Err(format!("must be one of {}", all.join(", ")))
        }
    }
}

/// Each once, in the order in which they are offered.
fn choices(of: &Model, json: &Json) -> Result<Option<Json>, String> {
    let given = json.as_array().ok_or("must be a list of choices")?;
    if given.len() > of.choices.0.len() {
        return Err("has more than there are to choose".to_owned());
    }
    given.iter().try_for_each(|one| choice(of, one).map(drop))?;
    let has = |value: &str| given.iter().any(|one| one.as_str() == Some(value));
    let chosen: Vec<&str> = of
        .choices
        .0
        .iter()
        .map(|choice| choice.value.as_str())
        .filter(|value| has(value))
        .collect();
    Ok((!chosen.is_empty()).then(|| json!(chosen)))
}

fn typed<T: std::str::FromStr<Err = values::Invalid>>(json: &Json) -> Result<T, String> {
    json.as_str().ok_or("must be text")?.parse().map_err(|err: values::Invalid| err.0)
}

fn parsed<T: std::str::FromStr>(json: &Json, wrong: &str) -> Result<T, String> {
    json.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| wrong.to_owned())
}

/// What is compared of a value: text, a number, or a list of texts.
pub fn comparable(of: &Model, value: &Json) -> Option<Json> {
    match of.kind {
        Kind::Money => {
            let money: Money = serde_json::from_value(value.clone()).ok()?;
            money.minor().ok().map(Json::from)
        }
        Kind::Boolean => value.as_bool().map(|truth| json!(truth.to_string())),
        _ => Some(value.clone()),
    }
}

/// The words of a value that full-text search looks through.
pub fn words<'v>(of: &Model, value: &'v Json) -> Option<&'v str> {
    match of.kind {
        Kind::Text | Kind::Email | Kind::Phone | Kind::Url => value.as_str(),
        _ => None,
    }
}
