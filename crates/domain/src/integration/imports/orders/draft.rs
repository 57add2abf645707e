//! What an order of a file becomes here, by the rules of every order.

use rapport_entity::{
    Custom, Percentage,
    customers::customer,
    identity::user,
    sales::{
        order::{self, ActiveModel, DeliveryStatus, Model, PaymentStatus},
        order_line,
    },
};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::{
    super::{customers::missing, references::References, report::Wrong},
    Line, Record,
};
use crate::{
    kernel::{Faults, Tx},
    sales::orders::lines::{NewOrderLine, draft_line, total},
};

/// An order with everything it refers to.
pub struct Draft {
    pub id: order::Id,
    customer: customer::Id,
    owner: ActiveValue<Option<user::Id>>,
    total_minor: i64,
    pub lines: Vec<order_line::Model>,
}

impl Draft {
    /// The order as it will be, or all that is wrong with it. `there` is the order as it is here.
    pub fn new(
        tx: &Tx<'_>,
        references: &References,
        record: &Record,
        there: Option<&Model>,
    ) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        if there.is_some_and(|there| there.deleted_at.is_some()) {
            wrong.push(Wrong::new(
                "externalId",
                "this order was deleted here; restore it to import it",
            ));
        }
        let customer = customer(references, record).map_err(|reasons| wrong.extend(reasons)).ok();
        let owner = references.owner(record.owner.as_ref());
        let owner = owner.map_err(|reason| wrong.push(reason)).ok();
        let id = there.map_or_else(order::Id::new, |there| there.id);
        let lines = lines(tx, references, id, record, &mut wrong);
        let mut faults = Faults::default();
        let total_minor = total(&lines, &record.currency, &mut faults).net;
        wrong.extend(told(faults));
        if wrong.is_empty() && record.total.is_some_and(|told| told != total_minor) {
            wrong.push(Wrong::new("total", "is not what the lines add up to"));
        }
        match (customer, owner) {
            (Some(customer), Some(owner)) if wrong.is_empty() => {
                Ok(Self { id, customer, owner, total_minor, lines })
            }
            _ => Err(wrong),
        }
    }

    /// What to change of the order that is there.
    pub fn patch(&self, record: &Record) -> ActiveModel {
        ActiveModel {
            customer_id: Set(self.customer),
            owner_id: self.owner.clone(),
            status: record.status.map_or(NotSet, Set),
            ordered_on: Set(record.ordered_on),
            currency: Set(record.currency.clone()),
            total_minor: Set(self.total_minor),
            tax_minor: Set(0),
            description: record.description.clone(),
            custom: record.custom.clone(),
            tags: record.tags.clone(),
            ..Default::default()
        }
    }

    /// The order as a new row: written out, because most of an import is this.
    pub fn row(
        &self,
        tx: &Tx<'_>,
        record: &Record,
        source: &rapport_entity::Source,
        number: String,
    ) -> Model {
        Model {
            id: self.id,
            workspace_id: tx.actor().workspace,
            number,
            customer_id: self.customer,
            owner_id: given(&self.owner).or(tx.actor().user),
            status: record.status.unwrap_or_default(),
            ordered_on: record.ordered_on,
            currency: record.currency.clone(),
            total_minor: self.total_minor,
            tax_minor: 0,
            quote_id: None,
            delivery_status: DeliveryStatus::None,
            payment_status: PaymentStatus::None,
            paid_minor: 0,
            description: given(&record.description),
            source: Some(source.clone()),
            external_id: Some(record.external_id.clone()),
            custom: said(&record.custom),
            comparable: Custom::default(),
            tags: said(&record.tags),
            version: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            deleted_at: None,
        }
    }
}

fn given<T: Clone>(value: &ActiveValue<Option<T>>) -> Option<T>
where
    Option<T>: Into<sea_orm::Value>,
{
    match value {
        Set(value) => value.clone(),
        _ => None,
    }
}

fn said<T: Clone + Default + Into<sea_orm::Value>>(value: &ActiveValue<T>) -> T {
    match value {
        Set(value) => value.clone(),
        _ => T::default(),
    }
}

fn customer(references: &References, record: &Record) -> Result<customer::Id, Vec<Wrong>> {
    if let Some(id) = references.customer(&record.customer) {
        return Ok(id);
    }
    let wrong = |reason| Err(vec![Wrong::new("customerExternalId", reason)]);
    match &record.profile {
        _ if references.has_customer(&record.customer) => {
            wrong("this customer was deleted here; restore it to import it")
        }
        Some(profile) => Err(missing(profile)),
        None => wrong("is no customer of this source; import customers first, or have them made"),
    }
}

fn lines(
    tx: &Tx<'_>,
    references: &References,
    order: order::Id,
    record: &Record,
    wrong: &mut Vec<Wrong>,
) -> Vec<order_line::Model> {
    let mut faults = Faults::default();
    let mut lines = Vec::with_capacity(record.lines.len());
    for (n, line) in record.lines.iter().enumerate() {
        let product = line.sku.as_ref().map(|sku| references.product(sku.as_str()));
        if product == Some(None) {
            wrong.push(Wrong {
                row: n,
                ..Wrong::new("productSku", "is no product; import products first")
            });
            continue;
        }
        let new = new_line(line, product.flatten().map(|product| product.id));
        lines.extend(draft_line(tx, order, n, &new, product, &record.currency, &mut faults));
    }
    wrong.extend(told(faults));
    lines
}

fn new_line(line: &Line, product_id: Option<rapport_entity::sales::product::Id>) -> NewOrderLine {
    NewOrderLine {
        product_id,
        description: line.description.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.clone(),
        // Files say what was paid for each, and nothing of discounts and tax.
        discount: None,
        tax_rate: Some(Percentage::ZERO),
    }
}

/// The faults of an order in the words of its file: `/lines/2/unitPrice` is the third row's `unitPrice`.
fn told(mut faults: Faults) -> Vec<Wrong> {
    let Err(err) = faults.check() else { return Vec::new() };
    let wrong = |fault: &crate::kernel::Fault| {
        let mut parts = fault.pointer.split('/').skip(2);
        let row = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        Wrong { row, ..Wrong::new(parts.next().unwrap_or("total"), &fault.detail) }
    };
    err.faults().iter().map(wrong).collect()
}
