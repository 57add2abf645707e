use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    work::hours::{
        calendars::{self, BusinessCalendarPatch, NewBusinessCalendar},
        openings::{self, BusinessHours, HoursOf},
    },
};
use rapport_entity::{
    Moment, OpenTime,
    rule::Rule,
    work::business_calendar::{Entity, Exception, Id, Model, WeeklyWindow},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// When there is somebody: windows of every week in a time zone, and days on which it is otherwise.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BusinessCalendar {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for BusinessCalendar {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl BusinessCalendar {
    /// The windows of a week, each of the shape of the input `WeeklyWindowInput`.
    async fn hours(&self) -> Json<&[WeeklyWindow]> {
        Json(&self.row.hours.0)
    }

    /// The days on which it is otherwise, each of the shape of the input `CalendarExceptionInput`.
    async fn exceptions(&self) -> Json<&[Exception]> {
        Json(&self.row.exceptions.0)
    }
}

#[derive(Default)]
pub struct BusinessCalendarQuery;

#[Object]
impl BusinessCalendarQuery {
    /// Business calendars, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn business_calendars(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<BusinessCalendar>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One business calendar.
    async fn business_calendar(&self, ctx: &Context<'_>, id: Id) -> Result<BusinessCalendar> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// When there is somebody: a business calendar's hours between two moments, and when what begins with them is due.
    async fn business_calendar_hours(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Since when; now where left out.")] from: Option<Moment>,
        #[graphql(desc = "Until when, at most 366 days later; seven days where left out.")]
        until: Option<Moment>,
        #[graphql(desc = "How much time there is for something that begins at `from`.")]
        within: Option<OpenTime>,
    ) -> Result<BusinessHours> {
        Ok(openings::hours(ctx.me()?, id, HoursOf { from, until, within }).await?)
    }
}

#[derive(Default)]
pub struct BusinessCalendarMutation;

#[Object]
impl BusinessCalendarMutation {
    /// Make a business calendar.
    async fn create_business_calendar(
        &self,
        ctx: &Context<'_>,
        input: NewBusinessCalendar,
    ) -> Result<BusinessCalendar> {
        Ok(calendars::create(ctx.me()?, input).await?.into())
    }

    /// Change a business calendar: what is left out stays, null clears.
    async fn update_business_calendar(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: BusinessCalendarPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<BusinessCalendar> {
        let expected = Expected::of(if_version, base_version);
        Ok(calendars::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a business calendar. It can be restored.
    async fn delete_business_calendar(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<BusinessCalendar> {
        Ok(calendars::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted business calendar back.
    async fn restore_business_calendar(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<BusinessCalendar> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
