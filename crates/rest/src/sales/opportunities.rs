use actix_web::{
    HttpRequest, delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    sales::opportunities::{
        cloning::{self, CloneOpportunity},
        closing::{self, LoseOpportunity, ReopenOpportunity, WinOpportunity},
        moves::{self, MoveOpportunity},
        opportunities::{self, NewOpportunity, OpportunityDetail, OpportunityPatch},
        periods,
        ways::{self, OpportunityWay},
    },
};
use rapport_entity::{
    ExternalId, Source,
    sales::{
        opportunity::{Entity, Id, Opportunity},
        opportunity_period::OpportunityPeriod,
    },
};
use rapport_http::{caller::Caller, problem::Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<OpportunityPatch>` for the schema of a `OpportunityPatch`.)
type Change = Based<OpportunityPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_opportunities)
        .service(search_opportunities)
        .service(upsert_opportunity)
        .service(create_opportunity)
        .service(get_opportunity)
        .service(update_opportunity)
        .service(delete_opportunity)
        .service(restore_opportunity)
        .service(move_opportunity)
        .service(win_opportunity)
        .service(lose_opportunity)
        .service(reopen_opportunity)
        .service(clone_opportunity)
        .service(get_opportunity_ways)
        .service(list_opportunity_periods);
}

/// Opportunities, newest first.
#[utoipa::path(tag = "opportunities", params(ListQuery<Entity>), responses((status = 200, body = List<Opportunity>), Problem))]
#[get("/opportunities")]
async fn list_opportunities(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Opportunity>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Opportunity::from)))
}

/// Opportunities, as a list, with the parameters in the body.
#[utoipa::path(tag = "opportunities", responses((status = 200, body = List<Opportunity>), Problem))]
#[post("/opportunities/search")]
async fn search_opportunities(me: Caller, search: Json<Search>) -> Reply<Listed<Opportunity>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Opportunity::from)))
}

/// Make an opportunity.
#[utoipa::path(tag = "opportunities", responses((status = 201, body = Opportunity), Problem))]
#[post("/opportunities")]
async fn create_opportunity(me: Caller, new: Json<NewOpportunity>) -> Reply<Created<Opportunity>> {
    Ok(Created { record: opportunities::create(&me, new.0).await?.into(), at: "opportunities" })
}

/// One opportunity with what belongs to it.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = OpportunityDetail), Problem))]
#[get("/opportunities/{id}")]
async fn get_opportunity(me: Caller, id: Path<Id>) -> Reply<Record<OpportunityDetail>> {
    Ok(Record(opportunities::get(&me, *id).await?))
}

/// Change an opportunity: what is left out stays, null clears.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[patch("/opportunities/{id}")]
async fn update_opportunity(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Opportunity>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(opportunities::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Delete an opportunity. It can be restored.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 204), Problem))]
#[delete("/opportunities/{id}")]
async fn delete_opportunity(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    opportunities::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted opportunity back.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[post("/opportunities/{id}/restore")]
async fn restore_opportunity(me: Caller, id: Path<Id>) -> Reply<Record<Opportunity>> {
    Ok(Record(opportunities::restore(&me, *id).await?.into()))
}

/// Make the opportunity that another system knows by this id, or change it. What is left out, or null, stays as it is, and so
/// does where it stands.
#[utoipa::path(
    tag = "opportunities",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Opportunity), (status = 201, body = Opportunity), Problem)
)]
#[put("/opportunities/by-external/{source}/{externalId}")]
async fn upsert_opportunity(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewOpportunity>,
) -> Reply<web::Either<Created<Opportunity>, Record<Opportunity>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = opportunities::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = Opportunity::from(row);
    Ok(match made {
        true => web::Either::Left(Created { record, at: "opportunities" }),
        false => web::Either::Right(Record(record)),
    })
}

/// Move an open opportunity to another stage. One that is in it already stays there, and nothing happens.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[post("/opportunities/{id}/move")]
async fn move_opportunity(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<MoveOpportunity>,
) -> Reply<Record<Opportunity>> {
    Ok(Record(moves::move_opportunity(&me, *id, expected.0, how.0).await?.into()))
}

/// Win an open opportunity.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[post("/opportunities/{id}/win")]
async fn win_opportunity(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<WinOpportunity>,
) -> Reply<Record<Opportunity>> {
    Ok(Record(closing::win(&me, *id, expected.0, how.0).await?.into()))
}

/// Lose an open opportunity.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[post("/opportunities/{id}/lose")]
async fn lose_opportunity(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<LoseOpportunity>,
) -> Reply<Record<Opportunity>> {
    Ok(Record(closing::lose(&me, *id, expected.0, how.0).await?.into()))
}

/// Open a closed opportunity again. One that is open stays as it is.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = Opportunity), Problem))]
#[post("/opportunities/{id}/reopen")]
async fn reopen_opportunity(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<ReopenOpportunity>,
) -> Reply<Record<Opportunity>> {
    Ok(Record(closing::reopen(&me, *id, expected.0, how.0).await?.into()))
}

/// Make an open copy of an opportunity, with all that belongs to it, in the first stage of its pipeline.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 201, body = Opportunity), Problem))]
#[post("/opportunities/{id}/clone")]
async fn clone_opportunity(
    me: Caller,
    id: Path<Id>,
    how: Json<CloneOpportunity>,
) -> Reply<Created<Opportunity>> {
    let record = cloning::clone(&me, *id, how.0).await?.into();
    Ok(Created { record, at: "opportunities" })
}

/// The ways that an open opportunity may go, as it is now.
#[derive(Serialize, ToSchema)]
struct OpportunityWays {
    /// To each other stage of its pipeline, in their order, and to be won.
    #[schema(max_items = 50)]
    items: Vec<OpportunityWay>,
}

/// The ways that an open opportunity may go, as it is now: to each other stage of its pipeline, and to be won. What stands in
/// the way is named.
#[utoipa::path(tag = "opportunities", params(Id), responses((status = 200, body = OpportunityWays), Problem))]
#[get("/opportunities/{id}/ways")]
async fn get_opportunity_ways(me: Caller, id: Path<Id>) -> Reply<web::Json<OpportunityWays>> {
    Ok(web::Json(OpportunityWays { items: ways::list(&me, *id).await? }))
}

/// What an opportunity was from when until when, newest first: a new period begins with each change of its stage, its status,
/// its owner, what it is worth, how it is counted in forecasts and when it is expected to be closed.
#[utoipa::path(
    tag = "opportunities",
    params(Id, PartQuery),
    responses((status = 200, body = List<OpportunityPeriod>), Problem)
)]
#[get("/opportunities/{id}/periods")]
async fn list_opportunity_periods(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<OpportunityPeriod>> {
    let part = part(req.query_string(), |name, _| Err(unknown(name)))?;
    Ok(Listed(periods::list(&me, *id, &part).await?))
}
