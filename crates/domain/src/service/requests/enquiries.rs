//! Service requests of people who are not signed in: by forms. What they say of themselves is written down, and looked for
//! among what we know; what is found they are not told.

use rapport_entity::{
    Email, Label, Name, Phone, Sku, Text,
    customers::customer,
    sales::{order, product},
    service::{
        asset, queue, request_message,
        service_request::{Channel, Kind, Model},
    },
};
use sea_orm::{ColumnTrait, Condition};

use super::{
    NewServiceRequest,
    messages::{self, NewRequestMessage},
    requests::create_in,
};
use crate::{
    kernel::{Error, Read, Result, Tx},
    sales::leads::matches,
    service::queues,
};

/// What somebody turns to us with.
#[derive(Clone, Debug)]
pub(crate) struct Enquiry {
    /// What it is.
    pub kind: Kind,
    /// The queue that it waits in.
    pub queue_id: Option<queue::Id>,
    /// What it is about, in a few words; as the message begins where there are none.
    pub subject: Option<Name>,
    /// What they write.
    pub message: Option<Text>,
    /// What they are called.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// The number of the product that it is about.
    pub sku: Option<Sku>,
    /// The serial number of what it is about.
    pub serial_number: Option<Label>,
    /// The number of the order that it is about.
    pub order_number: Option<Label>,
}

/// Makes a service request of an enquiry, with its first message.
///
/// # Errors
/// [`Error::Invalid`] where nothing is said.
pub(crate) async fn enquire(tx: &Tx<'_>, of: Enquiry) -> Result<Model> {
    let subject = of.subject()?;
    let customer = customer(tx, &of).await?;
    let new = NewServiceRequest {
        description: of.said_of_themselves(),
        kind: Some(of.kind),
        channel: Some(Channel::Form),
        queue_id: queues::open(tx, of.queue_id).await?,
        customer_id: customer,
        product_id: product(tx, &of).await?,
        order_id: order(tx, &of, customer).await?,
        asset_id: asset(tx, &of, customer).await?,
        ..NewServiceRequest::about(subject.clone())
    };
    let request = create_in(tx, new, None).await?;
    let body = match of.message {
        Some(message) if !message.as_str().trim().is_empty() => message,
        _ => subject.as_str().parse().map_err(Error::internal)?,
    };
    let message = NewRequestMessage {
        sender: of.email,
        channel: Some(Channel::Form),
        ..NewRequestMessage::of(request_message::Kind::Customer, body)
    };
    messages::create_in(tx, request.id, message).await?;
    let requests = tx.entailed::<rapport_entity::service::service_request::Entity, Read>();
    requests.one(request.id).await
}

impl Enquiry {
    fn subject(&self) -> Result<Name> {
        /// So much of a message stands for its subject.
        const BEGINNING: usize = 80;
        if let Some(subject) = &self.subject {
            return Ok(subject.clone());
        }
        let text = self.message.as_ref().map(Text::as_str).unwrap_or_default();
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        let line = line.ok_or_else(|| Error::invalid("/description", "must say something"))?;
        let begin: String = line.chars().take(BEGINNING).collect();
        begin.parse().map_err(Error::internal)
    }

    /// What is not proven, for whoever reads the request.
    fn said_of_themselves(&self) -> Option<Text> {
        let lines = [
            ("Name", self.name.as_deref()),
            ("E-mail", self.email.as_ref().map(Email::as_str)),
            ("Telephone", self.phone.as_ref().map(Phone::as_str)),
            ("Product", self.sku.as_ref().map(Sku::as_str)),
            ("Serial number", self.serial_number.as_ref().map(Label::as_str)),
            ("Order", self.order_number.as_ref().map(Label::as_str)),
        ];
        let lines = lines.iter().filter_map(|(name, value)| Some(format!("{name}: {}", (*value)?)));
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() { None } else { lines.join("\n").parse().ok() }
    }
}

/// The customer with this address, where it is one customer's alone.
async fn customer(tx: &Tx<'_>, of: &Enquiry) -> Result<Option<customer::Id>> {
    let Some(email) = &of.email else { return Ok(None) };
    let matches = matches::by_email(tx, email).await?;
    Ok(matches.first().filter(|_| matches.len() == 1).map(|one| one.customer_id))
}

async fn product(tx: &Tx<'_>, of: &Enquiry) -> Result<Option<product::Id>> {
    let Some(sku) = &of.sku else { return Ok(None) };
    let these = Condition::all().add(product::Column::Sku.eq(sku.clone()));
    let found = tx.entailed::<product::Entity, Read>().filtered(these, 1).await?.pop();
    Ok(found.map(|product| product.id))
}

/// The order of this number, where it is the customer's.
async fn order(
    tx: &Tx<'_>,
    of: &Enquiry,
    customer: Option<customer::Id>,
) -> Result<Option<order::Id>> {
    let (Some(number), Some(customer)) = (&of.order_number, customer) else { return Ok(None) };
    let these = Condition::all()
        .add(order::Column::Number.eq(number.as_str()))
        .add(order::Column::CustomerId.eq(customer));
    let found = tx.entailed::<order::Entity, Read>().filtered(these, 1).await?.pop();
    Ok(found.map(|order| order.id))
}

/// The asset with this serial number, where it is the customer's and the only one.
async fn asset(
    tx: &Tx<'_>,
    of: &Enquiry,
    customer: Option<customer::Id>,
) -> Result<Option<asset::Id>> {
    let (Some(serial), Some(customer)) = (&of.serial_number, customer) else { return Ok(None) };
    let these = Condition::all()
        .add(asset::Column::SerialNumber.eq(serial.clone()))
        .add(asset::Column::CustomerId.eq(customer));
    let found = tx.entailed::<asset::Entity, Read>().filtered(these, 2).await?;
    Ok(found.first().filter(|_| found.len() == 1).map(|asset| asset.id))
}
