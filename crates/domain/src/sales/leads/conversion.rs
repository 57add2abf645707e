use async_graphql::InputObject;
use rapport_entity::{
    Date, Label, Money, Name,
    customers::{
        contact,
        customer::{self, Kind},
    },
    sales::{
        lead::{self, Entity, Model},
        opportunity, opportunity_contact, pipeline, pipeline_stage,
    },
};
use serde::Deserialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{
    matches::{self, LeadMatch},
    saving::save,
    states::{Step, after},
};
use crate::{
    customers::{
        contacts::{self, NewContact},
        customers::{self, NewCustomer},
    },
    kernel::{Ctx, Error, Expected, Faults, Read, Result, Tx, Update},
    sales::opportunities::{
        opportunities::{self, NewOpportunity},
        parts::NewOpportunityContact,
    },
};

/// What a lead becomes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConvertLead {
    /// The customer it turned out to be, or to speak for; where left out, the one who matches, or else a new one.
    pub customer_id: Option<customer::Id>,
    /// The contact there that it turned out to be; where left out, the one who matches, or else a new one.
    pub contact_id: Option<contact::Id>,
    /// Whether a customer is made even where one matches; not where left out.
    pub new_customer: Option<bool>,
    /// What a new customer is; where left out, an organization if the lead has a company or a registration number.
    pub kind: Option<Kind>,
    /// The opportunity to be made; none where left out.
    pub opportunity: Option<LeadOpportunity>,
}

/// The opportunity that a lead becomes. It has the lead's need, budget, source, campaign and owner.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeadOpportunity {
    /// What it is called; as the company or the lead where left out.
    pub name: Option<Name>,
    /// The pipeline it goes through; that of the stage where left out, or else the workspace's default.
    pub pipeline_id: Option<pipeline::Id>,
    /// The stage it comes into, whose entry criteria it must meet; the first one where left out.
    pub stage_id: Option<pipeline_stage::Id>,
    /// What it is worth; the lead's budget where left out.
    pub amount: Option<Money>,
    /// The day it is expected to be closed.
    pub expected_close_on: Option<Date>,
}

/// Makes an open lead a customer, with a contact where it is an organization, and an opportunity where one is wanted; or
/// joins those who are there already.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where the lead is not open; [`Error::Conflict`] names every
/// customer who matches, where there are several, and whatever stands in the way of the opportunity.
pub async fn convert(
    ctx: &Ctx,
    id: lead::Id,
    expected: Expected,
    to: ConvertLead,
) -> Result<Model> {
    if to.new_customer == Some(true) && (to.customer_id.is_some() || to.contact_id.is_some()) {
        return Err(Error::invalid("/newCustomer", "is one too many beside who is there already"));
    }
    ctx.tx(async |tx| {
        // So that two leads of the same person do not both become customers.
        tx.one_at_a_time("lead conversion").await?;
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let status = after(before.status, Step::Convert)?;
        let customer = customer_of(tx, &before, &to).await?;
        let contact = contact_of(tx, &before, &customer).await?;
        let opportunity = match &to.opportunity {
            Some(wanted) => Some(sell(tx, &before, wanted, &customer, contact).await?),
            None => None,
        };
        let row = Model {
            status,
            status_before: Some(before.status),
            converted_at: Some(tx.now()),
            customer_id: Some(customer.id),
            customer_made: customer.made,
            contact_id: contact.map(|contact| contact.0),
            contact_made: contact.is_some_and(|contact| contact.1),
            opportunity_made: opportunity.is_some(),
            opportunity_id: opportunity,
            ..before.clone()
        };
        save(tx, &before, row, "converted", NOTHING_ELSE).await
    })
    .await
}

/// No members are kept elsewhere.
const NOTHING_ELSE: &[(&str, Json, Json)] = &[];

/// The customer that a lead becomes.
struct Becomes {
    id: customer::Id,
    kind: Kind,
    made: bool,
    /// The contact there that the lead turned out to be.
    contact: Option<contact::Id>,
}

async fn customer_of(tx: &Tx<'_>, of: &Model, to: &ConvertLead) -> Result<Becomes> {
    let there = match (to.customer_id, to.contact_id) {
        (None, None) if to.new_customer == Some(true) => None,
        (None, None) => the_one(matches::find(tx, of).await?)?,
        (customer, contact) => Some(named(tx, customer, contact).await?),
    };
    let Some((id, contact)) = there else { return make(tx, of, to.kind).await };
    let found = tx.can::<customer::Entity, Read>()?.live(&[id]).await?.pop();
    let found = found.ok_or_else(|| Error::conflict("/customerId", "is no customer"))?;
    let contact = match contact {
        Some(contact) => Some(contact),
        None => {
            let matches = matches::find(tx, of).await?;
            matches.into_iter().find(|one| one.customer_id == id).and_then(|one| one.contact_id)
        }
    };
    Ok(Becomes { id, kind: found.kind, made: false, contact })
}

