//! Taking a conversion back, while nothing has been built on what it made.

use rapport_entity::{
    customers::{consent, contact, contact_point, customer, interaction},
    sales::{
        lead::{self, Column, Entity, Model, Status},
        opportunity, opportunity_contact, order,
    },
    work::task,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::{
    saving::save,
    states::{Step, after},
};
use crate::{
    kernel::{Ctx, Delete, Described, Expected, Faults, Read, Result, Tx, Update},
    sales::opportunities::opportunities,
};

/// Takes a conversion back: what it made is deleted, what it joined stays, and the lead stands where it stood.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale);
/// [`Error::Refused`](crate::Error::Refused) where the lead is not converted; [`Error::Conflict`](crate::Error::Conflict)
/// names everything that has been built on what was made.
pub async fn unconvert(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.one_at_a_time("lead conversion").await?;
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        let stood = before.status_before.unwrap_or(Status::Working);
        let status = after(before.status, Step::Unconvert(stood))?;
        let mut faults = Faults::default();
        check_opportunity(tx, &before, &mut faults).await?;
        check_contact(tx, &before, &mut faults).await?;
        check_customer(tx, &before, &mut faults).await?;
        faults.check()?;
        delete_made(tx, &before).await?;
        let row = Model {
            status,
            status_before: None,
            converted_at: None,
            customer_id: None,
            contact_id: None,
            opportunity_id: None,
            customer_made: false,
            contact_made: false,
            opportunity_made: false,
            ..before.clone()
        };
        save(tx, &before, row, "unconverted", &[]).await
    })
    .await
}

async fn delete_made(tx: &Tx<'_>, of: &Model) -> Result<()> {
    if let Some(id) = of.opportunity_id.filter(|_| of.opportunity_made)
        && is_there::<opportunity::Entity>(tx, id).await?
    {
        opportunities::delete_made(tx, id).await?;
    }
    if let Some(id) = of.contact_id.filter(|_| of.contact_made)
        && is_there::<contact::Entity>(tx, id).await?
    {
        tx.entailed::<contact::Entity, Delete>().delete(id, Expected::Any).await?;
    }
    if let Some(id) = of.customer_id.filter(|_| of.customer_made)
        && is_there::<customer::Entity>(tx, id).await?
    {
        tx.entailed::<customer::Entity, Delete>().delete(id, Expected::Any).await?;
    }
    Ok(())
}

async fn is_there<E: Described>(tx: &Tx<'_>, id: rapport_entity::Id<E>) -> Result<bool> {
    Ok(!tx.entailed::<E, Read>().live(&[id]).await?.is_empty())
}

/// What has been built on a record that a conversion made, as faults at a member of the lead.
struct Built<'a, 'f> {
    tx: &'a Tx<'a>,
    at: &'static str,
    faults: &'f mut Faults,
}

impl Built<'_, '_> {
    /// The record must be as it was made. Until the transaction ends nobody changes it.
    async fn unchanged<E: Described>(&mut self, id: rapport_entity::Id<E>) -> Result<()>
    where
        E::ActiveModel: sea_orm::TryIntoModel<E::Model>,
    {
        let there = self.tx.entailed::<E, Update>().lock_many(&[id]).await?.pop();
        if there.is_some_and(|there| E::version(&there) > 1) {
            self.faults.conflict(self.at, format!("the {} has been changed since", E::NAME));
        }
        Ok(())
    }

    /// There must be no such records.
    async fn none<E: Described>(&mut self, which: Condition, what: &str) -> Result<()> {
        if !self.tx.entailed::<E, Read>().filtered(which, 1).await?.is_empty() {
            self.faults.conflict(self.at, format!("there are {what} about it"));
        }
        Ok(())
    }
}

async fn check_opportunity(tx: &Tx<'_>, of: &Model, faults: &mut Faults) -> Result<()> {
    let Some(id) = of.opportunity_id.filter(|_| of.opportunity_made) else { return Ok(()) };
    let mut built = Built { tx, at: "/opportunityId", faults };
    built.unchanged::<opportunity::Entity>(id).await?;
    built.none::<task::Entity>(task::Column::OpportunityId.eq(id).into(), "tasks").await?;
    let about = interaction::Column::OpportunityId.eq(id).into();
    built.none::<interaction::Entity>(about, "interactions").await
}

async fn check_contact(tx: &Tx<'_>, of: &Model, faults: &mut Faults) -> Result<()> {
    let Some(id) = of.contact_id.filter(|_| of.contact_made) else { return Ok(()) };
    let mut built = Built { tx, at: "/contactId", faults };
    built.unchanged::<contact::Entity>(id).await?;
    built.none::<task::Entity>(task::Column::ContactId.eq(id).into(), "tasks").await?;
    let about = interaction::Column::ContactId.eq(id).into();
    built.none::<interaction::Entity>(about, "interactions").await?;
    let others = Condition::all().add(Column::ContactId.eq(id)).add(Column::Id.ne(of.id));
    built.none::<Entity>(others, "other leads").await?;
    let made = of.opportunity_id.filter(|_| of.opportunity_made);
    let part = opportunity_contact::Entity::find()
        .filter(opportunity_contact::Column::ContactId.eq(id))
        .limit(2);
    let parts = tx.rows::<opportunity_contact::Entity>().all(part).await?;
    if parts.iter().any(|part| Some(part.opportunity_id) != made) {
        built.faults.conflict(built.at, "the contact has a part in another opportunity");
    }
    Ok(())
}

async fn check_customer(tx: &Tx<'_>, of: &Model, faults: &mut Faults) -> Result<()> {
    let Some(id) = of.customer_id.filter(|_| of.customer_made) else { return Ok(()) };
    let mut built = Built { tx, at: "/customerId", faults };
    built.unchanged::<customer::Entity>(id).await?;
    let contacts = Condition::all()
        .add(contact::Column::CustomerId.eq(id))
        .add_option(of.contact_id.map(|made| contact::Column::Id.ne(made)));
    built.none::<contact::Entity>(contacts, "other contacts").await?;
    let sales = Condition::all()
        .add(opportunity::Column::CustomerId.eq(id))
        .add_option(of.opportunity_id.map(|made| opportunity::Column::Id.ne(made)));
    built.none::<opportunity::Entity>(sales, "other opportunities").await?;
    let others = Condition::all().add(Column::CustomerId.eq(id)).add(Column::Id.ne(of.id));
    built.none::<Entity>(others, "other leads").await?;
    let children = customer::Column::ParentId.eq(id).into();
    built.none::<customer::Entity>(children, "other organizations").await?;
    built.none::<order::Entity>(order::Column::CustomerId.eq(id).into(), "orders").await?;
    built.none::<task::Entity>(task::Column::CustomerId.eq(id).into(), "tasks").await?;
    built.none::<consent::Entity>(consent::Column::CustomerId.eq(id).into(), "consents").await?;
    let points = contact_point::Column::CustomerId.eq(id).into();
    built.none::<contact_point::Entity>(points, "contact points").await?;
    let about = interaction::Column::CustomerId.eq(id).into();
    built.none::<interaction::Entity>(about, "interactions").await
}
