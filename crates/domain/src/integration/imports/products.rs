use std::collections::{HashMap, HashSet};

use rapport_entity::{
    Currency, Invalid, Percentage, Sku,
    sales::product::{self, ActiveModel, Entity, Kind},
};
use sea_orm::ActiveValue::{NotSet, Set};

use super::{
    Import,
    batches::{Item, Reader},
    cells::{Cell, Cells, Format, text, truth, word},
    columns::{Columns, require},
    extension::Extension,
    references::products_of,
    report::Wrong,
    run::Writer,
    sheet::Row,
    upsert::{Outcome, Wanted, upsert},
};
use crate::{
    kernel::{Actor, Result, Tx},
    sales::bundles::{BUNDLES, components},
};

/// The fields of products in a file.
pub const FIELDS: [&str; 11] = [
    "sku",
    "name",
    "kind",
    "category",
    "description",
    "price",
    "currency",
    "unit",
    "taxRate",
    "discountLimit",
    "active",
];

/// The kinds of products, as files name them.
const KINDS: [&str; 3] = ["goods", "service", "bundle"];

/// Reads products.
pub struct Products {
    sku: Cell,
    name: Cell,
    kind: Cell,
    category: Cell,
    description: Cell,
    price: Cell,
    currency: Cell,
    unit: Cell,
    tax_rate: Cell,
    discount_limit: Cell,
    active: Cell,
    extension: Extension,
    usual: Currency,
    format: Format,
}

/// A product in a file.
pub struct Record {
    sku: Sku,
    row: ActiveModel,
}

impl Products {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["sku"])?;
        Ok(Self {
            sku: columns.cell("sku"),
            name: columns.cell("name"),
            kind: columns.cell("kind"),
            category: columns.cell("category"),
            description: columns.cell("description"),
            price: columns.cell("price"),
            currency: columns.cell("currency"),
            unit: columns.cell("unit"),
            tax_rate: columns.cell("taxRate"),
            discount_limit: columns.cell("discountLimit"),
            active: columns.cell("active"),
            extension: Extension::new(columns, actor, "product"),
            usual: actor.currency.clone(),
            format: Format::of(import)?,
        })
    }

    /// A percentage.
    fn rate(&self, text: &str) -> Result<Percentage, Invalid> {
        self.format.decimal(text)?.try_into()
    }

    /// The price in minor units. Its currency is the row's, or the workspace's.
    fn price(&self, cells: &mut Cells<'_>, made: &mut ActiveModel) {
        let currency = cells.value(&self.currency).unwrap_or_else(|| self.usual.clone());
        let minor = cells.must(&self.price, |text| self.format.money(text, &currency)?.minor());
        if minor != NotSet {
            made.price_minor = minor;
            made.currency = Set(currency);
        }
    }
}

impl Reader for Products {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, &self.sku).to_owned()).filter(|key| !key.is_empty())
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let sku = cells.needed::<Sku>(&self.sku, "sku");
        let mut made = ActiveModel {
            sku: sku.clone().map_or(NotSet, Set),
            name: cells.must(&self.name, str::parse),
            kind: cells.must(&self.kind, |text| word(text, &KINDS)),
            category: cells.set_value(&self.category),
            description: cells.set_value(&self.description),
            unit: cells.set_value(&self.unit),
            tax_rate: cells.set(&self.tax_rate, |text| self.rate(text)),
            discount_limit: cells.set(&self.discount_limit, |text| self.rate(text)),
            active: cells.must(&self.active, truth),
            custom: self.extension.custom(&mut cells, &self.format),
            tags: self.extension.tags(&mut cells),
            ..Default::default()
        };
        self.price(&mut cells, &mut made);
        match sku {
            Some(sku) if cells.wrong.is_empty() => Ok(Record { sku, row: made }),
            _ => Err(cells.wrong),
        }
    }
}

/// Writes products.
pub struct Writing {
    dry_run: bool,
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self { dry_run: import.dry_run }
    }
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        let keys: HashSet<&str> = items.iter().map(|item| item.record.sku.as_str()).collect();
        let found = products_of(tx, keys).await?;
        let mut there: HashMap<Sku, product::Model> =
            found.into_iter().map(|row| (row.sku.clone(), row)).collect();
        let composed = composed(tx, items, &there).await?;
        let mut outcomes = vec![Outcome::Unchanged; items.len()];
        let (mut wanted, mut places) = (Vec::<Wanted<Entity>>::new(), Vec::new());
        for (n, Item { record, .. }) in items.iter().enumerate() {
            let there = there.remove(&record.sku);
            if there.as_ref().is_some_and(|there| composed.contains(&there.id)) {
                let wrong = Wrong::new("kind", "must stay bundle: the product has components");
                outcomes[n] = Outcome::Failed(vec![wrong]);
                continue;
            }
            match complete(record.row.clone(), there.is_none()) {
                Ok(row) => {
                    wanted.push(Wanted { there, row });
                    places.push(n);
                }
                Err(wrong) => outcomes[n] = Outcome::Failed(wrong),
            }
        }
        let (done, _) = upsert(tx, wanted, self.dry_run).await?;
        places.into_iter().zip(done).for_each(|(n, outcome)| outcomes[n] = outcome);
        Ok(outcomes)
    }
}

/// The products that would no longer be bundles although they have components. Until the transaction ends nobody else
/// says what bundles are made of, where there may be any.
async fn composed(
    tx: &Tx<'_>,
    items: &[Item<Record>],
    there: &HashMap<Sku, product::Model>,
) -> Result<HashSet<product::Id>> {
    let is_other = |record: &Record| matches!(record.row.kind, Set(kind) if kind != Kind::Bundle);
    let others = items.iter().filter(|item| is_other(&item.record));
    let bundles: Vec<product::Id> = others
        .filter_map(|item| there.get(&item.record.sku))
        .filter(|there| there.kind == Kind::Bundle)
        .map(|there| there.id)
        .collect();
    if !bundles.is_empty() {
        tx.one_at_a_time(BUNDLES).await?;
    }
    Ok(components(tx, &bundles).await?.into_keys().collect())
}

/// A new product needs a name and a price, and is sold where nothing else is said.
fn complete(mut row: ActiveModel, new: bool) -> Result<ActiveModel, Vec<Wrong>> {
    if !new {
        return Ok(row);
    }
    let mut wrong = Vec::new();
    if row.name == NotSet {
        wrong.push(Wrong::new("name", "is needed for a new product"));
    }
    if row.price_minor == NotSet {
        wrong.push(Wrong::new("price", "is needed for a new product"));
    }
    if row.kind == NotSet {
        row.kind = Set(Kind::default());
    }
    if row.active == NotSet {
        row.active = Set(true);
    }
    if wrong.is_empty() { Ok(row) } else { Err(wrong) }
}
