use std::collections::{HashMap, HashSet};

use rapport_entity::{
    Email, ExternalId, Invalid, Label, Name, Source,
    customers::customer::{self, ActiveModel, Entity, Kind},
};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::{
    Import,
    batches::{Item, Reader},
    cells::{Cell, Cells, Format, text, whole, word},
    columns::{Columns, require},
    extension::Extension,
    references::{References, customers_of},
    report::Wrong,
    run::Writer,
    sheet::Row,
    upsert::{Outcome, Wanted, upsert},
};
use crate::{
    customers::{
        beginning::beginning,
        customers::{PARENTS, check_parent},
    },
    kernel::{Actor, Result, Tx},
};

/// The fields of customers in a file.
pub const FIELDS: [&str; 21] = [
    "externalId",
    "kind",
    "name",
    "firstName",
    "lastName",
    "email",
    "phone",
    "website",
    "industry",
    "employees",
    "annualRevenue",
    "foundedIn",
    "birthday",
    "street",
    "postalCode",
    "city",
    "country",
    "timeZone",
    "description",
    "parentExternalId",
    "ownerEmail",
];

/// The cells that say what a customer is like, and not how it is tied to others.
pub struct Profile {
    kind: Cell,
    name: Cell,
    first_name: Cell,
    last_name: Cell,
    email: Cell,
    phone: Cell,
    website: Cell,
    industry: Cell,
    employees: Cell,
    annual_revenue: Cell,
    founded_in: Cell,
    birthday: Cell,
    street: Cell,
    postal_code: Cell,
    city: Cell,
    country: Cell,
    time_zone: Cell,
}

impl Profile {
    /// The fields of a profile; they are also fields of orders that make their customers.
    pub fn fields() -> &'static [&'static str] {
        FIELDS.get(1..18).unwrap_or_default()
    }

    pub fn new(columns: &Columns) -> Self {
        Self {
            kind: columns.cell("kind"),
            name: columns.cell("name"),
            first_name: columns.cell("firstName"),
            last_name: columns.cell("lastName"),
            email: columns.cell("email"),
            phone: columns.cell("phone"),
            website: columns.cell("website"),
            industry: columns.cell("industry"),
            employees: columns.cell("employees"),
            annual_revenue: columns.cell("annualRevenue"),
            founded_in: columns.cell("foundedIn"),
            birthday: columns.cell("birthday"),
            street: columns.cell("street"),
            postal_code: columns.cell("postalCode"),
            city: columns.cell("city"),
            country: columns.cell("country"),
            time_zone: columns.cell("timeZone"),
        }
    }

    pub fn read(&self, cells: &mut Cells<'_>, format: &Format) -> ActiveModel {
        ActiveModel {
            kind: cells.must(&self.kind, |text| word::<Kind>(text, &["person", "organization"])),
            name: self.name(cells),
            first_name: cells.set_value(&self.first_name),
            last_name: cells.set_value(&self.last_name),
            email: cells.set_value::<Email>(&self.email),
            phone: cells.set_value(&self.phone),
            website: cells.set_value(&self.website),
            industry: cells.set_value::<Label>(&self.industry),
            employees: cells.set(&self.employees, whole),
            annual_revenue: cells.set(&self.annual_revenue, whole),
            founded_in: cells.set(&self.founded_in, whole),
            birthday: cells.set(&self.birthday, |text| format.date(text)),
            street: cells.set_value(&self.street),
            postal_code: cells.set_value(&self.postal_code),
            city: cells.set_value(&self.city),
            country: cells.set(&self.country, |text| text.to_uppercase().parse()),
            time_zone: cells.set_value(&self.time_zone),
            ..Default::default()
        }
    }

    /// Where there is no column for the name, a person's is made of both its parts.
    fn name(&self, cells: &mut Cells<'_>) -> ActiveValue<Name> {
        let parts = [&self.first_name, &self.last_name];
        if self.name != Cell::Nothing || parts.contains(&&Cell::Nothing) {
            return cells.must(&self.name, str::parse);
        }
        let parts = parts.map(|part| cells.text(part).to_owned());
        match parts.join(" ").trim() {
            "" => {
                cells.fault("name", "is missing");
                NotSet
            }
            name => match name.parse() {
                Ok(name) => Set(name),
                Err(invalid) => {
                    cells.fault("name", invalid);
                    NotSet
                }
            },
        }
    }
}

/// What a customer cannot be made without.
pub fn missing(row: &ActiveModel) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if row.kind == NotSet {
        wrong.push(Wrong::new(
            "kind",
            "is needed for a new customer: a column, or the same for all (set kind=person)",
        ));
    }
    if row.name == NotSet {
        wrong.push(Wrong::new(
            "name",
            "is needed for a new customer: a column, or firstName and lastName",
        ));
    }
    wrong
}

/// Reads customers.
pub struct Customers {
    external_id: Cell,
    profile: Profile,
    description: Cell,
    parent: Cell,
    owner: Cell,
    extension: Extension,
    source: Source,
    format: Format,
}

/// A customer in a file. A reference is left as it is, cleared, or names somebody.
pub struct Record {
    pub external_id: ExternalId,
    parent: Option<Option<ExternalId>>,
    owner: Option<Option<String>>,
    row: ActiveModel,
}

impl Customers {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["externalId"])?;
        Ok(Self {
            external_id: columns.cell("externalId"),
            profile: Profile::new(columns),
            description: columns.cell("description"),
            parent: columns.cell("parentExternalId"),
            owner: columns.cell("ownerEmail"),
            extension: Extension::new(columns, actor, "customer"),
            source: import.source.clone(),
            format: Format::of(import)?,
        })
    }
}

