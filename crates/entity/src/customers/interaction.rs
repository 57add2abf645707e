use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{contact, customer};
use crate::{
    Count, ExternalId, Label, Moment, Name, Owner, Source, Text,
    identity::{user, workspace},
    sales::opportunity,
    values::{beginning, choice, search_terms},
};

/// The id of an interaction.
pub type Id = crate::Id<Entity>;

/// Something that went on between a customer and us: a call, a mail, a visit.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "interaction")]
#[serde(rename_all = "camelCase")]
#[schema(as = Interaction)]
#[graphql(name = "InteractionRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What it was.
    pub kind: Kind,
    /// Who turned to whom.
    pub direction: Direction,
    /// The customer it was with.
    pub customer_id: customer::Id,
    /// The person there it was with.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it is about.
    pub opportunity_id: Option<opportunity::Id>,
    /// The user who had it.
    pub owner_id: Option<user::Id>,
    /// When it began.
    pub occurred_at: Moment,
    /// How long it took, in seconds.
    pub duration_seconds: Option<Count>,
    /// What it was about.
    pub subject: Option<Name>,
    /// What was said or written.
    pub body: Option<Text>,
    /// What came of it, e.g. `reached`, `no answer` or `demo agreed`.
    pub outcome: Option<Label>,
    /// Over what it went, where the kind leaves it open, e.g. `whatsapp` or `shop berlin`.
    pub channel: Option<Label>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub search_text: String,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// What an interaction was.
    #[schema(as = InteractionKind)]
    #[graphql(name = "InteractionKind")]
    pub enum Kind {
        /// A telephone call.
        Call,
        /// An e-mail.
        Email,
        /// A short message: SMS or a messenger.
        Message,
        /// Somebody came to the other's place.
        Visit,
        /// People met elsewhere, or over video.
        Meeting,
        /// A conversation on a web site or in an app.
        Chat,
        /// Something to remember.
        Note,
        /// The customer bought, or was about to, where somebody of ours stood by.
        PurchaseContact,
    }
}

choice! {
    /// Who turned to whom.
    #[schema(as = InteractionDirection)]
    #[graphql(name = "InteractionDirection")]
    pub enum Direction {
        /// The customer to us.
        Inbound,
        /// We to the customer.
        Outbound,
        /// We among ourselves.
        Internal,
    }
}

impl Kind {
    /// The direction that is meant where none is said.
    pub fn direction(self) -> Direction {
        match self {
            Self::Chat | Self::PurchaseContact => Direction::Inbound,
            Self::Note => Direction::Internal,
            Self::Call | Self::Email | Self::Message | Self::Visit | Self::Meeting => {
                Direction::Outbound
            }
        }
    }
}

crate::resource!("interaction", owner: Owner::Column(Column::OwnerId), wire: Model, {
    crate::by_place! {
        id, workspace_id, kind, direction, customer_id, contact_id: null, opportunity_id: null, owner_id: null, occurred_at, duration_seconds: null, subject: null, body: null, outcome: null, channel: null, source: null, external_id: null, search_text, version, created_at, updated_at, deleted_at: null
    }

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        let words = [
            row.subject.as_ref().map(Name::as_str),
            row.outcome.as_ref().map(Label::as_str),
            row.channel.as_ref().map(Label::as_str),
            row.body.as_ref().map(|body| beginning(body.as_str())),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::Direction => Direction::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SearchText)
    }
});
