use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject, Subscription};
use futures_util::{Stream, TryStreamExt};
use rapport_domain::{
    integration::{
        exports::{self, NewExport},
        jobs,
    },
    records,
};
use rapport_entity::{
    integration::export::{Entity, Id, Model},
    rule::Rule,
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Records written to a file, which can be fetched once that is done.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Export {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Export {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Export {
    /// Only the records of which this rule holds; of the shape of the input `Rule`.
    async fn filter(&self) -> Option<Json<&Rule>> {
        self.row.filter.as_ref().map(Json)
    }

    /// Only these fields, in this order; all where it is null.
    async fn fields(&self) -> Option<&Vec<String>> {
        self.row.fields.as_ref().map(|fields| &fields.0)
    }

    /// Where the file is fetched, once the export is done.
    async fn file_path(&self) -> String {
        format!("/api/v1/exports/{}/file", self.row.id)
    }
}

#[derive(Default)]
pub struct ExportQuery;

#[Object]
impl ExportQuery {
    /// Exports, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn exports(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Export>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One export, as far as it has come.
    async fn export(&self, ctx: &Context<'_>, id: Id) -> Result<Export> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ExportMutation;

#[Object]
impl ExportMutation {
    /// Export records to a file: what a list with this filter gives, however much it is.
    async fn create_export(&self, ctx: &Context<'_>, input: NewExport) -> Result<Export> {
        Ok(exports::create(ctx.me()?, input).await?.into())
    }

    /// Call an export off.
    async fn cancel_export(&self, ctx: &Context<'_>, id: Id) -> Result<Export> {
        Ok(exports::cancel(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ExportSubscription;

#[Subscription]
impl ExportSubscription {
    /// How far an export has come, as it goes on: the export, each time that it has changed, until it is over.
    async fn export(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<impl Stream<Item = Result<Export>> + use<>> {
        let is_over = |row: &Model| row.state.is_over();
        let progress = jobs::follow::<Entity>(ctx.me()?.clone(), id, is_over).await?;
        Ok(progress.map_ok(Export::from).map_err(async_graphql::Error::from))
    }
}
