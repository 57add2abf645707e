use async_graphql::{Context, Object, Result, Subscription};
use futures_util::{Stream, TryStreamExt, stream};
use rapport_domain::{
    Error,
    integration::{
        files::Files,
        imports::{self, NewImport},
        jobs,
    },
    records,
};
use rapport_entity::{
    integration::import::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

#[derive(Default)]
pub struct ImportQuery;

#[Object]
impl ImportQuery {
    /// Imports, newest first. (Error files are fetched over REST.)
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn imports(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Model>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One import, as far as it has come.
    async fn import(&self, ctx: &Context<'_>, id: Id) -> Result<Model> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Import a small file. (A large one is sent over REST, as the body.)
    async fn create_import(
        &self,
        ctx: &Context<'_>,
        input: NewImport,
        #[graphql(desc = "The file.")] content: String,
    ) -> Result<Model> {
        let body = stream::iter([Ok::<_, Error>(content.into_bytes())]);
        Ok(imports::create(ctx.me()?, ctx.data::<Files>()?, input, body).await?)
    }

    /// Call an import off. What was imported until then stays, and can be undone.
    async fn cancel_import(&self, ctx: &Context<'_>, id: Id) -> Result<Model> {
        Ok(imports::cancel(ctx.me()?, id).await?)
    }

    /// Undo an import: what it made is deleted, what it changed is changed back, but for members that somebody has changed
    /// since.
    async fn undo_import(&self, ctx: &Context<'_>, id: Id) -> Result<Model> {
        Ok(imports::undo_import(ctx.me()?, id).await?)
    }
}

#[derive(Default)]
pub struct ImportSubscription;

#[Subscription]
impl ImportSubscription {
    /// How far an import has come, as it goes on: the import, each time that it has changed, until it is over.
    async fn import(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<impl Stream<Item = Result<Model>> + use<>> {
        let is_over = |row: &Model| row.state.is_over();
        let progress = jobs::follow::<Entity>(ctx.me()?.clone(), id, is_over).await?;
        Ok(progress.map_err(async_graphql::Error::from))
    }
}
