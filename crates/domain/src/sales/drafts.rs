//! Lines to be made: what is left out of them is the product's, and what it costs the customer by the price books. The
//! lines of opportunities, quotes and orders come about so.

use std::collections::HashMap;

use rapport_entity::{
    Currency, Date, Money, Name, Percentage, Quantity, customers::customer, sales::product,
};

use super::{
    amounts::LineAmounts,
    prices::{Basis, ResolvedPrice, prices_for},
};
use crate::kernel::{Error, Faults, Read, Result, Tx};

/// A line as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub product_id: Option<product::Id>,
    pub description: Option<&'a Name>,
    pub quantity: Option<Quantity>,
    pub unit_price: Option<&'a Money>,
    pub discount: Option<Percentage>,
    pub tax_rate: Option<Percentage>,
}

/// A line as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    pub position: i32,
    pub product_id: Option<product::Id>,
    pub description: Name,
    pub quantity: Quantity,
    pub unit_price_minor: i64,
    pub discount: Percentage,
    /// The discount that a seller may give without approval.
    pub discount_limit: Option<Percentage>,
    pub tax_rate: Percentage,
    pub amounts: LineAmounts,
}

/// For whom lines are drafted, and in what.
#[derive(Clone, Debug)]
pub struct Drafting<'a> {
    /// Who would buy.
    pub customer: Option<customer::Id>,
    /// The currency of all lines.
    pub currency: &'a Currency,
    /// The day whose prices they have.
    pub day: Date,
    /// What they are lines of, as people say it.
    pub of: &'static str,
    /// The products that it has until now: those that are deleted are no longer sold, but stay.
    pub kept: Vec<product::Id>,
}

impl Drafting<'_> {
    /// The lines as they will be, where nothing is wrong with them: as many queries for one as for all.
    pub async fn lines(
        &self,
        tx: &Tx<'_>,
        asked: &[Asked<'_>],
        faults: &mut Faults,
    ) -> Result<Vec<Drafted>> {
        let products = self.products(tx, asked).await?;
        let prices = self.prices(tx, asked, &products).await?;
        let mut drafted = Vec::with_capacity(asked.len());
        for (n, line) in asked.iter().enumerate() {
            let product = line.product_id.map(|id| products.get(&id));
            drafted.extend(self.line(n, line, product, prices.get(&n), faults));
        }
        Ok(drafted)
    }

    async fn products(
        &self,
        tx: &Tx<'_>,
        asked: &[Asked<'_>],
    ) -> Result<HashMap<product::Id, product::Model>> {
        let ids: Vec<product::Id> = asked.iter().filter_map(|line| line.product_id).collect();
        let products = tx.can::<product::Entity, Read>()?.many(&ids).await?;
        let is_sold = |product: &product::Model| {
            product.deleted_at.is_none() || self.kept.contains(&product.id)
        };
        Ok(products.into_iter().filter(is_sold).map(|product| (product.id, product)).collect())
    }

    /// What the products of lines cost the customer, by the places of the lines. Whoever may not read price books goes by
    /// the products' own prices.
    async fn prices(
        &self,
        tx: &Tx<'_>,
        asked: &[Asked<'_>],
        products: &HashMap<product::Id, product::Model>,
    ) -> Result<HashMap<usize, ResolvedPrice>> {
        let of_line = |(n, line): (usize, &Asked<'_>)| {
            let product = products.get(&line.product_id?)?;
            Some((n, (product, line.quantity.unwrap_or(Quantity::ONE))))
        };
        let (places, wanted): (Vec<usize>, Vec<_>) =
            asked.iter().enumerate().filter_map(of_line).unzip();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let basis =
            Basis { customer: self.customer, currency: self.currency.clone(), day: self.day };
        match prices_for(tx, &basis, &wanted).await {
            Err(Error::Forbidden { .. }) => Ok(HashMap::new()),
            prices => Ok(places.into_iter().zip(prices?).collect()),
        }
    }

    fn line(
        &self,
        n: usize,
        line: &Asked<'_>,
        product: Option<Option<&product::Model>>,
        resolved: Option<&ResolvedPrice>,
        faults: &mut Faults,
    ) -> Option<Drafted> {
        let at = |member: &str| format!("/lines/{n}/{member}");
        if product == Some(None) {
            faults.conflict(at("productId"), "is no product");
            return None;
        }
        let product = product.flatten();
        let description = line.description.or_else(|| product.map(|product| &product.name));
        if description.is_none() {
            faults.conflict(at("description"), "is needed where there is no product");
        }
        let usual = resolved.and_then(|resolved| resolved.unit_price.as_ref());
        let price = self.unit_price(line.unit_price.or(usual), product);
        let unit_price_minor = price.map_err(|why| faults.conflict(at("unitPrice"), why)).ok()?;
        let quantity = line.quantity.unwrap_or(Quantity::ONE);
        let discount = line.discount.unwrap_or(Percentage::ZERO);
        let tax_rate = line.tax_rate.or(product.and_then(|product| product.tax_rate));
        let tax_rate = tax_rate.unwrap_or(Percentage::ZERO);
        let amounts =
            LineAmounts::of(quantity, unit_price_minor, discount, tax_rate, self.currency);
        if amounts.is_none() {
            faults.conflict(at("quantity"), "makes an amount of more than ten whole digits");
        }
        let limit = resolved.and_then(|resolved| resolved.discount_limit);
        Some(Drafted {
            position: n as i32 + 1,
            product_id: line.product_id,
            description: description?.clone(),
            quantity,
            unit_price_minor,
            discount,
            discount_limit: limit.or(product.and_then(|product| product.discount_limit)),
            tax_rate,
            amounts: amounts?,
        })
    }

    fn unit_price(
        &self,
        price: Option<&Money>,
        product: Option<&product::Model>,
    ) -> Result<i64, String> {
        let currency = self.currency;
        match (price, product) {
            (Some(price), _) if price.currency == *currency => {
                price.minor().map_err(|err| err.to_string())
            }
            (Some(_), _) => Err(format!("must be in the {}'s currency, {currency}", self.of)),
            (None, Some(product)) if product.currency == *currency => Ok(product.price_minor),
            (None, Some(_)) => Err(format!("is needed: the product has no price in {currency}")),
            (None, None) => Err("is needed where there is no product".to_owned()),
        }
    }
}
