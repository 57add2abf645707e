use async_graphql::InputObject;
use rapport_entity::{
    Custom, Label, Money, Name, Percentage, Sku, Tags, Text, Versioned,
    sales::{
        bundle_component::{self, BundleComponent},
        product::{self, ActiveModel, Entity, Kind, Model, Product},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bundles::{BUNDLES, components, draft};
use crate::{
    kernel::{
        Create, Ctx, Error, Expected, Faults, Listing, Page, Patch, Read, Result, Tx, Update,
        patched,
    },
    records,
};

/// A product with what it is made of.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductWithComponents {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// The products that a bundle is made of; others are made of none.
    #[schema(max_items = 100)]
    pub components: Vec<BundleComponent>,
}

impl Versioned for ProductWithComponents {
    fn id(&self) -> Uuid {
        self.product.id.uuid()
    }

    fn version(&self) -> i32 {
        self.product.version
    }
}

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
    /// What kind of thing it is; goods where left out.
    pub kind: Option<Kind>,
    /// The series or group it belongs to.
    pub category: Option<Label>,
    /// What it is.
    pub description: Option<Text>,
    /// The list price of one.
    pub price: Money,
    /// What it is counted in, e.g. `piece` or `hour`.
    pub unit: Option<Label>,
    /// The tax on it, in percent.
    pub tax_rate: Option<Percentage>,
    /// The discount, in percent, that a seller may give without approval; it has no limit of its own where left out.
    pub discount_limit: Option<Percentage>,
    /// Whether it is sold now; it is where left out.
    pub active: Option<bool>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
    /// The products that a bundle is made of: at most 100, each once.
    #[schema(max_items = 100)]
    pub components: Option<Vec<BundleComponent>>,
}

/// What to change of a product: what is left out stays, null clears. Components are replaced as a whole.
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
    /// What kind of thing it is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Kind)]
    pub kind: Option<Kind>,
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
    /// What it is counted in.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub unit: Patch<Label>,
    /// The tax on it, in percent.
    #[serde(default)]
    #[schema(value_type = Option<Percentage>)]
    pub tax_rate: Patch<Percentage>,
    /// The discount, in percent, that a seller may give without approval.
    #[serde(default)]
    #[schema(value_type = Option<Percentage>)]
    pub discount_limit: Patch<Percentage>,
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
    /// The products that a bundle is made of: these, and no others.
    #[schema(max_items = 100)]
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<BundleComponent>)]
    pub components: Option<Vec<BundleComponent>>,
}

/// A page of products with their components: two queries, however many products.
///
/// # Errors
/// [`Error::Invalid`] names everything in the listing that is wrong.
pub async fn list(ctx: &Ctx, listing: &Listing) -> Result<Page<ProductWithComponents>> {
    let page = ctx.can::<Entity, Read>()?.page(listing).await?;
    let mut components = components(ctx, &bundles(&page.items)).await?;
    Ok(page.map(|row| {
        let of = components.remove(&row.id).unwrap_or_default();
        with_components(row, of)
    }))
}

/// Products with their components, in the order of the rows.
pub(crate) async fn with_their_components(
    ctx: &Ctx,
    rows: Vec<Model>,
) -> Result<Vec<ProductWithComponents>> {
    let mut components = components(ctx, &bundles(&rows)).await?;
    let made = rows.into_iter().map(|row| {
        let of = components.remove(&row.id).unwrap_or_default();
        with_components(row, of)
    });
    Ok(made.collect())
}

/// One product with its components.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: product::Id) -> Result<ProductWithComponents> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    let mut components = components(ctx, &bundles(std::slice::from_ref(&row))).await?;
    Ok(with_components(row, components.remove(&id).unwrap_or_default()))
}

/// Makes a product.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] names every component that cannot be one; [`Error::Duplicate`] where the sku
/// is taken.
pub async fn create(ctx: &Ctx, new: NewProduct) -> Result<ProductWithComponents> {
    ctx.tx(async |tx| {
        tx.can::<Entity, Create>()?;
        let given = new.id;
        let id = given.unwrap_or_default();
        let kind = new.kind.unwrap_or_default();
        let wanted = new.components.clone().unwrap_or_default();
        if !wanted.is_empty() {
            tx.one_at_a_time(BUNDLES).await?;
        }
        let row = row_of(new)?;
        let mut faults = Faults::default();
        check_kind(kind, wanted.len(), "/components", &mut faults);
        let components = draft(tx, id, &wanted, &[], &mut faults).await?;
        faults.check()?;
        insert(tx, given, id, row, components).await
    })
    .await
}

