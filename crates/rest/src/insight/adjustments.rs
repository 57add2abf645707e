use actix_web::{delete, get, post, web::Path};
use rapport_domain::{
    insight::forecast::adjustments::{self, NewForecastAdjustment},
    records,
};
use rapport_entity::sales::forecast_adjustment::{Entity, ForecastAdjustment, Id};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes, SearchRequest,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_forecast_adjustments)
        .service(search_forecast_adjustments)
        .service(create_forecast_adjustment)
        .service(get_forecast_adjustment)
        .service(delete_forecast_adjustment);
}

/// Forecast adjustments, newest first.
#[utoipa::path(tag = "forecast adjustments", params(ListQuery<Entity>), responses((status = 200, body = List<ForecastAdjustment>), Problem))]
#[get("/forecast-adjustments")]
async fn list_forecast_adjustments(
    me: Caller,
    query: ListQuery<Entity>,
) -> Reply<Listed<ForecastAdjustment>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(ForecastAdjustment::from)))
}

/// Forecast adjustments, as a list, with the parameters in the body.
#[utoipa::path(tag = "forecast adjustments", responses((status = 200, body = List<ForecastAdjustment>), Problem))]
#[post("/forecast-adjustments/search")]
async fn search_forecast_adjustments(
    me: Caller,
    search: Json<Search>,
) -> Reply<Listed<ForecastAdjustment>> {
    Ok(Listed(
        records::list::<Entity>(&me, &search.0.listing()?).await?.map(ForecastAdjustment::from),
    ))
}

/// Adjust a forecast: beside a figure, what it is held to be. The adjustment whose place it takes stays readable.
#[utoipa::path(tag = "forecast adjustments", responses((status = 201, body = ForecastAdjustment), Problem))]
#[post("/forecast-adjustments")]
async fn create_forecast_adjustment(
    me: Caller,
    new: Json<NewForecastAdjustment>,
) -> Reply<Created<ForecastAdjustment>> {
    Ok(Created {
        record: adjustments::create(&me, new.0).await?.into(),
        at: "forecast-adjustments",
    })
}

/// One forecast adjustment.
#[utoipa::path(tag = "forecast adjustments", params(Id), responses((status = 200, body = ForecastAdjustment), Problem))]
#[get("/forecast-adjustments/{id}")]
async fn get_forecast_adjustment(me: Caller, id: Path<Id>) -> Reply<Record<ForecastAdjustment>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Withdraw a forecast adjustment. That it held until now stays readable.
#[utoipa::path(tag = "forecast adjustments", params(Id), responses((status = 204), Problem))]
#[delete("/forecast-adjustments/{id}")]
async fn delete_forecast_adjustment(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    adjustments::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}
