use async_graphql::InputObject;
use rapport_entity::{
    Count, CountryCode, Custom, Date, Email, ExternalId, Int64, Label, Name, Phone, Source, Tags,
    Text, TimeZone, Url, Year,
    customers::customer::{self, ActiveModel, Entity, Kind, Model},
    identity::user,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DeriveIntoActiveModel, IntoActiveModel,
    sea_query::Expr,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Parties, beginning::beginning};
use crate::{
    kernel::{Create, Ctx, Expected, Faults, Patch, Read, Result, Tx, Update, database::is_among},
    records,
};

/// A customer to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCustomer {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    #[sea_orm(ignore)]
    pub id: Option<customer::Id>,
    /// Whether it is a person or an organization.
    pub kind: Kind,
    /// What the customer is called.
    pub name: Name,
    /// A person's given name.
    pub first_name: Option<Label>,
    /// A person's family name.
    pub last_name: Option<Label>,
    /// The main e-mail address.
    pub email: Option<Email>,
    /// The main telephone number.
    pub phone: Option<Phone>,
    /// The customer's web site.
    pub website: Option<Url>,
    /// What an organization does.
    pub industry: Option<Label>,
    /// How many people work for an organization.
    pub employees: Option<Count>,
    /// What an organization earns in a year, in whole units of the workspace's currency.
    pub annual_revenue: Option<Int64>,
    /// The year an organization was founded.
    pub founded_in: Option<Year>,
    /// The day a person was born.
    pub birthday: Option<Date>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// The time zone that the customer lives by; the workspace's where left out.
    pub time_zone: Option<TimeZone>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// The organization this one belongs to.
    pub parent_id: Option<customer::Id>,
    /// The user who looks after the customer; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

impl NewCustomer {
    /// One of whom nothing else is known.
    pub(crate) fn named(kind: Kind, name: Name) -> Self {
        Self {
            kind,
            name,
            id: None,
            first_name: None,
            last_name: None,
            email: None,
            phone: None,
            website: None,
            industry: None,
            employees: None,
            annual_revenue: None,
            founded_in: None,
            birthday: None,
            street: None,
            postal_code: None,
            city: None,
            country: None,
            time_zone: None,
            description: None,
            parent_id: None,
            owner_id: None,
            custom: None,
            tags: None,
        }
    }
}

/// What to change of a customer: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerPatch {
    /// What the customer is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// A person's given name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub first_name: Patch<Label>,
    /// A person's family name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub last_name: Patch<Label>,
    /// The main e-mail address.
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// The main telephone number.
    #[serde(default)]
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// The customer's web site.
    #[serde(default)]
    #[schema(value_type = Option<Url>)]
    pub website: Patch<Url>,
    /// What an organization does.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub industry: Patch<Label>,
    /// How many people work for an organization.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub employees: Patch<Count>,
    /// What an organization earns in a year, in whole units of the workspace's currency.
    #[serde(default)]
    #[schema(value_type = Option<Int64>)]
    pub annual_revenue: Patch<Int64>,
    /// The year an organization was founded.
    #[serde(default)]
    #[schema(value_type = Option<Year>)]
    pub founded_in: Patch<Year>,
    /// The day a person was born.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub birthday: Patch<Date>,
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
    /// The time zone that the customer lives by.
    #[serde(default)]
    #[schema(value_type = Option<TimeZone>)]
    pub time_zone: Patch<TimeZone>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The organization this one belongs to.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub parent_id: Patch<customer::Id>,
    /// The user who looks after the customer.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes a customer.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid), [`Error::Duplicate`](crate::Error::Duplicate).
pub async fn create(ctx: &Ctx, new: NewCustomer) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new).await).await
}

/// Makes a customer as a part of something.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_in(tx: &Tx<'_>, new: NewCustomer) -> Result<Model> {
    let customers = tx.can::<Entity, Create>()?;
    check_references(tx, None, new.parent_id, new.owner_id).await?;
    let id = new.id;
    let row = beginning(tx).await?.mark(new.into_active_model());
    customers.insert(id, row).await
}

