use rapport_entity::{
    identity::{team, user},
    sales::product,
};

use crate::kernel::{Described, Error, Faults, Read, Result, Tx};

/// Who and what figures are of: a user, a team, or where neither is named the workspace; of one product, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub user: Option<user::Id>,
    pub team: Option<team::Id>,
    pub product: Option<product::Id>,
}

impl Subject {
    /// That it is one, and there.
    pub async fn check(&self, tx: &Tx<'_>, faults: &mut Faults) -> Result<()> {
        if self.user.is_some() && self.team.is_some() {
            faults.invalid("/teamId", "must be left out where a user is named");
        }
        if !is_there::<user::Entity>(tx, self.user).await? {
            faults.conflict("/userId", "is no user");
        }
        if !is_there::<team::Entity>(tx, self.team).await? {
            faults.conflict("/teamId", "is no team");
        }
        if !is_there::<product::Entity>(tx, self.product).await? {
            faults.conflict("/productId", "is no product");
        }
        Ok(())
    }
}

/// Whether a record is there, where one is named. What the actor may not see is not.
async fn is_there<E: Described>(tx: &Tx<'_>, id: Option<rapport_entity::Id<E>>) -> Result<bool> {
    let Some(id) = id else { return Ok(true) };
    match tx.can::<E, Read>() {
        Ok(records) => Ok(!records.live(&[id]).await?.is_empty()),
        Err(Error::Forbidden { .. }) => Ok(false),
        Err(err) => Err(err),
    }
}
