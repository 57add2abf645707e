use actix_web::{
    delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    records,
    sales::leads::{
        assignment,
        clock::{self, Clock},
        conversion::{self, ConvertLead},
        leads::{self, LeadPatch, NewLead},
        matches::{self, LeadMatch},
        scoring::{self, LeadScore},
        steps::{self, DisqualifyLead},
        undoing,
    },
};
use rapport_entity::sales::lead::{Entity, Id, Lead};
use rapport_entity::{ExternalId, Source};
use rapport_http::{caller::Caller, problem::Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<LeadPatch>` for the schema of a `LeadPatch`.)
type Change = Based<LeadPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_leads)
        .service(search_leads)
        .service(create_lead)
        .service(get_lead)
        .service(update_lead)
        .service(delete_lead)
        .service(restore_lead)
        .service(upsert_lead)
        .service(respond_to_lead)
        .service(get_lead_response_clock)
        .service(qualify_lead)
        .service(disqualify_lead)
        .service(reopen_lead)
        .service(assign_lead)
        .service(convert_lead)
        .service(unconvert_lead)
        .service(get_lead_score)
        .service(get_lead_matches);
}

/// Leads, newest first.
#[utoipa::path(tag = "leads", params(ListQuery<Entity>), responses((status = 200, body = List<Lead>), Problem))]
#[get("/leads")]
async fn list_leads(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Lead>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Lead::from)))
}

/// Leads, as a list, with the parameters in the body.
#[utoipa::path(tag = "leads", responses((status = 200, body = List<Lead>), Problem))]
#[post("/leads/search")]
async fn search_leads(me: Caller, search: Json<Search>) -> Reply<Listed<Lead>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Lead::from)))
}

/// Make a lead.
#[utoipa::path(tag = "leads", responses((status = 201, body = Lead), Problem))]
#[post("/leads")]
async fn create_lead(me: Caller, new: Json<NewLead>) -> Reply<Created<Lead>> {
    Ok(Created { record: leads::create(&me, new.0).await?.into(), at: "leads" })
}

/// One lead.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[get("/leads/{id}")]
async fn get_lead(me: Caller, id: Path<Id>) -> Reply<Record<Lead>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a lead: what is left out stays, null clears.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[patch("/leads/{id}")]
async fn update_lead(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Lead>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(leads::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Delete a lead. It can be restored.
#[utoipa::path(tag = "leads", params(Id), responses((status = 204), Problem))]
#[delete("/leads/{id}")]
async fn delete_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    leads::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted lead back.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/restore")]
async fn restore_lead(me: Caller, id: Path<Id>) -> Reply<Record<Lead>> {
    Ok(Record(leads::restore(&me, *id).await?.into()))
}

/// Make the lead that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "leads",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Lead), (status = 201, body = Lead), Problem)
)]
#[put("/leads/by-external/{source}/{externalId}")]
async fn upsert_lead(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewLead>,
) -> Reply<web::Either<Created<Lead>, Record<Lead>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = leads::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = Lead::from(row);
    Ok(match made {
        true => web::Either::Left(Created { record, at: "leads" }),
        false => web::Either::Right(Record(record)),
    })
}

/// Say that somebody has answered an open lead: the response clock stops, and a new lead is worked on from now on.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/respond")]
async fn respond_to_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(steps::respond(&me, *id, expected.0).await?.into()))
}

/// How soon a lead is to be answered, and why: the hours that count, and when whoever has it is warned.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Clock), Problem))]
#[get("/leads/{id}/response-clock")]
async fn get_lead_response_clock(me: Caller, id: Path<Id>) -> Reply<web::Json<Clock>> {
    Ok(web::Json(clock::of_lead(&me, *id).await?))
}

/// Say that an open lead is worth selling to. One that is qualified stays so.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/qualify")]
async fn qualify_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(steps::qualify(&me, *id, expected.0).await?.into()))
}

/// Say that nothing comes of an open lead, and why.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/disqualify")]
async fn disqualify_lead(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<DisqualifyLead>,
) -> Reply<Record<Lead>> {
    Ok(Record(steps::disqualify(&me, *id, expected.0, how.0).await?.into()))
}

/// Take an unqualified lead up again. One that is open stays as it is.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/reopen")]
async fn reopen_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(steps::reopen(&me, *id, expected.0).await?.into()))
}

/// Assign an open lead by the first assignment rule that holds of it. Where nobody of the rule is free, nobody has it.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/assign")]
async fn assign_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(assignment::assign(&me, *id, expected.0).await?.into()))
}

/// Make an open lead a customer, with a contact where it is an organization, and an opportunity where one is wanted; or join those who are there already.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/convert")]
async fn convert_lead(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    how: Json<ConvertLead>,
) -> Reply<Record<Lead>> {
    Ok(Record(conversion::convert(&me, *id, expected.0, how.0).await?.into()))
}

/// Take a conversion back, while nothing has been built on what it made: that is deleted, what was joined stays.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = Lead), Problem))]
#[post("/leads/{id}/unconvert")]
async fn unconvert_lead(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Record<Lead>> {
    Ok(Record(undoing::unconvert(&me, *id, expected.0).await?.into()))
}

/// How the score of a lead comes about: each rule that counts, and whether it holds.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = LeadScore), Problem))]
#[get("/leads/{id}/score")]
async fn get_lead_score(me: Caller, id: Path<Id>) -> Reply<web::Json<LeadScore>> {
    Ok(web::Json(scoring::explain(&me, *id).await?))
}

/// Whom a lead may be.
#[derive(Serialize, ToSchema)]
struct LeadMatches {
    /// The customers whom it would join, those who have most in common with it first.
    #[schema(max_items = 200)]
    items: Vec<LeadMatch>,
}

/// The customers whom a lead would join when it is converted, and why.
#[utoipa::path(tag = "leads", params(Id), responses((status = 200, body = LeadMatches), Problem))]
#[get("/leads/{id}/matches")]
async fn get_lead_matches(me: Caller, id: Path<Id>) -> Reply<web::Json<LeadMatches>> {
    Ok(web::Json(LeadMatches { items: matches::list(&me, *id).await? }))
}
