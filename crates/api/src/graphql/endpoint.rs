//! GraphQL over HTTP.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use async_graphql::Request;

use super::{Schema, rows};
use crate::{caller::Caller, problem};

/// A query in the address.
pub async fn get(me: Caller, schema: web::Data<Schema>, req: HttpRequest) -> HttpResponse {
    match async_graphql::http::parse_query_string(req.query_string()) {
        Ok(request) => execute(me, &schema, request).await,
        Err(err) => {
            problem::Problem::http(StatusCode::BAD_REQUEST, "malformed", err.to_string()).response()
        }
    }
}

/// A request in the body.
pub async fn post(
    me: Caller,
    schema: web::Data<Schema>,
    request: web::Json<Request>,
) -> HttpResponse {
    execute(me, &schema, request.into_inner()).await
}

async fn execute(me: Caller, schema: &Schema, request: Request) -> HttpResponse {
    let me = me.into_ctx();
    let rows = rows::loader(me.clone());
    let mut response = schema.execute(request.data(me).data(rows)).await;
    response.errors.iter_mut().for_each(problem::extend);
    HttpResponse::Ok().json(response)
}
