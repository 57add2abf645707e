use actix_web::{get, web};
use rapport_domain::customers::tags::{self, TagList};
use rapport_entity::customers::custom_field::Extended;
use rapport_http::{caller::Caller, problem::Problem};

use crate::{Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_tags);
}

/// The tags that are in use on records of a kind.
#[utoipa::path(
    tag = "tags",
    params(("resource" = Extended, Path, description = "The kind of record.")),
    responses((status = 200, body = TagList), Problem)
)]
#[get("/tags/{resource}")]
async fn list_tags(me: Caller, of: web::Path<Extended>) -> Reply<web::Json<TagList>> {
    Ok(web::Json(tags::list(&me, *of).await?))
}
