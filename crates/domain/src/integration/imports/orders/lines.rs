use rapport_entity::{Currency, Money, Name, Quantity, Sku};

use super::super::{
    cells::{Cell, Cells, Format},
    columns::Columns,
};

/// The fields of order lines in a file.
pub const FIELDS: [&str; 5] = ["productSku", "lineDescription", "quantity", "unitPrice", "amount"];

/// What a line without product and description is called.
const UNNAMED: &str = "Purchase";

/// The cells of an order's lines.
pub struct Lines {
    product: Cell,
    description: Cell,
    quantity: Cell,
    unit_price: Cell,
    amount: Cell,
}

/// A line in a file. Where it has no price, the product's is meant.
pub struct Line {
    pub sku: Option<Sku>,
    pub description: Option<Name>,
    pub quantity: Option<Quantity>,
    pub unit_price: Option<Money>,
}

impl Lines {
    pub fn new(columns: &Columns) -> Self {
        Self {
            product: columns.cell("productSku"),
            description: columns.cell("lineDescription"),
            quantity: columns.cell("quantity"),
            unit_price: columns.cell("unitPrice"),
            amount: columns.cell("amount"),
        }
    }

    /// Whether a line can have a price of its own.
    pub fn have_prices(&self) -> bool {
        [&self.product, &self.unit_price, &self.amount]
            .into_iter()
            .any(|cell| *cell != Cell::Nothing)
    }

    /// Reads the line of a row. `total` is the order's, where this is its only line.
    pub fn read(
        &self,
        cells: &mut Cells<'_>,
        format: &Format,
        currency: &Currency,
        total: Option<i64>,
    ) -> Option<Line> {
        let sku = cells.value::<Sku>(&self.product);
        let mut description = cells.value::<Name>(&self.description);
        if sku.is_none() && description.is_none() {
            description = UNNAMED.parse().ok();
        }
        let quantity = cells.parse(&self.quantity, |text| format.decimal(text)?.try_into());
        let price = cells.parse(&self.unit_price, |text| format.money(text, currency));
        let amount = cells.parse(&self.amount, |text| format.money(text, currency)?.minor());
        let amount = amount.or(if price.is_none() { total } else { None });
        let unit_price = self.price(cells, quantity, price, amount, currency);
        if unit_price.is_none() && sku.is_none() && cells.wrong.is_empty() {
            cells.fault("unitPrice", "is missing, and so are amount and productSku");
        }
        Some(Line { sku, description, quantity, unit_price })
    }

    /// The price of one: as it is said, or what the amount comes to. Both must agree.
    fn price(
        &self,
        cells: &mut Cells<'_>,
        quantity: Option<Quantity>,
        price: Option<Money>,
        amount: Option<i64>,
        currency: &Currency,
    ) -> Option<Money> {
        let count = quantity.unwrap_or(Quantity::ONE);
        let Some(amount) = amount else { return price };
        let Some(price) = price else {
            let each = count.each_of(amount);
            if each.is_none() {
                cells.fault("amount", "is not the quantity times a price; leave the quantity out, or give a unitPrice");
            }
            return each.map(|each| Money::from_minor(each, currency.clone()));
        };
        if price.minor().ok().and_then(|each| count.times(each)) != Some(amount) {
            cells.fault("amount", "is not the quantity times the unitPrice");
        }
        Some(price)
    }
}
