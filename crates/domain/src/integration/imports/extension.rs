//! The columns of custom fields, `custom.` and the key, and of tags.

use rapport_entity::{
    Custom, Invalid, Money, Tag, Tags,
    customers::custom_field::{Kind, Model},
};
use sea_orm::ActiveValue::{self, NotSet, Set};
use serde_json::{Value as Json, json};

use super::{
    cells::{Cell, Cells, FieldName, Format, truth},
    columns::Columns,
};
use crate::kernel::{Actor, read_custom};

/// The names of the fields: the workspace's own as far as whoever imports sees them, and tags.
pub fn fields<'a>(actor: &'a Actor, resource: &'a str) -> impl Iterator<Item = FieldName> + 'a {
    let custom = actor.custom.visible(resource).map(|field| field.field.name.clone().into());
    custom.chain(std::iter::once("tags".into()))
}

/// Reads custom fields and tags.
pub struct Extension {
    custom: Vec<(Model, Cell)>,
    tags: Cell,
}

impl Extension {
    pub fn new(columns: &Columns, actor: &Actor, resource: &str) -> Self {
        let cell = |name: &str| columns.cell(name);
        let custom = actor.custom.visible(resource);
        let custom = custom.map(|field| (field.definition.clone(), cell(&field.field.name)));
        Self {
            custom: custom.filter(|(_, cell)| *cell != Cell::Nothing).collect(),
            tags: cell("tags"),
        }
    }

    /// An empty cell clears a field, no column leaves it as it is.
    pub fn custom(&self, cells: &mut Cells<'_>, format: &Format) -> ActiveValue<Custom> {
        let mut values = Custom::default();
        for (field, cell) in &self.custom {
            if !cells.is_absent(cell) {
                let value = cells.parse(cell, |text| value(field, text, format));
                values.0.insert(field.key.as_str().to_owned(), value.unwrap_or_default());
            }
        }
        if values.0.is_empty() { NotSet } else { Set(values) }
    }

    /// Tags, separated by semicolons.
    pub fn tags(&self, cells: &mut Cells<'_>) -> ActiveValue<Tags> {
        match cells.is_absent(&self.tags) {
            true => NotSet,
            false => Set(cells.parse(&self.tags, tags).unwrap_or_default()),
        }
    }
}

fn tags(text: &str) -> Result<Tags, Invalid> {
    Tags::of(parts(text).map(str::parse::<Tag>).collect::<Result<_, _>>()?)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn value(field: &Model, text: &str, format: &Format) -> Result<Json, Invalid> {
    let json = match (field.kind, &field.currency) {
        (Kind::Number, _) => number(&format.decimal(text)?)?,
        (Kind::Money, Some(currency)) => {
            json!(Money::from_minor(format.money(text, currency)?.minor()?, currency.clone()))
        }
        (Kind::Date, _) => json!(format.date(text)?),
        (Kind::Boolean, _) => json!(truth(text)?),
        (Kind::MultipleChoice, _) => json!(parts(text).collect::<Vec<_>>()),
        _ => json!(text),
    };
    read_custom(field, &json).map(Option::unwrap_or_default).map_err(Invalid)
}

fn number(text: &str) -> Result<Json, Invalid> {
    let number = text.parse::<Json>().ok().filter(Json::is_number);
    number.ok_or_else(|| Invalid("must be a number".to_owned()))
}
