//! Opportunities: their rows are read here and written in [`write`].

mod draft;
mod write;

use std::collections::HashMap;

use rapport_entity::{
    Currency, Custom, Date, ExternalId, Label, Name, Quantity, Tags, Text,
    sales::opportunity::Status,
};
use sea_orm::ActiveValue;

pub use self::write::Writing;
use super::{
    Import,
    batches::Reader,
    cells::{Cell, Cells, Format, text, word},
    columns::{Columns, require},
    customers::{email_key, reference},
    extension::Extension,
    report::Wrong,
    sheet::Row,
};
use crate::kernel::{Actor, Result};

/// The fields of opportunities in a file.
pub const FIELDS: [&str; 26] = [
    "externalId",
    "name",
    "customerExternalId",
    "customerName",
    "ownerEmail",
    "ownerName",
    "pipeline",
    "stage",
    "status",
    "amount",
    "currency",
    "openedOn",
    "expectedCloseOn",
    "closedOn",
    "closeReason",
    "lostTo",
    "need",
    "nextStep",
    "nextStepOn",
    "leadSource",
    "campaign",
    "description",
    "productSku",
    "productName",
    "quantity",
    "unitPrice",
];

/// Reads opportunities.
pub struct Opportunities {
    cells: HashMap<&'static str, Cell>,
    extension: Extension,
    usual: Currency,
    format: Format,
}

/// How another record is named in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Named<K> {
    /// By the key that it alone has.
    Key(K),
    /// By its name, which others may have too.
    Name(Name),
}

/// An opportunity in a file.
pub struct Record {
    pub external_id: ExternalId,
    pub name: Option<Name>,
    pub customer: Option<Option<Named<ExternalId>>>,
    pub owner: Option<Option<Named<String>>>,
    pub pipeline: Option<Name>,
    pub stage: Option<Name>,
    pub status: Option<Status>,
    /// In minor units.
    pub amount: Option<i64>,
    pub currency: Currency,
    pub opened_on: ActiveValue<Option<Date>>,
    pub expected_close_on: ActiveValue<Option<Date>>,
    pub closed_on: Option<Date>,
    pub close_reason: Option<Name>,
    pub lost_to: ActiveValue<Option<Label>>,
    pub need: ActiveValue<Option<Text>>,
    pub next_step: ActiveValue<Option<Name>>,
    pub next_step_on: ActiveValue<Option<Date>>,
    pub lead_source: ActiveValue<Option<Label>>,
    pub campaign: ActiveValue<Option<Label>>,
    pub description: ActiveValue<Option<Text>>,
    pub custom: ActiveValue<Custom>,
    pub tags: ActiveValue<Tags>,
    pub line: Option<Line>,
}

/// What is to be sold.
pub struct Line {
    pub product: Named<String>,
    pub quantity: Quantity,
    /// In minor units.
    pub unit_price: Option<i64>,
}

impl Opportunities {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["externalId"])?;
        Ok(Self {
            cells: FIELDS.map(|field| (field, columns.cell(field))).into(),
            extension: Extension::new(columns, actor, "opportunity"),
            usual: actor.currency.clone(),
            format: Format::of(import)?,
        })
    }

    fn cell(&self, field: &str) -> &Cell {
        self.cells.get(field).unwrap_or(&Cell::Nothing)
    }

    fn day(&self, cells: &mut Cells<'_>, field: &str) -> ActiveValue<Option<Date>> {
        cells.set(self.cell(field), |text| self.format.date(text))
    }

    /// Another record by the key that it alone has, or else by its name; what says neither leaves it as it is.
    fn named<K>(
        &self,
        cells: &mut Cells<'_>,
        (by_key, by_name): (&str, &str),
        key: impl FnOnce(&str) -> Result<K, rapport_entity::Invalid>,
    ) -> Option<Option<Named<K>>> {
        let (by_key, by_name) = (self.cell(by_key), self.cell(by_name));
        let is_absent = cells.is_absent(by_key) && cells.is_absent(by_name);
        let key = cells.parse(by_key, key).map(Named::Key);
        let named = key.or_else(|| cells.value(by_name).map(Named::Name));
        reference(is_absent, named)
    }

    fn line(&self, cells: &mut Cells<'_>, currency: &Currency) -> Option<Line> {
        let product = self.named(cells, ("productSku", "productName"), |text| Ok(text.to_owned()));
        let quantity = cells
            .parse(self.cell("quantity"), |text| Quantity::try_from(self.format.decimal(text)?));
        let unit_price =
            cells.parse(self.cell("unitPrice"), |text| self.format.money(text, currency)?.minor());
        let product = product.flatten()?;
        Some(Line { product, quantity: quantity.unwrap_or(Quantity::ONE), unit_price })
    }
}

impl Reader for Opportunities {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, self.cell("externalId")).to_owned()).filter(|key| !key.is_empty())
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let cells = &mut cells;
        let external_id = cells.needed::<ExternalId>(self.cell("externalId"), "externalId");
        let currency = cells.value(self.cell("currency")).unwrap_or_else(|| self.usual.clone());
        let record = Record {
            external_id: external_id.ok_or_else(|| cells.wrong.clone())?,
            name: cells.value(self.cell("name")),
            customer: self.named(cells, ("customerExternalId", "customerName"), str::parse),
            owner: self.named(cells, ("ownerEmail", "ownerName"), email_key),
            pipeline: cells.value(self.cell("pipeline")),
            stage: cells.value(self.cell("stage")),
            status: cells.parse(self.cell("status"), |text| word(text, &["open", "won", "lost"])),
            amount: cells
                .parse(self.cell("amount"), |text| self.format.money(text, &currency)?.minor()),
            opened_on: self.day(cells, "openedOn"),
            expected_close_on: self.day(cells, "expectedCloseOn"),
            closed_on: cells.parse(self.cell("closedOn"), |text| self.format.date(text)),
            close_reason: cells.value(self.cell("closeReason")),
            lost_to: cells.set_value(self.cell("lostTo")),
            need: cells.set_value(self.cell("need")),
            next_step: cells.set_value(self.cell("nextStep")),
            next_step_on: self.day(cells, "nextStepOn"),
            lead_source: cells.set_value(self.cell("leadSource")),
            campaign: cells.set_value(self.cell("campaign")),
            description: cells.set_value(self.cell("description")),
            custom: self.extension.custom(cells, &self.format),
            tags: self.extension.tags(cells),
            line: self.line(cells, &currency),
            currency,
        };
        match cells.wrong.is_empty() {
            true => Ok(record),
            false => Err(std::mem::take(&mut cells.wrong)),
        }
    }
}
