use async_graphql::InputObject;
use rapport_entity::{
    Currency, Money, Percentage, Quantity,
    sales::{
        price_book,
        price_book_entry::{self, ActiveModel, Entity, Model},
        product,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Expected, Faults, Patch, Read, Result, Tx, Update, patched};

/// A price in a price book to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPriceBookEntry {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<price_book_entry::Id>,
    /// The price book.
    pub price_book_id: price_book::Id,
    /// The product.
    pub product_id: product::Id,
    /// From how many on the price holds; from one on where left out. A book has one price for a product from a quantity
    /// on.
    pub minimum_quantity: Option<Quantity>,
    /// What one costs, in the price book's currency.
    pub unit_price: Money,
    /// The discount, in percent, that a seller may give on it without approval; the price book says where left out.
    pub discount_limit: Option<Percentage>,
}

/// What to change of a price in a price book: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceBookEntryPatch {
    /// From how many on the price holds.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Quantity)]
    pub minimum_quantity: Option<Quantity>,
    /// What one costs, in the price book's currency.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Money)]
    pub unit_price: Option<Money>,
    /// The discount, in percent, that a seller may give on it without approval.
    #[serde(default)]
    #[schema(value_type = Option<Percentage>)]
    pub discount_limit: Patch<Percentage>,
}

/// Makes a price in a price book.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid); [`Error::Conflict`](crate::Error::Conflict) names all that does not fit: a
/// book or a product that is not there, another currency than the book's, a quantity of nothing.
/// [`Error::Duplicate`](crate::Error::Duplicate) where the book has a price for so many of the product.
pub async fn create(ctx: &Ctx, new: NewPriceBookEntry) -> Result<Model> {
    ctx.tx(async |tx| {
        let entries = tx.can::<Entity, Create>()?;
        let minimum = new.minimum_quantity.unwrap_or(Quantity::ONE);
        let mut faults = Faults::default();
        check_minimum(minimum, &mut faults);
        let currency = book_and_product(tx, &new, &mut faults).await?.map(|book| book.currency);
        let currency = currency.unwrap_or_else(|| new.unit_price.currency.clone());
        let unit_price_minor = in_currency(&new.unit_price, &currency, &mut faults);
        faults.check()?;
        let row = ActiveModel {
            price_book_id: Set(new.price_book_id),
            product_id: Set(new.product_id),
            minimum_quantity: Set(minimum),
            unit_price_minor: Set(unit_price_minor),
            currency: Set(currency),
            discount_limit: Set(new.discount_limit),
            ..Default::default()
        };
        entries.insert(new.id, row).await
    })
    .await
}

/// Changes a price in a price book.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale).
pub async fn update(
    ctx: &Ctx,
    id: price_book_entry::Id,
    expected: Expected,
    patch: PriceBookEntryPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let entries = tx.can::<Entity, Update>()?;
        let before = entries.lock(id, expected).await?;
        let mut faults = Faults::default();
        if let Some(minimum) = patch.minimum_quantity {
            check_minimum(minimum, &mut faults);
        }
        let price = patch.unit_price.as_ref();
        let price = price.map(|price| in_currency(price, &before.currency, &mut faults));
        faults.check()?;
        let row = ActiveModel {
            minimum_quantity: patch.minimum_quantity.map_or(NotSet, Set),
            unit_price_minor: price.map_or(NotSet, Set),
            discount_limit: patch.discount_limit.into_active_value(),
            ..Default::default()
        };
        let after = patched::<Entity>(&before, row)?;
        entries.save(&before, after, "updated", &[]).await
    })
    .await
}

fn check_minimum(minimum: Quantity, faults: &mut Faults) {
    if !minimum.is_some() {
        faults.conflict("/minimumQuantity", "must be more than 0");
    }
}

/// The book, where it is there; and the product must be.
async fn book_and_product(
    tx: &Tx<'_>,
    new: &NewPriceBookEntry,
    faults: &mut Faults,
) -> Result<Option<price_book::Model>> {
    let book = tx.can::<price_book::Entity, Read>()?.live(&[new.price_book_id]).await?.pop();
    if book.is_none() {
        faults.conflict("/priceBookId", "is no price book");
    }
    if tx.can::<product::Entity, Read>()?.live(&[new.product_id]).await?.is_empty() {
        faults.conflict("/productId", "is no product");
    }
    Ok(book)
}

/// The price in minor units, which must be in the book's currency.
fn in_currency(price: &Money, currency: &Currency, faults: &mut Faults) -> i64 {
    if price.currency != *currency {
        faults.conflict("/unitPrice", format!("must be in the price book's currency, {currency}"));
    }
    price.minor().unwrap_or_else(|err| {
        faults.invalid("/unitPrice/amount", err);
        0
    })
}
