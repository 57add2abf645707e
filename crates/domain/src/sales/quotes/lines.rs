use std::collections::HashMap;

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Money, Name, Percentage, Quantity,
    customers::customer,
    sales::{opportunity_line, product, quote, quote_line},
};
use sea_orm::{DbBackend, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::Expr};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Ctx, Faults, Result, Tx, database::is_one_of},
    records::grouped,
    sales::drafts::{Asked, Drafting},
};

/// The most lines of a quote.
pub const MOST_LINES: usize = 200;

/// A line of a quote to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewQuoteLine {
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What is offered, in words; the product's name where left out.
    pub description: Option<Name>,
    /// How many; one where left out.
    pub quantity: Option<Quantity>,
    /// What one costs; where left out, what the product costs the customer today by the price books, or else its own price,
    /// which must then be in the quote's currency.
    pub unit_price: Option<Money>,
    /// What is taken off, in percent; nothing where left out. More than the product or price book allows needs approval,
    /// where an approval rule says so.
    pub discount: Option<Percentage>,
    /// The tax on it, in percent; the product's where left out, or else none.
    pub tax_rate: Option<Percentage>,
}

impl NewQuoteLine {
    /// A line of an opportunity, to be offered as it is.
    pub(super) fn of(line: opportunity_line::Model, currency: &Currency) -> Self {
        Self {
            product_id: line.product_id,
            description: Some(line.description),
            quantity: Some(line.quantity),
            unit_price: Some(Money::from_minor(line.unit_price_minor, currency.clone())),
            discount: Some(line.discount),
            tax_rate: Some(line.tax_rate),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            product_id: self.product_id,
            description: self.description.as_ref(),
            quantity: self.quantity,
            unit_price: self.unit_price.as_ref(),
            discount: self.discount,
            tax_rate: self.tax_rate,
        }
    }
}

/// The lines as they will be, where nothing is wrong with them.
pub(super) async fn draft(
    tx: &Tx<'_>,
    (id, customer, currency): (quote::Id, customer::Id, &Currency),
    lines: &[NewQuoteLine],
    kept: Vec<product::Id>,
    faults: &mut Faults,
) -> Result<Vec<quote_line::Model>> {
    if lines.len() > MOST_LINES {
        faults.invalid("/lines", format!("must be at most {MOST_LINES}"));
        return Ok(Vec::new());
    }
    let (customer, day) = (Some(customer), tx.today()?);
    let drafting = Drafting { customer, currency, day, of: "quote", kept };
    let asked: Vec<Asked<'_>> = lines.iter().map(NewQuoteLine::asked).collect();
    let drafted = drafting.lines(tx, &asked, faults).await?;
    let stored = drafted.into_iter().map(|line| quote_line::Model {
        workspace_id: tx.actor().workspace,
        quote_id: id,
        position: line.position,
        product_id: line.product_id,
        description: line.description,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
        discount: line.discount,
        discount_limit: line.discount_limit,
        tax_rate: line.tax_rate,
        net_minor: line.amounts.net,
        tax_minor: line.amounts.tax,
    });
    Ok(stored.collect())
}

/// The lines of some quotes that the caller has been shown, in their order.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn lines_of(
    ctx: &Ctx,
    ids: &[quote::Id],
) -> Result<HashMap<quote::Id, Vec<quote_line::Model>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let lines = ctx.rows().all(query(ids, ctx.database().backend())).await?;
    Ok(grouped(lines, |line: &quote_line::Model| line.quote_id))
}

/// The lines of one quote, in their order, as they are in a transaction.
pub(super) async fn lines_in(tx: &Tx<'_>, id: quote::Id) -> Result<Vec<quote_line::Model>> {
    tx.rows().all(query(&[id], tx.backend())).await
}

fn query(ids: &[quote::Id], on: DbBackend) -> Select<quote_line::Entity> {
    use quote_line::{Column, Entity};
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let these = is_one_of(Expr::col(Column::QuoteId), &ids, on);
    Entity::find().filter(these).order_by_asc(Column::Position)
}
