use rapport_entity::{
    identity::{role, user, workspace},
    log::event::ActorKind,
};
use sea_orm::ColumnTrait;

use super::{auth::rapport_itself, teams};
use crate::kernel::{Actor, ActorData, Ctx, Database, Error, Permissions, Read, Result};

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
    let ctx = rapport_itself(database, &workspace);
    let ids: Vec<user::Id> = user.into_iter().collect();
    let found = ctx.can::<user::Entity, Read>()?.live(&ids).await?.pop();
    let is_active = |user: &user::Model| user.status == user::Status::Active;
    let user = found.filter(is_active).ok_or_else(gone)?;
    let role = ctx.can::<role::Entity, Read>()?.one(user.role_id).await?;
    let actor = Actor::from(ActorData {
        workspace: workspace.id,
        kind,
        user: Some(user.id),
        session: None,
        teams: teams::within_reach(&ctx, user.team_id).await?,
        permissions: Permissions::of(role.built_in, &role.grants),
        time_zone: workspace.time_zone.clone(),
        currency: workspace.currency.clone(),
    });
    Ok(Ctx::new(database.clone(), actor))
}
