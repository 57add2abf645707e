use actix_web::{HttpRequest, delete, get, patch, post, web::Path};
use rapport_charts as charts;
use rapport_domain::{
    insight::targets::{self, Attainment, AttainmentAsked, NewTarget, TargetPatch},
    records,
};
use rapport_entity::{
    Month,
    identity::{team, user},
    sales::{
        analysis::FiscalPeriod,
        target::{Entity, Id, Measure, Target},
    },
};
use rapport_http::{caller::Caller, problem::Problem};
use utoipa::IntoParams;

use super::charted::{Charted, read, themed, word};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, query::unknown, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<TargetPatch>` for the schema of a `TargetPatch`.)
type Change = Based<TargetPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_targets)
        .service(search_targets)
        .service(create_target)
        .service(get_target)
        .service(update_target)
        .service(delete_target)
        .service(restore_target)
        .service(get_attainment);
}

/// Targets, newest first.
#[utoipa::path(tag = "targets", params(ListQuery<Entity>), responses((status = 200, body = List<Target>), Problem))]
#[get("/targets")]
async fn list_targets(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Target>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?.map(Target::from)))
}

/// Targets, as a list, with the parameters in the body.
#[utoipa::path(tag = "targets", responses((status = 200, body = List<Target>), Problem))]
#[post("/targets/search")]
async fn search_targets(me: Caller, search: Json<Search>) -> Reply<Listed<Target>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?.map(Target::from)))
}

/// Make a target.
#[utoipa::path(tag = "targets", responses((status = 201, body = Target), Problem))]
#[post("/targets")]
async fn create_target(me: Caller, new: Json<NewTarget>) -> Reply<Created<Target>> {
    Ok(Created { record: targets::create(&me, new.0).await?.into(), at: "targets" })
}

/// One target.
#[utoipa::path(tag = "targets", params(Id), responses((status = 200, body = Target), Problem))]
#[get("/targets/{id}")]
async fn get_target(me: Caller, id: Path<Id>) -> Reply<Record<Target>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?.into()))
}

/// Change a target: what is left out stays, null clears.
#[utoipa::path(tag = "targets", params(Id), responses((status = 200, body = Target), Problem))]
#[patch("/targets/{id}")]
async fn update_target(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Target>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(targets::update(&me, *id, expected, patch.0.patch).await?.into()))
}

/// Delete a target. It can be restored.
#[utoipa::path(tag = "targets", params(Id), responses((status = 204), Problem))]
#[delete("/targets/{id}")]
async fn delete_target(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted target back.
#[utoipa::path(tag = "targets", params(Id), responses((status = 200, body = Target), Problem))]
#[post("/targets/{id}/restore")]
async fn restore_target(me: Caller, id: Path<Id>) -> Reply<Record<Target>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?.into()))
}

/// What is asked for of attainment.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what is read by hand, so that every fault is named")]
struct AttainmentQuery {
    /// What is measured; `won_amount` where left out.
    measure: Option<Measure>,
    /// How long the period is; `month` where left out.
    period: Option<FiscalPeriod>,
    /// A month of the period; this month where left out.
    month: Option<Month>,
    /// Only of this user.
    user_id: Option<user::Id>,
    /// Only of this team, and all below it.
    team_id: Option<team::Id>,
    /// On which ground a chart is drawn; `auto` is as the viewer likes it.
    #[param(max_length = 5, pattern = "^(auto|light|dark)$")]
    theme: Option<String>,
}

/// How much of what is to be reached in a period has been: of each user, each team and the workspace, and of products that
/// there are targets of.
#[utoipa::path(
    tag = "analysis",
    params(AttainmentQuery),
    responses(
        (status = 200, content((Attainment = "application/json"), (String = "image/svg+xml"))),
        Problem
    )
)]
#[get("/attainment")]
async fn get_attainment(me: Caller, req: HttpRequest) -> Reply<Charted<Attainment>> {
    let mut asked = AttainmentAsked::default();
    let theme = themed(req.query_string(), |name, value| {
        match name {
            "measure" => asked.measure = word(name, value)?,
            "period" => asked.period = word(name, value)?,
            "month" => asked.month = read(name, value)?,
            "userId" => asked.user_id = read(name, value)?,
            "teamId" => asked.team_id = read(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    })?;
    Ok(Charted::new(targets::attainment(&me, &asked).await?, charts::attainment, theme))
}
