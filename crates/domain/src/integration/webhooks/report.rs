//! What a worker writes down at once: in one transaction, if the lease is still its own.

use std::collections::HashSet;

use rapport_entity::integration::{
    webhook_delivery::{Id as DeliveryId, Model as Delivery},
    webhook_endpoint::{self, DisabledReason},
};
use uuid::Uuid;

use super::{ledger, reader};
use crate::kernel::{Position, Result, Tx, log};

/// How an endpoint fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it did.
    AsBefore,
    /// Something got through again.
    Well,
    /// Nothing gets through any more.
    Failing,
}

/// What is to be written down.
#[derive(Debug)]
pub struct Report {
    /// The endpoint.
    pub endpoint: webhook_endpoint::Id,
    /// The deliveries, as they are now.
    pub rows: Vec<Delivery>,
    /// Their ids.
    pub ids: HashSet<DeliveryId>,
    /// The records about which something is done with that others may wait for.
    pub freed: Vec<Uuid>,
    /// How far of the log all is done with.
    pub mark: Option<Position>,
    /// Whether what waits is to be tried at once.
    pub hasten: bool,
    /// Whether what is on its way is given up.
    pub give_up: bool,
    /// How the endpoint fares.
    pub health: Health,
    /// Why it is disabled, where it is.
    pub disable: Option<DisabledReason>,
}

impl Report {
    /// The records that are still waited for, of those that were freed; `None` where the lease is another's.
    pub async fn write(&self, tx: &Tx<'_>, node: Uuid) -> Result<Option<Vec<Uuid>>> {
        tx.unheard();
        if !ledger::fence(tx, self.endpoint, node).await? {
            return Ok(None);
        }
        ledger::write(tx, &self.rows).await?;
        let waited_for = ledger::release(tx, self.endpoint, &self.freed).await?;
        if self.hasten {
            ledger::hasten(tx, self.endpoint).await?;
        }
        if self.give_up {
            ledger::give_up(tx, self.endpoint).await?;
        }
        match self.health {
            Health::AsBefore => {}
            Health::Well => ledger::set_failing(tx, self.endpoint, None).await?,
            Health::Failing => ledger::set_failing(tx, self.endpoint, Some(tx.now())).await?,
        }
        if let Some(reason) = self.disable {
            ledger::disable(tx, self.endpoint, reason).await?;
        }
        if let Some(mark) = self.mark {
            let name = reader(self.endpoint);
            log::advance(tx.transaction(), tx.actor().workspace, &name, mark).await?;
        }
        Ok(Some(waited_for))
    }
}
