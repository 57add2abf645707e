//! Fields that workspaces define themselves.

use async_graphql::{InputObject, Json as AnyJson};
use rapport_entity::{
    Count, Currency, CustomKey, Label, Text,
    customers::{
        contact,
        custom_field::{
            self, ActiveModel, Choice, Choices, Column, Entity, Extended, Kind, Model, Roles,
            Target,
        },
        customer,
    },
    identity::role,
    sales::{lead, opportunity, order, product, quote},
    service::{agreement, asset, service_request, site},
    values::MOST_CUSTOM_FIELDS,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::kernel::{
    Create, Ctx, CustomField, Described, Error, Expected, Fault, Faults, FilterScope, NUMBERS,
    Patch, Read, Result, TEXTS, Tx, UNIQUES, Update, catalogue, compile, patched, read_custom,
};

/// A custom field to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCustomField {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<custom_field::Id>,
    /// The kind of record that has it.
    pub resource: Extended,
    /// What it is called in `custom` and in rules; unique among the resource's fields, deleted ones included.
    pub key: CustomKey,
    /// What people call it.
    pub label: Label,
    /// What it is for.
    pub description: Option<Text>,
    /// What it holds.
    pub kind: Kind,
    /// Whether a new record must have a value, and none can be cleared; not, where left out.
    pub required: Option<bool>,
    /// Whether lists that are filtered by it find its records by an index; not, where left out. For each kind of record
    /// there are indexes for eight fields with text, days or moments and for four with numbers or money.
    pub indexed: Option<bool>,
    /// Whether no two records have the same value; not, where left out. For text, e-mail addresses, telephone numbers
    /// and web addresses, for three fields of each kind of record.
    pub unique: Option<bool>,
    /// What a new record has where nothing is said.
    #[schema(value_type = Option<Object>)]
    pub default: Option<AnyJson<Json>>,
    /// What may be chosen, in the order in which it is offered.
    #[schema(max_items = 200)]
    pub choices: Option<Vec<Choice>>,
    /// The currency of the amounts; the workspace's where left out.
    pub currency: Option<Currency>,
    /// The kind of record that is referred to.
    pub target: Option<Target>,
    /// The roles whose users see it, besides administrators; everybody where left out.
    #[schema(max_items = 50)]
    pub visible_to: Option<Vec<role::Id>>,
    /// Its place among the resource's fields; the first where left out.
    pub position: Option<Count>,
}

/// What to change of a custom field: what is left out stays, null clears. What it holds, and how it is found, cannot be
/// changed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomFieldPatch {
    /// What people call it.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Label)]
    pub label: Option<Label>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Whether a new record must have a value, and none can be cleared. Records without one stay as they are.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub required: Option<bool>,
    /// What a new record has where nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub default: Patch<AnyJson<Json>>,
    /// What may be chosen: these, and no others. One that a record has cannot be taken away.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(max_items = 200, value_type = Vec<Choice>)]
    pub choices: Option<Vec<Choice>>,
    /// The roles whose users see it, besides administrators; everybody where null.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Option<Vec<role::Id>>)]
    pub visible_to: Patch<Vec<role::Id>>,
    /// Its place among the resource's fields.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Count)]
    pub position: Option<Count>,
}

/// What is done by one at a time: giving fields their slots.
const FIELDS: &str = "custom fields";

/// Defines a custom field.
///
/// # Errors
/// [`Error::Invalid`] names everything that does not fit the kind; [`Error::Conflict`] where there are no more indexes;
/// [`Error::Duplicate`] where the key is taken, be it by a deleted field.
pub async fn create(ctx: &Ctx, new: NewCustomField) -> Result<Model> {
    ctx.tx(async |tx| {
        let fields = tx.can::<Entity, Create>()?;
        tx.one_at_a_time(FIELDS).await?;
        let id = new.id;
        let row = fields.complete(id, defined(tx, new)?)?;
        check(tx, &row).await?;
        let others = others(tx, &row).await?;
        let slot = slot(&row, &others)?;
        let row = Model { slot: slot.map(str::to_owned), ..row };
        fields.insert(id, row).await
    })
    .await
}

