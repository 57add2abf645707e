//! What is looked up to tell prices: as many queries for one line as for all.

use std::collections::{HashMap, HashSet};

use rapport_entity::{
    Currency, Date, Money, Percentage, Quantity,
    customers::customer,
    sales::{
        price_book::{self, EVERYBODY},
        price_book_entry, product, product_cost,
    },
    segmentation::{segment, segment_member},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::{
    PriceOrigin, ResolvedPrice,
    choice::{Books, origin},
};
use crate::kernel::{Error, Reads, Result, database::is_one_of};

/// For whom prices are told, in what, and on which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    /// Who would buy, whom the actor has been shown.
    pub customer: Option<customer::Id>,
    /// The currency of all prices.
    pub currency: Currency,
    /// The day on which they hold.
    pub day: Date,
}

/// What so many of some products cost, in their order: of the books for the customer, for segments that the customer is
/// in and for everybody, by priority, the first that has a price from so many on or fewer; else the product's own price.
/// It sees what the transaction has written that it is asked in, and takes as many queries for one line as for all.
///
/// # Errors
/// [`Error::Forbidden`] without leave to read price books and their prices.
pub(crate) async fn prices_for(
    on: &impl Reads,
    basis: &Basis,
    wanted: &[(&product::Model, Quantity)],
) -> Result<Vec<ResolvedPrice>> {
    let ids: HashSet<Uuid> = wanted.iter().map(|(product, _)| product.id.uuid()).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let books = books(on, basis).await?;
    let entries = entries(on, &books, &ids).await?;
    let costs = costs(on, basis, &ids).await?;
    let books = Books::new(books, entries);
    let priced = |(product, quantity): &(&product::Model, Quantity)| {
        let cost = costs.get(&product.id).copied();
        priced(basis, &books, product, *quantity, cost)
    };
    Ok(wanted.iter().map(priced).collect())
}

/// The books that hold on the day for the customer, for segments that the customer is in and for everybody.
async fn books(on: &impl Reads, basis: &Basis) -> Result<Vec<price_book::Model>> {
    use price_book::Column::{Active, AudienceId, Currency, ValidFrom, ValidTo};
    let segments = segments_of(on, basis.customer).await?;
    let audience: Vec<Uuid> = [EVERYBODY]
        .into_iter()
        .chain(basis.customer.map(|id| id.uuid()))
        .chain(segments.iter().map(|id| id.uuid()))
        .collect();
    let holds = Condition::all()
        .add(is_one_of(Expr::col(AudienceId), &audience, on.backend_of()))
        .add(Currency.eq(basis.currency.clone()))
        .add(Active.eq(true))
        .add(Condition::any().add(ValidFrom.is_null()).add(ValidFrom.lte(basis.day)))
        .add(Condition::any().add(ValidTo.is_null()).add(ValidTo.gte(basis.day)));
    let found = on.reading::<price_book::Entity>()?.filtered(holds, i64::MAX as u64).await?;
    // A client may have given a segment the id of a customer.
    let is_theirs = |book: &price_book::Model| match (book.customer_id, book.segment_id) {
        (Some(customer), _) => Some(customer) == basis.customer,
        (None, Some(segment)) => segments.contains(&segment),
        (None, None) => true,
    };
    Ok(found.into_iter().filter(is_theirs).collect())
}

/// The segments that a customer is in.
async fn segments_of(
    on: &impl Reads,
    customer: Option<customer::Id>,
) -> Result<HashSet<segment::Id>> {
    let Some(customer) = customer else { return Ok(HashSet::new()) };
    let theirs =
        segment_member::Entity::find().filter(segment_member::Column::CustomerId.eq(customer));
    let members = on.rows_of::<segment_member::Entity>().all(theirs).await?;
    Ok(members.into_iter().map(|member| member.segment_id).collect())
}

