use rapport_entity::{
    Currency, Date, Money,
    rule::Window,
    values::{self, Amount, thousandths, whole},
};
use sea_orm::{
    Value,
    sea_query::{Alias, Condition, ExprTrait},
};
use serde_json::Value as Json;
use uuid::fmt::Hyphenated;

use super::{
    compile::{Compiler, Limits, Scope, never},
    held::held_as,
    time::{self, from_now},
};
use crate::kernel::{
    catalogue::{Catalogue, Field, FieldKind, Held},
    policy::Actor,
};

/// A value of a rule, as the database compares it, and its currency where it is money.
pub struct Operand {
    pub value: Value,
    pub currency: Option<Currency>,
}

/// Why a value is refused, in words.
pub enum Unfit {
    /// It is no value of this kind of field.
    Wrong(String),
    /// It is one, but not in this workspace: an amount with more decimals than its currency has.
    Here(String),
}

impl From<&str> for Unfit {
    fn from(detail: &str) -> Self {
        Self::Wrong(detail.to_owned())
    }
}

/// Reads a value of a field's kind. What is accepted is what `schema::operand` says.
///
/// # Errors
/// Why it is refused.
pub fn operand(field: &Field, json: &Json, scope: Scope<'_>) -> Result<Operand, Unfit> {
    if let Some(shift) = time::shift(json, &field.kind) {
        let value = from_now(&shift.map_err(Unfit::Wrong)?, &field.kind, scope);
        return Ok(Operand { value: held_as(&field.held, value), currency: None });
    }
    match &field.kind {
        FieldKind::Money => money(json, scope.actor),
        FieldKind::MoneyIn(currency) => {
            let operand = money_in(currency, json)?;
            Ok(Operand { value: held_as(&field.held, operand.into()), currency: None })
        }
        kind => {
            let value = plain(kind, json, &field.held)?;
            Ok(Operand { value: held_as(&field.held, value), currency: None })
        }
    }
}

fn plain(kind: &FieldKind, json: &Json, held: &Held) -> Result<Value, Unfit> {
    match kind {
        FieldKind::Text(choices) | FieldKind::Choices(choices) => text(choices, json),
        FieldKind::Integer => {
            let number = json.as_number().and_then(whole);
            number.map(Value::from).ok_or("must be a whole number of at most 16 digits".into())
        }
        FieldKind::Boolean => {
            truth(json, held).map(Value::from).ok_or("must be true or false".into())
        }
        FieldKind::Number => {
            let number = number(json).map(Value::from);
            number.ok_or("must be a number of at most 15 digits".into())
        }
        FieldKind::Thousandths => {
            let number = in_thousandths(json).map(Value::from);
            number.ok_or("must be a decimal number as text with at most three decimals".into())
        }
        FieldKind::Date => {
            let day = json.as_str().and_then(|text| text.parse::<Date>().ok());
            day.map(|day| day.day().into()).ok_or("must be a date, YYYY-MM-DD".into())
        }
        FieldKind::Time => {
            let time = json.as_str().and_then(|text| values::moment(text).ok());
            time.map(Value::from).ok_or("must be a time, RFC 3339".into())
        }
        FieldKind::Id => {
            let id = json.as_str().and_then(|text| text.parse::<Hyphenated>().ok());
            id.map(|id| id.into_uuid().into()).ok_or("must be a UUID".into())
        }
        FieldKind::Money | FieldKind::MoneyIn(_) => Err("must be an amount of money".into()),
    }
}

/// True or false; of a custom field as text too, since the parameters of a list do not say which it is.
fn truth(json: &Json, held: &Held) -> Option<bool> {
    match (json, held) {
        (Json::String(text), Held::Slot(_) | Held::Comparable(_)) => text.parse().ok(),
        _ => json.as_bool(),
    }
}

/// A number, or one written as text.
pub fn number(json: &Json) -> Option<f64> {
    let number = match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) if text.len() <= 32 => text.parse::<Json>().ok()?.as_f64(),
        _ => None,
    };
    number.filter(|number| number.abs() < 1e15)
}