/// Changes a customer.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Stale`](crate::Error::Stale), [`Error::Invalid`](crate::Error::Invalid).
pub async fn update(
    ctx: &Ctx,
    id: customer::Id,
    expected: Expected,
    patch: CustomerPatch,
) -> Result<Model> {
    let (parent, owner) = (patch.parent_id.as_set().copied(), patch.owner_id.as_set().copied());
    ctx.tx(async |tx| {
        let customers = tx.can::<Entity, Update>()?;
        if parent.is_some() {
            // Before the record is locked, as everybody does who changes parents.
            tx.one_at_a_time(PARENTS).await?;
        }
        customers.lock(id, expected).await?;
        check_references(tx, Some(id), parent, owner).await?;
        customers.update(id, Expected::Any, patch).await
    })
    .await
}

/// Makes the customer that another system knows by this id, or changes it: what is left out, or null, stays as it is.
/// The flag says whether it was made.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict), [`Error::Stale`](crate::Error::Stale); [`Error::Refused`](crate::Error::Refused) where the customer is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewCustomer,
) -> Result<(Model, bool)> {
    let once = || upsert_once(ctx, &source, &external_id, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    source: &Source,
    external_id: &ExternalId,
    expected: Expected,
    new: NewCustomer,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        if new.parent_id.is_some() {
            tx.one_at_a_time(PARENTS).await?;
        }
        let known = Condition::all()
            .add(customer::Column::Source.eq(source.clone()))
            .add(customer::Column::ExternalId.eq(external_id.clone()));
        let found = records::known_by::<Entity>(tx, known).await?;
        let (id, parent, owner) = (new.id, new.parent_id, new.owner_id);
        let mut row = new.into_active_model();
        row.source = Set(Some(source.clone()));
        row.external_id = Set(Some(external_id.clone()));
        match found {
            Some(found) => {
                check_references(tx, Some(found.id), parent, owner).await?;
                let row = tx.can::<Entity, Update>()?.update(found.id, expected, row).await?;
                Ok((row, false))
            }
            None => {
                let customers = tx.can::<Entity, Create>()?;
                check_references(tx, None, parent, owner).await?;
                let row = beginning(tx).await?.mark(row);
                Ok((customers.insert(id, row).await?, true))
            }
        }
    })
    .await
}

/// What is done by one at a time: saying which organization belongs to which.
pub(crate) const PARENTS: &str = "customer parents";

/// Whoever is named must be there and visible, and no organization may belong to itself.
async fn check_references(
    tx: &Tx<'_>,
    id: Option<customer::Id>,
    parent: Option<customer::Id>,
    owner: Option<user::Id>,
) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(parent) = parent
        && let Err(detail) = check_parent(tx, id, parent).await?
    {
        faults.conflict("/parentId", detail);
    }
    let parties = Parties { owner, ..Parties::default() };
    parties.judge(tx, Parties::default(), &mut faults).await?;
    faults.check()
}

/// How many organizations may stand above one another.
const LEVELS: usize = 20;

/// Whether a customer can have this parent. Deleted organizations count: they may be restored. Until the transaction
/// ends nobody else in the workspace changes who stands above whom.
pub(crate) async fn check_parent(
    tx: &Tx<'_>,
    id: Option<customer::Id>,
    parent: customer::Id,
) -> Result<Result<(), &'static str>> {
    if tx.can::<Entity, Read>()?.live(&[parent]).await?.is_empty() {
        return Ok(Err("is no customer"));
    }
    let customers = tx.entailed::<Entity, Read>();
    let mut levels = 0;
    let mut above = Some(parent);
    while let Some(next) = above {
        if Some(next) == id {
            return Ok(Err("an organization cannot belong to itself"));
        }
        levels += 1;
        if levels > LEVELS {
            break;
        }
        above = customers.many(&[next]).await?.pop().and_then(|row| row.parent_id);
    }
    let below = match id {
        Some(id) => levels_below(tx, id).await?,
        None => 0,
    };
    match levels + below > LEVELS {
        true => Ok(Err("more than 20 organizations would stand above one another")),
        false => Ok(Ok(())),
    }
}

/// How many levels of organizations belong to one.
async fn levels_below(tx: &Tx<'_>, id: customer::Id) -> Result<usize> {
    let mut levels = 0;
    let mut these = vec![id.uuid()];
    while levels <= LEVELS {
        let parent = is_among(Expr::col(customer::Column::ParentId), &these, tx.backend());
        let children = tx.entailed::<Entity, Read>().matching_even_deleted(parent.into()).await?;
        if children.is_empty() {
            break;
        }
        levels += 1;
        these = children.iter().map(|child| child.id.uuid()).collect();
    }
    Ok(levels)
}
