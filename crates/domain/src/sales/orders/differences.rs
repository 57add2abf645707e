use std::collections::{HashMap, VecDeque};

use async_graphql::{Enum, SimpleObject};
use rapport_entity::{
    Money, Name, Percentage, Quantity,
    sales::{
        order::{self, Order},
        order_line::OrderLine,
        product,
        quote::{self, Quote},
        quote_line::QuoteLine,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::orders;
use crate::{
    kernel::{Ctx, Error, Result},
    sales::quotes::quotes::{self, QuoteWithLines},
};

/// How an order is another than the quote that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OrderDifferences {
    /// The order.
    pub order_id: order::Id,
    /// The quote.
    pub quote_id: quote::Id,
    /// What the quote comes to, without tax.
    pub quoted: Money,
    /// What the order comes to, without tax.
    pub ordered: Money,
    /// The lines that differ. None where the order is what was quoted.
    #[schema(max_items = 400)]
    pub lines: Vec<OrderLineDifference>,
}

/// A line that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OrderLineDifference {
    /// In what.
    pub kind: OrderDifferenceKind,
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What it is, in words.
    pub description: Name,
    /// What was quoted of it.
    pub quoted: Option<OrderLineTerms>,
    /// What was ordered of it.
    pub ordered: Option<OrderLineTerms>,
}

/// How a line of an order differs from the quote's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum OrderDifferenceKind {
    /// It was not quoted.
    Added,
    /// It was not ordered.
    Removed,
    /// It was quoted otherwise.
    Changed,
}

/// How many, and for how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct OrderLineTerms {
    /// How many.
    pub quantity: Quantity,
    /// What one costs.
    pub unit_price: Money,
    /// What is taken off, in percent.
    pub discount: Percentage,
    /// The tax on it, in percent.
    pub tax_rate: Percentage,
    /// What it comes to, without tax.
    pub amount: Money,
}

/// How an order is another than the quote that it comes from. Lines are the same where they are of the same product in the
/// same words; of several, the first of one is held against the first of the other.
///
/// # Errors
/// [`Error::NotFound`] where the order comes from no quote.
pub async fn get(ctx: &Ctx, id: order::Id) -> Result<OrderDifferences> {
    let order = orders::get(ctx, id).await?;
    let quote = order.order.quote_id.ok_or(Error::NotFound("quote"))?;
    let quote = quotes::get(ctx, quote).await?;
    Ok(differences(&order.order, &order.lines, &quote))
}

fn differences(order: &Order, ordered: &[OrderLine], of: &QuoteWithLines) -> OrderDifferences {
    let QuoteWithLines { quote, lines: quoted } = of;
    let quote: &Quote = quote;
    let mut left: HashMap<Key<'_>, VecDeque<&QuoteLine>> = HashMap::new();
    for line in quoted {
        left.entry((line.product_id, &line.description)).or_default().push_back(line);
    }
    let mut lines = Vec::new();
    for line in ordered {
        let key = (line.product_id, &line.description);
        let was = left.get_mut(&key).and_then(VecDeque::pop_front).map(quoted_terms);
        let is = ordered_terms(line);
        let kind = match &was {
            None => OrderDifferenceKind::Added,
            Some(was) if *was != is => OrderDifferenceKind::Changed,
            Some(_) => continue,
        };
        lines.push(difference(kind, key, was, Some(is)));
    }
    for line in quoted {
        let key = (line.product_id, &line.description);
        let kept = left.get(&key).is_some_and(|left| left.contains(&line));
        if kept {
            let was = Some(quoted_terms(line));
            lines.push(difference(OrderDifferenceKind::Removed, key, was, None));
        }
    }
    OrderDifferences {
        order_id: order.id,
        quote_id: quote.id,
        quoted: quote.amount.clone(),
        ordered: order.total.clone(),
        lines,
    }
}

/// What makes lines the same.
type Key<'a> = (Option<product::Id>, &'a Name);

fn difference(
    kind: OrderDifferenceKind,
    (product_id, description): Key<'_>,
    quoted: Option<OrderLineTerms>,
    ordered: Option<OrderLineTerms>,
) -> OrderLineDifference {
    let description = description.clone();
    OrderLineDifference { kind, product_id, description, quoted, ordered }
}

fn quoted_terms(line: &QuoteLine) -> OrderLineTerms {
    OrderLineTerms {
        quantity: line.quantity,
        unit_price: line.unit_price.clone(),
        discount: line.discount,
        tax_rate: line.tax_rate,
        amount: line.net.clone(),
    }
}

fn ordered_terms(line: &OrderLine) -> OrderLineTerms {
    OrderLineTerms {
        quantity: line.quantity,
        unit_price: line.unit_price.clone(),
        discount: line.discount,
        tax_rate: line.tax_rate,
        amount: line.amount.clone(),
    }
}