/// The thousandths of a decimal number as text, or of a whole number.
fn in_thousandths(json: &Json) -> Option<i64> {
    match json {
        Json::String(text) => thousandths(text).ok(),
        Json::Number(number) => thousandths(&whole(number)?.to_string()).ok(),
        _ => None,
    }
}

fn text(choices: &[String], json: &Json) -> Result<Value, Unfit> {
    match json.as_str() {
        None => Err("must be text".into()),
        Some(text) if text.contains('\0') => Err("must not contain NUL".into()),
        Some(text) if text.chars().count() > Limits::TEXT => {
            Err(Unfit::Wrong(format!("must have at most {} characters", Limits::TEXT)))
        }
        Some(text) if choices.is_empty() || choices.iter().any(|choice| choice == text) => {
            Ok(text.into())
        }
        Some(_) => Err(Unfit::Wrong(format!("must be one of {}", choices.join(", ")))),
    }
}

/// An amount in a currency: an amount of money, or a bare number in the field's own currency.
fn money_in(currency: &Currency, json: &Json) -> Result<i64, Unfit> {
    let amount = match json {
        Json::Object(_) => {
            let money = serde_json::from_value::<Money>(json.clone());
            let money = money.map_err(|err| Unfit::Wrong(err.to_string()))?;
            if money.currency != *currency {
                return Err(Unfit::Wrong(format!("must be an amount in {currency}")));
            }
            return money.minor().map_err(|err| Unfit::Wrong(err.to_string()));
        }
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return Err("must be an amount of money".into()),
    };
    let amount = Amount::try_from(amount).map_err(|err| Unfit::Wrong(err.to_string()))?;
    amount.minor(currency).map_err(|err| Unfit::Wrong(err.to_string()))
}

/// `{"amount": "60000", "currency": "USD"}`, or a whole number, or a decimal number as text, in the workspace's currency.
fn money(json: &Json, actor: &Actor) -> Result<Operand, Unfit> {
    let (minor, currency) = match json {
        Json::Object(_) => {
            let money = serde_json::from_value::<Money>(json.clone());
            let money = money.map_err(|err| Unfit::Wrong(err.to_string()))?;
            (money.minor().map_err(|err| Unfit::Wrong(err.to_string()))?, money.currency)
        }
        Json::String(text) => (bare(text, actor)?, actor.currency.clone()),
        Json::Number(number) => {
            let number =
                whole(number).ok_or("must be a whole number, or a decimal number as text")?;
            (bare(&number.to_string(), actor)?, actor.currency.clone())
        }
        _ => return Err("must be an amount of money, a whole number or a decimal as text".into()),
    };
    Ok(Operand { value: minor.into(), currency: Some(currency) })
}

fn bare(text: &str, actor: &Actor) -> Result<i64, Unfit> {
    let amount = Amount::try_from(text.to_owned()).map_err(|err| Unfit::Wrong(err.to_string()))?;
    amount.minor(&actor.currency).map_err(|err| Unfit::Here(err.to_string()))
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
    let field = compiler
        .field(target, name)
        .filter(|f| matches!(f.kind, FieldKind::Date | FieldKind::Time));
    let Some(field) = field else {
        compiler.fault(format!("{at}/field"), "is not a date or time field");
        return never();
    };
    let value = compiler.value_of(field, table);
    let column = || value.clone();
    let mut condition = Condition::all();
    let mut faults = Vec::new();
    let ends = time::ends(within, &field.kind, &mut faults);
    for (end, (last, place)) in ends.iter().zip([(false, "/from"), (true, "/to")]) {
        let Some(end) = end else { continue };
        let end = time::moment(end, last, &field.kind, compiler.scope);
        match end.map(|(value, after)| (held_as(&field.held, value), after)) {
            Ok((value, true)) => condition = condition.add(column().lt(value)),
            Ok((value, false)) if last => condition = condition.add(column().lte(value)),
            Ok((value, false)) => condition = condition.add(column().gte(value)),
            Err(why) => faults.push((place, why)),
        }
    }
    for (place, why) in faults {
        compiler.fault(format!("{at}{place}"), why);
    }
    condition
}