/// Changes a custom field.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`]; [`Error::Conflict`] where a choice is to go that a record
/// has.
pub async fn update(
    ctx: &Ctx,
    id: custom_field::Id,
    expected: Expected,
    patch: CustomFieldPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let fields = tx.can::<Entity, Update>()?;
        let before = fields.lock(id, expected).await?;
        let after = patched::<Entity>(&before, changed(patch))?;
        check(tx, &after).await?;
        check_choices(tx, &before, &after).await?;
        fields.save(&before, after, "updated", &[]).await
    })
    .await
}

fn defined(tx: &Tx<'_>, new: NewCustomField) -> Result<ActiveModel> {
    let usual = || (new.kind == Kind::Money).then(|| tx.actor().currency.clone());
    let unique = new.unique.unwrap_or(false);
    Ok(ActiveModel {
        resource: Set(new.resource),
        key: Set(new.key),
        label: Set(new.label),
        description: Set(new.description),
        kind: Set(new.kind),
        required: Set(new.required.unwrap_or(false)),
        indexed: Set(unique || new.indexed.unwrap_or(false)),
        unique: Set(unique),
        default: Set(new.default.map(|json| json.0).filter(|json| !json.is_null())),
        choices: Set(Choices(new.choices.unwrap_or_default())),
        currency: Set(new.currency.or_else(usual)),
        target: Set(new.target),
        visible_to: Set(new.visible_to.map(Roles)),
        position: Set(position(new.position)?.unwrap_or(0)),
        slot: Set(None),
        ..Default::default()
    })
}

fn changed(patch: CustomFieldPatch) -> ActiveModel {
    let default = match patch.default {
        Patch::Keep => NotSet,
        Patch::Clear => Set(None),
        Patch::Set(json) => Set(Some(json.0)),
    };
    let visible_to = match patch.visible_to {
        Patch::Keep => NotSet,
        Patch::Clear => Set(None),
        Patch::Set(roles) => Set(Some(Roles(roles))),
    };
    ActiveModel {
        label: patch.label.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        required: patch.required.map_or(NotSet, Set),
        default,
        choices: patch.choices.map_or(NotSet, |choices| Set(Choices(choices))),
        visible_to,
        position: position(patch.position).ok().flatten().map_or(NotSet, Set),
        ..Default::default()
    }
}

fn position(given: Option<Count>) -> Result<Option<i32>> {
    let position = given.map(|count| i32::try_from(i64::from(count)));
    position.transpose().map_err(|_| Error::invalid("/position", "is too large"))
}

/// Whether what is said of the field fits what it holds.
async fn check(tx: &Tx<'_>, row: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let chosen = matches!(row.kind, Kind::SingleChoice | Kind::MultipleChoice);
    let mut only = |fits: bool, given: bool, at: &str, why: &str| {
        if given && !fits {
            faults.invalid(at, why);
        }
    };
    only(chosen, !row.choices.0.is_empty(), "/choices", "are for choices only");
    only(row.kind == Kind::Money, row.currency.is_some(), "/currency", "is for money only");
    only(row.kind == Kind::Reference, row.target.is_some(), "/target", "is for references only");
    let text = matches!(row.kind, Kind::Text | Kind::Email | Kind::Phone | Kind::Url);
    only(text, row.unique, "/unique", "is for text, e-mail, phone and URL only");
    let one = row.kind != Kind::MultipleChoice;
    only(one, row.indexed, "/indexed", "is not for multiple choices");
    only(!row.unique, row.default.is_some(), "/default", "cannot be had by more than one record");
    let unseen = row.required && row.default.is_none();
    only(
        !unseen,
        row.visible_to.is_some(),
        "/visibleTo",
        "must be null where a value is required and there is no default",
    );
    if chosen && row.choices.0.is_empty() {
        faults.invalid("/choices", "are missing");
    }
    if row.kind == Kind::Reference && row.target.is_none() {
        faults.invalid("/target", "is missing");
    }
    check_lists(tx, row, &mut faults).await?;
    if let Some(usual) = &row.default
        && let Err(why) = read_custom(row, usual)
    {
        faults.invalid("/default", why);
    }
    faults.check()
}

