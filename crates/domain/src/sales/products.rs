use async_graphql::InputObject;
use rapport_entity::{
    Custom, Label, Money, Name, Sku, Tags, Text,
    sales::product::{self, ActiveModel, Entity, Model},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveModel, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Patch, Result, Update};

/// A product to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProduct {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<product::Id>,
    /// The stock keeping unit, unique in the workspace.
    pub sku: Sku,
    /// What the product is called.
    pub name: Name,
    /// The series or group it belongs to.
    pub category: Option<Label>,
    /// What it is.
    pub description: Option<Text>,
    /// The list price of one.
    pub price: Money,
    /// Whether it is sold now; it is where left out.
    pub active: Option<bool>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of a product: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductPatch {
    /// The stock keeping unit, unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Sku)]
    pub sku: Option<Sku>,
    /// What the product is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The series or group it belongs to.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub category: Patch<Label>,
    /// What it is.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The list price of one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Money)]
    pub price: Option<Money>,
    /// Whether it is sold now.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes a product.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Duplicate`] where the sku is taken.
pub async fn create(ctx: &Ctx, new: NewProduct) -> Result<Model> {
    let price_minor = new.price.minor().map_err(Error::at("/price/amount"))?;
    let row = ActiveModel {
        sku: Set(new.sku),
        name: Set(new.name),
        category: Set(new.category),
        description: Set(new.description),
        price_minor: Set(price_minor),
        currency: Set(new.price.currency),
        active: Set(new.active.unwrap_or(true)),
        custom: Set(new.custom.unwrap_or_default()),
        tags: Set(new.tags.unwrap_or_default()),
        sort_name: Set(String::new()),
        search_text: Set(String::new()),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes a product.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: product::Id,
    expected: Expected,
    patch: ProductPatch,
) -> Result<Model> {
    let row = changes(patch)?;
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, row).await).await
}

fn changes(patch: ProductPatch) -> Result<impl IntoActiveModel<ActiveModel>> {
    let price_minor = patch.price.as_ref().map(Money::minor).transpose();
    let price_minor = price_minor.map_err(Error::at("/price/amount"))?;
    Ok(ActiveModel {
        sku: patch.sku.map_or(NotSet, Set),
        name: patch.name.map_or(NotSet, Set),
        category: patch.category.into_active_value(),
        description: patch.description.into_active_value(),
        price_minor: price_minor.map_or(NotSet, Set),
        currency: patch.price.map_or(NotSet, |price| Set(price.currency)),
        active: patch.active.map_or(NotSet, Set),
        ..Default::default()
    })
}
