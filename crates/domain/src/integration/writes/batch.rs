//! Many writes in one request: all or none, or each for itself.

use rapport_entity::identity::role::Verb;

use super::{Work, may_write};
use crate::kernel::{Ctx, Error, Faults, Result};

/// So many writes may come at once.
pub const MOST: usize = 1_000;

/// So many are one transaction where each stands for itself: others get their turn in between.
const TOGETHER: usize = 100;

/// A write of a batch.
pub struct Item<W> {
    /// Where its members are in the request: a JSON pointer.
    pub at: String,
    /// What is to be done, or what is wrong with it.
    pub write: Result<W>,
}

/// A write that was done.
#[derive(Debug)]
pub struct Done<R> {
    /// What was done.
    pub verb: Verb,
    /// The record as it is since, unless it was deleted.
    pub record: Option<R>,
}

type Outcome<W> = Result<Done<<W as Work>::Record>>;

/// Does writes in order, so that later ones may refer to what earlier ones made. Where they are `atomic`, all are done or
/// none is; else each for itself.
///
/// # Errors
/// [`Error::Forbidden`] where the actor may write nothing of the kind. Where they are atomic [`Error::Invalid`] or
/// [`Error::Conflict`] names all that is wrong with any. [`Error::Unavailable`].
pub async fn batch<W: Work>(
    ctx: &Ctx,
    atomic: bool,
    items: Vec<Item<W>>,
) -> Result<Vec<Outcome<W>>> {
    may_write::<W>(ctx)?;
    if items.is_empty() || items.len() > MOST {
        return Err(Error::invalid("/operations", format!("must have 1 to {MOST} operations")));
    }
    if atomic { all(ctx, items).await } else { each(ctx, items).await }
}

async fn all<W: Work>(ctx: &Ctx, items: Vec<Item<W>>) -> Result<Vec<Outcome<W>>> {
    ctx.together(async |ctx| {
        let mut outcomes = Vec::with_capacity(items.len());
        let mut faults = Faults::default();
        for item in items {
            match apply(ctx, item.write).await {
                Ok(done) => outcomes.push(Ok(done)),
                Err(err @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(err),
                Err(err) => faults.under(&item.at, err),
            }
        }
        faults.check().map(|()| outcomes)
    })
    .await
}

async fn each<W: Work>(ctx: &Ctx, items: Vec<Item<W>>) -> Result<Vec<Outcome<W>>> {
    let mut outcomes = Vec::with_capacity(items.len());
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let some: Vec<Item<W>> = items.by_ref().take(TOGETHER).collect();
        let count = some.len();
        match ctx.together(async |ctx| Ok(one_by_one(ctx, some).await)).await {
            Ok(done) => outcomes.extend(done),
            // What was done before is done, and whoever asked is to hear of it.
            Err(err) if outcomes.is_empty() => return Err(err),
            Err(err) => {
                let why = err.to_string();
                let lost = || Err(Error::Unavailable(anyhow::Error::msg(why.clone())));
                outcomes.extend(std::iter::repeat_with(lost).take(count));
            }
        }
    }
    Ok(outcomes)
}

async fn one_by_one<W: Work>(ctx: &Ctx, items: Vec<Item<W>>) -> Vec<Outcome<W>> {
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        outcomes.push(apply(ctx, item.write).await.map_err(|err| err.under(&item.at)));
    }
    outcomes
}

async fn apply<W: Work>(ctx: &Ctx, write: Result<W>) -> Outcome<W> {
    let write = write?;
    let verb = write.verb();
    Ok(Done { verb, record: write.apply(ctx).await? })
}
