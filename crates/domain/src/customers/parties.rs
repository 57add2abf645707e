use rapport_entity::{
    customers::{contact, customer},
    identity::user,
    sales::{lead, opportunity},
};

use crate::kernel::{Faults, Read, Result, Tx};

/// Who has to do with a record: the customer, the person there, and the user on our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parties {
    pub customer: Option<customer::Id>,
    pub contact: Option<contact::Id>,
    pub owner: Option<user::Id>,
    pub opportunity: Option<opportunity::Id>,
    pub lead: Option<lead::Id>,
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
        if (self.customer, self.opportunity) != (before.customer, before.opportunity)
            && let Some(id) = self.opportunity
            && !self.buys_by(tx, id).await?
        {
            faults.conflict("/opportunityId", "is no opportunity of this customer");
        }
        if self.lead != before.lead
            && let Some(id) = self.lead
            && tx.can::<lead::Entity, Read>()?.live(&[id]).await?.is_empty()
        {
            faults.conflict("/leadId", "is no lead");
        }
        Ok(())
    }

    /// Whether an opportunity is one of the customer's, or nobody's so far.
    async fn buys_by(self, tx: &Tx<'_>, opportunity: opportunity::Id) -> Result<bool> {
        let found = tx.can::<opportunity::Entity, Read>()?.live(&[opportunity]).await?.pop();
        Ok(found
            .is_some_and(|found| found.customer_id.is_none() || found.customer_id == self.customer))
    }

    async fn has(self, tx: &Tx<'_>, contact: contact::Id) -> Result<bool> {
        let contact = tx.can::<contact::Entity, Read>()?.live(&[contact]).await?.pop();
        Ok(contact.is_some_and(|contact| Some(contact.customer_id) == self.customer))
    }
}
