//! The words that records are marked with.

use rapport_entity::{
    Tag,
    customers::custom_field::Extended,
    identity::role::{Scope, Verb},
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Order, Query},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Ctx, Error, Result};

/// The tags that are in use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TagList {
    /// In alphabetical order, at most 1,000.
    #[schema(max_items = 1000)]
    pub items: Vec<Tag>,
}

/// So many are given at once.
const MOST: u64 = 1000;

/// The tags that are in use on records of a kind, so that people can choose among them.
///
/// # Errors
/// [`Error::Forbidden`] where the actor may read no such record.
pub async fn list(ctx: &Ctx, resource: Extended) -> Result<TagList> {
    let resource = resource.name();
    if ctx.actor().permissions.scope(resource, Verb::Read) == Scope::None {
        return Err(Error::Forbidden { verb: "read", resource });
    }
    let column = |name: &str| Expr::col(Alias::new(name));
    let query = Query::select()
        .distinct()
        .expr(column("tag"))
        .from(Alias::new("record_tag"))
        .and_where(column("workspace_id").eq(ctx.actor().workspace))
        .and_where(column("resource").eq(resource))
        .order_by(Alias::new("tag"), Order::Asc)
        .limit(MOST)
        .to_owned();
    let db = ctx.reader().await?;
    let rows = db.query_all_raw(ctx.database().backend().build(&query)).await?;
    let tag = |row: &sea_orm::QueryResult| row.try_get_by_index::<Tag>(0);
    Ok(TagList { items: rows.iter().map(tag).collect::<Result<_, _>>()? })
}