/// The prices of some products in some books.
async fn entries(
    on: &impl Reads,
    books: &[price_book::Model],
    products: &[Uuid],
) -> Result<Vec<price_book_entry::Model>> {
    use price_book_entry::Column::{PriceBookId, ProductId};
    let entries = on.reading::<price_book_entry::Entity>()?;
    if books.is_empty() || products.is_empty() {
        return Ok(Vec::new());
    }
    let books: Vec<Uuid> = books.iter().map(|book| book.id.uuid()).collect();
    let these = Condition::all()
        .add(is_one_of(Expr::col(PriceBookId), &books, on.backend_of()))
        .add(is_one_of(Expr::col(ProductId), products, on.backend_of()));
    entries.filtered(these, i64::MAX as u64).await
}

/// What some products cost us on the day, in minor units; nothing for whoever may not read it.
async fn costs(
    on: &impl Reads,
    basis: &Basis,
    products: &[Uuid],
) -> Result<HashMap<product::Id, i64>> {
    use product_cost::Column::{Currency, ProductId, ValidFrom};
    let costs = match on.reading::<product_cost::Entity>() {
        Err(Error::Forbidden { .. }) => return Ok(HashMap::new()),
        costs => costs?,
    };
    let begun =
        Condition::all().add(Currency.eq(basis.currency.clone())).add(ValidFrom.lte(basis.day));
    let latest = costs.latest_each_of(ProductId, products, ValidFrom, 1, begun).await?;
    Ok(latest.into_iter().map(|cost| (cost.product_id, cost.cost_minor)).collect())
}

fn priced(
    basis: &Basis,
    books: &Books,
    product: &product::Model,
    quantity: Quantity,
    cost: Option<i64>,
) -> ResolvedPrice {
    let money = |minor| Money::from_minor(minor, basis.currency.clone());
    let list_price = (product.currency == basis.currency).then_some(product.price_minor);
    let unpriced = ResolvedPrice {
        product_id: product.id,
        quantity,
        unit_price: None,
        list_price: list_price.map(money),
        unit_cost: cost.map(money),
        origin: None,
        price_book_id: None,
        price_book_entry_id: None,
        minimum_quantity: None,
        discount_limit: product.discount_limit,
        tax_rate: product.tax_rate,
        reason: format!("there is no price in {}", basis.currency),
    };
    match (books.price(product.id, quantity), list_price) {
        (Some((book, tier)), _) => ResolvedPrice {
            unit_price: Some(money(tier.unit_price_minor)),
            origin: Some(origin(book)),
            price_book_id: Some(book.id),
            price_book_entry_id: Some(tier.id),
            minimum_quantity: Some(tier.minimum_quantity),
            discount_limit: limit(book, tier, product),
            reason: reason(book, tier),
            ..unpriced
        },
        (None, Some(list_price)) => ResolvedPrice {
            unit_price: Some(money(list_price)),
            origin: Some(PriceOrigin::ListPrice),
            reason: "the product's own price".to_owned(),
            ..unpriced
        },
        (None, None) => unpriced,
    }
}

/// The discount that a seller may give: what is nearest to the price says.
fn limit(
    book: &price_book::Model,
    tier: &price_book_entry::Model,
    product: &product::Model,
) -> Option<Percentage> {
    tier.discount_limit.or(book.discount_limit).or(product.discount_limit)
}

fn reason(book: &price_book::Model, tier: &price_book_entry::Model) -> String {
    let whose = match origin(book) {
        PriceOrigin::CustomerPriceBook => "for this customer",
        PriceOrigin::SegmentPriceBook => "for a segment that the customer is in",
        PriceOrigin::PriceBook | PriceOrigin::ListPrice => "for everybody",
    };
    let name = book.name.as_str();
    match tier.minimum_quantity {
        Quantity::ONE => format!("the price book {name:?} {whose}"),
        from => format!("the price book {name:?} {whose}, from {} on", String::from(from)),
    }
}
