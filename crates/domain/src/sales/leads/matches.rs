use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Enum, SimpleObject};
use rapport_entity::{
    Email, Name,
    customers::{contact, contact_point, customer},
    sales::lead::{self, Status},
};
use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::{Ctx, Described, Read, Result, Tx};

/// So many records are looked at for each thing that a lead may have in common with others.
const MOST: u64 = 20;

/// A customer whom a lead may be, or speak for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "LeadMatchRow")]
pub struct LeadMatch {
    /// The customer.
    pub customer_id: customer::Id,
    /// What the customer is called.
    pub name: Name,
    /// The person there, where it is one of the contacts who matches.
    pub contact_id: Option<contact::Id>,
    /// What they have in common.
    pub reasons: Vec<LeadMatchReason>,
}

/// What a lead and a customer have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum LeadMatchReason {
    /// The e-mail address: the customer's, a contact's, or one of the contact points.
    Email,
    /// The telephone number: the customer's, a contact's, or one of the contact points.
    Phone,
    /// The registration number: another lead with it became this customer.
    RegistrationNumber,
}

impl LeadMatchReason {
    /// How it is said to people.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "telephone number",
            Self::RegistrationNumber => "registration number",
        }
    }
}

/// The customers whom a lead would join when it is converted, and why; those who have most in common first.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Forbidden`](crate::Error::Forbidden).
pub async fn list(ctx: &Ctx, id: lead::Id) -> Result<Vec<LeadMatch>> {
    ctx.tx(async |tx| {
        tx.unheard();
        let row = tx.can::<lead::Entity, Read>()?.one(id).await?;
        find(tx, &row).await
    })
    .await
}

/// The same, of those customers whom the actor may see.
pub(super) async fn find(tx: &Tx<'_>, of: &lead::Model) -> Result<Vec<LeadMatch>> {
    let mut found = Found::default();
    if let Some(email) = &of.email {
        found.reached_by_email(tx, email).await?;
    }
    if let Some(phone) = &of.phone {
        let written = vec![phone.as_str().to_owned()];
        let by = |column: &str| -> Condition { by_column(column, &written) };
        found.reached(tx, LeadMatchReason::Phone, by, contact_point::Kind::Phone, &written).await?;
    }
    if let Some(number) = &of.registration_number {
        let converted = Condition::all()
            .add(lead::Column::RegistrationNumber.eq(number.clone()))
            .add(lead::Column::Status.eq(Status::Converted));
        for other in some::<lead::Entity>(tx, converted).await? {
            if let Some(customer) = other.customer_id {
                found.add(customer, None, LeadMatchReason::RegistrationNumber);
            }
        }
    }
    found.named(tx).await
}

/// The customers who are reached by an e-mail address, and the people there.
pub(crate) async fn by_email(tx: &Tx<'_>, email: &Email) -> Result<Vec<LeadMatch>> {
    let mut found = Found::default();
    found.reached_by_email(tx, email).await?;
    found.named(tx).await
}

/// An address as it is written, and in small letters.
fn both(email: &Email) -> Vec<String> {
    let mut written = vec![email.as_str().to_owned(), email.normalized()];
    written.dedup();
    written
}

fn by_column(column: &str, written: &[String]) -> Condition {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait};
    Condition::all().add(Expr::col(Alias::new(column)).is_in(written.iter().map(String::as_str)))
}

async fn some<E: Described>(tx: &Tx<'_>, which: Condition) -> Result<Vec<E::Model>> {
    tx.can::<E, Read>()?.filtered(which, MOST).await
}

/// Customers, the people there, and why.
#[derive(Default)]
struct Found(BTreeMap<Uuid, (Option<contact::Id>, BTreeSet<LeadMatchReason>)>);

impl Found {
    fn add(&mut self, customer: customer::Id, who: Option<contact::Id>, why: LeadMatchReason) {
        let entry = self.0.entry(customer.uuid()).or_default();
        entry.0 = entry.0.or(who);
        entry.1.insert(why);
    }

    async fn reached_by_email(&mut self, tx: &Tx<'_>, email: &Email) -> Result<()> {
        let written = both(email);
        let by = |column: &str| -> Condition { by_column(column, &written) };
        self.reached(tx, LeadMatchReason::Email, by, contact_point::Kind::Email, &written).await
    }

    /// Adds whoever is reached so.
    async fn reached(
        &mut self,
        tx: &Tx<'_>,
        why: LeadMatchReason,
        by: impl Fn(&str) -> Condition,
        kind: contact_point::Kind,
        written: &[String],
    ) -> Result<()> {
        let column = if why == LeadMatchReason::Email { "email" } else { "phone" };
        for row in some::<customer::Entity>(tx, by(column)).await? {
            self.add(row.id, None, why);
        }
        for row in some::<contact::Entity>(tx, by(column)).await? {
            self.add(row.customer_id, Some(row.id), why);
        }
        let points = by_column("value", written).add(contact_point::Column::Kind.eq(kind));
        for row in some::<contact_point::Entity>(tx, points).await? {
            self.add(row.customer_id, None, why);
        }
        Ok(())
    }

    /// Those who are there and may be seen.
    async fn named(self, tx: &Tx<'_>) -> Result<Vec<LeadMatch>> {
        let ids: Vec<customer::Id> = self.0.keys().map(|id| (*id).into()).collect();
        let customers = tx.can::<customer::Entity, Read>()?.live(&ids).await?;
        let named = |row: customer::Model| {
            let (contact_id, reasons) = self.0.get(&row.id.uuid()).cloned().unwrap_or_default();
            let reasons = reasons.into_iter().collect();
            LeadMatch { customer_id: row.id, name: row.name, contact_id, reasons }
        };
        let mut matches: Vec<LeadMatch> = customers.into_iter().map(named).collect();
        matches.sort_by_key(|one| (std::cmp::Reverse(one.reasons.len()), one.customer_id.uuid()));
        Ok(matches)
    }
}
