use async_graphql::InputObject;
use rapport_entity::{
    CountryCode, Custom, ExternalId, Label, Name, Source, Tags, Text, TimeZone,
    customers::{contact, customer},
    service::{
        asset, entitlement, service_request,
        site::{self, ActiveModel, Column, Entity, Model},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel, EntityTrait, QueryFilter,
    QuerySelect, sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    records::{self, Known},
};

/// A site to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSite {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<site::Id>,
    /// What it is called.
    pub name: Name,
    /// The customer whose place it is, who stays.
    pub customer_id: customer::Id,
    /// The person there to talk to.
    pub contact_id: Option<contact::Id>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// The time zone there.
    pub time_zone: Option<TimeZone>,
    /// How to get there and in, and anything else worth knowing.
    pub description: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of a site: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SitePatch {
    /// What it is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The person there to talk to.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub street: Patch<Name>,
    /// Postal code.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub postal_code: Patch<Label>,
    /// Town.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub city: Patch<Label>,
    /// Country.
    #[serde(default)]
    #[schema(value_type = Option<CountryCode>)]
    pub country: Patch<CountryCode>,
    /// The time zone there.
    #[serde(default)]
    #[schema(value_type = Option<TimeZone>)]
    pub time_zone: Patch<TimeZone>,
    /// How to get there and in, and anything else worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Values of the workspace's custom fields: what is left out stays, null clears.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: all of them, not only what changes.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes a site.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewSite) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

async fn create_in(tx: &Tx<'_>, new: NewSite, known: Option<Known>) -> Result<Model> {
    let sites = tx.can::<Entity, Create>()?;
    let id = new.id;
    let row = sites.complete(id, new.row(known))?;
    judge(tx, None, &row, Faults::default()).await?;
    sites.insert(id, row).await
}

impl NewSite {
    fn row(self, known: Option<Known>) -> ActiveModel {
        let (source, external_id) = known.unzip();
        ActiveModel {
            name: Set(self.name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(self.customer_id),
            contact_id: Set(self.contact_id),
            street: Set(self.street),
            postal_code: Set(self.postal_code),
            city: Set(self.city),
            country: Set(self.country),
            time_zone: Set(self.time_zone),
            description: Set(self.description),
            source: Set(source),
            external_id: Set(external_id),
            custom: Set(self.custom.unwrap_or_default()),
            tags: Set(self.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
}

/// Changes a site.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`], [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: site::Id,
    expected: Expected,
    patch: SitePatch,
) -> Result<Model> {
    ctx.tx(async |tx| change(tx, id, expected, patch, Faults::default()).await).await
}

async fn change(
    tx: &Tx<'_>,
    id: site::Id,
    expected: Expected,
    patch: SitePatch,
    faults: Faults,
) -> Result<Model> {
    let sites = tx.can::<Entity, Update>()?;
    let before = sites.lock(id, expected).await?;
    let after = patched::<Entity>(&before, patch)?;
    judge(tx, Some(&before), &after, faults).await?;
    sites.save(&before, after, "updated", &[]).await
}

/// Names everything that is wrong with a site as it is to be.
async fn judge(
    tx: &Tx<'_>,
    before: Option<&Model>,
    after: &Model,
    mut faults: Faults,
) -> Result<()> {
    let parties = |row: &Model| Parties {
        customer: Some(row.customer_id),
        contact: row.contact_id,
        ..Parties::default()
    };
    let were = before.map(parties).unwrap_or_default();
    parties(after).judge(tx, were, &mut faults).await?;
    faults.check()
}

/// Makes the site that another system knows by this id, or changes it. Says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where it is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewSite,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, known.clone(), expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: Known,
    expected: Expected,
    new: NewSite,
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

impl From<NewSite> for SitePatch {
    fn from(new: NewSite) -> Self {
        Self {
            name: Some(new.name),
            contact_id: new.contact_id.into(),
            street: new.street.into(),
            postal_code: new.postal_code.into(),
            city: new.city.into(),
            country: new.country.into(),
            time_zone: new.time_zone.into(),
            description: new.description.into(),
            custom: new.custom,
            tags: new.tags,
        }
    }
}

/// Deletes a site that nothing is at, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] while assets stand there, open requests are at it or an
/// entitlement that has not ended covers it.
pub async fn delete(ctx: &Ctx, id: site::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        match what_names(tx, id).await? {
            None => Ok(deleted),
            Some(what) => Err(Error::Refused(format!("the site stays while {what}"))),
        }
    })
    .await
}

/// What keeps a site.
async fn what_names(tx: &Tx<'_>, id: site::Id) -> Result<Option<&'static str>> {
    let standing = asset::Column::SiteId.eq(id).into();
    if !tx.entailed::<asset::Entity, Read>().filtered(standing, 1).await?.is_empty() {
        return Ok(Some("assets stand there"));
    }
    let open = Condition::all()
        .add(service_request::Column::SiteId.eq(id))
        .add(service_request::Column::IsOpen.eq(true));
    if !tx.entailed::<service_request::Entity, Read>().filtered(open, 1).await?.is_empty() {
        return Ok(Some("open requests are at it"));
    }
    let ends = entitlement::Column::EndsOn;
    let covering = Condition::all()
        .add(entitlement::Column::SiteId.eq(id))
        .add(entitlement::Column::Status.eq(entitlement::Status::Active))
        .add(Condition::any().add(ends.is_null()).add(ends.gte(tx.today()?)));
    let covering = tx.entailed::<entitlement::Entity, Read>().filtered(covering, 1).await?;
    Ok((!covering.is_empty()).then_some("an entitlement covers it"))
}

/// A site that something of a customer's names anew is one of theirs. Until the transaction ends it is neither changed nor
/// deleted.
pub(super) async fn judge_named(
    tx: &Tx<'_>,
    id: site::Id,
    of: Option<customer::Id>,
    faults: &mut Faults,
) -> Result<()> {
    let seen = tx.can::<Entity, Read>()?.live(&[id]).await?.pop();
    let is_theirs = seen.is_some_and(|site| Some(site.customer_id) == of);
    if !is_theirs || !held(tx, id).await? {
        faults.conflict("/siteId", "is no site of this customer");
    }
    Ok(())
}

async fn held(tx: &Tx<'_>, id: site::Id) -> Result<bool> {
    let query = Entity::find()
        .filter(Column::Id.eq(id))
        .filter(Column::DeletedAt.is_null())
        .lock(LockType::Share);
    Ok(!tx.rows::<Entity>().all(query).await?.is_empty())
}

/// The newest sites of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
