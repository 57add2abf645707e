use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    lifecycle::{
        figures::{self, WinbackFigures},
        programmes::{self, NewWinbackProgramme, WinbackProgrammePatch},
    },
    records,
};
use rapport_entity::{
    lifecycle::winback_programme::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::{ContextExt, WinbackFiguresOf},
};

/// What is offered to lost customers for a while to win them back.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct WinbackProgramme {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for WinbackProgramme {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl WinbackProgramme {
    /// How well it wins customers back.
    async fn figures(&self, ctx: &Context<'_>) -> Result<WinbackFigures> {
        ctx.load_many(WinbackFiguresOf(self.row.id)).await
    }
}

#[derive(Default)]
pub struct WinbackProgrammeQuery;

#[Object]
impl WinbackProgrammeQuery {
    /// Win-back programmes, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn winback_programmes(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<WinbackProgramme>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One win-back programme.
    async fn winback_programme(&self, ctx: &Context<'_>, id: Id) -> Result<WinbackProgramme> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How well a programme wins customers back.
    async fn winback_programme_figures(&self, ctx: &Context<'_>, id: Id) -> Result<WinbackFigures> {
        Ok(figures::of_programme(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct WinbackProgrammeMutation;

#[Object]
impl WinbackProgrammeMutation {
    /// Make a win-back programme.
    async fn create_winback_programme(
        &self,
        ctx: &Context<'_>,
        input: NewWinbackProgramme,
    ) -> Result<WinbackProgramme> {
        Ok(programmes::create(ctx.me()?, input).await?.into())
    }

    /// Change a win-back programme: what is left out stays, null clears.
    async fn update_winback_programme(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WinbackProgrammePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<WinbackProgramme> {
        Ok(programmes::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Delete a win-back programme. It can be restored.
    async fn delete_winback_programme(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<WinbackProgramme> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted win-back programme back.
    async fn restore_winback_programme(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<WinbackProgramme> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
