//! How often signing in to an account failed lately. Kept for accounts that do not exist too,
//! so that the throttle tells nobody which do.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The failures of one account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_throttle")]
pub struct Model {
    /// The SHA-256 of workspace and e-mail address, folded.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: Vec<u8>,
    /// Failures since the window began.
    pub failures: i32,
    /// When the window began.
    pub since: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
