use actix_web::{
    HttpRequest, delete, get, patch, post, put,
    web::{self, Path},
};
use rapport_domain::{
    kernel::Part,
    records,
    service::assets::{
        assets::{self, AssetPatch, NewAsset},
        steps,
    },
};
use rapport_entity::{
    ExternalId, Source,
    service::{
        asset::{Entity, Id, Model},
        asset_step::Model as AssetStep,
    },
};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest,
    part::{PartQuery, part},
    query::unknown,
    reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<AssetPatch>` for the schema of a `AssetPatch`.)
type Change = Based<AssetPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_assets)
        .service(search_assets)
        .service(create_asset)
        .service(get_asset)
        .service(update_asset)
        .service(delete_asset)
        .service(restore_asset)
        .service(upsert_asset)
        .service(list_asset_history);
}

/// Assets, newest first.
#[utoipa::path(tag = "assets", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/assets")]
async fn list_assets(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Assets, as a list, with the parameters in the body.
#[utoipa::path(tag = "assets", responses((status = 200, body = List<Model>), Problem))]
#[post("/assets/search")]
async fn search_assets(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make an asset.
#[utoipa::path(tag = "assets", responses((status = 201, body = Model), Problem))]
#[post("/assets")]
async fn create_asset(me: Caller, new: Json<NewAsset>) -> Reply<Created<Model>> {
    Ok(Created { record: assets::create(&me, new.0).await?, at: "assets" })
}

/// One asset.
#[utoipa::path(tag = "assets", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/assets/{id}")]
async fn get_asset(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change an asset: what is left out stays, null clears. What is part of it goes to another customer
/// with it, and to its site there.
#[utoipa::path(tag = "assets", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/assets/{id}")]
async fn update_asset(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    let expected = patch.0.expected(expected.0);
    Ok(Record(assets::update(&me, *id, expected, patch.0.patch).await?))
}

/// Delete an asset. It can be restored.
#[utoipa::path(tag = "assets", params(Id), responses((status = 204), Problem))]
#[delete("/assets/{id}")]
async fn delete_asset(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    assets::delete(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted asset back.
#[utoipa::path(tag = "assets", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/assets/{id}/restore")]
async fn restore_asset(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}

/// Make the asset that another system knows by this id, or change it. What is left out, or null, stays as it is.
#[utoipa::path(
    tag = "assets",
    params(("source" = Source, Path), ("externalId" = ExternalId, Path)),
    responses((status = 200, body = Model), (status = 201, body = Model), Problem)
)]
#[put("/assets/by-external/{source}/{externalId}")]
async fn upsert_asset(
    me: Caller,
    key: Path<(Source, ExternalId)>,
    expected: IfMatch,
    new: Json<NewAsset>,
) -> Reply<web::Either<Created<Model>, Record<Model>>> {
    let (source, external_id) = key.into_inner();
    let (row, made) = assets::upsert(&me, source, external_id, expected.0, new.0).await?;
    let record = row;
    Ok(match made {
        true => web::Either::Left(Created { record, at: "assets" }),
        false => web::Either::Right(Record(record)),
    })
}

/// What became of an asset, newest first: who had it, where, and in which status.
#[utoipa::path(
    tag = "assets",
    params(Id, PartQuery),
    responses((status = 200, body = List<AssetStep>), Problem)
)]
#[get("/assets/{id}/history")]
async fn list_asset_history(
    me: Caller,
    id: Path<Id>,
    req: HttpRequest,
) -> Reply<Listed<AssetStep>> {
    let asked: Part = part(req.query_string(), |name, _| Err(unknown(name)))?;
    Ok(Listed(steps::of_asset(&me, *id, &asked).await?))
}
