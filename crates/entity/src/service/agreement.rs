use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Currency, Custom, Date, DayCount, ExternalId, Money, Name, Owner, Source, Tags, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    values::{MonthCount, choice, fold, search_terms},
};

/// The id of an agreement.
pub type Id = crate::Id<Entity>;

/// An agreement, as stored: [`Agreement`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub number: String,
    #[doc(hidden)]
    pub name: Name,
    #[doc(hidden)]
    pub sort_name: String,
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub contact_id: Option<contact::Id>,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub starts_on: Date,
    #[doc(hidden)]
    pub ends_on: Option<Date>,
    #[doc(hidden)]
    pub renewal: Renewal,
    #[doc(hidden)]
    pub renewal_months: Option<MonthCount>,
    #[doc(hidden)]
    pub remind_days: DayCount,
    #[doc(hidden)]
    pub reminded_of: Option<Date>,
    #[doc(hidden)]
    pub renewal_count: i32,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub fee_minor: Option<i64>,
    #[doc(hidden)]
    pub terms: Option<Text>,
    #[doc(hidden)]
    pub cancel_reason: Option<Text>,
    #[doc(hidden)]
    pub source: Option<Source>,
    #[doc(hidden)]
    pub external_id: Option<ExternalId>,
    #[doc(hidden)]
    pub search_text: String,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub comparable: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
    #[doc(hidden)]
    pub version: i32,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
    #[doc(hidden)]
    pub updated_at: DateTime<Utc>,
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What we have promised a customer for a time: what it covers are its entitlements.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "AgreementRow")]
pub struct Agreement {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The number people say on the phone, e.g. `A-1017`; unique in the workspace.
    #[schema(max_length = 32, pattern = "^A-[0-9]+$")]
    pub number: String,
    /// What it is called.
    pub name: Name,
    /// The customer.
    pub customer_id: customer::Id,
    /// The person there to talk to about it.
    pub contact_id: Option<contact::Id>,
    /// The user who looks after it, and is told when it ends.
    pub owner_id: Option<user::Id>,
    /// Where it stands.
    pub status: Status,
    /// What may become of it from here.
    #[schema(max_items = 3)]
    pub next: Vec<Status>,
    /// The first day.
    pub starts_on: Date,
    /// The last day; it goes on where it is null.
    pub ends_on: Option<Date>,
    /// What becomes of it when it ends.
    pub renewal: Renewal,
    /// It is renewed for so many months; null where it is not.
    pub renewal_months: Option<MonthCount>,
    /// So many days before it ends its owner is told.
    pub remind_days: DayCount,
    /// How often it has been renewed.
    #[schema(minimum = 0)]
    pub renewal_count: i32,
    /// What the customer pays for each term; null where nothing is said of it.
    pub fee: Option<Money>,
    /// What was agreed on, in words.
    pub terms: Option<Text>,
    /// Why it was cancelled; null where it was not.
    pub cancel_reason: Option<Text>,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// Values of the workspace's custom fields.
    pub custom: Custom,
    /// Words that the record is marked with.
    pub tags: Tags,
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

impl From<Model> for Agreement {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            number: row.number,
            name: row.name,
            customer_id: row.customer_id,
            contact_id: row.contact_id,
            owner_id: row.owner_id,
            status: row.status,
            next: row.status.next().to_vec(),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            renewal: row.renewal,
            renewal_months: row.renewal_months,
            remind_days: row.remind_days,
            renewal_count: row.renewal_count,
            fee: row.fee_minor.map(|minor| Money::from_minor(minor, row.currency)),
            terms: row.terms,
            cancel_reason: row.cancel_reason,
            source: row.source,
            external_id: row.external_id,
            custom: row.custom,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

choice! {
    /// Where an agreement stands.
    #[derive(Default)]
    #[schema(as = AgreementStatus)]
    #[graphql(name = "AgreementStatus")]
    pub enum Status {
        /// Being agreed on: it covers nothing yet.
        Draft,
        /// It holds, within its days.
        #[default]
        Active,
        /// Its last day has passed.
        Ended,
        /// It was called off.
        Cancelled,
    }
}

choice! {
    /// What becomes of an agreement when it ends.
    #[derive(Default)]
    #[schema(as = AgreementRenewal)]
    #[graphql(name = "AgreementRenewal")]
    pub enum Renewal {
        /// It ends. Its owner is told before.
        #[default]
        None,
        /// It goes on for `renewalMonths` more, on the day after its last. Its owner is told before.
        Automatic,
    }
}

impl Status {
    /// What may become of it from here by hand. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Active, Self::Cancelled],
            Self::Active => &[Self::Cancelled],
            Self::Ended => &[Self::Active],
            Self::Cancelled => &[],
        }
    }
}

crate::resource!("agreement", owner: Owner::Column(Column::OwnerId), wire: Agreement, {
    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [
            Some(row.name.as_str()),
            Some(row.number.as_str()),
            row.external_id.as_ref().map(ExternalId::as_str),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            Column::Renewal => Renewal::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::SearchText | Column::RemindedOf)
    }
});
