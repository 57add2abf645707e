//! What has come in by e-mail, so that it is known when it comes again. Written with what became of it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::mailbox;
use crate::{Scoped, identity::workspace, values::choice};

/// An e-mail that came in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbound_mail")]
pub struct Model {
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    #[doc(hidden)]
    pub mailbox_id: mailbox::Id,
    #[doc(hidden)]
    pub outcome: Outcome,
    #[doc(hidden)]
    pub record_id: Option<Uuid>,
    #[doc(hidden)]
    pub received_at: DateTime<Utc>,
    #[doc(hidden)]
    pub forget_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// What became of an e-mail.
    #[schema(as = MailOutcome)]
    #[graphql(name = "MailOutcome")]
    pub enum Outcome {
        /// A new service request.
        Request,
        /// A message about a service request that was there.
        Message,
        /// An internal note: a program has answered by itself.
        Note,
        /// A lead.
        Lead,
        /// Nothing.
        Dropped,
    }
}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}
