//! Leads: their rows are read here and written in [`write`].

mod write;

use std::collections::HashMap;

use rapport_entity::{
    Currency, ExternalId, Invalid, Name,
    sales::lead::{ActiveModel, Status},
};
use sea_orm::ActiveValue::{self, NotSet, Set};

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

/// The fields of leads in a file.
pub const FIELDS: [&str; 22] = [
    "externalId",
    "name",
    "firstName",
    "lastName",
    "companyName",
    "jobTitle",
    "email",
    "phone",
    "registrationNumber",
    "street",
    "postalCode",
    "city",
    "country",
    "status",
    "unqualifiedReason",
    "leadSource",
    "campaign",
    "need",
    "budget",
    "currency",
    "description",
    "ownerEmail",
];

/// Where a lead can stand in a file.
const STATUSES: [&str; 4] = ["new", "working", "qualified", "unqualified"];

/// Reads leads.
pub struct Leads {
    cells: HashMap<&'static str, Cell>,
    extension: Extension,
    usual: Currency,
    format: Format,
}

/// A lead in a file.
pub struct Record {
    pub external_id: ExternalId,
    /// Left as it is, nobody, or the user with this address.
    pub owner: Option<Option<String>>,
    pub status: Option<Status>,
    pub row: ActiveModel,
}

impl Leads {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["externalId"])?;
        Ok(Self {
            cells: FIELDS.map(|field| (field, columns.cell(field))).into(),
            extension: Extension::new(columns, actor, "lead"),
            usual: actor.currency.clone(),
            format: Format::of(import)?,
        })
    }

    fn cell(&self, field: &str) -> &Cell {
        self.cells.get(field).unwrap_or(&Cell::Nothing)
    }

    /// What the file says, as it says it.
    fn row(&self, cells: &mut Cells<'_>) -> ActiveModel {
        let (budget, currency) = self.budget(cells);
        ActiveModel {
            name: cells.value::<Name>(self.cell("name")).map_or(NotSet, Set),
            first_name: cells.set_value(self.cell("firstName")),
            last_name: cells.set_value(self.cell("lastName")),
            company_name: cells.set_value(self.cell("companyName")),
            job_title: cells.set_value(self.cell("jobTitle")),
            email: cells.set_value(self.cell("email")),
            phone: cells.set_value(self.cell("phone")),
            registration_number: cells.set_value(self.cell("registrationNumber")),
            street: cells.set_value(self.cell("street")),
            postal_code: cells.set_value(self.cell("postalCode")),
            city: cells.set_value(self.cell("city")),
            country: cells.set(self.cell("country"), |text| text.to_uppercase().parse()),
            unqualified_reason: cells.set_value(self.cell("unqualifiedReason")),
            lead_source: cells.set_value(self.cell("leadSource")),
            campaign: cells.set_value(self.cell("campaign")),
            need: cells.set_value(self.cell("need")),
            budget_minor: budget,
            currency,
            description: cells.set_value(self.cell("description")),
            custom: self.extension.custom(cells, &self.format),
            tags: self.extension.tags(cells),
            ..Default::default()
        }
    }

    /// What they can spend, in minor units, and in what.
    fn budget(&self, cells: &mut Cells<'_>) -> (ActiveValue<Option<i64>>, ActiveValue<Currency>) {
        let currency = cells.value(self.cell("currency")).unwrap_or_else(|| self.usual.clone());
        let minor = |text: &str| match self.format.money(text, &currency)?.minor()? {
            minor if minor < 0 => Err(Invalid("must not be negative".to_owned())),
            minor => Ok(minor),
        };
        let budget = cells.set(self.cell("budget"), minor);
        let has_one = matches!(budget, Set(Some(_)));
        (budget, if has_one { Set(currency) } else { NotSet })
    }
}

impl Reader for Leads {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, self.cell("externalId")).to_owned()).filter(|key| !key.is_empty())
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let external_id = cells.needed::<ExternalId>(self.cell("externalId"), "externalId");
        let status = cells.parse(self.cell("status"), status);
        let owner = self.cell("ownerEmail");
        let is_absent = cells.is_absent(owner);
        let owner = reference(is_absent, cells.parse(owner, email_key));
        let row = self.row(&mut cells);
        match external_id {
            Some(external_id) if cells.wrong.is_empty() => {
                Ok(Record { external_id, owner, status, row })
            }
            _ => Err(cells.wrong),
        }
    }
}

/// Where a lead stands. What it has become no file can say: that is made by its conversion.
fn status(text: &str) -> Result<Status, Invalid> {
    match word(text, &STATUSES)? {
        Status::Converted => {
            let why =
                "a lead is converted by what is done with it here; import it as it stood before";
            Err(Invalid(why.to_owned()))
        }
        status => Ok(status),
    }
}
