use rapport_entity::{
    identity::user,
    service::{
        queue, service_agent,
        service_request::{Entity, Model},
    },
};

use super::{hands::check_member, saving::give};
use crate::{
    kernel::{Ctx, Error, Read, Result, Tx, Update},
    service::{
        agents,
        assignment::{self, Assignment, Needs},
    },
};

/// Takes the most urgent request of a queue that nobody has and that whoever asks can do: of those of one priority the
/// oldest. No two who ask at once get the same.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is a queue of others, where they have as many as they may, or where nothing
/// waits in it that they can do.
pub async fn take_next(ctx: &Ctx, id: queue::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        tx.can::<Entity, Update>()?;
        let queue = tx.can::<queue::Entity, Read>()?.one(id).await?;
        let Some(me) = tx.actor().user else {
            return Err(Error::Refused("only a user can have a service request".to_owned()));
        };
        check_member(tx, &queue, me)?;
        assignment::one_at_a_time(tx).await?;
        let profile = agents::of_user(tx, me).await?;
        check_room(tx, me, profile.as_ref()).await?;
        let waiting = assignment::first(tx.can::<Entity, Read>()?, id).await?;
        let needs = Needs::of_all(tx, &waiting).await?;
        let can = |needs: &Needs| needs.are_met_by(profile.as_ref());
        for (request, _) in waiting.iter().zip(&needs).filter(|(_, needs)| can(needs)) {
            if let Some(before) = assignment::held_if_waiting(tx, request.id, id).await? {
                return give(tx, &before, "taken", Assignment::taken(me, id)).await;
            }
        }
        Err(Error::Refused("nothing waits in the queue that you can do".to_owned()))
    })
    .await
}

/// Whoever has as many as they may takes no more.
async fn check_room(
    tx: &Tx<'_>,
    me: user::Id,
    profile: Option<&service_agent::Model>,
) -> Result<()> {
    let Some(most) = profile.and_then(|profile| profile.capacity) else { return Ok(()) };
    let open = assignment::open(tx, &[me]).await?.into_values().sum::<i64>();
    match open < i64::from(most) {
        true => Ok(()),
        false => {
            let most = i64::from(most);
            Err(Error::Refused(format!("you have as many open requests as you may, {most}")))
        }
    }
}
