use rapport_entity::{
    customers::{consent, contact, contact_point, customer, interaction},
    integration::{ExportKind, Format},
    sales::{lead, opportunity, order, product},
    work::task,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    integration::inert::inert,
    kernel::{
        Actor, Catalogue, Ctx, Described, Error, FieldKind, Listing, Page, Result, catalogue,
    },
    records,
    sales::{orders::orders, products},
};

/// Records as clients see them.
pub type Records = Vec<Map<String, Value>>;

/// What is known of a kind of records.
pub fn catalogue_of(kind: ExportKind) -> &'static Catalogue {
    match kind {
        ExportKind::Customers => catalogue::<customer::Entity>(),
        ExportKind::Contacts => catalogue::<contact::Entity>(),
        ExportKind::Interactions => catalogue::<interaction::Entity>(),
        ExportKind::Consents => catalogue::<consent::Entity>(),
        ExportKind::ContactPoints => catalogue::<contact_point::Entity>(),
        ExportKind::Tasks => catalogue::<task::Entity>(),
        ExportKind::Products => catalogue::<product::Entity>(),
        ExportKind::Orders => catalogue::<order::Entity>(),
        ExportKind::Opportunities => catalogue::<opportunity::Entity>(),
        ExportKind::Leads => catalogue::<lead::Entity>(),
    }
}

/// Some records, and where to go on.
pub async fn page(
    ctx: &Ctx,
    kind: ExportKind,
    listing: &Listing,
) -> Result<(Records, Option<String>)> {
    match kind {
        ExportKind::Customers => page_of::<customer::Entity>(ctx, listing).await,
        ExportKind::Contacts => page_of::<contact::Entity>(ctx, listing).await,
        ExportKind::Interactions => page_of::<interaction::Entity>(ctx, listing).await,
        ExportKind::Consents => page_of::<consent::Entity>(ctx, listing).await,
        ExportKind::ContactPoints => page_of::<contact_point::Entity>(ctx, listing).await,
        ExportKind::Tasks => page_of::<task::Entity>(ctx, listing).await,
        ExportKind::Products => members(products::list(ctx, listing).await?),
        ExportKind::Orders => members(orders::list(ctx, listing).await?),
        ExportKind::Opportunities => page_of::<opportunity::Entity>(ctx, listing).await,
        ExportKind::Leads => page_of::<lead::Entity>(ctx, listing).await,
    }
}

async fn page_of<E: Described>(ctx: &Ctx, listing: &Listing) -> Result<(Records, Option<String>)> {
    members(records::list::<E>(ctx, listing).await?.map(E::Wire::from))
}

fn members<T: Serialize>(page: Page<T>) -> Result<(Records, Option<String>)> {
    let next = page.next_cursor();
    let object = |record: T| match serde_json::to_value(record) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Error::internal("a record is no object")),
    };
    Ok((page.items.into_iter().map(object).collect::<Result<_>>()?, next))
}

/// The names of all fields, those of the workspace's own that the actor sees among them.
pub fn all_fields(actor: &Actor, kind: ExportKind) -> Vec<String> {
    let of = catalogue_of(kind);
    let own = actor.custom.visible(of.name).map(|own| &own.field);
    of.fields.iter().chain(own).map(|field| field.name.clone()).collect()
}

/// How records become a file.
pub struct Writing {
    format: Format,
    /// The fields that are asked for; all where there are none.
    fields: Option<Vec<String>>,
    columns: Vec<Column>,
}

/// A column of a CSV file.
struct Column {
    name: String,
    field: String,
    of: Part,
}

/// What of a field a column has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Amount,
    Currency,
}

impl Writing {
    pub fn new(kind: ExportKind, format: Format, fields: Option<Vec<String>>) -> Self {
        let of = catalogue_of(kind);
        let named = fields.as_deref().unwrap_or_default().iter();
        Self { format, columns: named.flat_map(|name| columns(of, name)).collect(), fields }
    }

    /// What stands at the beginning of the file.
    pub fn header(&self) -> Result<Vec<u8>> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        match self.format {
            Format::Csv => csv([names]),
            Format::Ndjson => Ok(Vec::new()),
        }
    }

    /// Records, as they stand in the file.
    pub fn records(&self, records: Records) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv(records.iter().map(|record| self.row(record))),
            Format::Ndjson => self.lines(records),
        }
    }

    fn row(&self, record: &Map<String, Value>) -> Vec<String> {
        self.columns.iter().map(|column| cell(record, column)).collect()
    }

    fn lines(&self, records: Records) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for mut record in records {
            if let Some(fields) = &self.fields {
                select(&mut record, fields);
            }
            serde_json::to_writer(&mut bytes, &record)
                .map_err(|err| Error::Internal(err.into()))?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

/// Keeps the members that are asked for, custom fields each for itself.
fn select(record: &mut Map<String, Value>, fields: &[String]) {
    let own = |key: &str| fields.iter().any(|field| field.strip_prefix("custom.") == Some(key));
    if let Some(Value::Object(values)) = record.get_mut("custom") {
        values.retain(|key, _| own(key));
    }
    let any_own = fields.iter().any(|field| field.starts_with("custom."));
    record.retain(|name, _| fields.contains(name) || (name == "custom" && any_own));
}

/// An amount of money takes two columns, named as an import reads them.
fn columns(of: &Catalogue, name: &str) -> Vec<Column> {
    let column = |called: &str, of| Column { name: called.to_owned(), field: name.to_owned(), of };
    match of.field(name).map(|field| &field.kind) {
        Some(FieldKind::Money) => {
            vec![column(name, Part::Amount), column("currency", Part::Currency)]
        }
        _ => vec![column(name, Part::Whole)],
    }
}

fn cell(record: &Map<String, Value>, column: &Column) -> String {
    let value = match column.field.strip_prefix("custom.") {
        Some(key) => record.get("custom").and_then(|values| values.get(key)),
        None => record.get(&column.field),
    };
    let value = match column.of {
        Part::Whole => value,
        Part::Amount => value.and_then(|money| money.get("amount")),
        Part::Currency => value.and_then(|money| money.get("currency")),
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => inert(text).into_owned(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            inert(&texts.join(";")).into_owned()
        }
        // An amount in the currency of the custom field.
        Some(Value::Object(money)) => {
            money.get("amount").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        Some(other) => other.to_string(),
    }
}

fn csv<R: IntoIterator<Item: AsRef<[u8]>>>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        csv.write_record(row).map_err(|err| Error::Internal(err.into()))?;
    }
    csv.into_inner().map_err(|err| Error::internal(err.error()))
}
