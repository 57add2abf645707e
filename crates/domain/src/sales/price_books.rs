use async_graphql::InputObject;
use rapport_entity::{
    Currency, Date, Name, Percentage, Priority, Text,
    customers::customer,
    sales::price_book::{self, ActiveModel, EVERYBODY, Entity, Model},
    segmentation::segment,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{
    Create, Ctx, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
};

/// A price book to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPriceBook {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<price_book::Id>,
    /// What the price book is called; unique in the workspace.
    pub name: Name,
    /// What it is for.
    pub description: Option<Text>,
    /// The currency of all its prices, which stays; the workspace's where left out.
    pub currency: Option<Currency>,
    /// The first day on which its prices hold; they have always held where left out.
    pub valid_from: Option<Date>,
    /// The last day on which its prices hold; they go on where left out.
    pub valid_to: Option<Date>,
    /// Whether its prices hold at all; they do where left out.
    pub active: Option<bool>,
    /// Of several books for the same customer, for segments or for everybody, the one with the highest comes first;
    /// 0 where left out.
    pub priority: Option<Priority>,
    /// The customer that it is for.
    pub customer_id: Option<customer::Id>,
    /// The segment whose members it is for. Without a customer and a segment it is for everybody.
    pub segment_id: Option<segment::Id>,
    /// The discount, in percent, that a seller may give on its prices without approval.
    pub discount_limit: Option<Percentage>,
}

/// What to change of a price book: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceBookPatch {
    /// What the price book is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The first day on which its prices hold.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub valid_from: Patch<Date>,
    /// The last day on which its prices hold.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub valid_to: Patch<Date>,
    /// Whether its prices hold at all.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
    /// Of several books for the same customer, for segments or for everybody, the one with the highest comes first.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Priority)]
    pub priority: Option<Priority>,
    /// The customer that it is for.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub customer_id: Patch<customer::Id>,
    /// The segment whose members it is for.
    #[serde(default)]
    #[schema(value_type = Option<segment::Id>)]
    pub segment_id: Patch<segment::Id>,
    /// The discount, in percent, that a seller may give on its prices without approval.
    #[serde(default)]
    #[schema(value_type = Option<Percentage>)]
    pub discount_limit: Patch<Percentage>,
}

/// Makes a price book.
///
/// # Errors
/// [`Error::Conflict`] names all that does not fit: a customer or a segment that is not there, both of them, an end
/// before the beginning. [`Error::Duplicate`] where the name is taken.
pub async fn create(ctx: &Ctx, new: NewPriceBook) -> Result<Model> {
    ctx.tx(async |tx| {
        let books = tx.can::<Entity, Create>()?;
        let id = new.id;
        let row = books.complete(id, row_of(tx, new)?)?;
        check(tx, None, &row).await?;
        books.insert(id, row).await
    })
    .await
}

/// Changes a price book.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: price_book::Id,
    expected: Expected,
    patch: PriceBookPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let books = tx.can::<Entity, Update>()?;
        let before = books.lock(id, expected).await?;
        let after = patched::<Entity>(&before, changes(patch))?;
        check(tx, Some(&before), &after).await?;
        books.save(&before, after, "updated", &[]).await
    })
    .await
}

fn row_of(tx: &Tx<'_>, new: NewPriceBook) -> Result<ActiveModel> {
    let lowest = Priority::try_from(0).map_err(Error::internal)?;
    Ok(ActiveModel {
        name: Set(new.name),
        sort_name: Set(String::new()),
        description: Set(new.description),
        currency: Set(new.currency.unwrap_or_else(|| tx.actor().currency.clone())),
        valid_from: Set(new.valid_from),
        valid_to: Set(new.valid_to),
        active: Set(new.active.unwrap_or(true)),
        priority: Set(new.priority.unwrap_or(lowest)),
        customer_id: Set(new.customer_id),
        segment_id: Set(new.segment_id),
        audience_id: Set(EVERYBODY),
        discount_limit: Set(new.discount_limit),
        ..Default::default()
    })
}

fn changes(patch: PriceBookPatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        valid_from: patch.valid_from.into_active_value(),
        valid_to: patch.valid_to.into_active_value(),
        active: patch.active.map_or(NotSet, Set),
        priority: patch.priority.map_or(NotSet, Set),
        customer_id: patch.customer_id.into_active_value(),
        segment_id: patch.segment_id.into_active_value(),
        discount_limit: patch.discount_limit.into_active_value(),
        ..Default::default()
    }
}

/// Whoever the book is for anew must be there and visible, and its days must follow one another.
async fn check(tx: &Tx<'_>, before: Option<&Model>, after: &Model) -> Result<()> {
    let mut faults = Faults::default();
    if let (Some(first), Some(last)) = (after.valid_from, after.valid_to)
        && last < first
    {
        faults.conflict("/validTo", "is before validFrom");
    }
    if after.customer_id.is_some() && after.segment_id.is_some() {
        faults
            .conflict("/segmentId", "cannot be beside a customer: a price book is for one of them");
    }
    if let Some(id) = after.customer_id
        && before.and_then(|before| before.customer_id) != Some(id)
        && tx.can::<customer::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/customerId", "is no customer");
    }
    if let Some(id) = after.segment_id
        && before.and_then(|before| before.segment_id) != Some(id)
        && tx.can::<segment::Entity, Read>()?.live(&[id]).await?.is_empty()
    {
        faults.conflict("/segmentId", "is no segment");
    }
    faults.check()
}
