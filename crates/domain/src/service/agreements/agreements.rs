use async_graphql::InputObject;
use rapport_entity::{
    Custom, Date, DayCount, ExternalId, Money, MonthCount, Name, Source, Tags, Text,
    customers::{contact, customer},
    identity::user,
    service::agreement::{self, ActiveModel, Column, Entity, Model, Renewal, Status},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::endings;
use crate::{
    becoming::cannot_become,
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, day_of,
        patched,
    },
    number,
    records::{self, Known, not_negative},
};

/// An agreement to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgreement {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<agreement::Id>,
    /// What it is called.
    pub name: Name,
    /// The customer, who stays.
    pub customer_id: customer::Id,
    /// The person there to talk to about it.
    pub contact_id: Option<contact::Id>,
    /// The user who looks after it, and is told when it ends; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// Where it stands; active where left out.
    pub status: Option<Status>,
    /// The first day.
    pub starts_on: Date,
    /// The last day; it goes on where left out.
    pub ends_on: Option<Date>,
    /// What becomes of it when it ends; nothing where left out.
    pub renewal: Option<Renewal>,
    /// It is renewed for so many months: needed where it is renewed by itself.
    pub renewal_months: Option<MonthCount>,
    /// So many days before it ends its owner is told; 30 where left out.
    pub remind_days: Option<DayCount>,
    /// What the customer pays for each term.
    pub fee: Option<Money>,
    /// What was agreed on, in words.
    pub terms: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of an agreement: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementPatch {
    /// What it is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The person there to talk to about it.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// The user who looks after it, and is told when it ends.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Where it stands. What it may not become is refused, and what it may is said.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Status)]
    pub status: Option<Status>,
    /// The first day.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub starts_on: Option<Date>,
    /// The last day.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub ends_on: Patch<Date>,
    /// What becomes of it when it ends.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Renewal)]
    pub renewal: Option<Renewal>,
    /// It is renewed for so many months.
    #[serde(default)]
    #[schema(value_type = Option<MonthCount>)]
    pub renewal_months: Patch<MonthCount>,
    /// So many days before it ends its owner is told.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = DayCount)]
    pub remind_days: Option<DayCount>,
    /// What the customer pays for each term.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub fee: Patch<Money>,
    /// What was agreed on, in words.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub terms: Patch<Text>,
    /// Why it is cancelled.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub cancel_reason: Patch<Text>,
    /// Values of the workspace's custom fields: what is left out stays, null clears.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: all of them, not only what changes.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes an agreement.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewAgreement) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

async fn create_in(tx: &Tx<'_>, new: NewAgreement, known: Option<Known>) -> Result<Model> {
    let agreements = tx.can::<Entity, Create>()?;
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let mut faults = Faults::default();
    let id = new.id;
    let row = new.row(tx, known, there.as_ref(), &mut faults)?;
    let mut row = agreements.complete(id, row)?;
    judge(tx, None, &row, &mut faults).await?;
    faults.check()?;
    if there.is_none() {
        row.number = format!("A-{}", number::reserve(tx, "agreement", 1).await?);
    }
    let made = agreements.insert(id, row).await?;
    if there.is_none() {
        endings::follow(tx, &made).await?;
    }
    Ok(made)
}

impl NewAgreement {
    /// The row. What a repeated create does not say is as it is by now.
    fn row(
        self,
        tx: &Tx<'_>,
        known: Option<Known>,
        there: Option<&Model>,
        faults: &mut Faults,
    ) -> Result<ActiveModel> {
        let (source, external_id) = known.unzip();
        let remind_days = match self.remind_days {
            Some(days) => days,
            None => DayCount::try_from(30).map_err(Error::internal)?,
        };
        let fee_minor = not_negative(self.fee.as_ref(), "/fee", faults);
        let usual = || tx.actor().currency.clone();
        Ok(ActiveModel {
            number: Set(there.map(|there| there.number.clone()).unwrap_or_default()),
            name: Set(self.name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(self.customer_id),
            contact_id: Set(self.contact_id),
            owner_id: self.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            status: Set(self.status.unwrap_or_default()),
            starts_on: Set(self.starts_on),
            ends_on: Set(self.ends_on),
            renewal: Set(self.renewal.unwrap_or_default()),
            renewal_months: Set(self.renewal_months),
            remind_days: Set(remind_days),
            reminded_of: Set(there.and_then(|there| there.reminded_of)),
            renewal_count: Set(there.map_or(0, |there| there.renewal_count)),
            currency: Set(self.fee.map_or_else(usual, |fee| fee.currency)),
            fee_minor: Set(fee_minor),
            terms: Set(self.terms),
            cancel_reason: Set(None),
            source: Set(source),
            external_id: Set(external_id),
            custom: Set(self.custom.unwrap_or_default()),
            tags: Set(self.tags.unwrap_or_default()),
            ..Default::default()
        })
    }
}

/// Changes an agreement.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: agreement::Id,
    expected: Expected,
    patch: AgreementPatch,
) -> Result<Model> {
    ctx.tx(async |tx| change(tx, id, expected, patch, Faults::default()).await).await
}

async fn change(
    tx: &Tx<'_>,
    id: agreement::Id,
    expected: Expected,
    patch: AgreementPatch,
    mut faults: Faults,
) -> Result<Model> {
    let agreements = tx.can::<Entity, Update>()?;
    let before = agreements.lock(id, expected).await?;
    let after = patched::<Entity>(&before, patch.row(&mut faults))?;
    judge(tx, Some(&before), &after, &mut faults).await?;
    faults.check()?;
    let what = match after.status {
        status if status == before.status => "updated",
        Status::Draft => "updated",
        Status::Active => "activated",
        Status::Ended => "ended",
        Status::Cancelled => "cancelled",
    };
    let after = agreements.save(&before, after, what, &[]).await?;
    endings::follow(tx, &after).await?;
    Ok(after)
}

impl AgreementPatch {
    fn row(self, faults: &mut Faults) -> ActiveModel {
        let (fee_minor, currency) = match &self.fee {
            Patch::Keep => (NotSet, NotSet),
            Patch::Clear => (Set(None), NotSet),
            Patch::Set(fee) => {
                (Set(not_negative(Some(fee), "/fee", faults)), Set(fee.currency.clone()))
            }
        };
        ActiveModel {
            name: self.name.map_or(NotSet, Set),
            contact_id: self.contact_id.into_active_value(),
            owner_id: self.owner_id.into_active_value(),
            status: self.status.map_or(NotSet, Set),
            starts_on: self.starts_on.map_or(NotSet, Set),
            ends_on: self.ends_on.into_active_value(),
            renewal: self.renewal.map_or(NotSet, Set),
            renewal_months: self.renewal_months.into_active_value(),
            remind_days: self.remind_days.map_or(NotSet, Set),
            currency,
            fee_minor,
            terms: self.terms.into_active_value(),
            cancel_reason: self.cancel_reason.into_active_value(),
            custom: self.custom.map_or(NotSet, Set),
            tags: self.tags.map_or(NotSet, Set),
            ..Default::default()
        }
    }
}

/// Names everything that is wrong with an agreement as it is to be.
async fn judge(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    faults: &mut Faults,
) -> Result<()> {
    judge_status(tx, before, after, faults);
    if after.ends_on.is_some_and(|end| end < after.starts_on) {
        faults.conflict("/endsOn", "is before startsOn");
    }
    if after.renewal == Renewal::Automatic {
        if after.renewal_months.is_none() {
            faults.conflict("/renewalMonths", "is needed where it is renewed by itself");
        }
        if after.ends_on.is_none() {
            faults.conflict("/endsOn", "is needed where it is renewed by itself");
        }
    }
    if after.cancel_reason.is_some() && after.status != Status::Cancelled {
        faults.conflict("/cancelReason", "is of agreements that are cancelled");
    }
    let parties = |row: &Model| Parties {
        customer: Some(row.customer_id),
        contact: row.contact_id,
        owner: row.owner_id,
        ..Parties::default()
    };
    parties(after).judge(tx, before.map(parties).unwrap_or_default(), faults).await
}

fn judge_status(tx: &Tx<'_>, before: Option<&Model>, after: &Model, faults: &mut Faults) {
    let was = before.map(|before| before.status);
    if was == Some(after.status) {
        return;
    }
    if let Some(was) = was
        && !was.next().contains(&after.status)
    {
        faults.conflict("/status", cannot_become("agreement", (was, after.status), was.next()));
    }
    let today = day_of(tx.now(), tx.actor());
    if was == Some(Status::Ended)
        && after.status == Status::Active
        && after.ends_on.is_some_and(|end| end.day() < today)
    {
        faults.conflict("/endsOn", "is past: say until when it goes on");
    }
}

/// Makes the agreement that another system knows by this id, or changes it. Says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where it is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewAgreement,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewAgreement,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        let Some(found) = records::known_by::<Entity>(tx, by).await? else {
            return Ok((create_in(tx, new, Some(known)).await?, true));
        };
        let mut faults = Faults::default();
        if new.customer_id != found.customer_id {
            faults.conflict("/customerId", "stays as it is");
        }
        Ok((change(tx, found.id, expected, new.into(), faults).await?, false))
    })
    .await
}

impl From<NewAgreement> for AgreementPatch {
    fn from(new: NewAgreement) -> Self {
        Self {
            name: Some(new.name),
            contact_id: new.contact_id.into(),
            owner_id: new.owner_id.into(),
            status: new.status,
            starts_on: Some(new.starts_on),
            ends_on: new.ends_on.into(),
            renewal: new.renewal,
            renewal_months: new.renewal_months.into(),
            remind_days: new.remind_days,
            fee: new.fee.into(),
            terms: new.terms.into(),
            cancel_reason: Patch::Keep,
            custom: new.custom,
            tags: new.tags,
        }
    }
}

/// Deletes an agreement so that it can be restored. What it entitles to does not hold meanwhile.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: agreement::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        endings::follow(tx, &deleted).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted agreement back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(ctx: &Ctx, id: agreement::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        endings::follow(tx, &restored).await?;
        Ok(restored)
    })
    .await
}

/// The newest agreements with each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
