use actix_web::{delete, get, patch, post, web::Path};
use rapport_domain::{
    records,
    work::tasks::{self, NewTask, TaskPatch},
};
use rapport_entity::work::task::{Entity, Id, Model};
use rapport_http::{caller::Caller, problem::Problem};

use crate::{
    Based, Created, Deleted, IfMatch, Json, ListQuery, Listed, Record, Reply, Routes,
    SearchRequest, reply::List,
};

/// What a search asks for. (utoipa would take `SearchRequest<Entity>` for the schema of an `Entity`.)
type Search = SearchRequest<Entity>;

/// What a change asks for. (utoipa would take `Based<TaskPatch>` for the schema of a `TaskPatch`.)
type Change = Based<TaskPatch>;

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(list_tasks)
        .service(search_tasks)
        .service(create_task)
        .service(get_task)
        .service(update_task)
        .service(complete_task)
        .service(reopen_task)
        .service(cancel_task)
        .service(delete_task)
        .service(restore_task);
}

/// Tasks, newest first.
#[utoipa::path(tag = "tasks", params(ListQuery<Entity>), responses((status = 200, body = List<Model>), Problem))]
#[get("/tasks")]
async fn list_tasks(me: Caller, query: ListQuery<Entity>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &query.listing()?).await?))
}

/// Tasks, as a list, with the parameters in the body.
#[utoipa::path(tag = "tasks", responses((status = 200, body = List<Model>), Problem))]
#[post("/tasks/search")]
async fn search_tasks(me: Caller, search: Json<Search>) -> Reply<Listed<Model>> {
    Ok(Listed(records::list::<Entity>(&me, &search.0.listing()?).await?))
}

/// Make a task.
#[utoipa::path(tag = "tasks", responses((status = 201, body = Model), Problem))]
#[post("/tasks")]
async fn create_task(me: Caller, new: Json<NewTask>) -> Reply<Created<Model>> {
    Ok(Created { record: tasks::create(&me, new.0).await?, at: "tasks" })
}

/// One task.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[get("/tasks/{id}")]
async fn get_task(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::get::<Entity>(&me, *id).await?))
}

/// Change a task: what is left out stays, null clears.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[patch("/tasks/{id}")]
async fn update_task(
    me: Caller,
    id: Path<Id>,
    expected: IfMatch,
    patch: Json<Change>,
) -> Reply<Record<Model>> {
    Ok(Record(tasks::update(&me, *id, patch.0.expected(expected.0), patch.0.patch).await?))
}

/// Say that a task is done. One that is done stays so.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/tasks/{id}/complete")]
async fn complete_task(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(tasks::complete(&me, *id).await?))
}

/// Open a task again that is done or cancelled. Another stays as it is.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/tasks/{id}/reopen")]
async fn reopen_task(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(tasks::reopen(&me, *id).await?))
}

/// Say that a task is not to be done any more. One that is cancelled stays so.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/tasks/{id}/cancel")]
async fn cancel_task(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(tasks::cancel(&me, *id).await?))
}

/// Delete a task. It can be restored.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 204), Problem))]
#[delete("/tasks/{id}")]
async fn delete_task(me: Caller, id: Path<Id>, expected: IfMatch) -> Reply<Deleted> {
    records::delete::<Entity>(&me, *id, expected.0).await?;
    Ok(Deleted)
}

/// Bring a deleted task back.
#[utoipa::path(tag = "tasks", params(Id), responses((status = 200, body = Model), Problem))]
#[post("/tasks/{id}/restore")]
async fn restore_task(me: Caller, id: Path<Id>) -> Reply<Record<Model>> {
    Ok(Record(records::restore::<Entity>(&me, *id).await?))
}
