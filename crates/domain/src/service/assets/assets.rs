use async_graphql::InputObject;
use rapport_entity::{
    CountryCode, Custom, Date, ExternalId, Label, Name, Source, Tags, Text,
    customers::{contact, customer},
    sales::{order, product},
    service::{
        asset::{self, ActiveModel, Column, Entity, Model, Status},
        site,
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{parts, steps};
use crate::{
    becoming::cannot_become,
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    records::{self, Known},
    service::{ordered, sites},
};

/// An asset to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAsset {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<asset::Id>,
    /// What it is called.
    pub name: Name,
    /// Its serial number; of one product no two are the same.
    pub serial_number: Option<Label>,
    /// Where it stands; in use where left out.
    pub status: Option<Status>,
    /// The customer who has it.
    pub customer_id: customer::Id,
    /// The person there to talk to about it.
    pub contact_id: Option<contact::Id>,
    /// What it is one of; that of the order's line where left out.
    pub product_id: Option<product::Id>,
    /// The asset that it is a part of: one of the same customer's.
    pub parent_id: Option<asset::Id>,
    /// The order that it was bought by: one of the same customer's.
    pub order_id: Option<order::Id>,
    /// The line of that order, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order_line: Option<i32>,
    /// The site at which it stands: one of the same customer's.
    pub site_id: Option<site::Id>,
    /// Where it is: street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// Where in there, e.g. `Hall 3, line 2`.
    pub location: Option<Name>,
    /// The day on which it was bought.
    pub bought_on: Option<Date>,
    /// The day on which it was installed.
    pub installed_on: Option<Date>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of an asset: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssetPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Its serial number; of one product no two are the same.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub serial_number: Patch<Label>,
    /// Where it stands. What it may not become is refused, and what it may is said.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// The customer who has it. What is part of it goes with it, and its site must be one of theirs, or be cleared.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = customer::Id)]
    pub customer_id: Option<customer::Id>,
    /// The person there to talk to about it.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// What it is one of.
    #[serde(default)]
    #[schema(value_type = Option<product::Id>)]
    pub product_id: Patch<product::Id>,
    /// The asset that it is a part of: one of the same customer's.
    #[serde(default)]
    #[schema(value_type = Option<asset::Id>)]
    pub parent_id: Patch<asset::Id>,
    /// The order that it was bought by.
    #[serde(default)]
    #[schema(value_type = Option<order::Id>)]
    pub order_id: Patch<order::Id>,
    /// The line of that order, from 1.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 200)]
    pub order_line: Patch<i32>,
    /// The site at which it stands: one of the same customer's.
    #[serde(default)]
    #[schema(value_type = Option<site::Id>)]
    pub site_id: Patch<site::Id>,
    /// Where it is: street and number.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub street: Patch<Name>,
    /// Postal code.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub postal_code: Patch<Label>,
    /// Town.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub city: Patch<Label>,
    /// Country.
    #[serde(default)]
    #[schema(value_type = Option<CountryCode>)]
    pub country: Patch<CountryCode>,
    /// Where in there.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub location: Patch<Name>,
    /// The day on which it was bought.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub bought_on: Patch<Date>,
    /// The day on which it was installed.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub installed_on: Patch<Date>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Values of the workspace's custom fields: what is left out stays, null clears.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: all of them, not only what changes.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes an asset.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`] where there is one of the
/// product with this serial number.
pub async fn create(ctx: &Ctx, new: NewAsset) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

async fn create_in(tx: &Tx<'_>, new: NewAsset, known: Option<Known>) -> Result<Model> {
    let assets = tx.can::<Entity, Create>()?;
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let id = new.id;
    let mut row = assets.complete(id, new.row(known))?;
    judge(tx, None, &mut row).await?;
    let made = assets.insert(id, row).await?;
    if there.is_none() {
        steps::keep(tx, None, &made).await?;
    }
    Ok(made)
}

impl NewAsset {
    fn row(self, known: Option<Known>) -> ActiveModel {
        let (source, external_id) = known.unzip();
        ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            serial_number: Set(self.serial_number),
            status: Set(self.status.unwrap_or_default()),
            customer_id: Set(self.customer_id),
            contact_id: Set(self.contact_id),
            product_id: Set(self.product_id),
            parent_id: Set(self.parent_id),
            order_id: Set(self.order_id),
            order_line: Set(self.order_line),
            site_id: Set(self.site_id),
            street: Set(self.street),
            postal_code: Set(self.postal_code),
            city: Set(self.city),
            country: Set(self.country),
            location: Set(self.location),
            bought_on: Set(self.bought_on),
            installed_on: Set(self.installed_on),
            description: Set(self.description),
            source: Set(source),
            external_id: Set(external_id),
            custom: Set(self.custom.unwrap_or_default()),
            tags: Set(self.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
}

/// Changes an asset. What is part of it goes to another customer with it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: asset::Id,
    expected: Expected,
    patch: AssetPatch,
) -> Result<Model> {
    ctx.tx(async |tx| change(tx, id, expected, patch).await).await
}

async fn change(
    tx: &Tx<'_>,
    id: asset::Id,
    expected: Expected,
    patch: AssetPatch,
) -> Result<Model> {
    let assets = tx.can::<Entity, Update>()?;
    let before = assets.lock(id, expected).await?;
    let mut after = patched::<Entity>(&before, patch)?;
    judge(tx, Some(&before), &mut after).await?;
    let what = if before.status == after.status { "updated" } else { "status_changed" };
    let after = assets.save(&before, after, what, &[]).await?;
    steps::keep(tx, Some(&before), &after).await?;
    if before.customer_id != after.customer_id {
        parts::hand_on(tx, &after).await?;
    }
    Ok(after)
}

/// Names everything that is wrong with an asset as it is to be.
async fn judge(tx: &Tx<'_>, before: Option<&Model>, after: &mut Model) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(before) = before
        && before.status != after.status
        && !before.status.next().contains(&after.status)
    {
        let next = before.status.next();
        faults.conflict("/status", cannot_become("asset", (before.status, after.status), next));
    }
    let parties = |row: &Model| Parties {
        customer: Some(row.customer_id),
        contact: row.contact_id,
        ..Parties::default()
    };
    let were = before.map(parties).unwrap_or_default();
    parties(after).judge(tx, were, &mut faults).await?;
    judge_order(tx, before, after, &mut faults).await?;
    if after.product_id != before.and_then(|before| before.product_id)
        && let Some(id) = after.product_id
        && tx.can::<product::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/productId", "is no product");
    }
    judge_site(tx, before, after, &mut faults).await?;
    parts::judge(tx, before, after, &mut faults).await?;
    faults.check()
}

/// The site is one of the customer's, whichever of the two is named anew.
async fn judge_site(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    let of = |row: &Model| (row.site_id, row.customer_id);
    match after.site_id {
        Some(id) if before.map(of) != Some(of(after)) => {
            sites::judge_named(tx, id, Some(after.customer_id), faults).await
        }
        _ => Ok(()),
    }
}

/// The order is one of the customer's and has the line, which says what the asset is one of.
async fn judge_order(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &mut Model,
    faults: &mut Faults,
) -> Result<()> {
    let of = |row: &Model| (row.order_id, row.order_line);
    let Some(id) = after.order_id else {
        if after.order_line.is_some() {
            faults.conflict("/orderLine", "is of no order: say which");
        }
        return Ok(());
    };
    if before.map(of) == Some(of(after)) {
        return Ok(());
    }
    let order = tx.can::<order::Entity, Read>()?.live(&[id]).await?.pop();
    // It may have been sold on since: then it stays known which order it came from.
    let is_anew = before.and_then(|before| before.order_id) != Some(id);
    if !order.is_some_and(|order| !is_anew || order.customer_id == after.customer_id) {
        faults.conflict("/orderId", "is no order of this customer");
        return Ok(());
    }
    let Some(position) = after.order_line else { return Ok(()) };
    match ordered::line(tx, id, position).await? {
        None => faults.conflict("/orderLine", "is no line of this order"),
        Some(line) if after.product_id.is_none() => after.product_id = line.product_id,
        Some(line) if line.product_id.is_some() && line.product_id != after.product_id => {
            faults.conflict("/productId", "is not the product of this line of the order");
        }
        Some(_) => {}
    }
    Ok(())
}

/// Makes the asset that another system knows by this id, or changes it. Says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where it is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewAsset,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewAsset,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        match records::known_by::<Entity>(tx, by).await? {
            None => Ok((create_in(tx, new, Some(known)).await?, true)),
            Some(found) => Ok((change(tx, found.id, expected, new.into()).await?, false)),
        }
    })
    .await
}