/// Changes a product.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Duplicate`]; [`Error::Conflict`] names every
/// component that cannot be one.
pub async fn update(
    ctx: &Ctx,
    id: product::Id,
    expected: Expected,
    mut patch: ProductPatch,
) -> Result<ProductWithComponents> {
    ctx.tx(async |tx| {
        let wanted = patch.components.take();
        if wanted.is_some() || patch.kind.is_some() {
            // Before the record is locked, as everybody does who changes bundles.
            tx.one_at_a_time(BUNDLES).await?;
        }
        let products = tx.can::<Entity, Update>()?;
        let before = products.lock(id, expected).await?;
        let old = components(tx, &bundles(std::slice::from_ref(&before))).await?.remove(&id);
        let old = old.unwrap_or_default();
        let kind = patch.kind.unwrap_or(before.kind);
        let mut faults = Faults::default();
        let components = match &wanted {
            Some(wanted) => {
                check_kind(kind, wanted.len(), "/components", &mut faults);
                draft(tx, id, wanted, &old, &mut faults).await?
            }
            None => {
                check_kind(kind, old.len(), "/kind", &mut faults);
                old.clone()
            }
        };
        faults.check()?;
        let after = patched::<Entity>(&before, changes(patch)?)?;
        let row = save(tx, &before, after, &old, &components).await?;
        Ok(with_components(row, components))
    })
    .await
}

/// Brings a deleted product back.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where the sku was taken since.
pub async fn restore(ctx: &Ctx, id: product::Id) -> Result<ProductWithComponents> {
    records::restore::<Entity>(ctx, id).await?;
    get(ctx, id).await
}

fn check_kind(kind: Kind, components: usize, at: &str, faults: &mut Faults) {
    if kind != Kind::Bundle && components > 0 {
        faults.conflict(at, "only a bundle has components");
    }
}

fn row_of(new: NewProduct) -> Result<ActiveModel> {
    let price_minor = new.price.minor().map_err(Error::at("/price/amount"))?;
    Ok(ActiveModel {
        sku: Set(new.sku),
        name: Set(new.name),
        kind: Set(new.kind.unwrap_or_default()),
        category: Set(new.category),
        description: Set(new.description),
        price_minor: Set(price_minor),
        currency: Set(new.price.currency),
        unit: Set(new.unit),
        tax_rate: Set(new.tax_rate),
        discount_limit: Set(new.discount_limit),
        active: Set(new.active.unwrap_or(true)),
        custom: Set(new.custom.unwrap_or_default()),
        tags: Set(new.tags.unwrap_or_default()),
        sort_name: Set(String::new()),
        search_text: Set(String::new()),
        ..Default::default()
    })
}

/// A repeated create finds its product there; what it would have made must be the same, components included.
async fn insert(
    tx: &Tx<'_>,
    given: Option<product::Id>,
    id: product::Id,
    row: ActiveModel,
    made_of: Vec<bundle_component::Model>,
) -> Result<ProductWithComponents> {
    let is_there = records::made_before::<Entity>(tx, given).await?.is_some();
    if is_there && components(tx, &[id]).await?.remove(&id).unwrap_or_default() != made_of {
        return Err(Error::Duplicate("a record with this id already exists".to_owned()));
    }
    let row = tx.can::<Entity, Create>()?.insert(Some(id), row).await?;
    if !is_there {
        tx.rows::<bundle_component::Entity>().insert(&made_of).await?;
    }
    Ok(with_components(row, made_of))
}

/// Saves a product that was locked, with its components: they are replaced where they differ.
async fn save(
    tx: &Tx<'_>,
    before: &Model,
    after: Model,
    old: &[bundle_component::Model],
    components: &[bundle_component::Model],
) -> Result<Model> {
    if components != old {
        let rows = tx.rows::<bundle_component::Entity>();
        let those = bundle_component::Column::BundleId.eq(before.id);
        rows.delete(Condition::all().add(those)).await?;
        rows.insert(components).await?;
    }
    let also = [("components", json!(shown(old)), json!(shown(components)))];
    tx.can::<Entity, Update>()?.save(before, after, "updated", &also).await
}

fn changes(patch: ProductPatch) -> Result<ActiveModel> {
    let price_minor = patch.price.as_ref().map(Money::minor).transpose();
    let price_minor = price_minor.map_err(Error::at("/price/amount"))?;
    Ok(ActiveModel {
        sku: patch.sku.map_or(NotSet, Set),
        name: patch.name.map_or(NotSet, Set),
        kind: patch.kind.map_or(NotSet, Set),
        category: patch.category.into_active_value(),
        description: patch.description.into_active_value(),
        price_minor: price_minor.map_or(NotSet, Set),
        currency: patch.price.map_or(NotSet, |price| Set(price.currency)),
        unit: patch.unit.into_active_value(),
        tax_rate: patch.tax_rate.into_active_value(),
        discount_limit: patch.discount_limit.into_active_value(),
        active: patch.active.map_or(NotSet, Set),
        custom: patch.custom.map_or(NotSet, Set),
        tags: patch.tags.map_or(NotSet, Set),
        ..Default::default()
    })
}

/// Those that may have components.
fn bundles(rows: &[Model]) -> Vec<product::Id> {
    rows.iter().filter(|row| row.kind == Kind::Bundle).map(|row| row.id).collect()
}

fn shown(components: &[bundle_component::Model]) -> Vec<BundleComponent> {
    components.iter().cloned().map(BundleComponent::from).collect()
}

fn with_components(row: Model, of: Vec<bundle_component::Model>) -> ProductWithComponents {
    ProductWithComponents { product: row.into(), components: shown(&of) }
}
