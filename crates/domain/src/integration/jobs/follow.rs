use std::time::Duration;

use futures_util::{Stream, stream};
use rapport_entity::{Id, Versioned};
use tokio::time::sleep;

use crate::kernel::{Ctx, Described, Read, Result};

/// How often is looked how far a job has come. Whichever node is at it, it is in the database.
const LOOK: Duration = Duration::from_millis(250);

/// How far a job has come: as it is now, and again each time that has changed, until it is over. Whether the caller may
/// still see it is asked each time.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound). After an error the stream ends.
pub async fn follow<E>(
    ctx: Ctx,
    id: Id<E>,
    is_over: fn(&E::Model) -> bool,
) -> Result<impl Stream<Item = Result<E::Model>> + Send + use<E>>
where
    E: Described,
    E::Model: Versioned,
{
    let first = ctx.can::<E, Read>()?.one(id).await?;
    let following = Following { ctx, id, is_over, next: Some(first), seen: None };
    Ok(stream::try_unfold(following, |mut following| async move {
        Ok(following.next().await?.map(|row| (row, following)))
    }))
}

struct Following<E: Described> {
    ctx: Ctx,
    id: Id<E>,
    is_over: fn(&E::Model) -> bool,
    next: Option<E::Model>,
    /// The tag of what was told last; empty once it was told that the job is over.
    seen: Option<String>,
}

impl<E: Described> Following<E>
where
    E::Model: Versioned,
{
    async fn next(&mut self) -> Result<Option<E::Model>> {
        if self.seen.as_ref().is_some_and(String::is_empty) {
            return Ok(None);
        }
        loop {
            let row = match self.next.take() {
                Some(row) => row,
                None => {
                    sleep(LOOK).await;
                    let ctx = self.ctx.renewed().await?;
                    ctx.can::<E, Read>()?.one(self.id).await?
                }
            };
            let tag = row.tag();
            if self.seen.as_ref() != Some(&tag) {
                self.seen = Some(if (self.is_over)(&row) { String::new() } else { tag });
                return Ok(Some(row));
            }
        }
    }
}