impl From<NewAsset> for AssetPatch {
    fn from(new: NewAsset) -> Self {
        Self {
            name: Some(new.name),
            serial_number: new.serial_number.into(),
            status: new.status,
            customer_id: Some(new.customer_id),
            contact_id: new.contact_id.into(),
            product_id: new.product_id.into(),
            parent_id: new.parent_id.into(),
            order_id: new.order_id.into(),
            order_line: new.order_line.into(),
            site_id: new.site_id.into(),
            street: new.street.into(),
            postal_code: new.postal_code.into(),
            city: new.city.into(),
            country: new.country.into(),
            location: new.location.into(),
            bought_on: new.bought_on.into(),
            installed_on: new.installed_on.into(),
            description: new.description.into(),
            custom: new.custom,
            tags: new.tags,
        }
    }
}

/// Deletes an asset so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where others are parts of it.
pub async fn delete(ctx: &Ctx, id: asset::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        match parts::of(tx, id).await?.is_empty() {
            true => Ok(deleted),
            false => Err(Error::Refused("other assets are parts of it".to_owned())),
        }
    })
    .await
}

/// The newest assets of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}

/// The newest assets at each of some sites, at most `limit` at each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_at(ctx: &Ctx, sites: &[site::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = sites.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(Column::SiteId, &keys, Column::CreatedAt, limit).await
}
