use rapport_entity::{identity::workspace, log::reader};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, Statement, sea_query::OnConflict,
};

use super::Position;
use crate::kernel::error::Result;

/// How far a reader has come; `None` where it has not been begun.
pub async fn position(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Position>> {
    let row = reader::Entity::find_by_id((workspace, name.to_owned())).one(db).await?;
    Ok(row.map(|row| Position { tx: row.tx, seq: row.seq }))
}

/// Begins a reader, at the beginning, unless it is there. In a transaction of its own: another node that begins the
/// same one waits for it.
pub async fn begin(db: &impl ConnectionTrait, workspace: workspace::Id, name: &str) -> Result<()> {
    let new = reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(0),
        seq: Set(0),
    };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    let keep = OnConflict::columns(key).do_nothing_on(key).to_owned();
    reader::Entity::insert(new).on_conflict(keep).exec_without_returning(db).await?;
    Ok(())
}

/// How far a reader has come, held until the transaction ends, so that no two nodes read as the same reader at once;
/// `None` where another does.
pub async fn hold(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Position>> {
    let backend = db.get_database_backend();
    let lock = match backend {
        DbBackend::Postgres => "for update skip locked",
        _ => "",
    };
    let sql =
        format!("select tx, seq from log_reader where workspace_id = $1 and name = $2 {lock}");
    let statement = Statement::from_sql_and_values(backend, sql, [workspace.into(), name.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some(Position { tx: row.try_get("", "tx")?, seq: row.try_get("", "seq")? }))
}

/// Records how far a reader has come, in the transaction of what it did with what it read.
pub async fn advance(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
    to: Position,
) -> Result<()> {
    reader::Entity::update(reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(to.tx),
        seq: Set(to.seq),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}
