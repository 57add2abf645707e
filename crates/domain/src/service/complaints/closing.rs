//! What must have been done before a complaint is closed.

use rapport_entity::service::{
    complaint, promise,
    promise::Status,
    service_request::{Kind, Model},
};
use sea_orm::{ColumnTrait, Condition};

use crate::kernel::{Faults, Read, Result, Tx};

/// A complaint is over once the customer was told what came of it, and somebody has looked whether they got what they were
/// promised. The request is locked: nothing is promised meanwhile.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) names everything that is missing.
pub async fn check_closing(tx: &Tx<'_>, request: &Model) -> Result<()> {
    if request.kind != Kind::Complaint {
        return Ok(());
    }
    let mut faults = Faults::default();
    let told = Condition::all()
        .add(complaint::Column::RequestId.eq(request.id))
        .add(complaint::Column::ToldAt.is_not_null());
    if tx.entailed::<complaint::Entity, Read>().filtered(told, 1).await?.is_empty() {
        let why =
            "is a complaint whose outcome the customer was not told (POST /complaints/{id}/tell)";
        faults.conflict("/status", why);
    }
    let open = Condition::all()
        .add(promise::Column::RequestId.eq(request.id))
        .add(promise::Column::Status.eq(Status::Open));
    if let Some(open) = tx.entailed::<promise::Entity, Read>().filtered(open, 1).await?.pop() {
        let why = format!(
            "is a complaint with a promise of which nobody knows whether it was kept: {}",
            open.id
        );
        faults.conflict("/status", why);
    }
    faults.check()
}