impl Reader for Customers {
    type Record = Record;
    const PARTS: bool = false;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, &self.external_id).to_owned()).filter(|key| !key.is_empty())
    }

    fn after(&self, row: &Row) -> Option<String> {
        let parent = text(row, &self.parent);
        let other = !parent.is_empty() && parent != text(row, &self.external_id);
        other.then(|| parent.to_owned())
    }

    fn has_after(&self) -> bool {
        self.parent != Cell::Nothing
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(row) = rows.first() else { return Err(Vec::new()) };
        let mut cells = Cells::new(0, row);
        let external_id = cells.needed::<ExternalId>(&self.external_id, "externalId");
        let mut made = self.profile.read(&mut cells, &self.format);
        made.description = cells.set_value(&self.description);
        made.custom = self.extension.custom(&mut cells, &self.format);
        made.tags = self.extension.tags(&mut cells);
        made.source = Set(Some(self.source.clone()));
        made.external_id = Set(external_id.clone());
        let parent = reference(cells.is_absent(&self.parent), cells.value(&self.parent));
        let owner = reference(cells.is_absent(&self.owner), cells.parse(&self.owner, email_key));
        match external_id {
            Some(external_id) if cells.wrong.is_empty() => {
                Ok(Record { external_id, parent, owner, row: made })
            }
            _ => Err(cells.wrong),
        }
    }
}

/// What a row says of a reference: nothing where it is absent.
pub fn reference<T>(is_absent: bool, value: Option<T>) -> Option<Option<T>> {
    (!is_absent).then_some(value)
}

/// A user's address as it is compared.
pub fn email_key(text: &str) -> Result<String, Invalid> {
    text.parse::<Email>().map(|email| email.normalized())
}

/// Writes customers.
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

    async fn look_up(
        &mut self,
        tx: &Tx<'_>,
        items: &[Item<Record>],
    ) -> Result<HashMap<ExternalId, customer::Model>> {
        let records = || items.iter().map(|item| &item.record);
        let keys: HashSet<&str> = records().map(|record| record.external_id.as_str()).collect();
        let there = customers_of(tx, &self.source, keys).await?;
        let parents = records().filter_map(|record| record.parent.as_ref()?.as_ref());
        self.references.find_customers(tx, &self.source, parents).await?;
        let owners = records().filter_map(|record| record.owner.as_ref()?.as_deref());
        self.references.find_users(tx, owners).await?;
        let by_key = |row: customer::Model| Some((row.external_id.clone()?, row));
        Ok(there.into_iter().filter_map(by_key).collect())
    }

    /// The record with what it refers to, or what is wrong with that.
    async fn resolve(
        &self,
        tx: &Tx<'_>,
        record: &Record,
        there: Option<&customer::Model>,
    ) -> Result<Result<ActiveModel, Vec<Wrong>>> {
        let mut row = record.row.clone();
        let mut wrong = Vec::new();
        match there {
            Some(there) if there.deleted_at.is_some() => {
                wrong.push(Wrong::new(
                    "externalId",
                    "this customer was deleted here; restore it to import it",
                ));
            }
            Some(_) => {}
            None => wrong.extend(missing(&row)),
        }
        match self.parent(tx, record, there).await? {
            Ok(parent) => row.parent_id = parent,
            Err(reason) => wrong.push(Wrong::new("parentExternalId", reason)),
        }
        match self.references.owner(record.owner.as_ref()) {
            Ok(owner) => row.owner_id = owner,
            Err(reason) => wrong.push(reason),
        }
        Ok(if wrong.is_empty() { Ok(row) } else { Err(wrong) })
    }

    async fn parent(
        &self,
        tx: &Tx<'_>,
        record: &Record,
        there: Option<&customer::Model>,
    ) -> Result<Result<ActiveValue<Option<customer::Id>>, &'static str>> {
        let Some(named) = &record.parent else { return Ok(Ok(NotSet)) };
        let Some(external_id) = named else { return Ok(Ok(Set(None))) };
        let Some(parent) = self.references.customer(external_id) else {
            return Ok(Err("is no customer of this source"));
        };
        let same = there.is_some_and(|there| there.parent_id == Some(parent));
        if same || self.dry_run {
            return Ok(Ok(Set(Some(parent))));
        }
        let checked = check_parent(tx, there.map(|there| there.id), parent).await?;
        Ok(checked.map(|()| Set(Some(parent))))
    }
}

impl Writer for Writing {
    type Record = Record;

    async fn write(&mut self, tx: &Tx<'_>, items: &[Item<Record>]) -> Result<Vec<Outcome>> {
        if items.iter().any(|item| item.record.parent.is_some()) {
            tx.one_at_a_time(PARENTS).await?;
        }
        let mut there = self.look_up(tx, items).await?;
        let beginning = beginning(tx).await?;
        let mut outcomes = vec![Outcome::Unchanged; items.len()];
        let (mut wanted, mut places) = (Vec::<Wanted<Entity>>::new(), Vec::new());
        for (n, item) in items.iter().enumerate() {
            let there = there.remove(&item.record.external_id);
            match self.resolve(tx, &item.record, there.as_ref()).await? {
                Ok(row) => {
                    let row = if there.is_none() { beginning.mark(row) } else { row };
                    wanted.push(Wanted { there, row });
                    places.push(n);
                }
                Err(wrong) => outcomes[n] = Outcome::Failed(wrong),
            }
        }
        let (done, ids) = upsert(tx, wanted, self.dry_run).await?;
        for ((n, outcome), id) in places.into_iter().zip(done).zip(ids) {
            outcomes[n] = outcome;
            if self.dry_run {
                self.references.add_customer(items[n].record.external_id.clone(), id);
            }
        }
        Ok(outcomes)
    }

    fn forget(&mut self) {
        self.references.forget();
    }
}
