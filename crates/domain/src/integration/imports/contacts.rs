use std::collections::HashMap;

use rapport_entity::{
    Email, ExternalId, Name, Source,
    customers::{
        contact::{self, ActiveModel, Entity},
        customer,
    },
    values::fold,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, sea_query::Expr};
use uuid::Uuid;

use super::{
    Import,
    batches::{Item, Reader},
    cells::{Cell, Cells, Format, text},
    columns::{Columns, require},
    extension::Extension,
    references::References,
    report::Wrong,
    run::Writer,
    sheet::Row,
    upsert::{Outcome, Wanted, upsert},
};
use crate::kernel::{Actor, Read, Result, Tx, database::is_one_of};

/// The fields of contacts in a file.
pub const FIELDS: [&str; 9] = [
    "customerExternalId",
    "name",
    "firstName",
    "lastName",
    "jobTitle",
    "role",
    "email",
    "phone",
    "description",
];

/// Reads contacts.
pub struct Contacts {
    customer: Cell,
    name: Cell,
    first_name: Cell,
    last_name: Cell,
    job_title: Cell,
    role: Cell,
    email: Cell,
    phone: Cell,
    description: Cell,
    extension: Extension,
    format: Format,
}

/// A contact in a file.
pub struct Record {
    customer: ExternalId,
    name: Name,
    email: Option<Email>,
    row: ActiveModel,
}

impl Contacts {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["customerExternalId"])?;
        let [first_name, last_name] = ["firstName", "lastName"].map(|field| columns.cell(field));
        if first_name == Cell::Nothing || last_name == Cell::Nothing {
            require(columns, &["name"])?;
        }
        Ok(Self {
            customer: columns.cell("customerExternalId"),
            name: columns.cell("name"),
            first_name,
            last_name,
            job_title: columns.cell("jobTitle"),
            role: columns.cell("role"),
            email: columns.cell("email"),
            phone: columns.cell("phone"),
            description: columns.cell("description"),
            extension: Extension::new(columns, actor, "contact"),
            format: Format::of(import)?,
        })
    }

    /// The name, or where there is no column for it, both its parts.
    fn name_text(&self, row: &Row) -> String {
        match &self.name {
            Cell::Nothing => [&self.first_name, &self.last_name]
                .map(|part| text(row, part))
                .join(" ")
                .trim()
                .to_owned(),
            name => text(row, name).to_owned(),
        }
    }
}

impl Reader for Contacts {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        let who = match text(row, &self.email) {
            "" => fold(&self.name_text(row)),
            email => email.to_ascii_lowercase(),
        };
        Some(format!("{}\0{who}", text(row, &self.customer)))
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let customer = cells.needed::<ExternalId>(&self.customer, "customerExternalId");
        let name = match self.name_text(row) {
            name if name.is_empty() => Err("is missing".to_owned()),
            name => name.parse::<Name>().map_err(|invalid| invalid.to_string()),
        };
        let name = name.map_err(|reason| cells.fault("name", reason)).ok();
        let email = cells.set_value::<Email>(&self.email);
        let made = ActiveModel {
            name: name.clone().map_or(sea_orm::ActiveValue::NotSet, Set),
            first_name: cells.set_value(&self.first_name),
            last_name: cells.set_value(&self.last_name),
            job_title: cells.set_value(&self.job_title),
            role: cells.set_value(&self.role),
            email: email.clone(),
            phone: cells.set_value(&self.phone),
            description: cells.set_value(&self.description),
            custom: self.extension.custom(&mut cells, &self.format),
            tags: self.extension.tags(&mut cells),
            ..Default::default()
        };
        let email = match email {
            Set(email) => email,
            _ => None,
        };
        match (customer, name) {
            (Some(customer), Some(name)) if cells.wrong.is_empty() => {
                Ok(Record { customer, name, email, row: made })
            }
            _ => Err(cells.wrong),
        }
    }
}

/// Writes contacts.
pub struct Writing {
    source: Source,
    dry_run: bool,
    references: References,
}

impl Writing {
    pub fn new(import: &Import) -> Self {
        Self {
            source: import.source.clone(),
            dry_run: import.dry_run,
            references: References::default(),
        }
    }
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        let customers = items.iter().map(|item| &item.record.customer);
        self.references.find_customers(tx, &self.source, customers.clone()).await?;
        let ids = customers.filter_map(|external_id| self.references.customer(external_id));
        let mut known = Known::of(tx, ids.collect()).await?;
        let mut outcomes = vec![Outcome::Unchanged; items.len()];
        let (mut wanted, mut places) = (Vec::<Wanted<Entity>>::new(), Vec::new());
        for (n, Item { record, .. }) in items.iter().enumerate() {
            let Some(customer) = self.references.customer(&record.customer) else {
                let wrong = Wrong::new("customerExternalId", "is no customer of this source");
                outcomes[n] = Outcome::Failed(vec![wrong]);
                continue;
            };
            let row = ActiveModel { customer_id: Set(customer), ..record.row.clone() };
            wanted.push(Wanted { there: known.take(customer, record), row });
            places.push(n);
        }
        let (done, _) = upsert(tx, wanted, self.dry_run).await?;
        places.into_iter().zip(done).for_each(|(n, outcome)| outcomes[n] = outcome);
        Ok(outcomes)
    }

    fn forget(&mut self) {
        self.references.forget();
    }
}

/// The contacts that some customers have.
struct Known(HashMap<customer::Id, Vec<contact::Model>>);

impl Known {
    async fn of(tx: &Tx<'_>, customers: Vec<customer::Id>) -> Result<Self> {
        let mut known: HashMap<customer::Id, Vec<contact::Model>> = HashMap::new();
        if customers.is_empty() {
            return Ok(Self(known));
        }
        let ids: Vec<Uuid> = customers.into_iter().map(|id| id.uuid()).collect();
        let these = Condition::all().add(contact::Column::DeletedAt.is_null()).add(is_one_of(
            Expr::col(contact::Column::CustomerId),
            &ids,
            tx.backend(),
        ));
        for row in tx.can::<Entity, Read>()?.matching_even_deleted(these).await? {
            known.entry(row.customer_id).or_default().push(row);
        }
        Ok(Self(known))
    }

    /// The contact of the same address; else of the same name, unless both have addresses, which then differ.
    fn take(&mut self, customer: customer::Id, record: &Record) -> Option<contact::Model> {
        let contacts = self.0.get_mut(&customer)?;
        let address = |email: &Option<Email>| email.as_ref().map(Email::normalized);
        let (wanted, name) = (address(&record.email), fold(record.name.as_str()));
        let same_address = |row: &contact::Model| wanted.is_some() && address(&row.email) == wanted;
        let same_name = |row: &contact::Model| {
            row.sort_name == name && (wanted.is_none() || row.email.is_none())
        };
        let found = contacts
            .iter()
            .position(same_address)
            .or_else(|| contacts.iter().position(same_name))?;
        Some(contacts.swap_remove(found))
    }
}
