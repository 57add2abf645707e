use rapport_entity::{
    customers::{contact, customer},
    identity::user,
};

use crate::kernel::{Faults, Read, Result, Tx};

/// Who has to do with a record: the customer, the person there, and the user on our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parties {
    pub customer: Option<customer::Id>,
    pub contact: Option<contact::Id>,
    pub owner: Option<user::Id>,
}

impl Parties {
    /// Whoever is named anew must be there and visible, and the person must be one of the customer's.
    pub async fn check(self, tx: &Tx<'_>, before: Self) -> Result<()> {
        let mut faults = Faults::default();
        self.judge(tx, before, &mut faults).await?;
        faults.check()
    }

    /// The same, among other faults.
    pub async fn judge(self, tx: &Tx<'_>, before: Self, faults: &mut Faults) -> Result<()> {
        if self.customer != before.customer
            && let Some(id) = self.customer
            && tx.can::<customer::Entity, Read>()?.live(&[id]).await?.is_empty()
        {
            faults.conflict("/customerId", "is no customer");
        }
        if (self.customer, self.contact) != (before.customer, before.contact)
            && let Some(id) = self.contact
            && !self.has(tx, id).await?
        {
            faults.conflict("/contactId", "is no contact of this customer");
        }
        if self.owner != before.owner
            && let Some(id) = self.owner
            && tx.can::<user::Entity, Read>()?.live(&[id]).await?.is_empty()
        {
            faults.conflict("/ownerId", "is no user of this workspace");
        }
        Ok(())
    }

    async fn has(self, tx: &Tx<'_>, contact: contact::Id) -> Result<bool> {
        let contact = tx.can::<contact::Entity, Read>()?.live(&[contact]).await?.pop();
        Ok(contact.is_some_and(|contact| Some(contact.customer_id) == self.customer))
    }
}
