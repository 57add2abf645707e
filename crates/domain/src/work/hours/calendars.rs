use async_graphql::InputObject;
use rapport_clocks::Calendar;
use rapport_entity::{
    Name, TimeZone,
    work::business_calendar::{
        self, ActiveModel, Column, Entity, Exception, Exceptions, Model, Week, WeeklyWindow,
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{around_the_clock, draft, users};
use crate::kernel::{Create, Ctx, Delete, Expected, Faults, Read, Result, Tx, Update};

/// A business calendar to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBusinessCalendar {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<business_calendar::Id>,
    /// What the calendar is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    /// The time zone whose clocks are meant; the workspace's where left out.
    pub time_zone: Option<TimeZone>,
    /// The windows of a week, at most 24 on one day; around the clock where left out.
    #[schema(max_items = 168)]
    pub hours: Option<Vec<WeeklyWindow>>,
    /// The days on which it is otherwise.
    #[schema(max_items = 1000)]
    pub exceptions: Option<Vec<Exception>>,
    /// Whether it is the workspace's usual one, in place of the one that is; it is not where left out.
    pub is_default: Option<bool>,
}

/// What to change of a business calendar: what is left out stays. Clocks that run are reckoned anew by it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusinessCalendarPatch {
    /// What the calendar is called; unique in the workspace, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The time zone whose clocks are meant.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = TimeZone)]
    pub time_zone: Option<TimeZone>,
    /// The windows of a week: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<WeeklyWindow>, max_items = 168)]
    pub hours: Option<Vec<WeeklyWindow>>,
    /// The days on which it is otherwise: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<Exception>, max_items = 1000)]
    pub exceptions: Option<Vec<Exception>>,
    /// Whether it is the workspace's usual one, in place of the one that is.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub is_default: Option<bool>,
}

/// Makes a business calendar.
///
/// # Errors
/// [`Error::Invalid`] names every window and day that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewBusinessCalendar) -> Result<Model> {
    check(new.hours.as_deref(), new.exceptions.as_deref())?;
    ctx.tx(async |tx| {
        let calendars = tx.can::<Entity, Create>()?;
        if new.is_default == Some(true) {
            default_is_only(tx, new.id).await?;
        }
        let row = ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            time_zone: Set(new.time_zone.unwrap_or_else(|| tx.actor().time_zone.clone())),
            hours: Set(Week(new.hours.unwrap_or_else(around_the_clock))),
            exceptions: Set(Exceptions(new.exceptions.unwrap_or_default())),
            is_default: Set(new.is_default.unwrap_or(false)),
            ..Default::default()
        };
        calendars.insert(new.id, row).await
    })
    .await
}

/// Changes a business calendar.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: business_calendar::Id,
    expected: Expected,
    patch: BusinessCalendarPatch,
) -> Result<Model> {
    check(patch.hours.as_deref(), patch.exceptions.as_deref())?;
    ctx.tx(async |tx| {
        let calendars = tx.can::<Entity, Update>()?;
        if patch.is_default == Some(true) {
            default_is_only(tx, Some(id)).await?;
        }
        let row = ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            time_zone: patch.time_zone.map_or(NotSet, Set),
            hours: patch.hours.map_or(NotSet, |hours| Set(Week(hours))),
            exceptions: patch.exceptions.map_or(NotSet, |days| Set(Exceptions(days))),
            is_default: patch.is_default.map_or(NotSet, Set),
            ..Default::default()
        };
        let after = calendars.update(id, expected, row).await?;
        users::look_again(tx).await?;
        Ok(after)
    })
    .await
}

/// Deletes a business calendar that nothing counts by, so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] names what it stays for.
pub async fn delete(ctx: &Ctx, id: business_calendar::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let calendars = tx.can::<Entity, Delete>()?;
        // Whatever comes to name it waits, or is here already.
        users::one_at_a_time(tx).await?;
        users::check_not_named(tx, id).await?;
        calendars.delete(id, expected).await
    })
    .await
}

/// What is wrong with windows and days is told by where it is.
fn check(hours: Option<&[WeeklyWindow]>, exceptions: Option<&[Exception]>) -> Result<()> {
    let zone = TimeZone::default();
    let draft = draft(&zone, hours.unwrap_or_default(), exceptions.unwrap_or_default());
    let mut faults = Faults::default();
    for fault in Calendar::read(&draft).err().unwrap_or_default() {
        faults.invalid(fault.at, fault.says);
    }
    faults.check()
}

/// What is done by one at a time: saying which calendar is the usual one.
const DEFAULT: &str = "default business calendar";

/// No other calendar is the workspace's usual one.
async fn default_is_only(tx: &Tx<'_>, id: Option<business_calendar::Id>) -> Result<()> {
    tx.one_at_a_time(DEFAULT).await?;
    let calendars = tx.entailed::<Entity, Update>();
    let default = Condition::all().add(Column::IsDefault.eq(true));
    for other in tx.entailed::<Entity, Read>().filtered(default, 1).await? {
        if Some(other.id) != id {
            let no_longer = ActiveModel { is_default: Set(false), ..Default::default() };
            calendars.update(other.id, Expected::Any, no_longer).await?;
        }
    }
    Ok(())
}
