//! What stands on a quote's paper.

use std::collections::BTreeMap;

use rapport_entity::{
    Date, Money, Name, Percentage, Text,
    customers::{contact, customer},
    identity::{user, workspace, workspace_logo},
    sales::{
        quote::{self, Entity, Model, Quote},
        quote_line::QuoteLine,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{lines::lines_of, saving::shown};
use crate::kernel::{Ctx, Error, Read, Result, day_of};

/// What stands on a quote's paper.
#[derive(Clone, Debug)]
pub struct QuotePaper {
    /// Who offers.
    pub company: Name,
    /// Their picture: PNG or JPEG.
    pub logo: Option<workspace_logo::Model>,
    /// The quote.
    pub quote: Quote,
    /// Who is to buy.
    pub customer: Name,
    /// Where they are, line by line.
    pub address: Vec<String>,
    /// The person it is addressed to.
    pub contact: Option<Name>,
    /// Who can be asked.
    pub owner: Option<Name>,
    /// The day it was sent; of a draft today.
    pub day: Date,
    /// What is said before the lines.
    pub introduction: Option<Text>,
    /// What is offered.
    pub lines: Vec<QuoteLine>,
    /// The tax, by its rate.
    pub taxes: Vec<(Percentage, Money)>,
    /// What is said after the lines.
    pub terms: Option<Text>,
    /// What stands at the foot of every page.
    pub footer: Option<Text>,
}

/// What stands on the paper of a quote that the caller may read.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: quote::Id) -> Result<QuotePaper> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    of(ctx, row).await
}

/// The same, of a quote that was read. Whom it names may be seen by whoever sees the quote: it is written on it.
pub(super) async fn of(ctx: &Ctx, row: Model) -> Result<QuotePaper> {
    let id = row.id;
    let lines = lines_of(ctx, &[id]).await?.remove(&id).unwrap_or_default();
    let company = workspace_of(ctx).await?;
    let customer = named::<customer::Entity>(ctx, customer::Column::Id.eq(row.customer_id)).await?;
    let customer = customer.ok_or_else(|| Error::internal("a quote is for somebody"))?;
    let contact = match row.contact_id {
        Some(id) => named::<contact::Entity>(ctx, contact::Column::Id.eq(id)).await?,
        None => None,
    };
    let owner = match row.owner_id {
        Some(id) => named::<user::Entity>(ctx, user::Column::Id.eq(id)).await?,
        None => None,
    };
    let logo = workspace_logo::Entity::find();
    let logo = ctx.rows::<workspace_logo::Entity>().all(logo).await?.pop();
    let now = ctx.database().clock().now();
    let at = row.sent_at.map_or(now, |sent| sent.time());
    let lines = shown(&lines, &row);
    Ok(QuotePaper {
        logo,
        customer: customer.name.clone(),
        address: address(&customer),
        contact: contact.map(|contact| contact.name),
        owner: owner.map(|owner| owner.name),
        day: day_of(at, ctx.actor()).try_into().map_err(Error::internal)?,
        introduction: row.introduction.clone().or(company.quote_introduction),
        terms: row.terms.clone().or(company.quote_terms),
        footer: company.quote_footer,
        company: company.name,
        taxes: taxes(&lines)?,
        lines,
        quote: row.into(),
    })
}

async fn workspace_of(ctx: &Ctx) -> Result<workspace::Model> {
    let own = named::<workspace::Entity>(ctx, workspace::Column::Id.eq(ctx.actor().workspace));
    own.await?.ok_or_else(|| Error::internal("everybody works in a workspace"))
}

/// One row that the paper names, whoever asks.
async fn named<E: rapport_entity::Scoped>(
    ctx: &Ctx,
    which: sea_orm::sea_query::Expr,
) -> Result<Option<E::Model>> {
    Ok(ctx.rows::<E>().all(E::find().filter(which)).await?.pop())
}

fn address(of: &customer::Model) -> Vec<String> {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    let place =
        [of.postal_code.as_ref().map(|it| it.as_str()), of.city.as_ref().map(|it| it.as_str())];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    let street = text(of.street.as_ref().map(|it| it.as_str()));
    let country = text(of.country.as_ref().map(|it| it.as_str()));
    let lines = [street, place.join(" "), country];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// The tax by its rate, the lowest first. Together they are the tax of the quote.
fn taxes(lines: &[QuoteLine]) -> Result<Vec<(Percentage, Money)>> {
    let mut by_rate: BTreeMap<i64, (Percentage, i64)> = BTreeMap::new();
    let mut currency = None;
    for line in lines {
        let minor = line.tax.minor().map_err(Error::internal)?;
        currency.get_or_insert_with(|| line.tax.currency.clone());
        let rate = line.tax_rate;
        by_rate.entry(rate.thousandths()).or_insert((rate, 0)).1 += minor;
    }
    let Some(currency) = currency else { return Ok(Vec::new()) };
    let taxed = by_rate.into_values().filter(|(_, minor)| *minor != 0);
    Ok(taxed.map(|(rate, minor)| (rate, Money::from_minor(minor, currency.clone()))).collect())
}
