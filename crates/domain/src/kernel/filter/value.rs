use chrono::{DateTime, Days, NaiveDate, TimeZone as _, Utc};
use rapport_entity::{Currency, Money, rule::Window, values::to_minor};
use rust_decimal::Decimal;
use sea_orm::{
    Value,
    sea_query::{Alias, Condition, Expr, ExprTrait},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::compile::{Compiler, never};
use crate::kernel::{
    catalogue::{Catalogue, Field, FieldKind},
    policy::Actor,
};

/// A value of a rule, as the database compares it, and its currency where it is money.
pub struct Operand {
    pub value: Value,
    pub currency: Option<Currency>,
}

/// Reads a value of a field's kind.
///
/// # Errors
/// In words, what kind of value is wanted.
pub fn operand(field: &Field, json: &Json, actor: &Actor) -> Result<Operand, String> {
    if field.kind == FieldKind::Money {
        return money(json, actor);
    }
    plain(&field.kind, json).map(|value| Operand { value, currency: None })
}

fn plain(kind: &FieldKind, json: &Json) -> Result<Value, String> {
    match kind {
        FieldKind::Text(choices) => text(choices, json),
        FieldKind::Integer => json.as_i64().map(Value::from).ok_or("must be a whole number".into()),
        FieldKind::Boolean => json.as_bool().map(Value::from).ok_or("must be true or false".into()),
        FieldKind::Date => {
            let day = json.as_str().and_then(|text| text.parse::<NaiveDate>().ok());
            day.map(Value::from).ok_or("must be a date, YYYY-MM-DD".into())
        }
        FieldKind::Time => {
            let time = json.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
            time.map(Value::from).ok_or("must be a time, RFC 3339".into())
        }
        FieldKind::Id => {
            let id = json.as_str().and_then(|text| text.parse::<Uuid>().ok());
            id.map(Value::from).ok_or("must be a UUID".into())
        }
        FieldKind::Money => Err("must be an amount of money".into()),
    }
}

fn text(choices: &[String], json: &Json) -> Result<Value, String> {
    match json.as_str() {
        None => Err("must be text".into()),
        Some(text) if text.contains('\0') => Err("must not contain NUL".into()),
        Some(text) if text.len() > 2000 => Err("must have at most 2000 bytes".into()),
        Some(text) if choices.is_empty() || choices.iter().any(|choice| choice == text) => {
            Ok(text.into())
        }
        Some(_) => Err(format!("must be one of {}", choices.join(", "))),
    }
}

/// `{"amount": "60000", "currency": "USD"}`, or a bare number in the workspace's currency.
fn money(json: &Json, actor: &Actor) -> Result<Operand, String> {
    let (minor, currency) = match json {
        Json::Object(_) => {
            let money: Money = serde_json::from_value(json.clone()).map_err(|e| e.to_string())?;
            (money.minor().map_err(|e| e.to_string())?, money.currency)
        }
        Json::String(text) => (bare(text, actor)?, actor.currency.clone()),
        Json::Number(number) => (bare(&number.to_string(), actor)?, actor.currency.clone()),
        _ => return Err("must be an amount of money, a number or a decimal number as text".into()),
    };
    Ok(Operand { value: minor.into(), currency: Some(currency) })
}

fn bare(text: &str, actor: &Actor) -> Result<i64, String> {
    let amount: Decimal = text.parse().map_err(|_| "must be a decimal number".to_owned())?;
    to_minor(amount, &actor.currency).map_err(|e| e.to_string())
}

/// The condition that a related row lies in a window of time.
pub fn window(
    compiler: &mut Compiler<'_>,
    within: &Window,
    default: &str,
    target: &Catalogue,
    table: &Alias,
    at: &str,
) -> Condition {
    let name = within.field.as_deref().unwrap_or(default);
    let field = target.field(name).filter(|f| matches!(f.kind, FieldKind::Date | FieldKind::Time));
    let Some(field) = field else {
        compiler.fault(format!("{at}/field"), "is not a date or time field");
        return never();
    };
    let column = || Expr::col((table.clone(), Alias::new(field.column)));
    let mut condition = Condition::all();
    for (end, last, place) in [(&within.from, false, "from"), (&within.to, true, "to")] {
        let Some(text) = end else { continue };
        match moment(&field.kind, text, last, compiler.scope.actor) {
            Ok((value, true)) => condition = condition.add(column().lt(value)),
            Ok((value, false)) if last => condition = condition.add(column().lte(value)),
            Ok((value, false)) => condition = condition.add(column().gte(value)),
            Err(why) => compiler.fault(format!("{at}/{place}"), why),
        }
    }
    condition
}

/// One end of a window, and whether it is the first moment after it. A day, against a time, is the workspace's day.
fn moment(
    kind: &FieldKind,
    text: &str,
    last: bool,
    actor: &Actor,
) -> Result<(Value, bool), String> {
    if let Ok(time) = text.parse::<DateTime<Utc>>() {
        return match kind {
            FieldKind::Time => Ok((time.into(), false)),
            _ => Err("must be a date, YYYY-MM-DD".into()),
        };
    }
    let day: NaiveDate = text.parse().map_err(|_| "must be a date or a time".to_owned())?;
    if *kind == FieldKind::Date {
        return Ok((day.into(), false));
    }
    let day = if last { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
    Ok((start_of(day, actor).into(), last))
}

fn start_of(day: NaiveDate, actor: &Actor) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = actor.time_zone.rules().from_local_datetime(&midnight);
    local.earliest().map_or_else(|| midnight.and_utc(), |time| time.with_timezone(&Utc))
}
