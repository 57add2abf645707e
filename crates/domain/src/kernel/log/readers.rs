use chrono::{DateTime, Utc};
use rapport_entity::{identity::workspace, log::reader};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DbBackend, EntityTrait, QuerySelect,
    sea_query::{LockBehavior, LockType, OnConflict},
};

use super::Position;
use crate::kernel::error::Result;

/// Where a reader stands, in the log and in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// How far it has come in the log.
    pub position: Position,
    /// Until when it has done what time brings.
    pub passed: Option<DateTime<Utc>>,
    /// When time brings more; never, where it is none.
    pub due: Option<DateTime<Utc>>,
}

impl From<reader::Model> for Place {
    fn from(row: reader::Model) -> Self {
        let position = Position { tx: row.tx, seq: row.seq };
        Self { position, passed: row.passed_at, due: row.due_at }
    }
}

impl From<Position> for Place {
    /// Where one stands to whom time brings nothing.
    fn from(position: Position) -> Self {
        Self { position, ..Self::default() }
    }
}

/// How far a reader has come in the log; `None` where it has not been begun.
pub async fn position(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Position>> {
    Ok(place(db, workspace, name).await?.map(|place| place.position))
}

/// Where a reader stands; `None` where it has not been begun.
pub async fn place(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Place>> {
    let row = reader::Entity::find_by_id((workspace, name.to_owned())).one(db).await?;
    Ok(row.map(Place::from))
}

/// Begins a reader, at the beginning, unless it is there. In a transaction of its own: another node that begins the
/// same one waits for it.
pub async fn begin(db: &impl ConnectionTrait, workspace: workspace::Id, name: &str) -> Result<()> {
    let new = reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(0),
        seq: Set(0),
        passed_at: Set(None),
        due_at: Set(None),
    };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    let keep = OnConflict::columns(key).do_nothing_on(key).to_owned();
    reader::Entity::insert(new).on_conflict(keep).exec_without_returning(db).await?;
    Ok(())
}

/// Where a reader stands, held until the transaction ends, so that no two nodes read as the same reader at once; `None`
/// where another does.
pub async fn hold(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
) -> Result<Option<Place>> {
    let held = reader::Entity::find_by_id((workspace, name.to_owned()));
    let held = match db.get_database_backend() {
        DbBackend::Postgres => held.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => held,
    };
    Ok(held.one(db).await?.map(Place::from))
}

/// Records where a reader stands, in the transaction of what it did with what it read.
pub async fn advance(
    db: &impl ConnectionTrait,
    workspace: workspace::Id,
    name: &str,
    to: impl Into<Place>,
) -> Result<()> {
    let to = to.into();
    reader::Entity::update(reader::ActiveModel {
        workspace_id: Set(workspace),
        name: Set(name.to_owned()),
        tx: Set(to.position.tx),
        seq: Set(to.position.seq),
        passed_at: Set(to.passed),
        due_at: Set(to.due),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}
