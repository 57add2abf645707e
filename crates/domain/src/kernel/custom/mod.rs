//! The fields that a workspace has defined itself: part of the catalogue for whoever asks, and part of every record
//! that is written (ADR 15).

mod records;
mod values;

use std::collections::HashMap;

use rapport_entity::{
    customers::custom_field::{Kind, Model},
    identity::role,
};
use serde_json::{Map, Value as Json};

use super::catalogue::{Catalogue, Field, FieldKind, Held};
pub(super) use records::{
    complete, conceal, derive, merged, named, references, revise, with_concealed,
};
pub use values::read;

/// The slots for text, for numbers, and for text that no two records share: columns that all workspaces' fields share.
pub const TEXTS: [&str; 8] = ["x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"];
/// See [`TEXTS`].
pub const NUMBERS: [&str; 4] = ["n1", "n2", "n3", "n4"];
/// See [`TEXTS`].
pub const UNIQUES: [&str; 3] = ["u1", "u2", "u3"];

/// The fields that a workspace has defined, by the kind of record, as somebody sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomFields(HashMap<String, Vec<CustomField>>);

/// A field that a workspace has defined.
#[derive(Clone, Debug)]
pub struct CustomField {
    /// What it is.
    pub definition: Model,
    /// Its part in the catalogue.
    pub field: Field,
    /// What is referred to, where it holds references.
    pub target: Option<fn() -> &'static Catalogue>,
    /// Whether whoever asks may see it, and it is there.
    pub is_visible: bool,
}

impl PartialEq for CustomField {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition && self.is_visible == other.is_visible
    }
}

impl CustomField {
    /// A field as somebody of some roles sees it: of all of them; somebody of none sees everything.
    pub fn new(
        definition: Model,
        target: Option<fn() -> &'static Catalogue>,
        roles: &[role::Id],
    ) -> Self {
        let see = |to: &[role::Id]| roles.iter().all(|role| to.contains(role));
        let is_visible = definition.deleted_at.is_none()
            && definition.visible_to.as_ref().is_none_or(|to| see(&to.0));
        Self { field: field(&definition), definition, target, is_visible }
    }

    /// Its key.
    pub fn key(&self) -> &str {
        self.definition.key.as_str()
    }
}

fn field(of: &Model) -> Field {
    let slots = TEXTS.iter().chain(&NUMBERS).chain(&UNIQUES);
    let slot = slots.copied().find(|slot| of.slot.as_deref() == Some(slot));
    let held = slot.map_or_else(|| Held::Comparable(of.key.as_str().to_owned()), Held::Slot);
    Field {
        name: format!("custom.{}", of.key),
        day_of_year: None,
        indexed: slot.is_some(),
        sorted_by: held.clone(),
        held,
        kind: kind(of),
        nullable: true,
    }
}

fn kind(of: &Model) -> FieldKind {
    let choices = || of.choices.0.iter().map(|choice| choice.value.as_str().to_owned()).collect();
    match (of.kind, &of.currency) {
        (Kind::Money, Some(currency)) => FieldKind::MoneyIn(currency.clone()),
        (Kind::Number | Kind::Money, _) => FieldKind::Number,
        (Kind::Date, _) => FieldKind::Date,
        (Kind::Time, _) => FieldKind::Time,
        (Kind::Boolean, _) => FieldKind::Boolean,
        (Kind::SingleChoice, _) => FieldKind::Text(choices()),
        (Kind::MultipleChoice, _) => FieldKind::Choices(choices()),
        (Kind::Reference, _) => FieldKind::Id,
        (Kind::Text | Kind::Email | Kind::Phone | Kind::Url, _) => FieldKind::Text(Vec::new()),
    }
}

impl FromIterator<(String, CustomField)> for CustomFields {
    fn from_iter<I: IntoIterator<Item = (String, CustomField)>>(fields: I) -> Self {
        let mut all = Self::default();
        for (resource, field) in fields {
            all.0.entry(resource).or_default().push(field);
        }
        all
    }
}

impl CustomFields {
    /// The same, of which only those are visible that are visible there too.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        for (resource, fields) in &mut self.0 {
            for field in fields {
                let seen = others.visible(resource).any(|other| other.key() == field.key());
                field.is_visible &= seen;
            }
        }
        self
    }

    /// All of a kind of record, in order, also those that are not visible.
    pub fn of(&self, resource: &str) -> &[CustomField] {
        self.0.get(resource).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of a kind of record that are visible, in order.
    pub fn visible(&self, resource: &str) -> impl Iterator<Item = &CustomField> {
        self.of(resource).iter().filter(|field| field.is_visible)
    }

    /// Whether some of a kind of record are not visible.
    pub fn hides_any(&self, resource: &str) -> bool {
        self.of(resource).iter().any(|field| !field.is_visible)
    }

    /// Takes the values of those that are not visible from values by their keys.
    pub fn hide(&self, resource: &str, values: &mut Map<String, Json>) {
        for field in self.of(resource).iter().filter(|field| !field.is_visible) {
            values.remove(field.key());
        }
    }

    /// A visible one by its name in rules.
    pub fn field(&self, resource: &str, name: &str) -> Option<&Field> {
        let key = name.strip_prefix("custom.")?;
        self.visible(resource).find(|field| field.key() == key).map(|field| &field.field)
    }
}
