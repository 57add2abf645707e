//! What custom fields mean for a record that is written or read.

use rapport_entity::{Custom, values::search_terms};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    CustomField, UNIQUES,
    values::{comparable, read, words},
};
use crate::kernel::{
    catalogue::{Catalogue, Described},
    error::{Error, Faults, Result},
    policy::Actor,
};

/// Checks what a new record has, and gives it what it has where nothing is said.
///
/// # Errors
/// [`Error::Invalid`] names every value that is wrong or missing.
pub fn complete<E: Described>(actor: &Actor, row: &mut E::Model) -> Result<()> {
    let Some(extended) = E::extended(row) else { return Ok(()) };
    let fields = actor.custom.of(E::NAME);
    if fields.is_empty() && extended.custom.0.is_empty() {
        return Ok(());
    }
    let mut faults = Faults::default();
    let given = std::mem::take(&mut extended.custom.0);
    for field in fields.iter().filter(|field| field.definition.deleted_at.is_none()) {
        let said = given.get(field.key()).is_some_and(|_| field.is_visible);
        if let (false, Some(usual)) = (said, &field.definition.default) {
            extended.custom.0.insert(field.key().to_owned(), usual.clone());
        }
    }
    for (key, value) in &given {
        if is_hidden_default(fields, key, value) {
            continue;
        }
        if let Some(value) = checked(fields, key, value, &mut faults) {
            extended.custom.0.insert(key.clone(), value);
        }
    }
    for field in fields.iter().filter(|field| field.is_visible && field.definition.required) {
        let is_wrong = given.get(field.key()).is_some_and(|given| !given.is_null());
        if !is_wrong && !extended.custom.0.contains_key(field.key()) {
            faults.invalid(format!("/custom/{}", field.key()), "is missing");
        }
    }
    faults.check()
}

/// Whether a value is what a field that the actor does not see is by itself: a row that is completed twice has it.
fn is_hidden_default(fields: &[CustomField], key: &str, value: &Json) -> bool {
    let is_it = |field: &&CustomField| field.key() == key && !field.is_visible;
    let field = fields.iter().find(is_it);
    field.is_some_and(|field| field.definition.default.as_ref() == Some(value))
}

/// Checks what a change of a record changes.
///
/// # Errors
/// [`Error::Invalid`] names every value that is wrong, and each that cannot be cleared.
pub fn revise<E: Described>(actor: &Actor, before: &E::Model, after: &mut E::Model) -> Result<()> {
    let (Some(before), Some(after)) = (E::custom(before), E::extended(after)) else {
        return Ok(());
    };
    if before == after.custom {
        return Ok(());
    }
    let fields = actor.custom.of(E::NAME);
    let mut faults = Faults::default();
    for (key, value) in &mut after.custom.0 {
        if before.0.get(key) != Some(&*value)
            && let Some(checked) = checked(fields, key, value, &mut faults)
        {
            *value = checked;
        }
    }
    for field in fields.iter().filter(|field| field.is_visible && field.definition.required) {
        let has = |values: &Custom| values.0.contains_key(field.key());
        if has(before) && !has(after.custom) {
            faults.invalid(format!("/custom/{}", field.key()), "cannot be cleared");
        }
    }
    faults.check()
}

fn checked(fields: &[CustomField], key: &str, value: &Json, faults: &mut Faults) -> Option<Json> {
    let at = || format!("/custom/{key}");
    let Some(field) = fields.iter().find(|field| field.is_visible && field.key() == key) else {
        faults.invalid(at(), "there is no such custom field");
        return None;
    };
    read(&field.definition, value).map_err(|why| faults.invalid(at(), why)).ok().flatten()
}

/// Sets what follows from the rest of a row: the columns that follow from others, what is compared of the custom fields,
/// and their words.
pub fn derive<E: Described>(actor: &Actor, row: &mut E::Model) {
    E::derive(row);
    let Some(extended) = E::extended(row) else { return };
    let fields = actor.custom.of(E::NAME);
    if extended.custom.0.is_empty() || fields.is_empty() {
        extended.comparable.0.clear();
        return;
    }
    let values = &extended.custom.0;
    let valued = || fields.iter().filter_map(|field| Some((field, values.get(field.key())?)));
    extended.comparable.0 = valued().flat_map(|(field, value)| compared(field, value)).collect();
    if let Some(text) = extended.search_text {
        let found = valued().filter_map(|(field, value)| words(&field.definition, value));
        *text = search_terms(std::iter::once(text.as_str()).chain(found));
    }
}

/// Under its slot where it has one, else under its key.
fn compared(field: &CustomField, value: &Json) -> Option<(String, Json)> {
    let place = field.definition.slot.as_deref().unwrap_or(field.key());
    Some((place.to_owned(), comparable(&field.definition, value)?))
}

/// The values as a change makes them: what it leaves out stays, null clears.
pub fn merged(before: &Custom, change: &Custom) -> Custom {
    let mut values = before.0.clone();
    for (key, value) in &change.0 {
        match value {
            Json::Null => {
                values.remove(key);
            }
            value => {
                values.insert(key.clone(), value.clone());
            }
        }
    }
    Custom(values)
}

/// Takes out of a row what whoever reads it may not see.
pub fn conceal<E: Described>(actor: &Actor, row: &mut E::Model) {
    if actor.custom.hides_any(E::NAME)
        && let Some(extended) = E::extended(row)
    {
        actor.custom.hide(E::NAME, &mut extended.custom.0);
    }
}

/// Puts back into a row that is to be saved what whoever changes it does not see of what is there.
pub fn with_concealed(actor: &Actor, resource: &str, there: &Custom, row: &mut Custom) {
    for field in actor.custom.of(resource).iter().filter(|field| !field.is_visible) {
        if let Some(value) = there.0.get(field.key()) {
            row.0.insert(field.key().to_owned(), value.clone());
        }
    }
}

/// A record that a custom field refers to.
pub struct Reference {
    /// Where.
    pub at: String,
    /// What kind of record it is.
    pub target: fn() -> &'static Catalogue,
    /// Which.
    pub id: Uuid,
}

/// What a row refers to and did not before.
pub fn references<E: Described>(
    actor: &Actor,
    before: Option<&E::Model>,
    after: &E::Model,
) -> Vec<Reference> {
    let (mut was, mut is) = (before.cloned(), after.clone());
    let was = was.as_mut().and_then(E::extended).map(|row| row.custom.clone()).unwrap_or_default();
    let Some(is) = E::extended(&mut is) else { return Vec::new() };
    let new = |field: &CustomField| {
        let value = is.custom.0.get(field.key())?;
        let id = value.as_str()?.parse().ok().filter(|_| was.0.get(field.key()) != Some(value))?;
        Some(Reference { at: format!("/custom/{}", field.key()), target: field.target?, id })
    };
    actor.custom.of(E::NAME).iter().filter_map(new).collect()
}

/// Says which custom field it is that must be unique and is not.
pub fn named(actor: &Actor, resource: &str, err: Error) -> Error {
    let Error::Duplicate(what) = &err else { return err };
    let Some(slot) = UNIQUES.iter().find(|slot| what == **slot) else { return err };
    let fields = actor.custom.of(resource);
    let field = fields.iter().find(|field| field.definition.slot.as_deref() == Some(slot));
    Error::Duplicate(match field {
        Some(field) => format!("another {resource} has the same custom.{}", field.key()),
        None => format!("another {resource} has the same value in a field that must be unique"),
    })
}
