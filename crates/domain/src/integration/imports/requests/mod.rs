//! Service requests with their history: their rows are read here and written in [`write`]. A file has one row for each thing
//! that has happened to a request, or one for each request; rows of the same request are parts of it, wherever they stand.

mod draft;
mod known;
mod write;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use csv::StringRecord;
use rapport_entity::{
    Custom, ExternalId, Invalid, Name, Tags, Text, TimeZone,
    service::service_request::{Channel, Kind, Level, Priority},
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

/// The fields of service requests in a file.
pub const FIELDS: [&str; 21] = [
    "externalId",
    "subject",
    "description",
    "kind",
    "impact",
    "urgency",
    "priority",
    "channel",
    "customerExternalId",
    "productSku",
    "ownerEmail",
    "queue",
    "status",
    "event",
    "eventAt",
    "body",
    "openedAt",
    "resolvedAt",
    "closedAt",
    "promisedAt",
    "resolution",
];

/// What these say is looked up in the file's words, so that what is not known can be told in them.
pub const IN_THE_FILES_WORDS: [&str; 2] = ["status", "event"];

/// The most rows of a request.
const MOST: usize = 10_000;

/// Reads service requests.
pub struct Requests {
    cells: HashMap<&'static str, Cell>,
    extension: Extension,
    format: Format,
    zone: TimeZone,
}

/// A service request in a file.
pub struct Record {
    pub external_id: ExternalId,
    pub subject: Option<Name>,
    pub description: ActiveValue<Option<Text>>,
    pub kind: Option<Kind>,
    pub impact: Option<Level>,
    pub urgency: Option<Level>,
    pub channel: Option<Channel>,
    /// Left as it is, nobody, or the customer with this id.
    pub customer: Option<Option<ExternalId>>,
    /// Left as it is, none, or the product with this sku.
    pub product: Option<Option<String>>,
    pub opened_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub promised_at: ActiveValue<Option<DateTime<Utc>>>,
    pub resolution: ActiveValue<Option<Text>>,
    pub custom: ActiveValue<Custom>,
    pub tags: ActiveValue<Tags>,
    pub events: Vec<Event>,
}

/// Something that has happened to a request: a row of the file.
pub struct Event {
    /// The line that it is on.
    pub line: u64,
    pub at: Option<DateTime<Utc>>,
    /// The status that it came into, in the file's words.
    pub status: Option<String>,
    /// What was done, in the file's words.
    pub event: Option<String>,
    pub body: Option<Text>,
    pub priority: Option<Priority>,
    /// Left as it was, nobody, or the user with this address.
    pub owner: Option<Option<String>>,
    /// Left as it was, none, or the queue with this name.
    pub queue: Option<Option<String>>,
}

impl Requests {
    pub fn new(columns: &Columns, import: &Import, actor: &Actor) -> Result<Self> {
        require(columns, &["externalId"])?;
        Ok(Self {
            cells: FIELDS.map(|field| (field, columns.cell(field))).into(),
            extension: Extension::new(columns, actor, "service_request"),
            format: Format::of(import)?,
            zone: actor.time_zone.clone(),
        })
    }

    fn cell(&self, field: &str) -> &Cell {
        self.cells.get(field).unwrap_or(&Cell::Nothing)
    }

    fn moment(&self, cells: &mut Cells<'_>, field: &str) -> Option<DateTime<Utc>> {
        cells.parse(self.cell(field), |text| self.format.moment(text, &self.zone))
    }

    fn words(&self, cells: &Cells<'_>, field: &str) -> Option<String> {
        Some(cells.text(self.cell(field)).to_owned()).filter(|text| !text.is_empty())
    }

    fn event(&self, cells: &mut Cells<'_>, line: u64) -> Event {
        let (owner, queue) = (self.cell("ownerEmail"), self.cell("queue"));
        let (no_owner, no_queue) = (cells.is_absent(owner), cells.is_absent(queue));
        Event {
            line,
            at: self.moment(cells, "eventAt"),
            status: self.words(cells, "status"),
            event: self.words(cells, "event"),
            body: cells.value(self.cell("body")),
            priority: cells.parse(self.cell("priority"), |text| {
                word(text, &["low", "normal", "high", "urgent"])
            }),
            // An address that is none is nobody's that is known here.
            owner: reference(no_owner, self.words(cells, "ownerEmail").map(address)),
            queue: reference(no_queue, self.words(cells, "queue")),
        }
    }

    fn record(&self, cells: &mut Cells<'_>, events: Vec<Event>) -> Option<Record> {
        let external_id = cells.needed::<ExternalId>(self.cell("externalId"), "externalId");
        let (customer, product) = (self.cell("customerExternalId"), self.cell("productSku"));
        let (no_customer, no_product) = (cells.is_absent(customer), cells.is_absent(product));
        Some(Record {
            external_id: external_id?,
            subject: cells.value(self.cell("subject")),
            description: cells.set_value(self.cell("description")),
            kind: cells.parse(self.cell("kind"), kind),
            impact: cells.parse(self.cell("impact"), level),
            urgency: cells.parse(self.cell("urgency"), level),
            channel: cells.parse(self.cell("channel"), channel),
            customer: reference(no_customer, cells.value(customer)),
            product: reference(no_product, self.words(cells, "productSku")),
            opened_at: self.moment(cells, "openedAt"),
            resolved_at: self.moment(cells, "resolvedAt"),
            closed_at: self.moment(cells, "closedAt"),
            promised_at: cells
                .set(self.cell("promisedAt"), |text| self.format.moment(text, &self.zone)),
            resolution: cells.set_value(self.cell("resolution")),
            custom: self.extension.custom(cells, &self.format),
            tags: self.extension.tags(cells),
            events,
        })
    }
}

fn address(text: String) -> String {
    email_key(&text).unwrap_or(text)
}

fn kind(text: &str) -> Result<Kind, Invalid> {
    word(text, &["question", "fault", "complaint", "return", "request", "other"])
}

fn level(text: &str) -> Result<Level, Invalid> {
    word(text, &["low", "medium", "high"])
}

fn channel(text: &str) -> Result<Channel, Invalid> {
    const CHANNELS: [&str; 9] =
        ["api", "form", "email", "phone", "chat", "device", "web", "visit", "other"];
    word(text, &CHANNELS)
}

/// What the rows of a request say of it together: of each column, what the last row says that says anything.
fn together(rows: &[Row]) -> Option<Row> {
    let first = rows.first()?;
    if rows.len() == 1 {
        return Some(first.clone());
    }
    let said = |n: usize| {
        let place = Cell::Column("".into(), n);
        let last = rows.iter().rev().find(|row| !text(row, &place).is_empty()).unwrap_or(first);
        last.cells.get(n).unwrap_or_default()
    };
    let cells: StringRecord = (0..first.cells.len()).map(said).collect();
    Some(Row { line: first.line, cells })
}

impl Reader for Requests {
    type Record = Record;
    const PARTS: bool = true;

    fn key(&self, row: &Row) -> Option<String> {
        Some(text(row, self.cell("externalId")).to_owned()).filter(|key| !key.is_empty())
    }

    fn read(&mut self, rows: &[Row]) -> Result<Record, Vec<Wrong>> {
        let Some(head) = together(rows) else { return Err(Vec::new()) };
        let mut wrong = Vec::new();
        if rows.len() > MOST {
            wrong.push(Wrong::new("externalId", format!("a request has at most {MOST} rows")));
        }
        let mut events = Vec::with_capacity(rows.len());
        for (n, row) in rows.iter().enumerate() {
            let mut cells = Cells::new(n, row);
            events.push(self.event(&mut cells, row.line));
            wrong.append(&mut cells.wrong);
        }
        let mut cells = Cells::new(0, &head);
        let record = self.record(&mut cells, events);
        wrong.append(&mut cells.wrong);
        match record {
            Some(record) if wrong.is_empty() => Ok(record),
            _ => Err(wrong),
        }
    }
}
