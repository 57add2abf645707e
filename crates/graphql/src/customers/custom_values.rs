//! Custom fields of a record with their types, as far as a schema can have them that is the same for all workspaces.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_domain::kernel::CustomField;
use rapport_entity::{
    Custom, CustomKey, Date, Label, Money,
    customers::custom_field::{Choice, Kind},
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::rows::ContextExt;

/// The value of a custom field. The member that its kind says has it.
#[derive(SimpleObject)]
pub struct CustomValue {
    /// The field's key.
    key: CustomKey,
    /// What people call the field.
    label: Label,
    /// What the field holds.
    kind: Kind,
    /// Of a text, an e-mail address, a telephone number, a web address.
    text: Option<String>,
    /// Of a number.
    number: Option<f64>,
    /// Of an amount of money.
    money: Option<Money>,
    /// Of a day.
    date: Option<Date>,
    /// Of a moment.
    time: Option<DateTime<Utc>>,
    /// Of something that is true or false.
    boolean: Option<bool>,
    /// What was chosen.
    choices: Option<Vec<Choice>>,
    /// The id of the record that is referred to.
    reference: Option<Uuid>,
}

/// The values of a record's custom fields, in the order of the fields.
pub fn custom_values(
    ctx: &Context<'_>,
    resource: &str,
    values: &Custom,
) -> Result<Vec<CustomValue>> {
    let fields = ctx.me()?.actor().custom.visible(resource);
    let valued = fields.filter_map(|field| Some(typed(field, values.0.get(field.key())?)));
    Ok(valued.collect())
}

fn typed(field: &CustomField, value: &Json) -> CustomValue {
    let of = &field.definition;
    let is = |kinds: &[Kind]| kinds.contains(&of.kind);
    CustomValue {
        key: of.key.clone(),
        label: of.label.clone(),
        kind: of.kind,
        text: read(value, is(&[Kind::Text, Kind::Email, Kind::Phone, Kind::Url])),
        number: read(value, is(&[Kind::Number])),
        money: read(value, is(&[Kind::Money])),
        date: read(value, is(&[Kind::Date])),
        time: read(value, is(&[Kind::Time])),
        boolean: read(value, is(&[Kind::Boolean])),
        choices: is(&[Kind::SingleChoice, Kind::MultipleChoice]).then(|| chosen(field, value)),
        reference: read(value, is(&[Kind::Reference])),
    }
}

fn read<T: DeserializeOwned>(value: &Json, is_it: bool) -> Option<T> {
    is_it.then(|| T::deserialize(value).ok()).flatten()
}

fn chosen(field: &CustomField, value: &Json) -> Vec<Choice> {
    let is_chosen = |choice: &&Choice| match value {
        Json::Array(several) => several.iter().any(|one| one == choice.value.as_str()),
        one => one == choice.value.as_str(),
    };
    field.definition.choices.0.iter().filter(is_chosen).cloned().collect()
}
