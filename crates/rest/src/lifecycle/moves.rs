use actix_web::{HttpRequest, get, post, web::Path};
use rapport_domain::lifecycle::{
    history,
    moves::{self, MoveCustomer},
};
use rapport_entity::{
    customers::customer::{Id, Model},
    lifecycle::lifecycle_move::LifecycleMove,
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    IfMatch, Json, Listed, Record, Reply, Routes,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(move_customer).service(list_customer_lifecycle);
}

/// Move a customer to another lifecycle stage. One who is in it already stays there, and nothing happens.
#[utoipa::path(tag = "lifecycle stages", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/customers/{id}/move")]
async fn move_customer(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    to: Json<MoveCustomer>,
) -> Reply<Record<Model>> {
    Ok(Record(moves::move_customer(&me, *id, expected.0, to.0).await?))
}

/// How a customer came from stage to stage, newest first, and how long they were in each before.
#[utoipa::path(
    tag = "lifecycle stages",
    params(Id, PartQuery),
    responses((status = 200, body = List<LifecycleMove>), Problem)
)]
#[get("/customers/{id}/lifecycle")]
async fn list_customer_lifecycle(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<LifecycleMove>> {
    let part = part(req.query_string(), |name, _| Err(unknown(name)))?;
    Ok(Listed(history::history(&me, *id, &part).await?))
}
