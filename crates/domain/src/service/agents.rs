use async_graphql::InputObject;
use rapport_entity::{
    Count, CountryCode, Label, LanguageCode,
    identity::user,
    service::{
        service_agent::{
            self, ActiveModel, Availability, Column, Countries, Entity, MOST_PLACES, Model,
            PostalCodes,
        },
        skill::{Languages, MOST_SKILLS, Skill, Skills},
    },
    work::business_calendar,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{assignment, skills};
use crate::{
    kernel::{Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update},
    work::hours,
};

/// An agent's profile to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewServiceAgent {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<service_agent::Id>,
    /// The user whose profile it is; each has one at most.
    pub user_id: user::Id,
    /// What they can do, each once; at most 50.
    #[schema(max_items = 50)]
    pub skills: Option<Vec<Skill>>,
    /// The languages that they speak, each once; at most 50.
    #[schema(max_items = 50)]
    pub languages: Option<Vec<LanguageCode>>,
    /// The countries whose customers they look after, at most 250; all where left out.
    #[schema(max_items = 250)]
    pub countries: Option<Vec<CountryCode>>,
    /// What the postal codes of the customers begin with whom they look after, at most 250; all where left out.
    #[schema(max_items = 250)]
    pub postal_codes: Option<Vec<Label>>,
    /// The business calendar of their working hours; the queue's where left out.
    pub calendar_id: Option<business_calendar::Id>,
    /// How many open requests they have at most; as many as come where left out.
    pub capacity: Option<Count>,
    /// Whether they are there for more; they are where left out.
    pub availability: Option<Availability>,
}

/// What to change of an agent's profile: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAgentPatch {
    /// What they can do: these, and nothing else.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Skill>, max_items = 50)]
    pub skills: Option<Vec<Skill>>,
    /// The languages that they speak: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<LanguageCode>, max_items = 50)]
    pub languages: Option<Vec<LanguageCode>>,
    /// The countries whose customers they look after; all where none is named.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<CountryCode>, max_items = 250)]
    pub countries: Option<Vec<CountryCode>>,
    /// What the postal codes of the customers begin with whom they look after; all where none is named.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Label>, max_items = 250)]
    pub postal_codes: Option<Vec<Label>>,
    /// The business calendar of their working hours; null for the queue's.
    #[serde(default)]
    #[schema(value_type = Option<business_calendar::Id>)]
    pub calendar_id: Patch<business_calendar::Id>,
    /// How many open requests they have at most; null for as many as come.
    #[serde(default)]
    #[schema(value_type = Option<Count>)]
    pub capacity: Patch<Count>,
    /// Whether they are there for more.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Availability)]
    pub availability: Option<Availability>,
}

/// Whether an agent is there for more requests.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetServiceAgentAvailability {
    /// Whether they are.
    pub availability: Availability,
}

/// Makes an agent's profile. What waits for somebody like them is theirs soon.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`] where the user has one.
pub async fn create(ctx: &Ctx, new: NewServiceAgent) -> Result<Model> {
    let row = row(new.clone());
    check(&row)?;
    ctx.tx(async |tx| {
        let agents = tx.can::<Entity, Create>()?;
        check_user(tx, new.user_id).await?;
        hours::hold(tx, new.calendar_id).await?;
        let made = agents.insert(new.id, row).await?;
        assignment::look_again_for(tx, made.user_id).await?;
        Ok(made)
    })
    .await
}

fn row(new: NewServiceAgent) -> ActiveModel {
    ActiveModel {
        user_id: Set(new.user_id),
        skills: Set(Skills(new.skills.unwrap_or_default())),
        languages: Set(Languages(new.languages.unwrap_or_default())),
        countries: Set(Countries(new.countries.unwrap_or_default())),
        postal_codes: Set(PostalCodes(new.postal_codes.unwrap_or_default())),
        calendar_id: Set(new.calendar_id),
        capacity: Set(new.capacity),
        availability: Set(new.availability.unwrap_or_default()),
        ..Default::default()
    }
}

/// Changes an agent's profile. What they have stays theirs.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: service_agent::Id,
    expected: Expected,
    patch: ServiceAgentPatch,
) -> Result<Model> {
    let calendar = patch.calendar_id.as_set().copied();
    let row = changes(patch);
    check(&row)?;
    ctx.tx(async |tx| {
        let agents = tx.can::<Entity, Update>()?;
        hours::hold(tx, calendar).await?;
        let after = agents.update(id, expected, row).await?;
        assignment::look_again_for(tx, after.user_id).await?;
        Ok(after)
    })
    .await
}

fn changes(patch: ServiceAgentPatch) -> ActiveModel {
    ActiveModel {
        skills: patch.skills.map_or(NotSet, |skills| Set(Skills(skills))),
        languages: patch.languages.map_or(NotSet, |all| Set(Languages(all))),
        countries: patch.countries.map_or(NotSet, |all| Set(Countries(all))),
        postal_codes: patch.postal_codes.map_or(NotSet, |all| Set(PostalCodes(all))),
        calendar_id: patch.calendar_id.into_active_value(),
        capacity: patch.capacity.into_active_value(),
        availability: patch.availability.map_or(NotSet, Set),
        ..Default::default()
    }
}

/// Says whether an agent is there for more requests: for oneself, or with leave to change the profile.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Forbidden`] where it is somebody else's.
pub async fn set_availability(
    ctx: &Ctx,
    id: service_agent::Id,
    expected: Expected,
    to: SetServiceAgentAvailability,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let profile = tx.can::<Entity, Read>()?.one(id).await?;
        let agents = match tx.actor().user == Some(profile.user_id) {
            true => tx.entailed::<Entity, Update>(),
            false => tx.can::<Entity, Update>()?,
        };
        let row = ActiveModel { availability: Set(to.availability), ..Default::default() };
        let after = agents.update(id, expected, row).await?;
        assignment::look_again_for(tx, after.user_id).await?;
        Ok(after)
    })
    .await
}

/// Brings a deleted profile back.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] where the user has another by now; [`Error::Conflict`] where its calendar is
/// deleted.
pub async fn restore(ctx: &Ctx, id: service_agent::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let after = tx.can::<Entity, Delete>()?.restore(id).await?;
        hours::hold(tx, after.calendar_id).await?;
        assignment::look_again_for(tx, after.user_id).await?;
        Ok(after)
    })
    .await
}

/// The profile of a user, if they have one.
pub(super) async fn of_user(tx: &Tx<'_>, id: user::Id) -> Result<Option<Model>> {
    let theirs = Column::UserId.eq(id).into();
    Ok(tx.entailed::<Entity, Read>().filtered(theirs, 1).await?.pop())
}

fn check(row: &ActiveModel) -> Result<()> {
    let mut faults = Faults::default();
    if let Set(all) = &row.skills {
        skills::check(&all.0, "/skills", &mut faults);
    }
    if let Set(all) = &row.languages {
        skills::check_once(&all.0, "/languages", MOST_SKILLS, &mut faults);
    }
    if let Set(all) = &row.countries {
        skills::check_once(&all.0, "/countries", MOST_PLACES, &mut faults);
    }
    if let Set(all) = &row.postal_codes {
        skills::check_once(&all.0, "/postalCodes", MOST_PLACES, &mut faults);
    }
    faults.check()
}

async fn check_user(tx: &Tx<'_>, id: user::Id) -> Result<()> {
    match tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty() {
        true => Err(Error::conflict("/userId", "is no user of this workspace")),
        false => Ok(()),
    }
}
