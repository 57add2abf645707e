use actix_web::{
    HttpRequest, delete, get, patch, post,
    web::{self, Path},
};
use rapport_domain::{
    Error, records,
    work::hours::{
        calendars::{self, BusinessCalendarPatch, NewBusinessCalendar},
        openings::{self, BusinessHours, HoursOf},
    },
};
use rapport_entity::work::business_calendar::{Entity, Id, Model};
use rapport_entity::{Moment, OpenTime};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    query::{each, unknown},
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<BusinessCalendarPatch>` for the schema of a `BusinessCalendarPatch`.)
type Change = Based<BusinessCalendarPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_business_calendars)
        .service(search_business_calendars)
        .service(create_business_calendar)
        .service(get_business_calendar)
        .service(update_business_calendar)
        .service(delete_business_calendar)
        .service(restore_business_calendar)
        .service(get_business_calendar_hours);
}

/// Business calendars, newest first.
#[utoipa::path(tag = "business calendars", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/business-calendars")]
async fn list_business_calendars(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Business calendars, as a list, with the parameters in the body.
#[utoipa::path(tag = "business calendars", responses((status = 200, body = List<Model>), Problem))]
#[post("/business-calendars/search")]
async fn search_business_calendars(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a business calendar.
#[utoipa::path(tag = "business calendars", responses((status = 201, body = Model), Problem))]
#[post("/business-calendars")]
async fn create_business_calendar(
    me: Caller,
    new: Json<NewBusinessCalendar>,
) -> Reply<Created<Model>> {
    Ok(Created { record: calendars::create(&me, new.0).await?, at: "business-calendars" })
}

/// One business calendar.
#[utoipa::path(tag = "business calendars", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/business-calendars/{id}")]
async fn get_business_calendar(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a business calendar: what is left out stays, null clears.
#[utoipa::path(tag = "business calendars", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/business-calendars/{id}")]
async fn update_business_calendar(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(calendars::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete a business calendar. It can be restored.
#[utoipa::path(tag = "business calendars", params(Id), responses((status = 204), Problem))]
#[delete("/business-calendars/{id}")]
async fn delete_business_calendar(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    calendars::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted business calendar back.
#[utoipa::path(tag = "business calendars", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/business-calendars/{id}/restore")]
async fn restore_business_calendar(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct HoursQuery {
    /// Since when; now where left out.
    from: Option<Moment>,
    /// Until when, at most 366 days later; seven days where left out.
    until: Option<Moment>,
    /// How much time there is for something that begins at `from`: `dueAt` then says when it is due.
    within: Option<OpenTime>,
}

/// When there is somebody: a business calendar's hours between two moments, and when what begins with them is due.
#[utoipa::path(tag = "business calendars", params(Id, HoursQuery), responses((status = 200, body = BusinessHours), Problem))]
#[get("/business-calendars/{id}/hours")]
async fn get_business_calendar_hours(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<web::Json<BusinessHours>> {
    Ok(web::Json(openings::hours(&me, *id, asked(req.query_string())?).await?))
}

fn asked(query: &str) -> rapport_domain::Result<HoursOf> {
    let mut of = HoursOf::default();
    each(query, |name, value| {
        match name {
            "from" => of.from = Some(value.parse().map_err(Error::at("/from"))?),
            "until" => of.until = Some(value.parse().map_err(Error::at("/until"))?),
            "within" => of.within = Some(value.parse().map_err(Error::at("/within"))?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(of)
}
