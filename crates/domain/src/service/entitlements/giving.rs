//! The reader of the log that gives customers what the products carry that they have ordered. Orders know nothing of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rapport_entity::{
    log::event,
    sales::{delivery, order},
    service::service_plan::{self, Column},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::async_trait, sea_query::Expr};
use uuid::Uuid;

use super::given;
use crate::{
    following::{Due, Reader, Turn},
    kernel::{Result, Tx, database::is_one_of},
};

/// The reader of the log that makes entitlements of orders.
#[derive(Debug)]
pub(crate) struct ServicePlans;

#[async_trait::async_trait]
impl Reader for ServicePlans {
    fn name(&self) -> &'static str {
        "service_plans"
    }

    /// What was ordered before anybody read gives nothing.
    async fn begin(&self, _: &Tx<'_>, _: Turn) -> Result<Due> {
        Ok(None)
    }

    async fn follow(&self, tx: &Tx<'_>, events: &[event::Model], _: Turn) -> Result<Due> {
        let orders = touched(tx, events).await?;
        if !orders.is_empty() {
            given::follow(tx, &plans(tx).await?, &orders).await?;
        }
        Ok(None)
    }

    async fn pass(&self, _: &Tx<'_>, _: DateTime<Utc>, _: Turn) -> Result<Due> {
        Ok(None)
    }
}

/// The plans that orders give anything by, now or before.
async fn plans(tx: &Tx<'_>) -> Result<Vec<service_plan::Model>> {
    let live = service_plan::Entity::find().filter(Column::DeletedAt.is_null());
    tx.rows::<service_plan::Entity>().all(live).await
}

/// The orders that events are about, in order.
async fn touched(tx: &Tx<'_>, events: &[event::Model]) -> Result<Vec<order::Id>> {
    let of = |resource: &str| -> Vec<Uuid> {
        let about = |event: &&event::Model| event.name.split('.').next() == Some(resource);
        events.iter().filter(about).map(|event| event.subject_id).collect()
    };
    let mut orders: BTreeSet<Uuid> = of("order").into_iter().collect();
    let deliveries = of("delivery");
    if !deliveries.is_empty() {
        let id = Expr::col(delivery::Column::Id);
        let these = delivery::Entity::find().filter(is_one_of(id, &deliveries, tx.backend()));
        let these = tx.rows::<delivery::Entity>().all(these).await?;
        orders.extend(these.iter().map(|delivery| delivery.order_id.uuid()));
    }
    Ok(orders.into_iter().map(order::Id::from).collect())
}
