use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer,
    lifecycle::lifecycle_stage::{self, Column, Entity},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType,
};

use crate::kernel::{Result, Tx};

/// The lifecycle stage in which new customers begin, if there is one.
pub struct Beginning {
    stage: Option<lifecycle_stage::Id>,
    now: DateTime<Utc>,
}

/// Where new customers begin. Until the transaction ends, nobody deletes that stage.
pub async fn beginning(tx: &Tx<'_>) -> Result<Beginning> {
    let initial = Entity::find()
        .filter(Column::IsInitial.eq(true))
        .filter(Column::DeletedAt.is_null())
        .lock(LockType::Share);
    let stage = tx.rows::<Entity>().all(initial).await?.pop();
    Ok(Beginning { stage: stage.map(|stage| stage.id), now: tx.now() })
}

impl Beginning {
    /// The customer, at the beginning.
    pub fn mark(&self, row: customer::ActiveModel) -> customer::ActiveModel {
        let since = self.stage.map(|_| self.now);
        customer::ActiveModel { stage_id: Set(self.stage), stage_since: Set(since), ..row }
    }
}