async fn check_lists(tx: &Tx<'_>, row: &Model, faults: &mut Faults) -> Result<()> {
    let choices = &row.choices.0;
    if choices.len() > 200 {
        faults.invalid("/choices", "must be at most 200");
    }
    for (n, choice) in choices.iter().enumerate() {
        if choices[..n].iter().any(|other| other.value == choice.value) {
            faults.invalid(format!("/choices/{n}/value"), "is given more than once");
        }
    }
    let Some(Roles(roles)) = &row.visible_to else { return Ok(()) };
    if roles.len() > 50 {
        faults.invalid("/visibleTo", "must be at most 50");
        return Ok(());
    }
    let known = tx.can::<role::Entity, Read>()?.live(roles).await?;
    for (n, id) in roles.iter().enumerate() {
        if known.iter().all(|role| role.id != *id) {
            faults.conflict(format!("/visibleTo/{n}"), "is no role");
        }
    }
    Ok(())
}

/// The resource's other fields, also those that are deleted.
async fn others(tx: &Tx<'_>, row: &Model) -> Result<Vec<Model>> {
    let of = Condition::all().add(Column::Resource.eq(row.resource)).add(Column::Id.ne(row.id));
    tx.entailed::<Entity, Read>().matching_even_deleted(of).await
}

/// The slot that an indexed field is given: it keeps it for good, so that it can be restored.
fn slot(row: &Model, others: &[Model]) -> Result<Option<&'static str>> {
    let live = others.iter().filter(|other| other.deleted_at.is_none()).count();
    if live >= MOST_CUSTOM_FIELDS {
        let why = format!("has {MOST_CUSTOM_FIELDS} custom fields already");
        return Err(Error::Conflict(vec![Fault::new("/resource", why)]));
    }
    let (slots, at): (&[&'static str], _) = match row.kind {
        _ if !row.indexed => return Ok(None),
        _ if row.unique => (&UNIQUES, "/unique"),
        Kind::Number | Kind::Money => (&NUMBERS, "/indexed"),
        _ => (&TEXTS, "/indexed"),
    };
    let taken = |slot: &str| others.iter().any(|other| other.slot.as_deref() == Some(slot));
    let free = slots.iter().copied().find(|slot| !taken(slot));
    free.map(Some).ok_or_else(|| {
        let why = format!("all {} indexes for such fields are taken", slots.len());
        Error::Conflict(vec![Fault::new(at, why)])
    })
}

/// A choice that a record has cannot be taken away.
async fn check_choices(tx: &Tx<'_>, before: &Model, after: &Model) -> Result<()> {
    let mut faults = Faults::default();
    let stays = |value: &CustomKey| after.choices.0.iter().any(|choice| choice.value == *value);
    for gone in before.choices.0.iter().filter(|choice| !stays(&choice.value)) {
        if is_chosen(tx, before, gone.value.as_str()).await? {
            faults.conflict("/choices", format!("{:?} is what records have", gone.value.as_str()));
        }
    }
    faults.check()
}

async fn is_chosen(tx: &Tx<'_>, field: &Model, value: &str) -> Result<bool> {
    match field.resource {
        Extended::Customer => has::<customer::Entity>(tx, field, value).await,
        Extended::Contact => has::<contact::Entity>(tx, field, value).await,
        Extended::Product => has::<product::Entity>(tx, field, value).await,
        Extended::Order => has::<order::Entity>(tx, field, value).await,
        Extended::Lead => has::<lead::Entity>(tx, field, value).await,
        Extended::Opportunity => has::<opportunity::Entity>(tx, field, value).await,
        Extended::Quote => has::<quote::Entity>(tx, field, value).await,
        Extended::Site => has::<site::Entity>(tx, field, value).await,
        Extended::Asset => has::<asset::Entity>(tx, field, value).await,
        Extended::Agreement => has::<agreement::Entity>(tx, field, value).await,
        Extended::ServiceRequest => has::<service_request::Entity>(tx, field, value).await,
    }
}

async fn has<E: Described>(tx: &Tx<'_>, field: &Model, value: &str) -> Result<bool> {
    let all = [(E::NAME.to_owned(), CustomField::new(field.clone(), None, &[]))];
    let actor = tx.actor().clone().with_custom(all.into_iter().collect());
    let rule =
        serde_json::json!({ "compare": { "field": format!("custom.{}", field.key), "eq": value } });
    let rule = serde_json::from_value(rule).map_err(|err| Error::Internal(err.into()))?;
    let of = catalogue::<E>();
    let (backend, now) = (tx.backend(), tx.now());
    let scope = FilterScope { actor: &actor, backend, now, touched: None };
    let chosen = compile(&rule, of, &of.table, scope, "")?;
    tx.entailed::<E, Read>().any_even_deleted(chosen).await
}
