use async_graphql::InputObject;
use rapport_entity::{
    CountryCode, Email, Label, Moment, Name, Phone, Reach, Resource, Source, Url,
    customers::{
        contact_point::{self, ActiveModel, Column, Entity, Kind, Model, address_line},
        customer,
    },
};
use sea_orm::{ColumnTrait, Condition, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::parties::Parties;
use crate::kernel::{
    Create, Ctx, Delete, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
};

/// A contact point to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewContactPoint {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<contact_point::Id>,
    /// The customer who is reached.
    pub customer_id: customer::Id,
    /// What it is. It decides what the value may be.
    pub kind: Kind,
    /// The address, the number or the name. A postal address has its parts instead.
    pub value: Option<Reach>,
    /// The network of a social identity or the service of a messenger, e.g. `linkedin` or `signal`.
    pub network: Option<Source>,
    /// Of a postal address: street and number.
    pub street: Option<Name>,
    /// Of a postal address: postal code.
    pub postal_code: Option<Label>,
    /// Of a postal address: town.
    pub city: Option<Label>,
    /// Of a postal address: country.
    pub country: Option<CountryCode>,
    /// What it is to the customer, e.g. `home`, `work` or `delivery`.
    pub label: Option<Label>,
    /// Whether it is the one to use among those of its kind; then the one that was no longer is. It is not where left
    /// out.
    pub is_preferred: Option<bool>,
    /// When it was found out that it reaches the customer.
    pub verified_at: Option<Moment>,
}

/// What to change of a contact point: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactPointPatch {
    /// The address, the number or the name. Another one is not verified, unless it is said when it was.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Reach)]
    pub value: Option<Reach>,
    /// The network of a social identity or the service of a messenger.
    #[serde(default)]
    #[schema(value_type = Option<Source>)]
    pub network: Patch<Source>,
    /// Of a postal address: street and number.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub street: Patch<Name>,
    /// Of a postal address: postal code.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub postal_code: Patch<Label>,
    /// Of a postal address: town.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub city: Patch<Label>,
    /// Of a postal address: country.
    #[serde(default)]
    #[schema(value_type = Option<CountryCode>)]
    pub country: Patch<CountryCode>,
    /// What it is to the customer.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub label: Patch<Label>,
    /// Whether it is the one to use among those of its kind; then the one that was no longer is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub is_preferred: Option<bool>,
    /// When it was found out that it reaches the customer.
    #[serde(default)]
    #[schema(value_type = Option<Moment>)]
    pub verified_at: Patch<Moment>,
}

/// Makes a contact point.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) where there is no such customer, or the value is none of its kind; [`Error::Duplicate`](crate::Error::Duplicate) where the
/// customer has it already.
pub async fn create(ctx: &Ctx, new: NewContactPoint) -> Result<Model> {
    let new = completed(new)?;
    ctx.tx(async |tx| {
        let parties = Parties { customer: Some(new.customer_id), ..Parties::default() };
        parties.check(tx, Parties::default()).await?;
        if new.is_preferred == Some(true) {
            hold(tx, new.customer_id).await?;
            prefer(tx, new.id, new.customer_id, new.kind).await?;
        }
        tx.can::<Entity, Create>()?.insert(new.id, new).await
    })
    .await
}

/// With what follows from the rest, where it fits together.
fn completed(mut new: NewContactPoint) -> Result<NewContactPoint> {
    let mut faults = Faults::default();
    let parts = [
        ("/street", new.street.is_some()),
        ("/postalCode", new.postal_code.is_some()),
        ("/city", new.city.is_some()),
        ("/country", new.country.is_some()),
    ];
    check(new.kind, new.value.as_ref(), new.network.is_some(), parts, &mut faults);
    if new.kind == Kind::Address {
        let NewContactPoint { street, postal_code, city, country, .. } = &new;
        let line =
            address_line(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref());
        match line.parse() {
            Ok(line) => drop(new.value.get_or_insert(line)),
            Err(_) => faults.conflict("/street", NO_ADDRESS),
        }
    } else if new.value.is_none() {
        faults.conflict("/value", "is needed, unless it is a postal address");
    }
    faults.check()?;
    new.is_preferred.get_or_insert(false);
    Ok(new)
}

const NO_ADDRESS: &str = "a postal address needs a street, a town or at least a country";

/// Whether what is given fits the kind.
fn check(
    kind: Kind,
    value: Option<&Reach>,
    network: bool,
    parts: [(&str, bool); 4],
    faults: &mut Faults,
) {
    if let Some(Err(why)) = value.map(|value| fits(kind, value.as_str())) {
        faults.conflict("/value", why);
    }
    if network && !matches!(kind, Kind::Social | Kind::Messenger) {
        faults.conflict("/network", "only social identities and messengers have one");
    }
    for (part, _) in parts.into_iter().filter(|(_, given)| *given && kind != Kind::Address) {
        faults.conflict(part, "only a postal address has one");
    }
}

