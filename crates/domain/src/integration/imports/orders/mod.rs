//! Orders: their rows are read here and written in [`write`].

mod draft;
mod lines;
mod write;

use std::collections::HashMap;

use rapport_entity::{
    Currency, Custom, Date, ExternalId, Tags, Text, customers::customer, sales::order::Status,
};
use sea_orm::ActiveValue;

use self::lines::{Line, Lines};
pub use self::write::Writing;
use super::{
    Import,
    batches::Reader,
    cells::{Cell, Cells, Format, text, word},
    columns::{Columns, require},
    customers::{Profile, email_key, reference},
    extension::Extension,
    report::Wrong,
    sheet::Row,
};
use crate::{
    kernel::{Actor, Result},
    sales::orders::lines::MAX_LINES,
};

/// The fields of orders in a file; with those of the customers that are to be made.
pub fn fields(import: &Import) -> Vec<&'static str> {
    let order = [
        "externalId",
        "customerExternalId",
        "ownerEmail",
        "status",
        "orderedOn",
        "currency",
        "total",
        "description",
    ];
    let profile = if import.create_customers { Profile::fields() } else { &[] };
    order.into_iter().chain(lines::FIELDS).chain(profile.iter().copied()).collect()
}

/// Reads orders.
pub struct Orders {
    external_id: Cell,
    customer: Cell,
    owner: Cell,
    status: Cell,
    ordered_on: Cell,
    currency: Cell,
    total: Cell,
    description: Cell,
    lines: Lines,
    profile: Option<Profile>,
    extension: Extension,
    usual: Currency,
    format: Format,
    /// How many orders of a customer and a day there have been, where orders have no id of their own.
    seen: HashMap<(String, Date), u32>,
}

/// An order in a file.
pub struct Record {
    external_id: ExternalId,
    customer: ExternalId,
    profile: Option<Box<customer::ActiveModel>>,
    owner: Option<Option<String>>,
    status: Option<Status>,
    ordered_on: Date,
    currency: Currency,
    /// What the file says that the lines add up to, in minor units.
    total: Option<i64>,
    description: ActiveValue<Option<Text>>,
    custom: ActiveValue<Custom>,
    tags: ActiveValue<Tags>,
    lines: Vec<Line>,
}

impl Orders {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["customerExternalId", "orderedOn"])?;
        let lines = Lines::new(columns);
        if !lines.have_prices() {
            require(columns, &["total"])?;
        }
        Ok(Self {
            external_id: columns.cell("externalId"),
            customer: columns.cell("customerExternalId"),
            owner: columns.cell("ownerEmail"),
            status: columns.cell("status"),
            ordered_on: columns.cell("orderedOn"),
            currency: columns.cell("currency"),
            total: columns.cell("total"),
            description: columns.cell("description"),
            lines,
            profile: import.create_customers.then(|| Profile::new(columns)),
            extension: Extension::new(columns, actor, "order"),
            usual: actor.currency.clone(),
            format: Format::of(import)?,
            seen: HashMap::new(),
        })
    }

    /// The order's own id, or where no column has it, one made of what does not change: the customer, the day, and how
    /// many orders of that customer and that day came before.
    fn identify(
        &mut self,
        cells: &mut Cells<'_>,
        customer: Option<&ExternalId>,
        day: Option<Date>,
    ) -> Option<ExternalId> {
        if self.external_id != Cell::Nothing {
            return cells.needed(&self.external_id, "externalId");
        }
        let (customer, day) = (customer?.as_str(), day?);
        let nth = self.seen.entry((customer.to_owned(), day)).or_default();
        *nth += 1;
        let made = format!("{customer}-{day}-{nth}").parse();
        made.map_err(|invalid| cells.fault("externalId", invalid)).ok()
    }

    /// What rows after the first may leave empty, and must otherwise repeat.
    fn check_same(&self, first: &Row, cells: &mut Cells<'_>, row: &Row) {
        let head = [
            (&self.customer, "customerExternalId"),
            (&self.owner, "ownerEmail"),
            (&self.status, "status"),
            (&self.ordered_on, "orderedOn"),
            (&self.currency, "currency"),
            (&self.total, "total"),
            (&self.description, "description"),
        ];
        for (cell, field) in head {
            let said = text(row, cell);
            if !said.is_empty() && said != text(first, cell) {
                cells.fault(
                    field,
                    format!("differs from the order's first row, on line {}", first.line),
                );
            }
        }
    }

    fn read_lines(
        &self,
        rows: &[Row],
        currency: &Currency,
        total: Option<i64>,
    ) -> Result<Vec<Line>, Vec<Wrong>> {
        let only = if rows.len() == 1 { total } else { None };
        let (mut lines, mut wrong) = (Vec::with_capacity(rows.len()), Vec::new());
        for (n, row) in rows.iter().enumerate() {
            let mut cells = Cells::new(n, row);
            if let (Some(first), true) = (rows.first(), n > 0) {
                self.check_same(first, &mut cells, row);
            }
            lines.extend(self.lines.read(&mut cells, &self.format, currency, only));
            wrong.append(&mut cells.wrong);
        }
        if rows.len() > MAX_LINES {
            wrong.push(Wrong::new("externalId", format!("an order has at most {MAX_LINES} lines")));
        }
        if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
    }
}

impl Reader for Orders {
    type Record = Record;
    const PARTS: bool = true;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, &self.external_id).to_owned()).filter(|key| !key.is_empty())
    }

    fn has_keys(&self) -> bool {
        self.external_id != Cell::Nothing
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(first) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, first);
        let customer = cells.needed::<ExternalId>(&self.customer, "customerExternalId");
        let ordered_on = match cells.text(&self.ordered_on) {
            "" => {
                cells.fault("orderedOn", "is missing");
                None
            }
            _ => cells.parse(&self.ordered_on, |text| self.format.date(text)),
        };
        let external_id = self.identify(&mut cells, customer.as_ref(), ordered_on);
        let owner = reference(cells.is_absent(&self.owner), cells.parse(&self.owner, email_key));
        let status = cells
            .parse(&self.status, |text| word(text, &["draft", "placed", "completed", "cancelled"]));
        let currency = cells.value(&self.currency).unwrap_or_else(|| self.usual.clone());
        let total = cells.parse(&self.total, |text| self.format.money(text, &currency)?.minor());
        let description = cells.set_value(&self.description);
        let custom = self.extension.custom(&mut cells, &self.format);
        let tags = self.extension.tags(&mut cells);
        let profile =
            self.profile.as_ref().map(|profile| Box::new(profile.read(&mut cells, &self.format)));
        let lines =
            self.read_lines(rows, &currency, total).map_err(|wrong| cells.wrong.extend(wrong));
        match (external_id, customer, ordered_on, lines) {
            (Some(external_id), Some(customer), Some(ordered_on), Ok(lines))
                if cells.wrong.is_empty() =>
            {
                Ok(Record {
                    external_id,
                    customer,
                    profile,
                    owner,
                    status,
                    ordered_on,
                    currency,
                    total,
                    description,
                    custom,
                    tags,
                    lines,
                })
            }
            _ => Err(cells.wrong),
        }
    }
}
