//! What a new workspace begins with: gathered from every part of the business in one place, so that no part has to
//! import another.

use crate::{
    kernel::{Result, Tx},
    lifecycle,
    sales::pipelines,
    service,
};

/// Saves it.
pub async fn create(tx: &Tx<'_>) -> Result<()> {
    lifecycle::defaults::create(tx).await?;
    pipelines::defaults::create(tx).await?;
    service::defaults::create(tx).await
}
