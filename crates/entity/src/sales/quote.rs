use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::opportunity;
use crate::{
    Currency, Custom, Date, ExternalId, Moment, Money, Name, Owner, Percentage, Source, Tags, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    values::{choice, fold, search_terms},
};

/// The id of a quote.
pub type Id = crate::Id<Entity>;

/// A quote, as stored: [`Quote`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quote")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub number: String,
    #[doc(hidden)]
    pub revision: i32,
    #[doc(hidden)]
    pub name: Name,
    #[doc(hidden)]
    pub sort_name: String,
    #[doc(hidden)]
    pub customer_id: customer::Id,
    #[doc(hidden)]
    pub contact_id: Option<contact::Id>,
    #[doc(hidden)]
    pub opportunity_id: Option<opportunity::Id>,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub amount_minor: i64,
    #[doc(hidden)]
    pub tax_minor: i64,
    #[doc(hidden)]
    pub largest_discount: Percentage,
    #[doc(hidden)]
    pub over_limit: bool,
    #[doc(hidden)]
    pub valid_until: Date,
    #[doc(hidden)]
    pub introduction: Option<Text>,
    #[doc(hidden)]
    pub terms: Option<Text>,
    #[doc(hidden)]
    pub sent_at: Option<Moment>,
    #[doc(hidden)]
    pub decided_at: Option<Moment>,
    #[doc(hidden)]
    pub accepted_by: Option<Name>,
    #[doc(hidden)]
    pub decline_reason: Option<Text>,
    #[doc(hidden)]
    pub revision_of: Option<Id>,
    #[doc(hidden)]
    pub link_hash: Option<Vec<u8>>,
    #[doc(hidden)]
    pub link_expires_at: Option<Moment>,
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

choice! {
    /// Where a quote stands.
    #[derive(Default)]
    #[schema(as = QuoteStatus)]
    #[graphql(name = "QuoteStatus")]
    pub enum Status {
        /// Being written.
        #[default]
        Draft,
        /// The customer has it.
        Sent,
        /// The customer has accepted it.
        Accepted,
        /// The customer has declined it.
        Declined,
        /// Its day has passed.
        Expired,
        /// We have taken it back.
        Withdrawn,
        /// A later revision has taken its place.
        Superseded,
    }
}

impl Status {
    /// What may become of it from here. What is not among these is refused.
    pub fn next(self) -> &'static [Self] {
        use Status::{Accepted, Declined, Draft, Expired, Sent, Superseded, Withdrawn};
        match self {
            Draft => &[Sent],
            Sent => &[Accepted, Declined, Expired, Withdrawn, Superseded],
            Declined | Expired | Withdrawn => &[Superseded],
            Accepted | Superseded => &[],
        }
    }

    /// Whether this may become that.
    pub fn may_become(self, that: Self) -> bool {
        self.next().contains(&that)
    }
}

/// What is offered to a customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "QuoteRow")]
pub struct Quote {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// The number people say on the phone, e.g. `Q-2031`; the same for all revisions.
    #[schema(max_length = 32, pattern = "^Q-[0-9]+$")]
    pub number: String,
    /// Which version of the quote it is, from 1.
    #[schema(minimum = 1, maximum = 1000)]
    pub revision: i32,
    /// What it is about.
    pub name: Name,
    /// Who is to buy.
    pub customer_id: customer::Id,
    /// The person it is addressed to.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it is made for.
    pub opportunity_id: Option<opportunity::Id>,
    /// The user who has it.
    pub owner_id: Option<user::Id>,
    /// Where it stands.
    pub status: Status,
    /// What may become of it from here.
    #[schema(max_items = 6)]
    pub next: Vec<Status>,
    /// The sum of the lines, without tax.
    pub amount: Money,
    /// The tax on that.
    pub tax: Money,
    /// Both together: what is to be paid.
    pub amount_with_tax: Money,
    /// The largest discount of a line, in percent.
    pub largest_discount: Percentage,
    /// Whether a line has more discount than a seller may give without approval.
    pub over_limit: bool,
    /// The last day on which it can be accepted, in the workspace's time zone.
    pub valid_until: Date,
    /// What is said before the lines; the workspace's text where null.
    pub introduction: Option<Text>,
    /// What is said after the lines; the workspace's text where null.
    pub terms: Option<Text>,
    /// When it was sent.
    pub sent_at: Option<Moment>,
    /// When it was accepted or declined, withdrawn, or ran out.
    pub decided_at: Option<Moment>,
    /// Who has accepted it, in words.
    pub accepted_by: Option<Name>,
    /// Why it was declined, in the customer's words.
    pub decline_reason: Option<Text>,
    /// The revision before.
    pub revision_of: Option<Id>,
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

impl From<Model> for Quote {
    fn from(row: Model) -> Self {
        let money = |minor| Money::from_minor(minor, row.currency.clone());
        let (amount, tax) = (money(row.amount_minor), money(row.tax_minor));
        // Both are bounded when they are written.
        let amount_with_tax = money(row.amount_minor.saturating_add(row.tax_minor));
        Self {
            id: row.id,
            number: row.number,
            revision: row.revision,
            name: row.name,
            customer_id: row.customer_id,
            contact_id: row.contact_id,
            opportunity_id: row.opportunity_id,
            owner_id: row.owner_id,
            status: row.status,
            next: row.status.next().to_vec(),
            amount,
            tax,
            amount_with_tax,
            largest_discount: row.largest_discount,
            over_limit: row.over_limit,
            valid_until: row.valid_until,
            introduction: row.introduction,
            terms: row.terms,
            sent_at: row.sent_at,
            decided_at: row.decided_at,
            accepted_by: row.accepted_by,
            decline_reason: row.decline_reason,
            revision_of: row.revision_of,
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

crate::resource!("quote", owner: Owner::Column(Column::OwnerId), wire: Quote, {
    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        Some(row.customer_id)
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let external = row.external_id.as_ref().map(ExternalId::as_str);
        let words = [Some(row.name.as_str()), Some(row.number.as_str()), external];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn thousandths(column: &Column) -> bool {
        matches!(column, Column::LargestDiscount)
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::SortName | Column::SearchText | Column::LinkHash | Column::LinkExpiresAt
        )
    }
});

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn what_is_over_stays_so_and_nothing_becomes_a_draft_again() {
        for status in Status::iter() {
            assert!(!status.may_become(Status::Draft) && !status.may_become(status), "{status:?}");
            assert_eq!(status.may_become(Status::Accepted), status == Status::Sent, "{status:?}");
        }
        assert!(Status::Accepted.next().is_empty() && Status::Superseded.next().is_empty());
    }
}