/// Whether a value is one of a kind; what it must be where it is not.
fn fits(kind: Kind, value: &str) -> Result<(), String> {
    let name = |value: &str| match value.starts_with("http://") || value.starts_with("https://") {
        true => value.parse::<Url>().map(drop).map_err(|err| err.to_string()),
        false if value.contains(char::is_whitespace) => {
            Err("must be a web address, or a name without blanks".to_owned())
        }
        false => Ok(()),
    };
    match kind {
        Kind::Email => value.parse::<Email>().map(drop).map_err(|err| err.to_string()),
        Kind::Phone => value.parse::<Phone>().map(drop).map_err(|err| err.to_string()),
        Kind::Social | Kind::Messenger => name(value),
        Kind::Address => Err("is made of the parts of the postal address".to_owned()),
    }
}

/// Changes a contact point.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale), [`Error::Conflict`](crate::Error::Conflict), [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn update(
    ctx: &Ctx,
    id: contact_point::Id,
    expected: Expected,
    patch: ContactPointPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let points = tx.can::<Entity, Update>()?;
        if patch.is_preferred == Some(true) {
            // Before the record is locked, as everybody does who prefers one.
            hold(tx, tx.entailed::<Entity, Read>().one(id).await?.customer_id).await?;
        }
        let before = points.lock(id, expected).await?;
        let after = changed(&before, patch)?;
        if after.is_preferred && !before.is_preferred {
            prefer(tx, Some(id), after.customer_id, after.kind).await?;
        }
        points.save(&before, after, "updated", &[]).await
    })
    .await
}

fn changed(before: &Model, patch: ContactPointPatch) -> Result<Model> {
    let mut faults = Faults::default();
    let parts = [
        ("/street", patch.street.as_set().is_some()),
        ("/postalCode", patch.postal_code.as_set().is_some()),
        ("/city", patch.city.as_set().is_some()),
        ("/country", patch.country.as_set().is_some()),
    ];
    let network = patch.network.as_set().is_some();
    check(before.kind, patch.value.as_ref(), network, parts, &mut faults);
    let verified = patch.verified_at.clone();
    let mut after = patched::<Entity>(before, patch)?;
    let Model { street, postal_code, city, country, .. } = &after;
    let line = address_line(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref());
    if after.kind == Kind::Address && line.is_empty() {
        faults.conflict("/street", NO_ADDRESS);
    }
    faults.check()?;
    Entity::derive(&mut after);
    if after.value != before.value && verified == Patch::Keep {
        after.verified_at = None;
    }
    Ok(after)
}

/// Brings a deleted contact point back. One that was preferred is so again.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound); [`Error::Duplicate`](crate::Error::Duplicate) where the customer has the same by now.
pub async fn restore(ctx: &Ctx, id: contact_point::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let points = tx.can::<Entity, Delete>()?;
        let row = tx.entailed::<Entity, Read>().one_even_deleted(id).await?;
        if row.is_preferred {
            hold(tx, row.customer_id).await?;
            prefer(tx, Some(id), row.customer_id, row.kind).await?;
        }
        points.restore(id).await
    })
    .await
}

/// One at a time says which of a customer's contact points are preferred.
async fn hold(tx: &Tx<'_>, customer: customer::Id) -> Result<()> {
    tx.one_at_a_time(&format!("contact points of {customer}")).await
}

/// Takes the preference from whatever of the kind has it, but for one.
async fn prefer(
    tx: &Tx<'_>,
    besides: Option<contact_point::Id>,
    customer: customer::Id,
    kind: Kind,
) -> Result<()> {
    let others = Condition::all()
        .add(Column::CustomerId.eq(customer))
        .add(Column::Kind.eq(kind))
        .add(Column::IsPreferred.eq(true))
        .add_option(besides.map(|id| Column::Id.ne(id)));
    let points = tx.entailed::<Entity, Update>();
    for other in tx.entailed::<Entity, Read>().filtered(others, 1).await? {
        let before = points.lock(other.id, Expected::Any).await?;
        let after = Model { is_preferred: false, ..before.clone() };
        points.save(&before, after, "updated", &[]).await?;
    }
    Ok(())
}

/// The newest contact points of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_values_of_its_own() {
        for (kind, value) in [
            (Kind::Email, "ada@acme.example"),
            (Kind::Phone, "+4930901820"),
            (Kind::Social, "https://social.example/@ada"),
            (Kind::Social, "@ada@social.example"),
            (Kind::Messenger, "+4930901820"),
            (Kind::Messenger, "ada.l"),
        ] {
            assert_eq!(fits(kind, value), Ok(()), "{value}");
        }
        for (kind, value) in [
            (Kind::Email, "ada"),
            (Kind::Phone, "030 901820"),
            (Kind::Social, "https://"),
            (Kind::Social, "Ada Lovelace"),
            (Kind::Messenger, "ada\tl"),
            (Kind::Address, "Hauptstraße 1"),
        ] {
            assert!(fits(kind, value).is_err(), "{value}");
        }
    }
}
