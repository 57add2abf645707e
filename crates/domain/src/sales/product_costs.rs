use async_graphql::InputObject;
use rapport_entity::{
    Date, Money,
    sales::{
        product,
        product_cost::{self, ActiveModel, Entity, Model},
    },
};
use sea_orm::ActiveValue::{NotSet, Set};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Faults, Read, Result, Update};

/// A cost of a product to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProductCost {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<product_cost::Id>,
    /// The product.
    pub product_id: product::Id,
    /// What one costs us.
    pub cost: Money,
    /// The first day on which it does. A product has one cost in a currency from a day on.
    pub valid_from: Date,
}

/// What to change of a cost: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductCostPatch {
    /// What one costs us.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Money)]
    pub cost: Option<Money>,
    /// The first day on which it does.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub valid_from: Option<Date>,
}

/// Makes a cost of a product.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Conflict`] where there is no such product; [`Error::Duplicate`] where it has a cost in
/// this currency from this day on.
pub async fn create(ctx: &Ctx, new: NewProductCost) -> Result<Model> {
    let cost_minor = new.cost.minor().map_err(Error::at("/cost/amount"))?;
    let row = ActiveModel {
        product_id: Set(new.product_id),
        cost_minor: Set(cost_minor),
        currency: Set(new.cost.currency),
        valid_from: Set(new.valid_from),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let costs = tx.can::<Entity, Create>()?;
        let mut faults = Faults::default();
        if tx.can::<product::Entity, Read>()?.live(&[new.product_id]).await?.is_empty() {
            faults.conflict("/productId", "is no product");
        }
        faults.check()?;
        costs.insert(new.id, row).await
    })
    .await
}

/// Changes a cost.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: product_cost::Id,
    expected: Expected,
    patch: ProductCostPatch,
) -> Result<Model> {
    let cost_minor = patch.cost.as_ref().map(Money::minor).transpose();
    let cost_minor = cost_minor.map_err(Error::at("/cost/amount"))?;
    let row = ActiveModel {
        cost_minor: cost_minor.map_or(NotSet, Set),
        currency: patch.cost.map_or(NotSet, |cost| Set(cost.currency)),
        valid_from: patch.valid_from.map_or(NotSet, Set),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, row).await).await
}
