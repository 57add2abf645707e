//! What can be done with every kind of record alike. What a kind does in its own way is in its own module.

use std::{collections::HashMap, hash::Hash};

use rapport_entity::{ExternalId, Id, Money, Source};
use sea_orm::{Condition, TryIntoModel};

use crate::kernel::{
    Ctx, Delete, Described, Error, Expected, Faults, Listing, Page, Read, Result, Tx,
};

/// How another system knows a record.
pub(crate) type Known = (Source, ExternalId);

/// A page of a list of records.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) names everything in the listing that is wrong.
pub async fn list<E: Described>(ctx: &Ctx, listing: &Listing) -> Result<Page<E::Model>> {
    ctx.can::<E, Read>()?.page(listing).await
}

/// One record.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound).
pub async fn get<E: Described>(ctx: &Ctx, id: Id<E>) -> Result<E::Model> {
    ctx.can::<E, Read>()?.one(id).await
}

/// The records with these ids that the actor may see, in any order, deleted ones too: what refers to them still does.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn many<E: Described>(ctx: &Ctx, ids: &[Id<E>]) -> Result<Vec<E::Model>> {
    ctx.can::<E, Read>()?.many(ids).await
}

/// Deletes a record so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale).
pub async fn delete<E: Described>(ctx: &Ctx, id: Id<E>, expected: Expected) -> Result<E::Model>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    ctx.tx(async |tx| tx.can::<E, Delete>()?.delete(id, expected).await).await
}

/// Brings a deleted record back.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn restore<E: Described>(ctx: &Ctx, id: Id<E>) -> Result<E::Model>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    ctx.tx(async |tx| tx.can::<E, Delete>()?.restore(id).await).await
}

/// Rows by what they belong to, in the order in which they came.
pub(crate) fn grouped<K: Eq + Hash, R>(rows: Vec<R>, of: impl Fn(&R) -> K) -> HashMap<K, Vec<R>> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(of(&row)).or_default().push(row);
    }
    groups
}

/// An amount in minor units, where one is given. It must not be negative.
pub(crate) fn not_negative(money: Option<&Money>, at: &str, faults: &mut Faults) -> Option<i64> {
    match money?.minor() {
        Ok(minor) if minor < 0 => {
            faults.invalid(at, "must not be negative");
            None
        }
        Ok(minor) => Some(minor),
        Err(err) => {
            faults.invalid(at, err);
            None
        }
    }
}

/// The record that a repeated create made before: what it would leave to the program, such as the time, is what it was then.
pub(crate) async fn made_before<E: Described>(
    tx: &Tx<'_>,
    id: Option<Id<E>>,
) -> Result<Option<E::Model>> {
    let Some(id) = id else { return Ok(None) };
    Ok(tx.can::<E, Read>()?.live(&[id]).await?.pop())
}

/// The record of which a condition holds that only one can satisfy, such as the id that another system knows it by.
///
/// # Errors
/// [`Error::Refused`] where it is deleted here.
pub(crate) async fn known_by<E: Described>(
    tx: &Tx<'_>,
    condition: Condition,
) -> Result<Option<E::Model>> {
    let found = tx.can::<E, Read>()?.matching_even_deleted(condition).await?.pop();
    match found {
        Some(row) if E::is_deleted(&row) => {
            let (name, id) = (E::NAME, E::id(&row));
            let why = format!("the {name} {id} is deleted here; restore it first");
            Err(Error::Refused(why))
        }
        found => Ok(found),
    }
}

/// Does what makes a record or changes it; once more where somebody else has made it in between, so that it is there to be
/// changed.
///
/// # Errors
/// Those of the work.
pub(crate) async fn made_or_changed<T, F: Future<Output = Result<T>>>(
    mut work: impl FnMut() -> F,
) -> Result<T> {
    match work().await {
        Err(Error::Duplicate(_)) => work().await,
        done => done,
    }
}
