use async_graphql::{
    Context, OutputType, Result, SimpleObject,
    connection::{Connection, Edge, EmptyFields},
};
use rapport_domain::{
    Error, Fault,
    kernel::{Described, Listing, Page, Part},
    records,
};
use rapport_entity::rule::Rule;

use super::rows::ContextExt;

/// A page of a list, as Relay has it.
pub type Connected<N> = Connection<String, N, Total>;

/// What a connection has beside its edges.
#[derive(SimpleObject)]
pub struct Total {
    /// How many there are in all. Counted only when it is selected.
    total_count: Option<i64>,
}

/// The arguments of a list.
#[derive(Default)]
pub struct Args {
    pub filter: Option<Rule>,
    pub q: Option<String>,
    pub sort: Option<String>,
    pub first: i32,
    pub after: Option<String>,
    pub deleted: bool,
}

impl Args {
    /// The listing that they ask for; counted where the answer has room for it.
    pub fn listing(self, ctx: &Context<'_>) -> Result<Listing> {
        let listing = Listing {
            filter: self.filter,
            q: self.q,
            sort: self.sort,
            cursor: self.after,
            limit: u64::try_from(self.first).unwrap_or(0),
            count: ctx.look_ahead().field("totalCount").exists(),
            deleted: self.deleted,
        };
        Ok(listing.checked().map_err(by_argument)?)
    }
}

/// What is wrong with a listing, by the names that its members have as arguments.
pub fn by_argument(err: Error) -> Error {
    let named = |mut fault: Fault| {
        fault.pointer = match fault.pointer.as_str() {
            "/limit" => "/first".to_owned(),
            "/cursor" => "/after".to_owned(),
            _ => fault.pointer,
        };
        fault
    };
    match err {
        Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(named).collect()),
        err => err,
    }
}

/// A list of records.
pub async fn list<E, N>(ctx: &Context<'_>, args: Args) -> Result<Connected<N>>
where
    E: Described,
    N: OutputType + From<E::Model>,
{
    let listing = args.listing(ctx)?;
    let page = records::list::<E>(ctx.me()?, &listing).await.map_err(by_argument)?;
    Ok(connect(page, listing.cursor.is_some()))
}

/// The part of a history that arguments ask for, and whether there is one before it.
pub fn part(first: i32, after: Option<String>) -> Result<(Part, bool)> {
    let continued = after.is_some();
    let limit = u64::try_from(first).unwrap_or(0);
    Ok((Part { cursor: after, limit }.checked().map_err(by_argument)?, continued))
}

/// A page as a connection.
pub fn connect<M, N: OutputType + From<M>>(page: Page<M>, continued: bool) -> Connected<N> {
    let total = Total { total_count: page.total };
    let mut connection = Connection::with_additional_fields(continued, page.more, total);
    let edges = page.items.into_iter().enumerate().map(|(place, row)| {
        let cursor = page.cursors.after(place).unwrap_or_default();
        Edge::with_additional_fields(cursor, N::from(row), EmptyFields)
    });
    connection.edges.extend(edges);
    connection
}
