//! What goes on when whoever asked for it is not there: jobs, and webhooks.

use rapport_entity::{
    identity::{api_key, user, workspace},
    log::event::ActorKind,
};
use sea_orm::ColumnTrait;

use super::auth::{key_now, rapport_itself, user_now};
use crate::kernel::{Actor, ActorData, Ctx, Database, Error, Read, Result};

/// Who asked for something that goes on when they are not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    /// The user; where it was an API key, the one it acts for.
    pub user: Option<user::Id>,
    /// The API key, where it was one.
    pub key: Option<api_key::Id>,
}

impl Asker {
    /// They, with the leave that they have now; `None` where they may no longer come in. From where an API key is good is
    /// not asked: that is about requests, and this is none.
    pub async fn now(self, database: &Database, of: workspace::Id) -> Result<Option<ActorData>> {
        let workspace = database.workspace(workspace::Column::Id.eq(of)).await?;
        let Some(workspace) = workspace else { return Ok(None) };
        match self.look_up(&rapport_itself(database, &workspace), &workspace).await {
            Err(Error::NotFound(_) | Error::Unauthenticated) => Ok(None),
            actor => actor.map(Some),
        }
    }

    /// Work for them, with the leave that they have now. The log names an API key; of a user it says through what.
    ///
    /// # Errors
    /// [`Error::Refused`] where they may no longer come in.
    pub async fn at_work(
        self,
        database: &Database,
        of: workspace::Id,
        through: ActorKind,
    ) -> Result<Ctx> {
        let gone = match self.key {
            Some(_) => "the API key that this was started with is no longer good",
            None => "whoever started this may no longer sign in",
        };
        let actor = self.now(database, of).await?.ok_or(Error::Refused(gone.to_owned()))?;
        let kind = if actor.key.is_some() { actor.kind } else { through };
        let actor = Actor::from(ActorData { kind, at_leisure: true, ..actor });
        Ok(Ctx::new(database.clone(), actor))
    }

    async fn look_up(self, itself: &Ctx, workspace: &workspace::Model) -> Result<ActorData> {
        match (self.key, self.user) {
            (Some(key), _) => {
                let key = itself.can::<api_key::Entity, Read>()?.one(key).await?;
                key_now(itself, workspace, &key).await
            }
            (None, Some(user)) => user_now(itself, workspace, user).await,
            (None, None) => Err(Error::Unauthenticated),
        }
    }
}
