use rapport_entity::{
    identity::{user, workspace},
    log::event::ActorKind,
};
use sea_orm::ColumnTrait;

use super::auth;
use crate::kernel::{Ctx, Database, Error, Result};

/// Work that goes on when nobody waits for it, with the permissions that whoever asked for it has now.
///
/// # Errors
/// [`Error::Refused`] where they may no longer sign in.
pub(crate) async fn on_behalf_of(
    database: &Database,
    workspace: workspace::Id,
    user: Option<user::Id>,
    kind: ActorKind,
) -> Result<Ctx> {
    let gone = || Error::Refused("whoever started this may no longer sign in".to_owned());
    let which = workspace::Column::Id.eq(workspace);
    let workspace = database.workspace(which).await?.ok_or_else(gone)?;
    let user = user.ok_or_else(gone)?;
    auth::on_behalf_of(database, &workspace, user, kind).await?.ok_or_else(gone)
}
