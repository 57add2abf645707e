use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    plays::{
        dry_run::{self, DryRunNewPlay, DryRunPlay, PlayDryRun},
        plays::{self, NewPlay, PlayPatch},
    },
    records,
};
use rapport_entity::{
    identity::user,
    plays::{
        action::Action,
        play::{Entity, Id, Model},
        trigger::{QuietHours, Trigger},
    },
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// What is to be done when something comes up with a customer: they enter a segment, stay too long in a stage, have
/// their birthday.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Play {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Play {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Play {
    /// What it waits for, of the shape of the input `PlayTrigger`.
    async fn trigger(&self) -> Json<&Trigger> {
        Json(&self.row.trigger)
    }

    /// It is played only for customers of whom this rule holds when it is due; of the shape of the input `Rule`.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// What it does, in order, each of the shape of the input `PlayAction`.
    async fn actions(&self) -> Json<&[Action]> {
        Json(&self.row.actions.0)
    }

    /// When customers are left in peace, of the shape of the input `QuietHours`.
    async fn quiet_hours(&self) -> Option<Json<&QuietHours>> {
        self.row.quiet_hours.as_ref().map(Json)
    }

    /// The user who saved it last.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }
}

#[derive(Default)]
pub struct PlayQuery;

#[Object]
impl PlayQuery {
    /// Plays, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn plays(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Play>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One play.
    async fn play(&self, ctx: &Context<'_>, id: Id) -> Result<Play> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// For whom a play would have been played in a stretch of time. Nothing is done.
    async fn dry_run_play(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: DryRunPlay,
    ) -> Result<PlayDryRun> {
        Ok(dry_run::saved(ctx.me()?, id, input).await?)
    }

    /// For whom a play that is not saved would have been played in a stretch of time. Nothing is done.
    async fn dry_run_new_play(
        &self,
        ctx: &Context<'_>,
        input: DryRunNewPlay,
    ) -> Result<PlayDryRun> {
        Ok(dry_run::new(ctx.me()?, input).await?)
    }
}

#[derive(Default)]
pub struct PlayMutation;

#[Object]
impl PlayMutation {
    /// Make a play. It concerns nobody for what came up before.
    async fn create_play(&self, ctx: &Context<'_>, input: NewPlay) -> Result<Play> {
        Ok(plays::create(ctx.me()?, input).await?.into())
    }

    /// Change a play: what is left out stays, null clears. What waits of one that is disabled, or waits for something else,
    /// is called off.
    async fn update_play(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: PlayPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Play> {
        let expected = Expected::of(if_version, base_version);
        Ok(plays::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a play. What waits of it is called off. It can be restored.
    async fn delete_play(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Play> {
        Ok(plays::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted play back, disabled.
    async fn restore_play(&self, ctx: &Context<'_>, id: Id) -> Result<Play> {
        Ok(plays::restore(ctx.me()?, id).await?.into())
    }
}