/// The one customer who matches, if any does.
fn the_one(matches: Vec<LeadMatch>) -> Result<Option<(customer::Id, Option<contact::Id>)>> {
    if let [_, _, ..] = matches.as_slice() {
        let mut faults = Faults::default();
        for one in &matches {
            let why: Vec<&str> = one.reasons.iter().map(|reason| reason.said()).collect();
            let (id, name, why) = (one.customer_id, one.name.as_str(), why.join(" and "));
            faults.conflict("/customerId", format!("may be {id} ({name:?}) by the {why}; say who"));
        }
        faults.check()?;
    }
    Ok(matches.into_iter().next().map(|one| (one.customer_id, one.contact_id)))
}

/// The customer and the contact that the caller names.
async fn named(
    tx: &Tx<'_>,
    customer: Option<customer::Id>,
    contact: Option<contact::Id>,
) -> Result<(customer::Id, Option<contact::Id>)> {
    let Some(id) = contact else {
        let customer = customer.ok_or_else(|| Error::internal("one of the two is named"))?;
        return Ok((customer, None));
    };
    let found = tx.can::<contact::Entity, Read>()?.live(&[id]).await?.pop();
    match found {
        Some(found) if customer.is_none_or(|customer| customer == found.customer_id) => {
            Ok((found.customer_id, Some(id)))
        }
        _ => Err(Error::conflict("/contactId", "is no contact of this customer")),
    }
}

/// Makes the customer.
async fn make(tx: &Tx<'_>, of: &Model, kind: Option<Kind>) -> Result<Becomes> {
    let is_organization = of.company_name.is_some() || of.registration_number.is_some();
    let kind = kind.unwrap_or(if is_organization { Kind::Organization } else { Kind::Person });
    let common = NewCustomer {
        street: of.street.clone(),
        postal_code: of.postal_code.clone(),
        city: of.city.clone(),
        country: of.country.clone(),
        owner_id: of.owner_id,
        ..NewCustomer::named(kind, of.name.clone())
    };
    let (email, phone) = (of.email.clone(), of.phone.clone());
    let new = match kind {
        Kind::Person => NewCustomer {
            first_name: of.first_name.clone(),
            last_name: of.last_name.clone(),
            email,
            phone,
            ..common
        },
        Kind::Organization => {
            let name = of.company_name.clone().unwrap_or_else(|| of.name.clone());
            // How the person is reached is the contact's.
            let has_contact = person(of).is_some();
            let (email, phone) = if has_contact { (None, None) } else { (email, phone) };
            NewCustomer { name, email, phone, ..common }
        }
    };
    let made = customers::create_in(tx, new).await?;
    Ok(Becomes { id: made.id, kind, made: true, contact: None })
}

/// The name of the person who speaks for a company.
fn person(of: &Model) -> Option<Name> {
    let parts = [&of.first_name, &of.last_name].map(|part| part.as_ref().map(Label::as_str));
    let names: Vec<&str> = parts.into_iter().flatten().collect();
    let other = || of.company_name.as_ref().filter(|company| **company != of.name);
    names.join(" ").parse().ok().or_else(|| other().map(|_| of.name.clone()))
}

/// The contact at an organization, and whether it was made.
async fn contact_of(
    tx: &Tx<'_>,
    of: &Model,
    customer: &Becomes,
) -> Result<Option<(contact::Id, bool)>> {
    if let Some(there) = customer.contact {
        return Ok(Some((there, false)));
    }
    let Some(name) = person(of).filter(|_| customer.kind == Kind::Organization) else {
        return Ok(None);
    };
    let new = NewContact {
        id: None,
        customer_id: customer.id,
        name,
        first_name: of.first_name.clone(),
        last_name: of.last_name.clone(),
        job_title: of.job_title.clone(),
        role: None,
        email: of.email.clone(),
        phone: of.phone.clone(),
        description: None,
        custom: None,
        tags: None,
    };
    let made = contacts::create_in(tx, new).await?;
    Ok(Some((made.id, true)))
}

/// Makes the opportunity.
async fn sell(
    tx: &Tx<'_>,
    of: &Model,
    wanted: &LeadOpportunity,
    customer: &Becomes,
    contact: Option<(contact::Id, bool)>,
) -> Result<opportunity::Id> {
    let name = wanted.name.clone().or_else(|| of.company_name.clone());
    let budget = of.budget_minor.map(|minor| Money::from_minor(minor, of.currency.clone()));
    let contacts = contact.map(|(contact_id, _)| {
        let role = opportunity_contact::Role::Other;
        vec![NewOpportunityContact { contact_id, role, is_primary: Some(true), note: None }]
    });
    let new = NewOpportunity {
        customer_id: Some(customer.id),
        owner_id: of.owner_id,
        pipeline_id: wanted.pipeline_id,
        stage_id: wanted.stage_id,
        amount: wanted.amount.clone().or_else(|| budget.clone()),
        budget,
        expected_close_on: wanted.expected_close_on,
        lead_source: of.lead_source.clone(),
        campaign: of.campaign.clone(),
        need: of.need.clone(),
        description: of.description.clone(),
        contacts,
        ..NewOpportunity::named(name.unwrap_or_else(|| of.name.clone()))
    };
    let made = opportunities::create_in(tx, new, None).await;
    made.map(|made| made.id).map_err(|err| err.under("/opportunity"))
}
